"""Charging profiles judged in hand-written talks: what is accused, and above all what only looks as if it should be."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from registry.certificates.facts import CertificateFacts, Severity
from tests.probes.judge.talk import CORE_KEYS, NOT_CERTIFIED, Talk, certificate

PROFILES = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Smart Charging": "Pass"}
KEYS = CORE_KEYS | {
    "SupportedFeatureProfiles": ("Core,SmartCharging", True),
    "ChargeProfileMaxStackLevel": ("5", True),
    "ChargingScheduleAllowedChargingRateUnit": ("Current,Power", True),
    "ChargingScheduleMaxPeriods": ("6", True),
    "MaxChargingProfilesInstalled": ("6", True),
}
MIDNIGHT = "2026-01-01T00:00:00Z"
STEPS = ((0, 6.0), (100, 10.0), (200, 8.0))
"""The limits of the profile that most talks are about, from midnight on."""

AS_SET = ((0, 6.0), (98, 10.0), (198, 8.0), (298, 32.0))
"""The composite schedule of two seconds after midnight that shows them."""

TALK_ID, TAG = 77, "tag:0123456789abcdef"


def facts(**changes: Any) -> CertificateFacts:
    declared = {key: value or None for key, (value, _) in KEYS.items()}
    return certificate(**({"profiles": PROFILES, "configuration_keys": declared} | changes))


def station(keys: dict[str, tuple[str, bool]] | None = None) -> Talk:
    """Idle, with its keys read, two seconds after midnight."""
    talk = Talk().event()
    talk.boots()
    talk.reports(0)
    talk.reports(1)
    talk.lists(KEYS if keys is None else keys)
    talk.now = 1.0
    return talk


def starts(talk: Talk, connector: int = 1) -> None:
    payload = {"connectorId": connector, "idTag": TAG, "meterStart": 0, "timestamp": MIDNIGHT}
    talk.tells("StartTransaction", payload, {"transactionId": TALK_ID, "idTagInfo": {"status": "Accepted"}})


def schedule(periods: Any = STEPS, unit: str = "A", **more: Any) -> dict[str, Any]:
    told = [{"startPeriod": start, "limit": limit} for start, limit in periods]
    return {"chargingRateUnit": unit, "chargingSchedulePeriod": told} | more


def profile(purpose: str = "TxProfile", level: int = 5, number: int = 1, periods: Any = STEPS, unit: str = "A", **more: Any) -> Any:
    transaction = {"transactionId": TALK_ID} if purpose == "TxProfile" else {}
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule(periods, unit, startSchedule=MIDNIGHT, duration=300),
    } | (transaction | more)


def sets(talk: Talk, told: Any, answer: Any = "Accepted", connector: int = 1) -> tuple[int, ...]:
    reply = {"status": answer} if answer in {"Accepted", "Rejected", "NotSupported"} else answer
    return talk.asks("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": told}, reply)


def composite(talk: Talk, periods: Any = AS_SET, answer: Any = None, connector: int = 1, unit: str = "A", **more: Any) -> tuple[int, ...]:
    payload = {"connectorId": connector, "duration": 300, "chargingRateUnit": unit}
    told = {
        "status": "Accepted",
        "connectorId": connector,
        "scheduleStart": "2026-01-01T00:00:02Z",
        "chargingSchedule": schedule(periods, unit, duration=300),
    }
    talk.now = max(talk.now, 2.0)
    return talk.asks("GetCompositeSchedule", payload, told | more if answer is None else answer)


def accusations(talk: Talk, **changes: Any) -> list[str | None]:
    return [judgement.subject for judgement in talk.judged(facts=facts(**changes)) if judgement.accuses]


def outcome(talk: Talk, obligation: str, **changes: Any) -> list[Outcome]:
    return [judgement.outcome for judgement in talk.judged(obligation, facts(**changes))]


def running(told: Any = None, **more: Any) -> Talk:
    """A transaction that was seen from its beginning, with this profile, or the usual one."""
    talk = station()
    starts(talk)
    sets(talk, profile() if told is None else told, **more)
    return talk


SHOWS = "composite-schedule-shows-profiles"
ABOVE = "GetCompositeSchedule/above the profiles"


# --- the composite schedule


def test_a_schedule_that_shows_the_profile() -> None:
    talk = running()
    composite(talk)
    assert (outcome(talk, SHOWS), accusations(talk)) == ([Outcome.PASSED], [])


@pytest.mark.parametrize(
    "periods",
    [
        ((0, 32.0),),
        ((0, 6.0), (98, 10.0), (198, 25.0)),
        ((0, 6.0), (98, 11.0), (198, 8.0)),
        ((0, 6.6), (98, 10.0), (198, 8.0)),
        ((0, 10.0), (98, 6.0), (198, 8.0)),
    ],
)
def test_a_schedule_above_the_profile_is_accused(periods: Any) -> None:
    talk = running()
    composite(talk, periods)
    assert accusations(talk) == [ABOVE]


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (((0, 6.0), (93, 10.0), (203, 8.0)), Outcome.PASSED),
        (((0, 6.4), (98, 10.0), (198, 8.0)), Outcome.PASSED),
        (((0, 6), (98, 10), (198, 8)), Outcome.PASSED),
        (((0, 6.0), (98, 8.0)), Outcome.PASSED),
        (((0, 4.0),), Outcome.NOT_EXERCISED),
        (((0, 6.0), (98, 7.0), (198, 6.0)), Outcome.NOT_EXERCISED),
        (((0, 6.0), (10, 6.0), (98, 10.0), (198, 8.0)), Outcome.PASSED),
        (((0, 6.0), (98, 10.0), (198, 8.0), (299, 0.0)), Outcome.PASSED),
    ],
)
def test_clocks_rounding_and_limits_of_its_own_are_no_defects(periods: Any, expected: Outcome) -> None:
    talk = running()
    composite(talk, periods)
    assert (outcome(talk, SHOWS), accusations(talk)) == ([expected], [])


@pytest.mark.parametrize(
    "more",
    [
        {"scheduleStart": "2026-01-01T02:00:02+02:00"},
        {"scheduleStart": "2026-01-01T00:00:02.500Z"},
        {"scheduleStart": "2026-01-01T00:00:02"},
        {"scheduleStart": "yesterday"},
        {"scheduleStart": None},
        {"connectorId": None},
    ],
)
def test_the_beginning_may_be_written_in_any_way(more: Any) -> None:
    talk = running()
    told = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-01-01T00:00:02Z",
        "chargingSchedule": schedule(AS_SET, duration=300),
    }
    composite(talk, answer={name: value for name, value in (told | more).items() if value is not None})
    assert (outcome(talk, SHOWS), ABOVE in accusations(talk)) == ([Outcome.PASSED], False)


def test_a_schedule_of_another_time_shows_nothing() -> None:
    """A station whose clock is wrong, or that writes its local time as UTC, reckons with its own clock."""
    talk = running()
    composite(talk, ((0, 32.0),), scheduleStart="2026-01-01T00:03:00Z")
    assert (outcome(talk, SHOWS), accusations(talk)) == ([Outcome.NOT_EXERCISED], [])


def test_what_a_later_schedule_leaves_out_is_not_missed() -> None:
    talk = running()
    composite(talk, ((0, 6.0), (98, 10.0)), chargingSchedule=schedule(((0, 6.0), (98, 10.0)), duration=150))
    assert (outcome(talk, SHOWS), accusations(talk)) == ([Outcome.PASSED], [])


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, "InternalError", None])
def test_a_station_may_not_be_able_to_tell(answer: Any) -> None:
    talk = running()
    payload = {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
    talk.asks("GetCompositeSchedule", payload, answer)
    assert accusations(talk) == []


def test_a_certified_station_does_not_refuse_the_message_itself() -> None:
    talk = running()
    composite(talk, answer="NotSupported")
    assert accusations(talk) == ["answers/GetCompositeSchedule"]


def _set_below_the_top() -> Talk:
    talk = station()
    sets(talk, profile("TxDefaultProfile", level=4))
    starts(talk)
    return talk


def _set_for_all_connectors() -> Talk:
    talk = station()
    sets(talk, profile("TxDefaultProfile"), connector=0)
    starts(talk)
    return talk


def _set_without_transaction() -> Talk:
    talk = station()
    sets(talk, profile("TxDefaultProfile"))
    return talk


def _whose_levels_are_not_known() -> Talk:
    talk = station({key: value for key, value in KEYS.items() if key != "ChargeProfileMaxStackLevel"})
    sets(talk, profile("TxDefaultProfile"))
    starts(talk)
    return talk


def _rejected() -> Talk:
    return running(answer="Rejected")


def _unanswered() -> Talk:
    talk = running()
    talk.asks("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile(level=4, number=2)}, None)
    return talk


def _cleared() -> Talk:
    talk = running()
    talk.asks("ClearChargingProfile", {"id": 1}, {"status": "Accepted"})
    return talk


def _cleared_by_level() -> Talk:
    talk = running()
    talk.asks("ClearChargingProfile", {"stackLevel": 5}, {"status": "Accepted"})
    return talk


def _ended() -> Talk:
    talk = running()
    talk.tells("StopTransaction", {"transactionId": TALK_ID, "meterStop": 1, "timestamp": MIDNIGHT})
    return talk


def _of_a_transaction_before_the_recording() -> Talk:
    talk = station()
    sets(talk, profile(transactionId=5))
    return talk


def _of_the_transaction_before() -> Talk:
    """It ended with that (3.13.1), though it names none."""
    told = {name: value for name, value in profile().items() if name != "transactionId"}
    talk = running(told)
    talk.tells("StopTransaction", {"transactionId": TALK_ID, "meterStop": 1, "timestamp": MIDNIGHT})
    starts(talk)
    return talk


def _in_another_unit() -> Talk:
    return running(profile(unit="W", periods=((0, 1380.0),)))


def _relative() -> Talk:
    return running(profile(chargingProfileKind="Relative"))


def _recurring() -> Talk:
    return running(profile(chargingProfileKind="Recurring", recurrencyKind="Daily"))


def _not_valid_yet() -> Talk:
    return running(profile(validFrom="2026-01-01T00:20:00Z"))


def _no_longer_valid() -> Talk:
    return running(profile(validTo="2025-12-31T23:00:00Z"))


def _replaced() -> Talk:
    talk = running()
    sets(talk, profile(number=2, periods=((0, 32.0),)))
    return talk


def _overruled() -> Talk:
    """The transaction's own profile overrules the default one (3.13.1)."""
    talk = station()
    sets(talk, profile("TxDefaultProfile"))
    starts(talk)
    sets(talk, profile(number=2, periods=((0, 32.0),)))
    return talk


def _of_another_connector() -> Talk:
    talk = running()
    talk.asks("ClearChargingProfile", {"id": 1}, {"status": "Accepted"})
    sets(talk, profile("TxDefaultProfile"), connector=2)
    return talk


@pytest.mark.parametrize(
    "talk",
    [
        _set_below_the_top,
        _set_for_all_connectors,
        _set_without_transaction,
        _whose_levels_are_not_known,
        _rejected,
        _unanswered,
        _cleared,
        _cleared_by_level,
        _ended,
        _of_a_transaction_before_the_recording,
        _of_the_transaction_before,
        _in_another_unit,
        _relative,
        _recurring,
        _not_valid_yet,
        _no_longer_valid,
        _replaced,
        _overruled,
        _of_another_connector,
    ],
)
def test_full_power_is_no_defect_where_a_profile_may_not_be_in_force(talk: Any) -> None:
    talked = talk()
    composite(talked, ((0, 32.0),))
    assert ABOVE not in accusations(talked)


@pytest.mark.parametrize(("errata", "expected"), [("v4.0 Release, 2019-10-23", [ABOVE]), ("v3.0", []), (None, [ABOVE])])
def test_a_default_profile_for_a_running_transaction_came_with_the_fourth_errata(errata: str | None, expected: list[str]) -> None:
    talk = station()
    starts(talk)
    sets(talk, profile("TxDefaultProfile"))
    composite(talk, ((0, 32.0),))
    assert accusations(talk, errata=errata) == expected


def test_a_default_profile_before_the_transaction_is_in_force_by_any_errata() -> None:
    talk = station()
    sets(talk, profile("TxDefaultProfile"))
    starts(talk)
    composite(talk, ((0, 32.0),))
    assert accusations(talk, errata="v3.0") == [ABOVE]


def test_a_profile_of_a_remote_start_is_in_force() -> None:
    talk = station()
    told = {name: value for name, value in profile().items() if name != "transactionId"}
    talk.asks("RemoteStartTransaction", {"connectorId": 1, "idTag": TAG, "chargingProfile": told}, {"status": "Accepted"})
    starts(talk)
    composite(talk, ((0, 32.0),))
    assert accusations(talk) == [ABOVE]


def test_a_profile_of_a_remote_start_is_not_that_of_somebody_else() -> None:
    talk = station()
    told = {name: value for name, value in profile().items() if name != "transactionId"}
    talk.asks(
        "RemoteStartTransaction", {"connectorId": 1, "idTag": "tag:fedcba9876543210", "chargingProfile": told}, {"status": "Accepted"}
    )
    starts(talk)
    composite(talk, ((0, 32.0),))
    assert accusations(talk) == []


def test_the_lowest_of_the_purposes_holds() -> None:
    talk = station()
    sets(talk, profile("ChargePointMaxProfile", number=3, periods=((0, 7.0),)), connector=0)
    starts(talk)
    sets(talk, profile())
    composite(talk, ((0, 6.0), (98, 7.0), (298, 7.0)))
    assert (outcome(talk, SHOWS), accusations(talk)) == ([Outcome.PASSED], [])
    composite(talk, AS_SET)
    assert accusations(talk) == [ABOVE]


def test_the_higher_level_prevails_while_it_is_valid() -> None:
    talk = running(profile(level=4, number=2, periods=((0, 9.0),)))
    sets(talk, profile(level=5, periods=((0, 7.0),), validTo="2026-01-01T00:02:00Z"))
    composite(talk, ((0, 7.0), (118, 9.0)))
    assert (outcome(talk, SHOWS), accusations(talk)) == ([Outcome.PASSED], [])
    composite(talk, ((0, 9.0),))
    assert accusations(talk) == [ABOVE]


def test_where_a_higher_level_says_nothing_more_the_clauses_can_be_read_either_way() -> None:
    """It is valid for ever and its schedule is over: the lower one comes back, or nothing limits (3.13.2)."""
    talk = running(profile(level=4, number=2, periods=((0, 9.0),)))
    over = profile(level=5)
    over["chargingSchedule"] = schedule(((0, 7.0),), startSchedule=MIDNIGHT, duration=120)
    sets(talk, over)
    composite(talk, ((0, 7.0), (118, 32.0)))
    assert accusations(talk) == []


# --- its form


def test_the_first_period_starts_at_zero() -> None:
    talk = running()
    composite(talk, ((1, 6.0), (98, 10.0), (198, 8.0)))
    assert accusations(talk) == ["GetCompositeSchedule/first period"]


def test_a_schedule_in_force_cannot_be_left_out() -> None:
    talk = running()
    composite(talk, answer={"status": "Accepted"})
    assert accusations(talk) == ["GetCompositeSchedule/no schedule"]


def test_without_a_profile_there_may_be_nothing_to_tell() -> None:
    talk = station()
    composite(talk, answer={"status": "Accepted"})
    assert accusations(talk) == []


def test_a_schedule_may_be_left_out_where_the_profile_may_not_be_in_force() -> None:
    talk = _set_without_transaction()
    composite(talk, answer={"status": "Accepted"})
    assert accusations(talk) == []


@pytest.mark.parametrize(
    ("allowed", "expected"), [("Current,Power", ["GetCompositeSchedule/unit"]), ("Current", ["GetCompositeSchedule/unit"]), ("Power", [])]
)
def test_the_unit_that_is_asked_for(allowed: str, expected: list[str]) -> None:
    talk = station(KEYS | {"ChargingScheduleAllowedChargingRateUnit": (allowed, True)})
    composite(talk, chargingSchedule=schedule(((0, 7360.0),), "W"))
    assert accusations(talk) == expected


@pytest.mark.parametrize("certified", ["N/A", "Not tested", None])
def test_nothing_is_asked_of_a_station_without_smart_charging(certified: str | None) -> None:
    talk = running()
    composite(talk, ((1, 32.0),))
    assert accusations(talk, profiles=PROFILES | {"Smart Charging": certified}) == []


# --- what is refused and carried out all the same


def test_a_rejected_profile_that_is_in_force() -> None:
    talk = running(answer="Rejected")
    composite(talk)
    assert accusations(talk) == ["SetChargingProfile/rejected and carried out"]


def _rejected_and_not_there() -> Talk:
    talk = running(answer="Rejected")
    composite(talk, ((0, 32.0),))
    return talk


def _rejected_with_one_level() -> Talk:
    """A limit of 6 A may be the station's own."""
    talk = running(profile(periods=((0, 6.0),)), answer="Rejected")
    composite(talk, ((0, 6.0),))
    return talk


def _rejected_and_there_before() -> Talk:
    talk = running()
    sets(talk, profile(number=2), "Rejected")
    composite(talk)
    return talk


def _rejected_and_another_one_set() -> Talk:
    talk = running(answer="Rejected")
    sets(talk, profile(number=2))
    composite(talk)
    return talk


@pytest.mark.parametrize(
    "talk", [_rejected_and_not_there, _rejected_with_one_level, _rejected_and_there_before, _rejected_and_another_one_set]
)
def test_a_profile_may_be_rejected(talk: Any) -> None:
    assert accusations(talk()) == []


# --- clearing


def _clears(talk: Talk, payload: Any = None) -> None:
    talk.asks("ClearChargingProfile", payload or {"id": 1}, {"status": "Accepted"})


def test_a_cleared_profile_is_gone() -> None:
    talk = running()
    composite(talk)
    _clears(talk)
    composite(talk, ((0, 32.0),))
    assert (outcome(talk, "cleared-profile-is-gone"), accusations(talk)) == ([Outcome.PASSED], [])


@pytest.mark.parametrize("payload", [{"id": 1}, {"connectorId": 1, "stackLevel": 5}, {"chargingProfilePurpose": "TxProfile"}])
def test_a_cleared_profile_that_stays(payload: Any) -> None:
    talk = running()
    composite(talk)
    _clears(talk, payload)
    composite(talk)
    assert accusations(talk) == ["ClearChargingProfile/no effect"]


def _cleared_and_the_same_again() -> Talk:
    talk = running()
    composite(talk)
    _clears(talk)
    sets(talk, profile(number=2))
    composite(talk)
    return talk


def _cleared_and_the_same_below() -> Talk:
    talk = running()
    sets(talk, profile(number=2, level=4))
    composite(talk)
    _clears(talk)
    composite(talk)
    return talk


def _cleared_and_never_seen() -> Talk:
    talk = running()
    _clears(talk)
    composite(talk)
    return talk


def _cleared_of_one_level() -> Talk:
    talk = running(profile(periods=((0, 6.0),)))
    composite(talk, ((0, 6.0),))
    _clears(talk)
    composite(talk, ((0, 6.0),))
    return talk


def _cleared_between_transactions() -> Talk:
    talk = running()
    composite(talk)
    _clears(talk)
    talk.tells("StopTransaction", {"transactionId": TALK_ID, "meterStop": 1, "timestamp": MIDNIGHT})
    composite(talk)
    return talk


@pytest.mark.parametrize(
    "talk",
    [
        _cleared_and_the_same_again,
        _cleared_and_the_same_below,
        _cleared_and_never_seen,
        _cleared_of_one_level,
        _cleared_between_transactions,
    ],
)
def test_what_shows_a_cleared_profile_may_be_another(talk: Any) -> None:
    assert accusations(talk()) == []


@pytest.mark.parametrize(("status", "severity"), [("Unknown", None), ("Accepted", Severity.WARNING)])
def test_what_is_cleared_twice_is_unknown(status: str, severity: Severity | None) -> None:
    talk = running()
    _clears(talk)
    talk.asks("ClearChargingProfile", {"id": 1}, {"status": status})
    (judged,) = talk.judged("clear-unknown-profile", facts())
    assert (judged.outcome, judged.severity, judged.accuses) == (Outcome.PASSED, severity, False)


# --- what must be refused


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("PropertyConstraintViolation", []), ("Rejected", []), ("InternalError", []), ("Accepted", ["SetChargingProfile/unknown connector"])],
)
def test_a_connector_that_does_not_exist(answer: Any, expected: list[str]) -> None:
    talk = station()
    sets(talk, profile("TxDefaultProfile"), answer, connector=2)
    assert accusations(talk) == expected


def test_a_connector_that_has_reported_exists() -> None:
    talk = station()
    talk.reports(2)
    sets(talk, profile("TxDefaultProfile"), connector=2)
    assert accusations(talk) == []


@pytest.mark.parametrize("answer", ["Rejected", "Accepted", "PropertyConstraintViolation"])
def test_whether_the_transaction_id_is_looked_at_is_no_defect(answer: Any) -> None:
    """7.8: it may be used to match."""
    talk = running(profile(transactionId=5), answer=answer)
    assert accusations(talk) == []
    (judged,) = talk.judged("transaction-profile-of-another", facts())
    assert judged.severity is (Severity.WARNING if answer == "Accepted" else None)


@pytest.mark.parametrize("answer", ["Accepted", "Rejected"])
def test_a_remote_start_with_a_default_profile_binds_the_central_system_alone(answer: str) -> None:
    talk = station()
    payload = {"connectorId": 1, "idTag": TAG, "chargingProfile": profile("TxDefaultProfile")}
    talk.asks("RemoteStartTransaction", payload, {"status": answer})
    assert accusations(talk) == []


def test_a_transaction_may_begin_while_its_profile_is_on_its_way() -> None:
    talk = station()
    sets(talk, profile())
    starts(talk)
    assert accusations(talk) == []


def test_a_transaction_profile_of_an_idle_station() -> None:
    talk = station()
    sets(talk, profile())
    talk.now = 50.0
    talk.reports(1)
    assert accusations(talk) == ["SetChargingProfile/no transaction"]


# --- what flows


def _of_zero() -> Talk:
    """Nothing may flow, since midnight."""
    return running(profile(periods=((0, 0.0),)))


def _seconds(talk: Talk, seconds: float) -> None:
    """Let time pass."""
    talk.now += seconds


def _measures(talk: Talk, value: str = "3680", measurand: str = "Power.Active.Import", **more: Any) -> None:
    """A periodic sample of now; a field is left out with None."""
    sampled = {"value": value, "measurand": measurand, "unit": "W" if measurand.startswith("Power") else "A"} | more
    told = {"timestamp": talk.stamp(), "sampledValue": [{name: each for name, each in sampled.items() if each is not None}]}
    talk.tells("MeterValues", {"connectorId": 1, "transactionId": TALK_ID, "meterValue": [told]})


TOO_MUCH = "MeterValues/above the profiles"


def test_what_flows_against_the_limit_is_accused_when_it_goes_on() -> None:
    talk = _of_zero()
    _seconds(talk, 70)
    _measures(talk)
    assert TOO_MUCH not in accusations(talk)
    _seconds(talk, 10)
    _measures(talk)
    assert TOO_MUCH in accusations(talk)


@pytest.mark.parametrize(
    ("value", "measurand", "more"),
    [
        ("450", "Power.Active.Import", {}),
        ("0.4", "Power.Active.Import", {"unit": "kW"}),
        ("1.9", "Current.Import", {}),
        ("16", "Current.Export", {"unit": "A"}),
        ("16", "Current.Offered", {"unit": "A"}),
        ("3680", "Power.Offered", {"unit": "W"}),
        ("16", "Current.Import", {"phase": "N"}),
        ("3680", "Power.Active.Import", {"location": "Inlet"}),
        ("3680", "Power.Active.Import", {"context": "Sample.Clock"}),
        ("3680", "Power.Active.Import", {"context": "Transaction.Begin"}),
        ("nothing", "Power.Active.Import", {}),
        ("3680", "Power.Active.Import", {"format": "SignedData"}),
    ],
)
def test_other_readings_are_no_defects(value: str, measurand: str, more: Any) -> None:
    talk = _of_zero()
    for _ in range(3):
        _seconds(talk, 70)
        _measures(talk, value, measurand, **more)
    assert TOO_MUCH not in accusations(talk)


def test_a_station_and_a_car_take_their_time() -> None:
    talk = _of_zero()
    for _ in range(5):
        _seconds(talk, 10)
        _measures(talk)
    assert TOO_MUCH not in accusations(talk)


def test_a_reading_in_between_that_is_right_ends_the_suspicion() -> None:
    talk = _of_zero()
    _seconds(talk, 70)
    for value in ("3680", "0", "3680", "0"):
        _measures(talk, value)
        _seconds(talk, 10)
    assert TOO_MUCH not in accusations(talk)


@pytest.mark.parametrize(
    ("limit", "value", "measurand", "more", "expected"),
    [
        (6.0, "9", "Current.Import", {"phase": "L1"}, []),
        (6.0, "10", "Current.Import", {"phase": "L1"}, [TOO_MUCH]),
        (6.0, "18", "Current.Import", {}, []),
        (6.0, "25", "Current.Import", {}, [TOO_MUCH]),
        (6.0, "4140", "Power.Active.Import", {}, []),
        (6.0, "7000", "Power.Active.Import", {}, [TOO_MUCH]),
    ],
)
def test_a_reading_without_a_phase_may_be_the_sum_of_three(
    limit: float, value: str, measurand: str, more: Any, expected: list[str]
) -> None:
    talk = running(profile(periods=((0, limit),)))
    _seconds(talk, 70)
    for _ in range(2):
        _measures(talk, value, measurand, **more)
        _seconds(talk, 10)
    assert [each for each in accusations(talk) if each == TOO_MUCH] == expected


def test_values_of_an_earlier_moment_tell_nothing_of_now() -> None:
    talk = _of_zero()
    old = {"timestamp": talk.stamp(), "sampledValue": [{"value": "3680", "measurand": "Power.Active.Import", "unit": "W"}]}
    _seconds(talk, 100)
    for _ in range(3):
        talk.tells("MeterValues", {"connectorId": 1, "transactionId": TALK_ID, "meterValue": [old]})
    assert TOO_MUCH not in accusations(talk)


def test_what_flows_is_not_held_against_a_profile_that_may_be_overruled() -> None:
    talk = station()
    sets(talk, profile("TxDefaultProfile", level=3, periods=((0, 0.0),)))
    starts(talk)
    for _ in range(3):
        _seconds(talk, 70)
        _measures(talk)
    assert TOO_MUCH not in accusations(talk)
