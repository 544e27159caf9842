"""The transcript of an audit of a central system, judged again: the same verdict, and of any other recording no more than it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from probes.cli_modes import replay
from probes.modes.central_replay import BROKEN_OFF, central_report_of, choose_central
from probes.modes.recordings import SparingRedactor, read_recordings
from probes.report import AuditFacts
from registry.certificates.facts import CertificateFacts
from tests.central_matrix import CERTIFICATES, certificate, faults
from tests.probes.central.rig import Audited, audited
from tests.sampling import sampled
from tests.virtual import run

MOMENT = "2026-01-01T00:00:00.000000Z"
OF_THE_AUDIT = {"audit", "transcript", "device"}
"""What a report says of the audit itself, and not of what it saw."""


@pytest.fixture(scope="module")
def facts() -> CertificateFacts:
    return certificate(CERTIFICATES[2])


@pytest.fixture(scope="module")
def clean(facts: CertificateFacts, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    return run(lambda: audited(facts, directory=tmp_path_factory.mktemp("clean"), load=3))


def lines_of(done: Audited) -> list[str]:
    return Path(done.report["transcript"]["path"]).read_text().splitlines(keepends=True)


def replayed(facts: CertificateFacts, text: str, identity: str | None = None) -> dict[str, Any]:
    recordings = read_recordings(text, SparingRedactor(b"k" * 32))
    audit_facts = AuditFacts("a", "replay", MOMENT, MOMENT, "1", "CP1", (), "t", "0" * 64)
    return central_report_of(choose_central(recordings, "t", identity), facts, audit_facts)


def seen(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in OF_THE_AUDIT}


def errors(report: dict[str, Any]) -> set[str]:
    return {finding["subject"] for finding in report["findings"] if finding["severity"] == "error"}


def test_a_whole_audit_is_judged_as_it_was(facts: CertificateFacts, clean: Audited) -> None:
    assert clean.report["verdict"] == "conformant"
    assert seen(replayed(facts, "".join(lines_of(clean)))) == seen(clean.report)


@pytest.mark.parametrize("fault", sampled((fault.name for fault in faults() if fault.profile != "Security"), 24))
def test_and_so_is_that_of_a_twin_with_a_fault(facts: CertificateFacts, fault: str, tmp_path: Path) -> None:
    there = run(lambda: audited(facts, faults=[fault], directory=tmp_path))
    assert seen(replayed(facts, "".join(lines_of(there)))) == seen(there.report)


def test_what_could_not_be_carried_out_stays_so(facts: CertificateFacts, tmp_path: Path) -> None:
    there = run(lambda: audited(facts, drives=False, tags=(), directory=tmp_path))
    here = replayed(facts, "".join(lines_of(there)))
    assert seen(here) == seen(there.report)
    assert len(here["not_exercised"]) > 50


def parts(lines: list[str]) -> Iterator[list[str]]:
    for number in range(50, len(lines) - 1, len(lines) // 8):
        yield lines[:number]


def test_an_audit_that_was_broken_off_accuses_of_nothing_that_the_whole_does_not(facts: CertificateFacts, clean: Audited) -> None:
    for part in parts(lines_of(clean)):
        here = replayed(facts, "".join(part))
        assert (here["verdict"], here["reason"], errors(here)) == ("inconclusive", BROKEN_OFF, set())


def test_neither_does_what_lacks_its_beginning_or_lines_in_between(facts: CertificateFacts, clean: Audited) -> None:
    lines = lines_of(clean)
    for part in (lines[200:], lines[:300] + lines[400:], lines[1::2]):
        assert errors(replayed(facts, "".join(part))) == set()


def test_neither_does_one_station_of_several(facts: CertificateFacts, clean: Audited) -> None:
    report = replayed(facts, "".join(lines_of(clean)), "CP2")
    assert errors(report) == set()
    assert report["transcript"]["frames"] < clean.report["transcript"]["frames"]


def as_a_log(lines: list[str]) -> str:
    """As another program would log it: a time stamp, a word and the frame a line."""
    records = (json.loads(line) for line in lines)
    return "\n".join(
        f"{each['timestamp']} INFO chargeBoxId={each['chargePointId']} "
        f"{'received' if each['direction'] == 'cs-to-csms' else 'sent'}: {each['raw']}"
        for each in records
        if "raw" in each
    )


@pytest.mark.parametrize("fault", ["clean", "boot-without-time", "reply-twice", "resets-whoever-registers"])
def test_a_log_accuses_of_what_one_message_says_and_no_more(facts: CertificateFacts, clean: Audited, fault: str, tmp_path: Path) -> None:
    there = clean if fault == "clean" else run(lambda: audited(facts, faults=[fault], directory=tmp_path))
    here = replayed(facts, as_a_log(lines_of(there)))
    assert errors(here) <= errors(there.report)
    assert ("answers/BootNotification" in errors(here)) == (fault == "boot-without-time")
    assert here["cases"]
    assert any("no undamaged transcript" in note for note in here["notes"])


def test_the_command_takes_the_certificate_of_a_central_system(facts: CertificateFacts, clean: Audited, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"certificate": facts.to_json()}))
    arguments = [clean.report["transcript"]["path"], "--facts", str(file), "--json"]
    result = CliRunner(env={"OCPP_REGISTRY_HOME": str(tmp_path), "OCPP_REGISTRY_DATABASE": ""}).invoke(replay, arguments)
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"], report["device"]["role"]) == (0, "conformant", "CSMS")
    assert report["transcript"] == clean.report["transcript"]
