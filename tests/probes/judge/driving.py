"""Hand-made transcripts of transactions: what a station tells while somebody charges, on a clock that goes on for hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from probes.judge.outcomes import Judgement, Outcome
from probes.wire.records import EventKind
from registry.certificates.facts import CertificateFacts, Severity
from tests.probes.judge.talk import CORE_KEYS, Talk, certificate

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
OWN, OTHER, GROUP = "tag:0000000000000001", "tag:0000000000000002", "tag:000000000000000f"

KEYS = {
    "LocalPreAuthorize": "false",
    "MeterValueSampleInterval": "0",
    "MeterValuesSampledData": "Energy.Active.Import.Register",
    "StopTxnSampledData": "",
    "StopTransactionOnEVSideDisconnect": "true",
    "UnlockConnectorOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
}
"""What is set otherwise than in `CORE_KEYS`."""


class Drive(Talk):
    """A station that has booted, told the statuses of its connectors and listed its settings. Every message has the time of its frame."""

    def __init__(
        self, connectors: int = 1, *, listed: bool = True, first: str = "Available", keys: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        super().__init__()
        self.event()
        self.boots()
        for number in range(connectors + 1):
            self.status(number, first if number else "Available")
        usual = {key: value for key, (value, _) in CORE_KEYS.items()}
        merged = {**usual, **KEYS, "NumberOfConnectors": str(connectors), **keys}
        self.settings = {key: (value, CORE_KEYS.get(key, ("", False))[1]) for key, value in merged.items() if value is not None}
        if listed:
            self.lists(self.settings)
            absent = [key for key in ("MinimumStatusDuration",) if key not in self.settings]
            self.lists(self.settings, asked=["MinimumStatusDuration"], unknown=absent)
        self.number = 100

    def _stamp(self) -> str:
        return self.at().isoformat()

    def at(self, ahead: float = 0.0) -> datetime:
        return BEGAN + timedelta(seconds=self.now + ahead)

    def waits(self, seconds: float) -> Drive:
        """Time passes, and the station is there."""
        self.now += seconds
        self.tells("Heartbeat", {}, {"currentTime": self._stamp()})
        return self

    def set(self, **settings: str) -> Drive:
        """The central system changes settings, and reads them back."""
        for key, value in settings.items():
            self.asks("ChangeConfiguration", {"key": key, "value": value}, {"status": "Accepted"})
            self.settings[key] = (value, False)
        self.lists(self.settings, asked=list(settings))
        return self

    def status(self, connector: int, status: str, **more: Any) -> Drive:
        self.tells(
            "StatusNotification", {"connectorId": connector, "status": status, "errorCode": "NoError", "timestamp": self._stamp()} | more
        )
        return self

    def authorizes(self, tag: str = OWN, status: str = "Accepted", parent: str | None = None) -> Drive:
        info = {"status": status} | ({"parentIdTag": parent} if parent else {})
        self.tells("Authorize", {"idTag": tag}, {"idTagInfo": info})
        return self

    def starts(
        self, tag: str = OWN, connector: int = 1, *, meter: int = 0, parent: str | None = None, number: int | None = None, **more: Any
    ) -> Drive:
        self.number = self.number + 1 if number is None else number
        info = {"status": "Accepted"} | ({"parentIdTag": parent} if parent else {})
        payload = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": self._stamp()} | more
        self.tells("StartTransaction", payload, {"transactionId": self.number, "idTagInfo": info})
        return self

    def stops(self, reason: str | None = "Local", *, number: int | None = None, meter: int = 1000, **more: Any) -> Drive:
        payload = {"transactionId": self.number if number is None else number, "meterStop": meter, "timestamp": self._stamp()}
        self.tells("StopTransaction", payload | ({"reason": reason} if reason else {}) | more)
        return self

    def measures(
        self, value: str, *, connector: int = 1, named: bool = True, number: int | None = None, at: datetime | None = None, **sampled: Any
    ) -> Drive:
        """MeterValues with one reading."""
        reading = {"value": value, "context": "Sample.Periodic", "measurand": "Energy.Active.Import.Register", "unit": "Wh"} | sampled
        reading = {name: told for name, told in reading.items() if told is not None}
        payload = {"connectorId": connector, "meterValue": [{"timestamp": (at or self.at()).isoformat(), "sampledValue": [reading]}]}
        self.tells("MeterValues", payload | ({"transactionId": self.number if number is None else number} if named else {}))
        return self

    def remotely(self, tag: str = OWN, connector: int | None = 1, status: str = "Accepted") -> Drive:
        payload = {"idTag": tag} | ({"connectorId": connector} if connector is not None else {})
        self.asks("RemoteStartTransaction", payload, {"status": status})
        return self

    def charges(self, connector: int = 1, tag: str = OWN, **more: Any) -> Drive:
        """A whole beginning, with a car first."""
        self.status(connector, "Preparing").authorizes(tag).starts(tag, connector, **more).status(connector, "Charging")
        return self

    def case(self, step: str = "begin") -> Drive:
        self.event(EventKind.AUDIT, {"case": "TC_000_CS", "step": step})
        return self

    def person(self, action: str, connector: int = 1) -> Drive:
        for step in ("asked", "done"):
            self.event(EventKind.AUDIT, {"person": action, "step": step, "connector": connector})
        return self

    def accused(self, facts: CertificateFacts | None = None) -> list[str]:
        """The causes that are named as errors."""
        return list(dict.fromkeys(j.subject or "" for j in self.judged(None, facts or FACTS) if j.accuses))

    def warned(self) -> list[str]:
        failed = (j for j in self.judged(None, FACTS) if j.outcome is Outcome.FAILED and j.severity is Severity.WARNING)
        return list(dict.fromkeys(judgement.subject or "" for judgement in failed))

    def outcomes(self, obligation: str) -> list[str]:
        return [str(judgement.outcome) for judgement in self.judged(obligation, FACTS)]

    def all_of(self, obligation: str) -> list[Judgement]:
        return self.judged(obligation, FACTS)


FACTS = certificate(configuration_keys=None, profiles={"Core": "Pass"})
