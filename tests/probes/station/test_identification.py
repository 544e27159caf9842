"""Identifiers over real sockets: list, cache, groups, offline starts (OCPP 1.6 sections 3.5, 3.10, 4.1, 5.10, 5.15)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16.enums import AuthorizationStatus

from probes.csms.csms import Csms
from probes.csms.state import IdTags
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.station.store import Store
from probes.wire.records import Frame
from registry.errors import CannotBegin
from tests.probes.doubles import HandClock
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running


def listed(**keys: str) -> StationConfig:
    limits = {"LocalAuthListEnabled": "true", "LocalAuthListMaxLength": "3", "SendLocalListMaxLength": "2"}
    return replace(CONFIG, profiles=("Core", "LocalAuthListManagement"), keys={**CONFIG.keys, **limits, **keys})


ACCEPTED = {"status": "Accepted"}
FULL = {
    "listVersion": 2,
    "updateType": "Full",
    "localAuthorizationList": [
        {"idTag": "TAG1", "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP"}},
        {"idTag": "TAG2", "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP"}},
    ],
}


def told(both: Pair, action: str, after: int = 0) -> int:
    return sum(isinstance(record, Frame) and record.action == action for record in both.link.transcript.since(after))


async def test_the_list_and_its_versions() -> None:
    async with pair(listed()) as both:
        versions = []
        for payload in (
            None,
            FULL,
            {"listVersion": 2, "updateType": "Differential"},
            {"listVersion": 5, "updateType": "Differential", "localAuthorizationList": [{"idTag": "TAG1"}]},
            {"listVersion": 6, "updateType": "Full", "localAuthorizationList": [{"idTag": str(i), "idTagInfo": ACCEPTED} for i in "abc"]},
            {"listVersion": 9, "updateType": "Full"},
        ):
            status = await both.status("SendLocalList", payload) if payload else None
            versions.append((status, (await both.ask("GetLocalListVersion", {})).payload["listVersion"]))
        assert versions == [(None, 0), ("Accepted", 2), ("VersionMismatch", 2), ("Accepted", 5), ("Failed", 5), ("Accepted", 0)]
        await both.ask("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"})
        assert (await both.ask("GetLocalListVersion", {})).payload == {"listVersion": -1}
        assert await both.status("SendLocalList", FULL) == "NotSupported"


async def test_a_listed_identifier_starts_without_asking_and_its_group_stops() -> None:
    async with pair(listed(LocalPreAuthorize="true"), id_tags=IdTags({"STRANGER": AuthorizationStatus.accepted})) as both:
        await both.ask("SendLocalList", FULL)
        await both.charge()
        assert told(both, "Authorize") == 0
        await both.station.charging.present(both.station.connectors[1], "STRANGER")
        assert both.station.connectors[1].transaction is not None
        await both.saw("Authorize")
        both.present("tag2")
        await both.saw("StopTransaction", reason="Local")


async def test_without_pre_authorisation_the_csms_is_asked() -> None:
    async with pair(listed(LocalPreAuthorize="false")) as both:
        await both.ask("SendLocalList", FULL)
        await both.charge()
        assert told(both, "Authorize") > 0


async def test_a_conflict_of_list_and_csms_is_told_and_the_list_stays() -> None:
    config = listed(LocalPreAuthorize="true")
    async with pair(config, id_tags=IdTags(others=AuthorizationStatus.blocked)) as both:
        await both.ask("SendLocalList", FULL)
        both.plug()
        both.present("TAG1")
        await both.saw("StatusNotification", connectorId=0, errorCode="LocalListConflict")
        await both.saw("StopTransaction", reason="DeAuthorized")
        known = both.station.identification.known("TAG1")
        assert known is not None
        assert known.status == "Accepted"


async def test_the_cache_knows_after_one_answer_until_it_is_cleared() -> None:
    keys = {**CONFIG.keys, "AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}
    async with pair(replace(CONFIG, keys=keys)) as both:
        await both.charge()
        both.present("TAG1")
        await both.saw("StopTransaction")
        both.unplug()
        await both.saw("StatusNotification", connectorId=1, status="Available")
        mark = both.link.transcript.seq
        await both.charge()
        assert told(both, "Authorize", mark) == 0
        assert await both.status("ClearCache", {}) == "Accepted"
        assert both.station.identification.known("TAG1") is None


async def test_an_invalid_identifier_gets_no_more_energy_and_keeps_its_transaction() -> None:
    """StopTransactionOnInvalidId false (section 3.5.4)."""
    keys = {**CONFIG.keys, "AuthorizeRemoteTxRequests": "false", "StopTransactionOnInvalidId": "false"}
    async with pair(replace(CONFIG, keys=keys), id_tags=IdTags(others=AuthorizationStatus.invalid)) as both:
        both.plug()
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        await both.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"})
        await both.saw("StatusNotification", connectorId=1, status="SuspendedEVSE")
        connector = both.station.connectors[1]
        assert connector.transaction is not None
        assert not connector.meter.charging


@pytest.mark.parametrize(
    ("keys", "tag", "starts"),
    [
        ({"LocalAuthorizeOffline": "true"}, "TAG1", True),
        ({"LocalAuthorizeOffline": "false"}, "TAG1", False),
        ({"LocalAuthorizeOffline": "true"}, "UNKNOWN", False),
        ({"AllowOfflineTxForUnknownId": "true"}, "UNKNOWN", True),
    ],
)
async def test_offline(keys: dict[str, str], tag: str, starts: bool) -> None:
    async with Csms() as csms:
        station = Station(listed(**keys), csms.url, "CP1", clock=HandClock())
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.ask("SendLocalList", FULL)
            await both.link.peer.close(1001, "maintenance")
            while station.online:
                await asyncio.sleep(0.001)
            await station.charging.plug(station.connectors[1])
            await station.charging.present(station.connectors[1], tag)
            assert (station.connectors[1].transaction is not None) is starts


async def test_what_outlasts_the_process(tmp_path: Path) -> None:
    state = tmp_path / "cp1.json"
    async with Csms() as csms:
        for first in (True, False):
            station = Station(listed(AuthorizationCacheEnabled="true"), csms.url, "CP1", state=state)
            async with running(station):
                both = Pair(csms, station, await csms.station("CP1", BOUND))
                await both.saw("StatusNotification", connectorId=2)
                if first:
                    await both.ask("SendLocalList", FULL)
                    await both.ask("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
                    await station.identification.authorise("CACHED")
                    continue
                assert (await both.ask("GetLocalListVersion", {})).payload == {"listVersion": 2}
                assert station.connectors[2].status == "Unavailable"
                assert station.identification.known("CACHED") is not None


def test_a_state_that_is_none(tmp_path: Path) -> None:
    for content in ("{", "[]"):
        (tmp_path / "state").write_text(content, encoding="utf-8")
        with pytest.raises(CannotBegin, match="it holds no state of a station"):
            Store(tmp_path / "state")


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(tmp_path / "missing" / "state")
    store.put("a", 1)
    assert store.get("a") == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_keys_of_a_limit() -> None:
    station = Station(listed(), "ws://127.0.0.1:9", "CP1")
    limits: list[Any] = [station.configuration.limit(name) for name in ("LocalAuthListMaxLength", "Nonsense")]
    assert limits == [3, None]
