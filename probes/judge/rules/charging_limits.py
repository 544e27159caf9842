"""Whether a limit that is in force shows in what flows: current and power of meter values, held against the charging profiles (1.6 3.13).

A car may always take less. More counts only far above every limit of the last minute, in two readings one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from probes.judge.charging import History, Situation, history_of
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_views
from probes.judge.rules.smart_charging import CLOCKS_SECONDS, PROFILE, has_errata_4, top_level
from probes.judge.times import moment

REACTION_SECONDS = 60.0
"""How long a station and a car may take until less flows: a car has some seconds, some stations average over a minute."""

SHARE = 1.25
"""What a car may take above its limit: ripples, and meters that are not exact."""

LEAST = {"A": 2.0, "W": 500.0}
"""What may flow above any limit: a station's own needs, and what a car takes while it keeps its battery warm."""

HIGHEST_VOLTAGE = 253.0
"""Volt from a phase to neutral: a limit in ampere allows at most so much power on each of three phases."""

PHASES = 3

READINGS = 2
"""How many in a row must be above."""


@dataclass(frozen=True)
class Reading:
    """A current (A) or a power (W) of a meter value. `phase` None: of all together."""

    exchange: Exchange
    when: datetime
    unit: str
    value: float
    phase: str | None


@judges_views("limit-shows-in-meter-values")
def limit_shows_in_meter_values(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_057 and others: in a transaction that was seen from its beginning, with profiles that no other can overrule."""
    if not view.certified.profiles.get(PROFILE):
        return
    history = history_of(view)
    if not any(installed.profiles for installed in history.known):
        return
    above: dict[tuple[object, str, str | None], list[Reading]] = {}
    for exchange in view.called("MeterValues", view.since - 1):
        for reading in _readings(exchange):
            key = (exchange.payload.get("transactionId"), reading.unit, reading.phase)
            most = _most(view, history, reading)
            if most is None:
                continue
            if reading.value <= most:
                above[key] = []
                yield bench.passes(exchange, f"{reading.value:g} {reading.unit} flow, within the charging profiles")
                continue
            found = above.setdefault(key, [])
            found.append(reading)
            if len(found) == READINGS:
                yield _too_much(bench, found, most)


def _too_much(bench: Bench, found: list[Reading], most: float) -> Judgement:
    last = found[-1]
    where = f" on {last.phase}" if last.phase else ""
    text = (
        f"{last.value:g} {last.unit} flow{where} where the charging profiles in force allow no more than {most:g} {last.unit},"
        f" {REACTION_SECONDS:g} s after the last limit above that"
    )
    frames = tuple(sorted({seq for reading in found for seq in reading.exchange.seqs}))
    return bench.fails(last.exchange, text, "MeterValues/above the profiles", frames=frames)


def _readings(exchange: Exchange) -> Iterator[Reading]:
    """The import values that tell what flows now; those that came late are of another moment."""
    received, connector = moment(exchange.call.timestamp), exchange.payload.get("connectorId")
    if received is None or not isinstance(connector, int) or not isinstance(exchange.payload.get("transactionId"), int):
        return
    for entry in _dicts(exchange.payload.get("meterValue")):
        when = moment(entry.get("timestamp"))
        if when is None or abs((received - when).total_seconds()) > CLOCKS_SECONDS:
            continue
        for sampled in _dicts(entry.get("sampledValue")):
            reading = _reading(exchange, received, sampled)
            if reading is not None:
                yield reading


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _reading(exchange: Exchange, when: datetime, sampled: dict[str, Any]) -> Reading | None:
    told = {name: value for name, value in sampled.items() if isinstance(value, str)}
    if told.get("location", "Outlet") != "Outlet" or told.get("format", "Raw") != "Raw" or told.get("phase") == "N":
        return None
    if told.get("context", "Sample.Periodic") not in {"Sample.Periodic", "Trigger"}:
        return None
    value, unit = _number(sampled.get("value")), told.get("unit")
    if value is None:
        return None
    if told.get("measurand") == "Current.Import" and unit in {"A", None}:
        return Reading(exchange, when, "A", value, told.get("phase"))
    if told.get("measurand") == "Power.Active.Import" and unit in {"W", "kW", None}:
        return Reading(exchange, when, "W", value * (1000.0 if unit == "kW" else 1.0), told.get("phase"))
    return None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _most(view: View, history: History, reading: Reading) -> float | None:
    """The most that may flow, by the highest limit of the last minute; None: not known, or not limited all the time."""
    connector = reading.exchange.payload["connectorId"]
    installed = history.before(reading.exchange.call.seq)
    running = installed.transaction_on(connector)
    if running is None or running.identifier != reading.exchange.payload.get("transactionId"):
        return None
    top = top_level(view, reading.exchange)
    for unit in ("A", "W"):
        situation = Situation(installed, connector, unit, top, has_errata_4(view.certified))
        if not situation.bearing or any(_is_new(view, each.since, reading) for each in situation.bearing):
            continue
        moments = [reading.when - timedelta(seconds=second) for second in range(-5, int(REACTION_SECONDS) + 5, 5)]
        limits = [situation.at(each).sure for each in moments]
        known = [limit for limit in limits if limit is not None]
        if len(known) == len(limits):
            return _allowed(max(known), unit, reading)
    return None


def _is_new(view: View, seq: int, reading: Reading) -> bool:
    """Whether a profile was accepted too shortly before."""
    first = view.traffic.records[0].seq
    record = view.traffic.records[seq - first] if 0 <= seq - first < len(view.traffic.records) else None
    return record is None or record.seq != seq or reading.exchange.call.elapsed - record.elapsed < REACTION_SECONDS


def _allowed(limit: float, unit: str, reading: Reading) -> float:
    """A limit in the terms of a reading, with everything that may come on top. Without a phase a reading may be the sum of three."""
    phases = 1 if reading.phase else PHASES
    if unit == reading.unit:
        whole = limit * (phases if unit == "A" else 1)
    elif unit == "A":
        whole = limit * phases * HIGHEST_VOLTAGE
    else:
        # Ampere at 100 V and more, whatever the phases.
        whole = limit / 100.0
    return whole * SHARE + LEAST[reading.unit]
