"""Certificates: the search and everything about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, request, url_for

from registry import wording
from registry.accounts.access import anybody
from registry.api.answers import page_of
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.resources.audits import audit_line
from registry.api.shapes.certificates import (
    CertificateShape,
    DifferenceArguments,
    DifferencesShape,
    ListedRowShape,
    OnArguments,
    RevisionArgument,
    SearchArguments,
    SearchPage,
    TextShape,
)
from registry.api.shapes.requirements import CertificateVerdictsShape
from registry.badges.drawing import Badge
from registry.badges.standing import certificate_badge
from registry.cache import versions
from registry.certificates import queries, search_url, serial
from registry.certificates.changes import compare
from registry.certificates.closed import UnknownValue, refuse_unknown
from registry.certificates.queries import CertificateView, Entry
from registry.certificates.search import SearchQuery
from registry.certificates.words import company_slug, slug
from registry.db import utc_now
from registry.documents.store import page_picture
from registry.errors import CannotBegin, RegistryError
from registry.evidence.signing import Signer
from registry.requirements import store as requirement_store
from registry.requirements.checking import check_holder, verdict_json
from registry.requirements.offers import product_of
from registry.site import site

certificates = Part("certificates", "What was certified: the search of the catalogue, and everything about one certificate.")


@certificates.operation("GET", "/certificates", query=SearchArguments, gives=SearchPage, is_paged=True)
@anybody
def search_certificates(query: Mapping[str, Any]) -> Any:  # noqa: ARG001 (checked; the address itself is parsed as the page parses it)
    """The catalogue's search.

    With the facets, the order and the pages of the search page; words that nothing has are forgiven as they are there.
    """
    asked, now = _query(), versions().catalogue
    with site().sessions() as session:
        found = site().answers.search(session, asked, now)
        rows = site().answers.lines(session, found.entries, now)
    links, following = page_of(asked.page, found.pages)
    entries = [serial.line_json(line) | addresses_of(line.entry) for line in rows]
    return serial.found_json(found) | {"next": following, "entries": entries}, 200, links


@certificates.operation("GET", "/certificates/<number>", query=RevisionArgument, gives=CertificateShape)
@anybody
def get_certificate(number: str, query: Mapping[str, Any]) -> Any:
    """One certificate.

    Every value with the place where it was read, what does not agree, what people corrected, what the OCA's list says, the newest
    audits, and everything that happened to it.
    """
    with site().sessions() as session:
        view = queries.certificate(session, number, query.get("revision"))
    if view is None:
        raise unknown_certificate(number, query.get("revision"))
    return serial.certificate_json(view) | {"audits": [audit_line(audit) for audit in view.audits]} | _around(view.entry)


@certificates.operation("GET", "/certificates/<number>/differences", query=DifferenceArguments, gives=DifferencesShape)
@anybody
def compare_revisions(number: str, query: Mapping[str, Any]) -> Any:
    """What differs between two revisions of a certificate, field by field."""
    with site().sessions() as session:
        older, newer = (queries.facts(session, number, query[name]) for name in ("older", "newer"))
    if older is None or newer is None:
        raise unknown_certificate(number, query["older"] if older is None else query["newer"])
    return compare(older, newer).to_json()


@certificates.operation("GET", "/certificates/<number>/requirements", query=OnArguments, gives=CertificateVerdictsShape)
@anybody
def judge_certificate(number: str, query: Mapping[str, Any]) -> Any:
    """What each requirement set says of a certificate's product.

    By all certificates of the product at this software version, for an installation on the day `on`.
    """
    on = day_of(query.get("on")) or utc_now().date()
    with site().sessions() as session:
        facts = queries.facts(session, number, query.get("revision"))
        if facts is None:
            raise unknown_certificate(number, query.get("revision"))
        verdicts = check_holder(session, requirement_store.all_sets(session), product_of(facts), facts.holder, on)
    told = [
        {"ruleset": rules.id, "title": rules.title} | verdict_json(verdict)
        for rules, verdict in verdicts
        if rules.role in (None, facts.role)
    ]
    return {"number": facts.number, "revision": facts.revision, "on": on.isoformat(), "verdicts": told}


@certificates.operation("GET", "/certificates/<number>/paper", query=RevisionArgument, kind="application/pdf")
@anybody
def get_certificate_paper(number: str, query: Mapping[str, Any]) -> Any:
    """What the registry knows of a certificate, on paper."""
    # Imported here: what sets type on paper is large, and few requests need it.
    from registry.evidence.certificates import certificate_paper

    return Response(certificate_paper(*_evidence(number, query.get("revision")), utc_now()), mimetype="application/pdf")


@certificates.operation("GET", "/certificates/<number>/bundle", query=RevisionArgument, kind="application/zip")
@anybody
def get_certificate_bundle(number: str, query: Mapping[str, Any]) -> Any:
    """The same in a signed archive, for `ocpp-registry verify`."""
    from registry.evidence.certificates import certificate_bundle

    view, badge = _evidence(number, query.get("revision"))
    content = certificate_bundle(view, badge, serial.certificate_json(view), Signer(site().settings.home), utc_now())
    return Response(content, mimetype="application/zip")


@certificates.operation("GET", "/listing/rows/<int:entry_id>", gives=ListedRowShape)
@anybody
def get_listed_row(entry_id: int) -> Any:
    """A row of the OCA's list that holds no certificate number."""
    with site().sessions() as session:
        found = queries.listed_entry(session, entry_id) if entry_id < 2**31 else None
    if found is None:
        raise Refused(404, "The current OCA list has no such row without a certificate number: search for it by its holder.")
    return {"entry": found[0].to_json(), "listing": serial.listed_json(found[1])} | _around(found[0])


@certificates.operation("GET", "/documents/<sha256>", gives=TextShape)
@anybody
def get_document(sha256: str) -> Any:
    """What is known of an original, and its text, names of persons withheld."""
    with site().sessions() as session:
        found = queries.document(session, sha256)
    if found is None:
        raise Refused(404, "This registry has no document with that hash.")
    return serial.document_json(found) | {"text": found.public_text}


@certificates.operation("GET", "/documents/<sha256>/pages/<int:page>", kind="image/png")
@anybody
def get_page_picture(sha256: str, page: int) -> Any:
    """The picture of one page of an original, from 1, names of persons covered."""
    found = page_picture(site().settings, sha256, page) if page < 10_000 else None
    if found is None:
        raise Refused(404, "There is no picture of that page.")
    return Response(found, mimetype="image/png")


def addresses_of(entry: Entry) -> dict[str, str]:
    """Where the API and where a person finds an entry."""
    if entry.number is None:
        return {
            "url": url_for("api_certificates.get_listed_row", entry_id=entry.id),
            "page": url_for("certificates.listed_row", entry_id=entry.id),
        }
    return {
        "url": url_for("api_certificates.get_certificate", number=entry.number, revision=entry.revision),
        "page": url_for("certificates.certificate", number=entry.number, revision=entry.revision),
    }


def _around(entry: Entry) -> dict[str, str | None]:
    """Where the API tells of an entry's holder, product and laboratory."""
    holder, product, laboratory = company_slug(entry.holder), slug(entry.designation), slug(entry.laboratory)
    return {
        "holder_url": url_for("api_products.get_holder", slug=holder) if holder else None,
        "product_url": url_for("api_products.get_product", holder=holder, slug=product) if holder and product else None,
        "laboratory_url": url_for("api_products.get_laboratory", slug=laboratory) if laboratory else None,
    }


def unknown_certificate(number: str, revision: str | None) -> Refused:
    """That there is no such certificate here."""
    of_revision = f" with the revision {revision[:60]}" if revision else ""
    return Refused(404, f"This registry has no document of a certificate {number[:80]}{of_revision}. Numbers look like OCA.0016.0408.CS.")


def day_of(words: str | None) -> date | None:
    """A day as it stands in an argument."""
    try:
        return date.fromisoformat(words) if words else None
    except ValueError as error:
        raise Refused(422, f"on={words} is no day of the calendar: write it as 2026-05-04.") from error


def _query() -> SearchQuery:
    try:
        query = search_url.parse(request.args.to_dict(flat=False))
        refuse_unknown(site().sessions, query)
        return query
    except CannotBegin:
        raise
    except UnknownValue as error:
        raise Refused(422, wording.sentence(error), (Wrong("query", error.parameter, wording.sentence(error)),)) from error
    except RegistryError as error:
        raise Refused(422, wording.sentence(error)) from error


def _evidence(number: str, revision: str | None) -> tuple[CertificateView, Badge]:
    """The certificate, without its audits: they have bundles of their own, and not everybody may see of whom they are."""
    with site().sessions() as session:
        view = queries.certificate(session, number, revision)
        badge = certificate_badge(session, number, view.entry.revision or "") if view is not None else None
    if view is None or badge is None:
        raise unknown_certificate(number, revision)
    return replace(view, audits=()), badge
