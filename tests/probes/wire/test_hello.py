"""The first words of a TLS handshake, said to real servers and to some that are none."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from probes.faults.tls import OLD_SUITES, old_version
from probes.wire.hello import DEFLATE, NO_COMPRESSION, OLDER, SOUND, TLS_1_2, UNSUITABLE, HelloAnswer, client_hello, say_hello
from probes.wire.tls import server_context

BOUND = 60.0


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Path, Path], ...]:
    """Certificates of both kinds, for a server on this machine."""
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("hello")
    made = []
    for kind in (trustme.KeyType.ECDSA, trustme.KeyType.RSA):
        issued = authority.issue_cert("127.0.0.1", "localhost", key_type=kind)
        certificate, key = folder / f"{kind.name}.pem", folder / f"{kind.name}.key"
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        made.append((certificate, key))
    return tuple(made)


async def said(context: ssl.SSLContext | None, suites: list[int], *compressions: int, host: str = "127.0.0.1") -> HelloAnswer:
    """What a server makes of this offer."""

    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        return await say_hello(host, port, suites, compressions or (NO_COMPRESSION,), BOUND)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_each_sound_suite_is_agreed_to(name: str, host: str, pairs: tuple[tuple[Path, Path], ...]) -> None:
    answer = await said(server_context(pairs, None, lambda _: None), [SOUND[name]], DEFLATE, NO_COMPRESSION, host=host)
    assert answer == HelloAnswer(True, TLS_1_2, SOUND[name], NO_COMPRESSION)


async def test_a_server_as_it_should_be_refuses_the_others_with_an_alert(pairs: tuple[tuple[Path, Path], ...]) -> None:
    context = server_context(pairs, None, lambda _: None)
    for suites in (UNSUITABLE, OLDER):
        assert await said(context, list(suites.values())) == HelloAnswer(True, alert=40)


async def test_one_that_takes_anything_is_seen_to(pairs: tuple[tuple[Path, Path], ...]) -> None:
    context = server_context(pairs, None, lambda _: None)
    context.set_ciphers("ALL:eNULL:@SECLEVEL=0")
    answer = await said(context, list(UNSUITABLE.values()))
    assert answer.suite in UNSUITABLE.values()
    assert (await said(context, list(OLDER.values()))).version == TLS_1_2


async def test_one_that_has_former_versions_alone_says_so(pairs: tuple[tuple[Path, Path], ...]) -> None:
    context = server_context(pairs, None, lambda _: None)
    old_version(context)
    assert OLD_SUITES
    answer = await said(context, list(OLDER.values()))
    assert answer.version == 0x0302
    assert (await said(context, list(SOUND.values()))).suite is None


async def test_who_speaks_no_tls_has_agreed_to_nothing() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await say_hello("127.0.0.1", port, [0x2F], seconds=1.0) == HelloAnswer(True)
    assert await say_hello("127.0.0.1", port, [0x2F]) == HelloAnswer(False)
    assert await said(None, [0x2F]) == HelloAnswer(True)


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x02" + bytes(38), b"\x02" + bytes(37) + b"\xff" * 5, b"\x0b" + bytes(60)])
async def test_an_answer_that_is_cut_short_is_none(body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x16\x03\x03" + len(body).to_bytes(2) + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        assert await say_hello("127.0.0.1", server.sockets[0].getsockname()[1], [0x2F], seconds=1.0) == HelloAnswer(True)


def test_the_record_has_the_lengths_that_it_says() -> None:
    for host in ("127.0.0.1", "central.example"):
        record = client_hello(host, list(SOUND.values()), [NO_COMPRESSION])
        assert record[:3] == b"\x16\x03\x01"
        assert int.from_bytes(record[3:5]) == len(record) - 5
        assert int.from_bytes(record[6:9]) == len(record) - 9
    assert b"central.example" in record
