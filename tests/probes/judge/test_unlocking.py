"""Locks: which answers are right by what the certificate says of the cable, and what a transaction must come to."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from probes.wire.records import EventKind
from tests.probes.judge.talk import Talk, certificate
from tests.probes.judge.test_booting import FAILED, OPEN, PASSED, known, only
from tests.probes.judge.test_resets import ACCEPTED, STOP, charging, lives_on

DETACHABLE, FIXED, UNSAID = ({"Fixed cable": value} for value in ("No", "Yes", "sometimes"))
OPEN_WARNED = (Outcome.NOT_EXERCISED, "warning")
Judged = list[tuple[Outcome, str | None]]


def unlocked(talk: Talk, answer: Any, connector: int = 1) -> Talk:
    talk.asks("UnlockConnector", {"connectorId": connector}, answer if isinstance(answer, str) else {"status": answer[0]})
    return talk


def judged(talk: Talk, obligation: str, hardware: dict[str, str]) -> Judged:
    return only(talk.judged(obligation, certificate(hardware=hardware)))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("Unlocked",), [PASSED]),
        (("UnlockFailed",), [OPEN_WARNED]),
        (("NotSupported",), [OPEN_WARNED]),
        ("NotImplemented", [FAILED]),
        ("NotSupported", [FAILED]),
        ("InternalError", []),
    ],
)
def test_an_idle_connector_with_a_lock(answer: Any, expected: Judged) -> None:
    assert judged(unlocked(known(), answer), "unlock-opens-lock", DETACHABLE) == expected


def test_a_lock_that_fails_twice() -> None:
    talk = unlocked(unlocked(known(), ("UnlockFailed",)), ("UnlockFailed",))
    # That is what the status is for: no frame shows whether the lock is broken, or the answer wrong.
    assert judged(talk, "unlock-opens-lock", DETACHABLE) == [OPEN_WARNED, OPEN_WARNED]
    told = talk.judged("unlock-opens-lock", certificate(hardware=DETACHABLE))
    assert [each.subject for each in told] == ["UnlockConnector/failed once", "UnlockConnector/failed"]


def test_a_lock_that_fails_now_and_then() -> None:
    talk = unlocked(unlocked(unlocked(known(), ("UnlockFailed",)), ("Unlocked",)), ("UnlockFailed",))
    assert judged(talk, "unlock-opens-lock", DETACHABLE) == [OPEN_WARNED, PASSED, OPEN_WARNED]
    talk = unlocked(known(), ("UnlockFailed",))
    talk.now += 600
    assert judged(unlocked(talk, ("UnlockFailed",)), "unlock-opens-lock", DETACHABLE) == [OPEN_WARNED, OPEN_WARNED]


def test_a_lock_that_a_person_holds_shut() -> None:
    talk = known().event(EventKind.AUDIT, {"person": "jam", "step": "asked", "connector": 1})
    talk.event(EventKind.AUDIT, {"person": "jam", "step": "done", "connector": 1})
    unlocked(unlocked(talk, ("UnlockFailed",)), ("UnlockFailed",))
    assert judged(talk, "unlock-opens-lock", DETACHABLE) == []
    assert judged(talk, "unlock-failure-is-told", DETACHABLE) == [PASSED, PASSED]
    talk.event(EventKind.AUDIT, {"person": "repair", "step": "asked", "connector": 1})
    unlocked(talk, ("Unlocked",))
    assert judged(talk, "unlock-opens-lock", DETACHABLE) == [PASSED]


def test_a_lock_that_was_not_held_well_accuses_nobody() -> None:
    talk = known().event(EventKind.AUDIT, {"person": "jam", "step": "asked", "connector": 1})
    assert judged(unlocked(talk, ("Unlocked",)), "unlock-failure-is-told", DETACHABLE) == [OPEN_WARNED]
    assert judged(unlocked(known(), ("UnlockFailed",)), "unlock-failure-is-told", DETACHABLE) == []


def test_a_connector_in_use_is_not_judged_as_an_idle_one() -> None:
    talk = known()
    talk.reports(1, "Preparing")
    assert judged(unlocked(talk, "NotImplemented"), "unlock-opens-lock", DETACHABLE) == []


@pytest.mark.parametrize("hardware", [FIXED, UNSAID])
def test_without_a_certified_lock_nothing_must_open(hardware: dict[str, str]) -> None:
    assert judged(unlocked(known(), "NotImplemented"), "unlock-opens-lock", hardware) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(("NotSupported",), [PASSED]), ("NotSupported", [(Outcome.PASSED, "warning")]), (("Unlocked",), [OPEN_WARNED])],
)
def test_a_fixed_cable(answer: Any, expected: Judged) -> None:
    assert judged(unlocked(known(), answer), "unlock-without-lock", FIXED) == expected
    assert judged(unlocked(known(), answer), "unlock-without-lock", DETACHABLE) == []


def ended(stop: dict[str, Any] | None, watched: float = 70, answer: str = "Unlocked") -> Judged:
    talk = charging()
    talk.reports(1, "Charging")
    unlocked(talk, (answer,))
    if stop is not None:
        talk.tells("StopTransaction", STOP | stop)
    return judged(lives_on(talk, watched), "unlock-ends-transaction", DETACHABLE)


def test_unlocking_ends_the_transaction() -> None:
    assert ended({"reason": "UnlockCommand"}) == [PASSED]
    assert ended(None) == [FAILED]
    assert ended(None, watched=30) == [OPEN]
    assert ended({}) == [FAILED]
    assert ended({"reason": "Local", "idTag": "T"}) == [OPEN_WARNED]
    assert ended({"reason": "EVDisconnected"}) == [OPEN_WARNED]
    assert ended(None, answer="UnlockFailed") == [OPEN]


def test_a_transaction_that_the_station_may_not_know_yet() -> None:
    talk = known()
    talk.tells("StartTransaction", {"connectorId": 1, "idTag": "T"}, {"transactionId": 7, "idTagInfo": ACCEPTED})
    assert judged(lives_on(unlocked(talk, ("Unlocked",)), 70), "unlock-ends-transaction", DETACHABLE) == []


def test_a_transaction_on_another_connector_is_left_alone() -> None:
    talk = charging()
    talk.reports(2)
    assert judged(lives_on(unlocked(talk, ("Unlocked",), 2), 70), "unlock-ends-transaction", DETACHABLE) == []


def test_without_a_lock_a_transaction_goes_on() -> None:
    talk = charging()
    assert judged(lives_on(unlocked(talk, ("NotSupported",)), 30), "unlock-leaves-transaction", FIXED) == [PASSED]
    talk = unlocked(charging(), ("NotSupported",))
    talk.tells("StopTransaction", STOP | {"reason": "UnlockCommand"})
    assert judged(lives_on(talk, 30), "unlock-leaves-transaction", FIXED) == [OPEN_WARNED]


def test_the_failure_of_a_lock_is_told() -> None:
    talk = known()
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Faulted", "errorCode": "ConnectorLockFailure"})
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Preparing", "errorCode": "ConnectorLockFailure"})
    assert judged(talk, "lock-failure-is-told", DETACHABLE) == [PASSED, OPEN]
