"""The charging station as a case sees it: requests by name, what is known of it by now, and changes that are undone.

Every request gives its answer; that nothing came back is an exception, so that a case reads like its test description. What an answer
is worth is the judge's business, never that of the case.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from probes.cases.changes import change_of, undone_by, was_refused
from probes.cases.endings import CannotDo, Gone, NoAnswer, NotExercised
from probes.cases.ledger import Change, Kind, Ledger
from probes.cases.prompts import Action, Done, Operator, Prompt
from probes.cases.requests import Requests, accepted, answer_text, status_of
from probes.cases.tags import PROBE_ID_TAG, VALID_ID_TAG
from probes.csms.audit_password import AuditPassword
from probes.csms.authority import CertificateAuthority
from probes.csms.csms import Csms, StationLink
from probes.csms.steering import Steering
from probes.judge.certified import Certified
from probes.judge.frames import Exchange
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.shadow import Follower, Shadow
from probes.judge.times import LONGEST_STATUS_DURATION
from probes.wire.clock import Clock
from probes.wire.peer import Answer
from probes.wire.records import Direction, EventKind, Frame, Record
from probes.wire.transcript import Transcript
from registry.errors import CannotBegin

CROSSING_SECONDS = 6.0
"""How long an answer and a later request of ours may take to have both arrived and been acted upon; longer than the judge wants."""


@dataclass(frozen=True)
class Patience:
    """How long a station is waited for, in seconds.

    `answer`: a call's answer. `status`: connectors that were not heard of yet, and any message that follows from something else. `start`: a
    transaction that was asked for, and its end. `person`: what a person was asked to do. `back`: a station that went away.
    """

    answer: float
    status: float = 10.0
    start: float = 10.0
    person: float = 180.0
    back: float = 120.0


@dataclass(frozen=True)
class SignedBy:
    """Files of a maker that vouch for an image of firmware: the signing certificate in PEM, and the signature in Base64."""

    certificate: Path
    signature: Path


@dataclass(frozen=True)
class Running:
    """A transaction of the audit. `since` is the number of the last record before it was asked for."""

    connector: int
    transaction_id: int
    since: int


@dataclass
class AuditedStation(Requests):
    """One charging station under audit, over all its connections. `changed` collects what had to be undone, or could not be.

    What is known of it comes from the records after number `began`; what was read from it before record `since` no longer counts.
    `operator` is the person who can be asked; None: nobody is there. `firmware` is an image that may be installed; None: none may.
    `signed` is what vouches for that image, `password` the station's own and the audit's, `authority` who may sign for its operator.
    """

    csms: Csms
    link: StationLink
    certified: Certified
    clock: Clock
    patience: Patience
    began: int = 0
    since: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    operator: Operator | None = None
    firmware: Path | None = None
    signed: SignedBy | None = None
    password: AuditPassword | None = field(default=None, repr=False)
    authority: CertificateAuthority | None = None
    changed: list[str] = field(default_factory=list)
    unanswered_in_a_row: int = 0
    case: str | None = None
    kind: str = "case"
    waited_for_status: bool = False
    restoring: bool = False
    _marked: bool = False
    _follower: Follower = field(default_factory=Follower)
    _followed: int = -1

    @property
    def transcript(self) -> Transcript:
        """Everything that passed so far."""
        return self.link.transcript

    @property
    def steering(self) -> Steering:
        """What the station meets otherwise than usual; everything is as usual again after each case."""
        return self.csms.steering(self.link.identity)

    @property
    def present(self) -> bool:
        """Whether the station is connected."""
        return not self.link.closed.is_set() and not self.link.replaced

    @property
    def shadow(self) -> Shadow:
        """What is known of the station now, from this audit's part of its transcript."""
        self._follow()
        return self._follower.shadow

    def _follow(self) -> None:
        if self._followed == self.transcript.seq:
            return
        for record in self.transcript.since(max(self.began, self._followed)):
            if self._followed < self.since <= record.seq:
                self._follower.forget_readings()
            self._follower.add(record)
            self._followed = record.seq

    def exchanges(self, since: int) -> Sequence[Exchange]:
        """The conversations whose call came after record `since`, in order."""
        self._follow()
        return self._follower.exchanges(since)

    async def request(self, action: str, payload: dict[str, Any]) -> Answer:
        """Send one request, having written down what it is to change; `NoAnswer` and `Gone` say that there was no answer."""
        # What undoes a change is none itself, whatever is known of the station by then.
        change = None if self.restoring else change_of(action, payload, self.shadow, self.transcript.redactor.tag)
        if change is not None and change.kind is Kind.PASSWORD and (self.password is None or not self.password.can_be_changed):
            raise NotExercised("the station's password was not given to this audit, so a change of it could not be undone")
        is_new = change is not None and self.ledger.add(change)
        self.mark()
        answer = await self._sent(action, payload)
        status = status_of(answer)
        # What was refused is looked for all the same when the case is over where it can be seen: a station may do what it denies.
        looked_for = change is not None and (
            change.kind in {Kind.TRANSACTION, Kind.PASSWORD} or (change.kind is Kind.CONFIGURATION and status == "Rejected")
        )
        if change is not None and is_new and not looked_for and was_refused(status, is_error=answer.kind == "error"):
            self.ledger.settle(change)
        undone = undone_by(action, payload, status)
        if undone is not None:
            self.ledger.settle(undone)
        return answer

    @contextmanager
    def carrying_out(self, case: str, kind: str = "case") -> Iterator[None]:
        """In this block the station is asked on behalf of this case, or trial; the transcript says from where to where."""
        self.case, self.kind, self._marked = case, kind, False
        try:
            yield
        finally:
            if self._marked:
                self.transcript.add_event(EventKind.AUDIT, self.link.identity, {kind: case, "step": "end"})
            self.case = None

    def mark(self) -> None:
        """Say that the case begins: not before the first thing that it does, so that one that does nothing leaves no trace."""
        if self.case is not None and not self._marked:
            self._marked = True
            self.transcript.add_event(EventKind.AUDIT, self.link.identity, {self.kind: self.case, "step": "begin"})

    async def _sent(self, action: str, payload: dict[str, Any]) -> Answer:
        answer = await self.link.peer.request(action, payload, self.patience.answer)
        if answer.kind == "closed":
            raise Gone(f"the station closed the connection before it answered {action}")
        if answer.kind == "timeout":
            self.unanswered_in_a_row += 1
            raise NoAnswer(f"no answer to {action} within {self.patience.answer:g} s (frame {answer.request_seq})")
        self.unanswered_in_a_row = 0
        return answer

    # --- what is given, and waiting

    async def heard(self, predicate: Callable[[Shadow], bool], seconds: float) -> bool:
        """Wait until `predicate` holds for what is known of the station, at most so many seconds."""
        if predicate(self.shadow):
            return True

        def now_holds(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_STATION and predicate(self.shadow)

        return await self.transcript.wait_for(now_holds, seconds, after=self.transcript.seq) is not None

    async def called(
        self, action: str, seconds: float, *, since: int, where: Callable[[Mapping[str, Any]], bool] = lambda _payload: True
    ) -> Exchange | None:
        """The station's first call of this action after record `since` to which `where` applies, with our answer to it; None: none came
        within so many seconds from now. Then the station is asked something harmless: that it is there makes its silence evidence.
        """

        def found() -> Exchange | None:
            for exchange in self.exchanges(since):
                if not exchange.from_csms and exchange.action == action and exchange.reply is not None and where(exchange.payload):
                    return exchange
            return None

        def ours(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and found() is not None

        exchange = found()
        if exchange is None and await self.transcript.wait_for(ours, seconds, after=self.transcript.seq) is not None:
            exchange = found()
        if exchange is None:
            await self.shows_presence()
        return exchange

    async def silent(self, seconds: float) -> None:
        """Let time pass in which something must not happen, and see that the station is there all the while."""
        await self.clock.sleep(seconds)
        await self.shows_presence()

    async def shows_presence(self) -> None:
        """Ask the station something harmless."""
        await self.get_configuration(["NumberOfConnectors"])

    async def comes_back(self, seconds: float | None = None) -> None:
        """Wait for a new connection of the station. Raises `Gone` when none comes in time."""
        bound = self.patience.back if seconds is None else seconds
        try:
            self.link = await self.csms.station(self.link.identity, bound, after=self.link)
        except CannotBegin as problem:
            raise Gone(f"the station did not come back within {bound:g} s") from problem
        self.waited_for_status = False

    async def leaves(self, seconds: float) -> bool:
        """Wait until this connection is over, at most so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.link.closed.wait()
        except TimeoutError:
            return False
        return True

    async def person(self, action: Action, text: str, until: Callable[[Shadow], bool] | None = None, **where: Any) -> None:
        """Ask the person at the station for something, and wait until `until` holds (None: until the person says that it is done).

        Raises `NotExercised` when nobody is there, when it cannot be done, and when nothing of it was seen in time.
        """
        if self.operator is None:
            raise NotExercised(f"needs a person at the station, and nobody is there to be asked: {text}")
        prompt = Prompt(action, text, self.patience.person, **where)
        self.mark()
        self._note_prompt(prompt, "asked")
        asked = asyncio.ensure_future(self.operator.ask(prompt))
        try:
            await self._answered(asked, text, until)
            self._note_prompt(prompt, str(Done.DONE))
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    def _note_prompt(self, prompt: Prompt, step: str) -> None:
        """What a person was asked, and has done, is evidence like a frame."""
        tag = None if prompt.id_tag is None else self.transcript.redactor.tag(prompt.id_tag)
        told = {"person": str(prompt.action), "step": step, "connector": prompt.connector, "idTag": tag}
        self.transcript.add_event(EventKind.AUDIT, self.link.identity, {name: value for name, value in told.items() if value is not None})

    async def _answered(self, asked: asyncio.Future[Done], text: str, until: Callable[[Shadow], bool] | None) -> None:
        wanted = until or (lambda _shadow: False)
        seen = asyncio.ensure_future(self.heard(wanted, self.patience.person))
        either: list[asyncio.Future[Any]] = [asked, seen]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and asked.result() is Done.CANNOT:
                raise CannotDo(f"could not be done at the station: {text}")
            if until is None:
                if not asked.done():
                    raise NotExercised(f"was not done within {self.patience.person:g} s: {text}")
            elif not (seen.done() and not seen.cancelled() and seen.result()):
                patience = self.patience.status + self._held_back()
                if not await self.heard(until, patience):
                    raise NotExercised(f"nothing of it was seen from the station within {patience:g} s: {text}")
        finally:
            seen.cancel()
            await asyncio.gather(seen, return_exceptions=True)

    async def settle(self, *, asks: bool = True) -> None:
        """Give connectors that were not heard of yet some time to report; in vain, this is not repeated.

        A station that came back without having started anew need not report: with `asks`, and Remote Trigger certified, it is asked to.
        """
        if self.waited_for_status:
            return
        # A station that has booted reports every connector (errata v4.0 3.22); what it reports may be a transaction.
        await self.heard(lambda shadow: shadow.all_reported, self.patience.status)
        self.waited_for_status = True
        if asks and not self.shadow.all_reported and not self._booted_here and self.certified.profiles.get("RemoteTrigger"):
            for number in range(1, (self.shadow.declared_connectors or 0) + 1):
                if number not in self.shadow.connectors:
                    await self.trigger_message("StatusNotification", connector_id=number)
            await self.heard(lambda shadow: shadow.all_reported, self.patience.status)

    async def calm(self) -> None:
        """Let it be told that what a case has begun is over."""
        await self.heard(lambda shadow: not shadow.busy, self.patience.status + self._held_back())

    def _held_back(self) -> float:
        """For how many seconds the station may hold a status back (MinimumStatusDuration, 1.6 4.9), as far as it was read."""
        reading = self.shadow.configuration.get("minimumstatusduration")
        text = (reading.value or "").strip() if reading is not None else ""
        return min(float(text), LONGEST_STATUS_DURATION) if text.isascii() and text.isdigit() else 0.0

    @property
    def _booted_here(self) -> bool:
        """Whether the station has sent its BootNotification on the present connection, as far as that is in memory."""
        for record in reversed(self.transcript.records):
            if isinstance(record, Frame):
                if record.direction is Direction.FROM_STATION and record.action == "BootNotification":
                    return True
            elif record.event is EventKind.OPEN:
                return False
        return False

    async def needs_idle(self) -> None:
        """The case may only run while every connector is known to be Available; a person is asked to pull cables that are in the way."""
        await self.settle()
        for connector, state in sorted(self.shadow.connectors.items()):
            if self.operator is not None and connector and state.status in {"Preparing", "Finishing"}:
                text = f"Unplug the cable of connector {connector}."
                await self.person(Action.UNPLUG, text, is_in(connector, "Available"), connector=connector)
        if not self.shadow.all_idle:
            raise NotExercised(f"only on a station that is known to be idle: {self._why_not_idle()}")

    def needs_no_transaction(self) -> None:
        """The case may not run while a transaction is known of."""
        if self.shadow.busy:
            raise NotExercised(f"only without a transaction: {self._why_not_idle()}")

    def _why_not_idle(self) -> str:
        shadow = self.shadow
        if shadow.busy:
            return f"a transaction is going on (frame {shadow.busy[0]})"
        if shadow.declared_connectors is None:
            return "the station did not tell how many connectors it has"
        others = {number: state.status for number, state in shadow.connectors.items() if state.status != "Available"}
        if others:
            return ", ".join(f"connector {number} is {status}" for number, status in sorted(others.items()))
        return "not every connector has reported its status"

    def needs_connector_count(self) -> int:
        """The highest connector number; the case needs to know it from the station itself."""
        highest = self.shadow.highest_connector
        if highest is None:
            raise NotExercised("the station did not tell its NumberOfConnectors, so no connector is known not to exist")
        return highest

    def unknown_transaction_id(self) -> int:
        """A transaction id that no frame of the transcript names."""
        while (identifier := 1 + secrets.randbelow(2**31 - 2)) in self._follower.transactions:
            pass
        return identifier

    async def undo(self, what: str, request: Awaitable[Answer], otherwise: str) -> bool:
        """Undo what a station should have refused; says in the report whether that worked, and `otherwise` when it did not."""
        try:
            answer = await request
        except (NoAnswer, Gone) as ended:
            self.changed.append(f"{what}; undoing it failed: {ended}; {otherwise}")
            raise
        if accepted(answer):
            self.changed.append(f"{what}; it was undone at once")
        else:
            self.changed.append(f"{what}; undoing it was answered {answer_text(answer)}; {otherwise}")
        return accepted(answer)

    async def stop_what_was_started(self, since: int) -> None:
        """After a remote start that should have been refused: wait for its transaction, stop it, and say how that went. What does not end
        stays in the ledger, so that it is tried again.
        """
        tag = self.transcript.redactor.tag(PROBE_ID_TAG)
        if await self._stopped(tag, since):
            self.ledger.settle(Change(Kind.TRANSACTION, tag))

    async def _stopped(self, tag: str, since: int) -> bool:
        def started(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and self._own_transaction(tag, since) is not None

        await self.transcript.wait_for(started, self.patience.start, after=since)
        transaction = self._own_transaction(tag, since)
        if transaction is None:
            idle = await self.heard(lambda shadow: shadow.all_idle, self.patience.start)
            state = "every connector is Available" if idle else self._why_not_idle()
            self.changed.append(
                f"a remote start that is to be refused was accepted; no transaction came of it while it was watched, and {state}"
            )
            return True
        # Its idTag is invalid, so that a station may end it by itself; and a request for it must not cross the answer that names it.
        if not await self.heard(lambda shadow: transaction not in shadow.open_transactions, CROSSING_SECONDS):
            started_text = f"the transaction {transaction} was started against the rules"
            await self.undo(started_text, self.remote_stop_transaction(transaction), "stop it by hand")
        ended = await self.heard(lambda shadow: transaction not in shadow.open_transactions, self.patience.start)
        if not ended:
            self.changed.append(f"the transaction {transaction} was not reported as ended; see that it is")
        await self.heard(lambda shadow: shadow.all_idle, self.patience.start)
        return ended

    def transactions_of(self, hashed_tag: str) -> tuple[int, ...]:
        """The open transactions that were started with this idTag, given by what stands for it in evidence; and those that came of a remote
        start with it, whatever idTag the station tells them with.
        """
        exchanges = self.exchanges(self.began)
        starts = [exchange for exchange in exchanges if exchange.action == "StartTransaction" and not exchange.from_csms]
        own = [start for start in starts if start.payload.get("idTag") == hashed_tag]
        for asked in exchanges:
            if asked.action == "RemoteStartTransaction" and asked.payload.get("idTag") == hashed_tag and asked.status == "Accepted":
                own += [start for start in starts if _came_of(asked, start)][:1]
        numbers = {(start.result or {}).get("transactionId") for start in own}
        return tuple(sorted(number for number in self.shadow.open_transactions if number in numbers))

    # --- states that a case begins from

    async def needs_car(self) -> int:
        """A connector with a car and without a transaction; a person is asked to plug one in where there is none."""
        await self.settle()
        self.needs_no_transaction()
        connector = self._with_car("Preparing")
        if connector is not None:
            return connector
        after = self._with_car("Finishing")
        if after is not None and self.operator is None:
            # The car of the last transaction: from here a new one may begin (1.6 4.9, Finishing to Preparing).
            return after
        if after is not None:
            await self.person(Action.UNPLUG, f"Unplug the car from connector {after}.", is_in(after, "Available"), connector=after)
        connector = self.shadow.idle_connector
        if connector is None:
            raise NotExercised(f"needs a free connector: {self._why_not_idle()}")
        try:
            await self.person(Action.PLUG, f"Plug a car into connector {connector}.", is_in(connector, "Preparing"), connector=connector)
        except CannotDo:
            raise
        except NotExercised:
            # What was done and not seen is in the way of the next case.
            await self.person(Action.UNPLUG, f"Unplug the car from connector {connector} again.", connector=connector)
            raise
        return connector

    def _with_car(self, status: str) -> int | None:
        return min((number for number, state in self.shadow.connectors.items() if number and state.status == status), default=None)

    async def charging(self, id_tag: str = VALID_ID_TAG, charging_profile: Mapping[str, Any] | None = None) -> Running:
        """A transaction of the audit, begun by RemoteStartTransaction on a connector with a car, with this profile.

        Raises `NotExercised` when none comes of it: that is for the cases about starting to judge.
        """
        connector, since = await self.needs_car(), self.transcript.seq
        answer = await self.remote_start_transaction(id_tag, connector_id=connector, charging_profile=charging_profile)
        if not accepted(answer):
            raise NotExercised(f"a transaction could not be started: RemoteStartTransaction was answered {answer_text(answer)}")
        started = await self.called("StartTransaction", self.patience.start, since=since)
        number = (started.result or {}).get("transactionId") if started else None
        if not isinstance(number, int):
            raise NotExercised(f"a transaction could not be started: no StartTransaction within {self.patience.start:g} s")
        if started is not None:
            # Whatever idTag it is told with, it is the audit's transaction, and to be ended.
            self.ledger.add(Change(Kind.TRANSACTION, str(started.payload.get("idTag"))))
        # The answer must have reached the station before anything is asked about this transaction.
        await self.clock.sleep(CROSSING_SECONDS)
        return Running(connector, number, since)

    async def configured(self, key: str, value: str) -> None:
        """A setting that the case needs, read before it is changed. Raises `NotExercised` when the station does not have or take it."""
        if key.casefold() not in self.shadow.configuration:
            await self.get_configuration([key])
        reading = self.shadow.configuration.get(key.casefold())
        if reading is None:
            raise NotExercised(f"needs the setting {key}, which the station does not have")
        if _is_same(reading.value, value):
            return
        if reading.readonly:
            raise NotExercised(f"needs {key} = {value}; it is {reading.value} and read-only")
        answer = await self.change_configuration(key, value)
        if answer_text(answer) != "Accepted":
            raise NotExercised(f"needs {key} = {value}; ChangeConfiguration was answered {answer_text(answer)}")
        await self.get_configuration([key])
        reading = self.shadow.configuration.get(key.casefold())
        if reading is None or not _is_same(reading.value, value):
            raise NotExercised(f"needs {key} = {value}; it still reads {reading.value if reading else 'nothing'}")

    def expires(self, seconds: float) -> datetime:
        """The moment so many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)

    def _own_transaction(self, tag: str, since: int) -> int | None:
        for exchange in self.exchanges(since):
            if exchange.action == "StartTransaction" and exchange.payload.get("idTag") == tag:
                identifier = (exchange.result or {}).get("transactionId")
                if isinstance(identifier, int):
                    return identifier
        return None


def _came_of(asked: Exchange, start: Exchange) -> bool:
    """Whether a transaction began on the connector of a remote start soon after it."""
    same = start.payload.get("connectorId") == asked.payload.get("connectorId")
    return same and 0 <= start.call.elapsed - asked.call.elapsed <= EFFECT_SECONDS


def _is_same(value: str | None, wanted: str) -> bool:
    return (value or "").strip().casefold() == wanted.casefold()


def is_in(connector: int, status: str) -> Callable[[Shadow], bool]:
    """Whether this connector's last reported status is that one."""
    return lambda shadow: connector in shadow.connectors and shadow.connectors[connector].status == status
