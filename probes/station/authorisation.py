"""Who may charge by what the station itself knows: Local Authorization List and Authorization Cache (OCPP 1.6 section 3.5).

No connection and no clock here: times are given, and what is not known is asked for elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ocpp.v16.enums import AuthorizationStatus, UpdateStatus, UpdateType

from probes.station.times import moment, text_of

CACHE_LIMIT = 1000
"""How many identifiers the Authorization Cache holds."""


class Verdict(Enum):
    """What is to be done with an identifier that was presented."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask the CSMS"


@dataclass(frozen=True)
class IdTagInfo:
    """What the CSMS has said of an identifier (OCPP 1.6 section 7.27). `expiry` has a time zone."""

    status: str
    expiry: datetime | None = None
    parent: str | None = None

    def at(self, now: datetime) -> str:
        """The status at this moment: what was accepted expires."""
        expired = self.expiry is not None and self.expiry <= now
        return str(AuthorizationStatus.expired) if expired and self.accepted else self.status

    @property
    def accepted(self) -> bool:
        """Whether it was accepted when it was told; whether it still is, `at` says."""
        return self.status == AuthorizationStatus.accepted

    def as_json(self) -> dict[str, Any]:
        """As OCPP spells it."""
        whole = {"status": self.status, "expiryDate": text_of(self.expiry) if self.expiry else None, "parentIdTag": self.parent}
        return {name: value for name, value in whole.items() if value is not None}


def info_of(told: Any) -> IdTagInfo | None:
    """The idTagInfo of a message, in OCPP's spelling or the library's; None when there is none that can be used."""
    if not isinstance(told, Mapping) or not isinstance(told.get("status"), str):
        return None
    parent = told.get("parentIdTag", told.get("parent_id_tag"))
    expiry = moment(told.get("expiryDate", told.get("expiry_date")))
    return IdTagInfo(told["status"], expiry, parent if isinstance(parent, str) else None)


class LocalList:
    """The Local Authorization List (section 3.5.2): changed by SendLocalList alone. Identifiers have no case."""

    def __init__(self, saved: Any = None) -> None:
        self._entries: dict[str, IdTagInfo] = {}
        self._version = 0
        if isinstance(saved, Mapping):
            self._version = int(saved.get("version", 0))
            self._entries = _entries_of(saved.get("entries", {}))

    @property
    def version(self) -> int:
        """Its version number; 0 says that it is empty (section 5.10)."""
        return self._version if self._entries else 0

    def find(self, id_tag: str) -> IdTagInfo | None:
        """What it says of this identifier."""
        return self._entries.get(id_tag.casefold())

    def update(
        self, version: int, update_type: str, entries: Sequence[Mapping[str, Any]], *, most: int | None, most_at_once: int | None
    ) -> UpdateStatus:
        """Apply a SendLocalList (sections 5.15 and 6.41, errata v4.0 section 3.52); nothing is changed unless it is accepted.

        `most` is LocalAuthListMaxLength, `most_at_once` SendLocalListMaxLength; None is without limit. `entries` are AuthorizationData
        with the keys `id_tag` and `id_tag_info`; one without info removes an identifier, and cannot be in a full list.
        """
        tags = [str(entry["id_tag"]).casefold() for entry in entries]
        infos = [info_of(entry.get("id_tag_info")) for entry in entries]
        if version <= 0 or len(set(tags)) != len(tags) or (most_at_once is not None and len(tags) > most_at_once):
            return UpdateStatus.failed
        if update_type == UpdateType.differential and version <= self._version:
            return UpdateStatus.version_mismatch
        if update_type == UpdateType.full and None in infos:
            return UpdateStatus.failed
        merged: dict[str, IdTagInfo | None] = {**({} if update_type == UpdateType.full else self._entries)}
        merged.update(zip(tags, infos, strict=True))
        result = {tag: info for tag, info in merged.items() if info is not None}
        if most is not None and len(result) > most:
            return UpdateStatus.failed
        self._entries, self._version = result, version
        return UpdateStatus.accepted

    def as_json(self) -> dict[str, Any]:
        """What is kept over a restart."""
        return {"version": self._version, "entries": {tag: info.as_json() for tag, info in self._entries.items()}}


class Cache:
    """The Authorization Cache (section 3.5.1): the last word of the CSMS on each identifier, oldest first."""

    def __init__(self, saved: Any = None, limit: int = CACHE_LIMIT) -> None:
        self._entries = _entries_of(saved if isinstance(saved, Mapping) else {})
        self._limit = limit

    def find(self, id_tag: str) -> IdTagInfo | None:
        """What it says of this identifier."""
        return self._entries.get(id_tag.casefold())

    def update(self, id_tag: str, info: IdTagInfo, now: datetime) -> None:
        """Remember; when it is full, identifiers that are not valid go first, then the oldest."""
        tag = id_tag.casefold()
        self._entries.pop(tag, None)
        if len(self._entries) >= self._limit:
            valid = {kept: known for kept, known in self._entries.items() if known.at(now) == AuthorizationStatus.accepted}
            self._entries = dict(list(valid.items())[-(self._limit - 1) :]) if self._limit > 1 else {}
        self._entries[tag] = info

    def clear(self) -> None:
        """Forget everything."""
        self._entries = {}

    def as_json(self) -> dict[str, Any]:
        """What is kept over a restart."""
        return {tag: info.as_json() for tag, info in self._entries.items()}


def online_verdict(known: IdTagInfo | None, now: datetime, *, pre_authorize: bool) -> Verdict:
    """While the CSMS can be reached: with LocalPreAuthorize what is known to be valid is not asked for; everything else is."""
    valid = known is not None and known.at(now) == AuthorizationStatus.accepted
    return Verdict.ACCEPT if valid and pre_authorize else Verdict.ASK


def offline_verdict(known: IdTagInfo | None, now: datetime, *, authorize_offline: bool, allow_unknown: bool) -> Verdict:
    """While it cannot: LocalAuthorizeOffline for known identifiers, AllowOfflineTxForUnknownId for others (section 3.5.4).

    What is known not to be valid, or not to be any more, is refused in any case.
    """
    if known is None:
        return Verdict.ACCEPT if allow_unknown else Verdict.REFUSE
    valid = known.at(now) == AuthorizationStatus.accepted
    return Verdict.ACCEPT if valid and authorize_offline else Verdict.REFUSE


def _entries_of(saved: Mapping[str, Any]) -> dict[str, IdTagInfo]:
    infos = {tag: info_of(told) for tag, told in saved.items()}
    return {tag: info for tag, info in infos.items() if info is not None}
