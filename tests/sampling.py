"""Long lists of parameters of which every test run takes some, and a run without a bound in time all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(values: Iterable[Any], every: int, name: str | None = None) -> list[Any]:
    """One of `every` values as it is, the others marked slow. `name` is the attribute that names a value."""
    return [
        pytest.param(value, id=None if name is None else str(getattr(value, name)), marks=() if number % every == 0 else pytest.mark.slow)
        for number, value in enumerate(values)
    ]
