"""Certificates of the station and roots in it, over OCPP (security white paper, A02, A03, M03 to M05; TC_074 to TC_078)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from probes.csms.operations import Outcome
from probes.pki.certificates import common_names, hash_data, organizations, to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key, read_request
from probes.station.credentials import Credentials
from probes.station.store import Store
from probes.station.trust import CENTRAL as ROOTS_OF_THE_CSMS
from probes.station.trust import TrustStore
from probes.wire.client import NotConnected
from probes.wire.security import ClientSecurity
from registry.errors import CannotBegin
from tests.probes.security.setting import KEY, MAKER, NOW, Operator, Secured, secured, until

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
YEAR = timedelta(days=365)
ROOT = Issuer.new("Root", "Operator", NOW)
OTHER = Issuer.new("Other", "Operator", NOW)


# --- the station's own certificate


async def asked(both: Secured) -> x509.CertificateSigningRequest:
    """The request that the station sends when it is asked to."""
    mark = both.mark
    assert (await both.ask.extended_trigger_message("SignChargePointCertificate")).status == "Accepted"
    return read_request((await both.saw("SignCertificate", after=mark))["csr"])


async def test_the_request_bears_serial_number_and_operator(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        request = await asked(both)
        assert (common_names(request), organizations(request)) == (("SN-0001",), ("Operator",))
        assert request.is_signature_valid
        again = await asked(both)
        assert again.public_key() != request.public_key()


async def test_without_an_operators_name_nothing_can_be_asked_for(tmp_path: Path) -> None:
    async with secured(tmp_path, keys={"CpoName": ""}) as both:
        assert (await both.ask.extended_trigger_message("SignChargePointCertificate")).status == "Rejected"
        assert (await both.ask.change_configuration("CpoName", "Another")).status == "Accepted"
        assert organizations(await asked(both)) == ("Another",)


async def test_a_csms_without_an_authority_cannot_process_it(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await asked(both)
        await until(lambda: both.station.store.get("credentials")["pending_keys"] == [])


async def test_an_authority_signs_only_what_is_right(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, keys={"CpoName": "Somebody else"}, authority=operator.authority) as both:
        await asked(both)
        await until(lambda: both.station.store.get("credentials")["pending_keys"] == [])
        assert (await both.link()).state.certificates == []


async def test_renewal_over_mutual_tls(tmp_path: Path) -> None:
    """TC_074: the station connects again with its new certificate."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    async with secured(tmp_path, door=operator.door(3), shown=shown, authority=operator.authority) as both:
        link = await both.link()
        first = link.handshake.security["tls"]["peerCertificate"]["sha256"]
        assert (await both.ask.extended_trigger_message("SignChargePointCertificate")).status == "Accepted"
        link = await both.again(link, 3)
        second = link.handshake.security["tls"]["peerCertificate"]["sha256"]
        assert second != first
        assert [entry["sha256"] for entry in link.state.certificates] == [second]


async def test_a_certificate_that_ends_within_a_month_is_renewed(tmp_path: Path) -> None:
    """A03: of the station's own accord."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=29)))
    async with secured(tmp_path, door=operator.door(3), shown=shown, authority=operator.authority) as both:
        await both.saw("SignCertificate")
        await until(lambda: both.csms.links and both.csms.links[0].state.certificates)
        newest = both.station.security.credentials.newest
        assert newest is not None
        assert newest.not_valid_after_utc > datetime.now(UTC) + timedelta(days=300)


async def test_no_renewal_before_its_time(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair(ends=timedelta(days=31)))
    async with secured(tmp_path, door=operator.door(3), shown=shown, authority=operator.authority) as both:
        await both.ask.get_configuration(["CpoName"])
        assert '"SignCertificate"' not in "".join(getattr(each, "raw", "") for each in both.csms.transcript("CP1").records)


async def test_own_certificate_outlasts_a_restart(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    state, folder = tmp_path / "station.json", tmp_path / "csms"
    seen: list[str] = []
    for first in (True, False):
        async with secured(
            tmp_path, door=operator.door(3), shown=shown, authority=operator.authority, state=state, state_folder=folder
        ) as both:
            link = await both.link()
            if first:
                await both.ask.extended_trigger_message("SignChargePointCertificate")
                link = await both.again(link, 3)
            seen.append(link.handshake.security["tls"]["peerCertificate"]["sha256"])
            assert [entry["sha256"] for entry in link.state.certificates] == [seen[0]]
    assert seen[0] == seen[1]


async def test_a_revoked_certificate_gets_nobody_in(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    async with secured(tmp_path, door=operator.door(3), shown=shown, authority=operator.authority) as both:
        link = await both.link()
        operator.authority.revoke(link.handshake.security["tls"]["peerCertificate"]["serialNumber"])
        await both.ask.reset("Soft")
        arrival = await both.csms.arrival(lambda arrival: "revoked" in arrival.reason, 10.0)
        assert arrival is not None
        await until(lambda: "FailedToAuthenticateAtCentralSystem" in both.logged())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("foreign", "signed by no authority"),
        ("expired", "has expired"),
        ("another station", "made out to SN-0002"),
        ("another operator", "names Nobody as organization"),
        ("another key", "not for a key"),
        ("no certificate", "cannot be read"),
        ("too long", "more than 10000 characters"),
    ],
)
async def test_a_certificate_that_is_wrong_is_discarded(wrong: str, why: str, tmp_path: Path) -> None:
    """A02.FR.06, FR.07; TC_077."""
    async with secured(tmp_path, keys={"CertificateSignedMaxChainSize": "3000" if wrong == "too long" else "10000"}) as both:
        await both.ask.install_certificate(CENTRAL, to_pem(ROOT.certificate))
        refused = both.station.security.credentials
        request = read_request(refused.request("SN-0001", "Operator"))
        key = new_key().public_key() if wrong == "another key" else request.public_key()
        issuer = OTHER if wrong == "foreign" else ROOT
        name = "SN-0002" if wrong == "another station" else "SN-0001"
        organization = "Nobody" if wrong == "another operator" else "Operator"
        began = NOW - 2 * YEAR if wrong == "expired" else NOW
        chain = to_pem(issuer.issue(name, organization, key, began, YEAR))
        if wrong == "no certificate":
            chain = "nonsense"
        mark = both.mark
        outcome = await both.ask.certificate_signed(chain * (8 if wrong == "too long" else 1))
        assert outcome.status == "Rejected"
        event = await both.event("InvalidChargePointCertificate", after=mark)
        assert why.replace("10000", "3000") in event["techInfo"]
        assert refused.newest is None


async def test_a_chain_with_an_authority_between_is_taken(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await both.ask.install_certificate(CENTRAL, to_pem(ROOT.certificate))
        below = Issuer.new("Below", "Operator", NOW, by=ROOT)
        request = read_request(both.station.security.credentials.request("SN-0001", "Operator"))
        certificate = below.issue("SN-0001", "Operator", request.public_key(), NOW, YEAR)
        assert (await both.ask.certificate_signed(to_pem(certificate))).status == "Rejected"
        assert (await both.ask.certificate_signed(to_pem(certificate, below.certificate))).status == "Accepted"
        assert both.station.security.credentials.newest == certificate


# --- roots


async def ids(both: Secured, kind: str) -> list[dict[str, str]]:
    outcome = await both.ask.get_installed_certificate_ids(kind)
    assert (outcome.status == "Accepted") == ("certificateHashData" in outcome.payload)
    found: list[dict[str, str]] = outcome.payload.get("certificateHashData", [])
    return found


async def install(both: Secured, issuer: Issuer, kind: str = CENTRAL) -> Outcome:
    return await both.ask.install_certificate(kind, to_pem(issuer.certificate))


async def test_roots_are_installed_listed_and_deleted(tmp_path: Path) -> None:
    """TC_075_1, TC_075_2, TC_076."""
    async with secured(tmp_path) as both:
        for kind, issuer, other in ((CENTRAL, ROOT, MANUFACTURER), (MANUFACTURER, MAKER, CENTRAL)):
            assert (await both.ask.get_installed_certificate_ids(kind)).status == "NotFound"
            assert (await install(both, issuer, kind)).status == "Accepted"
            assert await ids(both, kind) == [hash_data(issuer.certificate, issuer.certificate).to_wire()]
            assert await ids(both, other) == []
            for algorithm in ("SHA512",):
                told = hash_data(issuer.certificate, issuer.certificate, algorithm).to_wire()
                assert (await both.ask.delete_certificate({**told, "serialNumber": "1"})).status == "NotFound"
                upper = {name: value.upper() if name != "hashAlgorithm" else value for name, value in told.items()}
                assert (await both.ask.delete_certificate(upper)).status == "Accepted"
                assert (await both.ask.delete_certificate(told)).status == "NotFound"
            assert await ids(both, kind) == []


async def test_no_more_roots_than_there_is_room_for(tmp_path: Path) -> None:
    """M05.FR.03: CertificateStoreMaxLength counts all kinds."""
    async with secured(tmp_path) as both:
        assert (await install(both, ROOT)).status == "Accepted"
        assert (await install(both, ROOT)).status == "Accepted"
        assert (await install(both, OTHER)).status == "Accepted"
        assert (await install(both, MAKER, MANUFACTURER)).status == "Accepted"
        assert (await install(both, Issuer.new("Third", "Operator", NOW))).status == "Rejected"
        assert len(await ids(both, CENTRAL)) == 2


@pytest.mark.parametrize("wrong", ["nonsense", "expired", "not yet", "no authority", "two at once"])
async def test_a_root_that_is_none_is_rejected(wrong: str, tmp_path: Path) -> None:
    """M05.FR.06; TC_078."""
    texts = {
        "nonsense": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "expired": to_pem(Issuer.new("Old", "Operator", NOW - 2 * YEAR, days=365).certificate),
        "not yet": to_pem(Issuer.new("Young", "Operator", NOW + YEAR).certificate),
        "no authority": to_pem(ROOT.issue("SN", "Operator", new_key().public_key(), NOW, YEAR)),
        "two at once": to_pem(ROOT.certificate, OTHER.certificate),
    }
    async with secured(tmp_path) as both:
        mark = both.mark
        assert (await both.ask.install_certificate(CENTRAL, texts[wrong])).status == "Rejected"
        await both.event("InvalidCentralSystemCertificate", after=mark)
        assert await ids(both, CENTRAL) == []


async def test_the_root_in_use_and_the_own_certificate_cannot_be_deleted(tmp_path: Path) -> None:
    """M04.FR.05, FR.06."""
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    async with secured(tmp_path, door=operator.door(3), shown=shown) as both:
        await install(both, OTHER)
        (own_root,) = both.station.security.credentials.given_roots
        newest = both.station.security.credentials.newest
        assert newest is not None
        assert (await both.ask.delete_certificate(hash_data(own_root, own_root).to_wire())).status == "Failed"
        assert (await both.ask.delete_certificate(hash_data(newest, own_root).to_wire())).status == "NotFound"
        assert (await both.ask.delete_certificate(hash_data(OTHER.certificate, OTHER.certificate).to_wire())).status == "Accepted"
        assert len(await ids(both, CENTRAL)) == 1


async def test_roots_outlast_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "station.json"
    for first in (True, False):
        async with secured(tmp_path, state=state) as both:
            if first:
                await install(both, ROOT)
            assert await ids(both, CENTRAL) == [hash_data(ROOT.certificate, ROOT.certificate).to_wire()]


async def test_without_any_root_no_csms_is_trusted(tmp_path: Path) -> None:
    """M04, remarks: not even those that the system trusts."""
    operator = Operator(tmp_path)
    state = tmp_path / "station.json"
    shown = operator.shown(2)
    async with secured(tmp_path, door=operator.door(2, CP1=shown.password or ""), shown=shown, state=state) as both:
        assert both.station.security.trust.delete(both.station.security.trust.ids(ROOTS_OF_THE_CSMS)[0], None) == "Accepted"
        with pytest.raises(NotConnected, match="no CentralSystemRootCertificate"), both.station.security.shown():
            pass
    again = TrustStore(Store(state), both.station.security.credentials.given_roots)
    assert (again.managed, again.roots(ROOTS_OF_THE_CSMS)) == (True, ())
    others = TrustStore(Store(state), [OTHER.certificate])
    assert others.roots(ROOTS_OF_THE_CSMS) == (OTHER.certificate,)
    assert not TrustStore(Store()).managed


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    certificate, key = operator.station_pair()
    text = tmp_path / "text"
    text.write_text("nonsense")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")
    for security, why in (
        (ClientSecurity(2, KEY, tmp_path / "none"), "none: cannot be read"),
        (ClientSecurity(2, KEY, text), "text: no certificates in PEM"),
        (ClientSecurity(2, KEY, binary), "binary: is no file in PEM"),
        (ClientSecurity(3, None, operator.root, (certificate, text)), "are no certificate and private key in PEM"),
        (ClientSecurity(3, None, operator.root, (operator.root, key)), "do not belong together"),
    ):
        with pytest.raises(CannotBegin, match=why):
            Credentials(Store(), security)


# --- AdditionalRootCertificateCheck


CHECKED = {"AdditionalRootCertificateCheck": "true"}


async def test_a_new_root_must_be_signed_by_the_old_one(tmp_path: Path) -> None:
    """M05.FR.08 to FR.11."""
    async with secured(tmp_path, keys=CHECKED) as both:
        assert (await install(both, ROOT)).status == "Accepted"
        assert (await install(both, OTHER)).status == "Rejected"
        new = Issuer.new("New", "Operator", NOW, by=ROOT)
        assert (await install(both, new)).status == "Accepted"
        assert await ids(both, CENTRAL) == [hash_data(new.certificate, ROOT.certificate).to_wire()]
        assert both.station.security.trust.fallback == ROOT.certificate
        assert (await install(both, MAKER, MANUFACTURER)).status == "Accepted"


async def test_the_old_root_is_fallen_back_on_and_goes_when_the_new_one_works(tmp_path: Path) -> None:
    """M05.FR.12, FR.13: the CSMS shows a certificate of the old root first, then one of the new."""
    operator = Operator(tmp_path)
    shown = operator.shown(2)
    successor = operator.authority.successor()
    state = tmp_path / "station.json"
    async with secured(tmp_path, keys=CHECKED, door=operator.door(2, CP1=shown.password or ""), shown=shown, state=state) as both:
        link = await both.link()
        assert (await install(both, successor)).status == "Accepted"
        await both.ask.reset("Soft")
        await both.again(link, 2)
        assert both.station.security.trust.fallback is not None
        mark = both.mark
        await both.event("InvalidCentralSystemCertificate", after=0)
        assert mark
    key = new_key()

    operator.pair[0].write_text(to_pem(successor.issue_server("127.0.0.1", "Operator", key.public_key(), NOW, YEAR)))
    operator.pair[1].write_text(key_to_pem(key))
    async with secured(tmp_path, keys=CHECKED, door=operator.door(2, CP1=shown.password or ""), shown=shown, state=state) as both:
        await until(lambda: both.station.security.trust.fallback is None)
        assert both.station.security.trust.roots(ROOTS_OF_THE_CSMS) == (successor.certificate,)
