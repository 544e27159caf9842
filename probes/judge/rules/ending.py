"""Who and what ends a transaction at the station: cards, and the cable (1.6 4.1, 4.10, 9.1.23, 9.1.33; errata v4.0 3.83)."""

from __future__ import annotations

from collections.abc import Iterator

from ocpp.v16.enums import Reason

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.authorisation import may_have_list, may_know_tags
from probes.judge.rules.transactions import STOP_MISSING, meant_by
from probes.judge.story import RUNNING, Deed, Session, id_tag_info, was_accepted
from probes.judge.times import is_on, setting
from registry.certificates.facts import Severity

ENDED_SECONDS = 60.0
"""How long a station may take to tell that the pulled cable ended a transaction: no clause says, so longer than any needs."""

OUTLASTS_SECONDS = 20.0
"""How long a transaction must go on after the cable was pulled, or another card was held to the reader, to be known to go on."""

REASONS = frozenset(str(reason) for reason in Reason)
"""The reasons of 1.6 7.36."""

ANY_TAG = "StopTransaction/any idTag"


@judges_views("foreign-tag-stops-nothing")
def foreign_tag_stops_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_068: a transaction is ended by the card that began it, or by one of the same group; others are held to the reader in vain."""
    for session, stop, tag in _local_ends(view):
        if tag == session.tag:
            if _survived_another(session, stop, view):
                yield bench.passes(stop, "another card ended nothing, the one that began the transaction did")
            continue
        before = view.story.authorizes(tag, 0, session.start.call.seq)
        if any(was_accepted(call) for call in before) and not view.story.authorizes(session.tag or "", 0, session.start.call.seq):
            # The transaction was begun with this one and told with another: that is the defect then.
            continue
        own, other = _group(session.tag, view, stop.call.seq), _group(tag, view, stop.call.seq)
        if own & other:
            continue
        said = f"the transaction {session.number} was ended by another idTag than the one that began it, and not one of its group"
        heard_of = bool(view.story.authorizes(tag, 0, stop.call.seq))
        if may_have_list(view, stop.call.seq) or (not heard_of and may_know_tags(view, stop.call.seq)):
            yield bench.open(stop, f"{said} as far as these frames tell; the station may know more of it by itself")
        else:
            # The card of whoever keeps the station may end everything; in an audit none such is there.
            severity = None if view.story.is_staged(stop.call.seq) else Severity.WARNING
            yield bench.fails(stop, said, ANY_TAG, severity, (*session.start.seqs, *stop.seqs))


@judges_views("group-tag-stops")
def group_tag_stops(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_069: who is in the group of the one who began may end it; the StopTransaction names who did."""
    for session, stop, tag in _local_ends(view):
        if tag != session.tag and _group(session.tag, view, stop.call.seq) & _group(tag, view, stop.call.seq):
            yield bench.passes(stop, "another card of the same group ended the transaction")


def _local_ends(view: View) -> Iterator[tuple[Session, Exchange, str]]:
    """The transactions that a card ended, with its idTag."""
    for session in view.story.sessions:
        stop = session.stop
        tag = stop.payload.get("idTag") if stop is not None else None
        if stop is not None and isinstance(tag, str) and session.tag is not None and stop.payload.get("reason", "Local") == "Local":
            yield session, stop, tag


def _group(tag: str | None, view: View, seq: int) -> set[str]:
    """An idTag with every parent that it was told to have before record `seq`: any of them may be what the station goes by."""
    found = {tag} if tag is not None else set()
    for action in ("Authorize", "StartTransaction", "StopTransaction"):
        for call in view.story.told[action]:
            parent = id_tag_info(call).get("parentIdTag")
            if call.call.seq < seq and call.payload.get("idTag") == tag and isinstance(parent, str):
                found.add(parent)
    return found


def _survived_another(session: Session, stop: Exchange, view: View) -> bool:
    """Whether another card was held to the reader before, and the transaction went on."""
    held = [deed for deed in view.story.deeds("tag") if session.answered < deed.asked and deed.done < stop.call.seq]
    asked = [
        call
        for call in view.story.told["Authorize"]
        if session.answered < call.call.seq < stop.call.seq and call.payload.get("idTag") != session.tag
    ]
    return any(stop.call.elapsed - each >= OUTLASTS_SECONDS / 2 for each in (*(d.elapsed for d in held), *(c.call.elapsed for c in asked)))


# --- the cable


def _pulled(view: View, *, ends: bool) -> Iterator[tuple[Deed, Session]]:
    """Where a person has pulled the cable out of a car that was charging, with StopTransactionOnEVSideDisconnect so."""
    for deed in view.story.deeds("unplug"):
        session = view.story.running(deed.connector, deed.asked) if deed.connector is not None else None
        if session is not None and is_on(setting(view, "StopTransactionOnEVSideDisconnect", deed.asked)) is ends:
            yield deed, session


@judges_views("unplugging-ends-transaction")
def unplugging_ends_transaction(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_005_1, TC_005_2: with StopTransactionOnEVSideDisconnect the pulled cable ends it. A reason other than EVDisconnected warns, for
    it only SHOULD be right (4.10); that nobody was there to end it otherwise makes Local wrong.
    """
    for deed, session in _pulled(view, ends=True):
        start, stop = session.start, session.stop
        if stop is None or stop.call.elapsed > deed.elapsed + ENDED_SECONDS:
            if view.story.watched(start, deed.elapsed + ENDED_SECONDS):
                yield from _goes_on(bench, deed, session, view)
            continue
        reason = stop.payload.get("reason")
        said = f"the cable was pulled out of the car, and the transaction {session.number} ended with {reason or 'no reason'}"
        if reason == "EVDisconnected":
            yield bench.passes(start, said)
        elif reason == "Local" and "idTag" not in stop.payload:
            yield bench.fails(start, said, "StopTransaction/reason", frames=(*start.seqs, *stop.seqs))
        elif reason is None or reason in REASONS:
            yield bench.fails(start, said, "StopTransaction/reason", Severity.WARNING, (*start.seqs, *stop.seqs))


def _goes_on(bench: Bench, deed: Deed, session: Session, view: View) -> Iterator[Judgement]:
    start, connector = session.start, deed.connector or 0
    if any(meant_by(stop, view) is not None for stop in view.story.told["StopTransaction"] if stop.call.seq > deed.asked):
        # An end that was told under a number that nobody gave is judged as that.
        return
    told = [status for status in view.story.statuses(connector, deed.asked) if status.call.elapsed <= deed.elapsed + ENDED_SECONDS]
    after = [status for status in told if status.payload["status"] not in RUNNING]
    said = f"the person at the station pulled the cable out of the car (record {deed.done})"
    if after:
        text = f"{said}; connector {connector} is {after[0].payload['status']}, and no StopTransaction told the end of {session.number}"
        yield bench.fails(start, text, STOP_MISSING, frames=(*start.seqs, deed.done, *after[0].seqs))
    else:
        text = f"{said}, and the transaction {session.number} was not ended within {ENDED_SECONDS:g} s"
        yield bench.fails(start, text, "StopTransactionOnEVSideDisconnect/no effect", frames=(*start.seqs, deed.asked, deed.done))


@judges_views("unplugging-ends-nothing")
def unplugging_ends_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_005_3: without StopTransactionOnEVSideDisconnect the transaction lasts; the status only SHOULD be SuspendedEV (4.9)."""
    for deed, session in _pulled(view, ends=False):
        start, stop = session.start, session.stop
        over = stop.call.elapsed if stop is not None else None
        asked = [
            e for e in view.story.asked["RemoteStopTransaction"] if deed.asked < e.call.seq and (stop is None or e.call.seq < stop.call.seq)
        ]
        if (
            stop is not None
            and not asked
            and "idTag" not in stop.payload
            and stop.payload.get("reason") in {"EVDisconnected", None, "Local"}
        ):
            text = f"the cable was pulled out of the car, and the transaction {session.number} was ended (frame {stop.call.seq})"
            yield bench.fails(start, text, "StopTransactionOnEVSideDisconnect/false", frames=(*start.seqs, deed.done, *stop.seqs))
        elif view.story.watched(start, deed.elapsed + OUTLASTS_SECONDS) and (over is None or over - deed.elapsed >= OUTLASTS_SECONDS):
            told = view.story.status(deed.connector or 0, stop.call.seq if stop is not None else deed.done + 1_000_000)
            status = told.payload["status"] if told is not None else None
            text = f"the transaction {session.number} outlasted the pulling of the cable, its connector {status}"
            suspended = status in {"SuspendedEV", "SuspendedEVSE", "Finishing"}
            yield bench.passes(start, text, None if suspended else Severity.WARNING, None if suspended else "remarks/EV side disconnected")


@judges_exchanges("held-cable-is-freed")
def held_cable_is_freed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_005_2: a cable that the station holds when the car's end is free, it lets go of by UnlockConnector."""
    connector = exchange.payload.get("connectorId")
    if not exchange.from_csms or exchange.action != "UnlockConnector" or not isinstance(connector, int):
        return
    pulled = [deed for deed in view.story.deeds("unplug") if deed.connector == connector and deed.done < exchange.call.seq]
    held = pulled and is_on(setting(view, "UnlockConnectorOnEVSideDisconnect", pulled[-1].asked)) is False
    if not held or view.story.running(connector, exchange.call.seq) is not None:
        return
    said = f"UnlockConnector for the cable that was pulled out of the car was answered {exchange.status or exchange.error_code}"
    if exchange.status in {"Unlocked", "NotSupported"}:
        yield bench.passes(exchange, said)
    else:
        yield bench.open(exchange, said)
