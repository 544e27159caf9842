"""Takeover: the charging station connects to our CSMS, the cases run one after the other, and what was changed is undone.

Stimuli only; nothing is judged here. A station that goes away in a case ends that case, not the audit: it is waited for, for a
bounded time, and what was seen before is kept.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from probes.cases.catalogue import FIRST, Case, Script
from probes.cases.endings import Gone, NoAnswer, NotApplicable, NotExercised
from probes.cases.ledger import Change
from probes.cases.requests import accepted
from probes.cases.restoring import name_of, not_restored, restore
from probes.cases.scripts.core import read_configuration
from probes.cases.station import AuditedStation
from probes.csms.csms import Csms
from probes.judge.certified import RESPONSE_TIMEOUT, TRIGGERED_FUNCTION_TIMEOUT
from probes.judge.shadow import Shadow
from probes.judge.verdicts import CaseRun
from probes.modes.marks import over_mark
from probes.wire.clock import Clock
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.transcript import Transcript
from registry.errors import CannotBegin
from registry.sentences import KeptSentence

Progress = Callable[[int, int, str], None]
"""Told as the audit goes: steps done, steps in all, what is being done."""

BOOT_SECONDS = 5.0
"""How long a BootNotification is waited for after the connection opens; a station that reconnects sends none (OCPP-J 1.6 5.4)."""

PAUSE_SECONDS = 2.0
"""After so long without a word a station that has started is taken to have told its states: some hear nothing until they have."""

RETURN_SECONDS = 180.0
"""How long a station that went away is waited for: some take minutes to restart."""

LEAVE_SECONDS = 60.0
"""How long an audit that is broken off may take to undo what it changed."""

INTRODUCTION = KeptSentence("waiting for the station to introduce itself")

ASKED_AGAIN = frozenset({"GetConfiguration", "DataTransfer", "GetLocalListVersion", "GetCompositeSchedule"})
"""Requests that only read, and carry no secret that evidence would not have."""

SILENT_CALLS = 3
"""After so many unanswered calls in a row the station is taken for silent, and nothing more is asked."""


@dataclass(frozen=True)
class Limits:
    """The bounds of an audit, in seconds; `answer` None: as long as the certificate's PICS values ask for."""

    boot: float = BOOT_SECONDS
    comes_back: float = RETURN_SECONDS
    status: float = 10.0
    start: float = 10.0
    answer: float | None = None
    total: float = 6 * 3600.0


@dataclass
class TakeoverLog:
    """How it went: the cases, what was tried beside them, what is to be said of the audit itself, and what could not be undone.

    `keep` is told of each case as it is over.
    """

    keep: Callable[[CaseRun], None] = lambda _run: None
    runs: list[CaseRun] = field(default_factory=list)
    trials: list[CaseRun] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_restored: list[str] = field(default_factory=list)

    def add(self, run: CaseRun) -> None:
        """A case is over."""
        self.keep(run)
        self.runs.append(run)


class Takeover:
    """One audit of one connected station."""

    def __init__(
        self, csms: Csms, station: AuditedStation, clock: Clock, limits: Limits, on_progress: Progress, log: TakeoverLog | None = None
    ) -> None:
        self._csms = csms
        self._station = station
        self._clock = clock
        self._limits = limits
        self._on_progress = on_progress
        self._log = log or TakeoverLog()
        self._lost: str | None = None
        self._over: Callable[[CaseRun], None] = self._log.add
        self._kind = "case"
        self._in_vain: set[Change] = set()

    def continues(self, runs: Sequence[CaseRun], until: str) -> None:
        """Take up what an audit left that was broken off: its cases are not carried out again. `until` is when it was last alive."""
        self._log.runs.extend(runs)
        self._log.notes.append(f"The audit was broken off after {until} and went on here; {len(runs)} cases were over by then.")

    async def run(self, cases: Sequence[Case], *, passive: bool, trials: Sequence[Case] = ()) -> TakeoverLog:
        """Run the cases in order, then the trials. `passive`: send nothing at all, only listen while the station introduces itself.

        Cancelled, it undoes what it can within `LEAVE_SECONDS` before it ends.
        """
        try:
            if passive:
                await self._listen(cases)
            else:
                await self._carry_out(cases, trials)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._leave()
            raise
        return self._log

    async def _listen(self, cases: Sequence[Case]) -> None:
        self._on_progress(0, 2, INTRODUCTION)
        await self._introduction(passive=True)
        await self._station.settle(asks=False)
        self._watched(cases)
        self._on_progress(2, 2, KeptSentence("done"))

    async def _carry_out(self, cases: Sequence[Case], trials: Sequence[Case]) -> None:
        deadline = self._clock.monotonic() + self._limits.total
        over = {run.id for run in self._log.runs}
        scripted = [(case, case.script) for case in cases if case.script is not None and case.facts.id not in over]
        tried = [(trial, trial.script) for trial in trials if trial.script is not None]
        total = len(scripted) + len(tried) + 2
        self._on_progress(0, total, INTRODUCTION)
        await self._introduction(passive=False)
        await self._undo_what_was_left()
        self._on_progress(1, total, KeptSentence("looking at the station's state"))
        if not any(case.facts.id == FIRST for case, _ in scripted):
            await self._guarded(self._read_only_the_configuration)
        for number, (case, script) in enumerate((*scripted, *tried)):
            self._on_progress(number + 1, total, f"{case.facts.id} {case.facts.title}")
            if self._clock.monotonic() > deadline:
                self._lost = f"the audit's time of {self._limits.total:g} s was over"
            self._over, self._kind = (self._log.add, "case") if number < len(scripted) else (self._log.trials.append, "trial")
            await self._case(case, script)
        self._over, self._kind = self._log.add, "case"
        await self._ask_again()
        await self._leave()
        self._watched(cases)
        self._on_progress(total, total, KeptSentence("done"))

    # --- at the start

    async def _introduction(self, *, passive: bool) -> None:
        if await self._station.heard(_registered, self._limits.boot):
            await self._has_spoken()
            return
        if passive or not self._station.certified.profiles.get("RemoteTrigger"):
            self._log.notes.append("The station sent no BootNotification while it was watched: it may have been connected before.")
            return
        await self._guarded(self._ask_for_introduction)

    async def _has_spoken(self) -> None:
        """Let a station that has just started tell what it has to tell before it is asked anything: until it pauses."""
        transcript, pause = self._station.transcript, min(PAUSE_SECONDS, self._limits.boot)
        until = self._clock.monotonic() + self._limits.status
        last = next((record for record in reversed(transcript.records) if _is_from_station(record)), None)
        while last is not None and self._clock.monotonic() < until:
            ago = (self._clock.now() - datetime.fromisoformat(last.timestamp)).total_seconds()
            if ago >= pause:
                return
            last = await transcript.wait_for(_is_from_station, min(pause, pause - ago), after=last.seq) or last

    async def _ask_for_introduction(self) -> None:
        """A certified Remote Trigger lets us ask who it is; the connector states come with StatusNotification."""
        row = self._station.certified.performance(TRIGGERED_FUNCTION_TIMEOUT)
        # A station that is registered may refuse (errata v4.0 3.35): then nothing is waited for.
        if accepted(await self._station.trigger_message("BootNotification")):
            await self._station.heard(_registered, float(row.pics_seconds) if row and row.pics_seconds else 30.0)
        await self._station.trigger_message("StatusNotification")

    async def _read_only_the_configuration(self) -> None:
        await read_configuration(self._station)

    async def _undo_what_was_left(self) -> None:
        """An earlier audit may have been broken off before it could undo its changes."""
        left = self._station.ledger.open
        if left:
            self._on_progress(0, 1, "undoing what an earlier audit left")
            await self._guarded(self._restore_before)
            undone = [name_of(change) for change in left if change not in self._station.ledger.open]
            if undone:
                self._log.notes.append(f"An audit that was broken off had left changed, and this one has undone: {', '.join(undone)}.")

    async def _restore_before(self) -> None:
        await read_configuration(self._station)
        await restore(self._station)

    async def _guarded(self, step: Callable[[], object]) -> None:
        """A step that belongs to no case: what fails in it is said, and the audit goes on."""
        try:
            await step()  # type: ignore[misc]  # the steps are coroutine functions of this class
        except (NoAnswer, Gone) as ended:
            self._log.notes.append(f"Before the first case: {ended}.")

    # --- the cases

    async def _case(self, case: Case, script: Script) -> None:
        """One case with its script, from finding the station to leaving it as it was."""
        station = self._station
        if not await self._present():
            self._done(case, station.transcript.seq + 1, stopped=self._lost)
            return
        if not case.reads_only:
            await station.settle()
            if station.shadow.busy:
                self._skip(case, f"a transaction is going on (frame {station.shadow.busy[0]}): only reading is allowed now")
                return
        await self._carried_out(case, script)
        if station.present:
            await restore(station, self._in_vain)
        if station.present and not case.reads_only:
            await station.calm()

    async def _carried_out(self, case: Case, script: Script) -> None:
        station, first = self._station, self._station.transcript.seq + 1
        try:
            await script(station)
        except NotExercised as reason:
            if station.transcript.seq < first:
                self._skip(case, str(reason))
            else:
                self._done(case, first, skipped=str(reason))
        except NotApplicable as reason:
            self._done(case, first, not_applicable=str(reason))
        except NoAnswer as reason:
            await self._look_for_it()
            if station.unanswered_in_a_row >= SILENT_CALLS:
                self._lost = f"the station answered none of the last {station.unanswered_in_a_row} calls; nothing more was asked of it"
            self._done(case, first, stopped=str(reason))
        except Gone as reason:
            self._done(case, first, stopped=str(reason))
        else:
            self._done(case, first)

    async def _look_for_it(self) -> None:
        """Ask something harmless after silence: a station may be deaf to some actions alone, and then that it is there is evidence."""
        with suppress(NoAnswer, Gone):
            await self._station.shows_presence()

    async def _ask_again(self) -> None:
        """What was answered late, once, is asked for again where it only reads: a network may have held that one answer back."""
        row = self._station.certified.performance(RESPONSE_TIMEOUT)
        bound = float(row.pics_seconds) if row and row.pics_seconds else math.inf
        asked = [each for each in self._station.exchanges(self._station.since) if each.from_csms]
        late = {each.action: each for each in asked if each.action in ASKED_AGAIN and (each.elapsed or 0.0) > bound}
        for exchange in late.values() if self._lost is None and self._station.present else ():
            with suppress(NoAnswer, Gone, NotExercised):
                await self._station.request(exchange.action, dict(exchange.payload))

    async def _leave(self) -> None:
        """What is still changed is undone, or said; a station that went away is waited for once more."""
        self._lost = None
        if self._station.ledger.open and await self._present():
            self._log.not_restored.extend(await restore(self._station))
        elif self._station.ledger.open:
            self._log.not_restored.extend(not_restored(change, "the station is away") for change in self._station.ledger.open)
        self._station.steering.reset()

    def _watched(self, cases: Sequence[Case]) -> None:
        """Cases without a script are judged over all that was seen, and so are those that were not begun."""
        last = self._station.transcript.seq
        self._log.runs = [replace(run, last=last) if run.skipped is not None and run.watched else run for run in self._log.runs]
        for case in cases:
            if case.script is None:
                self._log.add(CaseRun(case.facts.id, case.facts.profile, self._station.since, last, watched=True))

    def _skip(self, case: Case, reason: str) -> None:
        """What other cases have shown of it still counts against it."""
        last = self._station.transcript.seq
        self._is_over(CaseRun(case.facts.id, case.facts.profile, self._station.since, last, skipped=reason, watched=True))

    def _done(
        self, case: Case, first: int, *, stopped: str | None = None, not_applicable: str | None = None, skipped: str | None = None
    ) -> None:
        changed, self._station.changed = tuple(self._station.changed), []
        last = self._station.transcript.seq
        self._is_over(CaseRun(case.facts.id, case.facts.profile, first, last, stopped, not_applicable, skipped, changed))

    def _is_over(self, run: CaseRun) -> None:
        """What no frame shows of it, that is why it was not carried out to its end, the transcript says."""
        told = over_mark(self._kind, run)
        if told is not None:
            self._station.transcript.add_event(EventKind.AUDIT, self._station.link.identity, told)
        self._over(run)

    async def _present(self) -> bool:
        """Whether the station is connected; when it went away, it is waited for."""
        if self._lost is not None:
            return False
        if self._station.present:
            return True
        try:
            self._station.link = await self._csms.station(self._station.link.identity, self._limits.comes_back, after=self._station.link)
        except CannotBegin:
            self._lost = f"the station went away and did not come back within {self._limits.comes_back:g} s"
            return False
        self._log.notes.append("The station went away during the audit and came back; the case that this ended is marked as error.")
        self._station.waited_for_status = False
        await self._station.heard(_registered, self._limits.boot)
        return True


def _is_from_station(record: Record) -> bool:
    return isinstance(record, Frame) and record.direction is Direction.FROM_STATION


def _registered(shadow: Shadow) -> bool:
    return shadow.boot is not None and shadow.boot.status is not None


def evidence_began(transcript: Transcript) -> int:
    """The number of the record before the connection on which the station last booted: what it said since then belongs to the audit.

    A station that reconnects does not boot again (OCPP-J 1.6 5.4). Without a boot in memory: the number before the present connection;
    when that is no longer in memory either, the number before the oldest record that is.
    """
    began = transcript.records[0].seq - 1 if transcript.records else transcript.seq
    opened, booted = began, None
    for record in transcript.records:
        if isinstance(record, ConnectionEvent):
            opened = record.seq - 1 if record.event is EventKind.OPEN else opened
        elif record.direction is Direction.FROM_STATION and record.message_type is MessageType.CALL and record.action == "BootNotification":
            booted = opened
    return opened if booted is None else booted


def audit_began(records: Sequence[Record], now: int) -> int:
    """The first record that the audit judges: the first of all, or the next one when somebody has asked the station things before."""
    asked = any(
        isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and record.message_type is MessageType.CALL
        for record in records
    )
    return now + 1 if asked or not records else records[0].seq
