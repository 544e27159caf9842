"""Obligations that hold for every frame of a central system: form, message ids, schemas, answers."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge import either_side
from probes.judge.central.bench import judges_exchanges, judges_frames
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange, FrameProblem, ProblemKind
from probes.judge.outcomes import Bench, Judgement
from probes.wire.records import Direction, MessageType
from probes.wire.schemas import known_actions, violations

judges_frames("central-frame-has-shape")(either_side.has_shape)
judges_frames("central-message-id-is-new")(either_side.has_new_message_id)


@judges_frames("central-frame-is-json")
def frame_is_json(bench: Bench, problem: FrameProblem, _view: CentralView) -> Iterator[Judgement]:
    """A frame that is no JSON text can be no message."""
    if problem.kind in {ProblemKind.NOT_JSON, ProblemKind.TOO_LONG}:
        yield bench.fails(problem, f"frame {problem.frame.seq} is {problem.text}", "frames/not JSON")


@judges_frames("central-answer-has-call")
def answer_has_call(bench: Bench, problem: FrameProblem, view: CentralView) -> Iterator[Judgement]:
    """An answer must answer something: a call on the same connection that has no answer yet. The audit sees whole connections."""
    yield from either_side.answers_in_time_and_once(bench, problem)
    if problem.kind is not ProblemKind.ANSWER_WITHOUT_CALL:
        return
    seq = problem.frame.seq
    if _refuses_what_was_no_call(problem, view):
        yield bench.open(problem, f"frame {seq} refuses a frame of our station that was no call")
    else:
        yield bench.fails(problem, f"frame {seq} answers nothing: {problem.text}", "frames/answer without call")


def _refuses_what_was_no_call(problem: FrameProblem, view: CentralView) -> bool:
    """A CALLERROR after something of our station that has no message id to name, or that nobody can read as a call, as the audit sends on
    purpose.
    """
    if problem.frame.message_type is not MessageType.CALLERROR:
        return False
    talk = view.talks[problem.frame.charge_point_id]
    unreadable = (each.frame for each in talk.problems if each.kind in {ProblemKind.NOT_JSON, ProblemKind.SHAPE})
    broken = (each.call for each in talk.exchanges if each.reply is None and is_broken_on_purpose(each))
    return any(
        frame.direction is Direction.FROM_STATION
        and frame.seq < problem.frame.seq
        and talk.connection_of[frame.seq] == talk.connection_of[problem.frame.seq]
        for frame in (*unreadable, *broken)
    )


@judges_exchanges("central-call-follows-schema")
def call_follows_schema(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The payload of each call of the central system."""
    if exchange.from_csms:
        yield from either_side.calls_by_schema(bench, exchange)


@judges_exchanges("central-answer-follows-schema")
def answer_follows_schema(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The payload of each CALLRESULT of the central system."""
    if not exchange.from_csms:
        yield from either_side.answers_by_schema(bench, exchange)


@judges_exchanges("central-call-is-answered")
def call_is_answered(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A call without answer accuses only when the central system was heard later on the connection and sent nothing that could be the
    answer. Calls that the audit broke on purpose are judged elsewhere.
    """
    if exchange.from_csms or is_broken_on_purpose(exchange):
        return
    if exchange.reply is not None:
        yield bench.passes(exchange, f"{exchange.action} was answered after {exchange.elapsed or 0.0:.3f} s")
        return
    seconds = view.owed_within(exchange.action)
    talk = view.talk(exchange)
    stray = either_side.stray_frame(exchange, talk.problems, talk.connection_of, Direction.FROM_CSMS)
    heard = view.heard_after(exchange, seconds)
    if stray is not None:
        yield bench.open(exchange, f"{exchange.action} has no answer that can be read; frame {stray} may have been meant for one")
    elif heard is None:
        yield bench.open(exchange, f"{exchange.action} has no answer, and the other side was not heard {seconds:g} s later either")
    else:
        later = heard.elapsed - exchange.call.elapsed
        text = f"{exchange.action} was not answered, though the central system was there {later:.1f} s later"
        yield bench.fails(exchange, text, f"answers/{exchange.action}", frames=(*exchange.seqs, heard.seq))


def is_broken_on_purpose(exchange: Exchange) -> bool:
    """Whether a station's call is none that a station may make: the audit sends such calls to see how they are refused."""
    if exchange.from_csms:
        return False
    if not exchange.readable or exchange.action not in known_actions():
        return True
    return any(violation.kind != "date-time-offset" for violation in violations(exchange.action, False, exchange.payload))


@judges_exchanges("central-error-code-is-known")
def error_code_is_known(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The code of each CALLERROR of the central system."""
    if not exchange.from_csms:
        yield from either_side.has_known_error_code(bench, exchange)
