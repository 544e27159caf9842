"""What tests ask of a page in a browser, once it is there.

A click is over when the next page begins to come, and nothing of it need be there yet. So every step ends with something of that page
that is waited for, with `arrived` or `expect`, and only then is it asked what does not wait: how wide it is, what axe finds in it, how
many of something it has, whether something is seen.
"""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


def arrived(page: Page, heading: str) -> None:
    """Wait until the page with that heading is there with its styles: it has its words before it has them."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window; it needs its styles for that."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def good(page: Page) -> None:
    """What every page keeps: nothing is wider than the window, and axe finds nothing."""
    assert overflow(page) <= 0, page.url
    found = Axe().run(page).response["violations"]
    assert found == [], f"{page.url}: {[(problem['id'], [node['html'] for node in problem['nodes']][:3]) for problem in found]}"


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.locator("details").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")


def taken(page: Page, link: str, folder: Path) -> Path:
    """The file that a link of the page gives."""
    with page.expect_download() as waiting:
        page.get_by_role("main").get_by_role("link", name=link, exact=True).first.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
