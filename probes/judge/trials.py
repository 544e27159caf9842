"""What came of a trial: pure functions, over the same judgements as the cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from probes.judge.catalogue import DATA
from probes.judge.outcomes import Judgement, Outcome
from probes.judge.verdicts import CaseRun
from registry.certificates.facts import Severity


@dataclass(frozen=True)
class TrialFacts:
    """One row of `trials.json`: `tiers` are all needed, `obligations` say what must be seen."""

    id: str
    title: str
    profile: str
    tiers: tuple[str, ...]
    obligations: frozenset[str]


@cache
def trial_catalogue() -> dict[str, TrialFacts]:
    """Every trial by id, in the order in which they are made."""
    rows = json.loads((DATA / "trials.json").read_text(encoding="utf-8"))["trials"]
    return {
        row["id"]: TrialFacts(row["id"], row["title"], row["profile"], tuple(row["tiers"]), frozenset(row["obligations"])) for row in rows
    }


@cache
def central_trial_catalogue() -> dict[str, TrialFacts]:
    """Every trial of central systems by id, in the order in which they are made; they know no tiers."""
    rows = json.loads((DATA / "central_trials.json").read_text(encoding="utf-8"))["trials"]
    return {row["id"]: TrialFacts(row["id"], row["title"], row["profile"], (), frozenset(row["obligations"])) for row in rows}


class TrialOutcome(StrEnum):
    """What became of a trial: a remark is what the specification only recommends otherwise, or leaves open."""

    PASSED = "pass"
    REMARK = "remark"
    FAILED = "fail"
    ERROR = "error"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True)
class JudgedTrial:
    """One trial with its checks."""

    facts: TrialFacts
    outcome: TrialOutcome
    reason: str
    checks: tuple[Judgement, ...]
    frames: tuple[int, ...]


def judge_trial(run: CaseRun, judgements: Sequence[Judgement]) -> JudgedTrial:
    """The outcome of a trial is that of its obligations in its window."""
    return _judged(trial_catalogue()[run.id], run, judgements)


def judge_central_trial(run: CaseRun, judgements: Sequence[Judgement]) -> JudgedTrial:
    """As `judge_trial`, for a trial of a central system."""
    return _judged(central_trial_catalogue()[run.id], run, judgements)


def _judged(facts: TrialFacts, run: CaseRun, judgements: Sequence[Judgement]) -> JudgedTrial:
    began = not run.watched and run.first <= run.last
    checks = tuple(each for each in judgements if began and each.obligation in facts.obligations and run.first <= each.at <= run.last)
    outcome, reason = _outcome(run, checks)
    return JudgedTrial(facts, outcome, reason, checks, (run.first, run.last) if began else ())


def _outcome(run: CaseRun, checks: Sequence[Judgement]) -> tuple[TrialOutcome, str]:
    accused = [check for check in checks if check.accuses]
    if accused:
        return TrialOutcome.FAILED, accused[0].text
    remarks = [check for check in checks if check.severity in {Severity.WARNING, Severity.NOTE}]
    if remarks:
        return TrialOutcome.REMARK, "; ".join(dict.fromkeys(check.text for check in remarks))
    if run.stopped is not None:
        return TrialOutcome.ERROR, run.stopped
    kept_from = run.not_applicable or run.skipped
    passed = [check for check in checks if check.outcome is Outcome.PASSED]
    if passed and kept_from is None:
        return TrialOutcome.PASSED, "; ".join(dict.fromkeys(check.text for check in passed))
    return TrialOutcome.NOT_EXERCISED, kept_from or "; ".join(check.text for check in checks) or "nothing of it could be judged"
