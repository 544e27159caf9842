"""Which revision of a certificate's number holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

UNTOLD = "?"
"""What stands in a revision's place where it cannot be told which holds."""


def held_now(dated: Mapping[str, date | None], revision: str) -> str | None:
    """Of all revisions of a number, by their days, the one that holds in the place of `revision`; `UNTOLD` where that cannot be told.

    None where `revision` is the newest, or the only one.
    """
    if len(dated) < 2:
        return None
    days = [day for day in dated.values() if day is not None]
    newest = [name for name, day in dated.items() if days and day == max(days)]
    if len(days) < len(dated) or len(newest) > 1:
        return UNTOLD
    return None if newest == [revision] else newest[0]
