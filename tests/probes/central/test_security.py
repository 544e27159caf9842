"""Whole audits of the built-in CSMS with the security extension: on plain connections, with passwords, over TLS, with certificates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from probes.central.catalogue import central_cases
from tests.central_matrix import CERTIFICATES, FURTHER, WITH_CERTIFICATES, Fault, certificate, faults
from tests.probes.audits.secured import KEY
from tests.probes.central.people import Choice, as_told, cannot, otherwise, person
from tests.probes.central.rig import Audited, audit
from tests.sampling import sampled

CASES = tuple(sorted(facts.id for facts in central_cases().values() if facts.profile == "Security"))

MESSAGES = {f"TC_{number}_CSMS" for number in ("075_1", "075_2", "076", "078", "079", "080", "081")}
"""Cases of messages alone, for which a plain connection does."""

WITH_PASSWORD = {"TC_073_CSMS", "TC_083_CSMS", "TC_085_CSMS"}
PASSED = {
    0: MESSAGES,
    1: MESSAGES | WITH_PASSWORD,
    2: MESSAGES | WITH_PASSWORD | {"TC_086_CSMS"},
    3: MESSAGES | {"TC_074_CSMS", "TC_077_CSMS", "TC_086_CSMS", "TC_087_CSMS"},
}
"""What is passed with each security profile; nothing else takes place."""

SECURITY = [fault for fault in faults() if fault.profile == "Security"]


def audited(profile: int, *wrong: str, number: str = CERTIFICATES[2], cases: Sequence[str] = CASES, **options: Any) -> Audited:
    options = {"further": FURTHER[profile], "also": ()} | options
    return audit(certificate(number, security=True), profile=profile, faults=wrong, cases=["TC_001_CSMS", *cases], **options)


def of_security(done: Audited) -> dict[str, str]:
    return {case: outcome for case, outcome in done.outcomes.items() if case in CASES}


def errors(done: Audited) -> list[dict[str, Any]]:
    return [finding for finding in done.report["findings"] if finding["severity"] == "error"]


def test_every_case_of_the_extension_is_carried_out() -> None:
    assert set(CASES) == set().union(*PASSED.values())
    assert len(CASES) == 14


@pytest.mark.parametrize("number", sampled(CERTIFICATES, 4))
@pytest.mark.parametrize("profile", PASSED)
def test_a_twin_passes_what_its_connection_can_show(profile: int, number: str) -> None:
    done = audited(profile, number=number)
    assert of_security(done) == dict.fromkeys(PASSED[profile], "pass")
    assert done.report["verdict"] == "conformant"
    assert {finding["rule"] for finding in done.report["findings"] if finding["severity"] != "note"} <= {"not-restored"}


def test_without_tls_nothing_of_it_is_verified_and_it_is_said_what_to_give() -> None:
    report = audited(0).report
    told = {each["id"]: each["reason"] for each in report["not_exercised"]}
    assert "--security-profile 2 with --password-file and --ca, and a wss:// address" in told["TC_086_CSMS"]
    assert "--security-profile 3 with --cert, --key and --ca" in told["TC_087_CSMS"]
    assert "--security-profile 1 and --password-file" in told["TC_085_CSMS"]
    assert {row["profile"]: row["verdict"] for row in report["profiles"]}["Security"] == "not exercised"
    assert {row["profile"]: row["verdict"] for row in audited(1).report["profiles"]}["Security"] == "verified"


def test_a_product_that_is_not_certified_for_it_is_not_held_to_it() -> None:
    done = audit(certificate(CERTIFICATES[2]), cases=CASES, also=())
    assert set(done.outcomes.values()) <= {"not applicable"}


@pytest.mark.parametrize("fault", sampled(SECURITY, 3, "name"))
def test_each_fault_is_found_by_its_cases_and_changes_no_other(fault: Fault) -> None:
    profile = 3 if fault.name in WITH_CERTIFICATES else 2
    done = audited(profile, fault.name)
    assert {case for case, outcome in of_security(done).items() if outcome == "fail"} == set(fault.found_by)
    assert set(fault.found_by_check) <= {finding["rule"] for finding in done.report["findings"]}
    if fault.name.endswith("alone-served"):
        # Our station does not come in at all.
        return
    expected = dict.fromkeys(PASSED[profile], "pass") | dict.fromkeys(fault.found_by, "fail")
    assert of_security(done) == expected


@pytest.mark.parametrize("choice", [as_told, cannot, otherwise])
@pytest.mark.parametrize("profile", [2, 3])
def test_whatever_a_person_chooses_accuses_nobody(profile: int, choice: Choice) -> None:
    done = audited(profile, adaptor_of=person(choice))
    assert errors(done) == []
    if choice is as_told:
        assert of_security(done) == dict.fromkeys(PASSED[profile], "pass")


@pytest.mark.parametrize("profile", [1, 2, 3])
def test_nobody_is_failed_for_what_nobody_sent(profile: int) -> None:
    done = audited(profile, drives=False)
    assert errors(done) == []
    assert of_security(done) == {case: "pass" for case in PASSED[profile] if case in {"TC_085_CSMS", "TC_086_CSMS", "TC_087_CSMS"}}


@pytest.mark.parametrize(("kind", "missing"), [("EC", "RSA"), ("RSA", "ECDSA")])
def test_a_door_with_one_certificate_is_left_open_with_a_warning(kind: str, missing: str) -> None:
    done = audited(2, cases=["TC_086_CSMS"], kinds=(kind,))
    assert done.outcomes["TC_086_CSMS"] == "partial"
    assert errors(done) == []
    assert {finding["subject"] for finding in done.report["findings"]} == {f"TLS/{missing} suites"}


def test_the_password_is_set_back_and_stands_nowhere(tmp_path: Path) -> None:
    done = audited(2, cases=["TC_073_CSMS"], directory=tmp_path)
    assert done.outcomes["TC_073_CSMS"] == "pass"
    assert not [finding for finding in done.report["findings"] if finding["rule"] == "not-restored"]
    assert list(tmp_path.glob("password-*")) == []
    told = json.dumps(done.report) + Path(done.report["transcript"]["path"]).read_text(encoding="utf-8")
    assert KEY not in told


def test_a_password_that_cannot_be_set_back_is_kept_in_a_file_of_its_owner(tmp_path: Path) -> None:
    asked: list[str] = []

    def once(action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        asked.append(action)
        return payload if asked.count("ChangeConfiguration") == 1 else None

    done = audited(2, cases=["TC_073_CSMS"], directory=tmp_path, adaptor_of=person(once))
    kept = next(tmp_path.glob("password-*"))
    assert kept.stat().st_mode & 0o077 == 0
    password = kept.read_text(encoding="ascii").strip()
    assert password not in {"", KEY}
    left = [finding["message"] for finding in done.report["findings"] if finding["rule"] == "not-restored"]
    assert left == [f"the password of our station CP1 there is now the one that stands in {kept}"]
    assert password not in json.dumps(done.report) + Path(done.report["transcript"]["path"]).read_text(encoding="utf-8")


def test_what_cannot_be_undone_is_told() -> None:
    raised = audited(2, cases=["TC_083_CSMS"]).report["findings"]
    assert [each["message"] for each in raised if each["rule"] == "not-restored"] == [
        "our station CP1 comes with security profile 3 from now on, which cannot be lowered over OCPP"
    ]
    signed = audited(3, cases=["TC_074_CSMS"]).report["findings"]
    assert next(each["message"].rpartition(" ")[0] for each in signed if each["rule"] == "not-restored").endswith(
        "for our station counts until"
    )


def test_the_security_profile_is_not_raised_where_no_door_is_named() -> None:
    done = audited(2, cases=["TC_083_CSMS"], further=())
    assert "TC_083_CSMS" not in done.outcomes
    assert next(each["reason"] for each in done.report["not_exercised"] if each["id"] == "TC_083_CSMS").startswith(
        "needs an endpoint for security profile 3; give --door 3=URL"
    )
