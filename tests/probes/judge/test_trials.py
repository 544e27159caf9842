"""What is tried beside the cases, judged over hand-written talks: above all who must not be accused."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from probes.judge.catalogue import DATA, obligations
from probes.judge.outcomes import Judgement, Outcome
from probes.judge.rules.malformed import UNKNOWN_ACTION
from probes.judge.rules.trust import LEFT, NO_CERTIFICATE, SHOWN, UNTRUSTED
from probes.judge.trials import TrialOutcome, judge_trial, trial_catalogue
from probes.judge.verdicts import CaseRun
from probes.wire.records import EventKind
from registry.certificates.facts import CertificateFacts
from tests.probes.judge.talk import Talk, certificate, idle_station

VENDOR = {"vendorId": ["probe"]}
SMART = certificate(profiles={"Core": "Pass", "Smart Charging": "Pass"}, errata="v4.0 Release, 2019-10-23")
SECURED = certificate(profiles={"Core": "Pass", "Security": "Pass"})


def only(talk: Talk, obligation: str, facts: CertificateFacts | None = None) -> tuple[Outcome, str | None]:
    """The one judgement of this obligation: outcome and severity."""
    (judgement,) = talk.judged(obligation, facts)
    return judgement.outcome, None if judgement.severity is None else str(judgement.severity)


def none_fails(judgements: list[Judgement]) -> bool:
    return all(judgement.outcome is not Outcome.FAILED for judgement in judgements)


# --- the catalogue


def test_the_catalogue_follows_its_schema_and_looks_for_obligations_that_there_are() -> None:
    schema = json.loads((DATA.parent / "schemas" / "trials.json").read_text(encoding="utf-8"))
    document = json.loads((DATA / "trials.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert [str(error) for error in validator.iter_errors(document)] == []
    assert not validator.is_valid(document | {"trials": [document["trials"][0] | {"tiers": []}]})
    assert {name for facts in trial_catalogue().values() for name in facts.obligations} <= set(obligations())


def test_a_trial_changes_the_outcome_of_no_case() -> None:
    of_no_case = {"unknown-action-is-refused", "missing-field-is-refused", "wrong-type-is-refused", "malformed-call-ends-nothing"}
    of_no_case |= {"charging-profile-outlasts-restart", "untrusted-central-system-is-left", "signing-certificate-is-checked"}
    assert {name for name in of_no_case if obligations()[name].cases or obligations()[name].when_seen} == set()


# --- calls that cannot be understood


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("NotImplemented", (Outcome.PASSED, None)),
        ("NotSupported", (Outcome.PASSED, "note")),
        ("InternalError", (Outcome.PASSED, "note")),
        ("SomethingElse", (Outcome.PASSED, "note")),
        ({"status": "Accepted"}, (Outcome.FAILED, "warning")),
    ],
)
def test_an_unknown_action(answer: str | dict[str, str], outcome: tuple[Outcome, str | None]) -> None:
    talk = idle_station()
    talk.asks(UNKNOWN_ACTION, {}, answer)
    assert only(talk, "unknown-action-is-refused") == outcome


def test_an_action_that_both_ends_know_accuses_nobody() -> None:
    talk = idle_station()
    talk.asks("VendorsOwn", {}, {"status": "Accepted"})
    assert talk.judged("unknown-action-is-refused") == []


def test_an_unknown_action_that_is_not_answered_is_a_warning_and_a_known_one_an_error() -> None:
    for action, payload, severity in ((UNKNOWN_ACTION, {}, "warning"), ("DataTransfer", VENDOR, "warning"), ("ClearCache", {}, "error")):
        talk = idle_station()
        talk.asks(action, payload, None)
        talk.now += 60
        talk.reports(1)
        assert str(talk.judged("call-is-answered")[-1].severity) == severity


@pytest.mark.parametrize(
    ("payload", "answer", "missing", "wrong"),
    [
        ({}, "OccurenceConstraintViolation", (Outcome.PASSED, None), None),
        ({}, "OccurrenceConstraintViolation", (Outcome.PASSED, None), None),
        ({}, "InternalError", (Outcome.PASSED, "note"), None),
        ({}, {"status": "Rejected"}, (Outcome.PASSED, None), None),
        ({}, {"status": "UnknownVendorId"}, (Outcome.PASSED, None), None),
        ({}, {"status": "Accepted"}, (Outcome.FAILED, "warning"), None),
        (VENDOR, "TypeConstraintViolation", None, (Outcome.PASSED, None)),
        (VENDOR, "InternalError", None, (Outcome.PASSED, "note")),
        (VENDOR, {"status": "UnknownVendorId"}, None, (Outcome.PASSED, None)),
        (VENDOR, {"status": "Accepted"}, None, (Outcome.FAILED, "warning")),
        # Many read a number as a text, and nobody is harmed by that.
        ({"vendorId": 5}, {"status": "Accepted"}, None, None),
        ({"vendorId": "probe"}, {"status": "Accepted"}, None, None),
    ],
)
def test_a_malformed_call(payload: dict[str, Any], answer: Any, missing: object, wrong: object) -> None:
    talk = idle_station()
    talk.asks("DataTransfer", payload, answer)
    for obligation, outcome in (("missing-field-is-refused", missing), ("wrong-type-is-refused", wrong)):
        if outcome is None:
            assert talk.judged(obligation) == []
        else:
            assert only(talk, obligation) == outcome


def ended(times: int, seconds: float = 0.1, *, answered: bool = False) -> Talk:
    """A station whose connection ends after an unknown action, so many times and so soon."""
    talk = idle_station()
    for _ in range(times):
        talk.asks(UNKNOWN_ACTION, {}, "NotImplemented" if answered else None)
        talk.now += seconds
        talk.event(EventKind.CLOSE, {"code": 1006}).event()
        talk.reports(1)
    return talk


def test_a_connection_that_ends_twice_right_after_such_a_call_is_told_and_once_is_a_note() -> None:
    assert [str(each.severity) for each in ended(2).judged("malformed-call-ends-nothing") if each.outcome is Outcome.FAILED] == ["warning"]
    assert only(ended(1), "malformed-call-ends-nothing") == (Outcome.NOT_EXERCISED, "note")


@pytest.mark.parametrize("talk", [ended(3, 30.0), ended(3, answered=True), idle_station()])
def test_a_connection_that_ends_later_or_after_the_answer_accuses_nobody(talk: Talk) -> None:
    assert none_fails(talk.judged("malformed-call-ends-nothing"))


# --- charging profiles over a restart


def _profile(number: int, **more: Any) -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]} | more.pop("schedule", {})
    told = {"chargingProfileId": number, "stackLevel": 5, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative"}
    return {"connectorId": 1, "csChargingProfiles": told | {"chargingSchedule": schedule} | more}


def restarted(answer: str, *, knows: str = "Accepted", between: bool = False, **more: Any) -> Talk:
    """One profile is set and cleared, another set; then comes a restart, and it is cleared."""
    talk = idle_station()
    talk.asks("SetChargingProfile", _profile(1), {"status": "Accepted"})
    talk.asks("ClearChargingProfile", {"id": 1}, {"status": knows})
    talk.asks("SetChargingProfile", _profile(2, **more), {"status": "Accepted"})
    if between:
        talk.asks("SetChargingProfile", _profile(3), {"status": "Accepted"})
    talk.asks("Reset", {"type": "Hard"}, {"status": "Accepted"})
    talk.event(EventKind.CLOSE).event()
    talk.boots()
    talk.asks("ClearChargingProfile", {"id": 2}, {"status": answer})
    return talk


def test_a_profile_that_is_gone_after_a_restart_is_an_error_and_a_note_by_an_older_sheet() -> None:
    assert only(restarted("Unknown"), "charging-profile-outlasts-restart", SMART) == (Outcome.FAILED, "error")
    for errata in ("v3.0 Release, 2017-01-01", None):
        older = certificate(profiles=SMART.profiles, errata=errata)
        assert only(restarted("Unknown"), "charging-profile-outlasts-restart", older) == (Outcome.FAILED, "note")
    assert only(restarted("Accepted"), "charging-profile-outlasts-restart", SMART) == (Outcome.PASSED, None)


@pytest.mark.parametrize(
    "talk",
    [
        restarted("Unknown", knows="Unknown"),
        restarted("Unknown", between=True),
        restarted("Unknown", validTo="2026-01-02T00:00:00Z"),
        restarted("Unknown", chargingProfilePurpose="TxProfile", transactionId=1),
        restarted("Unknown", schedule={"duration": 60}),
        restarted("Unknown", chargingProfileKind="Absolute", schedule={"startSchedule": "2026-01-01T00:00:00Z", "duration": 60}),
    ],
    ids=["clears no profile by its id", "another came in its place", "ends by itself", "of a transaction", "has an end", "is over"],
)
def test_a_profile_that_may_have_ended_otherwise_accuses_nobody(talk: Talk) -> None:
    assert none_fails(talk.judged("charging-profile-outlasts-restart", SMART))


def test_nothing_is_said_of_profiles_without_a_restart_or_without_the_certificate() -> None:
    talk = idle_station()
    talk.asks("SetChargingProfile", _profile(1), {"status": "Accepted"})
    talk.asks("ClearChargingProfile", {"id": 1}, {"status": "Unknown"})
    assert talk.judged("charging-profile-outlasts-restart", SMART) == []
    assert restarted("Unknown").judged("charging-profile-outlasts-restart") == []


# --- trust


def test_who_goes_on_with_an_untrusted_central_system_is_accused_and_who_leaves_it_is_not() -> None:
    for kind, detail, outcome in (
        (EventKind.HANDSHAKE_REFUSED, {SHOWN: UNTRUSTED, "tls": {"version": "TLSv1.3"}}, Outcome.FAILED),
        (EventKind.OPEN, {SHOWN: UNTRUSTED, "tls": {"version": "TLSv1.2"}}, Outcome.FAILED),
        (EventKind.AUDIT, {SHOWN: UNTRUSTED, LEFT: 2}, Outcome.PASSED),
    ):
        talk = idle_station().event(kind, detail)
        talk.reports(1)
        assert only(talk, "untrusted-central-system-is-left", SECURED)[0] is outcome


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (EventKind.HANDSHAKE_REFUSED, {SHOWN: UNTRUSTED, "tls": {"version": "TLSv1.3", "resumed": True}}),
        (EventKind.HANDSHAKE_REFUSED, {"tls": {"version": "TLSv1.3"}}),
        (EventKind.OPEN, {"tls": {"version": "TLSv1.3"}}),
        (EventKind.AUDIT, {SHOWN: UNTRUSTED, LEFT: 0}),
    ],
    ids=["an earlier session", "the right certificate", "let in", "nobody came"],
)
def test_who_was_shown_no_untrusted_certificate_is_not_accused(kind: EventKind, detail: dict[str, Any]) -> None:
    talk = idle_station().event(kind, detail)
    talk.reports(1)
    assert talk.judged("untrusted-central-system-is-left", SECURED) == []


@pytest.mark.parametrize(
    ("certificate_sent", "answer", "outcome"),
    [
        (NO_CERTIFICATE, {"status": "Accepted"}, Outcome.FAILED),
        (NO_CERTIFICATE, {"status": "InvalidCertificate"}, Outcome.PASSED),
        (NO_CERTIFICATE, {"status": "Rejected"}, Outcome.PASSED),
        (NO_CERTIFICATE, "FormationViolation", Outcome.PASSED),
        # Written in a way that is not read here, or signed by whom the maker trusts: not ours to say.
        ("MIIB", {"status": "Accepted"}, None),
    ],
)
def test_a_signing_certificate(certificate_sent: str, answer: Any, outcome: Outcome | None) -> None:
    talk = idle_station()
    firmware = {"location": "http://host.example/x", "retrieveDateTime": "2026-01-01T00:00:00Z", "signature": "x"}
    talk.asks("SignedUpdateFirmware", {"requestId": 1, "firmware": firmware | {"signingCertificate": certificate_sent}}, answer)
    assert [each.outcome for each in talk.judged("signing-certificate-is-checked", SECURED)] == ([outcome] if outcome else [])


def test_the_password_in_a_message_is_a_warning_and_asterisks_are_none() -> None:
    talk = idle_station()
    talk.boots(chargeBoxSerialNumber="password:****************")
    assert only(talk, "password-stays-secret") == (Outcome.FAILED, "warning")
    talk = idle_station()
    talk.boots(chargeBoxSerialNumber="*************************")
    assert talk.judged("password-stays-secret") == []


# --- what is right is seen as well


def told_at(hours: int, zone: str, count: int = 4) -> Talk:
    """A station that tells its times so many hours ahead of the central system's."""
    talk = idle_station()
    for _ in range(count):
        day, clock = talk.stamp()[:10], int(talk.stamp()[11:13]) + hours
        payload = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
        talk.tells("StatusNotification", payload | {"timestamp": f"{day}T{clock:02}{talk.stamp()[13:19]}{zone}"})
    return talk


def test_a_time_without_its_zone_is_a_warning_only_where_it_is_not_utc() -> None:
    assert only(told_at(2, ""), "local-time-tells-its-zone") == (Outcome.FAILED, "warning")
    assert only(told_at(0, ""), "local-time-tells-its-zone") == (Outcome.PASSED, "note")
    assert told_at(2, "+02:00").judged("local-time-tells-its-zone") == []
    assert told_at(2, "", count=2).judged("local-time-tells-its-zone") == []


# --- outcomes


def test_a_trial_is_judged_by_its_obligations_in_its_window() -> None:
    talk = idle_station()
    first = len(talk.records) + 1
    talk.asks(UNKNOWN_ACTION, {}, "NotImplemented")
    judged = talk.judged()
    run = CaseRun("unknown-action", "Core", first, len(talk.records))
    assert judge_trial(run, judged).outcome is TrialOutcome.PASSED
    skipped = judge_trial(CaseRun("unknown-action", "Core", first, first + 1, skipped="not now", watched=True), judged)
    assert (skipped.outcome, skipped.reason, skipped.checks) == (TrialOutcome.NOT_EXERCISED, "not now", ())
    stopped = judge_trial(CaseRun("missing-field", "Core", first, first + 1, stopped="no answer"), judged)
    assert (stopped.outcome, stopped.reason) == (TrialOutcome.ERROR, "no answer")
