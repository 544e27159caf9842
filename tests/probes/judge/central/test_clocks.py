"""The time that central systems tell: which is wrong, whose clock it may be, and times without a zone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.probes.judge.central.talk import CentralTalk
from tests.probes.judge.talk import BEGINNING

RULE = "central-tells-the-time"
HOUR = 3600.0


def told(*offs: float, suffix: str = "Z") -> list[str]:
    """What is said of a registration and of heartbeats whose times are off by so many seconds."""
    talk = CentralTalk()
    talk.event()
    for number, off in enumerate(offs):
        moment = BEGINNING + timedelta(seconds=talk.now + talk.step + off)
        text = moment.isoformat(timespec="seconds").removesuffix("+00:00") + suffix
        if number == 0:
            answer = {"status": "Accepted", "currentTime": text, "interval": 300}
            talk.says("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}, answer)
        else:
            talk.says("Heartbeat", {}, {"currentTime": text})
    return talk.verdicts(RULE)


def test_the_right_time_is_right() -> None:
    assert told(0, 0.4, -0.4) == ["pass"] * 3


def test_a_clock_that_is_a_little_off_is_one_of_two() -> None:
    assert told(20, 20) == ["pass warning"] * 2


def test_one_wrong_time_among_right_ones_accuses() -> None:
    assert told(0, -7 * HOUR) == ["pass", "fail error"]
    assert told(7 * HOUR, 0) == ["fail error", "pass"]


def test_when_all_are_off_by_the_same_the_wrong_clock_may_be_ours() -> None:
    assert told(2 * HOUR, 2 * HOUR) == ["not exercised warning"] * 2


def test_no_clock_of_an_audit_is_years_off() -> None:
    assert told(-50 * 365 * 24 * HOUR, -50 * 365 * 24 * HOUR) == ["fail error"] * 2


def test_times_that_contradict_each_other_accuse() -> None:
    assert told(2 * HOUR, 5 * HOUR) == ["fail error"] * 2


@pytest.mark.parametrize("hours", [0, 2, -7, 5.75])
def test_a_time_without_a_zone_may_be_a_local_one(hours: float) -> None:
    assert told(hours * HOUR, hours * HOUR, suffix="") == ["fail warning", "pass"] * 2


def test_a_time_without_a_zone_that_is_none_anywhere_accuses_where_others_are_right() -> None:
    assert told(0, 1000, suffix="") == ["fail warning", "pass", "fail warning", "fail error"]
