"""What changed since the last audit, and what only one of the two looked at."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.campaigns.changes import Difference, between
from registry.campaigns.plot import by_month

OLD = {
    "verdict": "conformant",
    "identity": [{"field": "software_version", "observed": "1.0"}, {"field": "vendor", "observed": "V"}],
    "configuration": [{"key": "HeartbeatInterval", "observed": "300"}, {"key": "Gone", "observed": "1"}, {"key": "Same", "observed": "x"}],
    "cases": [{"id": "TC_019_CS", "outcome": "pass"}, {"id": "TC_027_CS", "outcome": "pass"}],
}
NEW = {
    "verdict": "deviates",
    "identity": [{"field": "software_version", "observed": "1.1"}, {"field": "vendor", "observed": "V"}],
    "configuration": [{"key": "HeartbeatInterval", "observed": "30"}, {"key": "Same", "observed": "x"}, {"key": "New", "observed": "2"}],
    "cases": [{"id": "TC_019_CS", "outcome": "fail"}, {"id": "TC_062_CS", "outcome": "pass"}],
}


def test_what_changed_is_told_the_verdict_first() -> None:
    assert list(between(OLD, NEW)) == [
        Difference("Verdict", "", "conformant", "deviates"),
        Difference("Reports of itself", "software_version", "1.0", "1.1"),
        Difference("Setting", "HeartbeatInterval", "300", "30"),
        Difference("Setting", "New", None, "2"),
        Difference("Setting", "Gone", "1", None),
        Difference("Test case", "TC_019_CS", "pass", "fail"),
    ]


def test_the_same_twice_is_no_change_and_a_report_without_tables_says_nothing() -> None:
    assert list(between(OLD, OLD)) == []
    assert list(between({"verdict": "conformant"}, {"verdict": "conformant", "identity": "?"})) == []


def test_the_bars_have_one_scale_and_stand_on_the_ground() -> None:
    march, april = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 4, 9, tzinfo=UTC)
    verdicts = [(march, "conformant"), (april, "conformant"), (april, "deviates"), (april, "deviates"), (april, "conformant")]
    bars = by_month(verdicts, april, 3)
    assert [(bar.label, bar.total) for bar in bars] == [("Feb 2026", 0), ("Mar 2026", 1), ("Apr 2026", 4)]
    assert [(part.verdict, part.number, part.top, part.height) for part in bars[2].parts] == [
        ("conformant", 2, 50.0, 50.0),
        ("deviates", 2, 0.0, 50.0),
    ]
    assert [(part.top, part.height) for part in bars[1].parts] == [(75.0, 25.0)]
    assert by_month([], april) == ()
