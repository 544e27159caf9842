"""What spoils the TLS of either end: versions and cipher suites of former times, and certificates that nobody looks at."""

from __future__ import annotations

import ssl
import warnings

OLD_SUITES = "ALL:@SECLEVEL=0"
WEAK_SUITES = "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0"
"""With CBC and SHA-1, as none of those that the white paper names (A00.FR.317)."""


def old_version(context: ssl.SSLContext) -> None:
    """TLS 1.0 and 1.1, nothing later. OpenSSL has them still, where it is told that anything goes."""
    context.set_ciphers(OLD_SUITES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1


def weak_suites(context: ssl.SSLContext) -> None:
    """TLS 1.2 with weak cipher suites alone."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(WEAK_SUITES)


def no_verification(context: ssl.SSLContext) -> None:
    """Whatever certificate the other end shows."""
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
