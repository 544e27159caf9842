"""Certificates arranged so that those that could be about a product are found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from registry.matching.aliases import NONE, Aliases
from registry.matching.assortment import MOST_GLUED, Assortment, companies_of, is_product_unsure, names_of
from registry.matching.generic import names_no_model
from registry.matching.model import Certified, CurrentList
from registry.matching.names import bare, company, company_words, text
from registry.matching.spelling import (
    SHORTEST_END,
    cuts_of,
    ends_of,
    initials_of,
    may_be_longer,
    one_letter_apart,
    parts_of,
    several_of,
    umlauts_of,
)

_SHORTEST_ELSEWHERE = 4
"""Letters and figures of a part of a name by which a product of another company is found; one less where a figure is among them."""

_COMPANY = frozenset(("holder", "vendor_name"))


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
        self._companies: dict[tuple[str, str], Assortment] = defaultdict(Assortment)
        self._first_words: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._holders: dict[tuple[str, str], str] = {}
        self._by_cut: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._nearest: dict[tuple[str, str], str | None] = {}
        self._by_likeness: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._everywhere: dict[tuple[str, str], list[Certified]] = defaultdict(list)
        self._parts_everywhere: dict[tuple[str, str], dict[int, Certified]] = defaultdict(dict)
        self._unreadable: dict[str, list[Certified]] = defaultdict(list)
        self._revisions: dict[str, list[Certified]] = defaultdict(list)
        for certified in sorted(set_aside_doubles(certificates), key=lambda one: one.sort_key):
            self._add(certified)
        self._by_length: dict[tuple[str, int], list[str]] = defaultdict(list)
        for role, key in self._holders:
            self._by_length[role, len(key)].append(key)
        self._keys = sorted(self._holders)
        ends = ((role, end[::-1], key) for (role, key), written in self._holders.items() for end in ends_of(written))
        self._ends = sorted(set(ends))
        for found in self._companies.values():
            found.arrange()

    def exact(self, role: str, vendor: str, model: str) -> Sequence[Certified]:
        """The certificates of that company whose product has exactly that name."""
        found = self._companies.get((role, company(vendor)))
        return found.exact(model) if found else ()

    def near(self, role: str, vendor: str, model: str) -> Iterator[tuple[str, Certified]]:
        """Certificates of that company that may be meant, without saying so exactly, each with what is imprecise: `punctuation`, `unread`,
        `part`, `cut`, `letter`, `several` or, where there is nothing of all this and none has exactly that name, `alike`.
        """
        found = self._companies.get((role, company(vendor)))
        yield from found.near(model) if found else ()

    def elsewhere(self, role: str, vendor: str | None, model: str) -> Iterator[Certified]:
        """The certificates of other companies, or of a holder that was not read, whose product has that name."""
        key = company(vendor) if vendor else None
        for certified in self._everywhere.get((role, bare(model)), ()):
            if key is None or key not in companies_of(certified):
                yield certified

    def near_elsewhere(self, role: str, vendor: str, model: str) -> Iterator[Certified]:
        """The certificates of other companies whose product may be that with more or less around its name, but for words of any."""
        key = company(vendor)
        if not self._parts_everywhere:
            self._arrange_parts()
        found: dict[int, Certified] = {}
        if _tells_a_product(bare(model)) and not names_no_model(model):
            found.update(self._parts_everywhere.get((role, bare(model)), {}))
        for part in (*parts_of(model), *several_of(model)):
            if _tells_a_product(part):
                found.update((id(one), one) for one in self._everywhere.get((role, part), ()))
        for one in found.values():
            if key not in companies_of(one) and not all(map(names_no_model, names_of(one))):
                yield one

    def named_otherwise(self, role: str, vendor: str, model: str) -> Iterator[Certified]:
        """The certificates of that company whose product has a name for the market where the model is a part number, or the other way
        about; none where the model begins as that of another product does: it is of its range.
        """
        found = self._companies.get((role, company(vendor)))
        yield from found.named_otherwise(model) if found else ()

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
        """A company that may be the same under a longer or shorter name, or one with another letter, as a certificate writes it; else one
        whose name begins with the same word.
        """
        nearest = self.nearest(role, vendor)
        if nearest is not None or not company_words(vendor):
            return nearest
        others = sorted(other for other in self._first_words.get((role, company_words(vendor)[0]), ()) if other != company(vendor))
        return self._holders[role, others[0]] if others else None

    def nearest(self, role: str, vendor: str) -> str | None:
        """As `like`, but none that merely begins with the same word, as "Hyundai Kefico" and "Hyundai Motor" do."""
        if (role, vendor) not in self._nearest:
            self._nearest[role, vendor] = self._nearest_of(role, vendor)
        return self._nearest[role, vendor]

    def _nearest_of(self, role: str, vendor: str) -> str | None:
        key, words = company(vendor), company_words(vendor)
        candidates = {other for word in words for other in self._first_words.get((role, word), ())}
        for likeness in (key, *umlauts_of(vendor), *initials_of(vendor), *(key[:size] for size in range(1, len(key))), *words):
            candidates |= self._by_likeness.get((role, likeness), set())
        candidates |= {company(other) for other in self.longer(role, vendor)}
        place = bisect_left(self._keys, (role, key))
        candidates |= {other for of, other in islice(self._keys, place, place + MOST_GLUED) if of == role and other.startswith(key)}
        candidates |= {other for size in (-1, 0, 1) for other in one_letter_apart(key, self._by_length.get((role, len(key) + size), ()))}
        candidates |= self._ending_alike(role, vendor)
        likely = {other for other in candidates if other != key and may_be_longer(self._holders[role, other], vendor)}
        found = min(likely, key=lambda other: (not other.startswith(key), other), default=None)
        return self._holders[role, found] if found is not None else None

    def _ending_alike(self, role: str, vendor: str) -> set[str]:
        """The companies whose name, or a word of it, ends with the vendor's, or the other way about; of many the first."""
        found = {end[size:] for end in ends_of(vendor) for size in range(1, len(end) - SHORTEST_END + 1)}
        key = company(vendor)[::-1]
        if len(key) >= SHORTEST_END:
            place = bisect_left(self._ends, (role, key, ""))
            found |= {other for of, end, other in islice(self._ends, place, place + MOST_GLUED) if of == role and end.startswith(key)}
        return {other for other in found if (role, other) in self._holders}

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
        yield from found.family(model) if found else ()

    def _add(self, certified: Certified) -> None:
        names = names_of(certified)
        keys = companies_of(certified)
        if certified.number:
            self._revisions[certified.number].append(certified)
        for role in (certified.role,) if certified.role else ("CS", "CSMS"):
            for key, written in keys.items():
                self._companies[role, key].add(certified)
                self._first_words[role, company_words(written)[0]].add(key)
                if (role, key) not in self._holders:
                    self._holders[role, key] = written
                    for likeness in (key, *umlauts_of(written), *initials_of(written), *company_words(written)):
                        self._by_likeness[role, likeness].add(key)
                for cut in cuts_of(written):
                    self._by_cut[role, cut].setdefault(key, written)
            for name in dict.fromkeys(map(bare, names)):
                self._everywhere[role, name].append(certified)
            if is_product_unsure(certified) and (not certified.holder or not _COMPANY.isdisjoint(certified.unsure)):
                self._unreadable[role].append(certified)

    def _arrange_parts(self) -> None:
        """Make the parts of all names findable: only what no company of that name has certified is looked for by them."""
        for (role, _), certificates in list(self._everywhere.items()):
            for certified in certificates:
                for name in names_of(certified):
                    for part in (*parts_of(name), *several_of(name)):
                        if _tells_a_product(part):
                            self._parts_everywhere[role, part][id(certified)] = certified


def set_aside_doubles(certificates: Iterable[Certified]) -> list[Certified]:
    """The certificates without the list's rows for those of which the registry has the document, but for what is in dispute."""
    given = list(certificates)
    read = {(one.number, one.revision or "") for one in given if one.document and one.number}
    return [one for one in given if one.document or one.is_disputed or (one.number, one.revision or "") not in read]


def _tells_a_product(part: str) -> bool:
    """Whether a part of a name is more than a word or a number that many products have."""
    has_figure, has_letter = any(map(str.isdecimal, part)), any(map(str.isalpha, part))
    return has_letter and len(part) >= _SHORTEST_ELSEWHERE - has_figure and not names_no_model(part)
