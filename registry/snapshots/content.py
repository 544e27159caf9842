"""What a snapshot holds of the database, as rows in an order that the same registry always gives.

Only what anybody may see: no devices, no audits, no accounts, no authors. Of documents it is what may be shown (decision 3): the text and
the pictures with people's names withheld, and the hash by which whoever has the original can tell that it is the one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.certificates.loading import load_facts, load_findings, load_provenance
from registry.certificates.models import Certificate
from registry.documents.models import Document
from registry.events import Event
from registry.listing.queries import current_rows
from registry.requirements import store as requirements
from registry.review.corrections import is_dismissed
from registry.review.store import active_corrections

SUBJECTS = ("certificate", "document", "listing")
"""What the events are about that anybody may see."""

_ROWS_AT_ONCE = 200


def certificates(session: Session) -> Iterator[dict[str, Any]]:
    """Every certificate that was read from a document, by number and revision: what holds, where it was read, and what disagrees."""
    statement = select(Certificate, Document.sha256).join(Document, Document.id == Certificate.document_id)
    ordered = statement.order_by(Certificate.number, Certificate.revision).execution_options(yield_per=_ROWS_AT_ONCE)
    for certificate, sha256 in session.execute(ordered):
        corrections = active_corrections(session, certificate.document_id)
        found = (one for findings in load_findings(session, certificate).values() for one in findings)
        yield {
            "document": sha256,
            "certificate": load_facts(session, certificate).to_json(),
            "fields": [place.to_json() for place in load_provenance(session, certificate)],
            "findings": [one.to_json() for one in found if not is_dismissed(one, corrections)],
            "corrections": [one.to_json() for one in corrections if one.changes],
        }


def documents(session: Session) -> Iterator[dict[str, Any]]:
    """Every document by its hash, with the text that may be shown."""
    statement = select(Document).order_by(Document.sha256).execution_options(yield_per=_ROWS_AT_ONCE)
    for document in session.scalars(statement):
        yield {
            "sha256": document.sha256,
            "name": document.name,
            "media_type": document.media_type,
            "size": document.size,
            "pages": document.pages,
            "text_source": document.text_source,
            "received_at": document.received_at.isoformat(),
            "text": document.public_text,
        }
        session.expunge(document)


def listing(session: Session) -> Iterator[dict[str, Any]]:
    """The rows of the OCA's list that holds."""
    return current_rows(session)


def company_names(session: Session) -> Iterator[dict[str, Any]]:
    """The other names of companies that reviewers recorded, as they hold, in the order in which they were recorded."""
    return (one.to_json() for one in recorded(session).all)


def events(session: Session) -> Iterator[dict[str, Any]]:
    """Everything that happened to certificates, documents and the list, the oldest first, without who did it."""
    statement = select(Event).where(Event.subject.in_(SUBJECTS)).order_by(Event.id).execution_options(yield_per=_ROWS_AT_ONCE)
    for event in session.scalars(statement):
        yield {
            "id": event.id,
            "at": event.at.isoformat(),
            "kind": event.kind,
            "subject": event.subject,
            "number": event.number,
            "revision": event.revision or None,
            "payload": event.payload,
        }
        session.expunge(event)


def rule_sets(session: Session) -> Mapping[str, str]:
    """The requirement sets that hold, as they are written, by their identities."""
    found = {identity: requirements.words_of(session, identity) for identity in sorted(requirements.all_sets(session))}
    return {identity: words for identity, words in found.items() if words is not None}


TABLES = {
    "certificates.jsonl": certificates,
    "company-names.jsonl": company_names,
    "documents.jsonl": documents,
    "events.jsonl": events,
    "oca-list.jsonl": listing,
}
"""The files of rows, each with what gives them; a line of each is described in `data/schemas/snapshot.json`."""
