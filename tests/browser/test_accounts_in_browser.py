"""Accounts in a browser: from the link that a newcomer gets to signing out, with the looks and the rules that all pages keep."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from registry.accounts.roles import Role
from registry.accounts.store import invite
from tests.browser.asking import arrived, good, overflow
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, enter, keep_screenshot
from tests.browser.serving import Served

PAGES = {
    "sign-in": ("/sign-in?next=/fleet/import", None),
    "account": ("/account", Role.AUDITOR),
    "accounts": ("/admin/accounts", Role.ADMIN),
}
PASSWORD = "three quiet words"


@pytest.mark.parametrize("look", [DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK], ids=lambda look: look.name)
@pytest.mark.parametrize("name", PAGES)
def test_the_pages_of_accounts_can_be_used_by_everybody(name: str, look: Look, visit: Open) -> None:
    path, role = PAGES[name]
    page = visit(path, look, role=role)
    good(page)
    if look in (DESKTOP, PHONE_DARK):
        keep_screenshot(page, f"{name}-{look.name}", full=True)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("look", [PHONE, PHONE_DARK], ids=lambda look: look.name)
def test_the_head_of_a_page_is_one_line_on_a_phone(look: Look, script: bool, visit: Open) -> None:
    page = visit("/about", look, script=script)
    head, brand = page.locator("header.masthead"), page.locator(".brand")
    height = head.bounding_box()
    assert height is not None
    assert height["height"] < 60
    boxes = [one.bounding_box() for one in (brand, page.locator(".menu-toggle"))]
    middles = {round(box["y"] + box["height"] / 2) for box in boxes if box is not None}
    assert max(middles) - min(middles) <= 1
    out = page.get_by_role("button", name="Sign out")
    expect(out).to_be_hidden()
    page.locator(".menu-toggle input").check()
    for what in (
        out,
        page.get_by_role("link", name="Watches"),
        page.get_by_role("link", name="admin"),
        page.get_by_role("link", name="Fleet"),
    ):
        expect(what).to_be_visible()
    assert overflow(page) <= 0
    if script:
        good(page)
        keep_screenshot(page, f"menu-{look.name}")
    height = visit("/about", look, role=None).locator("header.masthead").bounding_box()
    assert height is not None
    assert height["height"] < 60, "nor has a visitor more than one"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_the_link_to_signing_out(script: bool, visit: Open, served: Served) -> None:
    name = f"newcomer-{script}".lower()
    with served.sessions.begin() as session:
        secret = invite(session, name, Role.AUDITOR)
    page = visit(f"/welcome/{secret}", script=script, role=None)
    for label in ("New password", "The same again"):
        page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    arrived(page, name)
    page.get_by_label("What for").fill("nightly export")
    page.get_by_role("button", name="Make the token").click()
    shown = page.get_by_label("Token", exact=True)
    expect(shown).to_have_value(re.compile("^ocppreg_"))
    token = shown.input_value()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    enter(page, "Fleet")
    page.get_by_role("link", name="Import devices").click()
    expect(page.get_by_text("needs an account with the role auditor")).to_be_visible()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("not this one at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import devices")
    answer = page.request.get("/api/v1/account", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["grants"] == ["reader"]


def test_an_administrator_invites_and_takes_back(visit: Open) -> None:
    page = visit("/admin/accounts")
    page.get_by_label("Name").fill("colleague")
    page.get_by_label("auditor: audits devices").check()
    page.get_by_role("button", name="Make the account and its link").click()
    expect(page.get_by_role("textbox", name="Link")).to_have_value(re.compile("/welcome/"))
    page.get_by_role("button", name="Disable colleague").click()
    row = page.get_by_role("row").filter(has_text="colleague")
    expect(row).to_contain_text("disabled")
    page.get_by_role("link", name="What happened").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("account: disabled")
