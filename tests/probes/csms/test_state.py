"""What the CSMS keeps: idTags with all their states, transactions over restarts, and what happens when the disk does not take it."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16.enums import AuthorizationStatus
from websockets.asyncio.client import connect

from probes.csms.csms import Csms
from probes.csms.state import IdTag, IdTags, TransactionIds
from probes.wire.websocket import SUBPROTOCOL
from registry.errors import CannotBegin
from tests.probes.csms.test_csms import BOUND, TIME, exchange

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY = b"k" * 32


def start(tag: str = "TAG", connector: int = 1, meter: int = 5, when: str = TIME) -> dict[str, Any]:
    return {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": when}


def test_an_id_tag_has_its_status_its_end_and_its_group() -> None:
    tags = IdTags(
        {
            "good": IdTag(expires=NOW + timedelta(days=1), parent="GROUP"),
            "old": IdTag(expires=NOW),
            "blocked": IdTag(AuthorizationStatus.blocked, expires=NOW),
            "one": IdTag(concurrent=False),
            "plain": AuthorizationStatus.invalid,
        },
        others=AuthorizationStatus.invalid,
    )
    good = tags.info("GOOD", NOW)
    assert (good.status, good.parent_id_tag, good.expiry_date) == ("Accepted", "GROUP", "2030-01-02T00:00:00.000Z")
    assert [tags.info(tag, NOW).status for tag in ("old", "blocked", "plain", "other")] == ["Expired", "Blocked", "Invalid", "Invalid"]
    assert [tags.info("one", NOW, in_use).status for in_use in (False, True)] == ["Accepted", "ConcurrentTx"]
    assert tags.info("good", NOW, in_use=True).status == "Accepted"


async def test_a_tag_that_is_for_one_transaction_at_a_time_is_so_over_all_stations() -> None:
    tags = IdTags({"ONE": IdTag(concurrent=False)})
    async with (
        Csms(id_tags=tags) as csms,
        connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as one,
        connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as other,
    ):
        first = (await exchange(one, "StartTransaction", start("ONE")))[2]
        assert first["idTagInfo"] == {"status": "Accepted"}
        assert (await exchange(other, "StartTransaction", start("one")))[2]["idTagInfo"] == {"status": "ConcurrentTx"}
        assert (await exchange(other, "Authorize", {"idTag": "ONE"}))[2]["idTagInfo"] == {"status": "Accepted"}


async def test_a_transaction_that_is_told_twice_is_one() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        ids = [
            (await exchange(websocket, "StartTransaction", told))[2]["transactionId"]
            for told in (start(), start(), start(connector=2), start(meter=6), start(when="2026-01-01T00:00:01Z"))
        ]
        assert len(set(ids)) == 4
        assert ids[0] == ids[1]
        await exchange(websocket, "StopTransaction", {"transactionId": ids[0], "meterStop": 9, "timestamp": TIME})
        assert (await exchange(websocket, "StartTransaction", start()))[2]["transactionId"] not in ids


async def test_what_is_known_outlasts_a_restart(tmp_path: Path) -> None:
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}
    tags = IdTags({"TAG": IdTag(concurrent=False)})
    async with (
        Csms(state_folder=tmp_path, redaction_key=KEY, id_tags=tags) as csms,
        connect(f"{csms.url}/CP%2F1", subprotocols=[SUBPROTOCOL]) as websocket,
    ):
        await exchange(websocket, "BootNotification", boot)
        number = (await exchange(websocket, "StartTransaction", start()))[2]["transactionId"]
        await exchange(websocket, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert '"TAG"' not in file.read_text(encoding="utf-8")
    async with (
        Csms(state_folder=tmp_path, redaction_key=KEY, id_tags=tags) as again,
        connect(f"{again.url}/CP%2F1", subprotocols=[SUBPROTOCOL]) as websocket,
        connect(f"{again.url}/CP2", subprotocols=[SUBPROTOCOL]) as other,
    ):
        state = (await again.station("CP/1", BOUND)).state
        assert (state.boot, state.connectors, set(state.transactions)) == (boot, {1: "Charging"}, {number})
        refused = (await exchange(other, "StartTransaction", start("tag")))[2]
        assert refused["idTagInfo"] == {"status": "ConcurrentTx"}
        assert refused["transactionId"] != number
        await exchange(websocket, "StopTransaction", {"transactionId": number, "meterStop": 9, "timestamp": TIME})
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()]
    (first,) = (document for document in documents if document["identity"] == "CP/1")
    assert first["transactions"][0]["meter_stop"] == 9


async def test_a_transaction_that_is_repeated_after_a_restart_is_one(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        async with (
            Csms(state_folder=tmp_path, redaction_key=KEY) as csms,
            connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket,
        ):
            ids.append((await exchange(websocket, "StartTransaction", start()))[2]["transactionId"])
    assert ids[0] == ids[1]


def test_transaction_ids_go_on_after_those_that_are_known() -> None:
    assert TransactionIds(NOW, [5]).next() == int(NOW.timestamp())
    assert TransactionIds(NOW, [2_000_000_000]).next() == 2_000_000_001


async def test_a_disk_that_is_full_is_told_to_the_station_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        Csms(state_folder=tmp_path) as csms,
        connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket,
    ):
        with monkeypatch.context() as full:
            full.setattr("os.fsync", no_space)
            assert (await exchange(websocket, "StartTransaction", start()))[:3] == [4, "1", "InternalError"]
            assert (await exchange(websocket, "Heartbeat", {}))[0] == 3
        lines = [record.getMessage() for record in caplog.records if record.name == "ocpp_registry.csms"]
        assert lines == ["CP1: StartTransaction cannot be kept (No space left on device); free the disk"]
        number, _, answer = await exchange(websocket, "StartTransaction", start())
        assert number == 3
        assert set((await csms.station("CP1", BOUND)).state.transactions) == {answer["transactionId"]}


def no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"identity": "x", "transactions": [{"a": 1}]}'])
def test_a_file_that_holds_no_state_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.station.json"
    file.write_bytes(content)
    with pytest.raises(CannotBegin) as caught:
        Csms(state_folder=tmp_path)
    assert str(caught.value) == f"{file}: holds no state of a station; move it away or name another folder"


def test_a_folder_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotBegin, match="no folder can be had there"):
        Csms(state_folder=tmp_path / "file" / "state")
