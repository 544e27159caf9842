"""Whole audits of the built-in CSMS in which it is asked to send what a case is about: by a program, by a person, and by nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from probes.adaptors.base import Asked, Ended
from probes.adaptors.builtin import BuiltinAdaptor
from probes.adaptors.operation import Operation
from probes.central.tags import TagState
from probes.csms.csms import Csms
from tests.central_matrix import CERTIFICATES, TRIED_WITH, Fault, certificate, faults
from tests.probes.central.people import Choice, as_told, cannot, otherwise, person
from tests.probes.central.rig import BLOCKED, TAGS, Audited, audit
from tests.sampling import sampled

NUMBERS = (
    "061 010 011_1 011_2 012 013 014 017_1 017_2 018_1 019_1 019_2 021 026 028 030 031 040_1 040_2 042_1 042_2 043_1 043_3 043_4 043_5 "
    "044_1 044_2 044_3 045_1 045_2 046 047 048_1 048_2 048_3 048_4 049 051 052 053 054 055 056 057 059 066 067"
)
ASKED = tuple(f"TC_{number}_CSMS" for number in NUMBERS.split())
"""The cases for which the central system must be asked to send something, those of the security extension apart."""

PROFILES = {
    "Firmware Management": ("044", "045"),
    "Smart Charging": ("056", "057", "059", "066", "067"),
    "Reservation": ("046", "047", "048", "049", "051", "052", "053"),
    "Local Authorization List Management": ("042", "043"),
    "Remote Trigger": ("054", "055"),
}
"""The cases of each feature profile beside Core, by how their numbers begin."""


def names_of(numbers: tuple[str, ...]) -> set[str]:
    """The cases whose numbers begin so."""
    return {case for case in ASKED if case.removeprefix("TC_").startswith(numbers)}


def named(audited: Audited) -> list[tuple[str, str]]:
    """The findings that are more than a note: severity and rule."""
    return [(each["severity"], each["rule"]) for each in audited.report["findings"] if each["severity"] != "note"]


# --- a program has it sent


@pytest.mark.parametrize("number", CERTIFICATES)
def test_a_clean_twin_passes_all_of_them(number: str) -> None:
    audited = audit(certificate(number), cases=ASKED)
    assert audited.outcomes == dict.fromkeys(ASKED, "pass")
    assert named(audited) == []
    assert audited.report["verdict"] == "conformant"
    assert {row["profile"]: row["verdict"] for row in audited.report["profiles"]} == dict.fromkeys(("Core", *PROFILES), "verified")


def test_one_with_the_security_extension_does_as_well() -> None:
    """Its stations take signed firmware only; the one that is updated without a signature is another one."""
    audited = audit(certificate(TRIED_WITH, security=True), cases=ASKED)
    assert audited.outcomes == dict.fromkeys(ASKED, "pass")


FOUND = [fault for fault in faults() if fault.found_by and set(fault.found_by) <= set(ASKED)]


@pytest.mark.parametrize("fault", sampled(FOUND, 5, "name"))
def test_each_fault_is_found_by_its_cases_alone(fault: Fault) -> None:
    """And no other case comes to another end."""
    outcomes = audit(certificate(TRIED_WITH), cases=ASKED, faults=[fault.name]).outcomes
    found = set(fault.found_by or ()) & set(ASKED)
    assert outcomes == dict.fromkeys(ASKED, "pass") | dict.fromkeys(found, "fail")


def test_every_fault_of_what_is_sent_is_tried() -> None:
    sent = ("remote-", "reset-", "unlock-", "configuration-", "local-list-", "reserve-", "charging-profile-", "trigger-")
    assert {fault.name for fault in faults() if fault.name.startswith(sent)} <= {fault.name for fault in FOUND} | set(REMARKED)
    assert len(FOUND) >= 30


REMARKED = ("reserve-expiry-without-offset", "update-firmware-date-without-offset")
"""What the specification allows: ISO 8601 knows dates without a zone (1.6 3.14, 3.15)."""


@pytest.mark.parametrize("name", REMARKED)
def test_a_date_without_its_zone_is_remarked_and_fails_nobody(name: str) -> None:
    audited = audit(certificate(TRIED_WITH), cases=["TC_046", "TC_044_1"], faults=[name])
    assert nothing_failed(audited)
    assert sorted(audited.outcomes.values()) == ["partial", "pass"]
    assert "central-call-follows-schema" in {each["rule"] for each in audited.report["findings"]}


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_profile_that_is_not_certified_is_not_asked_for(profile: str) -> None:
    facts = certificate(TRIED_WITH)
    facts = replace(facts, profiles={**(facts.profiles or {}), profile: "N/A"})
    audited = audit(facts, cases=ASKED)
    without = names_of(PROFILES[profile])
    assert audited.outcomes == dict.fromkeys(ASKED, "pass") | dict.fromkeys(without, "not applicable")
    assert all("the certificate does not have the feature profile" in audited.reasons[case] for case in without)
    assert named(audited) == []


# --- nobody, and persons


def nothing_failed(audited: Audited) -> bool:
    """Whether the central system is accused of nothing at all."""
    return not audited.failed and not audited.errors


def test_a_command_that_nobody_sent_fails_nobody() -> None:
    audited = audit(certificate(TRIED_WITH), cases=ASKED, drives=False)
    assert nothing_failed(audited)
    assert "pass" not in audited.outcomes.values()
    reasons = {each["id"]: each["reason"] for each in audited.report["not_exercised"]} | audited.reasons
    assert all("there is no way to ask it to" in reasons[case] for case in ASKED)


def test_a_person_who_does_as_told_passes_everything() -> None:
    audited = audit(certificate(TRIED_WITH), cases=ASKED, adaptor_of=person(as_told))
    assert audited.outcomes == dict.fromkeys(ASKED, "pass")


@pytest.mark.parametrize("choice", [otherwise, cannot], ids=["chooses otherwise", "cannot"])
def test_whatever_a_person_does_fails_nobody(choice: Choice) -> None:
    audited = audit(certificate(TRIED_WITH), cases=ASKED, adaptor_of=person(choice))
    assert nothing_failed(audited)
    assert audited.report["verdict"] != "deviates"
    assert list(audited.outcomes.values()).count("partial") >= 10


def test_of_a_kind_that_came_wrong_once_what_never_came_again_does_not_fail() -> None:
    done: list[str] = []

    def once(action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        done.append(action)
        return payload if done.count(action) == 1 else None

    audited = audit(certificate(TRIED_WITH), cases=ASKED, adaptor_of=person(once), faults=["remote-start-without-tag"])
    assert audited.failed == {"TC_010_CSMS"}


def test_faults_are_found_through_a_person_too_where_no_choice_explains_them() -> None:
    audited = audit(certificate(TRIED_WITH), cases=ASKED, adaptor_of=person(as_told), faults=["remote-start-without-tag"])
    assert audited.failed == names_of(("010", "011", "026", "059"))


@pytest.mark.parametrize("tags", [(), ((TAGS[0][0], BLOCKED),)], ids=["none", "one that is not valid"])
def test_without_a_valid_tag_nothing_fails_but_what_was_said_of_it(tags: tuple[tuple[TagState, str], ...]) -> None:
    """A tag that is said to be valid, and is blocked there, is what the audit was told wrongly: that shows as what the tag is."""
    audited = audit(certificate(TRIED_WITH), cases=ASKED, tags=tags)
    remote = names_of(("010", "011", "059"))
    assert audited.failed == (remote if tags else set())


class Meddling(BuiltinAdaptor):
    """A program beside which the central system once sends something else of the same kind by itself: before what is asked for, or in its
    place.
    """

    def __init__(self, csms: Csms) -> None:
        super().__init__(csms)
        self._itself = csms
        self._meddled: set[str] = set()

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """What it sends by itself comes first, and where a key is to be set alone."""
        if operation.action in self._meddled or operation.action not in {"SetChargingProfile", "ChangeConfiguration"}:
            return await super().ask(station, operation, seconds)
        self._meddled.add(operation.action)
        own = self._itself.operations(station)
        if operation.action == "ChangeConfiguration":
            await own.change_configuration("HeartbeatInterval", "600")
            return Asked(Ended.ASKED)
        await own.set_charging_profile(0, {**operation.payload()["csChargingProfiles"], "chargingProfileId": 99, "stackLevel": 0})
        return await super().ask(station, operation, seconds)


def test_what_a_central_system_sends_by_itself_in_between_accuses_it_of_nothing() -> None:
    cases = ("TC_021_CSMS", "TC_056_CSMS", "TC_057_CSMS")
    audited = audit(certificate(TRIED_WITH), cases=cases, adaptor_of=Meddling)
    assert audited.outcomes == dict.fromkeys(cases, "pass")
    assert nothing_failed(audited)


class Provisioning(BuiltinAdaptor):
    """A central system that sets keys of every station as it likes."""

    def __init__(self, csms: Csms) -> None:
        super().__init__(csms)
        self._itself = csms

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """First the keys."""
        for key in ("AuthorizeRemoteTxRequests", "StopTransactionOnEVSideDisconnect"):
            await self._itself.operations(station).change_configuration(key, "false")
        return await super().ask(station, operation, seconds)


def test_keys_that_a_central_system_sets_keep_no_case_from_its_end_and_no_transaction_from_its() -> None:
    cases = ("TC_010_CSMS", "TC_011_1_CSMS", "TC_012_CSMS", "TC_057_CSMS")
    audited = audit(certificate(TRIED_WITH), cases=cases, adaptor_of=Provisioning)
    assert audited.outcomes == dict.fromkeys(cases, "pass")
    assert named(audited) == []
    assert [transaction for state in audited.csms.states for transaction in state.open_transactions()] == []


class Sluggish(BuiltinAdaptor):
    """A central system that sends what it is asked for long after it has said that it will."""

    late = 0.0

    def __init__(self, csms: Csms) -> None:
        super().__init__(csms)
        self._waiting: set[asyncio.Task[Asked]] = set()

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """It will."""
        self._waiting.add(asyncio.create_task(self._later(station, operation, seconds)))
        return Asked(Ended.ASKED)

    async def _later(self, station: str, operation: Operation, seconds: float) -> Asked:
        await asyncio.sleep(self.late)
        return await super().ask(station, operation, seconds)

    async def close(self) -> None:
        """What has not been sent by now never is."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        await super().close()


@pytest.mark.parametrize("seconds", sampled([47, 20, 100, 300], 4))
def test_what_comes_so_late_that_something_else_is_asked_for_by_then_fails_nobody(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sluggish, "late", float(seconds))
    audited = audit(certificate(TRIED_WITH), cases=ASKED, adaptor_of=Sluggish)
    assert nothing_failed(audited)
    assert ("partial" in audited.outcomes.values()) is (seconds > 30)


# --- what is left behind


@pytest.mark.parametrize("case", ["TC_043_4_CSMS", "TC_048_3_CSMS", "TC_049_CSMS", "TC_056_CSMS"])
def test_what_a_case_has_the_station_hold_is_let_go_of(case: str) -> None:
    """By the central system, where a program has it do so; what a person would have to be asked for is told."""
    audited = audit(certificate(TRIED_WITH), cases=[case])
    assert named(audited) == []
    state = next(iter(audited.csms.states))
    assert (state.reservations, state.charging_profiles) == ({}, {})
    by_hand = audit(certificate(TRIED_WITH), cases=[case], adaptor_of=person(as_told))
    assert named(by_hand) == [("warning", "not-restored")]


def test_every_transaction_has_its_end() -> None:
    audited = audit(certificate(TRIED_WITH), cases=ASKED)
    assert [transaction for state in audited.csms.states for transaction in state.open_transactions()] == []
