"""Labels of the cover and of the annex's forms: the usual words, other words where those are missing, and what is no label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from ingest.grammar.layout import Row
from ingest.grammar.phrases import Hit, PhraseBook, loose
from ingest.page import CELL_BREAK
from ingest.vocabulary import vocabulary

_TRANSLATION = re.compile(r"\s*(?:[/|(（].*|[^\x00-\x7f][^A-Za-z]*)", re.DOTALL)
"""What may stand beside a label in its cell: the same in another language."""


@cache
def cover_labels() -> PhraseBook:
    """The usual labels of the cover."""
    return PhraseBook.of(vocabulary("labels")["cover"])


@cache
def form_labels() -> PhraseBook:
    """The usual labels of the two forms of the annex."""
    return PhraseBook.of(vocabulary("labels")["annex"])


@cache
def _with_others(part: str, missing: frozenset[str]) -> PhraseBook:
    entries = vocabulary("labels")[part]
    phrases = {word: entry["field"] for entry in entries if entry["field"] in missing for word in entry["other_words"]}
    return PhraseBook(phrases | {word: entry["field"] for entry in entries for word in entry["variants"]})


def labels_of(part: str, rows: Sequence[Row]) -> PhraseBook:
    """The labels of the part ("cover" or "annex") with other words for those fields that none of its rows has the usual words for."""
    usual = cover_labels() if part == "cover" else form_labels()
    present = {name for row in rows for name in _labelled(usual, row)}
    missing = frozenset(entry["field"] for entry in vocabulary("labels")[part]) - present
    return _with_others(part, missing) if missing else usual


def _labelled(book: PhraseBook, row: Row) -> Iterator[str]:
    """The fields that the row has labels for: at the beginning of a cell, or with a colon after another label."""
    hits = label_hits(book, row)
    for place, hit in enumerate(hits):
        if hit.start in row.line.starts or (hit.colon and place):
            yield hit.name


@cache
def all_cover_labels() -> PhraseBook:
    """Every word that a label of the cover may have."""
    return _with_others("cover", frozenset(entry["field"] for entry in vocabulary("labels")["cover"]))


def label_hits(book: PhraseBook, row: Row) -> list[Hit]:
    """The labels in the row, each with its translation in the same cell. A phrase with other words around it is another label."""
    found: list[Hit] = []
    for hit in book.all_in(row.text):
        if not qualified(row.text, hit.start):
            whole = _in_its_cell(row, hit)
            found.extend([whole] if whole is not None else [])
    return found


@cache
def _qualifier() -> re.Pattern[str]:
    words = "|".join(loose(word) for word in vocabulary("labels")["qualifiers"])
    return re.compile(rf"(?<![^\W_])(?:{words})\s+$", re.IGNORECASE)


def qualified(text: str, start: int) -> bool:
    """Whether a word stands before the label in its cell that makes it the label of something else."""
    return _qualifier().search(text[:start].rpartition(CELL_BREAK)[2]) is not None


def _in_its_cell(row: Row, hit: Hit) -> Hit | None:
    """The hit as wide as the label is; None when its cell, being a label as a whole, says something else."""
    index = max(place for place, begins in enumerate(row.line.starts) if begins <= hit.start)
    start, text = row.line.starts[index], row.line.cells[index].text
    if hit.end > start + len(text):
        return hit
    before, after = text[: hit.start - start], text[hit.end - start :]
    if before and hit.end == start + len(text) and _is_translation(before.rstrip()):
        return replace(hit, start=start)
    if before.strip() or hit.colon or not after.strip():
        return hit
    is_label = text.rstrip().endswith((":", "：")) or _stands_alone(row, index)
    if not is_label:
        return hit
    return replace(hit, end=start + len(text)) if _TRANSLATION.fullmatch(after.rstrip(" :：")) else None


def _is_translation(text: str) -> bool:
    return text.endswith(("/", "|")) or not re.search(r"[A-Za-z0-9]", text)


def _stands_alone(row: Row, index: int) -> bool:
    """Whether the cell is the label of a row that has its value in the next cell, and nothing besides."""
    filled = [place for place, cell in enumerate(row.line.cells) if cell.words]
    return len(filled) == 2 and filled[0] == index


@cache
def _version_labels() -> tuple[re.Pattern[str], re.Pattern[str]]:
    labels = vocabulary("labels")
    usual, others = (
        "|".join(loose(word) for word in sorted(labels[name], key=len, reverse=True)) for name in ("version", "other_version_words")
    )
    colon = r"\s*[:：]"
    usually = re.compile(rf"(?<![^\W_])(?:{usual})(?![^\W_])(?:{colon}|[ ]+[-–—=](?=[ ]+\S))?\s*", re.IGNORECASE)
    return usually, re.compile(rf"(?<![^\W_])(?:{others})(?:{colon}|$)\s*", re.IGNORECASE)


def version_label(rows: Sequence[Row]) -> re.Pattern[str]:
    """The label of the cover's software version: the usual words, or others with a colon where the cover has none of the usual ones."""
    usual, others = _version_labels()
    return usual if any(usual.search(row.text) for row in rows) or not any(others.search(row.text) for row in rows) else others


def in_other_words(part: str, names: Iterable[tuple[str, str]]) -> bool:
    """Whether any label, given as field and print, is in other than the usual words."""
    usual = cover_labels() if part == "cover" else form_labels()
    return any(usual.whole(text) != name and usual.at(text) is None for name, text in names)
