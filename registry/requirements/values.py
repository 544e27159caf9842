"""Values of configuration keys, as certificates print and rules write them, held against each other: never a guess.

"300" and "0300" are one number, "Yes" and "true" one truth, "Core, SmartCharging" and "SmartCharging,Core" one list. What can be read in
another way ("300 s", "1,000", "see manual") is neither the same nor another.
"""

from __future__ import annotations

import re
from decimal import Decimal

from registry.matching.names import bare, text
from registry.requirements import vocabulary
from registry.requirements.truth import Truth
from registry.spreadsheets.nothing import Holds, says_nothing

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_BETWEEN = re.compile(r"[,;|\n]")
_NAME = re.compile(r"[a-z][a-z0-9._-]+[a-z0-9]", re.IGNORECASE)
"""A name as OCPP has them for values. Shorter ones may stand for longer: "A" for Current."""


def same(printed: str, wanted: str) -> Truth:
    """Whether the value that a certificate declares is the one that is asked."""
    if text(printed) == text(wanted):
        return Truth.TRUE
    if says_nothing(printed, Holds.FEATURE):
        return Truth.UNKNOWN
    one, other = _number(printed), _number(wanted)
    if one is not None and other is not None:
        return _told(one == other)
    one_said, other_said = _truths(printed, wanted)
    if one_said is not None and other_said is not None:
        return _told(one_said == other_said)
    return _same_list(_items(printed), _items(wanted))


def includes(printed: str, wanted: str) -> Truth:
    """Whether the list that a certificate declares has the item that is asked."""
    items = _items(printed)
    if len(items) < 2:
        return same(printed, wanted)
    # Of figures nobody knows whether a comma stands between two or within one.
    if text(wanted) in items and _number(wanted) is None:
        return Truth.TRUE
    is_sure = _is_name(wanted) and all(map(_is_name, items)) and not any(_is_like(text(wanted), item) for item in items)
    return Truth.FALSE if is_sure else Truth.UNKNOWN


def within(printed: str, least: int | None, most: int | None, *, zero_is_off: bool) -> Truth:
    """Whether a number lies within limits. Below 0 it may mean that there is no limit, and 0 that the thing is off: then the limits count
    where they name it.
    """
    number = _number(printed)
    if number is None:
        return Truth.UNKNOWN
    fits = (least is None or least <= number) and (most is None or number <= most)
    if number > 0 or (number == 0 and not zero_is_off):
        return _told(fits)
    is_named = fits and (least is not None or most == number)
    return Truth.TRUE if is_named else Truth.UNKNOWN


def _same_list(items: list[str], others: list[str]) -> Truth:
    if items == others:
        return Truth.TRUE
    if not all(map(_is_name, (*items, *others))):
        return Truth.UNKNOWN
    if set(items) == set(others):
        return Truth.TRUE
    # Where one has all of the other, whoever wrote the rule may have meant that.
    is_another = _has_other(items, others) and _has_other(others, items)
    return Truth.FALSE if is_another else Truth.UNKNOWN


def _has_other(items: list[str], others: list[str]) -> bool:
    return any(not any(_is_like(item, other) for other in others) for item in items)


def _is_like(one: str, other: str) -> bool:
    """Whether one name stands in the other: "Voltage" in "Voltage.L1"."""
    return bare(one) in bare(other) or bare(other) in bare(one)


def _is_name(item: str) -> bool:
    is_word = vocabulary.truth(item) is not None or vocabulary.is_open_end(item) or says_nothing(item, Holds.VERSION)
    return _NAME.fullmatch(item) is not None and not is_word


def _items(value: str) -> list[str]:
    return [text(item) for item in _BETWEEN.split(value) if item.strip()]


def _number(value: str) -> Decimal | None:
    return Decimal(value.strip()) if _NUMBER.fullmatch(value.strip()) else None


def _truths(printed: str, wanted: str) -> tuple[bool | None, bool | None]:
    """What each says of true and false; 1 and 0 are truths where the other is one in words."""
    said = [vocabulary.truth(value) for value in (printed, wanted)]
    if said.count(None) == 1:
        figures = [
            {Decimal(1): True, Decimal(0): False}.get(number) if number is not None else None for number in map(_number, (printed, wanted))
        ]
        said = [word if word is not None else figure for word, figure in zip(said, figures, strict=True)]
    return said[0], said[1]


def _told(is_so: bool) -> Truth:
    return Truth.TRUE if is_so else Truth.FALSE
