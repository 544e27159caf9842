"""Audits: the list, asking for one, following it, its report and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, send_file, url_for
from wtforms.validators import ValidationError

from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.api.answers import page_of
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.shapes.audits import (
    AnswerTaken,
    AuditsArguments,
    AuditShape,
    AuditsPage,
    AuditTaken,
    CentralAuditTaken,
    FramesArguments,
    FramesPage,
    ReportShape,
)
from registry.audits import asking, store, transcript
from registry.audits.forms import checked_address, unknown_case
from registry.audits.showing import shown
from registry.audits.store import AuditSummary, AuditView
from registry.certificates.queries import facts
from registry.db import utc_now
from registry.evidence.signing import Signer
from registry.site import site

NO_REPORT = "This audit has no report, as it has not ended or could not be carried out: `reason` says more."
NO_TRANSCRIPT = "No transcript of this audit is kept here, as it has not ended or never had a connection."
_BUSY = {
    409: "The device has an audit that waits or runs: two at once would disturb each other.",
    503: "Nothing here can carry out audits, or the registry cannot be read just now.",
}

audits = Part("audits", "Deployed devices held against their certificates: asked for, followed, reported.")


@audits.operation("GET", "/audits", query=AuditsArguments, gives=AuditsPage, is_paged=True)
@anybody
def list_audits(query: Mapping[str, Any]) -> Any:
    """The audits, the newest first."""
    page, size = query["page"], query["size"]
    with site().sessions() as session:
        found, total = store.page(session, (page - 1) * size, size, query.get("station"), query.get("certificate"))
    pages = max(1, -(-total // size))
    links, following = page_of(page, pages)
    told = {"total": total, "page": page, "pages": pages, "next": following, "audits": [audit_line(one) for one in found]}
    return told, 200, links


@audits.operation("POST", "/audits", body=AuditTaken, gives=AuditShape, status=202, fails=_BUSY)
@needs(Role.AUDITOR)
def request_audit(body: Mapping[str, Any]) -> Any:
    """Ask for the audit of a charging station.

    The station connects to this registry's gateway, under its identity; the audit waits for it.
    """
    _require_worker()
    tiers = ["passive", *(tier for tier in dict.fromkeys(body["tiers"]) if tier != "passive")]
    try:
        audit_id = asking.ask_station(site(), body["station"], body["certificate"].upper(), tiers, float(body["wait_seconds"]))
    except asking.CannotAsk as error:
        raise _cannot(error) from error
    return _accepted(audit_id)


@audits.operation("POST", "/audits/central", body=CentralAuditTaken, gives=AuditShape, status=202, fails=_BUSY)
@needs(Role.AUDITOR)
def request_central_audit(body: Mapping[str, Any]) -> Any:
    """Ask for the audit of a management system, to which our stations connect."""
    _require_worker()
    address = _address(body["address"])
    cases = list(dict.fromkeys(body.get("cases", ())))
    if (unknown := unknown_case(cases)) is not None:
        raise _wrong("cases", f"There is no test case {unknown[:40]} for management systems; they are named like TC_012_CSMS.")
    tags = {tag: state for state, tag in body.get("id_tags", {}).items()}
    folded = [tag.casefold() for tag in body.get("id_tags", {}).values()]
    if len(set(folded)) < len(folded):
        raise _wrong("id_tags", "An idTag has two states: each tag has one state there.")
    try:
        audit_id = asking.ask_central(
            site(),
            address,
            body["certificate"].upper(),
            identity=body["identity"],
            person=body["person"],
            load=int(body["load"]),
            cases=cases,
            id_tags=tags,
        )
    except asking.CannotAsk as error:
        raise _cannot(error) from error
    return _accepted(audit_id)


@audits.operation("GET", "/audits/<uuid:audit_id>", gives=AuditShape)
@anybody
def get_audit(audit_id: UUID) -> Any:
    """One audit: what was asked for, how far it is, and what it waits for a person to do."""
    return _audit_json(audit_of(audit_id))


@audits.operation("GET", "/audits/<uuid:audit_id>/report", gives=ReportShape)
@anybody
def get_report(audit_id: UUID) -> Any:
    """The report of an audit, as `ocpp-registry audit --json` prints it."""
    audit = audit_of(audit_id)
    if audit.report is None:
        raise Refused(404, NO_REPORT)
    return {"report": dict(audit.report)}


@audits.operation("GET", "/audits/<uuid:audit_id>/paper", kind="application/pdf")
@anybody
def get_report_paper(audit_id: UUID) -> Any:
    """The report on paper; for auditors with the frames that prove it."""
    audit = audit_of(audit_id)
    if audit.report is None:
        raise Refused(404, NO_REPORT)
    # Imported here: what sets type on paper is large, and few requests need it.
    from registry.evidence.paper import paper

    frames = transcript.path_of(site().settings.transcripts, audit.transcript_sha256) if may(Role.AUDITOR) else None
    return Response(paper(audit.report, frames), mimetype="application/pdf")


@audits.operation("GET", "/audits/<uuid:audit_id>/frames", query=FramesArguments, gives=FramesPage, is_paged=True)
@needs(Role.AUDITOR)
def list_frames(audit_id: UUID, query: Mapping[str, Any]) -> Any:
    """What went over the wire in an audit."""
    path = _transcript(audit_of(audit_id))
    page, size = query["page"], query["size"]
    found, total = transcript.page(path, (page - 1) * size, size)
    pages = max(1, -(-total // size))
    links, following = page_of(page, pages)
    names = ("seq", "timestamp", "elapsed", "event", "from_station", "message_type", "message_id", "action", "payload", "cut")
    frames = [{name: getattr(one, name) for name in names} | {"detail": dict(one.detail)} for one in found]
    return {"total": total, "page": page, "pages": pages, "next": following, "frames": frames}, 200, links


@audits.operation("GET", "/audits/<uuid:audit_id>/transcript", kind="application/jsonl")
@needs(Role.AUDITOR)
def get_transcript(audit_id: UUID) -> Any:
    """The recorded traffic as it is kept, to be judged elsewhere."""
    audit = audit_of(audit_id)
    return send_file(_transcript(audit), mimetype="application/jsonl", etag=str(audit.transcript_sha256))


@audits.operation("GET", "/audits/<uuid:audit_id>/bundle", kind="application/zip")
@needs(Role.AUDITOR)
def get_bundle(audit_id: UUID) -> Any:
    """Report, transcript and certificate in one signed archive, for `ocpp-registry verify`."""
    audit = audit_of(audit_id)
    path = _transcript(audit)
    if audit.report is None:
        raise Refused(404, NO_REPORT)
    from registry.evidence.audits import audit_bundle

    with site().sessions() as session:
        held = facts(session, audit.certificate_number)
    return Response(audit_bundle(audit.report, path, held, Signer(site().settings.home), utc_now()), mimetype="application/zip")


@audits.operation("POST", "/audits/<uuid:audit_id>/cancel", gives=AuditShape, fails={409: "It had ended already."})
@needs(Role.AUDITOR)
def cancel_audit(audit_id: UUID) -> Any:
    """End an audit that waits or runs; what it changed is undone first."""
    audit_of(audit_id)
    with site().sessions.begin() as session:
        done = store.cancel(session, str(audit_id))
    if not done:
        raise Refused(409, "This audit had ended already.")
    return _audit_json(audit_of(audit_id))


@audits.operation(
    "POST",
    "/audits/<uuid:audit_id>/prompts/<int:position>",
    body=AnswerTaken,
    gives=AuditShape,
    fails={409: "It was answered already, or is over, or was never asked."},
)
@needs(Role.AUDITOR)
def answer_prompt(audit_id: UUID, position: int, body: Mapping[str, Any]) -> Any:
    """Say whether what a running audit asked for is done."""
    audit_of(audit_id)
    done = False
    if position < 2**31:
        with site().sessions.begin() as session:
            done = store.answer(session, str(audit_id), position, body["answer"])
    if not done:
        raise Refused(409, "There is no such question that waits: it was answered already, or is over, or was never asked.")
    return _audit_json(audit_of(audit_id))


def audit_of(audit_id: UUID) -> AuditView:
    """The audit; refuses an id that there is not."""
    with site().sessions() as session:
        audit = store.view(session, str(audit_id))
    if audit is None:
        raise Refused(404, "This registry knows no such audit: the list of audits has them all.")
    return shown(audit)


def audit_line(audit: AuditSummary) -> dict[str, Any]:
    """An audit as lists have it; what visitors are not shown of it is withheld."""
    return shown(audit).to_json() | {"url": url_for("api_audits.get_audit", audit_id=audit.id)}


def _audit_json(audit: AuditView) -> dict[str, Any]:
    has_transcript = transcript.path_of(site().settings.transcripts, audit.transcript_sha256) is not None
    prompt = audit.prompt
    return audit_line(audit) | {
        "tiers": list(audit.tiers),
        "cases": list(audit.cases),
        "wait_seconds": audit.wait_seconds,
        "our_station": (audit.given or {}).get("identity"),
        "transcript_sha256": audit.transcript_sha256,
        "progress": [vars(line) | {"at": line.at.isoformat()} for line in audit.progress],
        "prompt": {"position": prompt.position, "text": prompt.text, "until": prompt.until.isoformat()} if prompt else None,
        "report": url_for("api_audits.get_report", audit_id=audit.id) if audit.report is not None else None,
        "transcript": url_for("api_audits.get_transcript", audit_id=audit.id) if has_transcript else None,
    }


def _accepted(audit_id: str) -> Any:
    return _audit_json(audit_of(UUID(audit_id))), 202, {"Location": url_for("api_audits.get_audit", audit_id=audit_id)}


def _transcript(audit: AuditView) -> Any:
    path = transcript.path_of(site().settings.transcripts, audit.transcript_sha256)
    if path is None:
        raise Refused(404, NO_TRANSCRIPT)
    return path


def _require_worker() -> None:
    if site().start_audit is None:
        raise Refused(503, asking.NO_WORKER)


def _address(text: str) -> str:
    try:
        return checked_address(text).rstrip("/")
    except ValidationError as error:
        raise _wrong("address", str(error)) from error


def _cannot(error: asking.CannotAsk) -> Refused:
    if error.field in ("station", "address"):
        return Refused(409, str(error))
    return _wrong(error.field, str(error))


def _wrong(name: str, detail: str) -> Refused:
    return Refused(422, detail, (Wrong("json", name, detail),))
