"""Verdicts over time as bars of a drawing: pure numbers, drawn by the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

ORDER = ("conformant", "inconclusive", "deviates")
HEIGHT = 100.0


@dataclass(frozen=True)
class Part:
    """One part of a bar: from `top`, so high, in hundredths of the drawing's height."""

    verdict: str
    number: int
    top: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One month. `label` is as in "Mar 2026"."""

    label: str
    year: int
    month: int
    total: int
    parts: tuple[Part, ...]


def by_month(verdicts: Iterable[tuple[datetime, str]], now: datetime, months: int = 12) -> tuple[Bar, ...]:
    """A bar for each of the last `months` months, this one last. All bars have one scale; empty when there is nothing to draw."""
    counted = counts_by_month(verdicts, now, months)
    highest = max(sum(counts.values()) for _, counts in counted)
    return tuple(_bar(key, counts, highest) for key, counts in counted) if highest else ()


def counts_by_month(
    verdicts: Iterable[tuple[datetime, str]], now: datetime, months: int = 12
) -> tuple[tuple[tuple[int, int], Counter[str]], ...]:
    """The verdicts of each of the last `months` months, by year and month, this one last."""
    counts: dict[tuple[int, int], Counter[str]] = {}
    for moment, verdict in verdicts:
        counts.setdefault((moment.year, moment.month), Counter())[verdict] += 1
    keys = []
    year, month = now.year, now.month
    for _ in range(months):
        keys.append((year, month))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return tuple((key, counts.get(key, Counter())) for key in reversed(keys))


def _bar(key: tuple[int, int], counts: Counter[str], highest: int) -> Bar:
    parts = []
    top = HEIGHT
    for verdict in ORDER:
        height = HEIGHT * counts[verdict] / highest
        top -= height
        if counts[verdict]:
            parts.append(Part(verdict, counts[verdict], round(top, 2), round(height, 2)))
    return Bar(datetime(*key, 1).strftime("%b %Y"), *key, sum(counts.values()), tuple(parts))  # noqa: DTZ001 - a month's name has no zone
