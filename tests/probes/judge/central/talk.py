"""Hand-made transcripts of an audit of a central system: what its stations and the central system say, with what the audit notes beside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from probes.judge.central.judging import judge_central
from probes.judge.central.view import LEAVES, CentralView, central_view
from probes.judge.certified import Certified
from probes.judge.outcomes import Judgement
from probes.wire.records import EventKind
from registry.certificates.facts import CertificateFacts, PerformanceRow
from tests.probes.judge import talk

STATION, CSMS = talk.STATION, talk.CSMS

PROFILES = (
    "Core",
    "Firmware Management",
    "Smart Charging",
    "Reservation",
    "Local Authorization List Management",
    "Remote Trigger",
)


def certificate(**changes: Any) -> CertificateFacts:
    """A certificate of a central system with all six feature profiles, and 10 s for every answer."""
    values: dict[str, Any] = {
        "number": "OCA.0016.9999.CSMS",
        "role": "CSMS",
        "protocol": "OCPP 1.6",
        "profiles": dict.fromkeys(PROFILES, "Pass"),
        "performance": (PerformanceRow("OCPP response timeout", 10, 4), PerformanceRow("Response time Authorize", 10, 4)),
        "errata": "v4.0 Release, 2019-10-23",
    }
    return CertificateFacts(**(values | changes))


class CentralTalk(talk.Talk):
    """Writes records of the station `CP1`; every frame comes `step` seconds after the one before."""

    def given(self, **tags: str) -> CentralTalk:
        """What was said of tags: their state by tag."""
        self.event(EventKind.AUDIT, {"given": dict(tags)})
        return self

    def booted(self, status: str = "Accepted") -> CentralTalk:
        """A connection, and the registration of the station."""
        self.event()
        self.registers(status)
        return self

    def registers(self, status: str = "Accepted") -> tuple[int, ...]:
        """The registration alone."""
        payload = {"chargePointVendor": "V", "chargePointModel": "M"}
        return self.tells("BootNotification", payload, {"status": status, "currentTime": self.stamp(), "interval": 300})

    def says(
        self, action: str, payload: Mapping[str, Any], answer: Mapping[str, Any] | str | None, *, after: float = 0.0
    ) -> tuple[int, ...]:
        """A call of the station: answered with an object, with the code of a CALLERROR, or not at all."""
        told = answer if answer is None or isinstance(answer, str) else dict(answer)
        return self.asks(action, dict(payload), told, by=STATION, after=after)

    def starts(
        self, number: int | None, tag: str = "TAG", status: str = "Accepted", *, connector: int = 1, at: str = "2026-01-01T00:00:00Z"
    ) -> tuple[int, ...]:
        """A StartTransaction and its answer."""
        payload = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": at}
        answer = {"idTagInfo": {"status": status}} | ({"transactionId": number} if number is not None else {})
        return self.says("StartTransaction", payload, answer)

    def stops(self, number: int, answer: Mapping[str, Any] | str | None = None) -> tuple[int, ...]:
        """A StopTransaction and its answer."""
        payload = {"transactionId": number, "meterStop": 1, "timestamp": self.stamp()}
        return self.says("StopTransaction", payload, {} if answer is None else answer)

    def sent(
        self,
        action: str,
        wanted: Mapping[str, Any],
        request: Mapping[str, Any] | None = None,
        answer: Mapping[str, Any] | str | None = None,
        *,
        by: str = "program",
        passed: Collection[str] | None = None,
    ) -> tuple[int, ...]:
        """The audit wants something, and this request comes of it: just that if none is given, with all fields handed over as they are."""
        handed = sorted(wanted if passed is None else passed) if by == "program" else []
        self.event(EventKind.AUDIT, {"asked": action, "step": "begin", "by": by, "payload": dict(wanted), "passed": handed})
        told = {"status": "Accepted"} if answer is None else answer if isinstance(answer, str) else dict(answer)
        seqs = self.asks(action, dict(wanted if request is None else request), told)
        self.event(EventKind.AUDIT, {"asked": action, "step": "end", "outcome": "asked", "reason": ""})
        return seqs

    def leaves(self, code: int = 1000) -> CentralTalk:
        """The station ends its connection."""
        self.event(EventKind.AUDIT, {LEAVES: "offline"})
        self.event(EventKind.CLOSE, {"code": code, "reason": ""})
        return self

    def dropped(self, code: int = 1000) -> CentralTalk:
        """The central system ends it."""
        self.event(EventKind.CLOSE, {"code": code, "reason": ""})
        return self

    def central(self, facts: CertificateFacts | None = None) -> CentralView:
        """What the judge looks at."""
        return central_view(self.records, Certified.of(facts or certificate()))

    def judged_of(self, obligation: str, facts: CertificateFacts | None = None) -> list[Judgement]:
        """What this obligation says of it."""
        return [each for each in judge_central(self.central(facts)) if each.obligation == obligation]

    def verdicts(self, obligation: str, facts: CertificateFacts | None = None) -> list[str]:
        """Of each judgement the outcome, with the severity of a failure or remark: `fail error`, `pass`, `pass note`."""
        return [" ".join(filter(None, (str(each.outcome), each.severity))) for each in self.judged_of(obligation, facts)]
