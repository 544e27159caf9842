"""What a badge says of a certificate or a device, by what the registry knows now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry import wording
from registry.audits.models import Audit
from registry.badges.drawing import Badge
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.queries import chosen_entry, standing_among
from registry.certificates.state import State

CERTIFIED, SUPERSEDED, UNTOLD, WITHDRAWN, NOT_READ = "certified", "superseded", "several revisions", "withdrawn", "not read"
_WORDS = {State.SUPERSEDED: SUPERSEDED, State.UNTOLD: UNTOLD, State.WITHDRAWN: WITHDRAWN}
_TONES = {CERTIFIED: "good", SUPERSEDED: "warn", UNTOLD: "warn", WITHDRAWN: "bad", NOT_READ: ""}
_TOLD = {
    CERTIFIED: "the registry has read its document",
    SUPERSEDED: "another revision of it is newer",
    UNTOLD: "which of them holds now cannot be told from their dates",
    WITHDRAWN: "the list of the Open Charge Alliance had it, and has it no more",
    NOT_READ: "the registry knows it from the list of the Open Charge Alliance alone",
}


def certificate_badge(session: Session, number: str, revision: str | None = None) -> Badge | None:
    """The badge of the certificate that a page of this number shows; None when the registry has none. One statement."""
    entries = session.scalars(select(CatalogueEntry).where(CatalogueEntry.number == number)).all()
    entry = chosen_entry(entries, revision)
    if entry is None:
        return None
    state = _WORDS.get(standing_among(entries, entry).state, CERTIFIED if entry.has_document else NOT_READ)
    name = " ".join(part for part in (number, entry.revision) if part)
    return Badge(
        name, entry.protocol or "", state, _TONES[state], f"{name}, {entry.protocol or 'protocol not known'}: {state}, {_TOLD[state]}."
    )


def device_badge(session: Session, device: str) -> Badge:
    """The badge of a device: the verdict of its last audit that came to one. One statement."""
    ended = func.coalesce(Audit.ended_at, Audit.requested_at)
    statement = select(Audit.verdict, ended, Audit.certificate_number).where(Audit.station_id == device, Audit.verdict.is_not(None))
    row = session.execute(statement.order_by(ended.desc(), Audit.id).limit(1)).one_or_none()
    if row is None:
        return Badge(device, "OCPP audit", "never audited", "", f"{device}: no audit of it has come to a verdict.")
    verdict, at, number = str(row[0]), row[1], str(row[2])
    day = at.date().isoformat() if isinstance(at, datetime) else str(at)
    told = f"{device}: its last audit, against {number}, came to the verdict {verdict} on {day}."
    return Badge(device, "OCPP audit", f"{verdict}, {day}", wording.tone(verdict), told)
