"""What must follow when a station accepts to start or stop a transaction from afar (1.6 5.11, 5.12)."""

from __future__ import annotations

from collections.abc import Iterator

from ocpp.v16.enums import Reason

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.reservations import may_be_kept
from probes.judge.rules.transactions import STOP_MISSING, meant_by
from probes.judge.story import RUNNING, is_whole, was_accepted
from registry.certificates.facts import Severity

EFFECT_SECONDS = 60.0
"""How long a station may take to begin or end a transaction that it accepted to: no clause says, so longer than any needs."""


SETTLED_SECONDS = 5.0
"""How long a transaction must be known to both before a station must know it: answers and requests cross on the way."""


DENIED_SECONDS = 10.0
"""A transaction that begins so soon after a remote start was Rejected, with its idTag and on its connector, is that remote start's."""

REJECTED = "RemoteStartTransaction/Rejected and carried out"

OTHER_REASONS = frozenset(str(reason) for reason in Reason if reason not in {Reason.remote, Reason.other})
"""Reasons that name another cause than a remote stop (1.6 7.36)."""


_WITHOUT_CAR = frozenset({"Available", "Unavailable", "Faulted"})
"""Statuses with which nothing can begin."""


@judges_exchanges("remote-start-has-effect")
def remote_start_has_effect(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_010: with a car on the connector, Accepted means a StartTransaction with that idTag on that connector, or one that is refused.

    A connector that is reserved for somebody else must not be started, and who that is may be asked after the answer (5.13).
    """
    connector = exchange.payload.get("connectorId")
    state = view.shadow(exchange).connectors.get(connector) if is_whole(connector) else None
    if not exchange.from_csms or exchange.action != "RemoteStartTransaction" or state is None or state.status != "Preparing":
        return
    if not is_whole(connector):
        return
    if exchange.status == "Rejected":
        yield _denied(bench, exchange, view)
        return
    if exchange.status != "Accepted" or _was_refused(exchange, view) or may_be_kept(view, exchange, connector):
        return
    tag = exchange.payload.get("idTag")
    # What a station that counts from 0 tells is judged as that, and not as no effect.
    deadline = exchange.call.elapsed + EFFECT_SECONDS
    later = (call for call in view.called("StartTransaction", exchange.call.seq) if call.call.elapsed <= deadline)
    started = [call for call in later if call.payload.get("connectorId") in {connector, 0}]
    own = [call for call in started if call.payload.get("idTag") == tag]
    if own:
        text = f"the remote start was followed by StartTransaction on connector {connector} (frame {own[0].call.seq})"
        yield bench.passes(exchange, text)
    elif started and _came_by_itself(started[0], exchange, view):
        yield bench.open(
            exchange, f"another transaction began on connector {connector} (frame {started[0].call.seq}); whose it was is not known"
        )
    elif started:
        text = f"the remote start was followed by a StartTransaction with another idTag (frame {started[0].call.seq})"
        yield bench.fails(exchange, text, "StartTransaction/another idTag", frames=(*exchange.seqs, started[0].call.seq))
    elif any(s.payload["status"] in RUNNING and s.call.elapsed <= deadline for s in view.story.statuses(connector, exchange.call.seq)):
        # It charges: that no StartTransaction told it is judged elsewhere, and is another cause.
        return
    elif view.watched_for(exchange.call.seq, EFFECT_SECONDS):
        text = f"RemoteStartTransaction was Accepted on connector {connector}, and no StartTransaction came in {EFFECT_SECONDS:g} s"
        if _has_car(exchange, connector, view):
            yield bench.fails(exchange, f"{text}, though a car was there", "RemoteStartTransaction/no effect")
        else:
            said = f"{text}; it was Preparing, which may be for a card or for half a cable"
            yield bench.open(exchange, said, Severity.WARNING, "RemoteStartTransaction/no effect")
    else:
        yield bench.open(exchange, "RemoteStartTransaction was Accepted; whether a transaction came of it was not watched long enough")


def _has_car(exchange: Exchange, connector: int, view: View) -> bool:
    """Whether a car is known to be plugged in, and to stay: a person did so, or it has charged, since the connector was free last. What a
    person has pulled, or a status that says so soon after, was on its way.
    """
    before = view.story.statuses(connector, 0, exchange.call.seq)
    free = max((status.call.seq for status in before if status.payload["status"] == "Available"), default=0)
    deadline = exchange.call.elapsed + EFFECT_SECONDS
    after = (status for status in view.story.statuses(connector, exchange.call.seq) if status.call.elapsed <= deadline)
    if view.story.asked_for("unplug", connector, free, deadline) or any(status.payload["status"] in _WITHOUT_CAR for status in after):
        return False
    plugged = any(deed.connector == connector and free < deed.done < exchange.call.seq for deed in view.story.deeds("plug"))
    return plugged or any(status.payload["status"] in RUNNING and status.call.seq > free for status in before)


def _came_by_itself(start: Exchange, exchange: Exchange, view: View) -> bool:
    """Whether somebody with a card may be behind this transaction, who came after the remote start."""
    asked = view.story.authorizes(str(start.payload.get("idTag")), exchange.call.seq, start.call.seq)
    held = [deed for deed in view.story.deeds("tag") if exchange.call.seq < deed.asked < start.call.seq]
    return bool(asked or held)


def _was_refused(exchange: Exchange, view: View) -> bool:
    """Whether the idTag was asked for after this request, and not accepted: then nothing may come of it."""
    asked = view.story.authorizes(str(exchange.payload.get("idTag")), exchange.call.seq)
    return bool(asked) and not was_accepted(asked[0])


def _denied(bench: Bench, exchange: Exchange, view: View) -> Judgement:
    """Rejected is a station's right; to do it all the same is not. Whoever asked for the same idTag otherwise may be behind it."""
    connector, tag = exchange.payload.get("connectorId"), exchange.payload.get("idTag")
    answered = exchange.reply.frame.elapsed if exchange.reply is not None else exchange.call.elapsed
    asked_for = [
        asked for asked in view.story.asked["RemoteStartTransaction"] if asked.payload.get("idTag") == tag and asked is not exchange
    ]
    near = (asked for asked in asked_for if -600 <= asked.call.elapsed - exchange.call.elapsed <= DENIED_SECONDS)
    others = [asked for asked in near if asked.status != "Rejected"]
    for start in view.called("StartTransaction", exchange.call.seq):
        same = start.payload.get("connectorId") == connector and start.payload.get("idTag") == tag
        alone = not others and (view.story.is_staged(exchange.call.seq) or not view.story.authorizes(str(tag), 0, start.call.seq))
        if same and alone and start.call.elapsed - answered <= DENIED_SECONDS:
            text = f"RemoteStartTransaction for connector {connector} was Rejected, and its transaction began (frame {start.call.seq})"
            return bench.fails(exchange, text, REJECTED, frames=(*exchange.seqs, start.call.seq))
    return bench.open(exchange, f"RemoteStartTransaction for connector {connector} was Rejected, which a station may do")


@judges_exchanges("remote-start-of-occupied-connector")
def remote_start_of_occupied_connector(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_026: no second transaction can begin on a connector that has one, so Accepted cannot be meant."""
    connector = exchange.payload.get("connectorId")
    if not exchange.from_csms or exchange.action != "RemoteStartTransaction" or not is_whole(connector) or exchange.reply is None:
        return
    running = view.story.running(connector, exchange.call.seq)
    told = view.story.status(connector, exchange.call.seq)
    if running is None or exchange.call.elapsed - running.known < SETTLED_SECONDS or not was_accepted(running.start):
        return
    if told is None or told.connection != exchange.connection or told.payload["status"] not in RUNNING:
        return
    answered = exchange.reply.frame.elapsed
    if running.stop is not None and running.stop.call.elapsed - answered < SETTLED_SECONDS:
        # It was about to end: whether it had, nobody else can tell.
        return
    said = f"RemoteStartTransaction for connector {connector}, which has the transaction {running.number},"
    if exchange.status == "Rejected" or exchange.error_code is not None:
        yield bench.passes(exchange, f"{said} was refused")
    elif exchange.status == "Accepted":
        yield bench.fails(
            exchange, f"{said} was Accepted", "RemoteStartTransaction/occupied connector", frames=(*running.start.seqs, *exchange.seqs)
        )


@judges_exchanges("remote-stop-has-effect")
def remote_stop_has_effect(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_012: Accepted for a transaction that is known to run means a StopTransaction for it."""
    identifier = exchange.payload.get("transactionId")
    if not exchange.from_csms or exchange.action != "RemoteStopTransaction" or not isinstance(identifier, int):
        return
    if identifier not in view.shadow(exchange).open_transactions:
        return
    if exchange.status == "Rejected" and not _settled(exchange, view):
        yield bench.open(exchange, f"RemoteStopTransaction({identifier}) was Rejected; both cannot be sure yet, or any more, that it runs")
        return
    if exchange.status == "Rejected" and not _goes_on(exchange, view):
        yield bench.open(exchange, f"RemoteStopTransaction({identifier}) was Rejected; whether the transaction still goes on is not known")
        return
    if exchange.status == "Rejected":
        text = f"RemoteStopTransaction for the running transaction {identifier} was Rejected"
        yield bench.fails(exchange, text, "RemoteStopTransaction/running transaction")
        return
    if exchange.status != "Accepted":
        return
    calls = view.called("StopTransaction", exchange.call.seq)
    stopped = [call for call in calls if call.payload.get("transactionId") == identifier]
    if stopped:
        yield bench.passes(exchange, f"the remote stop was followed by StopTransaction (frame {stopped[0].call.seq})")
        return
    meant = [session for call in calls if (session := meant_by(call, view)) is not None and session.number == identifier]
    if meant or not view.watched_for(exchange.call.seq, EFFECT_SECONDS):
        # An end that was told under a number that nobody gave is judged as that.
        yield bench.open(exchange, "RemoteStopTransaction was Accepted; the end of that transaction was not seen")
        return
    ended = _status_at_end(exchange, view)
    if ended is not None:
        text = f"RemoteStopTransaction({identifier}) was Accepted its connector is {ended.payload['status']}; no StopTransaction came"
        yield bench.fails(exchange, text, STOP_MISSING, frames=(*exchange.seqs, ended.call.seq))
        return
    text = f"RemoteStopTransaction({identifier}) was Accepted, and no StopTransaction came in {EFFECT_SECONDS:g} s"
    yield bench.fails(exchange, text, "RemoteStopTransaction/no effect")


def _goes_on(exchange: Exchange, view: View) -> bool:
    """Whether the connector is told to charge, and nobody has ended its transaction before."""
    identifier = exchange.payload.get("transactionId")
    before = [e for e in view.story.asked["RemoteStopTransaction"] if e.call.seq < exchange.call.seq and e.status == "Accepted"]
    if any(asked.payload.get("transactionId") == identifier for asked in before):
        return False
    connector = next((s.connector for s in view.story.sessions if s.number == identifier), None)
    told = view.story.status(connector, exchange.call.seq) if connector is not None else None
    return told is not None and told.connection == exchange.connection and told.payload["status"] in RUNNING


def _status_at_end(exchange: Exchange, view: View) -> Exchange | None:
    """The status that shows that the transaction was stopped although nothing told it."""
    identifier = exchange.payload.get("transactionId")
    connector = next((s.connector for s in view.story.sessions if s.number == identifier and s.connector is not None), None)
    after = view.story.statuses(connector, exchange.call.seq) if connector is not None else ()
    return next((status for status in after if status.payload["status"] in {"Finishing", "Available", "Preparing"}), None)


@judges_views("remote-stop-has-its-reason")
def remote_stop_has_its_reason(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_012: what a remote stop ended is told with the reason Remote. To leave the reason out, or to call it Other, warns only; that an
    idTag stands there shows that a driver was quicker.
    """
    for exchange in view.story.asked["RemoteStopTransaction"]:
        session = next((s for s in view.story.sessions if s.number == exchange.payload.get("transactionId")), None)
        stop = session.stop if session is not None else None
        if exchange.status != "Accepted" or exchange.reply is None or stop is None or stop.call.seq < exchange.call.seq:
            continue
        reason = stop.payload.get("reason")
        if stop.call.elapsed - exchange.reply.frame.elapsed > DENIED_SECONDS:
            continue
        said = f"the transaction that RemoteStopTransaction ended is told with {f'the reason {reason}' if reason else 'no reason'}"
        frames = (*exchange.seqs, *stop.seqs)
        if reason == "Remote":
            yield bench.passes(exchange, said)
        elif reason == "Local" and "idTag" not in stop.payload and view.story.is_staged(exchange.call.seq):
            yield bench.fails(exchange, said, "StopTransaction/reason", frames=frames)
        elif reason is None or reason in OTHER_REASONS or reason == "Other":
            yield bench.fails(exchange, said, "StopTransaction/reason", Severity.WARNING, frames)


def _settled(exchange: Exchange, view: View) -> bool:
    """Whether the transaction's id was given to the station long enough before this call, and nothing has ended it since."""
    identifier = exchange.payload.get("transactionId")
    for start in view.called("StartTransaction"):
        if start.reply is not None and (start.result or {}).get("transactionId") == identifier:
            long_ago = exchange.call.elapsed - start.reply.frame.elapsed >= SETTLED_SECONDS
            # A restart may have ended it without a word (1.6 5.14).
            return long_ago and not view.story.booted(start.reply.frame.seq, exchange.call.seq)
    return True
