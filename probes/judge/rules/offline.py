"""What a station owes of the time in which it had no connection: everything about transactions, in order, with its own times (1.6 3.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.power import ENDED_STATUSES
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.shadow import BUSY_STATUSES
from probes.judge.spans import (
    SETTLED_SECONDS,
    Clock,
    Outage,
    boot_after,
    clock,
    lag,
    outages,
    stamps,
    statuses,
    statuses_of,
)
from probes.judge.story import Session
from probes.judge.times import moment
from registry.certificates.facts import Severity

QUEUE_SECONDS = 120.0
"""How long after its return a station may take to deliver what waited: no clause says, so longer than a short outage fills."""

CLOCK_SECONDS = 10.0
"""By how much the station's clock may be off, so that its times can be held against the tap's."""

BURST_SECONDS = 10.0
"""What comes so soon after the return has waited for it."""

LOST = "offline/messages lost"
TIMES = "offline/times of sending"


def _tap(view: View) -> Clock | None:
    """The tap's clock, when the station's agrees with it."""
    tap = clock(view)
    behind = lag(view, tap) if tap is not None else None
    return tap if behind is not None and abs(behind) <= CLOCK_SECONDS else None


def _outages(view: View) -> Iterator[tuple[Outage, Clock]]:
    """The outages of which the station's own times can tell."""
    tap = _tap(view)
    if tap is not None:
        for outage in outages(view):
            yield outage, tap


def _within(text: object, outage: Outage, tap: Clock) -> bool:
    """Whether a time stamp lies in the outage."""
    told = moment(text)
    return told is not None and outage.began - CLOCK_SECONDS <= tap.elapsed(told) < outage.ended


def _from_outage(call: Exchange, outage: Outage, tap: Clock) -> bool:
    """Whether this call, made after the outage, is about something in it."""
    return call.call.seq > outage.after.first and _within(call.payload.get("timestamp"), outage, tap)


def _open_over(view: View, outage: Outage) -> Iterator[Session]:
    """The transactions that both knew to run when the connection was lost, and whose end was not told before."""
    for told in view.story.sessions:
        begun = told.start.call.seq < outage.before.last and told.known <= outage.began - SETTLED_SECONDS
        if (
            begun
            and not view.story.booted(told.start.call.seq, outage.before.last)
            and (told.stop is None or told.stop.call.seq > outage.after.first)
        ):
            yield told


# --- meter values


@judges_views("offline-values-are-told")
def offline_values_are_told(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_036: the samples of the outage are told afterwards, with the times at which they were taken.

    Judged only where samples of the transaction came before, the interval is known, and the outage lasted for several of them.
    """
    for outage, tap in _outages(view):
        for told in _open_over(view, outage):
            interval = _interval(view, told)
            values = [call for call in view.called("MeterValues") if call.payload.get("transactionId") == told.number]
            before = [call for call in values if call.call.seq < outage.after.first and _is_periodic(call)]
            ended = told.stop is not None and _within(told.stop.payload.get("timestamp"), outage, tap)
            if interval and before and not ended and outage.seconds >= 2 * interval + SETTLED_SECONDS:
                after = [call for call in values if call.call.seq > outage.after.first]
                yield _told_of(bench, view, told, outage, after, interval, tap)


def _is_periodic(call: Exchange) -> bool:
    """Whether these are samples taken every MeterValueSampleInterval, which their context says, or leaves out (1.6 7.43)."""
    values = call.payload.get("meterValue")
    return any(
        isinstance(sampled, dict) and sampled.get("context", "Sample.Periodic") == "Sample.Periodic"
        for value in (values if isinstance(values, list) else ())
        for sampled in (value.get("sampledValue", ()) if isinstance(value, dict) else ())
    )


def _interval(view: View, told: Session) -> int:
    """MeterValueSampleInterval as it was read before the transaction; 0: unknown, or no samples are to be sent."""
    reading = view.shadow(told.start).configuration.get("metervaluesampleinterval")
    text = (reading.value or "").strip() if reading is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _told_of(bench: Bench, view: View, told: Session, outage: Outage, after: list[Exchange], interval: int, tap: Clock) -> Judgement:
    taken = [stamp for call in after for stamp in stamps(call.payload) if _within(stamp, outage, tap)]
    expected = int(outage.seconds // interval)
    said = f"of an outage of {outage.seconds:.0f} s with samples every {interval} s"
    if taken:
        remark = Severity.NOTE if len(taken) < expected - 1 else None
        subject = None if remark is None else "remarks/offline values"
        return bench.passes(told.start, f"{said} {len(taken)} were told afterwards", remark, subject)
    burst = [call for call in after if call.call.elapsed - outage.ended <= min(BURST_SECONDS, interval)]
    if len(burst) >= 3:
        text = f"{said} {len(burst)} MeterValues came at once on return, all with the time of their sending"
        return bench.fails(told.start, text, TIMES, frames=tuple(call.call.seq for call in burst[:5]))
    if view.watched_for(outage.after.first, QUEUE_SECONDS):
        text = f"{said} no MeterValues were told in {QUEUE_SECONDS:g} s after the return; they are to be queued"
        return bench.fails(told.start, text, LOST, frames=(*told.start.seqs, outage.after.first))
    return bench.open(told.start, f"{said} nothing was told; the station was not watched long enough after its return")


@judges_views("outage-ends-nothing")
def outage_ends_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_036: a lost connection ends no transaction. Who or what else has ended it no frame shows, so it only warns."""
    for outage, tap in _outages(view):
        for told in _open_over(view, outage):
            if told.stop is not None and _from_outage(told.stop, outage, tap):
                reason = told.stop.payload.get("reason", "Local")
                text = f"the transaction {told.number} ended while there was no connection, with the reason {reason}"
                yield bench.open(told.start, text, Severity.WARNING if reason == "Other" else None, "offline/transaction ended")
            elif view.watched_for(outage.after.first, SETTLED_SECONDS):
                yield bench.passes(told.start, f"the transaction {told.number} went on over an outage of {outage.seconds:.0f} s")


# --- beginnings and ends


@judges_views("offline-start-is-told")
def offline_start_is_told(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_037_1: a transaction that began offline is told with the time at which it began.

    That one was not told shows only when a connector that was free before is charging afterwards.
    """
    for outage, tap in _outages(view):
        starts = [call for call in view.called("StartTransaction", outage.after.first) if call.connection == outage.after.number]
        for call in starts:
            if _from_outage(call, outage, tap):
                yield bench.passes(call, f"a transaction that began without a connection was told after {outage.seconds:.0f} s of outage")
        yield from _untold_starts(bench, view, outage)


def _untold_starts(bench: Bench, view: View, outage: Outage) -> Iterator[Judgement]:
    numbers = {call.payload.get("connectorId") for call in view.called("StatusNotification", outage.after.first)}
    for number in sorted(each for each in numbers if isinstance(each, int) and each > 0):
        before = [call for call in statuses(view, number, 0, outage.after.first) if call.connection == outage.before.number]
        later = [call for call in statuses(view, number, outage.after.first) if call.connection == outage.after.number]
        was_free = bool(before) and before[-1].payload.get("status") not in BUSY_STATUSES
        if not was_free or not later or later[0].payload.get("status") not in BUSY_STATUSES:
            continue
        # A start before the outage may still have been on its way: only a connector of which none was told at all counts.
        starts = [
            call
            for call in view.called("StartTransaction", before[-1].call.seq)
            if call.payload.get("connectorId") == number and call.call.elapsed - later[0].call.elapsed <= QUEUE_SECONDS
        ]
        if not starts and view.watched_for(later[0].call.seq, QUEUE_SECONDS):
            text = (
                f"connector {number} was {before[-1].payload.get('status')} before an outage and {later[0].payload.get('status')} after "
                f"it, and no StartTransaction came in {QUEUE_SECONDS:g} s"
            )
            yield bench.fails(later[0], text, LOST, frames=(before[-1].call.seq, later[0].call.seq))


@judges_views("offline-stop-is-told")
def offline_stop_is_told(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_038: the end of a transaction without a connection is told with its time. A restart is another obligation's."""
    for outage, tap in _outages(view):
        boot = boot_after(view, outage.after.first)
        if boot is not None and boot.connection == outage.after.number:
            continue
        for told in _open_over(view, outage):
            yield from _end_of(bench, view, told, outage, tap)


def _end_of(bench: Bench, view: View, told: Session, outage: Outage, tap: Clock) -> Iterator[Judgement]:
    if told.stop is not None:
        if _from_outage(told.stop, outage, tap):
            yield bench.passes(told.stop, f"the end of the transaction {told.number} without a connection was told afterwards")
        return
    later = [call for call in statuses_of(view, told, outage.after.first) if call.connection == outage.after.number]
    ended = next((call for call in later if call.payload.get("status") in ENDED_STATUSES), None)
    if ended is None or any(call.payload.get("status") in BUSY_STATUSES for call in later):
        return
    if any(call.payload.get("transactionId") == told.number for call in view.called("MeterValues", ended.call.seq)):
        return
    if view.watched_for(ended.call.seq, QUEUE_SECONDS):
        text = (
            f"the transaction {told.number} went on before an outage, connector {told.connector} is {ended.payload.get('status')} "
            f"after it, and no StopTransaction came in {QUEUE_SECONDS:g} s"
        )
        yield bench.fails(ended, text, LOST, frames=(*told.start.seqs, *ended.seqs))


@judges_views("offline-transaction-in-order")
def offline_transaction_in_order(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_039: a transaction that began and ended without a connection is told in that order, its end with the id that its start got."""
    for outage, tap in _outages(view):
        known = {told.stop.call.seq: told for told in view.story.sessions if told.stop is not None}
        for stop in view.called("StopTransaction", outage.after.first):
            if stop.connection != outage.after.number or not _from_outage(stop, outage, tap):
                continue
            told = known.get(stop.call.seq)
            if told is not None and _from_outage(told.start, outage, tap) and told.start.call.seq < stop.call.seq:
                yield bench.passes(stop, f"the transaction {told.number} without a connection was told from its start to its end")
            elif told is None:
                yield from _before_its_start(bench, view, stop, outage, tap)


def _before_its_start(bench: Bench, view: View, stop: Exchange, outage: Outage, tap: Clock) -> Iterator[Judgement]:
    """An end under an id that the central system never gave, and behind it a start from before that end: the order was turned."""
    identifier, ended = stop.payload.get("transactionId"), moment(stop.payload.get("timestamp"))
    if isinstance(identifier, int) and identifier in view.timeline.before(stop.call.seq).open_transactions:
        return
    for start in view.called("StartTransaction", stop.call.seq):
        began = moment(start.payload.get("timestamp"))
        if start.connection != stop.connection or not _from_outage(start, outage, tap) or began is None or ended is None:
            continue
        given = (start.result or {}).get("transactionId")
        if began < ended and given != identifier:
            text = f"StopTransaction({identifier}) was sent before the StartTransaction of a transaction that began before that end"
            yield bench.fails(stop, text, "offline/order", frames=(*stop.seqs, *start.seqs))
            return


# --- starts that turn out to be refused


def _refused(exchange: Exchange, view: View, wanted: str) -> int | None:
    """The id of a transaction that StartTransaction.conf did not accept, when StopTransactionOnInvalidId was read as `wanted`."""
    info, identifier = (exchange.result or {}).get("idTagInfo"), (exchange.result or {}).get("transactionId")
    if exchange.from_csms or exchange.action != "StartTransaction" or not isinstance(info, dict) or not isinstance(identifier, int):
        return None
    reading = view.shadow(exchange).configuration.get("stoptransactiononinvalidid")
    if reading is None or (reading.value or "").strip().casefold() != wanted or info.get("status") in {None, "Accepted"}:
        return None
    return identifier


def _after(exchange: Exchange, view: View, identifier: int) -> tuple[Exchange | None, list[str]]:
    """The transaction's end and its connector's statuses soon after this StartTransaction."""
    connector = exchange.payload.get("connectorId")
    soon = exchange.call.elapsed + EFFECT_SECONDS
    stops = [call for call in view.called("StopTransaction", exchange.call.seq) if call.payload.get("transactionId") == identifier]
    later = statuses(view, connector, exchange.call.seq) if isinstance(connector, int) else ()
    stop = next((call for call in stops if call.call.elapsed <= soon), None)
    return stop, [str(call.payload.get("status")) for call in later if call.call.elapsed <= soon]


@judges_exchanges("refused-start-stops")
def refused_start_stops(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_037_3: with StopTransactionOnInvalidId a transaction whose idTag is refused is stopped, with the reason DeAuthorized."""
    identifier = _refused(exchange, view, "true")
    if identifier is None:
        return
    stop, later = _after(exchange, view, identifier)
    said = f"the transaction {identifier}, whose idTag was refused,"
    if stop is not None and stop.payload.get("reason") == "DeAuthorized":
        yield bench.passes(exchange, f"{said} was stopped with the reason DeAuthorized")
    elif stop is not None:
        reason = stop.payload.get("reason", "Local")
        yield bench.open(exchange, f"{said} was stopped with the reason {reason}", Severity.WARNING, "StopTransaction/reason of refusal")
    elif _charges(exchange, view, later) and view.watched_for(exchange.call.seq, EFFECT_SECONDS):
        text = f"{said} goes on after {EFFECT_SECONDS:g} s, although StopTransactionOnInvalidId is true"
        yield bench.fails(exchange, text, "StartTransaction/refused goes on")
    else:
        # Without a status of charging it may never have begun to the station's mind, and there is nothing that it could stop.
        yield bench.open(exchange, f"{said} was not told to go on, or not watched long enough")


def _charges(exchange: Exchange, view: View, later: Sequence[str]) -> bool:
    """Whether the connector was told to be in use when its StartTransaction was refused, or then, and not to be free since."""
    connector = exchange.payload.get("connectorId")
    known = view.shadow(exchange).connectors.get(connector) if isinstance(connector, int) else None
    told = {*later, known.status} if known else set(later)
    return bool(BUSY_STATUSES & told) and not ENDED_STATUSES & set(later)


@judges_exchanges("refused-start-suspends")
def refused_start_suspends(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_037_2: without it only the energy stops, as the status SuspendedEVSE tells. That is recommended (1.6 3.5.4): it warns."""
    identifier = _refused(exchange, view, "false")
    if identifier is None:
        return
    stop, later = _after(exchange, view, identifier)
    said = f"the transaction {identifier}, whose idTag was refused,"
    if stop is not None and stop.payload.get("reason") == "DeAuthorized":
        text = f"{said} was stopped, although StopTransactionOnInvalidId is false"
        yield bench.open(exchange, text, Severity.WARNING, "StartTransaction/refused stops")
    elif "SuspendedEVSE" in later:
        yield bench.passes(exchange, f"{said} gets no energy: its connector is SuspendedEVSE")
    else:
        yield bench.open(exchange, f"{said} was not told to be SuspendedEVSE", Severity.WARNING, "StartTransaction/refused not suspended")
