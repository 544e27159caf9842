"""What happened: the registry's log, in which nothing is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy import select

from registry.accounts.access import anybody, may
from registry.accounts.roles import Role
from registry.api.answers import linked
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.shapes.review import EventsArguments, EventsPage
from registry.audits.withheld import WITHHELD, is_address
from registry.certificates.search_url import address
from registry.certificates.serial import happening_json
from registry.events import Event, EventKind, Happening
from registry.site import site
from registry.watches.happenings import TOLD_SUBJECTS, Seen, in_words

events = Part("events", "What happened in the registry: nothing in it is ever changed or removed.")


@events.operation("GET", "/events", query=EventsArguments, gives=EventsPage, is_paged=True)
@anybody
def list_events(query: Mapping[str, Any]) -> Any:
    """What happened to certificates, documents, lists and devices, the newest first.

    `next` goes on with the older ones, and stays right however many come meanwhile. Administrators see everything, and who did it.
    """
    statement = select(Event).order_by(Event.id.desc()).limit(query["size"] + 1)
    sees_all = may(Role.ADMIN)
    if not sees_all:
        _refuse_untold(query.get("subject"))
        statement = statement.where(Event.subject.in_(TOLD_SUBJECTS))
    for name, column in (("number", Event.number), ("revision", Event.revision), ("subject", Event.subject), ("kind", Event.kind)):
        if name in query:
            statement = statement.where(column == query[name])
    if "before" in query:
        statement = statement.where(Event.id < query["before"])
    if "after" in query:
        statement = statement.where(Event.id > query["after"])
    with site().sessions() as session:
        found = list(session.scalars(statement))
        told = found[: query["size"]]
        words = {seen.event.id: seen for seen in in_words(session, told)}
    following = _before(told[-1].id) if len(found) > len(told) else None
    links = linked({"next": following}) if following else {}
    return {"events": [_event_json(one, words.get(one.id), with_author=sees_all) for one in told], "next": following}, 200, links


def _event_json(event: Event, words: Seen | None, *, with_author: bool) -> dict[str, Any]:
    happening = Happening(EventKind(event.kind), event.subject, event.number, event.revision or None, event.payload, event.at)
    told = happening_json(happening) | {"id": event.id}
    device = event.device if event.device is None or may(Role.AUDITOR) or not is_address(event.device) else WITHHELD
    said = {
        "sentence": words.told.sentence if words else None,
        "product": words.event.product if words else None,
        "holder": words.event.holder if words else None,
    }
    return told | said | {"device": device} | ({"author": event.author} if with_author else {})


def _refuse_untold(subject: str | None) -> None:
    if subject is not None and subject not in TOLD_SUBJECTS:
        detail = f"subject: only administrators are told of {subject}: use one of {', '.join(TOLD_SUBJECTS)}."
        raise Refused(422, detail, (Wrong("query", "subject", detail),))


def _before(event_id: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "before"]
    return address(request.path, (*kept, ("before", str(event_id))))
