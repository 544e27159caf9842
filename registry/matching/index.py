"""Certificates arranged so that those that could be about a product are found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from registry.matching.aliases import NONE, Aliases
from registry.matching.model import Certified, CurrentList
from registry.matching.names import bare, company, company_words, same_family, text
from registry.matching.spelling import cuts_of, one_letter_apart, parts_of

_NEIGHBOURS = 8
"""How many certified products of a family are looked at on each side of a name."""

_PRODUCT = frozenset(("designation", "model"))
_COMPANY = frozenset(("holder", "vendor_name"))


@dataclass
class _Company:
    """The certificates of one company in one role."""

    by_text: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    by_bare: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    unnamed: list[Certified] = field(default_factory=list)
    """Those whose product may have another name than was read, or has none that was."""
    by_part: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    """By each whole part of a name that is not all of it, bare: neither letter nor figure touches it."""
    by_cut: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    """Names of more than 20 letters, by these."""
    by_length: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The keys of `by_bare`, by their length."""
    in_order: list[tuple[str, tuple[str, ...], Certified]] = field(default_factory=list)
    """By bare name: what begins alike stands side by side."""
    documents: int = 0


class Index:
    """`lists` has the roles (`CS`, `CSMS`) of which the registry holds the OCA's current list: only for these a product is not covered
    that no certificate names; for others it cannot be told. `aliases` are the other names of companies, as they are recorded. The order of
    `certificates` makes no difference.
    """

    def __init__(
        self, certificates: Iterable[Certified], lists: Mapping[str, CurrentList] = MappingProxyType({}), aliases: Aliases = NONE
    ) -> None:
        self.lists = lists
        self.aliases = aliases
        self._companies: dict[tuple[str, str], _Company] = defaultdict(_Company)
        self._first_words: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._holders: dict[tuple[str, str], str] = {}
        self._by_cut: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._everywhere: dict[tuple[str, str], list[Certified]] = defaultdict(list)
        self._unreadable: dict[str, list[Certified]] = defaultdict(list)
        self._revisions: dict[str, list[Certified]] = defaultdict(list)
        for certified in sorted(set_aside_doubles(certificates), key=lambda one: one.sort_key):
            self._add(certified)
        self._by_length: dict[tuple[str, int], list[str]] = defaultdict(list)
        for role, key in self._holders:
            self._by_length[role, len(key)].append(key)
        for found in self._companies.values():
            found.in_order.sort(key=lambda entry: entry[:2])

    def exact(self, role: str, vendor: str, model: str) -> Sequence[Certified]:
        """The certificates of that company whose product has exactly that name."""
        found = self._companies.get((role, company(vendor)))
        return found.by_text.get(text(model), ()) if found else ()

    def near(self, role: str, vendor: str, model: str) -> Iterator[tuple[str, Certified]]:
        """Certificates of that company that may be meant, without saying so exactly, each with what is imprecise: `punctuation`, `unread`,
        `part`, `cut` or `letter`.
        """
        found = self._companies.get((role, company(vendor)))
        if found is None:
            return
        exact, wanted = found.by_text.get(text(model), ()), bare(model)
        yield from (("punctuation", certified) for certified in found.by_bare.get(wanted, ()) if certified not in exact)
        yield from (("unread", certified) for certified in found.unnamed if certified not in exact)
        yield from (("part", certified) for certified in _part_of_the_model(found, text(model)))
        yield from (("part", certified) for certified in found.by_part.get(wanted, ()))
        yield from (("cut", certified) for certified in found.by_cut.get(text(model), ()))
        alike = (name for size in (-1, 0, 1) for name in one_letter_apart(wanted, found.by_length.get(len(wanted) + size, ())))
        yield from (("letter", certified) for name in alike for certified in found.by_bare[name])

    def elsewhere(self, role: str, vendor: str | None, model: str) -> Iterator[Certified]:
        """The certificates of other companies, or of a holder that was not read, whose product has that name."""
        key = company(vendor) if vendor else None
        for certified in self._everywhere.get((role, bare(model)), ()):
            if key is None or key not in companies_of(certified):
                yield certified

    def unreadable(self, role: str, vendor: str) -> Iterator[Certified]:
        """The certificates of which neither holder nor product was read with certainty; not those that name the vendor."""
        key = company(vendor)
        return (certified for certified in self._unreadable.get(role, ()) if key not in companies_of(certified))

    def knows(self, role: str, vendor: str) -> bool:
        """Whether the registry has read any certificate of that company."""
        found = self._companies.get((role, company(vendor)))
        return found is not None and found.documents > 0

    def listed_only(self, role: str, vendor: str) -> bool:
        """Whether the company stands in the OCA's list alone."""
        found = self._companies.get((role, company(vendor)))
        return found is not None and found.documents == 0

    def like(self, role: str, vendor: str) -> str | None:
        """A company that may be the same under a longer or shorter name, or one with another letter, as a certificate writes it."""
        key, words = company(vendor), company_words(vendor)
        if not words:
            return None
        others = sorted(other for other in self._first_words.get((role, words[0]), ()) if other != key)
        begins = [other for other in others if other.startswith(key) or key.startswith(other)]
        alike = (other for size in (-1, 0, 1) for other in one_letter_apart(key, self._by_length.get((role, len(key) + size), ())))
        found = begins or sorted(map(company, self.longer(role, vendor))) or others or sorted(alike)
        return self._holders[role, found[0]] if found else None

    def longer(self, role: str, vendor: str) -> Sequence[str]:
        """The companies, each as a certificate writes it, whose names have more than 20 letters and begin with the vendor's, which has as
        many: it may be theirs, cut as stations report it, or that of another company.
        """
        found = self._by_cut.get((role, text(vendor)), {})
        return [written for key, written in sorted(found.items()) if key != company(vendor)]

    def revisions(self, certified: Certified) -> Sequence[Certified]:
        """All revisions of the certificate's number, itself among them."""
        return self._revisions.get(certified.number, ()) if certified.number else ()

    def family(self, role: str, vendor: str, model: str) -> Iterator[Certified]:
        """Certified products of that company whose names begin like the model's, the likest first."""
        found = self._companies.get((role, company(vendor)))
        if found is None:
            return
        wanted = bare(model)
        place = bisect_left(found.in_order, wanted, key=lambda entry: entry[0])
        around = found.in_order[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
        members = [(name, certified) for name, _, certified in around if _relatives(certified, model)]
        seen: set[int] = set()
        for _, certified in sorted(members, key=lambda entry: (-_shared(entry[0], wanted), entry[1].sort_key)):
            if id(certified) not in seen:
                seen.add(id(certified))
                yield certified

    def _add(self, certified: Certified) -> None:
        names = names_of(certified)
        keys = companies_of(certified)
        if certified.number:
            self._revisions[certified.number].append(certified)
        for role in (certified.role,) if certified.role else ("CS", "CSMS"):
            for key, written in keys.items():
                self._in_company(self._companies[role, key], certified, names)
                self._first_words[role, company_words(written)[0]].add(key)
                self._holders.setdefault((role, key), written)
                for cut in cuts_of(written):
                    self._by_cut[role, cut].setdefault(key, written)
            for name in dict.fromkeys(map(bare, names)):
                self._everywhere[role, name].append(certified)
            if is_product_unsure(certified) and (not keys or not _COMPANY.isdisjoint(certified.unsure)):
                self._unreadable[role].append(certified)

    @staticmethod
    def _in_company(found: _Company, certified: Certified, names: Sequence[str]) -> None:
        found.documents += certified.document
        if is_product_unsure(certified):
            found.unnamed.append(certified)
        for name in dict.fromkeys(map(text, names)):
            found.by_text[name].append(certified)
            for part in parts_of(name):
                found.by_part[part].append(certified)
        for cut in dict.fromkeys(cut for name in names for cut in cuts_of(name)):
            found.by_cut[cut].append(certified)
        for name in dict.fromkeys(map(bare, names)):
            if name not in found.by_bare:
                found.by_length[len(name)].append(name)
            found.by_bare[name].append(certified)
            found.in_order.append((name, certified.sort_key, certified))


def set_aside_doubles(certificates: Iterable[Certified]) -> list[Certified]:
    """The certificates without the list's rows for those of which the registry has the document, but for what is in dispute."""
    given = list(certificates)
    read = {(one.number, one.revision or "") for one in given if one.document and one.number}
    return [one for one in given if one.document or one.is_disputed or (one.number, one.revision or "") not in read]


def names_of(certified: Certified) -> tuple[str, ...]:
    """What the product is called: its designation, and the type that was tested."""
    names = (certified.designation, certified.model)
    return tuple(name for name in names if name and bare(name))


def is_product_unsure(certified: Certified) -> bool:
    """Whether the product may be called otherwise than by `names_of`: its designation, or the type that was tested, was not read with
    certainty or is in doubt.
    """
    return not names_of(certified) or not _PRODUCT.isdisjoint(certified.unsure)


def companies_of(certified: Certified) -> dict[str, str]:
    """The companies that the certificate names, by their keys: who holds it, and who made what was tested."""
    return {company(name): name for name in (certified.vendor_name, certified.holder) if name and company(name)}


def _relatives(certified: Certified, model: str) -> bool:
    return any(same_family(name, model) for name in names_of(certified))


def _shared(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _part_of_the_model(found: _Company, model: str) -> Iterator[Certified]:
    """The certificates whose product's name stands in the model with other text around it that does not touch it, however it is spelt."""
    for part in parts_of(model):
        yield from found.by_bare.get(part, ())
