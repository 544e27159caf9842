"""How ReserveNow must be answered by what is known of the connector (1.6 5.13, 7.40).

Each of Faulted, Unavailable and Occupied is right when it is the state of the connector, whatever else holds; Rejected is right for a
station that is configured to take no reservations, so that it accuses only one that has taken some. A status that was about to change is
no ground for anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.reservations import CROSSING_SECONDS
from probes.judge.shadow import BUSY_STATUSES, Shadow
from probes.judge.times import STATUS_SECONDS, between, is_on, seconds_between, setting, status_seconds
from registry.certificates.facts import Severity

PROFILE = "Reservation"
ZERO_KEY = "ReserveConnectorZeroSupported"

_STATES = frozenset({"Faulted", "Unavailable", "Occupied"})


def _asked(exchange: Exchange, view: View) -> int | None:
    """The connector that a readable, answered ReserveNow is for, of a product that is not known to lack the profile."""
    connector = exchange.payload.get("connectorId")
    if not exchange.from_csms or exchange.action != "ReserveNow" or exchange.reply is None or not exchange.reply.readable:
        return None
    if view.certified.profiles.get(PROFILE) is False or not isinstance(connector, int) or isinstance(connector, bool):
        return None
    left = seconds_between(exchange.call, exchange.payload.get("expiryDate"))
    # One that has ended already, or is about to, may be answered as a station likes.
    return connector if left is not None and left > STATUS_SECONDS / 2 else None


def zero_supported(view: View, seq: int) -> bool | None:
    """Whether connector 0 can be reserved, by ReserveConnectorZeroSupported just before frame `seq`; None: it was not read."""
    value = is_on(setting(view, ZERO_KEY, seq))
    return False if value is None and ZERO_KEY.casefold() in view.timeline.before(seq).unknown_keys else value


def _answer(exchange: Exchange) -> str:
    return exchange.status or f"CALLERROR {exchange.error_code}"


# --- a connector that is free


@judges_exchanges("reserve-free-connector")
def reserve_free_connector(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_046, TC_047, TC_051: a connector that is Available can be reserved. A refusal accuses only when the connector becomes Reserved
    all the same: a station may be configured to take no reservations, and its state may have changed just now.
    """
    connector = _asked(exchange, view)
    if connector is None or not _is_free(view.shadow(exchange), connector, view, exchange):
        return
    if exchange.status == "Accepted":
        yield bench.passes(exchange, f"ReserveNow for the free connector {connector} was Accepted")
        return
    reserved = _reserved_all_the_same(exchange, connector, view)
    if reserved is not None:
        text = f"ReserveNow for the free connector {connector} was answered {_answer(exchange)}, and it became Reserved (frame {reserved})"
        yield bench.fails(exchange, text, "ReserveNow/refused and reserved", frames=(*exchange.seqs, reserved))
    else:
        text = f"ReserveNow for the free connector {connector} was answered {_answer(exchange)}"
        certified = view.certified.profiles.get(PROFILE)
        yield bench.open(exchange, text, Severity.WARNING if certified else None, "ReserveNow/free connector")


def _is_free(shadow: Shadow, connector: int, view: View, exchange: Exchange) -> bool:
    main = shadow.connectors.get(0)
    if (main is not None and main.status != "Available") or shadow.starting:
        return False
    if connector:
        state = shadow.connectors.get(connector)
        return state is not None and state.status == "Available"
    return shadow.all_idle and zero_supported(view, exchange.call.seq) is True


def _reserved_all_the_same(exchange: Exchange, connector: int, view: View) -> int | None:
    """The frame that tells the connector Reserved after its reservation was refused, when nothing else can have reserved it."""
    if exchange.status not in {"Rejected", *_STATES}:
        return None
    others = [other for other in view.story.asked.get("ReserveNow", ()) if other.status == "Accepted"]
    for told in view.called("StatusNotification", exchange.call.seq):
        if told.payload.get("connectorId") != connector:
            continue
        between = [other for other in others if exchange.call.seq < other.call.seq < told.call.seq]
        soon = told.call.elapsed - exchange.call.elapsed < STATUS_SECONDS and told.connection == exchange.connection
        return told.call.seq if told.payload.get("status") == "Reserved" and soon and not between else None
    return None


# --- a connector that is not


@judges_exchanges("reserve-occupied")
def reserve_occupied(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_048_2: Occupied for a connector with a transaction."""
    connector = _asked(exchange, view)
    if connector and _is_busy(connector, exchange, view):
        yield from _refused(bench, exchange, view, "Occupied", f"connector {connector}, on which a transaction goes on,")


@judges_exchanges("reserve-station-occupied")
def reserve_station_occupied(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_050_2: Occupied for connector 0 when a transaction goes on on every connector."""
    numbers = _numbers(view.shadow(exchange))
    if _asked(exchange, view) != 0 or not zero_supported(view, exchange.call.seq) or not numbers:
        return
    if all(_is_busy(number, exchange, view) for number in numbers):
        yield from _refused(bench, exchange, view, "Occupied", "connector 0, with a transaction on every connector,")


@judges_exchanges("reserve-unavailable")
def reserve_unavailable(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_048_3: Unavailable for a connector that is."""
    connector = _asked(exchange, view)
    if connector and _lasts(connector, "Unavailable", exchange, view):
        yield from _refused(bench, exchange, view, "Unavailable", f"connector {connector}, which is Unavailable,")


@judges_exchanges("reserve-station-unavailable")
def reserve_station_unavailable(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_050_3: Unavailable for connector 0 when the station as a whole is, or every connector."""
    if _asked(exchange, view) == 0 and zero_supported(view, exchange.call.seq) and _whole_station("Unavailable", exchange, view):
        yield from _refused(bench, exchange, view, "Unavailable", "connector 0 of a station that is Unavailable")


@judges_exchanges("reserve-faulted")
def reserve_faulted(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_048_1: Faulted for a connector that is."""
    connector = _asked(exchange, view)
    if connector and _lasts(connector, "Faulted", exchange, view):
        yield from _refused(bench, exchange, view, "Faulted", f"connector {connector}, which is Faulted,")


@judges_exchanges("reserve-station-faulted")
def reserve_station_faulted(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_050_1: Faulted for connector 0 when the station as a whole is, or every connector."""
    if _asked(exchange, view) == 0 and zero_supported(view, exchange.call.seq) and _whole_station("Faulted", exchange, view):
        yield from _refused(bench, exchange, view, "Faulted", "connector 0 of a station that is Faulted")


def _refused(bench: Bench, exchange: Exchange, view: View, wanted: str, what: str) -> Iterator[Judgement]:
    said = f"ReserveNow for {what} was answered {_answer(exchange)}"
    subject = f"ReserveNow/{wanted}"
    if exchange.status == wanted:
        yield bench.passes(exchange, said)
    elif exchange.status == "Accepted":
        yield bench.fails(exchange, f"{said} instead of {wanted}", subject)
    elif exchange.status == "Rejected" and (taken := _taken_before(exchange, view)) is not None:
        text = f"{said} instead of {wanted}, by a station that takes reservations (frame {taken.call.seq})"
        yield bench.fails(exchange, text, subject, frames=(*taken.seqs, *exchange.seqs))
    else:
        yield bench.open(exchange, said)


def _taken_before(exchange: Exchange, view: View) -> Exchange | None:
    """A reservation of the same kind, of a connector or of any, that was accepted earlier: the station is configured to take such."""
    for other in between(view.story.asked.get("ReserveNow", ()), 0, exchange.call.seq):
        if other.status == "Accepted" and (other.payload.get("connectorId") == 0) == (exchange.payload.get("connectorId") == 0):
            return other
    return None


def _numbers(shadow: Shadow) -> range:
    return range(1, (shadow.declared_connectors or 0) + 1)


def _whole_station(status: str, exchange: Exchange, view: View) -> bool:
    numbers = _numbers(view.shadow(exchange))
    return _lasts(0, status, exchange, view) or (bool(numbers) and all(_lasts(number, status, exchange, view) for number in numbers))


def _lasts(connector: int, status: str, exchange: Exchange, view: View) -> bool:
    """Whether the connector was told to be in this state for some time, and goes on to be: what was held back or crossed tells itself."""
    state, main = view.shadow(exchange).connectors.get(connector), view.shadow(exchange).connectors.get(0)
    if state is None or state.status != status or (connector and main is not None and main.status not in {"Available", status}):
        return False
    told = view.story.status(connector, exchange.call.seq)
    if told is None or exchange.call.elapsed - told.call.elapsed < CROSSING_SECONDS:
        return False
    asked = between(view.story.asked.get("ChangeAvailability", ()), state.frame, exchange.call.seq)
    made_operative = [other for other in asked if other.payload.get("type") == "Operative"]
    return not made_operative and _told_otherwise(connector, frozenset({status}), exchange, view) is False


def _is_busy(connector: int, exchange: Exchange, view: View) -> bool:
    """Whether a transaction goes on there for certain: begun, not ended, and neither its end nor another status is told soon after."""
    state = view.shadow(exchange).connectors.get(connector)
    if state is None or state.status not in BUSY_STATUSES or _told_otherwise(connector, BUSY_STATUSES, exchange, view) is not False:
        return False
    started = (call for call in view.called("StartTransaction") if call.payload.get("connectorId") == connector)
    begun = [call for call in started if call.call.seq < exchange.call.seq]
    number = (begun[-1].result or {}).get("transactionId") if begun else None
    if (
        not isinstance(number, int)
        or number not in view.shadow(exchange).open_transactions
        or exchange.call.elapsed - begun[-1].call.elapsed < CROSSING_SECONDS
    ):
        return False
    stops = (stop for stop in view.called("StopTransaction", exchange.call.seq) if stop.payload.get("transactionId") == number)
    return not any(_ended_by_then(stop, exchange) for stop in stops)


def _ended_by_then(stop: Exchange, exchange: Exchange) -> bool:
    """Whether a StopTransaction that came later says that the transaction had ended, or cannot tell."""
    late = seconds_between(exchange.call, stop.payload.get("timestamp"))
    return late is None or late < CROSSING_SECONDS or stop.call.elapsed - exchange.call.elapsed < CROSSING_SECONDS


def _told_otherwise(connector: int, states: frozenset[str], exchange: Exchange, view: View) -> bool | None:
    """Whether another state of the connector is told so soon after that it may have been its state already; None: cannot be said."""
    seconds = status_seconds(view, exchange.call.seq)
    if seconds is None:
        return None
    window = seconds - STATUS_SECONDS + CROSSING_SECONDS
    for told in view.called("StatusNotification", exchange.call.seq):
        number, status = told.payload.get("connectorId"), str(told.payload.get("status"))
        if told.call.elapsed - exchange.call.elapsed > window:
            return False
        if status not in states and (number == connector or (number == 0 and status != "Available")):
            return True
    return False


# --- connector 0 where it is not supported


@judges_exchanges("reserve-zero-unsupported")
def reserve_zero_unsupported(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_050_4: Rejected where ReserveConnectorZeroSupported is not true."""
    if _asked(exchange, view) != 0 or zero_supported(view, exchange.call.seq) is not False:
        return
    subject, said = "ReserveNow/connector 0", f"ReserveNow for connector 0, which is not supported, was answered {_answer(exchange)}"
    if exchange.status == "Rejected":
        yield bench.passes(exchange, said)
    elif exchange.status == "Accepted":
        yield bench.fails(exchange, f"{said} instead of Rejected", subject)
    elif exchange.status in _STATES and not view.shadow(exchange).all_idle:
        yield bench.open(exchange, said)
    else:
        yield bench.passes(exchange, f"{said} where Rejected belongs (1.6 5.13)", Severity.WARNING, subject)
