"""Errands of a running CSMS: from Python, over the local HTTP port, from the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from probes.cli_control import operate
from probes.control_port import ControlPort
from probes.csms.controls import ERRANDS, CsmsControls
from probes.pki.certificates import to_pem
from probes.pki.firmware import sign
from registry.errors import CannotBegin
from tests.probes.security.setting import KEY, MAKER, SIGNED_BY, SIGNER, Operator, Secured, secured, until


@asynccontextmanager
async def controlled(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[Secured, CsmsControls]]:
    async with secured(tmp_path, **options) as both:
        controls = CsmsControls(both.csms, tmp_path)
        try:
            yield both, controls
        finally:
            await controls.end()


async def outcome(controls: CsmsControls, name: str, **arguments: str) -> Any:
    await controls.do(name, {"identity": "CP1", **arguments})
    await until(lambda: controls.state()["errands"][-1]["outcome"] is not None)
    return controls.state()["errands"][-1]["outcome"]


async def test_every_errand(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    image = b"image"
    (tmp_path / "f.bin").write_bytes(image)
    (tmp_path / "f.bin.pem").write_text(to_pem(SIGNED_BY))
    (tmp_path / "f.bin.sig").write_text(sign(image, SIGNER))
    (tmp_path / "plain.bin").write_bytes(image)
    async with controlled(tmp_path, door=operator.door(2, CP1=KEY), shown=operator.shown(2), authority=operator.authority) as (
        both,
        controls,
    ):
        assert controls.state() == {"url": both.csms.url, "stations": ["CP1"], "errands": []}
        assert "StartupOfTheDevice" in Path(await outcome(controls, "fetch-log")).read_text()
        assert "configuration" in Path(await outcome(controls, "fetch-log", kind="DiagnosticsLog", scheme="ftp")).read_text()
        assert "BootNotification" in Path(await outcome(controls, "fetch-diagnostics")).read_text()
        renewed = await outcome(controls, "renew-certificate")
        assert renewed["sha256"] == both.csms.states[0].certificates[0]["sha256"]
        assert await outcome(controls, "install-firmware", file="f.bin") == "InvalidCertificate"
        await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
        assert await outcome(controls, "install-firmware", file="f.bin") == "Installed"
        await both.saw("StatusNotification", connectorId=2, status="Available")
        await both.link()
        assert await outcome(controls, "install-firmware", file="plain.bin") == "NotSupported"
        (tmp_path / "f.bin").write_bytes(b"another")
        assert "the signature does not fit the file" in await outcome(controls, "install-firmware", file="f.bin")
        assert "files are not served that way here" in await outcome(controls, "fetch-log", scheme="https")
        assert len(controls.state()["errands"]) == 9


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("explode", {}, "'explode': there is no such errand; known are " + ", ".join(ERRANDS)),
        ("fetch-log", {"identity": "CP1", "file": "x"}, "fetch-log: 'file' does not fit; it takes identity, kind, scheme"),
        ("fetch-log", {"identity": 5}, "fetch-log: 'identity' does not fit"),
        ("fetch-log", {}, "fetch-log: of which station? give identity"),
        ("fetch-log", {"identity": "CP1", "scheme": "gopher"}, "fetch-log: there is no such way to transfer files"),
        ("fetch-log", {"identity": "CP9"}, "station CP9: not connected"),
        ("install-firmware", {"identity": "CP1"}, "install-firmware: '' is no file of"),
        ("install-firmware", {"identity": "CP1", "file": "../key"}, "install-firmware: '../key' is no file of"),
        ("install-firmware", {"identity": "CP1", "file": "none"}, "none: cannot be read (No such file or directory)"),
    ],
)
async def test_errands_that_are_none(name: str, arguments: dict[str, Any], problem: str, tmp_path: Path) -> None:
    async with controlled(tmp_path) as (_, controls):
        with pytest.raises(CannotBegin) as caught:
            await controls.do(name, arguments)
        assert problem in str(caught.value)
        assert controls.state()["errands"] == []


async def test_without_a_folder_there_is_no_firmware(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        with pytest.raises(CannotBegin, match="start it with --files FOLDER"):
            await CsmsControls(both.csms).do("install-firmware", {"identity": "CP1", "file": "f"})


async def test_unsigned_firmware_goes_to_who_takes_it(tmp_path: Path) -> None:
    from tests.probes.station.test_firmware import FIRM

    (tmp_path / "plain.bin").write_bytes(b"image")
    async with controlled(tmp_path, config=FIRM) as (_, controls):
        assert await outcome(controls, "install-firmware", file="plain.bin") == "Installed"


async def test_the_command(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (_, controls), ControlPort(controls) as port:
        number = port.url.rsplit(":", 1)[1]

        async def said(*arguments: str) -> Any:
            return await asyncio.to_thread(CliRunner().invoke, operate, [number, *arguments])

        begun = json.loads((await said("fetch-log", "--station", "CP1", "--kind", "SecurityLog")).output)
        assert begun["errands"][0] | {"outcome": None} == {
            "errand": "fetch-log",
            "identity": "CP1",
            "kind": "SecurityLog",
            "outcome": None,
        }
        await until(lambda: controls.state()["errands"][-1]["outcome"])
        assert json.loads((await said("state")).output)["errands"][0]["outcome"].endswith(".jsonl")
        assert str((await said("fetch-log")).exception) == "fetch-log: of which station? give identity"
    nobody = CliRunner().invoke(operate, ["9", "state"])
    assert str(nobody.exception) == "127.0.0.1:9: no controls of a csms there; start it with `ocpp-registry csms --control 9`"
