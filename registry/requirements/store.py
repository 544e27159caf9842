"""Requirement sets in the registry: those that ship, as they ship, and those that people keep, with every version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from registry.db import Clock, lock_for_writing, utc_now
from registry.events import tell
from registry.requirements.model import BadRules, RuleSet
from registry.requirements.models import StoredRules
from registry.requirements.reading import checked, read_new_rules, read_rules, shipped, shipped_texts
from registry.sentences import Sentence

MOST_SETS = 200


@dataclass(frozen=True)
class Version:
    """One version of a kept set."""

    version: int
    words: str
    reason: str
    is_removed: bool
    at: datetime


def all_sets(session: Session) -> dict[str, RuleSet]:
    """All sets that hold, by identity: those that ship, and the newest versions of those that people keep. One statement."""
    return checked([*shipped().values(), *map(read_rules, _kept(session).values())])


def words_of(session: Session, identity: str) -> str | None:
    """The TOML of a set that holds; None when there is none of that identity."""
    return shipped_texts().get(identity) or _kept(session).get(identity)


def versions(session: Session, identity: str) -> tuple[Version, ...]:
    """All versions of a kept set, the newest first."""
    statement = select(StoredRules).where(StoredRules.identity == identity).order_by(StoredRules.version.desc())
    return tuple(Version(row.version, row.words, row.reason, row.is_removed, row.at) for row in session.scalars(statement))


def keep(session: Session, words: str, reason: str, *, identity: str | None = None, base: int = 0, clock: Clock = utc_now) -> RuleSet:
    """Keep a set, or another version of it. Raises BadRules, and then nothing is stored.

    `identity` is the set that was edited, None for a new one; `base` the version that was before the editor's eyes.
    """
    lock_for_writing(session)
    rules = read_new_rules(words)
    if rules.id in shipped():
        raise BadRules(Sentence("%(set)s: a set of this identity ships, and stays as it ships: give the copy another id", set=rules.id))
    newest = session.scalar(select(func.max(StoredRules.version)).where(StoredRules.identity == rules.id)) or 0
    kept = _kept(session)
    if identity is None and rules.id in kept:
        raise BadRules(Sentence("%(set)s: there is a set of this identity: give it another id, or edit that one", set=rules.id))
    if identity is not None and rules.id != identity:
        raise BadRules(Sentence("%(set)s: the id was changed to %(other)s: put it back, or make a copy", set=identity, other=rules.id))
    if identity is not None and newest != base:
        raise BadRules(
            Sentence("%(set)s: somebody changed it since the page was opened: look at it as it is now, and change that", set=identity)
        )
    if len(kept) >= MOST_SETS and rules.id not in kept:
        raise BadRules(Sentence("%(set)s: %(most)s sets are kept already: remove one that nobody needs", set=rules.id, most=MOST_SETS))
    others = [one for name, one in all_sets(session).items() if name != rules.id]
    checked([rules, *others])
    _add(session, rules.id, newest + 1, words, reason, clock, is_removed=False)
    return rules


def remove(session: Session, identity: str, reason: str, *, clock: Clock = utc_now) -> None:
    """Take a kept set away; its versions stay. Raises BadRules where another set refers to it, or there is none."""
    lock_for_writing(session)
    kept = _kept(session)
    if identity not in kept:
        raise BadRules(Sentence("%(set)s: no set of this identity is kept here", set=identity))
    checked(one for name, one in all_sets(session).items() if name != identity)
    newest = session.scalar(select(func.max(StoredRules.version)).where(StoredRules.identity == identity)) or 0
    _add(session, identity, newest + 1, kept[identity], reason, clock, is_removed=True)


def _kept(session: Session) -> dict[str, str]:
    newest = select(StoredRules.identity, func.max(StoredRules.version).label("version")).group_by(StoredRules.identity).subquery()
    statement = (
        select(StoredRules.identity, StoredRules.words)
        .join(newest, (StoredRules.identity == newest.c.identity) & (StoredRules.version == newest.c.version))
        .where(StoredRules.is_removed.is_(False))
        .order_by(StoredRules.identity)
    )
    return {row.identity: row.words for row in session.execute(statement)}


def _add(session: Session, identity: str, version: int, words: str, reason: str, clock: Clock, *, is_removed: bool) -> None:
    now = clock()
    values = {"identity": identity, "version": version, "words": words, "reason": reason, "is_removed": is_removed, "at": now}
    session.execute(insert(StoredRules).values(**values))
    what = "removed" if is_removed else "changed" if version > 1 else "made"
    tell(session, now, "requirements", what, set=identity, version=version, reason=reason)
