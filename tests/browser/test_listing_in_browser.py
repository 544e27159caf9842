"""The page of the OCA list, and the way from a certificate to the place of a value, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from registry.listing.shrinking import Shrinkage, decide, set_aside
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.browser.asking import good, overflow
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, keep_screenshot
from tests.browser.serving import Served, installed, serving
from tests.registry import reviewing, samples
from tests.registry.making import row

LOOKS = (DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK)
LACKING = tuple(f"OCA.0016.{9000 + serial}.CSMS" for serial in range(44))
SERVICE = "https://lists.example.org/wp-json/custom/v1/ajax-loader"


def take(session: Session, _settings: Settings, sha256: str, source: str) -> None:
    import_rows(session, source, sha256, [row(position) for position in range(8)], clock=lambda: samples.NOW)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """An installation with a list, one that waits for a decision, one that was discarded, and a certificate with a picture."""
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    with installed(settings, sqlite_template) as sessions:
        reviewing.store(sessions, settings)
        with sessions.begin() as session:
            import_rows(session, "list-of-june.csv", "0" * 64, [row(position) for position in range(52)], clock=lambda: samples.NOW)
            set_aside(session, SERVICE, "b" * 64, 12, Shrinkage(52, LACKING[:40], ()), clock=lambda: samples.NOW)
            decide(session, "b" * 64, "discarded", "The service was cut off.", "RV", clock=lambda: samples.NOW)
            set_aside(session, SERVICE, "a" * 64, 8, Shrinkage(52, LACKING, LACKING[:1]), clock=lambda: samples.NOW)
        with serving(samples.web(settings, sessions, take_list=take)) as served:
            yield served


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_axe_finds_nothing_and_nothing_sticks_out(look: Look, visit: Open) -> None:
    page = visit("/listing", look)
    assert overflow(page) <= 0
    keep_screenshot(page, f"listing-{look.name}", full=look is DESKTOP)
    good(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_list_is_accepted_with_a_reason(script: bool, visit: Open) -> None:
    page = visit("/listing", PHONE, script=script)
    page.get_by_role("button", name="Accept: it is the list that holds").click()
    expect(page.get_by_role("alert")).to_contain_text("Say in a few words why")
    page.get_by_label("Reason").fill("The alliance removed them.")
    page.get_by_role("button", name="Accept: it is the list that holds").click()
    expect(page.get_by_role("status")).to_contain_text("The list was accepted")
    expect(page.get_by_text("No list waits for a decision.")).to_be_visible()
    expect(page.locator("tr").filter(has_text="accepted")).to_contain_text("The alliance removed them.")


def test_a_reader_comes_from_a_value_to_its_place_on_the_page_by_keyboard(visit: Open) -> None:
    page = visit(f"/certificates/{reviewing.NUMBER}", PHONE)
    page.get_by_role("link", name="Software version, read from page 1").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "field=software_version" in address)
    close_up = page.get_by_role("img", name="Software version as the page shows it")
    expect(close_up).to_be_visible()
    expect(close_up.locator("rect")).to_be_visible()
    on_page = page.locator(".decide").locator("a.place").first
    on_page.focus()
    page.keyboard.press("Enter")
    box = page.locator(f"#{str(on_page.get_attribute('href')).removeprefix('#')}")
    expect(box).to_be_in_viewport()
