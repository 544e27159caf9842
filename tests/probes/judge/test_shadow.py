"""What is known of a station from its frames, and above all what is not."""

from __future__ import annotations

import pytest

from probes.judge.frames import read
from probes.judge.shadow import Follower, Shadow, Timeline, follow
from probes.wire.records import EventKind
from tests.probes.judge.talk import CORE_KEYS, CSMS, STATION, Talk, idle_station

METER = {"meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}]}
START = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
STOP = {"meterStop": 0, "timestamp": "2026-01-01T00:00:00Z"}


def timeline(talk: Talk) -> Timeline:
    return follow(read(talk.records))


def shadow(talk: Talk) -> Shadow:
    """The same, whether the transcript is read at once or followed as it grows."""
    follower = Follower()
    for record in talk.records:
        follower.add(record)
    history = timeline(talk)
    assert (follower.shadow, follower.transactions) == (history.last, dict(history.transactions))
    return history.last


def test_nothing_is_assumed() -> None:
    nothing = shadow(Talk())
    assert (nothing.boot, nothing.declared_connectors, nothing.highest_connector, nothing.idle_connector) == (None, None, None, None)
    assert (nothing.all_idle, nothing.all_reported, nothing.busy, nothing.connected) == (False, False, (), False)


def test_the_boot_and_its_interval() -> None:
    boot = shadow(idle_station()).boot
    assert boot is not None
    assert (boot.status, boot.interval, boot.frames) == ("Accepted", 20, (2, 3))


def test_an_idle_station() -> None:
    known = shadow(idle_station())
    assert (known.all_idle, known.idle_connector, known.highest_connector) == (True, 1, 1)


@pytest.mark.parametrize("status", ["Preparing", "Finishing", "Reserved", "Unavailable", "Faulted"])
def test_a_connector_that_is_not_available_is_not_idle(status: str) -> None:
    talk = idle_station()
    talk.reports(1, status)
    assert (shadow(talk).all_idle, shadow(talk).idle_connector, shadow(talk).busy) == (False, None, ())


@pytest.mark.parametrize("status", ["Unavailable", "Faulted"])
def test_a_station_that_is_out_of_order_has_no_idle_connector(status: str) -> None:
    talk = idle_station()
    talk.reports(0, status)
    assert (shadow(talk).all_idle, shadow(talk).idle_connector) == (False, None)


def test_a_station_that_never_reports_itself_may_have_idle_connectors() -> None:
    talk = Talk().event()
    talk.reports(1)
    talk.lists()
    assert (shadow(talk).all_idle, shadow(talk).idle_connector) == (True, 1)


def test_a_declared_connector_that_was_not_heard_of_is_not_idle() -> None:
    talk = Talk().event()
    talk.reports(1)
    talk.lists(CORE_KEYS | {"NumberOfConnectors": ("2", True)})
    assert (shadow(talk).all_reported, shadow(talk).all_idle) == (False, False)
    talk.reports(2)
    assert (shadow(talk).all_reported, shadow(talk).all_idle) == (True, True)


@pytest.mark.parametrize(("value", "count"), [("2", 2), (" 2 ", 2), ("two", None), ("", None), ("-1", None), ("²", None), ("9" * 30, None)])
def test_the_declared_number_of_connectors(value: str, count: int | None) -> None:
    talk = Talk().event()
    talk.lists(CORE_KEYS | {"NumberOfConnectors": (value, True)})
    assert shadow(talk).declared_connectors == count


def test_a_connector_beyond_the_declared_number_counts_as_there() -> None:
    talk = idle_station()
    talk.reports(3)
    assert shadow(talk).highest_connector == 3


def test_a_transaction_from_its_start_to_its_end() -> None:
    talk = idle_station()
    talk.tells("StartTransaction", START, {"transactionId": 5, "idTagInfo": {"status": "Accepted"}})
    assert tuple(shadow(talk).open_transactions) == (5,)
    assert shadow(talk).busy
    assert not shadow(talk).all_idle
    talk.tells("StopTransaction", STOP | {"transactionId": 5})
    talk.tells("MeterValues", METER | {"connectorId": 1, "transactionId": 5})
    assert shadow(talk).busy == ()


def test_a_start_that_is_not_answered_yet_counts_until_the_connection_ends() -> None:
    talk = idle_station()
    talk.asks("StartTransaction", START, None, by=STATION)
    assert shadow(talk).busy
    talk.event(EventKind.CLOSE)
    assert shadow(talk).busy == ()


@pytest.mark.parametrize("identifier", [True, "5", None, 5.5])
def test_what_is_no_transaction_id_tells_of_none(identifier: object) -> None:
    talk = idle_station()
    talk.tells("MeterValues", METER | {"connectorId": 1, "transactionId": identifier})
    assert shadow(talk).busy == ()


def test_a_boot_forgets_the_connectors() -> None:
    talk = idle_station()
    talk.boots()
    assert (shadow(talk).connectors, shadow(talk).all_idle) == ({}, False)


def test_a_key_that_was_unknown_and_then_is_read_is_known() -> None:
    talk = Talk().event()
    talk.lists({}, asked=["ResetRetries"], unknown=["resetretries"])
    assert "resetretries" in shadow(talk).unknown_keys
    talk.lists(asked=["ResetRetries"])
    assert "resetretries" not in shadow(talk).unknown_keys
    assert shadow(talk).configuration["resetretries"].value == "0"
    assert shadow(talk).full_read is None


@pytest.mark.parametrize(
    ("answer", "version", "refused"), [({"listVersion": -1}, -1, False), ("NotSupported", None, True), ({}, None, False)]
)
def test_the_local_list(answer: dict[str, int] | str, version: int | None, refused: bool) -> None:
    talk = Talk().event()
    talk.asks("GetLocalListVersion", {}, answer)
    known = shadow(talk).local_list
    assert known is not None
    assert (known.version, known.refused) == (version, refused)


def test_the_shadow_before_a_frame_does_not_know_that_frame() -> None:
    talk = idle_station()
    seqs = talk.reports(1, "Charging")
    history = timeline(talk)
    assert history.before(seqs[0]).all_idle
    assert history.before(seqs[1]).busy == (seqs[0],)
    assert history.before(1) == Shadow()


def test_connections_open_and_close() -> None:
    talk = Talk().event()
    assert shadow(talk).connected
    assert not shadow(talk.event(EventKind.CLOSE)).connected
    assert read(talk.records).whole_connections == {0}
    talk.event()
    assert read(talk.records).whole_connections == {0, 1}


def test_a_connection_of_which_records_are_missing_is_not_whole() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    talk.frame(CSMS, '[3,"1",{"currentTime":"2026-01-01T00:00:00Z"}]')
    talk.frame(STATION, '[3,"2",{}]')
    assert read(talk.records).whole_connections == {0}
    assert read([*talk.records[:2], talk.records[3]]).whole_connections == frozenset()


def test_a_recording_that_begins_in_mid_connection_has_no_whole_first_connection() -> None:
    talk = Talk()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    talk.event()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    traffic = read(talk.records)
    assert traffic.whole_connections == {1}
    assert [exchange.connection for exchange in traffic.exchanges] == [0, 1]
