"""Files that are on their way when the power goes, or a reset comes (OCPP 1.6 sections 4.4 and 4.5; security white paper L01, N01)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from probes.pki.certificates import to_pem
from probes.pki.firmware import sign
from probes.wire.clock import ocpp_time
from tests.probes.security.setting import MAKER, NOW, SIGNED_BY, SIGNER, Secured, secured, until
from tests.probes.station.test_firmware import FIRM, PAST, diagnosed, updated
from tests.probes.station.test_station import BOUND, Pair, pair


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.station.station.FIRST_RETRY", 0.05)


@contextmanager
def nobody_answers() -> Iterator[tuple[str, threading.Event]]:
    """An address where connections are taken and nothing is said, and whether somebody came."""
    came = threading.Event()
    visitors: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    visitors.append(listening.accept()[0])
                except OSError:
                    return
                came.set()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/f", came
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for visitor in visitors:
                visitor.close()
            thread.join(BOUND)


async def interrupted(both: Pair, how: str) -> None:
    """The power goes and comes back, or the CSMS has the station reset."""
    if how == "Reset":
        assert await both.status("Reset", {"type": "Hard"}) == "Accepted"
    else:
        await both.station.controls.power_cut()
        await both.station.controls.power_on()
    both.link = await both.csms.station("CP1", BOUND, after=both.link)


@pytest.mark.parametrize("how", ["power", "Reset"])
async def test_an_upload_ends_with_the_power(how: str) -> None:
    with nobody_answers() as (place, came):
        async with pair(FIRM) as both:
            await both.ask("GetDiagnostics", {"location": place})
            await diagnosed(both, "Uploading")
            await until(came.is_set)
            mark = both.link.transcript.seq
            await interrupted(both, how)
            await diagnosed(both, "UploadFailed", mark)
            boots = [getattr(record, "action", None) for record in both.link.transcript.since(mark)]
            assert boots.index("BootNotification") < boots.index("DiagnosticsStatusNotification")
            await until(lambda: both.station.firmware._diagnostics == "Idle")
            mark = both.link.transcript.seq
            await both.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
            await diagnosed(both, "Idle", mark)


@pytest.mark.parametrize("how", ["power", "Reset"])
async def test_a_download_ends_with_the_power(how: str) -> None:
    with nobody_answers() as (place, came):
        async with pair(FIRM) as both:
            await both.ask("UpdateFirmware", {"location": place, "retrieveDate": PAST, "retries": 3})
            await updated(both, "Downloading")
            await until(came.is_set)
            await interrupted(both, how)
            await updated(both, "DownloadFailed")


async def test_a_download_that_has_yet_to_begin_waits_for_the_power() -> None:
    with nobody_answers() as (place, came):
        async with pair(FIRM) as both:
            await both.station.controls.power_cut()
            both.station.firmware.start_update(place, PAST, 0, 0)
            await both.station.controls.power_on()
            both.link = await both.csms.station("CP1", BOUND, after=both.link)
            await updated(both, "Downloading")
            await until(came.is_set)


async def begun(both: Secured, place: str) -> None:
    await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
    firmware = {
        "location": place,
        "retrieveDateTime": ocpp_time(NOW),
        "signingCertificate": to_pem(SIGNED_BY),
        "signature": sign(b"image", SIGNER),
    }
    assert (await both.ask.signed_update_firmware(3, firmware)).status == "Accepted"
    await both.saw("SignedFirmwareStatusNotification", status="Downloading")


async def test_a_signed_download_ends_with_the_power(tmp_path: Path) -> None:
    """L01.FR.21 and 29: the failure is told with its requestId, and again when asked for."""
    with nobody_answers() as (place, came):
        async with secured(tmp_path) as both:
            await begun(both, place)
            await until(came.is_set)
            await both.station.controls.power_cut()
            mark = both.mark
            await both.station.controls.power_on()
            assert await both.saw("SignedFirmwareStatusNotification", after=mark) == {"status": "DownloadFailed", "requestId": 3}
            mark = both.mark
            await both.ask.extended_trigger_message("FirmwareStatusNotification")
            assert await both.saw("SignedFirmwareStatusNotification", after=mark) == {"status": "DownloadFailed", "requestId": 3}


async def test_the_upload_of_a_log_ends_with_the_power(tmp_path: Path) -> None:
    """N01.FR.10 and 12: the failure is told with its requestId, and then nothing goes on any more."""
    with nobody_answers() as (place, came):
        async with secured(tmp_path) as both:
            await both.ask.get_log("SecurityLog", 9, {"remoteLocation": place})
            await until(came.is_set)
            await both.station.controls.power_cut()
            mark = both.mark
            await both.station.controls.power_on()
            assert await both.saw("LogStatusNotification", after=mark) == {"status": "UploadFailure", "requestId": 9}
            mark = both.mark
            await both.ask.extended_trigger_message("LogStatusNotification")
            assert await both.saw("LogStatusNotification", after=mark) == {"status": "Idle"}


async def test_an_installation_that_cannot_restart_has_failed() -> None:
    """1.6ed2 9.1.22."""
    async with pair(replace(FIRM, reboot_seconds=0.01)) as both:
        await both.station.controls.stall()
        both.station.firmware._updating = both.station.spawn(both.station.firmware._install(b"image"))
        await updated(both, "Installing", "InstallationFailed")
        assert not both.link.closed.is_set()
