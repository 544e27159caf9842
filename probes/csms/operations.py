"""Every operation that a CSMS starts (OCPP 1.6 chapter 5, security white paper chapter 5), as one typed method each.

What a station accepted is kept in its state: list version, reservations, charging profiles. Payloads that are
structured in themselves (a charging profile, a firmware) are given as they stand on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from probes.csms.profiles import all_profiles, must_be_certified
from probes.csms.state import StationState
from probes.wire.clock import ocpp_time
from probes.wire.peer import Answer, Peer
from registry.errors import CannotBegin

ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Outcome:
    """What came of one operation: the answer, and the status in it; None when there is none (an error, a time-out)."""

    action: str
    answer: Answer

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the answer; empty when there is none."""
        return self.answer.payload if self.answer.kind == "result" and isinstance(self.answer.payload, dict) else {}

    @property
    def status(self) -> str | None:
        """The status that the station gave."""
        status = self.payload.get("status")
        return status if isinstance(status, str) else None

    @property
    def accepted(self) -> bool:
        """Whether the station accepted it."""
        return self.status == "Accepted"


class Operations:
    """The operations towards one connected station. None raises for what the station does. `timeout` is in seconds.

    Each raises `CannotBegin` when it is of a feature profile that is not among `profiles` (None: all are had).
    """

    def __init__(
        self,
        peer: Peer,
        state: StationState,
        changed: Callable[[], None],
        timeout: float = ANSWER_SECONDS,
        *,
        password_changed: Callable[[str], None] | None = None,
        profiles: Collection[str] | None = None,
    ) -> None:
        self._profiles = all_profiles() if profiles is None else frozenset(profiles)
        self._peer = peer
        self._state = state
        self._changed = changed
        self._timeout = timeout
        self._password_changed = password_changed

    # --- Core

    async def change_availability(self, connector_id: int, kind: str) -> Outcome:
        """Operative or Inoperative (section 5.2)."""
        return await self._send("ChangeAvailability", connectorId=connector_id, type=kind)

    async def change_configuration(self, key: str, value: str) -> Outcome:
        """One configuration key (section 5.3). A new AuthorizationKey that was accepted is the one that counts (white paper, A01.FR.03)."""
        outcome = await self._send("ChangeConfiguration", key=key, value=value)
        if outcome.accepted and key.casefold() == "authorizationkey" and self._password_changed:
            self._password_changed(value)
        return outcome

    async def clear_cache(self) -> Outcome:
        """The authorization cache (section 5.4)."""
        return await self._send("ClearCache")

    async def data_transfer(self, vendor_id: str, message_id: str | None = None, data: str | None = None) -> Outcome:
        """A vendor's own message (section 5.6)."""
        return await self._send("DataTransfer", vendorId=vendor_id, messageId=message_id, data=data)

    async def get_configuration(self, keys: Sequence[str] = ()) -> Outcome:
        """The named configuration keys, or all (section 5.8)."""
        return await self._send("GetConfiguration", key=list(keys) or None)

    async def remote_start(
        self, id_tag: str, connector_id: int | None = None, charging_profile: Mapping[str, Any] | None = None
    ) -> Outcome:
        """Ask for a transaction (section 5.11)."""
        return await self._send("RemoteStartTransaction", idTag=id_tag, connectorId=connector_id, chargingProfile=charging_profile)

    async def remote_stop(self, transaction_id: int) -> Outcome:
        """Ask for the end of a transaction (section 5.12)."""
        return await self._send("RemoteStopTransaction", transactionId=transaction_id)

    async def reset(self, kind: str) -> Outcome:
        """Soft or Hard (section 5.14)."""
        return await self._send("Reset", type=kind)

    async def unlock_connector(self, connector_id: int) -> Outcome:
        """Let go of the cable (section 5.18)."""
        return await self._send("UnlockConnector", connectorId=connector_id)

    # --- Local authorization list

    async def get_local_list_version(self) -> Outcome:
        """The version that the station has (section 5.10)."""
        return await self._send("GetLocalListVersion")

    async def send_local_list(
        self, entries: Sequence[Mapping[str, Any]] = (), update_type: str = "Full", version: int | None = None
    ) -> Outcome:
        """A Full or Differential list (section 5.15); without `version` the one after the last that the station took."""
        number = self._state.local_list_version + 1 if version is None else version
        outcome = await self._send(
            "SendLocalList", listVersion=number, updateType=update_type, localAuthorizationList=[dict(entry) for entry in entries] or None
        )
        if outcome.accepted:
            self._state.local_list_version = number
            self._changed()
        return outcome

    # --- Reservation

    async def reserve_now(
        self, connector_id: int, id_tag: str, expiry_date: datetime, reservation_id: int, parent_id_tag: str | None = None
    ) -> Outcome:
        """Keep a connector, or with 0 any one, for an idTag (section 5.13)."""
        outcome = await self._send(
            "ReserveNow",
            connectorId=connector_id,
            idTag=id_tag,
            expiryDate=ocpp_time(expiry_date),
            reservationId=reservation_id,
            parentIdTag=parent_id_tag,
        )
        if outcome.accepted:
            self._state.reservations[reservation_id] = connector_id
            self._changed()
        return outcome

    async def cancel_reservation(self, reservation_id: int) -> Outcome:
        """Give a reserved connector free (section 5.1)."""
        outcome = await self._send("CancelReservation", reservationId=reservation_id)
        if outcome.accepted and self._state.reservations.pop(reservation_id, None) is not None:
            self._changed()
        return outcome

    # --- Smart charging

    async def set_charging_profile(self, connector_id: int, profile: Mapping[str, Any]) -> Outcome:
        """One charging profile (section 5.16); a TxProfile says of which transaction, where one is known to run on that connector."""
        running = [each.transaction_id for each in self._state.open_transactions() if each.connector_id == connector_id]
        if profile.get("chargingProfilePurpose") == "TxProfile" and "transactionId" not in profile and running:
            profile = {**profile, "transactionId": running[-1]}
        outcome = await self._send("SetChargingProfile", connectorId=connector_id, csChargingProfiles=profile)
        number = profile.get("chargingProfileId")
        if outcome.accepted and isinstance(number, int):
            self._state.charging_profiles[number] = {"connectorId": connector_id, "csChargingProfiles": dict(profile)}
            self._changed()
        return outcome

    async def clear_charging_profile(
        self, profile_id: int | None = None, connector_id: int | None = None, purpose: str | None = None, stack_level: int | None = None
    ) -> Outcome:
        """The profiles to which all that is given applies; with nothing given, all (section 5.5)."""
        outcome = await self._send(
            "ClearChargingProfile", id=profile_id, connectorId=connector_id, chargingProfilePurpose=purpose, stackLevel=stack_level
        )
        if outcome.accepted:
            wanted = {"chargingProfilePurpose": purpose, "stackLevel": stack_level}
            kept = {
                number: set_up
                for number, set_up in self._state.charging_profiles.items()
                if not _clears(number, set_up, profile_id, connector_id, wanted)
            }
            self._state.charging_profiles = kept
            self._changed()
        return outcome

    async def get_composite_schedule(self, connector_id: int, duration: int, unit: str | None = None) -> Outcome:
        """What all profiles come to in the next `duration` seconds, in W or A (section 5.7)."""
        return await self._send("GetCompositeSchedule", connectorId=connector_id, duration=duration, chargingRateUnit=unit)

    # --- Firmware management and remote trigger

    async def get_diagnostics(
        self,
        location: str,
        retries: int | None = None,
        retry_interval: int | None = None,
        start: datetime | None = None,
        stop: datetime | None = None,
    ) -> Outcome:
        """An upload of diagnostics (section 5.9)."""
        return await self._send(
            "GetDiagnostics", location=location, retries=retries, retryInterval=retry_interval, startTime=_time(start), stopTime=_time(stop)
        )

    async def update_firmware(
        self, location: str, retrieve_date: datetime, retries: int | None = None, retry_interval: int | None = None
    ) -> Outcome:
        """A download of firmware (section 5.19)."""
        return await self._send(
            "UpdateFirmware", location=location, retrieveDate=_time(retrieve_date), retries=retries, retryInterval=retry_interval
        )

    async def trigger_message(self, requested: str, connector_id: int | None = None) -> Outcome:
        """Have the station send a message (section 5.17). Raises `CannotBegin` for what must not be asked for."""
        self._may_trigger(requested)
        return await self._send("TriggerMessage", requestedMessage=requested, connectorId=connector_id)

    def _may_trigger(self, requested: str) -> None:
        """Errata v4.0 section 3.40: no BootNotification of a station that is registered already."""
        if requested == "BootNotification" and self._state.registered:
            raise CannotBegin(f"{self._state.identity}: is registered, and must not be asked to register again; reset it instead")

    # --- Security extension

    async def extended_trigger_message(self, requested: str, connector_id: int | None = None) -> Outcome:
        """Have the station send a message of the security extension, or of Core (A02, A05). Raises as `trigger_message`."""
        self._may_trigger(requested)
        return await self._send("ExtendedTriggerMessage", requestedMessage=requested, connectorId=connector_id)

    async def certificate_signed(self, chain: str) -> Outcome:
        """The answer to a SignCertificate.req: PEM of the certificate (A02)."""
        return await self._send("CertificateSigned", certificateChain=chain)

    async def install_certificate(self, kind: str, certificate: str) -> Outcome:
        """A root certificate in PEM (M05)."""
        return await self._send("InstallCertificate", certificateType=kind, certificate=certificate)

    async def get_installed_certificate_ids(self, kind: str) -> Outcome:
        """The hashes of the root certificates of one kind (M03)."""
        return await self._send("GetInstalledCertificateIds", certificateType=kind)

    async def delete_certificate(self, hash_data: Mapping[str, Any]) -> Outcome:
        """One root certificate, named by its hashes (M04)."""
        return await self._send("DeleteCertificate", certificateHashData=hash_data)

    async def get_log(
        self, kind: str, request_id: int, log: Mapping[str, Any], retries: int | None = None, retry_interval: int | None = None
    ) -> Outcome:
        """An upload of the security or diagnostics log (N01)."""
        return await self._send("GetLog", logType=kind, requestId=request_id, log=log, retries=retries, retryInterval=retry_interval)

    async def signed_update_firmware(
        self, request_id: int, firmware: Mapping[str, Any], retries: int | None = None, retry_interval: int | None = None
    ) -> Outcome:
        """A download of firmware with its signature (L01)."""
        return await self._send(
            "SignedUpdateFirmware", requestId=request_id, firmware=firmware, retries=retries, retryInterval=retry_interval
        )

    async def _send(self, action: str, **payload: Any) -> Outcome:
        must_be_certified(action, self._profiles)
        given = {name: value for name, value in payload.items() if value is not None}
        return Outcome(action, await self._peer.request(action, given, self._timeout))


def _clears(number: int, set_up: Mapping[str, Any], profile_id: int | None, connector_id: int | None, wanted: Mapping[str, Any]) -> bool:
    """OCPP 1.6 section 5.5: an id decides alone; else everything that is given must apply."""
    if profile_id is not None:
        return number == profile_id
    if connector_id is not None and set_up["connectorId"] != connector_id:
        return False
    profile = set_up["csChargingProfiles"]
    return all(value is None or profile.get(name) == value for name, value in wanted.items())


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else ocpp_time(moment)
