"""Secure firmware updates (security white paper, L01): the certificate first, then the file, its signature, and the installation."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import FirmwareStatus, Reason, UpdateFirmwareStatus

from probes.pki.certificates import Certificate, NoCertificate, read_one
from probes.pki.firmware import is_revoked, signature_problem, signing_certificate_problem
from probes.station.bounds import Reins, TransferFailed
from probes.station.firmware import INTERRUPTED
from probes.station.times import moment
from probes.station.transfers import download, must_transfer_by, trusting

if TYPE_CHECKING:
    from probes.station.station import Station

LOGGER = logging.getLogger("ocpp_registry.station")

IDLE_CHECK_SECONDS = 1.0
"""How often a station that waits with an installation looks whether it charges still."""

_MANIFEST = re.compile(rb"sha256:([0-9a-f]{64})\n")
"""An image may begin with the hash of its rest: that is what is verified before installation."""


@dataclass(frozen=True)
class Update:
    """One update as it was asked for."""

    request_id: int
    location: str
    retrieve: datetime | None
    install: datetime | None
    certificate: Certificate
    signature: str
    retries: int
    interval: int


class SignedFirmware:
    """The update that goes on, and the status that was told last. The station stays as it was certified: its version does not change."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._status = FirmwareStatus.idle
        self._request_id: int | None = None
        self._updating: asyncio.Task[None] | None = None
        self._reins: Reins | None = None
        self._telling = asyncio.Lock()
        self._untold = False

    def ask(self, request_id: int, firmware: dict[str, Any], retries: int, interval: int) -> tuple[UpdateFirmwareStatus, Update | None]:
        """What a request is answered; with the update that is to be started when it is accepted (L01.FR.23 to FR.27)."""
        security = self._station.security
        try:
            certificate = read_one(firmware["signingCertificate"])
            problem = signing_certificate_problem(certificate, security.manufacturer_roots, self._station.registration.now())
        except NoCertificate as no_certificate:
            security.event("InvalidFirmwareSigningCertificate", str(no_certificate))
            return UpdateFirmwareStatus.invalid_certificate, None
        if is_revoked(certificate, self._station.config.revoked_certificates):
            security.event("InvalidFirmwareSigningCertificate", "the certificate was revoked")
            return UpdateFirmwareStatus.revoked_certificate, None
        if problem:
            security.event("InvalidFirmwareSigningCertificate", f"the certificate {problem}")
            return UpdateFirmwareStatus.invalid_certificate, None
        if self._status in {FirmwareStatus.installing, FirmwareStatus.install_rebooting}:
            return UpdateFirmwareStatus.rejected, None
        update = Update(
            request_id,
            firmware["location"],
            moment(firmware["retrieveDateTime"]),
            moment(firmware.get("installDateTime")),
            certificate,
            firmware["signature"],
            retries,
            interval,
        )
        return UpdateFirmwareStatus.accepted_canceled if self._goes_on else UpdateFirmwareStatus.accepted, update

    def interrupt(self) -> None:
        """The power is gone: what is on its way, or being installed, comes to nothing; what waits goes on."""
        if self._updating and self._status in INTERRUPTED:
            self._updating.cancel()
            self._status = INTERRUPTED[self._status]
            self._untold = True

    async def tell_interrupted(self) -> None:
        """The station is back, and says what came of it."""
        if self._untold:
            self._untold = False
            await self._say(self._status)

    def start(self, update: Update) -> None:
        """Begin; what went on until now is over."""
        if self._updating:
            self._updating.cancel()
        self._release()
        self._request_id = update.request_id
        self._updating = self._station.spawn(self._update(update))

    async def tell(self) -> None:
        """The last status, because the CSMS asks; Idle after an update that succeeded, or none (L01.FR.21, FR.28, FR.29)."""
        status = FirmwareStatus.idle if self._status == FirmwareStatus.installed else self._status
        about = {} if status == FirmwareStatus.idle else {"requestId": self._request_id}
        await self._station.call("SignedFirmwareStatusNotification", {"status": str(status)} | about)

    async def pause(self) -> bool:
        """Something else goes first: a download that is under way stands still (L01.FR.14). Whether there is one."""
        if self._reins is None or self._status != FirmwareStatus.downloading:
            return False
        self._reins.pause()
        await self._say(FirmwareStatus.download_paused)
        return True

    async def resume(self) -> None:
        """A download that was paused goes on."""
        if self._reins is not None and self._status == FirmwareStatus.download_paused:
            await self._say(FirmwareStatus.downloading)
            self._reins.resume()

    @property
    def _goes_on(self) -> bool:
        return self._updating is not None and not self._updating.done()

    async def _update(self, update: Update) -> None:
        try:
            await self._steps(update)
        finally:
            self._release()

    async def _steps(self, update: Update) -> None:
        if self._until(update.retrieve) > 0:
            await self._say(FirmwareStatus.download_scheduled)
            await self._station.clock.sleep(self._until(update.retrieve))
        await self._say(FirmwareStatus.downloading)
        image = await self._fetched(update)
        if image is None:
            await self._say(FirmwareStatus.download_failed)
            return
        await self._say(FirmwareStatus.downloaded)
        problem = signature_problem(image, update.signature, update.certificate)
        if problem:
            self._station.security.event("InvalidFirmwareSignature", problem)
            await self._say(FirmwareStatus.invalid_signature)
            return
        await self._say(FirmwareStatus.signature_verified)
        if self._until(update.install) > 0:
            await self._say(FirmwareStatus.install_scheduled)
            await self._station.clock.sleep(self._until(update.install))
        await self._nobody_charges()
        await self._install(image)

    async def _install(self, image: bytes) -> None:
        """An empty file is no firmware, and one that does not fit its own hash is not installed."""
        if not _is_whole(image):
            await self._say(FirmwareStatus.install_verification_failed)
            return
        await self._say(FirmwareStatus.installing)
        if not image:
            await self._say(FirmwareStatus.installation_failed)
            return
        await self._say(FirmwareStatus.install_rebooting)
        if not await self._station.reboot(Reason.reboot):
            await self._say(FirmwareStatus.installation_failed)
            return
        self._station.security.event("FirmwareUpdated", self._station.config.software_version)
        await self._say(FirmwareStatus.installed)

    async def _nobody_charges(self) -> None:
        """Connectors that are free, or become free, are unavailable until the firmware is installed (L01.FR.06, 07, 18, 19)."""
        for connector in self._station.connectors.values():
            connector.held = True
        self._station.spawn(self._tell_states())
        while any(connector.transaction for connector in self._station.connectors.values()):
            await self._station.clock.sleep(IDLE_CHECK_SECONDS)

    def _release(self) -> None:
        held = [connector for connector in self._station.connectors.values() if connector.held]
        for connector in held:
            connector.held = False
        if held:
            self._station.spawn(self._tell_states())

    async def _tell_states(self) -> None:
        """One after the other and never broken off: else a state that is told and not yet confirmed would be taken for untold."""
        async with self._telling:
            await self._station.refresh_all()

    async def _fetched(self, update: Update) -> bytes | None:
        for attempt in range(update.retries + 1):
            if attempt:
                await self._station.clock.sleep(update.interval)
            try:
                await self._station.power.powered()
                must_transfer_by(update.location, self._station.configuration)
                self._reins = Reins()
                return await download(update.location, context=trusting(self._station.security.roots_pem()), reins=self._reins)
            except TransferFailed as problem:
                LOGGER.info("%s: download %s of %s failed: %s", self._station.identity, attempt + 1, update.retries + 1, problem)
        return None

    def _until(self, at: datetime | None) -> float:
        return 0.0 if at is None else (at - self._station.registration.now()).total_seconds()

    async def _say(self, status: FirmwareStatus) -> None:
        self._status = status
        payload = {"status": str(status), "requestId": self._request_id}
        await self._station.call_registered("SignedFirmwareStatusNotification", payload)


def _is_whole(image: bytes) -> bool:
    """Whether the image is what its own first line says, if that says anything."""
    manifest = _MANIFEST.match(image)
    return manifest is None or sha256(image[manifest.end() :]).hexdigest().encode() == manifest[1]
