"""Certificates arranged so that those that could be about a product are found without looking at all of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import methodcaller
from types import MappingProxyType

from registry.matching.aliases import NONE, Aliases
from registry.matching.generic import names_no_model
from registry.matching.model import Certified, CurrentList
from registry.matching.names import bare, company, company_words, same_family, text
from registry.matching.spelling import (
    SHORTEST_BEGUN,
    SHORTEST_END,
    cuts_of,
    ends_of,
    figured_of,
    figures_agree,
    initials_of,
    is_glued,
    is_name_and_code,
    lettered_of,
    may_be_longer,
    one_letter_apart,
    parts_of,
    pattern_of,
    several_of,
    trimmed_of,
    umlauts_of,
    words_of,
)

_NEIGHBOURS = 8
"""How many certified products of a family are looked at on each side of a name."""

_MOST_GLUED = 20
"""How many certified names are looked at that a short one may be the beginning of."""

_SHORTEST_ELSEWHERE = 4
"""Letters and figures of a part of a name by which a product of another company is found; one less where a figure is among them."""

_SHORTEST_RANGE = 4
"""Letters and figures with which the models of a range begin."""

_PRODUCT = frozenset(("designation", "model"))
_COMPANY = frozenset(("holder", "vendor_name"))


@dataclass
class _Likenesses:
    """The certificates of one company by what `registry.matching.spelling.is_alike` looks at."""

    by_word: dict[str, list[tuple[frozenset[str], Certified]]] = field(default_factory=lambda: defaultdict(list))
    """Names of several words, by each of them."""
    by_longest_word: dict[str, list[tuple[frozenset[str], Certified]]] = field(default_factory=lambda: defaultdict(list))
    by_trimmed: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    """Names without their last words or their first."""
    trimmed_by_length: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_lettered: dict[str, dict[str, list[tuple[frozenset[str], Certified]]]] = field(default_factory=dict)
    """Names by each of their words without figures, and by each with one, or none (""): with all that have one."""
    lettered: list[str] = field(default_factory=list)
    """The keys of `by_lettered`, in order."""


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
    """Names of more than 20 letters, by these; also with the company's before them, as people write them."""
    by_several: dict[str, list[Certified]] = field(default_factory=lambda: defaultdict(list))
    """Names that may name several models, by these."""
    patterns: list[tuple[re.Pattern[str], Certified]] = field(default_factory=list)
    """Names that leave something open."""
    likenesses: _Likenesses | None = None
    """Made where first asked for: few devices come so far."""
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
            found.in_order.sort(key=lambda entry: entry[:2])

    def exact(self, role: str, vendor: str, model: str) -> Sequence[Certified]:
        """The certificates of that company whose product has exactly that name."""
        found = self._companies.get((role, company(vendor)))
        return found.by_text.get(text(model), ()) if found else ()

    def near(self, role: str, vendor: str, model: str) -> Iterator[tuple[str, Certified]]:
        """Certificates of that company that may be meant, without saying so exactly, each with what is imprecise: `punctuation`, `unread`,
        `part`, `cut`, `letter`, `several` or, where there is nothing of all this and none has exactly that name, `alike`.
        """
        found = self._companies.get((role, company(vendor)))
        if found is None:
            return
        exact, wanted = found.by_text.get(text(model), ()), bare(model)
        nearly = [
            *(("punctuation", certified) for certified in found.by_bare.get(wanted, ()) if certified not in exact),
            *(("unread", certified) for certified in found.unnamed if certified not in exact),
            *_with_more_or_less(found, model),
            *(("letter", certified) for name in _one_letter_apart(wanted, found.by_length) for certified in found.by_bare[name]),
            *(("several", certified) for certified in _one_of_several(found, model)),
        ]
        yield from nearly
        if not exact and all(how == "unread" for how, _ in nearly):
            yield from (("alike", certified) for certified in {id(certified): certified for certified in _alike(found, model)}.values())

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
        if found is None:
            return
        wanted = bare(model)
        place = bisect_left(found.in_order, wanted, key=lambda entry: entry[0])
        if any(_shared(name, wanted) >= _SHORTEST_RANGE for name, _, _ in found.in_order[max(0, place - 1) : place + 1]):
            return
        for name, certificates in found.by_text.items():
            if is_name_and_code(name, model) and not names_no_model(name):
                yield from certificates

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
        candidates |= {other for of, other in islice(self._keys, place, place + _MOST_GLUED) if of == role and other.startswith(key)}
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
            found |= {other for of, end, other in islice(self._ends, place, place + _MOST_GLUED) if of == role and end.startswith(key)}
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

    @staticmethod
    def _in_company(found: _Company, certified: Certified, names: Sequence[str]) -> None:
        found.documents += certified.document
        if is_product_unsure(certified):
            found.unnamed.append(certified)
        for name in dict.fromkeys(map(text, names)):
            found.by_text[name].append(certified)
            for part in parts_of(name):
                found.by_part[part].append(certified)
            for several in several_of(name):
                found.by_several[several].append(certified)
            pattern = pattern_of(name)
            if pattern is not None:
                found.patterns.append((pattern, certified))
        written = tuple(companies_of(certified).values())
        for cut in dict.fromkeys(
            cut for name in names for long in (name, *(f"{each} {name}" for each in written)) for cut in cuts_of(long)
        ):
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
    """Whether the product may be called otherwise than by `names_of`: it has no designation, which every certificate has, or that or the
    type that was tested was not read with certainty or is in doubt.
    """
    return not bare(certified.designation or "") or not _PRODUCT.isdisjoint(certified.unsure)


def companies_of(certified: Certified) -> dict[str, str]:
    """The companies that the certificate names, by their keys: who holds it, and who made what was tested."""
    return {company(name): name for name in (certified.vendor_name, certified.holder) if name and company(name)}


def _relatives(certified: Certified, model: str) -> bool:
    return any(same_family(name, model) for name in names_of(certified))


def _shared(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _tells_a_product(part: str) -> bool:
    """Whether a part of a name is more than a word or a number that many products have."""
    has_figure, has_letter = any(map(str.isdecimal, part)), any(map(str.isalpha, part))
    return has_letter and len(part) >= _SHORTEST_ELSEWHERE - has_figure and not names_no_model(part)


def _likenesses(found: _Company) -> _Likenesses:
    made = _Likenesses()
    seen: set[tuple[int, str]] = set()
    for _, _, certified in found.in_order:
        for name in names_of(certified):
            if (id(certified), name) in seen:
                continue
            seen.add((id(certified), name))
            words = frozenset(words_of(name))
            if len(words) > 1:
                for word in words:
                    made.by_word[word].append((words, certified))
                made.by_longest_word[_longest(words)].append((words, certified))
            for trimmed in trimmed_of(name):
                if trimmed not in made.by_trimmed:
                    made.trimmed_by_length[len(trimmed)].append(trimmed)
                made.by_trimmed[trimmed].append(certified)
            figured = figured_of(name)
            for word in lettered_of(name):
                by_figured = made.by_lettered.setdefault(word, {})
                for figure in figured or ("",):
                    by_figured.setdefault(figure, []).append((figured, certified))
    made.lettered = sorted(made.by_lettered)
    return made


def _with_begun_words(known: _Likenesses, model: str) -> Iterator[Certified]:
    """See `registry.matching.spelling.has_begun_word`; of very many the first."""
    wanted = figured_of(model)
    for word in lettered_of(model):
        begun = [word[:size] for size in range(SHORTEST_BEGUN, len(word)) if word[:size] in known.by_lettered]
        if len(word) >= SHORTEST_BEGUN:
            place = bisect_left(known.lettered, word)
            longer = takewhile(methodcaller("startswith", word), islice(known.lettered, place, None))
            begun += [other for other in longer if other != word]
        for other in begun:
            by_figured = known.by_lettered[other]
            # Words with figures that agree have one in common, or one of the names has none.
            figures = ("", *wanted) if wanted else by_figured
            found = (entry for figure in figures for entry in by_figured.get(figure, ()))
            agreeing = (certified for figured, certified in found if figures_agree(figured, wanted))
            yield from islice(agreeing, _MOST_GLUED)


def _longest(words: Iterable[str]) -> str:
    return max(words, key=lambda word: (len(word), word))


def _one_letter_apart(name: str, by_length: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for size in (-1, 0, 1):
        yield from one_letter_apart(name, by_length.get(len(name) + size, ()))


def _with_more_or_less(found: _Company, model: str) -> Iterator[tuple[str, Certified]]:
    """The certificates whose product's name stands in the model with other text around it that does not touch it, however it is spelt, or
    the other way about, and those of which one is the other, cut.
    """
    for part in parts_of(model):
        yield from (("part", certified) for certified in found.by_bare.get(part, ()))
    yield from (("part", certified) for certified in found.by_part.get(bare(model), ()))
    yield from (("cut", certified) for certified in found.by_cut.get(text(model), ()))


def _one_of_several(found: _Company, model: str) -> Iterator[Certified]:
    """The certificates whose product's name may name several models, this among them, or of which the model does."""
    for name in (bare(model), *parts_of(model)):
        yield from found.by_several.get(name, ())
    for name in several_of(model):
        yield from found.by_bare.get(name, ())
        yield from found.by_part.get(name, ())
    wanted, own = bare(model), pattern_of(model)
    yield from (certified for pattern, certified in found.patterns if pattern.match(wanted))
    if own is not None:
        yield from (certified for name, certificates in found.by_bare.items() if own.match(name) for certified in certificates)


def _alike(found: _Company, model: str) -> Iterator[Certified]:
    """See `registry.matching.spelling.is_alike`."""
    known = found.likenesses = found.likenesses or _likenesses(found)
    words, wanted = frozenset(words_of(model)), bare(model)
    yield from _with_begun_words(known, model)
    if len(words) > 1:
        rarest = min(sorted(words), key=lambda word: len(known.by_word.get(word, ())))
        yield from (certified for others, certified in known.by_word.get(rarest, ()) if words <= others)
        for word in sorted(words):
            yield from (certified for others, certified in known.by_longest_word.get(word, ()) if others <= words)
    for trimmed in trimmed_of(model):
        yield from (certified for name in _one_letter_apart(trimmed, found.by_length) for certified in found.by_bare[name])
    yield from (certified for name in _one_letter_apart(wanted, known.trimmed_by_length) for certified in known.by_trimmed[name])
    for size in range(1, len(wanted)):
        for name in (wanted[:size], wanted[size:]):
            if name in found.by_bare and is_glued(name, wanted):
                yield from found.by_bare[name]
    place = bisect_left(found.in_order, wanted, key=lambda entry: entry[0])
    for name, _, certified in islice(found.in_order, place, place + _MOST_GLUED):
        if is_glued(wanted, name) and name.startswith(wanted):
            yield certified
