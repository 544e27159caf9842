"""What is wrong with a frame, whoever sent it: the sentences and severities that the obligations of both roles have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from probes.judge.frames import SECOND_SPELLINGS, Exchange, FrameProblem, ProblemKind, Reply, ReplyKind
from probes.judge.outcomes import Bench, Judgement
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

BINARY_NOISE = 1e-6
"""By what share a number of 32 bits may miss the decimal one that it stands for."""

STRAY = frozenset({ProblemKind.NOT_JSON, ProblemKind.SHAPE, ProblemKind.ANSWER_WITHOUT_CALL, ProblemKind.TOO_LONG})
"""Frames that may have been meant for an answer."""


def has_shape(bench: Bench, problem: FrameProblem, _view: object) -> Iterator[Judgement]:
    """A JSON text that is no CALL, CALLRESULT or CALLERROR, or one with wrong elements."""
    if problem.kind is ProblemKind.SHAPE:
        where = f"frame {problem.frame.seq}" + (f" ({problem.action})" if problem.action else "")
        yield bench.fails(problem, f"{where}: {problem.text}", "frames/shape")


def has_new_message_id(bench: Bench, problem: FrameProblem, _view: object) -> Iterator[Judgement]:
    """A sender's message ids, per connection."""
    if problem.kind is ProblemKind.MESSAGE_ID_REUSED:
        yield bench.fails(problem, f"frame {problem.frame.seq}: {problem.text}", "frames/message id reused")


def answers_in_time_and_once(bench: Bench, problem: FrameProblem) -> Iterator[Judgement]:
    """A second answer to a call, and one that comes when its connection is gone."""
    seq = problem.frame.seq
    if problem.kind is ProblemKind.ANSWERED_AGAIN:
        yield bench.fails(problem, f"frame {seq} answers once more: {problem.text}", "frames/answered twice")
    elif problem.kind is ProblemKind.ANSWER_AFTER_RECONNECT:
        yield bench.fails(problem, f"frame {seq} answers too late: {problem.text}", "frames/answer after reconnect", Severity.WARNING)


def calls_by_schema(bench: Bench, exchange: Exchange) -> Iterator[Judgement]:
    """The payload of a call."""
    if not exchange.readable:
        return
    subject = f"calls/{exchange.action}"
    if exchange.action not in known_actions():
        text = f"{exchange.action} is no message of OCPP 1.6; vendor functions go through DataTransfer (1.6 4.3)"
        yield bench.fails(exchange, text, subject, Severity.WARNING)
        return
    yield from against_schema(bench, exchange, exchange.payload, (exchange.call.seq,), subject, is_response=False)


def answers_by_schema(bench: Bench, exchange: Exchange) -> Iterator[Judgement]:
    """The payload of a CALLRESULT."""
    if exchange.result is not None and exchange.action in known_actions():
        yield from against_schema(bench, exchange, exchange.result, exchange.seqs, f"answers/{exchange.action}", is_response=True)


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
    spelt as the text spells it; Hertz is the unit of frequency by errata v4.0 and missing in the enumeration (7.45). A limit with one
    digit after the point (7.14) that is printed as a binary number holds it, as 16.100000381469727, is that limit.
    """
    if violation.kind == "date-time-offset":
        return True
    value = payload
    for step in violation.path.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
    if violation.kind == "multipleOf" and isinstance(value, int | float):
        tenths = value * 10
        return abs(tenths - round(tenths)) <= BINARY_NOISE * max(1.0, abs(tenths))
    if violation.kind == "type":
        return isinstance(value, float) and value.is_integer() and "integer" in violation.message
    return violation.kind == "enum" and isinstance(value, str) and (value == "Hertz" or (action, value) in SECOND_SPELLINGS)


def stray_frame(exchange: Exchange, problems: Iterable[FrameProblem], connection_of: Mapping[int, int], sender: Direction) -> int | None:
    """The first frame of `sender` after this call, on its connection, that is no readable message or answers nothing."""
    for problem in problems:
        frame = problem.frame
        if problem.kind not in STRAY or frame.direction is not sender or frame.seq <= exchange.call.seq:
            continue
        if connection_of[frame.seq] == exchange.connection:
            return frame.seq
    return None


def has_known_error_code(bench: Bench, exchange: Exchange) -> Iterator[Judgement]:
    """The code of a CALLERROR."""
    reply = exchange.reply
    if not isinstance(reply, Reply) or reply.kind is not ReplyKind.ERROR or reply.error_code in ERROR_CODES:
        return
    text = f"the CALLERROR to {exchange.action} has the code {str(reply.error_code)[:60]!r}, which OCPP-J 1.6 does not have"
    yield bench.fails(exchange, text, "frames/error code", Severity.NOTE if reply.error_code in FIELD_SPELLINGS else None)
