"""Registration with a CSMS: boot until accepted, then heartbeats; time and interval come from the CSMS (OCPP 1.6 sections 4.2 and 4.6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ocpp.v16.enums import RegistrationStatus

from probes.station.configuration import Configuration
from probes.wire.clock import Clock, ocpp_time, passed
from probes.wire.peer import Answer

LOGGER = logging.getLogger("ocpp_registry.station")

BOOT_RETRY_SECONDS = 60
"""The wait before another BootNotification when the CSMS answered none, or named no interval."""

DEFAULT_HEARTBEAT_SECONDS = 300
"""The heartbeat interval of a station without the key, before the CSMS names one."""

SMALLEST_STEP = timedelta(seconds=1)
"""By less the clock is not set: the answer was on its way for a while, and what is measured goes back in time by no millisecond."""

SendCall = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]

_FIRST_YEAR, _LAST_YEAR = 1900, 9000
"""Beyond these, moments some years off, or in another time zone, are none that can be written any more."""


class Registration:
    """Whether the CSMS has accepted this station, and what it said then. Lasts over reconnections, not over a reboot."""

    def __init__(self, boot_payload: Mapping[str, Any], configuration: Configuration, clock: Clock) -> None:
        self._boot_payload = dict(boot_payload)
        self._configuration = configuration
        self._clock = clock
        self._offset = timedelta(0)
        self._interval = configuration.integer("HeartbeatInterval", DEFAULT_HEARTBEAT_SECONDS)
        self.status: RegistrationStatus | None = None
        self.accepted = asyncio.Event()
        self._interval_changed = asyncio.Event()
        self._hurry = asyncio.Event()
        self.clock_set: Callable[[float], None] = lambda _: None
        """Is told by how many seconds the CSMS has set the station's clock."""

    def now(self) -> datetime:
        """The station's clock, set by the CSMS."""
        return self._clock.now() + self._offset

    def timestamp(self) -> str:
        """The station's time as it stands in messages."""
        return ocpp_time(self.now())

    def forget(self) -> None:
        """The station reboots."""
        self.status = None
        self.accepted.clear()

    async def register(self, send: SendCall) -> None:
        """Send BootNotification until it is accepted, as far apart as the CSMS asks for."""
        while not self.accepted.is_set():
            wait = self._take(await send("BootNotification", self._boot_payload))
            if not self.accepted.is_set():
                await self._wait(wait)

    def hurry(self) -> None:
        """Send the next BootNotification now, as the CSMS asked for (OCPP 1.6 section 4.2, Pending)."""
        self._hurry.set()

    async def _wait(self, seconds: float) -> None:
        self._hurry.clear()
        timer = self._clock.call_later(seconds, self._hurry.set)
        try:
            await self._hurry.wait()
        finally:
            timer.cancel()

    async def beat(self, send: SendCall) -> None:
        """One Heartbeat; the station's clock is set by its answer (OCPP 1.6 section 4.6)."""
        answer = await send("Heartbeat", {})
        if answer.kind == "result":
            self._set_clock(answer.payload)

    async def keep_alive(self, send: SendCall) -> None:
        """Heartbeats for as long as the connection lasts; an interval of 0 stops them until it is changed."""
        while True:
            if await passed(self._clock, self._interval or None, self._interval_changed):
                await self.beat(send)

    def interval_changed(self) -> None:
        """Keys were changed; with another HeartbeatInterval the wait that is going on begins anew."""
        interval = self._configuration.integer("HeartbeatInterval", self._interval)
        if interval != self._interval:
            self._interval = interval
            self._interval_changed.set()

    def _take(self, answer: Answer) -> float:
        """Act on the answer to a BootNotification; gives the seconds to wait before the next one."""
        if answer.kind != "result":
            LOGGER.info("BootNotification: no usable answer (%s)", answer.error_code or answer.kind)
            return BOOT_RETRY_SECONDS
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        interval = payload.get("interval")
        seconds = interval if isinstance(interval, int) and not isinstance(interval, bool) and interval > 0 else 0
        status = payload.get("status")
        self.status = RegistrationStatus(status) if status in {str(known) for known in RegistrationStatus} else None
        if self.status == RegistrationStatus.accepted:
            self._set_clock(payload)
            if seconds:
                self._interval = seconds
                self._configuration.set("HeartbeatInterval", str(seconds))
            self.accepted.set()
        return seconds or BOOT_RETRY_SECONDS

    def _set_clock(self, payload: Any) -> None:
        text = payload.get("currentTime") if isinstance(payload, dict) else None
        try:
            told = datetime.fromisoformat(str(text))
        except ValueError:
            LOGGER.info("currentTime %r is no date; the station's clock stays as it is", text)
            return
        if not _FIRST_YEAR <= told.year <= _LAST_YEAR:
            LOGGER.info("currentTime %r is no time that a clock can have; the station's stays as it is", text)
        elif told.tzinfo is not None:
            step = told - self.now()
            if abs(step) >= SMALLEST_STEP:
                self._offset += step
                self.clock_set(step.total_seconds())
