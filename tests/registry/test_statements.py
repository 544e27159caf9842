"""How many statements each page costs: pinned, and the same for a registry of ten rows and of a thousand."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from registry import db
from registry.accounts.roles import Role
from registry.audits import store as audits
from registry.certificates import store
from registry.fleet import intake
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import extraction, row
from tests.registry.signing_in import bearer, sign_in
from tests.registry.walking import NOWHERE, Route, routes

FEW, MANY = 10, 1_000
NO_AUDIT = NOWHERE["audit_id"]
RARER = 20
"""Of audits and documents, which take longer to make, there are a twentieth of the rows of lists."""

NUMBER = "OCA.0016.9001.CS"
DOCUMENT = hashlib.sha256(b"document 0").hexdigest()
KNOWN = {
    "number": NUMBER,
    "audit_id": NO_AUDIT,
    "sha256": DOCUMENT,
    "holder": "holder-1",
    "slug": "SLUG",
    "identity": "IDENTITY",
    "station_id": "CP-1",
}
SLUGS = {"holders": "holder-1", "products": "product-1", "laboratories": "laboratory-1"}
IDENTITIES = {"requirements": "us-23-cfr-680-108", "fleet": "CP-1"}

MOST = 8
PINS = {
    "/": 9,
    "/fleet": 15,
    "/api/v1/fleet/devices": 9,
    **dict.fromkeys(("/certificates.csv", "/certificates.json", "/certificates.xlsx"), 11),
    **dict.fromkeys(("/certificates/<number>", "/certificates/<number>.json", "/certificates/<number>.csv"), 17),
    "/api/v1/certificates/<number>": 17,
    **dict.fromkeys(("/certificates/<number>.pdf", "/certificates/<number>/bundle.zip"), 19),
    **dict.fromkeys(("/api/v1/certificates/<number>/paper", "/api/v1/certificates/<number>/bundle"), 19),
    **dict.fromkeys(("/requirements/of/<number>", "/api/v1/certificates/<number>/requirements"), 23),
    # What tells two products of one name and version apart is three of them.
    **dict.fromkeys(("/products/<holder>/<slug>", "/api/v1/products/<holder>/<slug>"), 10),
    **dict.fromkeys((f"/products/<holder>/<slug>.{kind}" for kind in ("csv", "json", "xlsx")), 10),
}
"""The statements of a request by an administrator, for which one looks up who asks; `MOST` of what is not named."""


IN_BATCHES = frozenset(f"/{name}.{kind}" for name in ("certificates", "history") for kind in ("csv", "json", "xlsx"))
"""Files of any length that are written piece by piece: some statements for each so many rows."""


class Registry:
    """An installation with so many rows, and what it was asked."""

    def __init__(self, home: Path, template: Path, count: int) -> None:
        home.mkdir()
        shutil.copyfile(template, home / "registry.sqlite3")
        self.settings = Settings(home=home, database=f"sqlite:///{home / 'registry.sqlite3'}")
        self.engine = db.engine(self.settings)
        self.sessions = db.session_factory_on(self.engine)
        self._fill(count)
        self.app: Flask = samples.web(self.settings, self.sessions)
        self.admin: FlaskClient = sign_in(self.app.test_client(), self.sessions, Role.ADMIN)
        self.token = bearer(self.sessions, Role.ADMIN)
        self.sent: list[str] = []
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.sent.append(statement)

    def _fill(self, count: int) -> None:
        with self.sessions.begin() as session:
            for position in range(max(2, count // RARER)):
                number = NUMBER if not position else f"OCA.0016.{5000 + position}.CS"
                store.save_extraction(session, extraction(f"document {position}", number=number), f"{position}.txt")
            import_rows(session, "list.csv", "00", [row(position, company="Holder 1") for position in range(1, count + 1)])
            for position in range(max(2, count // RARER)):
                self.audit = audits.request(session, f"CP-{position}", NUMBER)
            devices = "\n".join(f"CP-{position},Holder 1,Product 1,V1.3.337,Depot {position}" for position in range(count))
            sheet = f"Identity,Vendor,Model,Firmware,Site\n{devices}\n"
            intake.keep(session, intake.read_file(session, sheet.encode(), "fleet.csv"))

    def statements(self, route: Route) -> tuple[int, int]:
        """The status, and how many statements were sent for it."""
        self.sent.clear()
        is_api = route.path.startswith("/api/")
        part = route.path.removeprefix("/api/v1").split("/")[1]
        path = route.path.replace("SLUG", SLUGS.get(part, "")).replace("IDENTITY", IDENTITIES.get(part, "")).replace(NO_AUDIT, self.audit)
        answer = (self.app.test_client() if is_api else self.admin).get(path, headers=self.token if is_api else {})
        answer.get_data()
        return answer.status_code, len([one for one in self.sent if one.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Registry, Registry]]:
    """A small one and a large one."""
    place = tmp_path_factory.mktemp("statements")
    made = tuple(Registry(place / str(count), sqlite_template, count) for count in (FEW, MANY))
    yield made[0], made[1]
    for one in made:
        one.engine.dispose()


@contextmanager
def told(route: Route) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever it is goes on, with the route that it came from
        error.add_note(str(route))
        raise


def test_no_page_costs_more_statements_than_are_pinned_nor_more_for_more_rows(both: tuple[Registry, Registry]) -> None:
    few, many = both
    found: dict[str, tuple[int, int, int]] = {}
    for route in routes(few.app, KNOWN):
        if route.method == "GET":
            with told(route):
                (status, small), (also, large) = few.statements(route), many.statements(route)
            assert status == also, (route, status, also)
            found[route.rule] = (status, small, large)
    assert {rule: figures for rule, figures in found.items() if figures[2] > figures[1] and rule not in IN_BATCHES} == {}
    assert {rule: figures for rule, figures in found.items() if max(figures[1:]) > PINS.get(rule, MOST)} == {}
    assert sum(status == HTTPStatus.OK for status, *_ in found.values()) > len(found) / 2
