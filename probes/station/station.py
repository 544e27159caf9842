"""The built-in charging station: connects, registers, reports, answers; until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ocpp.v16.enums import AvailabilityStatus, ChargePointErrorCode, Reason, RegistrationStatus

from probes.station.aligned import AlignedValues
from probes.station.charging import Charging
from probes.station.config import SECURITY, StationConfig
from probes.station.configuration import Configuration
from probes.station.connector import Connector
from probes.station.controls import Controls
from probes.station.firmware import Firmware
from probes.station.identification import Identification
from probes.station.lamp import Lamp
from probes.station.logs import LogUploads
from probes.station.outbox import Message, Outbox
from probes.station.power import Power
from probes.station.profiles import behaviours_of
from probes.station.registration import Registration
from probes.station.reservations import Reservations
from probes.station.reserving import expire
from probes.station.security import Security
from probes.station.signed_firmware import SignedFirmware
from probes.station.smart_charging import SmartCharging
from probes.station.statuses import Statuses
from probes.station.store import Store
from probes.station.trigger import unknown_message_is_not_implemented
from probes.wire.client import Connected, NotConnected, connection_url, open_connection
from probes.wire.clock import Clock, SystemClock
from probes.wire.connection import GOING_AWAY, NORMAL_CLOSURE, Tap
from probes.wire.interception import Intercepted, Interception
from probes.wire.peer import Answer, Call, Peer, Reply
from probes.wire.records import Direction, EventKind
from probes.wire.security import ClientSecurity
from probes.wire.transcript import Transcript
from probes.wire.websocket import KeepAlive

LOGGER = logging.getLogger("ocpp_registry.station")

CALL_TIMEOUT = 30.0
"""Seconds that the station waits for an answer of the CSMS, unless its MessageTimeout says otherwise."""

FIRST_RETRY, LONGEST_RETRY = 1.0, 120.0
"""Seconds before the first attempt to reconnect, and the most that the doubling waits grow to."""

FAREWELL_SECONDS = 5.0
"""How long a reset waits for the ends of its transactions to be delivered."""

HISTORY = 1000
"""How many records a station keeps in memory of its own traffic."""


class Station:
    """A charging station `identity` that belongs to the CSMS at `endpoint`.

    `misbehave` is asked once, at the end of its making, for what intercepts its traffic (the faults of probes/faults). `clock` and
    `randomness` are injected, so that a test can run hours in no time. `security` is what it shows to the CSMS, until
    that has it changed; `endpoints` where it connects with another security profile, when that is not the same place. `state` is the
    file for what outlasts the process. One `Station` runs once.
    """

    def __init__(
        self,
        config: StationConfig,
        endpoint: str,
        identity: str,
        *,
        clock: Clock | None = None,
        randomness: random.Random | None = None,
        misbehave: Callable[[Station], Interception] | None = None,
        transcript: Transcript | None = None,
        security: ClientSecurity | None = None,
        endpoints: Mapping[int, str] = MappingProxyType({}),
        state: Path | None = None,
    ) -> None:
        connection_url(endpoint, identity)
        self.config = config
        self.identity = identity
        self.clock = clock or SystemClock()
        self.transcript = transcript or Transcript(clock=self.clock, limit=HISTORY)
        self.store = Store(state)
        self.configuration = Configuration(config, self.store)
        self.power = Power(self)
        self.connectors = {number: Connector(number, self.power.meter(number)) for number in range(1, config.connectors + 1)}
        self.statuses = Statuses(self)
        self.charging = Charging(self)
        self.registration = Registration(config.boot_payload(), self.configuration, self.clock)
        self._endpoint = endpoint
        self._endpoints = endpoints
        self._random = randomness or random.Random()  # noqa: S311 - spreads reconnections, guards nothing
        own_filters = (unknown_message_is_not_implemented,) if {"RemoteTrigger", SECURITY} & set(config.profiles) else ()
        self.reservations = Reservations(self.store.get("reservations") or ())
        self.outbox = Outbox(self.store)
        self.identification = Identification(self)
        self.smart_charging = SmartCharging(self)
        self.firmware = Firmware(self)
        self.logs = LogUploads(self)
        self.signed_firmware = SignedFirmware(self)
        self.aligned = AlignedValues(self)
        unavailable = self.store.get("unavailable") or []
        self.operative = 0 not in unavailable
        self.door_open = False
        self.lamp = Lamp(self.configuration)
        for connector in self.connectors.values():
            connector.operative = connector.connector_id not in unavailable
            connector.reserved = partial(self._is_reserved, connector.connector_id)
        self._peer: Peer | None = None
        self._reboot_pause = 0.0
        self._delivering = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()
        self._behaviours = behaviours_of(self)
        self.security = Security(self, security)
        self.registration.clock_set = self.security.clock_set
        self._reply_filters = (self._silent_while_rejected, *own_filters, self.security.notice_refusal)
        self.controls = Controls(self)
        self._wire()
        self.power.recover()
        self._intercepted = Intercepted(misbehave(self) if misbehave else Interception())

    async def run(self) -> None:
        """Stay connected until `stop` is called or the task is cancelled; then everything is closed. Raises `CannotBegin`."""
        for message in self.outbox.waiting():
            self.spawn(self.charging.report_stop(message))
        self.spawn(self.aligned.run())
        for held in self.reservations.all():
            self.spawn(expire(self, held))
        if self.smart_charging.supported:
            self.spawn(self.smart_charging.apply())
        if self.security.supported:
            self.spawn(self.security.renew())
        living = asyncio.create_task(self._live())
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await self._shut_down(living)
        if not living.cancelled():
            living.result()

    def stop(self) -> None:
        """End `run`, soon and cleanly."""
        self._stopping.set()

    @property
    def online(self) -> bool:
        """Whether there is a connection over which the CSMS has accepted the station."""
        return self._peer is not None and not self._peer.closed.is_set() and self.registration.accepted.is_set()

    async def call(self, action: str, payload: Mapping[str, Any]) -> Answer:
        """Send a call to the CSMS now; `closed` when there is no connection."""
        peer = self._peer
        if peer is None:
            return Answer("closed")
        return await peer.request(action, payload, self.configuration.integer("MessageTimeout", 0) or CALL_TIMEOUT)

    async def deliver(self, message: Message) -> Answer | None:
        """Deliver a message of the outbox: in order, over reconnections, with the retries of OCPP 1.6 section 3.7.1.

        The transaction's id is added as it is known at the moment of sending. None: the CSMS failed to process the message as often as
        TransactionMessageAttempts allows.
        """
        attempts = max(1, self.configuration.integer("TransactionMessageAttempts", 3))
        async with self._delivering:
            failures = 0
            while True:
                await self.registration.accepted.wait()
                answer = await self.call(message.action, self.outbox.payload(message))
                if answer.kind == "result":
                    self.outbox.done(message, answer.payload)
                    return answer
                if answer.kind == "closed":
                    await self._online_again()
                    continue
                failures += 1
                if failures >= attempts:
                    LOGGER.warning("%s: %s was given up after %s attempts", self.identity, message.action, failures)
                    self.outbox.done(message)
                    return None
                await self.clock.sleep(self.configuration.integer("TransactionMessageRetryInterval", 10) * failures)

    async def call_registered(self, action: str, payload: Mapping[str, Any]) -> Answer:
        """Send a call once the CSMS has accepted the station, and again after a connection that was lost under it."""
        while True:
            await self.registration.accepted.wait()
            answer = await self.call(action, payload)
            if answer.kind != "closed":
                return answer
            await self._online_again()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside everything else, until the station is stopped."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def timestamp(self) -> str:
        """The station's time as it stands in messages."""
        return self.registration.timestamp()

    def configuration_changed(self) -> None:
        """A key was changed by the CSMS; what depends on it at once is told."""
        self.registration.interval_changed()
        self.aligned.changed()
        self.charging.changed()
        self._wire()

    def _wire(self) -> None:
        for connector in self.connectors.values():
            connector.meter.rotation = self.configuration.rotation(connector.connector_id)

    async def refresh(self, connector: Connector) -> None:
        """Report the status of a connector when it differs from what was reported last (OCPP 1.6 section 4.9)."""
        await self.statuses.refresh(connector)

    async def refresh_all(self) -> None:
        """Report whatever has changed, connector 0 (the station itself) first."""
        await self.statuses.refresh_all()

    async def report(self, connector_id: int, error: ChargePointErrorCode | None = None) -> None:
        """Report the status of a connector, or of the station itself (0), also when it is known and while registration is pending."""
        await self.statuses.report(connector_id, error)

    async def move_door(self, open_: bool) -> None:
        """The door to the station's inside is opened or closed: while it is open the station as a whole is Faulted."""
        self.door_open = open_
        if open_:
            self.security.event("TamperDetectionActivated", "the door was opened")
            self._end_reservations()
        await self.refresh_all()

    def _is_reserved(self, connector_id: int) -> bool:
        """A reservation of connector 0 is for no connector in particular, so none shows it."""
        return self.reservations.on(connector_id) is not None

    def end_reservation(self, connector: Connector) -> None:
        """The connector is out of order or unavailable: a reservation of it ends (OCPP 1.6 section 5.13)."""
        held = self.reservations.on(connector.connector_id)
        if held is not None:
            self.reservations.remove(held.reservation_id)
            self.keep_reservations()

    def _end_reservations(self) -> None:
        """The station as a whole is: every reservation ends, also of connector 0."""
        for held in self.reservations.all():
            self.reservations.remove(held.reservation_id)
        self.keep_reservations()

    def keep_reservations(self) -> None:
        """Reservations are others than before; they outlast a reboot."""
        self.store.put("reservations", self.reservations.to_json())

    def change_availability(self, connector_id: int, operative: bool) -> AvailabilityStatus:
        """OCPP 1.6 section 5.2: connector 0 stands for all; a connector with a transaction changes when that has ended."""
        if connector_id != 0 and connector_id not in self.connectors:
            return AvailabilityStatus.rejected
        concerned = list(self.connectors.values()) if connector_id == 0 else [self.connectors[connector_id]]
        if connector_id == 0:
            self.operative = operative
            if not operative:
                self._end_reservations()
        for connector in concerned:
            connector.operative = operative
            if not operative:
                connector.authorised = None
                self.end_reservation(connector)
        inoperative = [0] * (not self.operative) + [number for number, each in self.connectors.items() if not each.operative]
        self.store.put("unavailable", inoperative)
        busy = not operative and any(connector.transaction for connector in concerned)
        return AvailabilityStatus.scheduled if busy else AvailabilityStatus.accepted

    async def reboot(self, reason: Reason) -> bool:
        """End all transactions, go away for a while, and come back as after power-up.

        False: it did not work, also not with ResetRetries more attempts (section 9.1.22); then the station goes on as it is.
        """
        for connector in self.connectors.values():
            await self.charging.stop(connector, reason)
        delivered = asyncio.create_task(self._delivered())
        timer = self.clock.call_later(FAREWELL_SECONDS, delivered.cancel)
        await asyncio.wait({delivered})
        timer.cancel()
        if not await self.power.restarts():
            return False
        self.forget()
        self._reboot_pause = self.config.reboot_seconds
        self.security.event("ResetOrReboot", str(reason))
        await self.go_away(GOING_AWAY, str(reason))
        return True

    def forget(self) -> None:
        """The station starts anew: it must register, and tell all its states again; keys that waited for that take effect."""
        self.registration.forget()
        self.configuration.rebooted()
        self.statuses.forget()

    async def go_away(self, code: int, reason: str) -> None:
        """Close the connection, if there is one."""
        if self._peer:
            await self._peer.close(code, reason)

    async def send_raw(self, text: str) -> None:
        """Send any text as a frame, broken on purpose or not, if there is a connection."""
        if self._peer:
            await self._peer.send_raw(text)

    async def _delivered(self) -> None:
        """Once the lock is had, everything that was queued before has been delivered."""
        async with self._delivering:
            return

    async def _live(self) -> None:
        waits = self._waits()
        while True:
            await self.power.available()
            try:
                connected = await self._connect()
            except NotConnected as problem:
                self.transcript.add_event(EventKind.HANDSHAKE_REFUSED, self.identity, problem.detail())
                self.security.failed(problem)
                wait = next(waits)
                LOGGER.warning("%s; next attempt in %.1f s", problem, wait)
                await self.clock.sleep(wait)
                continue
            waits = self._waits()
            self.security.connected(connected)
            await self._session(connected)
            await self.clock.sleep(self._reboot_pause or next(waits))
            self._reboot_pause = 0.0

    async def _connect(self) -> Connected:
        with self.security.shown() as shown:
            endpoint = self.security.endpoint(self._endpoint, self._endpoints)
            return await open_connection(endpoint, self.identity, shown, self._keep_alive())

    def _keep_alive(self) -> KeepAlive:
        """WebSocketPingInterval as it is when the station connects; 0: it sends no pings (OCPP-J 1.6 section 5.3)."""
        usual = KeepAlive()
        return KeepAlive(self.configuration.integer("WebSocketPingInterval", round(usual.interval)), usual.timeout)

    def _waits(self) -> Iterator[float]:
        """Growing waits with a random share, so that many stations do not come back at the same moment."""
        wait = FIRST_RETRY
        while True:
            yield wait * (0.5 + self._random.random())
            wait = min(wait * 2, LONGEST_RETRY)

    async def _session(self, connected: Connected) -> None:
        tap = Tap(
            self._intercepted.connection(connected.connection),
            self.transcript,
            self.identity,
            Direction.FROM_STATION,
            connected.detail(),
        )
        peer = self._intercepted.peer(tap, clock=self.clock, behaviours=self._behaviours, reply_filters=self._reply_filters)
        self._peer = peer
        reading = asyncio.create_task(peer.start())
        duties = asyncio.create_task(self._duties())
        try:
            await asyncio.wait({reading, duties}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._peer = None
            duties.cancel()
            await peer.close(NORMAL_CLOSURE if self._stopping.is_set() else GOING_AWAY)
            await asyncio.gather(reading, duties, return_exceptions=True)
        if not duties.cancelled():
            duties.result()

    async def _duties(self) -> None:
        """What a station says on its own: registration unless it is registered already (OCPP-J 1.6 section 5.4), its states, heartbeats."""
        await self.registration.register(self.call)
        self.spawn(self.security.tell())
        await self.refresh_all()
        await self.registration.keep_alive(self.call)

    async def _online_again(self) -> None:
        """Wait until there is another connection than none."""
        while self._peer is None or self._peer.closed.is_set():
            await self.clock.sleep(FIRST_RETRY)

    def _silent_while_rejected(self, _: Call, reply: Reply) -> Reply | None:
        """OCPP 1.6 section 4.2: a rejected station does not answer the CSMS."""
        return None if self.registration.status == RegistrationStatus.rejected else reply

    async def _shut_down(self, living: asyncio.Task[None]) -> None:
        self._stopping.set()
        living.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(living, *self._tasks, return_exceptions=True)
