"""Every kind of clean twin comes out clean, every fault is found by the cases that its catalogue names and by no other."""

from __future__ import annotations

from tests.full_matrix import DOCUMENT, document, faults, make

UNFOUND_MOST = 60
"""How many faults no case may find, at most: what shows in no frame, what only a comparison with the certificate names, and remarks."""


def test_the_matrix_is_as_the_catalogue_says_and_as_it_stands_in_the_documentation() -> None:
    matrix = make()
    assert list(matrix.accused()) == []
    assert list(matrix.differing()) == []
    assert DOCUMENT.read_text(encoding="utf-8") == document(matrix), "run `python -m tests.full_matrix --write`"


def test_most_faults_are_found_by_a_case() -> None:
    assert sum(not fault.found_by for fault in faults()) <= UNFOUND_MOST
