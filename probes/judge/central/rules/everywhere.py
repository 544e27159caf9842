"""Obligations that hold for every frame of a central system: form, message ids, schemas, answers."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges, judges_frames
from probes.judge.central.view import CentralView
from probes.judge.everywhere import ERROR_CODES, FIELD_SPELLINGS, against_schema
from probes.judge.frames import Exchange, FrameProblem, ProblemKind, Reply, ReplyKind
from probes.judge.outcomes import Bench, Judgement
from probes.wire.records import Direction, MessageType
from probes.wire.schemas import known_actions, violations
from registry.certificates.facts import Severity


@judges_frames("central-frame-is-json")
def frame_is_json(bench: Bench, problem: FrameProblem, _view: CentralView) -> Iterator[Judgement]:
    """A frame that is no JSON text can be no message."""
    if problem.kind in {ProblemKind.NOT_JSON, ProblemKind.TOO_LONG}:
        yield bench.fails(problem, f"frame {problem.frame.seq} is {problem.text}", "frames/not JSON")


@judges_frames("central-frame-has-shape")
def frame_has_shape(bench: Bench, problem: FrameProblem, _view: CentralView) -> Iterator[Judgement]:
    """A JSON text that is no CALL, CALLRESULT or CALLERROR, or one with wrong elements."""
    if problem.kind is ProblemKind.SHAPE:
        where = f"frame {problem.frame.seq}" + (f" ({problem.action})" if problem.action else "")
        yield bench.fails(problem, f"{where}: {problem.text}", "frames/shape")


@judges_frames("central-answer-has-call")
def answer_has_call(bench: Bench, problem: FrameProblem, view: CentralView) -> Iterator[Judgement]:
    """An answer must answer something: a call on the same connection that has no answer yet. The audit sees whole connections."""
    seq = problem.frame.seq
    if problem.kind is ProblemKind.ANSWERED_AGAIN:
        yield bench.fails(problem, f"frame {seq} answers once more: {problem.text}", "frames/answered twice")
    elif problem.kind is ProblemKind.ANSWER_AFTER_RECONNECT:
        yield bench.fails(problem, f"frame {seq} answers too late: {problem.text}", "frames/answer after reconnect", Severity.WARNING)
    elif problem.kind is ProblemKind.ANSWER_WITHOUT_CALL and _refuses_what_was_no_call(problem, view):
        yield bench.open(problem, f"frame {seq} refuses a frame of our station that was no call")
    elif problem.kind is ProblemKind.ANSWER_WITHOUT_CALL:
        yield bench.fails(problem, f"frame {seq} answers nothing: {problem.text}", "frames/answer without call")


def _refuses_what_was_no_call(problem: FrameProblem, view: CentralView) -> bool:
    """A CALLERROR after something of our station that has no message id to name, as the audit sends on purpose."""
    if problem.frame.message_type is not MessageType.CALLERROR:
        return False
    talk = view.talks[problem.frame.charge_point_id]
    connection = talk.connection_of[problem.frame.seq]
    return any(
        each.frame.direction is Direction.FROM_STATION
        and each.kind in {ProblemKind.NOT_JSON, ProblemKind.SHAPE}
        and each.frame.seq < problem.frame.seq
        and talk.connection_of[each.frame.seq] == connection
        for each in talk.problems
    )


@judges_frames("central-message-id-is-new")
def message_id_is_new(bench: Bench, problem: FrameProblem, _view: CentralView) -> Iterator[Judgement]:
    """The central system's message ids, per connection."""
    if problem.kind is ProblemKind.MESSAGE_ID_REUSED:
        yield bench.fails(problem, f"frame {problem.frame.seq}: {problem.text}", "frames/message id reused")


@judges_exchanges("central-call-follows-schema")
def call_follows_schema(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The payload of each call of the central system."""
    if not exchange.from_csms or not exchange.readable:
        return
    subject = f"calls/{exchange.action}"
    if exchange.action not in known_actions():
        text = f"{exchange.action} is no message of OCPP 1.6; vendor functions go through DataTransfer (1.6 4.3)"
        yield bench.fails(exchange, text, subject, Severity.WARNING)
        return
    yield from against_schema(bench, exchange, exchange.payload, (exchange.call.seq,), subject, is_response=False)


@judges_exchanges("central-answer-follows-schema")
def answer_follows_schema(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The payload of each CALLRESULT of the central system."""
    result = exchange.result
    if exchange.from_csms or result is None or exchange.action not in known_actions():
        return
    yield from against_schema(bench, exchange, result, exchange.seqs, f"answers/{exchange.action}", is_response=True)


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
    stray, heard = _stray_frame(exchange, view), view.heard_after(exchange, seconds)
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


def _stray_frame(exchange: Exchange, view: CentralView) -> int | None:
    """A frame of the central system after this call, on its connection, that is no readable message or answers nothing."""
    kinds = {ProblemKind.NOT_JSON, ProblemKind.SHAPE, ProblemKind.ANSWER_WITHOUT_CALL, ProblemKind.TOO_LONG}
    talk = view.talk(exchange)
    for problem in talk.problems:
        if (
            problem.kind in kinds
            and problem.frame.direction is Direction.FROM_CSMS
            and problem.frame.seq > exchange.call.seq
            and talk.connection_of[problem.frame.seq] == exchange.connection
        ):
            return problem.frame.seq
    return None


@judges_exchanges("central-error-code-is-known")
def error_code_is_known(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The code of each CALLERROR of the central system."""
    reply = exchange.reply
    if exchange.from_csms or not isinstance(reply, Reply) or reply.kind is not ReplyKind.ERROR or reply.error_code in ERROR_CODES:
        return
    text = f"the CALLERROR to {exchange.action} has the code {str(reply.error_code)[:60]!r}, which OCPP-J 1.6 does not have"
    yield bench.fails(exchange, text, "frames/error code", Severity.NOTE if reply.error_code in FIELD_SPELLINGS else None)
