"""The pages of the audits: the list, asking for one, following it, its report and the frames that prove it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from registry import wording
from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.aliases.queries import recorded
from registry.audits import asking, store, transcript
from registry.audits.forms import LOADS, AuditForm, CentralAuditForm
from registry.audits.load import load_plot
from registry.audits.report import case_titles, frames_of, rows_of, window
from registry.audits.report import view as read_report
from registry.audits.showing import shown
from registry.audits.withheld import WITHHELD
from registry.certificates.queries import SearchQuery, facts
from registry.certificates.search import first_page
from registry.db import utc_now
from registry.evidence.signing import Signer
from registry.export import Table, json_response, links, offer
from registry.forms import Form
from registry.language import counted
from registry.language import gettext as _
from registry.marking import N_
from registry.matching.aliases import Alias, linking
from registry.sentences import Sentence
from registry.site import site

AUDITS_SHOWN = 100
CERTIFICATES_OFFERED = 200
COLUMNS = ("id", "station", "certificate", "mode", "state", "verdict", "requested_at", "started_at", "ended_at", "reason")
FRAMES_A_PAGE = 200
MOST_FRAMES = 500
NO_REPORT = N_("This audit has no report, as it has not ended or could not be carried out. Its page says more.")
_AUDIT_ID = re.compile(r"[0-9a-f-]{36}")
FormT = TypeVar("FormT", bound=Form)
_NUMBERS = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*")

audits = Blueprint("audits", __name__, url_prefix="/audits")


@audits.get("")
@anybody
def index() -> str:
    """The audits, the newest first."""
    with site().sessions() as session:
        found = [shown(audit) for audit in store.recent(session, limit=AUDITS_SHOWN + 1)]
    return render_template("audits/index.html", audits=found[:AUDITS_SHOWN], more=len(found) > AUDITS_SHOWN, exports=links(".export"))


def _all() -> Table:
    """All audits, the newest first."""
    return Table("audits", COLUMNS, lambda session: (shown(one).to_json() for one in store.everything(session)), "audits")


offer(audits, "/all", "export", _all, anybody)


@audits.route("/new", methods=["GET", "POST"])
@needs(Role.AUDITOR)
def new() -> ResponseReturnValue:
    """The form that asks for an audit, and the asking."""
    form = AuditForm(formdata=request.form if request.method == "POST" else None)
    if request.method == "GET":
        form.station.data = request.args.get("station", "")[:64]
        form.certificate.data = request.args.get("certificate", "")[:64]
    elif (audit_id := _asked(form, _ask)) is not None:
        return redirect(url_for(".show", audit_id=audit_id), 303)
    return _form_page("audits/new.html", form, "CS", gateway=_gateway())


@audits.route("/new-csms", methods=["GET", "POST"])
@needs(Role.AUDITOR)
def new_central() -> ResponseReturnValue:
    """The form that asks for an audit of a central system, and the asking.

    This registry then connects to an address that somebody wrote, in networks that are not public too: auditors are trusted with that.
    """
    form = CentralAuditForm(formdata=request.form if request.method == "POST" else None)
    if request.method == "GET":
        form.certificate.data = request.args.get("certificate", "")[:64]
    elif (audit_id := _asked(form, _ask_central)) is not None:
        return redirect(url_for(".show", audit_id=audit_id), 303)
    return _form_page("audits/new_csms.html", form, "CSMS", loads=LOADS)


def _form_page(template: str, form: Form, role: str, **more: object) -> ResponseReturnValue:
    """The page that asks for an audit, with certificates of that role to choose from."""
    with site().sessions() as session:
        known = first_page(session, SearchQuery(documented=True, role=(role,), size=CERTIFICATES_OFFERED)).entries
    page = render_template(template, form=form, certificates=known, can_start=site().start_audit is not None, **more)
    return page, 400 if form.errors else 200


@audits.get("/<audit_id>")
@anybody
def show(audit_id: str) -> str:
    """One audit: how far it is, then its report."""
    audit = _audit(audit_id)
    return render_template(
        "audits/audit.html",
        report=audit.report,
        recorded_names=_recorded_names(rows_of(audit.report, "identity")) if audit.report is not None else (),
        view=read_report(audit.report) if audit.report is not None else None,
        frames_of=frames_of,
        window=window,
        load=load_plot(rows_of(audit.report, "load")) if audit.report is not None else None,
        titles=case_titles(),
        WITHHELD=WITHHELD,
        has_transcript=_transcript(audit) is not None,
        **_progress_of(audit),
    )


def _recorded_names(identity: Iterable[Mapping[str, Any]]) -> tuple[tuple[Alias, bool], ...]:
    """The records by which the vendor that a device told is the certified one, each with whether it holds: those that the report rests on,
    whatever became of them, or of a report that knew none those that hold now. A report is of what was seen and is signed: what people
    record of names later stands beside it.
    """
    told = next((row for row in identity if row.get("field") == "vendor"), {})
    certified, observed, known_as = told.get("certified"), told.get("observed"), told.get("known_as")
    if not isinstance(certified, str) or not isinstance(observed, str):
        return ()
    with site().sessions() as session:
        names = recorded(session)
    if known_as:
        holding = {alias.id for alias in names.all}
        return tuple((alias, alias.id in holding) for alias in map(Alias.from_json, known_as))
    if told.get("verdict") == "match":
        return ()
    return tuple((alias, True) for alias in linking(names.of(certified), certified, observed))


@audits.post("/<audit_id>/prompts/<int:position>")
@needs(Role.AUDITOR)
def answered(audit_id: str, position: int) -> ResponseReturnValue:
    """What the person at the device says of what was asked."""
    _audit(audit_id)
    said = request.form.get("answer")
    if said not in store.ANSWERS:
        abort(400, _("The answer is that it is done, or that it cannot be done."))
    with site().sessions.begin() as session:
        store.answer(session, audit_id, position, said)
    return redirect(url_for(".show", audit_id=audit_id), 303)


@audits.post("/<audit_id>/cancel")
@needs(Role.AUDITOR)
def cancelled(audit_id: str) -> ResponseReturnValue:
    """End an audit that waits or runs; what it changed is undone first."""
    _audit(audit_id)
    with site().sessions.begin() as session:
        store.cancel(session, audit_id)
    return redirect(url_for(".show", audit_id=audit_id), 303)


@audits.get("/<audit_id>/progress")
@anybody
def progress(audit_id: str) -> ResponseReturnValue:
    """What the page of a running audit asks for every second: nothing while there is no news, and to load anew at the end."""
    audit = _audit(audit_id)
    if not audit.active:
        return Response(status=204, headers={"HX-Refresh": "true"})
    known = _progress_of(audit)
    if request.args.get("seen") == known["seen"]:
        return Response(status=204)
    return render_template("audits/_progress.html", **known), {"Cache-Control": "no-store"}


def _progress_of(audit: store.AuditView) -> dict[str, Any]:
    """How far an audit is. `seen` is what the page sends back, to be told only news."""
    latest = audit.progress[-1] if audit.progress else None
    seen = f"{audit.state}-{latest.position if latest else 0}-{audit.prompt.position if audit.prompt else 0}"
    return {"audit": audit, "latest": latest, "gateway": _gateway(), "seen": seen}


@audits.get("/<audit_id>.json")
@anybody
def report_json(audit_id: str) -> Response:
    """The report as it was stored."""
    return json_response(dict(_report(_audit(audit_id))))


@audits.get("/<audit_id>.pdf")
@anybody
def report_pdf(audit_id: str) -> Response:
    """The report on paper; with its frames for those who may see them."""
    audit = _audit(audit_id)
    report = _report(audit)
    # Imported here: what sets type on paper is large, and few pages need it.
    from registry.evidence.paper import paper

    content = paper(report, _transcript(audit) if may(Role.AUDITOR) else None)
    return _download(content, "application/pdf", f"audit-{audit_id}.pdf")


@audits.get("/<audit_id>/bundle.zip")
@needs(Role.AUDITOR)
def bundle(audit_id: str) -> Response:
    """Report, transcript and certificate facts in one signed archive, for `ocpp-registry verify`."""
    audit = _audit(audit_id)
    report, path = _report(audit), _transcript(audit)
    if path is None:
        abort(404, wording.say(NO_REPORT))
    from registry.evidence.audits import audit_bundle

    with site().sessions() as session:
        held = facts(session, audit.certificate_number)
    content = audit_bundle(report, path, held, Signer(site().settings.home), utc_now())
    return _download(content, "application/zip", f"audit-{audit_id}.zip")


def _download(content: bytes, mimetype: str, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=name)


@audits.get("/<audit_id>/frames")
@needs(Role.AUDITOR)
def frames(audit_id: str) -> str:
    """What went over the wire: all of it page by page, or the frames that one line of the report names."""
    audit = _audit(audit_id)
    path = _kept_transcript(audit)
    asked = request.args.get("seq")
    if asked is not None:
        seqs = _numbers(asked)
        chosen = transcript.wanted(path, seqs)
        absent = sorted(seqs - {entry.seq for entry, _, _ in chosen})
        return render_template("audits/frames.html", audit=audit, chosen=chosen, seqs=seqs, absent=absent)
    page = _page()
    entries, total = transcript.page(path, (page - 1) * FRAMES_A_PAGE, FRAMES_A_PAGE)
    pages = max(1, -(-total // FRAMES_A_PAGE))
    if page > pages:
        abort(
            404,
            counted(
                "The transcript has %(num)s page, and no page %(page)s.",
                "The transcript has %(num)s pages, and no page %(page)s.",
                pages,
                page=page,
            ),
        )
    return render_template("audits/frames.html", audit=audit, entries=entries, total=total, page=page, pages=pages)


@audits.get("/<audit_id>/transcript.jsonl")
@needs(Role.AUDITOR)
def transcript_file(audit_id: str) -> Response:
    """The transcript as it is kept, to be judged elsewhere."""
    path = _kept_transcript(_audit(audit_id))
    return send_file(path, mimetype="application/jsonl", as_attachment=True, download_name=f"audit-{audit_id}.jsonl")


def _audit(audit_id: str) -> store.AuditView:
    if _AUDIT_ID.fullmatch(audit_id):
        with site().sessions() as session:
            audit = store.view(session, audit_id)
        if audit is not None:
            return shown(audit)
    raise NotFound(_("This registry knows no such audit. The list of audits has them all."))


def _report(audit: store.AuditView) -> Mapping[str, Any]:
    """The report of an audit that has one; there is no page of the others'."""
    if audit.report is None:
        abort(404, wording.say(NO_REPORT))
    return audit.report


def _transcript(audit: store.AuditView) -> Path | None:
    """Where its transcript is kept, if it is."""
    return transcript.path_of(site().settings.transcripts, audit.transcript_sha256)


def _kept_transcript(audit: store.AuditView) -> Path:
    """Where its transcript is kept; there is no page of those that are not."""
    path = _transcript(audit)
    if path is None:
        abort(404, _("No transcript of this audit is kept here, as it has not ended or never had a connection."))
    return path


def _asked(form: FormT, ask: Callable[[FormT], str]) -> str | None:
    """Store the audit that a form asks for and queue it; None, with the reason in the form, when that cannot be."""
    if site().start_audit is None:
        abort(503, _("This catalogue runs without a worker, so no audit can be started from it: start it with `ocpp-registry up`."))
    if not form.validate_on_submit():
        return None
    try:
        return ask(form)
    except asking.CannotAsk as error:
        form[error.field].errors = (wording.sentence(error),)
        return None


def _ask(form: AuditForm) -> str:
    station, certificate = str(form.station.data), str(form.certificate.data)
    return asking.ask_station(site(), station, certificate, form.tiers, wait_seconds=float(form.wait_seconds.data))


def _ask_central(form: CentralAuditForm) -> str:
    if form.tag_given_twice is not None:
        twice = Sentence("The idTag %(tag)s stands in two fields: each tag has one state there.", tag=form.tag_given_twice)
        raise asking.CannotAsk("valid", twice)
    return asking.ask_central(
        site(),
        str(form.address.data).rstrip("/"),
        str(form.certificate.data),
        identity=str(form.identity.data),
        person=bool(form.person.data),
        load=int(form.load.data),
        cases=form.case_names,
        id_tags=form.id_tags,
        credentials=form.credentials,
    )


def _gateway() -> str:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return f"ws://{host}:{site().gateway_port}"


def _numbers(text: str) -> frozenset[int]:
    """The numbers of "10,15" or "10-15,20"."""
    if not _NUMBERS.fullmatch(text):
        abort(400, _("Frames are asked for by their numbers, as in ?seq=10,15 or ?seq=10-15."))
    parts = [part.partition("-") for part in text.split(",")]
    ranges = [range(int(first), int(last or first) + 1) for first, _, last in parts]
    if sum(map(len, ranges)) > MOST_FRAMES:
        abort(
            400, _("At most %(most_frames)s frames can be shown at once: the whole sequence is a page of its own.", most_frames=MOST_FRAMES)
        )
    return frozenset(number for numbers in ranges for number in numbers)


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        abort(400, _("Pages are counted from 1."))
    return int(text)
