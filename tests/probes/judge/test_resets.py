"""What must follow a Reset and a ChangeAvailability, and what may look like a breach of it and is none."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from probes.wire.records import EventKind
from tests.probes.judge.talk import CORE_KEYS, Talk
from tests.probes.judge.test_booting import FAILED, OPEN, PASSED, boots, known, only

ACCEPTED = {"status": "Accepted"}
Judged = list[tuple[Outcome, str | None]]


def comes_back(talk: Talk, code: int = 1001, after: float = 30) -> Talk:
    talk.event(EventKind.CLOSE, {"code": code})
    talk.now += after
    return talk.event()


def asked(talk: Talk, answer: Any, kind: str = "Hard") -> Talk:
    talk.asks("Reset", {"type": kind}, answer)
    return talk


def of(talk: Talk, kind: str = "hard") -> Judged:
    return only(talk.judged(f"{kind}-reset-restarts"))


def lives_on(talk: Talk, seconds: float) -> Talk:
    talk.now += seconds
    talk.asks("GetConfiguration", {"key": ["NumberOfConnectors"]}, {"configurationKey": []})
    return talk


def test_a_reset_leads_to_a_boot() -> None:
    talk = comes_back(asked(known(), ACCEPTED))
    boots(talk)
    assert of(talk) == [PASSED]
    assert of(talk, "soft") == []


def test_a_soft_reset_may_keep_its_connection() -> None:
    talk = asked(known(), ACCEPTED, "Soft")
    talk.now += 5
    boots(talk)
    assert of(talk, "soft") == [PASSED]


def test_a_reset_without_effect() -> None:
    assert of(lives_on(asked(known(), ACCEPTED), 310)) == [FAILED]
    assert of(lives_on(asked(known(), ACCEPTED), 200)) == [OPEN]


def test_a_boot_long_after_a_reset_is_not_its_effect() -> None:
    talk = lives_on(asked(known(), ACCEPTED), 310)
    talk = comes_back(talk)
    boots(talk)
    assert of(talk) == [FAILED]


def test_a_station_that_stays_away_is_not_accused() -> None:
    talk = asked(known(), ACCEPTED)
    talk.event(EventKind.CLOSE, {"code": 1006})
    assert of(talk) == [OPEN]


def test_a_return_without_a_boot() -> None:
    assert of(lives_on(comes_back(asked(known(), ACCEPTED)), 130)) == [FAILED]
    assert of(lives_on(comes_back(asked(known(), ACCEPTED)), 60)) == [OPEN]


def test_during_a_transaction_a_restart_may_wait() -> None:
    talk = known()
    talk.tells("StartTransaction", START, {"transactionId": 7, "idTagInfo": ACCEPTED})
    assert of(lives_on(asked(talk, ACCEPTED), 310)) == [OPEN]


def test_a_reset_may_be_refused() -> None:
    assert of(asked(known(), {"status": "Rejected"})) == [OPEN]
    assert of(asked(known(), "InternalError")) == []
    assert of(asked(known(), "NotImplemented")) == [FAILED]


def test_a_reset_that_is_refused_and_carried_out() -> None:
    talk = comes_back(asked(known(), {"status": "Rejected"}))
    boots(talk)
    assert of(talk) == [FAILED]


def test_a_second_reset_may_be_refused_while_the_first_is_under_way() -> None:
    talk = asked(known(), ACCEPTED)
    talk = comes_back(asked(talk, {"status": "Rejected"}))
    boots(talk)
    assert of(talk) == [PASSED, OPEN]


def test_a_restart_some_time_after_a_refusal_has_another_cause() -> None:
    talk = asked(known(), {"status": "Rejected"})
    talk.now += 60
    talk = comes_back(talk)
    boots(talk)
    assert of(talk) == [OPEN]


@pytest.mark.parametrize(("code", "expected"), [(1001, [FAILED]), (1006, [])])
def test_an_answer_that_never_came_may_have_been_lost(code: int, expected: Judged) -> None:
    talk = comes_back(asked(known(), None), code)
    boots(talk)
    assert of(talk) == expected


# --- transactions

START = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
STOP = {"transactionId": 7, "meterStop": 5, "timestamp": "2026-01-01T00:00:30Z"}


def charging() -> Talk:
    talk = known()
    talk.tells("StartTransaction", START, {"transactionId": 7, "idTagInfo": ACCEPTED})
    talk.now += 10
    return talk


def ends(kind: str, stop: dict[str, Any] | None, *, before: bool = True, watched: float = 130, status: str = "Finishing") -> Judged:
    talk = asked(charging(), ACCEPTED, kind)
    if stop is not None and before:
        talk.tells("StopTransaction", STOP | stop)
    talk = comes_back(talk)
    boots(talk)
    talk.reports(1, status)
    if stop is not None and not before:
        talk.tells("StopTransaction", STOP | stop)
    lives_on(talk, watched)
    return only(talk.judged(f"{kind.lower()}-reset-ends-transactions"))


WARNED = (Outcome.PASSED, "warning")
OPEN_WARNED = (Outcome.NOT_EXERCISED, "warning")


def test_a_soft_reset_tells_what_it_has_ended() -> None:
    assert ends("Soft", {"reason": "SoftReset"}) == [PASSED]
    assert ends("Soft", {"reason": "SoftReset"}, before=False) == [WARNED]
    assert ends("Soft", {"reason": "Reboot"}) == [WARNED]
    assert ends("Soft", None) == [FAILED]
    assert ends("Soft", None, watched=60) == [OPEN]


def test_a_hard_reset_may_lose_it() -> None:
    assert ends("Hard", None) == [OPEN_WARNED]
    assert ends("Hard", {"reason": "HardReset"}, before=False) == [PASSED]
    assert ends("Hard", {"reason": "PowerLoss"}, before=False) == [WARNED]


def test_a_reason_that_is_not_true() -> None:
    assert ends("Soft", {"reason": "Local"}) == [FAILED]
    assert ends("Hard", {}) == [FAILED]


def test_somebody_else_may_have_ended_it() -> None:
    assert ends("Soft", {"reason": "Local", "idTag": "T"}) == [OPEN]
    assert ends("Soft", {"reason": "EVDisconnected"}) == [OPEN]


def test_a_transaction_that_goes_on_was_not_lost() -> None:
    assert ends("Soft", None, status="Charging") == [OPEN]


def test_after_a_restart_a_lost_transaction_may_be_unknown_to_the_station() -> None:
    """The central system thinks that it runs; the station refuses to stop it, and charges anew."""
    talk = comes_back(asked(charging(), ACCEPTED))
    boots(talk)
    talk.reports(1)
    talk.asks("RemoteStopTransaction", {"transactionId": 7}, {"status": "Rejected"})
    talk.asks("RemoteStartTransaction", {"connectorId": 1, "idTag": "T"}, ACCEPTED)
    assert [judgement.subject for judgement in talk.judged() if judgement.accuses] == []
    assert talk.view().timeline.last.busy == ()


# --- availability


def closed(answer: Any = None, connector: int = 1, kind: str = "Inoperative", talk: Talk | None = None) -> Talk:
    talk = talk or known()
    talk.asks("ChangeAvailability", {"connectorId": connector, "type": kind}, answer or ACCEPTED)
    return talk


def test_a_change_of_availability_is_told() -> None:
    talk = closed()
    talk.reports(1, "Unavailable")
    assert only(talk.judged("availability-is-told")) == [PASSED]
    assert only(lives_on(closed(), 70).judged("availability-is-told")) == [FAILED]
    assert only(lives_on(closed(connector=0), 70).judged("availability-is-told")) == [FAILED]
    assert only(lives_on(closed(), 30).judged("availability-is-told")) == [OPEN]


def test_a_station_may_tell_it_of_itself_as_a_whole() -> None:
    talk = closed(connector=0)
    talk.reports(0, "Unavailable")
    assert only(lives_on(talk, 70).judged("availability-is-told")) == [OPEN_WARNED]


def test_a_connector_in_use_may_wait() -> None:
    talk = known()
    talk.reports(1, "Finishing")
    assert only(lives_on(closed(talk=talk), 70).judged("availability-is-told")) == []
    assert only(lives_on(closed({"status": "Scheduled"}), 70).judged("availability-is-told")) == []


def test_a_connector_that_broke_meanwhile_is_not_accused() -> None:
    talk = closed()
    talk.reports(1, "Faulted")
    assert only(lives_on(talk, 70).judged("availability-is-told")) == [OPEN]


def test_a_change_that_was_taken_back_soon_need_not_be_told() -> None:
    talk = lives_on(closed(), 5)
    assert only(lives_on(closed(kind="Operative", talk=talk), 100).judged("availability-is-told")) == [OPEN]


def test_a_station_may_be_unavailable_for_reasons_of_its_own() -> None:
    talk = closed()
    talk.reports(1, "Unavailable")
    assert only(lives_on(closed(kind="Operative", talk=talk), 70).judged("availability-is-told")) == [PASSED, OPEN_WARNED]


def after_restart(told: list[str], watched: float = 70, *, reopened: bool = False, shown: bool = True) -> Judged:
    talk = closed()
    if shown:
        talk.reports(1, "Unavailable")
    if reopened:
        closed(kind="Operative", talk=talk)
    talk = comes_back(asked(talk, ACCEPTED))
    boots(talk)
    for status in told:
        talk.reports(1, status)
    return only(lives_on(talk, watched).judged("availability-survives-restart"))


def test_what_was_made_unavailable_stays_so_over_a_restart() -> None:
    assert after_restart(["Unavailable"]) == [PASSED]
    assert after_restart(["Available"]) == [FAILED]
    assert after_restart(["Available", "Preparing"]) == [FAILED]


def test_a_closed_station_that_tells_another_status_of_itself_alone_is_warned() -> None:
    def station(of_itself: str, of_the_connector: str) -> Judged:
        talk = closed(connector=0)
        talk.reports(0, "Unavailable")
        talk.reports(1, "Unavailable")
        boots(comes_back(asked(talk, ACCEPTED)))
        talk.reports(0, of_itself)
        talk.reports(1, of_the_connector)
        return only(lives_on(talk, 70).judged("availability-survives-restart"))

    assert station("Unavailable", "Unavailable") == [PASSED]
    assert station("Available", "Unavailable") == [(Outcome.FAILED, "warning")]
    assert station("Available", "Available") == [FAILED]
    assert station("Unavailable", "Available") == [FAILED]


def test_another_status_first_is_no_loss() -> None:
    assert after_restart(["Available", "Unavailable"]) == [(Outcome.PASSED, "note")]


def test_what_cannot_be_said_of_availability_after_a_restart() -> None:
    assert after_restart(["Faulted"]) == [OPEN]
    assert after_restart(["Available"], watched=20) == [OPEN]
    assert after_restart([]) == [OPEN]
    assert after_restart(["Available"], reopened=True) == []
    assert after_restart(["Available"], shown=False) == []


def test_a_change_during_a_transaction_is_scheduled() -> None:
    def answered(status: str, pause: float = 10) -> Judged:
        talk = known()
        talk.tells("StartTransaction", START, {"transactionId": 7, "idTagInfo": ACCEPTED})
        talk.now += pause
        return only(lives_on(closed({"status": status}, talk=talk), 10).judged("availability-waits-for-transaction"))

    assert answered("Scheduled") == [PASSED]
    assert answered("Accepted") == [FAILED]
    assert answered("Rejected") == []
    assert answered("Accepted", pause=1) == []


def test_a_transaction_that_was_about_to_end_leaves_nothing_to_wait_for() -> None:
    talk = closed(talk=charging())
    talk.tells("StopTransaction", STOP | {"reason": "Local"})
    assert only(talk.judged("availability-waits-for-transaction")) == []


def test_nothing_starts_on_an_unavailable_connector() -> None:
    talk = closed()
    talk.reports(1, "Unavailable")
    talk.asks("RemoteStartTransaction", {"connectorId": 1, "idTag": "T"}, {"status": "Rejected"})
    assert only(talk.judged("inoperative-starts-nothing")) == [PASSED]
    talk.asks("RemoteStartTransaction", {"connectorId": 1, "idTag": "T"}, ACCEPTED)
    talk.tells("StartTransaction", START, {"transactionId": 7, "idTagInfo": ACCEPTED})
    assert only(talk.judged("inoperative-starts-nothing"))[1:] == [FAILED]


def test_settings_that_are_gone_after_a_restart_are_a_note() -> None:
    talk = known()
    talk.asks("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "31"}, ACCEPTED)
    talk.lists(CORE_KEYS | {"ConnectionTimeOut": ("31", False)}, asked=["ConnectionTimeOut"])
    talk = comes_back(asked(talk, ACCEPTED))
    boots(talk)
    talk.lists(asked=["ConnectionTimeOut"])
    assert only(talk.judged("settings-survive-restart")) == [(Outcome.FAILED, "note")]
