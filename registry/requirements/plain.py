"""Rules in plain words, for the people who have to meet them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.language import gettext as _
from registry.marking import N_
from registry.requirements.model import AllOf, AnyOf, Certified, Given, KeyValue, Other, Phase, Pics, Readings, Rule
from registry.wording import day, listed, words

ROLES = {"CS": N_("charging stations"), "CSMS": N_("management systems")}


@dataclass(frozen=True)
class Said:
    """A part of a rule: its sentence, the clause that it stands for, the set that it refers to, and what it is made of."""

    text: str
    clause: str = ""
    ruleset: str = ""
    parts: tuple[Said, ...] = ()


def said(rule: Rule) -> Said:
    """The rule in sentences."""
    match rule:
        case AllOf(rules):
            return Said(_("All of these:"), parts=tuple(map(said, rules)))
        case AnyOf(rules):
            return Said(_("One of these:"), parts=tuple(map(said, rules)))
        case Readings(clause, note, rules):
            agreed = _("What both ways of reading agree on is the answer:")
            return Said(f"{note} {agreed}", clause, parts=tuple(map(said, rules)))
        case Other(clause, identity):
            return Said(_("What this set asks:"), clause, identity)
        case Certified(clause, at_least, exactly, profiles, communication):
            what = listed(profiles) or _("any profile besides Security")
            version, transport = _version(at_least, exactly), communication and _("Over %(transport)s.", transport=communication)
            return Said(
                _together(_("Certificates that together cover %(what)s at the offered version.", what=what), version, transport), clause
            )
        case Given(clause, levels, at_least, exactly, profiles, communication):
            evidence = _("With the offer, one of these: %(levels)s.", levels=words(levels))
            covering = profiles and _("Covering %(profiles)s.", profiles=listed(profiles))
            transport = communication and _("Over %(transport)s.", transport=communication)
            return Said(_together(evidence, _version(at_least, exactly), transport, covering), clause)
        case KeyValue(clause, key):
            declares = _("A certificate declares the configuration key %(key)s.", key=key)
            return Said(_together(declares, *_limits(rule)), clause)
        case Pics(clause, name, at_most_seconds):
            return Said(_("A certificate declares %(name)s of at most %(seconds)s s.", name=name, seconds=at_most_seconds), clause)


def span(phase: Phase) -> str:
    """The days of installation for which the phase holds."""
    if phase.begins and phase.ends:
        return _("installed from %(first)s to %(last)s", first=day(phase.begins), last=day(phase.ends))
    if phase.begins:
        return _("installed from %(first)s on", first=day(phase.begins))
    return _("installed until %(last)s", last=day(phase.ends)) if phase.ends else _("whenever installed")


def _version(at_least: str | None, exactly: str | None) -> str:
    if exactly:
        return _("For %(version)s.", version=exactly)
    return _("For %(version)s or later.", version=at_least) if at_least else ""


def _limits(rule: KeyValue) -> Iterable[str]:
    if rule.one_of:
        yield _("Its value is one of these: %(values)s.", values="; ".join(rule.one_of))
    if rule.includes:
        yield _("Its value is a list with all of these: %(values)s.", values="; ".join(rule.includes))
    if rule.at_least is not None:
        yield _("It is at least %(least)s.", least=rule.at_least)
    if rule.at_most is not None:
        yield _("It is at most %(most)s.", most=rule.at_most)


def _together(*sentences: object) -> str:
    return " ".join(str(sentence) for sentence in sentences if sentence)
