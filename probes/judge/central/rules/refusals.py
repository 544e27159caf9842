"""What a station may rightly call is served, not refused; and what nobody can understand is refused, not taken (J 4.2.3, table 7)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.catalogue import feature_profiles
from probes.judge.central.bench import judges_exchanges, judges_views
from probes.judge.central.rules.everywhere import is_broken_on_purpose
from probes.judge.central.transactions import is_known
from probes.judge.central.view import CentralView
from probes.judge.either_side import FIELD_SPELLINGS
from probes.judge.frames import Exchange, FrameProblem, ProblemKind
from probes.judge.outcomes import Bench, Judgement
from probes.judge.requests import UNSUPPORTED
from probes.wire.records import Direction, MessageType
from probes.wire.schemas import known_actions, violations
from registry.certificates.facts import Severity

_MALFORMED = FIELD_SPELLINGS | {
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "ProtocolError",
    "GenericError",
}
"""What says of a call that it is malformed, in the spellings of OCPP-J 1.6 and of later versions."""

ENDED_SECONDS = 10.0
"""So soon after a call the connection must have ended for the one to be because of the other."""

SHORT_SECONDS = 0.9
"""So soon after a frame of no known type; what comes next on the connection comes a second later."""

TIMES = 2
"""How often a kind of call must have been refused: once may be a moment in which something behind the central system was away."""


@judges_exchanges("central-sound-call-is-served")
def sound_call_is_served(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A CALLERROR to a call of a registered station that is as it should be. Messages of profiles that are not certified may be refused.

    Calls about transactions that were never given out are judged elsewhere, and so is what comes before registration (J errata 3.8).
    """
    if exchange.from_csms or exchange.error_code is None or not _is_sound(exchange, view):
        return
    code, subject = str(exchange.error_code)[:60], f"refusals/{exchange.action}"
    text = f"{exchange.action} was answered with CALLERROR {code}"
    if code in UNSUPPORTED:
        profile = next((each.identifier for each in feature_profiles() if exchange.action in each.actions), None)
        if profile is not None and view.certified.profiles.get(profile):
            yield bench.fails(exchange, f"{text}, though {profile} is certified", subject)
        return
    times = _refusals_of(view, exchange.action)
    if times >= TIMES:
        yield bench.fails(exchange, f"{text}, though there is nothing wrong with it, {times} times in all", subject)
    else:
        yield bench.open(exchange, f"{text}; once, which may be a disturbance for the moment", Severity.WARNING, subject)


def _refusals_of(view: CentralView, action: str) -> int:
    """How many sound calls of this action were refused."""
    counts: dict[str, int] = view.worked_out.setdefault("refusals", {})
    if action not in counts:
        counts[action] = sum(each.error_code is not None and _is_sound(each, view) for each in view.told(action))
    return counts[action]


def _is_sound(exchange: Exchange, view: CentralView) -> bool:
    if is_broken_on_purpose(exchange) or not is_known(view, exchange):
        return False
    boot = view.timeline(exchange.call.charge_point_id).before(exchange.call.seq).boot
    return exchange.action == "BootNotification" or (boot is not None and boot.status == "Accepted")


@judges_exchanges("central-unknown-action-is-refused")
def unknown_action_is_refused(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """NotImplemented is for an action that the receiver does not know. Nothing of it is said with SHALL: other codes, which field
    libraries mix up, are remarks, and silence, or an answer as if it were known, is a warning.
    """
    if exchange.from_csms or exchange.action in known_actions() or not exchange.readable or not exchange.action:
        return
    subject = "unknown action"
    if exchange.error_code == "NotImplemented":
        yield bench.passes(exchange, f"{exchange.action} was refused with CALLERROR NotImplemented")
    elif exchange.error_code is not None:
        text = f"{exchange.action} was refused with CALLERROR {str(exchange.error_code)[:60]}, where NotImplemented belongs"
        yield bench.passes(exchange, text, Severity.NOTE, f"remarks/{subject}")
    elif exchange.result is not None:
        yield bench.fails(exchange, f"{exchange.action}, which is no action of OCPP, was answered as if it were one", f"{subject}/answered")
    else:
        yield from _unanswered(bench, exchange, view, subject)


@judges_exchanges("central-malformed-call-is-refused")
def malformed_call_is_refused(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A call that lacks a required field, has one of a type that cannot be meant, or no payload object. A text for a number, or the other
    way round, many read as it is meant: nothing is said of that.
    """
    if exchange.from_csms or exchange.action not in known_actions() or not is_broken_on_purpose(exchange) or _is_meant(exchange):
        return
    subject = "malformed call"
    if exchange.error_code in _MALFORMED:
        yield bench.passes(exchange, f"a malformed {exchange.action} was refused with CALLERROR {exchange.error_code}")
    elif exchange.error_code is not None:
        text = (
            f"a malformed {exchange.action} was refused with CALLERROR {str(exchange.error_code)[:60]}, where a code for what is malformed"
        )
        yield bench.passes(exchange, f"{text} belongs", Severity.NOTE, f"remarks/{subject}")
    elif exchange.result is not None:
        yield bench.fails(
            exchange, f"{exchange.action} was answered as if it were sound, though {_defect(exchange)}", f"{subject}/answered"
        )
    else:
        yield from _unanswered(bench, exchange, view, subject)


def _is_meant(exchange: Exchange) -> bool:
    """Whether everything that is wrong with the call can be read as it is meant."""
    if not exchange.readable:
        return False
    wrong = [each for each in violations(exchange.action, False, exchange.payload) if each.kind != "date-time-offset"]
    return not any(each.kind == "required" or (each.kind == "type" and _is_structure(exchange, each.path)) for each in wrong)


def _is_structure(exchange: Exchange, path: str) -> bool:
    return isinstance(exchange.payload.get(path.strip("/").split("/")[0]), list | dict)


def _defect(exchange: Exchange) -> str:
    if not exchange.readable:
        return "its payload is no object"
    found = violations(exchange.action, False, exchange.payload)[0]
    return f"{found.path.strip('/') or 'its payload'}: {found.message}"[:160]


def _unanswered(bench: Bench, exchange: Exchange, view: CentralView, subject: str) -> Iterator[Judgement]:
    """Silence, where the central system was there afterwards; and the end of the connection, which counts from the second time on.

    A CALLERROR that comes in place of an answer and does not name the call is a refusal, though not one that a station can place.
    """
    nameless = _nameless_refusal(exchange, view)
    if nameless is not None:
        text = f"{exchange.action}, which cannot be understood, was refused with a CALLERROR that does not bear its message id"
        yield bench.open(exchange, f"{text} (frame {nameless})", Severity.NOTE, f"remarks/{subject}")
        return
    heard = view.heard_after(exchange, view.patience)
    if heard is not None:
        text = f"{exchange.action}, which cannot be understood, was not answered at all"
        yield bench.fails(exchange, text, f"{subject}/unanswered", frames=(*exchange.seqs, heard.seq))
        return
    ended = [each for each in view.exchanges if _killed(each, view)]
    if len(ended) >= TIMES and exchange in ended:
        text = f"the connection ended right after {exchange.action}, which cannot be understood, {len(ended)} times"
        yield bench.fails(exchange, text, "malformed call/connection ended", frames=tuple(each.call.seq for each in ended))
    else:
        yield bench.open(exchange, f"{exchange.action}, which cannot be understood, has no answer, and nothing was heard afterwards")


def _nameless_refusal(exchange: Exchange, view: CentralView) -> int | None:
    """The record of a CALLERROR that answers no call, before anything else came or went on this connection."""
    talk = view.talk(exchange)
    after = (each for each in talk.frames if each.seq > exchange.call.seq and talk.connection_of[each.seq] == exchange.connection)
    following = next(after, None)
    if following is None or following.message_type is not MessageType.CALLERROR:
        return None
    stray = (each.frame.seq for each in talk.problems if each.kind is ProblemKind.ANSWER_WITHOUT_CALL)
    return following.seq if following.direction is Direction.FROM_CSMS and following.seq in stray else None


def _killed(exchange: Exchange, view: CentralView) -> bool:
    """Whether the connection ended right after a call that cannot be understood, and our station was not the one to end it."""
    if exchange.from_csms or exchange.reply is not None:
        return False
    if exchange.action in known_actions() and (not is_broken_on_purpose(exchange) or _is_meant(exchange)):
        return False
    closed = view.closed_after(exchange.call)
    return closed is not None and closed.elapsed - exchange.call.elapsed <= ENDED_SECONDS


@judges_views("central-no-message-ends-nothing")
def no_message_ends_nothing(bench: Bench, view: CentralView) -> Iterator[Judgement]:
    """A message type number that there is not is to be ignored, not to end the connection. What is no JSON at all may end it."""
    sent = [each for each in view.problems if each.frame.direction is Direction.FROM_STATION and _is_of_no_type(each)]
    ended = [each for each in sent if _ended_with(each, view)]
    for problem in sent:
        if problem not in ended:
            yield bench.passes(problem, "the connection went on after a frame of no known message type")
        elif len(ended) < TIMES:
            yield bench.open(problem, "the connection ended right after a frame of no known message type; once, which may be a coincidence")
        else:
            text = f"the connection ended right after a frame of no known message type, {len(ended)} times"
            yield bench.fails(problem, text, "no message/connection ended", frames=tuple(each.frame.seq for each in ended))


def _is_of_no_type(problem: FrameProblem) -> bool:
    return problem.kind is ProblemKind.SHAPE and problem.frame.raw.lstrip().startswith("[5,")


def _ended_with(problem: FrameProblem, view: CentralView) -> bool:
    closed = view.closed_after(problem.frame)
    return closed is not None and closed.elapsed - problem.frame.elapsed <= SHORT_SECONDS
