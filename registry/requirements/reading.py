"""Requirement sets read from TOML. Everything that cannot be is said in a sentence with its place; nothing is passed over."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Any

from registry.requirements import vocabulary
from registry.requirements.model import (
    AllOf,
    AnyOf,
    BadRules,
    Certified,
    Given,
    KeyValue,
    Other,
    Phase,
    Pics,
    Readings,
    Rule,
    RuleSet,
    Source,
)
from registry.requirements.places import Place, known_word
from registry.requirements.unmeetable import refuse_unmeetable
from registry.sentences import Joined, Sentence

LONGEST_TEXT = 64 * 1024
DEEPEST = 12
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_TOP = ("schema_version", "id", "title", "publisher", "summary", "asks_certificate", "role", "not_judged", "sources", "phases")
_RULES = {
    "certified": ("at_least", "exactly", "profiles", "communication"),
    "given": ("levels", "at_least", "exactly", "profiles", "communication"),
    "key": ("name", "one_of", "includes", "at_least", "at_most"),
    "pics": ("name", "at_most_seconds"),
}
_KINDS = ("all", "any", "readings", "ruleset", *_RULES)


def read_rules(words: str) -> RuleSet:
    """The requirement set that the TOML text says. Raises BadRules. References are looked at by `checked`."""
    if len(words) > LONGEST_TEXT:
        raise BadRules(
            Sentence(
                "The text has %(number)s letters, and %(most)s are taken: a requirement set is a page, not a book",
                number=f"{len(words):,}",
                most=f"{LONGEST_TEXT:,}",
            )
        )
    try:
        table = tomllib.loads(words)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(_no_toml(words, str(error))) from error
    except RecursionError as error:
        raise BadRules(
            Sentence("The rules go deeper than %(deepest)s steps: take them apart into sets that refer to one another", deepest=DEEPEST)
        ) from error
    identity = table.get("id")
    is_named = isinstance(identity, str) and _ID.fullmatch(identity) and len(identity) <= 60
    place = Place(str(identity) if is_named else Sentence("The set"), ())
    if not is_named:
        raise place.error("id", Sentence("is missing or no identity: write small letters, digits and hyphens, as calevip-2-dc"))
    place.only(table, _TOP)
    if table.get("schema_version") != 1:
        raise place.error("schema_version", Sentence("must be 1"))
    role = table.get("role")
    if role not in (None, "CS", "CSMS"):
        raise place.error("role", Sentence("is %(role)s: write CS or CSMS, or leave it out", role=f"{role!r}"))
    asks = table.get("asks_certificate", True)
    if not isinstance(asks, bool):
        raise place.error("asks_certificate", Sentence("must be true or false"))
    phases = tuple(_phase(each, place.inside(f"phases[{number}]")) for number, each in enumerate(place.tables(table, "phases"), start=1))
    _refuse_overlaps(phases, place)
    sources = tuple(
        _source(each, place.inside(f"sources[{number}]")) for number, each in enumerate(place.tables(table, "sources"), start=1)
    )
    title, publisher, summary = (place.text(table, name) for name in ("title", "publisher", "summary"))
    not_judged = () if table.get("not_judged", []) == [] else place.texts(table, "not_judged")
    return RuleSet(place.set, title, publisher, summary, asks, role, sources, not_judged, phases)


def read_new_rules(words: str) -> RuleSet:
    """As `read_rules`, for a set that somebody brings: also refused is what no certificate can ever meet. A set that is kept since before
    this was looked at has to go on being read.
    """
    rules = read_rules(words)
    refuse_unmeetable(rules)
    return rules


def _no_toml(words: str, error: str) -> Sentence:
    """What is wrong with the text: mostly a day that there is not, which TOML's own words do not name."""
    if place := _PLACE.search(error):
        line, column = int(place[1]), int(place[2]) - 1
        for day in _DAY.finditer(words.split("\n")[line - 1]):
            if day.start() <= column <= day.end():
                return Sentence("Line %(line)s: %(day)s is no date: write a day that there is, as 2025-01-31", line=line, day=day[0])
    return Sentence("This is not TOML: %(error)s. Compare it with a set that ships", error=error)


def checked(sets: Iterable[RuleSet]) -> dict[str, RuleSet]:
    """The sets by their identities. Raises BadRules for a reference to a set that is not there, and for sets that refer to one another."""
    known: dict[str, RuleSet] = {}
    for one in sets:
        if one.id in known:
            raise BadRules(Sentence("%(id)s: there are two sets of this identity: rename one", id=one.id))
        known[one.id] = one
    done: set[str] = set()
    for identity in known:
        _refuse_cycles(identity, known, (), done)
    return known


@cache
def shipped_texts() -> Mapping[str, str]:
    """The TOML of the sets that ship, by their identities."""
    files = sorted(vocabulary.RULES.glob("*.toml"))
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


@cache
def shipped() -> Mapping[str, RuleSet]:
    """The sets that ship, by their identities."""
    return checked(map(read_rules, shipped_texts().values()))


def _refuse_cycles(identity: str, known: Mapping[str, RuleSet], path: tuple[str, ...], done: set[str]) -> None:
    if identity in path:
        circle = " -> ".join((*path[path.index(identity) :], identity))
        raise BadRules(
            Sentence(
                "%(set)s: the sets refer to one another in a circle (%(circle)s): take one reference out",
                set=path[path.index(identity)],
                circle=circle,
            )
        )
    if identity in done:
        return
    if identity not in known:
        near = get_close_matches(identity, known, n=1)
        remedy = Sentence("did you mean %(near)s?", near=near[0]) if near else Sentence("take it out, or add it")
        raise BadRules(
            Sentence("%(set)s: there is no set %(other)s to refer to: %(remedy_text)s", set=path[-1], other=identity, remedy_text=remedy)
        )
    for other in known[identity].referred():
        _refuse_cycles(other, known, (*path, identity), done)
    done.add(identity)


def _phase(table: Mapping[str, Any], place: Place) -> Phase:
    place.only(table, ("name", "begins", "ends", "rule"))
    begins, ends = (place.day(table, name) for name in ("begins", "ends"))
    if begins and ends and ends < begins:
        raise place.error(
            "ends", Sentence("is %(ends)s, before it begins on %(begins)s: exchange them, or put one right", ends=ends, begins=begins)
        )
    return Phase(place.text(table, "name"), _rule(place.table(table, "rule"), place.inside("rule")), begins, ends)


def _refuse_overlaps(phases: tuple[Phase, ...], place: Place) -> None:
    ordered = sorted(phases, key=lambda phase: phase.begins or date.min)
    for before, after in pairwise(ordered):
        if after.begins is None or before.ends is None or before.ends >= after.begins:
            remedy = Sentence("give the latter a beginning")
            if after.begins:
                remedy = Sentence("let the former end on the day before %(day)s", day=after.begins)
            raise place.error(
                "phases",
                Sentence(
                    "%(name)s and %(other)s hold on the same days: %(remedy_text)s", name=before.name, other=after.name, remedy_text=remedy
                ),
            )


def _source(table: Mapping[str, Any], place: Place) -> Source:
    place.only(table, ("title", "address", "read_on"))
    address = place.text(table, "address") if "address" in table else None
    if address is not None and not address.startswith("https://"):
        raise place.error("address", Sentence("must begin with https://"))
    return Source(place.text(table, "title"), address, _read(table, place))


def _read(table: Mapping[str, Any], place: Place) -> str:
    """The day on which a source was read, or the month where no more is known."""
    value = table.get("read_on")
    if isinstance(value, str) and (month := re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value)):
        return month[0]
    day = place.day(table, "read_on")
    if day is None:
        raise place.error(
            "read_on", Sentence('is missing: write the day or month in which the source was read, as 2026-11-20 or "2026-11"')
        )
    return day.isoformat()


def _rule(table: Mapping[str, Any], place: Place) -> Rule:
    if len(place.path) > 2 + 2 * DEEPEST:
        raise place.error(
            "", Sentence("goes deeper than %(deepest)s steps: take it apart into sets that refer to one another", deepest=DEEPEST)
        )
    kinds = [kind for kind in _KINDS if kind in table]
    if len(kinds) != 1:
        known = ", ".join(_RULES)
        if not kinds:
            place.only(table, (*_KINDS, "clause", "note"))
            raise place.error("", Sentence("says nothing to look at: write one of all, any, readings, ruleset, %(known)s", known=known))
        raise place.error(
            "",
            Sentence(
                "says %(kinds_words)s: write one of all, any, readings, ruleset, %(known)s", kinds_words=Joined(" and ", kinds), known=known
            ),
        )
    kind = kinds[0]
    if kind in ("all", "any"):
        place.only(table, (kind,))
        parts = _parts(table, kind, place)
        return AllOf(parts) if kind == "all" else AnyOf(parts)
    if kind == "readings":
        place.only(table, (kind, "clause", "note"))
        return Readings(place.text(table, "clause"), place.text(table, "note"), _parts(table, kind, place))
    place.only(table, (kind, "clause"))
    clause = place.text(table, "clause")
    if kind == "ruleset":
        return Other(clause, place.text(table, kind))
    inside = place.inside(kind)
    inner = place.table(table, kind)
    inside.only(inner, _RULES[kind])
    return _LEAVES[kind](clause, inner, inside)


def _parts(table: Mapping[str, Any], kind: str, place: Place) -> tuple[Rule, ...]:
    return tuple(_rule(each, place.inside(f"{kind}[{number}]")) for number, each in enumerate(place.tables(table, kind), start=1))


def _certified(clause: str, table: Mapping[str, Any], place: Place) -> Certified:
    at_least, exactly = _protocols(table, place)
    return Certified(clause, at_least, exactly, _profiles(table, place), _communication(table, place))


def _given(clause: str, table: Mapping[str, Any], place: Place) -> Given:
    levels = tuple(
        known_word(level, vocabulary.evidence_level, vocabulary.evidence_levels(), place, "levels")
        for level in place.texts(table, "levels")
    )
    if "certificate" in levels:
        raise place.error("levels", Sentence("names the certificate: ask for it with certified"))
    at_least, exactly = _protocols(table, place)
    return Given(clause, levels, at_least, exactly, _profiles(table, place), _communication(table, place))


def _communication(table: Mapping[str, Any], place: Place) -> str | None:
    if "communication" not in table:
        return None
    word = place.text(table, "communication")
    return vocabulary.transport(word) or word


def _key(clause: str, table: Mapping[str, Any], place: Place) -> KeyValue:
    one_of, includes = (place.texts(table, name) if name in table else () for name in ("one_of", "includes"))
    at_least, at_most = (place.number(table, name) for name in ("at_least", "at_most"))
    if at_least is not None and at_most is not None and at_most < at_least:
        raise place.error(
            "at_most", Sentence("is %(at_most)s, below at_least, %(at_least)s: no value can be both", at_most=at_most, at_least=at_least)
        )
    return KeyValue(clause, place.text(table, "name"), one_of, at_least, at_most, includes)


def _pics(clause: str, table: Mapping[str, Any], place: Place) -> Pics:
    most = place.number(table, "at_most_seconds")
    if most is None:
        raise place.error("at_most_seconds", Sentence("is missing: write a whole number of seconds"))
    return Pics(clause, place.text(table, "name"), most)


_LEAVES: Mapping[str, Callable[[str, Mapping[str, Any], Place], Rule]] = {
    "certified": _certified,
    "given": _given,
    "key": _key,
    "pics": _pics,
}


def _protocols(table: Mapping[str, Any], place: Place) -> tuple[str | None, str | None]:
    found = {
        name: known_word(place.text(table, name), vocabulary.protocol, vocabulary.protocols(), place, name)
        for name in ("at_least", "exactly")
        if name in table
    }
    if len(found) > 1:
        raise place.error("exactly", Sentence("stands beside at_least: write one of them"))
    return found.get("at_least"), found.get("exactly")


def _profiles(table: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for word in place.texts(table, "profiles") if table.get("profiles") else ():
        claimed = vocabulary.claimed(word)
        if claimed is None:
            known_word(word, vocabulary.profile, vocabulary.profiles(), place, "profiles")
        found.update(dict.fromkeys(name for name in vocabulary.profiles() if name in (claimed or ())))
    return tuple(found)
