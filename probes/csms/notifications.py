"""Notifications of the Firmware Management profile and of the security extension: taken, acknowledged, left in the transcript."""

from __future__ import annotations

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, GenericStatus

from probes.wire.routing import on


class FirmwareNotifications:
    """Progress of firmware updates and diagnostics (OCPP 1.6 sections 4.4 and 4.5)."""

    @on(Action.diagnostics_status_notification)
    def on_diagnostics_status_notification(self, **_: Any) -> call_result.DiagnosticsStatusNotification:
        """Progress of a diagnostics upload."""
        return call_result.DiagnosticsStatusNotification()

    @on(Action.firmware_status_notification)
    def on_firmware_status_notification(self, **_: Any) -> call_result.FirmwareStatusNotification:
        """Progress of a firmware update."""
        return call_result.FirmwareStatusNotification()


class SecurityNotifications:
    """Notifications of the security white paper, edition 3, chapter 6."""

    @on(Action.security_event_notification)
    def on_security_event_notification(self, **_: Any) -> call_result.SecurityEventNotification:
        """A security event of the station."""
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
    def on_sign_certificate(self, **_: Any) -> call_result.SignCertificate:
        """There is no certificate authority here, so no request can be signed."""
        return call_result.SignCertificate(status=GenericStatus.rejected)
