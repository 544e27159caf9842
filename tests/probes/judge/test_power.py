"""Lost power and broken connectors: what is lost, what may be, and what only looks so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from probes.judge.outcomes import Outcome
from probes.wire.records import EventKind
from tests.probes.judge.talk import CORE_KEYS, Talk
from tests.probes.judge.test_booting import FAILED, OPEN, PASSED, boots, known, only
from tests.probes.judge.test_resets import ACCEPTED, STOP, asked, charging, lives_on

Judged = list[tuple[Outcome, str | None]]
NOTED = (Outcome.PASSED, "note")


def at(seconds: float) -> str:
    """A time stamp so many seconds after the beginning of a talk."""
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def cut(talk: Talk, off: float = 60) -> float:
    """The power goes and comes back; gives when it went."""
    talk.event(EventKind.CLOSE, {"code": 1006})
    went = talk.now
    talk.now += off
    talk.event()
    boots(talk)
    return went


def after(
    stop: dict[str, Any] | None, *, told_at: float = 0, status: str = "Finishing", watched: float = 130, values: bool = False
) -> Judged:
    talk = charging()
    went = cut(talk)
    talk.reports(1, status)
    if values:
        talk.tells("MeterValues", {"connectorId": 1, "transactionId": 7, "meterValue": []})
    if stop is not None:
        talk.tells("StopTransaction", STOP | {"timestamp": at(went + told_at)} | stop)
    return only(lives_on(talk, watched).judged("power-loss-ends-transaction"))


def test_what_the_power_ended_is_told() -> None:
    assert after({"reason": "PowerLoss"}) == [PASSED]
    assert after({"reason": "Reboot"}) == [NOTED]
    assert after(None) == [FAILED]
    assert after(None, status="Available") == [FAILED]


def test_what_goes_on_was_not_ended() -> None:
    assert after(None, status="Charging") == [OPEN]
    assert after(None, values=True) == [OPEN]


def test_what_was_not_watched_for_long_enough() -> None:
    assert after(None, watched=60) == [OPEN]
    assert after(None, status="Faulted") == [OPEN]


def test_a_reason_is_wrong_only_where_nobody_else_can_have_ended_it() -> None:
    assert after({"reason": "Local"}) == [FAILED]
    assert after({"reason": "Local"}, told_at=-30) == [OPEN]
    assert after({"reason": "Local"}, told_at=30) == [OPEN]
    assert after({"reason": "Local", "idTag": "T"}) == [OPEN]
    assert after({"reason": "Local"}, status="Charging") == [OPEN]
    assert after({"reason": "EVDisconnected"}) == [OPEN]


def test_a_restart_that_was_asked_for_is_no_loss_of_power() -> None:
    talk = asked(charging(), ACCEPTED)
    cut(talk)
    talk.reports(1, "Finishing")
    assert lives_on(talk, 130).judged("power-loss-ends-transaction") == []


def test_a_station_that_merely_comes_back_has_not_lost_its_power() -> None:
    talk = charging()
    talk.event(EventKind.CLOSE, {"code": 1006}).event()
    talk.reports(1, "Finishing")
    assert lives_on(talk, 130).judged("power-loss-ends-transaction") == []


def test_a_transaction_that_an_earlier_restart_may_have_ended_is_not_missed_again() -> None:
    talk = charging()
    cut(talk)
    cut(talk)
    talk.reports(1, "Finishing")
    assert only(lives_on(talk, 130).judged("power-loss-ends-transaction")) == [OPEN]


def test_another_transaction_afterwards_is_not_the_one_before() -> None:
    talk = charging()
    cut(talk)
    talk.reports(1, "Finishing")
    lives_on(talk, 130)
    talk.reports(1, "Charging")
    talk.tells("StartTransaction", {"connectorId": 1, "idTag": "T"}, {"transactionId": 8, "idTagInfo": ACCEPTED})
    assert only(talk.judged("power-loss-ends-transaction")) == [FAILED]


def test_with_back_up_power_the_end_is_told_at_once() -> None:
    talk = charging()
    talk.tells("StopTransaction", STOP | {"reason": "PowerLoss"})
    cut(talk)
    assert only(talk.judged("power-loss-is-told-at-once")) == [PASSED]
    assert only(lives_on(talk, 130).judged("power-loss-ends-transaction")) == []


# --- out of order


def broken(code: str, **more: Any) -> Talk:
    talk = known()
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Faulted", "errorCode": code} | more)
    return talk


def test_a_fault_has_a_code() -> None:
    assert only(broken("GroundFailure").judged("fault-has-code")) == [PASSED]
    assert only(broken("NoError").judged("fault-has-code")) == [FAILED]


def test_a_fault_that_is_told_otherwise() -> None:
    assert only(broken("NoError", vendorErrorCode="E17").judged("fault-has-code")) == [NOTED]
    assert only(broken("NoError", info="door open").judged("fault-has-code")) == [NOTED]
    talk = known()
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Preparing", "errorCode": "OverVoltage"})
    talk.reports(1, "Faulted")
    assert only(talk.judged("fault-has-code")) == [NOTED]


def started(talk: Talk, pause: float, **more: Any) -> Judged:
    talk.now += pause
    talk.tells("StartTransaction", {"connectorId": 1, "idTag": "T", **more}, {"transactionId": 7, "idTagInfo": ACCEPTED})
    return only(lives_on(talk, 40).judged("faulted-starts-nothing"))


def test_nothing_starts_on_a_broken_connector() -> None:
    assert only(lives_on(broken("GroundFailure"), 40).judged("faulted-starts-nothing")) == [PASSED]
    assert only(lives_on(broken("GroundFailure"), 10).judged("faulted-starts-nothing")) == [OPEN]
    assert started(broken("GroundFailure"), 60) == [FAILED]


def test_a_start_that_crossed_with_the_fault() -> None:
    assert started(broken("GroundFailure"), 2) == [PASSED]


def test_a_start_from_before_the_fault_that_was_told_late() -> None:
    talk = broken("GroundFailure", timestamp=at(1))
    assert started(talk, 60, timestamp=at(0.5)) == [PASSED]
    assert started(broken("GroundFailure", timestamp=at(1)), 60, timestamp=at(60)) == [FAILED]


def test_a_connector_that_was_mended_may_start() -> None:
    talk = broken("GroundFailure")
    talk.reports(1, "Available")
    assert started(talk, 60) == [PASSED]


def test_a_station_that_holds_statuses_back_may_have_been_mended() -> None:
    talk = known()
    talk.lists(CORE_KEYS | {"MinimumStatusDuration": ("30", False)})
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Faulted", "errorCode": "GroundFailure"})
    assert started(talk, 60) == [OPEN]
