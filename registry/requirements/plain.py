"""Rules in plain words, for the people who have to meet them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.requirements.model import AllOf, AnyOf, Certified, Given, KeyValue, Other, Phase, Pics, Readings, Rule
from registry.wording import day, listed

ROLES = {"CS": "charging stations", "CSMS": "management systems"}


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
            return Said("All of these:", parts=tuple(map(said, rules)))
        case AnyOf(rules):
            return Said("One of these:", parts=tuple(map(said, rules)))
        case Readings(clause, note, rules):
            return Said(f"{note} What both ways of reading agree on is the answer:", clause, parts=tuple(map(said, rules)))
        case Other(clause, identity):
            return Said(f"What {identity} asks.", clause, identity)
        case Certified(clause, at_least, exactly, profiles, communication):
            what = listed(profiles) or "any profile"
            transport = f" over {communication}" if communication else ""
            return Said(f"Certificates that together cover {what}{_for(at_least, exactly)}{transport}, at the offered version.", clause)
        case Given(clause, levels, at_least, exactly, profiles):
            return Said(f"With the offer: {_or(levels)}{_for(at_least, exactly)}{' with ' + listed(profiles) if profiles else ''}.", clause)
        case KeyValue(clause, key, one_of, at_least_value, at_most):
            return Said(f"A certificate declares the configuration key {key}{_limits(one_of, at_least_value, at_most)}.", clause)
        case Pics(clause, name, at_most_seconds):
            return Said(f"A certificate declares {name} of at most {at_most_seconds} s.", clause)


def span(phase: Phase) -> str:
    """The days of installation for which the phase holds."""
    if phase.begins and phase.ends:
        return f"installed from {day(phase.begins)} to {day(phase.ends)}"
    if phase.begins:
        return f"installed from {day(phase.begins)} on"
    return f"installed until {day(phase.ends)}" if phase.ends else "whenever installed"


def _for(at_least: str | None, exactly: str | None) -> str:
    return f" for {exactly}" if exactly else f" for {at_least} or later" if at_least else ""


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def _limits(one_of: tuple[str, ...], least: int | None, most: int | None) -> str:
    parts = [
        *([f" as {_or(one_of)}"] if one_of else []),
        *([f" of at least {least}"] if least is not None else []),
        *([f" of at most {most}"] if most is not None else []),
    ]
    return " and".join(parts)
