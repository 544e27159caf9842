"""One of every operation with all that it can want, and one of each that leaves to the CSMS what can be left to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from probes.adaptors.operations import (
    CancelReservation,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearChargingProfile,
    DataTransfer,
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetCompositeSchedule,
    GetConfiguration,
    GetDiagnostics,
    GetInstalledCertificateIds,
    GetLocalListVersion,
    GetLog,
    InstallCertificate,
    Operation,
    RemoteStartTransaction,
    RemoteStopTransaction,
    ReserveNow,
    Reset,
    SendLocalList,
    SetChargingProfile,
    SignedUpdateFirmware,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)

WHEN = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "a1", "issuerKeyHash": "b2", "serialNumber": "c3"}


def profile(**more: Any) -> dict[str, Any]:
    """A charging profile without its id."""
    period = {"startPeriod": 0, "limit": 6.5, "numberPhases": 3}
    return {
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {"chargingRateUnit": "A", "duration": 600, "chargingSchedulePeriod": [period]},
        **more,
    }


FULL: tuple[Operation, ...] = (
    RemoteStartTransaction("TAG1", 2, profile(chargingProfileId=7)),
    RemoteStopTransaction(4711),
    Reset("Hard"),
    UnlockConnector(1),
    ChangeAvailability(0, "Inoperative"),
    ChangeConfiguration("MeterValueSampleInterval", "60"),
    GetConfiguration(("HeartbeatInterval", "Own,Key")),
    ClearCache(),
    DataTransfer("vendor", "message", "data"),
    ReserveNow(1, "TAG1", WHEN, 12, "GROUP"),
    CancelReservation(12),
    GetLocalListVersion(),
    SendLocalList("Differential", ({"idTag": "TAG1", "idTagInfo": {"status": "Accepted"}}, {"idTag": "TAG2"}), 3),
    SetChargingProfile(1, profile(chargingProfileId=7, transactionId=4711)),
    ClearChargingProfile(7, 1, "TxDefaultProfile", 0),
    GetCompositeSchedule(1, 300, "W"),
    TriggerMessage("MeterValues", 1),
    ExtendedTriggerMessage("SignChargePointCertificate", 1),
    UpdateFirmware("https://files.example/f.bin", WHEN, 2, 30),
    GetDiagnostics("ftp://files.example/in", 2, 30, WHEN, WHEN),
    GetLog("SecurityLog", "https://files.example/in", WHEN, WHEN, 5, 2, 30),
    SignedUpdateFirmware("https://files.example/f.bin", WHEN, PEM, "c2ln", WHEN, 5, 2, 30),
    InstallCertificate("CentralSystemRootCertificate", PEM),
    DeleteCertificate(HASHES),
    GetInstalledCertificateIds("ManufacturerRootCertificate"),
)

SPARSE: tuple[Operation, ...] = (
    RemoteStartTransaction("TAG1"),
    GetConfiguration(),
    DataTransfer("vendor"),
    ReserveNow(0, "TAG1", WHEN),
    SendLocalList("Full", ()),
    SendLocalList("Full"),
    SetChargingProfile(1, profile()),
    ClearChargingProfile(),
    GetCompositeSchedule(0, 300),
    TriggerMessage("Heartbeat"),
    ExtendedTriggerMessage("Heartbeat"),
    UpdateFirmware("https://files.example/f.bin"),
    GetDiagnostics("ftp://files.example/in"),
    GetLog("DiagnosticsLog", "https://files.example/in"),
    SignedUpdateFirmware("https://files.example/f.bin", signing_certificate=PEM, signature="c2ln"),
)
