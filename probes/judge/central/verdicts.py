"""From judgements to the verdict on a central system: cases, the comparison with its certificate, one conclusion. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from probes.judge.catalogue import ProfileFacts, feature_profiles, letters, profile_named
from probes.judge.central.load import load_findings, load_rows
from probes.judge.central.rules.everywhere import is_broken_on_purpose
from probes.judge.central.rules.handshakes import ASKING_VERSIONS
from probes.judge.central.view import AUTHORIZE_RESPONSE, CentralView
from probes.judge.certified import RESPONSE_TIMEOUT
from probes.judge.findings import AuditFinding, merged
from probes.judge.frames import Exchange
from probes.judge.identity import IdentityRow, software_row
from probes.judge.outcomes import Judgement
from probes.judge.profiles import ProfileRow
from probes.judge.requests import UNSUPPORTED
from probes.judge.response_times import Measured, OwnLateness, PerformanceComparison, compared, findings_of
from probes.judge.rules.firmware import SECURITY_ROWS, is_secured
from probes.judge.verdicts import (
    Assessment,
    CaseOutcome,
    CaseRun,
    JudgedCase,
    Verdict,
    conforming,
    deviating,
    judge_cases,
    left_behind,
    told,
)
from probes.wire.envelope import SUBPROTOCOL
from probes.wire.schemas import known_actions
from registry.certificates.facts import Severity

VERSION_NOTE = "a central system does not tell its version over OCPP 1.6; that this one runs the certified version must be known otherwise"
SAID_NOTE = "as told by who ordered the audit; a central system does not tell its version over OCPP 1.6"

SECURITY = "Security"
"""The identifier of the security extension, of which SupportedFeatureProfiles knows nothing."""

DOORS = frozenset({"TC_085_CSMS", "TC_086_CSMS", "TC_087_CSMS"})
"""The cases about who is let in; one of them at least must have passed for the security extension to be verified."""

AFTER_ALL = sys.maxsize
"""As the first record from where on the failures of one case count against another that was not carried out: none does. Nobody has asked
for what that case is about.
"""


def assess_central(
    view: CentralView,
    judgements: Sequence[Judgement],
    runs: Sequence[CaseRun],
    left: Sequence[str] = (),
    said_version: str | None = None,
    broken_off: str | None = None,
) -> Assessment:
    """Judge the cases, compare with the certificate, name each cause once, conclude. `left` says what the audit left behind, `said_version`
    what its people say that the central system's version is (None: nothing), `broken_off` why the audit went no further (None: it did).
    """
    cases, not_seen = judge_cases(runs, judgements, view.exchanges, since=AFTER_ALL)
    identity_rows, identity_findings = _identity(view, said_version)
    profile_rows, profile_findings = _profiles(view, cases)
    performance_rows, performance_findings = _performance(view)
    rows = load_rows(view)
    findings = merged(
        (*identity_findings, *profile_findings, *performance_findings, *told(judgements), *load_findings(view, rows), *left_behind(left))
    )
    verdict, reason = conclude_central(findings, cases, broken_off, begun=_is_begun(view))
    return Assessment(verdict, reason, identity_rows, profile_rows, (), performance_rows, cases, findings, not_seen)


def _identity(view: CentralView, said: str | None) -> tuple[tuple[IdentityRow, ...], tuple[AuditFinding, ...]]:
    facts = view.certified.facts
    if said is None:
        return (IdentityRow("software_version", facts.software_version, None, "unknown", (), VERSION_NOTE),), ()
    row = software_row(facts.software_version, said, ())
    row = IdentityRow(row.field, row.certified, row.observed, row.verdict, (), f"{row.note}; {SAID_NOTE}" if row.note else SAID_NOTE)
    if row.verdict != "drift":
        return (row,), ()
    message = f"software version: certified {row.certified!r}, said to run {said!r}"
    return (row,), (AuditFinding("identity", Severity.ERROR, message, (), "identity/software_version"),)


# --- feature profiles


def _profiles(view: CentralView, cases: Sequence[JudgedCase]) -> tuple[tuple[ProfileRow, ...], tuple[AuditFinding, ...]]:
    """Each profile certified and observed; nothing in OCPP 1.6 lets a central system advertise any."""
    rows: list[ProfileRow] = []
    findings: list[AuditFinding] = []
    for name, result in (view.certified.facts.profiles or {}).items():
        facts = _profile_facts(name)
        if facts is None:
            rows.append(ProfileRow(name, result, None, "not exercised", "not exercised"))
            continue
        row = _profile_row(name, result, facts, view, cases)
        rows.append(row)
        findings.extend(_profile_findings(row, facts, view))
    return tuple(rows), tuple(findings)


def _profile_facts(name: str) -> ProfileFacts | None:
    """What belongs to a row of the profile table: to that of the security extension whatever OCPP 1.6 itself does not have."""
    if letters(name) in SECURITY_ROWS:
        others = {action for profile in feature_profiles() for action in profile.actions}
        return ProfileFacts(name, SECURITY, known_actions() - others)
    return profile_named(name)


def _certified(view: CentralView, identifier: str) -> bool | None:
    return is_secured(view.certified) if identifier == SECURITY else view.certified.profiles.get(identifier)


def _profile_row(name: str, result: str | None, facts: ProfileFacts, view: CentralView, cases: Sequence[JudgedCase]) -> ProfileRow:
    certified = _certified(view, facts.identifier)
    own = [case for case in cases if case.profile == facts.identifier]
    served, refused = _of_profile(facts, view)
    outcomes = {case.outcome for case in own}
    if CaseOutcome.FAILED in outcomes and certified is not False:
        observed = "fails"
    elif refused and not served:
        observed = "not implemented"
    elif certified is False:
        observed = "works" if served else "not exercised"
    else:
        # Of security nothing is verified by what goes over a plain connection.
        shown = {case.outcome for case in own if facts.identifier != SECURITY or case.id in DOORS}
        observed = "works" if CaseOutcome.PASSED in shown else "not exercised"
    frames = tuple(sorted({seq for case in own for seq in case.frames} | {seq for exchange in refused for seq in exchange.seqs}))
    return ProfileRow(name, result, None, observed, _profile_verdict(certified, observed), frames)


def _of_profile(facts: ProfileFacts, view: CentralView) -> tuple[list[Exchange], list[Exchange]]:
    """The exchanges of the profile's messages that the central system took part in, and those it refused as not known to it."""
    own = [exchange for exchange in view.exchanges if exchange.action in facts.actions]
    refused = [exchange for exchange in own if not exchange.from_csms and exchange.error_code in UNSUPPORTED]
    served = [exchange for exchange in own if exchange.from_csms or exchange.result is not None]
    return served, refused


def _profile_verdict(certified: bool | None, observed: str) -> str:
    if certified is None:
        return "not exercised"
    if certified:
        return "verified" if observed == "works" else observed
    return "works but not certified" if observed == "works" else observed


def _profile_findings(row: ProfileRow, facts: ProfileFacts, view: CentralView) -> Iterator[AuditFinding]:
    certified = _certified(view, facts.identifier)
    subject = f"profiles/{facts.identifier}"
    if certified and row.observed == "not implemented":
        message = f"the central system answers messages of the certified profile {row.profile} with NotImplemented or NotSupported"
        yield AuditFinding("profiles", Severity.ERROR, message, row.frames, subject)
    elif certified is False and row.observed == "works":
        message = f"the central system uses messages of {row.profile}, for which it is not certified"
        yield AuditFinding("profiles", Severity.NOTE, message, row.frames, f"works/{facts.identifier}")


# --- performance


def _performance(view: CentralView) -> tuple[tuple[PerformanceComparison, ...], tuple[AuditFinding, ...]]:
    """Seconds from each call of a station to its answer, Authorize apart; the network's time is in them."""
    lateness = OwnLateness(view.records)
    rows = []
    for printed in view.certified.facts.performance or ():
        asked = [] if printed.name not in {RESPONSE_TIMEOUT, AUTHORIZE_RESPONSE} else _measured(view, printed.name == AUTHORIZE_RESPONSE)
        measured = [Measured(each.call.elapsed, each.elapsed or 0.0, each.seqs) for each in asked]
        rows.append(compared(printed, measured, lateness))
    return tuple(rows), tuple(finding for row in rows for finding in findings_of(row))


def _measured(view: CentralView, authorize: bool) -> list[Exchange]:
    """The answered calls that a row of the performance table is about, without those of further stations: the
    certificate's times are those of one.
    """
    return [
        exchange
        for exchange in view.exchanges
        if not exchange.from_csms
        and exchange.reply is not None
        and (exchange.action == "Authorize") is authorize
        and (not view.leading or exchange.call.charge_point_id in view.leading)
        and not is_broken_on_purpose(exchange)
    ]


# --- versions


def version_rows(view: CentralView) -> list[dict[str, Any]]:
    """Each version of OCPP that was offered alone in a handshake, and whether it was agreed to; certified is 1.6."""
    rows = {}
    for attempt in view.attempts:
        offered = attempt.detail.get("offered")
        if attempt.purpose == ASKING_VERSIONS and isinstance(offered, list) and len(offered) == 1:
            name, agreed = str(offered[0]), attempt.opened and attempt.detail.get("subprotocol") == offered[0]
            rows[name] = {"subprotocol": name, "certified": name == SUBPROTOCOL, "agreed": agreed, "frames": [attempt.seq]}
    return list(rows.values())


# --- the conclusion


def _is_begun(view: CentralView) -> bool:
    """Whether any call of a station was ever served: what never did is perhaps no central system at all, or does not know our station."""
    return any(not exchange.from_csms and exchange.result is not None for exchange in view.every_exchange)


def conclude_central(
    findings: Sequence[AuditFinding], cases: Sequence[JudgedCase], broken_off: str | None, *, begun: bool = True
) -> tuple[Verdict, str]:
    """One error deviates, where the audit could be begun. Conformant needs cases passed and none without an answer."""
    if broken_off is not None and not begun:
        return Verdict.INCONCLUSIVE, broken_off
    if deviation := deviating(findings):
        return deviation
    if broken_off is not None:
        return Verdict.INCONCLUSIVE, broken_off
    return conforming(cases)
