"""One judge: what takeover finds, replay of its transcript and a relay with probes find, too, in all that they can exercise."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from probes.audit import certified_heartbeat
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.facts_file import read_facts
from probes.faults import with_faults
from probes.judge import catalogue
from probes.judge.certified import Certified
from probes.modes.auditor import Order
from probes.modes.ends import Upstream
from probes.modes.feeding import AuditorProcess
from probes.modes.line import Line
from probes.modes.probing import Prober, probing_cases
from probes.modes.recordings import SparingRedactor, read_recordings
from probes.modes.relay import Relay
from probes.modes.replay import choose, report_of
from probes.report import AuditFacts
from probes.station.station import Station
from probes.twins import twin_of
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests.audit_matrix import CERTIFICATE
from tests.full_matrix import Setting, faults, kinds_for, settings
from tests.probes.audits.facts import twin_with
from tests.probes.audits.rig import Audited, audited
from tests.probes.modes.relayed import BOUND
from tests.sampling import sampled
from tests.virtual import run

SCHEMA = json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text())
TIERS = ("passive", "read-only")
FAULTS = ["clean", "unknown-key-not-listed", "answer-breaks-schema", "key-missing", "key-value-drift", "wrong-software-version"]


@pytest.fixture(scope="module")
def facts() -> CertificateFacts:
    return read_facts(CERTIFICATE)


def taken_over(facts: CertificateFacts, fault: str, directory: Path, tiers: tuple[str, ...] = TIERS) -> Audited:
    faults = () if fault == "clean" else (fault,)
    directory.mkdir(exist_ok=True)
    return run(lambda: audited(facts, faults=faults, tiers=tiers, directory=directory))


def replayed(facts: CertificateFacts, path: str) -> dict[str, Any]:
    recordings = read_recordings(Path(path).read_text(), SparingRedactor(b"k" * 32))
    moment = "2026-01-01T00:00:00.000000Z"
    audit = AuditFacts("a", "replay", moment, moment, "1", "CP1", ("passive",), path, "0" * 64)
    report = report_of(choose(recordings, path, None), facts, audit)
    assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []
    return report


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["outcome"] for case in report["cases"]}


def errors(report: dict[str, Any]) -> list[str]:
    return sorted(finding["subject"] for finding in report["findings"] if finding["severity"] == "error")


@pytest.mark.parametrize("fault", FAULTS)
def test_replay_finds_what_takeover_found(facts: CertificateFacts, tmp_path: Path, fault: str) -> None:
    there = taken_over(facts, fault, tmp_path).report
    here = replayed(facts, there["transcript"]["path"])
    shows_the_same(facts, there)
    assert len(outcomes(there)) >= 2
    assert here["audit"]["mode"] == "replay"
    assert len(here["cases"]) + len(here["not_exercised"]) == 107


SEED = 20_260_302
AT_ONCE, MANY = 3, 80
"""How many faults are looked at each time, and how many when there is time."""


def some_faults(count: int, seed: int) -> list[str]:
    """So many faults that a station of some kind can have, of all profiles and tiers."""
    names = [fault.name for fault in faults()]
    random.Random(seed).shuffle(names)
    return sorted(names[:count])


def shows_the_same(facts: CertificateFacts, there: dict[str, Any]) -> None:
    """A replay of the transcript comes to the same end in every case, for the same reason. What it sees beside of cases whose tier the
    audit did not have fails none of them.
    """
    here = replayed(facts, there["transcript"]["path"])
    found = {case["id"]: (case["outcome"], case["reason"]) for case in here["cases"]}
    wanted = {case["id"]: (case["outcome"], case["reason"]) for case in there["cases"]}
    assert {case: found.get(case) for case in wanted} == wanted
    assert {case for case in found.keys() - wanted.keys() if found[case][0] == "fail"} == set()
    assert {trial["id"]: trial["outcome"] for trial in here["trials"]} == {trial["id"]: trial["outcome"] for trial in there["trials"]}
    assert (here["verdict"], errors(here)) == (there["verdict"], errors(there))
    for same in ("identity", "configuration", "performance", "device"):
        assert here[same] == there[same]


@pytest.mark.parametrize("setting", sampled(settings(), 4, "name"))
def test_replay_finds_what_a_takeover_of_every_tier_found(setting: Setting, tmp_path: Path) -> None:
    there = setting.audit(twin_with(setting.facts, setting.phases), directory=tmp_path).report
    assert there["verdict"] == "conformant"
    shows_the_same(setting.facts, there)


def shows_the_same_of(fault: str, directory: Path) -> None:
    """Of a whole audit of a twin with this fault, of the first kind that can have it and is let in."""
    (row,) = (row for row in faults() if row.name == fault)
    for setting in kinds_for(row):
        try:
            there = setting.audit(twin_with(setting.facts, setting.phases), faults=[fault], directory=directory).report
        except CannotBegin:
            continue
        shows_the_same(setting.facts, there)
        return


@pytest.mark.parametrize("fault", some_faults(AT_ONCE, SEED))
def test_replay_finds_of_any_fault_what_takeover_found(fault: str, tmp_path: Path) -> None:
    shows_the_same_of(fault, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("fault", some_faults(MANY, SEED + 1))
def test_replay_finds_of_many_faults_what_takeover_found(fault: str, tmp_path: Path) -> None:
    shows_the_same_of(fault, tmp_path)


def identity(report: dict[str, Any]) -> list[tuple[str, ...]]:
    """The lines of the comparison without the numbers of their frames, which are others in another recording."""
    return [tuple(str(row.get(name)) for name in ("field", "certified", "observed", "verdict", "note")) for row in report["identity"]]


def as_a_log(path: str) -> str:
    """The transcript as another program would log it: a time stamp, a word and the frame a line."""
    lines = []
    for line in Path(path).read_text().splitlines():
        record = json.loads(line)
        if "raw" in record:
            word = "received" if record["direction"] == "cs-to-csms" else "sent"
            lines.append(f"{record['timestamp']} INFO chargeBoxId={record['chargePointId']} {word}: {record['raw']}")
    return "\n".join(lines)


@pytest.mark.parametrize("fault", ["clean", "unknown-key-not-listed", "answer-breaks-schema", "key-missing"])
def test_a_log_of_the_same_talk_shows_the_same_cases_or_leaves_them_open(facts: CertificateFacts, tmp_path: Path, fault: str) -> None:
    there = taken_over(facts, fault, tmp_path).report
    path = tmp_path / "other.log"
    path.write_text(as_a_log(there["transcript"]["path"]))
    here = replayed(facts, str(path))
    wanted = outcomes(there)
    assert {case: outcome for case, outcome in outcomes(here).items() if outcome == "fail"}.items() <= wanted.items()
    assert outcomes(here)["TC_019_CS"] == wanted["TC_019_CS"]
    assert set(errors(here)) <= set(errors(there))
    assert identity(here) == identity(there)


async def relayed(facts: CertificateFacts, fault: str, directory: Path) -> dict[str, Any]:
    """The report of a relay with probes between a twin and a central system of ours."""
    faulty = with_faults(twin_of(facts), () if fault == "clean" else (fault,))
    probed: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
    prober = Prober(Certified.of(facts), quiet=0.0)
    last = set(probing_cases())
    plain = prober.run_case

    async def run_case(case: Any, station: Any) -> None:
        await plain(case, station)
        last.discard(case)
        if not last and not probed.done():
            probed.set_result(station)

    prober.run_case = run_case  # type: ignore[method-assign]  # told when all of them are done
    report = directory / "reports.jsonl"
    order = Order(facts, directory / "transcripts", report, probes=True)
    interval = certified_heartbeat(facts) or 300
    async with (
        Csms(heartbeat_interval=interval, id_tags=audit_id_tags(), lenient=True) as csms,
        AuditorProcess(order) as process,
        Relay("127.0.0.1", 0, Upstream.of(csms.url), process, prober.line) as relay,
    ):
        station = Station(faulty.config, relay.url, "CP1", misbehave=faulty.misbehave)
        running = asyncio.create_task(station.run())
        async with asyncio.timeout(BOUND):
            await probed
        assert [record for record in csms.transcript("CP1").records if "probe-" in str(record)] == []
        prober.switch_off()
        station.stop()
        with suppress(asyncio.CancelledError):
            await running
    (line,) = report.read_text().splitlines()
    document: dict[str, Any] = json.loads(line)
    assert process.status == (1 if document["verdict"] == "deviates" else 0)
    return document


@pytest.mark.parametrize("fault", ["clean", "unknown-key-not-listed", "key-missing", "wrong-software-version"])
async def test_a_relay_with_probes_finds_what_takeover_found(facts: CertificateFacts, tmp_path: Path, fault: str) -> None:
    there = (await asyncio.to_thread(taken_over, facts, fault, tmp_path / "takeover")).report
    here = await relayed(facts, fault, tmp_path)
    assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(here)] == []
    assert here["audit"]["mode"] == "relay+probe"
    read = {case.facts.id for case in probing_cases()}
    wanted = {case: outcome for case, outcome in outcomes(there).items() if case in read and outcome not in {"error", "not applicable"}}
    assert {case: outcome for case, outcome in outcomes(here).items() if case in wanted} == wanted
    assert "TC_019_CS" in wanted
    assert (identity(here), errors(here)) == (identity(there), errors(there))
