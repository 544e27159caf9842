"""The charging stations that an audit brings along, and how a case lets one answer otherwise than it would."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from probes.judge.certified import Certified
from probes.judge.rules.firmware import is_secured
from probes.station.config import PROFILES, SECURITY, StationConfig
from probes.wire.interception import Interception
from probes.wire.peer import Call, Reply, Result

VENDOR, MODEL = "OCPP-Registry", "Probe"
"""As which our stations introduce themselves: whoever runs the central system sees what they are."""

KEYS: Mapping[str, str] = {
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizationCacheEnabled": "false",
    "AuthorizeRemoteTxRequests": "true",
    "ClockAlignedDataInterval": "0",
    "ConnectionTimeOut": "20",
    "ConnectorPhaseRotation": "NotApplicable",
    "GetConfigurationMaxKeys": "50",
    "HeartbeatInterval": "300",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "false",
    "MeterValuesAlignedData": "Energy.Active.Import.Register",
    "MeterValuesSampledData": "Energy.Active.Import.Register",
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
    "SupportedFileTransferProtocols": "HTTP,HTTPS,FTP",
    "LocalAuthListEnabled": "true",
    "LocalAuthListMaxLength": "100",
    "SendLocalListMaxLength": "100",
    "ReserveConnectorZeroSupported": "true",
    "ChargeProfileMaxStackLevel": "10",
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargingScheduleMaxPeriods": "24",
    "MaxChargingProfilesInstalled": "10",
}
SECURITY_KEYS: Mapping[str, str] = {
    "AuthorizationKey": "",
    "SecurityProfile": "0",
    "CpoName": "Operator",
    "CertificateStoreMaxLength": "20",
    "AdditionalRootCertificateCheck": "false",
}


def probe_config(certified: Certified, patience: float, serial_number: str) -> StationConfig:
    """A station that can do everything that the central system is certified for; it waits `patience` seconds for answers."""
    secured = is_secured(certified)
    keys = {**KEYS, "MessageTimeout": str(max(1, round(patience)))}
    return StationConfig(
        vendor=VENDOR,
        model=MODEL,
        software_version="1",
        serial_number=serial_number[:25],
        connectors=2,
        profiles=(*PROFILES, SECURITY) if secured else PROFILES,
        keys={**keys, **SECURITY_KEYS} if secured else keys,
    )


class Overrides:
    """Answers that a case wants in place of the station's own, each once and in order, by action."""

    def __init__(self) -> None:
        self._wanted: dict[str, deque[Mapping[str, Any] | None]] = defaultdict(deque)
        self._late: dict[str, float] = {}

    def add(self, action: str, payload: Mapping[str, Any] | None) -> None:
        """The answer to the next request of this kind, of which the station then knows nothing; None: it does it, and says nothing."""
        self._wanted[action].append(payload)

    def delay(self, action: str, seconds: float) -> None:
        """From now on each answer to this kind of request comes so much later."""
        self._late[action] = seconds

    def clear(self) -> None:
        """From now on the station answers as it does."""
        self._wanted.clear()
        self._late.clear()

    def interception(self) -> Interception:
        """How they come between the station and the central system."""
        return Interception(replies=(self._silenced,), instead=(self._answered,))

    def _answered(self, call: Call) -> Reply | None:
        """What was wanted in place of what the station would do."""
        waiting = self._wanted.get(call.action)
        if not waiting or waiting[0] is None:
            return None
        return Result(dict(waiting.popleft() or {}))

    def _silenced(self, call: Call, reply: Reply) -> Reply | None:
        """The station's own answer, unless none at all was wanted."""
        waiting = self._wanted.get(call.action)
        if not waiting or waiting[0] is not None:
            return replace(reply, delay=self._late[call.action]) if call.action in self._late else reply
        waiting.popleft()
        return None
