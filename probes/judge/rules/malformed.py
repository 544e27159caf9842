"""What a station does with calls that it cannot understand (J 4.2.3, table 7): it refuses them, and lives on.

Field libraries mix the codes up, so that any code of a refusal is a remark at most; only what is taken for sound, or ends the
connection, is more. None of it is said with SHALL, so all of it warns.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.either_side import FIELD_SPELLINGS
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.spans import connections
from probes.wire.schemas import Violation, known_actions, violations
from registry.certificates.facts import Severity

UNKNOWN_ACTION = "AuditProbe"
"""An action that neither OCPP nor any vendor has."""

ENDED_SECONDS = 10.0
"""So soon after a call the connection must have ended for the one to be because of the other."""

TIMES = 2
"""How often that must have happened: once may be the network."""

_UNKNOWN = frozenset({"NotImplemented"})
_MALFORMED = FIELD_SPELLINGS | {
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "ProtocolError",
    "GenericError",
}
"""What says of a call that it is malformed, in the spellings of OCPP-J 1.6 and of later versions."""


def defects(exchange: Exchange) -> list[Violation]:
    """What is wrong with a call of the central system, by its schema; a date without its zone is nothing of the kind."""
    if not exchange.from_csms or not exchange.readable or exchange.action not in known_actions():
        return []
    return [each for each in violations(exchange.action, False, exchange.payload) if each.kind in {"required", "type"}]


def _code(bench: Bench, exchange: Exchange, right: frozenset[str], subject: str) -> Judgement:
    """A refusal: its code is what belongs there, or a remark."""
    said = f"{exchange.action} was refused with CALLERROR {str(exchange.error_code)[:60]}"
    if exchange.error_code in right:
        return bench.passes(exchange, said)
    return bench.passes(exchange, f"{said}, where {' or '.join(sorted(right)[:2])} belongs", Severity.NOTE, subject)


@judges_exchanges("unknown-action-is-refused")
def unknown_action_is_refused(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """NotImplemented is for an action that the receiver does not know. Where others ask, their action may be one that both ends know."""
    if not exchange.from_csms or exchange.action in known_actions() or exchange.reply is None:
        return
    if exchange.error_code is not None:
        yield _code(bench, exchange, _UNKNOWN, "remarks/unknown action")
    elif exchange.action == UNKNOWN_ACTION:
        yield bench.fails(
            exchange, f"{exchange.action}, which is no action of OCPP, was answered as if it were one", "unknown action/answered"
        )


@judges_exchanges("missing-field-is-refused")
def missing_field_is_refused(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """Accepted for a call without a field that it must have. Any refusal is right, by CALLERROR or by a status."""
    missing = [each for each in defects(exchange) if each.kind == "required"]
    if not missing or exchange.reply is None or len(missing) != len(defects(exchange)):
        return
    if exchange.error_code is not None:
        yield _code(bench, exchange, _MALFORMED, "remarks/missing field")
    elif exchange.status == "Accepted":
        text = f"{exchange.action} was Accepted, though it lacks a required field ({missing[0].message[:100]})"
        yield bench.fails(exchange, text, "malformed call/accepted")
    else:
        yield bench.passes(exchange, f"{exchange.action} without a required field was answered {exchange.status}")


@judges_exchanges("wrong-type-is-refused")
def wrong_type_is_refused(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """A list where a text belongs cannot be meant; a number, which many read as a text, is not held against anybody."""
    wrong = [each for each in defects(exchange) if each.kind == "type"]
    if not wrong or exchange.reply is None or len(wrong) != len(defects(exchange)) or not all(_is_a_list(exchange, each) for each in wrong):
        return
    if exchange.error_code is not None:
        yield _code(bench, exchange, _MALFORMED, "remarks/wrong type")
    elif exchange.status == "Accepted":
        text = f"{exchange.action} was Accepted, though a field has the wrong type ({wrong[0].path})"
        yield bench.fails(exchange, text, "malformed call/accepted")
    else:
        yield bench.passes(exchange, f"{exchange.action} with a field of the wrong type was answered {exchange.status}")


def _is_a_list(exchange: Exchange, violation: Violation) -> bool:
    return isinstance(exchange.payload.get(violation.path.strip("/")), list)


@judges_views("malformed-call-ends-nothing")
def malformed_call_ends_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """Connections end for many reasons, so that only what happened twice, right after such a call and without an answer, is told."""
    calls = [each for each in view.asked if each.action not in known_actions() or defects(each)]
    ends = {each.number: each.ended for each in connections(view)} if calls else {}
    ended = []
    for call in calls:
        end = ends.get(call.connection)
        if call.reply is not None:
            yield bench.passes(call, f"the station went on after {call.action}, which it cannot understand")
        elif end is not None and end.elapsed - call.call.elapsed <= ENDED_SECONDS:
            ended.append(call)
    if ended:
        said = f"the connection ended right after {ended[0].action}, which the station cannot understand"
        if len(ended) < TIMES:
            yield bench.open(ended[0], f"{said}; once, which may be a coincidence", Severity.NOTE, "malformed call/connection ended")
        else:
            frames = tuple(call.call.seq for call in ended)
            yield bench.fails(ended[-1], f"{said}, {len(ended)} times", "malformed call/connection ended", frames=frames)
