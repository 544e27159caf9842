"""What the door of a central system takes, seen from outside: credentials, certificates, versions and cipher suites of TLS.

No credentials go to a server that has not proved itself. Nothing here is judged.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from probes.cases.endings import NotApplicable, NotExercised
from probes.central.handshakes import Handshake, shake_hands
from probes.central.stations import MODEL, VENDOR
from probes.faults.tls import no_verification, old_version
from probes.judge.central.rules import doors, tls
from probes.judge.rules.firmware import is_secured
from probes.pki.certificates import to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key
from probes.wire.client import connection_url
from probes.wire.hello import DEFLATE, NO_COMPRESSION, OLDER, SOUND, UNSUITABLE, say_hello
from probes.wire.passwords import is_authorization_key
from probes.wire.records import EventKind
from probes.wire.redact import without_credentials
from probes.wire.security import MUTUAL_TLS, NONE, TLS_BASIC, ClientSecurity
from probes.wire.tls import KeyPair

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms

SECONDS = 10.0
"""How long an answer to a registration is waited for, that need not come."""

FOREIGN_LIFETIME = timedelta(days=1)

_GIVE = {
    1: "--security-profile 1 and --password-file",
    2: "--security-profile 2 with --password-file and --ca, and a wss:// address",
    3: "--security-profile 3 with --cert, --key and --ca, and a wss:// address",
}


def needs_security(csms: AuditedCsms) -> None:
    """Raises `NotApplicable` where the certificate is not for the security extension."""
    if is_secured(csms.certified):
        return
    if csms.certified.facts.profiles is None:
        raise NotExercised("the certificate's profile table could not be read, so it is not known whether security is certified")
    raise NotApplicable("the security extension is not certified: the certificate's profile table says so")


def needs_profile(csms: AuditedCsms, *profiles: int) -> ClientSecurity:
    """What our station shows, where it comes with one of these security profiles. Raises `NotApplicable`, `NotExercised`."""
    needs_security(csms)
    security = csms.security
    if security is None or security.profile not in profiles:
        raise NotExercised(f"needs our station to come with credentials; give {', or '.join(_GIVE[each] for each in profiles)}")
    if security.profile >= TLS_BASIC and urlsplit(csms.endpoint).scheme != "wss":
        raise NotExercised(f"needs TLS, and the address has none; give {_GIVE[security.profile]}")
    return security


async def knock(
    csms: AuditedCsms,
    purpose: str,
    security: ClientSecurity,
    *,
    user: str | None = None,
    endpoint: str | None = None,
    registers: bool = True,
    told: Mapping[str, Any] | None = None,
) -> Handshake:
    """One handshake with these credentials; with `registers`, and a registration over it, so that it shows whether that is let in."""
    boot = {"chargePointVendor": VENDOR, "chargePointModel": MODEL} if registers else None
    return await shake_hands(
        csms.transcript,
        endpoint or csms.endpoint,
        csms.identity,
        purpose,
        security=security,
        user=user,
        registers=boot,
        watched=SECONDS if registers else 0.0,
        told=told,
    )


async def tries_credentials(csms: AuditedCsms, security: ClientSecurity) -> None:
    """The right ones, none, a wrong password, another user's name; in the end the right ones again."""
    await knock(csms, doors.RIGHT, security)
    await knock(csms, doors.NONE_SHOWN, replace(security, profile=NONE, password=None))
    await knock(csms, doors.WRONG_PASSWORD, replace(security, password=another_password(security.password or "")))
    await knock(csms, doors.ANOTHERS_NAME, security, user=f"{csms.identity[:10]}-{secrets.token_hex(4)}")
    await knock(csms, doors.RIGHT, security)


def another_password(password: str) -> str:
    """One of the same kind and length, made up."""
    if is_authorization_key(password):
        return secrets.token_hex(len(password) // 2)
    return secrets.token_urlsafe(max(16, len(password)))[: max(16, len(password))]


async def tries_certificates(csms: AuditedCsms, security: ClientSecurity) -> None:
    """Our station's certificate, none, and one with the same name that nobody there can know."""
    await knock(csms, doors.RIGHT, security)
    await knock(csms, doors.NO_CERTIFICATE, replace(security, profile=NONE, key_pair=None))
    await knock(csms, doors.FOREIGN_CERTIFICATE, replace(security, profile=MUTUAL_TLS, key_pair=_foreign_pair(csms)))


async def tries_tls(csms: AuditedCsms, security: ClientSecurity) -> None:
    """What is agreed to where everything is left open; each suite of the white paper alone; what nobody should agree to."""
    bare = replace(security, profile=NONE, password=None)
    first = await _shakes(csms, tls.ANY, bare, no_verification)
    if first.failed == "host":
        raise NotExercised(f"{without_credentials(csms.endpoint)}: {first.problem}")
    for suite in tls.SUITES:
        if (await _shakes(csms, tls.SUITE, bare, _only(suite), {"offers": [suite]})).tls is None:
            # Once more: servers drop connections for other reasons, too.
            await _shakes(csms, tls.SUITE, bare, _only(suite), {"offers": [suite]})
    await _says_hello(csms, tls.UNSUITABLE, list(UNSUITABLE.values()), (NO_COMPRESSION,))
    await _says_hello(csms, tls.OLDER, list(OLDER.values()), (NO_COMPRESSION,))
    await _says_hello(csms, tls.COMPRESSED, list(SOUND.values()), (DEFLATE, NO_COMPRESSION))
    await knock(csms, tls.OLD, replace(security, spoil=old_version))


async def _shakes(
    csms: AuditedCsms,
    purpose: str,
    security: ClientSecurity,
    spoil: Callable[[ssl.SSLContext], None],
    told: Mapping[str, Any] | None = None,
) -> Handshake:
    return await knock(csms, purpose, replace(security, spoil=spoil), registers=False, told=told)


def _only(suite: str) -> Callable[[ssl.SSLContext], None]:
    """TLS 1.2 with this suite and no other."""

    def spoil(context: ssl.SSLContext) -> None:
        no_verification(context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite)

    return spoil


async def _says_hello(csms: AuditedCsms, purpose: str, suites: Sequence[int], compressions: Sequence[int]) -> None:
    url = connection_url(csms.endpoint, csms.identity)
    parts = urlsplit(url)
    answer = await say_hello(parts.hostname or "", parts.port or 443, suites, compressions)
    hello = {"version": answer.version, "suite": answer.suite, "compression": answer.compression}
    detail = {"url": without_credentials(url), "purpose": purpose, "reached": answer.reached, "alert": answer.alert}
    csms.transcript.add_event(EventKind.HANDSHAKE_REFUSED, csms.identity, detail | ({"hello": hello} if answer.suite is not None else {}))


def _foreign_pair(csms: AuditedCsms) -> KeyPair:
    """A certificate with our station's name, of an authority that was made up for it."""
    now, key = csms.clock.now().astimezone(UTC), new_key()
    certificate = Issuer.new("nobody", "nobody", now).issue(csms.identity, "nobody", key.public_key(), now, FOREIGN_LIFETIME)
    pair = csms.home / "foreign.pem", csms.home / "foreign.key"
    pair[0].write_text(to_pem(certificate), encoding="ascii")
    pair[1].write_text(key_to_pem(key), encoding="ascii")
    return pair
