"""What must follow a ChangeAvailability: the status is told, no charging begins, and it outlasts a restart (1.6 4.9, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.spans import SETTLED_SECONDS, boot_after, delay_of_statuses, statuses
from registry.certificates.facts import Severity

TOLD_SECONDS = 60.0
"""How long a station may take to tell that its availability has changed."""

AFTER_BOOT_SECONDS = 60.0
"""How long after its registration a station may tell another status before the one that lasts."""


def _concerned(exchange: Exchange, view: View) -> tuple[int, ...]:
    """The connectors above 0 that this ChangeAvailability is about."""
    connector = exchange.payload.get("connectorId")
    if connector == 0:
        return tuple(sorted(number for number in view.shadow(exchange).connectors if number))
    return (connector,) if isinstance(connector, int) and connector > 0 else ()


def _changes(exchange: Exchange) -> bool:
    return exchange.from_csms and exchange.action == "ChangeAvailability" and exchange.payload.get("type") in ("Operative", "Inoperative")


def _all_changes(view: View) -> list[Exchange]:
    return [exchange for exchange in view.story.asked.get("ChangeAvailability", ()) if _changes(exchange)]


def _next_change(exchange: Exchange, view: View) -> int | None:
    """The first record after this at which the availability may be changed again, or the station starts anew."""
    changes = [other.call.seq for other in _all_changes(view) if other.call.seq > exchange.call.seq]
    boot = boot_after(view, exchange.call.seq)
    return min((*changes, *((boot.call.seq,) if boot else ())), default=None)


@judges_exchanges("availability-is-told")
def availability_is_told(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_034: an Accepted change from Available to Unavailable, or back, is told; of connectors in any other state nothing is known."""
    if not _changes(exchange) or exchange.status != "Accepted":
        return
    inoperative = exchange.payload["type"] == "Inoperative"
    before = "Available" if inoperative else "Unavailable"
    known, until = view.shadow(exchange).connectors, _next_change(exchange, view)
    concerned = [number for number in _concerned(exchange, view) if number in known and known[number].status == before]
    if not concerned:
        return
    told = {number: [str(call.payload.get("status")) for call in statuses(view, number, exchange.call.seq, until)] for number in concerned}
    silent = [number for number in concerned if not any((status == "Unavailable") is inoperative for status in told[number])]
    wanted = "Unavailable" if inoperative else "available again"
    if not silent:
        yield bench.passes(exchange, f"connector {', '.join(map(str, concerned))} was told to be {wanted}")
        return
    names, delay = ", ".join(map(str, silent)), delay_of_statuses(view, exchange)
    text = f"ChangeAvailability({exchange.payload['type']}) was Accepted, and connector {names} was not told to be {wanted}"
    watched = delay is not None and view.watched_for(exchange.call.seq, TOLD_SECONDS + delay) and _lasted(exchange, view, until, delay)
    whole = exchange.payload.get("connectorId") == 0 and any(
        (call.payload.get("status") == "Unavailable") is inoperative for call in statuses(view, 0, exchange.call.seq, until)
    )
    if whole:
        # The station told it of itself: that each connector is to be told as well, the clause does not say.
        yield bench.open(exchange, f"{text}, only the station as a whole", Severity.WARNING, "ChangeAvailability/connectors not told")
    elif not watched or any(told[number] for number in silent):
        yield bench.open(exchange, f"{text}; another status was told, or it was not watched long enough")
    elif inoperative:
        yield bench.fails(exchange, f"{text} in {TOLD_SECONDS:g} s", "ChangeAvailability/no effect")
    else:
        # A station may be Unavailable for reasons of its own (1.6 4.9).
        yield bench.open(exchange, text, Severity.WARNING, "ChangeAvailability/stays Unavailable")


def _lasted(exchange: Exchange, view: View, until: int | None, delay: float) -> bool:
    """Whether nothing changed the availability anew before the time was over."""
    if until is None:
        return True
    then = next(record.elapsed for record in view.traffic.records if record.seq == until)
    return then - exchange.call.elapsed >= TOLD_SECONDS + delay


@judges_exchanges("availability-waits-for-transaction")
def availability_waits_for_transaction(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """While a transaction is going on the answer to Inoperative is Scheduled (1.6 5.2)."""
    if not _changes(exchange) or exchange.payload["type"] != "Inoperative" or exchange.status not in {"Accepted", "Scheduled"}:
        return
    concerned = _concerned(exchange, view)
    running = [
        told
        for told in view.story.sessions
        if told.number in view.shadow(exchange).open_transactions
        and told.connector in concerned
        and exchange.call.elapsed - told.known >= SETTLED_SECONDS
        # An end that was on its way when the request came leaves nothing to wait for.
        and (told.stop is None or told.stop.call.elapsed - exchange.call.elapsed > SETTLED_SECONDS)
    ]
    if not running:
        return
    if exchange.status == "Scheduled":
        yield bench.passes(exchange, "ChangeAvailability during a transaction was answered Scheduled")
    else:
        text = f"ChangeAvailability was answered Accepted during the transaction {running[0].number}; it is to be Scheduled"
        yield bench.fails(exchange, text, "ChangeAvailability/during transaction")


@judges_exchanges("availability-survives-restart")
def availability_survives_restart(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_013, TC_014, TC_034: what was made Unavailable, and told so, is Unavailable after a restart.

    A station may tell another status first, while it starts; what counts is that Unavailable comes.
    """
    if exchange.from_csms or exchange.action != "BootNotification" or exchange.status != "Accepted":
        return
    closed = _closed(exchange, view)
    if not closed:
        return
    following = [asked.call.seq for asked in _all_changes(view) if asked.call.seq > exchange.call.seq]
    until = min(following, default=None)
    told = {number: [str(call.payload.get("status")) for call in statuses(view, number, exchange.call.seq, until)] for number in closed}
    lost = [number for number, heard in told.items() if heard and "Unavailable" not in heard and "Faulted" not in heard]
    unknown = [number for number, heard in told.items() if not heard or ("Unavailable" not in heard and "Faulted" in heard)]
    names = ", ".join(map(str, lost))
    frames = (*closed.values(), *exchange.seqs, *(statuses(view, number, exchange.call.seq)[0].call.seq for number in lost))
    if lost and _stayed(exchange, view, until):
        text = f"connector {names} was Unavailable and is {told[lost[0]][-1]} after the restart"
        # Where every connector stays closed, the station is: what it tells of connector 0 beside that keeps nobody in or out.
        in_name = lost == [0] and len(told) > 1 and not unknown
        yield bench.fails(exchange, text, "ChangeAvailability/lost at restart", Severity.WARNING if in_name else None, frames=frames)
    elif lost or unknown:
        yield bench.open(exchange, "what was Unavailable before the restart was not watched long enough after it")
    elif any(heard[0] != "Unavailable" for heard in told.values()):
        text = "what was Unavailable is Unavailable again after the restart, after another status"
        yield bench.passes(exchange, text, Severity.NOTE, "remarks/availability after restart")
    else:
        yield bench.passes(exchange, f"connector {', '.join(map(str, closed))} is Unavailable after the restart, as it was before")


def _stayed(exchange: Exchange, view: View, until: int | None) -> bool:
    """Whether the station was watched for long enough after its boot, before anything changed its availability."""
    if not view.watched_for(exchange.call.seq, AFTER_BOOT_SECONDS):
        return False
    if until is None:
        return True
    then = next(record.elapsed for record in view.traffic.records if record.seq == until)
    return then - exchange.call.elapsed >= AFTER_BOOT_SECONDS


def _closed(boot: Exchange, view: View) -> dict[int, int]:
    """The connectors that were made Inoperative, and told to be Unavailable, with the frame that told it, before this boot."""
    asked: dict[int, int] = {}
    for exchange in _all_changes(view):
        if exchange.call.seq >= boot.call.seq:
            break
        numbers = set(_concerned(exchange, view)) | ({0} if exchange.payload.get("connectorId") == 0 else set())
        for number in numbers:
            if exchange.payload["type"] == "Inoperative" and exchange.status in {"Accepted", "Scheduled"}:
                asked[number] = exchange.call.seq
            elif exchange.payload["type"] == "Operative":
                asked.pop(number, None)
        if exchange.payload.get("connectorId") == 0 and exchange.payload["type"] == "Operative":
            asked.clear()
    found = {}
    for number, since in asked.items():
        last = statuses(view, number, since, boot.call.seq)
        if last and last[-1].payload.get("status") == "Unavailable":
            found[number] = last[-1].call.seq
    return found


@judges_exchanges("inoperative-starts-nothing")
def inoperative_starts_nothing(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_034: while a connector is Unavailable by ChangeAvailability no transaction begins on it. A remote start may be refused or not
    lead to anything.
    """
    connector = exchange.payload.get("connectorId")
    state = view.shadow(exchange).connectors.get(connector) if isinstance(connector, int) and connector else None
    if not exchange.from_csms or exchange.action != "RemoteStartTransaction" or state is None or state.status != "Unavailable":
        return
    until = _next_change(exchange, view)
    started = [
        call
        for call in view.called("StartTransaction", exchange.call.seq)
        if call.payload.get("connectorId") == connector and (until is None or call.call.seq < until)
    ]
    if started:
        text = f"connector {connector} is Unavailable, and a remote start began a transaction on it (frame {started[0].call.seq})"
        yield bench.fails(exchange, text, "ChangeAvailability/starts all the same", frames=(*exchange.seqs, started[0].call.seq))
    elif exchange.status == "Rejected":
        yield bench.passes(exchange, f"a remote start on the Unavailable connector {connector} was Rejected")
    elif exchange.status == "Accepted":
        text = f"a remote start on the Unavailable connector {connector} was Accepted; nothing came of it"
        yield bench.open(exchange, text, Severity.WARNING, "RemoteStartTransaction/Unavailable")
