"""Replay of recorded traffic of a central system, judged by the judge of its audits.

The transcript of an audit holds all that the audit judged, and gives the same verdict. Of other recordings nobody knows what the stations
in them did by design, nor what a person had the central system do: only what one message, or a call with its answer, says by itself
accuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from probes.central.catalogue import central_cases
from probes.judge.catalogue import central_obligations
from probes.judge.central.account import Account, account_in, is_whole_audit
from probes.judge.central.judging import judge_central
from probes.judge.central.verdicts import assess_central, conclude_central
from probes.judge.central.view import central_view
from probes.judge.certified import Certified
from probes.judge.outcomes import Judgement
from probes.judge.trials import central_trial_catalogue
from probes.judge.verdicts import CaseRun
from probes.modes.recordings import Recording, Recordings, replace_seq
from probes.modes.replay import NOT_SEEN, Replayed, case_windows, choose, notes_on
from probes.modes.standing import as_shown, assessment_as_shown
from probes.report import AuditFacts
from probes.report_csms import central_report, written
from probes.wire.records import ConnectionEvent, EventKind, Record
from registry.certificates.facts import CertificateFacts

BROKEN_OFF = "the audit was broken off, and left no account of itself"


def choose_central(recordings: Recordings, name: str, identity: str | None) -> Replayed:
    """What a file holds of a central system: of all stations, or of the one that is named. Raises `CannotBegin` where there is nothing."""
    usable = [each for each in recordings.stations if each.records]
    if identity is not None or len(usable) < 2:
        return _marked(choose(recordings, name, identity))
    records = sorted((record for each in usable for record in each.records), key=lambda record: record.seq)
    if not all(earlier.seq < later.seq for earlier, later in pairwise(records)):
        records = [replace_seq(record, number) for number, record in enumerate(records, start=1)]
    undirected = tuple(sorted(line for each in usable for line in each.undirected))
    joined = Recording("", tuple(records), exact=False, timed=all(each.timed for each in usable), undirected=undirected)
    return _marked(Replayed(joined, recordings.broken))


def _marked(replayed: Replayed) -> Replayed:
    """Exact is here what an audit of a central system made, as a whole: of anything else lines, and reasons, may be missing."""
    whole = not replayed.broken and is_whole_audit(replayed.recording.records)
    return replace(replayed, recording=replace(replayed.recording, exact=whole))


def central_report_of(replayed: Replayed, facts: CertificateFacts, audit: AuditFacts) -> dict[str, Any]:
    """The report of the contract over a recording."""
    recording, certified = replayed.recording, Certified.of(facts)
    if recording.exact and (account := account_in(recording.records)) is not None:
        return central_report(audit, recording.records, certified, account)
    view = central_view(recording.records, certified)
    judgements = as_shown(judge_central(view), exact=recording.exact, timed=recording.timed)
    account = _account(replayed, judgements)
    assessed = assess_central(view, judgements, account.runs, broken_off=account.broken_off)
    assessment = assessment_as_shown(
        assessed,
        lambda found: conclude_central(found, assessed.cases, account.broken_off),
        exact=recording.exact,
        timed=recording.timed,
    )
    judged = {case.id for case in assessment.cases} | {case for case, _ in assessment.not_seen}
    left_out = tuple((case.id, case.declined or NOT_SEEN) for case in central_cases().values() if case.id not in judged)
    return written(audit, view, judgements, assessment, replace(account, left_out=left_out))


def _account(replayed: Replayed, judgements: Sequence[Judgement]) -> Account:
    """As far as the records show it: the windows of an audit that was broken off, else whatever something in the recording was about."""
    records = replayed.recording.records
    notes = tuple(notes_on(replayed))
    windows = case_windows(records, "case") if replayed.recording.exact else {}
    if not windows:
        return Account(tuple(_found(records, judgements)), notes=notes)
    tried = case_windows(records, "trial")
    runs = [_run(case.id, case.profile, windows[case.id], records, "case") for case in central_cases().values() if case.id in windows]
    trials = [
        _run(each.id, each.profile, tried[each.id], records, "trial") for each in central_trial_catalogue().values() if each.id in tried
    ]
    return Account(tuple(runs), tuple(trials), notes=notes, broken_off=BROKEN_OFF)


def _run(identifier: str, profile: str, window: tuple[int, int], records: Sequence[Record], kind: str) -> CaseRun:
    stopped = None if _ended(records, kind, identifier) else BROKEN_OFF
    return CaseRun(identifier, profile, *window, stopped=stopped)


def _ended(records: Iterable[Record], kind: str, identifier: str) -> bool:
    noted = (record.detail for record in records if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT)
    return any(detail.get(kind) == identifier and detail.get("step") == "end" for detail in noted)


def _found(records: Sequence[Record], judgements: Sequence[Judgement]) -> Iterable[CaseRun]:
    if not records:
        return
    facts = central_obligations()
    about = {case for judgement in judgements for case in facts[judgement.obligation].cases | facts[judgement.obligation].when_seen}
    for case in central_cases().values():
        if case.id in about:
            yield CaseRun(case.id, case.profile, records[0].seq, records[-1].seq, found=True)
