"""What programs read: the same as the pages show, in pages that are linked, and not sent again when it is still the same."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.accounts.roles import Role
from registry.api.problems import PREFIX
from registry.audits.withheld import WITHHELD
from tests.registry import reviewing, samples
from tests.registry.api.samples import CENTRAL, KEPT_RULES, NEWER, REVISED, UNNUMBERED, Installation


@pytest.fixture
def client(installed: Installation) -> FlaskClient:
    return installed.app.test_client()


def got(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> Any:
    answer = client.get(f"{PREFIX}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_the_search_finds_what_the_page_finds(client: FlaskClient) -> None:
    told, page = got(client, "/certificates?size=3&sort=number"), client.get("/certificates.json?size=3&sort=number").get_json()
    assert told["total"] == page["total"] == 10
    assert told["facets"] == page["facets"]
    assert {one["number"]: one["findings"] for one in got(client, "/certificates?q=exmaple+chargers")["entries"]}[samples.EXAMPLE] == len(
        got(client, f"/certificates/{samples.EXAMPLE}")["findings"]
    )
    assert [one["number"] for one in told["entries"]] == [one["number"] for one in page["entries"]]
    assert {**told["entries"][0], "url": None, "page": None} == {**page["entries"][0], "url": None, "page": None}
    assert [one["number"] for one in got(client, "/certificates?q=exmaple+chargers")["entries"]] == [
        samples.EXAMPLE,
        reviewing.FACTS.number,
    ]


def test_pages_lead_to_one_another_and_have_everything_once(client: FlaskClient) -> None:
    path, seen = "/certificates?size=4&sort=number&role=CSMS", []
    while path:
        answer = client.get(f"{PREFIX}{path}")
        told: Any = answer.get_json()
        seen += [one["number"] for one in told["entries"]]
        links = {name: where for where, name in (part.split("; ") for part in answer.headers["Link"].split(", "))}
        assert ('rel="next"' in links) == (told["next"] is not None)
        assert {'rel="first"', 'rel="last"'} <= set(links)
        if told["next"]:
            assert links['rel="next"'] == f"<{told['next']}>"
            assert "role=CSMS" in told["next"]
        path = (told["next"] or "").removeprefix(PREFIX)
    assert seen == [*(f"OCA.0016.000{place}.CSMS" for place in range(1, 6)), None]


def test_what_is_still_the_same_is_not_sent_again(client: FlaskClient, installed: Installation) -> None:
    first = client.get(f"{PREFIX}/certificates/{REVISED}")
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = client.get(f"{PREFIX}/certificates/{REVISED}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(f"{PREFIX}/certificates/{samples.EXAMPLE}", headers={"If-None-Match": tag}).status_code == 200
    assert "Authorization" in first.headers["Vary"]
    seen = client.get(f"{PREFIX}/fleet/devices").headers["ETag"]
    assert client.get(f"{PREFIX}/fleet/devices", headers=installed.headers[Role.AUDITOR] | {"If-None-Match": seen}).status_code == 200


def test_a_certificate_with_everything(client: FlaskClient) -> None:
    told, page = got(client, f"/certificates/{samples.EXAMPLE}"), client.get(f"/certificates/{samples.EXAMPLE}.json").get_json()
    for name in ("entry", "document", "certificate", "fields", "findings", "corrections", "listing", "history"):
        assert told[name] == page[name], name
    assert list(told["certificate"]["configuration_keys"].items())[:2] == [("HeartbeatInterval", "20"), ("BlinkRepeat", None)]
    place = next(one for one in told["fields"] if one["field"] == "configuration_keys.BlinkRepeat")
    assert (place["state"], place["page"], place["line"], place["box"]) == ("declared-empty", 2, 40, [1.5, 2.5, 3.5, 4.5])
    assert told["history"][-1]["kind"] == "new"
    around = {name: got(client, told[f"{name}_url"].removeprefix(PREFIX))["name"] for name in ("product", "laboratory")}
    assert around == {"product": "EX-1", "laboratory": told["certificate"]["test_laboratory"]}
    assert [one["name"] for one in got(client, told["holder_url"].removeprefix(PREFIX))["products"]].count("EX-1") == 1
    assert {one["verdict"] for one in told["audits"]} == {"deviates", "conformant", None}


def test_revisions_and_their_differences(client: FlaskClient) -> None:
    told = got(client, f"/certificates/{REVISED}")
    assert (told["other_revisions"], told["held_now"]) == ([NEWER], {"known": False, "revision": None})
    assert got(client, f"/certificates/{samples.EXAMPLE}")["held_now"] is None
    assert got(client, f"/certificates/{REVISED}?revision={NEWER}")["certificate"]["software_version"] == "V1.4.0"
    told = got(client, f"/certificates/{REVISED}/differences?from=&to={NEWER}")
    assert told == {
        "differing": {"software_version": {"old": "V1.3.337", "new": "V1.4.0"}},
        "gained": ["revision"],
        "lost": [],
    }


def test_verdicts_of_all_sets_on_a_certificate(client: FlaskClient) -> None:
    told = got(client, f"/certificates/{samples.EXAMPLE}/requirements?on=2026-05-04")
    assert KEPT_RULES in {one["ruleset"] for one in told["verdicts"]}
    assert {one["answer"] for one in told["verdicts"]} <= {"meets", "does not meet", "cannot tell", "would meet with"}
    assert all(one["reasons"] for one in told["verdicts"])


def test_products_holders_and_laboratories(client: FlaskClient) -> None:
    holder = next(one for one in got(client, "/holders")["members"] if one["name"].startswith("Example Chargers"))
    product = next(one for one in got(client, "/products")["members"] if one["name"] == "EX-1")
    assert [one["name"] for one in got(client, "/laboratories")["members"]] == ["Example Laboratory", "Laboratory 1"]
    party = got(client, holder["url"].removeprefix(PREFIX))
    assert {one["name"] for one in party["products"]} == {"EX-1", "EX-42"}
    told = got(client, product["url"].removeprefix(PREFIX))
    assert [one["version"] for one in told["versions"]] == ["V2.4.0"]
    assert told["versions"][0]["covered"] == {"Core": [samples.EXAMPLE]}
    assert [(one["number"], one["held_now"], one["unlisted"]) for one in told["versions"][0]["entries"]] == [(samples.EXAMPLE, None, False)]


def test_side_by_side(client: FlaskClient) -> None:
    query = f"certificate={REVISED}&certificate={REVISED}/{NEWER}"
    told = got(client, f"/compare?{query}")
    assert told == client.get(f"/compare.json?{query}").get_json()
    assert [(row["label"], row["one_sided"]) for row in told["rows"] if row["differs"]] == [("Software version", False)]
    assert {side["under"] for side in told["sides"]} == {"Holder 1"}


def test_originals_and_their_pages(client: FlaskClient) -> None:
    told = got(client, f"/documents/{reviewing.SHA256}")
    assert told["pages"] == 1
    assert "EX-42" in told["text"]
    picture = client.get(f"{PREFIX}/documents/{reviewing.SHA256}/pages/1")
    assert picture.mimetype == "image/png"
    assert picture.data.startswith(b"\x89PNG")


def test_the_list_and_what_has_no_number(client: FlaskClient) -> None:
    rows = got(client, "/listing/rows?size=4&page=2")
    assert (rows["total"], rows["pages"], rows["next"]) == (6, 2, None)
    assert [row["certificate_no"] for row in rows["rows"]] == ["OCA.0016.0005.CSMS", UNNUMBERED]
    lists = got(client, "/listing")
    assert lists == client.get("/listing.json").get_json()
    entry = got(client, "/certificates?q=product+9")["entries"][0]
    assert entry["number"] is None
    assert got(client, entry["url"].removeprefix(PREFIX))["listing"]["certificate_no"] == UNNUMBERED


def test_requirement_sets(client: FlaskClient) -> None:
    told = {one["id"]: one for one in got(client, "/requirements")["sets"]}
    assert told[KEPT_RULES]["ships"] is False
    whole = got(client, f"/requirements/{KEPT_RULES}")
    assert whole["words"] == client.get(f"/requirements/{KEPT_RULES}.toml").text
    assert [(one["version"], one["words"]) for one in whole["versions"]] == [(1, whole["words"])]


def test_the_fleet_and_what_only_auditors_see(client: FlaskClient, installed: Installation) -> None:
    assert got(client, "/fleet")["devices"] == 3
    told = got(client, "/fleet/devices?site=Harbour")
    assert [one["identity"] for one in told["devices"]] == ["CP-1", "CP-2"]
    assert told["devices"][0]["answer"] == "covered"
    assert {one["value"]: one["count"] for one in told["facets"]["answer"]}["covered"] == 1
    assert "wss://charger.example" not in json.dumps(told)
    device = got(client, "/fleet/devices/CP-1")
    assert (device["certificates"], device["may_be_drifted"]) == ([samples.EXAMPLE], False)
    assert "endpoint" not in device
    assert got(client, "/fleet/devices/CP-1", installed.headers[Role.AUDITOR])["endpoint"] == "wss://charger.example/CP-1"
    assert "endpoint" not in got(client, "/fleet/devices/CP-1", installed.headers[Role.REVIEWER])
    assert [(place["site"], place["total"]) for place in got(client, "/fleet/places")["places"]] == [("Harbour", 2)]
    history = got(client, "/fleet/history/CP-4711")
    assert [one["verdict"] for one in history["audits"]] == ["conformant", "deviates"]
    assert ("Verdict", "deviates", "conformant") in {(one["kind"], one["before"], one["now"]) for one in history["changed"]}


def test_audits_and_what_only_auditors_see(client: FlaskClient, installed: Installation) -> None:
    audit, auditor = installed.known["audit_id"], installed.headers[Role.AUDITOR]
    listed = got(client, "/audits")
    assert listed["total"] == 4
    assert WITHHELD in {one["station"] for one in listed["audits"]}
    assert CENTRAL not in json.dumps(listed)
    assert CENTRAL in {one["station"] for one in got(client, "/audits", auditor)["audits"]}
    assert [one["id"] for one in got(client, f"/audits?station=CP-4711&certificate={samples.EXAMPLE}&size=1&page=2")["audits"]] == [audit]
    assert got(client, f"/audits/{audit}/report")["report"] == client.get(f"/audits/{audit}.json").get_json() == samples.report()
    assert got(client, f"/audits/{audit}")["transcript_sha256"] == hashlib.sha256(samples.transcript()).hexdigest()
    assert "X" in {got(client, one["url"].removeprefix(PREFIX))["our_station"] for one in listed["audits"]}
    waiting = got(client, f"/audits/{installed.known['waiting']}")
    assert waiting["prompt"]["text"] == "Plug in a car."
    assert waiting["progress"][0]["text"] == "Waiting for the station."
    for what in ("frames", "transcript", "bundle"):
        assert client.get(f"{PREFIX}/audits/{audit}/{what}").status_code == 401
    frames = got(client, f"/audits/{audit}/frames?size=2&page=2", auditor)
    assert [one["seq"] for one in frames["frames"]] == [3, 4]
    with client.get(f"{PREFIX}/audits/{audit}/transcript", headers=auditor) as answer:
        assert answer.data == samples.transcript()
    archive = client.get(f"{PREFIX}/audits/{audit}/bundle", headers=auditor)
    assert "transcript.jsonl" in zipfile.ZipFile(io.BytesIO(archive.data)).namelist()
    assert client.get(f"{PREFIX}/audits/{audit}/paper").data.startswith(b"%PDF")


def test_the_evidence_of_a_certificate(client: FlaskClient) -> None:
    assert client.get(f"{PREFIX}/certificates/{REVISED}/paper").data.startswith(b"%PDF")
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{PREFIX}/certificates/{REVISED}/bundle").data))
    assert "manifest.sig" in archive.namelist()


def test_campaigns(client: FlaskClient, installed: Installation) -> None:
    campaign = installed.known["campaign_id"]
    assert [one["name"] for one in got(client, "/campaigns")["campaigns"]] == ["Harbour, spring"]
    told = got(client, f"/campaigns/{campaign}")
    assert told["devices"] == client.get(f"/campaigns/{campaign}.json").get_json()["devices"]
    assert (told["progress"]["total"], told["verdicts"]) == (2, {"not yet": 2})
    assert (told["window"], told["zone"]) == (None, "UTC")
    assert {one["site"]: one["verdicts"] for one in got(client, "/campaigns/sites")["sites"]}["Harbour"] == {"never audited": 1}
    assert len(got(client, "/campaigns/verdicts")["months"]) == 12


def test_the_review(client: FlaskClient) -> None:
    queue, page = got(client, "/review"), client.get("/review.json?page=1").get_json()
    assert [one["document"] for one in queue["documents"]] == [one["document"] for one in page["documents"]]
    told = got(client, f"/review/{reviewing.SHA256}")
    assert told == client.get(f"/review/{reviewing.SHA256}.json").get_json()
    assert told["seen"] is None


def test_events_go_on_where_they_ended_whatever_comes_meanwhile(client: FlaskClient, installed: Installation) -> None:
    first = got(client, "/events?size=2")
    samples.audited(installed.sessions, installed.settings, station="CP-77")
    seen = [one["id"] for one in first["events"]]
    path = first["next"]
    while path:
        told = got(client, path.removeprefix(PREFIX))
        seen += [one["id"] for one in told["events"]]
        path = told["next"]
    assert seen == sorted(set(seen), reverse=True)
    newest = got(client, f"/events?after={first['events'][0]['id']}")["events"]
    assert (newest[0]["kind"], newest[0]["subject"]) == ("audited", "audit")
    assert "author" not in newest[0]
    assert (newest[0]["product"], newest[0]["holder"]) == ("EX-1", "Example Chargers Ltd. (made for tests)")
    assert newest[0]["sentence"].startswith(f"An audit of CP-77 against {samples.EXAMPLE} (EX-1, ")
    assert {one["sentence"] for one in newest if one["kind"] == "changed"} == {None}
    assert {one["subject"] for one in got(client, "/events?subject=listing")["events"]} == {"listing"}
    told = got(client, "/events", installed.headers[Role.ADMIN])["events"]
    assert {one["author"] for one in told} >= {"the registry itself"}
    assert {one["number"] for one in got(client, f"/events?number={REVISED}&kind=new")["events"]} == {REVISED}


def test_the_registry_as_a_whole(client: FlaskClient) -> None:
    told = got(client, "/")
    assert told["counts"]["certificates"] == 4
    for address in told["links"].values():
        assert client.get(address).status_code == 200


def test_texts_of_certificates_stay_texts(client: FlaskClient) -> None:
    answer = client.get(f"{PREFIX}/certificates")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
