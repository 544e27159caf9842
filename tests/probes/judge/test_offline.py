"""Outages: what must be told afterwards, with which times and in which order, and what only looks as if it were not."""

from __future__ import annotations

from typing import Any

from probes.judge.outcomes import Outcome
from probes.wire.records import EventKind
from tests.probes.judge.talk import CORE_KEYS, Talk
from tests.probes.judge.test_booting import FAILED, OPEN, PASSED, boots, only
from tests.probes.judge.test_power import at
from tests.probes.judge.test_resets import ACCEPTED, lives_on

Judged = list[tuple[Outcome, str | None]]
OPEN_WARNED = (Outcome.NOT_EXERCISED, "warning")
INTERVAL = 15
LASTED = 60.0


def online(**keys: str) -> Talk:
    """A station that was accepted, with a clock that agrees with the tap's."""
    talk = Talk().event()
    boots(talk)
    talk.lists(CORE_KEYS | {"MeterValueSampleInterval": (str(INTERVAL), False)} | {key: (value, False) for key, value in keys.items()})
    for number in (0, 1):
        talk.tells("StatusNotification", {"connectorId": number, "status": "Available", "errorCode": "NoError", "timestamp": at(talk.now)})
    return talk


def starts(talk: Talk, number: int = 7, began: float | None = None, status: str = "Accepted") -> None:
    payload = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": at(talk.now if began is None else began)}
    talk.tells("StartTransaction", payload, {"transactionId": number, "idTagInfo": {"status": status}})


def stops(talk: Talk, number: int = 7, ended: float | None = None, reason: str = "Local") -> None:
    payload = {"transactionId": number, "meterStop": 9, "timestamp": at(talk.now if ended is None else ended), "reason": reason}
    talk.tells("StopTransaction", payload)


def values(talk: Talk, *taken: float, number: int = 7) -> None:
    for moment in taken:
        told = {"connectorId": 1, "transactionId": number, "meterValue": [{"timestamp": at(moment), "sampledValue": [{"value": "1"}]}]}
        talk.tells("MeterValues", told)


def charging(talk: Talk | None = None) -> Talk:
    talk = talk or online()
    talk.reports(1, "Charging")
    starts(talk)
    talk.now += INTERVAL
    values(talk, talk.now)
    return talk


def outage(talk: Talk, seconds: float = LASTED) -> float:
    """The connection is lost for so long; gives when it was lost."""
    talk.event(EventKind.CLOSE, {"code": 1006})
    lost = talk.now
    talk.now += seconds
    talk.event()
    return lost


# --- meter values


def told(talk: Talk, watched: float = 130) -> Judged:
    return only(lives_on(talk, watched).judged("offline-values-are-told"))


def test_samples_of_an_outage_are_told_with_their_times() -> None:
    talk = charging()
    lost = outage(talk)
    values(talk, lost + 10, lost + 25, lost + 40, lost + 55)
    assert told(talk) == [PASSED]


def test_samples_that_are_never_told() -> None:
    talk = charging()
    outage(talk)
    assert told(talk) == [FAILED]
    talk = charging()
    outage(talk)
    assert told(talk, watched=60) == [OPEN]


def test_samples_that_go_on_after_the_outage_are_not_those_of_the_outage() -> None:
    talk = charging()
    outage(talk)
    for _ in range(9):
        talk.now += INTERVAL
        values(talk, talk.now)
    assert told(talk) == [FAILED]


def test_samples_with_the_time_of_their_sending() -> None:
    talk = charging()
    outage(talk)
    values(talk, talk.now, talk.now + 0.2, talk.now + 0.4, talk.now + 0.6)
    assert told(talk) == [FAILED]


def test_some_samples_may_be_missing() -> None:
    talk = charging()
    lost = outage(talk)
    values(talk, lost + 40)
    assert told(talk) == [(Outcome.PASSED, "note")]


def test_who_sends_no_samples_has_none_to_queue() -> None:
    talk = online()
    starts(talk)
    talk.now += INTERVAL
    outage(talk)
    assert told(talk) == []
    talk = charging(online(MeterValueSampleInterval="0"))
    outage(talk)
    assert told(talk) == []


def test_readings_of_another_kind_are_no_samples() -> None:
    talk = online()
    starts(talk)
    talk.now += INTERVAL
    clock_aligned = {"timestamp": at(talk.now), "sampledValue": [{"value": "1", "context": "Sample.Clock"}]}
    talk.tells("MeterValues", {"connectorId": 1, "transactionId": 7, "meterValue": [clock_aligned]})
    outage(talk)
    assert told(talk) == []


def test_a_short_outage_has_no_samples() -> None:
    talk = charging()
    outage(talk, 25)
    assert told(talk) == []


def test_a_transaction_that_ended_in_the_outage_has_none_either() -> None:
    talk = charging()
    lost = outage(talk)
    stops(talk, ended=lost + 5)
    assert told(talk) == []


def test_a_clock_that_is_off_tells_nothing_of_an_outage() -> None:
    """Every stamp is an hour behind: which of them lie in the outage nobody knows."""
    talk = Talk().event()
    boots(talk)
    talk.lists(CORE_KEYS | {"MeterValueSampleInterval": (str(INTERVAL), False)})
    starts(talk, began=-3600)
    talk.now += INTERVAL
    values(talk, talk.now - 3600)
    outage(talk)
    assert told(talk) == []


def test_a_lost_connection_ends_no_transaction() -> None:
    talk = charging()
    outage(talk)
    assert only(lives_on(talk, 10).judged("outage-ends-nothing")) == [PASSED]
    for reason, expected in (("Other", OPEN_WARNED), ("Local", OPEN), ("EVDisconnected", OPEN)):
        talk = charging()
        lost = outage(talk)
        stops(talk, ended=lost + 20, reason=reason)
        assert only(talk.judged("outage-ends-nothing")) == [expected]


# --- beginnings


def test_a_start_without_a_connection_is_told() -> None:
    talk = online()
    lost = outage(talk)
    starts(talk, began=lost + 20)
    assert only(talk.judged("offline-start-is-told")) == [PASSED]


def test_a_start_after_the_return_is_no_offline_start() -> None:
    talk = online()
    outage(talk)
    starts(talk)
    assert talk.judged("offline-start-is-told") == []


def test_a_connector_that_charges_after_an_outage_without_a_start() -> None:
    talk = online()
    outage(talk)
    talk.reports(1, "Charging")
    assert only(lives_on(talk, 130).judged("offline-start-is-told")) == [FAILED]


def test_what_explains_a_connector_that_charges_after_an_outage() -> None:
    talk = online()
    outage(talk)
    talk.reports(1, "Charging")
    assert lives_on(talk, 60).judged("offline-start-is-told") == []
    starts(talk)
    assert lives_on(talk, 130).judged("offline-start-is-told") == []
    # It charged before.
    talk = charging()
    outage(talk)
    talk.reports(1, "SuspendedEV")
    assert lives_on(talk, 130).judged("offline-start-is-told") == []
    # It came to charge only later, on the new connection.
    talk = online()
    outage(talk)
    talk.reports(1, "Preparing")
    talk.reports(1, "Charging")
    assert lives_on(talk, 130).judged("offline-start-is-told") == []
    # What it was before is not known.
    talk = Talk().event()
    talk.tells("StatusNotification", {"connectorId": 0, "status": "Available", "errorCode": "NoError", "timestamp": at(talk.now)})
    outage(talk)
    talk.reports(1, "Charging")
    assert lives_on(talk, 130).judged("offline-start-is-told") == []


def test_a_start_that_was_told_right_before_the_outage() -> None:
    talk = online()
    talk.tells("StartTransaction", {"connectorId": 1, "idTag": "T"}, {"transactionId": 7, "idTagInfo": ACCEPTED})
    outage(talk)
    talk.reports(1, "Charging")
    assert lives_on(talk, 130).judged("offline-start-is-told") == []


# --- ends


def test_an_end_without_a_connection_is_told() -> None:
    talk = charging()
    lost = outage(talk)
    stops(talk, ended=lost + 20)
    assert only(talk.judged("offline-stop-is-told")) == [PASSED]


def test_an_end_that_is_never_told() -> None:
    for status, expected in (("Finishing", [FAILED]), ("Available", [FAILED]), ("Charging", []), ("Faulted", [])):
        talk = charging()
        outage(talk)
        talk.reports(1, status)
        assert only(lives_on(talk, 130).judged("offline-stop-is-told")) == expected, status


def test_an_end_that_may_still_come() -> None:
    talk = charging()
    outage(talk)
    talk.reports(1, "Finishing")
    assert lives_on(talk, 60).judged("offline-stop-is-told") == []
    stops(talk)
    assert lives_on(talk, 130).judged("offline-stop-is-told") == []


def test_an_end_after_a_restart_is_not_judged_here() -> None:
    talk = charging()
    outage(talk)
    boots(talk)
    talk.reports(1, "Finishing")
    assert lives_on(talk, 130).judged("offline-stop-is-told") == []


# --- order


def test_a_whole_transaction_without_a_connection() -> None:
    talk = online()
    lost = outage(talk)
    starts(talk, began=lost + 10)
    stops(talk, ended=lost + 40)
    assert only(talk.judged("offline-transaction-in-order")) == [PASSED]


def test_an_end_before_its_start() -> None:
    talk = online()
    lost = outage(talk)
    stops(talk, number=-1, ended=lost + 40)
    starts(talk, began=lost + 10)
    assert only(talk.judged("offline-transaction-in-order")) == [FAILED]


def test_two_transactions_in_one_outage_keep_their_order() -> None:
    talk = online()
    lost = outage(talk)
    for number, began in ((7, lost + 5), (8, lost + 30)):
        starts(talk, number, began)
        stops(talk, number, began + 10)
    assert only(talk.judged("offline-transaction-in-order")) == [PASSED, PASSED]


def test_an_end_of_an_earlier_transaction_goes_before_the_start_of_a_later_one() -> None:
    talk = charging()
    lost = outage(talk)
    stops(talk, 7, lost + 10)
    starts(talk, 8, lost + 30)
    assert talk.judged("offline-transaction-in-order") == []


def test_the_end_of_a_transaction_that_never_got_an_id() -> None:
    """Its start failed before the outage (errata v4.0 3.18): the next start began after it."""
    talk = online()
    lost = outage(talk)
    stops(talk, number=-1, ended=lost + 10)
    starts(talk, began=lost + 30)
    assert talk.judged("offline-transaction-in-order") == []


# --- refused


def refused(key: str, after: list[Any], watched: float = 70) -> tuple[Judged, Judged]:
    talk = online(StopTransactionOnInvalidId=key)
    starts(talk, status="Invalid")
    for step in after:
        if step in {"DeAuthorized", "Local"}:
            stops(talk, reason=step)
        else:
            talk.reports(1, step)
    lives_on(talk, watched)
    return only(talk.judged("refused-start-stops")), only(talk.judged("refused-start-suspends"))


def test_a_refused_transaction_is_stopped() -> None:
    assert refused("true", ["Charging", "DeAuthorized"]) == ([PASSED], [])
    assert refused("TRUE", ["Charging", "DeAuthorized"]) == ([PASSED], [])
    assert refused("true", ["Charging"]) == ([FAILED], [])
    # Nothing tells that it ever began to the station's mind.
    assert refused("true", []) == ([OPEN], [])
    assert refused("true", ["Charging"], watched=30) == ([OPEN], [])
    assert refused("true", ["Charging", "Local"]) == ([OPEN_WARNED], [])
    assert refused("true", ["Finishing"]) == ([OPEN], [])


def test_a_refused_transaction_is_suspended() -> None:
    assert refused("false", ["Charging", "SuspendedEVSE"]) == ([], [PASSED])
    assert refused("false", ["Charging"]) == ([], [OPEN_WARNED])
    assert refused("false", ["DeAuthorized"]) == ([], [OPEN_WARNED])


def test_where_the_setting_is_not_known_nothing_is_judged() -> None:
    talk = Talk().event()
    boots(talk)
    starts(talk, status="Invalid")
    assert lives_on(talk, 70).judged("refused-start-stops") == []
