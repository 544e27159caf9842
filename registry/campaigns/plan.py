"""Which devices of a campaign are audited next, and how long the rest will take: pure, the time and who is present are given."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Every(StrEnum):
    """How often a campaign passes over its devices."""

    ONCE = "once"
    MONTH = "month"


@dataclass(frozen=True)
class Window:
    """When audits may begin: from `start` to `end`, times of day in `zone`. An end before the start is on the next day."""

    start: time
    end: time
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Whether an audit may begin now."""
        here = now.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= here < self.end
        return here >= self.start or here < self.end


@dataclass(frozen=True)
class Rules:
    """How many audits may go on `at_once` in the campaign and `per_site`, and in which window (None: any time)."""

    at_once: int
    per_site: int
    window: Window | None = None


@dataclass(frozen=True)
class Device:
    """One device in this round. `ended` is when its audit ended, None while it has none; `active` whether one waits or runs."""

    station_id: str
    certificate_number: str
    site: str
    active: bool = False
    ended: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether this round still owes it an audit."""
        return not self.active and self.ended is None


def to_start(now: datetime, rules: Rules, devices: Sequence[Device], present: Collection[str], busy: Collection[str] = ()) -> list[Device]:
    """The devices whose audits begin now, in the order of the list: those that are present, within the bounds. `busy` are stations that are
    under audit for somebody else.
    """
    if rules.window is not None and not rules.window.is_open(now):
        return []
    free = rules.at_once - sum(device.active for device in devices)
    at_site = Counter(device.site for device in devices if device.active)
    chosen: list[Device] = []
    for device in devices:
        if len(chosen) >= free:
            break
        if device.pending and device.station_id in present and device.station_id not in busy and at_site[device.site] < rules.per_site:
            at_site[device.site] += 1
            chosen.append(device)
    return chosen


@dataclass(frozen=True)
class Progress:
    """How far a round is. `left_seconds` is how long the rest takes at the pace so far; None while there is no pace, and at the end."""

    done: int
    active: int
    total: int
    left_seconds: float | None


def progress(began: datetime, devices: Sequence[Device]) -> Progress:
    """How far the round is that began at `began`."""
    ended = [device.ended for device in devices if device.ended is not None]
    rest = len(devices) - len(ended)
    left = None
    if ended and rest:
        left = max((max(ended) - began).total_seconds(), 1.0) / len(ended) * rest
    return Progress(len(ended), sum(device.active for device in devices), len(devices), left)


def month_after(moment: datetime) -> datetime:
    """The same day and time of the next month; the last day of a month that is shorter."""
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def next_round(began: datetime, every: Every) -> datetime | None:
    """When the round after the one that began then is due; None: there is none."""
    return month_after(began) if every is Every.MONTH else None
