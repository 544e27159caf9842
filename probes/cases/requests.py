"""Every request of a central system, in the words of the specification: OCPP 1.6 chapter 5, security white paper chapter 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from probes.wire.clock import ocpp_time
from probes.wire.peer import Answer


class Requests:
    """One method a request; each gives the station's answer. What `request` raises comes through."""

    async def request(self, action: str, payload: dict[str, Any]) -> Answer:
        """Send one request."""
        raise NotImplementedError

    # --- Core

    async def get_configuration(self, keys: Sequence[str] = ()) -> Answer:
        """GetConfiguration of these keys; of none: of all."""
        return await self.request("GetConfiguration", {"key": list(keys)} if keys else {})

    async def change_configuration(self, key: str, value: str) -> Answer:
        """ChangeConfiguration."""
        return await self.request("ChangeConfiguration", {"key": key, "value": value})

    async def remote_start_transaction(
        self, id_tag: str, *, connector_id: int | None = None, charging_profile: Mapping[str, Any] | None = None
    ) -> Answer:
        """RemoteStartTransaction."""
        return await self.request(
            "RemoteStartTransaction", _given(idTag=id_tag, connectorId=connector_id, chargingProfile=charging_profile)
        )

    async def remote_stop_transaction(self, transaction_id: int) -> Answer:
        """RemoteStopTransaction."""
        return await self.request("RemoteStopTransaction", {"transactionId": transaction_id})

    async def unlock_connector(self, connector_id: int) -> Answer:
        """UnlockConnector."""
        return await self.request("UnlockConnector", {"connectorId": connector_id})

    async def change_availability(self, connector_id: int, kind: str) -> Answer:
        """ChangeAvailability to Operative or Inoperative."""
        return await self.request("ChangeAvailability", {"connectorId": connector_id, "type": kind})

    async def clear_cache(self) -> Answer:
        """ClearCache."""
        return await self.request("ClearCache", {})

    async def reset(self, kind: str) -> Answer:
        """Reset, Soft or Hard."""
        return await self.request("Reset", {"type": kind})

    async def data_transfer(self, *, vendor_id: str, message_id: str) -> Answer:
        """DataTransfer."""
        return await self.request("DataTransfer", {"vendorId": vendor_id, "messageId": message_id})

    # --- Local authorization list

    async def get_local_list_version(self) -> Answer:
        """GetLocalListVersion."""
        return await self.request("GetLocalListVersion", {})

    async def send_local_list(self, *, version: int, update_type: str = "Full", entries: Sequence[Mapping[str, Any]] = ()) -> Answer:
        """SendLocalList; without entries a list without any tag."""
        payload = {"listVersion": version, "updateType": update_type, "localAuthorizationList": [dict(entry) for entry in entries]}
        return await self.request("SendLocalList", payload)

    # --- Reservation

    async def reserve_now(
        self, id_tag: str, *, connector_id: int, reservation_id: int, expires: datetime, parent_id_tag: str | None = None
    ) -> Answer:
        """ReserveNow."""
        payload = _given(
            connectorId=connector_id,
            expiryDate=ocpp_time(expires),
            idTag=id_tag,
            parentIdTag=parent_id_tag,
            reservationId=reservation_id,
        )
        return await self.request("ReserveNow", payload)

    async def cancel_reservation(self, reservation_id: int) -> Answer:
        """CancelReservation."""
        return await self.request("CancelReservation", {"reservationId": reservation_id})

    # --- Remote trigger

    async def trigger_message(self, requested: str, *, connector_id: int | None = None) -> Answer:
        """TriggerMessage."""
        return await self.request("TriggerMessage", _given(requestedMessage=requested, connectorId=connector_id))

    # --- Smart charging

    async def set_charging_profile(self, connector_id: int, profile: Mapping[str, Any]) -> Answer:
        """SetChargingProfile; the profile as it stands on the wire."""
        return await self.request("SetChargingProfile", {"connectorId": connector_id, "csChargingProfiles": dict(profile)})

    async def clear_charging_profile(
        self, profile_id: int | None = None, *, connector_id: int | None = None, purpose: str | None = None, stack_level: int | None = None
    ) -> Answer:
        """ClearChargingProfile by its id, or by what is given. With nothing given it would clear all: that is never asked for."""
        payload = _given(id=profile_id, connectorId=connector_id, chargingProfilePurpose=purpose, stackLevel=stack_level)
        if not payload:
            raise ValueError("an audit never clears all charging profiles")
        return await self.request("ClearChargingProfile", payload)

    async def get_composite_schedule(self, connector_id: int, duration: int, unit: str | None = None) -> Answer:
        """GetCompositeSchedule for so many seconds, in W or A."""
        return await self.request("GetCompositeSchedule", _given(connectorId=connector_id, duration=duration, chargingRateUnit=unit))

    # --- Firmware management

    async def get_diagnostics(self, location: str, *, retries: int | None = None, retry_interval: int | None = None) -> Answer:
        """GetDiagnostics."""
        return await self.request("GetDiagnostics", _given(location=location, retries=retries, retryInterval=retry_interval))

    async def update_firmware(
        self, location: str, retrieve: datetime, *, retries: int | None = None, retry_interval: int | None = None
    ) -> Answer:
        """UpdateFirmware."""
        payload = _given(location=location, retrieveDate=ocpp_time(retrieve), retries=retries, retryInterval=retry_interval)
        return await self.request("UpdateFirmware", payload)

    # --- Security extension

    async def extended_trigger_message(self, requested: str, *, connector_id: int | None = None) -> Answer:
        """ExtendedTriggerMessage."""
        return await self.request("ExtendedTriggerMessage", _given(requestedMessage=requested, connectorId=connector_id))

    async def certificate_signed(self, chain: str) -> Answer:
        """CertificateSigned, in PEM."""
        return await self.request("CertificateSigned", {"certificateChain": chain})

    async def install_certificate(self, kind: str, certificate: str) -> Answer:
        """InstallCertificate, in PEM."""
        return await self.request("InstallCertificate", {"certificateType": kind, "certificate": certificate})

    async def get_installed_certificate_ids(self, kind: str) -> Answer:
        """GetInstalledCertificateIds."""
        return await self.request("GetInstalledCertificateIds", {"certificateType": kind})

    async def delete_certificate(self, hash_data: Mapping[str, Any]) -> Answer:
        """DeleteCertificate, named by its hashes."""
        return await self.request("DeleteCertificate", {"certificateHashData": dict(hash_data)})

    async def get_log(self, kind: str, request_id: int, location: str) -> Answer:
        """GetLog of the DiagnosticsLog or the SecurityLog."""
        return await self.request("GetLog", {"logType": kind, "requestId": request_id, "log": {"remoteLocation": location}})

    async def signed_update_firmware(self, request_id: int, firmware: Mapping[str, Any]) -> Answer:
        """SignedUpdateFirmware."""
        return await self.request("SignedUpdateFirmware", {"requestId": request_id, "firmware": dict(firmware)})


def status_of(answer: Answer) -> str | None:
    """The status of a result, when it has one that is text."""
    status = answer.payload.get("status") if answer.kind == "result" and isinstance(answer.payload, dict) else None
    return status if isinstance(status, str) else None


def accepted(answer: Answer) -> bool:
    """Whether the answer is a result with the status Accepted."""
    return status_of(answer) == "Accepted"


def answer_text(answer: Answer) -> str:
    """The answer in a few words."""
    if answer.kind == "result":
        return str(status_of(answer))[:40]
    return answer.error_code or answer.kind


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
