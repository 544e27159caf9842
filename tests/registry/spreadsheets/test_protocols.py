"""The versions of OCPP as sheets write them, against the transports and versions that there are."""

from __future__ import annotations

from itertools import product

import pytest

from registry.spreadsheets.protocols import spoken

VERSIONS = {"1.2": "SOAP", "1.5": "SOAP", "1.6": "JSON", "2.0": "JSON", "2.0.1": "JSON", "2.1": "JSON"}
BEFORE = ("", "OCPP ", "ocpp", "OCPP_", "OCPP-", "v", "V ", "OCPP v", "OCPP version ", "Open Charge Point Protocol ")
JSON = ("J", "j", "-J", " J", " JSON", "JSON", " (JSON)", " over WebSocket")
SOAP = ("S", "s", "-S", " S", " SOAP", "SOAP", " (SOAP)")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_read_however_it_is_written(version: str) -> None:
    for before in BEFORE:
        for after in ("", " ", " Edition 2", " ed. 2", " (final)"):
            assert spoken(f"{before}{version}{after}") == f"OCPP {version}", (before, after)
        assert spoken(f"{before}{version.replace('.', ',')}") == f"OCPP {version}"
    for together in ("OCPP{}", "ocpp{}", "OCPP_{}", "v{}"):
        assert spoken(together.format(version.replace(".", ""))) == f"OCPP {version}"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_transport_is_told_where_it_is_not_the_usual_one(version: str) -> None:
    for before, (over, words) in product(BEFORE, (("JSON", JSON), ("SOAP", SOAP))):
        there_is = version in ("1.5", "1.6") or over == VERSIONS[version]
        said = f"OCPP {version}" + (" SOAP" if version == "1.6" and over == "SOAP" else "")
        assert {spoken(f"{before}{version}{word}") for word in words} == {said if there_is else None}
    assert spoken("OCPP-J 1.6") == "OCPP 1.6"
    assert spoken("OCPP-S 1.6") == "OCPP 1.6 SOAP"


@pytest.mark.parametrize("between", [", ", ",", "/", " / ", ";", " & ", " + ", " and ", " und ", " or ", " 및 ", " "])
def test_several_are_all_told_whatever_stands_first(between: str) -> None:
    for one, other in (("1.6", "2.0.1"), ("2.0.1", "1.6"), ("OCPP 1.6J", "OCPP 2.0.1"), ("ocpp2.0.1", "ocpp1.6")):
        assert spoken(f"{one}{between}{other}") == "OCPP 1.6, OCPP 2.0.1"
    assert spoken("1.6 JSON/SOAP") == "OCPP 1.6, OCPP 1.6 SOAP"
    assert spoken("1.6S, 2.0.1") == "OCPP 1.6 SOAP, OCPP 2.0.1"


@pytest.mark.parametrize(
    "cell",
    [
        *("16", "1.60", "1.6.3", "1.7", "3.0", "J", "ocpp", "OCPP 2", "2.x", "1.6+ or later", "1.6 or higher", ">= 1.6"),
        *("not 1.6", "no OCPP 1.6", "2024-06-01", "01.06.2024", "modbus", "OCPP 1.6 planned", "2.0.1 SOAP", "from 1.6", "1.6 - 2.0.1"),
        *("1.6+", "1.6J-2.0.1", "1.6?", "~1.6", "OCPP 1.6 – OCPP 2.0.1"),
    ],
)
def test_what_is_no_version_or_says_more_is_not_taken(cell: str) -> None:
    assert spoken(cell) is None
