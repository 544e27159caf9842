"""Hand-made transcripts: what a station and a CSMS say to each other, frame by frame, with the seconds between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.judge.obligations import judge, view_of
from probes.judge.outcomes import Judgement, View
from probes.wire.clock import rfc3339
from probes.wire.envelope import read_envelope
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, Record
from registry.certificates.facts import CertificateFacts, PerformanceRow

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

STATION, CSMS = Direction.FROM_STATION, Direction.FROM_CSMS

CORE_KEYS: dict[str, tuple[str, bool]] = {
    "AuthorizeRemoteTxRequests": ("FALSE", False),
    "ClockAlignedDataInterval": ("0", False),
    "ConnectionTimeOut": ("30", False),
    "ConnectorPhaseRotation": ("NotApplicable", False),
    "GetConfigurationMaxKeys": ("20", True),
    "HeartbeatInterval": ("20", False),
    "LocalAuthorizeOffline": ("FALSE", False),
    "LocalPreAuthorize": ("FALSE", False),
    "MeterValuesAlignedData": ("Energy.Active.Import.Register", False),
    "MeterValuesSampledData": ("Energy.Active.Import.Register,Voltage", False),
    "MeterValueSampleInterval": ("15", False),
    "NumberOfConnectors": ("1", True),
    "ResetRetries": ("0", False),
    "StopTransactionOnInvalidId": ("FALSE", False),
    "StopTxnAlignedData": ("", False),
    "StopTxnSampledData": ("Energy.Active.Import.Register", False),
    "SupportedFeatureProfiles": ("Core", True),
    "TransactionMessageAttempts": ("0", False),
    "TransactionMessageRetryInterval": ("15", False),
    "UnlockConnectorOnEVSideDisconnect": ("FALSE", False),
}
"""Every key that chapter 9.1 requires of a Core station (with its errata), value and readonly."""

NOT_CERTIFIED = ("Firmware Management", "Smart Charging", "Reservation", "Local Authorization List Management", "Remote Trigger")


def certificate(**changes: Any) -> CertificateFacts:
    """A Core-only certificate whose keys are `CORE_KEYS` without the empty ones."""
    values: dict[str, Any] = {
        "number": "OCA.0016.9999.CS",
        "role": "CS",
        "protocol": "OCPP 1.6",
        "vendor_name": "Example Chargers",
        "model": "EX-1",
        "software_version": "V1.2.3",
        "profiles": {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A"),
        "performance": (
            PerformanceRow("OCPP response timeout", 10, 4),
            PerformanceRow("Response time RemoteStartTransaction", 10, 4),
        ),
        "configuration_keys": {key: value or None for key, (value, _) in CORE_KEYS.items()},
    }
    return CertificateFacts(**(values | changes))


class Talk:
    """Writes records; every frame comes `step` seconds after the one before."""

    def __init__(self, step: float = 0.1) -> None:
        self.records: list[Record] = []
        self.step = step
        self.now = 0.0
        self._ids = 0

    def event(self, kind: EventKind = EventKind.OPEN, detail: dict[str, Any] | None = None) -> Talk:
        self.now += self.step
        self.records.append(ConnectionEvent(len(self.records) + 1, self.stamp(), self.now, "CP1", kind, detail or {}))
        return self

    def frame(self, direction: Direction, raw: str) -> int:
        self.now += self.step
        envelope = read_envelope(raw)
        seq = len(self.records) + 1
        frame = Frame(seq, self.stamp(), self.now, "CP1", direction, envelope.message_type, envelope.message_id, envelope.action, raw)
        self.records.append(frame)
        return seq

    def stamp(self) -> str:
        """Now, as it stands in a message."""
        return rfc3339(BEGINNING + timedelta(seconds=self.now))

    def _id(self) -> str:
        self._ids += 1
        return f"m{self._ids}"

    def asks(
        self, action: str, payload: dict[str, Any], answer: dict[str, Any] | str | None, *, by: Direction = CSMS, after: float = 0.0
    ) -> tuple[int, ...]:
        """A call and its answer: an object is a CALLRESULT, a text the code of a CALLERROR, None no answer. Gives the frame numbers."""
        message_id = self._id()
        call = self.frame(by, json.dumps([2, message_id, action, payload]))
        self.now += after
        other = CSMS if by is STATION else STATION
        if answer is None:
            return (call,)
        if isinstance(answer, str):
            return call, self.frame(other, json.dumps([4, message_id, answer, "", {}]))
        return call, self.frame(other, json.dumps([3, message_id, answer]))

    def tells(self, action: str, payload: dict[str, Any], answer: dict[str, Any] | None = None) -> tuple[int, ...]:
        """A call of the station and its answer."""
        return self.asks(action, payload, answer or {}, by=STATION)

    def boots(self, firmware: str = "V1.2.3", interval: int = 20, **more: Any) -> tuple[int, ...]:
        payload = {"chargePointVendor": "Example Chargers", "chargePointModel": "EX-1", "firmwareVersion": firmware} | more
        return self.tells("BootNotification", payload, {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": interval})

    def reports(self, connector: int, status: str = "Available") -> tuple[int, ...]:
        return self.tells("StatusNotification", {"connectorId": connector, "status": status, "errorCode": "NoError"})

    def lists(
        self,
        keys: dict[str, tuple[str, bool]] | None = None,
        *,
        asked: Sequence[str] = (),
        unknown: Sequence[str] = (),
    ) -> tuple[int, ...]:
        """GetConfiguration and its answer: all of `keys` when nothing was asked for by name."""
        known = CORE_KEYS if keys is None else keys
        shown = {key: known[key] for key in asked if key in known} if asked else known
        answer: dict[str, Any] = {
            "configurationKey": [{"key": key, "value": value, "readonly": readonly} for key, (value, readonly) in shown.items()]
        }
        if unknown:
            answer["unknownKey"] = list(unknown)
        return self.asks("GetConfiguration", {"key": list(asked)} if asked else {}, answer)

    def view(self, facts: CertificateFacts | None = None) -> View:
        return view_of(self.records, facts or certificate())

    def judged(self, obligation: str | None = None, facts: CertificateFacts | None = None) -> list[Judgement]:
        return [judgement for judgement in judge(self.view(facts)) if obligation in {None, judgement.obligation}]


def idle_station() -> Talk:
    """A station that has booted, reported its one connector and listed its keys."""
    talk = Talk().event()
    talk.boots()
    talk.reports(0)
    talk.reports(1)
    talk.lists()
    return talk
