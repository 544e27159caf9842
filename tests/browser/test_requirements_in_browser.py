"""From the first click to the verdicts in hand, in a real browser: the requirement sets, a check of offers, what a certificate meets."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.asking import arrived, good, overflow, taken
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, enter, keep_screenshot

LOOKS = (DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK)
PATHS = (
    *("/requirements", "/requirements/calevip-2-dc", "/requirements/calevip-2-dc/check", "/requirements/calevip-2-dc/copy"),
    "/requirements/of/OCA.0016.0408.CS?on=2024-05-01",
)
OFFERS = "Vendor;Model;Firmware;Certificate\nLS ELECTRIC;LECS007-1CH02CW;1.3.337;OCA.0016.0408.CS\nLS ELECTRIC;LECS007-1CH02CW;1.3.340;\n"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_axe_finds_nothing_and_nothing_sticks_out(look: Look, visit: Open) -> None:
    for path in PATHS:
        good(visit(path, look))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("look", [DESKTOP, PHONE_DARK], ids=lambda look: look.name)
def test_from_the_first_click_to_the_file_in_hand(look: Look, script: bool, visit: Open, tmp_path: Path) -> None:
    offers = tmp_path / "offers.csv"
    offers.write_text(OFFERS, encoding="utf-8")
    page = visit("/", look, script=script)
    enter(page, "Requirements")
    page.get_by_role("link", name="South Korea, subsidy for chargers", exact=True).click()
    arrived(page, "South Korea, subsidy for chargers")
    page.get_by_role("link", name="Check offers").click()
    page.get_by_label("Offers").set_input_files(offers)
    page.get_by_label("Installation date").fill("2024-05-01")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_label("Certificate numbers")).to_have_value("Certificate")
    page.get_by_label("Evidence").select_option("Certificate")
    page.get_by_role("button", name="Look again with these").click()
    expect(page.get_by_text("the column Certificate is chosen for the certificate numbers and for the evidence")).to_be_visible()
    page.get_by_label("Evidence").select_option("no column")
    page.get_by_role("button", name="Look again with these").click()
    expect(page.get_by_role("heading", name="Ready to be judged")).to_be_visible()
    narrow = look.width < DESKTOP.width
    expect(page.get_by_role("rowheader").first).to_have_text("Row 2" if narrow else "2", use_inner_text=True)
    expect(page.locator("table.stack td.blank").first).to_be_visible(visible=not narrow)
    assert overflow(page) <= 0
    if script:
        good(page)
    if look is DESKTOP and script:
        keep_screenshot(page, "requirements-columns")
    page.get_by_role("button", name="Judge them").click()
    arrived(page, "2 offers against South Korea, subsidy for chargers")
    expect(page.locator(".verdict .tag")).to_have_text(["meets", "would meet with"])
    expect(page.get_by_text("software version V1.3.337, which OCA.0016.0408.CS certifies")).to_be_visible()
    if script:
        good(page)
    if look is DESKTOP and script:
        keep_screenshot(page, "requirements-verdicts")
    rows = list(openpyxl.load_workbook(taken(page, "XLSX", tmp_path)).active.values)
    assert [each[4] for each in rows[1:]] == ["meets", "would meet with"]
    assert taken(page, "PDF", tmp_path).read_bytes().startswith(b"%PDF")


def test_a_certificate_leads_to_what_it_meets(visit: Open) -> None:
    page = visit("/certificates/OCA.0016.0408.CS")
    page.get_by_role("link", name="Requirements it meets").click()
    page.get_by_label("Installed on").fill("2024-05-01")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**on=2024-05-01")
    korea = page.locator("section", has=page.get_by_role("link", name="South Korea, subsidy for chargers"))
    expect(korea.locator(".tag")).to_have_text("meets")
