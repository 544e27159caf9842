"""What an operator wants of a station, from beginning to end: a log fetched, firmware installed, a certificate renewed.

Each one makes its own place for the file, asks the station, waits for what comes of it, and takes the credentials back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from probes.csms.csms import Csms
from probes.csms.files import FileHouse, Place
from probes.csms.operations import Outcome
from probes.csms.state import StationState
from probes.pki.certificates import Certificate, HashData, NoCertificate, hash_data, property_problem, read_one
from probes.pki.firmware import signature_problem
from probes.wire.clock import ocpp_time
from probes.wire.records import Frame, MessageType, Record
from registry.errors import CannotBegin

RENEWAL = timedelta(days=30)
"""How long before its end a certificate is to be renewed (A03.FR.02)."""

LOG_SECONDS, CERTIFICATE_SECONDS, FIRMWARE_SECONDS = 300.0, 60.0, 1800.0

_ENDS = {"Installed", "DownloadFailed", "InvalidSignature", "InstallationFailed", "InstallVerificationFailed"}
"""The statuses with which an update is over (section 6.8)."""


@dataclass(frozen=True)
class FirmwarePackage:
    """An image with the manufacturer's certificate (PEM) and signature (Base64) for it."""

    name: str
    image: bytes
    certificate: str
    signature: str

    def problem(self) -> str | None:
        """Why no station should be sent this: the CSMS looks first (A00.FR.706)."""
        try:
            certificate = read_one(self.certificate)
        except NoCertificate as problem:
            return f"its certificate: {problem}"
        wrong = property_problem(certificate)
        return f"its certificate {wrong}" if wrong else signature_problem(self.image, self.signature, certificate)


async def fetch_log(
    csms: Csms, identity: str, kind: str = "SecurityLog", *, scheme: str = "http", timeout: float = LOG_SECONDS
) -> Path | None:
    """The security or diagnostics log of a station (N01); None when it did not come within `timeout` seconds. Raises `CannotBegin`."""
    place = _files(csms).inbox(identity, scheme)
    operations = csms.operations(identity)
    return await _file(csms, place, await operations.get_log(kind, _request_id(), {"remoteLocation": place.location}), timeout)


async def fetch_diagnostics(csms: Csms, identity: str, *, scheme: str = "http", timeout: float = LOG_SECONDS) -> Path | None:
    """The diagnostics of a station by the message of OCPP 1.6 itself (section 5.9); as `fetch_log`."""
    place = _files(csms).inbox(identity, scheme)
    outcome = await csms.operations(identity).get_diagnostics(place.location)
    return await _file(csms, place, outcome, timeout)


async def install_firmware(
    csms: Csms, identity: str, package: FirmwarePackage, *, scheme: str = "http", timeout: float = FIRMWARE_SECONDS
) -> str | None:
    """Have a station install signed firmware (L01), now. The status with which it ended: of the answer when that is a refusal, else of the
    last notification; None when there was none within `timeout` seconds. Raises `CannotBegin`.
    """
    problem = package.problem()
    if problem:
        raise CannotBegin(f"{package.name}: no station is sent this firmware: {problem}; ask its manufacturer")
    files, transcript, request_id = _files(csms), csms.transcript(identity), _request_id()
    place = files.offer(package.name, package.image, scheme)
    mark = transcript.seq
    try:
        firmware = {
            "location": place.location,
            "retrieveDateTime": ocpp_time(csms.now()),
            "signingCertificate": package.certificate,
            "signature": package.signature,
        }
        outcome = await csms.operations(identity).signed_update_firmware(request_id, firmware)
        if outcome.status not in {"Accepted", "AcceptedCanceled"}:
            return outcome.status or outcome.answer.error_code
        ended = await transcript.wait_for(_firmware_ended(request_id), timeout, after=mark)
        return str(_payload(ended)["status"]) if ended else None
    finally:
        files.end(place)


async def install_unsigned_firmware(
    csms: Csms, identity: str, name: str, image: bytes, *, scheme: str = "http", timeout: float = FIRMWARE_SECONDS
) -> str | None:
    """The same by the message of OCPP 1.6 itself (section 5.19): the last status, or the error of the answer; None: there was none."""
    files, transcript = _files(csms), csms.transcript(identity)
    place = files.offer(name, image, scheme)
    mark = transcript.seq
    try:
        outcome = await csms.operations(identity).update_firmware(place.location, csms.now())
        if outcome.answer.kind != "result":
            return outcome.answer.error_code
        ended = await transcript.wait_for(_unsigned_ended, timeout, after=mark)
        return str(_payload(ended)["status"]) if ended else None
    finally:
        files.end(place)


async def renew_certificate(csms: Csms, identity: str, timeout: float = CERTIFICATE_SECONDS) -> dict[str, str] | None:
    """Have a station ask for a new certificate (A02): what was issued and taken, None when that did not come to pass in time."""
    known = {each["sha256"] for state in csms.states if state.identity == identity for each in state.certificates}
    if not (await csms.operations(identity).extended_trigger_message("SignChargePointCertificate")).accepted:
        return None
    return await csms.certificate(identity, known, timeout)


async def remove_root(csms: Csms, identity: str, kind: str, root: Certificate, issuer: Certificate | None = None) -> str | None:
    """Have a station delete this root (M04): named as the station itself names it, by the hash algorithm that it uses (M04.FR.07).

    `issuer` signed it, if it did not itself. The status of the answer, `NotFound` where the station lists no such root; None when there
    was no answer. Raises `CannotBegin`.
    """
    operations = csms.operations(identity)
    listed = (await operations.get_installed_certificate_ids(kind)).payload.get("certificateHashData") or []
    for told in listed:
        if HashData.from_wire(told) == hash_data(root, issuer or root, told["hashAlgorithm"]):
            return (await operations.delete_certificate(told)).status
    return "NotFound"


def certificates_due(states: Iterable[StationState], now: datetime) -> list[str]:
    """The stations whose newest certificate of this authority ends within a month, or has ended."""
    newest = {state.identity: state.certificates[-1]["notAfter"] for state in states if state.certificates}
    return sorted(identity for identity, ends in newest.items() if datetime.fromisoformat(ends) - now <= RENEWAL)


async def _file(csms: Csms, place: Place, outcome: Outcome, timeout: float) -> Path | None:
    files = _files(csms)
    try:
        refused = outcome.answer.kind != "result" or outcome.status == "Rejected"
        return None if refused else await files.arrived(place, timeout)
    finally:
        files.end(place)


def _files(csms: Csms) -> FileHouse:
    if csms.files is None:
        raise CannotBegin("this CSMS has no place for files; give it a folder for them")
    return csms.files


def _request_id() -> int:
    """Any number that was most likely not used before."""
    return secrets.randbelow(2**31 - 1) + 1


def _firmware_ended(request_id: int) -> Callable[[Record], bool]:
    def look(record: Record) -> bool:
        if not isinstance(record, Frame) or record.action != "SignedFirmwareStatusNotification":
            return False
        told = _payload(record)
        return told.get("requestId") == request_id and told.get("status") in _ENDS

    return look


def _unsigned_ended(record: Record) -> bool:
    return isinstance(record, Frame) and record.action == "FirmwareStatusNotification" and _payload(record).get("status") in _ENDS


def _payload(record: Record) -> dict[str, Any]:
    """The payload of a call, empty for what is none."""
    if not isinstance(record, Frame) or record.message_type is not MessageType.CALL:
        return {}
    told = orjson.loads(record.raw)[3]
    return told if isinstance(told, dict) else {}
