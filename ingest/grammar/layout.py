"""The rows of a document without page noise, and what shows a row to be a heading, a table header or a line of the approval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from ingest.grammar.phrases import PhraseBook, loose
from ingest.page import CELL_BREAK, Line, Page, squeeze
from ingest.vocabulary import vocabulary

_FOOTER = re.compile(r"\W*page\W*\d{1,4}(?:\W*(?:from|of)?\W*\d{1,4})?\W*|\W*\d{1,3}\s*/\s*\d{1,3}\W*|\s*-\s*\d{1,3}\s*-\s*", re.IGNORECASE)
_NUMBERING = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*|[A-Z](?:\.\d{1,2})+|[IVX]{1,4}(?=[.)]))[.)]?\s+(?=[A-Za-z])")
_CONTINUED = re.compile(r"\s*[-–—,:]?\s*[(\[]?\s*(?:continued|cont\.?(?:['’]?d)?)\s*[)\]]?\s*:?$", re.IGNORECASE)
_LEAST_COPY = 20
DATE_LABEL = re.compile(r"\bdate\s*:", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One printed line with its page and its place in the document."""

    page: int
    line: Line
    index: int

    @property
    def text(self) -> str:
        """The cells with `CELL_BREAK` between them."""
        return self.line.text

    @property
    def plain(self) -> str:
        """The cells with a blank between them."""
        return " ".join(cell.text for cell in self.line.cells if cell.words)

    @property
    def filled(self) -> list[str]:
        """The texts of the cells that hold anything."""
        return [cell.text for cell in self.line.cells if cell.words]


@cache
def headings() -> PhraseBook:
    """Headings of the annex, each standing for its section."""
    sections: dict[str, list[str]] = vocabulary("sections")["headings"]
    return PhraseBook({phrase: section for section, phrases in sections.items() for phrase in phrases})


@cache
def header_words() -> PhraseBook:
    """The words that table headers are made of."""
    tables: dict[str, list[str]] = vocabulary("sections")["headers"]
    return PhraseBook({phrase: phrase for phrases in tables.values() for phrase in phrases})


@cache
def prose() -> PhraseBook:
    """Beginnings of the sentences that every certificate prints."""
    return PhraseBook({phrase: phrase for phrase in vocabulary("sections")["prose"]})


@cache
def _limits_phrase() -> re.Pattern[str]:
    words = "|".join(loose(words) for words in vocabulary("sections")["limits_words"])
    return re.compile(rf"(?:all\s*(?:other\s*)?)?(?:{words})", re.IGNORECASE)


@cache
def _own_words() -> frozenset[str]:
    """Labels and values of the annex that stand in the sentence over the limits too."""
    labels = [word for entry in vocabulary("labels")["annex"] for word in entry["variants"]]
    return frozenset(squeeze(word) for word in [*labels, *vocabulary("words")["device_roles"]])


@cache
def _approval_rows() -> tuple[PhraseBook, PhraseBook]:
    words = vocabulary("labels")["approval"]
    return PhraseBook({word: word for word in words["rows"]}), PhraseBook({word: word for word in words["parties"]})


def rows_of(pages: Sequence[Page]) -> tuple[Row, ...]:
    """Every row of the document without page marks and without rows that hold no letter, figure or sign for emptiness."""
    empties = {squeeze(word) for word in vocabulary("words")["empty"]}
    found: list[Row] = []
    for page in pages:
        for line in page.lines:
            cells = [cell.text for cell in line.cells if cell.words]
            says = any(squeeze(text) in empties or any(letter.isalnum() for letter in text) for text in cells)
            if says and not _FOOTER.fullmatch(" ".join(cells)):
                found.append(Row(page.number, line, len(found)))
    neighbours = zip([None, *found], found, [*found[1:], None], strict=False)
    kept = [row for before, row, after in neighbours if row and not (_cut_copy(row, before) or _cut_copy(row, after))]
    return tuple(replace(row, index=index) for index, row in enumerate(kept))


def _cut_copy(row: Row, other: Row | None) -> bool:
    """Whether the row is a copy of its neighbour with its end lost."""
    if other is None or len(row.text) >= len(other.text) or not other.text.startswith(row.text.rstrip()):
        return False
    return len(row.text) >= _LEAST_COPY if len(row.filled) == 1 else row.filled[0] == other.filled[0]


def heading_of(row: Row) -> str | None:
    """The section that the row is the heading of; a word cut at its end does not hide it."""
    return _heading(_bare_heading(row.text.replace(CELL_BREAK, " ").strip(" /")))


def _bare_heading(text: str) -> str:
    """The heading without its number, and without the words that it goes on from the page before."""
    return _CONTINUED.sub("", _NUMBERING.sub("", text)) or text


@lru_cache(maxsize=4096)
def _heading(text: str) -> str | None:
    return headings().whole(text) or (headings().nearest(text, 0.92) if len(text) < 80 else None)


def limits_heading(row: Row) -> int | None:
    """Where in the row the sentence begins that stands over the table of limits; 0 for a mere piece of it."""
    found = _limits_phrase().search(row.text)
    if found is not None:
        return found.start()
    piece = squeeze(row.text)
    sentences = vocabulary("sections")["limits_phrase"]
    if piece in _own_words():
        return None
    return 0 if len(piece) >= 12 and any(piece in squeeze(sentence) for sentence in sentences) else None


def header_of(row: Row) -> set[str] | None:
    """The header words when the row is made of nothing else."""
    words: set[str] = set()
    for text in row.filled:
        at = 0
        while at < len(text):
            hit = header_words().at(text, at)
            if hit is None:
                return None
            words.add(hit.name)
            at = hit.end
            while at < len(text) and not text[at].isalnum():
                at += 1
    return words or None


def is_approval_line(row: Row) -> bool:
    """Whether the row by itself shows that it belongs to a statement of approval."""
    if header_of(row):
        return False
    rows, parties = _approval_rows()
    text = row.plain
    hit = rows.at(text)
    if hit is not None:
        if hit.name == "Name":
            return "signature" in text.casefold() or hit.colon
        return len(row.filled) > 1 or hit.colon or hit.end == len(text)
    party = parties.at(text)
    return party is not None and DATE_LABEL.search(text) is not None
