"""A connection that each process holds open for what nearly every page asks: whether anything was committed since, and what is on it.

It belongs to no transaction and was asked a moment ago, so nothing has to be begun, ended or tried before: on PostgreSQL each of these
is a round trip of its own, and together they take longer than what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import Compiled

from registry.errors import CannotBegin, one_line

_DATA_VERSION = "PRAGMA data_version"
_CATALOGUE_VERSION = "SELECT number FROM catalogue_version"
_SNAPSHOT = "SELECT pg_current_snapshot()::text, number FROM catalogue_version"
_POSTGRESQL = "postgresql"
_Answer = TypeVar("_Answer")


class Versions(NamedTuple):
    """What tells whether anything was committed since, by any process: equal as long as nothing was.

    Of `registry`, nothing at all; of `catalogue`, nothing that the page of a search shows.
    """

    registry: Hashable
    catalogue: Hashable


class HeldConnection:
    """Asks over one connection, which is made when it is first needed, and anew once it was lost.

    Whatever is asked raises CannotBegin when the database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_postgresql = engine.dialect.name == _POSTGRESQL
        self._lock = Lock()
        self._connection: Connection | None = None
        self._driver: Any = None
        self._connections = 0
        self._last: tuple[int, int] | None = None
        event.listen(engine, "engine_disposed", self._close)

    def versions(self) -> Versions:
        """The versions of now, as this process tells them from others. One cheap statement, and on SQLite one more after a commit.

        That of the registry is on SQLite a count that a connection keeps of the commits of all others; on PostgreSQL the snapshot, which
        names the transactions that are to be seen. That of the catalogue is a number in the database, which triggers move
        (`registry.certificates.models.CatalogueVersion`).
        """
        return self._ask(self._versions)

    @property
    def dialect(self) -> str:
        """The name of the database's dialect, for statements that are made for each."""
        return self._engine.dialect.name

    def rows(self, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """What a statement finds, as the driver gives it. The statement is to be one that is made once, and kept."""
        compiled = _compiled(statement, self._engine.dialect)
        given = compiled.construct_params(values) or {}
        if self._is_postgresql:
            return self._ask(lambda: self._driver.execute(compiled.string, given, prepare=True).fetchall())
        placed = [given[name] for name in compiled.positiontup]  # type: ignore[attr-defined]  # of a statement in SQL
        return self._ask(lambda: self._driver.execute(compiled.string, placed).fetchall())

    def column(self, statement: Select[Any], values: Mapping[str, Any]) -> list[Any]:
        """The one column that a statement gives, as `rows`."""
        return [value for (value,) in self.rows(statement, values)]

    def _ask(self, ask: Callable[[], _Answer]) -> _Answer:
        failure: Any = self._engine.dialect.loaded_dbapi.DatabaseError
        with self._lock:
            try:
                self._open()
                return ask()
            except failure:
                self._close()  # the server was started anew, say
            try:
                self._open()
                return ask()
            except failure as error:
                raise CannotBegin(f"the database cannot be asked what every page needs to know ({one_line(error)})") from error

    def _open(self) -> None:
        if self._connection is not None:
            return
        self._connection = self._engine.connect()
        # Asking the driver itself takes a tenth of the time that asking through the pool does.
        self._driver = self._connection.connection.driver_connection
        self._connection.detach()
        self._connections += 1
        if self._is_postgresql:
            self._driver.autocommit = True
            # What is asked here is asked again and again, whatever the values: how to go about it need not be thought of each time.
            self._driver.execute("SET plan_cache_mode = force_generic_plan")

    def _close(self, _engine: Engine | None = None) -> None:
        connection, self._connection, self._last = self._connection, None, None
        if connection is not None:
            connection.close()

    def _versions(self) -> Versions:
        registry, catalogue = self._of_postgresql() if self._is_postgresql else self._of_sqlite()
        # What one connection says cannot be compared with what another does, nor a version of the one with one of the other.
        return Versions(("registry", self._connections, registry), ("catalogue", self._connections, catalogue))

    def _of_postgresql(self) -> tuple[str, int]:
        told: tuple[str, int] = self._driver.execute(_SNAPSHOT, prepare=True).fetchone()
        return told

    def _of_sqlite(self) -> tuple[int, int]:
        (commits,) = self._driver.execute(_DATA_VERSION).fetchone()
        if self._last is None or self._last[0] != commits:
            # Asked for after the commits were counted: what is committed in between is counted the next time.
            self._last = commits, self._driver.execute(_CATALOGUE_VERSION).fetchone()[0]
        return self._last


@lru_cache(maxsize=64)
def _compiled(statement: Select[Any], dialect: Dialect) -> Compiled:
    return statement.compile(dialect=dialect)
