"""The pages of requirement sets: what each asks, in plain words; copies to edit; offers held against them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from registry import wording
from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.certificates.queries import facts as certificate_facts
from registry.db import utc_now
from registry.export import Table, json_response, links, offer
from registry.language import gettext as _
from registry.requirements import plain, results, store
from registry.requirements.checking import HEADER, cells, check_holder, rules_json
from registry.requirements.evaluation import Answer
from registry.requirements.model import BadRules, RuleSet
from registry.requirements.offers import product_of
from registry.requirements.paper import paper
from registry.requirements.reading import LONGEST_TEXT, shipped
from registry.sentences import Sentence
from registry.site import site
from registry.spreadsheets.days import NoDay, read_one_day
from registry.uploads import takes_upload

ROWS_SHOWN = 200
MOST_SHOWN_OPEN = 3
"""So few offers are shown with their reasons at once; of more, each has one line that opens."""

LONGEST_REASON = 300
_WIDTHS = (6, 24, 24, 16, 16, 60, 50, 40, 50, 50, 14, 20, 30)

SET_COLUMNS = ("id", "title", "publisher", "role", "asks_certificate", "summary", "not_judged", "sources")
_SET_WIDTHS = (28, 40, 30, 8, 10, 60, 60, 60)

requirements = Blueprint("requirements", __name__)


@requirements.get("/requirements")
@anybody
def index() -> str:
    """All sets, with what each is about."""
    with site().sessions() as session:
        sets = store.all_sets(session)
    ordered = sorted(sets.values(), key=lambda rules: (rules.id not in shipped(), rules.title))
    return render_template("requirements/index.html", sets=ordered, shipped=shipped(), may_edit=may(Role.REVIEWER), exports=links(".index"))


@requirements.get("/requirements.json")
@anybody
def index_json() -> Response:
    """All sets for programs."""
    with site().sessions() as session:
        sets = store.all_sets(session)
    return json_response({"sets": [rules_json(sets[identity]) for identity in sorted(sets)]})


def _sets() -> Table:
    """All sets, with what each is about."""

    def rows(session: Session) -> Iterator[dict[str, Any]]:
        for _identity, rules in sorted(store.all_sets(session).items()):
            yield rules_json(rules) | {"sources": [f"{one.title} {one.address or ''}".strip() for one in rules.sources]}

    return Table("requirement-sets", SET_COLUMNS, rows, "sets", widths=_SET_WIDTHS)


offer(requirements, "/requirements", "index", _sets, anybody, ("csv", "xlsx"))


@requirements.get("/requirements/<identity>")
@anybody
def show(identity: str) -> str:
    """One set in plain words, with its sources, its text and, where people keep it, its past."""
    sets, words = _known_sets(identity)
    rules = sets[identity]
    with site().sessions() as session:
        versions = store.versions(session, identity)
    return render_template(
        "requirements/set.html",
        rules=rules,
        words=words,
        versions=versions,
        is_shipped=identity in shipped(),
        may_edit=may(Role.REVIEWER),
        phases=[(phase, plain.span(phase), plain.said(phase.rule)) for phase in rules.phases],
        roles=plain.ROLES,
        titles={other.id: other.title for other in sets.values()},
    )


@requirements.get("/requirements/<identity>.toml")
@anybody
def as_toml(identity: str) -> Response:
    """The set as it is written."""
    _, words = known_set(identity)
    return Response(words, mimetype="application/toml")


@requirements.route("/requirements/<identity>/copy", methods=["GET", "POST"])
@needs(Role.REVIEWER)
@takes_upload(LONGEST_TEXT)
def copy(identity: str) -> ResponseReturnValue:
    """Make a set of one's own from another."""
    return _edit(identity, is_copy=True)


@requirements.route("/requirements/<identity>/edit", methods=["GET", "POST"])
@needs(Role.REVIEWER)
@takes_upload(LONGEST_TEXT)
def edit(identity: str) -> ResponseReturnValue:
    """Change a set that is kept here; its former versions stay."""
    if identity in shipped():
        abort(403, _("This set ships with the program and stays as it ships: make a copy, and change that."))
    return _edit(identity, is_copy=False)


@requirements.post("/requirements/<identity>/remove")
@needs(Role.REVIEWER)
def remove(identity: str) -> ResponseReturnValue:
    """Take a kept set away."""
    try:
        with site().sessions.begin() as session:
            store.remove(session, identity, _reason() or "Removed.")
    except BadRules as problem:
        abort(409, wording.said(problem))
    return redirect(url_for(".index"), 303)


@requirements.get("/requirements/results/<token>")
@anybody
def result(token: str) -> str:
    """The verdicts over one file."""
    document = _result(token)
    chosen = request.args.get("answer", "")
    if chosen and chosen not in list(Answer):
        abort(400, _("There is no answer %(chosen)s: use one of %(answer)s.", chosen=chosen[:40], answer=wording.listed(Answer)))
    rows = [row for row in document["offers"] if chosen in ("", row["answer"])]
    shown = {"rows": rows[:ROWS_SHOWN], "total": len(rows), "chosen": chosen, "answers": list(Answer), "shown_open": MOST_SHOWN_OPEN}
    return render_template("requirements/result.html", token=token, document=document, **shown)


@requirements.get("/requirements/results/<token>.json")
@anybody
def result_json(token: str) -> Response:
    """The verdicts for programs."""
    return json_response(_result(token))


def _verdicts(token: str) -> Table:
    """The verdicts over one file."""
    document = _result(token)
    columns = [word.capitalize() for word in HEADER]
    rows = (dict(zip(columns, cells(row), strict=True)) for row in document["offers"])
    return Table(document["ruleset"]["id"], columns, lambda _session: rows, widths=_WIDTHS)


offer(requirements, "/requirements/results/<token>", "result", _verdicts, anybody, ("csv", "xlsx"))


@requirements.get("/requirements/results/<token>.pdf")
@anybody
def result_pdf(token: str) -> Response:
    """The verdicts on paper."""
    document = _result(token)
    return _download(paper(document), "application/pdf", f"{document['ruleset']['id']}.pdf")


@requirements.get("/requirements/of/<number>")
@anybody
def of_certificate(number: str) -> str:
    """What each set says of the product that a certificate is for, by all its certificates at this version."""
    on = _day_of(request.args.get("on", "")) or utc_now().date()
    with site().sessions() as session:
        facts = certificate_facts(session, number, request.args.get("revision") or None)
        if facts is None:
            raise NotFound(_("This registry has no document of a certificate %(number)s.", number=number[:40]))
        offer = product_of(facts)
        verdicts = check_holder(session, store.all_sets(session), offer, facts.holder, on)
    shown = [(rules, verdict) for rules, verdict in verdicts if rules.role in (None, facts.role)]
    return render_template("requirements/of.html", number=number, facts=facts, model=offer.model, verdicts=shown, on=on)


def _edit(identity: str, *, is_copy: bool) -> ResponseReturnValue:
    rules, words = known_set(identity)
    with site().sessions() as session:
        versions = store.versions(session, identity)
    base = versions[0].version if versions else 0
    problem = None
    if request.method == "POST":
        words = request.form.get("words", "").replace("\r\n", "\n")
        try:
            if not _reason():
                raise BadRules(Sentence("The reason is missing: say in a sentence what was changed and why"))
            sent = request.form.get("base", "")
            with site().sessions.begin() as session:
                kept = store.keep(
                    session, words, _reason(), identity=None if is_copy else identity, base=int(sent) if sent.isdecimal() else 0
                )
            return redirect(url_for(".show", identity=kept.id), 303)
        except BadRules as error:
            problem = wording.sentence(error)
    elif is_copy:
        words = words.replace(f'id = "{identity}"', f'id = "{identity}-copy"', 1)
    shown = {"words": words, "base": base, "problem": problem, "reason": _reason(), "longest": LONGEST_REASON}
    page = render_template("requirements/edit.html", rules=rules, is_copy=is_copy, **shown)
    return page, 400 if problem else 200


def known_set(identity: str) -> tuple[RuleSet, str]:
    """A set that holds, with its text; ends the request where there is none of that identity."""
    sets, words = _known_sets(identity)
    return sets[identity], words


def _known_sets(identity: str) -> tuple[dict[str, RuleSet], str]:
    """All sets that hold, with the text of that one; ends the request where there is none of that identity."""
    with site().sessions() as session:
        sets = store.all_sets(session)
        words = store.words_of(session, identity)
    if identity not in sets or words is None:
        raise NotFound(_("This registry knows no such requirement set. The list of requirement sets has them all."))
    return sets, words


def _result(token: str) -> dict[str, Any]:
    document = results.kept(site().settings, token)
    if document is None:
        raise NotFound(_("There is no such result: results are kept for a day. Send the file again."))
    return document


def _day_of(words: str) -> date | None:
    try:
        return read_one_day(words) if words.strip() else None
    except NoDay as problem:
        abort(400, wording.sentence(problem))


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:LONGEST_REASON]


def _download(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


from registry.requirements import check_views  # noqa: E402, F401 (its pages belong to this blueprint, which has to be there first)
