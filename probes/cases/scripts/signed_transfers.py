"""Cases of the security log and of signed firmware, with the audit's own file server at the other end."""

from __future__ import annotations

import base64

from probes.cases.catalogue import case
from probes.cases.conditions import needs_certified
from probes.cases.credentials import needs_security
from probes.cases.endings import NotExercised
from probes.cases.files import inbox, note, note_arrival, offered, told, update_over, was_told, ways
from probes.cases.identifiers import identifier
from probes.cases.requests import answer_text
from probes.cases.scripts.firmware import UPLOAD_SECONDS
from probes.cases.station import AuditedStation
from probes.judge.rules.credentials import EVENT_SECONDS
from probes.judge.rules.firmware import INSTALLED_SECONDS
from probes.judge.rules.signed_transfers import FALSELY_SIGNED, SIGNED
from probes.wire.clock import ocpp_time

TAKEN = frozenset({"Accepted", "AcceptedCanceled"})

UPLOADED = frozenset({"Uploaded", "UploadFailure", "UploadFailed", "BadMessage", "PermissionDenied", "NotSupportedOperation"})
UPDATED = frozenset({"Installed", "InstallationFailed", "DownloadFailed", "InvalidSignature", "InstallVerificationFailed"})
"""What ends a transfer (6.8, 6.11)."""


@case("TC_079_CS", reads_only=True)
async def get_security_log(station: AuditedStation) -> None:
    """Get Security Log: by each way that the two have in common, until it has come. It is not kept."""
    needs_security(station)
    for scheme in ways(station):
        with inbox(station, scheme) as place:
            since = station.transcript.seq
            answer = await station.get_log("SecurityLog", identifier(), place.location)
            if answer_text(answer) not in TAKEN:
                return
            await told(station, "LogStatusNotification", UPLOADED, since, UPLOAD_SECONDS)
            if await note_arrival(station, answer.request_seq or 0, place) is not None:
                return


@case("TC_080_CS")
async def secure_update(station: AuditedStation) -> None:
    """Secure Firmware Update, of the image that the laboratory has given with its maker's signature."""
    image, certificate, signature = await _needs_signed_image(station)
    await _updated(station, image, certificate, signature, SIGNED)


@case("TC_081_CS")
async def secure_update_with_invalid_signature(station: AuditedStation) -> None:
    """Secure Firmware Update - Invalid Signature: the image and its certificate as they are, the signature of nothing."""
    image, certificate, signature = await _needs_signed_image(station)
    wrong = bytes(255 - byte for byte in base64.b64decode(signature))
    await _updated(station, image, certificate, base64.b64encode(wrong).decode("ascii"), FALSELY_SIGNED)


async def _needs_signed_image(station: AuditedStation) -> tuple[bytes, str, str]:
    """The image, its signing certificate in PEM and its signature in Base64, on a station that nobody needs."""
    needs_security(station)
    needs_certified(station, "FirmwareManagement")
    if station.firmware is None or station.signed is None:
        raise NotExercised("needs an image of firmware for this station with its maker's certificate and signature, and none was given")
    certificate = station.signed.certificate.read_text(encoding="ascii", errors="replace")
    signature = "".join(station.signed.signature.read_text(encoding="ascii", errors="replace").split())
    try:
        base64.b64decode(signature, validate=True)
    except ValueError as problem:
        raise NotExercised("the file with the signature of the firmware holds no Base64") from problem
    await station.settle()
    station.needs_no_transaction()
    return station.firmware.read_bytes(), certificate, signature


async def _updated(station: AuditedStation, image: bytes, certificate: str, signature: str, text: str) -> None:
    with offered(station, "signed.bin", image, ways(station)[0]) as place:
        since = station.transcript.seq
        firmware = {
            "location": place.location,
            "retrieveDateTime": ocpp_time(station.clock.now()),
            "signingCertificate": certificate,
            "signature": signature,
        }
        answer = await station.signed_update_firmware(identifier(), firmware)
        note(station, answer.request_seq or 0, text, came=False)
        if answer_text(answer) not in TAKEN:
            return
        await update_over(station, "SignedFirmwareStatusNotification", UPDATED, since)
        if not station.present:
            await station.comes_back()
        await station.settle()
        if not was_told(station, since, "SignedFirmwareStatusNotification", UPDATED):
            await told(station, "SignedFirmwareStatusNotification", UPDATED, since, INSTALLED_SECONDS)
        await station.silent(EVENT_SECONDS + 1)
