"""The station's answers to the operations of the security white paper (chapter 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import (
    Action,
    CertificateSignedStatus,
    CertificateUse,
    GetInstalledCertificateStatus,
    LogStatus,
    MessageTrigger,
    TriggerMessageStatus,
)

from probes.station.firmware import patience
from probes.station.signed_firmware import Update
from probes.station.trigger import RemoteTriggerBehaviour
from probes.wire.routing import after, on

if TYPE_CHECKING:
    from probes.station.station import Station


class SecurityBehaviour:
    """Answers at once; what an answer sets going begins after it has gone out."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._triggered = RemoteTriggerBehaviour(station)
        self._update: Update | None = None
        self._log_name = ""

    # --- triggers

    @on(Action.extended_trigger_message)
    def on_extended_trigger_message(self, requested_message: str, connector_id: int | None = None, **_: Any) -> Any:
        """Section 5.5. A certificate cannot be asked for without CpoName (A02, prerequisite)."""
        return call_result.ExtendedTriggerMessage(status=self._status(MessageTrigger(requested_message), connector_id))

    @after(Action.extended_trigger_message)
    async def after_extended_trigger_message(self, requested_message: str, connector_id: int | None = None, **_: Any) -> None:
        """The message itself, after the answer."""
        message = MessageTrigger(requested_message)
        if self._status(message, connector_id) != TriggerMessageStatus.accepted:
            return
        match message:
            case MessageTrigger.sign_charge_point_certificate:
                await self._station.security.ask_for_certificate()
            case MessageTrigger.log_status_notification:
                await self._station.logs.tell()
            case MessageTrigger.firmware_status_notification:
                await self._station.signed_firmware.tell()
            case _:
                await self._triggered.send(message, connector_id)

    def _status(self, message: MessageTrigger, connector_id: int | None) -> TriggerMessageStatus:
        if message is MessageTrigger.sign_charge_point_certificate:
            return TriggerMessageStatus.accepted if self._station.security.cpo_name else TriggerMessageStatus.rejected
        if message in {MessageTrigger.log_status_notification, MessageTrigger.firmware_status_notification}:
            return TriggerMessageStatus.accepted
        return self._triggered.status(message, connector_id)

    # --- certificates

    @on(Action.certificate_signed)
    def on_certificate_signed(self, certificate_chain: str, **_: Any) -> call_result.CertificateSigned:
        """A02, A03."""
        taken = self._station.security.certificate_signed(certificate_chain)
        return call_result.CertificateSigned(status=CertificateSignedStatus.accepted if taken else CertificateSignedStatus.rejected)

    @after(Action.certificate_signed)
    async def after_certificate_signed(self, **_: Any) -> None:
        """The station switches to its new certificate (A02.FR.08)."""
        await self._station.security.reconnect_if_needed()

    @on(Action.install_certificate)
    def on_install_certificate(self, certificate_type: str, certificate: str, **_: Any) -> call_result.InstallCertificate:
        """M05."""
        return call_result.InstallCertificate(status=self._station.security.install(CertificateUse(certificate_type), certificate).status)

    @on(Action.get_installed_certificate_ids)
    def on_get_installed_certificate_ids(self, certificate_type: str, **_: Any) -> call_result.GetInstalledCertificateIds:
        """M03."""
        found = self._station.security.trust.ids(CertificateUse(certificate_type))
        if not found:
            return call_result.GetInstalledCertificateIds(status=GetInstalledCertificateStatus.not_found)
        return call_result.GetInstalledCertificateIds(
            status=GetInstalledCertificateStatus.accepted, certificate_hash_data=[each.to_wire() for each in found]
        )

    @on(Action.delete_certificate)
    def on_delete_certificate(self, certificate_hash_data: dict[str, str], **_: Any) -> call_result.DeleteCertificate:
        """M04; the station's own certificate is none of those that can be deleted (M04.FR.05)."""
        return call_result.DeleteCertificate(status=self._station.security.delete(_camel(certificate_hash_data)))

    # --- logs

    @on(Action.get_log)
    def on_get_log(self, log_type: str, **_: Any) -> call_result.GetLog:
        """N01."""
        self._log_name = self._station.logs.file_name(log_type)
        return call_result.GetLog(status=LogStatus(self._station.logs.status_of_new()), filename=self._log_name)

    @after(Action.get_log)
    def after_get_log(
        self,
        log_type: str,
        request_id: int,
        log: dict[str, Any],
        retries: int | None = None,
        retry_interval: int | None = None,
        **_: Any,
    ) -> None:
        """The upload begins."""
        self._station.logs.start(log_type, request_id, _camel(log), self._log_name, *patience(retries, retry_interval))

    # --- firmware

    @on(Action.signed_update_firmware)
    def on_signed_update_firmware(
        self, request_id: int, firmware: dict[str, Any], retries: int | None = None, retry_interval: int | None = None, **_: Any
    ) -> call_result.SignedUpdateFirmware:
        """L01."""
        status, self._update = self._station.signed_firmware.ask(request_id, _camel(firmware), *patience(retries, retry_interval))
        return call_result.SignedUpdateFirmware(status=status)

    @after(Action.signed_update_firmware)
    def after_signed_update_firmware(self, **_: Any) -> None:
        """The update waits for its moment, then begins."""
        if self._update is not None:
            self._station.signed_firmware.start(self._update)
            self._update = None


def _camel(told: dict[str, Any]) -> dict[str, Any]:
    """Structures arrive with names in snake case; here they are wanted as on the wire."""
    return {_wire_name(name): value for name, value in told.items()}


def _wire_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
