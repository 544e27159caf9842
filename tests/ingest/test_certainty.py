"""Which words are in doubt by their letters alone."""

from __future__ import annotations

import pytest

from ingest.certainty import doubtful_fields
from ingest.page import Cell, Line, Page, Word
from registry.certificates.facts import CertificateFacts, FieldState, Provenance

BOX = (10.0, 10.0, 60.0, 20.0)


def doubted(text: str, *, on_a_page: bool = True) -> bool:
    """Whether a holder of that one word is in doubt, on a page or in a file of lines."""
    word = Word(text, BOX if on_a_page else None)
    page = Page(1, (Line((Cell((word,), None if on_a_page else 3),)),))
    line = None if on_a_page else 3
    entry = Provenance("holder", text, FieldState.READ, 1, line, BOX if on_a_page else None, "cover.label")
    return doubtful_fields(CertificateFacts(holder=text), [entry], [page]) == {"holder"}


@pytest.mark.parametrize("text", ["\u0421HAEVI", "\u039aEVS", "EV\u0405E", "\u0410\u0412\u0412", "1.\u041e.0"])
def test_letters_that_only_look_latin_are_in_doubt(text: str) -> None:
    assert doubted(text)
    assert doubted(text, on_a_page=False)


@pytest.mark.parametrize(
    "text",
    [
        "CHAEVI",
        "Energ\u00eda",
        "M\u00fcller",
        "22k\u03a9",
        "5\u03bcs",
        "\u042d\u043d\u0435\u0440\u0433\u0438\u044f",
        "\uc5d0\ubc84\uc628",
        "1.0.0",
    ],
)
def test_words_of_one_script_are_not(text: str) -> None:
    assert not doubted(text)


def test_words_from_right_to_left_are_in_doubt_where_letters_are_known_by_their_places() -> None:
    assert doubted("\u05d8\u05e2\u05d9\u05e0\u05d4")
    assert doubted("\u0634\u062d\u0646")
    assert not doubted("\u05d8\u05e2\u05d9\u05e0\u05d4", on_a_page=False)
