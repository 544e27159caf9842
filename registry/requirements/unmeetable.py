"""What no certificate can ever meet, refused where somebody brings a set that asks it."""

from __future__ import annotations

from registry.requirements import vocabulary
from registry.requirements.model import Certified, Given, Pics, RuleSet, walked
from registry.requirements.places import Place, known_word
from registry.sentences import Listed, Sentence


def refuse_unmeetable(rules: RuleSet) -> None:
    """Raises BadRules for the first rule that nothing can meet."""
    for number, phase in enumerate(rules.phases, start=1):
        for rule in walked(phase.rule):
            place = Place(rules.id, (f"phases[{number}]",))
            match rule:
                case Pics():
                    _time(rule, place.inside("pics"))
                case Certified():
                    _paper(rule, place.inside("certified"))
                case Given():
                    _paper(rule, place.inside("given"))


def _time(rule: Pics, place: Place) -> None:
    known_word(rule.name, vocabulary.pics_name, vocabulary.pics_names(), place, "name")
    if rule.at_most_seconds < 0:
        what = Sentence("is %(value)s, and no time is below 0: write a whole number of seconds", value=rule.at_most_seconds)
        raise place.error("at_most_seconds", what)


def _paper(rule: Certified | Given, place: Place) -> None:
    if rule.communication is not None:
        known_word(rule.communication, vocabulary.transport, vocabulary.transport_names(), place, "communication")
    protocols = [one for one in vocabulary.protocols() if _is_asked(rule, one)]
    if all(vocabulary.foreign(rule.profiles, one) for one in protocols):
        raise place.error("profiles", _foreign(rule, protocols[0]))


def _is_asked(rule: Certified | Given, protocol: str) -> bool:
    if rule.exactly is not None:
        return protocol == rule.exactly
    return rule.at_least is None or vocabulary.is_at_least(protocol, rule.at_least)


def _foreign(rule: Certified | Given, protocol: str) -> Sentence:
    known = Listed(one for one in vocabulary.profiles() if not vocabulary.foreign([one], protocol))
    if vocabulary.full() <= set(rule.profiles):
        return Sentence(
            "says Full, and nobody knows what that is in %(protocol)s: use %(known_words)s", protocol=protocol, known_words=known
        )
    return Sentence(
        "names %(profiles_words)s, which %(protocol)s has not: use %(known_words)s",
        profiles_words=Listed(vocabulary.foreign(rule.profiles, protocol)),
        protocol=protocol,
        known_words=known,
    )
