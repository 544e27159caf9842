"""The CSMS's side of what stations start in the security white paper: events, progress of logs and firmware, requests for certificates."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, GenericStatus

from probes.csms.authority import CertificateAuthority
from probes.csms.operations import Operations
from probes.csms.state import StationState
from probes.pki.requests import NoRequest
from probes.wire.clock import Clock, rfc3339
from probes.wire.routing import after, on

LOGGER = logging.getLogger("ocpp_registry.csms")

REMEMBERED_EVENTS = 200
"""How many security events of a station are kept; all are in its transcript."""


class SecurityBehaviour:
    """Takes notifications, and has requests signed by `authority` (None: there is none, and no request can be processed).

    `operations` gives what can be asked of the station, `keep` makes its state outlast a restart. While
    `takes_requests`, requests are accepted and left to whoever looks after that.
    """

    def __init__(
        self,
        state: StationState,
        clock: Clock,
        authority: CertificateAuthority | None,
        operations: Callable[[], Operations],
        keep: Callable[[], None],
        takes_requests: Callable[[], bool] = bool,
    ) -> None:
        self._state = state
        self._clock = clock
        self._authority = authority
        self._operations = operations
        self._keep = keep
        self._takes_requests = takes_requests

    @on(Action.security_event_notification)
    def on_security_event_notification(
        self,
        type: str,  # noqa: A002 - the protocol's name
        timestamp: str,
        tech_info: str | None = None,
        **_: Any,
    ) -> call_result.SecurityEventNotification:
        """A04.FR.03: the receipt is confirmed; what came is kept."""
        event = {"type": type, "timestamp": timestamp, "techInfo": tech_info, "received": rfc3339(self._clock.now())}
        self._state.security_events = [*self._state.security_events[1 - REMEMBERED_EVENTS :], event]
        LOGGER.info("%s: security event %s", self._state.identity, type[:50])
        self._keep()
        return call_result.SecurityEventNotification()

    @on(Action.signed_firmware_status_notification)
    def on_signed_firmware_status_notification(self, **_: Any) -> call_result.SignedFirmwareStatusNotification:
        """Progress of a signed firmware update."""
        return call_result.SignedFirmwareStatusNotification()

    @on(Action.log_status_notification)
    def on_log_status_notification(self, **_: Any) -> call_result.LogStatusNotification:
        """Progress of a log upload."""
        return call_result.LogStatusNotification()

    @on(Action.sign_certificate)
    def on_sign_certificate(self, csr: str, **_: Any) -> call_result.SignCertificate:
        """Accepted when the request can be processed (A02.FR.11, FR.12)."""
        if self._takes_requests():
            return call_result.SignCertificate(status=GenericStatus.accepted)
        problem = self._authority.problem(csr, self._serial_number) if self._authority else "there is no certificate authority here"
        if problem:
            LOGGER.warning("%s: its request for a certificate is refused: %s", self._state.identity, problem)
        return call_result.SignCertificate(status=GenericStatus.rejected if problem else GenericStatus.accepted)

    @after(Action.sign_certificate)
    async def after_sign_certificate(self, csr: str, **_: Any) -> None:
        """The signed certificate is sent; what the station takes is kept with it."""
        if self._authority is None or self._takes_requests():
            return
        try:
            signed = self._authority.sign(csr, self._serial_number)
        except NoRequest:
            return
        outcome = await self._operations().certificate_signed(signed.chain)
        if outcome.accepted:
            self._state.certificates.append(signed.to_json())
            self._keep()
        else:
            LOGGER.warning("%s: it does not take the certificate that was signed for it (%s)", self._state.identity, outcome.status)

    @property
    def _serial_number(self) -> str:
        """A00.FR.405 and 511; a station that tells no serial number is known by its identity."""
        return self._state.serial_number or self._state.identity
