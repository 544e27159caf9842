"""What the catalogues of test cases of both roles have in common: which case a person means, and what an audit leaves out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Protocol, TypeVar

from registry.errors import CannotBegin


class Named(Protocol):
    """A row of a catalogue."""

    @property
    def id(self) -> str:
        """Its name, as TC_019_CS."""


Row = TypeVar("Row", bound=Named)


def import_all(package: ModuleType) -> None:
    """Import every module of `package`: those that register scripts have done so then."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def named(name: str, rows: Mapping[str, Row], role: str, whom: str) -> Row:
    """The case that a person means: with the role `CS`, `TC_019_CS`, `TC_019` or `019`. `whom` says whom the cases are for.

    Raises `CannotBegin` for none.
    """
    wanted = name.strip().upper().replace("-", "_")
    for spelling in (wanted, f"{wanted}_{role}", f"TC_{wanted}", f"TC_{wanted}_{role}"):
        if spelling in rows:
            return rows[spelling]
    raise CannotBegin(f"case {name}: there is no such case for {whom}; cases are named like {next(iter(rows))}")


def left_out(rows: Iterable[Row], reasons: Mapping[str, str], wanted: Collection[str]) -> Iterator[tuple[Row, str]]:
    """The cases that an audit does not carry out, each with the reason: that of `reasons`, or that others were asked for.

    Raises `CannotBegin` for one that was asked for and cannot be carried out.
    """
    for row in rows:
        reason = reasons.get(row.id)
        if reason is not None and row.id in wanted:
            raise CannotBegin(f"case {row.id}: {reason}")
        if reason is None and wanted and row.id not in wanted:
            reason = "not among the cases that were asked for"
        if reason is not None:
            yield row, reason
