"""Transaction messages are kept in order until the CSMS takes them, over the end of the process (OCPP 1.6 section 3.7; errata 3.18)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from ocpp.v16.enums import ReadingContext

from probes.csms.csms import Csms
from probes.station.connector import Transaction
from probes.station.outbox import Outbox
from probes.station.station import Station
from probes.station.store import Store
from probes.wire.records import Frame, MessageType
from tests.probes.doubles import HandClock, settle
from tests.probes.station.test_station import BOUND, CONFIG, Pair, running


def test_ids_are_those_known_when_it_is_sent() -> None:
    outbox = Outbox(Store())
    start = outbox.add("StartTransaction", {"idTag": "A"}, "t")
    stop = outbox.add("StopTransaction", {"meterStop": 5}, "t")
    assert outbox.payload(start) == {"idTag": "A"}
    assert outbox.payload(stop) == {"meterStop": 5, "transactionId": -1}
    outbox.done(start, {"transactionId": 0})
    assert outbox.payload(stop) == {"meterStop": 5, "transactionId": 0}
    assert outbox.waiting() == (stop,)


def test_a_start_that_was_given_up_leaves_its_messages_without_an_id() -> None:
    outbox = Outbox(Store())
    start = outbox.add("StartTransaction", {}, "t")
    outbox.done(start)
    assert outbox.payload(outbox.add("MeterValues", {}, "t")) == {"transactionId": -1}


def test_what_waits_outlasts_the_process(tmp_path: Path) -> None:
    outbox = Outbox(Store(tmp_path / "state"))
    outbox.done(outbox.add("StartTransaction", {}, "t"), {"transactionId": 7})
    for number in range(3):
        outbox.add("MeterValues", {"n": number}, "t")
    again = Outbox(Store(tmp_path / "state"))
    assert [again.payload(message) for message in again.waiting()] == [{"n": number, "transactionId": 7} for number in range(3)]


async def test_a_transaction_of_a_process_that_ended_offline(tmp_path: Path) -> None:
    """Started and stopped while offline; the next process tells both, in order, the stop with the id that the start was given."""
    state = tmp_path / "state"
    config = replace(CONFIG, keys={**CONFIG.keys, "AllowOfflineTxForUnknownId": "true"})
    async with Csms() as csms:
        station = Station(config, csms.url, "CP1", clock=HandClock(), state=state)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.link.peer.close(1001, "maintenance")
            while station.online:
                await asyncio.sleep(0.001)
            connector = station.connectors[1]
            await station.charging.plug(connector)
            await station.charging.present(connector, "TAG1")
            await settle()
            await station.charging.present(connector, "TAG1")
            await settle()
        mark = both.link.transcript.seq
        async with running(Station(config, csms.url, "CP1", state=state)):
            stop = await both.saw("StopTransaction", after=mark, reason="Local")
            assert [action for action in calls(both, mark) if action and action.endswith("Transaction")] == [
                "StartTransaction",
                "StopTransaction",
            ]
            assert stop["transactionId"] == next(iter(both.link.state.transactions))
            while json.loads(state.read_text(encoding="utf-8"))["outbox"] != {"ids": {}, "messages": []}:
                await asyncio.sleep(0.001)


def calls(both: Pair, after: int) -> list[str | None]:
    records = both.link.transcript.since(after)
    return [record.action for record in records if isinstance(record, Frame) and record.message_type is MessageType.CALL]


def test_a_reading_is_queued_when_it_is_taken() -> None:
    """1.6ed2 3.7: what comes the very moment after it, as the end of the transaction, stands behind it."""
    station = Station(CONFIG, "ws://127.0.0.1:1", "CP1", clock=HandClock())
    connector, transaction = station.connectors[1], Transaction("TAG1", 0)
    delivery = station.charging.send_sample(connector, transaction, ReadingContext.sample_periodic)
    try:
        station.outbox.add("StopTransaction", {}, transaction.name)
        assert [message.action for message in station.outbox.waiting()] == ["MeterValues", "StopTransaction"]
    finally:
        delivery.close()
