"""Uploads of the security and diagnostics logs (security white paper, N01)."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import Log, LogStatus, UploadLogStatus

from probes.station.bounds import Failure, TransferFailed
from probes.station.times import moment
from probes.station.transfers import must_transfer_by, safe_name, trusting, upload

if TYPE_CHECKING:
    from probes.station.station import Station

LOGGER = logging.getLogger("ocpp_registry.station")

_STATUSES = {
    Failure.NOT_SUPPORTED: UploadLogStatus.not_supported_operation,
    Failure.DENIED: UploadLogStatus.permission_denied,
    Failure.MALFORMED: UploadLogStatus.bad_message,
}
"""N01.FR.10: the status that says best why; for all other failures UploadFailure."""


class LogUploads:
    """The upload that goes on, if one does: a new request takes its place (N01.FR.11)."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._uploading: asyncio.Task[None] | None = None
        self._request_id: int | None = None
        self._interrupted: int | None = None

    def interrupt(self) -> None:
        """The power is gone, and the upload with it."""
        if self._uploading and self._request_id is not None:
            self._uploading.cancel()
            self._interrupted, self._request_id = self._request_id, None

    async def tell_interrupted(self) -> None:
        """The station is back, and says that the upload has failed."""
        request_id, self._interrupted = self._interrupted, None
        if request_id is not None:
            await self._say(UploadLogStatus.upload_failure, request_id)

    def status_of_new(self) -> LogStatus:
        """What a request is answered that comes now."""
        return LogStatus.accepted_canceled if self._request_id is not None else LogStatus.accepted

    def file_name(self, kind: str) -> str:
        """The name of the file of this moment, at most 255 characters."""
        stem = "security" if kind == Log.security_log else "diagnostics"
        return safe_name(f"{stem}-{self._station.identity}-{self._station.registration.now():%Y%m%dT%H%M%SZ}") + ".jsonl"

    def start(self, kind: str, request_id: int, log: dict[str, Any], name: str, retries: int, interval: int) -> None:
        """Upload the log, over and over while that fails and retries are left."""
        if self._uploading:
            self._uploading.cancel()
        self._request_id = request_id
        content = self._content(kind, log)
        self._uploading = self._station.spawn(self._upload(request_id, log["remoteLocation"], name, content, retries, interval))

    async def tell(self) -> None:
        """The status of now, because the CSMS asks: Idle and no requestId where nothing goes on (N01.FR.12)."""
        payload: dict[str, Any] = {"status": str(UploadLogStatus.idle)}
        if self._request_id is not None:
            payload = {"status": str(UploadLogStatus.uploading), "requestId": self._request_id}
        await self._station.call("LogStatusNotification", payload)

    async def _upload(self, request_id: int, location: str, name: str, content: bytes, retries: int, interval: int) -> None:
        await self._say(UploadLogStatus.uploading, request_id)
        status = await self._tried(location, name, content, retries, interval)
        if self._request_id == request_id:
            self._request_id = None
        await self._say(status, request_id)

    async def _tried(self, location: str, name: str, content: bytes, retries: int, interval: int) -> UploadLogStatus:
        status = UploadLogStatus.upload_failure
        for attempt in range(retries + 1):
            if attempt:
                await self._station.clock.sleep(interval)
            try:
                must_transfer_by(location, self._station.configuration)
                context = trusting(self._station.security.roots_pem())
                await upload(location, name, content, context=context, resume=attempt > 0)
            except TransferFailed as problem:
                LOGGER.info("%s: upload %s of %s failed: %s", self._station.identity, attempt + 1, retries + 1, problem)
                status = _STATUSES.get(problem.kind, UploadLogStatus.upload_failure)
            else:
                return UploadLogStatus.uploaded
        return status

    async def _say(self, status: UploadLogStatus, request_id: int) -> None:
        await self._station.call_registered("LogStatusNotification", {"status": str(status), "requestId": request_id})

    def _content(self, kind: str, log: dict[str, Any]) -> bytes:
        oldest, latest = moment(log.get("oldestTimestamp")), moment(log.get("latestTimestamp"))
        if kind != Log.security_log:
            return self._station.firmware.content(oldest, latest)
        events = self._station.security.log.between(oldest, latest)
        return "".join(json.dumps(event.to_wire(), ensure_ascii=False) + "\n" for event in events).encode()
