"""Audits over real WebSockets: healthy stations, careless ones and hostile ones, none of them the product's own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from probes.audit import AuditOptions, AuditResult, Listen, audit_station
from probes.cases.tags import PROBE_ID_TAG, audit_id_tags
from probes.csms.csms import Csms
from probes.judge import catalogue
from probes.modes.takeover import Limits
from probes.wire.reading import read_transcript
from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.errors import CannotBegin
from tests.probes.audits.rig import applicable
from tests.probes.judge.talk import CORE_KEYS, NOT_CERTIFIED, certificate
from tests.probes.modes.raw_station import BOOT, SILENCE, RawStation, compliant, configured, connected, introduce

BOUND = 60.0
"""Seconds that no test may need; none waits that long when all is well."""

SCHEMA = json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text())
QUICK = Limits(boot=0.2, status=0.5, start=0.5, comes_back=5.0)


@pytest.fixture
async def csms() -> AsyncIterator[Csms]:
    async with Csms(heartbeat_interval=20, id_tags=audit_id_tags(), lenient=True) as running:
        yield running


class Audit:
    """One audit in the background, with its progress."""

    def __init__(self, csms: Csms | Listen, directory: Path, facts: CertificateFacts | None = None, **options: Any) -> None:
        self.steps: list[tuple[int, int, str]] = []
        options.setdefault("limits", QUICK)
        self.task = asyncio.create_task(
            audit_station(
                facts=facts or certificate(),
                identity="CP1",
                csms=csms,
                transcript_dir=directory,
                options=AuditOptions(**options),
                on_progress=lambda done, total, text: self.steps.append((done, total, text)),
            )
        )

    async def report(self) -> dict[str, Any]:
        result: AuditResult = await asyncio.wait_for(self.task, BOUND)
        assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(result.report)] == []
        content = result.transcript_path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == result.transcript_sha256 == result.report["transcript"]["sha256"]
        assert result.transcript_path.name == f"{result.transcript_sha256}.jsonl"
        seqs = {record.seq for record in read_transcript(result.transcript_path)}
        assert all(set(finding["frames"]) <= seqs for finding in result.report["findings"])
        return result.report


def errors(report: dict[str, Any]) -> list[str]:
    return [finding["subject"] for finding in report["findings"] if finding["severity"] == "error"]


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["outcome"] for case in report["cases"]}


def left_out(report: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["reason"] for entry in report["not_exercised"]}


def sent(station: RawStation, action: str) -> list[dict[str, Any]]:
    return [payload for seen, payload in station.seen if seen == action]


RUN = [
    "TC_019_CS",
    "TC_040_1_CS",
    "TC_062_CS",
    "TC_031_CS",
    "TC_028_CS",
    "TC_027_CS",
    "TC_042_1_CS",
    "TC_043_1_CS",
    "TC_048_4_CS",
    "TC_055_CS",
    "TC_058_1_CS",
]


async def test_a_compliant_station_is_conformant_in_every_case(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path)
    async with connected(csms.url):
        report = await audit.report()
    assert (report["verdict"], errors(report)) == ("conformant", [])
    assert applicable(report) == dict.fromkeys(RUN, "pass")
    assert len(report["cases"]) + len(report["not_exercised"]) == 107
    assert [done for done, _, _ in audit.steps] == sorted(done for done, _, _ in audit.steps)
    asked = len(report["cases"]) + 2
    assert audit.steps[-1] == (asked, asked, "done")


async def test_a_station_that_listens_before_the_audit_begins_is_audited_from_its_boot_on(csms: Csms, tmp_path: Path) -> None:
    async with connected(csms.url):
        report = await Audit(csms, tmp_path).report()
    assert (report["verdict"], report["device"]["reported"]["firmware"]) == ("conformant", "V1.2.3")


@pytest.mark.parametrize("refusal", ["NotImplemented", "NotSupported", "GenericError", "InternalError"])
async def test_an_honest_refusal_is_right_in_whatever_spelling(csms: Csms, tmp_path: Path, refusal: str) -> None:
    actions = ("GetLocalListVersion", "SendLocalList", "ReserveNow", "TriggerMessage", "SetChargingProfile")
    audit = Audit(csms, tmp_path)
    async with connected(csms.url, compliant() | dict.fromkeys(actions, refusal)):
        report = await audit.report()
    assert (report["verdict"], errors(report)) == ("conformant", [])
    assert applicable(report) == dict.fromkeys(RUN, "pass")


async def test_refusals_by_status_are_right_too(csms: Csms, tmp_path: Path) -> None:
    answers = compliant() | {
        "GetLocalListVersion": {"listVersion": -1},
        "SendLocalList": {"status": "NotSupported"},
        "ReserveNow": {"status": "Rejected"},
        "TriggerMessage": {"status": "NotImplemented"},
        "SetChargingProfile": {"status": "NotSupported"},
    }
    audit = Audit(csms, tmp_path)
    async with connected(csms.url, answers):
        report = await audit.report()
    assert applicable(report) == dict.fromkeys(RUN, "pass")


# --- nothing that somebody could be using is touched


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
async def test_during_a_transaction_only_reading_is_done(csms: Csms, tmp_path: Path, status: str) -> None:
    async def busy(station: RawStation) -> None:
        await introduce(station, status=status)

    audit = Audit(csms, tmp_path)
    async with connected(csms.url, introduction=busy) as station:
        report = await audit.report()
    assert {action for action, _ in station.seen} == {"GetConfiguration", "GetLocalListVersion"}
    assert applicable(report) == {"TC_019_CS": "pass", "TC_042_1_CS": "pass"}
    assert "transaction is going on" in left_out(report)["TC_027_CS"]


async def test_a_transaction_that_is_reported_late_is_waited_for(csms: Csms, tmp_path: Path) -> None:
    async def hesitant(station: RawStation) -> None:
        await station.call("BootNotification", BOOT)

    async def lists_then_reports(station: RawStation, payload: dict[str, Any]) -> Any:
        if "OcppRegistryUnknownKey" in payload.get("key", []):
            tasks.append(
                asyncio.create_task(station.call("StatusNotification", {"connectorId": 1, "status": "Charging", "errorCode": "NoError"}))
            )
        return await configured(CORE_KEYS)(station, payload)

    tasks: list[asyncio.Task[Any]] = []
    audit = Audit(csms, tmp_path)
    async with connected(csms.url, compliant() | {"GetConfiguration": lists_then_reports}, introduction=hesitant) as station:
        await audit.report()
    assert {action for action, _ in station.seen} == {"GetConfiguration", "GetLocalListVersion"}


async def test_a_transaction_of_which_only_meter_values_tell_counts(csms: Csms, tmp_path: Path) -> None:
    async def metering(station: RawStation) -> None:
        await introduce(station)
        sample = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}
        await station.call("MeterValues", {"connectorId": 1, "transactionId": 9, "meterValue": [sample]})

    audit = Audit(csms, tmp_path)
    async with connected(csms.url, introduction=metering) as station:
        report = await audit.report()
    assert {action for action, _ in station.seen} == {"GetConfiguration", "GetLocalListVersion"}
    assert errors(report) == []


@pytest.mark.parametrize("status", ["Preparing", "Finishing", "Reserved", "Unavailable", "Faulted"])
async def test_what_needs_an_idle_station_is_left_out_on_any_other(csms: Csms, tmp_path: Path, status: str) -> None:
    async def elsewise(station: RawStation) -> None:
        await introduce(station, status=status)

    audit = Audit(csms, tmp_path, cases=["TC_019", "TC_027", "TC_048_4", "TC_058_1"])
    async with connected(csms.url, introduction=elsewise) as station:
        report = await audit.report()
    assert {action for action, _ in station.seen} == {"GetConfiguration"}
    assert f"connector 1 is {status}" in left_out(report)["TC_027_CS"]


async def test_a_list_that_is_there_is_never_overwritten(csms: Csms, tmp_path: Path) -> None:
    for version in (0, 7):
        audit = Audit(csms, tmp_path)
        async with connected(csms.url, compliant() | {"GetLocalListVersion": {"listVersion": version}}) as station:
            report = await audit.report()
        assert sent(station, "SendLocalList") == []
        assert "never overwrites" in left_out(report)["TC_043_1_CS"]
        assert errors(report) == []
        assert outcomes(report)["TC_042_1_CS"] == "not applicable"


async def test_a_key_named_testing_is_not_written(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path)
    async with connected(csms.url, compliant(CORE_KEYS | {"testing": ("x", False)})) as station:
        report = await audit.report()
    assert sent(station, "ChangeConfiguration") == []
    assert "TC_040_1_CS" in left_out(report)


async def test_a_station_without_connector_count_is_not_unlocked(csms: Csms, tmp_path: Path) -> None:
    keys = {name: entry for name, entry in CORE_KEYS.items() if name != "NumberOfConnectors"}
    audit = Audit(csms, tmp_path, cases=["TC_019", "TC_031", "TC_055"])
    async with connected(csms.url, compliant(keys)) as station:
        report = await audit.report()
    assert {action for action, _ in station.seen} == {"GetConfiguration"}
    assert errors(report) == ["configuration/NumberOfConnectors"]


async def test_an_unwanted_reservation_is_cancelled_at_once(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path)
    answers = compliant() | {"ReserveNow": {"status": "Accepted"}, "CancelReservation": {"status": "Accepted"}}
    async with connected(csms.url, answers) as station:
        report = await audit.report()
    (reserved,), (cancelled,) = sent(station, "ReserveNow"), sent(station, "CancelReservation")
    assert cancelled == {"reservationId": reserved["reservationId"]}
    assert reserved["connectorId"] == 1
    assert errors(report) == []
    assert outcomes(report)["TC_048_4_CS"] == "not applicable"
    row = next(row for row in report["profiles"] if row["profile"] == "Reservation")
    assert row["verdict"] == "works but not certified"
    assert any("undone at once" in finding["message"] for finding in report["findings"])


@pytest.mark.parametrize(
    ("cancel", "said"),
    [("NotSupported", "undoing it was answered NotSupported"), (SILENCE, "undoing it failed: no answer to CancelReservation")],
)
async def test_a_reservation_that_cannot_be_cancelled_is_said(csms: Csms, tmp_path: Path, cancel: Any, said: str) -> None:
    audit = Audit(csms, tmp_path, limits=Limits(boot=0.2, status=0.2, answer=0.3))

    async def cancelling(_station: RawStation, _payload: dict[str, Any]) -> Any:
        return cancel

    answers = compliant() | {"ReserveNow": {"status": "Accepted"}, "CancelReservation": cancelling}
    async with connected(csms.url, answers):
        report = await audit.report()
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "changed"]
    assert said in finding["message"]
    assert "ends by itself after 120 s" in finding["message"]
    assert finding["severity"] == "warning"


async def test_a_connector_that_stays_reserved_is_said(csms: Csms, tmp_path: Path) -> None:
    async def reserve(station: RawStation, _payload: dict[str, Any]) -> Any:
        await station.send([2, "status", "StatusNotification", {"connectorId": 1, "status": "Reserved", "errorCode": "NoError"}])
        return {"status": "Accepted"}

    audit = Audit(csms, tmp_path, limits=Limits(boot=0.2, status=0.2))
    async with connected(csms.url, compliant() | {"ReserveNow": reserve, "CancelReservation": {"status": "Accepted"}}):
        report = await audit.report()
    assert any("was not reported as Available again" in finding["message"] for finding in report["findings"])


async def test_an_unwanted_charging_profile_is_cleared_by_its_id(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path)
    answers = compliant() | {"SetChargingProfile": {"status": "Accepted"}, "ClearChargingProfile": {"status": "Accepted"}}
    async with connected(csms.url, answers) as station:
        report = await audit.report()
    (profile,), (cleared,) = sent(station, "SetChargingProfile"), sent(station, "ClearChargingProfile")
    assert cleared == {"id": profile["csChargingProfiles"]["chargingProfileId"]}
    assert errors(report) == []


async def test_a_transaction_that_was_started_against_the_rules_is_stopped(csms: Csms, tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def start(station: RawStation, payload: dict[str, Any]) -> Any:
        async def transaction() -> None:
            stamp = "2026-01-01T00:00:00Z"
            begun = await station.call(
                "StartTransaction", {"connectorId": 1, "idTag": payload["idTag"], "meterStart": 0, "timestamp": stamp}
            )
            assert begun["idTagInfo"]["status"] == "Invalid"
            await stopped.wait()
            await station.call("StopTransaction", {"transactionId": begun["transactionId"], "meterStop": 0, "timestamp": stamp})

        tasks.append(asyncio.create_task(transaction()))
        return {"status": "Accepted"}

    async def stop(_station: RawStation, _payload: dict[str, Any]) -> Any:
        if tasks and not stopped.is_set():
            stopped.set()
            return {"status": "Accepted"}
        return {"status": "Rejected"}

    tasks: list[asyncio.Task[None]] = []
    audit = Audit(csms, tmp_path, cases=["TC_019", "TC_028", "TC_027"])
    async with connected(csms.url, compliant() | {"RemoteStartTransaction": start, "RemoteStopTransaction": stop}) as station:
        report = await audit.report()
    assert sent(station, "RemoteStartTransaction")[0]["idTag"] == PROBE_ID_TAG
    assert len(sent(station, "RemoteStopTransaction")) == 2
    assert errors(report) == ["RemoteStartTransaction/connectorId 0"]
    assert outcomes(report) == {"TC_019_CS": "pass", "TC_028_CS": "pass", "TC_027_CS": "fail"}
    assert any("against the rules; it was undone at once" in finding["message"] for finding in report["findings"])
    assert PROBE_ID_TAG not in Path(report["transcript"]["path"]).read_text()


async def test_a_passive_audit_sends_nothing(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path, tiers=["passive"])
    async with connected(csms.url) as station:
        report = await audit.report()
    assert (station.seen, report["cases"], report["verdict"]) == ([], [], "inconclusive")


async def test_a_certified_remote_trigger_is_asked_for_the_boot_that_was_missed(csms: Csms, tmp_path: Path) -> None:
    profiles = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Remote Trigger": "Pass"}
    keys = CORE_KEYS | {"SupportedFeatureProfiles": ("Core,RemoteTrigger", True)}
    declared = {key: value or None for key, (value, _) in keys.items()}

    async def triggered(station: RawStation, payload: dict[str, Any]) -> Any:
        if payload.get("connectorId", 0) > 1:
            return {"status": "Rejected"}
        if payload["requestedMessage"] == "BootNotification":
            tasks.append(asyncio.create_task(introduce(station)))
        return {"status": "Accepted"}

    tasks: list[asyncio.Task[None]] = []
    audit = Audit(csms, tmp_path, certificate(profiles=profiles, configuration_keys=declared), cases=["TC_019", "TC_062", "TC_055"])
    async with connected(csms.url, compliant(keys) | {"TriggerMessage": triggered}, introduction=None):
        report = await audit.report()
    assert (report["verdict"], errors(report)) == ("conformant", [])
    assert next(row["verdict"] for row in report["profiles"] if row["profile"] == "Remote Trigger") == "verified"


async def test_a_boot_that_is_refused_is_not_waited_for(csms: Csms, tmp_path: Path) -> None:
    # A station that is registered may refuse it (errata v4.0 3.35); 30 s are waited for one that is to come.
    facts = certificate(profiles={"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Remote Trigger": "Pass"})
    asked: list[Any] = []

    async def refuses(_station: RawStation, payload: dict[str, Any]) -> Any:
        asked.append(payload)
        return {"status": "Rejected"}

    async with asyncio.timeout(20), connected(csms.url, compliant() | {"TriggerMessage": refuses}, introduction=None):
        report = await Audit(csms, tmp_path, facts, cases=["TC_062"]).report()
    assert {"requestedMessage": "BootNotification"} in asked
    assert [case["outcome"] for case in report["cases"]] == ["pass"]


# --- what bad input gets


async def test_a_station_that_never_connects(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match=r"CP1: no connection to ws://127\.0\.0\.1:\d+/CP1 within 0\.1 s; nothing connected at all"):
        await Audit(Listen("127.0.0.1", 0), tmp_path, wait=0.1).report()
    assert list(tmp_path.glob("*.*")) == list(tmp_path.glob("unfinished/*.jsonl")) == []


async def test_a_station_that_connects_as_another(csms: Csms, tmp_path: Path) -> None:
    async with connected(csms.url, identity="CP2"):
        with pytest.raises(CannotBegin, match="other stations came: CP2"):
            await Audit(csms, tmp_path, wait=0.1).report()


@pytest.mark.parametrize("offered", [[], ["ocpp2.0.1"]])
async def test_a_station_with_no_or_a_wrong_subprotocol(csms: Csms, tmp_path: Path, offered: list[str]) -> None:
    with contextlib.suppress(Exception):
        async with connected(csms.url, subprotocols=offered, introduction=None):
            await csms.arrival(lambda arrival: not arrival.accepted, BOUND)
    with pytest.raises(CannotBegin, match=r"sub-?protocol"):
        await Audit(csms, tmp_path, wait=0.1).report()


async def test_a_station_that_sends_what_is_not_json(csms: Csms, tmp_path: Path) -> None:
    async def babble(station: RawStation) -> None:
        await introduce(station)
        await station.send("this is no JSON")

    audit = Audit(csms, tmp_path)
    async with connected(csms.url, introduction=babble):
        report = await audit.report()
    assert (report["verdict"], errors(report)) == ("deviates", ["frames/not JSON"])
    assert applicable(report) == dict.fromkeys(RUN, "pass")


async def report_connectors(station: RawStation) -> None:
    """What a station does that reconnects: no boot, but its states."""
    for connector in (0, 1):
        await station.call("StatusNotification", {"connectorId": connector, "status": "Available", "errorCode": "NoError"})


async def test_a_station_that_comes_back_and_reports_nothing_is_not_taken_for_idle(csms: Csms, tmp_path: Path) -> None:
    async with connected(csms.url):
        pass
    async with connected(csms.url, introduction=None) as station:
        report = await Audit(csms, tmp_path).report()
    assert not {"RemoteStartTransaction", "ReserveNow", "SetChargingProfile"} & {action for action, _ in station.seen}
    # It does not boot again, so what it said of itself still holds.
    assert (report["verdict"], report["device"]["reported"]["firmware"]) == ("conformant", "V1.2.3")


async def test_a_second_audit_is_not_told_of_what_the_first_one_found(csms: Csms, tmp_path: Path) -> None:
    answers = compliant() | {"UnlockConnector": {"status": "Unlocked"}}
    async with connected(csms.url, answers) as station:
        first = await Audit(csms, tmp_path).report()
        station.answers = compliant(CORE_KEYS | {"ResetRetries": ("7", False)})
        second = await Audit(csms, tmp_path).report()
        station.answers = compliant() | {"GetConfiguration": "InternalError"}
        third = await Audit(csms, tmp_path).report()
    assert errors(first) == ["UnlockConnector/unknown connector"]
    assert errors(second) == ["configuration/ResetRetries"]
    assert [report["performance"][0]["observed_seconds"]["count"] for report in (first, second)] == [12, 12]
    assert {row["verdict"] for row in third["configuration"]} == {"unknown"}
    assert second["identity"][2]["verdict"] == third["identity"][2]["verdict"] == "match"
    assert second["audit"]["first_frame"] > first["audit"]["first_frame"]


async def test_a_station_that_goes_away_and_comes_back(csms: Csms, tmp_path: Path) -> None:
    async def leave(station: RawStation, _payload: dict[str, Any]) -> Any:
        await station.websocket.close()
        gone.set()
        return SILENCE

    gone = asyncio.Event()
    audit = Audit(csms, tmp_path)
    async with connected(csms.url, compliant() | {"UnlockConnector": leave}):
        await asyncio.wait_for(gone.wait(), BOUND)
    async with connected(csms.url, introduction=report_connectors):
        report = await audit.report()
    assert applicable(report) == dict.fromkeys(RUN, "pass") | {"TC_031_CS": "error"}
    assert (report["verdict"], errors(report)) == ("inconclusive", [])
    assert "TC_031_CS" in report["reason"]


async def test_a_station_that_goes_away_for_good(csms: Csms, tmp_path: Path) -> None:
    async def leave(station: RawStation, _payload: dict[str, Any]) -> Any:
        await station.websocket.close()
        return SILENCE

    audit = Audit(csms, tmp_path, limits=Limits(boot=0.2, comes_back=0.1))
    async with connected(csms.url, compliant() | {"UnlockConnector": leave}):
        report = await audit.report()
    assert outcomes(report)["TC_019_CS"] == outcomes(report)["TC_028_CS"] == "pass"
    assert outcomes(report)["TC_031_CS"] == outcomes(report)["TC_058_1_CS"] == "error"
    assert "did not come back" in next(case["reason"] for case in report["cases"] if case["id"] == "TC_058_1_CS")
    assert (report["verdict"], errors(report)) == ("inconclusive", [])


async def test_a_station_that_answers_with_another_message_id(csms: Csms, tmp_path: Path) -> None:
    async def astray(station: RawStation, _payload: dict[str, Any]) -> Any:
        await station.send([3, "somebody-else", {"status": "UnknownVendorId"}])
        return SILENCE

    audit = Audit(csms, tmp_path, limits=Limits(answer=0.3))
    async with connected(csms.url, compliant() | {"DataTransfer": astray}):
        report = await audit.report()
    assert errors(report) == ["frames/answer without call"]
    assert applicable(report) == dict.fromkeys(RUN, "pass") | {"TC_062_CS": "error"}


async def test_a_station_that_is_deaf_to_some_actions_is_asked_on(csms: Csms, tmp_path: Path) -> None:
    """Three calls without an answer, one after the other; the next harmless one is answered."""
    answers, looked = compliant(), []
    plain = answers["GetConfiguration"]

    async def at_the_second_look(station: RawStation, payload: dict[str, Any]) -> Any:
        if payload.get("key") == ["NumberOfConnectors"]:
            looked.append(payload)
        return SILENCE if len(looked) == 1 and payload.get("key") == ["NumberOfConnectors"] else await plain(station, payload)

    answers.update({"GetConfiguration": at_the_second_look, "DataTransfer": SILENCE, "UnlockConnector": SILENCE})
    audit = Audit(csms, tmp_path, limits=Limits(boot=0.2, answer=0.2, status=0.5, start=0.5))
    async with connected(csms.url, answers):
        report = await audit.report()
    found = outcomes(report)
    assert {found[case] for case in ("TC_062_CS", "TC_031_CS")} <= {"fail", "error"}
    assert (found["TC_019_CS"], found["TC_028_CS"], found["TC_055_CS"]) == ("pass", "pass", "pass")


async def test_what_a_station_does_not_answer_for_is_undone_at_the_end_and_not_after_every_case(csms: Csms, tmp_path: Path) -> None:
    answers = compliant() | {"SetChargingProfile": SILENCE, "ClearChargingProfile": SILENCE}
    audit = Audit(csms, tmp_path, limits=Limits(boot=0.2, answer=0.2, status=0.5, start=0.5))
    async with connected(csms.url, answers) as station:
        report = await audit.report()
    ran = list(outcomes(report))
    assert ran.index("TC_058_1_CS") < ran.index("TC_062_CS"), "a case comes after it"
    assert len(sent(station, "ClearChargingProfile")) == 2
    assert [finding["rule"] for finding in report["findings"] if "charging profile" in finding["message"]] == ["not-restored"]


async def test_a_station_that_hears_nothing_until_it_has_told_its_states(csms: Csms, tmp_path: Path) -> None:
    answers, plain = compliant(), compliant()

    async def slowly(station: RawStation) -> None:
        """No answer while it starts."""
        answers.update(dict.fromkeys(answers, SILENCE))
        await introduce(station)
        answers.update(plain)

    audit = Audit(csms, tmp_path, limits=Limits(boot=5.0, answer=1.0, status=5.0, start=0.5))
    async with connected(csms.url, answers, introduction=slowly):
        report = await audit.report()
    assert (report["verdict"], errors(report)) == ("conformant", [])


async def test_a_station_that_answers_nothing(csms: Csms, tmp_path: Path) -> None:
    async def mute(_station: RawStation, _payload: dict[str, Any]) -> Any:
        return SILENCE

    actions = [*compliant(), "GetLocalListVersion", "SendLocalList", "ReserveNow", "TriggerMessage", "SetChargingProfile"]
    audit = Audit(csms, tmp_path, limits=Limits(answer=0.1, status=0.1))
    async with connected(csms.url, dict.fromkeys(actions, mute)) as station:
        report = await audit.report()
    assert set(outcomes(report).values()) == {"error"}
    assert (report["verdict"], errors(report)) == ("inconclusive", [])
    assert len(station.seen) == 4


async def test_a_late_answer_is_late_and_not_missing(csms: Csms, tmp_path: Path) -> None:
    async def slow(_station: RawStation, _payload: dict[str, Any]) -> Any:
        await asyncio.sleep(1.1)
        return {"status": "UnknownVendorId"}

    facts = certificate(performance=(PerformanceRow("OCPP response timeout", 1, 1),))
    audit = Audit(csms, tmp_path, facts)
    async with connected(csms.url, compliant() | {"DataTransfer": slow}):
        report = await audit.report()
    assert errors(report) == ["performance/OCPP response timeout"]
    assert applicable(report) == dict.fromkeys(RUN, "pass")
    assert report["performance"][0]["observed_seconds"]["max"] >= 1.1


async def test_an_error_where_the_whole_list_belongs(csms: Csms, tmp_path: Path) -> None:
    audit = Audit(csms, tmp_path, cases=["TC_019"])
    async with connected(csms.url, compliant() | {"GetConfiguration": "InternalError"}):
        report = await audit.report()
    assert report["verdict"] == "deviates"
    assert "answers/GetConfiguration" in errors(report)
    assert {row["verdict"] for row in report["configuration"]} == {"unknown"}


async def test_a_boot_that_breaks_its_schema_is_named_and_read(csms: Csms, tmp_path: Path) -> None:
    async def wordy(station: RawStation) -> None:
        await station.call("BootNotification", BOOT | {"chargePointSerialNumber": "x" * 26})
        for connector in (0, 1):
            await station.call("StatusNotification", {"connectorId": connector, "status": "Available", "errorCode": "NoError"})

    audit = Audit(csms, tmp_path)
    async with connected(csms.url, introduction=wordy):
        report = await audit.report()
    assert errors(report) == ["calls/BootNotification"]
    assert report["identity"][2]["verdict"] == "match"


# --- arguments


@pytest.mark.parametrize(
    ("facts", "options", "message"),
    [
        (certificate(role="CSMS", number="OCA.0016.0001.CSMS"), {}, "OCA.0016.0001.CSMS: it is for a CSMS"),
        (certificate(protocol="OCPP 2.0.1"), {}, "it is for OCPP 2.0.1"),
        (certificate(), {"cases": ["TC_999"]}, "case TC_999: there is no such case"),
        (certificate(), {"cases": ["TC_013"]}, "TC_013_CS: needs the tier disruptive"),
        (certificate(), {"tiers": ["everything"]}, "tier everything: there is no such tier"),
    ],
)
async def test_an_audit_that_cannot_begin_says_why(tmp_path: Path, facts: CertificateFacts, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotBegin, match=message):
        await Audit(Listen("127.0.0.1", 0), tmp_path, facts, **options).report()


async def test_a_port_in_use(csms: Csms, tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="the port is in use"):
        await Audit(Listen("127.0.0.1", csms.port), tmp_path).report()


async def test_keys_are_asked_for_within_the_limit_of_the_station(csms: Csms, tmp_path: Path) -> None:
    """Many declared keys are absent: they are asked for by name, never more at once than GetConfigurationMaxKeys."""
    few = {name: entry for name, entry in CORE_KEYS.items() if name in {"GetConfigurationMaxKeys", "NumberOfConnectors"}}
    few["GetConfigurationMaxKeys"] = ("4", True)

    async def strict(station: RawStation, payload: dict[str, Any]) -> Any:
        return "OccurenceConstraintViolation" if len(payload.get("key", [])) > 4 else await configured(few)(station, payload)

    audit = Audit(csms, tmp_path, cases=["TC_019"])
    async with connected(csms.url, compliant() | {"GetConfiguration": strict}) as station:
        report = await audit.report()
    assert max(len(payload.get("key", [])) for payload in sent(station, "GetConfiguration")) == 4
    missing = {row["key"] for row in report["configuration"] if row["verdict"] == "missing"}
    assert missing == {name for name, (value, _) in CORE_KEYS.items() if value} - set(few)
