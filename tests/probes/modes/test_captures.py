"""Real packet captures through the real tshark: traffic of the built-in station and CSMS, and messages that are hard to print."""

from __future__ import annotations

import json
from pathlib import Path

from probes.modes.capture import read_capture
from probes.wire.records import Direction

CAPTURES = Path(__file__).parent / "captures"
BACKSLASHES = 'back\\slash "q" \u00fc \u00fc \u20ac \n tab\t \U0001f600'


def test_an_audit_that_was_captured() -> None:
    log = read_capture(CAPTURES / "audit.pcap")
    told = [(entry.station, entry.direction, json.loads(entry.raw)) for entry in log.entries]
    boot = next(message for _, _, message in told if message[0] == 2)
    assert boot[2:] == [
        "BootNotification",
        {"chargePointVendor": "Example Chargers", "chargePointModel": "Example One", "firmwareVersion": "1.2.3"},
    ]
    assert {station for station, _, _ in told} == {"CP1"}
    assert told[0][1] is Direction.FROM_STATION
    assert (told[1][1], told[1][2][:2]) == (Direction.FROM_CSMS, [3, boot[1]])
    calls = {message[1]: direction for _, direction, message in told if message[0] == 2}
    assert all(direction is not calls[message[1]] for _, direction, message in told if message[0] == 3)
    assert (len(told), log.broken) == (22, [])


def test_messages_that_are_hard_to_print() -> None:
    log = read_capture(CAPTURES / "tricky.pcap")
    first, second, third, fourth, fifth = (entry.raw for entry in log.entries)
    assert json.loads(first) == [2, "1", "DataTransfer", {"vendorId": "a;b", "data": BACKSLASHES}]
    assert json.loads(second) == [2, "2", "Heartbeat", {}]
    assert third.startswith('[3,"x')
    assert json.loads(fourth)[3] == {"vendorId": "\u00e9" * 300}
    assert json.loads(fifth)[3] == {"data": "\x00/ " + "x" * 3000}
    assert log.broken == []
