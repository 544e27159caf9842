"""Notifications of the Firmware Management profile: taken, acknowledged, left in the transcript."""

from __future__ import annotations

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action

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
