"""The cover: holder, number, product type, designation, software version and date, in whatever order they were rendered.

Numbers, product types and dates are recognised by themselves and fix where the untyped values (holder, designation) must
stand between them; labels are the second witness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.grammar.attestation import read_applied_tests, read_reference
from ingest.grammar.labels import cover_labels, in_other_words, label_hits, labels_of, qualified, version_label
from ingest.grammar.layout import Row, prose
from ingest.grammar.parts import Part, Parts
from ingest.grammar.phrases import PhraseBook
from ingest.grammar.runs import read_run
from ingest.grammar.stream import Border, Chunk, Group, Item, Mark, Place, chunks_of, cut_chunk, groups, settle
from ingest.grammar.tabular import labels_first
from ingest.grammar.titles import is_title, read_titles
from ingest.grammar.values import Cover, add_date, add_designation, add_number, add_product_type, add_untyped, add_version, product_type
from ingest.numbers import NUMBER, certificate_numbers, read_date

_LONG = 160
_LABEL = re.compile(r"[^\W\d_][^\d:\t]{2,40}:(?=\s|$)")


def read_cover(parts: Parts) -> Cover:
    """Every reading of the cover's values."""
    cover = Cover(version_label=version_label(parts.cover_rows))
    labels = labels_of("cover", parts.cover_rows)
    rows = labels_first(parts.cover_rows, labels)
    read_titles(cover, rows)
    form: list[Item] = []
    in_prose = False
    skip_until = read_applied_tests(cover, rows)
    for row in rows:
        if row.index in skip_until or is_title(row.plain):
            form.append(Border("cover"))
        elif prose().at(row.plain) is not None:
            in_prose = True
            form.append(Border("cover"))
        else:
            form.extend(_items(row, labels, cover.version_label, needs_colon=in_prose))
    if parts.cut is not None and parts.last is Part.COVER:
        cut = parts.cut
        form.append(cut_chunk(cut.page, cut.line, cut.index))
    cover.order = tuple(dict.fromkeys(item.name for item in form if isinstance(item, Mark)))
    cover.labels = set(cover.order)
    cover.other_words = in_other_words("cover", ((item.name, item.place.raw) for item in form if isinstance(item, Mark)))
    cover.numbers = [number for row in rows for number in certificate_numbers(row.plain)]
    _read_form(cover, form)
    if "number" not in cover.readings and len({number.number for number in cover.numbers}) == 1:
        lone = [item for item in form if isinstance(item, Chunk) and NUMBER.fullmatch(item.text)]
        add_number(cover, lone[:1])
    if "software_version" not in cover.readings:
        _read_version(cover, rows)
    read_reference(cover, rows)
    return cover


def _read_version(cover: Cover, rows: Sequence[Row]) -> None:
    """The software version where it has a row of its own: its label, its value, and nothing besides."""
    for row in rows:
        label = cover.version_label.match(row.text)
        rest = list(chunks_of(row.page, row.line, row.index, label.end(), len(row.text), opens=False)) if label else []
        if label and len(rest) == 1:
            add_version(cover, rest[0], 0, ())


def _items(row: Row, labels: PhraseBook, version: re.Pattern[str], *, needs_colon: bool) -> list[Item]:
    """The row as marks and chunks. A label inside a cell counts when a colon follows or another label touches it."""
    text = row.text
    marks: list[tuple[int, int, str, bool]] = []
    starts = set(row.line.starts)
    for hit in label_hits(labels, row):
        begins = hit.start in starts
        touches = bool(marks) and not text[marks[-1][1] : hit.start].strip()
        if hit.colon or ((begins or touches) and not needs_colon):
            marks.append((hit.start, hit.end, hit.name, not text[: hit.start].strip()))
    if not marks and ":" in text[:40]:
        name = cover_labels().nearest(text.split(":")[0])
        if name is not None:
            marks.append((0, text.index(":") + 1, name, True))
    if not marks and (len(text) > _LONG or _other_label(row, version)):
        return [Border("cover")]
    items: list[Item] = []
    at = 0
    for start, end, name, opens in marks:
        items.extend(chunks_of(row.page, row.line, row.index, at, start, opens=at == 0))
        items.append(Mark("form", name, Place(row.page, row.line, start, end), row.index, opens))
        at = end
    items.extend(chunks_of(row.page, row.line, row.index, at, len(text), opens=at == 0))
    return items


def _other_label(row: Row, version: re.Pattern[str]) -> bool:
    """Whether the row begins with the label of something that is none of the fields: neither it nor its value continues anything."""
    found = _LABEL.match(row.text)
    if found is None:
        return False
    own = version.search(found[0])
    return own is None or qualified(row.text, own.start())


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
            read_run(cover, group)


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
        add_number(cover, [chunk for chunk in own if any(True for _ in certificate_numbers(chunk.text))])
    elif mark.name == "product_type":
        add_product_type(cover, own)
    elif mark.name == "certification_date":
        add_date(cover, own[0])
    elif mark.name == "designation":
        add_designation(cover, own, "cover.label", trusted=trusted)
    elif mark.name == "holder":
        add_untyped(cover, "holder", own, "cover.label", trusted=trusted)
