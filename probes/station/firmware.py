"""The Firmware Management profile's station side (OCPP 1.6 sections 4.4, 4.5, 5.9 and 5.19; errata v4.0 sections 3.31, 3.47 to 3.50)."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, DiagnosticsStatus, FirmwareStatus, MessageTrigger, Reason

from probes.station.bounds import TransferFailed
from probes.station.times import moment
from probes.station.transfers import download, must_transfer_by, safe_name, trusting, upload
from probes.wire.peer import refusal
from probes.wire.routing import after, on

if TYPE_CHECKING:
    from probes.station.station import Station

LOGGER = logging.getLogger("ocpp_registry.station")

OWN_RETRIES = 0
OWN_RETRY_SECONDS = 10
"""What the station does when the CSMS leaves retries and their interval to it."""

IDLE_CHECK_SECONDS = 1.0
"""How often a station that waits with an installation looks whether it charges still."""


INTERRUPTED = {
    FirmwareStatus.downloading: FirmwareStatus.download_failed,
    FirmwareStatus.download_paused: FirmwareStatus.download_failed,
    FirmwareStatus.installing: FirmwareStatus.installation_failed,
}
"""What becomes of an update when the power goes."""


class Firmware:
    """What goes on of uploads and updates: at most one of each; a new request takes the place of the one that is going on."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._diagnostics = DiagnosticsStatus.idle
        self._firmware = FirmwareStatus.idle
        self._uploading: asyncio.Task[None] | None = None
        self._updating: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an upload or an update is going on, or waits for its time."""
        return any(task is not None and not task.done() for task in (self._uploading, self._updating))

    def interrupt(self) -> None:
        """What is on its way, or being installed, comes to nothing. What has yet to begin, or waits with its file here, goes on."""
        if self._uploading and self._diagnostics == DiagnosticsStatus.uploading:
            self._uploading.cancel()
            self._diagnostics = DiagnosticsStatus.upload_failed
        if self._updating and self._firmware in INTERRUPTED:
            self._updating.cancel()
            self._firmware = INTERRUPTED[self._firmware]

    async def tell_interrupted(self) -> None:
        """The station is back, and says what came of it."""
        if self._diagnostics == DiagnosticsStatus.upload_failed:
            await self._say_diagnostics(self._diagnostics)
            self._diagnostics = DiagnosticsStatus.idle
        if self._firmware in INTERRUPTED.values():
            await self._say_firmware(self._firmware)
            self._firmware = FirmwareStatus.idle

    async def tell(self, message: MessageTrigger) -> None:
        """The status as it is now, because the CSMS asks: Idle where nothing is going on."""
        if message is MessageTrigger.diagnostics_status_notification:
            await self._station.call("DiagnosticsStatusNotification", {"status": str(self._diagnostics)})
        else:
            await self._station.call("FirmwareStatusNotification", {"status": str(self._firmware)})

    def file_name(self) -> str:
        """The name of the diagnostics file of this moment."""
        return safe_name(f"diagnostics-{self._station.identity}-{self._station.registration.now():%Y%m%dT%H%M%SZ}") + ".jsonl"

    def start_upload(self, location: str, name: str, retries: int, interval: int, start: str | None, stop: str | None) -> None:
        """Upload the diagnostics of the time asked for."""
        if self._uploading:
            self._uploading.cancel()
        content = self.content(moment(start), moment(stop))
        once = partial(self._put, location, name, content)
        self._uploading = self._station.spawn(self._upload(once, retries, interval))

    def start_update(self, location: str, retrieve: str, retries: int, interval: int) -> None:
        """Fetch the firmware at the moment asked for, and install it when nobody charges."""
        if self._updating:
            self._updating.cancel()
        self._updating = self._station.spawn(self._update(location, moment(retrieve), retries, interval))

    async def _upload(self, once: Callable[[], Awaitable[None]], retries: int, interval: int) -> None:
        await self._say_diagnostics(DiagnosticsStatus.uploading)
        uploaded = await self._tried(once, retries, interval) is not None
        await self._say_diagnostics(DiagnosticsStatus.uploaded if uploaded else DiagnosticsStatus.upload_failed)
        self._diagnostics = DiagnosticsStatus.idle

    async def _update(self, location: str, retrieve: datetime | None, retries: int, interval: int) -> None:
        if retrieve is not None:
            await self._station.clock.sleep(max(0.0, (retrieve - self._station.registration.now()).total_seconds()))
        await self._say_firmware(FirmwareStatus.downloading)
        image = await self._tried(partial(self._get, location), retries, interval)
        if image is None:
            await self._say_firmware(FirmwareStatus.download_failed)
        else:
            await self._say_firmware(FirmwareStatus.downloaded)
            await self._install(image)
        self._firmware = FirmwareStatus.idle

    async def _install(self, image: bytes) -> None:
        """An empty file is no firmware. The station stays as it was certified: what is installed changes no version."""
        while any(connector.transaction for connector in self._station.connectors.values()):
            await self._station.clock.sleep(IDLE_CHECK_SECONDS)
        await self._say_firmware(FirmwareStatus.installing)
        if not image:
            await self._say_firmware(FirmwareStatus.installation_failed)
            return
        rebooted = await self._station.reboot(Reason.reboot)
        await self._say_firmware(FirmwareStatus.installed if rebooted else FirmwareStatus.installation_failed)

    async def _tried(self, once: Callable[[], Awaitable[bytes | None]], retries: int, interval: int) -> bytes | None:
        """What the first attempt that succeeds gives (empty for nothing), None when the last one fails too."""
        for attempt in range(retries + 1):
            if attempt:
                await self._station.clock.sleep(interval)
            try:
                return await once() or b""
            except TransferFailed as problem:
                LOGGER.info("%s: transfer %s of %s failed: %s", self._station.identity, attempt + 1, retries + 1, problem)
        return None

    async def _put(self, location: str, name: str, content: bytes) -> None:
        must_transfer_by(location, self._station.configuration)
        await upload(location, name, content, context=self._trusted())

    async def _get(self, location: str) -> bytes:
        await self._station.power.powered()
        must_transfer_by(location, self._station.configuration)
        return await download(location, context=self._trusted())

    def _trusted(self) -> ssl.SSLContext:
        return trusting(self._station.security.roots_pem())

    async def _say_diagnostics(self, status: DiagnosticsStatus) -> None:
        self._diagnostics = status
        await self._station.call_registered("DiagnosticsStatusNotification", {"status": str(status)})

    async def _say_firmware(self, status: FirmwareStatus) -> None:
        self._firmware = status
        await self._station.call_registered("FirmwareStatusNotification", {"status": str(status)})

    def available(self, start: datetime | None, stop: datetime | None) -> bool:
        """Whether there is anything of this time."""
        return next(self._traffic(start, stop), None) is not None

    def content(self, start: datetime | None, stop: datetime | None) -> bytes:
        """Its keys that can be read, then its traffic in the time asked for, as the transcript has it: without secrets."""
        found, _ = self._station.configuration.read(())
        lines = [{"configuration": {entry.key: entry.value for entry in found}}, *self._traffic(start, stop)]
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()

    def _traffic(self, start: datetime | None, stop: datetime | None) -> Iterator[dict[str, Any]]:
        for record in self._station.transcript.records:
            at = moment(record.timestamp)
            if at is not None and (start is None or start <= at) and (stop is None or at <= stop):
                yield record.to_json()


class FirmwareBehaviour:
    """Answers at once; the transfers go on beside everything else."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._name: str | None = None

    @on(Action.get_diagnostics)
    def on_get_diagnostics(self, start_time: str | None = None, stop_time: str | None = None, **_: Any) -> call_result.GetDiagnostics:
        """Section 5.9: the name of the file that will be uploaded; none where there is nothing of the time asked for."""
        available = self._station.firmware.available(moment(start_time), moment(stop_time))
        self._name = self._station.firmware.file_name() if available else None
        return call_result.GetDiagnostics(file_name=self._name)

    @after(Action.get_diagnostics)
    def after_get_diagnostics(
        self,
        location: str,
        retries: int | None = None,
        retry_interval: int | None = None,
        start_time: str | None = None,
        stop_time: str | None = None,
        **_: Any,
    ) -> None:
        """The upload begins, if there is anything to upload."""
        if self._name is not None:
            self._station.firmware.start_upload(location, self._name, *patience(retries, retry_interval), start_time, stop_time)

    @on(Action.update_firmware)
    def on_update_firmware(self, **_: Any) -> call_result.UpdateFirmware:
        """Section 5.19: there is nothing to refuse, but by a station that takes only signed firmware (white paper, L01.FR.20)."""
        if self._station.security.supported:
            raise refusal("NotSupported", "this station takes firmware by SignedUpdateFirmware only")
        return call_result.UpdateFirmware()

    @after(Action.update_firmware)
    def after_update_firmware(
        self, location: str, retrieve_date: str, retries: int | None = None, retry_interval: int | None = None, **_: Any
    ) -> None:
        """The update waits for its moment, then begins."""
        self._station.firmware.start_update(location, retrieve_date, *patience(retries, retry_interval))


def patience(retries: int | None, interval: int | None) -> tuple[int, int]:
    """Retries and the seconds between them, where the CSMS leaves them to the station."""
    return max(0, OWN_RETRIES if retries is None else retries), max(0, OWN_RETRY_SECONDS if interval is None else interval)
