"""From judgements to outcomes of cases and to the verdict of an audit: pure functions, the last step of the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from probes.judge.catalogue import case_actions, needed_by, obligation
from probes.judge.compare import KeyRow, configuration, performance
from probes.judge.findings import AuditFinding, merged
from probes.judge.frames import Exchange, within
from probes.judge.identity import IdentityRow, identity
from probes.judge.outcomes import Judgement, Outcome, View
from probes.judge.profiles import CaseResult, ProfileRow, profiles
from probes.judge.response_times import PerformanceComparison
from registry.certificates.facts import Severity


class Verdict(StrEnum):
    """What an audit concludes."""

    CONFORMANT = "conformant"
    DEVIATES = "deviates"
    INCONCLUSIVE = "inconclusive"


class CaseOutcome(StrEnum):
    """What became of one case."""

    PASSED = "pass"
    FAILED = "fail"
    ERROR = "error"
    PARTIAL = "partial"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class CaseRun:
    """How one case was run: the window of frames, and whether its script came to its end.

    `first` and `last` are the numbers of the first and last record of its window. `stopped` says why no answer could be obtained,
    `not_applicable` why the case does not apply, `skipped` what was left out of it; each None for nothing of the kind. A case that was
    `watched` for had no script: its window is the whole audit, and only what the case itself is about counts. One that was `found` in a
    recording, too, may have taken place anywhere in it: what holds for every frame counts for the exchanges that the case is about.
    """

    id: str
    profile: str
    first: int
    last: int
    stopped: str | None = None
    not_applicable: str | None = None
    skipped: str | None = None
    changed: tuple[str, ...] = ()
    watched: bool = False
    found: bool = False


@dataclass(frozen=True)
class JudgedCase:
    """One case with its checks."""

    id: str
    profile: str
    outcome: CaseOutcome
    reason: str
    checks: tuple[Judgement, ...]
    frames: tuple[int, ...]


@dataclass(frozen=True)
class Assessment:
    """Everything that the judge concludes from one transcript. `not_seen` are the cases of which nothing took place, with the reason."""

    verdict: Verdict
    reason: str
    identity: tuple[IdentityRow, ...]
    profiles: tuple[ProfileRow, ...]
    configuration: tuple[KeyRow, ...]
    performance: tuple[PerformanceComparison, ...]
    cases: tuple[JudgedCase, ...]
    findings: tuple[AuditFinding, ...] = field(default=())
    not_seen: tuple[tuple[str, str], ...] = field(default=())


NEVER_SEEN = "nothing of it happened while the station was watched"


def assess(
    view: View, judgements: Sequence[Judgement], runs: Sequence[CaseRun], not_restored: Sequence[str] = (), trials: Sequence[CaseRun] = ()
) -> Assessment:
    """Judge the cases, compare with the certificate, name each cause once, conclude. `not_restored` says what of the audit's own changes
    could not be undone; of `trials` it is told here only what they changed.
    """
    cases, not_seen = judge_cases(runs, judgements, view.asked, view.since)
    results = [CaseResult(case.id, case.profile, str(case.outcome), case.frames) for case in cases]
    identity_rows, identity_findings = identity(view)
    key_rows, key_findings = configuration(view)
    profile_rows, profile_findings = profiles(view, results)
    performance_rows, performance_findings = performance(view)
    # Comparisons come first: where a case and a comparison name one cause, the comparison says it in the certificate's terms.
    findings = merged(
        (
            *identity_findings,
            *profile_findings,
            *key_findings,
            *performance_findings,
            *told(judgements),
            *_changes((*runs, *trials)),
            *left_behind(not_restored),
        )
    )
    verdict, reason = conclude(view, findings, identity_rows, cases)
    return Assessment(verdict, reason, identity_rows, profile_rows, key_rows, performance_rows, cases, findings, not_seen)


def judge_cases(
    runs: Sequence[CaseRun], judgements: Sequence[Judgement], exchanges: Sequence[Exchange], since: int = 0
) -> tuple[tuple[JudgedCase, ...], tuple[tuple[str, str], ...]]:
    """The cases that took place, and of the others the id with the reason."""
    judged = [(run, judge_case(run, judgements, exchanges, since)) for run in runs]
    cases = tuple(case for run, case in judged if _took_place(run, case))
    return cases, tuple((run.id, run.skipped or NEVER_SEEN) for run, case in judged if not _took_place(run, case))


def _took_place(run: CaseRun, case: JudgedCase) -> bool:
    """A case without a script, or one that was not begun, counts only where something was seen of it; the latter only where it failed."""
    if not run.watched:
        return True
    return case.outcome is CaseOutcome.FAILED if run.skipped is not None else bool(case.checks)


def judge_case(run: CaseRun, judgements: Sequence[Judgement], exchanges: Sequence[Exchange], since: int = 0) -> JudgedCase:
    """The outcome of a case is that of the obligations that it serves, in its window. `exchanges` are those that a case can be about,
    `since` the first record of the audit.
    """
    frames = (run.first, run.last) if run.first <= run.last else ()
    if run.not_applicable is not None:
        return JudgedCase(run.id, run.profile, CaseOutcome.NOT_APPLICABLE, run.not_applicable, (), frames)
    checks = tuple(_checks(run, judgements, exchanges, since))
    outcome, reason = _outcome(run, checks)
    return JudgedCase(run.id, run.profile, outcome, reason, checks, frames)


def _checks(run: CaseRun, judgements: Sequence[Judgement], exchanges: Sequence[Exchange], since: int) -> Iterator[Judgement]:
    """What the case is about, wherever in its window; and what holds for every frame, of the answers to the requests that it is about.

    What is wrong with the answer to another request of its script is a finding, and the failure of the case that is about that request.
    """
    about = {judgement.at for judgement in judgements if obligation(judgement.obligation).is_about(run.id)} if run.found else None
    asked = {
        seq
        for exchange in within(exchanges, run.first, run.last)
        if not run.watched and exchange.action in case_actions().get(run.id, ()) and (about is None or exchange.call.seq in about)
        for seq in exchange.seqs
    }
    for judgement in judgements:
        facts = obligation(judgement.obligation)
        if facts.is_about(run.id):
            # Of a case that was not carried out to its end, what others have shown of it still counts against it.
            shown = run.skipped is not None and judgement.accuses and judgement.at >= since
            if shown or run.first <= judgement.at <= run.last:
                yield judgement
        elif judgement.at in asked and facts.serves(run.id):
            yield judgement


def _missing(run: CaseRun, checks: Sequence[Judgement]) -> list[str]:
    """What the case needs to have seen and has not: a case is passed only when everything that it is about took place."""
    judged = {check.obligation for check in checks}
    return [facts.title for facts in needed_by(run.id) if facts.id not in judged]


def _outcome(run: CaseRun, checks: Sequence[Judgement]) -> tuple[CaseOutcome, str]:
    accused = [check for check in checks if check.accuses]
    if accused:
        causes = ", ".join(dict.fromkeys(check.subject or check.obligation for check in accused))
        return CaseOutcome.FAILED, f"{accused[0].text} [{causes}]"
    if run.stopped is not None:
        return CaseOutcome.ERROR, run.stopped
    special = [check for check in checks if obligation(check.obligation).is_about(run.id)]
    passed = [check for check in special if check.outcome is Outcome.PASSED]
    left_open = [check for check in special if check.outcome is Outcome.NOT_EXERCISED]
    works = [check for check in left_open if (check.subject or "").startswith("works/")]
    if works:
        return CaseOutcome.NOT_APPLICABLE, f"{works[0].text}; the case is about devices without it"
    remarks = [check.text for check in special if check.outcome is Outcome.PASSED and check.severity is not None]
    missing = _missing(run, checks)
    if passed and not left_open and not missing and run.skipped is None:
        return CaseOutcome.PASSED, "; ".join(remarks) or passed[0].text
    not_seen = [f"not seen: {title}" for title in missing] if passed else []
    reason = "; ".join([*(check.text for check in left_open), *([run.skipped] if run.skipped else []), *not_seen])
    return CaseOutcome.PARTIAL, reason or "nothing of it could be judged from the frames"


def told(judgements: Iterable[Judgement]) -> Iterable[AuditFinding]:
    """What judgements have to say beyond that something is as it should be."""
    for judgement in judgements:
        if judgement.severity is not None:
            yield AuditFinding(
                judgement.obligation, judgement.severity, judgement.text, judgement.frames, judgement.subject or judgement.obligation
            )


def _changes(runs: Iterable[CaseRun]) -> Iterable[AuditFinding]:
    for run in runs:
        for text in run.changed:
            yield AuditFinding("changed", Severity.WARNING, text, (run.first, run.last), f"changed/{run.id}/{text}")


def left_behind(not_restored: Iterable[str]) -> Iterable[AuditFinding]:
    """What of the audit's own changes could not be undone."""
    for text in not_restored:
        yield AuditFinding("not-restored", Severity.WARNING, text, (), f"not-restored/{text}")


def conclude(
    view: View, findings: Sequence[AuditFinding], identity_rows: Sequence[IdentityRow], cases: Sequence[JudgedCase]
) -> tuple[Verdict, str]:
    """One error deviates. Conformant needs what stands for the product: its version seen, no doubt of its model, its keys read, cases
    passed, none unanswered.
    """
    if deviation := deviating(findings):
        return deviation
    software = next(row for row in identity_rows if row.field == "software_version")
    if software.verdict != "match":
        return Verdict.INCONCLUSIVE, software.note or "the certificate's software version could not be compared"
    if doubt := next((row.note for row in identity_rows if row.is_open), None):
        return Verdict.INCONCLUSIVE, doubt
    if view.certified.keys is not None and view.timeline.last.full_read is None:
        return Verdict.INCONCLUSIVE, "the configuration could not be read"
    verdict, reason = conforming(cases)
    by = next((row.note for row in identity_rows if row.by and row.verdict == "match"), None)
    return verdict, f"{reason}; {by}" if by and verdict is Verdict.CONFORMANT else reason


def deviating(findings: Sequence[AuditFinding]) -> tuple[Verdict, str] | None:
    """What a device that deviates is told: one error is enough. None: it has none."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return None
    more = f"; {len(errors) - 1} more" if len(errors) > 1 else ""
    return Verdict.DEVIATES, errors[0].message + more


def conforming(cases: Sequence[JudgedCase]) -> tuple[Verdict, str]:
    """What a device without errors is told: it conforms where cases passed and none was left without an answer."""
    unanswered = [case.id for case in cases if case.outcome is CaseOutcome.ERROR]
    if unanswered:
        return Verdict.INCONCLUSIVE, f"no answer could be obtained in {', '.join(unanswered)}"
    passed = sum(case.outcome is CaseOutcome.PASSED for case in cases)
    if not passed:
        return Verdict.INCONCLUSIVE, "no case was exercised to its end"
    return Verdict.CONFORMANT, f"nothing deviates from the certificate; {passed} {'case' if passed == 1 else 'cases'} passed"
