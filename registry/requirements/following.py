"""Follows what each requirement set says of each certified product, and makes an event of each that newly meets it, or does so no longer.

An answer depends on more than the event at hand: on the other certificates of the product, on what people decided, on the rules and the
day. So it is worked out anew wherever any of that may have changed, as on the page of a certificate, and held against the answer that was
kept. What a set says when it is first followed is no news.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as Collection
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from registry.aliases.queries import recorded, renamed
from registry.bulk import insert_rows, next_ids
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.facts import CertificateFacts
from registry.certificates.models import Certificate
from registry.db import Clock, lock_for_writing, utc_now
from registry.events import Event, EventKind, who
from registry.requirements import store
from registry.requirements.checking import program_version
from registry.requirements.evaluation import Answer, Verdict, evaluate
from registry.requirements.lookup import finder, holding
from registry.requirements.model import RuleSet
from registry.requirements.models import FollowedRules, RulesAnswer, RulesEvent
from registry.requirements.offers import Offer, product_of
from registry.requirements.truth import Truth
from registry.settings import Settings

SUBJECT = "requirements met"
MOST_REASONS = 3
_LOCK = ".following.lock"
_AT_ONCE = 200
"""Certificates of one company that are looked at together, and numbers that one statement names."""

_STORED_AT_ONCE = 1_000
"""Answers that one transaction stores: each transaction keeps writers waiting, and has kept pages made anew."""

_OF_EVENTS = ("id", "at", "kind", "subject", "number", "revision", "payload", "author", "device")
_PRODUCT = ("holder", "model", "designation", "software_version", "role")
_KNOWN_BY = (Certificate.number, Certificate.revision, *(getattr(Certificate, name) for name in _PRODUCT))


class Key(NamedTuple):
    """One answer: a set, and the certificate whose product it is about."""

    identity: str
    number: str
    revision: str


@dataclass(frozen=True)
class Changes:
    """What is to be stored: answers with the company of whom they are, those that there are no longer, and what is to be told of either."""

    answers: dict[Key, tuple[str, str]]
    lost: set[Key]
    news: list[tuple[Key, dict[str, Any]]]


@dataclass(frozen=True)
class Followed:
    """A set, and since which event its answers are to be looked at: None for all of them. `is_new`: they are no news. `because` of what."""

    rules: RuleSet
    after: int | None
    is_new: bool
    because: str


def follow(settings: Settings, sessions: sessionmaker[Session], *, clock: Clock = utc_now) -> int:
    """Look at what has changed since the last time; gives how many events were made. Where another process does so, nothing is done.

    Killed halfway, it goes on where it was: an answer is kept together with the event that tells of it.
    """
    with _alone(settings) as is_mine:
        return _follow(sessions, clock) if is_mine else 0


def _follow(sessions: sessionmaker[Session], clock: Clock) -> int:
    day = clock().date()
    with sessions() as session:
        sets = store.all_sets(session)
        # Before anything is read: what is stored meanwhile is looked at the next time.
        newest = session.scalar(select(func.max(Event.id))) or 0
        kept = {row.identity: row for row in session.scalars(select(FollowedRules))}
        states = {identity: _state(sets, identity, day) for identity in sets}
        behind = [_followed(sets[identity], kept.get(identity), states[identity]) for identity in sorted(sets)]
        whole = [one for one in behind if one.after is None]
        partly = [one for one in behind if one.after is not None and one.after < newest]
        touched = _touched(session, min((one.after or 0 for one in partly), default=newest), newest) if partly else set()
        companies = _all_companies(session).union(touched) if whole else touched
    made, changes = 0, Changes({}, set(), [])
    how = {one.rules.id: one for one in (*whole, *partly)}
    for company in sorted(companies):
        _of_company(sessions, sets, whole + (partly if company in touched else []), company, day, changes)
        if len(changes.answers) + len(changes.lost) >= _STORED_AT_ONCE:
            made += _store(sessions, how, changes, clock)
            changes = Changes({}, set(), [])
    made += _store(sessions, how, changes, clock)
    done = {one.rules.id for one in (*whole, *partly)}
    if done or kept.keys() - sets.keys():
        with sessions.begin() as session:
            lock_for_writing(session)
            _note(session, done, kept.keys(), states, newest, clock)
    return made


def _followed(rules: RuleSet, kept: FollowedRules | None, state: str) -> Followed:
    if kept is None:
        return Followed(rules, None, is_new=True, because="")
    if kept.state == state:
        return Followed(rules, kept.event_id, is_new=False, because="")
    parts = zip(("rules", "day", "program"), kept.state.split("|"), state.split("|"), strict=False)
    return Followed(rules, None, is_new=False, because=next((name for name, old, new in parts if old != new), "rules"))


def _state(sets: Mapping[str, RuleSet], identity: str, day: date) -> str:
    """What the answers of a set depend on besides the certificates: its rules, the part of them that holds, the program that reads them."""
    referred, open_ones = {identity: sets[identity]}, [identity]
    while open_ones:
        for other in sets[open_ones.pop()].referred():
            if other not in referred:
                referred[other] = sets[other]
                open_ones.append(other)
    rules = sha256(repr(sorted(referred.items())).encode("utf-8", "surrogatepass")).hexdigest()
    phases = [phase.name if (phase := one.phase_on(day)) else "" for _, one in sorted(referred.items())]
    return "|".join((rules, sha256(repr(phases).encode("utf-8", "surrogatepass")).hexdigest(), program_version()))


def _touched(session: Session, after: int, upto: int) -> Collection[str]:
    """The companies of whose certificates, or of whose names, the events tell: now, and when their answers were kept."""
    told = select(Event.number).where(Event.id > after, Event.id <= upto, Event.subject != SUBJECT, Event.number.is_not(None))
    found = set(session.scalars(select(CatalogueEntry.company_key).where(CatalogueEntry.number.in_(told))))
    found |= set(session.scalars(select(RulesAnswer.company_key).where(RulesAnswer.number.in_(told))))
    return recorded(session).keys(found | renamed(session, after, upto))


def _all_companies(session: Session) -> set[str]:
    catalogued = select(CatalogueEntry.company_key).where(CatalogueEntry.certificate_id.is_not(None)).distinct()
    return set(session.scalars(catalogued)) | set(session.scalars(select(RulesAnswer.company_key).distinct()))


def _of_company(
    sessions: sessionmaker[Session], sets: Mapping[str, RuleSet], wanted: Sequence[Followed], company: str, day: date, changes: Changes
) -> None:
    """Look at all certificates of one company, and add what differs from the answers that were kept to `changes`."""
    seen: set[Key] = set()
    with sessions() as session:
        rows = _certificates(session, company)
        aliases = recorded(session)
        find = finder(session, aliases.keys([company]) if company else None, aliases) if rows else None
        for begin in range(0, len(rows), _AT_ONCE):
            some = rows[begin : begin + _AT_ONCE]
            offers = [_product(row) for row in some]
            places = [find.places(offer) if find is not None else set() for offer in offers]
            held = holding(session, {place for found in places for place in found}, aliases)
            judged = {
                Key(one.rules.id, row.number, row.revision): evaluate(
                    one.rules, sets, offer, [held[at] for at in found if at in held], day, today=day
                )
                for row, offer, found in zip(some, offers, places, strict=True)
                for one in wanted
                if one.rules.role in (None, row.role)
            }
            seen |= judged.keys()
            _compare(wanted, company, judged, _kept(session, wanted, sorted({row.number for row in some})), changes)
        for key, answer in _kept_of(session, wanted, company):
            if key not in seen and not _is_elsewhere(session, key, company):
                changes.lost.add(key)
                if answer == Answer.MEETS:
                    changes.news.append((key, {"old": answer, "new": None, "why": []}))


def _certificates(session: Session, company: str) -> Sequence[Any]:
    statement = select(*_KNOWN_BY).join(CatalogueEntry, CatalogueEntry.certificate_id == Certificate.id)
    return session.execute(statement.where(CatalogueEntry.company_key == company).order_by(Certificate.number, Certificate.revision)).all()


def _product(row: Any) -> Offer:
    return product_of(CertificateFacts(**{name: getattr(row, name) for name in _PRODUCT}))


def _compare(
    wanted: Sequence[Followed], company: str, judged: Mapping[Key, Verdict], kept: Mapping[Key, tuple[str, str]], changes: Changes
) -> None:
    """Add the answers that differ from those that were kept to `changes`, each with what is to be told of it."""
    how = {one.rules.id: one for one in wanted}
    for key, verdict in judged.items():
        old, at = kept.get(key, (None, None))
        if (old, at) == (verdict.answer, company):
            continue
        changes.answers[key] = (company, str(verdict.answer))
        if not how[key.identity].is_new and (old == Answer.MEETS) != (verdict.answer is Answer.MEETS):
            why = [reason.text for reason in verdict.reasons if (reason.truth is Truth.TRUE) == (verdict.answer is Answer.MEETS)]
            changes.news.append((key, {"old": old, "new": str(verdict.answer), "why": why[:MOST_REASONS]}))


def _store(sessions: sessionmaker[Session], how: Mapping[str, Followed], changes: Changes, clock: Clock) -> int:
    """Keep the answers, each with the event that tells of it, in one transaction; gives how many events that were."""
    if not changes.answers and not changes.lost:
        return 0
    news = [(key, told) for key, told in changes.news if not how[key.identity].is_new]
    with sessions.begin() as session:
        lock_for_writing(session)
        _forget(session, (*changes.answers, *changes.lost))
        rows = [(*key, company, answer) for key, (company, answer) in changes.answers.items()]
        insert_rows(session, RulesAnswer, ("identity", "number", "revision", "company_key", "answer"), rows)
        _tell(session, how, news, clock)
    return len(news)


def _tell(session: Session, how: Mapping[str, Followed], news: Sequence[tuple[Key, dict[str, Any]]], clock: Clock) -> None:
    ids, now, author = next_ids(session, Event, len(news)), clock(), who()
    rows = [
        (
            *(event_id, now, str(EventKind.REQUIREMENTS), SUBJECT, key.number, key.revision),
            {"set": key.identity, "title": how[key.identity].rules.title, "because": how[key.identity].because} | told,
            *(author, None),
        )
        for event_id, (key, told) in zip(ids, news, strict=True)
    ]
    insert_rows(session, Event, _OF_EVENTS, rows)
    insert_rows(session, RulesEvent, ("event_id", "identity"), [(at, key.identity) for at, (key, _) in zip(ids, news, strict=True)])


def _forget(session: Session, keys: Iterable[Key]) -> None:
    table: Table = RulesAnswer.__table__  # type: ignore[assignment]  # a mapped class has a Table
    same = (table.c.identity == bindparam("of"), table.c.number == bindparam("as_number"), table.c.revision == bindparam("as_revision"))
    values = [{"of": key.identity, "as_number": key.number, "as_revision": key.revision} for key in keys]
    session.connection().execute(delete(table).where(*same), values)


def _kept(session: Session, wanted: Sequence[Followed], numbers: Sequence[str]) -> dict[Key, tuple[str, str]]:
    """The answers that were kept about these numbers, each with the company that the certificate was found at."""
    found: dict[Key, tuple[str, str]] = {}
    for begin in range(0, len(numbers), _AT_ONCE):
        statement = select(RulesAnswer).where(
            RulesAnswer.identity.in_([one.rules.id for one in wanted]), RulesAnswer.number.in_(numbers[begin : begin + _AT_ONCE])
        )
        for row in session.scalars(statement):
            found[Key(row.identity, row.number, row.revision)] = (row.answer, row.company_key)
    return found


def _kept_of(session: Session, wanted: Sequence[Followed], company: str) -> list[tuple[Key, str]]:
    """The answers that were kept about a company's certificates."""
    statement = select(RulesAnswer.identity, RulesAnswer.number, RulesAnswer.revision, RulesAnswer.answer)
    statement = statement.where(RulesAnswer.company_key == company, RulesAnswer.identity.in_([one.rules.id for one in wanted]))
    ordered = statement.order_by(RulesAnswer.identity, RulesAnswer.number, RulesAnswer.revision)
    return [(Key(row.identity, row.number, row.revision), row.answer) for row in session.execute(ordered)]


def _is_elsewhere(session: Session, key: Key, company: str) -> bool:
    """Whether the certificate is another company's now, among whose it is looked at."""
    same = (CatalogueEntry.number == key.number, CatalogueEntry.revision == key.revision, CatalogueEntry.certificate_id.is_not(None))
    return session.scalar(select(CatalogueEntry.id).where(*same, CatalogueEntry.company_key != company).limit(1)) is not None


def _note(session: Session, done: Collection[str], known: Collection[str], states: Mapping[str, str], newest: int, clock: Clock) -> None:
    """Note how far it was looked; what is kept of sets that are gone goes with them."""
    for identity in sorted(done):
        if identity in known:
            noted = update(FollowedRules).where(FollowedRules.identity == identity)
            session.execute(noted.values(state=states[identity], event_id=newest))
        else:
            session.execute(insert(FollowedRules).values(identity=identity, state=states[identity], event_id=newest, since=clock()))
    gone = sorted(known - states.keys())
    for model in (FollowedRules, RulesAnswer):
        session.execute(delete(model).where(model.identity.in_(gone)))


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
