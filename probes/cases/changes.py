"""Which requests change a station, what was there before, and which answers say that nothing was changed: a pure view of requests.

It is asked before every request of an audit, so that nothing can be changed without having been written down first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from probes.cases.endings import NotExercised
from probes.cases.ledger import Change, Kind
from probes.judge.shadow import Shadow

PASSWORD_KEY = "AuthorizationKey"  # noqa: S105 - the name of the key, not what it holds
"""The key that cannot be read (J errata 3.10): who changes it must know by himself what was there."""

_TAKEN = frozenset({"Accepted", "RebootRequired", "Scheduled"})


def change_of(action: str, payload: Mapping[str, Any], shadow: Shadow, hashed: Callable[[str], str]) -> Change | None:
    """What this request is to change; None for one that changes nothing that could be undone.

    `hashed` gives what stands for an idTag in evidence. Raises `NotExercised` when it is not known what was there before.
    """
    maker = _MAKERS.get(action)
    return maker(payload, shadow, hashed) if maker else None


def was_refused(status: str | None, *, is_error: bool) -> bool:
    """Whether this answer says that nothing was changed."""
    return is_error or (status is not None and status not in _TAKEN)


def undone_by(action: str, payload: Mapping[str, Any], status: str | None) -> Change | None:
    """The change that this request has undone, by its answer."""
    if action == "CancelReservation" and status == "Accepted":
        return Change(Kind.RESERVATION, str(payload.get("reservationId")))
    if action == "ClearChargingProfile" and status in {"Accepted", "Unknown"} and "id" in payload:
        return Change(Kind.CHARGING_PROFILE, str(payload["id"]))
    return None


def _configuration(payload: Mapping[str, Any], shadow: Shadow, _hashed: Callable[[str], str]) -> Change | None:
    key = str(payload.get("key"))
    folded = key.casefold()
    if folded == PASSWORD_KEY.casefold():
        return Change(Kind.PASSWORD, PASSWORD_KEY)
    reading = shadow.configuration.get(folded)
    if folded == "securityprofile" and reading is not None and str(payload.get("value")) > (reading.value or ""):
        # A station never goes back to a lower one (white paper A05.FR.01): only whoever raises it on purpose does, in a laboratory.
        return None
    if reading is not None and reading.value is None:
        raise NotExercised(f"the value of {key} cannot be read, so a change of it could not be undone")
    if reading is None and shadow.full_read is None and folded not in shadow.unknown_keys:
        raise NotExercised(f"{key} was not read before it is to be changed")
    return Change(Kind.CONFIGURATION, key, reading.value if reading else None)


def _availability(payload: Mapping[str, Any], shadow: Shadow, _hashed: Callable[[str], str]) -> Change | None:
    connector = payload.get("connectorId")
    numbers = [number for number in shadow.connectors if number] if connector == 0 else [connector]
    states = [shadow.connectors.get(number) for number in numbers if isinstance(number, int)]
    if not states or None in states:
        raise NotExercised(f"the status of connector {connector} is not known, so a change of its availability could not be undone")
    closed = [state is not None and state.status == "Unavailable" for state in states]
    if connector == 0 and any(closed) and not all(closed):
        raise NotExercised("some connectors are Unavailable and some not: a change of all of them could not be undone")
    return Change(Kind.AVAILABILITY, str(connector), "Inoperative" if all(closed) else "Operative")


def _local_list(_payload: Mapping[str, Any], shadow: Shadow, _hashed: Callable[[str], str]) -> Change | None:
    known = shadow.local_list
    if known is None:
        raise NotExercised("the version of the local list was not read before a list is sent")
    return Change(Kind.LOCAL_LIST, "version", None if known.version is None else str(known.version))


def _certificate(payload: Mapping[str, Any], _shadow: Shadow, _hashed: Callable[[str], str]) -> Change | None:
    return Change(Kind.CERTIFICATE, json.dumps(dict(payload), sort_keys=True))


def _transaction(payload: Mapping[str, Any], _shadow: Shadow, hashed: Callable[[str], str]) -> Change | None:
    return Change(Kind.TRANSACTION, hashed(str(payload.get("idTag"))))


_MAKERS: dict[str, Callable[[Mapping[str, Any], Shadow, Callable[[str], str]], Change | None]] = {
    "ChangeConfiguration": _configuration,
    "ChangeAvailability": _availability,
    "SendLocalList": _local_list,
    "InstallCertificate": _certificate,
    "RemoteStartTransaction": _transaction,
    "ReserveNow": lambda payload, _shadow, _hashed: Change(Kind.RESERVATION, str(payload.get("reservationId"))),
    "SetChargingProfile": lambda payload, _shadow, _hashed: Change(
        Kind.CHARGING_PROFILE, str((payload.get("csChargingProfiles") or {}).get("chargingProfileId"))
    ),
}
