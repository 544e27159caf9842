"""A requirement set as plain values.

A set has phases, each in force for installations of some days; a phase has one rule. A rule is made of alternatives (`AnyOf`), of what must
hold together (`AllOf`), of the several ways in which its source can be read (`Readings`), of other sets (`Other`), and of what can be
looked at: certificates (`Certified`), other evidence (`Given`), configuration keys (`KeyValue`), PICS values (`Pics`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from registry.errors import RegistryError

_ONE_DAY = timedelta(days=1)


class BadRules(RegistryError):
    """A requirement set cannot be what it says; the message names the set, the place and the remedy."""


@dataclass(frozen=True)
class Certified:
    """Certificates of the product cover, together and at the offered software version, every one of `profiles` for one protocol."""

    clause: str
    at_least: str | None = None
    exactly: str | None = None
    profiles: tuple[str, ...] = ()
    communication: str | None = None


@dataclass(frozen=True)
class Given:
    """Evidence other than a certificate is in the file, of one of `levels`, for that protocol, transport and those profiles."""

    clause: str
    levels: tuple[str, ...]
    at_least: str | None = None
    exactly: str | None = None
    profiles: tuple[str, ...] = ()
    communication: str | None = None


@dataclass(frozen=True)
class KeyValue:
    """A certificate of the product declares a configuration key, with a value within limits where there are any. `includes` are what the
    list has that is its value.
    """

    clause: str
    key: str
    one_of: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None
    includes: tuple[str, ...] = ()

    @property
    def asks_value(self) -> bool:
        """Whether it asks more than that the key is declared."""
        return bool(self.one_of or self.includes) or self.at_least is not None or self.at_most is not None


@dataclass(frozen=True)
class Pics:
    """A certificate of the product declares a time (a PICS value, in seconds) of at most so many."""

    clause: str
    name: str
    at_most_seconds: int


@dataclass(frozen=True)
class Other:
    """Another requirement set is met."""

    clause: str
    ruleset: str


@dataclass(frozen=True)
class AllOf:
    """All of them hold."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """One of them holds."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Readings:
    """The source can be read in these ways: what they agree on is the verdict, and nothing else. `note` says where they part."""

    clause: str
    note: str
    rules: tuple[Rule, ...]


Leaf = Certified | Given | KeyValue | Pics
Rule = Leaf | Other | AllOf | AnyOf | Readings


@dataclass(frozen=True)
class Phase:
    """What holds for installations from one day to another, both included; None: without bound."""

    name: str
    rule: Rule
    begins: date | None = None
    ends: date | None = None

    def covers(self, day: date) -> bool:
        """Whether an installation on that day falls under it."""
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)


@dataclass(frozen=True)
class Source:
    """Where a rule was read, and when."""

    title: str
    address: str | None
    read_on: str


@dataclass(frozen=True)
class RuleSet:
    """A requirement set. `asks_certificate` is False where conformance is asked and a certificate is one way to show it.

    `not_judged` says what the source asks besides and nothing here can tell. `role` is what it is about: CS or CSMS; None for either.
    """

    id: str
    title: str
    publisher: str
    summary: str
    asks_certificate: bool
    role: str | None
    sources: tuple[Source, ...]
    not_judged: tuple[str, ...]
    phases: tuple[Phase, ...]

    def phase_on(self, day: date) -> Phase | None:
        """The phase under which an installation on that day falls."""
        return next((phase for phase in self.phases if phase.covers(day)), None)

    def silent_spans(self) -> Iterator[tuple[date | None, date | None]]:
        """The days of which no phase says anything, each span from one day to another, both included; None: without bound."""
        spoken = sorted((phase.begins or date.min, phase.ends or date.max) for phase in self.phases)
        if spoken[0][0] > date.min:
            yield None, spoken[0][0] - _ONE_DAY
        for (_, ends), (begins, _) in pairwise(spoken):
            if ends + _ONE_DAY < begins:
                yield ends + _ONE_DAY, begins - _ONE_DAY
        if spoken[-1][1] < date.max:
            yield spoken[-1][1] + _ONE_DAY, None

    def referred(self) -> Iterator[str]:
        """The sets that this one refers to."""
        for phase in self.phases:
            for rule in walked(phase.rule):
                if isinstance(rule, Other):
                    yield rule.ruleset


def walked(rule: Rule) -> Iterator[Rule]:
    """The rule and everything that it is made of, but not what it refers to."""
    yield rule
    if isinstance(rule, AllOf | AnyOf | Readings):
        for part in rule.rules:
            yield from walked(part)
