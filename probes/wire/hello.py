"""The first words of a TLS handshake by hand: suites and methods that no library offers any more, and whether a server agrees to them.

Nothing goes on after that: neither credentials nor anything else is sent (RFC 5246 section 7.4.1).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType

TLS_1_2 = 0x0303
NO_COMPRESSION, DEFLATE = 0, 1

SOUND: Mapping[str, int] = MappingProxyType(
    {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xC02F,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xC030,
        "TLS_RSA_WITH_AES_128_GCM_SHA256": 0x009C,
        "TLS_RSA_WITH_AES_256_GCM_SHA384": 0x009D,
    }
)
"""Those that the white paper names (A00.FR.317), and their likes for RSA certificates, by their registered numbers."""

UNSUITABLE: Mapping[str, int] = MappingProxyType(
    {
        "TLS_RSA_WITH_NULL_MD5": 0x0001,
        "TLS_RSA_WITH_NULL_SHA": 0x0002,
        "TLS_RSA_EXPORT_WITH_RC4_40_MD5": 0x0003,
        "TLS_RSA_WITH_RC4_128_MD5": 0x0004,
        "TLS_RSA_WITH_RC4_128_SHA": 0x0005,
        "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA": 0x0008,
        "TLS_RSA_WITH_DES_CBC_SHA": 0x0009,
        "TLS_DH_anon_WITH_RC4_128_MD5": 0x0018,
        "TLS_DH_anon_WITH_AES_128_CBC_SHA": 0x0034,
        "TLS_RSA_WITH_NULL_SHA256": 0x003B,
        "TLS_ECDHE_ECDSA_WITH_NULL_SHA": 0xC006,
        "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA": 0xC007,
        "TLS_ECDHE_RSA_WITH_NULL_SHA": 0xC010,
        "TLS_ECDHE_RSA_WITH_RC4_128_SHA": 0xC011,
        "TLS_ECDH_anon_WITH_NULL_SHA": 0xC015,
        "TLS_ECDH_anon_WITH_AES_128_CBC_SHA": 0xC018,
    }
)
"""RC4, single DES, export keys, no encryption, and no authentication: broken beyond any legacy."""

OLDER: Mapping[str, int] = MappingProxyType(
    {
        "TLS_RSA_WITH_3DES_EDE_CBC_SHA": 0x000A,
        "TLS_RSA_WITH_AES_128_CBC_SHA": 0x002F,
        "TLS_RSA_WITH_AES_256_CBC_SHA": 0x0035,
        "TLS_RSA_WITH_AES_128_CBC_SHA256": 0x003C,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": 0xC009,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": 0xC00A,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": 0xC013,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": 0xC014,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256": 0xC023,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": 0xC027,
    }
)
"""With CBC, as they were usual before those that the white paper names."""

_HANDSHAKE, _ALERT, _CLIENT_HELLO, _SERVER_HELLO = 22, 21, 1, 2
_GROUPS = (0x001D, 0x0017, 0x0018)
_SIGNATURES = (0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501, 0x0203, 0x0201)


@dataclass(frozen=True)
class HelloAnswer:
    """What a server made of it: agreed to a version, suite and compression method by number, or sent an alert; `reached` whether there was
    anybody. Neither: it ended the connection, or said nothing in time.
    """

    reached: bool
    version: int | None = None
    suite: int | None = None
    compression: int | None = None
    alert: int | None = None


async def say_hello(
    host: str, port: int, suites: Sequence[int], compressions: Sequence[int] = (NO_COMPRESSION,), seconds: float = 10.0
) -> HelloAnswer:
    """Offer TLS 1.2 with these suites and methods to the server there, and leave. Never raises for what it does."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), seconds)
    except (OSError, TimeoutError):
        return HelloAnswer(False)
    try:
        writer.write(client_hello(host, suites, compressions))
        await writer.drain()
        return await asyncio.wait_for(_read(reader), seconds)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return HelloAnswer(True)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def client_hello(host: str, suites: Sequence[int], compressions: Sequence[int]) -> bytes:
    """The record with the ClientHello."""
    extensions = b"".join(
        [
            _server_name(host),
            _extension(10, _vector(_numbers(_GROUPS), 2)),
            _extension(11, _vector(b"\x00", 1)),
            _extension(13, _vector(_numbers(_SIGNATURES), 2)),
        ]
    )
    body = b"".join(
        [
            TLS_1_2.to_bytes(2),
            secrets.token_bytes(32),
            _vector(b"", 1),
            _vector(_numbers(suites), 2),
            _vector(bytes(compressions), 1),
            _vector(extensions, 2),
        ]
    )
    return bytes([_HANDSHAKE, 3, 1]) + _vector(bytes([_CLIENT_HELLO]) + _vector(body, 3), 2)


async def _read(reader: asyncio.StreamReader) -> HelloAnswer:
    header = await reader.readexactly(5)
    body = await reader.readexactly(int.from_bytes(header[3:5]))
    if header[0] == _ALERT and len(body) == 2:
        return HelloAnswer(True, alert=body[1])
    if header[0] != _HANDSHAKE or len(body) < 42 or body[0] != _SERVER_HELLO:
        return HelloAnswer(True)
    # Type, length of 3 bytes, version, 32 random bytes, then the session's id with its length.
    place = 39 + body[38]
    if len(body) < place + 3:
        return HelloAnswer(True)
    return HelloAnswer(True, int.from_bytes(body[4:6]), int.from_bytes(body[place : place + 2]), body[place + 2])


def _server_name(host: str) -> bytes:
    """RFC 6066 section 3: names only."""
    try:
        ip_address(host)
    except ValueError:
        return _extension(0, _vector(b"\x00" + _vector(host.encode("idna"), 2), 2))
    return b""


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2) + _vector(content, 2)


def _numbers(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(2) for value in values)


def _vector(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width) + content
