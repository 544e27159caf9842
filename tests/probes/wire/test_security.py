"""Security profiles 0 to 3 over real sockets: who is let in, who is not, and in which words."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from probes.csms.csms import Csms
from probes.wire.client import NotConnected, open_connection
from probes.wire.connection import Connection, ConnectionLost
from probes.wire.passwords import PasswordFile, basic_authorization, hash_password, read_basic
from probes.wire.records import ConnectionEvent, EventKind
from probes.wire.redact import Redactor
from probes.wire.security import ClientSecurity, ServerSecurity
from probes.wire.server import Server
from probes.wire.tls import KeyPair
from probes.wire.transcript import record_line
from probes.wire.websocket import MAX_FRAME_BYTES, SUBPROTOCOL, KeepAlive
from registry.errors import CannotBegin

BOUND = 60.0
KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
"""The example of OCPP-J 1.6 section 6.2.2, for the station AL1000."""

HEADER = "Basic QUwxMDAwOgABAgMEBQYH////////////////"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authorities:
    """An operator's certificate authority, one that nobody knows, and the files that they sign."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = trustme.CA(organization_name="Operator")
        self.foreign = trustme.CA(organization_name="Nobody")
        self.trust = folder / "authority.pem"
        self.own.cert_pem.write_to_path(str(self.trust))

    def pair(
        self,
        name: str,
        *hosts: str,
        authority: trustme.CA | None = None,
        key: trustme.KeyType = trustme.KeyType.ECDSA,
        organization: str = "Operator",
        **times: Any,
    ) -> KeyPair:
        signed = (authority or self.own).issue_cert(*hosts, common_name=name, organization_name=organization, key_type=key, **times)
        stem = f"{name}-{len(list(self.folder.iterdir()))}"
        certificate, private = self.folder / f"{stem}.pem", self.folder / f"{stem}.key"
        signed.private_key_pem.write_to_path(str(private))
        for number, part in enumerate(signed.cert_chain_pems):
            part.write_to_path(str(certificate), append=number > 0)
        return certificate, private


@pytest.fixture
def authorities(tmp_path: Path) -> Authorities:
    return Authorities(tmp_path)


@asynccontextmanager
async def csms(security: ServerSecurity) -> AsyncIterator[Csms]:
    async with Csms(security=security) as running:
        yield running


def passwords(**others: str) -> PasswordFile:
    return PasswordFile({"AL1000": hash_password(KEY)} | {name: hash_password(text) for name, text in others.items()})


async def refused(running: Csms, identity: str, header: dict[str, str] | None = None, **how: Any) -> tuple[int, ConnectionEvent]:
    """Try to get in; gives the HTTP status and what stands in the station's transcript about it."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"{running.url}/{identity}", subprotocols=[SUBPROTOCOL], additional_headers=header, **how)
    event = running.transcript(identity).records[-1]
    assert isinstance(event, ConnectionEvent)
    assert event.event is EventKind.HANDSHAKE_REFUSED
    return caught.value.response.status_code, event


# --- profile 1


def test_the_header_is_that_of_the_specification() -> None:
    assert basic_authorization("AL1000", KEY) == HEADER


def test_a_hash_tells_nothing_and_differs_each_time() -> None:
    one, other = hash_password(KEY), hash_password(KEY)
    assert one != other
    assert KEY.lower() not in one.lower()
    assert re.fullmatch(r"scrypt:[0-9a-f]{32}:[0-9a-f]{64}", one)


@pytest.mark.parametrize("value", ["", "Basic", "Basic ???", "Bearer QTpC", "Basic " + base64.b64encode(b"no colon").decode()])
def test_what_are_no_credentials(value: str) -> None:
    assert read_basic(value) is None


def test_a_password_may_hold_colons_and_any_byte() -> None:
    found = read_basic("basic " + base64.b64encode(b"A:\x00:\xff").decode())
    assert found is not None
    assert (found.user, found.password) == (b"A", b"\x00:\xff")
    assert "\\xff" not in repr(found)


async def test_the_right_password_gets_in_and_is_nowhere_to_be_found() -> None:
    async with csms(ServerSecurity(1, passwords(text="plain words"))) as running:
        for identity, password in (("AL1000", KEY), ("AL1000", KEY.lower()), ("text", "plain words")):
            connected = await open_connection(running.url, identity, ClientSecurity(1, password))
            opened = (await running.station(identity, BOUND)).transcript.records[0]
            await connected.connection.close()
            assert connected.detail() == {"url": f"{running.url}/{identity}", "subprotocol": "ocpp1.6", "securityProfile": 1}
            line = record_line(opened).decode()
            assert '"securityProfile":1' in line
            assert '"Authorization":"Basic ***"' in line
            assert HEADER.split()[1] not in line


def basic(user: str, password: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + password).decode()}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "sent no password"),
        ({"Authorization": "Bearer abcdef"}, "sent no credentials of the scheme Basic"),
        (basic("AL1000", b"wrong"), "sent a wrong password"),
        (basic("AL1000", b""), "sent a wrong password"),
        (basic("other", bytes.fromhex(KEY)), "sent another user name than its identity"),
        (basic("AL1000", KEY.encode()), "sent the hexadecimal digits of its AuthorizationKey in place of the bytes"),
    ],
)
async def test_who_does_not_show_the_password_gets_401(header: dict[str, str] | None, reason: str) -> None:
    async with csms(ServerSecurity(1, passwords())) as running:
        status, event = await refused(running, "AL1000", header)
        assert status == 401
        assert event.detail["reason"] == f"the station AL1000 {reason}"
        told = record_line(event).decode()
        assert KEY not in told
        assert header is None or header["Authorization"].split()[1] not in told
        (arrival,) = running.arrivals
        assert (arrival.accepted, arrival.reason) == (False, f"the station AL1000 {reason}")


async def test_an_unknown_station_and_a_doubled_header_get_401() -> None:
    async with csms(ServerSecurity(1, passwords())) as running:
        status, event = await refused(running, "AL2000", basic("AL2000", bytes.fromhex(KEY)))
        assert (status, event.detail["reason"]) == (401, "the station AL2000 sent a wrong password")
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(
            (
                "GET /AL1000 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: {HEADER}\r\nAuthorization: {HEADER}\r\n\r\n"
            ).encode()
        )
        answer = await asyncio.wait_for(reader.read(), BOUND)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"WWW-Authenticate: Basic realm=" in answer


async def test_a_password_that_was_right_once_still_has_to_be_right() -> None:
    async with csms(ServerSecurity(1, passwords())) as running:
        connected = await open_connection(running.url, "AL1000", ClientSecurity(1, KEY))
        await connected.connection.close()
        with pytest.raises(NotConnected, match=r"refused with HTTP status 401$"):
            await open_connection(running.url, "AL1000", ClientSecurity(1, KEY.replace("07", "08")))


# --- profile 2


async def test_tls_with_a_password(authorities: Authorities) -> None:
    pair = authorities.pair("localhost", "127.0.0.1")
    async with csms(ServerSecurity(2, passwords(), (pair,))) as running:
        assert running.url.startswith("wss://127.0.0.1:")
        connected = await open_connection(running.url, "AL1000", ClientSecurity(2, KEY, authorities.trust))
        link = await running.station("AL1000", BOUND)
        opened = link.transcript.records[0]
        await connected.connection.close()
        assert isinstance(opened, ConnectionEvent)
        assert opened.detail["securityProfile"] == 2
        assert opened.detail["tls"] == {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
        theirs = connected.detail()["tls"]["peerCertificate"]
        assert theirs["subject"].split(", ")[::2] == ["organizationName=Operator", "commonName=localhost"]
        assert len(theirs["sha256"]) == 64
        with pytest.raises(NotConnected, match=r"refused with HTTP status 401$"):
            await open_connection(running.url, "AL1000", ClientSecurity(2, "wrong", authorities.trust))


async def test_frames_of_all_lengths_go_both_ways_over_tls(authorities: Authorities) -> None:
    """Also those of several TLS records, several frames in one record, and one that is too long."""
    pair = authorities.pair("localhost", "127.0.0.1")
    security = ServerSecurity(2, passwords(), (pair,))
    lost: asyncio.Queue[ConnectionLost] = asyncio.Queue()

    async def echo(connection: Connection, _: object) -> None:
        over: asyncio.Future[ConnectionLost] = asyncio.get_running_loop().create_future()
        connection.listen(lambda message: connection.send(str(message)), over.set_result)
        lost.put_nowait(await over)

    redactor = Redactor(b"k")
    quick = KeepAlive(closing=0.2)
    async with Server(
        "127.0.0.1", 0, on_connection=echo, on_refused=print, redactor=redactor, security=security, keep_alive=quick
    ) as house:
        connected = await open_connection(house.url, "AL1000", ClientSecurity(2, KEY, authorities.trust))
        heard: asyncio.Queue[str | bytes] = asyncio.Queue()
        connected.connection.listen(heard.put_nowait, print)
        sent = [chr(97 + number) * size for number, size in enumerate([1, 126, 16_384, 70_000, 3, 200_000, 65_536, 2, MAX_FRAME_BYTES, 5])]
        for message in sent:
            connected.connection.send(message)
        assert [await asyncio.wait_for(heard.get(), BOUND) for _ in sent] == sent
        connected.connection.send("x" * (MAX_FRAME_BYTES + 1))
        assert (await asyncio.wait_for(lost.get(), BOUND)).code == 1009
        await connected.connection.close()


SUITES = [
    ("ECDHE-ECDSA-AES128-GCM-SHA256", trustme.KeyType.ECDSA),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", trustme.KeyType.ECDSA),
    ("AES128-GCM-SHA256", trustme.KeyType.RSA),
    ("AES256-GCM-SHA384", trustme.KeyType.RSA),
]


async def test_the_four_cipher_suites_with_two_certificates_on_one_port(authorities: Authorities) -> None:
    """A00.FR.317."""
    pairs = tuple(authorities.pair("localhost", "127.0.0.1", key=kind) for kind in (trustme.KeyType.ECDSA, trustme.KeyType.RSA))
    async with csms(ServerSecurity(2, passwords(), pairs)) as running:
        for suite, _ in SUITES:
            context = ssl.create_default_context(cafile=str(authorities.trust))
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suite)
            status, event = await refused(running, "AL1000", ssl=context)
            assert (status, event.detail["tls"]["version"], event.detail["tls"]["cipher"]) == (401, "TLSv1.2", suite)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("expired", "the certificate of the CSMS has expired"),
        ("early", "the certificate of the CSMS is not valid yet"),
        ("foreign", "the certificate of the CSMS is signed by no authority that is trusted here"),
        ("name", "the certificate of the CSMS is made out to another name"),
    ],
)
async def test_a_csms_that_cannot_prove_itself_is_left_in_one_line(authorities: Authorities, spoil: str, reason: str) -> None:
    """A00.FR.309 and 310."""
    pair = {
        "expired": lambda: authorities.pair("c", "127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=9)),
        "early": lambda: authorities.pair("c", "127.0.0.1", not_before=datetime.now(UTC) + timedelta(days=9)),
        "foreign": lambda: authorities.pair("c", "127.0.0.1", authority=authorities.foreign),
        "name": lambda: authorities.pair("c", "203.0.113.9"),
    }[spoil]()
    async with csms(ServerSecurity(2, passwords(), (pair,))) as running:
        with pytest.raises(NotConnected) as caught:
            await open_connection(running.url, "AL1000", ClientSecurity(2, KEY, authorities.trust))
        assert str(caught.value) == f"{running.url}/AL1000: no connection ({reason})"


async def test_both_ends_want_tls_1_2_or_above(authorities: Authorities) -> None:
    """A00.FR.312 to 314: the attempt ends, and the CSMS says why."""
    async with csms(ServerSecurity(2, passwords(), (authorities.pair("c", "127.0.0.1"),))) as running:
        old = ssl.create_default_context(cafile=str(authorities.trust))
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(OSError):
            await connect(f"{running.url}/AL1000", subprotocols=[SUBPROTOCOL], ssl=old)
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == "the station offers no TLS version from 1.2 on"


async def test_another_profile_is_refused(authorities: Authorities) -> None:
    """A00.FR.002 and 003: no TLS where TLS is wanted; and a station does not try another profile than its own."""
    async with csms(ServerSecurity(2, passwords(), (authorities.pair("c", "127.0.0.1"),))) as running:
        with pytest.raises(NotConnected, match="no connection"):
            await open_connection(running.url.replace("wss", "ws"), "AL1000", ClientSecurity(1, KEY))
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert arrival.reason == "the station spoke without TLS; here is wss://"
        with pytest.raises(CannotBegin, match=r"security profile 2 has TLS; write wss:// in place of ws://$"):
            await open_connection(running.url.replace("wss", "ws"), "AL1000", ClientSecurity(2, KEY))


# --- profile 3


def mutual(authorities: Authorities, **more: Any) -> ServerSecurity:
    return ServerSecurity(3, key_pairs=(authorities.pair("c", "127.0.0.1"),), client_authority=authorities.trust, **more)


def shown(authorities: Authorities, pair: KeyPair) -> ClientSecurity:
    return ClientSecurity(3, authority=authorities.trust, key_pair=pair)


async def test_a_station_with_its_certificate(authorities: Authorities) -> None:
    """A00.FR.401 to 405; the certificate's commonName is the identity, or the serial number that belongs to it."""
    async with csms(mutual(authorities, organization="Operator", serial_numbers={"CP2": "SN-2"})) as running:
        for identity, name in (("CP1", "CP1"), ("CP2", "SN-2")):
            connected = await open_connection(running.url, identity, shown(authorities, authorities.pair(name)))
            opened = (await running.station(identity, BOUND)).transcript.records[0]
            await connected.connection.close()
            assert isinstance(opened, ConnectionEvent)
            assert opened.detail["securityProfile"] == 3
            certificate = opened.detail["tls"]["peerCertificate"]
            assert certificate["subject"].split(", ")[::2] == ["organizationName=Operator", f"commonName={name}"]
            assert set(certificate) == {"subject", "issuer", "serialNumber", "notBefore", "notAfter", "sha256"}


@pytest.mark.parametrize(
    ("name", "organization", "reason"),
    [
        ("CP2", "Operator", "the station CP1 showed a certificate made out to CP2, not to CP1"),
        ("CP1", "Maker", "the station CP1 showed a certificate of Maker, not of Operator"),
    ],
)
async def test_the_certificate_of_another_gets_403(authorities: Authorities, name: str, organization: str, reason: str) -> None:
    async with csms(mutual(authorities, organization="Operator")) as running:
        with pytest.raises(NotConnected, match=r"refused with HTTP status 403$"):
            await open_connection(running.url, "CP1", shown(authorities, authorities.pair(name, organization=organization)))
        event = running.transcript("CP1").records[-1]
        assert isinstance(event, ConnectionEvent)
        assert (event.event, event.detail["reason"]) == (EventKind.HANDSHAKE_REFUSED, reason)


@pytest.mark.parametrize(
    ("spoil", "reason", "told"),
    [
        ("expired", "the certificate of the station has expired", "the CSMS says that this end's certificate has expired"),
        (
            "foreign",
            "the certificate of the station is signed by no authority that is trusted here",
            "the CSMS does not trust the authority that signed this end's certificate",
        ),
        ("none", "the station sent no certificate", "the CSMS asks for a client certificate"),
    ],
)
async def test_a_bad_client_certificate_ends_the_tls_handshake(authorities: Authorities, spoil: str, reason: str, told: str) -> None:
    """A00.FR.407: the station is told by an alert; others are still let in."""
    security = spoilt(authorities, spoil)
    async with csms(mutual(authorities)) as running:
        with pytest.raises(NotConnected) as caught:
            await open_connection(running.url, "CP1", security)
        assert str(caught.value) == f"{running.url}/CP1: no connection ({told})"
        arrival = await running.arrival(lambda each: not each.accepted, BOUND)
        assert arrival is not None
        assert (arrival.identity, arrival.reason) == ("", reason)
        connected = await open_connection(running.url, "CP1", shown(authorities, authorities.pair("CP1")))
        await connected.connection.close()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("expired", "the CSMS says that this end's certificate has expired"),
        ("foreign", "the CSMS does not trust the authority that signed this end's certificate"),
        ("none", "the CSMS asks for a client certificate"),
    ],
)
async def test_a_csms_that_says_what_it_dislikes_is_understood(authorities: Authorities, spoil: str, reason: str) -> None:
    """A server that sends the alerts of RFC 8446 section 6.2, which come after the client's own handshake."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authorities.trust))
    context.load_cert_chain(*authorities.pair("c", "127.0.0.1"))
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listening:
        security = spoilt(authorities, spoil)

        def serve() -> None:
            plain, _ = listening.accept()
            with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as encrypted:
                with contextlib.suppress(ssl.SSLError):
                    encrypted.do_handshake()
                # What has come meanwhile is read, or else the system would throw the alert away with the connection.
                encrypted.shutdown(socket.SHUT_WR)
                while socket.socket.recv(encrypted, 1 << 16):
                    pass

        serving = asyncio.create_task(asyncio.to_thread(serve))
        url = f"wss://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(NotConnected) as caught:
            await open_connection(url, "CP1", security)
        await serving
        assert str(caught.value) == f"{url}/CP1: no connection ({reason})"


def spoilt(authorities: Authorities, how: str) -> ClientSecurity:
    if how == "none":
        return ClientSecurity(2, KEY, authorities.trust)
    if how == "expired":
        return shown(authorities, authorities.pair("CP1", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=9)))
    return shown(authorities, authorities.pair("CP1", authority=authorities.foreign))


# --- what cannot begin


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        (1, "security profile 1 needs the stations' passwords; give it, or choose another profile"),
        (2, "security profile 2 needs the stations' passwords; give it, or choose another profile"),
        (3, "security profile 3 needs the CSMS's certificate and key; give it, or choose another profile"),
        (4, "security profile 4: there is none of that number; choose 0, 1, 2 or 3"),
    ],
)
def test_a_profile_without_what_it_needs(profile: int, problem: str) -> None:
    with pytest.raises(CannotBegin) as caught:
        ServerSecurity(profile)
    assert str(caught.value) == problem


def test_files_that_cannot_be_used(authorities: Authorities, tmp_path: Path) -> None:
    certificate, key = authorities.pair("c", "127.0.0.1")
    _, other = authorities.pair("d", "127.0.0.1")
    for pair, problem in (
        ((certificate, other), "do not belong together; name a certificate and its key"),
        ((key, key), "are no certificate and private key in PEM; name a certificate and its key"),
        ((tmp_path / "none", key), r"cannot be read \(No such file or directory\); name a certificate and its key"),
    ):
        with pytest.raises(CannotBegin, match=problem):
            Csms(security=ServerSecurity(2, passwords(), (pair,)))
    with pytest.raises(CannotBegin, match="the entry of CP1 is no password hash; write what"):
        PasswordFile({"CP1": KEY})
    (tmp_path / "empty").write_text("")
    with pytest.raises(CannotBegin, match="no certificates in PEM"):
        Csms(security=ServerSecurity(3, key_pairs=((certificate, key),), client_authority=tmp_path / "empty"))


def test_secrets_are_not_in_representations() -> None:
    assert KEY not in repr(ClientSecurity(1, KEY))
    assert "scrypt" not in repr(ServerSecurity(1, passwords()))
