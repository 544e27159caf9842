"""What central systems owe registration, tags, transactions and calls that cannot be understood; and who must not be accused of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from probes.wire.records import Frame, Record
from registry.certificates.facts import PerformanceRow
from tests.probes.judge.central.talk import CSMS, STATION, CentralTalk, certificate

UNKNOWN, VALID, SINGLE = "UNKNOWN", "VALID", "SINGLE"


def talk() -> CentralTalk:
    return CentralTalk().given(UNKNOWN="unknown", VALID="valid", SINGLE="single", MADEUP="made up").booted()


def replace_station(record: Record, station: str, later: int) -> Record:
    """The same record of another station, further on in the transcript."""
    if isinstance(record, Frame):
        return record._replace(charge_point_id=station, seq=record.seq + later)
    return replace(record, charge_point_id=station, seq=record.seq + later)


# --- transactions


def test_two_that_run_at_one_station_under_one_id_accuse() -> None:
    told = talk()
    told.starts(1, connector=1)
    told.starts(1, connector=2, at="2026-01-01T00:00:01Z")
    assert told.verdicts("central-transaction-has-its-own-id") == ["pass", "fail error"]


def test_an_id_that_comes_again_where_the_end_was_lost_warns_only() -> None:
    told = talk()
    told.starts(1)
    told.starts(1, at="2026-01-01T00:00:09Z")
    assert told.verdicts("central-transaction-has-its-own-id") == ["pass", "pass warning"]


def test_an_id_of_two_stations_at_once_warns_only() -> None:
    told = talk()
    told.starts(1)
    records = told.records
    other = [replace_station(record, "CP2", len(records)) for record in records if record.seq > 1]
    told.records = [*records, *other]
    assert told.verdicts("central-transaction-has-its-own-id") == ["pass", "fail warning"]


def test_an_id_that_comes_again_after_the_end_warns_only() -> None:
    told = talk()
    told.starts(1)
    told.stops(1)
    told.starts(1, at="2026-01-01T00:00:09Z")
    assert told.verdicts("central-transaction-has-its-own-id") == ["pass", "pass warning"]


def test_a_start_that_is_told_again_is_no_second_transaction() -> None:
    told = talk()
    told.starts(7)
    told.starts(7)
    assert told.verdicts("central-transaction-has-its-own-id") == ["pass"]
    assert told.verdicts("central-start-told-again-is-one") == ["pass"]
    told.starts(8)
    assert told.verdicts("central-start-told-again-is-one") == ["pass", "fail warning"]


def test_the_same_message_after_the_end_is_another_transaction() -> None:
    told = talk()
    told.starts(7)
    told.stops(7)
    told.starts(8)
    assert told.verdicts("central-start-told-again-is-one") == []


@pytest.mark.parametrize(
    ("number", "facts", "verdict"),
    [
        (-1, certificate(), "fail error"),
        (-1, certificate(errata="v3.0"), "fail warning"),
        (4711, certificate(), "fail warning"),
    ],
)
def test_the_end_of_what_was_never_given_out(number: int, facts: Any, verdict: str) -> None:
    told = talk()
    told.stops(number, "InternalError")
    assert told.verdicts("central-unknown-transaction-is-answered", facts) == [verdict]
    assert told.verdicts("central-sound-call-is-served", facts) == []


def test_a_tag_that_charges_once() -> None:
    told = talk()
    told.starts(1, SINGLE)
    told.starts(2, SINGLE, connector=2)
    assert told.verdicts("central-tag-charges-once") == ["fail error"]
    other = talk()
    other.starts(1, SINGLE)
    other.starts(2, SINGLE, "ConcurrentTx", connector=2)
    assert other.verdicts("central-tag-charges-once") == ["pass"]
    ended = talk()
    ended.starts(1, SINGLE)
    ended.stops(1)
    ended.starts(2, SINGLE)
    assert ended.verdicts("central-tag-charges-once") == []


# --- tags


@pytest.mark.parametrize(
    ("tag", "status", "verdict"),
    [
        (VALID, "Accepted", "pass"),
        (VALID, "Blocked", "fail error"),
        (VALID, "ConcurrentTx", "not exercised warning"),
        (UNKNOWN, "Invalid", "pass"),
        (UNKNOWN, "Blocked", "pass"),
        (UNKNOWN, "Accepted", "fail error"),
        ("MADEUP", "Accepted", "not exercised warning"),
    ],
)
def test_a_start_is_answered_by_the_state_of_its_tag(tag: str, status: str, verdict: str) -> None:
    told = talk()
    told.starts(5, tag, status)
    assert told.verdicts("central-start-by-tag-state") == [verdict]


def test_a_valid_tag_that_charges_here_already_may_be_told_so() -> None:
    told = talk()
    told.starts(5, VALID)
    told.starts(6, VALID, "ConcurrentTx", connector=2)
    assert told.verdicts("central-start-by-tag-state") == ["pass", "pass"]


def test_of_a_tag_that_nobody_spoke_of_nothing_is_said() -> None:
    told = talk()
    told.starts(5, "STRANGER", "Blocked")
    assert told.verdicts("central-start-by-tag-state") == []


# --- refusals


def test_one_refusal_may_be_a_disturbance_two_are_none() -> None:
    told = talk()
    told.says("Heartbeat", {}, "InternalError")
    assert told.verdicts("central-sound-call-is-served") == ["not exercised warning"]
    told.says("Heartbeat", {}, "InternalError")
    assert told.verdicts("central-sound-call-is-served") == ["fail error", "fail error"]


def test_a_message_of_a_certified_profile_is_implemented() -> None:
    told = talk()
    told.says("FirmwareStatusNotification", {"status": "Idle"}, "NotImplemented")
    assert told.verdicts("central-sound-call-is-served") == ["fail error"]
    assert told.verdicts("central-sound-call-is-served", certificate(profiles={"Core": "Pass", "Firmware Management": "N/A"})) == []


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_before_its_registration_a_station_may_be_refused(status: str) -> None:
    told = CentralTalk().booted(status)
    for _ in range(3):
        told.says("Heartbeat", {}, "SecurityError")
    assert told.verdicts("central-sound-call-is-served") == []


def test_what_the_audit_breaks_on_purpose_may_be_refused() -> None:
    told = talk()
    for _ in range(3):
        told.says("Authorize", {}, "OccurenceConstraintViolation")
    assert told.verdicts("central-sound-call-is-served") == []
    assert told.verdicts("central-malformed-call-is-refused") == ["pass"] * 3


# --- what cannot be understood


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("NotImplemented", "pass"), ("NotSupported", "pass note"), ("GenericError", "pass note"), ({}, "fail warning")],
)
def test_an_unknown_action(answer: Any, verdict: str) -> None:
    told = talk()
    told.says("AuditProbe", {}, answer)
    assert told.verdicts("central-unknown-action-is-refused") == [verdict]


def test_silence_to_an_unknown_action_counts_when_it_was_heard_later() -> None:
    told = talk()
    told.says("AuditProbe", {}, None)
    assert told.verdicts("central-unknown-action-is-refused") == ["not exercised"]
    told.now += 60.0
    told.says("Heartbeat", {}, {"currentTime": told.stamp()})
    assert told.verdicts("central-unknown-action-is-refused") == ["fail warning"]
    assert told.verdicts("central-call-is-answered")[-1] == "pass"


def test_the_end_of_the_connection_counts_when_it_comes_twice_and_is_not_ours() -> None:
    once = talk()
    once.says("AuditProbe", {}, None)
    once.dropped(1006)
    assert once.verdicts("central-unknown-action-is-refused") == ["not exercised"]
    once.booted().says("AuditProbe", {}, None)
    once.leaves()
    assert once.verdicts("central-unknown-action-is-refused") == ["not exercised"] * 2
    once.booted().says("AuditProbe", {}, None)
    once.dropped(1006)
    assert once.verdicts("central-unknown-action-is-refused") == ["fail warning", "not exercised", "fail warning"]


@pytest.mark.parametrize(
    ("payload", "verdicts"),
    [
        ({"connectorId": "1", "status": "Available", "errorCode": "NoError"}, []),
        ({"connectorId": 1, "errorCode": "NoError"}, ["fail warning"]),
    ],
)
def test_what_can_be_read_as_it_is_meant_may_be_taken(payload: dict[str, Any], verdicts: list[str]) -> None:
    told = talk()
    told.says("StatusNotification", payload, {})
    assert told.verdicts("central-malformed-call-is-refused") == verdicts


def test_a_payload_that_is_no_object() -> None:
    told = talk()
    told.frame(STATION, json.dumps([2, "broken", "Heartbeat", []]))
    told.frame(CSMS, json.dumps([4, "broken", "FormationViolation", "", {}]))
    assert told.verdicts("central-malformed-call-is-refused") == ["pass"]


# --- answers in time


def test_silence_within_the_certified_time_accuses_nobody() -> None:
    patient = certificate(performance=(PerformanceRow("OCPP response timeout", 300, 1), PerformanceRow("Response time Authorize", 300, 1)))
    told = talk()
    told.says("Heartbeat", {}, None)
    told.now += 150.0
    told.says("Heartbeat", {}, {"currentTime": told.stamp()})
    assert told.verdicts("central-call-is-answered", patient)[1] == "not exercised"
    assert told.verdicts("central-call-is-answered")[1] == "fail error"


# --- after the registration


def test_a_connection_that_is_closed_after_every_registration() -> None:
    told = CentralTalk()
    for _ in range(2):
        told.booted().dropped()
    assert told.verdicts("central-connection-stays") == ["not exercised"] * 2
    told.booted().dropped()
    assert told.verdicts("central-connection-stays")[-1] == "fail error"


@pytest.mark.parametrize("code", [1001, 1006, 1012])
def test_a_connection_that_breaks_or_goes_away_shows_nothing(code: int) -> None:
    told = CentralTalk()
    for _ in range(4):
        told.booted().dropped(code)
    assert told.verdicts("central-connection-stays") == ["pass"] * 4


def test_our_own_leaving_shows_nothing() -> None:
    told = CentralTalk()
    for _ in range(4):
        told.booted().leaves()
    assert told.verdicts("central-connection-stays") == ["pass"] * 4


def test_a_reset_after_every_registration_that_nobody_wanted() -> None:
    told = CentralTalk()
    for _ in range(3):
        told.booted().asks("Reset", {"type": "Soft"}, {"status": "Accepted"})
        told.dropped(1001)
    assert told.verdicts("central-station-is-let-be") == ["not exercised", "not exercised", "fail error"]


def test_one_reset_and_one_that_comes_late_are_somebodys_doing() -> None:
    told = CentralTalk()
    told.booted().asks("Reset", {"type": "Soft"}, {"status": "Accepted"})
    told.leaves(1001)
    for _ in range(2):
        told.booted()
        told.now += 30.0
        told.asks("Reset", {"type": "Soft"}, {"status": "Accepted"})
        told.leaves(1001)
    assert told.verdicts("central-station-is-let-be") == ["not exercised", "pass", "pass"]


# --- data transfer


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("UnknownVendorId", "pass"), ("Rejected", "pass note"), ("UnknownMessageId", "pass note"), ("Accepted", "pass warning")],
)
def test_data_of_a_vendor_that_nobody_can_be(status: str, verdict: str) -> None:
    told = talk()
    told.says("DataTransfer", {"vendorId": "invalid.audit-probe"}, {"status": status})
    assert told.verdicts("central-unknown-vendor-is-told") == [verdict]


def test_data_of_another_vendor_is_none_of_it() -> None:
    told = talk()
    told.says("DataTransfer", {"vendorId": "com.example"}, {"status": "Accepted"})
    assert told.verdicts("central-unknown-vendor-is-told") == []
