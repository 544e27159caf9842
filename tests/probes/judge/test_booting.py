"""What a station owes until it is accepted and right after, and what may look like a breach of it and is none."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Judgement, Outcome
from probes.wire.records import EventKind
from tests.probes.judge.talk import CSMS, STATION, Talk

BOOT = {"chargePointVendor": "Example Chargers", "chargePointModel": "EX-1", "firmwareVersion": "V1.2.3"}


def answered(status: str, interval: int) -> dict[str, Any]:
    return {"status": status, "currentTime": "2026-01-01T00:00:00Z", "interval": interval}


def boots(talk: Talk, status: str = "Accepted", interval: int = 20) -> tuple[int, ...]:
    return talk.tells("BootNotification", BOOT, answered(status, interval))


def known(talk: Talk | None = None) -> Talk:
    """A station that was accepted, whose connector count is known."""
    talk = talk or Talk().event()
    boots(talk)
    talk.lists()
    talk.reports(0)
    talk.reports(1)
    return talk


def restarted(talk: Talk) -> Talk:
    """A Reset that was accepted, and a new connection."""
    talk.asks("Reset", {"type": "Hard"}, {"status": "Accepted"})
    talk.event(EventKind.CLOSE, {"code": 1001})
    return talk.event()


def only(judged: list[Judgement]) -> list[tuple[Outcome, str | None]]:
    return [(each.outcome, None if each.severity is None else str(each.severity)) for each in judged]


PASSED, FAILED, OPEN = (Outcome.PASSED, None), (Outcome.FAILED, "error"), (Outcome.NOT_EXERCISED, None)


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(20.0, PASSED), (300.0, PASSED), (17.5, PASSED), (16.0, FAILED), (0.2, FAILED)],
)
def test_who_is_refused_waits(waited: float, expected: tuple[Outcome, str | None]) -> None:
    talk = Talk().event()
    boots(talk, "Rejected", 20)
    talk.now += waited - talk.step
    boots(talk)
    assert only(talk.judged("boot-retry-interval")) == [expected]


def test_a_registration_that_was_asked_for_is_not_too_early() -> None:
    talk = Talk().event()
    boots(talk, "Pending", 60)
    talk.asks("TriggerMessage", {"requestedMessage": "BootNotification"}, {"status": "Accepted"})
    boots(talk)
    assert only(talk.judged("boot-retry-interval")) == [OPEN]


def test_who_restarts_registers_at_once() -> None:
    talk = Talk().event()
    boots(talk, "Rejected", 60)
    talk.event(EventKind.CLOSE, {"code": 1006}).event()
    boots(talk)
    assert only(talk.judged("boot-retry-interval")) == [OPEN]


def test_without_an_interval_the_station_chooses() -> None:
    talk = Talk().event()
    boots(talk, "Rejected", 0)
    boots(talk)
    assert talk.judged("boot-retry-interval") == []


@pytest.mark.parametrize("status", ["Rejected", "Pending"])
def test_before_it_is_accepted_a_station_is_silent(status: str) -> None:
    talk = Talk().event()
    boots(talk, status, 10)
    talk.reports(1)
    talk.now += 10
    boots(talk)
    assert only(talk.judged("silent-before-acceptance")) == [FAILED]


def test_what_was_asked_for_may_be_sent_while_pending() -> None:
    talk = Talk().event()
    boots(talk, "Pending", 10)
    talk.asks("TriggerMessage", {"requestedMessage": "StatusNotification"}, {"status": "Accepted"})
    talk.reports(1)
    talk.now += 10
    boots(talk)
    assert only(talk.judged("silent-before-acceptance")) == [PASSED]


def test_what_follows_from_what_was_asked_while_pending_is_not_accused() -> None:
    talk = Talk().event()
    boots(talk, "Pending", 10)
    talk.asks("GetDiagnostics", {"location": "ftp://example/"}, {"fileName": "log"})
    talk.tells("DiagnosticsStatusNotification", {"status": "Uploading"})
    talk.now += 10
    boots(talk)
    assert only(talk.judged("silent-before-acceptance")) == [OPEN]
    talk = Talk().event()
    boots(talk, "Pending", 10)
    talk.asks("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, {"status": "Accepted"})
    talk.tells("SignCertificate", {"csr": "x"}, {"status": "Accepted"})
    talk.now += 10
    boots(talk)
    assert only(talk.judged("silent-before-acceptance")) == [PASSED]


def test_what_was_sent_before_anything_was_asked_does_not_follow_from_it() -> None:
    talk = Talk().event()
    boots(talk, "Rejected", 10)
    talk.reports(1)
    talk.asks("ClearCache", {}, {"status": "Accepted"})
    assert only(talk.judged("silent-before-acceptance")) == [FAILED]


def test_a_station_that_was_at_work_before_it_registered_is_not_held_to_silence() -> None:
    """It came back without a restart: what it sent may have crossed with the answer."""
    talk = Talk().event()
    talk.reports(1)
    boots(talk, "Pending", 10)
    talk.reports(1, "Preparing")
    assert talk.judged("silent-before-acceptance") == []


def test_after_a_reset_the_boot_comes_first() -> None:
    talk = restarted(known())
    boots(talk)
    assert only(talk.judged("boot-comes-first")) == [PASSED]
    talk = restarted(known())
    talk.reports(0)
    boots(talk)
    assert only(talk.judged("boot-comes-first")) == [FAILED]


def test_a_station_that_comes_back_and_registers_anew_is_only_warned() -> None:
    talk = known()
    talk.event(EventKind.CLOSE, {"code": 1006}).event()
    talk.reports(1)
    boots(talk)
    assert only(talk.judged("boot-comes-first")) == [(Outcome.FAILED, "warning")]


def test_a_recording_that_begins_in_the_middle_says_nothing_of_the_order() -> None:
    talk = Talk()
    talk.reports(1)
    boots(talk)
    assert talk.judged("boot-comes-first") == []


def statuses_after(told: list[int], watched: float, keys: dict[str, tuple[str, bool]] | None = None) -> list[tuple[Outcome, str | None]]:
    talk = Talk().event()
    boots(talk)
    talk.lists(keys)
    for number in told:
        talk.reports(number)
    talk.now += watched
    talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    return only(talk.judged("status-after-boot"))


def test_every_state_is_told_after_the_registration() -> None:
    assert statuses_after([0, 1], 1) == [PASSED]
    assert statuses_after([1], 130) == [FAILED]
    assert statuses_after([0], 130) == [FAILED]


def test_a_station_that_was_not_watched_long_enough_may_still_tell_its_states() -> None:
    assert statuses_after([1], 100) == [OPEN]


def test_a_station_that_holds_statuses_back_has_longer() -> None:
    keys = {"NumberOfConnectors": ("1", True), "MinimumStatusDuration": ("60", False)}
    assert statuses_after([0], 130, keys) == [OPEN]
    assert statuses_after([0], 190, keys) == [FAILED]


def test_a_boot_right_after_another_cuts_the_first_short() -> None:
    talk = Talk().event()
    boots(talk)
    boots(talk)
    talk.lists()
    talk.reports(0)
    talk.reports(1)
    talk.now += 130
    talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    assert only(talk.judged("status-after-boot")) == [OPEN, PASSED]


def test_without_a_count_of_connectors_nobody_knows_whether_all_were_told() -> None:
    assert statuses_after([0, 1], 130, {"HeartbeatInterval": ("20", False)}) == [OPEN]


def test_settings_while_pending() -> None:
    talk = Talk().event()
    boots(talk, "Pending", 60)
    talk.lists()
    talk.asks("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "31"}, {"status": "Rejected"})
    assert only(talk.judged("configurable-while-pending")) == [PASSED, (Outcome.NOT_EXERCISED, "warning")]


@pytest.mark.parametrize(("status", "severity"), [("Rejected", None), ("Pending", "warning")])
def test_a_station_that_is_not_accepted_need_not_answer(status: str, severity: str | None) -> None:
    talk = Talk().event()
    boots(talk, status, 60)
    talk.asks("GetConfiguration", {}, None)
    talk.now += 60
    boots(talk)
    assert only(talk.judged("call-is-answered")) == [(Outcome.NOT_EXERCISED, severity)]


def beats(talk: Talk, apart: list[float]) -> list[tuple[Outcome, str | None]]:
    for seconds in apart:
        talk.now += seconds
        talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    return only(talk.judged("heartbeat-interval"))


def accepted(interval: int) -> Talk:
    talk = Talk(step=0.01).event()
    boots(talk, "Accepted", interval)
    return talk


def test_heartbeats_come_as_they_were_asked_for() -> None:
    assert beats(accepted(10), [10] * 5) == [PASSED]
    assert beats(accepted(10), [5] * 8) == [FAILED]
    assert beats(accepted(10), [10, 0] * 4) == [FAILED]


def test_few_heartbeats_and_slow_ones_accuse_nobody() -> None:
    assert beats(accepted(10), [1, 1, 1, 1]) == []
    assert beats(accepted(10), [60] * 5) == [PASSED]


def test_a_short_burst_of_heartbeats_says_nothing_of_the_interval() -> None:
    assert beats(accepted(300), [1] * 5) == [PASSED]


def test_a_station_with_work_may_have_other_reasons_for_a_heartbeat() -> None:
    talk = accepted(10)
    for _ in range(20):
        talk.now += 2
        talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
        talk.reports(1)
    assert talk.judged("heartbeat-interval") == []


def test_heartbeats_that_were_asked_for_do_not_count() -> None:
    talk = accepted(10)
    talk.asks("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"})
    assert beats(talk, [2] * 6) == []


def test_another_interval_ends_the_count() -> None:
    talk = accepted(10)
    talk.asks("ChangeConfiguration", {"key": "heartbeatinterval", "value": "1"}, {"status": "Accepted"})
    assert beats(talk, [1] * 20) == []


def test_no_heartbeats_over_websocket_are_allowed() -> None:
    talk = accepted(10)
    talk.now += 60
    talk.asks("GetConfiguration", {"key": ["NumberOfConnectors"]}, {"configurationKey": []})
    assert only(talk.judged("heartbeat-interval")) == [(Outcome.PASSED, "warning")]


def test_a_boot_that_breaks_its_schema() -> None:
    talk = Talk().event()
    talk.tells("BootNotification", {"chargePointModel": "EX-1"}, answered("Accepted", 20))
    assert only(talk.judged("boot-follows-schema")) == [FAILED]
    assert {judgement.subject for judgement in talk.judged() if judgement.accuses} == {"calls/BootNotification"}


def test_two_calls_at_once_are_a_warning() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"a","Heartbeat",{}]')
    talk.frame(STATION, '[2,"b","Heartbeat",{}]')
    talk.frame(CSMS, '[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]')
    talk.frame(CSMS, '[3,"b",{"currentTime":"2026-01-01T00:00:00Z"}]')
    assert only(talk.judged("one-call-at-a-time")) == [(Outcome.FAILED, "warning")]


def test_who_has_given_up_waiting_may_go_on() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"a","Heartbeat",{}]')
    talk.now += 30
    talk.frame(STATION, '[2,"b","Heartbeat",{}]')
    talk.frame(CSMS, '[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]')
    talk.frame(STATION, '[2,"c","Heartbeat",{}]')
    assert talk.judged("one-call-at-a-time") == []


def stamped(stamps: list[str]) -> list[tuple[Outcome, str | None]]:
    talk = Talk().event()
    boots(talk)
    for text in stamps:
        talk.tells("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": text})
    return only(talk.judged("clock-is-set"))


def test_a_clock_that_was_never_set_is_a_warning() -> None:
    assert stamped(["1970-01-01T00:00:07Z"] * 3) == [(Outcome.FAILED, "warning")]
    assert stamped(["2026-01-01T02:00:00Z"] * 3) == [(Outcome.FAILED, "warning")]
    assert stamped(["2026-01-01T02:00:00+02:00"] * 3) == [PASSED]


def test_a_log_in_local_time_says_nothing_of_the_station_s_clock() -> None:
    talk = Talk().event()
    payload = {"chargePointVendor": "V", "chargePointModel": "M"}
    told = {"status": "Accepted", "interval": 300}
    talk.tells("BootNotification", payload, told | {"currentTime": "2025-12-31T22:00:00Z"})
    for _ in range(3):
        status = {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "2025-12-31T22:00:01Z"}
        talk.tells("StatusNotification", status)
    assert only(talk.judged("clock-is-set")) == [PASSED]


def test_a_central_system_that_is_wrong_about_the_time_accuses_no_station_that_is_right() -> None:
    talk = Talk().event()
    payload = {"chargePointVendor": "V", "chargePointModel": "M"}
    talk.tells("BootNotification", payload, {"status": "Accepted", "interval": 300, "currentTime": "2020-01-01T00:00:00Z"})
    for _ in range(3):
        talk.tells("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": talk.stamp()})
    assert only(talk.judged("clock-is-set")) == [PASSED]


def test_what_waited_for_a_connection_says_nothing_of_the_clock() -> None:
    assert stamped(["2025-12-31T00:00:00Z", "2025-12-31T12:00:00Z", "2026-01-01T00:00:01Z"]) == [PASSED]
    assert stamped(["1970-01-01T00:00:07Z"] * 2) == []
