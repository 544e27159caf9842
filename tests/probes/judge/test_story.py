"""A transcript told as what happened: transactions with their ends, statuses, and what an audit brought about itself."""

from __future__ import annotations

import pytest

from probes.judge.samples import readings
from probes.judge.story import Story
from probes.wire.records import EventKind
from tests.probes.judge.driving import OTHER, OWN, Drive


def story(drive: Drive) -> Story:
    return drive.view().story


def test_a_transaction_has_its_end_and_its_values() -> None:
    drive = Drive(2).charges(1, OWN).charges(2, OTHER).measures("5", connector=2).status(1, "Finishing").stops(number=101)
    first, second = story(drive).sessions
    assert (first.number, first.connector, first.tag, len(first.stops), len(first.values)) == (101, 1, OWN, 1, 0)
    assert (second.number, second.connector, second.tag, second.stop, len(second.values)) == (102, 2, OTHER, None, 1)


def test_one_that_is_told_again_is_one_whatever_numbers_it_got() -> None:
    drive = Drive().status(1, "Preparing")
    payload = {"connectorId": 1, "idTag": OWN, "meterStart": 0, "timestamp": drive.at().isoformat()}
    for number in (7, 8):
        drive.tells("StartTransaction", payload, {"transactionId": number, "idTagInfo": {"status": "Accepted"}})
    drive.stops(number=7)
    (session,) = story(drive).sessions
    assert (session.number, len(session.stops)) == (7, 1)


def test_a_number_that_is_given_twice_is_of_two_transactions() -> None:
    drive = Drive().charges(number=5).status(1, "Finishing").stops(number=5, meter=10).waits(60).charges(number=5).stops(number=5, meter=20)
    assert [[stop.payload["meterStop"] for stop in session.stops] for session in story(drive).sessions] == [[10], [20]]


def test_what_runs_on_a_connector_at_a_moment() -> None:
    drive = Drive(2).charges()
    during = len(drive.records)
    drive.waits(10).status(1, "Finishing").stops().waits(10)
    told = story(drive)
    assert told.running(1, 2) is None
    running = told.running(1, during)
    assert running is not None
    assert running.number == 101
    assert told.running(2, during) is None
    assert told.running(1, len(drive.records)) is None


def test_the_last_status_before_a_record() -> None:
    drive = Drive().status(1, "Preparing").status(1, "Charging")
    told = story(drive)
    charging = told.statuses(1)[-1]
    before = told.status(1, charging.call.seq)
    assert before is not None
    assert before.payload["status"] == "Preparing"
    assert told.status(2, 1_000) is None


def test_a_connection_is_watched_until_it_is_closed() -> None:
    drive = Drive().waits(10)
    drive.event(EventKind.CLOSE, {"code": 1006})
    closed = drive.now
    drive.event(EventKind.OPEN)
    drive.boots()
    drive.waits(100)
    first = drive.view().traffic.exchanges[0]
    assert story(drive).watched(first, closed)
    assert not story(drive).watched(first, closed + 1)


@pytest.mark.parametrize(("at", "staged"), [(0, False), (1, True), (2, True), (3, False)])
def test_what_lies_within_a_case_of_an_audit(at: int, staged: bool) -> None:
    drive = Drive()
    seqs = [len(drive.records)]
    drive.case()
    seqs.append(len(drive.records))
    drive.waits(5)
    seqs.append(len(drive.records))
    drive.case("end").waits(5)
    seqs.append(len(drive.records))
    assert story(drive).is_staged(seqs[at]) is staged


def test_what_a_person_was_asked_and_did_not_do_is_no_deed() -> None:
    drive = Drive().person("plug", 1)
    drive.event(EventKind.AUDIT, {"person": "plug", "step": "asked", "connector": 1})
    drive.event(EventKind.AUDIT, {"person": "unplug", "step": "done", "connector": 1})
    (deed,) = story(drive).deeds("plug")
    assert (deed.connector, deed.done - deed.asked) == (1, 1)
    assert story(drive).deeds("unplug") == []


@pytest.mark.parametrize(
    ("value", "unit", "watt_hours", "resolution"),
    [
        ("12", "Wh", 12, 1),
        ("0.012", "kWh", 12, 1),
        ("1.5", None, 1.5, 0.1),
        ("1e3", "Wh", 1000, 1),
        ("x", "Wh", None, 1),
        ("5", "V", None, 1),
    ],
)
def test_energy_in_one_unit(value: str, unit: str | None, watt_hours: float | None, resolution: float) -> None:
    drive = Drive().charges().measures(value, unit=unit)
    (reading,) = readings(drive.view().story.told["MeterValues"][0])
    assert (None if reading.watt_hours is None else float(reading.watt_hours)) == watt_hours
    assert float(reading.resolution) == resolution


def test_a_value_that_says_nothing_is_an_energy_that_was_sampled() -> None:
    drive = Drive().charges().measures("7", unit=None, measurand=None, context=None)
    (reading,) = readings(drive.view().story.told["MeterValues"][0])
    assert (reading.measurand, reading.context, reading.said) == ("Energy.Active.Import.Register", "Sample.Periodic", False)


def test_what_an_audit_does_after_a_connection_is_over_does_not_prolong_it() -> None:
    drive = Drive().waits(10)
    drive.event(EventKind.CLOSE, {"code": 1006})
    closed = drive.now
    drive.now += 100
    drive.person("network-on")
    assert not story(drive).watched(drive.view().traffic.exchanges[0], closed + 50)
