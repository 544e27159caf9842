"""What visitors are not shown of an audit: the network address of a management system. Data in, data out.

Stations go by an identity that says nothing of where they are; a management system goes by its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

WITHHELD = "a management system"
"""What stands in the place of an address."""

SCHEMES = ("ws://", "wss://")
"""What an address begins with; identities of stations have no slash."""

Line = TypeVar("Line")


def is_address(device: str) -> bool:
    """Whether a device goes by its network address."""
    return device.startswith(SCHEMES)


def without_address(audit: Line, device: str) -> Line:
    """`audit`, or whatever tells of it, with every mention of the address `device` withheld; as it is where the device has an identity."""
    return _scrubbed(audit, _mentions(device)) if is_address(device) else audit


def _mentions(address: str) -> tuple[str, ...]:
    """How texts may name the address, the longest first: errors of the network name host and port alone."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return (address,)
    named = {address, address.rstrip("/")}
    # A bare word, as "ocpp", stands for other things too.
    named |= {place for place in (parts.netloc, host) if "." in place or ":" in place}
    return tuple(sorted(filter(None, named), key=len, reverse=True))


def _scrubbed(value: Any, mentions: tuple[str, ...]) -> Any:
    if type(value) is str:  # words of our own vocabularies are more than that, and hold no address
        for mention in mentions:
            value = value.replace(mention, WITHHELD)
        return value
    if isinstance(value, Mapping):
        return {key: _scrubbed(inner, mentions) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_scrubbed(inner, mentions) for inner in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _scrubbed(getattr(value, one.name), mentions) for one in fields(value)})
    return value
