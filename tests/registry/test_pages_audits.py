"""The pages of audits: asking for one, following it, its report, its frames."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import jsonschema_rs
import pdfplumber
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.aliases import store as aliases
from registry.audits import report, store, transcript
from registry.audits.credentials import Credentials
from registry.audits.load import load_plot
from registry.certificates.store import save_extraction
from registry.errors import CannotBegin
from registry.evidence.bundle import verify
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import extraction
from tests.registry.signing_in import sign_in, token_of

STATION = "OCA.0016.9001.CS"
SYSTEM = "OCA.0016.9002.CSMS"


@pytest.fixture
def client(auditor: FlaskClient) -> FlaskClient:
    return auditor


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")
        save_extraction(session, extraction("document 2", number=SYSTEM, role="CSMS"), "system.txt")


@pytest.fixture
def audit_id(session_factory: sessionmaker[Session], settings: Settings) -> str:
    """An audit with a report of every kind of verdict."""
    return samples.audited(session_factory, settings)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))).split())


def order(token: str, **changes: str) -> dict[str, str]:
    return {"csrf_token": token, "station": "CP-1", "certificate": STATION, "read_only": "y", "wait_seconds": "30"} | changes


@pytest.mark.usefixtures("stocked")
def test_the_form_says_where_the_station_is_to_connect(client: FlaskClient) -> None:
    page = client.get("/audits/new?certificate=OCA.0016.9001.CS").text
    assert "ws://localhost:9000/" in page
    assert 'value="OCA.0016.9001.CS"' in page
    assert '<option value="OCA.0016.9001.CS">' in page
    assert SYSTEM not in page


@pytest.mark.usefixtures("stocked")
def test_asking_stores_the_audit_then_starts_it_then_shows_it(
    client: FlaskClient, token: Callable[[], str], started: list[str], session: Session
) -> None:
    answer = client.post("/audits/new", data=order(token()))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/audits/{started[0]}"
    audit = store.view(session, started[0])
    assert audit
    assert (audit.station_id, audit.certificate_number, audit.tiers, audit.wait_seconds) == (
        "CP-1",
        STATION,
        ("passive", "read-only"),
        30.0,
    )
    assert "Waiting for a worker" in client.get(answer.headers["Location"]).text


@pytest.mark.usefixtures("stocked")
def test_without_the_second_tier_it_only_listens(
    client: FlaskClient, token: Callable[[], str], started: list[str], session: Session
) -> None:
    data = order(token())
    del data["read_only"]
    client.post("/audits/new", data=data)
    audit = store.view(session, started[0])
    assert audit
    assert audit.tiers == ("passive",)


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"station": ""}, "Give the identity that the station connects with."),
        ({"station": "CP 1/../x"}, "no empty part between slashes"),
        ({"station": "x" * 49}, "At most 48 characters."),
        ({"certificate": ""}, "Give the number of the certificate"),
        ({"certificate": "OCA.0016.1111.CS"}, "holds no document of OCA.0016.1111.CS"),
        ({"certificate": SYSTEM}, "is not the certificate of a charging station"),
        ({"wait_seconds": "soon"}, "Not a valid integer value."),
        ({"wait_seconds": "4"}, "Between 5 and 3600 seconds."),
        ({"wait_seconds": ""}, "Give a whole number of seconds."),
    ],
)
def test_what_cannot_be_audited_is_said_at_the_field(
    changes: dict[str, str], said: str, client: FlaskClient, token: Callable[[], str], started: list[str]
) -> None:
    answer = client.post("/audits/new", data=order(token(), **changes))
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert started == []


@pytest.mark.usefixtures("stocked")
def test_a_station_has_one_audit_at_a_time(client: FlaskClient, token: Callable[[], str], started: list[str]) -> None:
    client.post("/audits/new", data=order(token()))
    answer = client.post("/audits/new", data=order(token()))
    assert answer.status_code == 400
    assert "already under audit" in answer.text
    assert len(started) == 1


@pytest.mark.usefixtures("stocked")
def test_a_form_without_its_token_starts_nothing(client: FlaskClient, started: list[str]) -> None:
    answer = client.post("/audits/new", data=order("forged"))
    assert answer.status_code == 400
    assert "reload the page" in answer.text
    assert started == []


@pytest.mark.usefixtures("stocked")
def test_without_a_worker_no_audit_is_offered(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    client = sign_in(samples.web(settings, session_factory).test_client(), session_factory, Role.AUDITOR)
    page = client.get("/audits/new").text
    assert "No audits can be started here" in page
    assert '<form class="form"' not in page


@pytest.mark.usefixtures("stocked")
def test_an_audit_that_cannot_be_queued_ends_with_the_reason(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    def broken(_audit_id: str) -> None:
        raise CannotBegin("the queue is full: wait")

    client = sign_in(samples.web(settings, session_factory, broken).test_client(), session_factory, Role.AUDITOR)
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/audits/new").text)
    assert found
    answer = client.post("/audits/new", data=order(found[1]))
    page = client.get(answer.headers["Location"]).text
    assert "Not carried out" in page
    assert "the queue is full: wait" in page


def test_the_list_names_stations_and_outcomes(client: FlaskClient, audit_id: str) -> None:
    page = client.get("/audits").text
    assert f'href="/audits/{audit_id}"' in page
    assert "CP-4711 OCA.0016.9901.CS 4 May 2026, 09:30 UTC deviates" in text_of(page)


def test_an_empty_list_says_what_an_audit_is(client: FlaskClient) -> None:
    assert "No audit yet" in client.get("/audits").text


def test_a_running_audit_is_followed_and_its_end_loads_the_page_anew(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        running = store.request(session, "CP-1", "OCA.0016.9901.CS")
    queued = client.get(f"/audits/{running}").text
    assert "Waiting for a worker" in queued
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in queued
    with session_factory.begin() as session:
        store.start(session, running)
        store.record_progress(session, running, 3, 11, "TC_031_CS: an unknown connector.")
    fragment = client.get(f"/audits/{running}/progress?seen=queued-0")
    assert "TC_031_CS: an unknown connector." in fragment.text
    assert '<progress max="11" value="3"' in fragment.text
    assert "<html" not in fragment.text
    seen = re.search(r'hx-get="([^"]+)"', fragment.text)
    assert seen
    assert client.get(unescape(seen[1])).status_code == 204
    with session_factory.begin() as session:
        store.fail(session, running, "Station CP-1 did not connect within 60 seconds.")
    ended = client.get(unescape(seen[1]))
    assert (ended.status_code, ended.headers["HX-Refresh"]) == (204, "true")
    page = client.get(f"/audits/{running}").text
    assert "did not connect within 60 seconds" in page
    assert "not carried out" in client.get("/audits").text
    assert "This says nothing about the device." in page
    assert "hx-get" not in page


def test_the_report_says_first_what_deviates(client: FlaskClient, audit_id: str) -> None:
    page = client.get(f"/audits/{audit_id}").text
    said = text_of(page)
    assert "Deviates from its certificate" in said
    positions = [said.index(words) for words in ("runs software version V2.4.1", "HeartbeatInterval is 300", "Identity", "Configuration")]
    assert positions == sorted(positions)
    assert "Software version V2.4.0 V2.4.1 drift" in said
    assert "Local Authorization List Management N/A yes works works but not certified" in said
    assert "HeartbeatInterval 20 300 drift" in said
    assert "MinimumStatusDuration 0 not reported missing" in said
    assert "5 keys match the certificate" in said
    assert "OCPP response timeout 10 s 4 s 21 ms 0.11 s 8 within" in said
    assert "Response time RemoteStartTransaction 10 s 4 s – – 0 not exercised" in said
    assert "1 fail 1 error 1 partial 1 pass 1 not applicable" in said
    assert "TC_031_CS Unlock Connector - Unknown Connector" in said


def test_every_frame_that_a_line_names_is_one_click_away(client: FlaskClient, audit_id: str) -> None:
    page = client.get(f"/audits/{audit_id}").text
    addresses = {unescape(found) for found in re.findall(r'href="(/audits/[^"]+/frames\?seq=[^"]+)"', page)}
    assert len(addresses) >= 8
    assert f"/audits/{audit_id}/frames?seq=14-19" in addresses
    for address in addresses:
        shown = client.get(address)
        assert shown.status_code == 200
        asked = address.partition("seq=")[2].replace("%2C", ",")
        first, dash, last = asked.partition("-")
        for seq in range(int(first), int(last) + 1) if dash else map(int, asked.split(",")):
            assert re.search(rf'class="frame [^"]* wanted" id="frame-{seq}"', shown.text), address


@pytest.mark.parametrize(("verdict", "title"), [("conformant", "Conformant"), ("inconclusive", "Inconclusive"), ("odd", "No verdict")])
def test_each_verdict_is_said_in_words(
    verdict: str, title: str, client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    found = samples.audited(session_factory, settings, samples.conformant_report() | {"verdict": verdict})
    page = client.get(f"/audits/{found}").text
    assert f'id="verdict">{title}</h2>' in page
    assert "Deviates" not in page


def test_a_report_with_missing_parts_is_still_a_page(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    found = samples.audited(session_factory, settings, {"verdict": "inconclusive", "cases": None, "identity": ["x"]})
    assert client.get(f"/audits/{found}").status_code == 200


def test_a_deviation_without_a_finding_is_spelled_out_from_the_tables() -> None:
    document = samples.report() | {"findings": []}
    said = [sentence.text for sentence in report.view(document).sentences]
    assert "Software version: certified V2.4.0, running V2.4.1." in said
    assert "HeartbeatInterval: certified 20, set to 300." in said
    assert "MinimumStatusDuration is certified with 0 and the device has no such key." in said
    assert "OCPP triggered function timeout: took 61.2 s, declared 60 s." in said
    assert report.view(document | {"verdict": "conformant"}).sentences == ()


def test_the_sample_is_a_report_as_audits_write_them() -> None:
    schema = json.loads((samples.REPORT.parents[2] / "data" / "schemas" / "audit_report.json").read_text())
    for document in (samples.report(), samples.conformant_report()):
        assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []


def test_what_was_not_run_and_why_can_be_read(client: FlaskClient, audit_id: str) -> None:
    said = text_of(client.get(f"/audits/{audit_id}").text)
    assert "1 case was not run" in said
    assert "TC_001_CS Cold Boot Charge Point: needs the tier disruptive" in said
    assert "The time on the network is included in response times." in said
    assert "Example Chargers the legal form is left out match" in said
    assert "passive, read-only" in said


def test_report_and_transcript_can_be_taken_away(client: FlaskClient, audit_id: str) -> None:
    assert client.get(f"/audits/{audit_id}.json").get_json() == samples.report()
    answer = client.get(f"/audits/{audit_id}/transcript.jsonl")
    assert answer.data == samples.transcript()
    assert f"audit-{audit_id}.jsonl" in answer.headers["Content-Disposition"]
    answer.close()


def test_the_sequence_shows_both_directions_and_the_connection(client: FlaskClient, audit_id: str) -> None:
    page = client.get(f"/audits/{audit_id}/frames").text
    said = text_of(page)
    assert "Connection opened, 0.137 s: subprotocol ocpp1.6" in said
    assert "BootNotification.req station → CSMS frame 2, 0.274 s" in said
    assert "BootNotification.conf CSMS → station frame 3" in said
    assert "ClearChargingProfile: error" in said
    assert '"errorCode": "NotImplemented"' in said
    assert "Connection closed, 3.151 s: code 1000" in said


def test_a_long_content_has_a_line_for_each_thing_that_fits_on_one(settings: Settings) -> None:
    path = transcript.path_of(settings.transcripts, samples.keep_transcript(settings, samples.transcript()))
    assert path
    shown = {entry.seq: entry.payload for entry in transcript.entries(path)}
    assert shown[5] == "{}"
    assert shown[11] == '{"status": "Unlocked"}'
    assert shown[7].splitlines()[:3] == [
        "{",
        '  "configurationKey": [',
        '    {"key": "HeartbeatInterval", "readonly": false, "value": "300"},',
    ]
    assert json.loads(shown[7])["configurationKey"][3]["value"] == "eco"


def test_chosen_frames_come_with_the_other_half_of_their_exchange(client: FlaskClient, audit_id: str) -> None:
    page = client.get(f"/audits/{audit_id}/frames?seq=7").text
    assert re.findall(r'id="frame-(\d+)"', page) == ["6", "7"]
    assert 'wanted" id="frame-7"' in page
    assert 'wanted" id="frame-6"' not in page
    assert "5 records left out" in page
    assert "has no frame 99" in text_of(client.get(f"/audits/{audit_id}/frames?seq=7,99").text)


@pytest.mark.parametrize(
    "query",
    [
        "?seq=",
        "?seq=a",
        "?seq=1;2",
        "?seq=1-2-3",
        "?seq=1-99999",
        "?seq=-1",
        "?seq=" + ",".join(map(str, range(600))),
        "?page=0",
        "?page=x",
        "?page=²",
    ],
)
def test_frames_that_cannot_be_asked_for(query: str, client: FlaskClient, audit_id: str) -> None:
    assert client.get(f"/audits/{audit_id}/frames{query}").status_code == 400


def test_a_long_transcript_has_pages(client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings) -> None:
    line = json.loads(samples.transcript().splitlines()[7])
    more = [line | {"seq": 100 + number} for number in range(400)]
    found = samples.audited(session_factory, settings, lines=samples.transcript(*more))
    assert "Page 1 of 3" in client.get(f"/audits/{found}/frames").text
    assert 'id="frame-499"' in client.get(f"/audits/{found}/frames?page=3").text
    assert client.get(f"/audits/{found}/frames?page=4").status_code == 404


def test_hostile_and_broken_lines_are_shown_and_do_nothing(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    hostile = "<script>alert(1)</script>"
    frame = json.loads(samples.transcript().splitlines()[1])
    lines = b"".join(
        [
            json.dumps(frame | {"raw": hostile, "messageType": "UNPARSABLE", "action": None, "messageId": None}).encode() + b"\n",
            json.dumps(frame | {"raw": json.dumps([2, "x", hostile, {hostile: hostile}]), "action": hostile, "seq": 3}).encode() + b"\n",
            json.dumps({"seq": 4, "event": hostile, "detail": {hostile: hostile}}).encode() + b"\n",
            f"{hostile}\n".encode(),
            b'{"seq": true, "elapsed": "x", "raw": 5, "detail": 7}\n[]\n\xff\xfe\n',
            b"[" * 100_000 + b"\n",
            b'{"raw": "' + b"x" * 600_000 + b'"}\n',
            json.dumps(frame | {"seq": 77}).encode(),
        ]
    )
    found = samples.audited(session_factory, settings, lines=lines)
    page = client.get(f"/audits/{found}/frames").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Not an OCPP message" in page
    assert "Cut here: the download has it whole." in page
    assert 'id="frame-77"' in page


def test_a_hostile_report_does_nothing(client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings) -> None:
    hostile = '"><script>alert(1)</script>'
    text = json.dumps(samples.report()).replace("HeartbeatInterval", hostile.replace('"', "")).replace("V2.4.1", hostile.replace('"', ""))
    found = samples.audited(session_factory, settings, json.loads(text))
    assert "<script>alert" not in client.get(f"/audits/{found}").text


def test_an_audit_without_transcript_says_so(client: FlaskClient, settings: Settings, audit_id: str) -> None:
    for path in settings.transcripts.iterdir():
        path.unlink()
    assert "Transcript</a>" not in client.get(f"/audits/{audit_id}").text
    for address in (f"/audits/{audit_id}/frames", f"/audits/{audit_id}/transcript.jsonl"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "No transcript of this audit is kept here" in answer.text


def test_the_evidence_can_be_taken_along_and_checked_elsewhere(client: FlaskClient, audit_id: str, tmp_path: Path) -> None:
    assert f"/audits/{audit_id}/bundle.zip" in client.get(f"/audits/{audit_id}").text
    printed = client.get(f"/audits/{audit_id}.pdf")
    assert (printed.status_code, printed.mimetype, printed.data[:4]) == (200, "application/pdf", b"%PDF")
    path = tmp_path / "bundle.zip"
    path.write_bytes(client.get(f"/audits/{audit_id}/bundle.zip").data)
    found = verify(path)
    assert (found.problems, found.about["verdict"]) == ((), "deviates")
    assert {"report.json", "report.pdf", "transcript.jsonl"} <= set(found.files)
    with zipfile.ZipFile(path) as archive, client.get(f"/audits/{audit_id}/transcript.jsonl") as whole:
        assert json.loads(archive.read("report.json")) == samples.report()
        assert archive.read("transcript.jsonl") == whole.data


@pytest.mark.parametrize("name", ["x", "0" * 36, "..%2f..%2fetc%2fpasswd", "00000000-0000-4000-8000-00000000000f"])
@pytest.mark.parametrize("part", ["", ".json", ".pdf", "/bundle.zip", "/progress", "/frames", "/transcript.jsonl"])
def test_an_unknown_audit_is_a_page_that_helps(name: str, part: str, client: FlaskClient) -> None:
    assert client.get(f"/audits/{name}{part}").status_code == 404


def test_a_transcript_is_only_found_by_a_whole_hash(settings: Settings) -> None:
    sha256 = samples.keep_transcript(settings, b"x\n")
    assert transcript.path_of(settings.transcripts, sha256) is not None
    (settings.home / "elsewhere.jsonl").write_bytes(b"x\n")
    for name in (None, "", "../elsewhere", "../" + sha256, sha256.upper(), sha256[:-1]):
        assert transcript.path_of(settings.transcripts, name) is None


# --- central systems


def central_order(token: str, **changes: str) -> dict[str, str]:
    given = {"address": "ws://192.0.2.10:9000/ocpp/", "identity": "PROBE-1", "certificate": SYSTEM, "valid": "AB12", "blocked": "CD34"}
    return {"csrf_token": token, "person": "y", "load": "0"} | given | changes


@pytest.mark.usefixtures("stocked")
def test_asking_for_the_audit_of_a_central_system_keeps_what_it_needs_until_it_has_ended(
    client: FlaskClient, token: Callable[[], str], started: list[str], session_factory: sessionmaker[Session]
) -> None:
    answer = client.post("/audits/new-csms", data=central_order(token(), cases="tc_012, TC_054_CSMS", load="100"))
    assert answer.status_code == 303
    audit_id = started[-1]
    with session_factory() as session:
        audit = store.view(session, audit_id)
    assert audit is not None
    assert audit.is_central
    assert audit.station_id == "ws://192.0.2.10:9000/ocpp"
    assert audit.given == {"identity": "PROBE-1", "person": True, "load": 100}
    assert dict(audit.id_tags) == {"AB12": "valid", "CD34": "blocked"}
    assert audit.cases == ("TC_012_CSMS", "TC_054_CSMS")
    page = client.get(f"/audits/{audit_id}").text
    assert "AB12" not in page
    with session_factory.begin() as session:
        store.fail(session, audit_id, "It could not be reached.")
    with session_factory() as session:
        ended = store.view(session, audit_id)
    assert ended is not None
    assert not ended.id_tags


PEM = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"
PEM_KEY = "-----BEGIN PRIVATE KEY-----\nREVG\n-----END PRIVATE KEY-----"
OWN = {"address": "wss://192.0.2.10/ocpp", "own_certificate": PEM, "own_key": PEM_KEY}


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, Credentials()),
        ({"password": "open sesame 0001"}, Credentials(password="open sesame 0001")),
        (OWN | {"authority": PEM}, Credentials(authority=PEM, certificate=PEM, key=PEM_KEY)),
    ],
    ids=["nothing", "a password", "a certificate"],
)
def test_what_our_station_shows_is_kept_sealed_until_the_audit_has_ended(
    changes: dict[str, str],
    kept: Credentials,
    client: FlaskClient,
    token: Callable[[], str],
    started: list[str],
    session_factory: sessionmaker[Session],
) -> None:
    assert client.post("/audits/new-csms", data=central_order(token(), **changes)).status_code == 303
    with session_factory() as session:
        stored = session.execute(text("SELECT given, id_tags FROM audit")).one()
        audit = store.view(session, started[-1])
    assert audit is not None
    assert audit.credentials == kept
    assert audit.given == {"identity": "PROBE-1", "person": True, "load": 0}
    pages = [client.get(f"{path}/{started[-1]}").text for path in ("/audits", "/api/v1/audits")]
    for secret in kept.to_keep().values():
        assert not [shown for shown in (str(stored), repr(audit), *pages) if secret in shown or secret.splitlines()[-2:][0] in shown]
    with session_factory.begin() as session:
        store.cancel(session, started[-1])
    with session_factory() as session:
        ended = store.view(session, started[-1])
    assert ended is not None
    assert ended.credentials == Credentials()
    assert ended.given == audit.given


@pytest.mark.usefixtures("stocked")
def test_a_form_that_comes_back_has_no_secrets_in_it(client: FlaskClient, token: Callable[[], str], started: list[str]) -> None:
    answer = client.post("/audits/new-csms", data=central_order(token(), **OWN, password="open sesame 0001"))
    assert answer.status_code == 400
    assert "not both" in text_of(answer.text)
    assert "sesame" not in answer.text
    assert "REVG" not in answer.text
    assert not started


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"address": "http://example.com/"}, "Write ws://HOST:PORT/PATH"),
        (OWN | {"own_key": ""}, "Its private key is missing"),
        (OWN | {"own_certificate": ""}, "Its certificate is missing"),
        (OWN | {"own_key": PEM}, "begins with -----BEGIN PRIVATE KEY-----"),
        (OWN | {"own_key": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nQUJD"}, "without a passphrase"),
        (OWN | {"address": "ws://192.0.2.10/ocpp"}, "begins with wss://"),
        ({"authority": "none"}, "begins with -----BEGIN CERTIFICATE-----"),
        ({"password": "x" * 201}, "at most 200 characters"),
        ({"address": "ws://user:secret@example.com/"}, "Leave the password out"),
        ({"address": "ws://example.com:99999/"}, "That is no address"),
        ({"address": "ws://example.com/x?y=1"}, "nothing after the path"),
        ({"address": ""}, "Give the address"),
        ({"identity": "a//b"}, "no empty part between slashes"),
        ({"certificate": STATION}, "is not the certificate of a management system"),
        ({"certificate": "OCA.0016.7777.CSMS"}, "holds no document"),
        ({"blocked": "ab12"}, "stands in two fields"),
        ({"valid": "A" * 21}, "at most 20 characters"),
        ({"load": "5000"}, "Not a valid choice"),
        ({"cases": "TC_012_CS"}, "no test case TC_012_CS_CSMS"),
    ],
)
def test_what_a_central_audit_cannot_use_is_said(
    changes: dict[str, str], said: str, client: FlaskClient, token: Callable[[], str], started: list[str]
) -> None:
    answer = client.post("/audits/new-csms", data=central_order(token(), **changes))
    assert answer.status_code == 400
    assert said in text_of(answer.text)
    assert not started


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("path", ["/audits/new", "/audits/new-csms"])
def test_auditors_alone_ask_for_audits(path: str, visitor: FlaskClient, reviewer: FlaskClient, started: list[str]) -> None:
    assert visitor.get(path).location == f"/sign-in?next={path}"
    assert "role auditor" in visitor.get(f"/sign-in?next={path}").text
    order = central_order(token_of(reviewer))
    assert (reviewer.get(path).status_code, reviewer.post(path, data=order).status_code) == (403, 403)
    assert visitor.post(path, data=order).location == "/sign-in?next=/"
    assert not started


def test_the_device_of_a_central_audit_is_its_address(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    address = "wss://csms.example.com/ocpp"
    with session_factory.begin() as session:
        audit_id = store.request(session, address, SYSTEM, store.CENTRAL_MODE, given={"identity": "P", "person": False}, id_tags={})
    page = client.get(f"/audits/{audit_id}").text
    link = re.search(r'href="(/devices/[^"]+)"', page)
    assert link is not None
    shown = client.get(unescape(link[1]))
    assert shown.status_code == 200
    assert address in text_of(shown.text)


def test_visitors_are_not_told_where_a_management_system_is(visitor: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    address = "wss://csms.example.com:8443/ocpp"
    with session_factory.begin() as session:
        audit_id = store.request(session, address, SYSTEM, store.CENTRAL_MODE, given={"identity": "P", "person": False}, id_tags={})
        store.start(session, audit_id)
        store.record_progress(session, audit_id, 0, 1, f"Connecting to {address}/P")
    own = f"/audits/{audit_id}"
    pages = [own, "/audits", "/audits.json", "/audits.csv", "/", f"/certificates/{SYSTEM}", f"/certificates/{SYSTEM}.json"]
    for path in (*pages, f"/audits/{audit_id}/progress"):
        assert "csms.example" not in visitor.get(path).text, path
    with session_factory.begin() as session:
        said = {"verdict": "inconclusive", "device": {"id": address}, "findings": [{"message": "csms.example.com:8443 refused"}]}
        store.finish(session, audit_id, said, None)
    for path in (*pages, f"/audits/{audit_id}.json"):
        assert "csms.example" not in visitor.get(path).text, path
    assert visitor.get(f"/audits/{audit_id}.json").get_json()["findings"] == [{"message": "a management system refused"}]
    assert visitor.get(f"/devices/{address}").location.startswith("/sign-in?")


def test_answers_under_load_are_drawn_on_a_scale_of_tens() -> None:
    step = {"step": "Authorize", "count": 10, "unanswered": 1, "refused": 0, "median": 0.01, "p95": 0.1, "max": 1.0}
    drawn = load_plot([{"stations": 10, "registered": 9, "steps": [step], "frames": [1, 2]}])
    assert drawn is not None
    assert [said for _, said in drawn.marks] == ["1 ms", "10 ms", "100 ms", "1 s"]
    line = drawn.lines[0]
    assert (round(line.at_median, 1), round(line.at_p95, 1), round(line.at_longest, 1)) == (33.3, 66.7, 100.0)
    assert (line.stations, line.registered, line.count, line.unanswered) == (10, 9, 10, 1)


@pytest.mark.parametrize("rows", [[], [{"stations": 10}], [{"stations": 10, "steps": [{"step": "x", "max": None}]}], [{"steps": "text"}]])
def test_without_measurements_nothing_is_drawn(rows: list[dict[str, object]]) -> None:
    assert load_plot(rows) is None


def test_the_page_shows_how_answers_were_under_load(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    step = {"step": "Authorize", "count": 100, "unanswered": 0, "refused": 0, "median": 0.012, "p95": 0.2, "max": 1.32}
    told = samples.report() | {"load": [{"stations": 100, "registered": 100, "steps": [step], "frames": [1, 2]}]}
    page = client.get(f"/audits/{samples.audited(session_factory, settings, told)}").text
    assert "Under load" in page
    assert "1.32 s" in text_of(page)


@pytest.mark.parametrize(("observed", "is_told"), [("LUX", True), ("Lux (North)", False), ("Lumen", False)])
def test_a_recorded_name_of_the_company_stands_beside_the_vendor_that_was_told(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings, observed: str, is_told: bool
) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(holder="Lichtwerk GmbH"), "station.txt")
        aliases.record(session, "Lichtwerk GmbH", "Lux", "It trades so.")
    row = {"field": "vendor", "certified": "Lichtwerk GmbH", "observed": observed, "verdict": "drift", "frames": []}
    audit_id = samples.audited(session_factory, settings, {**samples.report(), "identity": [row]})
    told = "“Lux” is recorded as another name of Lichtwerk GmbH"
    assert (told in text_of(client.get(f"/audits/{audit_id}").text)) == is_told


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_a_verdict_by_a_recorded_name_names_the_record_and_whether_it_still_holds(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings, is_withdrawn: bool
) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(holder="Lichtwerk GmbH"), "station.txt")
        record = aliases.record(session, "Lichtwerk GmbH", "Lux", "It trades so.")
    row = {"field": "vendor", "certified": "Lichtwerk GmbH", "observed": "LUX", "verdict": "match", "frames": []}
    audit_id = samples.audited(session_factory, settings, {**samples.report(), "identity": [row | {"known_as": [record.to_json()]}]})
    if is_withdrawn:
        with session_factory.begin() as session:
            aliases.withdraw(session, record.id, "It does not.")
    page = client.get(f"/audits/{audit_id}").text
    assert "“Lux” is recorded as another name of Lichtwerk GmbH" in text_of(page)
    assert f'href="/holders/{record.slug}"' in page
    assert ("The record has been withdrawn since" in text_of(page)) == is_withdrawn


def test_the_paper_and_the_document_for_programs_name_the_record_of_a_verdict(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    said = "by a recorded name the certified company"
    record = {"id": 7, "holder": "Lichtwerk GmbH", "name": "Lux", "reason": "So.", "recorded_at": "2026-01-01T00:00:00+00:00"}
    row = {"field": "vendor", "certified": "Lichtwerk GmbH", "observed": "Lux", "verdict": "match", "frames": [], "known_as": [record]}
    finding = {"rule": "identity", "severity": "note", "message": said, "frames": []}
    audit_id = samples.audited(session_factory, settings, {**samples.report(), "identity": [row], "findings": [finding]})
    assert json.loads(client.get(f"/audits/{audit_id}.json").text)["identity"][0]["known_as"] == [record]
    with pdfplumber.open(io.BytesIO(client.get(f"/audits/{audit_id}.pdf").data)) as paper:
        assert said in " ".join(word["text"] for page in paper.pages for word in page.extract_words())
