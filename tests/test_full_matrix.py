"""Every kind of clean twin comes out clean; every fault is found by the cases of its catalogue and by no other, or named by its checks."""

from __future__ import annotations

from functools import cache

import pytest

from probes.judge.catalogue import obligations
from probes.report import COMPARED
from tests.full_matrix import COLUMNS, DOCUMENT, Fault, Matrix, Row, Setting, clean, document, faults, faulty, make, settings

SAMPLE = [fault for fault in faults() if fault.profile != "FirmwareManagement"][3::44]
"""What is tried in every run; the whole matrix takes minutes."""

WITHOUT_CASE = [fault for fault in faults() if fault.found_by_check][1::36]


def test_the_document_says_what_the_catalogue_says() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    told = {cells[0]: (cells[3], cells[4]) for cells in rows if len(cells) == len(COLUMNS) and cells[0] != COLUMNS[0]}
    wanted = {
        fault.name: (", ".join(fault.found_by) or "-", fault.undetectable or ", ".join(fault.found_by_check) or "-") for fault in faults()
    }
    assert told == wanted
    assert {setting.name for setting in settings()} <= {cells[0] for cells in rows if cells[1] == "conformant"}


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_each_fault_is_found_by_something_that_there_is_or_has_a_reason(fault: Fault) -> None:
    assert sum(map(bool, (fault.found_by, fault.found_by_check, fault.undetectable))) == 1
    assert set(fault.found_by_check) <= {*obligations(), *COMPARED}


@pytest.mark.parametrize("setting", settings()[:2], ids=lambda setting: setting.name)
def test_a_clean_twin_is_clean(setting: Setting) -> None:
    row = usual_of(setting.name)
    assert (row.verdict, row.failing, row.errors, row.not_restored) == ("conformant", (), (), ())
    assert set(row.trials.values()) <= {"pass", "not exercised"}


@pytest.mark.parametrize("fault", SAMPLE, ids=lambda fault: fault.name)
def test_a_fault_is_found_by_its_cases_and_by_no_other(fault: Fault) -> None:
    row = faulty(fault)
    assert row is not None
    assert row.failing == fault.found_by


@cache
def usual_of(name: str) -> Row:
    """The clean twin of this kind, audited once."""
    return clean(next(setting for setting in settings() if setting.name == name))


@pytest.mark.parametrize("fault", WITHOUT_CASE, ids=lambda fault: fault.name)
def test_what_no_case_is_about_is_named_by_its_checks(fault: Fault) -> None:
    row = faulty(fault)
    assert row is not None
    usual = usual_of(row.setting)
    assert list(Matrix({row.setting: usual}, {fault.name: row}).differing()) == []


@pytest.mark.slow
def test_the_matrix_is_as_the_catalogue_says_and_as_it_stands_in_the_documentation() -> None:
    matrix = make()
    assert list(matrix.accused()) == []
    assert list(matrix.differing()) == []
    assert DOCUMENT.read_text(encoding="utf-8") == document(matrix), "run `python -m tests.full_matrix --write`"
