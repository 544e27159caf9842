"""What programs change: by the same rules as people on the pages, whole or not at all, on both databases."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import errands
from registry.accounts import store
from registry.accounts.roles import Role, Scope
from registry.api.problems import PREFIX
from registry.db import utc_now
from tests.registry import reviewing, samples
from tests.registry.api.samples import ASIDE, FLEET, KEPT_RULES, Installation, rules
from tests.registry.signing_in import bearer


class Program:
    """Somebody's program: an account's token, and answers that are JSON."""

    def __init__(self, installation: Installation, role: Role) -> None:
        self.client: FlaskClient = installation.app.test_client()
        self.headers = installation.headers[role]

    def __call__(self, method: str, path: str, status: int, headers: dict[str, str] | None = None, **more: Any) -> Any:
        answer = self.send(method, path, headers, **more)
        assert answer.status_code == status, answer.text
        return answer.get_json() if answer.is_json or answer.mimetype == "application/problem+json" else answer.data

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        address = path if path.startswith(PREFIX) else f"{PREFIX}{path}"
        return self.client.open(address, method=method, headers={**self.headers, **(headers or {})}, **more)


@pytest.fixture
def auditor(fresh: Installation) -> Program:
    return Program(fresh, Role.AUDITOR)


@pytest.fixture
def reviewer(fresh: Installation) -> Program:
    return Program(fresh, Role.REVIEWER)


@pytest.fixture
def admin(fresh: Installation) -> Program:
    return Program(fresh, Role.ADMIN)


def test_a_requirement_set_from_its_making_to_its_end(reviewer: Program) -> None:
    body = {"words": rules("harbour"), "reason": "For the harbour."}
    made = reviewer.send("POST", "/requirements", json=body)
    assert made.status_code == 201
    assert made.headers["Location"] == f"{PREFIX}/requirements/harbour"
    reviewer("POST", "/requirements", 409, json=body)
    tag = reviewer.send("GET", "/requirements/harbour").headers["ETag"]
    changed = {"words": rules("harbour") + "\n# Looked at again.\n", "reason": "Looked at again."}
    told = reviewer("PUT", "/requirements/harbour", 200, {"If-Match": tag}, json=changed)
    assert [one["version"] for one in told["versions"]] == [2, 1]
    reviewer("PUT", "/requirements/harbour", 412, {"If-Match": tag}, json=changed)
    tag = reviewer.send("GET", "/requirements/harbour").headers["ETag"]
    assert reviewer("DELETE", "/requirements/harbour?reason=Nobody+needs+it.", 204, {"If-Match": tag}) == b""
    reviewer("GET", "/requirements/harbour", 404)


def test_a_requirement_set_that_cannot_be(reviewer: Program) -> None:
    told = reviewer("POST", "/requirements", 422, json={"words": "id = 3", "reason": "None."})
    assert [(one["in"], one["name"]) for one in told["errors"]] == [("json", "words")]
    told = reviewer("POST", "/requirements", 422, json={"words": rules("x").replace("profiles", "profile_set"), "reason": "None."})
    assert "profile_set is not known here: did you mean profiles?" in told["detail"]
    assert reviewer("GET", "/requirements/x", 404)
    reviewer("POST", "/requirements", 422, json={"words": rules("x"), "reason": "  "})
    ships = reviewer("GET", "/requirements/calevip-2-dc", 200)
    tag = reviewer.send("GET", "/requirements/calevip-2-dc").headers["ETag"]
    body = {"words": ships["words"], "reason": "To be easier."}
    assert "ships" in reviewer("PUT", "/requirements/calevip-2-dc", 409, {"If-Match": tag}, json=body)["detail"]
    other = {"words": rules("another"), "reason": "Another name."}
    tag = reviewer.send("GET", f"/requirements/{KEPT_RULES}").headers["ETag"]
    reviewer("PUT", f"/requirements/{KEPT_RULES}", 409, {"If-Match": tag}, json=other)
    assert len(reviewer("GET", f"/requirements/{KEPT_RULES}", 200)["versions"]) == 1


def test_offers_as_json_and_as_a_file_get_the_same_verdicts(fresh: Installation) -> None:
    anybody = Program(fresh, Role.READER)
    anybody.headers = {}
    holder, model, version = "Example Chargers Ltd. (made for tests)", "EX-1", "V2.4.0"
    offer = {"vendor": holder, "model": model, "software_version": version, "certificates": [samples.EXAMPLE.lower()]}
    evidence = {"model": "Other", "evidence": [{"level": "self-attestation", "protocol": "OCPP 1.6", "profiles": ["Core"]}]}
    body = {"on": "2026-05-04", "offers": [offer, evidence]}
    sent = anybody("POST", f"/requirements/{KEPT_RULES}/checks", 201, json=body)
    text = f"vendor,model,software version,certificate number,evidence\n{holder},{model},{version},{samples.EXAMPLE},\n"
    text += ",Other,,,self-attestation OCPP 1.6 Core\n"
    form = {"offers": (io.BytesIO(text.encode()), "offers.csv"), "on": "2026-05-04"}
    filed = anybody("POST", f"/requirements/{KEPT_RULES}/checks/file", 201, data=form)
    assert [one["answer"] for one in sent["offers"]] == [one["answer"] for one in filed["offers"]]
    assert [one["reasons"] for one in sent["offers"]] == [one["reasons"] for one in filed["offers"]]
    assert sum(sent["tally"].values()) == 2
    assert (sent["made"][:2], sent["program_version"], sent["last_event"] >= 1) == ("20", filed["program_version"], True)
    named = {"offers": [{"certificates": ["w01 oca 0016 7001 cs", "oca.0016.1137.csms - update-2025-12-12", "none of these"]}]}
    told = anybody("POST", f"/requirements/{KEPT_RULES}/checks", 201, json=named)["offers"][0]["certificates"]
    assert told == ["W01.OCA.0016.7001.CS", "OCA.0016.1137.CSMS update-2025-12-12", "none of these"]
    unsaid = [{"model": "EX-1", "software_version": "unknown", "vendor": "n/a", "certificates": ["none"]}, {"model": "EX-1"}]
    told = anybody("POST", f"/requirements/{KEPT_RULES}/checks", 201, json={"offers": unsaid})
    assert [one["software_version"] for one in told["offers"]] == [None, None]
    assert told["offers"][0]["reasons"] == told["offers"][1]["reasons"]
    assert told["notes"] == [
        "Taken for nothing said in vendor: “n/a” (offer 1).",
        "Taken for nothing said in software_version: “unknown” (offer 1).",
        "Taken for nothing said in certificates: “none” (offer 1).",
    ]
    assert anybody("GET", sent["url"], 200) == sent
    assert anybody("GET", sent["paper"], 200).startswith(b"%PDF")
    assert anybody("GET", sent["workbook"], 200).startswith(b"PK")


def test_offers_under_other_headings_are_taken_by_name(fresh: Installation) -> None:
    anybody = Program(fresh, Role.READER)
    path = f"/requirements/{KEPT_RULES}/checks/file"
    sent = {"on": "2026-05-04", "model": "Gerät", "software_version": "Stand"}
    told = anybody("POST", path, 201, data=sent | {"offers": (io.BytesIO("Gerät,Stand\nEX-1,V2.4.0\n".encode()), "offers.csv")})
    assert [(one["model"], one["software_version"]) for one in told["offers"]] == [("EX-1", "V2.4.0")]
    wrong = anybody("POST", path, 422, data={"model": "Nothing", "offers": (io.BytesIO(b"model\nX\n"), "offers.csv")})
    assert "there is no column Nothing" in wrong["detail"]


def test_a_file_of_offers_that_is_none(fresh: Installation) -> None:
    anybody = Program(fresh, Role.READER)
    path = f"/requirements/{KEPT_RULES}/checks/file"
    told = anybody("POST", path, 422, data={"offers": (io.BytesIO(b"colour\nred\n"), "offers.csv")})
    assert told["errors"][0]["name"] == "offers"
    anybody("POST", path, 422, data={"on": "2026-05-04"}, content_type="multipart/form-data")
    anybody("POST", path, 422, data={"offers": (io.BytesIO(b"model\nX\n"), "o.csv"), "on": "2026-02-30"})
    anybody("POST", path, 422, data={"offers": (io.BytesIO(b"model\nX\n"), "o.csv"), "colour": "red"})


def test_an_import_tells_first_and_stores_then(auditor: Program) -> None:
    bad = FLEET + "/CP-5,Nobody,EX-1,1.0,Harbour,,91,4\n"
    told = auditor("POST", "/fleet/imports?store=yes", 200, data={"file": (io.BytesIO(bad.encode()), "fleet.csv")})
    assert (told["stored"], told["outcome"], told["more"]) == (False, None, 0)
    assert all(one["place"].startswith(("row 5", "Row 5", "fleet.csv, row 5")) for one in told["problems"])
    assert len(told["problems"]) == 2
    good = FLEET + "CP-5,Nobody,EX-1,1.0,Harbour,,52,4\n"
    dry = auditor("POST", "/fleet/imports", 200, data={"file": (io.BytesIO(good.encode()), "fleet.csv")})
    assert (dry["stored"], dry["outcome"]) == (False, {"added": 1, "changed": 0, "same": 3})
    auditor("GET", "/fleet/devices/CP-5", 404)
    stored = auditor("POST", "/fleet/imports?store=yes", 200, data={"file": (io.BytesIO(good.encode()), "fleet.csv")})
    assert stored["stored"]
    assert auditor("GET", "/fleet/devices/CP-5", 200)["answer"] is not None


def test_an_import_takes_the_columns_that_it_is_told(auditor: Program) -> None:
    text = "Name,What,Also\nCP-8,EX-1,Nobody\n"
    told = auditor("POST", "/fleet/imports", 200, data={"file": (io.BytesIO(text.encode()), "fleet.csv")})
    assert "identity" in told["problem"].lower()
    chosen = {"file": (io.BytesIO(text.encode()), "fleet.csv"), "identity": "Name", "model": "What", "vendor": "Also"}
    assert auditor("POST", "/fleet/imports?store=yes", 200, data=chosen)["columns"] == {
        "identity": "Name",
        "model": "What",
        "vendor": "Also",
    }
    again = {"file": (io.BytesIO(text.encode()), "fleet.csv")}
    assert auditor("POST", "/fleet/imports", 200, data=again)["outcome"] == {"added": 0, "changed": 0, "same": 1}
    told = auditor("POST", "/fleet/imports", 422, data={"file": (io.BytesIO(b""), "fleet.csv")})
    assert told["errors"][0]["name"] == "file"


@pytest.mark.parametrize(("path", "part"), [("/fleet/imports", "file"), (f"/requirements/{KEPT_RULES}/checks/file", "offers")])
def test_a_heading_longer_than_any_may_be_is_refused_and_not_cut(auditor: Program, path: str, part: str) -> None:
    def send(heading: str, status: int) -> Any:
        text = f"{'H' * 1000},vendor,identity\nEX-1,Nobody,CP-8\n"
        return auditor("POST", path, status, data={part: (io.BytesIO(text.encode()), "sent.csv"), "model": heading})

    told = send("H" * 1001, 422)
    assert [(one["in"], one["name"]) for one in told["errors"]] == [("form", "model")]
    assert "1,001 characters" in told["detail"]
    send("H" * 1000, 200 if part == "file" else 201)


@pytest.mark.parametrize("path", ["/fleet/imports", f"/requirements/{KEPT_RULES}/checks/file"])
@pytest.mark.parametrize("others", [(), ("", '; name=""', '; name="unknown"', '; filename="sent.csv"')])
def test_parts_without_a_name_are_refused_in_a_sentence(auditor: Program, path: str, others: tuple[str, ...]) -> None:
    parts = "".join(f"--b\r\nContent-Disposition: form-data{named}\r\n\r\ntold\r\n" for named in ("", *others))
    told = auditor("POST", path, 422, data=f"{parts}--b--\r\n".encode(), content_type="multipart/form-data; boundary=b")
    assert told["detail"].startswith("what has no name is no argument of this operation: it takes ")
    assert {(one["in"], one["name"]) for one in told["errors"]} == {("form", ""), *([("form", "unknown")] if others else [])}


def test_devices_are_taken_out_again(auditor: Program) -> None:
    (file,) = auditor("GET", "/fleet/imports", 200)["imports"]
    assert (file["rows"], file["left"]) == (3, 3)
    auditor("DELETE", "/fleet/devices/CP-2", 204)
    auditor("DELETE", "/fleet/devices/CP-2", 404)
    assert "look at it once more" in auditor("DELETE", "/fleet/devices?site=Harbour&expected=2", 409)["detail"]
    assert auditor("DELETE", "/fleet/devices?site=Harbour&expected=1", 200) == {"removed": 1}
    auditor("DELETE", "/fleet/devices?expected=1", 409)
    auditor("DELETE", f"/fleet/imports/{file['id']}?expected=3", 409)
    assert auditor("DELETE", f"/fleet/imports/{file['id']}?expected=1", 200) == {"removed": 1}
    assert auditor("GET", "/fleet", 200)["devices"] == 0


def test_a_large_file_is_left_to_a_process_of_its_own(auditor: Program, fresh: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process itself is tested where it is made; here what it would do is done at once."""
    monkeypatch.setattr(errands, "_start", lambda _settings, _errand_id, _lock: None)
    lines = "".join(f"CP-{place:06},Nobody,Model {place % 7},1.0\n" for place in range(12_000))
    data = f"identity,vendor,model,firmware\n{lines}".encode()
    begun = auditor.send("POST", "/fleet/imports?store=yes", data={"file": (io.BytesIO(data), "fleet.csv")})
    assert begun.status_code == 202
    path = begun.headers["Location"]
    assert auditor("GET", path, 200)["state"] == "interrupted"
    told = begun.get_json()
    assert told is not None
    assert told["progress"] is None
    errands.end(fresh.settings, told["id"], {"added": 12_000, "changed": 0, "same": 0})
    assert auditor("GET", path, 200)["stored"] == {"added": 12_000, "changed": 0, "same": 0}
    auditor("GET", f"{path}/problems", 404)
    Program(fresh, Role.REVIEWER)("GET", path, 403)


def test_how_far_a_large_file_is(auditor: Program, fresh: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    locks: list[int] = []
    monkeypatch.setattr(errands, "_start", lambda _settings, _errand_id, lock: locks.append(os.dup(lock)))
    lines = "".join(f"CP-{place:06},Nobody,Model {place % 7},1.0\n" for place in range(12_000))
    data = f"identity,vendor,model,firmware\n{lines}".encode()
    begun = auditor.send("POST", "/fleet/imports", data={"file": (io.BytesIO(data), "fleet.csv")})
    path = begun.headers["Location"]
    told = auditor("GET", path, 200)
    assert (told["state"], told["progress"]) == ("running", None)
    errands.Telling(fresh.settings, told["id"])("rows read", 7_000, None)
    assert auditor("GET", path, 200)["progress"] == {"step": "rows read", "done": 7_000, "of": None}
    os.close(locks[0])
    assert (auditor("GET", path, 200)["state"], auditor("GET", path, 200)["progress"]) == ("interrupted", None)


def test_the_fleet_matched_anew(auditor: Program) -> None:
    told = auditor("POST", "/fleet/match", 200)
    assert told["covered"] + told["not_covered"] + told["cannot_tell"] == 3


def test_an_audit_asked_for_and_cancelled(auditor: Program, fresh: Installation) -> None:
    body = {"station": "CP-55", "certificate": samples.EXAMPLE.lower(), "tiers": ["reversible"], "wait_seconds": 30}
    told = auditor("POST", "/audits", 202, json=body)
    assert fresh.started == [told["id"]]
    assert (told["state"], told["tiers"], told["wait_seconds"]) == ("queued", ["passive", "reversible"], 30.0)
    assert "already under audit" in auditor("POST", "/audits", 409, json=body)["detail"]
    assert auditor("POST", f"/audits/{told['id']}/cancel", 200)["state"] == "cancelled"
    auditor("POST", f"/audits/{told['id']}/cancel", 409)
    assert auditor("POST", "/audits", 422, json=body | {"certificate": "OCA.0016.0001.CSMS"})["errors"][0]["name"] == "certificate"


def test_an_audit_of_a_management_system(auditor: Program) -> None:
    body = {"address": "wss://other.example/ocpp", "identity": "X-1", "certificate": samples.EXAMPLE, "id_tags": {"valid": "T1"}}
    assert auditor("POST", "/audits/central", 422, json=body)["errors"][0]["name"] == "certificate"
    for wrong in ({"address": "wss://u:p@other.example/"}, {"cases": ["TC_999_CSMS"]}, {"id_tags": {"valid": "T1", "member": "t1"}}):
        assert auditor("POST", "/audits/central", 422, json=body | wrong)["errors"][0]["name"] == next(iter(wrong))


def test_what_an_audit_asked_is_answered_once(auditor: Program, fresh: Installation) -> None:
    path = f"/audits/{fresh.known['waiting']}/prompts/{fresh.known['position']}"
    auditor("POST", path, 422, json={"answer": "perhaps"})
    assert auditor("POST", path, 200, json={"answer": "done"})["prompt"] is None
    auditor("POST", path, 409, json={"answer": "done"})


def test_a_campaign(auditor: Program) -> None:
    devices = [{"station": "CP-1", "certificate": samples.EXAMPLE, "site": "Harbour"}, {"station": "CP-2", "certificate": samples.EXAMPLE}]
    body = {"name": " Spring ", "devices": devices, "window": {"begins": "22:00", "ends": "05:00"}, "zone": "Europe/Amsterdam"}
    told = auditor("POST", "/campaigns", 201, json=body)
    assert (told["name"], told["state"], len(told["devices"])) == ("Spring", "active", 2)
    assert (told["window"], told["zone"]) == (body["window"], body["zone"])
    for state in ("paused", "active", "ended"):
        assert auditor("POST", f"/campaigns/{told['id']}/state", 200, json={"state": state})["state"] == state
    auditor("POST", f"/campaigns/{told['id']}/state", 409, json={"state": "active"})
    twice = auditor("POST", "/campaigns", 422, json=body | {"devices": [devices[0], devices[0]]})
    assert [one["name"] for one in twice["errors"]] == ["devices.1"]
    auditor("POST", "/campaigns", 422, json=body | {"zone": "Nowhere"})
    auditor("POST", "/campaigns", 422, json=body | {"window": {"begins": "22:00", "ends": "22:00"}})
    assert len(auditor("GET", "/campaigns", 200)["campaigns"]) == 2


def test_decisions_in_review(reviewer: Program) -> None:
    path = f"/review/{reviewing.SHA256}"
    before = reviewer("GET", path, 200)
    seen = {"reading": before["reading"], "seen": before["seen"]}
    wish = seen | {"action": "correct", "field": "designation", "value": "EX-43", "reason": "The picture shows it."}
    told = reviewer("POST", f"{path}/decisions", 201, json=wish)
    after = {one["field"]: one for one in told["document"]["fields"]}["designation"]
    assert (after["read"], after["value"]) == ("EX-42", "EX-43")
    assert "look at it once more" in reviewer("POST", f"{path}/decisions", 409, json=wish)["detail"]
    now = {"reading": told["document"]["reading"], "seen": told["document"]["seen"]}
    reviewer("POST", f"{path}/decisions", 422, json=wish | now | {"field": "certification_date", "value": "1999-01-01"})
    reviewer("POST", f"{path}/decisions", 422, json=wish | now | {"reason": " "})
    undone = reviewer(
        "POST", f"{path}/decisions", 201, json=now | {"action": "undo", "decision": told["decision"], "reason": "It was right."}
    )
    assert {one["field"]: one for one in undone["document"]["fields"]}["designation"]["value"] == "EX-42"
    finding = next(one["finding"] for one in undone["document"]["points"] if "finding" in one)
    now = {"reading": undone["document"]["reading"], "seen": undone["document"]["seen"]}
    dismissal = {
        "action": "finding-dismissed",
        "field": f"finding:{finding['rule']}",
        "message": finding["message"],
        "reason": "A misreading.",
    }
    decided = reviewer("POST", f"{path}/decisions", 201, json=now | dismissal)
    assert decided["document"]["decisions"][-1]["action"] == "dismiss finding"


def test_a_list_that_was_kept_aside(reviewer: Program) -> None:
    body = {"action": "discarded", "reason": "It was cut short."}
    told = reviewer("POST", f"/listing/{ASIDE}/decision", 200, json=body)
    assert [(one["list"], one["decision"]) for one in told["kept_aside"]] == [(ASIDE, "discarded")]
    reviewer("POST", f"/listing/{ASIDE}/decision", 409, json=body)


def test_accounts_and_tokens(admin: Program, fresh: Installation) -> None:
    with fresh.sessions.begin() as session:
        store.invite(session, "desk", Role.REVIEWER)
    (desk,) = [one for one in admin("GET", "/accounts", 200)["accounts"] if one["name"] == "desk"]
    path = f"/accounts/{desk['id']}"
    assert admin("PATCH", path, 200, json={"disabled": True}) == admin("GET", path, 200)
    assert admin("GET", path, 200)["state"] == "disabled"
    (own,) = [one for one in admin("GET", "/accounts", 200)["accounts"] if one["role"] == "admin"]
    admin("PATCH", f"/accounts/{own['id']}", 409, json={"disabled": True})
    other = Program(fresh, Role.ADMIN)
    other.headers = bearer(fresh.sessions, Role.ADMIN, Scope.READ, Scope.AUDIT)
    assert other("GET", "/account", 200)["grants"] == ["auditor", "reader"]
    (token,) = [one for one in admin("GET", "/accounts", 200)["tokens"] if set(one["scopes"]) == {"audit", "read"}]
    admin("DELETE", f"/tokens/{token['id']}", 204)
    other("GET", "/account", 401)


def test_no_token_lets_anybody_in(admin: Program, fresh: Installation) -> None:
    with fresh.sessions.begin() as session:
        store.invite(session, "desk", Role.READER)
        store.disable(session, next(one.id for one in store.listing(session, utc_now()) if one.name == "desk"))
    before = admin("GET", "/accounts", 200)["accounts"]
    (desk,) = [one for one in before if one["name"] == "desk"]
    path = f"/accounts/{desk['id']}"
    admin("POST", "/accounts", 405, json={"name": "another", "role": "admin"})
    admin("POST", f"{path}/link", 404)
    for body in ({"role": "admin"}, {"disabled": True, "role": "admin"}, {"disabled": False}, {}):
        admin("PATCH", path, 422, json=body)
    client = fresh.app.test_client()
    for form, sent in (
        ("", {"name": "another", "role": "admin"}),
        (f"/{desk['id']}/role", {"role": "admin"}),
        (f"/{desk['id']}/link", {}),
        (f"/{desk['id']}/enable", {}),
    ):
        assert client.post(f"/admin/accounts{form}", data=sent, headers=fresh.headers[Role.ADMIN]).status_code >= 302
    assert admin("GET", "/accounts", 200)["accounts"] == before


def test_nobody_revokes_the_tokens_of_others(admin: Program, fresh: Installation) -> None:
    bearer(fresh.sessions, Role.READER)
    theirs = next(one for one in admin("GET", "/accounts", 200)["tokens"] if one["owner"] == "reader")
    Program(fresh, Role.AUDITOR)("DELETE", f"/account/tokens/{theirs['id']}", 404)
    Program(fresh, Role.READER)("DELETE", f"/account/tokens/{theirs['id']}", 204)


def test_a_watch(fresh: Installation) -> None:
    reader, other = Program(fresh, Role.READER), Program(fresh, Role.AUDITOR)
    body = {"kind": "certificate", "key": samples.EXAMPLE, "url": "https://8.8.8.8/hook"}
    made = reader("POST", "/watches", 201, json=body)
    assert made["secret"]
    assert "secret" not in reader("GET", made["url"], 200)
    assert reader("PATCH", made["url"], 200, json={"state": "paused"})["state"] == "paused"
    assert reader("POST", f"{made['url']}/secret", 200)["secret"] != made["secret"]
    other("GET", made["url"], 404)
    other("DELETE", made["url"], 404)
    assert [one["label"] for one in reader("GET", "/watches", 200)["watches"]] == [made["label"]]
    reader("POST", "/watches", 422, json=body | {"url": "http://127.0.0.1/hook"})
    reader("POST", "/watches", 422, json=body | {"address": 1})
    reader("POST", "/watches", 422, json=body | {"key": "OCA.0016.7777.CS"})
    for kind, key in (("search", "protocol=OCPP+9"), ("fleet", "answer=perhaps")):
        told = reader("POST", "/watches", 422, json=body | {"kind": kind, "key": key})
        assert "is not known here: use one of" in told["detail"]
    reader("DELETE", made["url"], 204)
    reader("GET", made["url"], 404)


def test_who_did_it_is_in_the_log(reviewer: Program, admin: Program) -> None:
    reviewer("POST", f"/listing/{ASIDE}/decision", 200, json={"action": "discarded", "reason": "It was cut short."})
    newest = admin("GET", "/events?size=1", 200)["events"][0]
    assert (newest["kind"], newest["author"]) == ("reviewed", "reviewer")
