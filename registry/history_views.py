"""The page of everything that happened to certificates, the list, audits and devices, the newest first, and the same to take along."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from registry.accounts.access import anybody
from registry.certificates.search_url import address
from registry.events import Event
from registry.export import Table, links, offer
from registry.language import gettext as _
from registry.site import site
from registry.watches.happenings import TOLD_SUBJECTS, Seen, in_words

SHOWN = 100
COLUMNS = ("at", "kind", "number", "revision", "product", "holder", "sentence")
_AT_ONCE = 200

history = Blueprint("history", __name__)


@history.get("/history")
@anybody
def index() -> str:
    """What happened, the newest first; `before` is the number of the event before which an older page begins."""
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 18):
        abort(400, _("Follow the links of the page: before= names an event by its number."))
    statement = _statement(_subject())
    if before:
        statement = statement.where(Event.id < int(before))
    with site().sessions() as session:
        events = session.scalars(statement.limit(SHOWN + 1)).all()
        found = in_words(session, events[:SHOWN])
    chosen = _chosen()
    older = address(url_for(".index"), (*chosen, ("before", str(events[SHOWN - 1].id)))) if len(events) > SHOWN else None
    shown = {"found": found, "older": older, "subject": _subject(), "subjects": TOLD_SUBJECTS}
    return render_template("history/index.html", **shown, exports=links(".export", chosen))


def _table() -> Table:
    """Everything that happened, the newest first, in words."""
    subject = _subject()
    return Table("history", COLUMNS, lambda session: _rows(session, subject), "events", widths=(24, 22, 24, 16, 24, 24, 60))


def _rows(session: Session, subject: str) -> Iterator[dict[str, Any]]:
    events = iter(session.scalars(_statement(subject).execution_options(yield_per=_AT_ONCE)))
    while batch := list(islice(events, _AT_ONCE)):
        yield from map(_row, in_words(session, batch))
        for event in batch:
            session.expunge(event)


def _row(seen: Seen) -> dict[str, Any]:
    event = seen.event
    told = {name: getattr(event, name) for name in ("number", "revision", "product", "holder")}
    return {"id": event.id, "at": event.at.isoformat(), "kind": seen.told.type, **told, "sentence": seen.told.sentence}


def _statement(subject: str) -> Select[Event]:
    return select(Event).where(Event.subject.in_([subject] if subject else TOLD_SUBJECTS)).order_by(Event.id.desc())


def _subject() -> str:
    subject = request.args.get("subject", "")
    if subject and subject not in TOLD_SUBJECTS:
        abort(400, _("There is nothing told of %(subject)s: use one of %(those)s.", subject=subject[:40], those=", ".join(TOLD_SUBJECTS)))
    return subject


def _chosen() -> tuple[tuple[str, str], ...]:
    return (("subject", _subject()),) if _subject() else ()


offer(history, "/history", "export", _table, anybody)
