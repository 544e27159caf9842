"""How long answers took while many stations were there at once. Pure. Nobody is accused of it: no certificate speaks of load."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from probes.judge.central.view import AUTHORIZE_RESPONSE, LOAD, CentralView
from probes.judge.certified import RESPONSE_TIMEOUT
from probes.judge.findings import AuditFinding
from probes.judge.frames import Exchange
from probes.judge.response_times import percentile
from probes.wire.records import ConnectionEvent, EventKind
from registry.certificates.facts import Severity

LEVELS = (10, 100, 1000)
"""How many stations there are at once, as far as is allowed."""

MOST = 1000
"""More an audit never brings."""


@dataclass(frozen=True)
class StepTimes:
    """The answers to the calls of one kind, in seconds; `count` are the calls that were answered, `refused` those of them with an error."""

    step: str
    count: int
    unanswered: int
    refused: int
    median: float | None
    p95: float | None
    max: float | None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the report."""
        return dict(vars(self))


@dataclass(frozen=True)
class LoadRow:
    """One level: how many stations were to come, how many were registered, and the answers by step. `first` and `last` are its records."""

    stations: int
    registered: int
    steps: tuple[StepTimes, ...]
    first: int
    last: int

    def to_json(self) -> dict[str, Any]:
        """As it stands in the report."""
        steps = [step.to_json() for step in self.steps]
        return {"stations": self.stations, "registered": self.registered, "steps": steps, "frames": [self.first, self.last]}


def load_rows(view: CentralView) -> tuple[LoadRow, ...]:
    """What was measured, level by level."""
    return tuple(_row(view, first, last, stations) for first, last, stations in _windows(view))


def load_findings(view: CentralView, rows: Sequence[LoadRow]) -> Iterator[AuditFinding]:
    """That a certified time is exceeded under load is worth a note."""
    for row in rows:
        for step in row.steps:
            name = AUTHORIZE_RESPONSE if step.step == "Authorize" else RESPONSE_TIMEOUT
            printed = view.certified.performance(name)
            if printed is None or printed.pics_seconds is None or step.max is None or step.max <= printed.pics_seconds:
                continue
            text = f"with {row.stations} stations at once {step.step} took up to {step.max:.3f} s, beyond the {printed.pics_seconds} s"
            said = f"{text} of {name}, which the certificate states without load"
            yield AuditFinding("performance", Severity.NOTE, said, (row.first, row.last), f"load/{row.stations}/{step.step}")


def _windows(view: CentralView) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    first: int | None = None
    for record in view.records:
        if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and isinstance(record.detail.get(LOAD), list):
            if record.detail.get("step") == "begin":
                first = record.seq
            elif first is not None:
                yield first, record.seq, tuple(map(str, record.detail[LOAD]))
                first = None


def _row(view: CentralView, first: int, last: int, stations: tuple[str, ...]) -> LoadRow:
    by_step: dict[str, list[Exchange]] = {}
    registered = set()
    for exchange in view.every_exchange:
        station = exchange.call.charge_point_id
        if station not in view.load or exchange.from_csms or not first < exchange.call.seq < last:
            continue
        by_step.setdefault(exchange.action, []).append(exchange)
        if exchange.action == "BootNotification" and exchange.status == "Accepted":
            registered.add(station)
    return LoadRow(len(stations), len(registered), tuple(_times(step, calls) for step, calls in by_step.items()), first, last)


def _times(step: str, calls: Sequence[Exchange]) -> StepTimes:
    seconds = [round(each.elapsed, 6) for each in calls if each.elapsed is not None]
    refused = sum(each.error_code is not None for each in calls)
    median = round(statistics.median(seconds), 6) if seconds else None
    return StepTimes(step, len(seconds), len(calls) - len(seconds), refused, median, percentile(seconds, 0.95), max(seconds, default=None))
