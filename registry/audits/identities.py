"""What may be a charging station's identity: pure.

A station puts it into the last part of its connection address, percent-encoded (OCPP-J 1.6, section 3.1.1), so it may hold blanks,
slashes and letters of any script. It begins with a letter, a figure or an underscore here: what begins otherwise is rather a formula, or
a cell that slipped.
"""

from __future__ import annotations

LONGEST_STATION = 48
"""Letters."""


def is_identity(text: str) -> bool:
    """Whether a station can go by `text`. It stands in addresses of pages too, which know no empty part and none of points alone."""
    begins = text[:1].isalnum() or text[:1] == "_"
    parts = text.split("/")
    return (
        begins
        and len(text) <= LONGEST_STATION
        and text.isprintable()
        and text == text.strip()
        and all(part.strip(".") for part in parts)
        and "://" not in text
    )
