"""The key with which this installation signs what it hands out (Ed25519, RFC 8032)."""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from registry.errors import RegistryError

KEY_FILE = "signing.key"


class Signer:
    """Signs with the key in `home`, which is made when it is first needed and readable by its owner alone."""

    def __init__(self, home: Path) -> None:
        self._key = _key(home / KEY_FILE)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def fingerprint(self) -> str:
        """By what people tell this key from others."""
        return fingerprint(self.public_key)

    def sign(self, content: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(content)


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of a public key, in groups that can be read out."""
    digest = sha256(public_key).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def is_signed(content: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether this key's owner signed exactly this content."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def encoded(content: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(content).decode("ascii")


def decoded(text: str) -> bytes:
    """What `encoded` made text of; empty for what is no such text."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as problem:
        raise RegistryError(f"{path}: the signing key cannot be made ({problem.strerror}); let this user write there") from problem
    with os.fdopen(descriptor, "wb") as file:
        key = Ed25519PrivateKey.generate()
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as problem:
        raise RegistryError(f"{path}: this is no signing key that can be read; restore it from a backup") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise RegistryError(f"{path}: this is no Ed25519 key; restore the signing key from a backup")
    return key
