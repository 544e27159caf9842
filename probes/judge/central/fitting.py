"""Whether a request on the wire is the one that was wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from probes.judge.catalogue import configuration_keys


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that were wanted, and are not there as they were wanted."""
    return tuple(name for name, value in wanted.items() if not _same(value, found.get(name)))


def _same(wanted: Any, found: Any) -> bool:
    """Further fields may stand in objects, moments be written in several ways, an empty list be left out (1.6 6.41), and the names of keys
    have no case (7.29).
    """
    if wanted == []:
        return found is None or found == []
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and not differing(wanted, found)
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(_same(one, other) for one, other in zip(wanted, found, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, str) and isinstance(found, str) and wanted != found:
        one, other = _moment(wanted), _moment(found)
        if one is None or other is None:
            return wanted.casefold() in configuration_keys() and wanted.casefold() == found.casefold()
        return abs((one - other).total_seconds()) < 1.0
    return bool(wanted == found)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
