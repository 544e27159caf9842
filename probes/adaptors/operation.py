"""What every operation has: the payload that is wanted of it, and the sentence that says so to a person. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from probes.wire.clock import ocpp_time


class Operation(ABC):
    """One request that a CSMS is to send. A field is named as in OCPP's JSON but for what `_fields` tells."""

    action: ClassVar[str]
    """The name of the action in OCPP."""
    _fields: ClassVar[Mapping[str, str]] = {}

    def payload(self) -> dict[str, Any]:
        """What the request is to carry, in the names and types of OCPP's JSON; only what is wanted."""
        return _as_json(vars(self), self._fields)

    def sentence(self) -> str:
        """The wish in plain words for a person at the CSMS's user interface, with every value that matters; without a full stop."""
        return self._says()

    def enclosure(self) -> str:
        """A text that goes with the sentence because it is too long for it (a certificate in PEM); empty if there is none."""
        return self._encloses()

    @abstractmethod
    def _says(self) -> str: ...

    def _encloses(self) -> str:
        return ""


def _as_json(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What of `values` is given, by its name in OCPP: the one in `names`, or `connectorId` for `connector_id`; `log/x` is in `log`."""
    payload: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            *parents, last = (names.get(name) or _camel(name)).split("/")
            place = payload
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = _plain(value)
    return payload


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return ocpp_time(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def moment(given: datetime | None) -> str | None:
    """A date as it goes out in messages."""
    return None if given is None else ocpp_time(given)


def at_connector(connector: int | None) -> str:
    """Where, as the end of a sentence; connector 0 is the station itself."""
    if connector is None:
        return ""
    return " for the station as a whole (connector 0)" if connector == 0 else f" on connector {connector}"


def also(*parts: tuple[str, object]) -> str:
    """`, retries: 3` for every part that is given."""
    return "".join(f", {name}: {value}" for name, value in parts if value is not None)


def retried(retries: int | None, interval: int | None) -> tuple[tuple[str, object], ...]:
    """How often something is tried again, for `also`."""
    return ("retries", retries), ("seconds between retries", interval)
