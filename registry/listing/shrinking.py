"""Lists that suddenly say less than the current one: told, kept aside, and never put in its place by themselves.

The list's service is undocumented. An answer cut short looks like certificates withdrawn, and one with a column lost like
versions that nobody attests any more; either would be a wrong accusation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.certificates.projection import current_snapshot_id
from registry.db import Clock, lock_for_writing, utc_now
from registry.errors import RegistryError
from registry.events import EventKind, Happening, record
from registry.listing.models import ListingSetAside
from registry.listing.rows import ListingRow
from registry.sentences import Sentence
from registry.settings import Settings

CELLS = ("company", "designation", "certificate_type", "software_version", "protocol", "date", "product_type")
"""Cells whose loss counts. The address of the document may come and go."""

ACCEPTED, DISCARDED = "accepted", "discarded"

_NAMED = 20


@dataclass(frozen=True)
class Shrinkage:
    """What a list lacks of the current one: certificates that it no longer has, and certificates of which it lost cells."""

    rows_before: int
    missing: tuple[str, ...]
    emptied: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry of `listing import --json`."""
        return {"rows_before": self.rows_before, "missing": list(self.missing), "emptied": list(self.emptied)}

    def __str__(self) -> str:
        named = ", ".join((*self.missing, *self.emptied)[:_NAMED])
        return f"{len(self.missing)} of {self.rows_before} certificates are missing and {len(self.emptied)} lost cells ({named})"


def shrinkage(before: Sequence[ListingRow], after: Sequence[ListingRow], settings: Settings) -> Shrinkage | None:
    """What `after` lacks, when that is more than the settings let pass; None when it may take the place of `before`."""
    old, new = _by_name(before), _by_name(after)
    missing = tuple(name for name in old if name not in new)
    emptied = tuple(name for name, row in old.items() if name in new and _lost_cells(row, new[name]))
    bound = max(settings.listing_missing_rows, settings.listing_missing_share * len(old))
    if max(len(missing), len(emptied)) <= bound:
        return None
    return Shrinkage(len(old), missing, emptied)


def set_aside(session: Session, source: str, sha256: str, rows: int, shrunk: Shrinkage, *, clock: Clock = utc_now) -> int:
    """Keep a list aside, and tell. The same bytes again change nothing, unless they were accepted once and now miss much anew.

    Gives the id of the list that stays current.
    """
    lock_for_writing(session)
    current = current_snapshot_id(session)
    known = session.scalar(select(ListingSetAside).where(ListingSetAside.sha256 == sha256))
    if known is None or known.decision == ACCEPTED:
        now = clock()
        kept = known or ListingSetAside(sha256=sha256)
        kept.source, kept.rows, kept.set_aside_at = source, rows, now
        kept.missing, kept.emptied, kept.lacking = len(shrunk.missing), len(shrunk.emptied), [*shrunk.missing, *shrunk.emptied]
        kept.decision = kept.decided_at = kept.reason = kept.who = None
        session.add(kept)
        payload = {"list": sha256, "source": source, "rows": rows, "missing": kept.missing, "emptied": kept.emptied}
        record(session, now, [Happening(EventKind.SET_ASIDE, "listing", None, None, payload)])
    return current or 0


def decide(session: Session, sha256: str, decision: str, reason: str, who: str, *, clock: Clock = utc_now) -> None:
    """Note what somebody decided about a list that was kept aside (`ACCEPTED` or `DISCARDED`), and tell; taking it is the caller's.

    Raises RegistryError for a list that waits for no decision.
    """
    lock_for_writing(session)
    kept = session.scalar(select(ListingSetAside).where(ListingSetAside.sha256 == sha256, ListingSetAside.decision.is_(None)))
    if kept is None:
        raise RegistryError(Sentence("That list does not wait for a decision any more: load the page anew"))
    now = clock()
    kept.decision, kept.decided_at, kept.reason, kept.who = decision, now, reason, who
    payload = {"list": sha256, "source": kept.source, "action": decision, "reason": reason}
    record(session, now, [Happening(EventKind.REVIEWED, "listing", None, None, payload)])


def waits(session: Session, sha256: str) -> bool:
    """Whether this list was kept aside and nobody has decided about it."""
    statement = select(ListingSetAside.id).where(ListingSetAside.sha256 == sha256, ListingSetAside.decision.is_(None))
    return session.scalar(statement) is not None


def _by_name(rows: Iterable[ListingRow]) -> dict[str, ListingRow]:
    """The rows by what they are called; of several with one number the first stands for it."""
    found: dict[str, ListingRow] = {}
    for row in rows:
        name = row.certificate_no if row.number is None else f"{row.number} {row.revision or ''}".rstrip()
        found.setdefault(name, row)
    return found


def _lost_cells(old: ListingRow, new: ListingRow) -> bool:
    return any(getattr(old, cell) is not None and getattr(new, cell) is None for cell in CELLS)
