"""What lets somebody in: made at random, handed out once, and kept as a hash only."""

from __future__ import annotations

import secrets
from hashlib import sha256

SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits as text that may stand in an address. Being random, their plain SHA-256 gives nothing away."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """How a secret is kept, and found again."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
