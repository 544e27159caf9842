"""Times held against a certificate: nobody is accused of what the audit's own machine may have held back, nor for one late answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.judge.response_times import Measured, OwnLateness, compared, findings_of
from probes.wire.records import OWN_LATENESS, ConnectionEvent, EventKind
from registry.certificates.facts import PerformanceRow, Severity

ROW = PerformanceRow("OCPP response timeout", 3, 1)
NEVER = OwnLateness(())


def was_late(at: float, seconds: object) -> ConnectionEvent:
    return ConnectionEvent(1, "", at, "CP1", EventKind.AUDIT, {OWN_LATENESS: seconds})


def answers(*seconds: float, begun: float = 10.0) -> list[Measured]:
    return [Measured(begun + 100 * number, each, (2 * number, 2 * number + 1)) for number, each in enumerate(seconds)]


def severities(*seconds: float, lateness: OwnLateness = NEVER) -> list[Severity]:
    return [finding.severity for finding in findings_of(compared(ROW, answers(*seconds), lateness))]


def test_one_late_answer_is_a_warning_and_two_are_an_error() -> None:
    assert severities(1.0, 3.0) == []
    assert severities(1.0, 3.1) == [Severity.WARNING]
    assert severities(3.1, 3.1) == [Severity.ERROR]


@pytest.mark.parametrize(
    ("at", "seconds", "counts"),
    [
        (12.0, 2.0, False),  # in the midst of it
        (12.0, 1.9, True),  # so short that it was late all the same
        (30.0, 25.0, False),  # all of it, and more
        (12.1, 3.0, False),  # over when less than the limit was left
        (10.1, 2.0, True),  # over when it had only begun
        (10.0, 2.0, True),  # over before
        (20.0, 5.0, True),  # begun when the answer was there: it came 5 s after its call
        (12.0, "long", True),
        (12.0, None, True),
    ],
)
def test_what_came_while_our_own_side_was_late_is_held_against_nobody(at: float, seconds: object, counts: bool) -> None:
    row = compared(ROW, answers(5.0, 1.0), OwnLateness([was_late(at, seconds)]))
    assert (row.verdict, row.uncertain) == (("exceeds", 0) if counts else ("within", 1))
    assert row.observed == ((5.0, 1.0) if counts else (1.0,))
    assert [finding.severity for finding in findings_of(row)] == [Severity.WARNING if counts else Severity.NOTE]


def test_where_all_of_it_is_uncertain_nothing_was_exercised() -> None:
    row = compared(ROW, answers(5.0), OwnLateness([was_late(12.0, 2.0)]))
    assert (row.verdict, row.observed, row.median) == ("not exercised", (), None)


@given(
    st.lists(st.floats(0, 10), max_size=8),
    st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 30)), max_size=8),
)
def test_lateness_of_ours_never_adds_to_an_accusation(seconds: list[float], late: list[tuple[float, float]]) -> None:
    lateness = OwnLateness([was_late(*each) for each in late])
    row, plain = compared(ROW, answers(*seconds), lateness), compared(ROW, answers(*seconds), NEVER)
    assert set(row.observed) <= set(plain.observed)
    assert len(row.observed) + row.uncertain == len(seconds)
    assert [each for each in row.observed if each <= 3] == [each for each in plain.observed if each <= 3]
    assert row.verdict != "exceeds" or plain.verdict == "exceeds"
