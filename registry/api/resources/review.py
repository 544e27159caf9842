"""The review: the queue, one document's values, decisions about it, and about lists that were kept aside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from registry import wording
from registry.accounts.access import anybody, needs
from registry.accounts.roles import Role
from registry.acting import who
from registry.api.answers import page_of
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.shapes.review import (
    DecidedShape,
    DecisionTaken,
    ListDecisionTaken,
    ListedRowsArguments,
    ListedRowsPage,
    ListsShape,
    QueueArguments,
    QueueShape,
    ReviewShape,
)
from registry.db import utc_now
from registry.errors import CannotBegin, RegistryError
from registry.listing.deciding import decide_list
from registry.listing.queries import current_rows, lists
from registry.review import queue_url, serial
from registry.review.carrying import Wish, carry_out
from registry.review.forms import SHORTEST_REASON, WITHOUT_REASON
from registry.review.queries import review as find_review
from registry.review.queue import queue_page
from registry.review.values import Impossible
from registry.site import site

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OVERTAKEN = {409: "The document was read or reviewed again since it was seen: look at it once more."}

review = Part("review", "What people look at: documents that were not read with certainty, and lists that lack much.")


@review.operation("GET", "/review", query=QueueArguments, gives=QueueShape, is_paged=True)
@anybody
def list_review_queue(query: Mapping[str, Any]) -> Any:  # noqa: ARG001 (checked; the address itself is parsed as the page parses it)
    """The documents with something to look at."""
    try:
        asked = queue_url.parse(request.args)
    except RegistryError as error:
        raise Refused(422, wording.sentence(error)) from error
    with site().sessions() as session:
        found = queue_page(session, asked)
    links, following = page_of(asked.page, found.pages)
    today = utc_now().date()
    documents = [serial.entry_json(one, today) | {"url": url_for("api_review.get_review", sha256=one.sha256)} for one in found.entries]
    told = {"total": found.total, "waiting": found.waiting, "page": asked.page, "pages": found.pages, "next": following}
    return told | {"documents": documents}, 200, links


@review.operation("GET", "/review/<sha256>", gives=ReviewShape)
@anybody
def get_review(sha256: str) -> Any:
    """One document: what was read, what holds, what is to be looked at and what was decided."""
    return _whole(sha256)


@review.operation("POST", "/review/<sha256>/decisions", body=DecisionTaken, gives=DecidedShape, status=201, fails=_OVERTAKEN)
@needs(Role.REVIEWER)
def decide_review(sha256: str, body: Mapping[str, Any]) -> Any:
    """Decide about one value, one finding or the whole document.

    The decision outlives every later reading. It needs the ids of the reading and of the newest decision that were seen, and a reason
    wherever something else is to be shown than was read.
    """
    _whole(sha256)
    reason = " ".join(body["reason"].split())
    if body["action"] not in WITHOUT_REASON and len(reason) < SHORTEST_REASON:
        detail = "reason: say in a few words why: it is shown beside what was decided."
        raise Refused(422, detail, (Wrong("json", "reason", detail),))
    wish = Wish(**{**body, "reason": reason})
    try:
        decision = carry_out(site(), sha256, wish, who())
    except CannotBegin:
        raise
    except Impossible as error:
        raise Refused(422, wording.sentence(error), (Wrong("json", "value", wording.sentence(error)),)) from error
    except RegistryError as error:
        raise Refused(409, wording.sentence(error)) from error
    return {"decision": decision, "document": _whole(sha256)}, 201, {"Location": url_for("api_review.get_review", sha256=sha256)}


@review.operation("GET", "/listing", gives=ListsShape)
@anybody
def list_lists() -> Any:
    """The OCA's lists: those that were imported, and those that were kept aside because they lack much."""
    with site().sessions() as session:
        view = lists(session)
    imported = [
        {"list": one.sha256, "source": one.source, "rows": one.rows, "imported_at": one.imported_at.isoformat()} for one in view.imported
    ]
    return {"imported": imported, "kept_aside": [one.to_json() for one in view.kept_aside]}


@review.operation("GET", "/listing/rows", query=ListedRowsArguments, gives=ListedRowsPage, is_paged=True)
@anybody
def list_listed_rows(query: Mapping[str, Any]) -> Any:
    """The rows of the OCA's current list, as it has them."""
    page, size = query["page"], query["size"]
    with site().sessions() as session:
        current_list = lists(session).current
        rows = list(current_rows(session, (page - 1) * size, size))
    total = current_list.rows if current_list is not None else 0
    pages = max(1, -(-total // size))
    links, following = page_of(page, pages)
    return {"total": total, "page": page, "pages": pages, "next": following, "rows": rows}, 200, links


@review.operation(
    "POST",
    "/listing/<sha256>/decision",
    body=ListDecisionTaken,
    gives=ListsShape,
    fails={409: "It waits for no decision, or was overtaken."},
)
@needs(Role.REVIEWER)
def decide_listing(sha256: str, body: Mapping[str, Any]) -> Any:
    """Take a list that was kept aside, or discard it."""
    try:
        decide_list(site(), sha256, body["action"], " ".join(body["reason"].split()), who())
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(409, wording.sentence(error)) from error
    return list_lists()


def _whole(sha256: str) -> dict[str, Any]:
    view = None
    if _SHA256.fullmatch(sha256):
        with site().sessions() as session:
            view = find_review(session, sha256)
    if view is None:
        raise Refused(404, "This registry holds no such document: the queue has them all.")
    return serial.document_json(view)
