"""Makes the checks again that the registry cannot make itself: whenever a document comes, is read anew or is decided upon.

The registry keeps what was found; what there is to be found is known here. `app.py` hands `recheck` to the pages of the review. What is
found depends on what the documents and the list say alone, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ingest.checks import product_findings
from ingest.copies import copies_findings
from ingest.evidence import findings_again
from ingest.listing_import import join_listing
from registry.among import among
from registry.bulk import batches
from registry.certificates import reprojecting
from registry.certificates.facts import CertificateFacts
from registry.certificates.findings import record_document_findings, record_findings
from registry.certificates.loading import extraction_from_json, is_newest_reading
from registry.certificates.models import PRODUCT_ORIGIN, Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.documents.models import Document
from registry.review import standing, store
from registry.review.corrections import FIELD_ACTIONS
from registry.review.standing import Held

__all__ = ["catch_up", "join_products", "recheck", "recheck_many"]


def recheck(session: Session, sha256: str, before: Held | None) -> None:
    """Make all checks anew that the document may have changed. `before` is under what it was held until now.

    Its own disagreements, by the values as people corrected them; those of its certificate, and of the one that it showed before, with
    the list; those among the documents of its number and product, and of what it was taken for before.
    """
    recheck_many(session, {sha256: before})


def recheck_many(session: Session, documents: Mapping[str, Held | None], known: Mapping[str, Held] = MappingProxyType({})) -> None:
    """As `recheck`, for documents by their hashes: each check is made once for all of them. Under what some are held now is `known`."""
    now = {**known, **standing.held_by_document(session, [sha256 for sha256 in documents if sha256 not in known])}
    states = [state for sha256, before in documents.items() for state in (before, now.get(sha256)) if state is not None]
    numbers = {state.number for state in states if state.number is not None}
    for sha256 in store.decided_documents(session, documents):
        _check_document(session, sha256)
    join_listing(session, numbers)
    join_products(session, numbers, {state.product_key for state in states if state.product_key is not None})


def catch_up(sessions: sessionmaker[Session]) -> None:
    """Bring documents of an older program up to this one: what they are held to say, and what those of one product disagree in."""
    reprojecting.catch_up(sessions)
    if not standing.catch_up(sessions):
        return
    with sessions() as session:
        numbers = session.scalars(select(Certificate.number).distinct()).all()
    with sessions.begin() as session:
        join_products(session, numbers, ())


def join_products(session: Session, numbers: Collection[str], product_keys: Collection[str]) -> None:
    """Hold the documents of these numbers and products against one another, and record where they disagree."""
    said = _Attested(session)
    said.ask(numbers, product_keys)
    # A number may stand on documents of several products: each is held against all of its own.
    for _ in range(2):
        said.ask(said.numbers(), ())
        said.ask((), said.keys())
    found = product_findings(said.facts)
    certificates = _certificates(session, said.asked_numbers | said.numbers())
    copies = copies_findings(_copies(session, certificates))
    told = {one.id: (one.number, one.revision or None) for one in certificates}
    record_findings(session, PRODUCT_ORIGIN, {one: (*found.get(key, ()), *copies.get(key, ())) for one, key in told.items()})


class Certified(NamedTuple):
    """A certificate of the registry."""

    id: int
    number: str
    revision: str


class _Attested:
    """What documents attest of which product, asked for little by little: never twice for the same number or product."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: list[tuple[CertificateFacts, str | None]] = []
        self._asked_keys: set[str] = set()
        self.asked_numbers: set[str] = set()

    def ask(self, numbers: Iterable[str], keys: Iterable[str]) -> None:
        """Ask for the documents of these numbers and products."""
        fresh, others = set(numbers) - self.asked_numbers, set(keys) - self._asked_keys
        self.asked_numbers |= fresh
        self._asked_keys |= others
        if fresh or others:
            self._found += standing.attested(self._session, fresh, others)

    @property
    def facts(self) -> list[CertificateFacts]:
        """What they attest; a document that was found in two ways is there twice."""
        return [facts for facts, _ in self._found]

    def numbers(self) -> set[str]:
        """The numbers that they bear."""
        return {facts.number for facts, _ in self._found if facts.number is not None}

    def keys(self) -> set[str]:
        """The products that they are of."""
        return {key for _, key in self._found if key is not None}


def _copies(session: Session, certificates: Sequence[Certified]) -> list[CertificateFacts]:
    """What each document says that is held under a certificate's number and revision, as people corrected it, where there are several."""
    held = standing.documents_by_key(session, [(one.number, one.revision) for one in certificates])
    said: list[CertificateFacts] = []
    for documents in held.values():
        if len(documents) < 2:
            continue
        newest = select(StoredExtraction).where(StoredExtraction.document_id.in_(documents), is_newest_reading())
        for reading in session.scalars(newest.order_by(StoredExtraction.document_id)):
            decided = store.active_corrections(session, reading.document_id)
            said.append(store.corrected(extraction_from_json(reading.payload).certificate, decided))
    return said


def _certificates(session: Session, numbers: Iterable[str]) -> list[Certified]:
    statement = select(Certificate.id, Certificate.number, Certificate.revision)
    found = (statement.where(among(session, Certificate.number, batch)) for batch in batches(sorted(numbers)))
    return [Certified(*row) for some in found for row in session.execute(some)]


def _check_document(session: Session, sha256: str) -> None:
    """Check a document anew whose values people decided upon; one that nobody touched disagrees as it was read."""
    found = session.execute(
        select(Document.id, StoredExtraction)
        .join(StoredExtraction, StoredExtraction.document_id == Document.id)
        .where(Document.sha256 == sha256, is_newest_reading())
    ).one_or_none()
    holding = store.active_corrections(session, found[0]) if found is not None else ()
    decided = frozenset(one.field for one in holding if one.field is not None and one.action in FIELD_ACTIONS)
    if found is None or not decided or found[1].evidence is None:
        return
    facts = store.corrected(extraction_from_json(found[1].payload).certificate, holding)
    record_document_findings(session, sha256, findings_again(facts, found[1].evidence, decided))
