"""Labels first and values after: what lies between two typed values belongs to the label between their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.grammar.stream import CUT, Chunk, Group
from ingest.grammar.values import (
    Cover,
    add_date,
    add_designation,
    add_number,
    add_product_type,
    add_untyped,
    own_numbers,
    product_types,
    slice_of,
)
from ingest.numbers import certificate_numbers, find_dates


@dataclass(frozen=True)
class _Span:
    """A typed value inside a run of values; chunk and offsets in its text."""

    name: str
    chunk: int
    start: int
    end: int


def read_run(cover: Cover, group: Group) -> None:
    """Labels first, values after: what lies between two typed values belongs to the label that stands between their labels."""
    names = [mark.name for mark in group.marks]
    group = replace(group, chunks=_without_copies(group.chunks))
    spans = _spans(group.chunks, names)
    order = [names.index(span.name) for span in spans]
    for span in spans:
        chunk = group.chunks[span.chunk]
        part = slice_of(chunk, span.start, span.end)
        if span.name == "number":
            add_number(cover, [part])
        elif span.name == "product_type":
            whole = span.end == len(chunk.text)
            add_product_type(cover, [part, *(group.chunks[span.chunk + 1 :] if whole else ())])
        else:
            add_date(cover, part)
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
        add_designation(cover, gap, "cover.run", trusted=True)
    elif name == "holder":
        add_untyped(cover, name, gap, "cover.run", trusted=True)


def _between(chunks: Sequence[Chunk], left: _Span, right: _Span) -> list[Chunk]:
    found: list[Chunk] = []
    for index in range(left.chunk, right.chunk + 1):
        text = chunks[index].text
        start = left.end if index == left.chunk else 0
        end = right.start if index == right.chunk else len(text)
        piece = text[start:end]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            found.append(slice_of(chunks[index], start + lead, start + len(piece.rstrip())))
    return found


def _spans(chunks: Sequence[Chunk], names: Sequence[str]) -> list[_Span]:
    """The typed values of a run, each where it is found first (a date: last, since a version may look like one)."""
    spans: list[_Span] = []
    if "number" in names:
        hits = [_Span("number", i, found.start, found.end) for i, chunk in enumerate(chunks) for found in own_numbers(chunk.text)]
        if len({chunks[hit.chunk].text[hit.start : hit.end] for hit in hits}) == 1:
            spans.append(hits[0])
    if "product_type" in names:
        after = (spans[0].chunk, spans[0].end) if spans and names.index("number") < names.index("product_type") else (0, 0)
        for i, chunk in enumerate(chunks[after[0] :], start=after[0]):
            match = product_types().search(chunk.text, after[1] if i == after[0] else 0)
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
