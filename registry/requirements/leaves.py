"""What can be looked at, looked at: the parts of a rule that are not made of others.

A certificate that is for sure of another product or version plays no part. Of the rest, each that is of the product for sure can show that
a part holds; the others leave it open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry import normal
from registry.certificates import numbers
from registry.requirements import vocabulary, words
from registry.requirements.coverage import Seen, attests, communicates, covers, is_for_protocol, is_held_by_offered, names_number
from registry.requirements.model import Certified, Given, KeyValue, Pics, RuleSet
from registry.requirements.offers import Evidence, Held, Offer
from registry.requirements.truth import Fact, Lack, Reason, Truth, all_of, any_of
from registry.sentences import Joined, KeptSentence, KeptWord, Listed

_MOST_EXPLAINED = 2
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class Covering:
    """A certificate that may cover the offer, with what was seen of that. `truth`: whether it does."""

    held: Held
    seen: tuple[Seen, ...]

    @property
    def truth(self) -> Truth:
        """Whether it covers the offer."""
        return all_of(each.truth for each in self.seen)

    @property
    def doubts(self) -> Iterable[Seen]:
        """What leaves it open whether it does."""
        return (each for each in self.seen if each.truth is not Truth.TRUE)

    def is_near(self, offer: Offer, role: str | None) -> bool:
        """Whether it is worth a word where nothing shows what is asked: not one of another role or company, unless the offer names it."""
        if names_number(offer, self.held):
            return True
        return is_held_by_offered(offer, self.held) and not self.is_for_other(role)

    def is_for_other(self, role: str | None) -> bool:
        """Whether it is for sure for another role than that."""
        return role is not None and self.held.facts.role not in (None, role) and "role" not in self.held.unread


@dataclass(frozen=True)
class Case:
    """One offer with the certificates that may cover it. `others` do not, and the offer names them; `absent` are named and not known here.

    `role` is what the rule is about. `asks_certificate`: whether certificates are what it asks, so that those which the offer names decide.
    `day` is the installation date that it is judged by, None where no one day is known.
    """

    offer: Offer
    covering: tuple[Covering, ...]
    others: tuple[Covering, ...]
    absent: tuple[str, ...]
    role: str | None
    asks_certificate: bool
    day: date | None

    @property
    def rests_on_certificates(self) -> bool:
        """Whether the certificates that the offer names are what decides: where none is named, another may be held that is not known here,
        and where none is asked, what they do not show may hold all the same.
        """
        return bool(self.offer.certificates) and self.asks_certificate

    @property
    def product(self) -> str:
        """The offered product in a sentence."""
        return words.product(self.offer)


def case(offer: Offer, certificates: Iterable[Held], rules: RuleSet, day: date | None) -> Case:
    """The case of an offer. The order of the certificates plays no part."""
    ordered = sorted(set_of(list(certificates)), key=lambda held: (held.label, held.facts.software_version or ""))
    looked_at = [Covering(held, covers(offer, held)) for held in ordered]
    known = {number for held in ordered if held.facts.number for number in (held.facts.number, _name(held))}
    return Case(
        offer,
        tuple(each for each in looked_at if each.truth is not Truth.FALSE),
        tuple(each for each in looked_at if each.truth is Truth.FALSE and names_number(offer, each.held)),
        tuple(number for number in sorted(set(offer.certificates)) if number not in known),
        rules.role,
        rules.asks_certificate,
        day,
    )


def _name(held: Held) -> str:
    return numbers.name(held.facts.number or "", held.facts.revision)


def set_of(certificates: Sequence[Held]) -> list[Held]:
    """The certificates, each once: one that is known by its document is not looked at again by its row of the list."""
    documents = [held for held in certificates if held.has_document]
    known = {held.label for held in documents}
    rest = {held.label: held for held in certificates if not held.has_document and held.label not in known}
    return [*documents, *rest.values()]


def certified(rule: Certified, at: Case) -> Reason:
    """Whether certificates cover all that is asked, together, for one protocol."""
    groups = [_group(rule, at, protocol) for protocol in _protocols_of(at.covering)]
    best = any_of(group.truth for group in groups)
    if best is Truth.TRUE:
        return _merged(rule, [group for group in groups if group.truth is Truth.TRUE], at)
    if best is Truth.UNKNOWN:
        return _merged(rule, [group for group in groups if group.truth is Truth.UNKNOWN], at)
    facts = tuple(sorted({fact for group in groups for fact in group.facts} | {each.fact for other in at.others for each in other.doubts}))
    if at.absent:
        return Reason(
            Truth.UNKNOWN,
            rule.clause,
            words.absent(at.absent),
            (*facts, *(Fact(number, "document", "") for number in at.absent)),
            is_open=True,
        )
    lacks = tuple(group.lack for group in groups if group.lack is not None)
    besides = _other_than_offered(at)
    said, gist = (
        Joined("; ", (*_lacking(one, at, lacks, protocol), *besides))
        for one, protocol in ((rule, words.asked_protocol(rule)), (replace(rule, profiles=()), rule.exactly or rule.at_least))
    )
    truth = Truth.FALSE if at.rests_on_certificates else Truth.UNKNOWN
    return Reason(truth, rule.clause, said, facts, lacks=lacks, gist=gist, asked=frozenset(rule.profiles))


@dataclass(frozen=True)
class _Group:
    """What the certificates for one protocol show."""

    truth: Truth
    protocol: str | None
    shown: tuple[Held, ...]
    facts: tuple[Fact, ...]
    doubts: tuple[str, ...]
    lack: Lack | None


def _protocols_of(covering: Sequence[Covering]) -> list[str | None]:
    known = {_protocol(each.held) for each in covering}
    found: list[str | None] = [name for name in sorted(map(str, known)) if name in known]
    return found or ([None] if known else [])


def _protocol(held: Held) -> str | None:
    return None if "protocol" in held.unread else vocabulary.protocol(held.facts.protocol or "")


def _group(rule: Certified, at: Case, protocol: str | None) -> _Group:
    members = [each for each in at.covering if _protocol(each.held) in (protocol, None)]
    bases = [(each, _base(rule, at, each)) for each in members]
    shown: list[tuple[str, Held, Truth]] = []
    facts: set[Fact] = set()
    doubts: dict[str, None] = {}
    truths: dict[str, Truth] = {}
    for profile in rule.profiles or ("",):
        looked = [(each, [*base, attests(each.held, profile)] if profile else list(base)) for each, base in bases]
        truths[profile] = any_of(all_of(each.truth for each in seen) for _, seen in looked)
        for covering, seen in looked:
            held, truth = covering.held, all_of(each.truth for each in seen)
            if truth is truths[profile] and (truth is not Truth.FALSE or covering.is_near(at.offer, at.role)):
                shown.append((profile, held, truth))
                facts.update(each.fact for each in seen if truth is Truth.TRUE or each.truth is truth)
            if truth is Truth.UNKNOWN and truths[profile] is Truth.UNKNOWN:
                about = profile if seen[-1].truth is not Truth.TRUE else ""
                doubts.update({words.why(each, about): None for each in seen if each.truth is Truth.UNKNOWN})
    together = {held.label: held for _, held, truth in shown if truth is Truth.TRUE}
    missing = tuple(profile for profile, truth in truths.items() if profile and truth is Truth.FALSE)
    has_some = any(truth is Truth.TRUE for truth in truths.values())
    lack = Lack(protocol, missing) if protocol and missing and has_some else None
    held_together = tuple(together[label] for label in sorted(together))
    return _Group(all_of(truths.values()), protocol, held_together, tuple(sorted(facts)), tuple(doubts), lack)


def _base(rule: Certified, at: Case, each: Covering) -> list[Seen]:
    """What has to hold of a certificate before its profiles count."""
    held = each.held
    protocol = _protocol(held)
    why = KeptSentence("%(certificate)s: its protocol was not read with certainty", certificate=held.label)
    if protocol:
        why = KeptSentence("%(certificate)s is for %(what)s", certificate=held.label, what=protocol)
    # Without a protocol, nobody can say that it goes together with another certificate.
    truth = is_for_protocol(protocol, rule.at_least, rule.exactly) if protocol else Truth.UNKNOWN
    seen = [*each.seen, Seen(truth, Fact(held.label, "protocol", held.facts.protocol or ""), why)]
    if at.role is not None:
        role = None if "role" in held.unread else held.facts.role
        truth = Truth.UNKNOWN if role is None else Truth.TRUE if role == at.role else Truth.FALSE
        why = KeptSentence("%(certificate)s: its role was not read with certainty", certificate=held.label)
        if role:
            why = KeptSentence("%(certificate)s is for a %(role)s", certificate=held.label, role=role)
        seen.append(Seen(truth, Fact(held.label, "role", role or ""), why))
    if rule.communication is not None:
        seen.append(communicates(held, rule.communication))
    return seen


def _merged(rule: Certified, groups: list[_Group], at: Case) -> Reason:
    truth = groups[0].truth
    facts = tuple(sorted({fact for group in groups for fact in group.facts}))
    if truth is Truth.TRUE:
        covered = KeptSentence(
            "%(groups_text)s, at software version %(version)s",
            groups_text=Joined("; ", (words.covered(group.shown, rule.profiles, group.protocol) for group in groups)),
            version=at.offer.software_version,
        )
        shown = {held.label: held for group in groups for held in group.shown}
        remarks = [remark for label in sorted(shown) for remark in words.remarks(shown[label], at.day)]
        late = [
            Fact(label, "certification_date", str(held.facts.certification_date))
            for label, held in shown.items()
            if words.is_late(held, at.day)
        ]
        return Reason(truth, rule.clause, Joined("; ", (covered, *remarks)), tuple(sorted((*facts, *late))))
    doubts = dict.fromkeys(doubt for group in groups for doubt in group.doubts)
    return Reason(truth, rule.clause, Joined("; ", doubts), facts, is_open=True)


def _lacking(rule: Certified, at: Case, lacks: Sequence[Lack], protocol: str | None) -> list[str]:
    """What nothing shows, and what was looked at. Only what covers the offer for sure is said to cover it."""
    if lacks:
        return [*(words.not_covered(lack, at.product) for lack in lacks), *_of_other_role(at)]
    asked = words.what_is_asked(rule, protocol)
    near = [each for each in at.covering if each.is_near(at.offer, at.role) and not each.is_for_other(at.role)]
    sure, perhaps = ([each for each in near if each.truth is truth] for truth in (Truth.TRUE, Truth.UNKNOWN))
    parts = words.nothing_shows(at.product, asked, [each.held for each in sure], [each.held for each in perhaps])
    if len(perhaps) <= _MOST_EXPLAINED:
        parts += dict.fromkeys(doubt.why for each in perhaps for doubt in each.doubts)
    return [*parts, *_of_other_role(at)]


def _of_other_role(at: Case) -> Iterable[str]:
    for each in at.covering:
        if each.is_for_other(at.role) and names_number(at.offer, each.held):
            yield KeptSentence(
                "%(certificate)s, which the offer names, is for a %(role)s", certificate=each.held.label, role=each.held.facts.role
            )


def _other_than_offered(at: Case) -> list[str]:
    return [each.why for other in at.others for each in other.doubts if each.truth is Truth.FALSE]


def given(rule: Given, at: Case) -> Reason:
    """Whether other evidence is in the file with the offer."""
    looked = [(each, _fits(rule, each)) for each in at.offer.evidence]
    truth = any_of(value for _, value in looked)
    facts = tuple(Fact("", "evidence", words.evidence_words(each)) for each, value in looked if value is truth)
    found = Listed(sorted({words.evidence_words(each) for each, value in looked if value is truth}))
    if truth is Truth.UNKNOWN:
        text = KeptSentence(
            "the offer comes with %(found_words)s, and does not say for which %(unsaid_words)s",
            found_words=found,
            unsaid_words=_unsaid(rule, looked),
        )
        return Reason(truth, rule.clause, text, facts, is_open=True)
    if truth is Truth.TRUE:
        text = KeptSentence("the offer comes with %(found_words)s; the paper itself is not in this registry", found_words=found)
        return Reason(truth, rule.clause, text, facts)
    text, gist = (words.not_given(rule, protocol) for protocol in (words.asked_protocol(rule), rule.exactly or rule.at_least))
    truth = Truth.FALSE if at.offer.says_evidence and at.asks_certificate else Truth.UNKNOWN
    return Reason(truth, rule.clause, text, facts, gist=gist)


def _unsaid(rule: Given, looked: Iterable[tuple[Evidence, Truth]]) -> Listed:
    """What of it the evidence that may do leaves open."""
    open_ones = [each for each, value in looked if value is Truth.UNKNOWN]
    asks_protocol = rule.at_least is not None or rule.exactly is not None
    left_open = [KeptWord("protocol")] if asks_protocol and any(each.protocol is None for each in open_ones) else []
    left_open += [KeptWord("profiles")] if rule.profiles and any(each.profiles is None for each in open_ones) else []
    return Listed(left_open or [KeptWord("protocol")])


def _fits(rule: Given, evidence: Evidence) -> Truth:
    if evidence.level not in rule.levels:
        return Truth.FALSE
    protocol = is_for_protocol(evidence.protocol, rule.at_least, rule.exactly)
    if not rule.profiles:
        return protocol
    if evidence.profiles is None:
        return all_of((protocol, Truth.UNKNOWN))
    return all_of((protocol, Truth.TRUE if set(rule.profiles) <= set(evidence.profiles) else Truth.FALSE))


def key_value(rule: KeyValue, at: Case) -> Reason:
    """Whether the certificates declare the configuration key with a value within the limits."""
    return _declared(
        rule.clause, KeptWord("configuration key %(key)s", key=rule.key), at, [_key_seen(rule, each.held) for each in at.covering]
    )


def _key_seen(rule: KeyValue, held: Held) -> Seen:
    keys = held.facts.configuration_keys or {}
    name = next((key for key in keys if normal.text(key) == normal.text(rule.key)), None)
    path = f"configuration_keys.{name or rule.key}"
    value = keys[name] if name is not None else None
    fact = Fact(held.label, path, value or "")
    if name is None:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s does not declare %(key)s", certificate=held.label, key=rule.key))
    if path in held.unread:
        return Seen(
            Truth.UNKNOWN,
            fact,
            KeptSentence("%(certificate)s: its %(key)s was not read with certainty", certificate=held.label, key=rule.key),
        )
    if not rule.one_of and rule.at_least is None and rule.at_most is None:
        return Seen(Truth.TRUE, fact)
    if value is None:
        return Seen(
            Truth.UNKNOWN, fact, KeptSentence("%(certificate)s declares %(key)s without a value", certificate=held.label, key=rule.key)
        )
    truths = []
    if rule.one_of:
        truths.append(Truth.TRUE if normal.text(value) in map(normal.text, rule.one_of) else Truth.FALSE)
    if rule.at_least is not None or rule.at_most is not None:
        truths.append(_within(value, rule.at_least, rule.at_most))
    why = KeptSentence("%(certificate)s declares %(key)s as %(value)s", certificate=held.label, key=rule.key, value=value)
    return Seen(all_of(truths), fact, why)


def _within(value: str, least: int | None, most: int | None) -> Truth:
    if not _INTEGER.fullmatch(value.strip()):
        return Truth.UNKNOWN
    number = int(value)
    return Truth.TRUE if (least is None or least <= number) and (most is None or number <= most) else Truth.FALSE


def pics(rule: Pics, at: Case) -> Reason:
    """Whether the certificates declare a time of at most so many seconds."""
    return _declared(rule.clause, rule.name, at, [_pics_seen(rule, each.held) for each in at.covering])


def _pics_seen(rule: Pics, held: Held) -> Seen:
    row = next((row for row in held.facts.performance or () if normal.text(row.name) == normal.text(rule.name)), None)
    path = f"performance.{rule.name}.pics_seconds"
    if row is None or row.pics_seconds is None or path in held.unread:
        why = KeptSentence("%(certificate)s declares no %(name)s that was read with certainty", certificate=held.label, name=rule.name)
        return Seen(Truth.UNKNOWN, Fact(held.label, path, ""), why)
    truth = Truth.TRUE if row.pics_seconds <= rule.at_most_seconds else Truth.FALSE
    why = KeptSentence(
        "%(certificate)s declares %(name)s as %(seconds)s s", certificate=held.label, name=rule.name, seconds=row.pics_seconds
    )
    return Seen(truth, Fact(held.label, path, str(row.pics_seconds)), why)


def _declared(clause: str, what: str, at: Case, seen: list[Seen]) -> Reason:
    """What certificates declare: held where one does for sure and none that covers the product says otherwise."""
    sure = [each for each, covering in zip(seen, at.covering, strict=True) if covering.truth is Truth.TRUE]
    said = [each for each in sure if each.truth is not Truth.UNKNOWN]
    maybe = [each for each, covering in zip(seen, at.covering, strict=True) if covering.truth is Truth.UNKNOWN]
    facts = tuple(sorted(each.fact for each in seen))
    if {each.truth for each in said} == {Truth.TRUE}:
        text = KeptSentence(
            "%(certificates_words)s declares %(what_words)s within what is asked",
            certificates_words=Listed(sorted(each.fact.certificate for each in said)),
            what_words=what,
        )
        return Reason(Truth.TRUE, clause, text, facts)
    if {each.truth for each in said} == {Truth.FALSE} and not maybe:
        return Reason(Truth.FALSE, clause, Joined("; ", (each.why for each in said)), facts)
    if len(said) > 1:
        text = KeptSentence("the certificates declare %(what_words)s differently", what_words=what)
        return Reason(Truth.UNKNOWN, clause, text, facts, is_open=True)
    nobody = KeptSentence("no certificate of %(product_words)s tells %(what_words)s", product_words=at.product, what_words=what)
    doubts = [each.why for each in seen if each.why] or [nobody]
    return Reason(Truth.UNKNOWN, clause, Joined("; ", doubts), facts, is_open=bool(seen))
