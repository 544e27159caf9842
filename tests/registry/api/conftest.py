"""One installation for all tests of a module that only read, and a fresh one for those that change something."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from registry import db
from registry.settings import Settings
from tests.conftest import TEMPLATE, PostgresServer
from tests.registry.api import samples
from tests.registry.api.samples import Installation
from tests.registry.samples import web


@pytest.fixture(scope="module")
def installed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on SQLite with something of everything, shared by a module."""
    home = tmp_path_factory.mktemp("installed")
    shutil.copyfile(sqlite_template, home / "registry.sqlite3")
    settings = Settings(home=home, database=f"sqlite:///{home / 'registry.sqlite3'}")
    made = db.engine(settings)
    yield samples.fill(settings, db.session_factory_on(made), [])
    made.dispose()


@dataclass(frozen=True)
class Filled:
    """A filled installation to copy: its folder, and how to get a database like its own."""

    home: Path
    database: Callable[[Path], AbstractContextManager[str]]
    installation: Installation


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """An installation with something of everything on each of the databases, made once for a module."""
    home = tmp_path_factory.mktemp("filled")
    if request.param == "sqlite":
        path = home / "registry.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield Filled(home, lambda folder: nullcontext(f"sqlite:///{folder / path.name}"), _made(home, f"sqlite:///{path}"))
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(TEMPLATE) as address:
            name = address.partition("@/")[2].partition("?")[0]
            yield Filled(home, lambda _folder: server.database(name), _made(home, address))


@pytest.fixture
def fresh(filled: Filled, tmp_path: Path, started: list[str]) -> Iterator[Installation]:
    """A copy of it for one test."""
    home = tmp_path / "home"
    shutil.copytree(filled.home, home)
    with filled.database(home) as database:
        settings = Settings(home=home, database=database)
        made = db.engine(settings)
        sessions = db.session_factory_on(made)
        app = web(settings, sessions, started.append)
        yield replace(filled.installation, app=app, sessions=sessions, settings=settings, started=started)
        made.dispose()


def _made(home: Path, database: str) -> Installation:
    settings = Settings(home=home, database=database)
    made = db.engine(settings)
    installation = samples.fill(settings, db.session_factory_on(made), [])
    made.dispose()
    return installation
