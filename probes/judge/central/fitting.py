"""Whether a request on the wire is the one that was wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from probes.judge.catalogue import configuration_keys

MINUTE, QUARTER = 60.0, 900.0
FARTHEST_ZONES = 26 * 3600.0
"""From the one end of the Earth's time zones to the other, in seconds."""

_SHORT = 128
"""No text of so few characters is a certificate or a signature."""


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that were wanted, and are not there as they were wanted."""
    return tuple(name for name, value in wanted.items() if not _same(value, found.get(name)))


def _same(wanted: Any, found: Any) -> bool:
    """Further fields may stand in objects, moments be written in several ways, an empty list be left out (1.6 6.41), the names of keys have
    no case (7.29), and the lines of a certificate in PEM end as they like (RFC 7468 section 3), as may those of Base64.
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
        if "".join(wanted.split()) == "".join(found.split()) and len(wanted) > _SHORT:
            return True
        if one is None or other is None:
            return wanted.casefold() in configuration_keys() and wanted.casefold() == found.casefold()
        # A form may know no seconds.
        return abs((one - other).total_seconds()) < 1.0 or one.replace(second=0, microsecond=0) == other
    return bool(wanted == found)


def contradicting(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of which something else is there than was wanted. One that is not there at all contradicts nothing: it may be one that the
    management system has no use for; and a moment in another time zone, or without one, which ISO 8601 allows (1.6 3.14, 3.15), may be the
    misunderstanding of whoever described its API.
    """
    return tuple(name for name, value in wanted.items() if _contradicts(value, found.get(name)))


def distance(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[int, int]:
    """How unlike a request is what was wanted; the least of several is the one that came of it."""
    return len(contradicting(wanted, found)), len(differing(wanted, found))


def _contradicts(wanted: Any, found: Any) -> bool:
    if found is None or _same(wanted, found):
        return False
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return bool(contradicting(wanted, found))
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return any(_contradicts(one, other) for one, other in zip(wanted, found, strict=True))
    if isinstance(wanted, str) and isinstance(found, str):
        one, other = _moment(wanted), _moment(found) or _without_zone(found)
        return one is None or other is None or not _another_zone(abs((one - other).total_seconds()))
    return True


def _another_zone(seconds: float) -> bool:
    """Whether two moments are apart as the same time in two zones is: by quarters of an hour, less what a form leaves of the seconds."""
    return seconds <= FARTHEST_ZONES and min(seconds % QUARTER, QUARTER - seconds % QUARTER) < MINUTE


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _without_zone(text: str) -> datetime | None:
    """A date that does not name its zone, as if it were UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
