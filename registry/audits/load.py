"""Answers under load as a drawing: pure numbers, drawn by the template."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FASTEST = 0.001
"""Seconds at the left edge: what is faster is drawn there."""

WIDTH = 100.0


@dataclass(frozen=True)
class LoadLine:
    """One kind of call with so many stations there: seconds, and where they stand in the drawing, which has a logarithmic scale."""

    stations: int
    registered: int
    step: str
    count: int
    unanswered: int
    refused: int
    median: float | None
    p95: float | None
    longest: float | None
    at_median: float
    at_p95: float
    at_longest: float


@dataclass(frozen=True)
class LoadPlot:
    """The lines, and the marks of the scale: where each stands, and what it says."""

    lines: tuple[LoadLine, ...]
    marks: tuple[tuple[float, str], ...]


def load_plot(rows: Iterable[Mapping[str, Any]]) -> LoadPlot | None:
    """The report's rows as they are drawn; None when there is nothing to draw. What is no number is left out."""
    steps = [(row, step) for row in rows for step in row.get("steps") or () if isinstance(step, dict)]
    longest = max((value for _, step in steps if (value := _number(step.get("max"))) is not None), default=None)
    if longest is None:
        return None
    decades = max(1, math.ceil(math.log10(max(longest, FASTEST) / FASTEST)))

    def at(seconds: float | None) -> float:
        return 0.0 if seconds is None or seconds <= FASTEST else round(WIDTH * math.log10(seconds / FASTEST) / decades, 2)

    marks = tuple((round(WIDTH * decade / decades, 2), _said(FASTEST * 10**decade)) for decade in range(decades + 1))
    return LoadPlot(tuple(_line(row, step, at) for row, step in steps), marks)


def _line(row: Mapping[str, Any], step: Mapping[str, Any], at: Callable[[float | None], float]) -> LoadLine:
    median, p95, longest = (_number(step.get(name)) for name in ("median", "p95", "max"))
    return LoadLine(
        stations=_whole(row.get("stations")),
        registered=_whole(row.get("registered")),
        step=str(step.get("step")),
        count=_whole(step.get("count")),
        unanswered=_whole(step.get("unanswered")),
        refused=_whole(step.get("refused")),
        median=median,
        p95=p95,
        longest=longest,
        at_median=at(median),
        at_p95=at(p95),
        at_longest=at(longest),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _said(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.0f} s"
