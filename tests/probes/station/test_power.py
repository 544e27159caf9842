"""Power and network cuts, and what a station remembers (OCPP 1.6 sections 3.7, 4.2, 4.10, 7.36; TC_032_2_CS, TC_034_CS, TC_036_CS)."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

from ocpp.v16.enums import AuthorizationStatus

from probes.csms.csms import Csms, StationLink
from probes.csms.state import IdTags
from probes.station.station import Station
from probes.wire.peer import Call, Refusal, Reply
from probes.wire.records import Direction, Frame, MessageType
from tests.probes.doubles import HandClock, settle
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running, sent

REMEMBERING = replace(CONFIG, keys={**CONFIG.keys, "ConnectionTimeOut": "30", "UnlockConnectorOnEVSideDisconnect": "true"})


def calls(link: StationLink, after: int = 0) -> list[tuple[str | None, dict[str, Any]]]:
    """The calls of the station, in order."""
    frames = [record for record in link.transcript.since(after) if isinstance(record, Frame)]
    own = [each for each in frames if each.direction is Direction.FROM_STATION and each.message_type is MessageType.CALL]
    return [(frame.action, json.loads(frame.raw)[3]) for frame in own]


async def test_a_power_cut_ends_the_transaction_and_is_told_after_the_boot() -> None:
    async with pair() as both:
        transaction_id = await both.charge()
        mark = both.link.transcript.seq
        await both.station.power.cut()
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        assert both.link.peer.tap.lost is not None
        assert both.link.peer.tap.lost.code == 1006
        assert both.station.connectors[1].meter.power == 0
        await both.station.charging.present(both.station.connectors[2], "TAG2")
        assert calls(both.link, mark) == []
        await both.station.power.restore()
        stop = await both.saw("StopTransaction", after=mark, transactionId=transaction_id, reason="PowerLoss")
        assert [value["sampledValue"][0]["context"] for value in stop["transactionData"]] == ["Transaction.Begin", "Transaction.End"]
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Finishing")
        told = [action for action, _ in calls(both.link, mark)]
        assert told[0] == "BootNotification"
        assert told.count("StopTransaction") == 1


async def test_a_network_cut_ends_nothing() -> None:
    async with pair() as both:
        transaction_id = await both.charge()
        mark = both.link.transcript.seq
        await both.station.power.cut_network()
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        assert both.station.connectors[1].meter.charging
        both.station.power.restore_network()
        await both.csms.station("CP1", BOUND, after=both.link)
        both.present("TAG1")
        await both.saw("StopTransaction", after=mark, transactionId=transaction_id, reason="Local")
        assert "BootNotification" not in [action for action, _ in calls(both.link, mark)]


async def test_a_process_that_died_while_a_car_charged(tmp_path: Path) -> None:
    """The next one tells the end, as of when it was last known that the transaction lasted, and the register goes on."""
    clock, state = HandClock(), tmp_path / "state"
    config = replace(CONFIG, keys={**CONFIG.keys, "MeterValueSampleInterval": "60"})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            transaction_id = await both.charge()
            for _ in range(60):
                await clock.advance(60)
            await both.saw("MeterValues", transactionId=transaction_id)
            while station.outbox.waiting():
                await asyncio.sleep(0.001)
            await clock.advance(30)
            last_known = 230 * (32 + 16 * 3596) / 3600
        mark = both.link.transcript.seq
        again = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(again):
            stop = await both.saw("StopTransaction", after=mark, transactionId=transaction_id, reason="PowerLoss")
            assert stop["meterStop"] == int(last_known)
            assert stop["timestamp"] == "2026-01-01T01:00:00.000Z"
            contexts = [value["sampledValue"][0]["context"] for value in stop["transactionData"]]
            assert contexts == ["Transaction.Begin", *["Sample.Periodic"] * 60]
            assert again.connectors[1].status == "Finishing"
            await again.charging.unplug(again.connectors[1])
            await again.charging.plug(again.connectors[1])
            await again.charging.present(again.connectors[1], "TAG1")
            start = await both.saw("StartTransaction", after=mark)
            assert start["meterStart"] == int(last_known)


async def test_only_so_many_values_and_first_and_last_among_them() -> None:
    """Errata v4.0 section 3.14."""
    clock = HandClock()
    keys = {**CONFIG.keys, "MeterValueSampleInterval": "10", "StopTransactionMaxMeterValues": "3", "MeterValuesSampledData": ""}
    async with Csms(clock=clock) as csms:
        station = Station(replace(CONFIG, keys=keys), csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.charge()
            for _ in range(4):
                await clock.advance(10)
            both.present("TAG1")
            data = (await both.saw("StopTransaction"))["transactionData"]
            told = [(value["timestamp"][11:19], value["sampledValue"][0]["context"]) for value in data]
            assert told == [("00:00:00", "Transaction.Begin"), ("00:00:40", "Sample.Periodic"), ("00:00:40", "Transaction.End")]


class Refusing:
    """A CSMS's filter that cannot process the first messages of a transaction."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, call: Call, reply: Reply) -> Reply:
        if call.action in {"StartTransaction", "MeterValues", "StopTransaction"} and self.left:
            self.left -= 1
            return Refusal("InternalError", "not now")
        return reply


async def test_retries_keep_the_order_also_in_the_next_process(tmp_path: Path) -> None:
    """Section 3.7.1: the wait before attempt n + 1 is n times TransactionMessageRetryInterval; nothing overtakes."""
    clock, state = HandClock(), tmp_path / "state"
    keys = {**CONFIG.keys, "TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "20", "AllowOfflineTxForUnknownId": "true"}
    config = replace(CONFIG, keys=keys)
    nowhere = Station(config, "ws://127.0.0.1:9", "CP1", clock=clock, state=state)
    async with running(nowhere):
        for action in (nowhere.charging.plug, nowhere.charging.unplug):
            await action(nowhere.connectors[1])
            if nowhere.connectors[1].plugged:
                await nowhere.charging.present(nowhere.connectors[1], "TAG1")
        await settle()
    assert [message.action for message in nowhere.outbox.waiting()] == ["StartTransaction", "StopTransaction"]
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(station):
            link = await csms.station("CP1", BOUND)
            link.peer._reply_filters = (*link.peer._reply_filters, Refusing(2))
            both = Pair(csms, station, link)
            await both.saw("StatusNotification", connectorId=2)
            for seconds, seen in ((0, 1), (19, 1), (1, 2), (39, 2), (1, 3)):
                await clock.advance(seconds)
                while sum(action == "StartTransaction" for action, _ in calls(link)) < seen:
                    await asyncio.sleep(0.001)
            await both.saw("StopTransaction")
            told = [action for action, _ in calls(link) if action in {"StartTransaction", "StopTransaction"}]
            assert told == ["StartTransaction"] * 3 + ["StopTransaction"]


async def test_the_configuration_outlasts_the_process(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with Csms() as csms:
        for expected in ("30", "77"):
            station = Station(REMEMBERING, csms.url, "CP1", state=state)
            async with running(station):
                both = Pair(csms, station, await csms.station("CP1", BOUND))
                assert station.configuration.integer("ConnectionTimeOut", 0) == int(expected)
                assert await both.status("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "77"}) == "Accepted"
            await asyncio.wait_for(both.link.closed.wait(), BOUND)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


async def test_what_is_kept_must_still_be_a_key_with_such_a_value(tmp_path: Path) -> None:
    state = tmp_path / "state"
    saved = {"ConnectionTimeOut": "soon", "NumberOfConnectors": "9", "Gone": "1", "HeartbeatInterval": "5"}
    state.write_text(json.dumps({"configuration": saved}), encoding="utf-8")
    configuration = Station(CONFIG, "ws://127.0.0.1:9", "CP1", state=state).configuration
    assert [configuration.text(name) for name in saved] == ["30", "2", "", "5"]


async def test_a_key_that_needs_a_reboot() -> None:
    """Section 5.3: RebootRequired; it reads back, and takes effect with the next boot."""
    async with pair(replace(CONFIG, reboot_keys=("ConnectionTimeOut",))) as both:
        assert await both.status("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "5"}) == "RebootRequired"
        told = (await both.ask("GetConfiguration", {"key": ["ConnectionTimeOut"]})).payload["configurationKey"]
        assert told[0]["value"] == "5"
        assert both.station.configuration.integer("ConnectionTimeOut", 0) == 30
        mark = both.link.transcript.seq
        assert await both.status("Reset", {"type": "Soft"}) == "Accepted"
        record = await both.link.transcript.wait_for(sent("BootNotification"), BOUND, after=mark)
        assert record is not None
        assert both.station.configuration.integer("ConnectionTimeOut", 0) == 5


async def test_the_last_energy_of_an_identifier_that_is_not_valid() -> None:
    """Sections 3.5.4, 9.1.14: it goes on charging up to MaxEnergyOnInvalidId, and is suspended then (TC_037_2_CS)."""
    clock = HandClock()
    keys = {
        **CONFIG.keys,
        "StopTransactionOnInvalidId": "false",
        "MaxEnergyOnInvalidId": "50",
        "AuthorizeRemoteTxRequests": "false",
    }
    async with Csms(clock=clock, id_tags=IdTags(others=AuthorizationStatus.blocked)) as csms:
        station = Station(replace(CONFIG, keys=keys), csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            both.plug()
            await both.saw("StatusNotification", connectorId=1, status="Preparing")
            assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "BAD"}) == "Accepted"
            await both.saw("StatusNotification", connectorId=1, status="Charging")
            transaction = station.connectors[1].transaction
            while transaction is None or transaction.transaction_id is None:
                await asyncio.sleep(0.001)
            await settle()
            await clock.advance(48)
            assert station.connectors[1].status == "Charging"
            await clock.advance(10)
            await both.saw("StatusNotification", connectorId=1, status="SuspendedEVSE")
            assert 50 <= station.connectors[1].meter.register <= 51


async def test_reservations_outlast_the_process(tmp_path: Path) -> None:
    """They hold on, and expire in the next process too (section 5.13)."""
    clock, state = HandClock(), tmp_path / "state"
    config = replace(CONFIG, profiles=("Core", "Reservation"))
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            reservation = {"connectorId": 1, "idTag": "TAG1", "reservationId": 5, "expiryDate": "2026-01-01T01:00:00Z"}
            assert await both.status("ReserveNow", reservation) == "Accepted"
            gone = {**reservation, "connectorId": 2, "reservationId": 6}
            assert await both.status("ReserveNow", gone) == "Accepted"
            assert await both.status("CancelReservation", {"reservationId": 6}) == "Accepted"
        mark = both.link.transcript.seq
        again = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(again):
            await both.saw("StatusNotification", after=mark, connectorId=1, status="Reserved")
            await both.saw("StatusNotification", after=mark, connectorId=2, status="Available")
            await clock.advance(3600)
            await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_an_interval_of_samples_that_is_set_while_a_car_charges() -> None:
    clock = HandClock()
    async with Csms(clock=clock) as csms:
        station = Station(CONFIG, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.charge()
            await clock.advance(100)
            assert await both.status("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "30"}) == "Accepted"
            await settle()
            await clock.advance(20)
            assert await both.status("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "99"}) == "Accepted"
            await clock.advance(10)
            told = await both.saw("MeterValues")
            assert told["meterValue"][0]["timestamp"] == "2026-01-01T00:02:10.000Z"


async def test_an_emergency_stop_ends_every_transaction() -> None:
    async with pair() as both:
        await both.charge()
        await both.station.controls.do("emergency-stop", {})
        await both.saw("StopTransaction", reason="EmergencyStop")
