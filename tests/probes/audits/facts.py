"""Certificates of made-up stations, from the least to the most that OCPP 1.6 knows, and the twins that keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probes.judge.catalogue import feature_profiles
from probes.station.config import StationConfig
from probes.twins import twin_of
from registry.certificates.facts import CertificateFacts, PerformanceRow

CORE_KEYS = {
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizationCacheEnabled": "true",
    "AuthorizeRemoteTxRequests": "true",
    "ClockAlignedDataInterval": "0",
    "ConnectionTimeOut": "30",
    "ConnectorPhaseRotation": "NotApplicable",
    "GetConfigurationMaxKeys": "20",
    "HeartbeatInterval": "300",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "false",
    "MeterValuesAlignedData": "Energy.Active.Import.Register",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
    "MeterValueSampleInterval": "60",
    "MinimumStatusDuration": "0",
    "ResetRetries": "1",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
    "StopTxnAlignedData": "",
    "StopTxnSampledData": "Energy.Active.Import.Register",
    "TransactionMessageAttempts": "3",
    "TransactionMessageRetryInterval": "10",
    "UnlockConnectorOnEVSideDisconnect": "true",
    "WebSocketPingInterval": "0",
}
PROFILE_KEYS = {
    "FirmwareManagement": {"SupportedFileTransferProtocols": "HTTP,HTTPS,FTP"},
    "LocalAuthListManagement": {"LocalAuthListEnabled": "true", "LocalAuthListMaxLength": "20", "SendLocalListMaxLength": "20"},
    "Reservation": {"ReserveConnectorZeroSupported": "true"},
    "SmartCharging": {
        "ChargeProfileMaxStackLevel": "5",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
        "ChargingScheduleMaxPeriods": "6",
        "MaxChargingProfilesInstalled": "6",
    },
    "RemoteTrigger": {},
}
SECURITY_KEYS = {"SecurityProfile": "0", "CpoName": "Operator", "CertificateStoreMaxLength": "5", "AdditionalRootCertificateCheck": "false"}


def facts_with(
    *profiles: str, connectors: int = 1, keys: Mapping[str, str | None] | None = None, fixed_cable: bool = False, security: bool = False
) -> CertificateFacts:
    """A certificate for Core and these profiles (identifiers), N/A for the others; `keys` beside the usual ones (None: not there).

    With `security` also for the security extension.
    """
    passed = {"Core", *profiles}
    rows: dict[str, str | None] = {facts.certificate_name: "Pass" if facts.identifier in passed else "N/A" for facts in feature_profiles()}
    supported = ",".join(facts.identifier for facts in feature_profiles() if facts.identifier in passed)
    declared = {**CORE_KEYS, "NumberOfConnectors": str(connectors), "SupportedFeatureProfiles": supported}
    for profile in profiles:
        declared.update(PROFILE_KEYS[profile])
    declared.update(SECURITY_KEYS if security else {})
    # A fixed cable cannot be unlocked.
    declared.update({"UnlockConnectorOnEVSideDisconnect": "false"} if fixed_cable else {})
    merged: dict[str, str | None] = {**declared, **(keys or {})}
    return CertificateFacts(
        number="OCA.0016.9900.CS",
        kind="Full",
        protocol="OCPP 1.6",
        errata="v4.0 Release, 2019-10-23",
        role="CS",
        holder="Example Chargers",
        designation="Example One",
        model="Example One",
        vendor_name="Example Chargers",
        software_version="1.2.3",
        profiles={**rows, **({"Security": "Pass"} if security else {})},
        performance=(
            PerformanceRow("OCPP response timeout", 10, 1),
            PerformanceRow("OCPP triggered function timeout", 60, 5),
            PerformanceRow("Response time RemoteStartTransaction", 10, 1),
        ),
        hardware={"Socket(s) / connector(s)": str(connectors), "Fixed cable": "Yes" if fixed_cable else "No", "RFID readers": "Single"},
        configuration_keys={key: value for key, value in merged.items() if value is not None},
    )


def secured_facts(profile: int, connectors: int = 1) -> CertificateFacts:
    """A certificate for all feature profiles of a station with this security profile."""
    keys = {"SecurityProfile": str(profile), "AuthorizationKey": ""}
    return facts_with(*PROFILE_KEYS, connectors=connectors, keys=keys, security=True)


def full_facts(connectors: int = 2, *, fixed_cable: bool = False, security: bool = False) -> CertificateFacts:
    """A certificate for all feature profiles."""
    return facts_with(*PROFILE_KEYS, connectors=connectors, fixed_cable=fixed_cable, security=security)


def twin_with(facts: CertificateFacts, phases: int = 1) -> StationConfig:
    """The twin of this certificate, wired with so many phases."""
    return replace(twin_of(facts), phases=phases)
