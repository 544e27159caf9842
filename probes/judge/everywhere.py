"""Obligations that hold for every frame of every transcript: form, message ids, schemas, answers."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge import either_side
from probes.judge.frames import Exchange, FrameProblem, ProblemKind
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_frames
from probes.wire.records import Direction
from probes.wire.schemas import known_actions, violations
from registry.certificates.facts import Severity

judges_frames("frame-has-shape")(either_side.has_shape)
judges_frames("message-id-is-new")(either_side.has_new_message_id)


@judges_frames("frame-is-json")
def frame_is_json(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """A frame that is no JSON text can be no message."""
    if problem.kind is ProblemKind.NOT_JSON:
        yield bench.fails(problem, f"frame {problem.frame.seq} is {problem.text}", "frames/not JSON")


@judges_frames("frame-can-be-read")
def frame_can_be_read(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """OCPP-J sets no limit, but no message needs so much: a frame beyond what is read ended the connection."""
    if problem.kind is ProblemKind.TOO_LONG:
        yield bench.fails(problem, f"record {problem.frame.seq}: a frame was {problem.text} and ended the connection", "frames/too long")


@judges_frames("answer-has-call")
def answer_has_call(bench: Bench, problem: FrameProblem, view: View) -> Iterator[Judgement]:
    """An answer must answer something: a call on the same connection that has no answer yet."""
    yield from either_side.answers_in_time_and_once(bench, problem)
    if problem.kind is ProblemKind.ANSWER_WITHOUT_CALL:
        # A recording that begins in mid-connection may lack the call: then this shows nothing.
        seq = problem.frame.seq
        whole = view.traffic.connection_of[seq] in view.traffic.whole_connections
        severity = None if whole else Severity.NOTE
        yield bench.fails(problem, f"frame {seq} answers nothing: {problem.text}", "frames/answer without call", severity)


@judges_exchanges("call-follows-schema")
def call_follows_schema(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The payload of each call of the station."""
    if not exchange.from_csms:
        yield from either_side.calls_by_schema(bench, exchange)


@judges_exchanges("answer-follows-schema")
def answer_follows_schema(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The payload of each CALLRESULT of the station."""
    if exchange.from_csms:
        yield from either_side.answers_by_schema(bench, exchange)


@judges_exchanges("call-is-answered")
def call_is_answered(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """A call without answer accuses only when the station was heard later on the connection and sent nothing that could be the answer."""
    if not exchange.from_csms:
        return
    if exchange.reply is not None:
        yield bench.passes(exchange, f"{exchange.action} was answered after {exchange.elapsed or 0.0:.3f} s")
        return
    boot = view.shadow(exchange).boot
    if boot is not None and boot.status in {"Rejected", "Pending"}:
        # Rejected it must not answer, Pending it should (1.6 4.2).
        warns = Severity.WARNING if boot.status == "Pending" else None
        text = f"{exchange.action} was not answered while the registration was {boot.status}"
        yield bench.open(exchange, text, warns, "BootNotification/Pending" if warns else None)
        return
    stray = either_side.stray_frame(exchange, view.traffic.problems, view.traffic.connection_of, Direction.FROM_STATION)
    heard = view.traffic.station_heard_after(exchange, view.patience)
    if stray is not None:
        yield bench.open(exchange, f"{exchange.action} has no answer that can be read; frame {stray} may have been meant for one")
    elif heard is None:
        yield bench.open(exchange, f"{exchange.action} has no answer, and the station was not heard {view.patience:g} s later either")
    else:
        text = f"{exchange.action} was not answered, though the station was there {heard.elapsed - exchange.call.elapsed:.1f} s later"
        # That a call is refused which OCPP does not have, or which is malformed, no clause says with SHALL.
        sound = exchange.action in known_actions() and not violations(exchange.action, False, exchange.payload)
        severity, subject = (None, exchange.action) if sound else (Severity.WARNING, "a call that cannot be understood")
        yield bench.fails(exchange, text, f"answers/{subject}", severity, frames=(*exchange.seqs, heard.seq))


@judges_exchanges("error-code-is-known")
def error_code_is_known(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The code of each CALLERROR of the station."""
    if exchange.from_csms:
        yield from either_side.has_known_error_code(bench, exchange)
