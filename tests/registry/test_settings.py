"""Settings from the environment: defaults, and one line for what is no number."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import CannotBegin
from registry.settings import Settings


def test_defaults() -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": "/x"})
    assert (settings.home, settings.database) == (Path("/x"), "sqlite:////x/registry.sqlite3")
    assert (settings.document_seconds, settings.document_megabytes, settings.allow_private_addresses) == (300.0, 1500, False)
    assert (settings.listing_missing_share, settings.listing_missing_rows) == (0.05, 3)


def test_limits_are_read() -> None:
    settings = Settings.from_environment(
        {
            "OCPP_REGISTRY_DOCUMENT_SECONDS": "7.5",
            "OCPP_REGISTRY_DOCUMENT_MEGABYTES": "800",
            "OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": "1",
            "OCPP_REGISTRY_LISTING_MISSING_SHARE": "0.2",
            "OCPP_REGISTRY_LISTING_MISSING_ROWS": "10",
        }
    )
    assert (settings.document_seconds, settings.document_megabytes, settings.allow_private_addresses) == (7.5, 800, True)
    assert (settings.listing_missing_share, settings.listing_missing_rows) == (0.2, 10)


@pytest.mark.parametrize("value", ["yes", "true", "0", " 1"])
def test_private_addresses_are_allowed_by_1_alone(value: str) -> None:
    assert not Settings.from_environment({"OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": value}).allow_private_addresses


@pytest.mark.parametrize("variable", ["DOCUMENT_SECONDS", "DOCUMENT_MEGABYTES", "LISTING_MISSING_SHARE", "LISTING_MISSING_ROWS"])
@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan", "1,5"])
def test_a_limit_that_is_no_number_is_one_line(variable: str, value: str) -> None:
    with pytest.raises(CannotBegin, match=f"OCPP_REGISTRY_{variable} is '{value}': write a number above zero"):
        Settings.from_environment({f"OCPP_REGISTRY_{variable}": value})


def test_how_often_is_asked() -> None:
    settings = Settings.from_environment({})
    assert (settings.api_per_minute, settings.api_per_minute_with_token, settings.checks_per_minute) == (1200, 6000, 30)
    names = ("API_PER_MINUTE", "API_PER_MINUTE_WITH_TOKEN", "CHECKS_PER_MINUTE")
    settings = Settings.from_environment({f"OCPP_REGISTRY_{name}": str(most) for most, name in enumerate(names)})
    assert (settings.api_per_minute, settings.api_per_minute_with_token, settings.checks_per_minute) == (0, 1, 2)


def test_how_often_a_snapshot_is_made() -> None:
    settings = Settings.from_environment({})
    assert (settings.snapshot_days, settings.snapshots_kept) == (31, 3)
    settings = Settings.from_environment({"OCPP_REGISTRY_SNAPSHOT_DAYS": "7", "OCPP_REGISTRY_SNAPSHOTS_KEPT": "0"})
    assert (settings.snapshot_days, settings.snapshots_kept) == (7, 1)
    with pytest.raises(CannotBegin, match="OCPP_REGISTRY_SNAPSHOT_DAYS is '3651': write at most 3650 days, or 0 to make none"):
        Settings.from_environment({"OCPP_REGISTRY_SNAPSHOT_DAYS": "3651"})


@pytest.mark.parametrize("value", ["often", "-1", "1.5", "10000000000", "٣"])
def test_how_often_is_a_whole_number(value: str) -> None:
    with pytest.raises(CannotBegin, match=f"OCPP_REGISTRY_CHECKS_PER_MINUTE is '{value}': write a whole number, 0 for no limit"):
        Settings.from_environment({"OCPP_REGISTRY_CHECKS_PER_MINUTE": value})
