"""What central systems owe that are asked to send something; and above all who must not be accused of it."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.central.view import LEAVES
from probes.wire.records import EventKind
from tests.probes.judge.central.talk import CSMS, CentralTalk, certificate

VALID, SINGLE, BLOCKED, OTHER = "VALID", "SINGLE", "BLOCKED", "OTHER"

START = {"connectorId": 1, "idTag": VALID}
ELSEWHERE = {"connectorId": 2, "idTag": VALID}


def talk() -> CentralTalk:
    return CentralTalk().given(VALID="valid", SINGLE="single", BLOCKED="blocked").booted()


# --- what was asked for


AS_ASKED = "central-request-as-asked"


def test_what_comes_as_it_was_asked_for_passes() -> None:
    told = talk()
    told.sent("RemoteStartTransaction", START, START | {"chargingProfile": {"own": 1}})
    assert told.verdicts(AS_ASKED) == ["pass"]


def test_what_comes_otherwise_twice_accuses_and_once_does_not() -> None:
    """Once it may be a request that the central system sends by itself."""
    told = talk()
    told.sent("RemoteStartTransaction", START, ELSEWHERE)
    assert told.verdicts(AS_ASKED) == ["not exercised"]
    told.sent("RemoteStartTransaction", START, ELSEWHERE)
    assert told.verdicts(AS_ASKED) == ["fail error", "fail error"]


def test_what_comes_when_it_is_asked_for_once_more_leaves_nothing() -> None:
    told = talk()
    told.sent("SetChargingProfile", {"connectorId": 1}, {"connectorId": 0})
    told.sent("SetChargingProfile", {"connectorId": 1}, {"connectorId": 1})
    assert told.verdicts(AS_ASKED) == ["pass"]


def test_a_person_may_choose_otherwise_as_often_as_they_like() -> None:
    told = talk()
    for _ in range(3):
        told.sent("RemoteStartTransaction", START, ELSEWHERE, by="person")
    assert told.verdicts(AS_ASKED) == ["not exercised"] * 3


ONE, ANOTHER = {"idTag": "ONE", "idTagInfo": {"status": "Accepted"}}, {"idTag": "ANOTHER", "idTagInfo": {"status": "Blocked"}}


@pytest.mark.parametrize(
    ("action", "wanted", "found", "verdict"),
    [
        ("SendLocalList", {"listVersion": 4}, {"listVersion": 900}, "not exercised"),
        ("SendLocalList", {"listVersion": 4}, {"listVersion": 3}, "fail error"),
        ("SendLocalList", {"localAuthorizationList": [ONE]}, {"localAuthorizationList": [ANOTHER, ONE]}, "not exercised"),
        ("SendLocalList", {"localAuthorizationList": [ONE]}, {"localAuthorizationList": [ANOTHER, ANOTHER]}, "fail error"),
        ("ReserveNow", {"expiryDate": "2026-01-01T01:00:00Z"}, {"expiryDate": "2026-01-01T00:20:00Z"}, "not exercised"),
        ("ReserveNow", {"expiryDate": "2026-01-01T01:00:00Z"}, {"expiryDate": "2024-01-01T00:20:00Z"}, "fail error"),
        ("ReserveNow", {"expiryDate": "2026-01-01T01:00:00Z"}, {"expiryDate": "2030-01-01T00:20:00Z"}, "fail error"),
    ],
)
def test_what_is_the_central_systems_own_to_say_accuses_nobody(
    action: str, wanted: dict[str, Any], found: dict[str, Any], verdict: str
) -> None:
    """The version of the list and its other entries (5.15), and for how long a reservation may last at most."""
    told = talk()
    for _ in range(2):
        told.sent(action, wanted, found)
    assert told.verdicts("central-request-as-asked") == [verdict] * 2


def test_what_was_asked_for_earlier_and_comes_late_accuses_nobody() -> None:
    told = talk()
    wishes: list[dict[str, Any]] = [{"connectorId": number, "idTag": VALID} for number in (1, 2, 3)]
    for wanted, late in zip(wishes[1:], wishes, strict=False):
        told.event(*_wish("RemoteStartTransaction", late))
        told.event(*_wish("RemoteStartTransaction", None))
        told.sent("RemoteStartTransaction", wanted, late)
    assert told.verdicts(AS_ASKED) == ["not exercised", "not exercised"]


@pytest.mark.parametrize(("unasked", "verdict"), [(True, "not exercised"), (False, "fail error")])
def test_what_it_also_sends_by_itself_is_no_answer_to_being_asked(unasked: bool, verdict: str) -> None:
    """A central system that sets its stations up by itself, and whose API comes to nothing."""
    told = talk()
    own = {"key": "MeterValueSampleInterval", "value": "30"}
    for _ in range(2):
        told.sent("ChangeConfiguration", own | {"value": "60"}, own)
    if unasked:
        told.asks("ChangeConfiguration", own, {"status": "Accepted"}, by=CSMS)
    assert told.verdicts(AS_ASKED) == [verdict] * 2


def test_that_anything_was_asked_for_earlier_excuses_nothing() -> None:
    told = talk()
    told.sent("ClearChargingProfile", {})
    for _ in range(2):
        told.sent("ClearChargingProfile", {"id": 1}, {"id": 2})
    assert told.verdicts(AS_ASKED) == ["pass", "fail error", "fail error"]


def test_what_a_program_does_not_hand_over_accuses_nobody() -> None:
    told = talk()
    for _ in range(3):
        told.sent("RemoteStartTransaction", START, ELSEWHERE, passed={"idTag"})
    assert told.verdicts(AS_ASKED) == ["not exercised"] * 3


def test_of_several_requests_that_come_the_one_that_was_wanted_counts() -> None:
    """A central system that sets a profile by itself, as load management does, sends that one as well."""
    told = talk()
    told.event(*_wish("SetChargingProfile", {"connectorId": 2}))
    told.asks("SetChargingProfile", {"connectorId": 0}, {"status": "Accepted"})
    told.asks("SetChargingProfile", {"connectorId": 2}, {"status": "Accepted"})
    told.event(*_wish("SetChargingProfile", None))
    assert told.verdicts(AS_ASKED) == ["pass"]


def test_of_several_that_are_not_quite_it_the_one_that_leaves_something_out_counts() -> None:
    told = talk()
    for _ in range(2):
        told.event(*_wish("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}))
        told.asks("TriggerMessage", {"requestedMessage": "Heartbeat", "connectorId": 1}, {"status": "Accepted"})
        told.asks("TriggerMessage", {"requestedMessage": "MeterValues"}, {"status": "Accepted"})
        told.event(*_wish("TriggerMessage", None))
    assert told.verdicts(AS_ASKED) == ["not exercised", "not exercised"]


def _wish(action: str, payload: dict[str, Any] | None) -> tuple[Any, dict[str, Any]]:
    if payload is None:
        return EventKind.AUDIT, {"asked": action, "step": "end", "outcome": "asked", "reason": ""}
    return EventKind.AUDIT, {"asked": action, "step": "begin", "by": "program", "payload": payload, "passed": sorted(payload)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"expiryDate": "2026-01-01T10:00:00Z"}, {"expiryDate": "2026-01-01T11:00:00.000+01:00"}),
        ({"localAuthorizationList": []}, {}),
        ({"key": "MeterValueSampleInterval"}, {"key": "metervaluesampleinterval"}),
        ({"expiryDate": "2026-01-01T10:00:31.500Z"}, {"expiryDate": "2026-01-01T10:00:00Z"}),
        ({"limit": 6.0}, {"limit": 6}),
        ({"profile": {"stackLevel": 1}}, {"profile": {"stackLevel": 1, "chargingProfileId": 9}}),
    ],
)
def test_what_means_the_same_is_the_same(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    told = talk()
    for _ in range(2):
        told.sent("ReserveNow", wanted, found)
    assert told.verdicts(AS_ASKED) == ["pass", "pass"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"expiryDate": "2026-01-01T10:07:00Z"}, {"expiryDate": "1970-01-01T00:00:00"}),
        ({"value": "60"}, {"value": 60}),
        ({"key": "SomethingOfAVendor"}, {"key": "somethingofavendor"}),
        ({"entries": [{"idTag": "A"}]}, {"entries": []}),
        ({"entries": [{"idTag": "A"}]}, {"entries": [{"idTag": "B"}]}),
        ({"profile": {"stackLevel": 1}}, {"profile": {"stackLevel": 2}}),
        ({"expiryDate": "2026-01-01T10:07:00Z"}, {"expiryDate": "1970-01-01T00:00:00Z"}),
        ({"expiryDate": "2026-01-01T10:00:00Z"}, {"expiryDate": "2026-01-01T10:05:00Z"}),
    ],
)
def test_what_does_not_mean_the_same_is_not(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    told = talk()
    for _ in range(2):
        told.sent("ReserveNow", wanted, found)
    assert told.verdicts(AS_ASKED) == ["fail error", "fail error"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"connectorId": 1, "idTag": VALID}, {"idTag": VALID}),
        ({"profile": {"stackLevel": 1, "validFrom": "2026-01-01T10:00:00Z"}}, {"profile": {"stackLevel": 1}}),
        ({"expiryDate": "2026-01-01T10:00:31Z"}, {"expiryDate": "2026-01-01T12:00:00Z"}),
        ({"expiryDate": "2026-01-01T10:00:00Z"}, {"expiryDate": "2026-01-01T10:00:00"}),
        ({"expiryDate": "2026-01-01T10:00:00Z"}, {"expiryDate": "2026-01-01T11:00:00.000"}),
    ],
    ids=["a field that it has no use for", "one in an object", "another time zone", "no time zone", "a local time"],
)
def test_what_is_left_out_and_another_time_zone_accuse_nobody(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    told = talk()
    for _ in range(2):
        told.sent("ReserveNow", wanted, found)
    assert told.verdicts(AS_ASKED) == ["not exercised", "not exercised"]


def test_a_request_that_did_not_come_says_nothing() -> None:
    told = talk()
    told.event(*_wish("Reset", {"type": "Hard"}))
    told.event(*_wish("Reset", None))
    assert told.verdicts(AS_ASKED) == []


# --- remote starts and stops


HONOURED = "central-remote-tag-is-accepted"


def started(tag: str, status: str, *, wanted: str = VALID) -> CentralTalk:
    told = talk()
    told.sent("RemoteStartTransaction", START | {"idTag": wanted})
    told.says("Authorize", {"idTag": tag}, {"idTagInfo": {"status": status}})
    return told


@pytest.mark.parametrize(
    ("tag", "status", "verdict"),
    [
        (VALID, "Accepted", ["pass"]),
        (VALID, "Invalid", ["fail error"]),
        (VALID, "ConcurrentTx", ["not exercised"]),
        (SINGLE, "ConcurrentTx", ["not exercised"]),
        (BLOCKED, "Blocked", ["not exercised"]),
        (OTHER, "Invalid", ["not exercised"]),
        (VALID, "ACCEPTED", ["not exercised"]),
    ],
)
def test_the_tag_of_a_remote_start_is_accepted_if_it_is_valid(tag: str, status: str, verdict: list[str]) -> None:
    assert started(tag, status, wanted=tag).verdicts(HONOURED) == verdict


def test_another_tag_than_that_of_the_remote_start_is_not_its_business() -> None:
    assert started(OTHER, "Invalid").verdicts(HONOURED) == []


def test_nor_is_the_tag_once_its_transaction_has_ended() -> None:
    told = started(VALID, "Accepted")
    told.starts(5, tag=VALID)
    told.stops(5)
    told.says("Authorize", {"idTag": VALID}, {"idTagInfo": {"status": "Invalid"}})
    assert told.verdicts(HONOURED) == ["pass", "pass"]


def test_a_remote_start_that_our_station_refused_obliges_nobody() -> None:
    told = talk()
    told.sent("RemoteStartTransaction", START, answer={"status": "Rejected"})
    told.says("Authorize", {"idTag": VALID}, {"idTagInfo": {"status": "Invalid"}})
    assert told.verdicts(HONOURED) == []


ONCE = "central-remote-start-is-sent-once"


def twice(*, by: str = "program", answer: str = "Accepted", pause: float = 0.0, other: bool = False) -> CentralTalk:
    told = talk()
    told.sent("RemoteStartTransaction", START, answer={"status": answer}, by=by)
    told.now += pause
    told.asks("RemoteStartTransaction", ELSEWHERE if other else START, {"status": "Rejected"})
    return told


def test_a_remote_start_that_comes_again_at_once_accuses() -> None:
    assert twice().verdicts(ONCE) == ["fail error"]


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (twice(by="person"), "not exercised"),
        (twice(pause=3.0), "pass"),
        (twice(other=True), "pass"),
    ],
)
def test_a_second_click_and_a_later_try_accuse_nobody(told: CentralTalk, verdict: str) -> None:
    assert told.verdicts(ONCE) == [verdict]


def test_two_that_were_asked_for_and_come_late_together_accuse_nobody() -> None:
    told = talk()
    told.event(*_wish("RemoteStartTransaction", START))
    told.event(*_wish("RemoteStartTransaction", None))
    told.sent("RemoteStartTransaction", START)
    told.asks("RemoteStartTransaction", START, {"status": "Rejected"})
    assert told.verdicts(ONCE) == ["not exercised"]


def test_a_retry_of_what_was_refused_is_right() -> None:
    assert twice(answer="Rejected").verdicts(ONCE) == []


def test_what_the_audit_asked_for_again_is_no_repetition() -> None:
    told = talk()
    told.sent("RemoteStartTransaction", START)
    told.sent("RemoteStartTransaction", START)
    assert told.verdicts(ONCE) == ["pass", "pass"]


def test_a_remote_stop_names_a_transaction_that_goes_on() -> None:
    told = talk()
    told.starts(5)
    told.asks("RemoteStopTransaction", {"transactionId": 5}, {"status": "Accepted"})
    told.asks("RemoteStopTransaction", {"transactionId": 6}, {"status": "Rejected"})
    assert told.verdicts("central-remote-stop-names-transaction") == ["pass", "not exercised warning"]


@pytest.mark.parametrize(("connector", "verdict"), [(1, []), (None, []), (0, ["not exercised warning"]), (-1, ["not exercised warning"])])
def test_connector_zero_is_a_remark(connector: int | None, verdict: list[str]) -> None:
    told = talk()
    told.asks(
        "RemoteStartTransaction", {"idTag": VALID} | ({} if connector is None else {"connectorId": connector}), {"status": "Rejected"}
    )
    assert told.verdicts("central-connector-exists") == verdict


def test_connector_zero_may_be_reserved() -> None:
    told = talk()
    told.asks("ReserveNow", {"connectorId": 0}, {"status": "Accepted"})
    assert told.verdicts("central-connector-exists") == []


@pytest.mark.parametrize(("status", "verdict"), [("Accepted", ["pass"]), ("Pending", ["not exercised"]), ("Rejected", ["not exercised"])])
def test_after_a_reset_the_station_is_taken_again(status: str, verdict: list[str]) -> None:
    told = talk()
    told.sent("Reset", {"type": "Hard"})
    told.booted(status)
    assert told.verdicts("central-takes-station-again") == verdict


def test_a_boot_without_a_reset_is_no_restart_of_its_doing() -> None:
    told = talk()
    told.sent("Reset", {"type": "Hard"}, answer={"status": "Rejected"})
    told.booted()
    assert told.verdicts("central-takes-station-again") == []


@pytest.mark.parametrize(
    ("action", "request_", "verdict"),
    [
        ("GetConfiguration", {}, ["pass"]),
        ("GetConfiguration", {"key": []}, ["pass"]),
        ("GetConfiguration", {"key": ["A"]}, ["not exercised"]),
        ("ClearChargingProfile", {}, ["pass"]),
        ("ClearChargingProfile", {"connectorId": 1}, ["not exercised"]),
    ],
)
def test_all_is_asked_for_by_naming_nothing(action: str, request_: dict[str, Any], verdict: list[str]) -> None:
    told = talk()
    told.sent(action, {}, request_)
    assert told.verdicts("central-all-means-all") == verdict


# --- refusals


COPES = "central-copes-with-refusal"


def test_a_refusal_leaves_the_connection() -> None:
    told = talk()
    told.sent("UnlockConnector", {"connectorId": 1}, answer={"status": "NotSupported"})
    told.now += 2.0
    told.reports(1)
    assert told.verdicts(COPES) == ["pass"]


def test_an_end_right_after_it_is_a_remark_and_one_of_our_own_is_none() -> None:
    told = talk()
    told.sent("UnlockConnector", {"connectorId": 1}, answer={"status": "NotSupported"})
    told.dropped()
    assert told.verdicts(COPES) == ["not exercised warning"]
    told = talk()
    told.sent("UnlockConnector", {"connectorId": 1}, answer={"status": "NotSupported"})
    told.leaves()
    assert told.verdicts(COPES) == []


def test_what_crosses_with_our_leaving_was_ended_by_us_as_well() -> None:
    told = talk()
    told.event(EventKind.AUDIT, {LEAVES: "offline"})
    told.asks("UnlockConnector", {"connectorId": 1}, {"status": "NotSupported"})
    told.event(EventKind.CLOSE, {"code": 1000, "reason": ""})
    told.leaves()
    assert "not exercised warning" not in told.verdicts(COPES)


def test_leaving_what_the_central_system_has_ended_already_excuses_nothing() -> None:
    told = talk()
    told.asks("UnlockConnector", {"connectorId": 1}, {"status": "NotSupported"})
    told.dropped()
    told.event(EventKind.AUDIT, {LEAVES: "offline"})
    assert told.verdicts(COPES) == ["not exercised warning"]


def test_minus_one_says_that_there_is_no_list() -> None:
    told = talk()
    told.sent("GetLocalListVersion", {}, answer={"listVersion": -1})
    told.sent("GetLocalListVersion", {}, answer={"listVersion": 0})
    told.now += 2.0
    told.reports(1)
    assert told.verdicts(COPES) == ["pass"]


# --- local lists


RISES = "central-list-version-rises"
ENTRIES = [{"idTag": VALID, "idTagInfo": {"status": "Accepted"}}]


def listed(told: CentralTalk, version: Any, kind: str = "Differential", *, by: str = "program", **more: Any) -> CentralTalk:
    entries = more.pop("entries", ENTRIES)
    told.sent(
        "SendLocalList",
        {"updateType": kind},
        {"listVersion": version, "updateType": kind, "localAuthorizationList": entries},
        by=by,
        **more,
    )
    return told


def test_a_version_rises() -> None:
    assert listed(listed(talk(), 5, "Full"), 6).verdicts(RISES) == ["pass", "pass"]


def test_a_whole_list_may_have_any_version() -> None:
    assert listed(listed(talk(), 5, "Full"), 1, "Full").verdicts(RISES) == ["pass", "pass"]


@pytest.mark.parametrize("by", ["program", "person"])
def test_a_version_that_does_not_rise_may_be_that_of_an_adaptor_file_or_a_person(by: str) -> None:
    assert listed(listed(talk(), 5, "Full"), 5, by=by).verdicts(RISES) == ["pass", "not exercised warning"]


def test_after_a_restart_nothing_is_known_of_the_list() -> None:
    assert listed(listed(talk(), 5, "Full").booted(), 1).verdicts(RISES) == ["pass", "not exercised"]


def test_a_list_that_was_not_taken_is_not_held() -> None:
    told = listed(talk(), 5, "Full", answer={"status": "Failed"})
    told.sent("GetLocalListVersion", {}, answer={"listVersion": 0})
    assert listed(told, 1).verdicts(RISES) == ["pass", "pass"]


def test_a_negative_version_is_none_but_a_person_may_have_entered_it() -> None:
    assert listed(talk(), -1, "Full").verdicts(RISES) == ["fail error"]
    assert listed(talk(), -1, "Full", by="person").verdicts(RISES) == ["not exercised warning"]
    assert listed(talk(), 0, "Full").verdicts(RISES) == ["not exercised warning"]
    assert listed(talk(), 0, "Full", entries=[]).verdicts(RISES) == ["pass"]


@pytest.mark.parametrize(
    ("kind", "entries", "verdict"),
    [
        ("Full", ENTRIES, ["pass"]),
        ("Full", [{"idTag": VALID}], ["not exercised warning"]),
        ("Differential", [{"idTag": VALID}], ["pass"]),
        ("Full", [*ENTRIES, {"idTag": "valid", "idTagInfo": {"status": "Blocked"}}], ["not exercised warning"]),
        ("Full", [], []),
        ("Full", "none", []),
    ],
)
def test_entries_are_unique_and_say_what_the_tags_are(kind: str, entries: Any, verdict: list[str]) -> None:
    assert listed(talk(), 1, kind, entries=entries).verdicts("central-list-entries-are-whole") == verdict


# --- reservations


AHEAD = "central-reservation-lies-ahead"


@pytest.mark.parametrize(
    ("expiry", "verdict"),
    [
        ("2026-01-01T01:00:00Z", ["pass"]),
        ("2025-12-31T23:59:30Z", ["pass"]),
        ("2025-12-31T23:00:00Z", ["not exercised warning"]),
        ("2026-01-01T01:00:00", ["not exercised"]),
        ("tomorrow", ["not exercised"]),
    ],
)
def test_a_reservation_lies_ahead(expiry: str, verdict: list[str]) -> None:
    told = talk()
    told.asks("ReserveNow", {"connectorId": 1, "expiryDate": expiry, "idTag": VALID, "reservationId": 7}, {"status": "Accepted"})
    assert told.verdicts(AHEAD) == verdict


def reserved(answer: str = "Accepted") -> CentralTalk:
    told = talk()
    told.sent("ReserveNow", {"connectorId": 1, "idTag": VALID}, {"connectorId": 1, "idTag": VALID, "reservationId": 7}, {"status": answer})
    return told


@pytest.mark.parametrize(
    ("tag", "status", "verdict"),
    [
        (VALID, "Accepted", ["pass"]),
        (VALID, "Invalid", ["fail error"]),
        (VALID, "ConcurrentTx", ["not exercised"]),
        (OTHER, "Invalid", ["not exercised"]),
    ],
)
def test_who_uses_a_reservation_is_accepted(tag: str, status: str, verdict: list[str]) -> None:
    told = reserved()
    payload = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": told.stamp(), "reservationId": 7}
    told.says("StartTransaction", payload, {"transactionId": 1, "idTagInfo": {"status": status}})
    assert told.verdicts("central-reservation-is-honoured") == verdict


def test_a_transaction_without_a_reservation_is_not_judged_as_one() -> None:
    told = reserved("Rejected")
    told.starts(1, tag=VALID, status="Invalid")
    assert told.verdicts("central-reservation-is-honoured") == []


def test_a_reservation_that_is_cancelled_is_one_that_the_station_was_given() -> None:
    told = reserved()
    told.asks("CancelReservation", {"reservationId": 7}, {"status": "Accepted"})
    told.asks("CancelReservation", {"reservationId": 8}, {"status": "Rejected"})
    assert told.verdicts("central-cancel-names-reservation") == ["pass", "not exercised warning"]


# --- files


TAKEN = "central-transfer-status-is-taken"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [({}, ["pass"]), ("NotImplemented", ["fail error"]), ("NotSupported", ["fail error"]), ("InternalError", ["not exercised"])],
)
def test_what_is_told_of_a_transfer_is_taken(answer: dict[str, Any] | str, verdict: list[str]) -> None:
    told = talk()
    told.says("FirmwareStatusNotification", {"status": "Downloading"}, answer)
    assert told.verdicts(TAKEN) == verdict


def test_who_is_not_certified_for_it_may_refuse_it() -> None:
    told = talk()
    told.says("DiagnosticsStatusNotification", {"status": "Uploading"}, "NotSupported")
    assert told.verdicts(TAKEN, certificate(profiles={"Core": "Pass", "Firmware Management": "N/A"})) == ["not exercised"]


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        ("https://files.example/firmware.bin", ["pass"]),
        ("FTP://files.example/", ["pass"]),
        ("sftp://files.example/", ["not exercised"]),
        ("firmware.bin", ["not exercised"]),
        ("http://[", ["not exercised"]),
    ],
)
def test_any_place_is_right_and_some_cannot_be_used(location: str, verdict: list[str]) -> None:
    told = talk()
    told.asks("GetDiagnostics", {"location": location}, {})
    assert told.verdicts("central-location-can-be-used") == verdict


# --- charging profiles


SOUND = "central-profile-is-sound"
WHOLE = "ChargePointMaxProfile"


def profile(
    purpose: str = "TxDefaultProfile", kind: str = "Absolute", *, first: int = 0, begins: bool = True, **more: Any
) -> dict[str, Any]:
    schedule: dict[str, Any] = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": first, "limit": 6}]}
    if begins:
        schedule["startSchedule"] = "2026-01-01T00:00:00Z"
    return {"chargingProfilePurpose": purpose, "chargingProfileKind": kind, "chargingSchedule": schedule} | more


@pytest.mark.parametrize(
    ("connector", "given", "verdict"),
    [
        (1, profile(), "pass"),
        (0, profile(), "pass"),
        (0, profile(WHOLE), "pass"),
        (1, profile("TxProfile", "Relative", begins=False, transactionId=5), "pass"),
        (1, profile(kind="Recurring", recurrencyKind="Daily"), "pass"),
        (1, profile(WHOLE), "not exercised warning"),
        (0, profile("TxProfile", transactionId=5), "not exercised warning"),
        (1, profile(first=60), "not exercised warning"),
        (1, profile(begins=False), "not exercised warning"),
        (1, profile(recurrencyKind="Daily"), "not exercised warning"),
        (1, profile(transactionId=5), "not exercised warning"),
        (1, profile(validFrom="2026-01-02T00:00:00Z", validTo="2026-01-01T00:00:00Z"), "not exercised warning"),
        (1, {"chargingSchedule": "none"}, "pass"),
    ],
)
def test_a_profile_is_what_its_purpose_and_kind_allow(connector: int, given: dict[str, Any], verdict: str) -> None:
    """What is odd may be the choice of a person, or of an adaptor file."""
    told = talk()
    told.asks("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": given}, {"status": "Accepted"})
    assert told.verdicts(SOUND) == [verdict]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (profile("TxProfile", "Relative", begins=False), "pass"),
        (profile("TxProfile", "Relative", begins=False, transactionId=5), "not exercised warning"),
        (profile("TxDefaultProfile"), "not exercised warning"),
    ],
)
def test_a_remote_start_brings_a_profile_for_its_transaction(given: dict[str, Any], verdict: str) -> None:
    told = talk()
    told.asks("RemoteStartTransaction", START | {"chargingProfile": given}, {"status": "Accepted"})
    assert told.verdicts(SOUND) == [verdict]


@pytest.mark.parametrize(("number", "verdict"), [(5, "pass"), (6, "not exercised warning"), (None, "not exercised warning")])
def test_a_profile_for_a_transaction_names_it(number: int | None, verdict: str) -> None:
    told = talk()
    told.starts(5, tag=VALID)
    given = profile("TxProfile", "Relative", begins=False) | ({} if number is None else {"transactionId": number})
    told.asks("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": given}, {"status": "Accepted"})
    assert told.verdicts("central-profile-names-transaction") == [verdict]


def test_frames_with_values_of_any_type_are_judged() -> None:
    """That they break their schema is said elsewhere."""
    told = talk()
    odd: tuple[Any, ...] = ([], {}, None, True, "x", 1.5)
    for action in ("RemoteStopTransaction", "SendLocalList", "ReserveNow", "SetChargingProfile", "UpdateFirmware", "CancelReservation"):
        for value in odd:
            names = ("transactionId", "listVersion", "expiryDate", "reservationId", "connectorId", "csChargingProfiles", "location")
            told.asks(action, dict.fromkeys(names, value), {"status": "Rejected"}, by=CSMS)
    accused = {each.obligation for each in told.judged_of(RISES) if each.accuses}
    assert accused == set()
