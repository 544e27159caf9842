"""The cases of boot, settings, availability, resets, locks, outages and power, and what finds which fault: for their tests."""

from __future__ import annotations

import json

from probes.judge.catalogue import DATA

BOOTING = ("TC_001_CS", "TC_002_CS")
SETTINGS = ("TC_021_CS", "TC_040_2_CS")
RESETS = ("TC_013_CS", "TC_014_CS", "TC_015_CS", "TC_016_CS", "TC_034_CS")
LOCKS = ("TC_017_1_CS", "TC_018_1_CS", "TC_024_CS", "TC_030_CS")
FIXED_CABLE = ("TC_017_2_CS", "TC_018_2_CS")
OFFLINE = ("TC_036_CS", "TC_037_1_CS", "TC_037_2_CS", "TC_037_3_CS", "TC_038_CS", "TC_039_CS")
POWER = ("TC_032_1_CS", "TC_032_2_CS", "TC_041_CS")
ALL = (*BOOTING, *SETTINGS, *RESETS, *LOCKS, *FIXED_CABLE, *OFFLINE, *POWER)


def found_by(fault: str) -> tuple[str, ...]:
    """The cases of these areas that the catalogue names for this fault."""
    rows = json.loads((DATA / "faults.json").read_text(encoding="utf-8"))["faults"]
    row = next(row for row in rows if row["role"] == "CS" and row["name"] == fault)
    return tuple(sorted(set(row.get("found_by", ())) & set(ALL)))
