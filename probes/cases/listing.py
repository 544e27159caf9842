"""What the cases of the local authorization list share. A list that somebody manages is never touched: it cannot be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.ledger import Kind
from probes.cases.requests import accepted, answer_text
from probes.cases.station import CROSSING_SECONDS, AuditedStation

PROFILE = "LocalAuthListManagement"
ENABLED_KEY = "LocalAuthListEnabled"

AUDIT_VERSIONS = range(7001, 8000)
"""The versions of the lists of an audit: what has one of them may be emptied again, whoever has been there in between."""

EMPTY_VERSION = 1
"""With which an audit empties a list: a full list may have any version, and the lowest is in nobody's way later."""


def needs_list_profile(station: AuditedStation) -> None:
    """The case is about products with the profile."""
    certified = station.certified.profiles.get(PROFILE)
    if certified is None:
        raise NotExercised("the certificate does not say whether Local Auth List Management is certified")
    if not certified:
        raise NotApplicable("Local Auth List Management is not certified")


async def needs_empty_list(station: AuditedStation) -> None:
    """The case may only run on a product with the profile, with its list switched on, and without a list that somebody manages."""
    needs_list_profile(station)
    if ENABLED_KEY.casefold() not in station.shadow.unknown_keys:
        await station.configured(ENABLED_KEY, "true")
    version = await list_version(station)
    if version is None:
        raise NotExercised("GetLocalListVersion gave no version, so it is not known whether there is a list that could be overwritten")
    ours = any(change.kind is Kind.LOCAL_LIST for change in station.ledger.open)
    if version > 0 and not (ours and version in (EMPTY_VERSION, *AUDIT_VERSIONS)):
        raise NotExercised(f"a local list of version {version} is managed there; it cannot be read back, so an audit never overwrites it")


async def list_version(station: AuditedStation) -> int | None:
    """The version of the list as the station tells it now; None for an answer that has none."""
    await station.get_local_list_version()
    known = station.shadow.local_list
    return known.version if known else None


async def listed(station: AuditedStation, id_tag: str) -> None:
    """A list of this one tag, valid. Raises `NotExercised` when it is not in place: what depends on it cannot be judged then."""
    version = AUDIT_VERSIONS[0]
    answer = await station.send_local_list(version=version, entries=[entry_of(id_tag)])
    if not accepted(answer):
        raise NotExercised(f"the tag could not be listed: SendLocalList was answered {answer_text(answer)}")
    if await list_version(station) != version:
        raise NotExercised("the tag could not be listed: the list does not have the version that was sent")
    # From here on whoever comes meets the list.
    await station.clock.sleep(CROSSING_SECONDS + 1.0)


def entry_of(id_tag: str) -> Mapping[str, Any]:
    """The entry of a valid tag (1.6 7.1)."""
    return {"idTag": id_tag, "idTagInfo": {"status": "Accepted"}}
