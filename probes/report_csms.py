"""The report of an audit of a central system, from its records and what it says of itself: the same for an audit and for its replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from probes.central.catalogue import central_cases
from probes.judge.catalogue import central_obligations
from probes.judge.central.account import Account
from probes.judge.central.judging import judge_central
from probes.judge.central.load import load_rows
from probes.judge.central.verdicts import assess_central, version_rows
from probes.judge.central.view import CentralView, central_view
from probes.judge.certified import Certified
from probes.judge.outcomes import Judgement
from probes.judge.trials import central_trial_catalogue, judge_central_trial
from probes.judge.verdicts import Assessment
from probes.report import AuditFacts, Seen, build
from probes.wire.records import Frame, Record

COMPARED = {
    "identity": "the certificate against what was said of the central system: OCPP 1.6 does not tell its version",
    "profiles": "the certificate's profile table against what the central system serves and sends (1.6 3.3)",
    "performance": "the certificate's PICS values against the time from call to answer",
}


def central_report(audit: AuditFacts, records: Sequence[Record], certified: Certified, account: Account) -> dict[str, Any]:
    """The report of the contract over all records of an audit."""
    view = central_view(records, certified, account.patience)
    judgements = judge_central(view)
    assessment = assess_central(view, judgements, account.runs, account.left, account.version, account.broken_off)
    return written(audit, view, judgements, assessment, account)


def written(
    audit: AuditFacts, view: CentralView, judgements: Sequence[Judgement], assessment: Assessment, account: Account
) -> dict[str, Any]:
    """The report of what was judged and concluded already."""
    frames = sum(isinstance(record, Frame) for record in view.records)
    reported = {"vendor": None, "model": None, "serial": None, "firmware": None}
    seen = Seen("CSMS", view.certified.facts.number, reported, 1, frames, central_obligations(), COMPARED)
    tried = [judge_central_trial(run, judgements) for run in account.trials if run.id in central_trial_catalogue()]
    report = build(audit, seen, assessment, judgements, _not_exercised(account, assessment), account.notes, tried)
    return report | {"load": [row.to_json() for row in load_rows(view)], "versions": version_rows(view)}


def _not_exercised(account: Account, assessment: Assessment) -> list[dict[str, str]]:
    facts = central_cases()
    named = ((case, reason) for case, reason in (*assessment.not_seen, *account.left_out) if case in facts)
    return [{"id": case, "title": facts[case].title, "reason": reason} for case, reason in named]
