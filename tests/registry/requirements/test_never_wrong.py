"""Verdicts against a slow judge that tries everything that may be so: nobody is accused wrongly, and nothing unknown is said to be met.

What was not read may be anything; a day that is not known may be any; of an older revision it may hold or not; where an offer names no
certificate, or one that is not here, there may be one that nobody here knows of. The papers of a management system say nothing of a station
of its name, nor the other way about.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.certificates.numbers import named_in
from registry.matching.disputes import Dispute
from registry.requirements.evaluation import Answer
from registry.requirements.model import AllOf, AnyOf, Certified, Given, KeyValue, Phase, Pics, Readings, Rule, RuleSet
from registry.requirements.offers import Evidence, Held, Offer
from registry.requirements.truth import Truth
from tests.registry.requirements.making import OFFER, judged, rules

ALIKE = ("Holder One (North)", "Holder One (South)")
"""By their brackets alone these may be two companies, or one."""

HOLDERS, MODELS, VERSIONS = (ALIKE[0], "Other Two", ALIKE[1]), ("M-1", "X-9"), ("1.3.337", "7.7")
TYPES = ("M-1", "T-60", "T-120")
"""What was tested: the product by its other name, or two products that share the first."""

CONNECTORS = "Socket(s) / connector(s)"
PROTOCOLS, PROFILES, ROLES = ("OCPP 1.6", "OCPP 2.0.1"), ("Core", "Security"), ("CS", "CSMS")
NUMBERS = ("OCA.0016.9000.CS", "W01.OCA.0016.9000.CS", "F02.OCA.0016.9000.CS", "OCA.0016.9001.CS")
REVISION = "update-2025-12-12"
CHANGES = (date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1))
CASES = 1_000
KEY, TIME = "HeartbeatInterval", "OCPP response timeout"
KEY_PATH, TIME_PATH = f"configuration_keys.{KEY}", f"performance.{TIME}.pics_seconds"
MOST, MORE = 300, 900
"""What rules ask at most of both, and what is more than that."""

DAYS = tuple(day + timedelta(days=by) for day in CHANGES for by in (-1, 0, 1))


@dataclass(frozen=True)
class Sheet:
    """A certificate as it may be: whether it is of what is offered, as what, what it passed, and the key and the time that it declares.

    `role` is None for one that nobody here knows of: it is of whatever is offered.
    """

    covers: bool
    is_named: bool
    role: str | None
    protocol: str
    passed: frozenset[str]
    key: int | None
    seconds: int | None


def mostly(dice: random.Random, usual: Any, *others: Any) -> Any:
    """The usual in three of four: what holds by chance alone seldom does, and then nothing is tried."""
    return usual if dice.random() < 0.75 else dice.choice(others)


def registry(dice: random.Random) -> list[Held]:
    known = [certificate(dice, number) for number in dice.sample(NUMBERS, dice.randint(0, 3))]
    if len(known) < 2 or dice.random() < 0.5:
        return known
    # Of two each has passed what the other has not: do they count together?
    halves = [
        replace(held, facts=replace(held.facts, profiles={PROFILES[at]: "Pass", PROFILES[not at]: "N/A"}))
        for at, held in enumerate(known[:2])
    ]
    return [*halves, *known[2:]]


def certificate(dice: random.Random, number: str) -> Held:
    rows = {name: mostly(dice, "Pass", "N/A") for name in PROFILES}
    facts = CertificateFacts(
        number=number,
        revision=mostly(dice, None, REVISION),
        kind=" + ".join(name for name, value in rows.items() if value == "Pass") or None,
        protocol=dice.choice(PROTOCOLS),
        role=mostly(dice, *ROLES),
        holder=mostly(dice, *HOLDERS),
        vendor_name=mostly(dice, None, *HOLDERS),
        designation=mostly(dice, *MODELS),
        model=mostly(dice, None, *TYPES),
        hardware=mostly(dice, None, {CONNECTORS: "Single"}, {CONNECTORS: "Multiple"}),
        software_version=mostly(dice, *VERSIONS),
        certification_date=mostly(dice, "2020-02-03", *(day.isoformat() for day in DAYS)),
        profiles=dict(rows),
        configuration_keys=mostly(dice, {KEY: str(MOST)}, {KEY: str(MORE)}, {KEY: None}, {}),
        performance=mostly(dice, (PerformanceRow(TIME, MOST, None),), (PerformanceRow(TIME, MORE, None),), ()),
    )
    fields = ("designation", "software_version", "protocol", "role", "holder", "certification_date", KEY_PATH, TIME_PATH)
    paths = (*fields, *(f"profiles.{name}" for name in PROFILES))
    unread = frozenset(mostly(dice, (), *((path,) for path in paths)))
    # Of few: what is in dispute is a doubt, and among doubts alone nothing is tried.
    disputed = Dispute(frozenset({dice.choice(("holder", "designation"))}), "Another Three", "M-1") if dice.random() < 0.1 else None
    unread |= disputed.fields if disputed is not None else frozenset()
    return Held(facts, unread, is_withdrawn=dice.random() < 0.1, held_now=mostly(dice, None, "", "?"), dispute=disputed)


def offered(dice: random.Random) -> Offer:
    names = [number + mostly(dice, "", f" - {REVISION}") for number in dice.sample(NUMBERS, dice.randint(0, 2))]
    installed = dice.choice((None, dice.choice(DAYS)))
    paper = Evidence(dice.choice(("tool report", "proof of payment")), dice.choice((None, *PROTOCOLS)))
    return replace(
        OFFER,
        holder=mostly(dice, *HOLDERS, None),
        software_version=mostly(dice, "v1.3.337", None),
        role=mostly(dice, "CS", "CSMS", None, None),
        # As a cell of a spreadsheet names them.
        certificates=named_in(" / ".join(names)),
        evidence=mostly(dice, (), (paper,)),
        is_evidence_unclear=mostly(dice, False, True),
        installed=installed,
        is_day_unclear=installed is None,
    )


def asked_for(dice: random.Random) -> RuleSet:
    """One to three phases between the changes, some of them left out, with or without an end."""
    bounds = [None, *sorted(dice.sample(CHANGES, dice.randint(0, 2))), None]
    spans = list(itertools.pairwise(bounds))
    left_out = mostly(dice, None, *spans)
    phases = [
        Phase(str(begins), rule(dice), begins, ends - timedelta(days=1) if ends else None)
        for begins, ends in spans
        if (begins, ends) != left_out or len(spans) == 1
    ]
    return rules(*phases, role=mostly(dice, "CS", None), asks_certificate=mostly(dice, True, False))


def rule(dice: random.Random, depth: int = 0) -> Rule:
    if depth < 2 and dice.random() < 0.4:
        parts = tuple(rule(dice, depth + 1) for _ in range(dice.randint(1, 2)))
        return dice.choice((AllOf(parts), AnyOf(parts), Readings("r", "n", parts)))
    if dice.random() < 0.2:
        return Given("g", ("tool report",), at_least=dice.choice(PROTOCOLS))
    if dice.random() < 0.25:
        return dice.choice((KeyValue("k", KEY, at_most=MOST), Pics("p", TIME, MOST)))
    protocol = dice.choice((None, *PROTOCOLS))
    profiles = tuple(name for name in PROFILES if dice.random() < 0.5)
    at_least = dice.random() < 0.5
    return Certified("c", protocol if at_least else None, None if at_least else protocol, profiles)


def cases(seed: int) -> Iterator[tuple[RuleSet, Offer, list[Held]]]:
    dice = random.Random(seed)
    for _ in range(CASES):
        yield asked_for(dice), offered(dice), registry(dice)


def may_cover(offer: Offer, held: Held) -> set[bool]:
    """Whether the certificate is of what is offered, in every way that it may be."""
    facts, is_named = held.facts, is_named_by(offer, held)
    is_known = "designation" not in held.unread and (facts.designation == "M-1") >= (facts.model == "M-1")
    truths = [{facts.designation == "M-1"} if is_known else {True, False}]
    if offer.software_version is None or "software_version" in held.unread:
        truths.append({True, False})
    else:
        truths.append({facts.software_version == "1.3.337"})
    if offer.holder is None:
        truths.append({True} if is_named else {True, False})
    elif "holder" in held.unread or {facts.holder, offer.holder} == set(ALIKE):
        truths.append({True, False})
    elif facts.holder != offer.holder and facts.vendor_name is not None and alike(facts.vendor_name) == alike(offer.holder):
        # Who made what was tested may be the holder under another name, and need not be.
        truths.append({True, False})
    elif facts.holder != offer.holder:
        truths.append({True, False} if is_named else {False})
    if held.is_withdrawn or held.held_now is not None:
        truths.append({True, False})
    return {all(one) for one in itertools.product(*truths)}


def alike(holder: str) -> str:
    """The company's name without what stands in brackets."""
    return holder.split(" (")[0]


def contradict(one: Held, other: Held) -> bool:
    """Whether two certificates of one name and version are of two products: by what was tested for them, or by its connectors."""
    facts, others = one.facts, other.facts
    if facts.role != others.role and "role" not in one.unread | other.unread:
        return False
    if facts.hardware and others.hardware and facts.hardware != others.hardware:
        return True
    plain = not {str(facts.number)[0], str(others.number)[0]} & {"F", "W"}
    return plain and None not in (facts.model, others.model) and facts.model != others.model


def is_named_by(offer: Offer, held: Held) -> bool:
    return any(name.split(" ")[0] == held.facts.number for name in offer.certificates)


def is_open(offer: Offer, known: Sequence[Held], asked: RuleSet) -> bool:
    """Whether there may be certificates that count and that nobody here knows of."""
    return not offer.certificates or not asked.asks_certificate or names_absent(offer, known)


def names_absent(offer: Offer, known: Sequence[Held]) -> bool:
    """Whether the offer names a certificate that is not here."""
    here = {name for held in known for name in (held.facts.number, f"{held.facts.number} {held.facts.revision}")}
    return not here >= set(offer.certificates)


def worlds(offer: Offer, known: Sequence[Held], asked: RuleSet) -> Iterator[tuple[str, date | None, list[Sheet], list[Evidence]]]:
    """Everything that may be so: what is offered, the day, the certificates, the other evidence."""
    for day in [offer.installed] if offer.installed else DAYS:
        for role, sheets, evidence in worlds_on(day, offer, known, asked):
            yield role, day, sheets, evidence


def worlds_on(day: date, offer: Offer, known: Sequence[Held], asked: RuleSet) -> Iterator[tuple[str, list[Sheet], list[Evidence]]]:
    # What may be of another product in any case says nothing of how many products have that name.
    certain = [place for place, held in enumerate(known) if may_cover(offer, held) == {True}]
    apart = [(one, other) for one, other in itertools.combinations(certain, 2) if contradict(known[one], known[other])]
    # Of two products, what is offered is one: that of which it names the certificate.
    named = {place for place in certain if is_named_by(offer, known[place])}
    left_out = {each for pair in apart for each in pair if each not in named or named.issuperset(pair)}
    choices: list[list[Sheet | None]] = [
        list(sheets_of(offer, held, day if asked.asks_certificate else None, may_be_left_out=place in left_out))
        for place, held in enumerate(known)
    ]
    if is_open(offer, known, asked):
        # Where the offer names one that is not here, that may declare whatever is asked.
        declared = MOST if names_absent(offer, known) else None
        unknown = [Sheet(True, True, None, protocol, frozenset(PROFILES), declared, declared) for protocol in PROTOCOLS]
        choices.append([None, *unknown])
    papers = [
        [replace(each, protocol=protocol) for protocol in ([each.protocol] if each.protocol else PROTOCOLS)] for each in offer.evidence
    ]
    evidences = [list(found) for found in itertools.product(*papers)]
    if offer.is_evidence_unclear or not (offer.certificates or offer.evidence) or not asked.asks_certificate:
        evidences.append([Evidence("tool report", PROTOCOLS[-1])])
    for world in itertools.product(*choices):
        if any(one.covers and other.covers for one, other in ((world[a], world[b]) for a, b in apart) if one and other):
            continue
        sheets = [sheet for sheet in world if sheet is not None]
        for role, evidence in itertools.product(roles_of(offer, sheets), evidences):
            yield role, sheets, evidence


def sheets_of(offer: Offer, held: Held, day: date | None, *, may_be_left_out: bool) -> Iterator[Sheet]:
    """The certificate in every way that it may be. After `day`, it may count or not: None, where that is no matter. It may be left out
    where another product has its name.
    """
    facts = held.facts
    dated = [each.isoformat() for each in DAYS] if "certification_date" in held.unread else [str(facts.certification_date)]
    ways_to_cover = may_cover(offer, held) | ({False} if may_be_left_out else set())
    ways_to_cover |= {False} if day is not None and max(dated) > day.isoformat() else set()
    protocols = PROTOCOLS if "protocol" in held.unread else (str(facts.protocol),)
    roles = ROLES if "role" in held.unread else (str(facts.role),)
    rows = [("Pass", "N/A") if f"profiles.{name}" in held.unread else ((facts.profiles or {})[name],) for name in PROFILES]
    key = (facts.configuration_keys or {}).get(KEY)
    seconds = facts.performance[0].pics_seconds if facts.performance else None
    keys = (MOST, MORE) if key and KEY_PATH in held.unread else (int(key) if key else None,)
    times = (MOST, MORE) if seconds and TIME_PATH in held.unread else (seconds,)
    passed = [frozenset(n for n, value in zip(PROFILES, row, strict=True) if value == "Pass") for row in itertools.product(*rows)]
    ways = itertools.product(sorted(ways_to_cover), roles, protocols, passed, keys, times)
    for covers, role, protocol, rows_passed, declared, time in ways:
        yield Sheet(covers, is_named_by(offer, held), role, protocol, rows_passed, declared, time)


def roles_of(offer: Offer, sheets: Sequence[Sheet]) -> Sequence[str]:
    if offer.role is not None:
        return [offer.role]
    covering = [sheet for sheet in sheets if sheet.covers and sheet.role is not None]
    told = [sheet for sheet in covering if sheet.is_named] or covering
    return sorted({str(sheet.role) for sheet in told}) or ROLES


def set_holds(asked: RuleSet, role: str, day: date | None, sheets: Sequence[Sheet], evidence: Sequence[Evidence]) -> bool | None:
    """Whether the set is met; None where it says nothing."""
    if asked.role is not None and role != asked.role:
        return False
    phase = next((phase for phase in asked.phases if day is not None and phase.covers(day)), None)
    counting = [sheet for sheet in sheets if sheet.covers and sheet.role in (None, role)]
    return holds(phase.rule, counting, evidence) if phase is not None else None


def holds(asked: Rule, sheets: Sequence[Sheet], evidence: Sequence[Evidence]) -> bool | None:
    if isinstance(asked, AllOf | AnyOf | Readings):
        parts = [holds(part, sheets, evidence) for part in asked.rules]
        if isinstance(asked, Readings):
            return parts[0] if len(set(parts)) == 1 else None
        decisive = isinstance(asked, AnyOf)
        return decisive if decisive in parts else None if None in parts else not decisive
    if isinstance(asked, KeyValue | Pics):
        declared = [sheet.key if isinstance(asked, KeyValue) else sheet.seconds for sheet in sheets]
        told = [value for value in declared if value is not None]
        return min(told) <= MOST if told else None
    if isinstance(asked, Given):
        return any(each.level in asked.levels and str(each.protocol) >= str(asked.at_least) for each in evidence)
    assert isinstance(asked, Certified)
    found: list[bool | None] = [False]
    for protocol in PROTOCOLS:
        if protocol < (asked.at_least or "") or asked.exactly not in (None, protocol):
            continue
        passed = [sheet.passed for sheet in sheets if sheet.protocol == protocol]
        if passed and asked.profiles:
            found.append(set(asked.profiles) <= frozenset().union(*passed))
        elif passed:
            # Where no profile is named, nobody knows whether a certificate of Security alone is meant.
            found.append("Core" in frozenset().union(*passed) or None)
    return True if True in found else None if None in found else False


@pytest.mark.parametrize("seed", range(4))
def test_no_verdict_is_ever_wrong(seed: int) -> None:
    given_answers = Counter(check_one(asked, offer, known) for asked, offer, known in cases(seed))
    assert all(given_answers[answer] > CASES / 40 for answer in (Answer.MEETS, Answer.DOES_NOT_MEET)), f"hardly tried: {given_answers}"


def check_one(asked: RuleSet, offer: Offer, known: list[Held]) -> Answer:
    verdict, case = judged(asked, offer, *known), (asked, offer, known)
    said: set[bool | None] = set()
    for world in worlds(offer, known, asked):
        said.add(set_holds(asked, *world))
        if len(said) > 1:
            break
    if verdict.answer is Answer.MEETS:
        assert said == {True}, case
    if verdict.answer is Answer.DOES_NOT_MEET:
        assert said == {False}, case
    is_known = bool(offer.software_version) and all(each.protocol for each in offer.evidence) and not any(each.unread for each in known)
    is_known = is_known and (bool(asked.role or offer.role) or len({each.facts.role for each in known}) == 1)
    is_known = is_known and len({(str(each.facts.configuration_keys), each.facts.performance) for each in known}) == 1
    is_known = is_known and not any(contradict(one, other) for one, other in itertools.combinations(known, 2))
    # Of no installation date nothing says that it was after some day.
    is_known = is_known and (offer.installed is not None or not asked.asks_certificate)
    if said == {True} and is_known:
        assert verdict.answer is Answer.MEETS, case
    assert bool(verdict.needed) == (verdict.answer is Answer.WOULD_MEET_WITH), case
    assert not verdict.missing or verdict.answer is Answer.CANNOT_TELL, case
    return verdict.answer


@pytest.mark.parametrize("seed", range(4, 6))
def test_nothing_is_said_to_cover_what_it_may_not(seed: int) -> None:
    for asked, offer, known in cases(seed):
        by_label = {held.label: held for held in known}
        for reason in judged(asked, offer, *known).reasons:
            for told in re.findall(r"what covers .*? is (.*?), and none shows", reason.text):
                labels = [label for label in by_label if re.search(rf"(?<![.\w]){re.escape(label)} \(", told)]
                assert labels, (asked, offer, known)
                assert all(may_cover(offer, by_label[label]) == {True} for label in labels), (asked, offer, known)
            if reason.truth is Truth.FALSE:
                assert all(is_near(offer, by_label[fact.certificate]) for fact in reason.facts if fact.certificate), (asked, offer, known)


def is_near(offer: Offer, held: Held) -> bool:
    """Whether the certificate has a word to say where something does not hold: the offer names it, or it is the vendor's."""
    return is_named_by(offer, held) or (offer.holder == held.facts.holder and "holder" not in held.unread)


@given(
    st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["", REVISION])), unique=True), st.sampled_from([" ", "; ", " and ", "\n"])
)
def test_a_number_is_read_with_its_prefix_and_its_revision(names: list[tuple[str, str]], between: str) -> None:
    wanted = tuple(f"{number} {revision}".strip() for number, revision in names)
    for separator in (".", " ", "-"):
        cell = between.join(f"{number.replace('.', separator).lower()} - {revision}".removesuffix(" - ") for number, revision in names)
        assert named_in(cell) == wanted
