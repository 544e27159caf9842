"""The title: protocol and kind of the certificate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.grammar.layout import Row
from ingest.grammar.stream import Place
from ingest.grammar.values import Cover, Reading
from ingest.vocabulary import vocabulary

TITLE = re.compile(
    r"(?<![\w.])OCPP\s*(?P<protocol>\d(?:[.,]\d){1,2})\s*J?\s*[-–:]?\s*(?P<kind>[A-Za-z][A-Za-z+ ]{2,60}?)\s+Certificate(?!\w)",
    re.IGNORECASE,
)


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


def read_titles(cover: Cover, rows: Sequence[Row]) -> None:
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
