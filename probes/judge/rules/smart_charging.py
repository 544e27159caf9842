"""What must be seen of charging profiles that a station has accepted (1.6 3.13, 5.5, 5.7, 5.16); `charging_limits.py` looks at what flows.

A composite schedule may be below what the profiles allow, for local limits may be taken into account (5.7); it may never be above (3.13.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from probes.judge.certified import Certified
from probes.judge.charging import (
    Limit,
    Situation,
    installed_before,
    later,
    periods_of,
)
from probes.judge.configuration import advertises
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.requests import UNSUPPORTED
from probes.judge.times import moment
from registry.certificates.facts import Severity

MARGIN_SECONDS = 10.0
"""How near to a change of the limit nothing is compared: clocks differ, and a station reckons with whole periods of its own."""

CLOCKS_SECONDS = 60.0
"""By how much the station's clock may differ from that of the recording for what it says of moments to count."""

ROUNDING = {"A": 0.5, "W": 100.0}
"""By how much a limit may be above because of rounding: ampere of whole numbers, watt of whole ampere on three phases."""

SAMPLES = 400
"""At how many moments of a schedule it is looked at, at most."""

PROFILE = "SmartCharging"


@dataclass(frozen=True)
class Report:
    """A composite schedule that a station reported. `base` is when it begins, by the station's own clock where it says so; `is_timely`
    whether that is when it was asked for, as it has to be.
    """

    exchange: Exchange
    unit: str
    periods: tuple[tuple[int, float], ...]
    base: datetime
    seconds: int
    is_timely: bool

    def limit(self, second: int) -> float | None:
        """The limit so many seconds after its beginning; None before its first period."""
        return next((limit for start, limit in reversed(self.periods) if start <= second), None)

    def moments(self) -> Iterator[tuple[int, datetime]]:
        """Where it is looked at: seconds, and the moment."""
        for second in range(0, self.seconds, max(1, self.seconds // SAMPLES)):
            yield second, later(self.base, second)


def report_of(exchange: Exchange) -> Report | None:
    """The schedule in an answer to GetCompositeSchedule; None where there is none that can be understood."""
    result, called = exchange.result or {}, moment(exchange.call.timestamp)
    schedule = result.get("chargingSchedule")
    if exchange.status != "Accepted" or not isinstance(schedule, dict) or called is None:
        return None
    unit, periods, asked = schedule.get("chargingRateUnit"), periods_of(schedule), exchange.payload.get("duration")
    told = schedule.get("duration")
    if not isinstance(unit, str) or periods is None or not isinstance(asked, int):
        return None
    seconds = min(asked, told) if isinstance(told, int) and told > 0 else asked
    base = moment(result.get("scheduleStart")) or called
    return Report(exchange, unit, periods, base, seconds, abs((base - called).total_seconds()) < CLOCKS_SECONDS)


def situation_of(view: View, exchange: Exchange, connector: int, unit: str) -> Situation:
    """What is known of the profiles of this connector when this call was made."""
    known = installed_before(view, exchange.call.seq)
    return Situation(known, connector, unit, top_level(view, exchange), has_errata_4(view.certified))


def has_errata_4(certified: Certified) -> bool:
    """Whether the certificate was given by errata v4.0, as far as it says by which."""
    told = re.match(r"[vV]?(\d+)", (certified.facts.errata or "").strip())
    return told is None or int(told[1]) >= 4


def top_level(view: View, exchange: Exchange) -> int | None:
    """ChargeProfileMaxStackLevel (9.4.1), as far as it is known; None: not at all."""
    reading = view.shadow(exchange).configuration.get("chargeprofilemaxstacklevel")
    text = (reading.value or "").strip() if reading else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def connector_of(exchange: Exchange) -> int | None:
    """The connector that a request is about; None: none, or the whole station."""
    connector = exchange.payload.get("connectorId")
    return connector if isinstance(connector, int) and connector > 0 else None


def asks(exchange: Exchange, action: str, view: View) -> bool:
    """Whether this is such a request, with an answer, to a station that is certified for the profile."""
    answered = exchange.reply is not None and exchange.reply.readable
    return exchange.from_csms and exchange.action == action and answered and bool(view.certified.profiles.get(PROFILE))


# --- the composite schedule


@judges_exchanges("composite-schedule-shows-profiles")
def composite_schedule_shows_profiles(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_056, 057, 059, 066, 072, 082: the profiles that were accepted and are in force, for the connector that was asked for."""
    connector = connector_of(exchange)
    if connector is None or not asks(exchange, "GetCompositeSchedule", view):
        return
    asked = exchange.payload.get("chargingRateUnit")
    report = report_of(exchange)
    unit = report.unit if report else asked if isinstance(asked, str) else "A"
    situation = situation_of(view, exchange, connector, unit)
    if exchange.status != "Accepted":
        yield from _refused(bench, exchange, view, situation)
    elif report is None:
        yield from _without_schedule(bench, exchange, situation, asked)
    elif isinstance(asked, str) and asked != report.unit:
        yield _other_unit(bench, exchange, view, report, asked)
    elif situation.bearing:
        yield _compared(bench, report, situation)


def _refused(bench: Bench, exchange: Exchange, view: View, situation: Situation) -> Iterator[Judgement]:
    if exchange.error_code in UNSUPPORTED and advertises(view.shadow(exchange), PROFILE) is not False:
        text = f"GetCompositeSchedule was answered with CALLERROR {exchange.error_code}, though the station is certified for Smart Charging"
        yield bench.fails(exchange, text, "answers/GetCompositeSchedule")
    elif situation.installed.profiles:
        answer = exchange.status or f"CALLERROR {exchange.error_code}"
        yield bench.open(exchange, f"GetCompositeSchedule was answered {answer}: whether the profiles are in force was not told")


def _without_schedule(bench: Bench, exchange: Exchange, situation: Situation, asked: object) -> Iterator[Judgement]:
    """It may be absent where the request is rejected (errata v4.0 3.51). Without a profile in force there may be nothing to tell."""
    begin, seconds = moment(exchange.call.timestamp), exchange.payload.get("duration")
    if "chargingSchedule" in (exchange.result or {}) or begin is None or not isinstance(seconds, int) or not situation.bearing:
        return
    subject, said = "GetCompositeSchedule/no schedule", "GetCompositeSchedule was Accepted without a schedule"
    moments = (later(begin, second) for second in range(0, seconds, max(1, seconds // SAMPLES)))
    in_force = any(situation.at(each).sure is not None and situation.is_settled(each, MARGIN_SECONDS) for each in moments)
    if in_force and isinstance(asked, str):
        yield bench.fails(exchange, f"{said}, though a charging profile is in force", subject)
    else:
        yield bench.open(exchange, said, Severity.WARNING, subject)


def _other_unit(bench: Bench, exchange: Exchange, view: View, report: Report, asked: str) -> Judgement:
    """The unit of the request forces a power or a current profile (6.21): no schedule in the other one answers it."""
    text = f"a composite schedule in {asked} was asked for, and one in {report.unit} was given"
    allowed = _allowed_units(view, exchange)
    if allowed is not None and asked in allowed:
        return bench.fails(exchange, f"{text}, though the station lists the unit", "GetCompositeSchedule/unit")
    return bench.open(exchange, text, Severity.WARNING, "GetCompositeSchedule/unit")


def _allowed_units(view: View, exchange: Exchange) -> frozenset[str] | None:
    reading = view.shadow(exchange).configuration.get("chargingscheduleallowedchargingrateunit")
    if reading is None or reading.value is None:
        return None
    names = {"current": "A", "a": "A", "power": "W", "w": "W"}
    return frozenset(names[name] for item in reading.value.split(",") if (name := item.strip().casefold()) in names)


@dataclass(frozen=True)
class Compared:
    """A schedule at one moment that counts, and what is known of it."""

    second: int
    reported: float | None
    limit: Limit


def _compared(bench: Bench, report: Report, situation: Situation) -> Judgement:
    exchange, unit = report.exchange, report.unit
    tolerance = ROUNDING.get(unit, 0.0)
    rows = [
        Compared(second, report.limit(second), situation.at(when))
        for second, when in report.moments()
        if situation.is_settled(when, MARGIN_SECONDS)
    ]
    frames = tuple(sorted({seq for each in situation.bearing for seq in each.frames} | set(exchange.seqs)))
    for row in rows:
        if report.is_timely and _is_above(row, tolerance):
            text = (
                f"the composite schedule allows {row.reported or 0:g} {unit} after {row.second} s, where the charging profiles"
                f" that were accepted allow {row.limit.sure or 0:g} {unit}"
            )
            return bench.fails(exchange, text, "GetCompositeSchedule/above the profiles", frames=frames)
    known = [row for row in rows if row.limit.usual is not None and row.reported is not None]
    return _as_usual(bench, exchange, known, unit, tolerance)


def _is_above(row: Compared, tolerance: float) -> bool:
    return row.limit.sure is not None and row.reported is not None and row.reported > row.limit.sure + tolerance


def _as_usual(bench: Bench, exchange: Exchange, rows: Sequence[Compared], unit: str, tolerance: float) -> Judgement:
    """As expected, or as expected below a limit of the station's own; anything else shows nothing for certain."""
    if not rows:
        return bench.open(exchange, "no moment of the composite schedule could be compared with the charging profiles")
    values = [(row.second, row.reported or 0.0, row.limit.usual or 0.0) for row in rows]
    levels = len({usual for _, _, usual in values})
    differing = [row for row in values if abs(row[1] - row[2]) > tolerance]
    if not differing:
        return bench.passes(exchange, f"the composite schedule shows the charging profiles ({levels} levels, in {unit})")
    ceiling = max(reported for _, reported, _ in values)
    is_cut = all(abs(reported - min(usual, ceiling)) <= tolerance for _, reported, usual in values)
    if is_cut and len({min(usual, ceiling) for _, _, usual in values}) > 1:
        text = f"the composite schedule shows the charging profiles below a limit of the station's own, {ceiling:g} {unit}"
        return bench.passes(exchange, text, Severity.NOTE, "GetCompositeSchedule/own limit")
    second, reported, usual = differing[0]
    text = (
        f"the composite schedule says {reported:g} {unit} {second} s after its beginning, where the charging profiles say {usual:g} {unit}"
    )
    return bench.open(exchange, f"{text}; the clauses leave room for it", Severity.WARNING, "GetCompositeSchedule/not as expected")


@judges_exchanges("composite-schedule-begins-at-zero")
def composite_schedule_begins_at_zero(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """The first period of a ChargingSchedule starts at 0, in GetCompositeSchedule.conf as well (7.13, errata v4.0 3.69)."""
    if not asks(exchange, "GetCompositeSchedule", view):
        return
    report = report_of(exchange)
    if report is None:
        return
    first = report.periods[0][0]
    if first > 0:
        text = f"the first period of the composite schedule starts at {first}, not at 0"
        yield bench.fails(exchange, text, "GetCompositeSchedule/first period")


@judges_exchanges("composite-schedule-has-start")
def composite_schedule_has_start(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_066: scheduleStart is a moment. ISO 8601 lets a time zone be absent: then nobody knows which is meant."""
    start = (exchange.result or {}).get("scheduleStart")
    if not asks(exchange, "GetCompositeSchedule", view) or exchange.status != "Accepted" or not isinstance(start, str):
        return
    if moment(start) is None:
        text = f"scheduleStart is {start[:40]!r}: without a time zone its moment is not known"
        yield bench.open(exchange, text, Severity.WARNING, "GetCompositeSchedule/scheduleStart")
