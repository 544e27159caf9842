"""The other names of companies, as people recorded them: that two names are one company's is never concluded from how they are spelt.

Several names may be recorded for one holder, and each name for one holder alone, who is not another's name: so two names that are one
company's are so by two records at most, which are named wherever they decide anything. Of names that differ in their legal form alone, each
two are recorded by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from registry.certificates.words import apart_key, company_key, company_slug
from registry.matching.names import forms_contradict, forms_that_differ

Identity = tuple[str, str]
"""A company among those that records tell of: by what it is looked up, and what may tell it from another that is looked up by the same."""


@dataclass(frozen=True)
class Alias:
    """`name` is another name of `holder`, both as they were typed, for that reason, as a reviewer recorded it at that time."""

    id: int
    holder: str
    name: str
    reason: str
    at: datetime

    @cached_property
    def holder_key(self) -> str:
        """By what the holder is looked up."""
        return company_key(self.holder)

    @property
    def slug(self) -> str | None:
        """The holder in an address."""
        return company_slug(self.holder)

    @cached_property
    def name_key(self) -> str:
        """By what the other name is looked up."""
        return company_key(self.name)

    @cached_property
    def holder_identity(self) -> Identity:
        """Which company the holder is."""
        return identity(self.holder)

    @cached_property
    def name_identity(self) -> Identity:
        """Which company the other name was taken for, before it was recorded."""
        return identity(self.name)

    @property
    def is_of_forms(self) -> bool:
        """Whether the names differ in their legal form alone, as those of "Acme GmbH" and "Acme Inc." do."""
        return self.holder_identity == self.name_identity

    def joins_forms(self, one: str, other: str) -> bool:
        """Whether this is the record that two such names are one company's."""
        recorded = {(each, forms_that_differ(each_name)) for each, each_name in self._both}
        return self.is_of_forms and {(identity(name), forms_that_differ(name)) for name in (one, other)} == recorded

    def to_json(self) -> dict[str, Any]:
        """The record for programs; who made it is left out."""
        return {"id": self.id, "holder": self.holder, "name": self.name, "reason": self.reason, "recorded_at": self.at.isoformat()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Alias:
        """The record that was told so."""
        return cls(told["id"], told["holder"], told["name"], told["reason"], datetime.fromisoformat(told["recorded_at"]))

    @property
    def _both(self) -> tuple[tuple[Identity, str], ...]:
        return (self.holder_identity, self.holder), (self.name_identity, self.name)


def identity(name: str) -> Identity:
    """Alike for all names that are taken for one company's without any record, however they are spelt."""
    return company_key(name), apart_key(name)


class Aliases:
    """The records that hold, by all the names in them."""

    def __init__(self, recorded: Iterable[Alias] = ()) -> None:
        self.all = tuple(recorded)
        self._of: dict[str, list[Alias]] = defaultdict(list)
        for alias in self.all:
            self._of[alias.holder_key].append(alias)
        for alias in [one for of_one in list(self._of.values()) for one in of_one]:
            self._of[alias.name_key] = self._of[alias.holder_key]

    def of(self, *names: str | None) -> tuple[Alias, ...]:
        """All records of the companies with these names, in any spelling."""
        return self.of_keys(company_key(name) for name in names if name) if self.all else ()

    def of_keys(self, keys: Iterable[str]) -> tuple[Alias, ...]:
        """As `of`, by the keys of names."""
        return tuple(dict.fromkeys(alias for key in keys for alias in self._of.get(key, ())))

    def keys(self, keys: Iterable[str]) -> frozenset[str]:
        """The keys of companies, and of all their other names."""
        wanted = frozenset(keys)
        return wanted.union(*((alias.holder_key, alias.name_key) for alias in self.of_keys(wanted)))

    def of_companies(self, companies: Collection[Identity]) -> tuple[Alias, ...]:
        """All records of these companies; none of others that are looked up by the same."""
        known = self.of_keys(key for key, _ in companies)
        roots = {one.holder_identity for one in known if one.holder_identity in companies or one.name_identity in companies}
        return tuple(one for one in known if one.holder_identity in roots)

    def others(self, name: str) -> tuple[str, ...]:
        """The other names of the company with that name."""
        known = self.of(name)
        told = {(identity(each), forms_that_differ(each)): each for alias in known for each in (alias.holder, alias.name)}
        return tuple(each for each in told.values() if linking(known, name, each))


NONE = Aliases()


def linking(aliases: Collection[Alias], one: str, other: str) -> tuple[Alias, ...]:
    """The records by which two names, spelt differently, are one company's; empty where they are not, or are the same name.

    Names that differ in their legal form alone are joined by a record of just these two, which leads no further.
    """
    both = (identity(one), identity(other))
    if both[0] == both[1]:
        return tuple(alias for alias in aliases if alias.joins_forms(one, other))[:1] if forms_contradict(one, other) else ()
    used = {alias.name_identity: alias for alias in aliases if not alias.is_of_forms and alias.name_identity in both}
    steps = [(name, used[each].name) for name, each in zip((one, other), both, strict=True) if each in used]
    roots = [used[each].holder if each in used else name for name, each in zip((one, other), both, strict=True)]
    if identity(roots[0]) != identity(roots[1]) or any(forms_contradict(*pair) for pair in (*steps, (roots[0], roots[1]))):
        return ()
    return tuple(used.values())
