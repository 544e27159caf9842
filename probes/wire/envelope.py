"""What kind of message a frame is (OCPP-J 1.6 chapter 4): pure, no clock, no socket.

Reading is lenient, because a device in the field that numbers its messages instead of naming them must still be audited; what was
bent is kept in `problem`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import orjson

from probes.wire.records import MessageType

SUBPROTOCOL = "ocpp1.6"
"""How both ends say that they speak OCPP-J 1.6 (section 3.1.2)."""

MESSAGE_ID_LIMIT = 36
"""OCPP-J 1.6 section 4.1.4: the longest message id, in characters."""

CALL, CALLRESULT, CALLERROR = 2, 3, 4
"""The message type numbers of OCPP-J 1.6 section 4.1.3."""

_TYPES = {CALL: MessageType.CALL, CALLRESULT: MessageType.CALLRESULT, CALLERROR: MessageType.CALLERROR}
_LENGTHS = {CALL: 4, CALLRESULT: 3, CALLERROR: 5}


class Envelope(NamedTuple):
    """One frame, taken apart. (A named tuple, as `Frame`.)

    `message_id` is the id as text; `raw_id` the JSON value as sent, to be echoed. `payload` is that of a CALL or CALLRESULT
    (for a CALLERROR: its errorDetails) as it stands in the frame. `problem` says in one sentence what does not follow OCPP-J;
    a frame can have a problem and still be usable.
    """

    message_type: MessageType
    message_id: str | None = None
    raw_id: Any = None
    action: str | None = None
    payload: Any = None
    error_code: str | None = None
    error_description: str | None = None
    problem: str | None = None
    complete: bool = True
    """False when elements are missing, so that there is nothing to act upon."""


_CALL, _CALLRESULT = MessageType.CALL, MessageType.CALLRESULT
_made = cast("Callable[[tuple[Any, ...]], Envelope]", partial(tuple.__new__, Envelope))
"""An envelope of all its values, in half the time: two are made for every call."""


def result_envelope(message_id: Any, payload: Any) -> Envelope:
    """What `read_envelope` would make of the CALLRESULT that `result_text` makes of the same."""
    text = message_id if type(message_id) is str else str(message_id)
    return _made((_CALLRESULT, text, message_id, None, payload, None, None, None, True))


def read_envelope(raw: str | bytes) -> Envelope:
    """Take a frame apart. Never raises: what is no OCPP message comes back as UNPARSABLE with its problem."""
    if not isinstance(raw, str):
        return _unparsable("a binary frame: OCPP-J messages are text frames")
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _unparsable("not JSON")
    return _plain(message) or _any(message)


def _plain(message: Any) -> Envelope | None:
    """A CALL or CALLRESULT with nothing wrong in it, which nearly every frame is."""
    if type(message) is not list or len(message) < 3 or type(message[0]) is not int:
        return None
    message_id = message[1]
    if type(message_id) is not str or len(message_id) > MESSAGE_ID_LIMIT:
        return None
    if message[0] == CALL and len(message) == 4 and type(message[2]) is str:
        return _made((_CALL, message_id, message_id, message[2], message[3], None, None, None, True))
    if message[0] == CALLRESULT and len(message) == 3:
        return _made((_CALLRESULT, message_id, message_id, None, message[2], None, None, None, True))
    return None


def _any(message: Any) -> Envelope:
    if not isinstance(message, list):
        return _unparsable(f"a JSON {_json_type(message)} instead of an array")
    if not message:
        return _unparsable("an empty array")
    number = message[0]
    if type(number) is not int or number not in _TYPES:
        return _unparsable("the first element is none of the message type numbers 2, 3 and 4")
    return _known_type(number, message)


def _known_type(number: int, message: list[Any]) -> Envelope:
    kind = _TYPES[number]
    raw_id = message[1] if len(message) > 1 else None
    if not isinstance(raw_id, str | int | float) or isinstance(raw_id, bool):
        return Envelope(kind, problem="the message id is missing or no string", complete=False)
    message_id = raw_id if isinstance(raw_id, str) else str(raw_id)
    problem = _id_problem(raw_id)
    wanted = _LENGTHS[number]
    if len(message) != wanted:
        problem = f"{len(message)} elements where a {kind} has {wanted}"
    if number == CALL:
        return _call(message, message_id, raw_id, problem)
    if number == CALLRESULT:
        payload = message[2] if len(message) > 2 else None
        return Envelope(kind, message_id, raw_id, payload=payload, problem=problem, complete=len(message) > 2)
    return _error(message, message_id, raw_id, problem)


def _call(message: list[Any], message_id: str, raw_id: Any, problem: str | None) -> Envelope:
    action = message[2] if len(message) > 2 else None
    if not isinstance(action, str):
        return Envelope(MessageType.CALL, message_id, raw_id, problem=problem or "the action is missing or no string", complete=False)
    payload = message[3] if len(message) > 3 else None
    return Envelope(MessageType.CALL, message_id, raw_id, action, payload, problem=problem, complete=len(message) > 3)


def _error(message: list[Any], message_id: str, raw_id: Any, problem: str | None) -> Envelope:
    code = message[2] if len(message) > 2 else None
    description = message[3] if len(message) > 3 else None
    return Envelope(
        MessageType.CALLERROR,
        message_id,
        raw_id,
        payload=message[4] if len(message) > 4 else None,
        error_code=code if isinstance(code, str) else None,
        error_description=description if isinstance(description, str) else None,
        problem=problem or (None if isinstance(code, str) else "the error code is no string"),
        complete=isinstance(code, str),
    )


def _id_problem(raw_id: str | int | float) -> str | None:
    if not isinstance(raw_id, str):
        return "the message id is a number instead of a string"
    if len(raw_id) > MESSAGE_ID_LIMIT:
        return f"the message id has {len(raw_id)} characters; {MESSAGE_ID_LIMIT} are allowed"
    return None


def _unparsable(problem: str) -> Envelope:
    return Envelope(MessageType.UNPARSABLE, problem=problem, complete=False)


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "object", str: "string", bool: "boolean"}.get(type(value), "number")


def call_text(message_id: str, action: str, payload: Any) -> str:
    """The text of a CALL."""
    return orjson.dumps([CALL, message_id, action, payload]).decode()


def result_text(message_id: Any, payload: Any) -> str:
    """The text of a CALLRESULT; `message_id` is echoed as it came."""
    return orjson.dumps([CALLRESULT, message_id, payload]).decode()


def error_text(message_id: Any, code: str, description: str, details: dict[str, Any]) -> str:
    """The text of a CALLERROR; `message_id` is echoed as it came."""
    return orjson.dumps([CALLERROR, message_id, code, description, details]).decode()
