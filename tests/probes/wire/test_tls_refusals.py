"""TLS of profiles 2 and 3: who is refused, on what grounds, and that the other end is told by an alert (security white paper, A00)."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect

from probes.wire.client import NotConnected, _opened, open_connection
from probes.wire.security import ClientSecurity, ServerSecurity
from probes.wire.tls import client_context, server_context
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.wire.test_security import BOUND, KEY, LONG_AGO, SUITES, Authorities, csms, passwords, shown

BOTH = pytest.mark.parametrize("profile", [2, 3])
"""What profile 2 says in A00.FR.3xx of TLS, profile 3 says in A00.FR.4xx."""


@pytest.fixture
def authorities(tmp_path: Path) -> Authorities:
    return Authorities(tmp_path)


def door(profile: int, authorities: Authorities, *kinds: trustme.KeyType) -> ServerSecurity:
    pairs = tuple(authorities.pair("c", "127.0.0.1", key=kind) for kind in kinds or (trustme.KeyType.ECDSA,))
    if profile == 3:
        return ServerSecurity(3, key_pairs=pairs, client_authority=authorities.trust)
    return ServerSecurity(2, passwords(), pairs)


def station(profile: int, authorities: Authorities) -> ClientSecurity:
    return shown(authorities, authorities.pair("AL1000")) if profile == 3 else ClientSecurity(2, KEY, authorities.trust)


def bare(profile: int, authorities: Authorities) -> ssl.SSLContext:
    """A station's TLS as Python makes it, to be spoilt."""
    context = ssl.create_default_context(cafile=str(authorities.trust))
    if profile == 3:
        context.load_cert_chain(*authorities.pair("AL1000"))
    return context


@BOTH
async def test_the_channel_is_tls_and_the_csms_its_server_with_its_certificate(profile: int, authorities: Authorities) -> None:
    """A00.FR.305, 306, 311, 409, 410, 415: and nothing is compressed, A00.FR.320, 424."""
    security = door(profile, authorities)
    async with csms(security) as running:
        connected = await open_connection(running.url, "AL1000", station(profile, authorities))
        link = await running.station("AL1000", BOUND)
        tls = connected.detail()["tls"]
        assert tls["version"] in {"TLSv1.2", "TLSv1.3"}
        assert tls["peerCertificate"]["subject"].endswith("commonName=c")
        assert link.handshake.security["securityProfile"] == profile
        await connected.connection.close()
        context = bare(profile, authorities)
        context.options &= ~ssl.OP_NO_COMPRESSION
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port, ssl=context)
        inside = writer.get_extra_info("ssl_object")
        assert (inside.compression(), inside.server_side) == (None, False)
        writer.transport.abort()
        del reader


@BOTH
async def test_the_user_name_is_the_identity_over_tls_too(profile: int, authorities: Authorities) -> None:
    """A00.FR.303: with profile 2; profile 3 shows none."""
    security = station(profile, authorities)
    header = security.headers("AL1000")
    if profile == 3:
        assert header == {}
        return
    async with csms(door(profile, authorities)) as running:
        with pytest.raises(NotConnected, match=r"refused with HTTP status 401$"):
            await open_connection(running.url, "AL2000", ClientSecurity(2, KEY, authorities.trust))
        wrong = ssl.create_default_context(cafile=str(authorities.trust))
        with contextlib.suppress(Exception):
            await connect(f"{running.url}/AL2000", subprotocols=[SUBPROTOCOL], ssl=wrong, additional_headers=header)
        assert running.arrivals[-1].reason == "the station AL2000 sent another user name than its identity"


@BOTH
@pytest.mark.parametrize(
    ("spoil", "reason", "alert"),
    [
        ("expired", "the certificate of the CSMS has expired", "the station says that this end's certificate has expired"),
        (
            "foreign",
            "the certificate of the CSMS is signed by no authority that is trusted here",
            "the station does not trust the authority that signed this end's certificate",
        ),
        ("name", "the certificate of the CSMS is made out to another name", "the station does not accept this end's certificate"),
    ],
)
async def test_a_station_leaves_a_csms_that_cannot_prove_itself_with_an_alert(
    profile: int, spoil: str, reason: str, alert: str, authorities: Authorities
) -> None:
    """A00.FR.307, 308, 310, 411, 412, 414."""
    pair = {
        "expired": lambda: authorities.pair("x", "127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=9)),
        "foreign": lambda: authorities.pair("x", "127.0.0.1", authority=authorities.foreign),
        "name": lambda: authorities.pair("x", "203.0.113.9"),
    }[spoil]()
    security = door(profile, authorities)
    async with csms(ServerSecurity(profile, security.passwords, (pair,), security.client_authority)) as running:
        with pytest.raises(NotConnected) as caught:
            await open_connection(running.url, "AL1000", station(profile, authorities))
        assert str(caught.value) == f"{running.url}/AL1000: no connection ({reason})"
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == alert


@BOTH
async def test_a_station_with_old_tls_is_alerted_and_left(profile: int, authorities: Authorities) -> None:
    """A00.FR.312 to 314, 416 to 418."""
    async with csms(door(profile, authorities)) as running:
        old = bare(profile, authorities)
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError) as caught:
            await connect(f"{running.url}/AL1000", subprotocols=[SUBPROTOCOL], ssl=old)
        assert caught.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == "the station offers no TLS version from 1.2 on"


@BOTH
@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-SHA", "AES128-SHA"])
async def test_a_station_with_weak_suites_alone_is_alerted_and_left(profile: int, suite: str, authorities: Authorities) -> None:
    """A00.FR.321, 425."""
    async with csms(door(profile, authorities, trustme.KeyType.ECDSA, trustme.KeyType.RSA)) as running:
        weak = bare(profile, authorities)
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers(f"{suite}:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError) as caught:
            await connect(f"{running.url}/AL1000", subprotocols=[SUBPROTOCOL], ssl=weak)
        assert caught.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == "the station has no cipher suite in common with this end"


@BOTH
async def test_the_suites_of_both_ends(profile: int, authorities: Authorities) -> None:
    """A00.FR.317, 318, 421, 422: the four for a CSMS, and a station takes a CSMS that has any one of them."""
    kinds = (trustme.KeyType.ECDSA, trustme.KeyType.RSA)
    async with csms(door(profile, authorities, *kinds)) as running:
        for suite, _ in SUITES:
            context = bare(profile, authorities)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suite)
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port, ssl=context)
            assert writer.get_extra_info("cipher")[0] == suite
            writer.transport.abort()
            del reader
    for suite, kind in SUITES:
        only = server_context([authorities.pair("c", "127.0.0.1", key=kind)], authorities.trust if profile == 3 else None, lambda _: None)
        only.maximum_version = ssl.TLSVersion.TLSv1_2
        only.set_ciphers(suite)
        agreed: list[str] = []

        async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter, found: list[str] = agreed) -> None:
            found.append(writer.get_extra_info("cipher")[0])
            writer.transport.abort()

        async with await asyncio.start_server(note, "127.0.0.1", 0, ssl=only) as server:
            url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(NotConnected):
                await open_connection(url, "AL1000", station(profile, authorities))
        assert agreed == [suite]


def test_no_suite_is_weak(authorities: Authorities) -> None:
    """A00.FR.319, 423: no end offers RC4, 3DES, CBC, export, anonymous or unauthenticated suites, nor SHA-1 and MD5."""
    contexts = [
        server_context([authorities.pair("c", "127.0.0.1")], None, lambda _: None),
        client_context(authorities.trust, None, lambda _: None),
    ]
    for context in contexts:
        offered = context.get_ciphers()
        assert offered
        assert all(each["aead"] and each["strength_bits"] >= 128 for each in offered)
        assert {each["protocol"] for each in offered} <= {"TLSv1.2", "TLSv1.3"}
        assert context.options & ssl.OP_NO_COMPRESSION


async def test_a_csms_that_ends_without_an_alert_is_left_in_one_line(authorities: Authorities) -> None:
    """As servers do that close before they have said why."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authorities.trust))
    context.load_cert_chain(*authorities.pair("c", "127.0.0.1"))

    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0, ssl=context) as server:
        url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(
            NotConnected, match="the CSMS ended the connection without a word; it may not accept this station's certificate"
        ):
            await open_connection(url, "CP1", station(2, authorities))


async def test_the_alert_on_the_wire(authorities: Authorities) -> None:
    """RFC 8446 section 6: a record of type 21; fatal, protocol_version."""
    async with csms(door(2, authorities)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        hello = bytes.fromhex("0301") + bytes(32) + b"\x00" + b"\x00\x02\x00\x2f" + b"\x01\x00"
        record = b"\x01" + len(hello).to_bytes(3, "big") + hello
        writer.write(b"\x16\x03\x01" + len(record).to_bytes(2, "big") + record)
        alert = await asyncio.wait_for(reader.readexactly(7), BOUND)
        assert alert[0] == 21
        assert alert[5:] == bytes([2, 70])
        writer.close()
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == "the station offers no TLS version from 1.2 on"


@pytest.mark.parametrize("turns", range(8))
async def test_a_connection_that_nobody_waits_for_any_more_is_dropped(turns: int) -> None:
    """Whenever the attempt is called off: what it has opened is closed, or is given to who waits."""
    closed: list[bool] = []

    class Opened:
        async def close(self) -> None:
            closed.append(True)

    class Opening:
        done = False

        def __await__(self) -> Generator[Any, None, Opened]:
            yield from asyncio.sleep(0).__await__()
            self.done = True
            return Opened()

    opening: Any = Opening()
    task = asyncio.create_task(_opened(opening, asyncio.get_running_loop().create_future()))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert closed == ([True] if opening.done and task.cancelled() else [])
