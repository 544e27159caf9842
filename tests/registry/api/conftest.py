"""One installation for all tests of a module that only read, and a fresh one for those that change something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.settings import Settings
from tests.registry.api import samples
from tests.registry.api.samples import Installation


@pytest.fixture(scope="module")
def installed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on SQLite with something of everything, shared by a module."""
    home = tmp_path_factory.mktemp("installed")
    shutil.copyfile(sqlite_template, home / "registry.sqlite3")
    settings = Settings(home=home, database=f"sqlite:///{home / 'registry.sqlite3'}")
    made = db.engine(settings)
    yield samples.fill(settings, db.session_factory_on(made), [])
    made.dispose()


@pytest.fixture
def fresh(settings: Settings, session_factory: sessionmaker[Session], started: list[str]) -> Installation:
    """An installation of its own, on each of the databases."""
    return samples.fill(settings, session_factory, started)
