"""A real browser on a real server: Debian's Chromium, driven by Playwright, on an installation with the shipped data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy.orm import Session, sessionmaker

from ingest.pipeline import import_listing, ingest_paths
from registry import db
from registry.accounts.cookies import PLAIN_NAME
from registry.accounts.roles import Role
from registry.audits import store
from registry.campaigns import store as campaigns
from registry.campaigns.plan import Every
from registry.campaigns.table import Listed
from registry.certificates.store import save_extraction
from registry.settings import Settings
from tests.browser.serving import Served, serving
from tests.chromium import CHROMIUM
from tests.registry import samples

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "docs" / "screenshots"
SCREENSHOT_VARIABLE = "OCPP_REGISTRY_SCREENSHOTS"
LARGEST_SCREENSHOT = 300_000
PATIENCE_MILLISECONDS = 60_000
"""After which what should be on a page is taken not to come: far more than it needs, as several browsers share two processors."""

expect.set_options(timeout=PATIENCE_MILLISECONDS)
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One installation for all browser tests: the shipped certificates, the OCA list, and audits of a device that is made up."""
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path_factory.mktemp("served"))})
    db.upgrade(settings)
    made = db.engine(settings)
    sessions = db.session_factory_on(made)
    ingest_paths(sessions, settings, [ROOT / "data" / "certificates"])
    for path in (ROOT / "data" / "listing").glob("*.csv"):
        import_listing(sessions, settings, path)
    with sessions.begin() as session:
        save_extraction(session, samples.example_certificate(), "example.txt")
    held = _audits(sessions, settings)
    with serving(samples.web(settings, sessions, lambda _audit_id: None), **held) as served:
        yield served
    made.dispose()


def _audits(sessions: sessionmaker[Session], settings: Settings) -> dict[str, str]:
    conformant = samples.audited(sessions, settings, samples.conformant_report(), station="CP-0042", at=samples.NOW - timedelta(days=1))
    with sessions.begin() as session:
        failed = store.request(session, "CP-0815", samples.EXAMPLE, clock=lambda: samples.NOW - timedelta(hours=2))
        store.start(session, failed, clock=lambda: samples.NOW)
        store.fail(
            session, failed, "Station CP-0815 did not connect within 60 seconds: check its address and that it reaches this machine."
        )
        running = store.request(session, "CP-1234", samples.EXAMPLE, clock=lambda: samples.NOW - timedelta(hours=1))
        store.start(session, running, clock=lambda: samples.NOW)
        store.record_progress(session, running, 0, 11, "The station has connected.", clock=lambda: samples.NOW)
        store.record_progress(
            session, running, 4, 11, "TC_040_1_CS: a configuration key that the station does not have.", clock=lambda: samples.NOW
        )
        until = samples.NOW + timedelta(minutes=3)
        store.ask_person(session, running, "Plug a car into connector 1.", until, clock=lambda: samples.NOW)
    deviating = samples.audited(sessions, settings)
    found = {"deviating": deviating, "conformant": conformant, "running": running, "failed": failed}
    return found | {"campaign": _campaign(sessions, settings)}


def _campaign(sessions: sessionmaker[Session], settings: Settings) -> str:
    """A campaign that goes on: a device that conforms, one that deviates, one that has not come yet."""
    devices = [Listed(f"CP-{number}", samples.EXAMPLE, "Harbour" if number < 102 else "Station square") for number in (100, 101, 102)]
    hours = ("22:00", "05:00")
    wanted = campaigns.Wanted("Harbour and square, spring", ("passive", "read-only"), 8, 2, Every.MONTH, hours, "Europe/Amsterdam")
    with sessions.begin() as session:
        campaign = campaigns.create(session, wanted, devices, clock=lambda: samples.NOW - timedelta(hours=1))
    reports = {"CP-100": samples.conformant_report(), "CP-102": samples.report()}
    for station, report in reports.items():
        samples.audited(sessions, settings, report, station=station, campaign=campaign)
    return campaign


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium.

    It ends with this package: Playwright runs an event loop in this thread, beside which no asynchronous test could run.
    """
    if not CHROMIUM.exists():
        pytest.fail(f"there is no {CHROMIUM}: install the Debian package `chromium-headless-shell`", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass(frozen=True)
class Look:
    """How a visitor looks at the pages."""

    name: str
    width: int
    height: int
    dark: bool


DESKTOP = Look("desktop", 1280, 900, dark=False)
DESKTOP_DARK = Look("desktop-dark", 1280, 900, dark=True)
WIDE = Look("wide", 1680, 1000, dark=False)
PHONE = Look("phone", 360, 740, dark=False)
PHONE_DARK = Look("phone-dark", 360, 740, dark=True)

Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Open]:
    """Opens a path as a look, with or without JavaScript; a request to anywhere else and an error in the console fail the test.

    Whoever looks is signed in as an administrator, unless another `role` is named, or None for a visitor.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_path(path: str, look: Look = DESKTOP, *, script: bool = True, role: Role | None = Role.ADMIN) -> Page:
        context = browser.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme="dark" if look.dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
            base_url=served.address,
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        if role is not None:
            context.add_cookies([{"name": PLAIN_NAME, "value": served.cookies[role], "url": served.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: troubles.append(f"{path}: {said.text}") if said.type == "error" and "status of 40" not in said.text else None,
        )
        page.on("request", lambda sent: troubles.append(f"{path}: {sent.url}") if not sent.url.startswith(served.address) else None)
        page.goto(path)
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert troubles == []


def enter(page: Page, name: str) -> None:
    """Follow an entry of the navigation, which stands behind a button on a phone. The page has to be there."""
    button = page.locator(".menu-toggle input")
    if button.is_visible():
        button.check()
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def keep_screenshot(page: Page, name: str, *, full: bool = False) -> None:
    """Write `docs/screenshots/NAME.png` where it is missing or where the environment asks for new ones."""
    path = SCREENSHOTS / f"{name}.png"
    if path.exists() and os.environ.get(SCREENSHOT_VARIABLE) != "1":
        return
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=full, animations="disabled")
    assert path.stat().st_size < LARGEST_SCREENSHOT, f"{path.name} is too large for the repository"
