"""The database: one engine for SQLite and PostgreSQL, its migrations, and the one line that a person gets when it cannot be used.

Every other module asks for a `Session`; only this one knows which of the two databases is behind it.

Transactions are short. Readers never wait for a writer. Writers wait for one another from their first statement on
(`lock_for_writing`), because a projection that two of them rebuild at once would lose the update of one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.pq import Format
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Connection, Dialect, Engine, ExceptionContext
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from registry.errors import CannotBegin
from registry.settings import DATABASE_VARIABLE, Settings
from registry.vault import Vault

WAIT_SECONDS = 10.0
"""How long a statement waits for a lock, and a connection for its server, before a person is told."""

SQLITE_CACHE_KIB = 32 * 1024
"""What a connection to SQLite may hold of the file, in KiB: with its own 2 MiB a transaction of hundreds of documents, all of whose indexes
grow, writes the same pages again and again. Only what is used is taken.
"""

TEMPORARY_FILE, TEMPORARY_MEMORY = 1, 2
"""Where SQLite keeps what is only of use to a statement, as its PRAGMA temp_store has it. What a writer changes is written down as it was
before, page by page, in case its statement fails: in a file that takes a fifth of the time that storing a certificate takes. Readers sort
in a file what is much.
"""

BINARY = "binary"
"""The option of a statement whose rows hold much that is no text: PostgreSQL's server gives them as they are, in a third of the time."""

_VAULT = "ocpp_registry_vault"
"""Under what the engine carries the vault of its installation."""

_WRITER_LOCK = 0x0CA_0016
"""The key of PostgreSQL's advisory lock that stands for "the writer of the registry"."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, in UTC: the clock that is used where no other is handed in."""
    return datetime.now(UTC)


def clean_text(value: str) -> str:
    """`value` as both databases can hold it: NUL and lone surrogates, which a broken document may contain, become U+FFFD."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class CleanText(sa.types.TypeDecorator[str]):
    """Text of any length; see `clean_text`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Clean what goes in, stored values and search values alike."""
        return None if value is None else clean_text(value)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment, always with its zone and always in UTC; SQLite, which has no zones, holds it without."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables; constraints get names, so that a migration can speak of them on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (the mapping that SQLAlchemy asks for is a plain class attribute)
        str: CleanText(),
        datetime: UtcDateTime(),
        date: sa.Date(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
        list[dict[str, Any]]: sa.JSON(),
    }


def engine(settings: Settings, *, wait_seconds: float = WAIT_SECONDS) -> Engine:
    """An engine for `settings.database`; to be made once in a process, after any fork. Creates `settings.home`.

    Raises CannotBegin for an address that is neither SQLite in a file nor PostgreSQL, and from then on, from any statement,
    for a database that is locked longer than `wait_seconds`, cannot be reached or was not migrated.
    """
    url = _database_url(settings)
    _make_home(settings)
    kept = {_VAULT: Vault(settings.home)}
    options: dict[str, Any] = {"execution_options": kept, "json_serializer": json_text}
    if url.get_backend_name() == "sqlite":
        made = sa.create_engine(url, connect_args={"timeout": wait_seconds}, **options)
        _prepare_sqlite(made)
    else:
        patience = {"connect_timeout": max(1, round(wait_seconds))}
        made = sa.create_engine(url, pool_pre_ping=True, connect_args=patience, **options)
        _prepare_postgresql(made, wait_seconds)
    event.listen(made, "handle_error", _tell_person)
    return made


def json_text(value: Any, *, is_sorted: bool = False) -> str:
    """JSON as it is stored: by the faster of two writers, unless there is something in it that only the other can write.

    With `is_sorted`, objects that are equal are written alike, whatever the order of their names.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if is_sorted else None).decode()
    except TypeError:
        return json.dumps(value, sort_keys=is_sorted)


def session_factory(settings: Settings, *, wait_seconds: float = WAIT_SECONDS) -> sessionmaker[Session]:
    """Makes sessions: `with factory.begin() as session` for a short transaction that is kept if nothing is raised."""
    return session_factory_on(engine(settings, wait_seconds=wait_seconds))


def session_factory_on(made: Engine) -> sessionmaker[Session]:
    """As `session_factory`, on an engine that the caller made and disposes of."""
    return sessionmaker(made, expire_on_commit=False)


@contextmanager
def opened(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """As `session_factory`, for a program that is soon done: closes what was opened."""
    made = engine(settings)
    try:
        yield session_factory_on(made)
    finally:
        made.dispose()


def vault_of(session: Session) -> Vault:
    """What seals the secrets of the installation whose database this session is on."""
    vault: Vault = session.get_bind().get_execution_options()[_VAULT]
    return vault


@contextmanager
def driver_errors_told(connection: Connection, statement: str) -> Iterator[None]:
    """For what is asked of the driver itself, as a COPY: raises what SQLAlchemy would raise of the same statement, CannotBegin too."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        if connection.dialect.name == "sqlite":
            reason = _sqlite_reason(str(error))
        else:
            lost = isinstance(error, driver.OperationalError) and connection.connection.driver_connection.closed  # type: ignore[union-attr]  # it failed, so it was there
            reason = _reason_of_postgresql(error, is_lost=bool(lost))
        if reason is not None:
            raise CannotBegin(f"the database {_shown(connection.engine.url)} {reason}") from error
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


def lock_for_writing(session: Session, *, changes_much: bool = False) -> None:
    """Become the one writer until the transaction ends; the first thing that every storing function does.

    Where it `changes_much`, in single statements as a migration does, memory is not what it is sorted and undone in.

    Raises CannotBegin when another writer does not end in time.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER_LOCK)))
    elif not connection.info.get("writing"):
        _become_sqlite_writer(session, connection, TEMPORARY_FILE if changes_much else TEMPORARY_MEMORY)


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Bring the database to the newest form (or to `revision`), creating it and `settings.home` when missing. Raises CannotBegin.

    Each migration happens whole or not at all; two programs that start at once wait for one another.
    """
    _migrate(settings, lambda config: command.upgrade(config, revision))


def downgrade(settings: Settings, revision: str) -> None:
    """Bring the database back to `revision` ("base" for an empty one): tables and columns newer than it are lost."""
    _migrate(settings, lambda config: command.downgrade(config, revision))


def require_current(settings: Settings) -> None:
    """Raise CannotBegin with the remedy unless the database is of exactly the form that this program knows."""
    made = engine(settings)
    try:
        with made.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    finally:
        made.dispose()
    script = ScriptDirectory.from_config(alembic_config())
    if present == script.get_current_head():
        return
    name = _shown(made.url)
    if present is None:
        raise CannotBegin(f"the database {name} is empty: run `ocpp-registry up`, which sets it up")
    _refuse_newer(script, present, name)
    raise CannotBegin(f"the database {name} is older than this program: run `ocpp-registry up`, which brings it up to date")


def _database_url(settings: Settings) -> URL:
    try:
        url = make_url(settings.database)
    except (ArgumentError, ValueError) as error:
        raise CannotBegin(f"{DATABASE_VARIABLE} is no database address: write sqlite:///FILE or postgresql://USER@HOST/NAME") from error
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise CannotBegin(f"{DATABASE_VARIABLE} names {url.drivername}: only sqlite:///FILE and postgresql://USER@HOST/NAME can be used")
    if url.database in (None, "", ":memory:"):
        raise CannotBegin(f"{DATABASE_VARIABLE} names an SQLite database without a file, which would be lost: write sqlite:///FILE")
    return url


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotBegin(f"{settings.home} cannot be created ({error.strerror}): set OCPP_REGISTRY_HOME to a folder of yours") from error


class _Hinting(SQLiteCompiler):
    """Writes which index a statement is to go by (`INDEXED BY`): SQLAlchemy's own compiler for SQLite leaves hints out."""

    def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """What stands behind the name of the table."""
        return text


def _prepare_sqlite(made: Engine) -> None:
    """Set up each connection, and begin transactions ourselves: Python's driver would begin them too late to be consistent."""
    made.dialect.statement_compiler = _Hinting

    @event.listens_for(made, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", f"cache_size = -{SQLITE_CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        connection.info["writing"] = False
        _keep_temporary(connection, TEMPORARY_FILE)
        connection.info["changes"] = connection.connection.dbapi_connection.total_changes  # type: ignore[union-attr] # sqlite3's own
        connection.exec_driver_sql("BEGIN")


def _keep_temporary(connection: Connection, where: int) -> None:
    """Have what is only of use to a statement kept there; between transactions."""
    if connection.info.get("temporary") != where:
        connection.exec_driver_sql(f"PRAGMA temp_store = {where}")
        connection.info["temporary"] = where


def _become_sqlite_writer(session: Session, connection: Connection, temporary: int) -> None:
    """Turn the transaction into a writing one.

    One that has read before could only do so while nobody else has written since; as it has written nothing itself, it is begun
    anew, and what it had read is forgotten.
    """
    driver: Any = connection.connection.dbapi_connection
    if driver.total_changes == connection.info["changes"]:
        session.flush()
    if driver.total_changes == connection.info["changes"] and not session.in_nested_transaction():
        session.expire_all()
        connection.exec_driver_sql("ROLLBACK")
        _keep_temporary(connection, temporary)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.info["writing"] = True


def _prepare_postgresql(made: Engine, wait_seconds: float) -> None:
    @event.listens_for(made, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {round(wait_seconds * 1000)}")
        connection.autocommit = False

    @event.listens_for(made, "before_cursor_execute")
    def _ask(_connection: Connection, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context is not None and context.execution_options.get(BINARY):
            cursor.format = Format.BINARY


def _tell_person(context: ExceptionContext) -> None:
    """Replace the driver's error by one line where a person can put things right; leave a defect of ours as it is."""
    url = context.engine.url if context.engine is not None else None
    if url is None:
        return
    reason = _sqlite_reason(str(context.original_exception)) if url.get_backend_name() == "sqlite" else _postgresql_reason(context)
    if reason is not None:
        raise CannotBegin(f"the database {_shown(url)} {reason}") from context.original_exception


_NOT_SET_UP = "is not set up for this program: run `ocpp-registry up`, which brings it up to date"

_SQLITE_REASONS = {
    "is locked": "is in use by another program: try again when that has ended",
    "unable to open": "cannot be opened: check that its folder exists and may be written",
    "readonly": "may not be written: check the permissions of the file and of its folder",
    "is not a database": f"is no SQLite file: move it away, or name another in {DATABASE_VARIABLE}",
    "malformed": "is damaged: restore it from a backup",
    "disk is full": "has no room left: free some on its disk",
    "disk I/O error": "cannot be read from or written to its disk: check the disk",
    "no such table": _NOT_SET_UP,
    "no such column": _NOT_SET_UP,
}


def _sqlite_reason(message: str) -> str | None:
    return next((reason for part, reason in _SQLITE_REASONS.items() if part in message), None)


_UNDEFINED_TABLE, _UNDEFINED_COLUMN, _LOCK_NOT_AVAILABLE = "42P01", "42703", "55P03"


def _postgresql_reason(context: ExceptionContext) -> str | None:
    return _reason_of_postgresql(context.original_exception, is_lost=context.connection is None or context.is_disconnect)


def _reason_of_postgresql(error: BaseException, *, is_lost: bool) -> str | None:
    state = getattr(error, "sqlstate", None)
    if state in (_UNDEFINED_TABLE, _UNDEFINED_COLUMN):
        return _NOT_SET_UP
    if state == _LOCK_NOT_AVAILABLE:
        return _SQLITE_REASONS["is locked"]
    if is_lost:
        detail = " ".join(str(error).split())
        return f"cannot be reached: check that its server runs and {DATABASE_VARIABLE} is right ({detail[:200]})"
    return None


def _shown(url: URL) -> str:
    """The address as it may be shown: a file's path, or a server's address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def alembic_config() -> Config:
    """Alembic's configuration for the migrations of this package."""
    config = Config()
    # A per cent sign would be taken for an interpolation of Alembic's configuration format.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _migrate(settings: Settings, move: Callable[[Config], None]) -> None:
    made = engine(settings)
    config = alembic_config()
    try:
        with Session(made) as session, session.begin():
            lock_for_writing(session, changes_much=True)
            connection = session.connection()
            present = MigrationContext.configure(connection).get_current_revision()
            if present is not None:
                _refuse_newer(ScriptDirectory.from_config(config), present, _shown(made.url))
            config.attributes["connection"] = connection
            move(config)
    finally:
        made.dispose()


def _refuse_newer(script: ScriptDirectory, present: str, name: str) -> None:
    if present not in {known.revision for known in script.walk_revisions()}:
        raise CannotBegin(f"the database {name} was made by a newer version of this program (form {present}): update the program")
