"""Passwords of HTTP Basic authentication (OCPP-J 1.6 section 6.2.2): kept as salted hashes, compared in constant time, never shown.

The password of a station is the key behind AuthorizationKey: a string of hexadecimal digits that stands for bytes, and those bytes are
what goes over the wire (security white paper, A00.FR.205). What is no such string is sent as UTF-8.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import scrypt, sha256

from registry.errors import CannotBegin

_COST, _BLOCK, _LANES = 1 << 12, 8, 1
"""Parameters of scrypt (RFC 7914): 4 MiB and some milliseconds; the keys themselves are random and long."""

_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}\Z")
_HASH = re.compile(r"scrypt:([0-9a-f]{32}):([0-9a-f]{64})\Z")


def password_bytes(text: str) -> bytes:
    """The bytes that a password stands for: 32 to 40 hexadecimal digits are a key of 16 to 20 bytes, all else is text."""
    return bytes.fromhex(text) if _HEXADECIMAL.match(text) else text.encode()


def is_authorization_key(text: str) -> bool:
    """Whether this text stands for the bytes of a key (security white paper, A00.FR.205)."""
    return _HEXADECIMAL.match(text) is not None


def hash_password(text: str) -> str:
    """What may be written down in place of a password: `scrypt:SALT:HASH`, with a fresh salt each time."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_derived(password_bytes(text), salt).hex()}"


def basic_authorization(identity: str, password: str) -> str:
    """The value of the header Authorization: user name is the station's identity (A00.FR.204)."""
    return "Basic " + base64.b64encode(identity.encode() + b":" + password_bytes(password)).decode()


@dataclass(frozen=True, repr=False)
class Credentials:
    """What a header Authorization said. Has no representation, so that no log gets it by accident."""

    user: bytes
    password: bytes


def read_basic(value: str) -> Credentials | None:
    """The credentials in the value of a header Authorization; None when it holds none of the scheme Basic."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(b":")
    return Credentials(user, password) if colon else None


def spelled(authorization: str | None) -> tuple[str, ...]:
    """How the password in the value of a header Authorization may be written: as hexadecimal digits, and as text if it is any."""
    credentials = read_basic(authorization) if authorization is not None else None
    if credentials is None or not credentials.password:
        return ()
    text = credentials.password.decode("utf-8", "replace")
    return (credentials.password.hex(), text) if text.isprintable() and "\ufffd" not in text else (credentials.password.hex(),)


class PasswordFile:
    """The password hashes of stations by identity. Raises `CannotBegin` for an entry that is no hash.

    Hashing takes its milliseconds in a thread, so that a crowd at the door does not hold up those inside; a password that was right
    once is recognised by a keyed digest that lives as long as this object.
    """

    def __init__(self, hashes: Mapping[str, str], place: str = "passwords") -> None:
        self._hashes: dict[str, tuple[bytes, bytes]] = {}
        for identity, text in hashes.items():
            found = _HASH.match(text)
            if not found:
                raise CannotBegin(f"{place}: the entry of {identity} is no password hash; write what `csms --hash-password` prints")
            self._hashes[identity] = bytes.fromhex(found[1]), bytes.fromhex(found[2])
        self._nobody = secrets.token_bytes(16), secrets.token_bytes(32)
        self._key = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}

    def change(self, identity: str, text: str) -> None:
        """From now on this hash is the station's, and what it had before is worth nothing (A01.FR.03). Raises `CannotBegin`."""
        found = _HASH.match(text)
        if not found:
            raise CannotBegin(f"the password of {identity} is no password hash; write what `csms --hash-password` prints")
        self._right.pop(identity, None)
        self._hashes[identity] = bytes.fromhex(found[1]), bytes.fromhex(found[2])

    async def problem(self, identity: str, authorization: str | None) -> str | None:
        """Why this header does not let the station in, in words that hold no secret; None: it does."""
        if authorization is None:
            return "sent no password"
        credentials = read_basic(authorization)
        if credentials is None:
            return "sent no credentials of the scheme Basic"
        if not hmac.compare_digest(credentials.user, identity.encode()):
            return "sent another user name than its identity"
        if await self._is_right(identity, credentials.password):
            return None
        digits = credentials.password.decode("ascii", "replace")
        if _HEXADECIMAL.match(digits) and await self._is_right(identity, bytes.fromhex(digits)):
            return "sent the hexadecimal digits of its AuthorizationKey in place of the bytes"
        return "sent a wrong password"

    async def _is_right(self, identity: str, password: bytes) -> bool:
        """The same work whether the identity is known or not, so that the time tells nothing."""
        digest = hmac.digest(self._key, password, sha256)
        if hmac.compare_digest(self._right.get(identity, b""), digest):
            return True
        salt, wanted = self._hashes.get(identity, self._nobody)
        derived = await asyncio.to_thread(_derived, password, salt)
        right = hmac.compare_digest(derived, wanted) and identity in self._hashes
        if right:
            self._right[identity] = digest
        return right


def _derived(password: bytes, salt: bytes) -> bytes:
    return scrypt(password, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=32)
