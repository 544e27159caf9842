"""The auditor beside a relay, without the pipe: what it makes of what it is told."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from probes.modes import auditor, replay
from probes.modes.auditor import Order, audit
from probes.modes.replay import Replayed
from registry.certificates.facts import CertificateFacts
from registry.matching.aliases import Alias
from tests.probes.judge.talk import certificate
from tests.registry.making import EPOCH

BOOT = '[2,"1","BootNotification",{"chargePointVendor":"Example Chargers","chargePointModel":"EX-1","firmwareVersion":"V1.2.3"}]'
READ = '[2,"c1","GetConfiguration",{}]'


class Feed:
    """What a relay tells, one second after the other."""

    def __init__(
        self, folder: Path, facts: CertificateFacts | None = None, *, probes: bool = False, known_as: tuple[Alias, ...] = ()
    ) -> None:
        order = Order(facts or certificate(), folder / "transcripts", None, probes, known_as)
        self.lines = [json.dumps(order.to_json()).encode()]

    def tell(self, kind: str, **told: Any) -> Feed:
        second = float(len(self.lines))
        self.lines.append(json.dumps({"kind": kind, "wall": 1_767_225_600 + second, "monotonic": second} | told).encode())
        return self

    def open(self, line: int = 1, identity: str = "CP1", subprotocol: str | None = "ocpp1.6") -> Feed:
        headers = [["Authorization", "Basic c2VjcmV0"], ["User-Agent", "x"]]
        return self.tell("open", line=line, identity=identity, detail={"subprotocol": subprotocol, "headers": headers})

    def station(self, text: str, line: int = 1) -> Feed:
        return self.tell("frame", line=line, direction="cs-to-csms", text=text)

    def csms(self, text: str, line: int = 1) -> Feed:
        return self.tell("frame", line=line, direction="csms-to-cs", text=text)

    def end(self) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit status, and the reports by station."""
        out: list[bytes] = []
        status = audit(self.lines, out.append)
        reports = [json.loads(line) for line in b"".join(out).splitlines()]
        return status, {report["device"]["id"]: report for report in reports}


def records(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(report["transcript"]["path"]).read_text().splitlines()]


def test_a_station_is_recorded_over_all_its_connections_without_its_secrets(tmp_path: Path) -> None:
    feed = Feed(tmp_path).open().station(BOOT).tell("close", line=1, code=1001, reason="bye")
    feed.open(2).station('[2,"2","Authorize",{"idTag":"ABCDEF12"}]', 2).tell("frame", line=2, direction="cs-to-csms", binary="\x00\xff")
    status, reports = feed.end()
    found = records(reports["CP1"])
    assert [record.get("event", record.get("messageType")) for record in found] == [
        "open",
        "CALL",
        "close",
        "open",
        "CALL",
        "UNPARSABLE",
    ]
    assert [record["elapsed"] for record in found] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert found[0]["detail"]["headers"] == {"Authorization": "Basic ***", "User-Agent": "x"}
    assert "ABCDEF12" not in json.dumps(found)
    assert (status, reports["CP1"]["verdict"]) == (1, "deviates")  # a binary frame is no OCPP-J message
    assert reports["CP1"]["audit"]["started"] == "2026-01-01T00:00:01.000000Z"


def test_passwords_reach_no_disk_whoever_tells_them(tmp_path: Path) -> None:
    own, new = "correct horse battery", "another horse battery"
    headers = [["Authorization", "Basic " + b64encode(f"CP1:{own}".encode()).decode()]]
    feed = Feed(tmp_path).tell("open", line=1, identity="CP1", detail={"subprotocol": "ocpp1.6", "headers": headers})
    feed.station(BOOT).station(json.dumps([2, "d", "DataTransfer", {"vendorId": "x", "data": f"auth={own};"}]))
    feed.csms(json.dumps([2, "k", "ChangeConfiguration", {"key": "AuthorizationKey", "value": new.encode().hex()}]))
    feed.csms(json.dumps([2, "u", "UpdateFirmware", {"location": f"ftp://user:{new.replace(' ', '')}@example.com/f"}]))
    _, reports = feed.end()
    told = json.dumps(records(reports["CP1"])) + json.dumps(reports)
    assert [secret for secret in (own, new.encode().hex(), new.replace(" ", "")) if secret in told] == []
    assert "DataTransfer carries the password with which the station comes" in told


def test_what_was_missed_accuses_nobody(tmp_path: Path) -> None:
    plain = Feed(tmp_path).open().station(BOOT).station('[3,"never asked",{}]')
    missed = Feed(tmp_path).open().station(BOOT).tell("missed", line=1).station('[3,"never asked",{}]')
    assert plain.end()[1]["CP1"]["verdict"] == "deviates"
    status, reports = missed.end()
    assert (status, reports["CP1"]["verdict"]) == (0, "inconclusive")
    assert [record["seq"] for record in records(reports["CP1"])] == [1, 2, 4]


@pytest.mark.parametrize(("excused", "verdict"), [(False, "deviates"), (True, "inconclusive")])
def test_a_question_that_was_given_up_for_the_central_system_need_not_be_answered(tmp_path: Path, excused: bool, verdict: str) -> None:
    feed = Feed(tmp_path, probes=True).open().station(BOOT).csms(READ.replace("c1", "probe-1"))
    if excused:
        feed.tell("excused", line=1, id="probe-1")
    for number in range(60):
        feed.station(json.dumps([2, f"h{number}", "Heartbeat", {}]))
    assert feed.end()[1]["CP1"]["verdict"] == verdict


def test_what_is_left_of_an_older_connection_belongs_to_nobody(tmp_path: Path) -> None:
    feed = Feed(tmp_path).open(1).open(2).station(BOOT, 2).csms(READ, 1).tell("close", line=1, code=1006, reason="")
    _, reports = feed.station('[2,"3","Heartbeat",{}]', 2).end()
    found = records(reports["CP1"])
    assert [record.get("event", record.get("action")) for record in found] == ["open", "open", "BootNotification", "Heartbeat"]
    assert found[1]["detail"]["replaces"] == "an older connection of this station"


def test_notes_are_told_once_and_refusals_of_known_stations_are_recorded(tmp_path: Path) -> None:
    feed = Feed(tmp_path, probes=True).open().station(BOOT)
    for _ in range(3):
        feed.tell("note", line=1, text="The central system came back.")
    feed.tell("refused", identity="CP1", detail={"status": 401}).tell("refused", identity="CP2", detail={"status": 401})
    feed.station("lost line", 99)
    _, reports = feed.end()
    assert list(reports) == ["CP1"]
    assert reports["CP1"]["notes"].count("The central system came back.") == 1
    assert reports["CP1"]["audit"]["mode"] == "relay+probe"
    assert records(reports["CP1"])[-1]["event"] == "handshake-refused"


def test_one_report_that_fails_does_not_cost_the_others_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def report_of(replayed: Replayed, *more: Any, **named: Any) -> dict[str, Any]:
        if replayed.recording.station == "CP1":
            raise KeyError("broken")
        return replay.report_of(replayed, *more, **named)

    monkeypatch.setattr(auditor, "report_of", report_of)
    feed = Feed(tmp_path).open(1, "CP1").station(BOOT, 1).open(2, "CP2").station(BOOT, 2).open(3, "CP3", "ocpp2.0.1")
    assert list(feed.end()[1]) == ["CP2"]
    said = capsys.readouterr().err
    assert "CP1: no report: KeyError('broken')\n" in said
    assert "CP3: it agreed on ocpp2.0.1" in said
    assert "1 stations judged" in said


def test_a_transcript_that_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "transcripts").write_text("a file where the folder should be")
    assert Feed(tmp_path).open().station(BOOT).end() == (0, {})
    assert "CP1: not audited: " in capsys.readouterr().err


def test_the_newest_records_are_judged_of_very_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditor, "MOST_JUDGED", 2)
    _, reports = Feed(tmp_path).open().station(BOOT).station('[2,"2","Heartbeat",{}]').station('[2,"3","Heartbeat",{}]').end()
    assert reports["CP1"]["transcript"]["frames"] == 2
    assert "The newest 2 of 4 records were judged." in reports["CP1"]["notes"]


def test_reports_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = Order(CertificateFacts(role="CS"), tmp_path / "transcripts", tmp_path / "none" / "file", probes=False)
    assert audit([json.dumps(order.to_json()).encode()]) == 2
    assert "the reports cannot be written" in capsys.readouterr().err


def test_a_recorded_name_of_the_company_counts_in_the_report(tmp_path: Path) -> None:
    record = Alias(3, "Lichtwerk GmbH", "Example Chargers", "It trades so.", EPOCH)
    held = certificate(vendor_name="Lichtwerk GmbH")
    verdicts = {}
    for names in ((), (record,)):
        _, reports = Feed(tmp_path, held, known_as=names).open().station(BOOT).end()
        vendor = reports["CP1"]["identity"][0]
        verdicts[names] = vendor["verdict"]
        assert vendor.get("known_as", []) == [each.to_json() for each in names]
    assert verdicts == {(): "drift", (record,): "match"}
