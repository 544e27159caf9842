"""Our station at the central system: there, registered, away, let be; and why it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from probes.cases.endings import Gone
from probes.central.handshakes import Handshake, shake_hands
from probes.central.reasons import why_not_registered
from probes.central.stations import Overrides, probe_config
from probes.judge.central.view import LEAVES
from probes.judge.certified import RESPONSE_TIMEOUT, Certified
from probes.judge.frames import Exchange
from probes.judge.shadow import Follower, Shadow
from probes.station.station import Station
from probes.wire.client import connection_url
from probes.wire.clock import Clock
from probes.wire.records import ConnectionEvent, EventKind
from probes.wire.redact import without_credentials
from probes.wire.security import ClientSecurity
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds.

    `answer`: for the answer to a call. `connection`: until a station is connected and registered. `wire`: for a request after the way to
    ask for it said that it was handed over. `person`: for what a person at the central system was asked to do. `effect`: for what our
    own station does after something.
    """

    answer: float
    connection: float = 30.0
    wire: float = 30.0
    person: float = 300.0
    effect: float = 15.0


LOOK = "look"
"""The purpose of a handshake that is made to see why there is no connection."""

FIRST_GLANCE, LONGEST_GLANCE = 0.05, 2.0
"""Seconds after which it is looked whether something holds of which no record tells."""

REFUSED_OFTEN = 3
"""After so many refused handshakes in a row no other is waited for."""

RETURN_SECONDS = 180.0
"""How long a central system that was there before may be away, restart, or be too busy for another handshake."""

AWAY_FOR_GOOD = frozenset({401, 403, 404, 410})
"""HTTP statuses that are about our station, and do not pass with time."""


class Unreachable(Gone):
    """There was no connection at all."""


@dataclass
class Presence:
    """Our station `identity` at `endpoint`, as long as it is wanted there. `security` is what it shows, `further` are the endpoints for
    other security profiles.
    """

    endpoint: str
    identity: str
    certified: Certified
    transcript: Transcript
    clock: Clock
    patience: Patience
    security: ClientSecurity | None = field(default=None, repr=False, kw_only=True)
    further: Mapping[int, str] = field(default_factory=dict, kw_only=True)
    _station: Station | None = field(default=None, kw_only=True)
    _running: asyncio.Task[None] | None = field(default=None, kw_only=True)
    _began: int = field(default=0, kw_only=True)
    _special: bool = field(default=False, kw_only=True)
    _was_there: bool = field(default=False, kw_only=True)
    _overrides: Overrides = field(default_factory=Overrides, kw_only=True)
    _follower: Follower = field(default_factory=Follower, kw_only=True)
    _followed: int = field(default=0, kw_only=True)

    @property
    def owed(self) -> float:
        """How many seconds an answer may take, at most."""
        row = self.certified.performance(RESPONSE_TIMEOUT)
        return max(self.patience.answer, float(row.pics_seconds or 0) if row else 0.0)

    @property
    def shadow(self) -> Shadow:
        """What is known of our station from the transcript."""
        self._follow()
        return self._follower.shadow

    def exchanges(self, since: int) -> Sequence[Exchange]:
        """The conversations of our station whose call came after record `since`, in order."""
        self._follow()
        return self._follower.exchanges(since)

    def _follow(self) -> None:
        for record in self.transcript.since(self._followed):
            self._followed = record.seq
            if record.charge_point_id == self.identity:
                self._follower.add(record)

    @property
    def station(self) -> Station:
        """Our station; it runs since `online`. Raises `Gone` when it does not."""
        if self._station is None:
            raise Gone("our station is not at the central system")
        return self._station

    @property
    def is_running(self) -> bool:
        """Whether our station runs."""
        return self._station is not None

    async def online(self) -> Station:
        """Our station connected and registered, started when it is not running. Raises `Gone`."""
        if self._station is None:
            await self._start()
        await self._registered(self.station)
        return self.station

    async def fresh(self, **changes: Any) -> Station:
        """A station that starts anew, with nothing kept: it connects and registers again. `changes` are to its configuration, `keys`
        those that differ.
        """
        await self.offline()
        await self._start(**changes)
        await self._registered(self.station)
        return self.station

    async def offline(self) -> None:
        """Our station is gone."""
        station, running, self._station, self._running = self._station, self._running, None, None
        if station is not None and running is not None:
            self.leaves("offline")
            station.stop()
            await asyncio.gather(running, return_exceptions=True)

    def leaves(self, how: str, identity: str | None = None) -> None:
        """Note that it is our station that ends the connection now: nobody else is to be accused of it. `identity` is that of another."""
        self.transcript.add_event(EventKind.AUDIT, identity or self.identity, {LEAVES: how})

    async def cut_network(self) -> None:
        """The network between our station and the central system is gone."""
        self.leaves("network")
        await self.station.controls.network_cut()

    async def cut_power(self) -> None:
        """Our station has no power."""
        self.leaves("power")
        await self.station.controls.power_cut()

    async def _start(self, **changes: Any) -> None:
        usual = probe_config(self.certified, self.patience.answer, self.identity)
        config = replace(usual, **(changes | {"keys": {**usual.keys, **changes.get("keys", {})}}))
        self._overrides.clear()
        self._began, self._special = self.transcript.seq, bool(changes)

        self._station = Station(
            config,
            self.endpoint,
            self.identity,
            clock=self.clock,
            transcript=self.transcript,
            security=self.security,
            endpoints=self.further,
            misbehave=lambda _station: self._overrides.interception(),
        )
        self._running = asyncio.create_task(self._station.run())

    async def _registered(self, station: Station) -> None:
        await self.until(lambda: station.online or self._refused_often(), self.patience.connection)
        if not station.online and self._may_return():
            await self.until(lambda: station.online or not (self._may_return() or self._is_there()), RETURN_SECONDS)
        if not station.online:
            raise await self._why_not_registered()
        self._was_there = True
        connectors = station.connectors.values()
        await self.until(lambda: all(connector.reported is not None for connector in connectors), self.patience.effect)

    def _refused_often(self) -> bool:
        """Whether nothing but refused handshakes has come so far, often enough not to wait for another."""
        events = [each.event for each in self.transcript.since(self._began) if isinstance(each, ConnectionEvent)]
        return EventKind.OPEN not in events and events.count(EventKind.HANDSHAKE_REFUSED) >= REFUSED_OFTEN

    def _may_return(self) -> bool:
        """Whether our station was there earlier in this audit, and is kept out now by what passes with time."""
        last = self._last_of_connection()
        if not self._was_there or last is None or last.event is EventKind.OPEN:
            return False
        return last.detail.get("httpStatus") not in AWAY_FOR_GOOD

    def _is_there(self) -> bool:
        """Whether our station has a connection, registered or not."""
        last = self._last_of_connection()
        return last is not None and last.event is EventKind.OPEN

    def _last_of_connection(self) -> ConnectionEvent | None:
        events = (each for each in reversed(self.transcript.since(self._began)) if isinstance(each, ConnectionEvent))
        return next((each for each in events if each.event is not EventKind.AUDIT and each.charge_point_id == self.identity), None)

    async def knocks(self) -> None:
        """A Heartbeat of our station though it is not registered, where there is a connection, once its registration has gone unanswered
        for as long as an answer may take. What comes of it is for the judge.
        """
        station = self._station
        if station is None:
            return
        boot = next((each for each in reversed(self.exchanges(0)) if each.action == "BootNotification"), None)
        if boot is not None and boot.reply is None:
            await self.until(lambda: False, max(0.0, self.owed - (self.transcript.elapsed() - boot.call.elapsed)))
            await station.call("Heartbeat", {})

    async def is_let_be(self, seconds: float) -> bool:
        """Whether our station, which has just begun, is left registered and connected for so long."""
        station, began = self.station, self._began
        return not await self.until(lambda: self.ended_since(began) or not station.online, seconds)

    def ended_since(self, seq: int) -> bool:
        """Whether a connection of our station has ended after this record."""
        return any(isinstance(each, ConnectionEvent) and each.event is EventKind.CLOSE for each in self.transcript.since(seq))

    async def knocks_with(self, purpose: str, offered: Sequence[str] = (SUBPROTOCOL,)) -> Handshake:
        """One opening handshake by hand, which the transcript tells with its purpose; our station must be away."""
        watched = self.patience.effect if purpose != LOOK else 0.0
        return await shake_hands(
            self.transcript, self.endpoint, self.identity, purpose, offered=offered, security=self.security, watched=watched
        )

    async def _why_not_registered(self) -> Gone:
        """What kept our station from being registered; where there was no connection at all, one more attempt tells why."""
        since = [record for record in self.transcript.records if record.seq > self._began]
        if any(isinstance(record, ConnectionEvent) and record.event is EventKind.OPEN for record in since):
            return Gone(why_not_registered(since, self.identity, self.patience.connection))
        await self.offline()
        looked = await self.knocks_with(LOOK)
        told = looked.problem or why_not_registered(since, self.identity, self.patience.connection)
        where = f"{without_credentials(connection_url(self.endpoint, self.identity))}: "
        # One that was there may come back for the next case.
        kind = Gone if self._was_there and looked.status not in AWAY_FOR_GOOD else Unreachable
        return kind(where + told.removeprefix(where))

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until this holds, looking at every record and now and then; False: it did not within so many seconds."""
        deadline, glance = self.clock.monotonic() + seconds, FIRST_GLANCE
        while not holds():
            left = deadline - self.clock.monotonic()
            if left <= 0:
                return False
            # What our station makes of a record it makes after the record.
            await self.transcript.wait_for(lambda _record: holds(), min(left, glance), after=self.transcript.seq)
            glance = min(2 * glance, LONGEST_GLANCE)
        return True
