"""Keeping watch in a real browser: from a page to the word that arrives, on desktop and phone, without JavaScript too, before axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from playwright.sync_api import expect

from registry import db
from registry.accounts.roles import Role
from registry.certificates.store import save_extraction
from registry.mail import MailServer
from registry.settings import Settings
from registry.vault import Vault
from registry.watches.deliverer import Deliverer
from registry.watches.sending import Sender
from tests.browser.asking import arrived, good, overflow
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, keep_screenshot
from tests.browser.serving import Served, installed, serving
from tests.registry import samples
from tests.registry.making import extraction
from tests.registry.signing_in import account
from tests.registry.watches.watching import NUMBER, Receiver, confirmed, happens, receiver

LOOKS = (DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """An installation that sends mail and may call this machine, with a certificate that was audited against."""
    environment = {"OCPP_REGISTRY_HOME": str(tmp_path / "home"), "OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": "1"}
    settings = replace(Settings.from_environment(environment), mail=MailServer("localhost", 1, "none", "registry@registry.example"))
    with installed(settings, sqlite_template) as sessions:
        with sessions.begin() as session:
            save_extraction(session, extraction(), "station.txt")
        samples.audited(sessions, settings, certificate=NUMBER, station="CP-100", at=db.utc_now())
        confirmed(sessions, account(sessions, Role.READER), "someone@registry.example")
        with serving(samples.web(settings, sessions)) as served:
            yield served


@pytest.fixture
def called() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_visitor_comes_from_a_search_to_its_feed(visit: Open, script: bool) -> None:
    page = visit("/?q=product", DESKTOP, script=script, role=None)
    page.get_by_role("link", name="Keep watch").click()
    arrived(page, "Keep watch")
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
    address = page.locator('link[rel="alternate"]').get_attribute("href")
    assert address
    feed = fromstring(page.request.get(address).body())
    assert feed.findtext(f"{ATOM}title") == "Certificates: “product”"
    assert len(feed.findall(f"{ATOM}entry")) == 2


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_word_of_a_change_arrives_where_it_was_asked_for(visit: Open, served: Served, called: Receiver, look: Look) -> None:
    script = look is not PHONE
    page = visit(f"/certificates/{NUMBER}", look, script=script, role=Role.READER)
    page.get_by_role("link", name="Keep watch").click()
    arrived(page, "Keep watch")
    if look in (DESKTOP, PHONE_DARK):
        keep_screenshot(page, f"watch-new-{look.name}", full=True)
    if script:
        good(page)
    page.get_by_label("Address that is called").fill("ftp://somewhere.example/")
    page.get_by_role("button", name="Call my program").click()
    expect(page.get_by_text("ftp://somewhere.example/: only https and http addresses are used")).to_be_visible()
    page.get_by_label("Address that is called").fill(called.address)
    page.get_by_role("button", name="Call my program").click()
    expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile("^whsec_"))
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#deliveries .tag")).to_have_text("waiting")
    happens(served.sessions)
    deliverer = Deliverer(served.sessions, Sender(served.settings, Vault(served.settings.home)))
    while deliverer.step():
        pass
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("delivered")).to_have_count(2)
    expect(page.get_by_label("Secret", exact=True)).to_have_count(0)
    assert len(called.calls) == 2
    if look in (DESKTOP, PHONE_DARK):
        keep_screenshot(page, f"watch-{look.name}", full=True)
    if script:
        good(page)
    page.get_by_role("link", name="Your watches").click()
    arrived(page, "Your watches")
    expect(page.get_by_role("link", name=f"{NUMBER}, Product 1")).to_be_visible()
    assert overflow(page) <= 0
    if script:
        good(page)


def test_a_watch_by_mail_is_made_paused_and_deleted(visit: Open) -> None:
    page = visit("/holders/holder-1", PHONE, role=Role.READER)
    page.get_by_role("link", name="Keep watch").click()
    page.get_by_label("How often").select_option(label="at most once a week")
    page.get_by_role("button", name="Send me mail").click()
    expect(page.get_by_text("at most once a week")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("While it is paused nothing is sent.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("You keep watch over nothing yet.")).to_be_visible()
