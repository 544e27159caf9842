"""What an audit can have a CSMS send: one typed operation per action of OCPP 1.6 chapter 5, and all by name.

A field that is None (or, in a structure, not there) is left to the CSMS. CertificateSigned is none of them: a CSMS sends it by itself,
as the answer to SignCertificate. Pure: no socket, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from probes.adaptors.operation import Operation, also, at_connector, moment, retried
from probes.adaptors.security_operations import (
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    GetLog,
    InstallCertificate,
    SignedUpdateFirmware,
)
from probes.wire.clock import ocpp_time

__all__ = [
    "OPERATIONS",
    "CancelReservation",
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "ClearChargingProfile",
    "DataTransfer",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetDiagnostics",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetLog",
    "InstallCertificate",
    "Operation",
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "ReserveNow",
    "Reset",
    "SendLocalList",
    "SetChargingProfile",
    "SignedUpdateFirmware",
    "TriggerMessage",
    "UnlockConnector",
    "UpdateFirmware",
]

# --- Core


@dataclass(frozen=True)
class RemoteStartTransaction(Operation):
    """Start a transaction (section 5.11), with a charging profile of purpose TxProfile if one is given."""

    id_tag: str
    connector_id: int | None = None
    charging_profile: Mapping[str, Any] | None = None

    action: ClassVar[str] = "RemoteStartTransaction"

    def _says(self) -> str:
        profile = "" if self.charging_profile is None else f", and send this charging profile along: {_profile(self.charging_profile)}"
        return f"Start a charging session remotely{at_connector(self.connector_id)} with the tag {self.id_tag}{profile}"


@dataclass(frozen=True)
class RemoteStopTransaction(Operation):
    """Stop a transaction (section 5.12)."""

    transaction_id: int

    action: ClassVar[str] = "RemoteStopTransaction"

    def _says(self) -> str:
        return f"Stop the charging session with the transaction id {self.transaction_id} remotely"


@dataclass(frozen=True)
class Reset(Operation):
    """Restart the station (section 5.14); `kind` is Soft or Hard."""

    kind: str

    action: ClassVar[str] = "Reset"
    _fields: ClassVar[Mapping[str, str]] = {"kind": "type"}

    def _says(self) -> str:
        return f"Restart the station with a {self.kind} reset"


@dataclass(frozen=True)
class UnlockConnector(Operation):
    """Let go of the cable (section 5.18)."""

    connector_id: int

    action: ClassVar[str] = "UnlockConnector"

    def _says(self) -> str:
        return f"Unlock connector {self.connector_id}"


@dataclass(frozen=True)
class ChangeAvailability(Operation):
    """Take a connector, or with 0 the station, into or out of service (section 5.2); `kind` is Operative or Inoperative."""

    connector_id: int
    kind: str

    action: ClassVar[str] = "ChangeAvailability"
    _fields: ClassVar[Mapping[str, str]] = {"kind": "type"}

    def _says(self) -> str:
        return f"Change the availability to {self.kind}{at_connector(self.connector_id)}"


@dataclass(frozen=True)
class ChangeConfiguration(Operation):
    """Set a configuration key (section 5.3); without `value` the CSMS chooses one, as a new password."""

    key: str
    value: str | None = None

    action: ClassVar[str] = "ChangeConfiguration"

    def _says(self) -> str:
        value = "a new value of your choice" if self.value is None else self.value or "an empty value"
        return f"Set the configuration key {self.key} to {value}"


@dataclass(frozen=True)
class GetConfiguration(Operation):
    """Read the named configuration keys, or all (section 5.8)."""

    keys: tuple[str, ...] | None = None

    action: ClassVar[str] = "GetConfiguration"
    _fields: ClassVar[Mapping[str, str]] = {"keys": "key"}

    def _says(self) -> str:
        if not self.keys:
            return "Read all configuration keys of the station"
        return f"Read the configuration key{'s' if len(self.keys) > 1 else ''} {', '.join(self.keys)}, and no other"


@dataclass(frozen=True)
class ClearCache(Operation):
    """Empty the authorization cache (section 5.4)."""

    action: ClassVar[str] = "ClearCache"

    def _says(self) -> str:
        return "Clear the authorization cache of the station"


@dataclass(frozen=True)
class DataTransfer(Operation):
    """Send a vendor's own message (section 5.6)."""

    vendor_id: str
    message_id: str | None = None
    data: str | None = None

    action: ClassVar[str] = "DataTransfer"

    def _says(self) -> str:
        return f"Send a data transfer with the vendor id {self.vendor_id}{also(('message id', self.message_id), ('data', self.data))}"


# --- Reservation


@dataclass(frozen=True)
class ReserveNow(Operation):
    """Keep a connector, or with 0 any one, for a tag until `expiry_date` (section 5.13); without an id the CSMS chooses it."""

    connector_id: int
    id_tag: str
    expiry_date: datetime
    reservation_id: int | None = None
    parent_id_tag: str | None = None

    action: ClassVar[str] = "ReserveNow"

    def _says(self) -> str:
        what = "any connector (connector 0)" if self.connector_id == 0 else f"connector {self.connector_id}"
        more = also(("parent tag", self.parent_id_tag), ("reservation id", self.reservation_id))
        return f"Reserve {what} for the tag {self.id_tag} until {ocpp_time(self.expiry_date)}{more}"


@dataclass(frozen=True)
class CancelReservation(Operation):
    """Give a reserved connector free (section 5.1)."""

    reservation_id: int

    action: ClassVar[str] = "CancelReservation"

    def _says(self) -> str:
        return f"Cancel the reservation with the id {self.reservation_id}"


# --- Local authorization list


@dataclass(frozen=True)
class GetLocalListVersion(Operation):
    """Ask which version of the list the station has (section 5.10)."""

    action: ClassVar[str] = "GetLocalListVersion"

    def _says(self) -> str:
        return "Ask the station for the version of its local authorization list"


@dataclass(frozen=True)
class SendLocalList(Operation):
    """Send a list, `update_type` Full or Differential (section 5.15). Without a version the CSMS counts, without `entries` it chooses them.

    An entry is AuthorizationData in OCPP's JSON: idTag, and idTagInfo unless the tag is to be taken off the list.
    """

    update_type: str
    entries: Sequence[Mapping[str, Any]] | None = None
    version: int | None = None

    action: ClassVar[str] = "SendLocalList"
    _fields: ClassVar[Mapping[str, str]] = {"version": "listVersion", "entries": "localAuthorizationList"}

    def _says(self) -> str:
        version = "" if self.version is None else f" as version {self.version}"
        return f"Send the local authorization list{version} with the update type {self.update_type}{self._what()}"

    def _what(self) -> str:
        if self.entries is None:
            return ""
        return f", with {'; '.join(_entry(each) for each in self.entries)}" if self.entries else ", with no entries at all"


def _entry(entry: Mapping[str, Any]) -> str:
    info = entry.get("idTagInfo")
    if info is None:
        return f"the tag {entry['idTag']} taken off"
    more = also(("parent tag", info.get("parentIdTag")), ("until", info.get("expiryDate")))
    return f"the tag {entry['idTag']} ({info['status']}{more})"


# --- Smart charging


@dataclass(frozen=True)
class SetChargingProfile(Operation):
    """Install a charging profile (section 5.16), given as in OCPP's JSON; ids that are not in it the CSMS chooses."""

    connector_id: int
    profile: Mapping[str, Any]

    action: ClassVar[str] = "SetChargingProfile"
    _fields: ClassVar[Mapping[str, str]] = {"profile": "csChargingProfiles"}

    def _says(self) -> str:
        return f"Set a charging profile{at_connector(self.connector_id)}: {_profile(self.profile)}"


def _profile(profile: Mapping[str, Any]) -> str:
    names = {
        "purpose": "chargingProfilePurpose",
        "kind": "chargingProfileKind",
        "recurring": "recurrencyKind",
        "stack level": "stackLevel",
        "profile id": "chargingProfileId",
        "transaction id": "transactionId",
        "valid from": "validFrom",
        "valid to": "validTo",
    }
    schedule = profile.get("chargingSchedule") or {}
    told = [f"{name} {profile[field]}" for name, field in names.items() if field in profile]
    limits = "; ".join(_period(each, schedule.get("chargingRateUnit", "")) for each in schedule.get("chargingSchedulePeriod", ()))
    in_schedule = {"beginning": "startSchedule", "seconds in all": "duration", "minimum charging rate": "minChargingRate"}
    told += [f"{name} {schedule[field]}" for name, field in in_schedule.items() if field in schedule]
    return ", ".join([*told, *([f"limits: {limits}"] if limits else [])])


def _period(period: Mapping[str, Any], unit: str) -> str:
    phases = f", phases: {period['numberPhases']}" if "numberPhases" in period else ""
    return f"{period['limit']:g} {unit} from second {period['startPeriod']}{phases}"


@dataclass(frozen=True)
class ClearChargingProfile(Operation):
    """Take away the profiles to which all that is given applies; with nothing given, all (section 5.5)."""

    profile_id: int | None = None
    connector_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None

    action: ClassVar[str] = "ClearChargingProfile"
    _fields: ClassVar[Mapping[str, str]] = {"profile_id": "id", "purpose": "chargingProfilePurpose"}

    def _says(self) -> str:
        which = also(
            ("profile id", self.profile_id),
            ("connector", self.connector_id),
            ("purpose", self.purpose),
            ("stack level", self.stack_level),
        )
        return f"Clear the charging profiles with {which.removeprefix(', ')}" if which else "Clear all charging profiles of the station"


@dataclass(frozen=True)
class GetCompositeSchedule(Operation):
    """Ask what all profiles come to in the next `duration` seconds (section 5.7), in A or W if `unit` is given."""

    connector_id: int
    duration: int
    unit: str | None = None

    action: ClassVar[str] = "GetCompositeSchedule"
    _fields: ClassVar[Mapping[str, str]] = {"unit": "chargingRateUnit"}

    def _says(self) -> str:
        unit = "" if self.unit is None else f", in {self.unit}"
        return f"Ask for the composite schedule{at_connector(self.connector_id)} for the next {self.duration} seconds{unit}"


# --- Remote trigger


@dataclass(frozen=True)
class TriggerMessage(Operation):
    """Have the station send a message (section 5.17)."""

    requested_message: str
    connector_id: int | None = None

    action: ClassVar[str] = "TriggerMessage"

    def _says(self) -> str:
        return f"Trigger the message {self.requested_message}{at_connector(self.connector_id)}"


# --- Firmware and diagnostics


@dataclass(frozen=True)
class UpdateFirmware(Operation):
    """Have firmware fetched from `location` and installed (section 5.19); retry interval in seconds."""

    location: str | None = None
    retrieve_date: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None

    action: ClassVar[str] = "UpdateFirmware"

    def _says(self) -> str:
        begin = "Update the firmware of the station, without a signature"
        return f"{begin}{also(('from', self.location), ('at', moment(self.retrieve_date)), *retried(self.retries, self.retry_interval))}"


@dataclass(frozen=True)
class GetDiagnostics(Operation):
    """Have diagnostics put to `location`, from `start_time` to `stop_time` (section 5.9); retry interval in seconds."""

    location: str | None = None
    retries: int | None = None
    retry_interval: int | None = None
    start_time: datetime | None = None
    stop_time: datetime | None = None

    action: ClassVar[str] = "GetDiagnostics"

    def _says(self) -> str:
        times = (("beginning", moment(self.start_time)), ("end", moment(self.stop_time)))
        return f"Get the diagnostics of the station{also(('to', self.location), *times, *retried(self.retries, self.retry_interval))}"


OPERATIONS: dict[str, type[Operation]] = {
    each.action: each
    for each in (
        RemoteStartTransaction,
        RemoteStopTransaction,
        Reset,
        UnlockConnector,
        ChangeAvailability,
        ChangeConfiguration,
        GetConfiguration,
        ClearCache,
        DataTransfer,
        ReserveNow,
        CancelReservation,
        GetLocalListVersion,
        SendLocalList,
        SetChargingProfile,
        ClearChargingProfile,
        GetCompositeSchedule,
        TriggerMessage,
        ExtendedTriggerMessage,
        UpdateFirmware,
        GetDiagnostics,
        GetLog,
        SignedUpdateFirmware,
        InstallCertificate,
        DeleteCertificate,
        GetInstalledCertificateIds,
    )
}
"""The operations by the name of their action."""
