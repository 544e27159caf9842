"""Which product of which company a certificate is for, of those that it names.

A certificate names its holder and the product's designation, and in its abstract who made what was tested and which type that was. It says
of itself that it holds for the designation alone, the holder's. What was tested for a brand, or for a member of a family, is named by its
certificate and not certified by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import combinations

from registry.matching.aliases import Alias, linking
from registry.matching.hardware import compare
from registry.matching.model import Certified, Step
from registry.matching.names import bare, company, forms_contradict
from registry.matching.spelling import parts_of, words_of

_FIGURE = re.compile(r"\d")


def names_certified(one: Certified, *, is_one_company: bool) -> tuple[str, ...]:
    """What the product that the certificate is for is called: its designation, and the type that was tested where that is the product
    itself. It is not in a family's and a brand's certificates, where another company than the holder made it (`is_one_company`), and where
    the designation was not read or has a figure that the type has not: a figure makes another model.
    """
    if "designation" in one.unsure:
        return ()
    names = [one.designation] if one.designation else []
    if one.model and one.step is Step.DIRECT and is_one_company and not _is_another(one.designation, one.model):
        names.append(one.model)
    return tuple(names)


def _is_another(designation: str | None, model: str) -> bool:
    """Whether a designation may be another model's than the type: it has a figure, and neither stands in the other."""
    if not designation or bare(designation) == bare(model):
        return False
    told = [word for word in words_of(designation) if _FIGURE.search(word)]
    stands_in = bare(designation) in parts_of(model) or bare(model) in parts_of(designation)
    return bool(told) and not stands_in and not set(told) <= set(words_of(model))


def apart(certificates: Sequence[Certified], known_as: Collection[Alias] = ()) -> tuple[Certified, Certified, str, str] | None:
    """Two of the certificates that are for two products, with what each says of it: by a deciding row of the hardware, by the type that
    was tested, or by who holds them; None where all may be for one. `known_as` are the records of their companies' names.
    """
    found = ((one, other, contradicting(one, other, known_as)) for one, other in combinations(certificates, 2))
    return next(((one, other, *told) for one, other, told in found if told is not None), None)


def told_apart(certificates: Sequence[Certified], known_as: Collection[Alias] = ()) -> list[tuple[frozenset[int], tuple[str, ...]]]:
    """For each, the places of those among them that are for another product, and what it says itself in that."""
    against: list[dict[int, str]] = [{} for _ in certificates]
    for (place, one), (other_place, other) in combinations(enumerate(certificates), 2):
        told = contradicting(one, other, known_as)
        if told is not None:
            against[place][other_place], against[other_place][place] = told
    return [(frozenset(each), tuple(dict.fromkeys(each.values()))) for each in against]


def contradicting(one: Certified, other: Certified, known_as: Collection[Alias] = ()) -> tuple[str, str] | None:
    """What two certificates say that cannot be so of one product; None where there is nothing."""
    if are_of_two_companies(one, other, known_as):
        return one.holder or "", other.holder or ""
    rows = compare(one.hardware, one.unsure | other.unsure, other.hardware or {}).differing
    if rows:
        return "; ".join(f"{row.row}: {row.certified}" for row in rows), "; ".join(f"{row.row}: {row.device}" for row in rows)
    if one.model and other.model and one.step is other.step is Step.DIRECT and "model" not in one.unsure | other.unsure:
        return (one.model, other.model) if bare(one.model) != bare(other.model) else None
    return None


def are_of_two_companies(one: Certified, other: Certified, known_as: Collection[Alias] = ()) -> bool:
    """Whether two certificates are held under one name with two legal forms of which a company has but one, and no record joins these: a
    vendor of that name without a form may be either.
    """
    return _differ_in_forms(one, other) and not joining_forms(one, other, known_as)


def joining_forms(one: Certified, other: Certified, known_as: Collection[Alias]) -> tuple[Alias, ...]:
    """The record by which the holders of two certificates, whose legal forms contradict each other, are one company."""
    return linking(known_as, one.holder or "", other.holder or "") if known_as and _differ_in_forms(one, other) else ()


def _differ_in_forms(one: Certified, other: Certified) -> bool:
    if not one.holder or not other.holder or "holder" in one.unsure | other.unsure:
        return False
    return company(one.holder) == company(other.holder) and forms_contradict(one.holder, other.holder)
