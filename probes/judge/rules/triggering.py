"""What must follow when a station accepts to send a message (1.6 5.17; errata v4.0 3.35, 3.46).

A station may refuse any trigger, and a message that was due anyway counts as the one that was asked for. So a single trigger that nothing
came of shows little; the same one twice does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from probes.judge.certified import TRIGGERED_FUNCTION_TIMEOUT, Certified
from probes.judge.configuration import advertises
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.requests import UNSUPPORTED, answer_of, answered, unsupported
from registry.certificates.facts import Severity

EFFECT_SECONDS = 60.0
"""How long a station may take to send what it was asked for; longer where its certificate's PICS value says so."""

OF_CONNECTORS = frozenset({"StatusNotification", "MeterValues"})
"""The messages for which a connectorId matters (5.17)."""

OF_FIRMWARE = frozenset({"DiagnosticsStatusNotification", "FirmwareStatusNotification"})

QUIET_SECONDS = 10.0
"""A message that comes more often than this may always be on its way."""

NEAR = 20
"""How many triggers before and after are looked at to see whether something happens again."""

TIMES = 2
"""How often the same must be seen before it is no coincidence."""


def trigger_seconds(certified: Certified) -> float:
    """How long a triggered message is waited for."""
    row = certified.performance(TRIGGERED_FUNCTION_TIMEOUT)
    return max(EFFECT_SECONDS, float(row.pics_seconds) if row and row.pics_seconds else 0.0)


@dataclass(frozen=True)
class Sent:
    """The station's messages of the kind that was asked for, soon after it was asked: those that answer the request, those that came before
    the answer to it, and those about other connectors.
    """

    right: tuple[Exchange, ...] = ()
    early: tuple[Exchange, ...] = ()
    others: tuple[Exchange, ...] = ()

    @property
    def has_context(self) -> bool:
        """Whether any of the right ones holds a value that was taken because of a trigger (7.35)."""
        return "Trigger" in contexts(self.right)


def sent_for(exchange: Exchange, view: View, seconds: float) -> Sent:
    """What the transcript holds of the message that was asked for."""
    told = view.story.told.get(_message(exchange), [])
    bound = exchange.call.elapsed + (exchange.elapsed or 0.0) + seconds
    begin = bisect_right(told, exchange.call.seq, key=_seq)
    return sent_after(exchange, takewhile(lambda each: each.call.elapsed <= bound, islice(told, begin, None)), seconds)


def _seq(exchange: Exchange) -> int:
    return exchange.call.seq


def sent_after(exchange: Exchange, exchanges: Iterable[Exchange], seconds: float) -> Sent:
    """What a station sent after this TriggerMessage, which was answered."""
    if exchange.reply is None:
        return Sent()
    message, connector, answered = _message(exchange), exchange.payload.get("connectorId"), exchange.reply.frame.seq
    right, early, others = [], [], []
    for each in exchanges:
        late = each.call.elapsed - exchange.reply.frame.elapsed > seconds
        if each.from_csms or each.action != message or each.connection != exchange.connection or late or each.call.seq < exchange.call.seq:
            continue
        if message in OF_CONNECTORS and connector is not None and each.payload.get("connectorId") != connector:
            others.append(each)
        elif each.call.seq < answered:
            early.append(each)
        else:
            right.append(each)
    return Sent(tuple(right), tuple(early), tuple(others))


def _message(exchange: Exchange) -> str:
    """What was asked for."""
    return str(exchange.payload.get("requestedMessage"))


def contexts(messages: Iterable[Exchange]) -> frozenset[str | None]:
    """The contexts of the values in these MeterValues; None for a value without one."""
    return frozenset(
        str(value["context"]) if "context" in value else None
        for message in messages
        for entry in _dicts(message.payload.get("meterValue"))
        for value in _values(entry)
    )


def _values(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return _dicts(entry.get("sampledValue"))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _concerns(exchange: Exchange, view: View) -> bool:
    """A TriggerMessage to a station with the profile, about a connector that it has (others are for TC_055)."""
    if not exchange.from_csms or exchange.action != "TriggerMessage" or exchange.reply is None or not exchange.reply.readable:
        return False
    connector, highest = exchange.payload.get("connectorId"), view.shadow(exchange).highest_connector
    unknown = isinstance(connector, int) and connector > 0 and (highest is None or connector > highest)
    return bool(view.certified.profiles.get("RemoteTrigger")) and not unknown


def _same(exchange: Exchange, view: View) -> Iterator[Exchange]:
    """The accepted TriggerMessages about this one, before and after, that ask for the same."""
    asked = view.story.asked["TriggerMessage"]
    here = bisect_right(asked, exchange.call.seq, key=_seq)
    for each in asked[max(0, here - NEAR) : here + NEAR]:
        if each.call.seq >= view.since and each.status == "Accepted" and each.payload == exchange.payload:
            yield each


def _name(exchange: Exchange) -> str:
    connector = exchange.payload.get("connectorId")
    return f"TriggerMessage({exchange.payload.get('requestedMessage')}" + (")" if connector is None else f", connector {connector})")


@judges_exchanges("triggered-message-comes")
def triggered_message_comes(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_054: Accepted says that the message will be sent. That it was not counts when it happened twice with the station there."""
    if not _concerns(exchange, view):
        return
    if exchange.status != "Accepted":
        yield _refused(bench, exchange, view)
        return
    seconds = trigger_seconds(view.certified)
    sent = sent_for(exchange, view, seconds)
    if sent.right:
        yield bench.passes(exchange, f"{_name(exchange)} was followed by the message (frame {sent.right[0].call.seq})")
        return
    if sent.early:
        return
    about_others = bool(sent.others) and not _of_whole_station(exchange, sent.others)
    said = f"{_name(exchange)} was Accepted, and " + (
        f"the message came for another connector (frame {sent.others[0].call.seq})" if about_others else "the message did not come"
    )
    missed = [each for each in _same(exchange, view) if _came_to_nothing(each, view, seconds)]
    if len(missed) < TIMES or not _has_something_to_send(exchange, view) or (sent.others and not about_others):
        yield bench.open(exchange, said, Severity.WARNING, "TriggerMessage/no message")
        return
    frames = (*(seq for each in missed for seq in each.seqs), *(other.call.seq for other in sent.others[:1]))
    subject = "TriggerMessage/another connector" if about_others else "TriggerMessage/no message"
    yield bench.fails(exchange, f"{said}, {len(missed)} times in {seconds:g} s each", subject, frames=frames)


def _refused(bench: Bench, exchange: Exchange, view: View) -> Judgement:
    message = _message(exchange)
    if exchange.error_code in UNSUPPORTED and advertises(view.shadow(exchange), "RemoteTrigger") is not False:
        text = f"{_name(exchange)} was answered with CALLERROR {exchange.error_code}, though the station is certified for Remote Trigger"
        return bench.fails(exchange, text, "answers/TriggerMessage")
    if exchange.status == "NotImplemented" and message in OF_FIRMWARE:
        return bench.passes(exchange, f"{_name(exchange)} was answered NotImplemented")
    if exchange.status == "Rejected" and message in OF_FIRMWARE and view.certified.profiles.get("FirmwareManagement") is False:
        text = f"{_name(exchange)} was Rejected by a station that is not certified for the message; NotImplemented would say so"
        return bench.open(exchange, text, Severity.WARNING, "TriggerMessage/NotImplemented")
    answer = exchange.status or f"CALLERROR {exchange.error_code}"
    return bench.open(exchange, f"{_name(exchange)} was answered {answer}, which a station may do")


def _came_to_nothing(exchange: Exchange, view: View, seconds: float) -> bool:
    sent = sent_for(exchange, view, seconds)
    return not sent.right and not sent.early and view.watched_for(exchange.call.seq, seconds)


def _of_whole_station(exchange: Exchange, messages: Iterable[Exchange]) -> bool:
    """Whether the values came from the main meter: a station may have no other."""
    asked = _message(exchange)
    return asked == "MeterValues" and all(message.payload.get("connectorId") == 0 for message in messages)


def _has_something_to_send(exchange: Exchange, view: View) -> bool:
    """MeterValues needs a measurand: those of MeterValuesSampledData are asked for (errata v4.0 3.46)."""
    if _message(exchange) != "MeterValues":
        return True
    reading = view.shadow(exchange).configuration.get("metervaluessampleddata")
    return reading is not None and bool((reading.value or "").strip())


@judges_exchanges("triggered-message-after-answer")
def triggered_message_after_answer(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_054: first the answer, then the message. One that came before may have been due anyway; twice out of silence it was not."""
    if not _concerns(exchange, view) or exchange.status != "Accepted" or not _came_early(exchange, view):
        return
    found = [each for each in _same(exchange, view) if _came_early(each, view)]
    message = sent_for(exchange, view, EFFECT_SECONDS).early[0].call.seq
    said = f"{_name(exchange)}: the message (frame {message}) was sent before the answer (frame {exchange.seqs[-1]})"
    if len(found) < TIMES:
        yield bench.open(exchange, f"{said}; it may have been due anyway", Severity.NOTE, "TriggerMessage/before answer")
        return
    frames = (*(seq for each in found for seq in each.seqs), message)
    yield bench.fails(exchange, f"{said}, {len(found)} times", "TriggerMessage/before answer", frames=frames)


def _came_early(exchange: Exchange, view: View) -> bool:
    """Whether the message came before the answer, and out of silence."""
    if not sent_for(exchange, view, EFFECT_SECONDS).early:
        return False
    told = view.story.told.get(_message(exchange), [])
    before = told[: bisect_right(told, exchange.call.seq, key=_seq)][-1:]
    return not before or exchange.call.elapsed - before[0].call.elapsed >= QUIET_SECONDS


@judges_exchanges("triggered-values-have-context")
def triggered_values_have_context(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_054: a value that was taken because of a trigger says so. Values of other contexts may have been on their way; without a
    transaction none is periodic.
    """
    if not _concerns(exchange, view) or exchange.status != "Accepted" or _message(exchange) != "MeterValues":
        return
    seconds = trigger_seconds(view.certified)
    sent = sent_for(exchange, view, seconds)
    if not sent.right:
        return
    subject, told = "MeterValues/context", contexts(sent.right)
    if sent.has_context:
        yield bench.passes(exchange, f"the triggered MeterValues have the context Trigger (frame {sent.right[0].call.seq})")
        return
    named = ", ".join(sorted(context if context is not None else "none" for context in told)) or "none"
    said = f"the MeterValues after {_name(exchange)} have the context {named} instead of Trigger"
    untrue = [each for each in _same(exchange, view) if _told_periodic(each, view, seconds)]
    if told == {"Sample.Periodic"} and len(untrue) >= TIMES:
        frames = (*(seq for each in untrue for seq in each.seqs), *(message.call.seq for message in sent.right[:1]))
        yield bench.fails(exchange, f"{said}, though no transaction was going on", subject, frames=frames)
    else:
        yield bench.open(exchange, said, Severity.WARNING, subject)


def _told_periodic(exchange: Exchange, view: View, seconds: float) -> bool:
    right = sent_for(exchange, view, seconds).right
    return contexts(right) == {"Sample.Periodic"} and not any(
        view.shadow(each).busy or each.payload.get("transactionId") is not None for each in (exchange, *right)
    )


# --- a connector that is not there


@judges_exchanges("trigger-unknown-connector")
def trigger_unknown_connector(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_055: a connector that is not there; certified or not, no message for it must come, and Accepted would say that it does."""
    connector, highest = exchange.payload.get("connectorId"), view.shadow(exchange).highest_connector
    message, certified = _message(exchange), view.certified.profiles.get("RemoteTrigger")
    if not answered(exchange, "TriggerMessage") or highest is None or not isinstance(connector, int) or connector <= highest:
        return
    later = view.called(str(message), exchange.call.seq)
    about_it = [other.call.seq for other in later if other.payload.get("connectorId") == connector]
    subject = "TriggerMessage/unknown connector"
    if about_it:
        text = f"{message} was sent for connector {connector}, but the station has {highest}"
        yield bench.fails(exchange, text, subject, frames=(*exchange.seqs, about_it[0]))
    elif certified is False:
        yield from unsupported(bench, exchange, "TriggerMessage", "RemoteTrigger", {"Rejected", "NotImplemented"})
    elif certified and exchange.status == "Accepted":
        yield _nothing_to_send(bench, exchange, view, highest)
    elif certified and (exchange.error_code is not None or exchange.status in {"Rejected", "NotImplemented"}):
        yield bench.passes(exchange, f"TriggerMessage for connector {connector} of {highest} was answered {answer_of(exchange)}")


def _nothing_to_send(bench: Bench, exchange: Exchange, view: View, highest: int) -> Judgement:
    """Where the message came for other connectors, this one was taken for a mistake, which is a way of helping."""
    seconds, subject = trigger_seconds(view.certified), "TriggerMessage/unknown connector"
    text = f"{_name(exchange)} was Accepted by a station with {highest}, and no message was sent"
    missed = [each for each in _same(exchange, view) if _came_to_nothing(each, view, seconds)]
    if len(missed) < TIMES or sent_for(exchange, view, seconds).others:
        return bench.open(exchange, text, Severity.WARNING, subject)
    frames = tuple(seq for each in missed for seq in each.seqs)
    return bench.fails(exchange, f"{text}, {len(missed)} times in {seconds:g} s each", subject, frames=frames)
