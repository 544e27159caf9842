"""What sets a certified product apart from a device reads as a sentence, whatever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.matching.match import match
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
