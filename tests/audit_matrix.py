"""The audit matrix: a clean twin and a twin for every fault, each audited over a real WebSocket.

    python -m tests.audit_matrix

prints per twin the verdict, the causes that were named and those that should be, and ends with 1 when any differs. That a clean twin comes
out clean and each fault is reported as itself and nothing else is how this product knows that its verdicts are true.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from probes.audit import AuditOptions, audit_station, certified_heartbeat
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.facts_file import read_facts
from probes.faults import fault_catalogue, with_faults
from probes.modes.takeover import Limits
from probes.station.station import Station
from probes.twins import twin_of
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin

CLEAN = "clean twin"
AT_ONCE = 16
"""How many audits go on at the same time."""

CERTIFICATE = Path(__file__).parent / "golden" / "OCA.0016.0408.CS.json"

EXPECTED: dict[str, tuple[str, ...]] = {
    CLEAN: (),
    "wrong-software-version": ("identity/software_version",),
    "key-value-drift": ("configuration/ConnectionTimeOut",),
    "key-missing": ("configuration/MeterValuesAlignedDataMaxLength",),
    "profile-advertised-not-certified": ("profiles/RemoteTrigger",),
    "answer-after-pics-timeout": ("performance/OCPP response timeout",),
    "answer-breaks-schema": ("answers/DataTransfer",),
    "unknown-key-not-listed": ("GetConfiguration/unknownKey",),
    "unknown-key-change-accepted": ("ChangeConfiguration/unknown key",),
    "accepts-connector-zero-start": ("RemoteStartTransaction/connectorId 0",),
    "stop-unknown-transaction-accepted": ("RemoteStopTransaction/unknown transaction",),
    "unlock-unknown-connector-unlocked": ("UnlockConnector/unknown connector",),
    # A profile that works without being certified is said, and accuses nobody.
    "unsupported-profile-accepted": (),
    "never-answers-get-configuration": ("answers/GetConfiguration",),
    "never-answers-remote-start": ("answers/RemoteStartTransaction",),
    "required-key-missing": ("configuration/SupportedFeatureProfiles",),
    "number-of-connectors-wrong": ("configuration/NumberOfConnectors",),
    "configuration-empty": ("answers/GetConfiguration",),
    "readonly-told-as-text": ("answers/GetConfiguration",),
    "key-value-told-as-number": ("answers/GetConfiguration",),
    "boot-without-vendor": ("calls/BootNotification",),
    "boot-serial-number-too-long": ("calls/BootNotification",),
    "boot-with-own-field": ("calls/BootNotification",),
    # Such a station takes one second, not what the CSMS tells it, for its heartbeat interval too.
    "boot-interval-ignored": ("configuration/HeartbeatInterval",),
    "status-without-error-code": ("calls/StatusNotification",),
    "time-as-number": ("calls/StatusNotification",),
    "time-in-words": ("calls/StatusNotification",),
    "answer-with-wrong-id": ("frames/answer without call",),
    "answer-with-number-as-id": ("frames/answer without call", "frames/shape"),
    "answer-twice": ("frames/answered twice",),
    "answer-to-nothing": ("frames/answer without call",),
    "answer-without-payload": ("frames/shape",),
    "error-without-details": ("frames/shape",),
    "message-with-extra-element": ("frames/shape",),
    "frame-is-no-json": ("frames/not JSON",),
    "frame-is-an-object": ("frames/shape",),
}
"""For each twin of OCA.0016.0408.CS whose fault an audit without transactions can see: the causes that it must name as errors, each once,
and no other. Of a fault that is not here nothing can be seen that way, and nothing may be named.
"""

_REFUSED = ("TC_042_1_CS", "TC_043_1_CS", "TC_048_4_CS", "TC_055_CS", "TC_058_1_CS")

FAILING: dict[str, tuple[str, ...]] = {
    "answer-breaks-schema": ("TC_062_CS",),
    "unknown-key-not-listed": ("TC_019_CS",),
    "unknown-key-change-accepted": ("TC_040_1_CS",),
    "accepts-connector-zero-start": ("TC_027_CS",),
    "stop-unknown-transaction-accepted": ("TC_028_CS",),
    "unlock-unknown-connector-unlocked": ("TC_031_CS",),
    "never-answers-get-configuration": ("TC_019_CS",),
    "never-answers-remote-start": ("TC_027_CS",),
    "required-key-missing": ("TC_019_CS",),
    "configuration-empty": ("TC_019_CS",),
    "readonly-told-as-text": ("TC_019_CS",),
    "key-value-told-as-number": ("TC_019_CS",),
    "answer-without-payload": ("TC_019_CS", "TC_028_CS"),
    "error-without-details": _REFUSED,
}
"""The cases that fail because of a fault; in every other twin no case fails."""

CHANGED: dict[str, dict[str, str]] = {
    "unsupported-profile-accepted": {"TC_048_4_CS": "not applicable"},
}
"""The cases that have another outcome than the clean twin's for a fault, without failing."""

_OF_A_CONNECTOR = ("TC_027_CS", "TC_048_4_CS", "TC_058_1_CS")
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "never-answers-get-configuration": (*_OF_A_CONNECTOR, "TC_031_CS", "TC_040_1_CS", "TC_055_CS"),
    "configuration-empty": ("TC_040_1_CS",),
    "key-value-told-as-number": (*_OF_A_CONNECTOR, "TC_031_CS", "TC_055_CS"),
    "number-of-connectors-wrong": _OF_A_CONNECTOR,
    "last-connector-forgotten": _OF_A_CONNECTOR,
    "message-id-always-the-same": _OF_A_CONNECTOR,
}
"""The cases that are not carried out: the station has not told what must be known to do no harm."""

UNHEARD = frozenset({"answer-with-wrong-id", "answer-with-number-as-id", "answer-without-payload"})
"""Twins none of whose answers can be told: after some calls nothing more is asked of them, and the other cases have no outcome."""

VERDICTS = {"boot-never-sent": "inconclusive"}
"""Where nothing is wrong that could be seen and yet not everything right: a station that does not say who it is."""


@dataclass(frozen=True)
class Row:
    """One twin, its report and what should stand in it."""

    twin: str
    report: dict[str, Any]
    expected: tuple[str, ...]
    expected_failing: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The causes that the report names as errors."""
        return tuple(finding["subject"] for finding in self.report["findings"] if finding["severity"] == "error")

    @property
    def failing(self) -> tuple[str, ...]:
        """The cases that failed."""
        return tuple(case["id"] for case in self.report["cases"] if case["outcome"] == "fail")

    @property
    def uncertain(self) -> bool:
        """Whether there were answers of which the audit could not tell whether they were late."""
        return any(finding["subject"].endswith("/not certain") for finding in self.report["findings"])

    @property
    def ok(self) -> bool:
        """Whether the report says what it should and no more."""
        verdict = VERDICTS.get(self.twin, "deviates" if self.expected else "conformant")
        return (self.report["verdict"], self.named, self.failing) == (verdict, self.expected, self.expected_failing)


async def run_matrix(facts: CertificateFacts, limits: Limits, directory: Path, faults: Sequence[str]) -> list[Row]:
    """Audit the clean twin and those with `faults` through one CSMS, some at a time: so many that their waits overlap, so few that a slow
    machine does not make honest stations answer late. Where an audit was too busy itself to tell, the twin is audited once more, alone.
    """
    twins = [CLEAN, *faults]
    interval = certified_heartbeat(facts) or 300
    async with Csms(heartbeat_interval=interval, id_tags=audit_id_tags(), lenient=True) as csms:
        places = asyncio.Semaphore(AT_ONCE)

        async def in_turn(twin: str) -> Row:
            async with places:
                return await _audit(csms, facts, twin, limits, directory)

        together = await asyncio.gather(*(in_turn(twin) for twin in twins))
        return [await in_turn(row.twin) if row.uncertain else row for row in together]


def possible_faults(facts: CertificateFacts) -> tuple[str, ...]:
    """The faults that a twin of this certificate can have: those of a profile or key that it lacks, it cannot."""
    return tuple(fault.name for fault in fault_catalogue() if fault.role == "CS" and _possible(facts, fault.name))


def _possible(facts: CertificateFacts, fault: str) -> bool:
    try:
        with_faults(twin_of(facts), [fault])
    except CannotBegin:
        return False
    return True


async def _audit(csms: Csms, facts: CertificateFacts, twin: str, limits: Limits, directory: Path) -> Row:
    faulty = with_faults(twin_of(facts), [] if twin == CLEAN else [twin])
    identity = twin.replace(" ", "-")
    station = Station(faulty.config, csms.url, identity, misbehave=faulty.misbehave)
    running = asyncio.create_task(station.run())
    try:
        options = AuditOptions(limits=limits)
        result = await audit_station(facts=facts, identity=identity, csms=csms, transcript_dir=directory, options=options)
    finally:
        station.stop()
        await running
    return Row(twin, result.report, EXPECTED.get(twin, ()), FAILING.get(twin, ()))


def show(rows: Sequence[Row], console: Console) -> None:
    """The matrix as a table."""
    table = Table("Twin", "Verdict", "Causes named", "Expected", "Cases failed", "", title="Audits of twins of OCA.0016.0408.CS", box=None)
    for row in rows:
        mark = Text("ok", "green") if row.ok else Text("WRONG", "bold red")
        table.add_row(row.twin, row.report["verdict"], _list(row.named), _list(row.expected), _list(row.failing), mark)
    console.print(table)
    console.print(f"{sum(row.ok for row in rows)} of {len(rows)} as expected.")


def _list(items: Sequence[str]) -> str:
    return ", ".join(items) or "-"


def main() -> int:
    """Print the matrix of OCA.0016.0408.CS; 1 when a row is not as expected."""
    with tempfile.TemporaryDirectory() as directory:
        facts = read_facts(CERTIFICATE)
        limits = Limits(answer=15.0, status=2.0, start=2.0)
        rows = asyncio.run(run_matrix(facts, limits, Path(directory), possible_faults(facts)))
    console = Console()
    show(rows, console if console.is_terminal else Console(width=200))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
