"""The title: protocol and kind of the certificate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.grammar.layout import Row
from ingest.grammar.stream import Place
from ingest.grammar.values import Cover, Reading
from ingest.vocabulary import vocabulary

TITLE = re.compile(
    r"(?<![\w.])OCPP\s*(?P<protocol>\d(?:[.,]\d){1,2})\s*J?\s*"
    r"(?:[-–:]?\s*(?P<kind>[A-Za-z][A-Za-z0-9+,&/ -]{2,120}?)\s+)?Certificate(?!\w)",
    re.IGNORECASE,
)


def is_title(text: str) -> bool:
    """Whether the text is a title and nothing besides."""
    return TITLE.fullmatch(text.strip(" :.*-–")) is not None


def title_of(text: str) -> tuple[str, str | None] | None:
    """Protocol ("OCPP 1.6") and kind ("Full + Security") of a title; None when the words are no known kind."""
    match = TITLE.search(text)
    if match is None:
        return None
    return f"OCPP {match['protocol'].replace(',', '.')}", kind_of(match["kind"] or "")


def kind_of(text: str) -> str | None:
    """The kind that the words of a title name, as the alliance's list writes it; None when they name none that is known."""
    words = vocabulary("words")
    plain = re.sub(r"\s*\+\s*", " + ", " ".join(text.split())).strip(" -–")
    spellings = {spelling.casefold(): kind for spelling, kind in words["kind_spellings"].items()}
    known: dict[str, str] = {kind.casefold(): kind for kind in words["kinds"]} | spellings
    if plain.casefold() in known:
        return known[plain.casefold()]
    first, *rest = re.split(r"\s*[+,&/]\s*(?:and\s+)?|\s+and\s+", plain)
    by_letter: dict[str, str] = words["kind_letters"]
    letters = {name.casefold(): letter for letter, name in by_letter.items()} | {letter.casefold(): letter for letter in by_letter}
    letters |= {name.casefold().removesuffix(" support"): letter for letter, name in by_letter.items()}
    found = [letters.get(part.casefold().removesuffix(" profile")) for part in rest]
    if first.casefold() != "core" or None in found or len(set(found)) < len(found):
        return None
    return " + ".join(["Core", *(letter for letter in found if letter)])


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
        if found[1] is not None:
            cover.add("kind", Reading(found[1], place, "title"))
