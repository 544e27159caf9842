"""The text of a document that may be shown: without the approval block and without any person's name.

Withheld is rather too much than too little: what cannot be told from a name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby

from ingest.grammar.layout import Row, heading_of, is_approval_line, prose
from ingest.grammar.parts import PERSON_HINT, Part, Parts
from ingest.grammar.phrases import loose
from ingest.page import Page
from ingest.vocabulary import vocabulary
from registry.certificates.facts import Box

APPROVAL_WITHHELD = "[approval block withheld: personal names]"
SIGNATURE_WITHHELD = "[signature withheld: personal names]"
_MARGIN = 2.0
"""Points by which a band begins above its first row."""


@cache
def _signature_line() -> re.Pattern[str]:
    return re.compile("|".join(loose(words) for words in vocabulary("sections")["signature_line"]), re.IGNORECASE)


def _signature_rows(parts: Parts) -> set[int]:
    """Rows of the cover's signature: everything between the last standing sentence and the annex."""
    rows = parts.cover_rows
    begin = next((row.index for row in rows if _signature_line().match(row.plain)), None)
    sentences = [row.index for row in rows if prose().at(row.plain) is not None and not _signature_line().match(row.plain)]
    hidden: set[int] = set()
    if begin is not None:
        hidden |= {row.index for row in rows if row.index >= begin and row.index not in sentences}
    elif sentences:
        # The line that introduces the signature is lost: of what follows the last sentence only its own going-on may be shown.
        hidden |= {row.index for row in rows if row.index > sentences[-1] and len(row.plain) < 60}
    for row in rows:
        if PERSON_HINT.search(row.plain) and prose().at(row.plain) is None:
            hidden |= {row.index, max(row.index - 1, 0)}
    return hidden


def hidden_rows(parts: Parts) -> frozenset[int]:
    """Rows that name a person, or may: the approval, lines of it elsewhere, the cover's signature, and what looks like any of them."""
    hidden = _signature_rows(parts) | {row.index for row in parts.approval_rows}
    hidden |= {row.index for row in parts.rows if is_approval_line(row) or heading_of(row) == "approval"}
    annex = [row for row, kind in zip(parts.rows, parts.kinds, strict=True) if kind is Part.ANNEX]
    doubtful = False
    for row in annex:
        if PERSON_HINT.search(row.plain):
            doubtful = True
            hidden.add(max(row.index - 1, 0))
        elif heading_of(row) is not None:
            doubtful = False
        if doubtful:
            hidden.add(row.index)
    return frozenset(hidden)


def withheld_places(parts: Parts, pages: Sequence[Page], lowest: Mapping[int, float]) -> tuple[tuple[int, Box], ...]:
    """The places of persons' names and signatures, as bands over the page's whole width: (page, box).

    A band reaches down to the next row that may be shown, because a signature is larger than its line. `lowest` is how far down
    each page something was read; where no approval was found, everything below that on the last page is withheld.
    """
    hidden = hidden_rows(parts)
    bands: list[tuple[int, Box]] = []
    for page in pages:
        if page.height <= 0:
            continue
        placed = [(box, row.index in hidden) for row in parts.rows if row.page == page.number and (box := row.line.box) is not None]
        if page.turned and any(hide for _, hide in placed):
            bands.append((page.number, (0.0, 0.0, page.width, page.height)))
            continue
        rows = sorted((box[1], hide) for box, hide in placed)
        bands.extend((page.number, (0.0, top, page.width, bottom)) for top, bottom in _bands(rows, page.height))
        bands.extend((page.number, (0.0, top, page.width, bottom)) for top, bottom in _runs(placed))
    unsure = [(page, cause) for page, cause in _unsure(parts, pages) if page.height > 0]
    bands.extend((page.number, (0.0, lowest.get(page.number, 0.0), page.width, page.height)) for page, _ in unsure)
    return tuple(bands)


def _bands(rows: Sequence[tuple[float, bool]], height: float) -> Iterator[tuple[float, float]]:
    """Tops and bottoms of the runs of hidden rows."""
    begun: float | None = None
    for position, (top, hide) in enumerate(rows):
        if hide and begun is None:
            begun = 0.0 if position == 0 else max(top - _MARGIN, 0.0)
        elif not hide and begun is not None:
            yield begun, top
            begun = None
    if begun is not None:
        yield begun, height


def _runs(placed: Sequence[tuple[Box, bool]]) -> Iterator[tuple[float, float]]:
    """Tops and bottoms of runs of hidden rows in the order of reading: in one of two columns, other rows stand beside them."""
    for hide, run in groupby(placed, key=lambda each: each[1]):
        boxes = [box for box, _ in run]
        if hide:
            yield min(box[1] for box in boxes) - _MARGIN, max(box[3] for box in boxes) + _MARGIN


def _unsure(parts: Parts, pages: Sequence[Page]) -> Iterator[tuple[Page, str]]:
    """Pages on which a name is to be expected and none was found."""
    if not parts.complete and pages:
        yield pages[-1], "approval"
    cover = parts.cover_rows
    if cover and not _signature_rows(parts):
        yield next(page for page in pages if page.number == cover[-1].page), "signature"


def personal_names(parts: Parts) -> frozenset[str]:
    """Words that are, or may be, names of persons: the name rows of the approval, and what stands in the cover's signature."""
    named = [row.plain for row in parts.rows if is_approval_line(row) and row.plain.casefold().startswith("name")]
    texts = [re.sub(r"^name\W*|\bsignature\b", " ", text, flags=re.IGNORECASE) for text in named]
    hidden = _signature_rows(parts)
    texts.extend(_signature_line().sub(" ", row.plain) for row in parts.cover_rows if row.index in hidden and len(row.plain) < 60)
    common = {"chairman", "chairma", "chair", "signature", "open", "charge", "alliance", "the", "for", "date"}
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{3,}", text.casefold()) if word not in common)


def public_text(parts: Parts) -> str:
    """The document's text, one row a line, with the names withheld. A row of a file of lines stays on its line, so that places hold."""
    signature = _signature_rows(parts)
    hidden = hidden_rows(parts)
    shown: list[str] = []
    for row in parts.rows:
        shown.extend([""] * (_first_line(row) - 1 - len(shown)))
        line = SIGNATURE_WITHHELD if row.index in signature else APPROVAL_WITHHELD if row.index in hidden else _rendered(row)
        if row.index not in hidden or _last_text(shown) != line:
            shown.append(line)
    return "\n".join(shown).rstrip("\n") + "\n"


def _first_line(row: Row) -> int:
    """The line of the file on which the row begins; 0 when there is no file of lines."""
    return min((cell.line for cell in row.line.cells if cell.line is not None), default=0)


def _last_text(shown: Sequence[str]) -> str | None:
    return next((line for line in reversed(shown) if line), None)


def _rendered(row: Row) -> str:
    return "  ".join(cell.text for cell in row.line.cells if cell.words)


def names_a_person(text: str | None, names: Sequence[str] | frozenset[str], public: str) -> bool:
    """Whether the text holds a word that is known as a person's name and stands nowhere in the text that may be shown."""
    if text is None:
        return False
    words = set(re.findall(r"[^\W\d_]{3,}", text.casefold()))
    return any(word in names for word in words) and text not in public
