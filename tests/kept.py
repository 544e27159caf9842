"""What each of the thousands of applications that tests make compiles alike, compiled once: templates, addresses, and SQL statements.

An application takes some 70 ms to be made, nearly all of it Werkzeug's, and its first page takes Jinja 200 ms more; a fifth of all time
went into statements. In service that happens once; here it took longer than the tests themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class KeptTemplates(BytecodeCache):
    """Keeps what templates were compiled to, by their names, files and texts, and by what is made of each value that they show.

    All else of their environment is the same in all applications.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(_compiled_of(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._kept[_compiled_of(bucket)] = bucket.code


def _compiled_of(bucket: Bucket) -> tuple[Any, ...]:
    return bucket.key, bucket.checksum, bucket.environment.finalize


_KEPT_BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


class KeptRule(Rule):
    """Keeps the function that writes an address, which knows nothing of the application that it is made for."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        written_by = {name: type(converter) for name, converter in self._converters.items()}
        key = (append_unknown, *self._trace, *written_by.items(), *(self.defaults or {}).items())
        if key not in _KEPT_BUILDERS:
            _KEPT_BUILDERS[key] = super()._compile_builder(append_unknown)
        return _KEPT_BUILDERS[key]


_KEPT_STATEMENTS: LRUCache[Any, Any] = LRUCache(5_000)


class KeptStatements:
    """In the place where an engine has what it compiled: what all of them have, whatever one is given of its own."""

    def __get__(self, engine: Engine, kind: type[Engine]) -> LRUCache[Any, Any]:
        return _KEPT_STATEMENTS

    def __set__(self, engine: Engine, own: object) -> None: ...


def _is_same_kind(one: object, other: object) -> bool:
    """Whether two engines speak the same dialect: what is compiled is kept by it, and all databases of a run are of two servers."""
    return type(one) is type(other)


def _kind(one: object) -> int:
    return hash(type(one))


def keep_what_is_compiled() -> None:
    """Have every application and every engine made from now on in this process take part."""
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}
    Flask.url_rule_class = KeptRule
    Engine._compiled_cache = KeptStatements()  # type: ignore[assignment]  # SQLAlchemy has no place for it
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = _is_same_kind  # type: ignore[method-assign]  # as above
        dialect.__hash__ = _kind  # type: ignore[method-assign, assignment]  # as above
