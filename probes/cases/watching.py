"""The charging station as it is asked and watched: requests that are written down, waiting for what follows, and the person beside it.

Every request gives its answer; that nothing came back is an exception, so that a case reads like its test description. What an answer
is worth is the judge's business, never that of the case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.cases.changes import change_of, undone_by, was_refused
from probes.cases.endings import CannotDo, Gone, NoAnswer, NotExercised
from probes.cases.ledger import Kind, Ledger
from probes.cases.prompts import Action, Done, Operator, Prompt
from probes.cases.requests import Requests, status_of
from probes.csms.audit_password import AuditPassword
from probes.csms.authority import CertificateAuthority
from probes.csms.csms import Csms, StationLink
from probes.csms.steering import Steering
from probes.judge.certified import Certified
from probes.judge.frames import Exchange
from probes.judge.shadow import Follower, Shadow
from probes.judge.times import LONGEST_STATUS_DURATION
from probes.wire.clock import Clock
from probes.wire.peer import Answer
from probes.wire.records import Direction, EventKind, Frame, Record
from probes.wire.transcript import Transcript
from registry.errors import CannotBegin


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


@dataclass
class WatchedStation(Requests):
    """One charging station under audit, over all its connections: what it is asked, and what is waited for. `changed` collects what had
    to be undone, or could not be.

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

    def held_back(self) -> float:
        """For how many seconds the station may hold a status back (MinimumStatusDuration, 1.6 4.9), as far as it was read."""
        reading = self.shadow.configuration.get("minimumstatusduration")
        text = (reading.value or "").strip() if reading is not None else ""
        return min(float(text), LONGEST_STATUS_DURATION) if text.isascii() and text.isdigit() else 0.0

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
                patience = self.patience.status + self.held_back()
                if not await self.heard(until, patience):
                    raise NotExercised(f"nothing of it was seen from the station within {patience:g} s: {text}")
        finally:
            seen.cancel()
            await asyncio.gather(seen, return_exceptions=True)
