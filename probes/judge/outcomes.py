"""The words of the judge: what became of one obligation, and what the judge looks at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from probes.judge.catalogue import ObligationFacts
from probes.judge.catalogue import obligation as facts_of
from probes.judge.certified import Certified
from probes.judge.frames import Exchange, FrameProblem, Traffic
from probes.judge.shadow import Shadow, Timeline
from probes.judge.story import Story
from registry.certificates.facts import Severity


class Outcome(StrEnum):
    """What became of one obligation."""

    PASSED = "pass"
    FAILED = "fail"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True)
class Judgement:
    """One obligation held against frames. `at` is the frame that was judged (the call of an exchange), `frames` are those that prove it.

    `severity` is None for what is simply as it should be. On a `fail` it says how much that matters (only an error makes a device deviate);
    on the others it makes of `text` a remark (warning or note). `subject` names the cause: judgements with one subject have one cause,
    which a report names once.
    """

    obligation: str
    outcome: Outcome
    text: str
    at: int
    frames: tuple[int, ...]
    subject: str | None = None
    severity: Severity | None = None

    @property
    def accuses(self) -> bool:
        """Whether this alone makes the device deviate."""
        return self.outcome is Outcome.FAILED and self.severity is Severity.ERROR


@dataclass(frozen=True)
class View:
    """All that an obligation may look at. `patience` is how many seconds a call may stay unanswered before that can count.

    `since` is the first record of the audit itself. What came before tells who the station is and what state it is in; answers that it gave
    to others then are neither judged nor measured.
    """

    traffic: Traffic
    timeline: Timeline
    certified: Certified
    patience: float = 30.0
    since: int = 0

    def called(self, action: str, after: int = 0) -> tuple[Exchange, ...]:
        """The station's calls of this action after record `after`, in order."""
        known = self.story.told.get(action, [])
        return tuple(known[bisect_right(known, after, key=lambda exchange: exchange.call.seq) :])

    def watched_for(self, seq: int, seconds: float) -> bool:
        """Whether the station was connected, recorded and legible for so long after record `seq`: only then is silence a defect."""
        connection = self.traffic.connection_of.get(seq)
        if connection is None or self.story.ended(connection) - self._elapsed[seq] < seconds:
            return False
        return self.story.legible(connection, self._elapsed[seq], self._elapsed[seq] + seconds)

    def elapsed(self, seq: int) -> float:
        """When this record was made, in seconds of the transcript."""
        return self._elapsed[seq]

    @cached_property
    def _elapsed(self) -> dict[int, float]:
        return {record.seq: record.elapsed for record in self.traffic.records}

    @property
    def asked(self) -> tuple[Exchange, ...]:
        """The exchanges of the audit that the central system began."""
        return tuple(exchange for exchange in self.traffic.exchanges if exchange.from_csms and exchange.call.seq >= self.since)

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What rules have worked out of this transcript, by name, so that it is done once."""
        return {}

    @cached_property
    def story(self) -> Story:
        """What happened at the station, to be looked up."""
        return Story(self.traffic)

    def shadow(self, exchange: Exchange) -> Shadow:
        """What was known of the station when this call was made."""
        return self.timeline.before(exchange.call.seq)


About = Exchange | FrameProblem | int
"""What a judgement is about; a number is that of a record that is no frame, as a handshake."""


class Bench:
    """Writes the judgements of one obligation; the plain failure has the severity of the catalogue."""

    def __init__(self, facts: ObligationFacts) -> None:
        self.facts = facts

    def passes(self, about: About, text: str, remark: Severity | None = None, subject: str | None = None) -> Judgement:
        """As it should be, perhaps with a remark."""
        return self._judgement(Outcome.PASSED, about, text, subject, remark)

    def fails(
        self,
        about: About,
        text: str,
        subject: str,
        severity: Severity | None = None,
        frames: tuple[int, ...] | None = None,
    ) -> Judgement:
        """Not as it should be; the clause is said with it. `frames` are those that prove it, when they are others than those of `about`."""
        said = f"{text} ({self.facts.clause})"
        return self._judgement(Outcome.FAILED, about, said, subject, severity or self.facts.severity, frames)

    def open(self, about: About, text: str, remark: Severity | None = None, subject: str | None = None) -> Judgement:
        """Cannot be said from these frames."""
        return self._judgement(Outcome.NOT_EXERCISED, about, text, subject, remark)

    def _judgement(
        self,
        outcome: Outcome,
        about: About,
        text: str,
        subject: str | None,
        severity: Severity | None,
        frames: tuple[int, ...] | None = None,
    ) -> Judgement:
        if isinstance(about, int):
            return Judgement(self.facts.id, outcome, text, about, frames or (about,), subject, severity)
        if isinstance(about, Exchange):
            return Judgement(self.facts.id, outcome, text, about.call.seq, frames or about.seqs, subject, severity)
        return Judgement(self.facts.id, outcome, text, about.frame.seq, frames or (*about.related, about.frame.seq), subject, severity)


ExchangeJudge = Callable[[Bench, Exchange, View], Iterable[Judgement]]
FrameJudge = Callable[[Bench, FrameProblem, View], Iterable[Judgement]]

ViewJudge = Callable[[Bench, View], Iterable[Judgement]]

EXCHANGE_JUDGES: dict[str, ExchangeJudge] = {}
"""By obligation id, what judges each exchange; filled by the modules that define them."""

FRAME_JUDGES: dict[str, FrameJudge] = {}
"""By obligation id, what judges each problem of a frame."""


VIEW_JUDGES: dict[str, ViewJudge] = {}
"""By obligation id, what judges a transcript as a whole."""


def judges_exchanges(obligation: str) -> Callable[[ExchangeJudge], ExchangeJudge]:
    """Register the function that judges exchanges for this obligation."""

    def register(judge: ExchangeJudge) -> ExchangeJudge:
        EXCHANGE_JUDGES[obligation] = judge
        return judge

    return register


def judges_frames(obligation: str) -> Callable[[FrameJudge], FrameJudge]:
    """Register the function that judges frame problems for this obligation."""

    def register(judge: FrameJudge) -> FrameJudge:
        FRAME_JUDGES[obligation] = judge
        return judge

    return register


def judges_views(obligation: str) -> Callable[[ViewJudge], ViewJudge]:
    """Register the function that judges whole transcripts for this obligation: what follows on what, over many frames."""

    def register(judge: ViewJudge) -> ViewJudge:
        VIEW_JUDGES[obligation] = judge
        return judge

    return register


def bench(obligation: str) -> Bench:
    """The bench of an obligation of the catalogue."""
    return Bench(facts_of(obligation))
