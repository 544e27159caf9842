"""Central systems that do what they may, each in its own way, are accused of nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, serve

from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags, TagState
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.central.honest import NOBODYS, VALID, Honest
from tests.probes.central.test_core import ALONE
from tests.virtual import VirtualClock, run

NEEDS_OTHER_TAGS = {"TC_023_2_CSMS", "TC_023_3_CSMS"}


async def _closes(server: Server, honest: Honest) -> None:
    await honest.died.wait()
    server.close()


async def audited(folder: Path, **ways: Any) -> tuple[dict[str, Any], Honest]:
    """The report on such a one, and it."""
    clock = VirtualClock()
    honest = Honest(clock, **ways)
    tags = Tags.of([(TagState.VALID, VALID), (TagState.UNKNOWN, NOBODYS)])
    known: Any = ["ocpp1.6"]
    async with serve(honest.serve, "127.0.0.1", 0, subprotocols=known, process_request=honest.admit) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        dying = asyncio.create_task(_closes(server, honest))
        result = await audit_csms(
            facts=certificate(CERTIFICATES[2]),
            endpoint=f"ws://127.0.0.1:{port}/ocpp",
            identity="CP1",
            transcript_dir=folder,
            options=CentralOptions(tags=tags, also=("CP2", "CP3"), load=10),
            clock=clock,
        )
        dying.cancel()
    return result.report, honest


@pytest.mark.parametrize(
    "ways",
    [{}, {"once": True}, {"slow": 3.0}, {"strict": True}, {"chatty": True}, {"silent": True}, {"without_id": True}],
    ids=lambda ways: next(iter(ways), "plain"),
)
def test_an_honest_one_is_accused_of_nothing(ways: dict[str, Any], tmp_path: Path) -> None:
    report, honest = run(lambda: audited(tmp_path, **ways))
    assert [finding["message"] for finding in report["findings"] if finding["severity"] == "error"] == []
    assert report["verdict"] == "conformant"
    outcomes = {case["id"]: case["outcome"] for case in report["cases"]}
    assert {case: outcomes.get(case) for case in ALONE if case not in NEEDS_OTHER_TAGS} == dict.fromkeys(
        set(ALONE) - NEEDS_OTHER_TAGS, "pass"
    )
    assert honest.open[VALID] == set()


def test_one_that_lets_nobody_in_for_a_while_is_waited_for(tmp_path: Path) -> None:
    """As one that restarts, or limits how often somebody may come: what was there before may be there again."""
    report, honest = run(lambda: audited(tmp_path, busy=9.0))
    assert [finding["message"] for finding in report["findings"] if finding["severity"] == "error"] == []
    outcomes = {case["id"]: case["outcome"] for case in report["cases"]}
    assert set(outcomes) >= set(ALONE) - NEEDS_OTHER_TAGS
    assert set(outcomes.values()) <= {"pass", "partial", "not applicable"}
    assert honest.open[VALID] == set()


def test_one_that_dies_of_a_trial_has_passed_its_cases_all_the_same(tmp_path: Path) -> None:
    report, honest = run(lambda: audited(tmp_path, dies=True))
    assert honest.died.is_set()
    assert report["verdict"] == "conformant"
    assert any("What is tried beside the cases was broken off" in note for note in report["notes"])
    outcomes = {trial["id"]: trial["outcome"] for trial in report["trials"]}
    assert outcomes["meter-values"] == "pass"
    assert outcomes["versions"] == "not exercised"
