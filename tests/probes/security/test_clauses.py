"""Requirements of the security white paper that no other scene shows: one profile at a time, the newest certificate, the renewal of A03."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from probes.csms.csms import Csms
from probes.csms.errands import remove_root
from probes.csms.renewals import PATIENCE, Renewals, end_of_certificate
from probes.pki.certificates import common_names, fingerprint, hash_data, organizations, to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from probes.pki.requests import read_request
from probes.station.credentials import Credentials
from probes.station.store import Store
from probes.station.trust import CENTRAL, TrustStore
from probes.wire.client import NotConnected, open_connection
from probes.wire.clock import ocpp_time
from probes.wire.records import ConnectionEvent, EventKind
from probes.wire.security import ClientSecurity
from tests.probes.doubles import HandClock
from tests.probes.security.setting import KEY, MAKER, NOW, SECURE, SIGNED_BY, SIGNER, Operator, Secured, secured, until

ROOT_OF_CSMS, ROOT_OF_MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
YEAR = timedelta(days=365)
SIGNER_OF_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose


# --- profiles


@pytest.mark.parametrize("profile", [0, 1, 2, 3])
async def test_one_profile_at_a_time_and_it_is_there_before_the_first_word(profile: int, tmp_path: Path) -> None:
    """A00.FR.001, 004: each end has the one that it was started with, and shows it in the handshake."""
    operator = Operator(tmp_path)
    pair = operator.station_pair() if profile == 3 else None
    async with secured(tmp_path, door=operator.door(profile, CP1=KEY), shown=operator.shown(profile, key_pair=pair)) as both:
        opened = both.csms.transcript("CP1").records[0]
        assert isinstance(opened, ConnectionEvent)
        assert (opened.event, opened.detail["securityProfile"]) == (EventKind.OPEN, profile)
        assert list(both.csms.urls) == [profile]
        told = (await both.ask.get_configuration(["SecurityProfile"])).payload["configurationKey"]
        assert [entry["value"] for entry in told] == [str(profile)]


async def test_a_station_disconnects_when_its_profile_was_raised(tmp_path: Path) -> None:
    """A05.FR.06: by itself, and says why."""
    operator = Operator(tmp_path)
    async with secured(tmp_path, further=operator.door(1, CP1=KEY)) as both:
        await both.ask.change_configuration("AuthorizationKey", KEY)
        link, mark = await both.link(), both.mark
        assert (await both.ask.change_configuration("SecurityProfile", "1")).status == "Accepted"
        await both.again(link, 1)
        closed = next(each for each in both.csms.transcript("CP1").since(mark) if isinstance(each, ConnectionEvent))
        assert closed.event is EventKind.CLOSE
        assert (closed.detail["code"], closed.detail["reason"]) == (1001, "security parameters were changed")


# --- certificates


def test_of_two_certificates_that_count_the_newest_is_shown() -> None:
    """A02.FR.09, A03.FR.09: as measured by the start of its validity, whatever order they came in; A02.FR.08: not before it begins."""
    root = Issuer.new("Root", "Operator", NOW)
    credentials = Credentials(Store(), ClientSecurity())
    credentials.profile = 3
    made = {}
    for name, begins in (("newer", NOW - timedelta(days=2)), ("older", NOW - timedelta(days=9)), ("coming", NOW + timedelta(days=2))):
        csr = read_request(credentials.request("SN-0001", "Operator"))
        made[name] = root.issue("SN-0001", "Operator", csr.public_key(), begins, YEAR)
        assert credentials.take(to_pem(made[name]), "SN-0001", "Operator", [root.certificate], NOW) is None

    def shown(now: datetime) -> bytes:
        with credentials.shown([[root.certificate]], now) as security:
            assert security.key_pair is not None
            return security.key_pair[0].read_bytes()

    assert shown(NOW) == to_pem(made["newer"]).encode()
    assert shown(NOW + timedelta(days=3)) == to_pem(made["coming"]).encode()


async def test_each_station_has_a_certificate_of_its_own(tmp_path: Path) -> None:
    """A00.FR.427: from keys that each made itself, and nobody gets in with that of another."""
    operator = Operator(tmp_path)
    pairs = {}
    for name in ("SN-0001", "SN-0002"):
        (tmp_path / name).mkdir()
        pairs[name] = tuple(path.rename(tmp_path / name / path.name) for path in operator.station_pair(name))
    async with Csms(security=replace(operator.door(3), serial_numbers={"CP1": "SN-0001", "CP2": "SN-0002"})) as csms:
        seen = []
        for identity, name in (("CP1", "SN-0001"), ("CP2", "SN-0002")):
            connected = await open_connection(csms.url, identity, operator.shown(3, key_pair=pairs[name]))
            link = await csms.station(identity, 10.0)
            seen.append(link.handshake.security["tls"]["peerCertificate"]["sha256"])
            await connected.connection.close()
        assert len(set(seen)) == 2
        with pytest.raises(NotConnected, match="403"):
            await open_connection(csms.url, "CP1", operator.shown(3, key_pair=pairs["SN-0002"]))


async def renewing(both: Secured) -> str:
    """The request that the station sends of its own accord, as its certificate is about to end."""
    return str((await both.saw("SignCertificate"))["csr"])


@pytest.mark.parametrize("wrong", ["foreign", "expired", "weak", None])
async def test_a_renewed_certificate_is_checked_like_the_first(wrong: str | None, tmp_path: Path) -> None:
    """A03.FR.05 to FR.08, FR.13: a fresh key that stays here, the operator's name in the request, and what is wrong is discarded."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=29)))
    async with secured(tmp_path, door=operator.door(3), shown=shown) as both:
        own = Issuer.from_pem((tmp_path / "authority" / "authority.pem").read_text())
        request = read_request(await renewing(both))
        assert (common_names(request), organizations(request)) == (("SN-0001",), ("Operator",))
        csr = read_request(both.station.security.credentials.request("SN-0001", "Operator"))
        issuer = Issuer.new("Root", "Operator", NOW) if wrong == "foreign" else own
        began = NOW - 2 * YEAR if wrong == "expired" else NOW
        key = SIGNER_OF_1024.public_key() if wrong == "weak" else csr.public_key()
        chain = to_pem(issuer.issue("SN-0001", "Operator", key, began, YEAR))
        link, mark = await both.link(), both.mark
        outcome = await both.ask.certificate_signed(chain)
        assert outcome.status == ("Rejected" if wrong else "Accepted")
        if wrong:
            await both.event("InvalidChargePointCertificate", after=mark)
            assert len(both.station.security.credentials._own) == 1
        else:
            link = await both.again(link, 3)
            newest = both.station.security.credentials.newest
            assert newest is not None
            assert link.handshake.security["tls"]["peerCertificate"]["sha256"] == fingerprint(newest)
        frames = "".join(getattr(each, "raw", "") for each in both.csms.transcript("CP1").records)
        assert "PRIVATE" not in frames


async def test_a_renewal_that_cannot_be_processed_is_rejected(tmp_path: Path) -> None:
    """A03.FR.12: by a CSMS that has no authority, and then the key is of no use."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=29)))
    async with secured(tmp_path, door=operator.door(3), shown=shown) as both:
        await renewing(both)
        await until(lambda: both.station.store.get("credentials")["pending_keys"] == [])
        told = [
            getattr(each, "raw", "") for each in both.csms.transcript("CP1").records if getattr(each, "action", "") == "SignCertificate"
        ]
        assert '"Rejected"' in told[-1]


async def test_the_csms_renews_what_is_about_to_end(tmp_path: Path) -> None:
    """A03: of its own accord, once a day at most, and only what is due."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=40)))
    async with secured(tmp_path, door=operator.door(3), shown=shown, authority=operator.authority) as both:
        link = await both.link()
        ends = end_of_certificate(link)
        assert ends is not None
        assert abs(ends - (NOW + timedelta(days=40))) < timedelta(seconds=1)
        await Renewals(both.csms).look()
        assert link.state.certificates == []
        renewals = Renewals(both.csms, timedelta(days=41))
        await renewals.look()
        link = await both.again(link, 3)
        assert [each["sha256"] for each in link.state.certificates] == [link.handshake.security["tls"]["peerCertificate"]["sha256"]]
        await renewals.look()
        assert len(link.state.certificates) == 1


async def test_who_takes_no_new_certificate_is_left_alone_for_a_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    operator = Operator(tmp_path)
    clock = HandClock()
    clock.seconds = (NOW - clock.now()).total_seconds()
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=40)))
    async with secured(tmp_path, door=operator.door(3), shown=shown, keys={"CpoName": ""}, clock=clock) as both:
        renewals = Renewals(both.csms, timedelta(days=41), clock)
        for wait, asked in ((timedelta(0), 1), (timedelta(hours=23), 1), (PATIENCE, 2)):
            clock.seconds += wait.total_seconds()
            await renewals.look()
            requests = [each for each in both.csms.transcript("CP1").records if getattr(each, "action", "") == "ExtendedTriggerMessage"]
            assert len(requests) == 2 * asked
        assert "CP1: its certificate ends at" in caplog.text


# --- roots


async def test_a_root_is_deleted_by_the_names_that_the_station_uses(tmp_path: Path) -> None:
    """M04.FR.07."""
    other = Issuer.new("Other", "Operator", NOW)
    async with secured(tmp_path) as both:
        await both.ask.install_certificate(ROOT_OF_MAKER, to_pem(MAKER.certificate))
        assert await remove_root(both.csms, "CP1", ROOT_OF_MAKER, other.certificate) == "NotFound"
        assert await remove_root(both.csms, "CP1", ROOT_OF_CSMS, MAKER.certificate) == "NotFound"
        assert await remove_root(both.csms, "CP1", ROOT_OF_MAKER, MAKER.certificate) == "Accepted"
        frames = [getattr(each, "raw", "") for each in both.csms.transcript("CP1").records]
        sent = next(raw for raw in frames if '"DeleteCertificate"' in raw)
        assert hash_data(MAKER.certificate, MAKER.certificate, "SHA256").to_wire()["issuerKeyHash"] in sent
        assert (await both.ask.get_installed_certificate_ids(ROOT_OF_MAKER)).status == "NotFound"


def test_what_the_disk_does_not_take_has_failed(tmp_path: Path) -> None:
    """M04.FR.03, M05.FR.04: Failed, and the roots are as they were."""
    state = tmp_path / "station.json"
    store = Store(state)
    trust = TrustStore(store)
    kept, further = (Issuer.new(name, "Operator", NOW).certificate for name in ("Kept", "Further"))
    now = datetime.now(UTC)
    assert trust.install(CENTRAL, to_pem(kept), now).status == "Accepted"
    (tmp_path / "station.partial").mkdir()
    assert trust.install(CENTRAL, to_pem(further), now).status == "Failed"
    assert trust.delete(hash_data(kept, kept), None) == "Failed"
    assert trust.roots(CENTRAL) == (kept,)
    (tmp_path / "station.partial").rmdir()
    assert trust.delete(hash_data(kept, kept), None) == "Accepted"


# --- firmware


def firmware(location: str, **changes: str) -> dict[str, str]:
    made = {
        "location": location,
        "retrieveDateTime": ocpp_time(NOW),
        "signingCertificate": to_pem(SIGNED_BY),
        "signature": sign(b"image", SIGNER),
    }
    return made | changes


async def test_at_its_date_an_installation_waits_for_who_charges(tmp_path: Path) -> None:
    """L01.FR.18, FR.19: no connector that is free, or becomes free, is to be used until the firmware is installed."""
    async with secured(tmp_path) as both:
        await both.ask.install_certificate(ROOT_OF_MAKER, to_pem(MAKER.certificate))
        controls = both.station.controls
        await controls.plug()
        await controls.tag("TAG1")
        await both.saw("StatusNotification", connectorId=1, status="Charging")
        soon = ocpp_time(datetime.now(UTC) + timedelta(seconds=0.4))
        place = both.files.offer("firmware.bin", b"image").location
        assert (await both.ask.signed_update_firmware(3, firmware(place, installDateTime=soon))).status == "Accepted"
        await both.saw("SignedFirmwareStatusNotification", status="InstallScheduled")
        await both.saw("StatusNotification", connectorId=2, status="Unavailable")
        assert datetime.now(UTC) >= datetime.fromisoformat(soon)
        assert both.station.connectors[1].transaction is not None
        mark = both.mark
        await controls.tag("TAG1")
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Unavailable")
        await both.saw("SignedFirmwareStatusNotification", after=mark, status="Installed")


async def test_an_installation_that_goes_on_is_not_cancelled(tmp_path: Path) -> None:
    """L01.FR.27."""
    async with secured(tmp_path, replace(SECURE, reboot_seconds=0.5)) as both:
        await both.ask.install_certificate(ROOT_OF_MAKER, to_pem(MAKER.certificate))
        place = both.files.offer("firmware.bin", b"image").location
        await both.station.controls.stall()
        await both.ask.signed_update_firmware(3, firmware(place))
        await both.saw("SignedFirmwareStatusNotification", status="InstallRebooting")
        assert (await both.ask.signed_update_firmware(4, firmware(place))).status == "Rejected"
        await both.saw("SignedFirmwareStatusNotification", status="InstallationFailed", requestId=3)
