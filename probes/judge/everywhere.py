"""Obligations that hold for every frame of every transcript: form, message ids, schemas, answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from probes.judge.frames import SECOND_SPELLINGS, Exchange, FrameProblem, ProblemKind, Reply, ReplyKind
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_frames
from probes.wire.records import Direction
from probes.wire.schemas import Violation, known_actions, violations
from registry.certificates.facts import Severity

ERROR_CODES = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)
"""OCPP-J 1.6 table 7."""

FIELD_SPELLINGS = frozenset({"OccurrenceConstraintViolation", "FormatViolation", "MessageTypeNotSupported", "RpcFrameworkError"})
"""Codes of later OCPP-J versions that field libraries send in 1.6: a note, never a failure."""


@judges_frames("frame-is-json")
def frame_is_json(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """A frame that is no JSON text can be no message."""
    if problem.kind is ProblemKind.NOT_JSON:
        yield bench.fails(problem, f"frame {problem.frame.seq} is {problem.text}", "frames/not JSON")


@judges_frames("frame-has-shape")
def frame_has_shape(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """A JSON text that is no CALL, CALLRESULT or CALLERROR, or one with wrong elements."""
    if problem.kind is ProblemKind.SHAPE:
        where = f"frame {problem.frame.seq}" + (f" ({problem.action})" if problem.action else "")
        yield bench.fails(problem, f"{where}: {problem.text}", "frames/shape")


@judges_frames("frame-can-be-read")
def frame_can_be_read(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """OCPP-J sets no limit, but no message needs so much: a frame beyond what is read ended the connection."""
    if problem.kind is ProblemKind.TOO_LONG:
        yield bench.fails(problem, f"record {problem.frame.seq}: a frame was {problem.text} and ended the connection", "frames/too long")


@judges_frames("answer-has-call")
def answer_has_call(bench: Bench, problem: FrameProblem, view: View) -> Iterator[Judgement]:
    """An answer must answer something: a call on the same connection that has no answer yet."""
    seq = problem.frame.seq
    if problem.kind is ProblemKind.ANSWERED_AGAIN:
        yield bench.fails(problem, f"frame {seq} answers once more: {problem.text}", "frames/answered twice")
    elif problem.kind is ProblemKind.ANSWER_AFTER_RECONNECT:
        yield bench.fails(problem, f"frame {seq} answers too late: {problem.text}", "frames/answer after reconnect", Severity.WARNING)
    elif problem.kind is ProblemKind.ANSWER_WITHOUT_CALL:
        # A recording that begins in mid-connection may lack the call: then this shows nothing.
        whole = view.traffic.connection_of[seq] in view.traffic.whole_connections
        severity = None if whole else Severity.NOTE
        yield bench.fails(problem, f"frame {seq} answers nothing: {problem.text}", "frames/answer without call", severity)


@judges_frames("message-id-is-new")
def message_id_is_new(bench: Bench, problem: FrameProblem, _view: View) -> Iterator[Judgement]:
    """The station's message ids, per connection."""
    if problem.kind is ProblemKind.MESSAGE_ID_REUSED:
        yield bench.fails(problem, f"frame {problem.frame.seq}: {problem.text}", "frames/message id reused")


@judges_exchanges("call-follows-schema")
def call_follows_schema(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The payload of each call of the station."""
    if exchange.from_csms or not exchange.readable:
        return
    subject = f"calls/{exchange.action}"
    if exchange.action not in known_actions():
        text = f"{exchange.action} is no message of OCPP 1.6; vendor functions go through DataTransfer (1.6 4.3)"
        yield bench.fails(exchange, text, subject, Severity.WARNING)
        return
    yield from against_schema(bench, exchange, exchange.payload, (exchange.call.seq,), subject, is_response=False)


@judges_exchanges("answer-follows-schema")
def answer_follows_schema(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The payload of each CALLRESULT of the station."""
    result = exchange.result
    if not exchange.from_csms or result is None or exchange.action not in known_actions():
        return
    yield from against_schema(bench, exchange, result, exchange.seqs, f"answers/{exchange.action}", is_response=True)


def against_schema(
    bench: Bench, exchange: Exchange, payload: dict[str, Any], frames: tuple[int, ...], subject: str, *, is_response: bool
) -> Iterator[Judgement]:
    """A payload held against the schema of its message."""
    what = f"{exchange.action}.{'conf' if is_response else 'req'}"
    found = violations(exchange.action, is_response, payload)
    wrong = [violation for violation in found if not _excusable(exchange.action, violation, payload)]
    if wrong:
        told = "; ".join(f"{violation.path or 'payload'}: {violation.message}"[:200] for violation in wrong[:3])
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        yield bench.fails(exchange, f"{what} (frame {frames[-1]}) does not follow its schema: {told}{more}", subject, frames=frames)
    elif found:
        told = f"{found[0].path or 'payload'}: {found[0].message}"[:200]
        yield bench.passes(exchange, f"{what} follows its schema, with a remark: {told}", Severity.NOTE, f"remarks/{what}")
    else:
        yield bench.passes(exchange, f"{what} follows its schema")


def _excusable(action: str, violation: Violation, payload: Any) -> bool:
    """Whether the specification leaves room for it.

    A date without its zone is ISO 8601 (1.6 3.15); a whole number written with a fraction (`1.0`) is one to JSON; a status may be
    spelt as the text spells it; Hertz is the unit of frequency by errata v4.0 and missing in the enumeration (7.45).
    """
    if violation.kind == "date-time-offset":
        return True
    value = payload
    for step in violation.path.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
    if violation.kind == "type":
        return isinstance(value, float) and value.is_integer() and "integer" in violation.message
    return violation.kind == "enum" and isinstance(value, str) and (value == "Hertz" or (action, value) in SECOND_SPELLINGS)


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
    stray = _stray_frame(exchange, view)
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


def _stray_frame(exchange: Exchange, view: View) -> int | None:
    """A frame of the station after this call, on its connection, that is no readable message or answers nothing."""
    kinds = {ProblemKind.NOT_JSON, ProblemKind.SHAPE, ProblemKind.ANSWER_WITHOUT_CALL, ProblemKind.TOO_LONG}
    for problem in view.traffic.problems:
        if (
            problem.kind in kinds
            and problem.frame.direction is Direction.FROM_STATION
            and problem.frame.seq > exchange.call.seq
            and view.traffic.connection_of[problem.frame.seq] == exchange.connection
        ):
            return problem.frame.seq
    return None


@judges_exchanges("error-code-is-known")
def error_code_is_known(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """The code of each CALLERROR of the station."""
    reply = exchange.reply
    if not exchange.from_csms or not isinstance(reply, Reply) or reply.kind is not ReplyKind.ERROR or reply.error_code in ERROR_CODES:
        return
    text = f"the CALLERROR to {exchange.action} has the code {str(reply.error_code)[:60]!r}, which OCPP-J 1.6 does not have"
    severity = Severity.NOTE if reply.error_code in FIELD_SPELLINGS else None
    yield bench.fails(exchange, text, "frames/error code", severity)
