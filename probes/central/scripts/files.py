"""Firmware that is fetched and diagnostics that are put (OCPP 1.6 sections 4.4, 4.5, 5.9 and 5.19).

The files are those of a small server of the audit, which only our own station has to reach. Who has the request sent may name another
place: then our station really goes there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from probes.adaptors.operations import GetDiagnostics, UpdateFirmware
from probes.cases.endings import NoAnswer, NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.csms.files import FileHouse
from probes.judge.frames import Exchange
from probes.station.config import PROFILES

PROFILE = "FirmwareManagement"
FIRMWARE, IMAGE = "firmware.bin", b"no firmware of anybody's"
SOON = 15.0
"""Seconds until the firmware may be fetched."""
ENDS = frozenset({"Installed", "InstallationFailed", "DownloadFailed", "Uploaded", "UploadFailed"})
SECURED_ENDS = frozenset({"InvalidSignature", "InstallVerificationFailed", "UploadFailure", "PermissionDenied", "BadMessage"})
"""The statuses with which a transfer is over; the latter are those of the security extension."""

TRANSFER = 120.0
"""Seconds that a transfer may take, and what comes after it."""


@contextmanager
def files(csms: AuditedCsms) -> Iterator[FileHouse]:
    """A file server of the audit's own."""
    house = FileHouse(csms.home / "files", schemes=("http",))
    house.start()
    try:
        yield house
    finally:
        house.stop()


@case("TC_044_1_CSMS")
async def update(csms: AuditedCsms) -> None:
    """Firmware is fetched and installed."""
    with files(csms) as house:
        request = await updates(csms, house.offer(FIRMWARE, IMAGE).location)
        await comes_to(csms, "FirmwareStatusNotification", "Installed", request)
        await csms.online()


@case("TC_044_2_CSMS")
async def download_fails(csms: AuditedCsms) -> None:
    """There is no firmware where it should be."""
    with files(csms) as house:
        place = house.offer(FIRMWARE, IMAGE)
        house.end(place)
        request = await updates(csms, place.location)
        await comes_to(csms, "FirmwareStatusNotification", "DownloadFailed", request)


@case("TC_044_3_CSMS")
async def installation_fails(csms: AuditedCsms) -> None:
    """What is fetched is no firmware: an empty file."""
    with files(csms) as house:
        request = await updates(csms, house.offer(FIRMWARE, b"").location)
        await comes_to(csms, "FirmwareStatusNotification", "InstallationFailed", request)


@case("TC_045_1_CSMS")
async def diagnostics(csms: AuditedCsms) -> None:
    """Diagnostics are put where they are wanted."""
    with files(csms) as house:
        request = await diagnoses(csms, house.inbox(csms.identity).location)
        await comes_to(csms, "DiagnosticsStatusNotification", "Uploaded", request)


@case("TC_045_2_CSMS")
async def upload_fails(csms: AuditedCsms) -> None:
    """Nothing can be put where they are wanted."""
    with files(csms) as house:
        place = house.inbox(csms.identity)
        house.end(place)
        request = await diagnoses(csms, place.location)
        await comes_to(csms, "DiagnosticsStatusNotification", "UploadFailed", request)


async def updates(csms: AuditedCsms, location: str) -> Exchange:
    """An update of a station that takes firmware without a signature, as none of the security extension may (white paper, L01.FR.20)."""
    csms.needs_profile(PROFILE)
    station = await csms.fresh(profiles=PROFILES)
    operation = UpdateFirmware(location, csms.moment(station.registration.now(), SOON))
    return await csms.wants(operation)


async def diagnoses(csms: AuditedCsms, location: str) -> Exchange:
    """Diagnostics are asked for."""
    csms.needs_profile(PROFILE)
    return await csms.wants(GetDiagnostics(location))


async def comes_to(csms: AuditedCsms, action: str, status: str, request: Exchange) -> None:
    """Wait until our station tells how it ended. Raises `NotExercised` when that is another way than the case is about."""
    if request.result is None:
        raise NotExercised(f"our station refused {request.action}")
    waiting = TRANSFER + _wait(csms)
    try:
        end = await csms.told(action, since=request.call.seq, where=lambda told: told.get("status") in ENDS | SECURED_ENDS, seconds=waiting)
    except NoAnswer:
        await is_overdue(csms)
        raise
    if end.payload.get("status") != status:
        raise NotExercised(f"it came to {end.payload.get('status')}: the place that was named could not be used as the case needs it")


async def is_overdue(csms: AuditedCsms) -> None:
    """Whether the central system is there at all shows when it answers something else, once an answer is overdue."""
    await csms.until(lambda: False, csms.owed - csms.patience.answer)
    await csms.station.call("Heartbeat", {})


def _wait(csms: AuditedCsms) -> float:
    """How much later a person may have set the time."""
    return csms.patience.person if csms.by_person else SOON
