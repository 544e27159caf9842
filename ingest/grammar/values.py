"""Readings of the cover's values: what a label's own chunks say, kept with its place and the rule that read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate

from ingest.grammar.labels import qualified, version_label
from ingest.grammar.phrases import PhraseBook, loose
from ingest.grammar.stream import Chunk, Place, by_lines
from ingest.numbers import UNKNOWN_SUFFIX, CertificateNumber, certificate_numbers, find_dates, read_date
from ingest.page import squeeze
from ingest.vocabulary import vocabulary

_LONG = 160
_MOST_LINES = 3
"""Lines into which a product type may be broken."""


@dataclass(frozen=True)
class Reading:
    """One value read at one place by one rule. `sure` is False when something about it needs a second witness."""

    value: str
    place: Place
    rule: str
    sure: bool = True
    alternatives: tuple[str, ...] = ()


@dataclass
class Cover:
    """What the cover says; each list holds every reading of that value."""

    readings: dict[str, list[Reading]] = field(default_factory=dict)
    numbers: list[CertificateNumber] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    titles: int = 0
    order: tuple[str, ...] = ()
    """The labels in the order of the print."""
    other_words: bool = False
    """Whether labels are in other than the usual words."""
    version_label: re.Pattern[str] = field(default_factory=lambda: version_label(()))

    def add(self, name: str, reading: Reading) -> None:
        """Keep one more reading of a value."""
        self.readings.setdefault(name, []).append(reading)


@cache
def _remarks() -> PhraseBook:
    return PhraseBook({words: words for words in vocabulary("sections")["cover_remarks"]})


@cache
def product_types() -> re.Pattern[str]:
    """Every printed form of a product type."""
    types: dict[str, list[str]] = vocabulary("words")["product_types"]
    choice = "|".join(loose(words) for variants in types.values() for words in sorted(variants, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{choice})(?![^\W_])", re.IGNORECASE)


def product_type(text: str) -> str | None:
    """The product type that the text is."""
    types: dict[str, list[str]] = vocabulary("words")["product_types"]
    return next((name for name, variants in types.items() if squeeze(text) in map(squeeze, variants)), None)


@cache
def _referring() -> str:
    words = "|".join(loose(word) for word in vocabulary("words")["number_relations"])
    return rf"(?<![^\W_])(?:{words})\s*(?:the\s+)?(?:certificate\s*)?(?:number|no\.?)?\s*[:#]?\s*"


def own_numbers(text: str) -> list[CertificateNumber]:
    """The certificate numbers in the text without those of other certificates that it says this one stands in a relation to."""
    before = re.compile(rf"{_referring()}$", re.IGNORECASE)
    return [found for found in certificate_numbers(text) if before.search(text[: found.start]) is None]


def _opens_reference(text: str) -> bool:
    """Whether what follows a number says only to which other certificate it stands in a relation."""
    return re.match(rf"[\s(,;–—-]*{_referring()}(?=[FWO])", text, re.IGNORECASE) is not None


def add_number(cover: Cover, chunks: Sequence[Chunk]) -> None:
    """Keep the certificate numbers in the chunks, with their revision suffixes."""
    for chunk in chunks:
        for found in own_numbers(chunk.text):
            start = chunk.place.start + found.start
            place = Place(chunk.place.page, chunk.place.line, start, chunk.place.start + found.end)
            cover.add("number", Reading(found.number, place, "number"))
            rest = chunk.text[found.end :]
            if not found.revision and UNKNOWN_SUFFIX.match(rest) and not (product_types().search(rest) or _opens_reference(rest)):
                after = Place(chunk.place.page, chunk.place.line, place.end, chunk.place.end)
                cover.add("revision", Reading(rest.strip(), after, "number.suffix", sure=False))
            if found.revision:
                cover.add("revision", Reading(found.revision, place, "number.suffix"))


def add_product_type(cover: Cover, chunks: Sequence[Chunk]) -> None:
    """Keep the product type that the chunks are, in one line or broken into several; not the half of a longer one."""
    found = [count for count in range(1, min(len(chunks), _MOST_LINES) + 1) if product_type(_joined(chunks[:count])) is not None]
    if not found:
        return
    text, rest = _joined(chunks[: found[-1]]), chunks[found[-1] : found[-1] + 1]
    if rest and _begins_longer_type(text, rest[0].text):
        return
    name = product_type(text)
    if name is not None:
        cover.add("product_type", Reading(name, chunks[0].place, "product-type"))


def _joined(chunks: Sequence[Chunk]) -> str:
    return " ".join(chunk.text for chunk in chunks)


def _begins_longer_type(text: str, following: str) -> bool:
    """Whether the text and a word of what follows are the beginning of a longer type."""
    types: dict[str, list[str]] = vocabulary("words")["product_types"]
    more = squeeze(text + following.split()[0])
    return any(squeeze(words).startswith(more) for variants in types.values() for words in variants)


def add_date(cover: Cover, chunk: Chunk) -> None:
    """Keep the one date in the chunk."""
    dates = find_dates(chunk.text)
    if len(dates) != 1:
        return
    place = Place(chunk.place.page, chunk.place.line, chunk.place.start + dates[0].start, chunk.place.start + dates[0].end)
    if dates[0].iso:
        cover.add("certification_date", Reading(dates[0].iso, place, "date"))
    elif dates[0].either:
        # Which figure is the day, another place must decide.
        cover.add("certification_date", Reading(dates[0].either[0], place, "date", sure=False, alternatives=dates[0].either[1:]))


def _foreign(text: str) -> bool:
    """Whether the text is no continuation of a name: it holds a value of another kind, or a label of its own."""
    return (
        ":" in text
        or any(True for _ in certificate_numbers(text))
        or read_date(text) is not None
        or product_type(text) is not None
        or _remarks().at(text) is not None
        or len(text) > _LONG
    )


def add_untyped(cover: Cover, name: str, own: list[Chunk], rule: str, *, trusted: bool) -> None:
    """A value without a type: what stands beside its label. Unexplained text after it asks for a second witness.

    What follows in a line that was begun on purpose is such text: an address, or another name.
    """
    if _foreign(own[0].text):
        return
    first, *rest = by_lines(own)
    extra = _unexplained(rest)
    cover.add(name, Reading(first.text, first.place, rule, sure=trusted and not extra, alternatives=longer(first.text, extra)))


def longer(text: str, extra: Sequence[Chunk]) -> tuple[str, ...]:
    """The text with that of one of the chunks after it, of two, and so on."""
    return tuple(accumulate((text, *(chunk.text for chunk in extra)), "{} {}".format))[1:]


def _unexplained(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks that directly continue a value, up to the first that is clearly something else."""
    found: list[Chunk] = []
    for chunk in chunks:
        if _foreign(chunk.text):
            break
        found.append(chunk)
    return found


def add_designation(cover: Cover, own: Sequence[Chunk], rule: str, *, trusted: bool) -> None:
    """Designation and, after its inner label, the software version."""
    before: list[Chunk] = []
    for position, chunk in enumerate(own):
        label = cover.version_label.search(chunk.text)
        if label is None:
            before.append(chunk)
            continue
        if qualified(chunk.text, label.start()):
            break
        head = chunk.text[: label.start()].strip()
        if head:
            before.append(
                Chunk(Place(chunk.place.page, chunk.place.line, chunk.place.start, chunk.place.start + len(head)), chunk.index, chunk.opens)
            )
        add_version(cover, chunk, label.end(), own[position + 1 :])
        break
    if before:
        add_untyped(cover, "designation", before, rule, trusted=trusted)


def add_version(cover: Cover, chunk: Chunk, start: int, after: Sequence[Chunk]) -> None:
    """Keep the software version that begins at `start` of the chunk, or is the chunk after it."""
    text = chunk.text[start:].strip()
    place = Place(chunk.place.page, chunk.place.line, chunk.place.start + start, chunk.place.end)
    if not text:
        if not after or _foreign(after[0].text):
            return
        text, place, after = after[0].text, after[0].place, after[1:]
    else:
        lead = len(chunk.text[start:]) - len(text)
        place = replace(place, start=place.start + lead)
    begun, *rest = by_lines([Chunk(place, chunk.index, opens=False), *after])
    text, place = begun.text, begun.place
    remark = _remarks().all_in(text)
    if remark:
        text = text[: remark[0].start].strip()
        place = Place(place.page, place.line, place.start, place.start + remark[0].start)
    extra = _unexplained(rest)
    alternatives = (*longer(text, extra), "".join([text, *(each.text for each in extra)])) if extra else ()
    if text and len(text) <= 80:
        dated = bool(find_dates(text)) and read_date(text) is None
        alone = not extra and not dated and ":" not in text
        cover.add("software_version", Reading(text, place, "cover.version-label", sure=alone, alternatives=alternatives))


def slice_of(chunk: Chunk, start: int, end: int) -> Chunk:
    """A part of the chunk, by offsets into its text."""
    return Chunk(
        Place(chunk.place.page, chunk.place.line, chunk.place.start + start, chunk.place.start + end),
        chunk.index,
        chunk.opens and start == 0,
    )
