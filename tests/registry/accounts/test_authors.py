"""Whatever a page lets somebody change stands in the history, with who changed it: each changing route is used, and looked for there."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.accounts import store as accounts
from registry.accounts import tokens
from registry.accounts.models import StoredAccount
from registry.accounts.passwords import Passwords
from registry.accounts.roles import Role, Scope
from registry.aliases.models import CompanyAlias
from registry.aliases.queries import SUBJECT
from registry.certificates.store import save_extraction
from registry.db import utc_now
from registry.events import Event
from registry.settings import Settings
from registry.watches.models import Watch
from registry.web import create_web
from tests.registry import samples
from tests.registry.api.samples import ASIDE, KEPT_RULES, fill, rules
from tests.registry.making import extraction
from tests.registry.reviewing import PAGE
from tests.registry.signing_in import account, sign_in, token_of
from tests.registry.walking import routes

SYSTEM = "OCA.0016.9002.CSMS"
NO_CHANGE = {"POST /sign-in", "POST /sign-out", "POST /requirements/<identity>/check"}
"""Who signs in or out changes nothing of the registry, nor does who has offers judged."""
BY_SECRET = {"POST /welcome/<secret>", "POST /watches/confirm/<secret>", "POST /watches/end/<token>"}
"""Done by whoever has a secret address and not by who is signed in; told all the same, as the tests of these say."""
NEEDS_MAIL = {"POST /watches/new/mail", "POST /watches/addresses", "POST /watches/addresses/<int:address_id>/remove"}
"""Only where a mail server is; their tests hold what they store, and they are told by the same functions as other watches."""
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "three quiet words"
NAME = "doer"


class Doing:
    """Somebody who uses each changing route once, and looks after each into the history."""

    def __init__(self, client: FlaskClient, sessions: sessionmaker[Session]) -> None:
        self.client, self.sessions = client, sessions
        self.done: set[str] = set()

    def does(self, rule: str, path: str, says: str, **form: Any) -> str:
        """Send a form; what it says has to be the newest event, or among the newest, by `NAME`. Gives where it leads."""
        with self.sessions() as session:
            before = session.scalar(select(func.max(Event.id))) or 0
        answer = self.client.post(path, data={"csrf_token": token_of(self.client), **form})
        assert answer.status_code in (200, 303), f"{rule}: {answer.status_code} {answer.text[-1500:]}"
        with self.sessions() as session:
            found = session.scalars(select(Event).where(Event.id > before).order_by(Event.id)).all()
        told = [f"{one.subject}: {one.payload.get('what') or one.payload.get('action') or one.kind}" for one in found]
        assert says in told, f"{rule} was told as {told}"
        assert {one.author for one in found} == {NAME}, rule
        self.done.add(f"POST {rule}")
        return answer.headers.get("Location", "")

    def newest(self, column: Any) -> Any:
        """The largest value of a column."""
        with self.sessions() as session:
            return session.scalar(select(func.max(column)))


def test_every_change_is_told_with_who_made_it(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "registry.sqlite3")
    settings = Settings(home=tmp_path, database=f"sqlite:///{tmp_path / 'registry.sqlite3'}", allow_private_addresses=True)
    engine = db.engine(settings)
    sessions = db.session_factory_on(engine)
    house = fill(settings, sessions, [])
    with sessions.begin() as session:
        save_extraction(session, extraction(number=SYSTEM, role="CSMS"), "system.txt")
    app = create_web(replace(settings), sessions=sessions, start_audit=lambda _id: None, passwords=PASSWORDS)
    doing = Doing(sign_in(app.test_client(), sessions, Role.ADMIN, NAME), sessions)
    _audits(doing, house.known)
    _fleet(doing)
    _reviews(doing)
    _names(doing)
    _watches(doing)
    _accounts(doing)
    changing = {str(route) for route in routes(app) if route.changes and not route.path.startswith("/api/")}
    assert changing - doing.done == NO_CHANGE | BY_SECRET | NEEDS_MAIL
    engine.dispose()


def _audits(doing: Doing, known: Any) -> None:
    certificate = {"certificate": samples.EXAMPLE, "wait_seconds": "30", "read_only": "y"}
    doing.does("/audits/new", "/audits/new", "audit: asked for", station="CP-77", **certificate)
    central = {"address": "ws://192.0.2.10:9000/ocpp", "identity": "P", "certificate": SYSTEM, "valid": "AB12", "load": "0", "person": "y"}
    doing.does("/audits/new-csms", "/audits/new-csms", "audit: asked for", **central)
    waiting = f"/audits/{known['waiting']}"
    prompt = f"{waiting}/prompts/{known['position']}"
    doing.does("/audits/<audit_id>/prompts/<int:position>", prompt, "audit: prompt answered", answer="done")
    doing.does("/audits/<audit_id>/cancel", f"{waiting}/cancel", "audit: cancelled")
    devices = f"CP-1,{samples.EXAMPLE},Harbour"
    wanted = {"name": "Spring", "devices": devices, "at_once": "3", "per_site": "2", "zone": "UTC", "every": "once"}
    made = doing.does("/campaigns/new", "/campaigns/new", "campaign: made", **wanted)
    doing.does("/campaigns/<campaign_id>/<any(pause, resume, end):what>", f"{made}/pause", "campaign: paused")


def _fleet(doing: Doing) -> None:
    sheet = b"identity,vendor,model,firmware\nCP-90,V,M,1.0\n"
    upload = {"file": (io.BytesIO(sheet), "more.csv")}
    page = doing.client.post("/fleet/import", data={"csrf_token": token_of(doing.client), **upload}).text
    sent = {name: _value(page, name) for name in ("sha256", "name")}
    columns = {f"column-{name}": name for name in ("identity", "vendor", "model", "firmware")}
    doing.does("/fleet/import", "/fleet/import", "fleet: new", action="store", **sent, **columns)
    doing.does("/fleet/match", "/fleet/match", "fleet: matched")
    doing.does("/fleet/remove-device", "/fleet/remove-device", "fleet: withdrawn", identity="CP-90")
    doing.does("/fleet/remove", "/fleet/remove?q=CP-2", "fleet: withdrawn", expected="1")
    rule = "/fleet/imports/<int:import_id>/remove"
    doing.does(rule, "/fleet/imports/1/remove", "fleet: withdrawn", expected="2")


def _reviews(doing: Doing) -> None:
    doing.does("/listing", "/listing", "listing: discarded", sha256=ASIDE, action="discarded", reason="It is cut short.")
    page = doing.client.get(PAGE).text
    decision = {name: _value(page, name) for name in ("reading", "seen")} | {"action": "accept", "field": "holder", "state": "read"}
    doing.does("/review/<sha256>", PAGE, "certificate: accept", **decision)
    rule = "/requirements/<identity>"
    words = {"words": rules("ours"), "reason": "For us."}
    doing.does(f"{rule}/copy", f"/requirements/{KEPT_RULES}/copy", "requirements: made", **words)
    edited = {"words": rules("ours").replace("\n\n", "\n\n\n", 1), "reason": "Better.", "base": "1"}
    doing.does(f"{rule}/edit", "/requirements/ours/edit", "requirements: changed", **edited)
    doing.does(f"{rule}/remove", "/requirements/ours/remove", "requirements: removed")


def _names(doing: Doing) -> None:
    names = "/holders/holder-1/names"
    doing.does("/holders/<slug>/names", names, f"{SUBJECT}: other name recorded", name="Their Former Name", reason="Their imprint says so.")
    rule = "/holders/<slug>/names/<int:alias_id>/withdraw"
    doing.does(
        rule, f"{names}/{doing.newest(CompanyAlias.id)}/withdraw", f"{SUBJECT}: other name withdrawn", reason="It was another company."
    )


def _watches(doing: Doing) -> None:
    wanted = {"kind": "fleet", "key": "", "url": "https://hooks.example.org/x"}
    doing.does("/watches/new/webhook", "/watches/new/webhook", "watch: made", **wanted)
    path = f"/watches/{doing.newest(Watch.id)}"
    rule = "/watches/<int:watch_id>/<any(pause, resume, remove, test, secret):what>"
    for what, says in (("pause", "paused"), ("resume", "active"), ("secret", "secret renewed"), ("remove", "removed")):
        doing.does(rule, f"{path}/{what}", f"watch: {says}")


def _accounts(doing: Doing) -> None:
    number = account(doing.sessions, Role.ADMIN, NAME)
    with doing.sessions.begin() as session:
        session.get_one(StoredAccount, number).password_hash = PASSWORDS.hashed(PASSWORD)
        tokens.create(session, number, "another", [Scope.READ], 7)
    new = {"old": PASSWORD, "password": "four other quiet words", "again": "four other quiet words"}
    doing.does("/account/password", "/account/password", "account: password changed", **new)
    doing.does("/account/tokens", "/account/tokens", "account: token made", label="x", scopes="read", days="7")
    with doing.sessions() as session:
        first, second = (one.id for one in tokens.listing(session, utc_now(), number))
    doing.does("/account/tokens/<int:token_id>/revoke", f"/account/tokens/{first}/revoke", "account: token revoked")
    doing.does("/admin/tokens/<int:token_id>/revoke", f"/admin/tokens/{second}/revoke", "account: token revoked")
    doing.does("/admin/accounts", "/admin/accounts", "account: invited", name="colleague", role="reader")
    with doing.sessions() as session:
        other = accounts.find_by_name(session, "colleague")
    assert other is not None
    rule, path = "/admin/accounts/<int:account_id>", f"/admin/accounts/{other.id}"
    doing.does(f"{rule}/link", f"{path}/link", "account: new link")
    doing.does(f"{rule}/role", f"{path}/role", "account: role changed", role="auditor")
    doing.does(f"{rule}/disable", f"{path}/disable", "account: disabled")
    doing.does(f"{rule}/enable", f"{path}/enable", "account: enabled")


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, name
    return found[1]
