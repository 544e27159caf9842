"""The page of the OCA's list: which list holds, and what people decide about lists that were kept aside."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import AnyOf, Length

from registry import wording
from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.acting import who
from registry.errors import CannotBegin, RegistryError
from registry.export import Table, csv_response, json_response, links, offer
from registry.listing.deciding import decide_list
from registry.listing.queries import ROW_COLUMNS, ListView, current_rows, lists
from registry.listing.shrinking import ACCEPTED, DISCARDED
from registry.review.forms import ReasonedForm
from registry.site import site

COLUMNS = ("list", "source", "rows", "missing", "emptied", "set_aside_at", "decision", "decided_at", "reason", "overtaken")

oca_list = Blueprint("oca_list", __name__)


class ListForm(ReasonedForm):
    """One decision about one list that was kept aside."""

    action = HiddenField(validators=[AnyOf((ACCEPTED, DISCARDED), _l("Use one of the buttons."))])
    sha256 = HiddenField(validators=[Length(min=64, max=64, message=_l("Load the page anew."))])


@oca_list.route("/listing", methods=["GET", "POST"])
@anybody
@needs(Role.REVIEWER, "POST")
def index() -> ResponseReturnValue:
    """The current list, earlier ones, and those kept aside; a POST is a decision about one of these."""
    if request.method == "GET":
        return _page(ListForm(formdata=None))
    form = ListForm(formdata=request.form)
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        decide_list(site(), str(form.sha256.data), str(form.action.data), str(form.reason.data), who())
    except CannotBegin:
        raise
    except RegistryError as error:
        return _page(form, wording.sentence(error)), 409
    return redirect(url_for(".index", done=form.action.data, _anchor="done"), 303)


@oca_list.get("/listing.json")
@anybody
def index_json() -> Response:
    """The same for programs."""
    view = _lists()
    return json_response({"imported": _imported(view), "kept_aside": [one.to_json() for one in view.kept_aside]})


@oca_list.get("/listing.csv")
@anybody
def index_csv() -> Response:
    """The lists that were kept aside, one a row."""
    rows = [one.to_json() for one in _lists().kept_aside]
    return csv_response(COLUMNS, ([row[name] for name in COLUMNS] for row in rows), "lists-kept-aside.csv")


def _rows() -> Table:
    """The rows of the list that holds, as the list has them."""
    return Table("oca-list", ROW_COLUMNS, current_rows)


offer(oca_list, "/listing/rows", "rows", _rows, anybody)


def _imports() -> Table:
    """The lists that were imported, the newest first."""
    found = _imported(_lists())
    return Table("oca-lists", ("source", "imported_at", "rows", "list"), lambda _session: found, "imported", widths=(40, 24, 10, 66))


offer(oca_list, "/listing/imports", "imports", _imports, anybody)


def _imported(view: ListView) -> list[dict[str, object]]:
    """The lists that were imported, as programs get them."""
    return [
        {"list": one.sha256, "source": one.source, "rows": one.rows, "imported_at": one.imported_at.isoformat()} for one in view.imported
    ]


def _lists() -> ListView:
    with site().sessions() as reading:
        return lists(reading)


def _page(form: ListForm, problem: str | None = None) -> str:
    done: Any = request.args.get("done", "")
    return render_template(
        "listing/index.html",
        view=_lists(),
        form=form,
        problem=problem,
        done=done if done in (ACCEPTED, DISCARDED) else None,
        may_decide=may(Role.REVIEWER),
        named=30,
        exports=links(".rows"),
        imports=links(".imports"),
    )
