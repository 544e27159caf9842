"""What can be looked at, looked at: what certificates cover, and what other evidence is in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from registry.requirements import vocabulary, words
from registry.requirements.attested import attests, attests_any, communicates, is_for_protocol, protocol_of
from registry.requirements.cases import Case, Covering
from registry.requirements.coverage import Seen
from registry.requirements.model import Certified, Given
from registry.requirements.offers import Evidence, Held
from registry.requirements.truth import Fact, Lack, Reason, Truth, all_of, any_of
from registry.sentences import Joined, KeptSentence, KeptWord, Listed

_MOST_EXPLAINED = 2


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
    known = {protocol_of(each.held) for each in covering}
    found: list[str | None] = [name for name in sorted(map(str, known)) if name in known]
    return found or ([None] if known else [])


def _group(rule: Certified, at: Case, protocol: str | None) -> _Group:
    members = [each for each in at.covering if protocol_of(each.held) in (protocol, None)]
    bases = [(each, _base(rule, at, each)) for each in members]
    shown: list[tuple[str, Held, Truth]] = []
    facts: set[Fact] = set()
    doubts: dict[str, None] = {}
    is_foreign = bool(vocabulary.foreign(rule.profiles, protocol))
    looked = {
        profile: [(each, [*base, _shown(each.held, profile, rule, protocol)]) for each, base in bases]
        for profile in (() if is_foreign else rule.profiles) or ("",)
    }
    truths = {profile: any_of(all_of(each.truth for each in seen) for _, seen in found) for profile, found in looked.items()}
    overall = all_of(truths.values())
    for profile, found in looked.items():
        for covering, seen in found:
            held, truth = covering.held, all_of(each.truth for each in seen)
            if truth is truths[profile] and (overall is not Truth.FALSE or covering.is_near(at.offer, at.role)):
                shown.append((profile, held, truth))
                facts.update(each.fact for each in seen if truth is Truth.TRUE or each.truth is truth)
            if truth is Truth.UNKNOWN and truths[profile] is Truth.UNKNOWN:
                doubts.update({each.why: None for each in seen if each.truth is Truth.UNKNOWN})
    together = {held.label: held for _, held, truth in shown if truth is Truth.TRUE}
    missing = tuple(profile for profile, truth in truths.items() if profile and truth is Truth.FALSE)
    has_some = any(truth is Truth.TRUE for truth in truths.values())
    lack = Lack(protocol, missing) if protocol and missing and has_some else None
    held_together = tuple(together[label] for label in sorted(together))
    return _Group(overall, protocol, held_together, tuple(sorted(facts)), tuple(doubts), lack)


def _shown(held: Held, profile: str, rule: Certified, protocol: str | None) -> Seen:
    """What the certificate shows of a profile; of none ("") what a rule asks that names none, or names such as the protocol has not."""
    foreign = vocabulary.foreign(rule.profiles, protocol)
    if foreign:
        return Seen(Truth.UNKNOWN, Fact(held.label, "protocol", held.facts.protocol or ""), words.foreign(foreign, str(protocol)))
    return attests(held, profile) if profile else attests_any(held)


def _base(rule: Certified, at: Case, each: Covering) -> list[Seen]:
    """What has to hold of a certificate before its profiles count."""
    held = each.held
    protocol = protocol_of(held)
    why = KeptSentence("%(certificate)s: its protocol was not read with certainty", certificate=held.label)
    if protocol:
        why = KeptSentence("%(certificate)s is for %(what)s", certificate=held.label, what=protocol)
    # Without a protocol, nobody can say that it goes together with another certificate.
    truth = is_for_protocol(protocol, rule.at_least, rule.exactly) if protocol else Truth.UNKNOWN
    seen = [*each.seen, Seen(truth, Fact(held.label, "protocol", held.facts.protocol or ""), why), at.of_role(each)]
    if rule.communication is not None:
        seen.append(communicates(held, rule.communication))
    return [*seen, *at.of_day(held)]


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
        return [*(words.not_covered(lack, at.product) for lack in lacks), *at.of_other_role()]
    asked = words.what_is_asked(rule, protocol)
    near = [each for each in at.covering if each.is_near(at.offer, at.role) and not each.is_for_other(at.role)]
    sure, perhaps = ([each for each in near if each.truth is truth] for truth in (Truth.TRUE, Truth.UNKNOWN))
    parts = words.nothing_shows(at.product, asked, [each.held for each in sure], [each.held for each in perhaps])
    if len(perhaps) <= _MOST_EXPLAINED:
        parts += dict.fromkeys(doubt.why for each in perhaps for doubt in each.doubts)
    return [*parts, *at.of_other_role()]


def _other_than_offered(at: Case) -> list[str]:
    return [each.why for other in at.others for each in other.doubts if each.truth is Truth.FALSE]


def given(rule: Given, at: Case) -> Reason:
    """Whether other evidence is in the file with the offer."""
    looked = [(each, _fits(rule, each)) for each in at.offer.evidence]
    truth = any_of(value for _, value in looked)
    facts = tuple(Fact("", "evidence", words.evidence_words(each)) for each, value in looked if value is truth)
    foreign = {each.protocol: vocabulary.foreign(rule.profiles, each.protocol) for each, value in looked if value is Truth.UNKNOWN}
    if truth is Truth.UNKNOWN and any(foreign.values()):
        told = (words.foreign(profiles, str(protocol)) for protocol, profiles in foreign.items() if profiles)
        return Reason(truth, rule.clause, Joined("; ", told), facts, is_open=True)
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
    left_open += [KeptWord("transport")] if any(_over(rule, each) is Truth.UNKNOWN for each in open_ones) else []
    left_open += [KeptWord("profiles")] if rule.profiles and any(each.profiles is None for each in open_ones) else []
    return Listed(left_open or [KeptWord("protocol")])


def _fits(rule: Given, evidence: Evidence) -> Truth:
    if evidence.level not in rule.levels:
        return Truth.FALSE
    parts = [is_for_protocol(evidence.protocol, rule.at_least, rule.exactly), _over(rule, evidence)]
    if rule.profiles:
        said = evidence.profiles
        is_unsaid = said is None or bool(vocabulary.foreign(rule.profiles, evidence.protocol))
        parts.append(Truth.UNKNOWN if is_unsaid else Truth.TRUE if set(rule.profiles) <= set(said or ()) else Truth.FALSE)
    return all_of(parts)


def _over(rule: Given, evidence: Evidence) -> Truth:
    """Whether it is for the transport that is asked; a protocol that has one transport says it by itself."""
    if rule.communication is None:
        return Truth.TRUE
    over, asked = evidence.communication or vocabulary.only_transport(evidence.protocol), vocabulary.transport(rule.communication)
    if over is None or asked is None:
        return Truth.UNKNOWN
    return Truth.TRUE if over == asked else Truth.FALSE
