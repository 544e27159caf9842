"""The cover: holder, number, product type, designation, software version and date, in whatever order they were rendered.

Numbers, product types and dates are recognised by themselves and fix where the untyped values (holder, designation) must
stand between them; labels are the second witness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ingest.grammar.layout import Parts, Row, prose
from ingest.grammar.phrases import PhraseBook, loose
from ingest.grammar.stream import CUT, Border, Chunk, Group, Item, Mark, Place, chunks_of, cut_chunk, groups, settle
from ingest.numbers import NUMBER, CertificateNumber, certificate_numbers, find_dates, read_date
from ingest.page import squeeze
from ingest.vocabulary import vocabulary

TITLE = re.compile(
    r"(?<![\w.])OCPP\s*(?P<protocol>\d(?:[.,]\d){1,2})\s*J?\s*[-–:]?\s*(?P<kind>[A-Za-z][A-Za-z+ ]{2,60}?)\s+Certificate(?!\w)",
    re.IGNORECASE,
)
_LONG = 160


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

    def add(self, name: str, reading: Reading) -> None:
        """Keep one more reading of a value."""
        self.readings.setdefault(name, []).append(reading)


@cache
def _labels() -> PhraseBook:
    return PhraseBook.of(vocabulary("labels")["cover"])


@cache
def _version_label() -> re.Pattern[str]:
    choice = "|".join(loose(words) for words in sorted(vocabulary("labels")["version"], key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{choice})(?![^\W_])(?:\s*[:：]|[ ]+[-–—=](?=[ ]+\S))?\s*", re.IGNORECASE)


@cache
def _remarks() -> PhraseBook:
    return PhraseBook({words: words for words in vocabulary("sections")["cover_remarks"]})


@cache
def _product_types() -> re.Pattern[str]:
    types: dict[str, list[str]] = vocabulary("words")["product_types"]
    choice = "|".join(loose(words) for variants in types.values() for words in sorted(variants, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{choice})(?![^\W_])", re.IGNORECASE)


def product_type(text: str) -> str | None:
    """The product type that the text is."""
    types: dict[str, list[str]] = vocabulary("words")["product_types"]
    return next((name for name, variants in types.items() if squeeze(text) in map(squeeze, variants)), None)


def is_title(text: str) -> bool:
    """Whether the text is a title and nothing besides."""
    return TITLE.fullmatch(text.strip(" :.*-–")) is not None


def title_of(text: str) -> tuple[str, str] | None:
    """Protocol ("OCPP 1.6") and kind ("Full + Security") of a title; None when the words are no known kind."""
    match = TITLE.search(text)
    if match is None:
        return None
    words = re.sub(r"\s*\+\s*", " + ", " ".join(match["kind"].split()))
    known = next((kind for kind in vocabulary("words")["kinds"] if kind.casefold() == words.casefold()), None)
    if known is None and re.fullmatch(r"Core(?: \+ [SLCDRUI])*", words, re.IGNORECASE):
        known = "Core" + words[4:].upper()
    return (f"OCPP {match['protocol'].replace(',', '.')}", known) if known else None


def read_cover(parts: Parts) -> Cover:
    """Every reading of the cover's values."""
    cover = Cover()
    rows = parts.cover_rows
    _titles(cover, rows)
    form: list[Item] = []
    in_prose = False
    skip_until = _applied_tests(cover, rows)
    for row in rows:
        if row.index in skip_until or is_title(row.plain):
            form.append(Border("cover"))
        elif prose().at(row.plain) is not None:
            in_prose = True
            form.append(Border("cover"))
        else:
            form.extend(_items(row, needs_colon=in_prose))
    if parts.cut is not None and parts.annex >= len(parts.rows):
        cut = parts.cut
        form.append(cut_chunk(cut.page, cut.line, cut.index))
    cover.labels = {item.name for item in form if isinstance(item, Mark)}
    cover.numbers = [number for row in rows for number in certificate_numbers(row.plain)]
    _read_form(cover, form)
    if "number" not in cover.readings and len({number.number for number in cover.numbers}) == 1:
        lone = [item for item in form if isinstance(item, Chunk) and NUMBER.fullmatch(item.text)]
        _number(cover, lone[:1])
    _reference(cover, rows)
    return cover


def _titles(cover: Cover, rows: Sequence[Row]) -> None:
    """Titles fill their line, or two lines: words about a certificate are no title."""
    for row, following in zip(rows, [*rows[1:], None], strict=False):
        place = Place(row.page, row.line, 0, len(row.text))
        joined = f"{row.plain} {following.plain}" if following is not None else ""
        if is_title(row.plain):
            cover.titles += 1
            _title(cover, row.plain, place)
        elif following is not None and not is_title(following.plain) and is_title(joined):
            cover.titles += 1
            _title(cover, joined, place)


def _title(cover: Cover, text: str, place: Place) -> None:
    found = title_of(text)
    if found is not None:
        cover.add("title_protocol", Reading(found[0], place, "title"))
        cover.add("kind", Reading(found[1], place, "title"))


def _items(row: Row, *, needs_colon: bool) -> list[Item]:
    """The row as marks and chunks. A label inside a cell counts when a colon follows or another label touches it."""
    text = row.text
    marks: list[tuple[int, int, str, bool]] = []
    starts = set(row.line.starts)
    for hit in _labels().all_in(text):
        begins = hit.start in starts
        touches = bool(marks) and not text[marks[-1][1] : hit.start].strip()
        if hit.colon or ((begins or touches) and not needs_colon):
            marks.append((hit.start, hit.end, hit.name, not text[: hit.start].strip()))
    if not marks and ":" in text[:40]:
        name = _labels().nearest(text.split(":")[0])
        if name is not None:
            marks.append((0, text.index(":") + 1, name, True))
    if not marks and len(text) > _LONG:
        return [Border("cover")]
    items: list[Item] = []
    at = 0
    for start, end, name, opens in marks:
        items.extend(chunks_of(row.page, row.line, row.index, at, start, opens=at == 0))
        items.append(Mark("form", name, Place(row.page, row.line, start, end), row.index, opens))
        at = end
    items.extend(chunks_of(row.page, row.line, row.index, at, len(text), opens=at == 0))
    return items


def _typed(name: str, text: str) -> bool | None:
    """Whether the text is a value of that label: True, False, or None when the label's values have no type."""
    if name == "number":
        return any(True for _ in certificate_numbers(text))
    if name == "product_type":
        return product_type(text) is not None
    if name == "certification_date":
        return read_date(text) is not None
    return None


def _read_form(cover: Cover, form: Sequence[Item]) -> None:
    blocks: list[list[Group]] = [[]]
    for group in groups(form):
        blocks[-1].append(group)
    pairs = [pair for group in blocks[0] for pair in settle(group)]
    agree = sum(1 for mark, own in pairs if own and _typed(mark.name, own[0].text))
    against = sum(1 for mark, own in pairs if own and _typed(mark.name, own[0].text) is False)
    if against and not agree:
        pairs = _values_first(blocks[0])
        agree = sum(1 for mark, own in pairs if own and _typed(mark.name, own[0].text))
        against = sum(1 for mark, own in pairs if own and _typed(mark.name, own[0].text) is False)
    trusted = not against
    for mark, own in pairs:
        if own:
            _read_pair(cover, mark, own, trusted=trusted)
    for group in blocks[0]:
        if len(group.marks) > 1 and not group.bound and group.chunks:
            _read_run(cover, group)


def _values_first(found: Sequence[Group]) -> list[tuple[Mark, list[Chunk]]]:
    """Marks with the chunks before them, for renderings in which each value stands over its label."""
    pairs: list[tuple[Mark, list[Chunk]]] = []
    before: list[Chunk] = []
    for group in found:
        if len(group.marks) == 1 and before:
            pairs.append((group.marks[0], before))
        before = group.chunks
    # The last label has its value before it: whatever follows it belongs to nobody.
    return pairs


def _read_pair(cover: Cover, mark: Mark, own: list[Chunk], *, trusted: bool) -> None:
    """One label and the chunks that are its own."""
    if mark.name == "number":
        _number(cover, [chunk for chunk in own if any(True for _ in certificate_numbers(chunk.text))])
    elif mark.name == "product_type":
        for chunk in own[:1]:
            _product_type(cover, chunk)
    elif mark.name == "certification_date":
        _date(cover, own[0])
    elif mark.name == "designation":
        _designation(cover, own, "cover.label", trusted=trusted)
    elif mark.name == "holder":
        _untyped(cover, "holder", own, "cover.label", trusted=trusted)


def _number(cover: Cover, chunks: Sequence[Chunk]) -> None:
    for chunk in chunks:
        for found in certificate_numbers(chunk.text):
            start = chunk.place.start + found.start
            place = Place(chunk.place.page, chunk.place.line, start, chunk.place.start + found.end)
            cover.add("number", Reading(found.number, place, "number"))
            if found.revision:
                cover.add("revision", Reading(found.revision, place, "number.suffix"))


def _product_type(cover: Cover, chunk: Chunk) -> None:
    name = product_type(chunk.text)
    if name is not None:
        cover.add("product_type", Reading(name, chunk.place, "product-type"))


def _date(cover: Cover, chunk: Chunk) -> None:
    dates = find_dates(chunk.text)
    if len(dates) == 1 and dates[0].iso:
        place = Place(chunk.place.page, chunk.place.line, chunk.place.start + dates[0].start, chunk.place.start + dates[0].end)
        cover.add("certification_date", Reading(dates[0].iso, place, "date"))


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


def _untyped(cover: Cover, name: str, own: list[Chunk], rule: str, *, trusted: bool) -> None:
    """A value without a type: what stands beside its label. Unexplained text after it asks for a second witness."""
    first = own[0]
    if _foreign(first.text):
        return
    extra = _unexplained(own[1:])
    joined = " ".join([first.text, *(chunk.text for chunk in extra)])
    cover.add(name, Reading(first.text, first.place, rule, sure=trusted and not extra, alternatives=(joined,) if extra else ()))


def _unexplained(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks that directly continue a value, up to the first that is clearly something else."""
    found: list[Chunk] = []
    for chunk in chunks:
        if _foreign(chunk.text):
            break
        found.append(chunk)
    return found


def _designation(cover: Cover, own: Sequence[Chunk], rule: str, *, trusted: bool) -> None:
    """Designation and, after its inner label, the software version."""
    before: list[Chunk] = []
    for position, chunk in enumerate(own):
        label = _version_label().search(chunk.text)
        if label is None:
            before.append(chunk)
            continue
        head = chunk.text[: label.start()].strip()
        if head:
            before.append(
                Chunk(Place(chunk.place.page, chunk.place.line, chunk.place.start, chunk.place.start + len(head)), chunk.index, chunk.opens)
            )
        _version(cover, chunk, label.end(), own[position + 1 :])
        break
    if before:
        _untyped(cover, "designation", before, rule, trusted=trusted)


def _version(cover: Cover, chunk: Chunk, start: int, after: Sequence[Chunk]) -> None:
    text = chunk.text[start:].strip()
    place = Place(chunk.place.page, chunk.place.line, chunk.place.start + start, chunk.place.end)
    rest = after
    if not text:
        if not after or _foreign(after[0].text):
            return
        text, place, rest = after[0].text, after[0].place, after[1:]
    remark = _remarks().all_in(text)
    if remark:
        text = text[: remark[0].start].strip()
        place = Place(place.page, place.line, place.start, place.start + remark[0].start)
    extra = _unexplained(rest)
    joined = " ".join([text, *(each.text for each in extra)])
    if text and len(text) <= 80:
        dated = bool(find_dates(text)) and read_date(text) is None
        alone = not extra and not dated and ":" not in text
        cover.add("software_version", Reading(text, place, "cover.version-label", sure=alone, alternatives=(joined,) if extra else ()))


@dataclass(frozen=True)
class _Span:
    """A typed value inside a run of values; chunk and offsets in its text."""

    name: str
    chunk: int
    start: int
    end: int


def _read_run(cover: Cover, group: Group) -> None:
    """Labels first, values after: what lies between two typed values belongs to the label that stands between their labels."""
    names = [mark.name for mark in group.marks]
    group = replace(group, chunks=_without_copies(group.chunks))
    spans = _spans(group.chunks, names)
    order = [names.index(span.name) for span in spans]
    for span in spans:
        chunk = group.chunks[span.chunk]
        part = _slice(chunk, span.start, span.end)
        if span.name == "number":
            _number(cover, [part])
        elif span.name == "product_type":
            _product_type(cover, part)
        else:
            _date(cover, part)
    if len(spans) < 2 or order != sorted(order) or len(set(names)) != len(names):
        return
    edges = [_Span("", 0, 0, 0), *spans, _Span("", len(group.chunks) - 1, len(group.chunks[-1].text), len(group.chunks[-1].text))]
    places = [-1, *order, len(names)]
    for left, right, low, high in zip(edges, edges[1:], places, places[1:], strict=False):
        wanted = names[low + 1 : high]
        gap = _between(group.chunks, left, right)
        if len(wanted) == 1:
            _fill(cover, wanted[0], gap)
        elif len(wanted) == len(gap):
            for name, chunk in zip(wanted, gap, strict=True):
                _fill(cover, name, [chunk])


def _without_copies(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks without second copies of the one that holds the number: a line printed twice says nothing new."""
    seen: set[str] = set()
    kept: list[Chunk] = []
    for chunk in chunks:
        if not (chunk.text in seen and any(True for _ in certificate_numbers(chunk.text))):
            kept.append(chunk)
        seen.add(chunk.text)
    return kept


def _fill(cover: Cover, name: str, gap: list[Chunk]) -> None:
    if not gap or gap[0].text == CUT:
        return
    if name == "designation":
        _designation(cover, gap, "cover.run", trusted=True)
    elif name == "holder":
        _untyped(cover, name, gap, "cover.run", trusted=True)


def _slice(chunk: Chunk, start: int, end: int) -> Chunk:
    return Chunk(
        Place(chunk.place.page, chunk.place.line, chunk.place.start + start, chunk.place.start + end),
        chunk.index,
        chunk.opens and start == 0,
    )


def _between(chunks: Sequence[Chunk], left: _Span, right: _Span) -> list[Chunk]:
    found: list[Chunk] = []
    for index in range(left.chunk, right.chunk + 1):
        text = chunks[index].text
        start = left.end if index == left.chunk else 0
        end = right.start if index == right.chunk else len(text)
        piece = text[start:end]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            found.append(_slice(chunks[index], start + lead, start + len(piece.rstrip())))
    return found


def _spans(chunks: Sequence[Chunk], names: Sequence[str]) -> list[_Span]:
    """The typed values of a run, each where it is found first (a date: last, since a version may look like one)."""
    spans: list[_Span] = []
    if "number" in names:
        hits = [_Span("number", i, found.start, found.end) for i, chunk in enumerate(chunks) for found in certificate_numbers(chunk.text)]
        if len({chunks[hit.chunk].text[hit.start : hit.end] for hit in hits}) == 1:
            spans.append(hits[0])
    if "product_type" in names:
        after = (spans[0].chunk, spans[0].end) if spans and names.index("number") < names.index("product_type") else (0, 0)
        for i, chunk in enumerate(chunks[after[0] :], start=after[0]):
            match = _product_types().search(chunk.text, after[1] if i == after[0] else 0)
            if match:
                spans.append(_Span("product_type", i, match.start(), match.end()))
                break
    if "certification_date" in names:
        hits = [
            _Span("certification_date", i, found.start, found.end) for i, chunk in enumerate(chunks) for found in find_dates(chunk.text)
        ]
        if hits:
            spans.append(hits[-1])
    return sorted(spans, key=lambda span: (span.chunk, span.start))


def _applied_tests(cover: Cover, rows: Sequence[Row]) -> set[int]:
    """Who tested and when, and the evidence; gives the rows that this took."""
    words = vocabulary("labels")["applied_tests"]
    phrase = re.compile(loose(words["phrase"]), re.IGNORECASE)
    headers = PhraseBook({header: header for header in words["headers"]})
    begin = next((i for i, row in enumerate(rows) if headers.at(row.plain) is not None or phrase.search(row.text)), None)
    if begin is None:
        return set()
    end = next((i for i in range(begin, len(rows)) if prose().at(rows[i].plain) is not None), len(rows))
    region = rows[begin:end]
    pieces = [piece for row in region for piece in _test_pieces(row, phrase, headers)]
    dated = [piece for piece in pieces if find_dates(piece.text)]
    if len(dated) == 1:
        _performed_by(cover, pieces, dated[0])
    return {row.index for row in region}


def _test_pieces(row: Row, phrase: re.Pattern[str], headers: PhraseBook) -> list[Chunk]:
    """What the row holds besides headers and the standing sentence."""
    cuts = [(match.start(), match.end()) for match in phrase.finditer(row.text)]
    if not cuts:
        cuts = [
            (hit.start, hit.end)
            for hit in headers.all_in(row.text)
            if hit.start in row.line.starts or hit.start == 0 or len(row.plain) < 60
        ]
    found: list[Chunk] = []
    at = 0
    for start, end in [*cuts, (len(row.text), len(row.text))]:
        found.extend(chunks_of(row.page, row.line, row.index, at, start, opens=False))
        at = end
    sentence = squeeze(vocabulary("labels")["applied_tests"]["phrase"])
    return [chunk for chunk in found if len(squeeze(chunk.text)) < 8 or squeeze(chunk.text) not in sentence]


def _performed_by(cover: Cover, pieces: Sequence[Chunk], dated: Chunk) -> None:
    day = find_dates(dated.text)[0]
    before, after = dated.text[: day.start].rstrip(" ,;"), dated.text[day.end :].strip(" ,;")
    position = pieces.index(dated)
    if day.iso:
        cover.add("laboratory_date", Reading(day.iso, _slice(dated, day.start, day.end).place, "applied-tests.date"))
    if before and position == 0:
        cover.add("test_laboratory", Reading(before, _slice(dated, 0, day.start).place, "applied-tests.performed-by"))
    rest = pieces[position + 1 :]
    if position > 0:
        # Lines of a cell that was wrapped: where its first ones end is not certain.
        return
    if after and not rest:
        cover.add("document_evidence", Reading(after, _slice(dated, day.end, len(dated.text)).place, "applied-tests.evidence"))
    elif not after and rest:
        joined = " ".join(chunk.text for chunk in rest)
        cover.add("document_evidence", Reading(joined, rest[0].place, "applied-tests.evidence", sure=len(rest) == 1))


_REFERENCE = re.compile(
    r"reference specification\s+(?P<reference>OCPP\s+\d(?:[.,]\d){1,2}J?(?:\s*[-–—]?\s*Edition\s*\d+)?)\s*"
    r"(?:(?P<end>\.(?=\s|$))|with\s+(?:the\s+)?(?:OCPP\s+[\d.,]+J?\s+)?Errata(?:\s+sheets?)?\s*(?:\((?P<errata>[^()]{3,80})\)|(?P<bare>v?\d[\w.,-]*))\s*(?P<close>\.))",
    re.IGNORECASE,
)
_REFERENCE_HINT = re.compile(r"reference specification", re.IGNORECASE)


def _reference(cover: Cover, rows: Sequence[Row]) -> None:
    """Reference specification and errata, out of the sentence that attests the conformance."""
    for position in range(len(rows)):
        if not _REFERENCE_HINT.search(" ".join(each.plain for each in rows[position : position + 2])):
            continue
        text = " ".join(each.plain for each in rows[position : position + 4])
        match = _REFERENCE.search(text)
        home = next(
            each
            for each in rows[position : position + 2]
            if _REFERENCE_HINT.search(each.plain) or each is rows[min(position + 1, len(rows) - 1)]
        )
        if match is None:
            continue
        cover.add("reference_specification", Reading(match["reference"], _find(home, match["reference"]), "attestation"))
        if match["errata"] or match["bare"]:
            errata = match["errata"] or match["bare"]
            cover.add("errata", Reading(errata, _find(home, errata), "attestation"))
        else:
            cover.add("no_errata", Reading("", _find(home, ""), "attestation"))
        return


def _find(row: Row, value: str) -> Place:
    at = row.text.find(value)
    return Place(row.page, row.line, max(at, 0), at + len(value) if at >= 0 else len(row.text))
