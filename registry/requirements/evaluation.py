"""An offer held against a requirement set: one of four answers, with the fields and clauses that decided.

Nothing here asks what day it is, and nothing is looked up: the same offer and certificates give the same verdict, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from registry.certificates.facts import CertificateFacts
from registry.matching.aliases import Alias
from registry.matching.versions import version as version_key
from registry.requirements import declared, leaves, words
from registry.requirements.cases import Case, case
from registry.requirements.coverage import by_joined_forms, by_other_name, is_of_product
from registry.requirements.model import AllOf, AnyOf, Certified, Given, KeyValue, Other, Pics, Readings, Rule, RuleSet
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Fact, Outcome, Reason, Truth, all_of, any_of
from registry.sentences import Joined, KeptSentence, KeptWord, Listed

TO_BE_ISSUED = "a certificate to be issued"
"""How the certificate is called that would be needed, while it is tried whether it would do."""


class Answer(StrEnum):
    """What can be said of an offer."""

    MEETS = "meets"
    DOES_NOT_MEET = "does not meet"
    CANNOT_TELL = "cannot tell"
    WOULD_MEET_WITH = "would meet with"


@dataclass(frozen=True)
class Verdict:
    """The answer. `missing` is what has to be known before it can be told, `needed` what the offer would meet the rule with.

    `day` is the installation date that it was judged by, `phase` the part of the set that holds on it; None where no one day is known.
    """

    answer: Answer
    ruleset: str
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    needed: tuple[str, ...]
    day: date | None
    phase: str | None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The fields that decided, each once."""
        return tuple(dict.fromkeys(fact for reason in self.reasons for fact in reason.facts))


def evaluate(
    rules: RuleSet, sets: Mapping[str, RuleSet], offer: Offer, certificates: Iterable[Held], on: date | None = None, *, today: date
) -> Verdict:
    """What can be said of `offer` under `rules`. `sets` are those that the rules may refer to, `certificates` all that may cover the offer.

    `on` is the installation date of offers that name none; without it all phases of the rules have to agree. `today` is the first day that
    a certificate can be of that is not there yet. What is recorded of companies' names speaks for an offer and never against it, and is
    named where it does.
    """
    held = list(certificates)
    days = (offer.installed, *offer.other_days)
    found = {day: _on_day(rules, sets, replace(offer, installed=day, other_days=()), held, on, today) for day in days}
    first = found[offer.installed]
    if len({(verdict.answer, verdict.needed) for verdict in found.values()}) == 1:
        return first
    return _parted_by_days(rules, offer, found)


def _parted_by_days(rules: RuleSet, offer: Offer, found: Mapping[date | None, Verdict]) -> Verdict:
    """What is left to say where the answer is another on each of the days that the installation date may be."""
    told = sorted((str(day), _ANSWERS[verdict.answer]) for day, verdict in found.items())
    text = KeptSentence(
        "the installation date is a time with a zone, which falls on several days by the place (%(days_words)s): write the day alone",
        days_words=Joined(", ", (KeptWord("%(day)s: %(answer_words)s", day=day, answer_words=answer) for day, answer in told)),
    )
    facts = tuple(Fact("", "installed", day) for day, _ in told)
    reason = Reason(Truth.UNKNOWN, rules.title, text, facts, is_open=True)
    return Verdict(Answer.CANNOT_TELL, rules.id, (reason,), (*offer.problems, text), (), None, None)


_ANSWERS = {
    Answer.MEETS: KeptWord("met"),
    Answer.DOES_NOT_MEET: KeptWord("not met"),
    Answer.CANNOT_TELL: KeptWord("cannot be told"),
    Answer.WOULD_MEET_WITH: KeptWord("not met yet"),
}


def _on_day(rules: RuleSet, sets: Mapping[str, RuleSet], offer: Offer, held: Sequence[Held], on: date | None, today: date) -> Verdict:
    """What can be said of an offer that has one installation date, or none."""
    plain = _evaluate(rules, sets, offer, [replace(each, known_as=()) for each in held], on, today)
    own = [each for each in held if is_of_product(offer, each) is Truth.TRUE]
    linked = dict.fromkeys((*(alias for each in own for alias in by_other_name(offer, each)), *by_joined_forms(own)))
    if not linked or plain.answer is Answer.MEETS:
        return plain
    found = _evaluate(rules, sets, offer, held, on, today)
    if _KINDNESS.index(found.answer) <= _KINDNESS.index(plain.answer):
        return plain
    return replace(found, reasons=(*found.reasons, *(_of_names(alias) for alias in linked)))


_KINDNESS = (Answer.DOES_NOT_MEET, Answer.WOULD_MEET_WITH, Answer.CANNOT_TELL, Answer.MEETS)


def _of_names(alias: Alias) -> Reason:
    """By what a certificate under one name was held against an offer under the other."""
    text = KeptSentence(
        "“%(name)s” is another name of “%(holder)s”, as a reviewer recorded on %(day)s",
        name=alias.name,
        holder=alias.holder,
        day=alias.at.date(),
    )
    return Reason(Truth.TRUE, "names of companies", text, (Fact("", "holder", alias.name),))


def _evaluate(rules: RuleSet, sets: Mapping[str, RuleSet], offer: Offer, held: Sequence[Held], on: date | None, today: date) -> Verdict:
    day = offer.installed or (None if offer.is_day_unclear else on)
    at = case(offer, held, rules, day, today)
    outcome = _of_set(rules, sets, at, day)
    phase = rules.phase_on(day) if day is not None else None
    open_reasons = [reason for reason in outcome.reasons if reason.truth is not Truth.TRUE and reason.is_open]
    needed = () if outcome.truth is Truth.TRUE else tuple(_needed(rules, sets, at, held, outcome))
    missing: tuple[str, ...] = ()
    if outcome.truth is Truth.TRUE:
        answer = Answer.MEETS
        outcome = replace(outcome, reasons=(*outcome.reasons, *_of_uncounted(at)))
    elif needed and not open_reasons:
        answer = Answer.WOULD_MEET_WITH
    elif outcome.truth is Truth.FALSE:
        answer = Answer.DOES_NOT_MEET
    else:
        answer = Answer.CANNOT_TELL
        unknown = (reason.text for reason in _said_once(outcome.reasons) if reason.truth is Truth.UNKNOWN)
        missing = tuple(dict.fromkeys((*offer.problems, *unknown)))
    needed = needed if answer is Answer.WOULD_MEET_WITH else ()
    return Verdict(answer, rules.id, tuple(_said_once(outcome.reasons)), missing, needed, day, phase.name if phase is not None else None)


def _of_uncounted(at: Case) -> Iterable[Reason]:
    """What is met by others than the certificates that the offer names is said with what these are."""
    for named in at.uncounted:
        whys = Joined("; ", (seen.why for seen in named.doubts))
        label = named.held.label
        text = KeptSentence("the offer names %(certificate)s, which does not count: %(whys_text)s", certificate=label, whys_text=whys)
        yield Reason(Truth.TRUE, _NAMED, text, tuple(seen.fact for seen in named.doubts))
    if at.absent:
        yield Reason(Truth.TRUE, _NAMED, words.absent(at.absent), tuple(Fact(number, "document", "") for number in at.absent))


_NAMED = "certificates that the offer names"


def _said_once(reasons: Iterable[Reason]) -> Iterable[Reason]:
    """What several readings or alternatives give as one reason, under all their clauses."""
    alike: dict[tuple[object, ...], list[Reason]] = {}
    for reason in reasons:
        alike.setdefault((reason.truth, reason.gist or reason.text, reason.is_open, reason.lacks), []).append(reason)
    for found in alike.values():
        # Where none shows Core, none shows Core and Security; and of "2.0.1" and "2.0.1 or later" the latter says more where none shows it.
        least = [one for one in found if all(one.asked <= other.asked for other in found)]
        if not least:
            yield from found
            continue
        facts = tuple(sorted({fact for reason in found for fact in reason.facts}))
        clause = "; ".join(dict.fromkeys(reason.clause for reason in found))
        yield replace(max(least, key=lambda reason: len(reason.text)), clause=clause, facts=facts)


def _of_set(rules: RuleSet, sets: Mapping[str, RuleSet], at: Case, day: date | None) -> Outcome:
    parts = [_of_phases(rules, sets, at, day)]
    if rules.role is not None:
        parts.append(_of_role(rules, at))
    return _together(parts)


def _of_phases(rules: RuleSet, sets: Mapping[str, RuleSet], at: Case, day: date | None) -> Outcome:
    if day is not None:
        phase = rules.phase_on(day)
        if phase is None:
            return _open(
                rules.title,
                KeptSentence("%(title)s says nothing of installations on %(day)s", title=rules.title, day=day),
                (Fact("", "installed", day.isoformat()),),
            )
        return _of_rule(phase.rule, sets, at, day)
    outcomes = [_of_rule(phase.rule, sets, at, None) for phase in rules.phases]
    silent = list(rules.silent_spans())
    if len({outcome.truth for outcome in outcomes}) == 1 and not silent:
        return Outcome(outcomes[0].truth, _once(reason for outcome in outcomes for reason in outcome.reasons))
    told: list[tuple[date | None, date | None, KeptWord]]
    told = [(phase.begins, phase.ends, _WORDS[outcome.truth]) for phase, outcome in zip(rules.phases, outcomes, strict=True)]
    told += [(begins, ends, KeptWord("nothing is said")) for begins, ends in silent]
    spans = Joined(", ", (_span(*each) for each in sorted(told, key=lambda each: each[0] or date.min)))
    text = KeptSentence("the answer depends on the installation date, which is not known (%(spans_words)s)", spans_words=spans)
    return _open(rules.title, text, (Fact("", "installed", ""),))


_WORDS = {Truth.TRUE: KeptWord("met"), Truth.FALSE: KeptWord("not met"), Truth.UNKNOWN: KeptWord("cannot be told")}


def _span(begins: date | None, ends: date | None, answer: KeptWord) -> KeptWord:
    """What holds for installations of these days."""
    if begins and ends:
        return KeptWord("%(begins)s to %(ends)s: %(answer_words)s", begins=begins, ends=ends, answer_words=answer)
    if begins:
        return KeptWord("from %(begins)s: %(answer_words)s", begins=begins, answer_words=answer)
    if ends:
        return KeptWord("until %(ends)s: %(answer_words)s", ends=ends, answer_words=answer)
    return KeptWord("always: %(answer_words)s", answer_words=answer)


def _of_role(rules: RuleSet, at: Case) -> Outcome:
    """Whether what is offered is what the rules are about; where the offer does not say, a certificate that covers it does."""
    clause = f"{rules.title}: what it is about"
    if at.offer.role is not None:
        truth = Truth.TRUE if at.offer.role == rules.role else Truth.FALSE
        text = KeptSentence("the product is a %(role)s, as the rule asks", role=at.offer.role)
        if truth is Truth.FALSE:
            text = KeptSentence("the product is a %(role)s; the rule is about a %(asked)s", role=at.offer.role, asked=rules.role)
        return Outcome(truth, (Reason(truth, clause, text, (Fact("", "role", at.offer.role),)),))
    told = at.telling
    fitting = [each for each in told if each.role == rules.role]
    shown = [each.held for each in fitting if each.truth is Truth.TRUE]
    # A station and a management system may have one name and version.
    if shown and len(fitting) == len(told):
        facts = tuple(Fact(held.label, "role", str(held.facts.role)) for held in shown)
        return Outcome(
            Truth.TRUE, (Reason(Truth.TRUE, clause, KeptSentence("the certificates are for a %(role)s", role=rules.role), facts),)
        )
    # With a certificate that covers it, it would be known: nothing is there that would have to be read.
    text = KeptSentence("it is not said whether the product is a %(role)s", role=rules.role)
    return Outcome(Truth.UNKNOWN, (Reason(Truth.UNKNOWN, clause, text, (Fact("", "role", ""),)),))


def _of_rule(rule: Rule, sets: Mapping[str, RuleSet], at: Case, day: date | None) -> Outcome:
    match rule:
        case AllOf(rules):
            return _together([_of_rule(part, sets, at, day) for part in rules])
        case AnyOf(rules):
            outcomes = [_of_rule(part, sets, at, day) for part in rules]
            truth = any_of(outcome.truth for outcome in outcomes)
            return Outcome(truth, _once(reason for outcome in outcomes if outcome.truth is truth for reason in outcome.reasons))
        case Readings(clause, note, rules):
            return _read_apart(clause, note, [_of_rule(part, sets, at, day) for part in rules])
        case Other(_, identity):
            other = sets[identity]
            return _of_set(other, sets, replace(at, role=other.role or at.role, asks_certificate=other.asks_certificate), day)
        case Certified():
            reason = leaves.certified(rule, at)
        case Given():
            reason = leaves.given(rule, at)
        case KeyValue():
            reason = declared.key_value(rule, at)
        case Pics():
            reason = declared.pics(rule, at)
    return Outcome(reason.truth, (reason,))


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    truth = all_of(outcome.truth for outcome in outcomes)
    return Outcome(truth, _once(reason for outcome in outcomes if outcome.truth is truth for reason in outcome.reasons))


def _read_apart(clause: str, note: str, outcomes: Sequence[Outcome]) -> Outcome:
    truths = {outcome.truth for outcome in outcomes}
    if len(truths) == 1:
        return Outcome(outcomes[0].truth, _once(reason for outcome in outcomes for reason in outcome.reasons))
    reasons = _once(reason for outcome in outcomes for reason in outcome.reasons)
    # Where one reading holds, only the issuer of the rule can say more; where none does, what would make all of them hold would do.
    parted = Reason(
        Truth.UNKNOWN, clause, KeptSentence("the rule can be read in several ways: %(note)s", note=note.rstrip(".")), is_open=False
    )
    return Outcome(Truth.UNKNOWN, (parted, *(reason for reason in reasons if reason.truth is not Truth.TRUE)))


def _open(clause: str, text: str, facts: tuple[Fact, ...]) -> Outcome:
    return Outcome(Truth.UNKNOWN, (Reason(Truth.UNKNOWN, clause, text, facts, is_open=True),))


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))


def _needed(rules: RuleSet, sets: Mapping[str, RuleSet], at: Case, held: Sequence[Held], outcome: Outcome) -> Iterable[str]:
    """What the offer would meet the rules with: another software version that is certified, or a certificate for what is not covered."""
    offer, day = at.offer, at.day
    if offer.software_version is None or offer.model is None:
        return
    lacks = sorted({lack for reason in outcome.reasons for lack in reason.lacks}, key=lambda lack: (lack.protocol, lack.profiles))
    for version, others in _other_versions(offer, held):
        outcome = _of_set(rules, sets, case(replace(offer, software_version=version), others, rules, day, at.today), day)
        if outcome.truth is Truth.TRUE:
            decided = {fact.certificate for reason in outcome.reasons for fact in reason.facts}
            yield _certified_version(version, sorted({each.label for each in others} & decided))
    for lack in lacks:
        facts = CertificateFacts(
            number=TO_BE_ISSUED,
            kind=" + ".join(lack.profiles),
            protocol=lack.protocol,
            role=at.role,
            holder=offer.holder or "the vendor",
            model=offer.model,
            software_version=offer.software_version,
            communication="JSON",
            certification_date=at.today.isoformat(),
            profiles=dict.fromkeys(lack.profiles, "Pass"),
        )
        tried = replace(offer, certificates=(*offer.certificates, TO_BE_ISSUED))
        if _of_set(rules, sets, case(tried, [*held, Held(facts)], rules, day, at.today), day).truth is Truth.TRUE:
            yield KeptSentence(
                "a certificate of %(profiles_words)s (%(protocol)s) for %(model)s at software version %(version)s",
                profiles_words=Listed(lack.profiles),
                protocol=lack.protocol,
                model=offer.model,
                version=offer.software_version,
            )


def _certified_version(version: str, numbers: Sequence[str]) -> KeptSentence:
    certificates = Listed(numbers)
    if len(numbers) == 1:
        return KeptSentence("software version %(version)s, which %(numbers_words)s certifies", version=version, numbers_words=certificates)
    return KeptSentence("software version %(version)s, which %(numbers_words)s certify", version=version, numbers_words=certificates)


def _other_versions(offer: Offer, held: Sequence[Held]) -> Iterable[tuple[str, list[Held]]]:
    """The certificates of the product at each other version, in order."""
    groups: dict[str, list[Held]] = {}
    for each in held:
        version = each.facts.software_version
        if version is None or not each.has_document or "software_version" in each.unread or is_of_product(offer, each) is not Truth.TRUE:
            continue
        if version_key(version) != version_key(str(offer.software_version)):
            groups.setdefault(version_key(version), []).append(each)
    for key in sorted(groups):
        yield min(str(each.facts.software_version) for each in groups[key]), groups[key]
