"""Puts the pieces of SQLite's index together again, so that a word is looked up in one place.

FTS5 writes a piece for each transaction, and puts together only what must be. In one piece a search for a word and a facet takes a tenth
of the time that it takes in a dozen. PostgreSQL has no pieces, and its own housekeeping.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry.db import lock_for_writing

MOST_PIECES = 4
"""So many are left alone: each change makes one more."""

PAGES_AT_ONCE = 500
"""Pages written by one transaction, for some hundredths of a second: other writers have to wait for it."""

# Each piece is looked for behind the one before: there are few among very many rows.
_PIECES = text(
    """WITH RECURSIVE piece (number) AS (
        SELECT min(segid) FROM catalogue_text_idx
        UNION ALL
        SELECT (SELECT min(segid) FROM catalogue_text_idx WHERE segid > number) FROM piece WHERE number IS NOT NULL
    ) SELECT count(number) FROM piece"""
)
_MERGE = text("INSERT INTO catalogue_text (catalogue_text, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
_FEWEST_CHANGES = 2
"""What a merge changes that finds nothing to do is less."""


def pieces(session: Session) -> int:
    """In how many pieces the index is, of which a search has to look into each; one on PostgreSQL."""
    return 1 if session.get_bind().dialect.name == "postgresql" else session.scalar(_PIECES) or 0


def settle(sessions: sessionmaker[Session], most: int = MOST_PIECES) -> int:
    """Put the index together where it is in more than `most` pieces, in short transactions; gives in how many it was, 0 for few."""
    with sessions() as session:
        found = pieces(session)
    if found <= most:
        return 0
    # A negative number of pages begins to put all of them together, the others go on with it.
    pages = -PAGES_AT_ONCE
    while _merge(sessions, pages) >= _FEWEST_CHANGES:
        pages = PAGES_AT_ONCE
    return found


def _merge(sessions: sessionmaker[Session], pages: int) -> int:
    with sessions.begin() as session:
        lock_for_writing(session)
        before = session.scalar(_CHANGES) or 0
        session.execute(_MERGE, {"pages": pages})
        return (session.scalar(_CHANGES) or 0) - before
