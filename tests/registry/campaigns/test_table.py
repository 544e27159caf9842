"""Lists of devices as people paste them: every problem named with its line, nothing guessed."""

from __future__ import annotations

import pytest

from registry.campaigns import table
from registry.campaigns.table import Listed, read

STATIONS = frozenset({"OCA.0016.9001.CS"})
GOOD = "OCA.0016.9001.CS"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["", "identity{0}certificate{0}site\n", "\ufeffStation{0}certificate{0}site\r\n"])
def test_what_is_pasted_from_a_spreadsheet_is_read(separator: str, head: str) -> None:
    text = head.format(separator) + f"CP-1{separator}{GOOD.lower()}{separator} Harbour \n\nCP-2{separator}{GOOD}\n"
    assert read(text, STATIONS) == ([Listed("CP-1", GOOD, "Harbour"), Listed("CP-2", GOOD, "")], [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CP-1", "a line has an identity, a certificate number"),
        ("CP-1,", "a line has an identity, a certificate number"),
        (f"CP\u200b1,{GOOD}", "cannot be a station's identity"),
        (f"../etc,{GOOD}", "cannot be a station's identity"),
        (f"=1+1,{GOOD}", "it begins with a letter or a digit"),
        (f"{'x' * 49},{GOOD}", "cannot be a station's identity"),
        ("CP-1,OCA.0016.9002.CSMS", "ingest it first"),
        ("CP-1,<script>", "is no certificate number"),
        (f"CP-1,{GOOD},{'s' * 81}", "longer than 80"),
    ],
)
def test_each_problem_is_named_with_its_line(line: str, said: str) -> None:
    devices, problems = read(f"CP-0,{GOOD}\n{line}\n", STATIONS)
    assert [device.station_id for device in devices] == ["CP-0"]
    assert len(problems) == 1
    assert problems[0].startswith("Line 2: ")
    assert said in problems[0]


@pytest.mark.parametrize("identity", ["CP 1", "DE*ABC*E1#2", "Süd/Tor 3", "_7"])
def test_what_a_fleet_may_have_a_campaign_may_ask(identity: str) -> None:
    assert read(f"{identity},{GOOD}\n", STATIONS) == ([Listed(identity, GOOD, "")], [])


def test_a_device_stands_once() -> None:
    assert read(f"CP-1,{GOOD}\nCP-1,{GOOD}\n", STATIONS)[1] == ["Line 2: CP-1 stands on line 1 already."]


def test_an_empty_list_and_a_huge_one_are_one_line() -> None:
    assert len(read("\n \n", STATIONS)[1]) == 1
    assert "divide" in read("x" * (table.LONGEST_TEXT + 1), STATIONS)[1][0]
    many = "".join(f"CP-{number},{GOOD}\n" for number in range(table.MOST_DEVICES + 2))
    assert "divide" in read(many, STATIONS)[1][0]
