"""Faults in a CSMS's frames, below its messages (OCPP-J 1.6 chapter 4)."""

from __future__ import annotations

from typing import Any

from probes.faults.building import CALL, CALLERROR, CALLRESULT, frames
from probes.faults.making import CsmsFault, csms_frames

_READ = "GetConfiguration"


def _with_id(message: list[Any], message_id: Any) -> list[Any]:
    return [message[0], message_id, *message[2:]]


def _internal_error(message: list[Any]) -> list[Any]:
    return [[*message[:2], "InternalError", *message[3:]] if message[2] == "FormationViolation" else message]


FRAMES: dict[str, CsmsFault] = {
    "reply-with-wrong-id": csms_frames(frames(CALLRESULT, lambda message: [_with_id(message, f"x{message[1][1:]}"), message])),
    "reply-with-number-as-id": csms_frames(frames(CALLRESULT, lambda message: [_with_id(message, 4711), message])),
    "reply-twice": csms_frames(frames(CALLRESULT, lambda message: [message, message])),
    "reply-without-payload": csms_frames(frames(CALLRESULT, lambda message: [message[:2], message])),
    "reply-to-nothing": csms_frames(frames(CALLRESULT, lambda message: [message, [CALLRESULT, "nobody-asked", {}]])),
    "error-reply-without-details": csms_frames(frames(CALLERROR, lambda message: [message[:3]])),
    "malformed-message-told-internal-error": csms_frames(frames(CALLERROR, _internal_error)),
    "request-id-too-long": csms_frames(frames(CALL, lambda message: [_with_id(message, f"{message[1]}{'0' * 37}")], _READ)),
    "request-id-as-number": csms_frames(frames(CALL, lambda message: [_with_id(message, 7)], _READ)),
    "request-type-as-text": csms_frames(frames(CALL, lambda message: [["2", *message[1:]]], _READ)),
    "request-is-no-json": csms_frames(frames(CALL, lambda message: ['[2,"broken",', message], _READ)),
    "requests-two-at-once": csms_frames(frames(CALL, lambda message: [message, _with_id(message, f"x{message[1][1:]}")], _READ)),
}
