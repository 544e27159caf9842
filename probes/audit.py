"""One audit of one charging station, from waiting for it to the finished report."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from probes.cases.catalogue import DEFAULT_TIERS, Selection, select, station_cases
from probes.cases.ledger import Ledger
from probes.cases.prompts import Operator
from probes.cases.station import AuditedStation, Patience
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms, StationLink
from probes.judge.certified import Certified
from probes.judge.obligations import judge, view_of
from probes.judge.verdicts import Assessment, assess
from probes.modes.takeover import Limits, Progress, Takeover, audit_began, evidence_began
from probes.report import AuditFacts, build
from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.records import Record
from probes.wire.transcript import TranscriptWriter
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin

HEARTBEAT_SECONDS = 300
"""The heartbeat interval that an audit gives at boot when the certificate declares none."""


@dataclass(frozen=True)
class AuditResult:
    """The report of the contract, and where its transcript lies."""

    report: dict[str, Any]
    transcript_path: Path
    transcript_sha256: str

    @property
    def verdict(self) -> str:
        """conformant, deviates or inconclusive."""
        return str(self.report["verdict"])


@dataclass(frozen=True)
class Listen:
    """Where an audit that brings its own CSMS listens; port 0 is any free port."""

    host: str
    port: int


@dataclass(frozen=True)
class AuditOptions:
    """What an audit may do, and for how long. `wait` is how many seconds the station is waited for, `operator` the person at the station
    (None: nobody is there).
    """

    tiers: Sequence[str] = DEFAULT_TIERS
    cases: Sequence[str] = ()
    wait: float = 60.0
    limits: Limits = field(default_factory=Limits)
    operator: Operator | None = None


def _no_progress(_done: int, _total: int, _text: str) -> None:
    """Nobody wants to know."""


async def audit_station(
    *,
    facts: CertificateFacts,
    identity: str,
    csms: Csms | Listen,
    transcript_dir: Path,
    options: AuditOptions | None = None,
    on_progress: Progress = _no_progress,
    clock: Clock | None = None,
    audit_id: str | None = None,
) -> AuditResult:
    """Wait for the station, audit it against its certificate, give the report.

    `csms` is a running one (the gateway's; it should know `audit_id_tags()`), or where to listen for the time of this audit. Raises
    `CannotBegin`, in one line, for whatever keeps the audit from beginning; once the station is connected there is a report.
    """
    options, clock = options or AuditOptions(), clock or SystemClock()
    selection = _begin(facts, options)
    async with _csms(csms, facts, identity, clock) as running:
        on_progress(0, len(selection.run) + 2, f"waiting for {identity} on {running.url}/{identity}")
        link = await running.station(identity, options.wait)
        return await _audit(
            running, link, selection, _Order(facts, transcript_dir, options, on_progress, clock, audit_id or uuid.uuid4().hex)
        )


@dataclass(frozen=True)
class _Order:
    facts: CertificateFacts
    transcript_dir: Path
    options: AuditOptions
    on_progress: Progress
    clock: Clock
    audit_id: str


def tool_version() -> str:
    """The version of this product, as installed; a source tree that is not installed says so."""
    try:
        return metadata.version("ocpp-registry")
    except metadata.PackageNotFoundError:
        return "not installed"


def certified_heartbeat(facts: CertificateFacts) -> int | None:
    """The certificate's HeartbeatInterval in seconds; a CSMS that audits gives it at boot, for many stations write it into the key."""
    text = (Certified.of(facts).declared("HeartbeatInterval") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0 else None


def require_station_certificate(facts: CertificateFacts) -> None:
    """Raises `CannotBegin` for a certificate that no charging station of OCPP 1.6 can have."""
    if facts.role != "CS":
        raise CannotBegin(
            f"certificate {facts.number}: it is for a {facts.role or 'product of unknown role'}; a charging station's ends in .CS"
        )
    if facts.protocol not in {None, "OCPP 1.6"}:
        raise CannotBegin(f"certificate {facts.number}: it is for {facts.protocol}; audits are made over OCPP 1.6")


def _begin(facts: CertificateFacts, options: AuditOptions) -> Selection:
    require_station_certificate(facts)
    return select(options.tiers, options.cases)


@asynccontextmanager
async def _csms(csms: Csms | Listen, facts: CertificateFacts, identity: str, clock: Clock) -> AsyncIterator[Csms]:
    if isinstance(csms, Csms):
        yield csms
        return
    interval = certified_heartbeat(facts) or HEARTBEAT_SECONDS
    async with Csms(
        csms.host, csms.port, clock=clock, heartbeat_interval=interval, identities={identity}, id_tags=audit_id_tags(), lenient=True
    ) as own:
        yield own


async def _audit(csms: Csms, link: StationLink, selection: Selection, order: _Order) -> AuditResult:
    started = rfc3339(order.clock.now())
    began = evidence_began(link.transcript)
    certified, limits = Certified.of(order.facts), order.options.limits
    patience = Patience(limits.answer or certified.patience_seconds, limits.status, limits.start, back=limits.comes_back)
    records: list[Record] = link.transcript.since(began)
    since = audit_began(records, link.transcript.seq)
    ledger = Ledger(order.transcript_dir / "ledgers" / f"{order.audit_id}.jsonl")
    station = AuditedStation(csms, link, certified, order.clock, patience, began, since, ledger, order.options.operator)
    writer = TranscriptWriter(order.transcript_dir)
    try:
        for record in records:
            writer.write(record)
        with link.transcript.attached(writer.write), link.transcript.attached(records.append):
            takeover = Takeover(csms, station, order.clock, limits, order.on_progress)
            log = await takeover.run(selection.run, passive="read-only" not in order.options.tiers)
            # The attachments end here, so that what is judged is exactly what is stored.
    finally:
        path, digest = writer.close()
    view = view_of(records, order.facts, patience.answer, since)
    judgements = judge(view)
    assessment = assess(view, judgements, log.runs, log.not_restored)
    audit = AuditFacts(
        id=order.audit_id,
        mode="takeover",
        started=started,
        ended=rfc3339(order.clock.now()),
        tool_version=tool_version(),
        device=link.identity,
        tiers=tuple(order.options.tiers),
        transcript_path=str(path),
        transcript_sha256=digest,
    )
    interval = view.timeline.last.boot.interval if view.timeline.last.boot else None
    if interval is not None:
        log.notes.append(f"The station's BootNotification was answered with a heartbeat interval of {interval} s.")
    report = build(audit, view, assessment, judgements, _not_exercised(selection, assessment), log.notes)
    return AuditResult(report, path, digest)


def _not_exercised(selection: Selection, assessment: Assessment) -> list[dict[str, str]]:
    facts = station_cases()
    left_out = ((case.id, reason) for case, reason in selection.left_out)
    return [{"id": case, "title": facts[case].title, "reason": reason} for case, reason in (*assessment.not_seen, *left_out)]
