"""How values of OCPP are spelt by the APIs of management systems: names of Java, addresses, seconds since 1970. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+")


class CannotSpell(Exception):
    """Why the value cannot be spelt so, as half a sentence."""


def _words(value: Any) -> list[str]:
    return _WORDS.findall(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CannotSpell("a structure cannot be spelt as a text")
    return str(value)


def _integer(value: Any) -> int:
    try:
        return int(_text(value))
    except ValueError as problem:
        raise CannotSpell("a value that is no whole number cannot be spelt as one") from problem


def _camel(value: Any) -> str:
    text = _text(value)
    return text[:1].lower() + text[1:]


def _comma(value: Any) -> str:
    if not isinstance(value, list):
        raise CannotSpell("a value that is no list cannot be spelt with commas")
    texts = [_text(each) for each in value]
    if any("," in each for each in texts):
        raise CannotSpell("a text with a comma in it cannot be spelt in a list with commas")
    return ",".join(texts)


def _unix(value: Any) -> int:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError as problem:
        raise CannotSpell("a value that is no date and time cannot be spelt in seconds") from problem
    if moment.tzinfo is None:
        raise CannotSpell("a date and time without time zone cannot be spelt in seconds")
    return int(moment.timestamp())


SPELLINGS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "integer": _integer,
        "text": _text,
        "upper": lambda value: _text(value).upper(),
        "lower": lambda value: _text(value).lower(),
        "upper_snake": lambda value: "_".join(_words(value)).upper(),
        "kebab": lambda value: "-".join(_words(value)).lower(),
        "camel": _camel,
        "comma": _comma,
        "unix": _unix,
    }
)
"""`upper_snake`: TX_PROFILE for TxProfile; `kebab`: reserve-now; `camel`: reserveNow; `comma`: a list as a,b; `unix`: seconds of a time."""
