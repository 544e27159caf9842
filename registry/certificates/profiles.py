"""Feature profiles as the catalogue names them: each by one name, however it is called where it was read. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from registry.requirements import vocabulary

UNTOLD = "untold"
"""Stands among the profiles of an entry of which it cannot be told whether it is certified for others, too."""


@lru_cache(maxsize=1024)
def one_name(word: str) -> str:
    """The profile by the name that rules use: "Advanced Security" is Security. What is none that is known stays as it is."""
    return vocabulary.profile(word) or word


def catalogued(named: Iterable[str], *, is_all: bool) -> list[str]:
    """What the catalogue keeps of an entry for which these profiles are certified; `is_all` tells that no others can be."""
    return list(dict.fromkeys((*map(one_name, named), *(() if is_all else (UNTOLD,)))))


@lru_cache(maxsize=1024)
def certified(kept: tuple[str, ...]) -> tuple[str, ...]:
    """The profiles that an entry is certified for, of what the catalogue keeps."""
    return tuple(profile for profile in kept if profile != UNTOLD)
