"""Badges and QR codes as Chromium draws them; the code is read by zbar, which knows nothing of what made it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESKTOP, PHONE_DARK, Look, Open
from tests.browser.serving import Served
from tests.registry import samples


def drawn(picture: Locator) -> None:
    """Wait until a picture is there: before, it has no size of its own."""
    picture.scroll_into_view_if_needed()
    expect(picture).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.parametrize("path", [f"/certificates/{samples.EXAMPLE}", "/devices/CP-4711"])
def test_the_code_leads_to_the_page(visit: Open, served: Served, tmp_path: Path, path: str) -> None:
    page = visit(path)
    page.get_by_text("Show it elsewhere").click()
    code = page.locator("img[src*='qr.svg']")
    drawn(code)
    picture = tmp_path / "code.png"
    code.screenshot(path=picture)
    read = subprocess.run(["/usr/bin/zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == served.address + path


@pytest.mark.parametrize("look", [DESKTOP, PHONE_DARK], ids=lambda look: look.name)
def test_the_badge_is_shown_on_the_page(visit: Open, look: Look) -> None:
    page = visit(f"/certificates/{samples.EXAMPLE}", look, script=False)
    badge = page.locator("img[src*='badge.svg']")
    drawn(badge)
    box = badge.bounding_box()
    assert box is not None
    assert box["width"] < look.width
    assert box["height"] == pytest.approx(22, abs=1)
