"""Whatever a recording holds it is judged to its end, and one that may lack lines accuses by single messages alone."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.facts_file import read_facts
from probes.judge import catalogue
from probes.judge.catalogue import obligations
from probes.modes.recordings import Recordings, SparingRedactor, read_recordings
from probes.modes.replay import Replayed, choose, report_of
from probes.modes.standing import STANDS_ALONE
from probes.report import COMPARED, AuditFacts
from probes.wire.schemas import known_actions
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests.audit_matrix import CERTIFICATE
from tests.probes.judge.talk import certificate

SCHEMA = jsonschema_rs.validator_for(json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text()))
MOMENT = "2026-01-01T00:00:00.000000Z"
AUDIT = AuditFacts("a", "replay", MOMENT, MOMENT, "1", "CP1", ("passive",), "p", "0" * 64)
CERTIFICATES = [certificate(), read_facts(CERTIFICATE), CertificateFacts(role="CS")]

METER = [{"timestamp": MOMENT, "sampledValue": [{"value": "1", "measurand": "Energy.Active.Import.Register"}]}]
SETTINGS = [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}, {"key": "HeartbeatInterval", "value": ["x"]}]
PROFILE = {"chargingProfileId": 1, "chargingProfilePurpose": "TxProfile", "chargingSchedule": {"chargingSchedulePeriod": [{"limit": "1"}]}}
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        [],
        {},
        [{}],
        {"status": "Accepted"},
        ["a", 1, None],
        "Core,SmartCharging",
        METER,
        SETTINGS,
        PROFILE,
        None,
        True,
        0,
        -1,
        1,
        2,
        7,
        1.0,
        10**20,
        "",
        "Accepted",
        "Available",
        "Charging",
        "Operative",
        "Hard",
        MOMENT,
        "2026-13-01",
        "x" * 60,
    ]
)
NAMES = [
    "connectorId",
    "transactionId",
    "status",
    "errorCode",
    "timestamp",
    "idTag",
    "meterStart",
    "meterStop",
    "interval",
    "currentTime",
    "configurationKey",
    "unknownKey",
    "key",
    "value",
    "listVersion",
    "localAuthorizationList",
    "updateType",
    "reservationId",
    "expiryDate",
    "csChargingProfiles",
    "requestedMessage",
    "vendorId",
    "type",
    "idTagInfo",
    "meterValue",
    "transactionData",
    "chargePointVendor",
    "chargePointModel",
    "firmwareVersion",
    "duration",
    "retrieveDate",
    "location",
    "reason",
    "chargingSchedule",
]
PAYLOADS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
IDS = st.sampled_from("12345678")
FRAMES = st.one_of(
    st.tuples(st.just(2), IDS, st.sampled_from([*sorted(known_actions()), "Nope"]), PAYLOADS).map(list),
    st.tuples(st.just(3), IDS, PAYLOADS).map(list),
    st.tuples(st.just(4), IDS, st.sampled_from(["NotSupported", "x"]), st.just(""), st.just({})).map(list),
    st.sampled_from([[], [2], None, [3, "1"], [2, "1", "Heartbeat", []]]),
)
STEPS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 1.0, 30.0, 400.0]), st.booleans(), FRAMES), min_size=1, max_size=40)


def line(form: str, number: int, elapsed: float, from_station: bool, frame: Any) -> str:
    stamp = f"2026-01-01T{int(elapsed) // 3600 % 24:02}:{int(elapsed) // 60 % 60:02}:{int(elapsed) % 60:02}.000000Z"
    raw = json.dumps(frame)
    if form == "log":
        return f"{stamp} {'received' if from_station else 'sent'} {raw}"
    told: dict[str, Any] = {"direction": "cs-to-csms" if from_station else "csms-to-cs", "raw": raw}
    if form in {"transcript", "unopened"}:
        told |= {"seq": number, "timestamp": stamp, "elapsed": elapsed, "chargePointId": "CP1"}
    return json.dumps(told)


def judged(form: str, steps: list[tuple[float, bool, Any]], facts: CertificateFacts) -> tuple[Replayed, dict[str, Any]] | None:
    lines, elapsed = [], 0.0
    if form == "transcript":
        opened = {"seq": 1, "timestamp": MOMENT, "elapsed": 0.0, "chargePointId": "CP1", "event": "open", "detail": {}}
        lines.append(json.dumps(opened))
    for number, (pause, from_station, frame) in enumerate(steps, start=2):
        elapsed += pause
        lines.append(line(form, number, elapsed, from_station, frame))
    recordings: Recordings = read_recordings("\n".join(lines), SparingRedactor(b"k" * 32))
    try:
        replayed = choose(recordings, "given", None)
    except CannotBegin:
        return None
    return replayed, report_of(replayed, facts, AUDIT)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(["transcript", "unopened", "untimed", "log"]), STEPS, st.sampled_from(CERTIFICATES))
def test_any_recording_is_judged_to_its_end(form: str, steps: list[tuple[float, bool, Any]], facts: CertificateFacts) -> None:
    found = judged(form, steps, facts)
    if found is None:
        return
    replayed, report = found
    assert [str(error) for error in SCHEMA.iter_errors(json.loads(json.dumps(report)))] == []
    assert replayed.recording.exact is (form == "transcript")
    accusing = {finding["rule"] for finding in report["findings"] if finding["severity"] == "error"}
    if not replayed.recording.exact:
        assert accusing <= STANDS_ALONE | (set(COMPARED) - {"performance"})
        assert not [row for row in report["performance"] if row["verdict"] == "exceeds"]
    if not replayed.recording.timed:
        assert {row["observed_seconds"]["count"] for row in report["performance"]} <= {0}


def test_a_value_that_nobody_can_mean_leaves_the_rest_judged() -> None:
    faulted = [2, "1", "StatusNotification", {"connectorId": ["x"], "status": "Faulted", "errorCode": ["y"]}]
    again = [2, "2", "StatusNotification", {"connectorId": 1, "status": "Faulted", "errorCode": "NoError"}]
    found = judged("transcript", [(0.0, True, faulted), (1.0, False, [3, "1", {}]), (1.0, True, again)], CERTIFICATES[0])
    assert found is not None
    assert {"call-follows-schema"} <= {finding["rule"] for finding in found[1]["findings"] if finding["severity"] == "error"}


def test_what_stands_alone_are_obligations() -> None:
    assert {*obligations(), *catalogue.central_obligations()} >= STANDS_ALONE


@pytest.mark.parametrize(
    ("form", "verdict"), [("transcript", "deviates"), ("unopened", "inconclusive"), ("log", "inconclusive"), ("untimed", "inconclusive")]
)
def test_an_id_that_is_used_twice_accuses_where_no_reconnection_can_be_missing(form: str, verdict: str) -> None:
    """A log does not say when the station connected anew, and a station may begin its ids again then."""
    beat = [2, "1", "Heartbeat", {}]
    found = judged(form, [(0.0, True, beat), (1.0, False, [3, "1", {"currentTime": MOMENT}]), (60.0, True, beat)], CERTIFICATES[0])
    assert found is not None
    assert found[1]["verdict"] == verdict
