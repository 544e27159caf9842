"""Frames that are no message, and what central systems may do about them; values; versions."""

from __future__ import annotations

import json

import pytest

from probes.judge.central.rules.handshakes import ASKING_VERSIONS
from probes.wire.records import EventKind
from tests.probes.judge.central.talk import CSMS, STATION, CentralTalk


def uttered(text: str) -> CentralTalk:
    talk = CentralTalk().booted()
    talk.frame(STATION, text)
    return talk


@pytest.mark.parametrize("text", ['[2,"broken","Heartbeat",{', json.dumps([5, "x", {}]), json.dumps([2, "y"])])
@pytest.mark.parametrize("message_id", ["-1", "", "x"])
def test_a_refusal_of_what_was_no_call_needs_no_id(text: str, message_id: str) -> None:
    talk = uttered(text)
    talk.frame(CSMS, json.dumps([4, message_id, "GenericError", "", {}]))
    assert talk.verdicts("central-answer-has-call") == ["not exercised"]


def test_a_result_of_nothing_accuses_whatever_came_before() -> None:
    talk = uttered('[2,"broken"')
    talk.frame(CSMS, json.dumps([3, "nobody-asked", {}]))
    assert talk.verdicts("central-answer-has-call") == ["fail error"]


def test_a_refusal_of_nothing_accuses_where_all_was_sound() -> None:
    talk = CentralTalk().booted()
    talk.frame(CSMS, json.dumps([4, "-1", "GenericError", "", {}]))
    assert talk.verdicts("central-answer-has-call") == ["fail error"]


@pytest.mark.parametrize(
    ("action", "payload", "obligation"),
    [
        ("Heartbeat", ["no", "object"], "central-malformed-call-is-refused"),
        ("Authorize", {"idTag": ["probe"]}, "central-malformed-call-is-refused"),
        ("AuditProbe", {}, "central-unknown-action-is-refused"),
    ],
)
def test_a_refusal_that_does_not_say_of_what_is_one_all_the_same(action: str, payload: object, obligation: str) -> None:
    """The code that reads frames may refuse what it cannot read without having its id (J 4.2.3)."""
    talk = uttered(json.dumps([2, "x", action, payload]))
    talk.frame(CSMS, json.dumps([4, "", "FormationViolation", "", {}]))
    talk.says("Heartbeat", {}, {"currentTime": talk.stamp()}, after=100.0)
    assert talk.verdicts("central-answer-has-call") == ["not exercised"]
    assert talk.verdicts(obligation) == ["not exercised note"]


def test_one_that_comes_later_is_none() -> None:
    talk = uttered(json.dumps([2, "x", "AuditProbe", {}]))
    talk.says("Heartbeat", {}, {"currentTime": talk.stamp()}, after=100.0)
    talk.frame(CSMS, json.dumps([4, "", "FormationViolation", "", {}]))
    assert talk.verdicts("central-unknown-action-is-refused") == ["fail warning"]


def test_a_refusal_on_another_connection_than_the_broken_frame_accuses() -> None:
    talk = uttered('[2,"broken"').leaves()
    talk.booted().frame(CSMS, json.dumps([4, "-1", "GenericError", "", {}]))
    assert talk.verdicts("central-answer-has-call") == ["fail error"]


def test_an_unknown_message_type_ends_nothing() -> None:
    talk = CentralTalk()
    for _ in range(2):
        talk.booted().frame(STATION, json.dumps([5, "x", {}]))
        talk.dropped()
    assert talk.verdicts("central-no-message-ends-nothing") == ["fail warning"] * 2


def test_once_may_be_a_coincidence_and_text_that_is_no_json_may_end_it() -> None:
    talk = CentralTalk().booted()
    talk.frame(STATION, json.dumps([5, "x", {}]))
    talk.dropped()
    for _ in range(3):
        talk.booted().frame(STATION, "no JSON")
        talk.dropped()
    assert talk.verdicts("central-no-message-ends-nothing") == ["not exercised"]


def test_the_connection_may_go_on_with_an_answer_or_without() -> None:
    talk = uttered(json.dumps([5, "x", {}]))
    talk.frame(CSMS, json.dumps([4, "x", "FormationViolation", "", {}]))
    talk.says("Heartbeat", {}, {"currentTime": talk.stamp()})
    assert talk.verdicts("central-no-message-ends-nothing") == ["pass"]


@pytest.mark.parametrize(
    ("offered", "opened", "agreed", "verdict"),
    [
        ("ocpp1.6", True, "ocpp1.6", "pass"),
        ("ocpp1.6", True, None, "not exercised"),
        ("ocpp2.0.1", True, "ocpp2.0.1", "pass"),
        ("ocpp2.0.1", True, None, "pass"),
        ("ocpp2.0.1", False, None, "pass"),
        ("ocpp2.0.1", True, "ocpp1.6", "fail error"),
    ],
)
def test_versions(offered: str, opened: bool, agreed: str | None, verdict: str) -> None:
    talk = CentralTalk()
    kind = EventKind.OPEN if opened else EventKind.HANDSHAKE_REFUSED
    talk.event(kind, {"purpose": ASKING_VERSIONS, "offered": [offered], "subprotocol": agreed})
    assert talk.verdicts("central-version-is-agreed") == [verdict]


def test_values_that_cannot_be_are_answered_all_the_same() -> None:
    talk = CentralTalk().booted()
    values = [{"timestamp": talk.stamp(), "sampledValue": [{"value": "-1"}]}]
    talk.says("MeterValues", {"connectorId": 1, "meterValue": values}, {})
    assert talk.verdicts("central-values-are-taken") == ["pass"]
    talk.says("MeterValues", {"connectorId": 1, "meterValue": values}, "NotSupported")
    assert talk.verdicts("central-sound-call-is-served") == ["fail error"]


@pytest.mark.parametrize(
    ("answered", "pause", "verdict"),
    [(True, 0.0, "pass"), (False, 0.2, "fail warning"), (False, 1.5, "pass")],
)
def test_one_call_at_a_time_and_timeouts_of_whoever_calls(answered: bool, pause: float, verdict: str) -> None:
    talk = CentralTalk().booted()
    talk.asks("GetConfiguration", {}, {"configurationKey": []} if answered else None)
    talk.now += pause
    talk.asks("GetConfiguration", {}, {"configurationKey": []})
    assert talk.verdicts("central-one-call-at-a-time") == [verdict]
