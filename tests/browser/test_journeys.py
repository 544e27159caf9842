"""Whole visits, from the first click to the file in hand: at a desk and on a phone, light and dark, with and without JavaScript."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from defusedxml import ElementTree
from playwright.sync_api import expect
from pypdf import PdfReader

from registry.accounts.roles import Role
from registry.accounts.store import invite
from registry.audits import store
from registry.db import utc_now
from tests.browser.asking import arrived, good, overflow, taken
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, enter, keep_screenshot
from tests.browser.serving import Served
from tests.registry import samples

DESK_AND_PHONE = pytest.mark.parametrize(
    ("look", "script"), [(DESKTOP, True), (PHONE_DARK, False)], ids=["at a desk", "on a phone, without a script"]
)
ATOM = "{http://www.w3.org/2005/Atom}"
PASSWORD = "three quiet words"


@DESK_AND_PHONE
def test_from_a_word_to_the_certificate_and_its_values_in_a_file(look: Look, script: bool, visit: Open, tmp_path: Path) -> None:
    page = visit("/", look, script=script, role=None)
    page.get_by_label("Search certificates").fill("ls electirc")
    page.get_by_label("Search certificates").press("Enter")
    expect(
        page.get_by_text("Shown is what “electric” finds").or_(page.get_by_text("Nothing in the registry has “electirc”"))
    ).to_be_visible()
    page.get_by_role("link", name="LECS007-1CH02CW").first.click()
    expect(page.get_by_text("It speaks of software version V1.3.337 and of no other.")).to_be_visible()
    place = page.locator("#configuration ~ * a.src, .keys a.src").first
    place.click()
    page.wait_for_url("**#line-*")
    with taken(page, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        values = {row["field"]: row["value"] for row in csv.DictReader(file)}
    assert values["software_version"] == "V1.3.337"
    assert values["profiles.Core"] == "Pass"
    if script:
        good(page)


@DESK_AND_PHONE
def test_from_a_product_to_a_comparison_on_paper(look: Look, script: bool, visit: Open, tmp_path: Path) -> None:
    page = visit("/?q=autel+evota", look, script=script, role=None)
    page.locator(".result a").first.click()
    page.get_by_role("link", name="All certificates of this product").click()
    boxes = page.get_by_role("checkbox", name="Compare")
    for place in range(2):
        boxes.nth(place).check()
    page.get_by_role("button", name="Compare the chosen ones").click()
    arrived(page, "Compare")
    expect(
        page.get_by_role("heading", name="What differs").or_(page.get_by_text("Nothing that is known of all of them differs."))
    ).to_be_visible()
    assert overflow(page) <= 0
    page.emulate_media(media="print")
    printed = tmp_path / "comparison.pdf"
    page.pdf(path=printed)
    words = PdfReader(printed).pages[0].extract_text()
    assert "Compare" in words
    assert "Requirements" not in words, "the navigation is not printed"


def test_from_help_to_the_rule_to_the_verdicts_on_paper(visit: Open, tmp_path: Path) -> None:
    offers = tmp_path / "offers.csv"
    offers.write_text("Vendor;Model;Firmware\nLS ELECTRIC;LECS007-1CH02CW;1.3.337\nLS ELECTRIC;LECS007-1CH02CW;\n", encoding="utf-8")
    page = visit("/", PHONE, role=None)
    enter(page, "Help")
    page.get_by_role("link", name="I buy chargers, or judge offers").click()
    arrived(page, "I buy chargers, or judge offers")
    good(page)
    keep_screenshot(page, "help-buyer-phone")
    page.get_by_role("link", name="would meet with").click()
    page.wait_for_url("**/help/glossary#would-meet-with")
    page.go_back()
    page.wait_for_url("**/help/buyer")
    page.locator("main").get_by_role("link", name="Requirements").click()
    page.get_by_role("link", name="South Korea, subsidy for chargers", exact=True).click()
    arrived(page, "South Korea, subsidy for chargers")
    page.get_by_role("link", name="Check offers").click()
    page.get_by_label("Offers").set_input_files(offers)
    page.get_by_label("Installation date").fill("2024-05-01")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_label("Software version")).to_have_value("Firmware")
    page.get_by_role("button", name="Judge them").click()
    expect(page.locator(".verdict .tag")).to_have_text(["meets", "cannot tell"])
    good(page)
    words = "".join(sheet.extract_text() for sheet in PdfReader(taken(page, "PDF", tmp_path)).pages)
    assert "LECS007-1CH02CW" in words
    assert "cannot tell" in words
    sheet = openpyxl.load_workbook(taken(page, "XLSX", tmp_path)).active
    assert [row[4] for row in sheet.values][1:] == ["meets", "cannot tell"]


@DESK_AND_PHONE
def test_from_a_list_of_devices_to_one_device_and_why(look: Look, script: bool, visit: Open, tmp_path: Path) -> None:
    name = f"CP-JOURNEY-{look.name.upper()}"
    devices = tmp_path / "devices.csv"
    row = f"{name},LS ELECTRIC,LECS007-1CH02CW,V1.3.337,Harbour\n{name}-2,LS ELECTRIC,LECS007-1CH02CW,V1.3.340,Harbour\n"
    devices.write_text("Identity,Vendor,Model,Firmware,Site\n" + row, encoding="utf-8")
    page = visit("/", look, script=script, role=Role.AUDITOR)
    enter(page, "Fleet")
    page.get_by_role("link", name="Import devices").click()
    page.get_by_label("Spreadsheet").set_input_files(devices)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Nothing is stored yet")).to_be_visible()
    page.get_by_role("button", name="Store and match them").click()
    arrived(page, "Fleet")
    page.get_by_label("Search devices").fill(name)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="2 devices", exact=True)).to_be_visible()
    sheet = openpyxl.load_workbook(taken(page, "XLSX", tmp_path)).active
    head, *rows = sheet.values
    answers = {row[head.index("identity")]: row[head.index("answer")] for row in rows}
    assert answers == {name: "covered", f"{name}-2": "not covered"}
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name="Covered by a certificate?")).to_be_visible()
    expect(page.locator(".verdict .word").first).to_have_text("Covered")
    if script:
        good(page)


def test_from_a_search_to_a_feed_of_it(visit: Open) -> None:
    page = visit("/?q=evsis", DESKTOP_DARK, role=None)
    page.get_by_role("link", name="Keep watch").click()
    arrived(page, "Keep watch")
    good(page)
    address = page.locator("main a[type='application/atom+xml']").first.get_attribute("href")
    feed = ElementTree.fromstring(page.request.get(str(address)).text())
    assert feed.tag == f"{ATOM}feed"
    assert "evsis" in str(feed.findtext(f"{ATOM}title"))


@DESK_AND_PHONE
def test_from_the_link_of_a_newcomer_to_the_report_of_an_audit(
    look: Look, script: bool, visit: Open, served: Served, tmp_path: Path
) -> None:
    station = f"CP-NEW-{look.width}"
    with served.sessions.begin() as session:
        secret = invite(session, f"auditor-{look.width}", Role.AUDITOR)
    page = visit(f"/welcome/{secret}", look, script=script, role=None)
    for label in ("New password", "The same again"):
        page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    arrived(page, f"auditor-{look.width}")
    enter(page, "Audits")
    page.get_by_role("link", name="Audit a charging station").click()
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_text("Give the identity that the station connects with.").first).to_be_visible()
    page.get_by_label("Station identity").fill(station)
    page.get_by_label("Certificate number").fill(samples.EXAMPLE)
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    audit_id = page.url.rpartition("/")[2]
    kept = samples.keep_transcript(served.settings, samples.transcript())
    with served.sessions.begin() as session:
        store.start(session, audit_id, clock=utc_now)
        store.finish(session, audit_id, samples.report(), kept, clock=lambda: utc_now() + timedelta(seconds=1))
    # Without a script the page loads itself anew every few seconds, which a reload from here would run into.
    expect(page.get_by_role("heading", name="Deviates from its certificate")).to_be_visible()
    page.locator("a.src").first.click()
    expect(page.get_by_role("heading", name="Frames that prove it")).to_be_visible()
    page.go_back()
    words = PdfReader(taken(page, "Report as PDF", tmp_path)).pages[0].extract_text()
    assert "Audit report" in words
    if script:
        good(page)


@pytest.mark.parametrize("look", [DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK], ids=lambda look: look.name)
def test_help_can_be_read_by_everybody(look: Look, visit: Open) -> None:
    page = visit("/help", look, role=None)
    for path in ("/help", "/help/utility", "/help/operator", "/help/webhooks", "/help/glossary"):
        page.goto(path)
        good(page)
    if look is DESKTOP:
        page.goto("/help")
        keep_screenshot(page, "help-desktop")


def test_a_word_on_a_page_leads_to_what_it_means(visit: Open) -> None:
    page = visit("/certificates/OCA.0016.0408.CS", PHONE, role=None, script=False)
    page.get_by_role("link", name="What “PICS” means").click()
    page.wait_for_url("**/help/glossary#pics")
    expect(page.locator("#pics")).to_be_visible()
