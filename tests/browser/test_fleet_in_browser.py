"""The fleet in a real browser: from the empty page to the file in hand, on desktop and phone, without JavaScript too, before axe."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from registry import db
from registry.certificates.store import save_extraction
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.settings import Settings
from tests.browser.asking import arrived, good, taken, unfold
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, keep_screenshot
from tests.browser.serving import Served, installed, serving
from tests.registry import samples
from tests.registry.fleet.samples import GOOD, HEADER, OTHER, comma
from tests.registry.making import extraction

LOOKS = (DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK)
SITES = (("Harbour", 52.37, 4.89), ("Hill", 52.09, 5.12), ("Airport", 52.31, 4.76), ("Island", 53.05, 4.80), ("South", 50.85, 5.69))


def devices() -> bytes:
    """Forty devices at five sites: covered, at another version, another model, and of unknown firmware."""
    rows = []
    for number in range(40):
        site, latitude, longitude = SITES[number % len(SITES)]
        model = "Product 1-X" if number % 7 == 3 else "Product 1"
        firmware = "" if number % 9 == 4 else "V1.3.340" if number % 5 == 2 else "V1.3.337"
        rows.append((f"CP-{100 + number}", "Holder 1", model, firmware, site, str(latitude), str(longitude), "2024-03-04", "1.6", "Single"))
    return comma(*rows)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """An installation with a fleet that was matched on four days, and a device that was audited with other firmware than its row has."""
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path / "home")})
    with installed(settings, sqlite_template) as sessions:
        with sessions.begin() as session:
            save_extraction(session, extraction(hardware={"RFID readers": "Multiple"}), "station.txt")
        with sessions.begin() as session:
            intake.keep(session, intake.read_file(session, devices(), "fleet.csv"))
        samples.audited(sessions, settings, station="CP-100", at=db.utc_now())
        for ago in (3, 2, 1, 0):
            match_fleet(sessions, clock=lambda ago=ago: db.utc_now() - timedelta(days=ago))  # type: ignore[misc]  # bound by default
        with serving(samples.web(settings, sessions)) as served:
            yield served


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_axe_finds_nothing_and_nothing_sticks_out(look: Look, visit: Open, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(comma(GOOD, ("", *OTHER[1:])))
    for path in ("/fleet", "/fleet?answer=covered&q=cp", "/devices/CP-100", "/devices/CP-103", "/fleet/import"):
        page = visit(path, look)
        if path == "/fleet":
            table = page.locator("table.fleet").bounding_box()
            assert table is not None
            assert table["y"] < 1_100, "the devices come first, the map and what was are folded"
        unfold(page)
        if path.endswith("import"):
            page.set_input_files("#file", bad)
            page.get_by_role("button", name="Look at it").click()
            expect(page.get_by_text("1 row cannot be taken")).to_be_visible()
        good(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=lambda look: look.name)
def test_from_a_bad_file_to_a_good_one_to_the_list_in_hand(look: Look, script: bool, visit: Open, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(comma(("CP-900", *OTHER[1:5], "95", *OTHER[6:]), header=("Kennung", *HEADER[1:])))
    page = visit("/fleet", look, script=script)
    page.get_by_role("link", name="Import devices").click()
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("no column holds the identity")).to_be_visible()
    page.get_by_label("Identity (needed)").select_option("Kennung")
    page.get_by_role("button", name="Look again with these").click()
    expect(page.get_by_text("Row 2, column F (Lat): “95” are no degrees between -90 and 90")).to_be_visible()
    page.get_by_label("Latitude").select_option("no column")
    page.get_by_label("Longitude").select_option("no column")
    page.get_by_role("button", name="Look again with these").click()
    page.get_by_role("button", name="Store and match them").click()
    expect(page.get_by_text("The file was stored: 1 device new, 0 changed.")).to_be_visible()
    page.get_by_label("Search devices").fill("CP-900")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 device", exact=True)).to_be_visible()
    with taken(page, "CSV", tmp_path).open(encoding="utf-8", newline="") as opened:
        assert [(one["identity"], one["answer"]) for one in csv.DictReader(opened)] == [("CP-900", "cannot tell")]
    page.get_by_role("link", name="CP-900", exact=True).click()
    expect(page.get_by_role("heading", name="Certified products that are like it")).to_be_visible()


def test_a_spot_on_the_map_leads_to_its_devices(visit: Open) -> None:
    page = visit("/fleet")
    page.get_by_text("Where they stand").click()
    expect(page.locator(".site-map text").first).to_be_visible()
    page.locator(".site-map a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="8 devices")).to_be_visible()


def test_the_degrees_on_the_map_can_be_read_on_a_phone(visit: Open) -> None:
    page = visit("/fleet", PHONE)
    page.get_by_text("Where they stand").click()
    label = page.locator(".site-map text").first
    expect(label).to_be_visible()
    box = label.bounding_box()
    assert box is not None
    assert box["height"] >= 9, "pixels, from the top of the letters to their bottom"


def test_a_model_is_not_cut_within_a_word(visit: Open, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(comma(("CP-900", "Holder 1", "ChargerWithCable", *OTHER[3:])))
    page = visit("/fleet/import")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Store and match them").click()
    arrived(page, "Fleet")
    page.goto("/fleet?q=CP-900")
    model = page.locator("table.fleet").get_by_text("ChargerWithCable", exact=True)
    assert model.evaluate("span => span.getClientRects().length") == 1


def test_drift_is_said_where_the_device_is(visit: Open) -> None:
    page = visit("/devices/CP-100")
    expect(page.get_by_role("heading", name="Firmware drift")).to_be_visible()
    expect(page.get_by_text("V2.4.1").first).to_be_visible()


def test_screenshots(visit: Open) -> None:
    keep_screenshot(visit("/fleet"), "fleet", full=False)
    keep_screenshot(visit("/fleet", PHONE_DARK), "fleet-phone-dark")
    keep_screenshot(visit("/devices/CP-103"), "fleet-device", full=True)
