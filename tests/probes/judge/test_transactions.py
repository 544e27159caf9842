"""What is said of transactions and statuses on hand-made transcripts: above all, of stations that look guilty and are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from probes.wire.records import EventKind
from tests.probes.judge.driving import OTHER, OWN, Drive
from tests.probes.judge.talk import STATION

Change = Callable[[Drive], object]


def test_a_transaction_as_it_should_be_accuses_nobody() -> None:
    drive = Drive().charges(meter=500).waits(600).status(1, "Finishing").stops().status(1, "Available").waits(300)
    assert drive.accused() == []
    assert drive.outcomes("start-is-authorised") == ["pass"]
    assert drive.outcomes("transaction-is-shown") == ["pass"]
    assert drive.outcomes("end-is-shown") == ["pass"]
    assert drive.outcomes("meter-stop-not-below-start") == ["pass"]


GUILTY: dict[str, tuple[Change, str]] = {
    "connector 0": (lambda d: d.status(1, "Preparing").authorizes().starts(connector=0), "StartTransaction/connectorId"),
    "ends below its start": (
        lambda d: d.charges(meter=2000).waits(60).status(1, "Finishing").stops(meter=1999),
        "StopTransaction/meterStop",
    ),
    "ends under another number": (
        lambda d: d.charges().waits(60).status(1, "Finishing").stops(number=7).waits(300),
        "StopTransaction/unknown transaction",
    ),
    "free and never ended": (lambda d: d.charges().waits(60).status(1, "Available").waits(130), "StopTransaction/missing"),
    "begins another before the end of the first": (
        lambda d: d.charges().waits(60).status(1, "Finishing").waits(20).charges(tag=OTHER),
        "StopTransaction/missing",
    ),
    "never shown": (lambda d: d.status(1, "Preparing").authorizes().starts().waits(200), "StatusNotification/no status of the transaction"),
    "charges for ever": (lambda d: d.charges().waits(60).stops().waits(70), "StatusNotification/status outlasts the transaction"),
    "charges without": (lambda d: d.status(1, "Preparing").authorizes().status(1, "Charging").waits(130), "StartTransaction/missing"),
    "station Charging": (lambda d: d.status(0, "Charging"), "StatusNotification/connector 0"),
    "kWh": (
        lambda d: d.charges().waits(60).status(1, "Finishing").stops(meter=123_456).charges(meter=123).waits(60).measures("123470"),
        "StartTransaction/meterStart",
    ),
    "kWh, told by its end": (
        lambda d: d.charges().waits(60).status(1, "Finishing").stops(meter=123_456).charges(meter=123).waits(60).stops(meter=123_500),
        "StartTransaction/meterStart",
    ),
}


@pytest.mark.parametrize("name", GUILTY)
def test_what_no_honest_station_does_is_named(name: str) -> None:
    change, subject = GUILTY[name]
    drive = Drive()
    change(drive)
    assert drive.accused() == [subject]


def _again(drive: Drive) -> None:
    """The last call once more, with its answer."""
    start = drive.at()
    for _ in range(2):
        payload = {"connectorId": 1, "idTag": OWN, "meterStart": 0, "timestamp": start.isoformat()}
        drive.tells("StartTransaction", payload, {"transactionId": 101, "idTagInfo": {"status": "Accepted"}})
    drive.status(1, "Charging")


def test_what_was_answered_and_comes_again_at_once_is_named() -> None:
    drive = Drive().status(1, "Preparing").authorizes()
    _again(drive)
    assert drive.accused() == ["StartTransaction/told twice"]


def test_what_a_network_held_back_comes_twice_and_late() -> None:
    drive = Drive().status(1, "Preparing").authorizes()
    began = drive.at()
    drive.waits(40)
    for _ in range(2):
        payload = {"connectorId": 1, "idTag": OWN, "meterStart": 0, "timestamp": began.isoformat()}
        drive.tells("StartTransaction", payload, {"transactionId": 101, "idTagInfo": {"status": "Accepted"}})
    assert drive.accused() == []


def _unanswered_start(drive: Drive) -> None:
    """The answer to the first was lost with its connection."""
    began = drive.at().isoformat()
    payload = {"connectorId": 1, "idTag": OWN, "meterStart": 0, "timestamp": began}
    answer = {"transactionId": 5, "idTagInfo": {"status": "Accepted"}}
    drive.status(1, "Preparing").authorizes().tells("StartTransaction", payload, answer)
    drive.event(EventKind.CLOSE, {"code": 1006}).event(EventKind.OPEN)
    drive.tells("StartTransaction", payload, answer | {"transactionId": 6})
    drive.status(1, "Charging").waits(60).status(1, "Finishing").stops(number=6).waits(200)


def _queued_before(drive: Drive) -> None:
    """A transaction of before the recording, of which the end was waiting."""
    payload = {"transactionId": 3, "meterStop": 10, "timestamp": "2025-12-31T22:00:00Z", "reason": "PowerLoss"}
    drive.charges().tells("StopTransaction", payload)
    drive.waits(60).status(1, "Finishing").stops().waits(200)


def _error_then_again(drive: Drive) -> None:
    """The central system did not take the end, and the station tries again later."""
    drive.charges().waits(60).status(1, "Available")
    payload = {"transactionId": 101, "meterStop": 1000, "timestamp": drive.at().isoformat()}
    drive.asks("StopTransaction", payload, "InternalError", by=STATION)
    drive.waits(150).stops()


INNOCENT: dict[str, Change] = {
    "the end comes before the status": lambda d: d.charges().waits(60).stops().status(1, "Finishing").waits(200),
    "charging is told before the transaction": lambda d: d.status(1, "Preparing").authorizes().status(1, "Charging").starts().waits(300),
    "suspended from the start": lambda d: d.status(1, "Preparing").authorizes().starts().status(1, "SuspendedEV").waits(300),
    "a short transaction without its status": lambda d: d.status(1, "Preparing").authorizes().starts().waits(30).stops().waits(300),
    "a fault instead of charging": lambda d: (
        d.status(1, "Preparing").authorizes().starts().status(1, "Faulted", errorCode="OtherError").waits(300)
    ),
    "straight to Available": lambda d: d.charges().waits(60).stops().status(1, "Available").waits(300),
    "straight to the next car": lambda d: d.charges().waits(60).stops().charges(tag=OTHER).waits(300),
    "the answer to the start was lost": _unanswered_start,
    "an older end was waiting": _queued_before,
    "the end was not taken at first": _error_then_again,
    "no number was ever given": lambda d: d.charges().waits(60).status(1, "Finishing").stops(number=-1).waits(30).stops(),
    "the connection ends": lambda d: d.charges().waits(60).status(1, "Available").event(EventKind.CLOSE),
    "nobody watches on": lambda d: d.charges().waits(60).status(1, "Available").waits(20),
    "a meter that begins anew with each": lambda d: d.charges(meter=0).waits(60).status(1, "Finishing").stops(meter=9000).charges(meter=0),
    "a meter that begins anew near nothing": lambda d: (
        d.charges(meter=0).waits(60).status(1, "Finishing").stops(meter=15_400).charges(meter=15).waits(60).measures("300")
    ),
    "the station reserved": lambda d: d.status(0, "Reserved"),
    "a meter that took nothing": lambda d: d.charges(meter=10).waits(60).status(1, "Finishing").stops(meter=10),
    "charging again after a pause for want of energy": (
        lambda d: d.charges().waits(60).status(1, "SuspendedEVSE").waits(600).status(1, "Charging").waits(60).status(1, "Finishing").stops()
    ),
    "one connector ends while another goes on": (
        lambda d: d.charges().charges(2, OTHER).waits(60).status(1, "Finishing").stops(number=101).waits(300)
    ),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_who_only_looks_guilty_is_not_accused(name: str) -> None:
    drive = Drive(2)
    INNOCENT[name](drive)
    assert drive.accused() == []


def test_a_status_that_may_be_held_back_is_waited_for() -> None:
    def late(seconds: str) -> list[str]:
        drive = Drive(keys={"MinimumStatusDuration": seconds})
        return drive.charges().waits(60).stops().waits(100).accused()

    assert late("0") == ["StatusNotification/status outlasts the transaction"]
    assert late("60") == []


def test_with_two_transactions_an_unknown_end_may_be_of_either() -> None:
    drive = Drive(2).charges().charges(2, OTHER).waits(60).status(1, "Finishing").stops(number=7).waits(60)
    assert drive.accused() == []


def test_an_unknown_end_on_a_station_whose_connectors_were_not_told_may_be_of_another() -> None:
    drive = Drive(1, keys={"NumberOfConnectors": "2"}).charges().waits(60).status(1, "Finishing").stops(number=7).waits(60)
    assert "StopTransaction/unknown transaction" not in drive.accused()


def test_a_transaction_of_before_the_recording_may_have_any_number() -> None:
    drive = Drive(1, first="Charging").waits(300).measures("5", number=3).status(1, "Finishing").stops(number=3).waits(300)
    assert drive.accused() == []


def test_a_transaction_that_goes_on_after_a_restart_needs_no_new_beginning() -> None:
    assert Drive().waits(20).status(1, "Charging").waits(300).accused() == []
    assert Drive().waits(200).status(1, "Charging").waits(300).accused() == ["StartTransaction/missing"]


def test_without_knowing_how_long_statuses_are_held_back_none_is_missed() -> None:
    drive = Drive(listed=False).charges().waits(60).stops().waits(3000)
    assert "StatusNotification/status outlasts the transaction" not in drive.accused()


def test_meter_values_that_stop_txn_sampled_data_asks_for_are_only_missed() -> None:
    drive = Drive(keys={"StopTxnSampledData": "Energy.Active.Import.Register", "MeterValueSampleInterval": "10"}).charges()
    for seconds in range(4):
        drive.waits(10).measures(str(100 + seconds))
    drive.status(1, "Finishing").stops()
    assert drive.warned() == ["StopTransaction/transactionData"]
    assert drive.accused() == []


@pytest.mark.parametrize(("status", "warned"), [("Charging", True), ("Available", True), ("SuspendedEV", False), ("Finishing", False)])
def test_a_silent_car_goes_with_four_statuses(status: str, warned: bool) -> None:
    drive = Drive().charges().status(1, status, errorCode="EVCommunicationError")
    assert ("StatusNotification/EVCommunicationError" in drive.warned()) is warned


def test_the_number_of_who_got_none_is_no_unknown_one() -> None:
    assert Drive().charges().waits(60).status(1, "Finishing").stops(number=-1).waits(60).accused() == []
