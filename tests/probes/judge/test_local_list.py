"""What is said of local authorization lists on hand-made transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from probes.judge.outcomes import Judgement, Outcome
from registry.certificates.facts import Severity
from tests.probes.judge.talk import NOT_CERTIFIED, Talk, certificate

CERTIFIED = certificate(profiles={"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "Pass"))
UNCERTIFIED = certificate()
TAG, SECOND = "TAG", "SECOND"
ON = {"LocalAuthListEnabled": "true", "LocalPreAuthorize": "true", "LocalAuthListMaxLength": "3"}


def station(**keys: str) -> Talk:
    talk = Talk().event()
    talk.boots()
    talk.reports(1)
    told = ON | keys
    talk.lists({key: (value, False) for key, value in told.items() if value}, asked=list(told))
    return talk


def reads(talk: Talk, version: Any) -> tuple[int, ...]:
    return talk.asks("GetLocalListVersion", {}, {"listVersion": version})


def sends(
    talk: Talk, version: int, status: str | None = "Accepted", tags: Sequence[str] = (TAG,), *, kind: str = "Full", **info: Any
) -> tuple[int, ...]:
    entries = [{"idTag": tag, "idTagInfo": {"status": "Accepted"} | info} for tag in tags]
    payload = {"listVersion": version, "updateType": kind, "localAuthorizationList": entries}
    return talk.asks("SendLocalList", payload, {"status": status} if status else None)


def removes(talk: Talk, version: int, tag: str) -> tuple[int, ...]:
    payload = {"listVersion": version, "updateType": "Differential", "localAuthorizationList": [{"idTag": tag}]}
    return talk.asks("SendLocalList", payload, {"status": "Accepted"})


def authorizes(talk: Talk, tag: str = TAG) -> tuple[int, ...]:
    return talk.tells("Authorize", {"idTag": tag}, {"idTagInfo": {"status": "Accepted"}})


def starts(talk: Talk, tag: str = TAG, transaction: int = 1) -> tuple[int, ...]:
    payload = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": "2026-01-01T00:00:30Z"}
    return talk.tells("StartTransaction", payload, {"transactionId": transaction, "idTagInfo": {"status": "Accepted"}})


def stops(talk: Talk, transaction: int = 1, **more: Any) -> tuple[int, ...]:
    return talk.tells("StopTransaction", {"transactionId": transaction, "meterStop": 1, "timestamp": "2026-01-01T00:00:40Z"} | more)


def only(talk: Talk, obligation: str, facts: Any = CERTIFIED) -> Judgement:
    (judgement,) = talk.judged(obligation, facts)
    return judgement


def accused(talk: Talk, facts: Any = CERTIFIED) -> list[str]:
    words = ("LocalList", "listed")
    return [j.subject or "" for j in talk.judged(None, facts) if j.accuses and any(word in (j.subject or "") for word in words)]


# --- its version


@pytest.mark.parametrize(
    ("version", "outcome"), [(4, Outcome.PASSED), (3, Outcome.FAILED), (0, Outcome.FAILED), ("4", Outcome.NOT_EXERCISED)]
)
def test_an_update_gives_the_list_its_version(version: Any, outcome: Outcome) -> None:
    talk = station()
    sends(talk, 4)
    reads(talk, version)
    assert only(talk, "local-list-has-its-version").outcome is outcome


def test_so_does_one_that_brings_a_tag_to_a_list_of_which_nothing_is_known() -> None:
    talk = station()
    sends(talk, 4, kind="Differential")
    reads(talk, 3)
    assert accused(talk) == ["GetLocalListVersion/after an update"]


@pytest.mark.parametrize(
    "between",
    [
        lambda talk: talk.boots(),
        lambda talk: sends(talk, 5, "Failed"),
        lambda talk: sends(talk, 5, None),
        lambda talk: removes(talk, 5, TAG),
        lambda talk: sends(talk, 5, tags=()),
    ],
)
def test_what_came_between_excuses(between: Callable[[Talk], object]) -> None:
    talk = station()
    sends(talk, 4)
    between(talk)
    reads(talk, 0)
    assert accused(talk) == []


def test_a_list_that_is_switched_off_has_no_version() -> None:
    talk = station(LocalAuthListEnabled="false")
    sends(talk, 4)
    reads(talk, -1)
    assert accused(talk) == []


def test_one_that_is_not_certified_owes_nothing() -> None:
    talk = station()
    sends(talk, 4)
    reads(talk, -1)
    sends(talk, 4, "Failed")
    assert accused(talk, UNCERTIFIED) == []


# --- an empty list


@pytest.mark.parametrize(
    ("version", "outcome", "severity"),
    [
        (0, Outcome.PASSED, None),
        (-1, Outcome.FAILED, Severity.ERROR),
        (4, Outcome.NOT_EXERCISED, Severity.WARNING),
        (9, Outcome.NOT_EXERCISED, None),
    ],
)
def test_a_list_without_tags_has_the_version_zero(version: int, outcome: Outcome, severity: Severity | None) -> None:
    talk = station()
    sends(talk, 4, tags=())
    reads(talk, version)
    judgement = only(talk, "local-list-empty-is-told")
    assert (judgement.outcome, judgement.severity) == (outcome, severity)


@pytest.mark.parametrize("enabled", ["false", ""])
def test_it_may_be_told_to_be_missing_where_it_is_not_known_to_be_switched_on(enabled: str) -> None:
    talk = station(LocalAuthListEnabled=enabled)
    sends(talk, 4, tags=())
    reads(talk, -1)
    assert accused(talk) == []


# --- refused updates


def test_an_update_that_is_refused_is_not_carried_out() -> None:
    talk = station()
    reads(talk, 0)
    sends(talk, 4, "Failed")
    reads(talk, 4)
    assert accused(talk) == ["SendLocalList/refused and carried out"]


def test_one_that_leaves_the_list_as_it_was_is_honest() -> None:
    talk = station()
    reads(talk, 0)
    sends(talk, 4, "Failed")
    reads(talk, 0)
    judgement = only(talk, "local-list-update-is-accepted")
    assert (judgement.outcome, judgement.severity) == (Outcome.NOT_EXERCISED, Severity.WARNING)


@pytest.mark.parametrize("before", [None, 4])
def test_where_it_had_that_version_or_may_have_had_nothing_is_said(before: int | None) -> None:
    talk = station()
    if before is not None:
        reads(talk, before)
    sends(talk, 4, "Failed")
    reads(talk, 4)
    assert accused(talk) == []


def older(status: str, version: int = 4) -> Talk:
    talk = station()
    reads(talk, 5)
    sends(talk, version, status, kind="Differential")
    return talk


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("VersionMismatch", Outcome.PASSED),
        ("Accepted", Outcome.FAILED),
        ("Failed", Outcome.PASSED),
        ("NotSupported", Outcome.NOT_EXERCISED),
    ],
)
def test_an_older_version_is_a_mismatch(status: str, outcome: Outcome) -> None:
    assert only(older(status), "local-list-older-is-refused").outcome is outcome


def test_the_same_version_is_not_judged() -> None:
    assert older("Accepted", 5).judged("local-list-older-is-refused", CERTIFIED) == []


def test_an_older_full_list_is_no_mismatch() -> None:
    talk = station()
    reads(talk, 5)
    sends(talk, 4)
    reads(talk, 4)
    assert accused(talk) == []


@pytest.mark.parametrize(
    ("version", "outcome"), [(5, Outcome.PASSED), (4, Outcome.FAILED), (0, Outcome.NOT_EXERCISED), (-1, Outcome.NOT_EXERCISED)]
)
def test_after_a_mismatch_the_list_is_as_it_was(version: int, outcome: Outcome) -> None:
    talk = older("VersionMismatch")
    reads(talk, version)
    assert only(talk, "local-list-refused-is-unchanged").outcome is outcome


def test_an_older_version_that_was_accepted_is_one_cause() -> None:
    talk = older("Accepted")
    reads(talk, 5)
    assert accused(talk) == ["SendLocalList/older version"]


@pytest.mark.parametrize(("status", "outcome"), [("Failed", Outcome.PASSED), ("Accepted", Outcome.NOT_EXERCISED)])
def test_a_list_that_is_too_long_fails(status: str, outcome: Outcome) -> None:
    talk = station()
    sends(talk, 1, tags=["A", "B"])
    sends(talk, 2, status, tags=["C", "D"], kind="Differential")
    assert only(talk, "local-list-too-long-is-refused").outcome is outcome
    assert accused(talk) == []


def test_one_that_is_not_is_not_judged() -> None:
    talk = station()
    sends(talk, 1, tags=["A", "B"])
    sends(talk, 2, tags=["B", "C"], kind="Differential")
    assert talk.judged("local-list-too-long-is-refused", CERTIFIED) == []


# --- tags of the list


def listed(**keys: str) -> Talk:
    """A station with a tag in its list, some seconds ago."""
    talk = station(**keys)
    sends(talk, 4)
    reads(talk, 4)
    talk.now += 10
    return talk


def test_a_tag_of_the_list_is_not_asked_for() -> None:
    talk = listed()
    starts(talk)
    assert only(talk, "listed-tag-is-not-asked-for").outcome is Outcome.PASSED


def test_one_that_is_asked_for_is_named() -> None:
    talk = listed()
    asked, answered = authorizes(talk)
    start, *_ = starts(talk)
    judgement = only(talk, "listed-tag-is-not-asked-for")
    assert (judgement.subject, judgement.at) == ("Authorize/listed tag", start)
    assert {asked, answered} < set(judgement.frames)


def test_after_a_remote_start_it_is_a_remark() -> None:
    talk = listed()
    talk.asks("RemoteStartTransaction", {"idTag": TAG, "connectorId": 1}, {"status": "Accepted"})
    authorizes(talk)
    starts(talk)
    judgement = only(talk, "listed-tag-is-not-asked-for")
    assert (judgement.outcome, judgement.severity) == (Outcome.NOT_EXERCISED, Severity.WARNING)


@pytest.mark.parametrize("keys", [{"LocalPreAuthorize": "false"}, {"LocalPreAuthorize": ""}, {"LocalAuthListEnabled": ""}])
def test_where_it_is_not_known_to_count_it_may_be_asked_for(keys: dict[str, str]) -> None:
    talk = listed(**keys)
    authorizes(talk)
    starts(talk)
    assert talk.judged("listed-tag-is-not-asked-for", CERTIFIED) == []


def test_a_setting_that_was_changed_counts_as_changed() -> None:
    talk = station(LocalPreAuthorize="false")
    talk.asks("ChangeConfiguration", {"key": "localPreAuthorize", "value": "TRUE"}, {"status": "Accepted"})
    sends(talk, 4)
    reads(talk, 4)
    talk.now += 10
    authorizes(talk)
    starts(talk)
    assert accused(talk) == ["Authorize/listed tag"]


@pytest.mark.parametrize(
    "happens",
    [
        lambda talk: sends(talk, 5, tags=(SECOND,)),
        lambda talk: (removes(talk, 5, TAG), reads(talk, 5)),
        lambda talk: (sends(talk, 5, expiryDate="2027-01-01T00:00:00Z"), reads(talk, 5)),
        lambda talk: (sends(talk, 5, status="Accepted"), reads(talk, 4)),
        lambda talk: talk.boots(),
        lambda talk: talk.asks("ReserveNow", {"connectorId": 1}, {"status": "Accepted"}),
    ],
)
def test_what_makes_that_doubtful_excuses(happens: Callable[[Talk], object]) -> None:
    talk = listed()
    happens(talk)
    talk.now += 10
    authorizes(talk)
    starts(talk)
    assert [name for name in accused(talk) if name == "Authorize/listed tag"] == []


def test_a_card_that_came_with_the_list_excuses() -> None:
    talk = station()
    sends(talk, 4)
    reads(talk, 4)
    authorizes(talk)
    talk.now += 10
    starts(talk)
    assert accused(talk) == []


def test_one_that_was_to_end_a_transaction_excuses() -> None:
    talk = station()
    starts(talk, SECOND)
    sends(talk, 4)
    reads(talk, 4)
    talk.now += 10
    authorizes(talk)
    stops(talk, idTag=TAG)
    starts(talk, transaction=2)
    assert accused(talk) == []


def test_so_does_one_that_ended_none_that_was_going_on() -> None:
    talk = station()
    starts(talk, SECOND)
    sends(talk, 4)
    reads(talk, 4)
    talk.now += 10
    authorizes(talk)
    stops(talk, idTag=SECOND)
    starts(talk, transaction=2)
    assert accused(talk) == []


def test_one_counts_for_one_transaction() -> None:
    talk = listed()
    authorizes(talk)
    starts(talk)
    stops(talk)
    starts(talk, transaction=2)
    assert [judgement.outcome for judgement in talk.judged("listed-tag-is-not-asked-for", CERTIFIED)] == [Outcome.FAILED, Outcome.PASSED]


def test_one_that_came_after_the_start_holds_nobody_up() -> None:
    talk = listed()
    starts(talk)
    authorizes(talk)
    assert only(talk, "listed-tag-is-not-asked-for").outcome is Outcome.PASSED


# --- a restart


@pytest.mark.parametrize(("version", "found"), [(4, [Outcome.PASSED]), (0, [Outcome.FAILED]), (-1, [])])
def test_a_list_outlasts_a_restart(version: int, found: list[Outcome]) -> None:
    talk = listed()
    talk.boots()
    reads(talk, version)
    assert [judgement.outcome for judgement in talk.judged("local-list-outlasts-restart", CERTIFIED)] == found
    assert accused(talk) == []


def test_a_list_that_is_switched_off_after_a_restart_is_not_lost() -> None:
    talk = listed()
    talk.asks("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"}, {"status": "Accepted"})
    talk.boots()
    reads(talk, 0)
    assert talk.judged("local-list-outlasts-restart", CERTIFIED) == []
