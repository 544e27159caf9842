"""Every kind of clean twin comes out clean, every fault is found by the cases that its catalogue names and by no other."""

from __future__ import annotations

import pytest

from tests.full_matrix import DOCUMENT, Fault, Setting, clean, document, faults, faulty, make, settings

UNFOUND_MOST = 60
"""How many faults no case may find, at most: what shows in no frame, what only a comparison with the certificate names, and remarks."""

SAMPLE = [fault for fault in faults() if fault.profile != "FirmwareManagement"][3::11]
"""What is tried in every run; the whole matrix takes minutes."""


def test_the_document_says_what_the_catalogue_says() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")] for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]
    told = {cells[1]: cells[4] for cells in rows if len(cells) == 7}
    found = {fault.name: ", ".join(fault.found_by) for fault in faults()}
    assert set(found) <= set(told)
    assert {name: cases for name, cases in found.items() if cases and told[name] != cases} == {}
    assert {name: told[name] for name, cases in found.items() if not cases and "TC_" in told[name]} == {}
    assert {setting.name for setting in settings()} <= {cells[1] for cells in rows if cells[2] == "conformant"}


def test_most_faults_are_found_by_a_case() -> None:
    assert sum(not fault.found_by for fault in faults()) <= UNFOUND_MOST


@pytest.mark.parametrize("setting", settings()[:3], ids=lambda setting: setting.name)
def test_a_clean_twin_is_clean(setting: Setting) -> None:
    row = clean(setting)
    assert (row.verdict, row.failing, row.errors, row.not_restored) == ("conformant", (), (), ())


@pytest.mark.parametrize("fault", SAMPLE, ids=lambda fault: fault.name)
def test_a_fault_is_found_by_its_cases_and_by_no_other(fault: Fault) -> None:
    row = faulty(fault)
    assert row is not None
    assert row.failing == fault.found_by


@pytest.mark.slow
def test_the_matrix_is_as_the_catalogue_says_and_as_it_stands_in_the_documentation() -> None:
    matrix = make()
    assert list(matrix.accused()) == []
    assert list(matrix.differing()) == []
    assert DOCUMENT.read_text(encoding="utf-8") == document(matrix), "run `python -m tests.full_matrix --write`"
