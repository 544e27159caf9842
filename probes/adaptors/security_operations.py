"""What an audit can have a CSMS send of the security extension (security white paper, chapter 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from probes.adaptors.operation import Operation, also, at_connector, moment, retried


@dataclass(frozen=True)
class ExtendedTriggerMessage(Operation):
    """Have the station send a message, also one of the security extension (white paper, A02, A05)."""

    requested_message: str
    connector_id: int | None = None

    action: ClassVar[str] = "ExtendedTriggerMessage"

    def _says(self) -> str:
        return f"Trigger the message {self.requested_message}{at_connector(self.connector_id)} with an extended trigger message"


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
        times = (("beginning", moment(self.oldest)), ("end", moment(self.latest)), ("request id", self.request_id))
        return (
            f"Get the {self.kind} of the station{also(('to', self.remote_location), *times, *retried(self.retries, self.retry_interval))}"
        )


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
        times = (("at", moment(self.retrieve_date)), ("installed at", moment(self.install_date)), ("request id", self.request_id))
        signed = ", signed as enclosed" if self.enclosure() else ""
        told = also(("from", self.location), *times, *retried(self.retries, self.retry_interval))
        return f"Update the firmware of the station with a signed update{told}{signed}"

    def _encloses(self) -> str:
        parts = (("Certificate", self.signing_certificate), ("Signature", self.signature))
        return "\n".join(f"{name}:\n{value}" for name, value in parts if value)


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
