"""What is tried beside the cases at the built-in CSMS: clean it passes, and each fault of this kind is named by what looks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ocpp.v16.enums import AuthorizationStatus

from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags
from probes.csms.csms import Csms
from probes.csms.state import IdTags
from probes.judge.catalogue import DATA, central_obligations
from probes.judge.trials import central_trial_catalogue
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.security import ClientSecurity, ServerSecurity
from tests.central_matrix import CERTIFICATES, certificate, faults
from tests.probes.audits.secured import KEY
from tests.probes.central.rig import KNOWN, TAGS, VALID, audit
from tests.virtual import VirtualClock, run

TRIALS = tuple(central_trial_catalogue())


def test_the_catalogue_follows_its_schema_and_names_obligations_that_there_are() -> None:
    schema = json.loads((DATA.parent / "schemas" / "central_trials.json").read_text(encoding="utf-8"))
    catalogue = json.loads((DATA / "central_trials.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(catalogue)] == []
    assert {name for facts in central_trial_catalogue().values() for name in facts.obligations} <= set(central_obligations())


@cache
def report_with(*fault: str) -> dict[str, Any]:
    """The report on a twin with these faults, nothing asked of it."""
    return audit(certificate(CERTIFICATES[2]), drives=False, faults=fault).report


def outcomes(*fault: str) -> dict[str, str]:
    """Each trial with what became of it."""
    return {trial["id"]: trial["outcome"] for trial in report_with(*fault)["trials"]}


def test_a_clean_twin_passes_them_all() -> None:
    assert outcomes() == dict.fromkeys(TRIALS, "pass") | {"slow-answers": "not exercised"}
    assert report_with()["verdict"] == "conformant"


@pytest.mark.parametrize(
    ("fault", "trial", "outcome"),
    [
        ("values-refused", "meter-values", "fail"),
        ("values-never-answered", "meter-values", "error"),
        ("stop-of-unknown-refused", "unknown-transaction", "fail"),
        ("start-told-again-is-doubled", "start-told-again", "remark"),
        ("start-concurrent-accepted", "tag-in-use", "fail"),
        ("transaction-id-always-one", "starts-at-once", "remark"),
        ("unknown-message-kills-connection", "unknown-action", "remark"),
        ("unknown-message-unanswered", "unknown-action", "remark"),
        ("unknown-message-told-not-supported", "unknown-action", "remark"),
        ("malformed-message-told-internal-error", "malformed-calls", "remark"),
        ("wrong-type-taken", "malformed-calls", "remark"),
        ("refusal-code-misspelled", "malformed-calls", "remark"),
    ],
)
def test_a_fault_shows_in_its_trial(fault: str, trial: str, outcome: str) -> None:
    assert outcomes(fault)[trial] == outcome


UNASKED = [each.name for each in faults() if each.profile == "Core" and each.found_by_check and not each.name.startswith("request")]
"""What shows without the central system's being asked for anything."""


@pytest.mark.parametrize("name", UNASKED)
def test_a_fault_that_no_case_is_about_is_named_by_its_check(name: str) -> None:
    fault = next(each for each in faults() if each.name == name)
    named = {finding["rule"] for finding in report_with(name)["findings"]}
    assert set(fault.found_by_check) <= named
    assert [case["id"] for case in report_with(name)["cases"] if case["outcome"] == "fail"] == []


@pytest.mark.parametrize(("fault", "outcome"), [((), "pass"), (("requests-two-at-once",), "remark")])
def test_whether_our_station_is_waited_for(fault: tuple[str, ...], outcome: str) -> None:
    report = audit(certificate(CERTIFICATES[2]), faults=fault).report
    assert next(trial["outcome"] for trial in report["trials"] if trial["id"] == "slow-answers") == outcome


def test_without_further_stations_and_tags_what_needs_them_is_not_exercised() -> None:
    report = audit(certificate(CERTIFICATES[2]), drives=False, tags=(), also=()).report
    trials = {trial["id"]: trial["outcome"] for trial in report["trials"]}
    assert trials["starts-at-once"] == "not exercised"
    assert trials["tag-in-use"] == "not exercised"
    assert trials["unknown-action"] == "pass"


def test_whoever_asks_for_single_cases_gets_nothing_beside_them() -> None:
    assert audit(certificate(CERTIFICATES[2]), cases=["TC_001"]).report["trials"] == []


def test_every_transaction_is_ended_and_only_given_tags_are_used() -> None:
    audited = audit(certificate(CERTIFICATES[2]), drives=False)
    tags = {tag for _, tag in TAGS}
    assert VALID in tags
    transactions = [each for state in audited.csms.states for each in state.transactions.values()]
    assert len(transactions) > 10
    assert [each.transaction_id for each in transactions if each.meter_stop is None] == []
    assert {each.id_tag for each in transactions} <= tags
    assert [finding for finding in audited.report["findings"] if finding["rule"] == "not-restored"] == []


OWN, OTHERS = KEY, KEY[::-1]


async def with_passwords(passwords: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """An audit where every station has a password of its own; the audit knows these of further stations."""
    clock = VirtualClock()
    id_tags = IdTags(known=KNOWN, others=AuthorizationStatus.invalid)
    known = PasswordFile({"CP1": hash_password(OWN), "CP2": hash_password(OTHERS)})
    async with Csms(clock=clock, id_tags=id_tags, security=ServerSecurity(1, passwords=known)) as csms:
        options = CentralOptions(tags=Tags.of(TAGS), also=("CP2",), security=ClientSecurity(1, OWN), passwords=passwords)
        done = await audit_csms(
            facts=certificate(CERTIFICATES[2]), endpoint=csms.url, identity="CP1", transcript_dir=folder, options=options, clock=clock
        )
    return done.report


@pytest.mark.parametrize(("passwords", "outcome"), [({"CP2": OTHERS}, "pass"), ({}, "not exercised")], ids=["its own", "ours"])
def test_a_further_station_shows_its_own_password(passwords: dict[str, str], outcome: str, tmp_path: Path) -> None:
    report = run(lambda: with_passwords(passwords, tmp_path))
    assert {trial["id"]: trial["outcome"] for trial in report["trials"]}["starts-at-once"] == outcome
    assert report["verdict"] == "conformant"
