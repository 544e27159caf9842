"""Every clean twin of a central system comes out clean, every fault is found by the cases that its catalogue names and by no other."""

from __future__ import annotations

import pytest

from tests.central_matrix import CERTIFICATES, DOCUMENT, Fault, clean, document, faults, faulty, make

SAMPLE = [fault for fault in faults() if fault.profile != "Security"][2::12]
"""What is tried in every run; the whole matrix takes minutes."""


def test_the_document_says_what_the_catalogue_says() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")] for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]
    told = {cells[1]: (cells[3], cells[4]) for cells in rows if cells[1] in {fault.name for fault in faults()}}
    assert set(told) == {fault.name for fault in faults()}
    assert {fault.name: told[fault.name][0] for fault in faults()} == {fault.name: ", ".join(fault.found_by) or "-" for fault in faults()}
    assert [fault.name for fault in faults() if not set(fault.found_by_check) <= set(told[fault.name][1].split(", "))] == []
    clean_rows = {cells[1]: cells for cells in rows if cells[2] == "conformant"}
    assert set(CERTIFICATES) <= set(clean_rows)
    assert {clean_rows[number][5] for number in CERTIFICATES} == {"6 of 6"}


def test_every_fault_is_named_by_something() -> None:
    assert [fault.name for fault in faults() if not fault.found_by and not fault.found_by_check] == []


@pytest.mark.parametrize("number", CERTIFICATES[:2])
def test_a_clean_twin_is_clean_with_all_its_profiles(number: str) -> None:
    row = clean(number)
    assert (row.verdict, row.failing, row.worse) == ("conformant", (), ())
    assert set(row.profiles.values()) == {"verified"}


@pytest.mark.parametrize("fault", SAMPLE, ids=lambda fault: str(fault.name))
def test_a_fault_is_found_by_its_cases_and_by_no_other(fault: Fault) -> None:
    row = faulty(fault.name)
    assert row.failing == fault.found_by
    assert set(fault.found_by_check) <= set(row.named)


@pytest.mark.slow
def test_the_matrix_is_as_the_catalogue_says_and_as_it_stands_in_the_documentation() -> None:
    matrix = make()
    assert list(matrix.accused()) == []
    assert list(matrix.differing()) == []
    assert DOCUMENT.read_text(encoding="utf-8") == document(matrix), "run `python -m tests.central_matrix --write`"
