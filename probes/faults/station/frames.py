"""Faults in a station's frames, below its messages (OCPP-J 1.6 chapter 4)."""

from __future__ import annotations

from typing import Any

from probes.faults.building import CALL, CALLERROR, CALLRESULT, frames
from probes.faults.making import StationFault, station_frames

_STATUS = "StatusNotification"


def _with_id(message: list[Any], message_id: Any) -> list[Any]:
    return [message[0], message_id, *message[2:]]


FRAMES: dict[str, StationFault] = {
    "answer-with-wrong-id": station_frames(frames(CALLRESULT, lambda message: [_with_id(message, f"x{message[1][1:]}")])),
    "answer-with-number-as-id": station_frames(frames(CALLRESULT, lambda message: [_with_id(message, 12345)])),
    "answer-twice": station_frames(frames(CALLRESULT, lambda message: [message, message])),
    "answer-without-payload": station_frames(frames(CALLRESULT, lambda message: [message[:2]])),
    "answer-to-nothing": station_frames(frames(CALL, lambda message: [message, [CALLRESULT, "nobody-asked", {}]], _STATUS)),
    "error-without-details": station_frames(frames(CALLERROR, lambda message: [message[:3]])),
    "message-id-as-number": station_frames(frames(CALL, lambda message: [_with_id(message, 7)], "Heartbeat")),
    "message-id-too-long": station_frames(frames(CALL, lambda message: [_with_id(message, f"{message[1]}{'0' * 37}")], "Heartbeat")),
    "message-id-always-the-same": station_frames(frames(CALL, lambda message: [_with_id(message, "1")], _STATUS)),
    "message-type-as-text": station_frames(frames(CALL, lambda message: [["2", *message[1:]]], "Heartbeat")),
    "message-with-extra-element": station_frames(frames(CALL, lambda message: [[*message, {}]], _STATUS)),
    "frame-is-no-json": station_frames(frames(CALL, lambda message: ['[2,"broken",', message], _STATUS)),
    "frame-is-an-object": station_frames(frames(CALL, lambda message: ['{"action":"Heartbeat"}', message], _STATUS)),
    "two-calls-at-once": station_frames(frames(CALL, lambda message: [message, [CALL, f"x{message[1][1:]}", "Heartbeat", {}]], _STATUS)),
    "action-in-lower-case": station_frames(frames(CALL, lambda message: [[*message[:2], "heartbeat", message[3]]], "Heartbeat")),
}
