"""What one company has certified, arranged so that a product is found by a name written otherwise without looking at all of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import methodcaller

from registry.matching.generic import names_no_model
from registry.matching.model import Certified
from registry.matching.names import bare, company, same_family, text
from registry.matching.spelling import (
    SHORTEST_BEGUN,
    cuts_of,
    figured_of,
    figures_agree,
    is_begun_by,
    is_glued,
    is_name_and_code,
    lettered_of,
    line_of,
    one_letter_apart,
    parts_of,
    pattern_of,
    several_of,
    trimmed_of,
    words_of,
)

MOST_GLUED = 20
"""How many certified names are looked at that a short one may be the beginning of."""

_NEIGHBOURS = 8
"""How many certified products of a family are looked at on each side of a name."""

_SHORTEST_RANGE = 4
"""Letters and figures with which the models of a range begin."""

_PRODUCT = frozenset(("designation", "model"))


@dataclass
class Assortment:
    """The certificates of one company in one role. All are added, then `arrange` is called, then it is asked."""

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

    def add(self, certified: Certified) -> None:
        """Take one of the company's certificates in."""
        self.documents += certified.document
        if is_product_unsure(certified):
            self.unnamed.append(certified)
        names = names_of(certified)
        for name in dict.fromkeys(map(text, names)):
            self.by_text[name].append(certified)
            for part in parts_of(name):
                self.by_part[part].append(certified)
            for several in several_of(name):
                self.by_several[several].append(certified)
            pattern = pattern_of(name)
            if pattern is not None:
                self.patterns.append((pattern, certified))
        written = tuple(companies_of(certified).values())
        for cut in dict.fromkeys(
            cut for name in names for long in (name, *(f"{each} {name}" for each in written)) for cut in cuts_of(long)
        ):
            self.by_cut[cut].append(certified)
        for name in dict.fromkeys(map(bare, names)):
            if name not in self.by_bare:
                self.by_length[len(name)].append(name)
            self.by_bare[name].append(certified)
            self.in_order.append((name, certified.sort_key, certified))

    def arrange(self) -> None:
        """Put the names in order, when all are there."""
        self.in_order.sort(key=lambda entry: entry[:2])

    def exact(self, model: str) -> Sequence[Certified]:
        """The certificates whose product has exactly that name."""
        return self.by_text.get(text(model), ())

    def near(self, model: str) -> Iterator[tuple[str, Certified]]:
        """Those that may be meant, without saying so exactly, each with what is imprecise: see `registry.matching.index.Index.near`."""
        exact, wanted = self.exact(model), bare(model)
        nearly = [
            *(("punctuation", certified) for certified in self.by_bare.get(wanted, ()) if certified not in exact),
            *(("unread", certified) for certified in self.unnamed if certified not in exact),
            *self._with_more_or_less(model),
            *(("letter", certified) for name in _one_letter_apart(wanted, self.by_length) for certified in self.by_bare[name]),
            *(("several", certified) for certified in self._one_of_several(model)),
        ]
        yield from nearly
        if not exact and all(how == "unread" for how, _ in nearly):
            yield from (("alike", certified) for certified in {id(certified): certified for certified in self._alike(model)}.values())

    def named_otherwise(self, model: str) -> Iterator[Certified]:
        """Those whose product has a name for the market where the model is a part number, or the other way about; none where the model
        begins as that of another product does: it is of its range. A name that is the beginning of a part number names that range, and no
        other model.
        """
        wanted, line = bare(model), line_of(model)
        place = bisect_left(self.in_order, wanted, key=lambda entry: entry[0])
        beside = [name for name, _, _ in self.in_order[max(0, place - 1) : place + 1] if _shared(name, wanted) >= _SHORTEST_RANGE]
        if not all(len(line) >= _SHORTEST_RANGE and is_begun_by(line, name) for name in beside):
            return
        for name, certificates in self.by_text.items():
            if is_name_and_code(name, model) and not names_no_model(name):
                yield from certificates

    def family(self, model: str) -> Iterator[Certified]:
        """The products whose names begin like the model's, the likest first."""
        wanted = bare(model)
        place = bisect_left(self.in_order, wanted, key=lambda entry: entry[0])
        around = self.in_order[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
        members = [(name, certified) for name, _, certified in around if _are_relatives(certified, model)]
        seen: set[int] = set()
        for _, certified in sorted(members, key=lambda entry: (-_shared(entry[0], wanted), entry[1].sort_key)):
            if id(certified) not in seen:
                seen.add(id(certified))
                yield certified

    def _with_more_or_less(self, model: str) -> Iterator[tuple[str, Certified]]:
        """The certificates whose product's name stands in the model with other text around it that does not touch it, however it is spelt,
        or the other way about, and those of which one is the other, cut.
        """
        for part in parts_of(model):
            yield from (("part", certified) for certified in self.by_bare.get(part, ()))
        yield from (("part", certified) for certified in self.by_part.get(bare(model), ()))
        yield from (("cut", certified) for certified in self.by_cut.get(text(model), ()))

    def _one_of_several(self, model: str) -> Iterator[Certified]:
        """The certificates whose product's name may name several models, this among them, or of which the model does."""
        for name in (bare(model), *parts_of(model)):
            yield from self.by_several.get(name, ())
        for name in several_of(model):
            yield from self.by_bare.get(name, ())
            yield from self.by_part.get(name, ())
        wanted, own = bare(model), pattern_of(model)
        yield from (certified for pattern, certified in self.patterns if pattern.match(wanted))
        if own is not None:
            yield from (certified for name, certificates in self.by_bare.items() if own.match(name) for certified in certificates)

    def _alike(self, model: str) -> Iterator[Certified]:
        """See `registry.matching.spelling.is_alike`."""
        known = self.likenesses = self.likenesses or _likenesses(self.in_order)
        words, wanted = frozenset(words_of(model)), bare(model)
        yield from _with_begun_words(known, model)
        if len(words) > 1:
            rarest = min(sorted(words), key=lambda word: len(known.by_word.get(word, ())))
            yield from (certified for others, certified in known.by_word.get(rarest, ()) if words <= others)
            for word in sorted(words):
                yield from (certified for others, certified in known.by_longest_word.get(word, ()) if others <= words)
        for trimmed in trimmed_of(model):
            yield from (certified for name in _one_letter_apart(trimmed, self.by_length) for certified in self.by_bare[name])
        yield from (certified for name in _one_letter_apart(wanted, known.trimmed_by_length) for certified in known.by_trimmed[name])
        for size in range(1, len(wanted)):
            for name in (wanted[:size], wanted[size:]):
                if name in self.by_bare and is_glued(name, wanted):
                    yield from self.by_bare[name]
        place = bisect_left(self.in_order, wanted, key=lambda entry: entry[0])
        for name, _, certified in islice(self.in_order, place, place + MOST_GLUED):
            if is_glued(wanted, name) and name.startswith(wanted):
                yield certified


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


def _likenesses(in_order: Iterable[tuple[str, tuple[str, ...], Certified]]) -> _Likenesses:
    made = _Likenesses()
    seen: set[tuple[int, str]] = set()
    for _, _, certified in in_order:
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
            yield from islice(agreeing, MOST_GLUED)


def _longest(words: Iterable[str]) -> str:
    return max(words, key=lambda word: (len(word), word))


def _one_letter_apart(name: str, by_length: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for size in (-1, 0, 1):
        yield from one_letter_apart(name, by_length.get(len(name) + size, ()))


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


def _are_relatives(certified: Certified, model: str) -> bool:
    return any(same_family(name, model) for name in names_of(certified))


def _shared(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
