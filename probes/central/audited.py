"""The central system as a case sees it: our station at it, what the station does, and what the central system is asked to send.

A case reads like its test description. What it sees is never judged here: that is the judge's business, over the transcript.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ocpp.v16.enums import Reason

from probes.adaptors.base import Adaptor, By, Drives
from probes.adaptors.operations import Operation
from probes.cases.endings import Gone, NoAnswer, NotApplicable, NotExercised
from probes.central.asking import request_of
from probes.central.hygiene import let_go
from probes.central.presence import Presence
from probes.central.tags import MADE_UP, Tags, TagState
from probes.csms.errands import FirmwarePackage
from probes.judge.central.account import GIVEN
from probes.judge.frames import Exchange
from probes.station.station import Station
from probes.wire.records import EventKind
from probes.wire.security import ClientSecurity

SETTLING = 2.0
"""Seconds after a refusal in which it shows whether the central system copes with it."""

PERSON_AHEAD = 180.0
"""How far ahead a time lies, at least, that a person has to enter."""


@dataclass(frozen=True)
class Charge:
    """A transaction of our station: the id that the central system gave, and where it is."""

    transaction_id: int
    connector: int
    start: Exchange


@dataclass
class AuditedCsms(Presence):
    """One central system under audit, at `endpoint`, with our station `identity` on it.

    `adaptor` is how it is asked to send something (None: there is no way), `also` are further stations that it knows. `home` is a folder
    for what the station keeps. `left` collects what could not be undone, `cannot` which requests cannot be sent there, with the reason.
    `firmware` is what its operator wants to have installed (None: what the audit makes up), `passwords` are those of further stations.
    """

    tags: Tags
    home: Path
    adaptor: Adaptor | None = None
    also: tuple[str, ...] = ()
    left: list[str] = field(default_factory=list)
    case: str | None = None
    cannot: dict[str, str] = field(default_factory=dict)
    keeps: Path | None = None
    firmware: FirmwarePackage | None = None
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def shown_by(self, identity: str) -> ClientSecurity | None:
        """What a further station shows: its own password where it has one, else what our station shows."""
        password = self.passwords.get(identity)
        return replace(self.security, password=password) if self.security is not None and password is not None else self.security

    @contextmanager
    def carrying_out(self, case: str, kind: str = "case") -> Iterator[None]:
        """In this block the central system is dealt with on behalf of this case, or trial; the transcript says from where to where."""
        self.case = case
        self.transcript.add_event(EventKind.AUDIT, self.identity, {kind: case, "step": "begin"})
        try:
            yield
        finally:
            self.transcript.add_event(EventKind.AUDIT, self.identity, {kind: case, "step": "end"})
            self.case = None

    def tell_tags(self) -> None:
        """Write into the transcript what was said of the tags: the judge needs to know, whoever they stand for."""
        tag = self.transcript.redactor.tag
        given = {tag(each): str(state) for state, each in self.tags.given}
        self.transcript.add_event(EventKind.AUDIT, self.identity, {GIVEN: {tag(self.tags.made_up): MADE_UP} | given})

    def leave(self, text: str) -> None:
        """Say, once, that this could not be undone."""
        if text not in self.left:
            self.left.append(text)

    def tag(self, state: TagState) -> str:
        """A tag of this state. Raises `NotExercised` when none was given."""
        found = self.tags.first(state)
        if found is None:
            raise NotExercised(f"needs an idTag that is {state} there, and none was given; give one with --tag {state}=TAG")
        return found

    def answers(self, action: str, payload: Mapping[str, Any] | None) -> None:
        """Let our station give this answer to the next request of this kind and do nothing about it; None: do it and not answer."""
        self._overrides.add(action, payload)

    def takes_its_time(self, action: str, seconds: float) -> None:
        """Let our station answer requests of this kind so much later, until the case is over."""
        self._overrides.delay(action, seconds)

    async def plug(self, connector: int = 1) -> None:
        """Plug a car in."""
        await (await self.online()).controls.plug(connector)

    async def unplug(self, connector: int = 1) -> None:
        """Take the car away."""
        await self.station.controls.unplug(connector)

    async def present(self, id_tag: str, connector: int = 1) -> None:
        """Hold a tag to the reader."""
        await (await self.online()).controls.tag(id_tag, connector)

    async def says(self, action: str, payload: Mapping[str, Any]) -> Exchange:
        """Make this call as the station, whatever state it is in; gives it with the answer. Raises `NoAnswer`, `Gone`."""
        await self.online()
        since = self.transcript.seq
        await self.station.call(action, payload)
        return self._made(action, since)

    async def utters(self, text: str) -> Exchange:
        """Send this text as a frame that begins a call, malformed or not; gives it with the answer. Raises `NoAnswer`, `Gone`."""
        await self.online()
        since = self.transcript.seq
        await self.station.send_raw(text)
        await self.until(lambda: any(not each.from_csms and each.reply is not None for each in self.exchanges(since)), self.patience.answer)
        return self._made(str(json.loads(text)[2]), since)

    async def insists(self, action: str, payload: Mapping[str, Any]) -> Exchange:
        """As `says`; once more when it was refused with a CALLERROR, which may have been a disturbance of the moment."""
        exchange = await self.says(action, payload)
        return await self.says(action, payload) if exchange.error_code is not None else exchange

    async def told(
        self, action: str, *, since: int, where: Callable[[Mapping[str, Any]], bool] = lambda _payload: True, seconds: float | None = None
    ) -> Exchange:
        """The station's first call of this action after record `since` with its answer. Raises `NoAnswer` when there is none in time, and
        `NotExercised` when our station did not call.
        """
        await self.sent(action, since=since, where=where, seconds=seconds)
        await self.until(lambda: self._call(action, since, where, answered=True) is not None, self.patience.answer)
        exchange = self._call(action, since, where, answered=True)
        if exchange is None:
            raise NoAnswer(f"no answer to {action} within {self.patience.answer:g} s")
        return exchange

    async def sent(
        self, action: str, *, since: int, where: Callable[[Mapping[str, Any]], bool] = lambda _payload: True, seconds: float | None = None
    ) -> Exchange:
        """The station's first call of this action after record `since`, answered or not: for what only leads on. Raises `NotExercised`."""
        await self.until(lambda: self._call(action, since, where) is not None, self.patience.effect if seconds is None else seconds)
        exchange = self._call(action, since, where)
        if exchange is None:
            raise NotExercised(f"our station sent no {action}")
        return exchange

    async def shows(self, status: str, request: Exchange) -> None:
        """Our station tells of this status after a request, or is given the time to; it may be unable to while something is unanswered."""
        with suppress(NotExercised):
            await self.sent("StatusNotification", since=request.call.seq, where=lambda told: told.get("status") == status)

    def _call(self, action: str, since: int, where: Callable[[Mapping[str, Any]], bool], *, answered: bool = False) -> Exchange | None:
        for exchange in self.exchanges(since):
            if not exchange.from_csms and exchange.action == action and where(exchange.payload):
                return exchange if exchange.reply is not None or not answered else None
        return None

    def _made(self, action: str, since: int) -> Exchange:
        for exchange in self.exchanges(since):
            if not exchange.from_csms and exchange.action == action:
                if exchange.reply is None:
                    raise NoAnswer(f"no answer to {action} within {self.patience.answer:g} s (frame {exchange.call.seq})")
                return exchange
        raise Gone(f"the connection was gone before {action} could be sent")

    async def charging(self, connector: int = 1, id_tag: str | None = None, *, plug_first: bool = True) -> Charge:
        """A transaction on this connector with a valid tag, or with `id_tag`. Raises `NotExercised` when none comes to pass."""
        tag, since = id_tag or self.tag(TagState.VALID), self.transcript.seq
        if plug_first:
            await self.plug(connector)
            await self.present(tag, connector)
        else:
            await self.present(tag, connector)
            await self.plug(connector)
        start = await self.told("StartTransaction", since=since)
        number = (start.result or {}).get("transactionId")
        if not isinstance(number, int) or isinstance(number, bool):
            raise NotExercised("the central system gave no transactionId")
        await self.until(lambda: self.station.connectors[connector].transaction is not None, self.patience.effect)
        return Charge(number, connector, start)

    async def calm(self) -> None:
        """After a case: no car, no transaction, nothing overridden; what a case had the station hold is let go of."""
        self._overrides.clear()
        station = self._station
        if station is None:
            return
        if not station.power.on:
            await station.controls.power_on()
        station.power.restore_network()
        for number, connector in station.connectors.items():
            since = self.transcript.seq
            running = connector.transaction is not None
            await station.controls.repair(number)
            await station.controls.unplug(number)
            if connector.transaction is not None:
                # The central system has set that a car which leaves ends nothing.
                await station.charging.stop(connector, Reason.local)
                await station.controls.unplug(number)
            if running:
                with suppress(NoAnswer, NotExercised):
                    await self.told("StopTransaction", since=since)
        await self._let_go(station)
        if self._special:
            # A station that one case had made for itself is not what the next one expects.
            await self.offline()

    async def _let_go(self, station: Station) -> None:
        """What our station could not deliver stands in the way of everything later, and is told: the next case has a station without it."""
        waiting = station.outbox.waiting()
        if not await self.until(lambda: not station.outbox.waiting(), self.patience.effect if waiting else 0.0):
            for message in station.outbox.waiting():
                number = station.outbox.payload(message).get("transactionId")
                named = f" of the transaction {number}" if number is not None else ""
                self.leave(f"{message.action}{named} was not taken by the central system: a transaction may still be open there")
            await self.offline()
        await let_go(self)

    # --- what only the central system can start

    def needs_profile(self, identifier: str) -> None:
        """Raises `NotApplicable` when the certificate says that this feature profile is none of the central system's."""
        if self.certified.profiles.get(identifier) is False:
            raise NotApplicable(f"the certificate does not have the feature profile {identifier}")

    def drives(self, action: str) -> bool:
        """Whether a program, and no person, has this sent: then it can be asked for just to tidy up."""
        adaptor = self.adaptor
        return adaptor is not None and adaptor.by is By.PROGRAM and adaptor.capability(action).drives is not Drives.NO

    async def wants(self, operation: Operation, *, reply: Mapping[str, Any] | None = None) -> Exchange:
        """Have the central system send this; gives its request with our station's answer (`reply` in place of what it would do), as
        `request_of`. Raises `NotExercised` when there is no way to ask, when it cannot be done there, and when no such request came.
        """
        await self.online()
        return await request_of(self, operation, reply)

    async def settles(self) -> None:
        """After something that our station refused: the central system has a moment to show that it copes with that."""
        await self.until(lambda: not self.station.online, SETTLING)

    @property
    def by_person(self) -> bool:
        """Whether a person has requests sent, and takes a person's time."""
        return self.adaptor is not None and self.adaptor.by is By.PERSON

    def moment(self, now: datetime, seconds: float) -> datetime:
        """A moment so far ahead of `now` in seconds; for a person farther, and at a whole minute: a form may know no seconds."""
        if not self.by_person:
            return (now + timedelta(seconds=seconds)).replace(microsecond=0)
        return (now + timedelta(seconds=max(seconds, PERSON_AHEAD) + 60)).replace(second=0, microsecond=0)
