"""One audit of one charging station, from waiting for it to the finished report."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from probes.cases.catalogue import DEFAULT_TIERS, Selection, select, station_cases, trials_within
from probes.cases.prompts import Operator
from probes.cases.station import AuditedStation, Patience, SignedBy
from probes.cases.tags import audit_id_tags
from probes.csms.audit_password import AuditPassword
from probes.csms.authority import CertificateAuthority
from probes.csms.csms import Csms, StationLink
from probes.csms.doors import Door
from probes.journal import FOLDER, Begun, Journal, redaction_key, unfinished
from probes.judge.certified import Certified
from probes.judge.obligations import judge, view_of
from probes.judge.trials import judge_trial
from probes.judge.verdicts import Assessment, CaseRun, assess
from probes.modes.takeover import Limits, Progress, Takeover, TakeoverLog, audit_began, evidence_began
from probes.report import AuditFacts, build, station_seen
from probes.wire.client import connection_url
from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.lateness import lateness_noted
from probes.wire.reading import TranscriptError, whole_records
from probes.wire.records import Record
from probes.wire.security import ServerSecurity
from probes.wire.tls import take_old
from probes.wire.transcript import TranscriptWriter
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.matching.aliases import Alias

HEARTBEAT_SECONDS = 300
"""The heartbeat interval that an audit gives at boot when the certificate declares none."""


FILES = "files"
"""The folder beside the transcripts through which files go between an audit and a station."""


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
    """Where an audit that brings its own CSMS listens; port 0 is any free port. `security` is what the station must show there (None:
    nothing), `further` are doors with other security profiles.
    """

    host: str
    port: int
    security: ServerSecurity | None = None
    further: tuple[Door, ...] = ()


@dataclass(frozen=True)
class AuditOptions:
    """What an audit may do, and for how long. `wait` is how many seconds the station is waited for, `operator` the person at the station
    (None: nobody is there), `firmware` an image that a laboratory lets be installed, `signed` what vouches for it.
    `password` is the station's own, which must be what its doors ask for; `authority` may sign its certificates.
    """

    tiers: Sequence[str] = DEFAULT_TIERS
    cases: Sequence[str] = ()
    wait: float = 60.0
    limits: Limits = field(default_factory=Limits)
    operator: Operator | None = None
    firmware: Path | None = None
    signed: SignedBy | None = None
    password: AuditPassword | None = field(default=None, repr=False)
    authority: CertificateAuthority | None = None


def _no_progress(_done: int, _total: int, _text: str) -> None:
    """Nobody wants to know."""


async def audit_station(
    *,
    facts: CertificateFacts,
    known_as: tuple[Alias, ...] = (),
    identity: str,
    csms: Csms | Listen,
    transcript_dir: Path,
    options: AuditOptions | None = None,
    on_progress: Progress = _no_progress,
    clock: Clock | None = None,
    audit_id: str | None = None,
) -> AuditResult:
    """Wait for the station, audit it against its certificate, give the report.

    `csms` is a running one (the gateway's; it should know `audit_id_tags()`), or where to listen for the time of this audit; `known_as` are
    the records of other names of the certificate's companies. Raises `CannotBegin`, in one line, for whatever keeps the audit from
    beginning; once the station is connected there is a report.
    """
    options, clock = options or AuditOptions(), clock or SystemClock()
    selection = _begin(facts, options)
    order = _Order(facts, known_as, identity, transcript_dir, options, on_progress, clock, audit_id or uuid.uuid4().hex)
    with Journal(transcript_dir / FOLDER, identity) as journal:
        earlier = _earlier(journal, order)
        async with _csms(csms, order, earlier) as running:
            on_progress(0, len(selection.run) + 2, f"waiting for {identity} on {connection_url(running.url, identity)}")
            link = await running.station(identity, options.wait)
            result = await _audit(running, link, selection, order, journal, earlier)
        journal.finish()
        return result


@dataclass(frozen=True)
class _Order:
    facts: CertificateFacts
    known_as: tuple[Alias, ...]
    identity: str
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


@dataclass(frozen=True)
class Earlier:
    """What an audit left that did not come to its end: its cases and its records."""

    begun: Begun
    runs: tuple[CaseRun, ...]
    records: tuple[Record, ...]


def _earlier(journal: Journal, order: _Order) -> Earlier | None:
    """The same audit, when it was broken off with its evidence kept; another one is not continued, only what it changed is undone."""
    begun = journal.begun
    if begun is None or not begun.is_the_same_as(_this(order, begun.transcript, begun.since)):
        return None
    try:
        records = tuple(whole_records(Path(begun.transcript)))
    except TranscriptError:
        return None
    if not records:
        return None
    return Earlier(begun, tuple(journal.runs), records)


def take_up(csms: Csms, transcript_dir: Path, clock: Clock) -> None:
    """Have a CSMS that is not open yet continue the transcripts of audits that were broken off, so that these can go on on it."""
    for begun in unfinished(transcript_dir / FOLDER):
        try:
            records = whole_records(Path(begun.transcript))
        except TranscriptError:
            continue
        if records:
            _continue(csms, begun.identity, records[-1], clock)


def _continue(csms: Csms, identity: str, last: Record, clock: Clock) -> None:
    ago = (clock.now() - datetime.fromisoformat(last.timestamp)).total_seconds()
    csms.transcript(identity).continue_after(last.seq, last.elapsed + max(ago, 0.0))


def _this(order: _Order, transcript: str, since: int) -> Begun:
    options = order.options
    number = order.facts.number or ""
    started = rfc3339(order.clock.now())
    return Begun(order.audit_id, order.identity, number, tuple(options.tiers), tuple(options.cases), started, transcript, since)


@asynccontextmanager
async def _csms(csms: Csms | Listen, order: _Order, earlier: Earlier | None) -> AsyncIterator[Csms]:
    if isinstance(csms, Csms):
        yield csms
        return
    own = Csms(
        csms.host,
        csms.port,
        clock=order.clock,
        heartbeat_interval=certified_heartbeat(order.facts) or HEARTBEAT_SECONDS,
        redaction_key=redaction_key(order.transcript_dir / FOLDER),
        identities={order.identity},
        id_tags=audit_id_tags(),
        lenient=True,
        security=csms.security,
        further=csms.further,
        # A laboratory also looks at stations that no central system should let in.
        at_door=(lambda server: server.spoil(take_old)) if "laboratory" in order.options.tiers else None,
    )
    if earlier is not None:
        _continue(own, order.identity, earlier.records[-1], order.clock)
    async with own:
        pairs = csms.security.key_pairs if csms.security is not None else ()
        own.serve_files(order.transcript_dir / FILES, csms.host, pairs[0] if pairs else None)
        yield own


async def _audit(
    csms: Csms, link: StationLink, selection: Selection, order: _Order, journal: Journal, earlier: Earlier | None
) -> AuditResult:
    if earlier is not None and earlier.records[-1].seq != link.transcript.continued_from:
        earlier = None  # Where the numbers were not taken up, the records cannot be joined: the audit begins anew.
    began = earlier.records[-1].seq if earlier else evidence_began(link.transcript)
    certified, limits = Certified.of(order.facts), order.options.limits
    patience = Patience(limits.answer or certified.patience_seconds, limits.status, limits.start, back=limits.comes_back)
    new: list[Record] = link.transcript.since(began)
    since = earlier.begun.since if earlier else audit_began(new, link.transcript.seq)
    station = AuditedStation(
        csms, link, certified, order.clock, patience, began, since, journal.ledger, order.options.operator, order.options.firmware
    )
    station.signed, station.password, station.authority = order.options.signed, order.options.password, order.options.authority
    records: list[Record] = [*(earlier.records if earlier else ()), *new]
    writer = TranscriptWriter(order.transcript_dir)
    begun = _this(order, str(writer.partial), since)
    takeover = Takeover(csms, station, order.clock, limits, order.on_progress, TakeoverLog(journal.add))
    try:
        for record in records:
            writer.write(record)
        if earlier is None:
            journal.begin(begun, continues=False)
        else:
            begun = replace(begun, started=earlier.begun.started)
            journal.begin(begun, continues=True)
            # Only now is the evidence in two places.
            Path(earlier.begun.transcript).unlink(missing_ok=True)
            takeover.continues(earlier.runs, earlier.records[-1].timestamp)
        with link.transcript.attached(writer.write), link.transcript.attached(records.append):
            # Whoever asks for single cases gets them, and nothing beside them.
            trials = () if order.options.cases else trials_within(order.options.tiers)
            async with lateness_noted(link.transcript, link.identity):
                log = await takeover.run(selection.run, passive="read-only" not in order.options.tiers, trials=trials)
            # The attachments end here, so that what is judged is exactly what is stored.
    except BaseException:  # an interruption too: it is raised again once nothing is left open or half
        writer.leave()
        raise
    path, digest = writer.close()
    view = view_of(records, order.facts, patience.answer, since, order.known_as)
    judgements = judge(view)
    assessment = assess(view, judgements, log.runs, log.not_restored, log.trials)
    audit = AuditFacts(
        id=order.audit_id,
        mode="takeover",
        started=begun.started,
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
    tried = [judge_trial(run, judgements) for run in log.trials]
    report = build(audit, station_seen(view), assessment, judgements, _not_exercised(selection, assessment), log.notes, tried)
    return AuditResult(report, path, digest)


def _not_exercised(selection: Selection, assessment: Assessment) -> list[dict[str, str]]:
    facts = station_cases()
    left_out = ((case.id, reason) for case, reason in selection.left_out)
    return [{"id": case, "title": facts[case].title, "reason": reason} for case, reason in (*assessment.not_seen, *left_out)]
