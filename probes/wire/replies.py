"""What is said in return: answers as they come in, and as they go out (OCPP-J 1.6 section 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import orjson
from ocpp.exceptions import GenericError, OCPPError

from probes.wire.envelope import error_text
from probes.wire.schemas import known_actions, violations


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call.

    `payload` is the answer's payload (for an error: its errorDetails), with its secrets; the transcript holds the redacted frame.
    `request_seq` and `answer_seq` are the numbers of the two frames in the transcript, None when that frame does not exist.
    `elapsed` is seconds from sending to the answer, or to giving up.
    """

    kind: Literal["result", "error", "timeout", "closed"]
    payload: Any = None
    error_code: str | None = None
    error_description: str | None = None
    request_seq: int | None = None
    answer_seq: int | None = None
    elapsed: float = 0.0


class Call(NamedTuple):
    """A call of the other side that is to be answered."""

    action: str
    payload: dict[str, Any]
    message_id: Any
    seq: int


@dataclass(slots=True)
class Result:
    """An answer that goes out as CALLRESULT, after `delay` seconds. (Not frozen: one is made for every call, and that costs twice.)"""

    payload: Any
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that goes out as CALLERROR, after `delay` seconds. `code` is one of OCPP-J 1.6 section 4.2.3."""

    code: str
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    delay: float = 0.0


Reply = Result | Refusal
ReplyFilter = Callable[[Call, Reply], Reply | None]
"""Looks at an answer before it goes out and may put another in its place; None: nothing is answered at all."""

Instead = Callable[[Call], Reply | None]
"""Looks at a call before anything is done about it and may answer it; None: it takes its way."""


def unanswerable(action: str) -> Refusal:
    """OCPP-J 1.6 section 4.2.3, as its errata have it: NotImplemented is for what is unknown, NotSupported for what is not offered here."""
    if action not in known_actions():
        return Refusal("NotImplemented", f"{action[:50]} is no action of OCPP 1.6")
    return Refusal("NotSupported", f"{action} is not supported here")


def first_refusal(action: str, is_response: bool, payload: Any) -> Refusal:
    """The CALLERROR for a payload that breaks its schema: the worst defect decides the code."""
    found = violations(action, is_response, payload)
    first = next((violation for violation in found if not violation.kind.startswith("date-time")), found[0])
    return Refusal(first.error_code, f"{first.path or 'payload'}: {first.message}"[:255])


def refusal(code: str, description: str) -> OCPPError:
    """What a handler raises to answer with a CALLERROR; `code` is one of OCPP-J 1.6 section 4.2.3."""
    return library_error(Refusal(code, description))


def code_of(error: OCPPError | type[OCPPError]) -> str:
    """The error code of OCPP-J that an error of the library stands for."""
    return str(getattr(error, "code", "GenericError"))


def library_error(refusal: Refusal) -> OCPPError:
    """The library's error for a CALLERROR."""
    kind = next((kind for kind in OCPPError.__subclasses__() if code_of(kind) == refusal.code), GenericError)
    return kind(refusal.description, refusal.details)


def refusal_text(call: Call, refused: Refusal) -> str:
    """The frame of a CALLERROR."""
    try:
        return error_text(call.message_id, refused.code, refused.description, refused.details)
    except orjson.JSONEncodeError:
        return error_text(call.message_id, refused.code, refused.description, {})
