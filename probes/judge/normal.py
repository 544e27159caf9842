"""Values brought to the form in which they may be compared, each by its type: never a guess, never a version as a number.

The strings of OCPP 1.6 (CiString20Type to CiString500Type, 7.15 to 7.19) are case-insensitive, key names, key values, model and firmware
version among them; so no comparison here looks at case.
"""

from __future__ import annotations

import re

from registry.normal import text

__all__ = ["configuration_value", "items", "text"]

_TRUTH = {"true": "true", "false": "false"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def items(value: str) -> tuple[str, ...]:
    """The items of a comma-separated list as a set in order: blanks around items, empty items and repetitions do not count."""
    return tuple(sorted({text(item) for item in value.split(",")} - {""}))


def configuration_value(value: str, kind: str | None) -> tuple[str, ...]:
    """A configuration value in the normal form of its type (`boolean`, `integer`, `CSL`, anything else: text).

    What is not of its type is compared as text, so that `20` and `20s` differ.
    """
    folded = text(value)
    if kind == "boolean":
        return (_TRUTH.get(folded, folded),)
    if kind == "integer" and _INTEGER.fullmatch(folded):
        return (str(int(folded)),)
    if kind == "CSL":
        return items(value)
    return (folded,)
