"""Feature profiles in three columns: certified, advertised, observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probes.judge import normal
from probes.judge.catalogue import ProfileFacts, feature_profiles, letters, profile_named
from probes.judge.configuration import PROFILES_KEY, advertised_profiles, advertises
from probes.judge.findings import AuditFinding
from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.judge.requests import UNSUPPORTED
from registry.certificates.facts import Severity


@dataclass(frozen=True)
class ProfileRow:
    """One feature profile in three columns: certified, advertised, observed."""

    profile: str
    certified: str | None
    advertised: bool | None
    observed: str
    verdict: str
    frames: tuple[int, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """What `profiles` needs to know of a case: its profile (identifier), its outcome, the causes of its failures, its frames."""

    id: str
    profile: str
    outcome: str
    frames: tuple[int, ...] = ()


def profiles(view: View, cases: Sequence[CaseResult]) -> tuple[tuple[ProfileRow, ...], tuple[AuditFinding, ...]]:
    """Each profile certified, advertised and observed; to advertise one that is not certified is a deviation."""
    printed = view.certified.facts.profiles or {}
    rows: list[ProfileRow] = []
    findings: list[AuditFinding] = []
    for name, result in printed.items():
        facts = profile_named(name)
        if facts is None:
            rows.append(ProfileRow(name, result, None, "not exercised", "not exercised"))
            continue
        row = _profile_row(name, result, facts, view, cases)
        rows.append(row)
        findings.extend(_profile_findings(row, facts, view))
    findings.extend(_no_longer_advertised(view))
    findings.extend(_unprinted(view, {facts.identifier for name in printed if (facts := profile_named(name))}))
    return tuple(rows), tuple(findings)


def _profile_row(name: str, result: str | None, facts: ProfileFacts, view: View, cases: Sequence[CaseResult]) -> ProfileRow:
    certified = view.certified.profiles.get(facts.identifier)
    advertised = advertises(view.timeline.last, facts.identifier)
    asked = [exchange for exchange in view.asked if exchange.action in facts.actions and exchange.reply]
    own = [case for case in cases if case.profile == facts.identifier]
    observed = _observed(facts, certified, asked, own)
    frames = _proof(facts, view, asked, own)
    return ProfileRow(name, result, advertised, observed, _profile_verdict(certified, advertised, observed), frames)


def _proof(facts: ProfileFacts, view: View, asked: Sequence[Exchange], cases: Sequence[CaseResult]) -> tuple[int, ...]:
    """The frames that a row rests on: what the device advertises, and what was asked of the profile. Every message belongs to Core, so
    there it is the frames of the cases.
    """
    reading = view.timeline.last.configuration.get(PROFILES_KEY.casefold())
    seen = {seq for case in cases for seq in case.frames} if facts.identifier == "Core" else {seq for e in asked for seq in e.seqs}
    return tuple(sorted(seen | set(reading.frames if reading else ())))


def _observed(facts: ProfileFacts, certified: bool | None, asked: Sequence[Exchange], cases: Sequence[CaseResult]) -> str:
    outcomes = {case.outcome for case in cases}
    if certified is not False and "fail" in outcomes:
        return "fails"
    if asked and all(exchange.error_code in UNSUPPORTED for exchange in asked) and facts.identifier != "Core":
        return "not implemented"
    served = any(_served(exchange) for exchange in asked)
    if certified is not False:
        # To refuse properly is no function of a profile: one works when something of it was served.
        return "works" if "pass" in outcomes and (served or facts.identifier == "Core") else "not exercised"
    if served:
        return "works"
    return "not implemented" if asked else "not exercised"


def _served(exchange: Exchange) -> bool:
    """Whether the station served a message of a profile: it accepted it, or gave what was asked for."""
    if exchange.action == "GetLocalListVersion":
        version = (exchange.result or {}).get("listVersion")
        return isinstance(version, int) and version >= 0
    if exchange.action == "GetDiagnostics":
        # Without a file name there is nothing to be had (1.6 5.9).
        return bool((exchange.result or {}).get("fileName"))
    if exchange.action == "UpdateFirmware":
        return exchange.result is not None
    return exchange.status == "Accepted"


def _profile_verdict(certified: bool | None, advertised: bool | None, observed: str) -> str:
    if certified is None:
        return "not exercised"
    if certified:
        if advertised is False and observed == "not exercised":
            return "fails"
        return {"works": "verified"}.get(observed, observed)
    if observed == "works":
        return "works but not certified"
    return "fails" if advertised and observed != "not exercised" else observed


def _profile_findings(row: ProfileRow, facts: ProfileFacts, view: View) -> Iterator[AuditFinding]:
    certified = view.certified.profiles.get(facts.identifier)
    subject, reading = f"profiles/{facts.identifier}", view.timeline.last.configuration.get(PROFILES_KEY.casefold())
    frames = reading.frames if reading else ()
    declared = view.certified.declared(PROFILES_KEY)
    declares = declared is not None and any(profile is facts for profile in map(profile_named, declared.split(",")))
    if certified is False and row.advertised:
        said = f"the device advertises the profile {row.profile}, for which it is not certified ({row.certified})"
        if declares:
            message = f"{said}; the certificate's own value of {PROFILES_KEY} names it, too"
            yield AuditFinding("profiles", Severity.WARNING, message, frames, subject)
        else:
            # Who has more than was certified, and says so (9.1.29), contradicts no list where none is printed.
            honest = declared is None and row.observed in {"works", "not exercised"}
            yield AuditFinding("profiles", Severity.WARNING if honest else Severity.ERROR, said, frames, subject)
    elif certified is False and row.observed == "works":
        message = f"the device serves messages of {row.profile}, for which it is not certified"
        yield AuditFinding("profiles", Severity.NOTE, message, row.frames, f"works/{facts.identifier}")
    elif certified and row.advertised is False:
        said = f"the device does not advertise the certified profile {row.profile}"
        severity = Severity.NOTE if declared is not None and not declares else Severity.ERROR
        yield AuditFinding("profiles", severity, said, frames, subject)
    elif certified and row.observed == "not implemented":
        message = f"the device answers every message of the certified profile {row.profile} with NotImplemented or NotSupported"
        yield AuditFinding("profiles", Severity.WARNING, message, row.frames, subject)


def _no_longer_advertised(view: View) -> Iterator[AuditFinding]:
    """Items of the certificate's own SupportedFeatureProfiles that the device lacks and that are no certified profile."""
    declared, advertised = view.certified.declared(PROFILES_KEY), advertised_profiles(view.timeline.last)
    reading = view.timeline.last.configuration.get(PROFILES_KEY.casefold())
    if declared is None or advertised is None or reading is None:
        return
    present = {letters(item) for item in advertised} | {facts.identifier for item in advertised if (facts := profile_named(item))}
    for item in filter(None, (item.strip() for item in declared.split(","))):
        facts = profile_named(item)
        if letters(item) in present or (facts and (facts.identifier in present or view.certified.profiles.get(facts.identifier))):
            continue
        message = f"the device does not advertise {item!r}, which the certificate's {PROFILES_KEY} names"
        # Where the certificate's profile table says that it is not certified, the certificate contradicts itself: no ground to accuse.
        severity = Severity.WARNING if facts else Severity.ERROR
        yield AuditFinding("profiles", severity, message, reading.frames, f"profiles/{facts.identifier if facts else item}")


def _unprinted(view: View, printed: set[str]) -> Iterator[AuditFinding]:
    """Advertised items that the certificate's profile table has no row for: unknown identifiers, or a table that was not read."""
    items = advertised_profiles(view.timeline.last) or ()
    declared = {normal.text(item) for item in (view.certified.declared(PROFILES_KEY) or "").split(",")}
    reading = view.timeline.last.configuration.get(PROFILES_KEY.casefold())
    known = {facts.identifier for facts in feature_profiles()}
    for item in items:
        facts = profile_named(item)
        if (facts and facts.identifier in printed) or normal.text(item) in declared:
            continue
        identifier = facts.identifier if facts else item
        severity = Severity.ERROR if view.certified.declared(PROFILES_KEY) is not None and identifier not in known else Severity.WARNING
        message = f"the device advertises {item!r}, which the certificate does not name"
        yield AuditFinding("profiles", severity, message, reading.frames if reading else (), f"profiles/{identifier}")
