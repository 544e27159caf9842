"""The facets whose values are a closed set: what cannot be in one of them is said, and not answered with an empty list.

Which role there is, is fixed. Protocols, kinds of certificate and profiles are those that rules and certificates have words for, and
whatever else the catalogue itself holds: a list may be ahead of the words that are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueTally
from registry.certificates.profiles import UNTOLD
from registry.certificates.search import SearchQuery
from registry.certificates.search_url import FACET_PARAMETERS
from registry.errors import RegistryError
from registry.requirements import vocabulary
from registry.sentences import Sentence

ROLES = ("CS", "CSMS")
_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "role": lambda value: value in ROLES,
    "protocol": lambda value: value in vocabulary.protocols(),
    "kinds": lambda value: set(value.split(" + ")) <= vocabulary.parts_of_kinds(),
    "profiles": lambda value: value == UNTOLD or value in vocabulary.profiles(),
}
_WORDS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "role": lambda: ROLES,
    "protocol": vocabulary.protocols,
    "kinds": vocabulary.kinds,
    "profiles": lambda: (*vocabulary.profiles(), UNTOLD),
}


class UnknownValue(RegistryError):
    """A value that a parameter cannot have; `parameter` is its name in an address."""

    def __init__(self, parameter: str, value: str, known: tuple[str, ...]) -> None:
        super().__init__(
            Sentence("%(name)s=%(value)s is not known here: use one of %(known)s", name=parameter, value=value[:40], known=", ".join(known))
        )
        self.parameter = parameter


def refuse_unknown(opened: Callable[[], AbstractContextManager[Session]], query: SearchQuery) -> None:
    """Raise UnknownValue for a value that no entry can have. The catalogue is `opened` and asked about values alone that there are no words
    for.
    """
    for name, value in _odd(query):
        with opened() as session:
            held = tuple(session.scalars(select(CatalogueTally.value).where(CatalogueTally.facet == name).order_by(CatalogueTally.value)))
        if value not in held:
            raise UnknownValue(FACET_PARAMETERS[name], value, tuple(dict.fromkeys((*_WORDS[name](), *held))))


def _odd(query: SearchQuery) -> Iterator[tuple[str, str]]:
    """What is chosen of these facets, and has no word here."""
    for name, is_known in _KNOWN.items():
        for value in query.selected(name):
            if not is_known(value):
                yield name, value
