"""Meter values: that they come, of what, and that they can be true (1.6 3.16, 4.7, 7.31, 7.43; errata v4.0 3.13 to 3.16, 3.75, 3.77)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise, takewhile
from statistics import median

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.transactions import SETTLED_SECONDS, seconds_setting
from probes.judge.samples import CLOCK, ENERGY, ENERGY_UNITS, PERIODIC, Reading, readings
from probes.judge.story import RUNNING, Session, is_whole, was_accepted
from probes.judge.times import between, moment, seconds_between, setting

ENOUGH = 3
"""How many messages tell how often they come."""

LATE_SECONDS = 60.0
"""Beside so many intervals, how long they may take: no clause says, so longer than any need."""

ALIGNED_SECONDS = 10.0
"""By how much a reading may miss the clock's grid: meters take their time."""

MOST_WATT = Decimal(1_500_000)
"""More than any connector gives."""

COMMON = frozenset({ENERGY, "Power.Active.Import", "Current.Import", "Voltage"})
"""Measurands that a station can always measure when it took them for a setting; others may depend on the car."""

ELECTRICAL = ("Energy.", "Power.", "Current.")

MISSING = "MeterValues/missing"
WRONG_UNIT = "MeterValues/energy"


@judges_views("sampled-values-come")
def sampled_values_come(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_070: with MeterValueSampleInterval above 0 they are mandatory (errata v4.0 3.15); how exactly they come is not (3.16.1)."""
    for session in view.story.sessions:
        interval = _kept(view, session, "MeterValueSampleInterval", "MeterValuesSampledData")
        if interval is None or not _lasted(view, session, ENOUGH * interval + LATE_SECONDS):
            continue
        calls = _values(view, session)
        periodic = [call for call in calls if any(each.context == PERIODIC for each in readings(call))]
        own = [call for call in periodic if call.payload.get("connectorId") == session.connector]
        said = f"in the transaction {session.number} with an interval of {interval} s"
        if len(own) >= ENOUGH:
            yield bench.passes(session.start, f"{len(own)} MeterValues with periodic samples came {said}")
        elif not calls:
            text = f"no MeterValues came {said} for {ENOUGH * interval + LATE_SECONDS:g} s"
            yield bench.fails(session.start, text, MISSING)
        elif not own and periodic and all("transactionId" in call.payload for call in periodic):
            text = f"the samples {said} name connector 0 instead of {session.connector}"
            yield bench.fails(session.start, text, "MeterValues/connectorId", frames=(*session.start.seqs, periodic[0].call.seq))
        elif not periodic and seconds_setting(view, "ClockAlignedDataInterval", session.start.call.seq) == 0:
            text = f"no sample {said} has the context {PERIODIC}, though ClockAlignedDataInterval is 0"
            yield bench.fails(session.start, text, "MeterValues/context", frames=(*session.start.seqs, calls[0].call.seq))
        else:
            yield bench.open(session.start, f"{len(own)} MeterValues with periodic samples came {said}, too few to tell")


def _kept(view: View, session: Session, interval: str, data: str) -> int | None:
    """The interval in seconds that was set all through the transaction; None when there is none, or no measurands."""
    seq = session.start.call.seq
    seconds = seconds_setting(view, interval, seq)
    until = session.stop.call.seq if session.stop is not None else None
    changed = [
        asked
        for asked in view.story.asked["ChangeConfiguration"]
        if str(asked.payload.get("key")).casefold() in {interval.casefold(), data.casefold()}
        and asked.call.seq > seq
        and (until is None or asked.call.seq < until)
    ]
    listed = (setting(view, data, seq) or "").strip()
    own = session.connector is not None and session.connector > 0 and was_accepted(session.start)
    return seconds if seconds and listed and not changed and own else None


def _lasted(view: View, session: Session, seconds: float) -> bool:
    """Whether the transaction went on for so long on its connection, as far as statuses tell, and every message of one was taken."""
    until = session.known + seconds
    if not view.story.watched(session.start, until) or (session.stop is not None and session.stop.call.elapsed < until):
        return False
    told = [s for s in view.story.statuses(session.connector or 0, session.answered) if s.call.elapsed <= until]
    if any(status.payload["status"] not in RUNNING | {"Preparing"} for status in told):
        return False
    for action in ("StartTransaction", "MeterValues", "StopTransaction"):
        meanwhile = takewhile(lambda call: call.call.elapsed <= until, between(view.story.told[action], session.start.call.seq - 1, None))
        if any(call.result is None for call in meanwhile):
            return False
    return True


def _values(view: View, session: Session) -> list[Exchange]:
    """The MeterValues of a transaction: those that name it, and those of its connector, or of the whole station, while it lasts."""
    until = session.stop.call.seq if session.stop is not None else None
    during = [
        call
        for call in between(view.story.told["MeterValues"], session.answered, until)
        if call.payload.get("connectorId") in (session.connector, 0) and "transactionId" not in call.payload
    ]
    return sorted((*session.values, *during), key=lambda call: call.call.seq)


@judges_views("samples-come-at-their-interval")
def samples_come_at_their_interval(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_070: by the station's own time stamps. How exact that is is not very significant (3.16.1), so this warns."""
    for session in view.story.sessions:
        interval = _kept(view, session, "MeterValueSampleInterval", "MeterValuesSampledData")
        if interval is None:
            continue
        own = [r for call in session.values for r in readings(call) if r.context == PERIODIC and r.at is not None]
        moments = sorted({reading.at for reading in own if reading.at is not None})
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
        if len(gaps) >= ENOUGH and abs(median(gaps) - interval) > max(5.0, 0.2 * interval):
            text = f"samples of the transaction {session.number} are {median(gaps):g} s apart at the median; the interval is {interval} s"
            yield bench.fails(session.start, text, "MeterValues/interval")


@judges_views("samples-have-their-measurands")
def samples_have_their_measurands(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_070: all of MeterValuesSampledData; of measurands that not every car and meter tells nothing is said."""
    for session in view.story.sessions:
        interval = _kept(view, session, "MeterValueSampleInterval", "MeterValuesSampledData")
        own = [reading for call in _values(view, session) for reading in readings(call) if reading.context == PERIODIC]
        calls = {reading.call.call.seq for reading in own}
        if interval is None or len(calls) < ENOUGH or any(not reading.said for reading in own):
            continue
        listed = [item.strip() for item in (setting(view, "MeterValuesSampledData", session.start.call.seq) or "").split(",")]
        told = {reading.measurand for reading in own}
        absent = [item for item in listed if item in COMMON and item not in told]
        if absent:
            text = f"MeterValuesSampledData asks for {', '.join(absent)}; no sample of the transaction {session.number} has it"
            yield bench.fails(session.start, text, "MeterValues/measurands", frames=(*session.start.seqs, min(calls)))


@judges_exchanges("value-fits-its-measurand")
def value_fits_its_measurand(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """A value that does not say what it measures is an energy: it cannot be in volts."""
    if exchange.from_csms or exchange.action != "MeterValues":
        return
    for reading in readings(exchange):
        if not reading.said and reading.unit is not None and reading.unit not in ENERGY_UNITS:
            text = f"MeterValues (frame {exchange.call.seq}) has a value in {reading.unit} that does not say what it measures"
            yield bench.fails(exchange, text, "MeterValues/measurand")
            return


@judges_views("values-name-their-transaction")
def values_name_their_transaction(bench: Bench, view: View) -> Iterator[Judgement]:
    """What was taken on a connector during its transaction belongs to that (errata v4.0 3.16)."""
    for call in view.story.told["MeterValues"]:
        connector = call.payload.get("connectorId")
        if "transactionId" in call.payload or not isinstance(connector, int) or connector <= 0:
            continue
        session = view.story.running(connector, call.call.seq)
        taken = [reading for reading in readings(call) if reading.measurand.startswith(ELECTRICAL)]
        if session is None or not taken or not was_accepted(session.start) or not all(_is_within(reading, session) for reading in taken):
            continue
        text = f"MeterValues (frame {call.call.seq}) of connector {connector} does not name its transaction {session.number}"
        yield bench.fails(call, text, "MeterValues/transactionId", frames=(*session.start.seqs, call.call.seq))


def _is_within(reading: Reading, session: Session) -> bool:
    """Whether a reading was taken while the transaction was known and going on, by the station's own clock too."""
    call, started = reading.call, moment(session.start.payload.get("timestamp"))
    fresh = seconds_between(call.call, reading.at.isoformat() if reading.at is not None else None)
    if fresh is None or abs(fresh) > LATE_SECONDS or call.call.elapsed - session.known < SETTLED_SECONDS or reading.at is None:
        return False
    if started is None or (reading.at - started).total_seconds() < SETTLED_SECONDS or call.connection != session.start.connection:
        return False
    ended = moment(session.stop.payload.get("timestamp")) if session.stop is not None else None
    return session.stop is None or (ended is not None and (ended - reading.at).total_seconds() >= SETTLED_SECONDS)


@judges_views("register-does-not-decrease")
def register_does_not_decrease(bench: Bench, view: View) -> Iterator[Judgement]:
    """All register values of one transaction increase in time (errata v4.0 3.77)."""
    for session in view.story.sessions:
        for series in _registers(session).values():
            lower = next(((a, b) for a, b in pairwise(series) if _is_below(b, a)), None)
            if lower is not None:
                before, after = lower
                text = f"{before.measurand} in the transaction {session.number} falls from {_told(before)} to {_told(after)}"
                frames = (before.call.call.seq, after.call.call.seq)
                yield bench.fails(after.call, text, "MeterValues/register", frames=frames)
                break


def _is_below(later: Reading, earlier: Reading) -> bool:
    first, second = earlier.watt_hours, later.watt_hours
    margin = earlier.resolution + later.resolution + 1
    return first is not None and second is not None and second < first - margin


def _registers(session: Session) -> dict[tuple[str | None, ...], list[Reading]]:
    """The energy registers of a transaction on its own connector, each by the station's clock."""
    found: dict[tuple[str | None, ...], list[Reading]] = defaultdict(list)
    for call in session.values:
        if call.payload.get("connectorId") == session.connector:
            for reading in readings(call):
                is_register = reading.measurand.startswith("Energy.") and reading.measurand.endswith(".Register")
                if is_register and reading.at is not None and reading.watt_hours is not None:
                    found[reading.series].append(reading)
    return {key: _by_time(each) for key, each in found.items()}


def _by_time(series: Sequence[Reading]) -> list[Reading]:
    """One reading a moment: two of one moment, by which nothing can be told, are left out."""
    moments: dict[datetime, list[Reading]] = defaultdict(list)
    for reading in series:
        if reading.at is not None:
            moments[reading.at].append(reading)
    return [each[0] for _, each in sorted(moments.items()) if len({reading.value for reading in each}) == 1]


@judges_views("energy-is-possible")
def energy_is_possible(bench: Bench, view: View) -> Iterator[Judgement]:
    """A register that rises faster than any connector can give is told in another unit than its own."""
    for session in view.story.sessions:
        for series in _registers(session).values():
            rises = [(a, b, watts) for a, b in pairwise(series) if (watts := _watts(a, b)) is not None and watts > 0]
            if len(rises) >= 2 and all(watts > MOST_WATT for _, _, watts in rises):
                before, after, watts = rises[0]
                risen = f"rises from {_told(before)} to {_told(after)}: that would be {watts / 1_000_000:.1f} MW"
                text = f"{before.measurand} in the transaction {session.number} {risen}"
                yield bench.fails(after.call, text, WRONG_UNIT, frames=(before.call.call.seq, after.call.call.seq))
                break


@judges_views("meter-start-in-wh")
def meter_start_in_wh(bench: Bench, view: View) -> Iterator[Judgement]:
    """A meterStart that is exactly the thousandth part of where the meter stood is in kWh, where what the meter tells next could not have
    flowed since: a register that begins anew with each transaction may begin anywhere.
    """
    for connector in view.story.connectors():
        for before, session in pairwise(view.story.on(connector)):
            stopped = before.stop.payload.get("meterStop") if before.stop is not None else None
            started = session.start.payload.get("meterStart")
            if not is_whole(stopped) or not is_whole(started) or started < 10 or started not in {stopped // 1000, round(stopped / 1000)}:
                continue
            risen = _risen(session, started)
            if risen and min(risen) > MOST_WATT:
                text = f"meterStart is {started} where the transaction before ended at {stopped} Wh: kWh instead of Wh"
                frames = (before.stop.call.seq if before.stop is not None else 0, session.start.call.seq)
                yield bench.fails(session.start, text, "StartTransaction/meterStart", frames=frames)


def _risen(session: Session, started: int) -> list[Decimal]:
    """The power in W that each later reading of the energy would mean, and the end, if meterStart were in Wh."""
    began = moment(session.start.payload.get("timestamp"))
    told = [(r.at, r.watt_hours) for series in _registers(session).values() for r in series if r.measurand == ENERGY]
    stopped = session.stop.payload.get("meterStop") if session.stop is not None else None
    if session.stop is not None and is_whole(stopped):
        told.append((moment(session.stop.payload.get("timestamp")), Decimal(stopped)))
    found = []
    for at, energy in told:
        seconds = (at - began).total_seconds() if at is not None and began is not None else 0.0
        if energy is not None and seconds >= 1:
            found.append((energy - started) * 3600 / Decimal(seconds))
    return found


def _told(reading: Reading) -> str:
    return f"{reading.value} {reading.unit or 'Wh'}"


def _watts(earlier: Reading, later: Reading) -> Decimal | None:
    first, second = earlier.watt_hours, later.watt_hours
    if first is None or second is None or earlier.at is None or later.at is None:
        return None
    seconds = Decimal((later.at - earlier.at).total_seconds())
    return None if seconds < 1 else (second - first) * 3600 / seconds


@judges_views("aligned-values-come")
def aligned_values_come(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_071: with ClockAlignedDataInterval above 0 they are mandatory, on a grid that begins at midnight: that of any time zone."""
    for session in view.story.sessions:
        interval = _kept(view, session, "ClockAlignedDataInterval", "MeterValuesAlignedData")
        if interval is None or not _lasted(view, session, ENOUGH * interval + LATE_SECONDS):
            continue
        said = f"in the transaction {session.number} with ClockAlignedDataInterval {interval} s"
        aligned = [r for call in _values(view, session) for r in readings(call) if r.context == CLOCK and r.at is not None]
        moments = sorted({reading.at for reading in aligned if reading.at is not None})
        if len(moments) >= ENOUGH and interval >= 6 * ALIGNED_SECONDS and all(_missed(at, interval) > ALIGNED_SECONDS for at in moments):
            text = f"clock-aligned readings {said} were taken at {moments[0].isoformat()} and so on, off the grid"
            yield bench.fails(session.start, text, "MeterValues/grid", frames=(*session.start.seqs, aligned[0].call.call.seq))
        elif len(moments) >= ENOUGH:
            yield bench.passes(session.start, f"{len(moments)} clock-aligned readings came {said}")
        elif not _values(view, session):
            text = f"no MeterValues came {said} for {ENOUGH * interval + LATE_SECONDS:g} s"
            yield bench.fails(session.start, text, MISSING)
        else:
            yield bench.open(session.start, f"{len(moments)} clock-aligned readings came {said}, too few to tell")


def _missed(at: datetime, interval: int) -> float:
    """By how many seconds a moment misses the nearest point of the grid of the day, of all time zones that there are."""
    passed = at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1_000_000
    offs = [(passed + zone * 900) % 86_400 % interval for zone in range(96)]
    return min(min(off, interval - off) for off in offs)
