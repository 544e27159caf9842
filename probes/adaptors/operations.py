"""What an audit can have a CSMS send: one typed operation per action of OCPP 1.6 chapter 5 and of the security white paper, chapter 5.

A field that is None (or, in a list, not there) is left to the CSMS. CertificateSigned is none of them: a CSMS sends it by itself, as the
answer to SignCertificate. Pure: no socket, no clock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from probes.wire.clock import ocpp_time


class Operation(ABC):
    """One request that a CSMS is to send. A field is named as in OCPP's JSON but for what `_fields` tells."""

    action: ClassVar[str]
    """The name of the action in OCPP."""
    _fields: ClassVar[Mapping[str, str]] = {}

    def payload(self) -> dict[str, Any]:
        """What the request is to carry, in the names and types of OCPP's JSON; only what is wanted."""
        return _as_json(vars(self), self._fields)

    def sentence(self) -> str:
        """The wish in plain words for a person at the CSMS's user interface, with every value that matters; without a full stop."""
        return self._says()

    def enclosure(self) -> str:
        """A text that goes with the sentence because it is too long for it (a certificate in PEM); empty if there is none."""
        return self._encloses()

    @abstractmethod
    def _says(self) -> str: ...

    def _encloses(self) -> str:
        return ""


def _as_json(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What of `values` is given, by its name in OCPP: the one in `names`, or `connectorId` for `connector_id`; `log/x` is in `log`."""
    payload: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            *parents, last = (names.get(name) or _camel(name)).split("/")
            place = payload
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = _plain(value)
    return payload


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return ocpp_time(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else ocpp_time(moment)


def _at(connector: int | None) -> str:
    if connector is None:
        return ""
    return " for the station as a whole (connector 0)" if connector == 0 else f" on connector {connector}"


def _also(*parts: tuple[str, object]) -> str:
    """`, retries: 3` for every part that is given."""
    return "".join(f", {name}: {value}" for name, value in parts if value is not None)


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
        return f"Start a charging session remotely{_at(self.connector_id)} with the tag {self.id_tag}{profile}"


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
        return f"Change the availability to {self.kind}{_at(self.connector_id)}"


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
        return f"Send a data transfer with the vendor id {self.vendor_id}{_also(('message id', self.message_id), ('data', self.data))}"


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
        more = _also(("parent tag", self.parent_id_tag), ("reservation id", self.reservation_id))
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
    more = _also(("parent tag", info.get("parentIdTag")), ("until", info.get("expiryDate")))
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
        return f"Set a charging profile{_at(self.connector_id)}: {_profile(self.profile)}"


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
    phases = f" on {period['numberPhases']} phases" if "numberPhases" in period else ""
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
        which = _also(
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
        return f"Ask for the composite schedule{_at(self.connector_id)} for the next {self.duration} seconds{unit}"


# --- Remote trigger


@dataclass(frozen=True)
class TriggerMessage(Operation):
    """Have the station send a message (section 5.17)."""

    requested_message: str
    connector_id: int | None = None

    action: ClassVar[str] = "TriggerMessage"

    def _says(self) -> str:
        return f"Trigger the message {self.requested_message}{_at(self.connector_id)}"


@dataclass(frozen=True)
class ExtendedTriggerMessage(Operation):
    """Have the station send a message, also one of the security extension (white paper, A02, A05)."""

    requested_message: str
    connector_id: int | None = None

    action: ClassVar[str] = "ExtendedTriggerMessage"

    def _says(self) -> str:
        return f"Trigger the message {self.requested_message}{_at(self.connector_id)} with an extended trigger message"


# --- Firmware and logs


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
        return f"{begin}{_also(('from', self.location), ('at', _time(self.retrieve_date)), *_retried(self))}"


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
        times = (("beginning", _time(self.start_time)), ("end", _time(self.stop_time)))
        return f"Get the diagnostics of the station{_also(('to', self.location), *times, *_retried(self))}"


@dataclass(frozen=True)
class GetLog(Operation):
    """Have a log put to `remote_location` (white paper, N01); `kind` is DiagnosticsLog or SecurityLog; retry interval in seconds."""

    kind: str
    remote_location: str | None = None
    oldest: datetime | None = None
    latest: datetime | None = None
    request_id: int | None = None
    retries: int | None = None
    retry_interval: int | None = None

    action: ClassVar[str] = "GetLog"
    _fields: ClassVar[Mapping[str, str]] = {
        "kind": "logType",
        "remote_location": "log/remoteLocation",
        "oldest": "log/oldestTimestamp",
        "latest": "log/latestTimestamp",
    }

    def _says(self) -> str:
        times = (("beginning", _time(self.oldest)), ("end", _time(self.latest)), ("request id", self.request_id))
        return f"Get the {self.kind} of the station{_also(('to', self.remote_location), *times, *_retried(self))}"


@dataclass(frozen=True)
class SignedUpdateFirmware(Operation):
    """Have signed firmware fetched and installed (white paper, L01): certificate in PEM, signature in Base64."""

    location: str | None = None
    retrieve_date: datetime | None = None
    signing_certificate: str | None = None
    signature: str | None = None
    install_date: datetime | None = None
    request_id: int | None = None
    retries: int | None = None
    retry_interval: int | None = None

    action: ClassVar[str] = "SignedUpdateFirmware"
    _fields: ClassVar[Mapping[str, str]] = {
        "location": "firmware/location",
        "retrieve_date": "firmware/retrieveDateTime",
        "install_date": "firmware/installDateTime",
        "signing_certificate": "firmware/signingCertificate",
        "signature": "firmware/signature",
    }

    def _says(self) -> str:
        times = (("at", _time(self.retrieve_date)), ("installed at", _time(self.install_date)), ("request id", self.request_id))
        signed = ", signed as enclosed" if self.enclosure() else ""
        return f"Update the firmware of the station with a signed update{_also(('from', self.location), *times, *_retried(self))}{signed}"

    def _encloses(self) -> str:
        parts = (("Certificate", self.signing_certificate), ("Signature", self.signature))
        return "\n".join(f"{name}:\n{value}" for name, value in parts if value)


def _retried(operation: UpdateFirmware | GetDiagnostics | GetLog | SignedUpdateFirmware) -> tuple[tuple[str, object], ...]:
    return ("retries", operation.retries), ("seconds between retries", operation.retry_interval)


# --- Certificates


@dataclass(frozen=True)
class InstallCertificate(Operation):
    """Install a root certificate (white paper, M05): `kind` CentralSystemRootCertificate or ManufacturerRootCertificate, in PEM.

    Without a certificate the CSMS chooses one.
    """

    kind: str
    certificate: str | None = None

    action: ClassVar[str] = "InstallCertificate"
    _fields: ClassVar[Mapping[str, str]] = {"kind": "certificateType"}

    def _says(self) -> str:
        which = "a certificate of your choice" if self.certificate is None else "the enclosed certificate"
        return f"Install {which} at the station as {self.kind}"

    def _encloses(self) -> str:
        return self.certificate or ""


@dataclass(frozen=True)
class DeleteCertificate(Operation):
    """Take a root certificate away (white paper, M04), named by its hashes as in OCPP's JSON."""

    certificate_hash_data: Mapping[str, Any]

    action: ClassVar[str] = "DeleteCertificate"

    def _says(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.certificate_hash_data.items())
        return f"Delete the root certificate with {told} from the station"


@dataclass(frozen=True)
class GetInstalledCertificateIds(Operation):
    """Ask which root certificates of one kind the station has (white paper, M03)."""

    kind: str

    action: ClassVar[str] = "GetInstalledCertificateIds"
    _fields: ClassVar[Mapping[str, str]] = {"kind": "certificateType"}

    def _says(self) -> str:
        return f"Ask the station for the ids of its installed certificates of the type {self.kind}"


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
