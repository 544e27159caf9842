"""Where the OCA's list has a number for another company or product than the document that bears it: one of them is wrong, and which of them
nobody can say from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.matching.aliases import NONE, Aliases
from registry.matching.model import Certified
from registry.matching.names import Same, company, same_company
from registry.matching.spelling import may_be_company, may_be_product


@dataclass(frozen=True)
class Dispute:
    """A row of the list whose number a document has for another company or product: the `fields` in which the document contradicts it for
    certain, and the company and product that the row names.
    """

    fields: frozenset[str]
    company: str | None
    designation: str | None


def disputed(document: Certified, row: Certified, aliases: Aliases = NONE) -> frozenset[str]:
    """The fields of a certificate that the row of the list for its number contradicts for certain: `holder`, `designation`, or both.

    What may be another spelling, or was not read with certainty, contradicts nothing.
    """
    found = set()
    companies = [name for name in (document.holder, document.vendor_name) if name and company(name)]
    if row.holder and companies and document.unread.isdisjoint(("holder", "vendor_name")):
        named = (row.holder, *aliases.others(row.holder))
        if not any(_may_be_one(one, other) for one in named for other in companies):
            found.add("holder")
    products = [name for name in (document.designation, document.model) if name]
    listed, is_read = row.designation, document.unread.isdisjoint(("designation", "model"))
    if listed and products and is_read and not any(may_be_product(name, listed) for name in products):
        found.add("designation")
    return frozenset(found)


def _may_be_one(one: str, other: str) -> bool:
    """Whether two names may be one company's, or of a company and its parent."""
    left, right = company(one), company(other)
    begins = left.startswith(right) or right.startswith(left)
    return begins or same_company(one, other) is not Same.NO or may_be_company(one, other)
