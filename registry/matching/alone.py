"""What a device says of its vendor and model against those of one certificate alone, by the same rules as the fleet is matched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from registry.matching.aliases import Alias, Aliases, linking
from registry.matching.generic import names_no_model
from registry.matching.index import Index
from registry.matching.model import Certified
from registry.matching.names import Same, bare, company, same_company
from registry.matching.spelling import is_cut, is_in_other_letters
from registry.spreadsheets.nothing import says_nothing

_ROLE = "CS"
_ANY = "any"
_CACHED = 1 << 10


@dataclass(frozen=True)
class Compared:
    """Whether what is told is what is certified. `how` tells where that is unclear: `nothing` is told, `letters` that are not Latin,
    `cut` after the 20 letters that stations may report, `company` for legal forms or brackets that differ, `alike` for a longer or shorter
    name of a company, and of models as `Index.near` tells. `by` are the records of names that it rests on.
    """

    same: Same
    how: str = ""
    by: tuple[Alias, ...] = ()


@lru_cache(_CACHED)
def compare_model(designation: str | None, model: str | None, told: str, companies: tuple[str, ...] = ()) -> Compared:
    """The model that a device tells against the names of a certified product, of which there is one at least. `companies` are names that
    may stand before it.
    """
    if says_nothing(told) or not bare(told):
        return Compared(Same.UNCLEAR, "nothing")
    index = Index([_certified(_ANY, designation or model, model)])
    if index.exact(_ROLE, _ANY, told):
        return Compared(Same.YES)
    near = next((how for how, _ in index.near(_ROLE, _ANY, told)), None)
    if near is None and any(is_cut(name, told, companies) for name in (designation, model) if name):
        near = "alike"
    if near is None and names_no_model(told):
        near = "nothing"
    return Compared(Same.UNCLEAR, near) if near else _another(told)


@lru_cache(_CACHED)
def compare_vendor(names: tuple[str, ...], told: str, known_as: tuple[Alias, ...] = ()) -> Compared:
    """The vendor that a device tells against the companies that a certificate names: its holder, or who made what was tested.

    `known_as` are the records of their other names: as in the fleet they speak for the device alone, where it is worse off without.
    """
    plain = _compare_vendor(names, told)
    if plain.same is Same.YES or plain.how == "nothing" or not known_as:
        return plain
    by = next(filter(None, (linking(known_as, name, told) for name in names)), ())
    if by:
        return Compared(Same.YES, by=by)
    if plain.same is Same.UNCLEAR:
        return plain
    others = ((name, other) for name in names for other in Aliases(known_as).others(name))
    like = ((linking(known_as, name, other), _compare_vendor((other,), told)) for name, other in others)
    return next((replace(found, by=by) for by, found in like if found.same is Same.UNCLEAR), plain)


def _compare_vendor(names: tuple[str, ...], told: str) -> Compared:
    if says_nothing(told) or not company(told):
        return Compared(Same.UNCLEAR, "nothing")
    found = {same_company(name, told) for name in names}
    if found != {Same.NO}:
        return Compared(Same.YES) if Same.YES in found else Compared(Same.UNCLEAR, "company")
    index = Index([_certified(name, _ANY, None) for name in names])
    if index.longer(_ROLE, told):
        return Compared(Same.UNCLEAR, "cut")
    if index.like(_ROLE, told):
        return Compared(Same.UNCLEAR, "alike")
    return _another(told)


def _certified(holder: str, designation: str | None, model: str | None) -> Certified:
    return Certified(None, holder, designation, None, _ROLE, model=model)


def _another(told: str) -> Compared:
    """Another one, unless it is written in letters in which certificates hardly ever are."""
    return Compared(Same.UNCLEAR, "letters") if is_in_other_letters("", told) else Compared(Same.NO)
