"""The security of one station: what it shows, whom it trusts, what it logs and tells (security white paper, A00 to A05).

A station without the profile Security has of this only what OCPP-J 1.6 itself asks for: the AuthorizationKey, and what it was started with.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import CertificateStatus, CertificateUse, ConfigurationStatus, DeleteCertificateStatus
from websockets.exceptions import InvalidStatus

from probes.pki.certificates import Certificate, HashData, fingerprint, to_pem
from probes.station.config import SECURITY
from probes.station.credentials import Credentials, is_authorization_key
from probes.station.security_log import SecurityLog
from probes.station.trust import CENTRAL, MANUFACTURER, Installed, TrustStore
from probes.wire.client import Connected, NotConnected
from probes.wire.connection import GOING_AWAY
from probes.wire.peer import Call, Refusal, Reply
from probes.wire.security import BASIC, MUTUAL_TLS, TLS_BASIC, ClientSecurity
from registry.errors import CannotBegin

if TYPE_CHECKING:
    from probes.station.station import Station

LOGGER = logging.getLogger("ocpp_registry.station")

ATTEMPTS = 3
"""How often a connection with a new security profile is tried before the former one is taken again (A05.FR.08)."""

CLOCK_STEP = 1.0
"""By how many seconds the clock must be set for it to be an event."""

RETRY_SECONDS = 60.0
"""How long a notification waits after an answer that was none."""

RENEWAL_CHECK_SECONDS = 24 * 3600.0

_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"})
_WEAK_CIPHERS = frozenset({"NO_SHARED_CIPHER", "SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_CIPHERS_AVAILABLE", "WRONG_CIPHER_RETURNED"})
"""OpenSSL's names of what ends a handshake; a server that alerts no more than handshake_failure has no cipher suite in common."""


class Security:
    """Credentials, roots and events of one station, and what changing them sets going. Raises `CannotBegin` for bad files.

    `lingers` is how many seconds it stays connected after such a change.
    """

    def __init__(self, station: Station, given: ClientSecurity | None) -> None:
        self._station = station
        configuration = station.configuration
        self.supported = SECURITY in station.config.profiles
        try:
            self.credentials = Credentials(station.store, given or ClientSecurity())
            self.trust = TrustStore(
                station.store,
                self.credentials.given_roots,
                limit=configuration.limit("CertificateStoreMaxLength"),
                replaces=configuration.flag("AdditionalRootCertificateCheck"),
            )
            self.log = SecurityLog(station.store, station.timestamp)
        except (KeyError, TypeError, ValueError) as problem:
            raise CannotBegin(f"{station.identity}: what its state holds of security cannot be read; name another file") from problem
        self._failures = 0
        self._in_use: str | None = None
        self._reconnect = False
        self.lingers = 0.0
        self._sending = False
        self._asked_for: str | None = None
        if given is not None or self.credentials.profile:
            configuration.set("SecurityProfile", str(self.credentials.profile))
        if self.credentials.authorization_key is None and is_authorization_key(configuration.text("AuthorizationKey")):
            self.credentials.authorization_key = configuration.text("AuthorizationKey")
        if self.credentials.authorization_key:
            configuration.set("AuthorizationKey", self.credentials.authorization_key)
        station.store.when_full = lambda: self.event("MemoryExhaustion", "the station's state cannot be written")
        self.event("StartupOfTheDevice")

    # --- events (A04)

    def event(self, kind: str, info: str = "") -> None:
        """Something happened that is of the security log, and perhaps of the CSMS's interest."""
        if self.supported and self.log.record(kind, info) and self._station.online:
            self._station.spawn(self.tell())

    async def tell(self) -> None:
        """Deliver what waits, in order, for as long as there is a connection; a CSMS that knows no such message is not asked again."""
        if self._sending:
            return
        self._sending = True
        try:
            while event := self.log.first_waiting():
                answer = await self._station.call("SecurityEventNotification", event.to_wire())
                if answer.kind == "closed":
                    return
                if answer.kind == "result" or answer.error_code in {"NotImplemented", "NotSupported"}:
                    self.log.delivered(event)
                else:
                    await self._station.clock.sleep(RETRY_SECONDS)
        finally:
            self._sending = False

    def clock_set(self, seconds: float) -> None:
        """The CSMS's time is not what the station thought."""
        if abs(seconds) > CLOCK_STEP:
            self.event("SettingSystemTime", f"by {seconds:.0f} s")

    def notice_refusal(self, _: Call, reply: Reply) -> Reply:
        """A call that is no valid message is an event (chapter 8). A filter of outgoing answers."""
        if isinstance(reply, Refusal) and (reply.code.endswith("Violation") or reply.code == "ProtocolError"):
            self.event("InvalidMessages", reply.code)
        return reply

    # --- connections

    def endpoint(self, endpoint: str, endpoints: Mapping[int, str]) -> str:
        """Where to connect with the profile of now: to its own place, or else to the same one, with the scheme that the profile needs."""
        profile = self.credentials.profile
        if profile in endpoints:
            return endpoints[profile]
        return endpoint.replace("ws://", "wss://", 1) if profile >= TLS_BASIC else endpoint

    @contextmanager
    def shown(self) -> Iterator[ClientSecurity]:
        """What the next attempt to connect shows. Raises `NotConnected` when it could trust nobody."""
        if self.credentials.profile >= TLS_BASIC and self.trust.managed and not self.trust.roots(CENTRAL):
            raise NotConnected("no CentralSystemRootCertificate is installed, so no CSMS can prove itself")
        with self.credentials.shown(self._root_sets(), self._station.registration.now()) as security:
            yield security

    def connected(self, connected: Connected) -> None:
        """What was new has proved itself (A05.FR.09, M05.FR.12)."""
        self._failures = 0
        self._reconnect = False
        tls = connected.security.get("tls") or {}
        self._in_use = tls.get("trustAnchor")
        self.credentials.proved()
        if tls and self.credentials.shows_best_roots(self._root_sets()):
            self.trust.proved()

    def failed(self, problem: NotConnected) -> None:
        """An attempt failed: the event that the clause names, and the next best thing to try."""
        kind = event_of(problem)
        if kind:
            self.event(kind, str(problem))
        if kind == "InvalidCentralSystemCertificate":
            self.event("CentralSystemFailedToAuthenticate", str(problem))
        roots, now = self._root_sets(), self._station.registration.now()
        if self.credentials.profile >= TLS_BASIC:
            self.credentials.failed(self.credentials.choices(roots, now))
        self._failures += 1
        if self._failures >= ATTEMPTS and self.credentials.fall_back():
            self._failures = 0
            self._station.configuration.set("SecurityProfile", str(self.credentials.profile))
            self.event("ReconfigurationOfSecurityParameters", f"back to security profile {self.credentials.profile}")

    def _root_sets(self) -> list[tuple[Certificate, ...]]:
        """The roots to trust, and then, while there is one, the root to fall back on (M05.FR.13)."""
        roots = self.trust.roots(CENTRAL)
        return [roots, (self.trust.fallback,)] if self.trust.fallback else [roots]

    # --- configuration keys (A01, A05)

    def change(self, key: str, value: str) -> ConfigurationStatus | None:
        """Change a key that is of security; None: it is none of these, or the station does not have it."""
        name = key.casefold()
        if name == "securityprofile" and self._station.configuration.has("SecurityProfile"):
            return self._change_profile(value)
        if name == "authorizationkey" and self._station.configuration.has("AuthorizationKey"):
            if not is_authorization_key(value):
                return ConfigurationStatus.rejected
            self._station.configuration.set("AuthorizationKey", value)
            self.credentials.change_authorization_key(value)
            self._reconnect = self.credentials.profile in {BASIC, TLS_BASIC}
            self.event("ReconfigurationOfSecurityParameters", "AuthorizationKey was changed")
            return ConfigurationStatus.accepted
        return None

    def _change_profile(self, value: str) -> ConfigurationStatus:
        profile = int(value) if value in {"0", "1", "2", "3"} else -1
        if profile <= self._station.configuration.integer("SecurityProfile", 0):
            return ConfigurationStatus.rejected
        problem = self.credentials.upgrade_problem(profile, self.trust.roots(CENTRAL), self._station.registration.now())
        if problem:
            LOGGER.info("%s: security profile %s is refused: %s", self._station.identity, value[:10], problem)
            return ConfigurationStatus.rejected
        self.credentials.upgrade(profile)
        self._failures = 0
        self._station.configuration.set("SecurityProfile", value)
        self._reconnect = True
        self.event("ReconfigurationOfSecurityParameters", f"security profile {value}")
        return ConfigurationStatus.accepted

    async def reconnect_if_needed(self) -> None:
        """Come back with what was changed, once the answer is out (A01, A05.FR.06, A02.FR.08)."""
        if self._reconnect:
            self._reconnect = False
            await self._station.clock.sleep(self.lingers)
            await self._station.go_away(GOING_AWAY, "security parameters were changed")

    # --- certificates of the station (A02, A03)

    @property
    def serial_number(self) -> str:
        """What stands in the commonName of its certificate (A00.FR.511)."""
        return self._station.config.serial_number or self._station.identity

    @property
    def cpo_name(self) -> str:
        """What stands in the organizationName (A02.FR.13)."""
        return self._station.configuration.text("CpoName")

    async def ask_for_certificate(self) -> None:
        """A new key, and SignCertificate; a refusal is not repeated (A02, error handling)."""
        csr = self.credentials.request(self.serial_number, self.cpo_name)
        answer = await self._station.call_registered("SignCertificate", {"csr": csr})
        if answer.kind != "result" or answer.payload.get("status") != "Accepted":
            self.credentials.discard_request()

    def certificate_signed(self, chain: str) -> bool:
        """Take the signed certificate, or discard it and say so (A02.FR.06, FR.07)."""
        limit = self._station.configuration.limit("CertificateSignedMaxChainSize")
        problem: str | None
        if limit is not None and len(chain) > limit:
            problem = f"the chain has more than {limit} characters"
        else:
            now = self._station.registration.now()
            problem = self.credentials.take(chain, self.serial_number, self.cpo_name, self.trust.roots(CENTRAL), now)
        if problem:
            self.event("InvalidChargePointCertificate", problem)
            return False
        self.event("ReconfigurationOfSecurityParameters", "a new certificate of the station")
        if self.credentials.profile == MUTUAL_TLS and self.credentials.newest:
            wait = (self.credentials.newest.not_valid_before_utc - self._station.registration.now()).total_seconds()
            self._reconnect = wait <= 0
            if wait > 0:
                self._station.spawn(self._switch_later(wait))
        return True

    async def _switch_later(self, seconds: float) -> None:
        await self._station.clock.sleep(seconds)
        self._reconnect = True
        await self.reconnect_if_needed()

    async def renew(self) -> None:
        """A03: ask for a new certificate when the one in use ends within a month; once for each certificate."""
        while True:
            newest = self.credentials.newest
            due = newest is not None and self.credentials.due(self._station.registration.now())
            if newest and due and self.cpo_name and self._asked_for != fingerprint(newest):
                self._asked_for = fingerprint(newest)
                await self.ask_for_certificate()
            await self._station.clock.sleep(RENEWAL_CHECK_SECONDS)

    # --- roots (M03 to M05)

    def install(self, use: CertificateUse, text: str) -> Installed:
        """InstallCertificate; what is wrong with a root of the CSMS is an event, as with a certificate of it (A00.FR.309)."""
        installed = self.trust.install(use, text, self._station.registration.now())
        if not installed.problem:
            self.event("ReconfigurationOfSecurityParameters", f"{use} installed")
        elif use == CENTRAL and installed.status == CertificateStatus.rejected:
            self.event("InvalidCentralSystemCertificate", installed.problem)
        return installed

    def delete(self, told: dict[str, str]) -> DeleteCertificateStatus:
        """DeleteCertificate."""
        status = self.trust.delete(HashData.from_wire(told), self._in_use)
        if status == DeleteCertificateStatus.accepted:
            self.event("ReconfigurationOfSecurityParameters", "a root certificate was deleted")
        return status

    @property
    def manufacturer_roots(self) -> tuple[Certificate, ...]:
        """Who may sign firmware certificates."""
        return self.trust.roots(MANUFACTURER)

    def roots_pem(self) -> str:
        """Whom the station trusts besides those that the system does, when it fetches and sends files."""
        return to_pem(*self.trust.roots(CENTRAL))


def event_of(problem: NotConnected) -> str | None:
    """The security event that a failed attempt is (A00.FR.309, 315, 322 and chapter 8), None when it is a plain failure."""
    cause: Any = problem.__cause__
    if isinstance(cause, InvalidStatus):
        refused = cause.response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return "FailedToAuthenticateAtCentralSystem" if refused else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "InvalidCentralSystemCertificate"
    if isinstance(cause, ssl.SSLError):
        if cause.reason in _OLD_TLS:
            return "InvalidTLSVersion"
        return "InvalidTLSCipherSuite" if cause.reason in _WEAK_CIPHERS else None
    return None
