"""The pages of the review: the queue, and one document beside what was read from it, with the decisions that people take there."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from registry import wording
from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.acting import who
from registry.certificates import presentation as certificate_presentation
from registry.certificates.search_url import address
from registry.db import utc_now
from registry.documents.store import page_picture
from registry.errors import CannotBegin, RegistryError
from registry.export import Table, json_response, links, offer, sent
from registry.language import counted
from registry.language import gettext as _
from registry.listing.queries import lists
from registry.review import presentation, queue_url, serial
from registry.review.carrying import Wish, carry_out
from registry.review.corrections import Correction
from registry.review.forms import LONGEST_PATH, DecisionForm
from registry.review.points import Point, PointKind
from registry.review.queries import ReviewView
from registry.review.queries import review as find_review
from registry.review.queue import QueueEntry, QueuePage, queue_all, queue_page
from registry.site import site

QUEUE_COLUMNS = (
    *("document", "name", "number", "revision", "holder", "designation", "state", "severity", "no_number", "read_differently"),
    *("not_read", "errors", "warnings", "notes", "settled", "received_at", "days"),
)
LONGEST_ADDRESS_VALUE = 20
PICTURE_SECONDS = 300
_SHA256 = re.compile(r"[0-9a-f]{64}")

review = Blueprint("review", __name__)


@review.get("/review")
@anybody
def index() -> str:
    """The queue: documents with something to look at."""
    query = _query()
    found = _queue(query)
    with site().sessions() as reading:
        waiting_lists = len(lists(reading).waiting)
    return render_template(
        "review/queue.html",
        query=query,
        found=found,
        waiting_lists=waiting_lists,
        today=utc_now().date(),
        url=queue_url,
        PointKind=PointKind,
        to=lambda **changes: address(url_for(".index"), queue_url.pairs(query, **changes)),
        exports=links(".queue", queue_url.pairs(query)),
    )


@review.get("/review.json")
@anybody
def queue_json() -> Response:
    """The queue for programs: all of it, or, where the address names a page, that with the address of the next."""
    query = _query()
    if "page" not in request.args:
        return sent(_queue_table(), "json")
    found = _queue(query)
    following = address(url_for(".queue_json"), queue_url.pairs(query, page=query.page + 1)) if query.page < found.pages else None
    entries = [_entry_json(one) for one in found.entries]
    return json_response({"total": found.total, "page": query.page, "next": following, "documents": entries})


def _queue_table() -> Table:
    """The whole choice, one document a row."""
    query = _query()
    with site().sessions() as reading:
        head = {"total": queue_page(reading, query).total, "page": 1, "next": None}
    return Table("review", QUEUE_COLUMNS, lambda reading: map(_entry_json, queue_all(reading, query)), "documents", head)


offer(review, "/review", "queue", _queue_table, anybody, ("csv", "xlsx"))


@review.route("/review/<sha256>", methods=["GET", "POST"])
@anybody
@needs(Role.REVIEWER, "POST")
def document(sha256: str) -> ResponseReturnValue:
    """One document beside what was read from it; a POST is a decision about it."""
    if request.method == "GET":
        return _page(_review(sha256), DecisionForm(formdata=None))
    view = _review(sha256)
    form = DecisionForm(formdata=request.form)
    problem = None
    if form.validate_on_submit():
        try:
            decision = _decide(sha256, form)
        except CannotBegin:
            raise
        except RegistryError as error:
            problem = wording.sentence(error)
        else:
            return redirect(_next(sha256, form, decision), 303)
    return _page(_review(sha256) if problem else view, form, problem), 409 if isinstance(problem, str) and not form.errors else 400


@review.get("/review/<sha256>.json")
@anybody
def document_json(sha256: str) -> Response:
    """What was read, what is shown, what is to be looked at and what was decided; who decided is left out."""
    return json_response(serial.document_json(_review(sha256)))


@review.get("/review/<sha256>/page-<int:page>.png")
@anybody
def picture(sha256: str, page: int) -> Response:
    """The picture of one page, names covered."""
    found = page_picture(site().settings, sha256, page) if _SHA256.fullmatch(sha256) and page < 10_000 else None
    if found is None:
        abort(404, _("There is no picture of that page."))
    response = Response(found, mimetype="image/png")
    response.cache_control.max_age = PICTURE_SECONDS
    return response


def _query() -> queue_url.QueueQuery:
    try:
        return queue_url.parse(request.args)
    except RegistryError as error:
        abort(400, wording.sentence(error))


def _queue(query: queue_url.QueueQuery) -> QueuePage:
    with site().sessions() as reading:
        found = queue_page(reading, query)
    if query.page > found.pages:
        abort(
            404,
            counted(
                "This choice has %(num)s page, and no page %(page)s.",
                "This choice has %(num)s pages, and no page %(page)s.",
                found.pages,
                page=query.page,
            ),
        )
    return found


def _review(sha256: str) -> ReviewView:
    if _SHA256.fullmatch(sha256):
        with site().sessions() as reading:
            view = find_review(reading, sha256)
        if view is not None:
            return view
    raise NotFound(_("This registry holds no such document. The queue has them all."))


def _decide(sha256: str, form: DecisionForm) -> int:
    """Carry the decision out. Raises RegistryError with the sentence that the page shows."""
    wish = Wish(
        action=str(form.action.data),
        reading=form.reading.data,
        seen=form.seen.data,
        reason=str(form.reason.data or ""),
        field=str(form.field.data or ""),
        state=str(form.field_state),
        value=str(form.value.data or ""),
        message=str(form.message.data or ""),
        decision=form.decision.data or 0,
    )
    return carry_out(site(), sha256, wish, who())


def _next(sha256: str, form: DecisionForm, decision: int) -> str:
    """Where a reviewer goes on: the next open point, with the word that the decision was taken."""
    view = _review(sha256)
    following = presentation.first_open(view.points, after=form.field.data)
    anchor = "decide" if following is not None and form.action.data != "undo" else "done"
    return url_for(".document", sha256=sha256, field=following.field if following else None, done=decision, _anchor=anchor)


def _page(view: ReviewView, form: DecisionForm, problem: str | None = None) -> str:
    places = {entry.field: entry for entry in view.reading.fields}
    lines = certificate_presentation.lines(view.public_text, places)
    found = presentation.rows(view, lines)
    sent = request.form if request.method == "POST" else request.args
    asked = (presentation.missed_path(sent.get("table", ""), sent.get("row", "")) or sent.get("field", ""))[:LONGEST_PATH]
    point = _point(view, asked)
    chosen = found.get(point.field if point else asked) or presentation.missed(asked, len(found) + 1)
    about = [found[path] for path in point.finding.fields if path in found] if point and point.finding else []
    open_points = [one for one in view.points if one.decision is None]
    if request.method == "GET" and chosen is not None:
        form.state.data, form.value.data = str(chosen.state), chosen.value or ""
        if chosen.state == "unread" or asked not in found:
            form.state.data = "read"
    return render_template(
        "review/document.html",
        view=view,
        form=form,
        problem=problem,
        point=point,
        chosen=chosen,
        about=about,
        following=presentation.first_open(view.points, after=point.field if point else None),
        open_points=open_points,
        rows=found,
        sections=presentation.sections(found),
        sheets=presentation.sheets(view, found.values()),
        close_up=presentation.close_up,
        box=presentation.box,
        lines=lines,
        words=presentation,
        done=_done(view),
        may_decide=may(Role.REVIEWER),
        holding={one.id for one in view.holding},
        PointKind=PointKind,
    )


def _point(view: ReviewView, asked: str) -> Point | None:
    """The point that the address names, or the first open one unless it names a field."""
    named = sorted((one for one in view.points if one.field == asked), key=lambda one: one.decision is not None)
    if named:
        return named[0]
    return None if asked else presentation.first_open(view.points)


def _done(view: ReviewView) -> Correction | None:
    """The decision that was just taken, as the address says."""
    text = request.args.get("done", "")[:LONGEST_ADDRESS_VALUE]
    return next((one for one in view.made if str(one.id) == text), None)


def _entry_json(entry: QueueEntry) -> dict[str, Any]:
    return serial.entry_json(entry, utc_now().date()) | {"url": url_for(".document", sha256=entry.sha256)}
