"""The page on which offers are judged: a file in, what was understood of it, other columns where somebody wants them, then the verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from registry import wording
from registry.accounts.access import anybody
from registry.db import utc_now
from registry.fleet import waiting
from registry.language import gettext as _
from registry.marking import N_
from registry.rates import What, counted_as
from registry.requirements import results, store
from registry.requirements.checking import MOST_WHILE_WAITING, check
from registry.requirements.draft import PROBLEMS_SHOWN, ROWS_SHOWN, Draft, read_draft
from registry.requirements.model import RuleSet
from registry.requirements.table import ALIASES, ANYTHING_BUT, Offers
from registry.requirements.views import known_set, requirements
from registry.sentences import Sentence
from registry.site import site
from registry.spreadsheets.days import NoDay, read_one_day
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.sheet import BadSpreadsheet, TooManyRows
from registry.uploads import takes_upload

LONGEST_HEADING = 1_000
FIELD_LABELS = {
    "holder": N_("Vendor"),
    "model": N_("Model"),
    "software_version": N_("Software version"),
    "certificates": N_("Certificate numbers"),
    "installed": N_("Installation date"),
    "evidence": N_("Evidence"),
    "role": N_("Role"),
}


@requirements.route("/requirements/<identity>/check", methods=["GET", "POST"])
@anybody
@counted_as(What.CHECKS)
@takes_upload(MOST_BYTES)
def check_offers(identity: str) -> ResponseReturnValue:
    """The form that takes a spreadsheet of offers; what was understood of one; and, with `action=judge`, the judging of it."""
    rules, _words = known_set(identity)
    if request.method == "GET":
        return _form_page(rules, None)
    try:
        on = read_one_day(request.form["on"]) if request.form.get("on", "").strip() else None
        draft = _draft(identity)
    except (BadSpreadsheet, NoDay) as error:
        return _form_page(rules, wording.sentence(error)), 400
    if request.form.get("action") == "judge" and draft.offers is not None:
        return redirect(url_for(".result", token=_judged(identity, draft.offers, draft.name, on or utc_now().date())), 303)
    page = render_template(
        "requirements/draft.html",
        rules=rules,
        draft=draft,
        fields=FIELD_LABELS,
        nothing=ANYTHING_BUT,
        on=on,
        today=utc_now().date(),
        rows_shown=ROWS_SHOWN,
        problems_shown=PROBLEMS_SHOWN,
    )
    return page, 400 if draft.problem else 200


def _form_page(rules: RuleSet, problem: str | None) -> str:
    return render_template("requirements/check.html", rules=rules, problem=problem, on=request.form.get("on", ""), today=utc_now().date())


def _draft(identity: str) -> Draft:
    """The file that was sent now, or the one that was sent before with the columns that were chosen for it. Raises BadSpreadsheet."""
    try:
        return _read()
    except TooManyRows as error:
        raise BadSpreadsheet(
            Sentence(
                "The file has more than %(most)s offers, and no more are judged here while you wait: split it, or have all of them judged "
                "on the command line with %(command)s",
                most=f"{MOST_WHILE_WAITING:,}",
                command=f"ocpp-registry check {identity} FILE",
            )
        ) from error


def _read() -> Draft:
    home, sent = site().settings.home, request.files.get("offers")
    if sent is not None and sent.filename:
        data, name = sent.read(), " ".join(sent.filename.replace("\\", "/").rpartition("/")[2].split())[:80]
        draft = read_draft(data, name, "", {}, MOST_WHILE_WAITING)  # what is no spreadsheet is not kept
        return replace(draft, sha256=waiting.put(home, data, waiting.OFFERS))
    name, sha256 = " ".join(request.form.get("name", "").split())[:80], request.form.get("sha256", "")
    if not sha256:
        raise BadSpreadsheet(Sentence("No file was chosen: choose a CSV or XLSX file"))
    kept = waiting.get(home, sha256, waiting.OFFERS)
    if kept is None:
        raise BadSpreadsheet(Sentence("%(name)s is no longer here: send it again", name=name or _("The file")))
    return read_draft(kept, name, sha256, _chosen(), MOST_WHILE_WAITING)


def _chosen() -> dict[str, str]:
    return {field: request.form[f"column-{field}"][:LONGEST_HEADING] for field in ALIASES if request.form.get(f"column-{field}")}


def _judged(identity: str, offers: Offers, name: str, on: date) -> str:
    """Judge the offers; gives the token of the result."""
    with site().sessions() as session:
        sets = store.all_sets(session)
        if identity not in sets:
            raise NotFound(_("This set is not here any more."))
        found = check(session, sets[identity], sets, offers, on)
    return results.keep(site().settings, found.to_json() | {"file": name})
