"""The state of the fleet's table in an address: parameters in, `FleetQuery` out, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.errors import RegistryError
from registry.marking import N_
from registry.matching.model import Answer
from registry.sentences import Sentence

FACETS: dict[str, str] = {
    "answer": N_("Covered by a certificate"),
    "drift": N_("Firmware"),
    "site": N_("Site"),
    "vendor": N_("Vendor"),
    "model": N_("Model"),
    "firmware": N_("Firmware version"),
}
"""The facets in the order of the page, each with its heading; their names are those of the parameters."""

UNMATCHED = "not matched yet"
NONE = "not given"
ANSWERS = (*(str(answer) for answer in Answer), UNMATCHED)
DRIFTED, STEADY = "otherwise than in its row", "as in its row, or never seen"
CLOSED: Mapping[str, tuple[str, ...]] = {"answer": ANSWERS, "drift": (DRIFTED, STEADY)}
"""The facets of which all values are known; those of the others are whatever devices have."""
SORTS = {"identity": N_("Identity"), "site": N_("Site"), "answer": N_("Answer"), "model": N_("Model")}
DEFAULT_SIZE, LARGEST_SIZE, LARGEST_PAGE = 50, 200, 100_000
LONGEST_TEXT, MOST_VALUES = 200, 30

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FleetQuery:
    """What of the fleet is looked at: the values of one facet are alternatives, and the facets and the text have all to hold.

    `sees_addresses` is of who looks, and stands in no address: to whom it does not hold, the addresses by which management systems go are
    neither shown nor found.
    """

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "identity"
    page: int = 1
    size: int = DEFAULT_SIZE
    sees_addresses: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.chosen)

    def without(self, facet: str) -> FleetQuery:
        """The same without what was chosen of one facet."""
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != facet}, page=1)


@dataclass(frozen=True)
class Chip:
    """One choice that narrows the table, and the parameters without it; `is_word`: it is one of the registry's own words."""

    text: str
    without: Pairs
    is_word: bool = False


def parse(parameters: Mapping[str, Sequence[str]]) -> FleetQuery:
    """The query that an address asks for; parameters that are not ours are left alone. Raises RegistryError for what cannot be."""

    def last(name: str, default: str) -> str:
        return parameters[name][-1] if parameters.get(name) else default

    text = last("q", "").strip()
    if len(text) > LONGEST_TEXT:
        raise RegistryError(
            Sentence(
                "The search has %(letters)s letters, and %(most)s are taken: shorten it",
                letters=f"{len(text):,}",
                most=LONGEST_TEXT,
            )
        )
    chosen = {name: tuple(dict.fromkeys(value for value in parameters.get(name, ()) if value)) for name in FACETS}
    crowded = next((name for name, values in chosen.items() if len(values) > MOST_VALUES), None)
    if crowded is not None:
        raise RegistryError(
            Sentence("At most %(most)s values of %(crowded)s can be chosen at once: leave some out", most=MOST_VALUES, crowded=crowded)
        )
    sort = last("sort", "identity")
    if sort not in SORTS:
        raise RegistryError(
            Sentence(
                "%(name)s=%(sort)s is no order of this table: use one of %(sorts)s", name="sort", sort=sort[:40], sorts=", ".join(SORTS)
            )
        )
    page, size = _whole("page", last("page", "1"), LARGEST_PAGE), _whole("size", last("size", str(DEFAULT_SIZE)), LARGEST_SIZE)
    return FleetQuery(text, {name: values for name, values in chosen.items() if values}, sort, page, size)


def refuse_unknown(query: FleetQuery) -> None:
    """Raise RegistryError for a value that no device can have, of the facets whose values are the registry's own words."""
    for name, known in CLOSED.items():
        for value in query.chosen.get(name, ()):
            if value not in known:
                raise RegistryError(
                    Sentence(
                        "%(name)s=%(value)s is not known here: use one of %(known)s", name=name, value=value[:40], known="; ".join(known)
                    )
                )


def pairs(query: FleetQuery, *, page: int = 1, sort: str | None = None) -> Pairs:
    """The parameters of `query`, without those that say what holds anyway."""
    found = [("q", query.text)] if query.text else []
    found += [(name, value) for name in FACETS for value in query.chosen.get(name, ())]
    order = sort or query.sort
    found += [("sort", order)] if order != "identity" else []
    found += [("size", str(query.size))] if query.size != DEFAULT_SIZE else []
    return (*found, *([("page", str(page))] if page != 1 else []))


def toggled(query: FleetQuery, facet: str, value: str) -> Pairs:
    """The parameters with a facet's value chosen, or no longer chosen; back on the first page."""
    present, pair = pairs(query), (facet, value)
    return tuple(other for other in present if other != pair) if pair in present else (*present, pair)


def chips(query: FleetQuery) -> tuple[Chip, ...]:
    """Everything that narrows the table, each with the way to drop it."""
    found = [Chip(f"“{query.text}”", tuple(pair for pair in pairs(query) if pair[0] != "q"))] if query.text else []
    chosen = ((name, value) for name in FACETS for value in query.chosen.get(name, ()))
    return (*found, *(Chip(value, toggled(query, name, value), is_own_word(name, value)) for name, value in chosen))


def is_own_word(facet: str, value: str) -> bool:
    """Whether a value of a facet is a word of the registry, to be said in the language of the page, and no name of somebody else's."""
    return facet in ("answer", "drift") or value == NONE


def _whole(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and 1 <= int(value) <= most):
        raise RegistryError(
            Sentence(
                "%(name)s=%(value)s is no whole number from 1 to %(most)s: leave it out, or follow the links of the page",
                name=name,
                value=value[:40],
                most=f"{most:,}",
            )
        )
    return int(value)
