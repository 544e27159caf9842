"""The tables that the migrations make are those of the models, on both databases, and each migration can be undone."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session, sessionmaker

from registry import db, models
from registry.certificates.queries import SearchQuery, search
from registry.certificates.words import fold
from registry.errors import CannotBegin
from registry.settings import Settings

SEARCH_INDEX = ("catalogue_text", "ix_catalogue_entry_trigrams")
REVISIONS = [script.revision for script in ScriptDirectory.from_config(db.alembic_config()).walk_revisions()][::-1]
OF_ROWS_ALONE = ("0022", "0023", "0028", "0029")
"""Migrations that change no table."""


@pytest.fixture
def empty(empty_database: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database=empty_database)


def schema(settings: Settings) -> dict[str, Any]:
    """Tables with their columns, indexes and constraints, as the database itself tells."""
    made = db.engine(settings)
    try:
        inspector = inspect(made)
        # Of all tables at once: PostgreSQL is asked five times then, and not five times for each.
        columns, indexes = inspector.get_multi_columns(), inspector.get_multi_indexes()
        unique, keys, checks = (
            inspector.get_multi_unique_constraints(),
            inspector.get_multi_foreign_keys(),
            inspector.get_multi_check_constraints(),
        )
        return {
            name: [
                sorted((str(column["name"]), str(column["type"]), column["nullable"]) for column in columns[place]),
                sorted(f"{index['name']} {index['column_names']}" for index in indexes[place] if is_modelled(index["name"])),
                *(sorted(str(constraint["name"]) for constraint in found[place]) for found in (unique, keys, checks)),
            ]
            for place in columns
            if (name := place[1]) != "alembic_version" and is_modelled(name)
        }
    finally:
        made.dispose()


def is_modelled(name: str | None) -> bool:
    """Not one of the search index, which no model knows: the migration makes it in the way of each database."""
    return not str(name).startswith(SEARCH_INDEX)


def set_revision(settings: Settings, revision: str) -> None:
    made = db.engine(settings)
    with made.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    made.dispose()


def test_migrations_make_what_the_models_say(empty: Settings) -> None:
    db.upgrade(empty)
    made = db.engine(empty)
    opts = {"compare_type": True, "compare_server_default": True, "include_name": lambda name, *_: is_modelled(name)}
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        differences = compare_metadata(context, models.METADATA)
    made.dispose()
    assert differences == []
    assert set(schema(empty)) == set(models.METADATA.tables)


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alembic reads every migration's file anew for each step."""
    found = ScriptDirectory.from_config(db.alembic_config())
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: found)


@pytest.mark.usefixtures("read_once")
def test_every_migration_can_be_undone_and_done_again(empty: Settings) -> None:
    """All are done one by one, undone one by one, and done again."""
    forms: list[dict[str, Any]] = [{}]
    for revision in REVISIONS:
        db.upgrade(empty, revision)
        forms.append(schema(empty))
        assert (forms[-1] == forms[-2]) == (revision in OF_ROWS_ALONE)
    for before, form in zip(["base", *REVISIONS[:-1]][::-1], forms[:-1][::-1], strict=True):
        db.downgrade(empty, before)
        assert schema(empty) == form
    for revision in REVISIONS:
        db.upgrade(empty, revision)
    assert schema(empty) == forms[-1]
    db.require_current(empty)
    db.downgrade(empty, "base")
    assert schema(empty) == {}


def test_upgrading_twice_changes_nothing(settings: Settings) -> None:
    before = schema(settings)
    db.upgrade(settings)
    assert schema(settings) == before


def test_an_empty_database_is_named_with_the_remedy(empty: Settings) -> None:
    with pytest.raises(CannotBegin, match=r"is empty: run `ocpp-registry up`"):
        db.require_current(empty)


def test_a_database_of_a_newer_program_is_left_alone(settings: Settings) -> None:
    set_revision(settings, "9999")
    for attempt in (db.require_current, db.upgrade):
        with pytest.raises(CannotBegin, match=r"newer version of this program \(form 9999\): update the program"):
            attempt(settings)


def test_tables_that_are_missing_are_one_line(empty: Settings) -> None:
    factory = db.session_factory(empty)
    with factory() as session, pytest.raises(CannotBegin, match="is not set up for this program: run `ocpp-registry up`"):
        search(session, SearchQuery())
    factory.kw["bind"].dispose()


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("mysql://host/name", "only sqlite:///FILE and postgresql://"),
        ("nonsense", "is no database address"),
        ("", "is no database address"),
        ("sqlite://", "without a file"),
        ("sqlite:///:memory:", "without a file"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line(address: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match=line):
        db.engine(Settings(home=tmp_path, database=address))


def test_a_server_that_cannot_be_reached_is_one_line_without_the_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database=f"postgresql://someone:hidden@/name?host={tmp_path}")
    with pytest.raises(CannotBegin, match="cannot be reached") as raised:
        db.upgrade(settings)
    assert "hidden" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_database_is_one_line_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"not a database " * 100)
    before = hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(CannotBegin, match=r"notes\.txt is no SQLite file"):
        db.upgrade(Settings(home=tmp_path, database=f"sqlite:///{path}"))
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_a_folder_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="cannot be opened"):
        db.upgrade(Settings(home=tmp_path, database=f"sqlite:///{tmp_path}/missing/registry.sqlite3"))


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotBegin, match="cannot be created"):
        db.upgrade(Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path / "file" / "home")}))


def test_a_home_with_a_per_cent_sign_and_blanks_works(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path / "100 %(here)s")})
    db.upgrade(settings)
    db.require_current(settings)


def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    db.upgrade(settings)
    factory = db.session_factory(settings)
    with factory() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA cache_size")) == -db.SQLITE_CACHE_KIB
    factory.kw["bind"].dispose()


def test_only_writers_of_little_keep_in_memory_what_sqlite_undoes(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    db.upgrade(settings)
    with db.opened(settings) as factory:
        for _ in range(2):
            assert _temporary(factory, lambda _: None) == db.TEMPORARY_FILE
            assert _temporary(factory, db.lock_for_writing) == db.TEMPORARY_MEMORY
            assert _temporary(factory, partial(db.lock_for_writing, changes_much=True)) == db.TEMPORARY_FILE


def _temporary(factory: sessionmaker[Session], first: Callable[[Session], None]) -> int:
    with factory.begin() as session:
        first(session)
        return int(session.scalar(text("PRAGMA temp_store")) or 0)


def test_a_locked_sqlite_file_is_one_line(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    db.upgrade(settings)
    other = sqlite3.connect(tmp_path / "registry.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    factory = db.session_factory(settings, wait_seconds=0.05)
    with pytest.raises(CannotBegin, match="is in use by another program: try again"), factory.begin() as session:
        db.lock_for_writing(session)
    other.close()
    with factory.begin() as session:
        db.lock_for_writing(session)
    factory.kw["bind"].dispose()


def test_a_writer_that_does_not_end_is_one_line_for_the_other(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    impatient = db.session_factory(settings, wait_seconds=0.05)
    with session_factory.begin() as session:
        db.lock_for_writing(session)
        with pytest.raises(CannotBegin, match="is in use by another program"), impatient.begin() as other:
            db.lock_for_writing(other)
    impatient.kw["bind"].dispose()


def test_entries_and_followed_answers_that_were_there_before_get_the_keys_of_their_companies(empty: Settings) -> None:
    db.upgrade(empty, "0018")
    made = db.engine(empty)
    holders = {"N1": "Höher & Weiter Co., Ltd", "N2": "HOHER-WEITER", "N3": None}
    entry = """INSERT INTO catalogue_entry (number, revision, holder, holder_key, has_document, listed, profiles, search_text)
        VALUES (:number, '', :holder, :key, :no, :no, '[]', '')"""
    answer = "INSERT INTO requirement_answer (identity, number, revision, holder_key, answer) VALUES ('set', :number, '', :key, 'meets')"
    with made.begin() as connection:
        for number, holder in holders.items():
            connection.execute(text(entry), {"number": number, "holder": holder, "key": fold(holder or ""), "no": False})
            connection.execute(text(answer), {"number": number, "key": fold(holder or "")})
    expected = {"N1": "hoherweiter", "N2": "hoherweiter", "N3": ""}
    db.upgrade(empty, "0019")
    with made.connect() as connection:
        for table in ("catalogue_entry", "requirement_answer"):
            found = connection.execute(text(f"SELECT number, company_key FROM {table}"))  # noqa: S608 (of constants)
            assert {row.number: row.company_key for row in found} == expected
    db.downgrade(empty, "0018")
    with made.connect() as connection:
        found = connection.execute(text("SELECT number, holder_key FROM requirement_answer"))
        assert {row.number: row.holder_key for row in found} == {number: fold(holder or "") for number, holder in holders.items()}
    made.dispose()


def test_entries_that_were_there_before_get_what_tells_their_companies_apart(empty: Settings) -> None:
    db.upgrade(empty, "0023")
    made = db.engine(empty)
    holders = {"N1": "Höher (Wien) & Weiter", "N2": "HOHER & WEITER GmbH", "N3": None, "N4": "höher & weiter (Shenzhen, Wien) Ltd"}
    entry = """INSERT INTO catalogue_entry (number, revision, holder, holder_key, has_document, listed, profiles, search_text)
        VALUES (:number, '', :holder, :key, :no, :no, '[]', '')"""
    with made.begin() as connection:
        for number, holder in holders.items():
            connection.execute(text(entry), {"number": number, "holder": holder, "key": fold(holder or ""), "no": False})
    db.upgrade(empty)
    with made.connect() as connection:
        found = {row.number: row.apart_key for row in connection.execute(text("SELECT number, apart_key FROM catalogue_entry"))}
    made.dispose()
    assert found == {"N1": "wien", "N2": "", "N3": "", "N4": "shenzhen wien"}


def test_stretches_without_signs_are_laid_out_anew(empty: Settings) -> None:
    held = text("SELECT name, first FROM catalogue_stretch")
    for revision, name in (("0021", ""), ("0022", "!")):
        db.upgrade(empty, revision)
        made = db.engine(empty)
        with made.begin() as connection:
            assert connection.execute(held).all() == []
            laid_out = text("INSERT INTO catalogue_stretch (name, first, last, held) VALUES (:name, 1, 2, :held)")
            connection.execute(laid_out, {"name": name, "held": b"\0" * 16})
        made.dispose()
    db.downgrade(empty, "0021")
    made = db.engine(empty)
    with made.connect() as connection:
        assert connection.execute(held).all() == []
    made.dispose()
