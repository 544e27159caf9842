"""Passwords and security profiles changed over OCPP, over real sockets (security white paper, A01, A05; TC_073, TC_083, TC_084)."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.wire.client import NotConnected, open_connection
from tests.probes.security.setting import KEY, OTHER_KEY, Operator, secured, until


@pytest.mark.parametrize("profile", [1, 2])
async def test_a_new_password_is_used_at_once_and_the_old_one_is_worth_nothing(profile: int, tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(profile, CP1=KEY), shown=operator.shown(profile)) as both:
        link = await both.link()
        assert (await both.ask.change_configuration("AuthorizationKey", OTHER_KEY)).status == "Accepted"
        link = await both.again(link, profile)
        with pytest.raises(NotConnected, match="401"):
            await open_connection(both.csms.url, "CP1", operator.shown(profile))
        connected = await open_connection(both.csms.url, "CP1", operator.shown(profile, OTHER_KEY))
        await connected.connection.close()
        link = await both.again(link, profile)
        assert "ReconfigurationOfSecurityParameters" in both.logged()
        assert "ReconfigurationOfSecurityParameters" not in both.told()


@pytest.mark.parametrize("value", ["", "0011", KEY[:-1], KEY + "00", "not hexadecimal digits, not at all"])
async def test_a_password_that_is_none_changes_nothing(value: str, tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(1, CP1=KEY), shown=operator.shown(1)) as both:
        assert (await both.ask.change_configuration("AuthorizationKey", value)).status == "Rejected"
        connected = await open_connection(both.csms.url, "CP1", operator.shown(1))
        await connected.connection.close()


async def test_the_password_cannot_be_read(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(1, CP1=KEY), shown=operator.shown(1)) as both:
        answer = (await both.ask.get_configuration(["AuthorizationKey"])).payload
        assert answer["unknownKey"] == ["AuthorizationKey"]


async def test_the_new_password_counts_after_a_restart_of_both(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    state, folder = tmp_path / "station.json", tmp_path / "csms"
    for restart in (False, True):
        async with secured(tmp_path, door=operator.door(1, CP1=KEY), shown=operator.shown(1), state=state, state_folder=folder) as both:
            link = await both.link()
            if not restart:
                await both.ask.change_configuration("AuthorizationKey", OTHER_KEY)
                await both.again(link, 1)


async def test_from_no_profile_to_basic(tmp_path: Path) -> None:
    """The password is set first (A05.FR.02), over the connection without a profile."""
    operator = Operator(tmp_path)
    async with secured(tmp_path, further=operator.door(1, CP1=KEY)) as both:
        assert (await both.ask.change_configuration("SecurityProfile", "1")).status == "Rejected"
        link = await both.link()
        assert (await both.ask.change_configuration("AuthorizationKey", KEY)).status == "Accepted"
        assert (await both.ask.change_configuration("SecurityProfile", "1")).status == "Accepted"
        await both.again(link, 1)


async def test_a_twin_goes_by_what_its_certificate_says(tmp_path: Path) -> None:
    """It is certified with profile 2, and connected without one: it can no more be lowered than the certified station."""
    async with secured(tmp_path, keys={"SecurityProfile": "2", "AuthorizationKey": KEY}) as both:
        assert both.station.security.credentials.authorization_key == KEY
        for value in ("0", "1", "2"):
            assert (await both.ask.change_configuration("SecurityProfile", value)).status == "Rejected"
        answer = (await both.ask.get_configuration(["SecurityProfile"])).payload
        assert answer["configurationKey"][0]["value"] == "2"


async def test_from_basic_to_tls(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(1, CP1=KEY), further=operator.door(2, CP1=KEY), shown=operator.shown(1)) as both:
        assert (await both.ask.change_configuration("SecurityProfile", "2")).status == "Rejected"
        assert (await both.ask.install_certificate("CentralSystemRootCertificate", operator.authority.root_pem)).status == "Accepted"
        link = await both.link()
        assert (await both.ask.change_configuration("SecurityProfile", "2")).status == "Accepted"
        link = await both.again(link, 2)
        assert link.handshake.security["tls"]["version"] in {"TLSv1.2", "TLSv1.3"}
        with pytest.raises(NotConnected, match="403"):
            await open_connection(both.csms.url, "CP1", operator.shown(1))
        assert both.csms.arrivals[-1].reason == "the station CP1 came with security profile 1 after it had 2"
        for lower in ("0", "1", "2", "4", "-1", "two", ""):
            assert (await both.ask.change_configuration("SecurityProfile", lower)).status == "Rejected"
        await both.ask.reset("Hard")
        await both.again(link, 2)


async def test_to_mutual_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    doors = operator.door(2, CP1=KEY), operator.door(3)
    async with secured(tmp_path, door=doors[0], further=doors[1], shown=operator.shown(2), authority=operator.authority) as both:
        assert (await both.ask.change_configuration("SecurityProfile", "3")).status == "Rejected"
        mark = both.mark
        assert (await both.ask.extended_trigger_message("SignChargePointCertificate")).status == "Accepted"
        await both.saw("SignCertificate", after=mark)
        await until(lambda: both.station.security.credentials.newest)
        link = await both.link()
        assert (await both.ask.change_configuration("SecurityProfile", "3")).status == "Accepted"
        link = await both.again(link, 3)
        assert link.handshake.security["tls"]["peerCertificate"]["subject"] == "organizationName=Operator, commonName=SN-0001"
        assert link.state.certificates[0]["sha256"] == link.handshake.security["tls"]["peerCertificate"]["sha256"]


async def test_a_profile_that_does_not_work_is_given_up(tmp_path: Path) -> None:
    """A05.FR.08: where the station is, nobody speaks TLS."""
    operator = Operator(tmp_path)
    async with secured(tmp_path, door=operator.door(1, CP1=KEY), shown=operator.shown(1)) as both:
        await both.ask.install_certificate("CentralSystemRootCertificate", operator.authority.root_pem)
        link = await both.link()
        assert (await both.ask.change_configuration("SecurityProfile", "2")).status == "Accepted"
        await both.again(link, 1)
        assert both.station.security.credentials.profile == 1
        answer = (await both.ask.get_configuration(["SecurityProfile"])).payload
        assert answer["configurationKey"][0]["value"] == "1"
        assert both.logged().count("ReconfigurationOfSecurityParameters") >= 2


async def test_the_profile_lasts_over_a_restart(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    state = tmp_path / "station.json"
    for first in (True, False):
        doors = operator.door(1, CP1=KEY), operator.door(2, CP1=KEY)
        async with secured(tmp_path, door=doors[0], further=doors[1], shown=operator.shown(1), state=state) as both:
            link = await both.link()
            if first:
                await both.ask.install_certificate("CentralSystemRootCertificate", operator.authority.root_pem)
                await both.ask.change_configuration("SecurityProfile", "2")
                await both.again(link, 2)
            else:
                assert link.handshake.security["securityProfile"] == 2
