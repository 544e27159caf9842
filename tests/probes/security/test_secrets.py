"""Passwords and private keys are where they must be, in files of their owner alone, and nowhere else: read from the files themselves."""

from __future__ import annotations

import base64
import logging
import re
import stat
from pathlib import Path

import pytest

from probes.pki.certificates import to_pem
from probes.station.station import Station
from probes.wire.passwords import basic_authorization
from probes.wire.transcript import record_line
from registry.errors import CannotBegin
from tests.probes.security.setting import BOUND, KEY, MAKER, OTHER_KEY, SECURE, Operator, secured, until
from tests.probes.security.test_logs_and_firmware import IMAGE, offered, update

OWNERS_ALONE = {"station.json", "authority.pem", "server-ec.key", "station.key"}
"""The files that hold secrets because they must."""

_KEY_BLOCK = re.compile(r"PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END")


def key_lines(text: str) -> set[str]:
    """The lines of private keys in PEM: each of them would be a leak."""
    blocks = _KEY_BLOCK.findall(text.replace("\\n", "\n"))
    return {line.strip() for block in blocks for line in block.splitlines() if len(line.strip()) > 20}


async def test_no_secret_is_in_a_transcript_a_log_or_a_state_of_the_csms(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    operator = Operator(tmp_path)
    state, folder = tmp_path / "station.json", tmp_path / "csms"
    doors = operator.door(2, CP1=KEY), operator.door(3)
    passwords = set()
    async with secured(
        tmp_path, door=doors[0], further=doors[1], shown=operator.shown(2), authority=operator.authority, state=state, state_folder=folder
    ) as both:
        link = await both.link()
        assert (await both.ask.change_configuration("AuthorizationKey", OTHER_KEY)).status == "Accepted"
        link = await both.again(link, 2)
        await both.ask.get_configuration()
        await both.ask.extended_trigger_message("SignChargePointCertificate")
        await until(lambda: both.station.security.credentials.newest)
        await both.ask.change_configuration("SecurityProfile", "3")
        await both.again(link, 3)
        await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
        places = [both.files.inbox("CP1", scheme) for scheme in ("http", "ftp", "http")]
        for number, place in enumerate(places[:2]):
            await both.ask.get_log(("SecurityLog", "DiagnosticsLog")[number], number, {"remoteLocation": place.location})
            assert await both.files.arrived(place, BOUND)
        await both.ask.get_diagnostics(places[2].location)
        assert await both.files.arrived(places[2], BOUND)
        places.append(offered(both))
        await update(both, places[-1].location, IMAGE, retries=0)
        await both.saw("SignedFirmwareStatusNotification", status="Installed")
        passwords = {place.grant.password for place in places}
        lines = [*both.csms.transcript("CP1").records, *both.station.transcript.records]
    (tmp_path / "transcript.jsonl").write_bytes(b"\n".join(record_line(line) for line in lines))
    (tmp_path / "messages.log").write_text(caplog.text)

    keys = set().union(
        *(
            key_lines((tmp_path / "authority" / name if name == "authority.pem" else tmp_path / name).read_text())
            for name in ("station.json", "authority.pem", "server-ec.key")
        )
    )
    assert len(keys) >= 6
    header = basic_authorization("CP1", KEY).split()[1], basic_authorization("CP1", OTHER_KEY).split()[1]
    raw = {base64.b64encode(bytes.fromhex(text)).decode() for text in (KEY, OTHER_KEY)}
    secrets = keys | passwords | {KEY, OTHER_KEY, *header, *raw}
    read = 0
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        if path.name in OWNERS_ALONE:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        read += 1
        assert "PRIVATE KEY" not in text, path
        assert [secret for secret in secrets if secret.lower() in text.lower()] == [], path
    assert read >= 8
    assert "AuthorizationKey" in (tmp_path / "transcript.jsonl").read_text()
    assert "SignCertificate" in (tmp_path / "transcript.jsonl").read_text()


async def test_nothing_of_a_handshake_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The TLS library wants files: they are gone as soon as the connection stands."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    async with secured(tmp_path, door=operator.door(3), shown=shown) as both:
        assert list(scratch.iterdir()) == []
        assert "PRIVATE" not in repr(both.station.security.credentials._own)


@pytest.mark.parametrize(
    "state", ['{"roots": {"given": []}}', '{"roots": {"given": [], "installed": [{}]}}', '{"security_log": {"entries": [{"a": 1}]}}']
)
def test_a_state_that_is_none_of_security(state: str, tmp_path: Path) -> None:
    (tmp_path / "station.json").write_text(state)
    with pytest.raises(CannotBegin, match="CP1: what its state holds of security cannot be read"):
        Station(SECURE, "ws://127.0.0.1:1", "CP1", state=tmp_path / "station.json")


async def test_a_station_that_is_given_other_credentials_begins_anew_with_them(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    state = tmp_path / "station.json"
    async with secured(tmp_path, door=operator.door(1, CP1=KEY), shown=operator.shown(1), state=state) as both:
        link = await both.link()
        await both.ask.change_configuration("AuthorizationKey", OTHER_KEY)
        await both.again(link, 1)
    third = "ab" * 20
    async with secured(tmp_path, door=operator.door(1, CP1=third), shown=operator.shown(1, third), state=state) as both:
        assert both.station.security.credentials.authorization_key == third
