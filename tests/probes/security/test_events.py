"""Security events: logged, told, kept until they are delivered; and those of TLS (security white paper, A00, A04, chapter 8)."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest

from probes.pki.certificates import to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key
from probes.station.security_log import CATALOGUE, ENTRIES, SecurityLog
from probes.station.station import Station
from probes.station.store import Store
from probes.wire.schemas import violations
from probes.wire.tls import KeyPair
from tests.probes.security.setting import BOUND, KEY, NOW, SECURE, Operator, secured, until
from tests.probes.station.test_station import running

CRITICAL = {
    "FirmwareUpdated",
    "SettingSystemTime",
    "StartupOfTheDevice",
    "ResetOrReboot",
    "SecurityLogWasCleared",
    "MemoryExhaustion",
    "TamperDetectionActivated",
}
"""The critical ones of chapter 8."""


def test_the_catalogue() -> None:
    document = json.loads(CATALOGUE.read_text())
    schema = json.loads((CATALOGUE.parents[1] / "schemas" / "security_events.json").read_text())
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []
    assert {entry["type"] for entry in document["events"] if entry["critical"]} == CRITICAL
    assert len({entry["type"] for entry in document["events"]}) == len(document["events"]) == 18


def test_a_rolling_log() -> None:
    store = Store()
    log = SecurityLog(store, lambda: "2026-01-01T00:00:00Z")
    for number in range(ENTRIES + 5):
        assert not log.record("InvalidMessages", f"{number}")
    assert [event.info for event in log.between(None, None)] == [f"{number}" for number in range(5, ENTRIES + 5)]
    assert log.first_waiting() is None
    assert log.record("TamperDetectionActivated", "x" * 300)
    log.clear()
    again = SecurityLog(store, lambda: "2026-01-01T00:00:00Z")
    assert [event.type for event in again.between(None, None)] == ["SecurityLogWasCleared"]
    waiting = again.first_waiting()
    assert waiting is not None
    assert (waiting.type, len(waiting.info)) == ("TamperDetectionActivated", 255)
    assert violations("SecurityEventNotification", False, waiting.to_wire()) == []


async def test_startup_and_reboot_are_told(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await both.event("StartupOfTheDevice")
        mark = both.mark
        await both.ask.reset("Soft")
        await both.event("ResetOrReboot", after=mark)
        assert both.told() == ["StartupOfTheDevice", "ResetOrReboot"]


async def test_the_door(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await both.station.controls.door_open()
        await both.event("TamperDetectionActivated")


async def test_a_clock_that_is_set(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await both.event("StartupOfTheDevice")
        both.station.registration._offset += timedelta(seconds=90)
        await both.ask.trigger_message("Heartbeat")
        event = await both.event("SettingSystemTime")
        assert event["techInfo"] == "by -90 s"


async def test_what_is_no_message_is_logged_and_not_told(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        link = await both.link()
        await link.peer.request("ChangeAvailability", {"connectorId": "one"}, BOUND)
        assert both.logged()[-1] == "InvalidMessages"
        await both.ask.get_configuration(["CpoName"])
        assert "InvalidMessages" not in both.told()


async def test_without_the_extension_nothing_is_told(tmp_path: Path) -> None:
    async with secured(tmp_path, replace(SECURE, profiles=("Core",))) as both:
        for action in ("InstallCertificate", "GetLog", "ExtendedTriggerMessage"):
            answer = await (await both.link()).peer.request(action, {}, BOUND)
            assert answer.error_code == "NotSupported"
        assert both.told() == both.logged() == []


async def test_events_wait_for_the_csms_over_the_end_of_the_process(tmp_path: Path) -> None:
    """A04.FR.02."""
    state = tmp_path / "station.json"
    alone = Station(SECURE, "ws://127.0.0.1:1", "CP1", state=state)
    async with running(alone):
        await alone.controls.door_open()
    async with secured(tmp_path, state=state) as both:
        await both.event("TamperDetectionActivated")
        await until(lambda: both.station.security.log.first_waiting() is None)
        assert both.told() == ["StartupOfTheDevice", "TamperDetectionActivated", "StartupOfTheDevice"]
        kept = (await both.link()).state.security_events
        assert [event["type"] for event in kept] == both.told()


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Told once, and again only after it was better in between."""
    folder = tmp_path / "disk"
    folder.mkdir()
    async with secured(tmp_path, state=folder / "station.json") as both:
        await both.event("StartupOfTheDevice")
        (folder / "station.partial").mkdir()
        for _ in range(3):
            both.station.store.put("anything", 1)
        await both.event("MemoryExhaustion")
        (folder / "station.partial").rmdir()
        both.station.store.put("anything", 2)
        assert both.logged().count("MemoryExhaustion") == 1


# --- TLS


async def connecting(endpoint: str, operator: Operator, profile: int) -> Station:
    """A station that tries until something is in its security log."""
    shown = operator.shown(profile, key_pair=operator.station_pair()) if profile == 3 else operator.shown(profile)
    station = Station(SECURE, endpoint, "CP1", security=shown)
    async with running(station):
        await until(lambda: len(logged(station)) > 1)
    return station


def logged(station: Station) -> list[str]:
    return [event.type for event in station.security.log.between(None, None)]


@contextmanager
def tls_server(pair: KeyPair, *, old: bool = False, ciphers: str = "ALL:@SECLEVEL=0") -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if old:
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    yield context


async def served(context: ssl.SSLContext, operator: Operator, profile: int) -> Station:
    """By a server that alerts before it closes, as most do; asyncio's does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                visitor, _ = listening.accept()
                with contextlib.suppress(OSError), visitor, context.wrap_socket(visitor, server_side=True) as inside:
                    inside.recv(1000)

        def serve_until_closed() -> None:
            with contextlib.suppress(OSError):
                serve()

        thread = threading.Thread(target=serve_until_closed, daemon=True)
        thread.start()
        try:
            return await connecting(f"wss://127.0.0.1:{listening.getsockname()[1]}", operator, profile)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(BOUND)


@pytest.mark.parametrize("profile", [2, 3])
async def test_a_csms_with_old_tls_only(profile: int, tmp_path: Path) -> None:
    """A00.FR.315, 419."""
    operator = Operator(tmp_path)
    with tls_server(operator.pair, old=True) as context:
        assert logged(await served(context, operator, profile))[1] == "InvalidTLSVersion"


@pytest.mark.parametrize("profile", [2, 3])
async def test_a_csms_with_weak_cipher_suites_only(profile: int, tmp_path: Path) -> None:
    """A00.FR.322, 426."""
    operator = Operator(tmp_path)
    with tls_server(operator.pair, ciphers="ECDHE-ECDSA-AES128-SHA") as context:
        assert logged(await served(context, operator, profile))[1] == "InvalidTLSCipherSuite"


@pytest.mark.parametrize("profile", [2, 3])
@pytest.mark.parametrize("wrong", ["foreign", "expired", "misnamed"])
async def test_a_csms_with_a_certificate_that_is_wrong(wrong: str, profile: int, tmp_path: Path) -> None:
    """A00.FR.309, 413."""
    operator = Operator(tmp_path)
    issuer = Issuer.from_pem((tmp_path / "authority" / "authority.pem").read_text())
    if wrong == "foreign":
        issuer = Issuer.new("Root", "Operator", NOW)
    key, days = new_key(), timedelta(days=1)
    began = NOW - timedelta(days=3) if wrong == "expired" else NOW
    host = "another.example" if wrong == "misnamed" else "127.0.0.1"
    operator.pair[0].write_text(to_pem(issuer.issue_server(host, "Operator", key.public_key(), began, days)))
    operator.pair[1].write_text(key_to_pem(key))
    with tls_server(operator.pair) as context:
        found = logged(await served(context, operator, profile))
    assert found[1:3] == ["InvalidCentralSystemCertificate", "CentralSystemFailedToAuthenticate"]


async def test_the_right_certificate_of_the_wrong_kind_of_key_too(tmp_path: Path) -> None:
    """A00.FR.317: a CSMS may have an RSA and an ECDSA certificate; the station takes either."""
    operator = Operator(tmp_path)
    operator.pair = operator.authority.server_pair("127.0.0.1", tmp_path, "RSA")
    async with secured(tmp_path, door=operator.door(2, CP1=KEY), shown=operator.shown(2)) as both:
        assert (await both.link()).handshake.security["tls"]["version"] in {"TLSv1.2", "TLSv1.3"}


async def test_tls_at_a_plain_port(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path) as both:
        station = Station(SECURE, both.csms.url.replace("ws://", "wss://"), "CP2", security=operator.shown(2))
        async with running(station):
            await until(lambda: station.security._failures)
            assert not station.online
        assert (await both.ask.get_configuration(["CpoName"])).answer.kind == "result"


async def test_a_password_that_the_csms_does_not_take(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(2, CP1=KEY), shown=operator.shown(2)) as both:
        station = Station(SECURE, both.csms.url, "CP1", security=operator.shown(2, "00" * 16))
        async with running(station):
            await until(lambda: "FailedToAuthenticateAtCentralSystem" in logged(station))
        assert both.csms.arrivals[-1].reason == "the station CP1 sent a wrong password"
