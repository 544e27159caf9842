"""One audit of one central system, from our station's first connection to the finished report."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from probes.adaptors.base import Adaptor
from probes.audit import AuditResult, tool_version
from probes.central.audited import AuditedCsms
from probes.central.catalogue import Selection, select, trials_scripted
from probes.central.load import levels, put_under_load
from probes.central.presence import Patience
from probes.central.run import Log, Progress, Run
from probes.central.settling import settle
from probes.central.tags import Tags
from probes.csms.errands import FirmwarePackage
from probes.journal import FOLDER, Begun, Journal, redaction_key
from probes.judge.central.account import ACCOUNT, Account
from probes.judge.central.debts import Debts, debts_in
from probes.judge.central.view import patience_of
from probes.judge.certified import Certified
from probes.report import AuditFacts
from probes.report_csms import central_report
from probes.wire.client import connection_url
from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.lateness import lateness_noted
from probes.wire.reading import TranscriptError, whole_records
from probes.wire.records import EventKind, Record
from probes.wire.redact import Redactor, without_credentials
from probes.wire.security import ClientSecurity
from probes.wire.transcript import Transcript, TranscriptWriter, seal
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin

MODE = "charge-point"
"""How the report calls an audit in which our stations connect to a central system."""


@dataclass(frozen=True)
class CentralOptions:
    """What an audit of a central system is given. `tags` are the idTags with their states there, `adaptor` how it is asked to send
    something, `also` names further stations that it knows, `load` is how many stations may come at once (0: none are
    brought), named by `load_prefix`, `security` what our station shows, `passwords` those of further stations that have
    their own, `version` what its people say its software version is, `total` the bound in seconds.
    """

    cases: Sequence[str] = ()
    tags: Tags = field(default_factory=Tags)
    adaptor: Adaptor | None = None
    also: Sequence[str] = ()
    load: int = 0
    load_prefix: str | None = None
    security: ClientSecurity | None = field(default=None, repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    further: Mapping[int, str] = field(default_factory=dict)
    firmware: FirmwarePackage | None = None
    version: str | None = None
    patience: Patience | None = None
    total: float = 6 * 3600.0


def _no_progress(_done: int, _total: int, _text: str) -> None:
    """Nobody wants to know."""


def require_csms_certificate(facts: CertificateFacts) -> None:
    """Raises `CannotBegin` for a certificate that no central system of OCPP 1.6 can have."""
    if facts.role != "CSMS":
        raise CannotBegin(f"certificate {facts.number}: it is for a {facts.role or 'product of unknown role'}; a CSMS's ends in .CSMS")
    if facts.protocol not in {None, "OCPP 1.6"}:
        raise CannotBegin(f"certificate {facts.number}: it is for {facts.protocol}; audits are made over OCPP 1.6")


def _require_other_stations(identity: str, also: Sequence[str], passwords: Collection[str]) -> None:
    """Raises `CannotBegin` for a station that is named twice: a central system would take the one for the other."""
    named = [identity, *also]
    twice = next((each for each in named if not each or named.count(each) > 1), None)
    if twice is not None:
        raise CannotBegin(f"station {twice!r}: further stations have identities of their own; name each once")
    stranger = next((each for each in passwords if each not in also), None)
    if stranger is not None:
        raise CannotBegin(f"station {stranger!r}: it has a password, and is no further station; name it with --also")


async def audit_csms(
    *,
    facts: CertificateFacts,
    endpoint: str,
    identity: str,
    transcript_dir: Path,
    options: CentralOptions | None = None,
    on_progress: Progress = _no_progress,
    clock: Clock | None = None,
    audit_id: str | None = None,
) -> AuditResult:
    """Connect our station `identity` to the CSMS at `endpoint`, carry the cases out, give the report.

    Raises `CannotBegin`, in one line, for what keeps the audit from beginning; what the CSMS does never does: then there is a report.
    """
    options, clock = options or CentralOptions(), clock or SystemClock()
    require_csms_certificate(facts)
    connection_url(endpoint, identity)
    levels(options.load)
    _require_other_stations(identity, options.also, options.passwords)
    selection = select(options.cases)
    certified = Certified.of(facts)
    patience = options.patience or Patience(patience_of(certified))
    started, audit_id = rfc3339(clock.now()), audit_id or uuid.uuid4().hex
    redactor = Redactor(redaction_key(transcript_dir / FOLDER))
    records: list[Record] = []
    with Journal(transcript_dir / FOLDER, f"{without_credentials(endpoint)} {identity}") as journal, tempfile.TemporaryDirectory() as home:
        transcript = Transcript(clock=clock, redactor=redactor)
        csms = AuditedCsms(
            endpoint,
            identity,
            certified,
            transcript,
            clock,
            patience,
            options.tags,
            Path(home),
            options.adaptor,
            tuple(options.also),
            security=options.security,
            further=options.further,
            firmware=options.firmware,
            keeps=transcript_dir,
            passwords=options.passwords,
        )
        writer = TranscriptWriter(transcript_dir)
        begun = Begun(audit_id, identity, facts.number or "", (), tuple(options.cases), started, str(writer.partial), 1)
        try:
            with transcript.attached(writer.write), transcript.attached(records.append):
                csms.tell_tags()
                before = await _after_one_before(csms, journal, begun)
                # Whoever asks for single cases gets them, and nothing beside them.
                trials = () if options.cases else trials_scripted()
                async with lateness_noted(transcript, identity):
                    log = await Run(csms, on_progress, options.total).run(selection.run, trials)
                if options.load and log.broken_off is None:
                    stopped = await put_under_load(csms, options.load, options.load_prefix or f"{identity}-LOAD-")
                    log.notes.extend([] if stopped is None else [f"Load: {stopped}."])
                log.notes[:0] = before
                account = _account(csms, log, selection, options)
                transcript.add_event(EventKind.AUDIT, identity, {ACCOUNT: account.to_json()})
        except BaseException:  # an interruption too: it is raised again once nothing is left open or half
            writer.leave()
            raise
        path, digest = writer.close()
        if journal.begun == begun:
            journal.finish()
    audit = AuditFacts(
        id=audit_id,
        mode=MODE,
        started=started,
        ended=rfc3339(clock.now()),
        tool_version=tool_version(),
        device=without_credentials(endpoint),
        tiers=(),
        transcript_path=str(path),
        transcript_sha256=digest,
    )
    return AuditResult(central_report(audit, records, certified, account), path, digest)


async def _after_one_before(csms: AuditedCsms, journal: Journal, begun: Begun) -> list[str]:
    """What an audit of it that was broken off has left there is ended; then this one is the one of the journal. Gives what is to be said.

    Where it could not be ended, as nobody was reached, the journal stays with the one before.
    """
    before = journal.begun
    if before is None:
        journal.begin(begun, continues=False)
        return []
    told = f"An audit of it that began {before.started} was broken off"
    try:
        debts = debts_in(whole_records(Path(before.transcript)), csms.certified)
    except TranscriptError:
        journal.begin(begun, continues=False)
        return [f"{told}, and its record is lost: what it left there is not known."]
    if debts != Debts() and not await settle(csms, debts):
        return [f"{told}; what it left there could not be ended."]
    journal.begin(begun, continues=False)
    kept = seal(Path(before.transcript))
    ended = len(debts.transactions)
    return [f"{told}; its record is kept as {kept.name}. {ended} transaction{'' if ended == 1 else 's'} it had left open came first."]


def _account(csms: AuditedCsms, log: Log, selection: Selection, options: CentralOptions) -> Account:
    left_out = tuple((case.id, reason) for case, reason in selection.left_out)
    return Account(
        tuple(log.runs),
        tuple(log.trials),
        left_out,
        tuple(csms.left),
        tuple(log.notes),
        log.broken_off,
        options.version,
        csms.patience.answer,
    )
