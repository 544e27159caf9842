"""Local list, cache and offline rules, without a connection (OCPP 1.6 sections 3.5, 5.10, 5.15, 6.41; errata v4.0 section 3.52)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from probes.station.authorisation import Cache, IdTagInfo, LocalList, Verdict, info_of, offline_verdict, online_verdict
from tests.probes.doubles import BEGINNING

ACCEPTED = {"status": "Accepted"}


def entry(id_tag: str, info: dict[str, Any] | None = ACCEPTED) -> dict[str, Any]:
    return {"id_tag": id_tag} if info is None else {"id_tag": id_tag, "id_tag_info": info}


def updated(*steps: tuple[int, str, list[dict[str, Any]]], most: int | None = 3, at_once: int | None = 2) -> tuple[list[str], LocalList]:
    listed = LocalList()
    return [str(listed.update(*step, most=most, most_at_once=at_once)) for step in steps], listed


def test_full_then_differential() -> None:
    statuses, listed = updated(
        (2, "Full", [entry("A"), entry("B")]),
        (5, "Differential", [entry("a", None), entry("C", {"status": "Blocked", "parent_id_tag": "P"})]),
    )
    assert statuses == ["Accepted", "Accepted"]
    assert (listed.version, listed.find("A"), listed.find("b")) == (5, None, IdTagInfo("Accepted"))
    assert listed.find("c") == IdTagInfo("Blocked", parent="P")


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ((2, "Differential", [entry("C")]), "VersionMismatch"),
        ((1, "Differential", [entry("C")]), "VersionMismatch"),
        ((1, "Full", [entry("C")]), "Accepted"),
        ((3, "Differential", []), "Accepted"),
        ((0, "Full", [entry("C")]), "Failed"),
        ((-1, "Full", [entry("C")]), "Failed"),
        ((3, "Full", [entry("C", None)]), "Failed"),
        ((3, "Full", [entry("C"), entry("c")]), "Failed"),
        ((3, "Full", [entry("C"), entry("D"), entry("E")]), "Failed"),
        ((3, "Differential", [entry("C"), entry("D")]), "Failed"),
        ((3, "Differential", [entry("C"), entry("A", None)]), "Accepted"),
    ],
)
def test_updates_of_a_list_with_two_of_at_most_three(step: tuple[int, str, list[dict[str, Any]]], status: str) -> None:
    (_, last), listed = updated((2, "Full", [entry("A"), entry("B")]), step)
    assert last == status
    if status != "Accepted":
        assert (listed.version, listed.find("A"), listed.find("C")) == (2, IdTagInfo("Accepted"), None)


def test_an_empty_list_has_version_nought_and_still_remembers_its_own() -> None:
    statuses, listed = updated((7, "Full", []), (7, "Differential", [entry("A")]), (8, "Differential", [entry("A")]))
    assert (statuses, listed.version) == (["Accepted", "VersionMismatch", "Accepted"], 8)
    assert LocalList().version == 0


def test_a_list_outlasts_the_process() -> None:
    _, listed = updated((2, "Full", [entry("A", {"status": "Accepted", "expiry_date": "2026-01-02T00:00:00Z", "parent_id_tag": "P"})]))
    again = LocalList(listed.as_json())
    assert (again.version, again.find("A")) == (2, IdTagInfo("Accepted", BEGINNING + timedelta(days=1), "P"))


def test_what_was_valid_expires_and_what_was_blocked_stays_so() -> None:
    info = IdTagInfo("Accepted", BEGINNING + timedelta(seconds=10))
    assert (info.at(BEGINNING + timedelta(seconds=9)), info.at(BEGINNING + timedelta(seconds=10))) == ("Accepted", "Expired")
    assert IdTagInfo("Blocked", BEGINNING).at(BEGINNING) == "Blocked"


def test_a_full_cache_drops_what_is_not_valid_and_then_the_oldest() -> None:
    cache = Cache(limit=3)
    for tag, status in (("A", "Accepted"), ("B", "Blocked"), ("C", "Accepted"), ("D", "Accepted")):
        cache.update(tag, IdTagInfo(status), BEGINNING)
    assert [tag for tag in "ABCD" if cache.find(tag)] == ["A", "C", "D"]
    cache.update("a", IdTagInfo("Accepted"), BEGINNING)
    cache.update("E", IdTagInfo("Invalid"), BEGINNING)
    assert [tag for tag in "ABCDE" if cache.find(tag)] == ["A", "D", "E"]
    assert Cache(cache.as_json()).find("e") == IdTagInfo("Invalid")
    cache.clear()
    assert cache.find("A") is None


VALID, BLOCKED = IdTagInfo("Accepted"), IdTagInfo("Blocked")
OVER = IdTagInfo("Accepted", BEGINNING)


@pytest.mark.parametrize(
    ("known", "pre_authorize", "verdict"),
    [
        (VALID, True, Verdict.ACCEPT),
        (VALID, False, Verdict.ASK),
        (BLOCKED, True, Verdict.ASK),
        (OVER, True, Verdict.ASK),
        (None, True, Verdict.ASK),
    ],
)
def test_online(known: IdTagInfo | None, pre_authorize: bool, verdict: Verdict) -> None:
    assert online_verdict(known, BEGINNING, pre_authorize=pre_authorize) is verdict


@pytest.mark.parametrize(
    ("known", "authorize_offline", "allow_unknown", "verdict"),
    [
        (VALID, True, False, Verdict.ACCEPT),
        (VALID, False, False, Verdict.REFUSE),
        (VALID, False, True, Verdict.REFUSE),
        (BLOCKED, True, True, Verdict.REFUSE),
        (OVER, True, True, Verdict.REFUSE),
        (None, True, True, Verdict.ACCEPT),
        (None, False, True, Verdict.ACCEPT),
        (None, True, False, Verdict.REFUSE),
    ],
)
def test_offline(known: IdTagInfo | None, authorize_offline: bool, allow_unknown: bool, verdict: Verdict) -> None:
    assert offline_verdict(known, BEGINNING, authorize_offline=authorize_offline, allow_unknown=allow_unknown) is verdict


def test_what_the_csms_tells_in_either_spelling() -> None:
    told = {"status": "Accepted", "parentIdTag": "P", "expiryDate": "2026-01-01T01:00:00+01:00"}
    assert info_of(told) == info_of({"status": "Accepted", "parent_id_tag": "P", "expiry_date": "2026-01-01T00:00:00.000Z"})
    assert info_of(told) == IdTagInfo("Accepted", BEGINNING, "P")
    assert [info_of(broken) for broken in (None, {}, {"status": 1}, "Accepted")] == [None] * 4
    assert info_of({"status": "Blocked", "expiryDate": "soon", "parentIdTag": 5}) == IdTagInfo("Blocked")
