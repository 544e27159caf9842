"""Whole audits with the cases of the security extension: over plain connections, with passwords, over TLS, with certificates of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probes.cases.catalogue import scripted
from probes.cases.ledger import Change, Kind
from probes.csms.audit_password import AuditPassword, Shown
from probes.journal import FOLDER, Journal
from probes.station.trust import CENTRAL
from tests.full_matrix import NEEDS_MUTUAL, faults
from tests.probes.audits.facts import facts_with, secured_facts, twin_with
from tests.probes.audits.rig import Audited, audit
from tests.probes.audits.secured import KEY

PROFILE = "Security"
CASES = tuple(sorted(entry.facts.id for entry in scripted() if entry.facts.profile == PROFILE))
FAULTS = {fault.name: fault.found_by for fault in faults() if fault.profile == PROFILE and fault.found_by}
OF_BOOTS = {"password-in-data-transfer"}
"""Faults that other cases find."""

EVERYWHERE = {"TC_075_1_CS", "TC_075_2_CS", "TC_076_CS", "TC_077_CS", "TC_078_CS", "TC_079_CS"}
LABORATORY = {"TC_080_CS", "TC_081_CS", "TC_083_CS"}
PASSED = {
    0: EVERYWHERE,
    1: EVERYWHERE | LABORATORY | {"TC_073_CS", "TC_084_CS", "TC_085_CS", "TC_086_CS"},
    2: EVERYWHERE | LABORATORY | {"TC_073_CS", "TC_084_CS", "TC_085_CS", "TC_086_CS", "TC_087_CS"},
    3: EVERYWHERE | {"TC_080_CS", "TC_081_CS", "TC_074_CS", "TC_084_CS", "TC_086_CS", "TC_087_CS"},
}
"""What is passed with each security profile; nothing else is carried out. TC_083 raises it, so that the next one is seen, too."""


def audited(profile: int, *wrong: str, cases: tuple[str, ...] = CASES, **options: Any) -> Audited:
    facts = secured_facts(profile)
    further = (profile + 1,) if profile in {1, 2} else ()
    wanted = ["TC_019_CS", *cases]
    return audit(facts, config=twin_with(facts), cases=wanted, faults=wrong, profile=profile, further=further, **options)


def outcomes(done: Audited) -> dict[str, str]:
    return {case: outcome for case, outcome in done.outcomes.items() if case in CASES}


def test_every_case_of_the_extension_is_carried_out() -> None:
    assert len(CASES) == 15


@pytest.mark.parametrize("profile", PASSED)
def test_a_twin_passes_what_its_connection_can_show_and_is_as_before(profile: int) -> None:
    done = audited(profile)
    assert outcomes(done) == dict.fromkeys(PASSED[profile], "pass")
    assert (done.report["verdict"], done.errors) == ("conformant", ())
    assert [finding for finding in done.report["findings"] if finding["rule"] == "not-restored"] == []
    assert len(done.station.security.trust.roots(CENTRAL)) == (1 if profile else 0)
    if profile in {1, 2}:
        assert done.station.security.credentials.authorization_key == KEY


def test_a_product_that_is_not_certified_for_it_is_asked_nothing() -> None:
    facts = facts_with()
    done = audit(facts, config=twin_with(facts), cases=["TC_019_CS", *CASES])
    carried_out = set(CASES) - {"TC_085_CS", "TC_086_CS", "TC_087_CS"}
    assert outcomes(done) == dict.fromkeys(carried_out, "not applicable")


def test_a_password_that_the_audit_does_not_know_is_never_changed() -> None:
    done = audited(1, cases=("TC_073_CS",), knows_password=False)
    assert "TC_073_CS" not in done.outcomes
    assert done.station.security.credentials.authorization_key == KEY


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in OF_BOOTS])
def test_a_fault_is_found_by_its_cases_and_no_other(fault: str) -> None:
    done = audited(3 if NEEDS_MUTUAL in FAULTS[fault] else 2, fault)
    assert tuple(sorted(case for case, outcome in done.outcomes.items() if outcome == "fail")) == FAULTS[fault]


def test_a_station_that_was_left_with_the_password_of_an_audit_gets_back_its_own(tmp_path: Path) -> None:
    """As after a crash between the change and its undoing: what the ledger holds is no secret, and the same option is enough."""
    with Journal(tmp_path / FOLDER, "CP1") as journal:
        journal.ledger.add(Change(Kind.PASSWORD, "AuthorizationKey"))
    done = audited(1, cases=("TC_085_CS",), directory=tmp_path, left_with_audits=True)
    assert done.station.security.credentials.authorization_key == KEY
    assert any("the password (AuthorizationKey)" in note for note in done.report["notes"])
    assert list((tmp_path / FOLDER).glob("*.jsonl")) == []


def test_without_the_password_it_is_said_what_is_to_be_done(tmp_path: Path) -> None:
    with Journal(tmp_path / FOLDER, "CP1") as journal:
        journal.ledger.add(Change(Kind.PASSWORD, "AuthorizationKey"))
    done = audited(1, cases=("TC_085_CS",), directory=tmp_path, left_with_audits=True, knows_password=False)
    left = [finding["message"] for finding in done.report["findings"] if finding["rule"] == "not-restored"]
    assert len(left) == 1
    assert "audit it once more with --station-password-file" in left[0]


def test_no_password_is_written_anywhere(tmp_path: Path) -> None:
    done = audited(1, cases=("TC_073_CS",), directory=tmp_path)
    assert done.outcomes["TC_073_CS"] == "pass"
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert done.result.transcript_path.name in written
    assert f'"credentials":"{Shown.AUDITS}"'.encode() in written[done.result.transcript_path.name]
    for secret in (KEY, str(AuditPassword("CP1", KEY).successor)):
        assert [name for name, content in written.items() if secret.encode() in content] == []
