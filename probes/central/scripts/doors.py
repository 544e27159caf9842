"""Who is let in: credentials, TLS and certificates (security white paper, A00). Nobody need be asked for anything."""

from __future__ import annotations

from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.doors import needs_profile, tries_certificates, tries_credentials, tries_tls
from probes.wire.security import BASIC, MUTUAL_TLS, TLS_BASIC


@case("TC_085_CSMS")
async def basic_authentication(csms: AuditedCsms) -> None:
    """Without credentials, with wrong ones, with the right ones."""
    security = needs_profile(csms, BASIC, TLS_BASIC)
    await csms.offline()
    await tries_credentials(csms, security)
    await csms.online()


@case("TC_086_CSMS", unregistered=True)
async def server_certificate(csms: AuditedCsms) -> None:
    """Versions, cipher suites and the certificate; then our station, which verifies it."""
    security = needs_profile(csms, TLS_BASIC, MUTUAL_TLS)
    await csms.offline()
    await tries_tls(csms, security)
    await csms.online()


@case("TC_087_CSMS")
async def client_certificate(csms: AuditedCsms) -> None:
    """With our station's certificate, without any, with one that cannot be known."""
    security = needs_profile(csms, MUTUAL_TLS)
    await csms.offline()
    await tries_certificates(csms, security)
    await csms.online()
