"""What sets a certified product apart from a device reads as a sentence, whatever it is."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.match import match
from registry.matching.names import bare, same_family
from tests.registry.matching.test_match import DEVICE, FULL

NUMBER = str(FULL.number)
OTHER_PRODUCT = "By its hardware it is another product for certification."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"hardware": {"Socket(s) / connector(s)": "2"}},
            f"{NUMBER}, compared with the device: Socket(s) / connector(s): certified “Single”, here “2”. {OTHER_PRODUCT}",
        ),
        ({"firmware": "9.9"}, f"{NUMBER}, compared with the device: another software version (“V1.3.337”)."),
    ],
)
def test_a_derivative_is_compared_with_the_device(changed: dict[str, object], said: str) -> None:
    [one] = match(replace(DEVICE, **changed), [FULL]).derivatives  # type: ignore[arg-type]  # fields by name
    assert str(one.sentence) == said


@given(st.text("aB1-", max_size=12), st.text("aB1-", max_size=12))
def test_a_family_begins_alike(one: str, other: str) -> None:
    first, second = bare(one), bare(other)
    begins_alike = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))))
    stems = [re.split("-", name.strip("-").casefold())[0] for name in (one, other)]
    has_stem = stems[0] == stems[1] and len(stems[0]) >= (3 if "1" in stems[0] else 4)
    assert same_family(one, other) == (has_stem or (begins_alike >= 4 and begins_alike >= 0.6 * min(len(first), len(second))))
