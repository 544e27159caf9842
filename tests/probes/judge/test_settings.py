"""Settings that were written: what counts is what they read afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from probes.judge.rules.settings import impossible
from tests.probes.judge.talk import CORE_KEYS, Talk
from tests.probes.judge.test_booting import FAILED, OPEN, PASSED, boots, known, only

WARNED = (Outcome.PASSED, "warning")
Judged = list[tuple[Outcome, str | None]]


def changed(key: str, value: str, answer: Any, reads: str | None, *, readonly: bool = False, after: float = 10) -> Talk:
    talk = known()
    talk.asks("ChangeConfiguration", {"key": key, "value": value}, answer if isinstance(answer, str) else {"status": answer["status"]})
    talk.now += after
    if reads is not None:
        talk.lists(CORE_KEYS | {key: (reads, readonly)}, asked=[key])
    return talk


def read_back(key: str, value: str, status: str, reads: str | None) -> Judged:
    return only(changed(key, value, {"status": status}, reads).judged("setting-reads-back"))


def test_what_was_accepted_reads_back() -> None:
    assert read_back("ConnectionTimeOut", "31", "Accepted", "31") == [PASSED]
    assert read_back("ConnectionTimeOut", "31", "Accepted", "031") == [PASSED]
    assert read_back("LocalPreAuthorize", "true", "Accepted", "TRUE") == [PASSED]
    assert read_back("ConnectionTimeOut", "31", "Accepted", "30") == [FAILED]


def test_what_was_read_at_once_may_not_have_been_written_yet() -> None:
    talk = changed("ConnectionTimeOut", "31", {"status": "Accepted"}, "30", after=0)
    assert only(talk.judged("setting-reads-back")) == [OPEN]
    talk.now += 10
    talk.lists(CORE_KEYS | {"ConnectionTimeOut": ("31", False)}, asked=["ConnectionTimeOut"])
    assert only(talk.judged("setting-reads-back")) == [PASSED]


def test_a_list_may_be_stored_in_another_form() -> None:
    wanted, stored = "Voltage,Energy.Active.Import.Register", "Energy.Active.Import.Register, Voltage"
    assert read_back("MeterValuesSampledData", wanted, "Accepted", stored) == [PASSED]
    assert read_back("MeterValuesSampledData", wanted, "Accepted", "Voltage.L1-N") == [(Outcome.NOT_EXERCISED, "warning")]


def test_what_was_rejected_is_as_it_was() -> None:
    assert read_back("ConnectionTimeOut", "31", "Rejected", "30") == [OPEN]
    assert read_back("ConnectionTimeOut", "31", "Rejected", "31") == [FAILED]
    # It had that value before: nothing was carried out.
    assert read_back("ConnectionTimeOut", "30", "Rejected", "30") == [OPEN]


def test_what_needs_a_restart_may_read_either_way() -> None:
    assert read_back("ConnectionTimeOut", "31", "RebootRequired", "30") == [OPEN]


def test_what_was_not_read_afterwards() -> None:
    assert read_back("ConnectionTimeOut", "31", "Accepted", None) == [OPEN]
    assert read_back("ConnectionTimeOut", "31", "NotSupported", "30") == []


def test_a_second_change_or_a_restart_hides_the_first() -> None:
    talk = changed("ConnectionTimeOut", "31", {"status": "Accepted"}, None)
    talk.asks("ChangeConfiguration", {"key": "connectiontimeout", "value": "30"}, {"status": "Accepted"})
    talk.lists(asked=["ConnectionTimeOut"])
    assert only(talk.judged("setting-reads-back")) == [OPEN, PASSED]
    talk = changed("HeartbeatInterval", "31", {"status": "Accepted"}, None)
    boots(talk)
    talk.lists(asked=["HeartbeatInterval"])
    assert only(talk.judged("setting-reads-back")) == [OPEN]


def test_a_setting_without_a_value_cannot_be_compared() -> None:
    talk = changed("AuthorizationKey", "secret", {"status": "Accepted"}, None)
    talk.asks("GetConfiguration", {"key": ["AuthorizationKey"]}, {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]})
    assert only(talk.judged("setting-reads-back")) == [OPEN]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("ConnectionTimeOut", "-1", True),
        ("connectiontimeout", "soon", True),
        ("ConnectionTimeOut", "", True),
        ("ConnectionTimeOut", "0", False),
        ("ConnectionTimeOut", "+5", False),
        ("LocalPreAuthorize", "maybe", True),
        ("LocalPreAuthorize", "TRUE", False),
        ("MeterValuesSampledData", "-1", False),
        ("VendorsOwnKey", "-1", False),
    ],
)
def test_values_that_a_key_can_never_have(key: str, value: str, expected: bool) -> None:
    assert impossible(key, value) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": "Rejected"}, [PASSED]),
        ({"status": "NotSupported"}, [WARNED]),
        ("PropertyConstraintViolation", [WARNED]),
        ({"status": "Accepted"}, [FAILED]),
        ({"status": "RebootRequired"}, [FAILED]),
    ],
)
def test_a_value_that_the_key_cannot_have_is_refused(answer: Any, expected: Judged) -> None:
    assert only(changed("ConnectionTimeOut", "-1", answer, None).judged("impossible-value-refused")) == expected


def test_a_key_that_may_not_be_written_is_refused_for_another_reason() -> None:
    talk = changed("NumberOfConnectors", "-1", {"status": "Accepted"}, None)
    assert talk.judged("impossible-value-refused") == []
