"""Cells that no program takes for a formula, and which can be read back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.spreadsheets.safe import as_it_was, harmless


@given(st.text("=+-@'\"; |aB1.,\uff1d", max_size=12))
def test_what_was_made_harmless_can_be_undone(cell: str) -> None:
    assert as_it_was(harmless(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "made"), [("-4.89", "'-4.89"), ("'=1", "''=1"), ("A;=B", "A;'=B"), ("O'Neill", "O'Neill"), ('"=1', '"=1')]
)
def test_only_what_begins_a_formula_gets_a_sign_before_it(cell: str, made: str) -> None:
    assert harmless(cell) == made
