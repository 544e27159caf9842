"""The cases one after the other, each in its window of the transcript; nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from probes.adaptors.operations import OPERATIONS
from probes.cases.endings import Gone, NoAnswer, NotApplicable, NotExercised
from probes.central.asking import no_way
from probes.central.audited import AuditedCsms
from probes.central.catalogue import Case
from probes.central.presence import Unreachable
from probes.judge.catalogue import case_actions
from probes.judge.verdicts import CaseRun
from registry.sentences import KeptSentence

Progress = Callable[[int, int, str], None]
"""Told as the audit goes: steps done, steps in all, what is being done."""

LOST_AFTER = 3
"""After so many cases in a row for which there was no connection nothing more is tried."""


@dataclass
class Log:
    """How it went: the cases, the trials beside them, what is to be said of the audit itself, and why it could not be begun or went no
    further (None: it did).
    """

    runs: list[CaseRun] = field(default_factory=list)
    trials: list[CaseRun] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken_off: str | None = None


class Run:
    """One audit of one central system, case by case. `total` bounds it, in seconds."""

    def __init__(self, csms: AuditedCsms, on_progress: Progress, total: float) -> None:
        self._csms = csms
        self._on_progress = on_progress
        self._total = total
        self._log = Log()
        self._runs = self._log.runs
        self._lost = 0
        self._unreachable = False

    async def run(self, cases: Sequence[Case], trials: Sequence[Case] = ()) -> Log:
        """Carry the cases out in order, then the trials; the station is gone afterwards."""
        clock = self._csms.clock
        deadline = clock.monotonic() + self._total
        try:
            for number, case in enumerate(steps := (*cases, *trials)):
                self._runs = self._log.runs if number < len(cases) else self._log.trials
                self._on_progress(number, len(steps), f"{case.facts.id} {case.facts.title}")
                if clock.monotonic() > deadline:
                    self._log.broken_off, self._unreachable = f"the audit's time of {self._total:g} s was over", False
                await self._case(case)
            self._on_progress(len(steps), len(steps), KeptSentence("done"))
            self._sum_up()
        finally:
            await self._csms.offline()
        return self._log

    def _sum_up(self) -> None:
        """What broke the trials off breaks no case off: it is told, and that is all."""
        broken = self._log.broken_off
        if broken is not None and self._log.trials and not self._log.trials[0].watched:
            self._log.notes.append(f"What is tried beside the cases was broken off: {broken}.")
            self._log.broken_off = None

    async def _case(self, case: Case) -> None:
        csms, first = self._csms, self._csms.transcript.seq + 1
        if self._log.broken_off is not None and not (self._unreachable and case.unregistered):
            self._skip(case, first, self._log.broken_off)
            return
        applies = csms.certified.profiles.get(case.facts.profile) is not False
        if applies and (reason := no_way(csms, _requests_of(case))) is not None:
            self._skip(case, first, reason)
            return
        try:
            await case.script(csms)
        except NotExercised as reason:
            if csms.exchanges(first - 1):
                self._done(case, first, skipped=str(reason))
            else:
                self._skip(case, first, str(reason))
        except NotApplicable as reason:
            if self._log.broken_off is not None:
                self._skip(case, first, self._log.broken_off)
            else:
                self._done(case, first, not_applicable=str(reason))
        except NoAnswer as reason:
            self._done(case, first, stopped=str(reason))
        except Gone as reason:
            self._done(case, first, stopped=str(reason))
            self._lost += 1
            if self._lost >= LOST_AFTER or isinstance(reason, Unreachable):
                self._log.broken_off = self._log.broken_off or str(reason)
                self._unreachable = self._unreachable or isinstance(reason, Unreachable)
        else:
            self._done(case, first)
            self._lost = 0
        with suppress(Gone, NoAnswer, NotExercised):
            await csms.calm()

    def _done(
        self, case: Case, first: int, *, stopped: str | None = None, not_applicable: str | None = None, skipped: str | None = None
    ) -> None:
        last = self._csms.transcript.seq
        self._runs.append(CaseRun(case.facts.id, case.facts.profile, first, last, stopped, not_applicable, skipped))

    def _skip(self, case: Case, first: int, reason: str) -> None:
        """Nothing of the case took place: it is not among those that were carried out."""
        last = self._csms.transcript.seq
        self._runs.append(CaseRun(case.facts.id, case.facts.profile, first, last, skipped=reason, watched=True))


def _requests_of(case: Case) -> frozenset[str]:
    """What a case needs the central system to send; nothing for one that our station carries out alone."""
    if case.facts.way != "operator-trigger":
        return frozenset()
    return case_actions().get(case.facts.id, frozenset()) & frozenset(OPERATIONS)
