"""The sites on a map without a map, and the answers over time: numbers for drawings. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, MARGIN = 800.0, 460.0, 34.0
MOST_POINTS = 1_500
_SMALLEST, _LARGEST = 4.0, 16.0
_STEPS = (90, 45, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
_LEAST_LINES = 3
_NARROWEST = 0.02
"""Degrees that are shown at least, about two kilometres: a single site is no world of its own."""

_ONE_SPOT = 0.1
"""Degrees: devices of one site that are further apart are shown apart."""

WORST_FIRST = ("not covered", "cannot tell", "not matched yet", "covered")


@dataclass(frozen=True)
class Place:
    """Devices that stand together; `counts` are they by answer. Degrees."""

    site: str
    latitude: float
    longitude: float
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many devices stand there."""
        return sum(self.counts.values())

    def is_near(self, latitude: float, longitude: float) -> bool:
        """Whether a device that stands there belongs to this spot."""
        return abs(self.latitude - latitude) <= _ONE_SPOT and abs(self.longitude - longitude) <= _ONE_SPOT

    @property
    def worst(self) -> str:
        """The answer that most needs somebody to look at it."""
        return next(answer for answer in WORST_FIRST if self.counts.get(answer))

    @property
    def told(self) -> str:
        """The place in words."""
        counts = ", ".join(f"{self.counts[answer]} {answer}" for answer in WORST_FIRST if self.counts.get(answer))
        return f"{self.site or 'no site named'}: {counts}"


@dataclass(frozen=True)
class Point:
    """One place in the drawing."""

    place: Place
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Line:
    """One line of the grid: `at` is its x or y, `label` as in "52° N"."""

    at: float
    label: str


@dataclass(frozen=True)
class Map:
    """The drawing, `WIDTH` by `HEIGHT`. `left_out` places are there besides, the smallest ones."""

    points: tuple[Point, ...]
    meridians: tuple[Line, ...]
    parallels: tuple[Line, ...]
    left_out: int


def site_map(places: Sequence[Place]) -> Map | None:
    """The places in an equirectangular drawing, true to scale in its middle, north above; None when there is none."""
    if not places:
        return None
    shown = sorted(places, key=lambda place: (-place.total, place.site, place.latitude, place.longitude))[:MOST_POINTS]
    south, north = _widened(min(place.latitude for place in shown), max(place.latitude for place in shown))
    west, east = _widened(min(place.longitude for place in shown), max(place.longitude for place in shown))
    shrink = max(0.1, math.cos(math.radians((south + north) / 2)))
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * shrink), (HEIGHT - 2 * MARGIN) / (north - south))
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def x_of(longitude: float) -> float:
        return round(WIDTH / 2 + (longitude - middle_x) * shrink * scale, 1)

    def y_of(latitude: float) -> float:
        return round(HEIGHT / 2 - (latitude - middle_y) * scale, 1)

    most = max(place.total for place in shown)
    points = tuple(
        Point(
            place, x_of(place.longitude), y_of(place.latitude), round(_SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt(place.total / most), 1)
        )
        for place in shown
    )
    half_x, half_y = WIDTH / 2 / scale / shrink, HEIGHT / 2 / scale
    meridians = tuple(Line(x_of(at), _label(at, "E", "W")) for at in _grid(middle_x - half_x, middle_x + half_x, 180))
    parallels = tuple(Line(y_of(at), _label(at, "N", "S")) for at in _grid(middle_y - half_y, middle_y + half_y, 90))
    return Map(points, meridians, parallels, len(places) - len(shown))


@dataclass(frozen=True)
class Day:
    """One day of the trend: the counts, and its place from the left. Tops and heights are in hundredths of the drawing's height."""

    at: datetime
    counts: dict[str, int]
    x: float
    bars: tuple[tuple[str, float, float], ...]


TREND_WIDTH, TREND_HEIGHT = 700.0, 100.0
TREND_ORDER = ("covered", "cannot tell", "not covered")


def trend(days: Iterable[tuple[datetime, dict[str, int]]]) -> tuple[Day, ...]:
    """The answers of each day one above the other, all days on one scale; empty when there is nothing to draw."""
    given = list(days)
    highest = max((sum(counts.values()) for _, counts in given), default=0)
    if not highest:
        return ()
    width = TREND_WIDTH / len(given)
    made = []
    for index, (at, counts) in enumerate(given):
        top, bars = TREND_HEIGHT, []
        for answer in TREND_ORDER:
            height = TREND_HEIGHT * counts.get(answer, 0) / highest
            top -= height
            if height:
                bars.append((answer, round(top, 2), round(height, 2)))
        made.append(Day(at, counts, round(index * width, 2), tuple(bars)))
    return tuple(made)


def _widened(low: float, high: float) -> tuple[float, float]:
    missing = max(0.0, _NARROWEST - (high - low)) / 2
    return low - missing, high + missing


def _grid(low: float, high: float, most: int) -> list[float]:
    """Round degrees between `low` and `high`."""
    low, high = max(low, -most), min(high, most)
    step = next((step for step in _STEPS if (high - low) / step >= _LEAST_LINES), _STEPS[-1])
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(number * step, 2) for number in range(first, last + 1)]


def _label(at: float, above: str, below: str) -> str:
    return f"{abs(at):g}°" + ("" if not at else f" {above if at > 0 else below}")
