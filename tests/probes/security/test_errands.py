"""The CSMS's own errands, its authority and its memory, against our station (security white paper, A00.FR.7xx, A02, L01, N01)."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probes.csms import errands
from probes.csms.authority import CertificateAuthority
from probes.csms.csms import Csms
from probes.csms.errands import FirmwarePackage, certificates_due, fetch_diagnostics, fetch_log, install_firmware, renew_certificate
from probes.csms.files import SCHEMES, FileHouse
from probes.csms.state import StationState
from probes.pki.certificates import chain_problem, read_chain, read_one, to_pem
from probes.pki.firmware import sign
from probes.pki.requests import NoRequest, new_key, new_request
from probes.wire.clock import SystemClock, rfc3339
from registry.errors import CannotBegin
from tests.probes.security.setting import KEY, MAKER, NOW, SECURE, SIGNED_BY, SIGNER, Operator, secured
from tests.probes.station.test_station import CONFIG

IMAGE = b"image"
PACKAGE = FirmwarePackage("firmware.bin", IMAGE, to_pem(SIGNED_BY), sign(IMAGE, SIGNER))


async def test_logs_firmware_and_certificates(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(
        tmp_path,
        door=operator.door(2, CP1=KEY),
        shown=operator.shown(2),
        authority=operator.authority,
        schemes=SCHEMES,
        key_pair=operator.pair,
    ) as both:
        for scheme in SCHEMES:
            log = await fetch_log(both.csms, "CP1", scheme=scheme)
            assert log is not None
            assert "StartupOfTheDevice" in log.read_text()
            diagnostics = await fetch_diagnostics(both.csms, "CP1", scheme=scheme)
            assert diagnostics is not None
            assert "BootNotification" in diagnostics.read_text()
        assert await install_firmware(both.csms, "CP1", PACKAGE) == "InvalidCertificate"
        await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
        assert await install_firmware(both.csms, "CP1", PACKAGE, scheme="ftps") == "Installed"
        await both.saw("SecurityEventNotification", type="FirmwareUpdated")
        renewed = await renew_certificate(both.csms, "CP1")
        assert renewed is not None
        assert (await renew_certificate(both.csms, "CP1")) not in (None, renewed)
        assert certificates_due(both.csms.states, both.csms.now()) == []
        assert certificates_due(both.csms.states, both.csms.now() + timedelta(days=340)) == ["CP1"]
        assert list(both.files.grants) == []


async def test_diagnostics_of_a_station_without_the_extension(tmp_path: Path) -> None:
    """Over TLS it trusts whom it was started to trust."""
    operator = Operator(tmp_path)
    plain = replace(CONFIG, profiles=("Core", "FirmwareManagement"))
    async with secured(
        tmp_path, plain, door=operator.door(2, CP1=KEY), shown=operator.shown(2), schemes=SCHEMES, key_pair=operator.pair
    ) as both:
        for scheme in SCHEMES:
            assert await fetch_diagnostics(both.csms, "CP1", scheme=scheme)
            place = both.files.offer("f", IMAGE, scheme)
            mark = both.mark
            await both.ask.update_firmware(place.location, NOW)
            await both.saw("FirmwareStatusNotification", after=mark, status="Installed")
            await both.saw("StatusNotification", after=mark, connectorId=2)
        assert await fetch_log(both.csms, "CP1") is None


async def test_what_cannot_be_done(tmp_path: Path) -> None:
    async with Csms() as csms:
        with pytest.raises(CannotBegin, match="no place for files"):
            await fetch_log(csms, "CP1")
    async with secured(tmp_path) as both:
        with pytest.raises(CannotBegin, match="the signature does not fit the file"):
            await install_firmware(both.csms, "CP1", replace(PACKAGE, image=b"other"))
        with pytest.raises(CannotBegin, match="its certificate"):
            await install_firmware(both.csms, "CP1", replace(PACKAGE, certificate="nonsense"))
        assert await renew_certificate(both.csms, "CP1", 0.2) is None
        assert errands.LOG_SECONDS > 0


def test_certificates_are_due_a_month_before_they_end() -> None:
    def state(identity: str, *days: float) -> StationState:
        return StationState(identity, certificates=[{"notAfter": rfc3339(NOW + timedelta(days=each))} for each in days])

    states = [state("A", 29), state("B", 31), state("C", 1, 300), state("D", -1), state("E")]
    assert certificates_due(states, NOW) == ["A", "D"]


# --- the authority


def test_an_authority_outlasts_a_restart(tmp_path: Path) -> None:
    one = CertificateAuthority("Operator", SystemClock(), tmp_path / "ca")
    signed = one.sign(new_request(new_key(), "SN-1", "Operator"), "SN-1")
    one.revoke(signed.serial_number.upper())
    other = CertificateAuthority("Operator", SystemClock(), tmp_path / "ca")
    assert other.root_pem == one.root_pem
    assert other.is_revoked(signed.serial_number)
    assert not other.is_revoked("1")
    assert chain_problem(read_chain(signed.chain), [read_one(other.root_pem)], datetime.now(UTC) + timedelta(minutes=1)) is None
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ca" / "authority.pem").stat().st_mode) == 0o600
    assert "PRIVATE" not in other.root_pem


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_both_kinds_of_keys_are_signed(kind: str) -> None:
    """A00.FR.317, note."""
    authority = CertificateAuthority("Operator", SystemClock())
    signed = authority.sign(new_request(new_key(kind), "SN-1", "Operator"), "SN-1")
    assert read_chain(signed.chain)[0].serial_number == int(signed.serial_number, 16)


@pytest.mark.parametrize(("csr", "why"), [("nonsense", "cannot be read"), (new_request(new_key(), "SN-2", "Operator"), "made out to SN-2")])
def test_what_is_not_signed(csr: str, why: str) -> None:
    authority = CertificateAuthority("Operator", SystemClock())
    assert why in (authority.problem(csr, "SN-1") or "")
    with pytest.raises(NoRequest):
        authority.sign(csr, "SN-1")


def test_a_folder_that_holds_no_authority(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("nonsense")
    with pytest.raises(CannotBegin, match="holds no authority"):
        CertificateAuthority("Operator", SystemClock(), tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CannotBegin, match="can be kept there"):
        CertificateAuthority("Operator", SystemClock(), tmp_path / "file" / "ca")


def test_a_house_that_cannot_be_built(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="needs a certificate"):
        FileHouse(tmp_path, schemes=("https",))
    with pytest.raises(CannotBegin, match="no way to transfer"):
        FileHouse(tmp_path, schemes=("sftp",))


# --- memory


async def test_what_the_csms_knows_of_security_outlasts_a_restart(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    folder = tmp_path / "csms"
    seen: list[tuple[int, list[dict[str, str]], int]] = []
    for _ in range(2):
        doors = operator.door(2, CP1=KEY)
        async with secured(tmp_path, door=doors, shown=operator.shown(2), authority=operator.authority, state_folder=folder) as both:
            await both.event("StartupOfTheDevice")
            if not seen:
                await renew_certificate(both.csms, "CP1")
            state = (await both.link()).state
            seen.append((state.security_profile, list(state.certificates), len(state.security_events)))
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][0] == 2
    assert seen[1][2] > seen[0][2]
    assert SECURE.serial_number
