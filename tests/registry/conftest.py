"""The pages on a fresh installation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.accounts.roles import Role
from registry.settings import Settings
from tests.registry import samples
from tests.registry.api.samples import Installation, fill
from tests.registry.signing_in import sign_in, token_of


@pytest.fixture
def started() -> list[str]:
    """The ids of the audits that the pages have started."""
    return []


@pytest.fixture
def site_app(settings: Settings, session_factory: sessionmaker[Session], started: list[str]) -> Flask:
    """The catalogue, with somebody who takes audits."""
    return samples.web(settings, session_factory, started.append)


@pytest.fixture
def visitor(site_app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return site_app.test_client()


@pytest.fixture
def client(visitor: FlaskClient) -> FlaskClient:
    """Whoever a module's tests are about: a visitor, unless it says otherwise."""
    return visitor


@pytest.fixture
def auditor(site_app: Flask, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody signed in who audits."""
    return sign_in(site_app.test_client(), session_factory, Role.AUDITOR)


@pytest.fixture
def reviewer(site_app: Flask, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody signed in who reviews."""
    return sign_in(site_app.test_client(), session_factory, Role.REVIEWER)


@pytest.fixture
def admin(site_app: Flask, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody signed in who administers."""
    return sign_in(site_app.test_client(), session_factory, Role.ADMIN)


@pytest.fixture
def token(client: FlaskClient) -> Callable[[], str]:
    """Takes the CSRF token from a form, as a browser would: of the one that signs out, or of the one that signs in."""
    return lambda: token_of(client)


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on SQLite with something of everything, shared by a module whose tests do not depend on what others did to it."""
    home = tmp_path_factory.mktemp("house")
    shutil.copyfile(sqlite_template, home / "registry.sqlite3")
    settings = Settings(home=home, database=f"sqlite:///{home / 'registry.sqlite3'}")
    made = db.engine(settings)
    yield fill(settings, db.session_factory_on(made), [])
    made.dispose()
