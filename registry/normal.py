"""Texts of a product brought to the form in which they may be compared: never a guess, never a version as a number.

The strings of OCPP 1.6 (CiString20Type to CiString500Type, 7.15 to 7.19) are case-insensitive, model and firmware version among them; so no
comparison here looks at case.
"""

from __future__ import annotations

import re


def text(value: str) -> str:
    """Without regard to case, surrounding blanks and the number of blanks between words."""
    return " ".join(value.split()).casefold()


def contains_whole(longer: str, shorter: str) -> bool:
    """Whether `shorter` stands in `longer` as a whole: "FW V1.3.337 (eu)" contains "V1.3.337", "V1.3.3370" and "V1.3.337.1" do not."""
    if not shorter:
        return False
    pattern = r"(?<![0-9a-z.+])" + re.escape(shorter) + r"(?![0-9a-z+]|\.[0-9a-z])"
    return re.search(pattern, longer) is not None
