"""The text of a document that may be shown: without the approval block and without any person's name.

Withheld is rather too much than too little: what cannot be told from a name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ingest.grammar.layout import Parts, Row, heading_of, is_approval_line, prose
from ingest.grammar.phrases import loose
from ingest.vocabulary import vocabulary

APPROVAL_WITHHELD = "[approval block withheld: personal names]"
SIGNATURE_WITHHELD = "[signature withheld: personal names]"
_PERSON_HINT = re.compile(r"\bchair(?:man|woman|person|ma)?\b|\bsignature\b|\bsigned by\b|\bsignator|\bon behalf of\b", re.IGNORECASE)


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
        if _PERSON_HINT.search(row.plain) and prose().at(row.plain) is None:
            hidden |= {row.index, max(row.index - 1, 0)}
    return hidden


def _approval_start(parts: Parts) -> int:
    """The first row of the approval, or of anything that looks like it."""
    lone = [row.index for row in parts.rows if is_approval_line(row)]
    titled = [row.index for row in parts.rows if heading_of(row) == "approval"]
    hints = [row.index for row in parts.rows[parts.annex :] if _PERSON_HINT.search(row.plain)]
    starts = [*titled, *lone, *hints, parts.approval]
    return min(starts)


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
    approval = _approval_start(parts)
    shown: list[str] = []
    for row in parts.rows[:approval]:
        shown.extend([""] * (_first_line(row) - 1 - len(shown)))
        line = SIGNATURE_WITHHELD if row.index in signature else _rendered(row)
        if line != SIGNATURE_WITHHELD or _last_text(shown) != line:
            shown.append(line)
    if approval < len(parts.rows):
        shown.append(APPROVAL_WITHHELD)
    return "\n".join(shown) + "\n"


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
