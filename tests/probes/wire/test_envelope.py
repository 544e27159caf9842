"""Frames taken apart: every shape that OCPP-J 1.6 chapter 4 knows, and the broken ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wire.envelope import call_text, error_text, read_envelope, result_text
from probes.wire.records import MessageType


def test_call() -> None:
    envelope = read_envelope('[2,"19223201","BootNotification",{"chargePointVendor":"VendorX"}]')
    assert (envelope.message_type, envelope.message_id, envelope.action) == (MessageType.CALL, "19223201", "BootNotification")
    assert envelope.payload == {"chargePointVendor": "VendorX"}
    assert envelope.complete
    assert envelope.problem is None


def test_result() -> None:
    envelope = read_envelope('[3,"a",{"status":"Accepted"}]')
    assert (envelope.message_type, envelope.payload, envelope.problem) == (MessageType.CALLRESULT, {"status": "Accepted"}, None)


def test_error() -> None:
    envelope = read_envelope('[4,"a","NotSupported","no such profile",{"x":1}]')
    assert (envelope.error_code, envelope.error_description, envelope.payload) == ("NotSupported", "no such profile", {"x": 1})
    assert envelope.problem is None


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('[2,"1","Heartbeat",{}', "not JSON"),
        ("NaN", "not JSON"),
        ("{}", "a JSON object instead of an array"),
        ("null", "a JSON null instead of an array"),
        ("3", "a JSON number instead of an array"),
        ('"x"', "a JSON string instead of an array"),
        ("true", "a JSON boolean instead of an array"),
        ("[]", "an empty array"),
        ('[5,"1",{}]', "the first element is none of the message type numbers 2, 3 and 4"),
        ('["2","1","Heartbeat",{}]', "the first element is none of the message type numbers 2, 3 and 4"),
        ('[2.0,"1","Heartbeat",{}]', "the first element is none of the message type numbers 2, 3 and 4"),
        ("[[2]]", "the first element is none of the message type numbers 2, 3 and 4"),
        (b'[2,"1","Heartbeat",{}]', "a binary frame: OCPP-J messages are text frames"),
    ],
)
def test_no_message(raw: str | bytes, problem: str) -> None:
    envelope = read_envelope(raw)
    assert (envelope.message_type, envelope.problem, envelope.complete) == (MessageType.UNPARSABLE, problem, False)


@pytest.mark.parametrize(
    ("raw", "complete", "problem"),
    [
        ('[2,"1","Heartbeat"]', False, "3 elements where a CALL has 4"),
        ('[2,"1","Heartbeat",{},1]', True, "5 elements where a CALL has 4"),
        ('[2,"1",7,{}]', False, "the action is missing or no string"),
        ('[2,null,"Heartbeat",{}]', False, "the message id is missing or no string"),
        ("[2]", False, "the message id is missing or no string"),
        ('[2,{"a":1},"Heartbeat",{}]', False, "the message id is missing or no string"),
        ('[2,true,"Heartbeat",{}]', False, "the message id is missing or no string"),
        ('[2,12,"Heartbeat",{}]', True, "the message id is a number instead of a string"),
        (f'[2,"{"x" * 37}","Heartbeat",{{}}]', True, "the message id has 37 characters; 36 are allowed"),
        ('[3,"1"]', False, "2 elements where a CALLRESULT has 3"),
        ('[4,"1","GenericError"]', True, "3 elements where a CALLERROR has 5"),
        ('[4,"1",12,"",{}]', False, "the error code is no string"),
    ],
)
def test_bent_messages_stay_usable_where_they_can(raw: str, complete: bool, problem: str) -> None:
    envelope = read_envelope(raw)
    assert (envelope.complete, envelope.problem) == (complete, problem)


@given(st.one_of(st.text(), st.binary(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str)))
def test_reading_never_raises(raw: str | bytes) -> None:
    read_envelope(raw)


def test_writing_reads_back() -> None:
    assert read_envelope(call_text("1", "Heartbeat", {})).action == "Heartbeat"
    assert read_envelope(result_text(7, {"a": "ü"})).raw_id == 7
    assert read_envelope(error_text("1", "GenericError", "d", {})).error_code == "GenericError"
