"""Three values of truth, and what decided them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Truth(IntEnum):
    """So ordered that the least of several is whether all hold, and the greatest whether one does (strong Kleene logic)."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


def all_of(values: Iterable[Truth]) -> Truth:
    """Whether all hold; of none: true."""
    return min(values, default=Truth.TRUE)


def any_of(values: Iterable[Truth]) -> Truth:
    """Whether one holds; of none: false."""
    return max(values, default=Truth.FALSE)


@dataclass(frozen=True, order=True)
class Fact:
    """A field that decided. `certificate` is its number, empty for what the offer says itself; `value` is empty where there is none."""

    certificate: str
    field: str
    value: str


@dataclass(frozen=True)
class Lack:
    """What no certificate covers: these profiles of that protocol, while others of the same rule are covered."""

    protocol: str
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Why one part of a rule holds, does not, or cannot be told. `clause` is where the rule says it.

    `is_open` marks an unknown that comes of something there and not known (a value that was not read), not of something that is not there.
    `gist` is what a text that nothing shows what is asked has in common with those of other readings, and `asked` the profiles that are.
    """

    truth: Truth
    clause: str
    text: str
    facts: tuple[Fact, ...] = ()
    is_open: bool = False
    lacks: tuple[Lack, ...] = ()
    gist: str = ""
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """The truth of a rule, with the reasons of those parts that decided it."""

    truth: Truth
    reasons: tuple[Reason, ...]
