"""The review in a real browser: the page beside the fields, by mouse, by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from registry.certificates.store import save_extraction
from registry.settings import Settings
from tests.browser.asking import good, overflow, unfold
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, WIDE, Look, Open, keep_screenshot
from tests.browser.serving import Served, installed, serving
from tests.registry import reviewing, samples
from tests.registry.reviewing import PAGE

TEXT_PAGE = f"/review/{reviewing.text_reading().document.sha256}"
FIELD = f"{PAGE}?field=profiles.Reservation"
LIT = "rgb(163, 36, 25)"
PAGES = {"review-queue": "/review", "review": PAGE, "review-text": TEXT_PAGE, "review-field": FIELD}
LOOKS = (DESKTOP, DESKTOP_DARK, WIDE, PHONE, PHONE_DARK)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """An installation of its own for each test, with two made-up documents to review."""
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    with installed(settings, sqlite_template) as sessions:
        reviewing.store(sessions, settings)
        with sessions.begin() as session:
            save_extraction(session, reviewing.text_reading(), "example-9943.txt", clock=lambda: samples.NOW)
        with serving(samples.web(settings, sessions)) as served:
            yield served


def row(page: Page, label: str) -> Locator:
    """The row of a field."""
    return page.locator("table.fields tr").filter(has=page.get_by_role("rowheader", name=label, exact=True))


def comes_into_the_pane(place: Locator) -> None:
    """Wait until a place lies within what its pane shows, and on the screen."""
    place.page.wait_for_function(
        """place => {
          const [at, of] = [place.getBoundingClientRect(), place.closest(".sheets, .lines").getBoundingClientRect()];
          return at.height > 0 && at.top >= Math.max(0, of.top) && at.bottom <= Math.min(innerHeight, of.bottom);
        }""",
        arg=place.element_handle(),
    )


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(name: str, look: Look, visit: Open) -> None:
    page = visit(PAGES[name], look)
    expect(page.locator("h1")).not_to_be_empty()
    assert overflow(page) <= 0
    if look is DESKTOP or name == "review":
        keep_screenshot(page, f"{name}-{look.name}")
    unfold(page)
    good(page)


def test_a_field_lights_up_on_the_page_when_pointed_at(visit: Open) -> None:
    page = visit(PAGE, WIDE)
    field = row(page, "Holder")
    box = page.locator(f"#{field.get_attribute('data-place')}")
    expect(box).not_to_have_css("stroke", LIT)
    field.hover()
    expect(box).to_have_css("stroke", LIT)
    comes_into_the_pane(box)
    row(page, "Model").hover()
    expect(box).not_to_have_css("stroke", LIT)


def test_the_keyboard_walks_through_the_fields_and_each_lights_up(visit: Open) -> None:
    page = visit(PAGE, WIDE)
    row(page, "Certificate number").get_by_role("link").first.focus()
    walked = []
    for _ in range(60):
        place = page.evaluate("document.activeElement.closest('table.fields tr')?.dataset.place ?? null")
        if place and place not in walked:
            walked.append(place)
            box = page.locator(f"#{place}")
            expect(box).to_have_css("stroke", LIT)
            comes_into_the_pane(box)
            assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
        page.keyboard.press("Tab")
    assert len(walked) == len(reviewing.reading().fields)


def test_a_line_of_a_text_lights_up(visit: Open) -> None:
    page = visit(TEXT_PAGE, WIDE)
    field = row(page, "HeartbeatInterval (configuration key)")
    field.get_by_role("link").first.focus()
    line = page.locator(f"#{field.get_attribute('data-place')}")
    expect(line).to_contain_text("HeartbeatInterval")
    expect(line).to_have_css("background-color", "rgb(255, 243, 191)")
    comes_into_the_pane(line)


def test_what_is_stepped_to_stays_lit_when_the_page_moves_under_a_mouse_that_lies_still(visit: Open) -> None:
    page = visit(TEXT_PAGE, WIDE)
    page.evaluate("document.addEventListener('mouseover', () => { window.under = (window.under ?? 0) + 1 })")
    row(page, "Certificate number").hover()
    field = row(page, "HeartbeatInterval (configuration key)")
    field.get_by_role("link").first.focus()
    seen = page.evaluate("window.under")
    page.evaluate("scrollBy(0, -300)")
    page.wait_for_function("seen => window.under > seen", arg=seen)
    expect(page.locator(f"#{field.get_attribute('data-place')}")).to_have_css("background-color", "rgb(255, 243, 191)")


@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=lambda look: look.name)
def test_without_javascript_a_link_leads_to_the_box_and_the_box_back(look: Look, visit: Open) -> None:
    page = visit(PAGE, look, script=False)
    field = row(page, "Holder")
    place = field.get_attribute("data-place")
    field.get_by_role("link", name="Holder, page 1").click()
    box = page.locator(f"#{place}")
    expect(page.locator(":target")).to_have_id(str(place))
    expect(box).to_be_in_viewport()
    expect(box).to_have_css("stroke", LIT)
    box.click()
    expect(page.locator("tr:target")).to_have_attribute("data-place", str(place))
    expect(field).to_be_in_viewport()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_value_is_corrected_and_that_is_undone(script: bool, visit: Open) -> None:
    page = visit(f"{PAGE}?field=certification_date", PHONE, script=script)
    page.get_by_role("textbox", name="Certification date").fill("2023-02-30")
    page.get_by_role("textbox", name="Reason").first.fill("The month is misread.")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("alert")).to_contain_text("is no day of the calendar")
    expect(page.get_by_role("textbox", name="Certification date")).to_have_value("2023-02-30")
    expect(page.get_by_role("textbox", name="Reason").first).to_have_value("The month is misread.")
    page.get_by_role("textbox", name="Certification date").fill("2023-07-13")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("status")).to_contain_text("Certification date: corrected. It now says “2023-07-13”.")
    page.get_by_role("link", name=reviewing.NUMBER).click()
    expect(page.locator("dd").filter(has_text="13 July 2023")).to_contain_text("The month is misread. Read as “2023-07-12”.")
    page.wait_for_load_state()
    if script:
        keep_screenshot(page, "certificate-corrected-phone", full=False)
    page.get_by_role("link", name="Review").last.click()
    page.locator("summary").filter(has_text="Undo").click()
    undo = page.locator(".decisions form")
    undo.get_by_label("Reason").fill("It was right.")
    undo.get_by_role("button", name="Undo it").click()
    expect(page.get_by_role("status")).to_contain_text("Certification date: undone.")
    expect(row(page, "Certification date")).to_contain_text("2023-07-12")
    expect(row(page, "Certification date")).not_to_contain_text("corrected")


def test_the_page_can_be_enlarged_without_javascript(visit: Open) -> None:
    page = visit(PAGE, PHONE, script=False)
    before = page.locator(".sheet img").bounding_box()
    page.get_by_label("Enlarge").check()
    after = page.locator(".sheet img").bounding_box()
    assert before
    assert after
    assert after["width"] > 1.9 * before["width"]
    assert overflow(page) <= 0


def test_the_queue_is_narrowed_by_keyboard(visit: Open) -> None:
    page = visit("/review")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("9943")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "q=9943" in address)
    expect(page.get_by_role("heading", name="1 document", exact=True)).to_be_visible()
    page.get_by_label("What").select_option("Read differently")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No document fits.")).to_be_visible()
