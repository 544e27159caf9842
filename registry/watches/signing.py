"""Signs webhooks as the Standard Webhooks specification has it: HMAC-SHA256 over `id.timestamp.body`. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32
ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"


def new_secret() -> str:
    """A fresh secret as a person copies it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(secret: str, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that sign `body`. `timestamp` is the time of this attempt, in seconds since 1970 (UTC).

    Raises ValueError for what is no secret of ours.
    """
    return {ID_HEADER: message, TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: f"v1,{signature(secret, message, timestamp, body)}"}


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The signature alone, in base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook's secret is base64 behind whsec_") from error
    return base64.b64encode(hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
