"""How long answers took, held against the times of a certificate. The network's time is in them, and that of the audit's own machine is not
held against anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import NamedTuple

from probes.judge.findings import AuditFinding
from probes.wire.records import OWN_LATENESS, ConnectionEvent, EventKind, Record
from registry.certificates.facts import PerformanceRow, Severity

LATE_TIMES = 2
"""How often an answer must be late for the product to be: a network can hold back one."""


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


class Measured(NamedTuple):
    """One answer: when its call was sent, in seconds of the transcript, how many seconds it took, and the frames that show it."""

    begun: float
    seconds: float
    frames: tuple[int, ...]


@dataclass(frozen=True)
class PerformanceComparison:
    """One timeout in seconds: the PICS value, the laboratory's measurement, and ours with the network's share in it.

    `uncertain` is how many answers seemed late while the audit's own side was: they are not among the `observed`.
    """

    name: str
    pics_seconds: int | None
    laboratory_seconds: int | None
    observed: tuple[float, ...]
    verdict: str
    frames: tuple[int, ...] = ()
    uncertain: int = 0

    @property
    def median(self) -> float | None:
        """Seconds; None when nothing was measured."""
        return median(self.observed) if self.observed else None

    @property
    def p95(self) -> float | None:
        """What 95 of 100 answers did not exceed, None without any."""
        return percentile(self.observed, 0.95)


class OwnLateness:
    """When the audit's own side was late: from when to when, in seconds of the transcript."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._windows = [
            (record.elapsed - float(seconds), record.elapsed)
            for record in records
            if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT
            if isinstance(seconds := record.detail.get(OWN_LATENESS), int | float)
        ]

    def between(self, begin: float, end: float) -> float:
        """How many seconds between these two it was late, or may have been: what it was late for, and since it was last seen in time."""
        return sum(max(0.0, min(end, over) - max(begin, start)) for start, over in self._windows)


def compared(printed: PerformanceRow, measured: Sequence[Measured], lateness: OwnLateness) -> PerformanceComparison:
    """The times that were measured beside the printed ones."""
    limit = printed.pics_seconds
    late = [] if limit is None else [each for each in measured if each.seconds > limit]
    uncertain = {each for each in late if each.seconds - lateness.between(each.begun, each.begun + each.seconds) <= (limit or 0)}
    sure = [each for each in measured if each not in uncertain]
    late = [each for each in late if each not in uncertain]
    verdict, frames = "not exercised", tuple[int, ...]()
    if sure and limit is not None:
        verdict = "exceeds" if late else "within"
        frames = tuple(seq for each in (late or [max(sure, key=lambda each: each.seconds)]) for seq in each.frames)
    seconds = tuple(each.seconds for each in sure)
    return PerformanceComparison(printed.name, limit, printed.measured_seconds, seconds, verdict, frames, len(uncertain))


def findings_of(row: PerformanceComparison) -> Iterator[AuditFinding]:
    """What is to be said of a row: that the product is late is certain only when it is so again."""
    subject = f"performance/{row.name}"
    if row.verdict == "exceeds":
        late = [seconds for seconds in row.observed if seconds > (row.pics_seconds or 0)]
        again, times = len(late) >= LATE_TIMES, f", {len(late)} times" if len(late) > 1 else ", once: the network may have held it back"
        message = (
            f"{row.name}: {max(row.observed):.3f} s, beyond the {row.pics_seconds} s that the certificate states (time on the network "
            f"included){times}"
        )
        yield AuditFinding("performance", Severity.ERROR if again else Severity.WARNING, message, row.frames, subject)
    if row.uncertain:
        message = f"{row.name}: {row.uncertain} answers seemed late while this audit's own machine was too busy to tell; they do not count"
        yield AuditFinding("performance", Severity.NOTE, message, (), f"{subject}/not certain")
