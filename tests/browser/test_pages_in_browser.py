"""The pages in a real browser: desktop and phone, light and dark, with and without JavaScript, by keyboard, and before axe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from registry.audits import store
from registry.certificates.store import save_extraction
from registry.certificates.words import slug
from tests.browser.asking import good, overflow, unfold
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, WIDE, Look, Open, keep_screenshot
from tests.browser.serving import Served
from tests.registry import samples
from tests.registry.making import extraction

CERTIFICATE = "/certificates/OCA.0016.0408.CS"
LISTED = "/certificates/OCA.0016.1268.CSMS"


@dataclass(frozen=True)
class Shown:
    """One page by its name; `path` may hold the name of an audit in braces."""

    name: str
    path: str
    heading: str

    def address(self, served: Served) -> str:
        """Its path on that installation."""
        return self.path.format(**{name: getattr(served, name) for name in ("deviating", "conformant", "running", "failed", "campaign")})


PAGES = (
    Shown("home", "/", "What was certified, and is it still what runs?"),
    Shown("search", "/?q=evsis&role=CSMS&sort=oldest", "Certificates"),
    Shown("search-empty", "/?q=nothing+has+this&role=CS", "Certificates"),
    Shown("certificate", CERTIFICATE, "LECS007-1CH02CW V1.3.337"),
    Shown("certificate-system", "/certificates/OCA.0016.0118.CSMS", ""),
    Shown("listed", LISTED, "APRO CSMS 1.0.0"),
    Shown("product", "/products/autel-digital-power/evota", "EVOTA"),
    Shown("holder", "/holders/autel-digital-power", "Autel Digital Power"),
    Shown("compare", "/compare?certificate=OCA.0016.0408.CS&certificate=OCA.0016.0118.CSMS&product=autel-digital-power/evota", "Compare"),
    Shown("compare-one", "/compare?certificate=OCA.0016.0408.CS", "Compare"),
    Shown("search-misspelt", "/?q=evssis", "Certificates"),
    Shown("audits", "/audits", "Audits"),
    Shown("audit-new", f"/audits/new?certificate={samples.EXAMPLE}", "Audit a charging station"),
    Shown("audit-running", "/audits/{running}", "Audit of CP-1234"),
    Shown("audit-failed", "/audits/{failed}", "Audit of CP-0815"),
    Shown("audit-deviating", "/audits/{deviating}", "Audit of CP-4711"),
    Shown("audit-conformant", "/audits/{conformant}", "Audit of CP-0042"),
    Shown("frames", "/audits/{deviating}/frames", "What went over the wire"),
    Shown("frames-of-a-line", "/audits/{deviating}/frames?seq=10,11", "Frames that prove it"),
    Shown("campaigns", "/campaigns", "Campaigns"),
    Shown("campaign-new", "/campaigns/new", "New campaign"),
    Shown("campaign", "/campaigns/{campaign}", "Harbour and square, spring"),
    Shown("device", "/devices/CP-4711", "CP-4711"),
    Shown("about", "/about", "What was certified, and what is running"),
    Shown("api", "/api", "The API"),
    Shown("not-found", "/certificates/OCA.0016.9999.CS", "There is nothing here"),
)
by_name = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
MAIN = ("home", "certificate", "audit-deviating")
by_look = pytest.mark.parametrize(
    ("shown", "look"),
    [
        pytest.param(shown, look, id=f"{shown.name}-{look.name}")
        for shown in PAGES
        for look in ((DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK) if shown.name in MAIN else (DESKTOP, PHONE_DARK))
    ],
)


@by_look
def test_axe_finds_nothing_and_nothing_sticks_out(shown: Shown, look: Look, visit: Open, served: Served) -> None:
    page = visit(shown.address(served), look)
    expect(page.locator("h1")).to_contain_text(shown.heading)
    assert overflow(page) <= 0
    if look is DESKTOP or shown.name in MAIN:
        keep_screenshot(page, f"{shown.name}-{look.name}")
    unfold(page)
    if look.width < 900 and shown.name in ("home", "search"):
        page.get_by_label("Show filters").check()
    good(page)


@by_name
def test_every_page_is_whole_without_javascript(shown: Shown, visit: Open, served: Served) -> None:
    page = visit(shown.address(served), PHONE, script=False)
    expect(page.locator("h1")).to_contain_text(shown.heading)
    box = page.locator("main").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE.width


def test_the_field_for_another_certificate_looks_like_every_field(visit: Open) -> None:
    page = visit("/compare?certificate=OCA.0016.0408.CS")
    expect(page.get_by_placeholder("Number of another certificate")).to_have_css("border-top-left-radius", "8px")


def test_where_the_frames_are_is_one_path(visit: Open, served: Served) -> None:
    crumbs = visit(f"/audits/{served.deviating}/frames", PHONE).get_by_role("navigation", name="Where this is").get_by_role("link")
    first, second = (crumbs.nth(place).bounding_box() for place in range(2))
    assert first
    assert second
    assert 0 < second["x"] - (first["x"] + first["width"]) < 30


def test_times_are_as_large_to_a_finger_as_other_fields(visit: Open) -> None:
    page = visit("/campaigns/new", PHONE)
    for name in ("From", "To", "Name"):
        box = page.get_by_label(name, exact=True).bounding_box()
        assert box
        assert box["height"] >= 40


@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without"])
@pytest.mark.parametrize(("button", "answer"), [("Done", "done"), ("Cannot be done", "cannot do")])
def test_whoever_is_at_the_station_answers_on_the_page(visit: Open, served: Served, button: str, answer: str, script: bool) -> None:
    with served.sessions.begin() as session:
        audit = store.request(session, f"CP-{answer.replace(' ', '-')}-{script}", samples.EXAMPLE)
        store.start(session, audit)
        position = store.ask_person(session, audit, "Unplug the cable of connector 2.", samples.NOW)
    page = visit(f"/audits/{audit}", PHONE, script=script)
    expect(page.get_by_role("alert")).to_contain_text("Unplug the cable of connector 2.")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    with served.sessions() as session:
        assert store.answer_of(session, audit, position) == answer
    page.get_by_role("button", name="Cancel the audit").click()
    expect(page.locator("main")).to_contain_text("Cancelled")


def test_a_campaign_is_made_paused_and_ended(visit: Open) -> None:
    page = visit("/campaigns")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name").fill("Two posts")
    page.get_by_label("Devices").fill("POST-1, OCA.0016.0000.CS, Mole")
    page.get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 1")
    page.get_by_label("Devices").fill(f"POST-1, {samples.EXAMPLE}, Mole\nPOST-2, {samples.EXAMPLE}, Mole")
    page.get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two posts")
    expect(page.locator("main")).to_contain_text("0 of 2 devices done")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("heading", name="Ended")).to_be_visible()


def test_a_visitor_searches_narrows_and_reads_a_certificate(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search certificates")).to_be_focused()
    page.keyboard.type("ls electric")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "q=ls+electric" in address)
    page.get_by_role("navigation", name="Filters").get_by_role("link", name="Read from the document").click()
    page.wait_for_url(lambda address: "document=yes" in address and "q=ls+electric" in address)
    page.get_by_role("link", name="LECS007-1CH02CW").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("V1.3.337")


def test_results_come_as_one_types_and_stand_in_the_address(visit: Open) -> None:
    page = visit("/?role=CSMS")
    page.evaluate("window.stayed = true")
    page.get_by_role("searchbox").press_sequentially("evssis")
    expect(page.locator("#found")).to_contain_text("Shown is what “evsis” finds")
    expect(page.locator("#search-status")).to_contain_text("certificate")
    page.wait_for_url(lambda address: "q=evssis" in address and "role=CSMS" in address)
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert page.evaluate("window.stayed")


@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without"])
def test_a_visitor_goes_from_a_certificate_to_its_product_and_compares(visit: Open, script: bool) -> None:
    page = visit(LISTED, script=script)
    page.get_by_role("link", name="Compare it").click()
    page.get_by_role("textbox", name="Certificate number to add").fill("OCA.0016.0528.CSMS")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()
    page.get_by_role("link", name="AHAEVC CSMS 1.6").click()
    page.get_by_role("link", name="All certificates of this product").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("AHAEVC CSMS 1.6")


def test_a_visitor_without_javascript_searches_on_a_phone(visit: Open) -> None:
    page = visit("/", PHONE, script=False)
    expect(page.get_by_role("navigation", name="Filters")).to_be_hidden()
    page.get_by_label("Show filters").check()
    page.get_by_role("link", name="Charging station", exact=False).first.click()
    page.wait_for_url(lambda address: address.endswith("/?role=CS"))
    page.get_by_role("searchbox").fill("lecs007")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(lambda address: "role=CS" in address and "q=lecs007" in address)
    expect(page.get_by_role("heading", name="1 certificate")).to_be_visible()


def test_a_line_link_shows_the_line_beside_the_value(visit: Open) -> None:
    page = visit(CERTIFICATE, WIDE)
    link = page.get_by_role("link", name="HeartbeatInterval, read from line")
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    number = link.inner_text().split()[-1]
    link.click()
    line = page.locator(f"#line-{number}")
    expect(line).to_contain_text("HeartbeatInterval")
    expect(line).to_be_in_viewport()
    expect(page.locator(":target")).to_have_id(f"line-{number}")
    expect(line).to_have_css("background-color", "rgb(255, 243, 191)")
    assert page.evaluate("scrollY") == before
    keep_screenshot(page, "certificate-wide")


def test_a_line_link_works_without_javascript(visit: Open) -> None:
    page = visit(CERTIFICATE, PHONE, script=False)
    page.get_by_role("link", name="HeartbeatInterval, read from line").click()
    expect(page.locator("li:target")).to_contain_text("HeartbeatInterval")
    expect(page.locator("li:target")).to_be_in_viewport()


def test_keys_narrow_while_one_types(visit: Open) -> None:
    page = visit(CERTIFICATE)
    page.get_by_label("Find a key or a value").fill("metervalue")
    expect(page.locator("#keys tbody tr:visible")).to_have_count(6)
    expect(page.locator("#keys-shown")).to_have_text("6 of 46 shown")
    page.get_by_role("link", name="Declared empty 21").click()
    expect(page.locator("#keys tbody tr")).to_have_count(21)


def test_the_keyboard_reaches_everything_in_order(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Search")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim().split(/\\s+/)[0]"))
    assert {"From", "OCPP", "Full"} <= reached
    assert any(text.startswith("CP-") for text in reached)


def test_an_audit_is_asked_for_followed_and_read(visit: Open, served: Served) -> None:
    page = visit(f"/certificates/{samples.EXAMPLE}")
    page.get_by_role("link", name="Audit a station against it").click()
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("alert")).to_contain_text("Give the identity")
    page.get_by_label("Station identity").fill("CP-NEW")
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    audit_id = page.url.rpartition("/")[2]
    with served.sessions.begin() as session:
        store.start(session, audit_id)
        store.record_progress(session, audit_id, 2, 11, "The station has connected.")
    expect(page.get_by_text("2 of 11 done")).to_be_visible()
    with served.sessions.begin() as session:
        store.fail(session, audit_id, "The station went away in mid-audit: check its connection.")
    expect(page.get_by_role("heading", name="Not carried out")).to_be_visible()
    expect(page.get_by_text("The station went away in mid-audit")).to_be_visible()


def test_a_line_of_a_report_opens_the_frames_that_prove_it(visit: Open, served: Served) -> None:
    page = visit(f"/audits/{served.deviating}")
    page.get_by_role("link", name="1 frame that shows this: HeartbeatInterval is 300").click()
    expect(page.locator(".frame.wanted")).to_have_count(1)
    expect(page.locator(".frame.wanted pre")).to_contain_text('"key": "HeartbeatInterval"')


def test_a_print_of_a_report_leaves_out_what_paper_cannot_do(visit: Open, served: Served) -> None:
    page = visit(f"/audits/{served.deviating}")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("heading", name="Deviates from its certificate")).to_be_visible()
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [320, 390])
def test_long_words_push_no_page_sideways(visit: Open, served: Served, width: int) -> None:
    """Versions and models of which no part may stand on a line of its own, and a word that somebody typed."""
    number = "OCA.0016.9777.CS"
    words: dict[str, Any] = {"designation": "Powerfill.io-SteVe" * 3, "software_version": "v3.14.0 build 2026-07-07 of the release"}
    with served.sessions.begin() as session:
        save_extraction(session, extraction("long", number=number, holder="Long Words", **words), "long.txt")
    look = Look(f"narrow-{width}", width, 800, dark=False)
    for path in (f"/certificates/{number}", f"/products/long-words/{slug(words['designation'])}", f"/?q={'x' * 190}", "/history"):
        page = visit(path, look)
        expect(page.locator("h1")).to_be_visible()
        assert overflow(page) <= 0, path
