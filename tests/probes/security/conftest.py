"""Stations under test do not wait long before they connect again."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.station.station.FIRST_RETRY", 0.05)
