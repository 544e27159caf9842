"""Numbers that an audit gives to what it makes at a station."""

from __future__ import annotations

import secrets


def identifier() -> int:
    """A number that no other reservation or charging profile of the station is likely to have."""
    return 1_000_000_000 + secrets.randbelow(1_000_000_000)
