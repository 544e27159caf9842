"""The pages of requirement sets, from the list to the file in hand, on a real database."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import openpyxl
import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry.certificates.store import save_extraction
from registry.requirements import store
from registry.requirements.reading import shipped, shipped_texts
from registry.settings import Settings
from tests.registry.making import extraction
from tests.registry.signing_in import token_of

STATION = "OCA.0016.9001.CS"
OFFERS = b"Vendor;Model;Firmware;Certificate;Price\nHolder 1;Product 1;1.3.337;OCA.0016.9001.CS;=1+1\nHolder 1;Product 1;9.9;;\n"


@pytest.fixture
def client(reviewer: FlaskClient) -> FlaskClient:
    return reviewer


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")


@pytest.fixture
def token(client: FlaskClient) -> Callable[[], str]:
    def take() -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/requirements/south-korea-subsidy/check").text)
        assert found
        return found[1]

    return take


def look(
    client: FlaskClient, token: str, data: bytes, name: str = "offers.csv", rules: str = "south-korea-subsidy", **form: str
) -> TestResponse:
    """Send a file: what was understood of it."""
    fields = {"csrf_token": token, "offers": (io.BytesIO(data), name), "on": "2024-05-01", **form}
    return client.post(f"/requirements/{rules}/check", data=fields, content_type="multipart/form-data")


def fields_of(page: str) -> dict[str, str]:
    """What the form of the page would send, as a browser without scripts does."""
    form = page.partition('<form class="form"')[2].partition("</form>")[0]
    sent = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)}
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        sent[name] = unescape(chosen[1])
    return sent


def send(
    client: FlaskClient, token: str, data: bytes, name: str = "offers.csv", rules: str = "south-korea-subsidy", **form: str
) -> TestResponse:
    """Send a file and have it judged with the columns that were found; the answer that refuses it, where it is."""
    looked = look(client, token, data, name, rules, **form)
    if looked.status_code != 200:
        return looked
    return client.post(f"/requirements/{rules}/check", data=fields_of(looked.text) | {"action": "judge"})


def test_every_set_has_a_page_in_plain_words(client: FlaskClient) -> None:
    listed = client.get("/requirements").text
    for rules in shipped().values():
        assert rules.title in listed
        page = client.get(f"/requirements/{rules.id}")
        assert page.status_code == 200
        assert all(source.title in page.text for source in rules.sources)
        assert all(line in page.text for line in rules.not_judged)
    summary = "Certificates that together cover Core and Security at the offered version. For OCPP 1.6 or later."
    assert summary in client.get("/requirements/calevip-2-dc").text
    assert "conformance, not certification" in client.get("/requirements/us-23-cfr-680-108").text
    assert client.get("/requirements/calevip-2-dc.toml").text == shipped_texts()["calevip-2-dc"]
    assert len(client.get("/requirements.json").json["sets"]) == len(shipped())  # type: ignore[index]  # a page of JSON has some
    assert client.get("/requirements/nothing").status_code == 404


def test_offers_go_in_and_verdicts_with_their_reasons_come_out(client: FlaskClient, token: Callable[[], str], settings: Settings) -> None:
    answer = send(client, token(), OFFERS)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "2 offers against South Korea" in page.text
    assert "1 meets" in page.text
    assert "software version V1.3.337, which OCA.0016.9001.CS certifies" in page.text
    closed = [part.partition("</summary>")[0] for part in page.text.split("<summary>")[1:]]
    assert ["software version V1.3.337, which" in row for row in closed] == [False, True]
    assert "Not looked at: Price." in page.text
    assert client.get(f"{answer.location}?answer=meets").text.count("card verdict") == 1
    assert client.get(f"{answer.location}?answer=perhaps").status_code == 400
    rows = list(openpyxl.load_workbook(io.BytesIO(client.get(f"{answer.location}.xlsx").data)).active.values)
    assert [row[:5] for row in rows[1:]] == [
        (2, "Holder 1", "Product 1", "1.3.337", "meets"),
        (3, "Holder 1", "Product 1", "9.9", "would meet with"),
    ]
    assert [row[-1] for row in rows] == ["Certificates named", "OCA.0016.9001.CS", None]
    assert client.get(f"{answer.location}.pdf").data.startswith(b"%PDF")
    document = client.get(f"{answer.location}.json").json
    assert document is not None
    assert document["tally"] == {"meets": 1, "does not meet": 0, "cannot tell": 0, "would meet with": 1}
    kept = list((settings.home / "checks").iterdir())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]


def test_where_a_sheet_has_no_rows_no_columns_are_offered(client: FlaskClient, token: Callable[[], str]) -> None:
    made = openpyxl.Workbook()
    made.active.append(("The offers are on the second sheet",))
    made.create_sheet("Offers").append(("Vendor", "Model"))
    out = io.BytesIO()
    made.save(out)
    refused = look(client, token(), out.getvalue(), "two.xlsx")
    assert refused.status_code == 400
    assert "put the sheet with the offers first" in refused.text
    assert "choose the columns below" not in refused.text
    assert "column-model" not in refused.text


DATED = b"""Vendor,Model,Firmware,Certificate,Installed
Holder 1,Product 1,1.3.337,OCA.0016.9001.CS,2023-12-31
Holder 1,Product 1,1.3.337,OCA.0016.9001.CS,2025-01-01
Holder 1,Product 1,1.3.337,OCA.0016.9001.CS,03/04/2024
Holder 1,Product 1,1.3.337,OCA.0016.9001.CS,
"""


def test_the_day_and_the_phase_stand_beside_what_they_decided(client: FlaskClient, token: Callable[[], str]) -> None:
    location = send(client, token(), DATED, rules="communities-in-charge-level-2").location
    page = " ".join(unescape(client.get(location).text).split())
    paper = " ".join(pypdf.PdfReader(io.BytesIO(client.get(f"{location}.pdf").data)).pages[0].extract_text().split())
    assert page.count('<details class="card verdict case offer') == 4
    assert '<span class="whole">Product 1</span> <span class="muted">' in page
    assert "1.3.337, installed 31 December 2023<" in page
    assert "1.3.337, installation date not known<" in page
    for told in (page, paper):
        assert "Judged for installation on 31 December 2023, which falls into the phase “Self-attestation”." in told
        assert "Judged for installation on 1 January 2025, which falls into the phase “OCPP 2.0.1”." in told
        assert "Judged for installation on 1 May 2024, which falls into the phase “One of three ways”." in told
        assert "No one installation date is known: every phase that it may fall into was looked at." in told
        assert "From offers.csv." in told
        assert "The offer names OCA.0016.9001.CS." in told
        assert re.search(r"Judged on \d{1,2} \w+ \d{4}, \d{2}:\d{2} UTC, by version \S+ of the program", told)
    south = client.get(send(client, token(), OFFERS, on="2021-01-01").location).text
    assert "Judged for installation on 1 January 2021, of which the set says nothing." in south


def test_many_offers_have_a_line_each_and_few_are_open(client: FlaskClient, token: Callable[[], str]) -> None:
    few, many = (client.get(send(client, token(), data).location).text for data in (OFFERS, DATED))
    assert re.findall(r'id="row-(\d+)" open>', few) == ["2", "3"]
    assert re.findall(r'id="row-(\d+)">', many) == ["2", "3", "4", "5"]
    line = many.partition('id="row-2">')[2].partition("</summary>")[0]
    assert "Product 1" in line
    assert '<span class="tag good' in line


def test_results_are_kept_for_a_day_and_nobody_guesses_them(client: FlaskClient, token: Callable[[], str], settings: Settings) -> None:
    location = send(client, token(), OFFERS).location
    for guess in ("0" * 32, "..%2f..%2fsession", "x"):
        assert client.get(f"/requirements/results/{guess}").status_code == 404
    kept = next((settings.home / "checks").iterdir())
    os.utime(kept, (0, 0))
    assert client.get(location).status_code == 404
    send(client, token(), OFFERS)
    assert not Path(kept).exists()


@pytest.mark.parametrize(
    ("data", "name", "form", "said"),
    [
        (b"", "offers.csv", {}, "is empty"),
        (b"a,b\n1,2\n", "offers.csv", {}, "no column for the model or the certificate number"),
        (b"vendor,model\n", "offers.csv", {}, "no row below the headings"),
        (b"vendor,manufacturer,model\na,b,c\n", "offers.csv", {}, "both hold the holder"),
        (b"PK\x03\x04", "offers.xlsx", {}, "cannot be read as an XLSX file"),
        (OFFERS, "offers.csv", {"on": "2024-02-30"}, "a date that cannot be"),
        (OFFERS, "", {}, "No file was chosen"),
        (b"model\n" + b"x\n" * 2_001, "offers.csv", {}, "with ocpp-registry check south-korea-subsidy FILE"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    client: FlaskClient, token: Callable[[], str], settings: Settings, data: bytes, name: str, form: dict[str, str], said: str
) -> None:
    answer = send(client, token(), data, name, **form)
    assert answer.status_code == 400
    assert said in answer.text
    assert not (settings.home / "checks").exists()


OTHER = "Anbieter;Gerät;Stand;Nachweisnummer\nHolder 1;Product 1;1.3.337;OCA.0016.9001.CS\n".encode()


def test_nothing_is_judged_before_its_columns_were_shown(client: FlaskClient, token: Callable[[], str], settings: Settings) -> None:
    page = look(client, token(), OFFERS)
    assert page.status_code == 200
    assert "Nothing is judged yet" in page.text
    assert "Not looked at: Price." in page.text
    assert not (settings.home / "checks").exists()
    found = {name: value for name, value in fields_of(page.text).items() if name.startswith("column-")}
    assert found == {
        "column-holder": "Vendor",
        "column-model": "Model",
        "column-software_version": "Firmware",
        "column-certificates": "Certificate",
        "column-installed": "-",
        "column-evidence": "-",
        "column-role": "-",
    }


def test_other_columns_are_chosen(client: FlaskClient, token: Callable[[], str]) -> None:
    page = look(client, token(), OTHER)
    assert page.status_code == 400
    assert "ffers.csv, row 1: there is no column for the model or the certificate number" in page.text
    assert "Judge them" not in page.text
    chosen = {"column-holder": "Anbieter", "column-model": "Gerät", "column-certificates": "Nachweisnummer"}
    path = "/requirements/south-korea-subsidy/check"
    page = client.post(path, data=fields_of(page.text) | chosen | {"action": "look"})
    assert page.status_code == 200
    assert "Product 1" in page.text
    assert "Not looked at: Stand." in page.text
    assert "No column has the software version" in page.text
    page = client.post(path, data=fields_of(page.text) | {"column-software_version": "Stand", "action": "look"})
    assert "No column has the software version" not in page.text
    answer = client.post(path, data=fields_of(page.text) | {"action": "judge"})
    document = client.get(f"{answer.location}.json").json
    assert document is not None
    assert [offer["answer"] for offer in document["offers"]] == ["meets"]
    assert document["on"] == "2024-05-01"


def test_a_column_is_left_out(client: FlaskClient, token: Callable[[], str]) -> None:
    page = look(client, token(), OFFERS)
    answer = client.post(
        "/requirements/south-korea-subsidy/check", data=fields_of(page.text) | {"column-software_version": "-", "action": "judge"}
    )
    document = client.get(f"{answer.location}.json").json
    assert document is not None
    assert {offer["software_version"] for offer in document["offers"]} == {None}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            {"column-model": "Vendor", "column-holder": "Vendor"},
            "the column Vendor is chosen for the vendor and for the model: choose another",
        ),
        ({"column-model": "Nothing"}, "there is no column Nothing: choose another"),
        ({"sha256": "0" * 64}, "is no longer here: send it again"),
        ({"sha256": "../../session.key"}, "is no longer here: send it again"),
        ({"on": "2024-02-30"}, "a date that cannot be"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_a_sentence(
    client: FlaskClient, token: Callable[[], str], settings: Settings, chosen: dict[str, str], said: str
) -> None:
    page = look(client, token(), OFFERS)
    answer = client.post("/requirements/south-korea-subsidy/check", data=fields_of(page.text) | chosen | {"action": "judge"})
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert not (settings.home / "checks").exists()


def test_cells_that_cannot_be_taken_are_told_before_the_verdicts(client: FlaskClient, token: Callable[[], str]) -> None:
    page = look(client, token(), b"vendor,model,certificate,installed\nA,B,see annex,soon\n").text
    assert "2 cells cannot be taken" in page
    assert "Row 2, column C (certificate) holds no certificate number (see annex): write it as OCA.0016.0408.CS." in page
    assert "Row 2, column D (installed)" in page


def test_a_file_waits_apart_and_unread_by_others(client: FlaskClient, token: Callable[[], str], settings: Settings) -> None:
    look(client, token(), OFFERS)
    [kept] = (settings.home / "offers").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not (settings.home / "imports").exists()
    look(client, token(), b"PK\x03\x04", "offers.xlsx")
    assert [kept] == list((settings.home / "offers").iterdir()), "what is no spreadsheet is not kept"


def test_texts_of_a_file_stay_texts(client: FlaskClient, token: Callable[[], str]) -> None:
    evil = b"vendor,model,firmware\n<script>alert(1)</script>,=cmd,<img src=x onerror=1>\n"
    assert "<script>alert" not in look(client, token(), evil + b"", "<b>.csv").text
    location = send(client, token(), evil, "<b>.csv").location
    page = client.get(location).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>" not in page
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{location}.xlsx").data)).active
    assert sheet["C2"].value == "=cmd"
    assert sheet["C2"].data_type != "f"


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    assert look(client, "", OFFERS).status_code == 400
    page = look(client, token_of(client), OFFERS)
    sent = fields_of(page.text) | {"csrf_token": "", "action": "judge"}
    assert client.post("/requirements/south-korea-subsidy/check", data=sent).status_code == 400


def edit(client: FlaskClient, token: str, path: str, words: str, reason: str = "For our tender.", base: int = 0) -> TestResponse:
    return client.post(path, data={"csrf_token": token, "words": words, "reason": reason, "base": str(base)})


def test_a_copy_is_made_changed_and_removed_and_its_past_stays(
    client: FlaskClient, token: Callable[[], str], session_factory: sessionmaker[Session]
) -> None:
    form = client.get("/requirements/calevip-2-dc/copy").text
    assert "calevip-2-dc-copy" in form
    words = shipped_texts()["calevip-2-dc"].replace('id = "calevip-2-dc"', 'id = "ours"').replace("CALeVIP 2.0, DC fast", "Our")
    made = edit(client, token(), "/requirements/calevip-2-dc/copy", words)
    assert made.location == "/requirements/ours"
    assert edit(client, token(), "/requirements/calevip-2-dc/copy", words).status_code == 400
    changed = words.replace("Our chargers", "Our own chargers")
    assert edit(client, token(), "/requirements/ours/edit", changed, "Clearer.", 1).status_code == 303
    late = edit(client, token(), "/requirements/ours/edit", words, "Late.", 1)
    assert "somebody changed it since" in late.text
    page = client.get("/requirements/ours").text
    assert "Our own chargers" in page
    assert "For our tender." in page
    assert send(client, token(), OFFERS, rules="ours").status_code == 303
    assert client.post("/requirements/ours/remove", data={"csrf_token": token()}).status_code == 303
    assert client.get("/requirements/ours").status_code == 404
    with session_factory() as session:
        assert [(one.version, one.is_removed) for one in store.versions(session, "ours")] == [(3, True), (2, False), (1, False)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "a set of this identity ships"),
        ('id = "calevip-2-dc"', 'id = "ours"\nx = 1', "x is not known here"),
        ("at_least = ", "at_leest = ", "rule.certified.at_leest is not known here: did you mean at_least?"),
        ("2024-12-31", "2024-02-31", "2024-02-31 is no date: write a day that there is"),
        ('"Subset"', '"Subsets"', "which is not known"),
        ('id = "calevip-2-dc"', "", "is missing or no identity"),
    ],
)
def test_a_set_that_cannot_be_is_not_stored(
    client: FlaskClient, token: Callable[[], str], session_factory: sessionmaker[Session], old: str, new: str, said: str
) -> None:
    words = shipped_texts()["calevip-2-dc"].replace(old, new) if old else shipped_texts()["calevip-2-dc"]
    answer = edit(client, token(), "/requirements/calevip-2-dc/copy", words)
    assert answer.status_code == 400
    assert said in answer.text
    with session_factory() as session:
        assert set(store.all_sets(session)) == set(shipped())


def test_a_circle_is_refused_and_a_set_that_others_need_stays(client: FlaskClient, token: Callable[[], str]) -> None:
    words = shipped_texts()["south-korea-subsidy"]
    leaf = "certified = {}"
    assert leaf in words
    first = words.replace('"south-korea-subsidy"', '"first"').replace("subsidy for chargers", "what comes first")
    second = words.replace('"south-korea-subsidy"', '"second"').replace(leaf, 'ruleset = "first"')
    assert edit(client, token(), "/requirements/south-korea-subsidy/copy", first).status_code == 303
    assert edit(client, token(), "/requirements/south-korea-subsidy/copy", second).status_code == 303
    assert 'What this set asks: <a href="/requirements/first">South Korea, what comes first</a>' in client.get("/requirements/second").text
    circle = edit(client, token(), "/requirements/first/edit", first.replace(leaf, 'ruleset = "second"'), base=1)
    assert "in a circle (first -&gt; second -&gt; first)" in circle.text
    gone = client.post("/requirements/first/remove", data={"csrf_token": token()})
    assert gone.status_code == 409
    assert "second: there is no set first to refer to" in gone.text


def test_reviewers_alone_change_sets(client: FlaskClient, visitor: FlaskClient, auditor: FlaskClient) -> None:
    for path in ("/requirements/calevip-2-dc/copy", "/requirements/ours/remove"):
        assert auditor.post(path, data={"csrf_token": token_of(auditor), "words": "x"}).status_code == 403
        assert visitor.post(path, data={"words": "x"}).location.startswith("/sign-in?")
    assert visitor.get("/requirements/calevip-2-dc/copy").location == "/sign-in?next=/requirements/calevip-2-dc/copy"
    assert client.get("/requirements/calevip-2-dc/edit").status_code == 403
    assert "reviewers copy and edit them" in visitor.get("/requirements/calevip-2-dc").text


def test_a_certificate_leads_to_the_requirements_that_it_meets(client: FlaskClient) -> None:
    assert f"/requirements/of/{STATION}" in client.get(f"/certificates/{STATION}").text
    page = client.get(f"/requirements/of/{STATION}?on=2024-05-01").text
    assert "South Korea, subsidy for chargers" in page
    assert "Security of OCPP 1.6 is not covered for Product 1" in page
    # What was installed in 2024 no certificate to be issued makes certified then.
    assert "a certificate of Security (OCPP 1.6) for Product 1" not in page
    assert client.get("/requirements/of/OCA.0016.0000.CS").status_code == 404
    assert client.get(f"/requirements/of/{STATION}?on=yesterday").status_code == 400


def test_a_certificate_is_not_held_against_its_product(client: FlaskClient) -> None:
    """Whoever looks at a certificate has not said that it is all that its product has: others may be held that nobody here knows of."""
    page = client.get(f"/requirements/of/{STATION}?on=2025-05-01").text
    assert "does not meet" not in page
    told = client.get(f"/api/v1/certificates/{STATION}/requirements?on=2025-05-01").json
    assert told is not None
    answers = {one["ruleset"]: one["answer"] for one in told["verdicts"]}
    assert answers["calevip-2-dc"] == "cannot tell"
    assert "does not meet" not in answers.values()
