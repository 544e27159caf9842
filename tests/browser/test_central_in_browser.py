"""An audit of a management system from the page that asks for it to its report: the person at the browser is the adaptor."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from probes.csms.csms import Csms
from probes.csms.state import IdTags
from probes.gateway import Gateway
from probes.jobs import AuditJob
from registry.certificates.store import save_extraction
from registry.settings import Settings
from tests.browser.asking import arrived, good
from tests.browser.conftest import DESKTOP, PHONE_DARK, Open, keep_screenshot
from tests.browser.serving import Served, installed, serving
from tests.registry import samples
from tests.registry.making import extraction

NUMBER = "OCA.0016.9002.CSMS"
STATION = "PROBE-1"
TAG = "CARD-OF-THE-AUDIT"
BOUND = 60.0
PATIENCE_MILLISECONDS = 60_000


@dataclass
class ManagementSystem:
    """The management system under audit, in a thread of its own, and what a person does at its user interface."""

    csms: Csms
    loop: asyncio.AbstractEventLoop

    def send(self, action: str, **payload: Any) -> None:
        """Send a request to our station, as somebody does who clicks there."""
        peer = next(link.peer for link in self.csms.links if link.identity == STATION)
        asyncio.run_coroutine_threadsafe(peer.request(action, payload, BOUND), self.loop).result(BOUND)


@contextmanager
def in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def system() -> Iterator[ManagementSystem]:
    with in_a_thread() as loop:

        async def opened() -> Csms:
            return await Csms(id_tags=IdTags(known={TAG: IdTags().find(TAG)})).__aenter__()

        csms = asyncio.run_coroutine_threadsafe(opened(), loop).result(BOUND)
        try:
            yield ManagementSystem(csms, loop)
        finally:
            asyncio.run_coroutine_threadsafe(csms.__aexit__(None, None, None), loop).result(BOUND)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A catalogue with a worker: audits that are asked for run, each in a thread."""
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    profiles = {"Core": "Pass", "Remote Trigger": "Pass"}
    audits: list[threading.Thread] = []
    with installed(settings, sqlite_template) as sessions, Gateway(settings, "127.0.0.1", 0) as gateway:
        with sessions.begin() as session:
            save_extraction(session, extraction("a system", number=NUMBER, role="CSMS", profiles=profiles), "system.txt")
        job = AuditJob(sessions, gateway)

        def begin(audit_id: str) -> None:
            audits.append(threading.Thread(target=job, args=(audit_id,)))
            audits[-1].start()

        with serving(samples.web(settings, sessions, begin)) as served:
            yield served
            for audit in audits:
                audit.join(BOUND)


def ask_for(page: Page, system: ManagementSystem, cases: str) -> None:
    """Fill the form in as somebody does who sees it for the first time."""
    # From here on the server's process carries out an audit too, and pages come as slowly as that lets them.
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.get_by_role("link", name="Audit a management system").click()
    arrived(page, "Audit a management system")
    page.get_by_label("Address of the management system").fill(system.csms.url)
    page.get_by_label("Identity of our station there").fill(STATION)
    page.get_by_label("Certificate number").fill(NUMBER)
    page.get_by_label("Valid idTag", exact=True).fill(TAG)
    page.get_by_label("Only these test cases").fill(cases)


def prompt(page: Page, says: str) -> str:
    """What the page asks for, once it asks for that."""
    shown = page.locator(".prompt .lead").filter(has_text=re.compile(says))
    expect(shown).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    return shown.inner_text()


def stop_the_session(system: ManagementSystem, said: str) -> None:
    number = re.search(r"transaction id (\d+)", said)
    assert number is not None, said
    system.send("RemoteStopTransaction", transactionId=int(number[1]))


def test_from_the_list_of_audits_to_the_report(visit: Open, system: ManagementSystem) -> None:
    page = visit("/audits", DESKTOP)
    ask_for(page, system, "TC_012 TC_061")
    good(page)
    page.evaluate("scrollTo(0, 0)")
    keep_screenshot(page, "audit-csms-new")
    page.get_by_role("button", name="Start the audit").click()
    prompt(page, "ClearCache")
    page.get_by_role("button", name="Cannot be done").click()
    said = prompt(page, "Stop the charging session")
    assert f"for the station {STATION}" in said
    keep_screenshot(page, "audit-csms-prompt")
    stop_the_session(system, said)
    verdict = page.get_by_role("heading", name="Conformant")
    expect(verdict).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    expect(page.locator("details.case").filter(has_text="TC_012_CSMS").locator(".tag").first).to_have_text("pass")
    assert TAG not in page.content()
    version = page.locator("td.worded span").first
    assert version.evaluate("span => span.getClientRects().length") == 1, "a version that is cut reads as another one"
    good(page)
    keep_screenshot(page, "audit-csms-report")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Signed evidence").click()
    assert taken.value.path().stat().st_size > 1000


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_and_without_javascript(script: bool, visit: Open, system: ManagementSystem) -> None:
    page = visit("/audits", PHONE_DARK, script=script)
    ask_for(page, system, "TC_012")
    page.get_by_role("button", name="Start the audit").click()
    stop_the_session(system, prompt(page, "Stop the charging session"))
    expect(page.get_by_role("heading", name="Conformant")).to_be_visible(timeout=PATIENCE_MILLISECONDS)


def test_a_management_system_that_is_not_there(visit: Open, served: Served) -> None:
    page = visit("/audits/new-csms", DESKTOP)
    page.get_by_label("Address of the management system").fill("ws://127.0.0.1:9/ocpp")
    page.get_by_label("Identity of our station there").fill(STATION)
    page.get_by_label("Certificate number").fill("OCA.0016.7777.CSMS")
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("alert")).to_contain_text("holds no document of OCA.0016.7777.CSMS")
    assert served.address in page.url
