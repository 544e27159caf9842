"""Cases of diagnostics and firmware, with the audit's own file server at the other end."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.files import inbox, note, note_arrival, nowhere, offered, told, update_over, was_told, ways
from probes.cases.station import AuditedStation
from probes.judge.rules.firmware import INSTALLED_SECONDS, NOWHERE, OFFERED, OFFERED_EMPTY, TOLD_SECONDS, is_secured
from probes.wire.peer import Answer

PROFILE = "FirmwareManagement"

UPLOAD_SECONDS = 300.0
"""How long diagnostics may take to be put together and uploaded."""

DOWNLOAD_SECONDS = 300.0
"""How long a station may take to find out that there is nothing to download."""

UPLOADED = frozenset({"Uploaded", "UploadFailed"})
UPDATED = frozenset({"Installed", "InstallationFailed", "DownloadFailed"})


@case("TC_045_1_CS", reads_only=True)
async def get_diagnostics(station: AuditedStation) -> None:
    """Get Diagnostics: by each way that the two have in common, until the file has come."""
    needs_certified(station, PROFILE)
    for scheme in ways(station):
        with inbox(station, scheme) as place:
            since = station.transcript.seq
            answer = await station.get_diagnostics(place.location, retries=0)
            if answer.kind == "error":
                return
            # Without a name there are no diagnostics: whether something comes all the same is watched for a shorter time.
            named = isinstance(answer.payload, dict) and bool(answer.payload.get("fileName"))
            await told(station, "DiagnosticsStatusNotification", UPLOADED, since, UPLOAD_SECONDS if named else TOLD_SECONDS)
            if await note_arrival(station, _frame(answer), place) is not None:
                return


@case("TC_045_2_CS", reads_only=True)
async def get_diagnostics_upload_failed(station: AuditedStation) -> None:
    """Get Diagnostics - Upload Failed: the file server refuses what is put there."""
    needs_certified(station, PROFILE)
    location, since = nowhere(station, ways(station)[0]), station.transcript.seq
    answer = await station.get_diagnostics(location, retries=0)
    note(station, _frame(answer), NOWHERE, came=False)
    if answer.kind != "error":
        await told(station, "DiagnosticsStatusNotification", UPLOADED, since, UPLOAD_SECONDS)


@case("TC_044_2_CS")
async def firmware_download_failed(station: AuditedStation) -> None:
    """Firmware Update - Download Failed: there is nothing at the location."""
    _needs_plain_updates(station)
    await station.settle()
    station.needs_no_transaction()
    location, since = nowhere(station, ways(station)[0], "does_not_exist.bin"), station.transcript.seq
    answer = await station.update_firmware(location, station.clock.now(), retries=0)
    note(station, _frame(answer), NOWHERE, came=False)
    if answer.kind != "error":
        await told(station, "FirmwareStatusNotification", UPDATED, since, DOWNLOAD_SECONDS)
        await station.heard(lambda shadow: shadow.all_idle, station.patience.status)


@case("TC_044_1_CS")
async def firmware_update(station: AuditedStation) -> None:
    """Firmware Update - Download and Install, of the image that the laboratory has given."""
    _needs_plain_updates(station)
    image = station.firmware
    if image is None:
        raise NotExercised("needs an image of firmware for this station, and none was given")
    await station.settle()
    station.needs_no_transaction()
    await _updated(station, image.name, image.read_bytes(), OFFERED)


@case("TC_044_3_CS")
async def firmware_installation_failed(station: AuditedStation) -> None:
    """Firmware Update - Installation Failed: of an empty file, with which no station can do harm to itself."""
    _needs_plain_updates(station)
    await station.settle()
    station.needs_no_transaction()
    await _updated(station, "empty.bin", b"", OFFERED_EMPTY)


def _needs_plain_updates(station: AuditedStation) -> None:
    needs_certified(station, PROFILE)
    if is_secured(station.certified):
        raise NotApplicable("certified for security: such a station refuses updates that are not signed (white paper L01.FR.20)")


async def _updated(station: AuditedStation, name: str, content: bytes, text: str) -> None:
    with offered(station, name, content, ways(station)[0]) as place:
        since = station.transcript.seq
        answer = await station.update_firmware(place.location, station.clock.now(), retries=0)
        note(station, _frame(answer), text, came=False)
        if answer.kind == "error":
            return
        await update_over(station, "FirmwareStatusNotification", UPDATED, since)
        if not station.present:
            await station.comes_back()
        await station.settle()
        if not was_told(station, since, "FirmwareStatusNotification", UPDATED):
            await station.silent(INSTALLED_SECONDS)
        await station.shows_presence()


def _frame(answer: Answer) -> int:
    """The frame of the request."""
    return answer.request_seq or 0
