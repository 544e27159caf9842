"""Signed firmware (security white paper, L01): the signature over the whole file, the certificate that vouches for it. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from probes.pki.certificates import (
    Certificate,
    chain_problem,
    fingerprint,
    property_problem,
    usage_allows_signatures,
)


def sign(image: bytes, key: rsa.RSAPrivateKey) -> str:
    """The signature of a firmware image, in Base64: RSA-PSS with SHA-256 (L01.FR.04)."""
    signature = key.sign(image, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH), hashes.SHA256())
    return base64.b64encode(signature).decode("ascii")


def signature_problem(image: bytes, signature: str, certificate: Certificate) -> str | None:
    """Why this Base64 text is no signature over the whole image with this certificate's key; None: it is (L01.FR.04, L01.FR.12)."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return "the signing certificate has no RSA key, and ECSchnorr is not spoken here"
    try:
        encoded = base64.b64decode("".join(signature.split()), validate=True)
        key.verify(encoded, image, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO), hashes.SHA256())
    except (binascii.Error, ValueError):
        return "the signature is no Base64"
    except InvalidSignature:
        return "the signature does not fit the file" if encoded else "there is no signature"
    return None


def signing_certificate_problem(certificate: Certificate, roots: Sequence[Certificate], now: datetime) -> str | None:
    """Why no firmware is taken on this certificate's word: it must be signed by a manufacturer's root itself, as intermediate ones
    are not allowed (L01, remarks), count now, and may be used for signatures (L01.FR.12, L01.FR.23).
    """
    problem = property_problem(certificate) or chain_problem([certificate], roots, now)
    if problem:
        return problem
    return None if usage_allows_signatures(certificate) else "may not sign firmware"


def is_revoked(certificate: Certificate, revoked: Collection[str]) -> bool:
    """Whether it is among the revoked ones, which are named by their SHA-256 fingerprints (L01.FR.25)."""
    return fingerprint(certificate) in revoked
