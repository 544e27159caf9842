"""The pages of the catalogue: search, one certificate, and both as JSON and CSV."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from registry import wording
from registry.accounts.access import anybody, current, sign_in_address
from registry.audits.showing import shown as shown_audit
from registry.audits.store import recent
from registry.bulk import batches
from registry.cache import shows_catalogue_alone, versions
from registry.certificates import presentation, search_url, serial
from registry.certificates.closed import refuse_unknown
from registry.certificates.facts import CertificateFacts, Provenance
from registry.certificates.outlines import PagesOutlining, RowOutlining
from registry.certificates.past import past
from registry.certificates.paths import values
from registry.certificates.product_views import ENTRY_COLUMNS, products
from registry.certificates.queries import (
    CertificateView,
    Entry,
    ListedView,
    all_entries,
    counts,
    forgiving_search,
    listed_entry,
    understood,
)
from registry.certificates.queries import certificate as find_certificate
from registry.certificates.search import SearchQuery, SearchResult
from registry.certificates.words import company_slug, slug
from registry.errors import CannotBegin, RegistryError
from registry.export import Table, csv_response, json_response, links, offer, sent
from registry.fragments import filled_each, filled_page, kept, part_of
from registry.language import counted
from registry.language import gettext as _
from registry.review.beside import Line, lines
from registry.review.corrections import Correction
from registry.site import site

LONGEST_KEY_TEXT = 200
ENTRIES_AT_ONCE = 200
FACET_VALUES_SHOWN = 7

certificates = Blueprint("certificates", __name__)
certificates.register_blueprint(products)


@certificates.get("/")
@anybody
def home() -> str:
    """The search, and on a first visit what this is and the latest audit."""
    query, now, answers = _query(), versions().catalogue, site().answers
    first_visit = not request.args
    if not first_visit:
        shows_catalogue_alone()
    with site().sessions() as session:
        found = answers.search(session, query, now)
        if query.page > found.pages:
            abort(
                404,
                counted(
                    "This search has %(num)s page, and no page %(page)s.",
                    "This search has %(num)s pages, and no page %(page)s.",
                    found.pages,
                    page=query.page,
                ),
            )
        rows = answers.lines(session, found.entries, now)
        latest = tuple(map(shown_audit, recent(session, limit=1))) if first_visit else ()
        totals = counts(session) if first_visit else None
    around = search_url.Links(_home(request.script_root), search_url.pairs(query))
    pieces = (
        filled_each(part_of("certificates/_found.html", "result"), rows, RowOutlining(wording.days())),
        filled_each(part_of("macros.html", "turning"), _turning(found, around), PagesOutlining()),
        escape(sign_in_address()),
    )

    def made(shown: Sequence[Markup]) -> str:
        return render_template(
            "certificates/search.html",
            query=query,
            found=found,
            rows=shown[0],
            pages=shown[1],
            sign_in_address=lambda: shown[2],
            filters=_filters(found, around),
            latest=latest[0] if latest else None,
            totals=totals,
            first_visit=first_visit,
            choices=search_url.choices(query),
            sorts=tuple(search_url.SORT_LABELS.items()),
            links=around,
            pairs=search_url.pairs,
            facet_labels=search_url.FACET_LABELS,
            home=around.path,
            present=around.present,
            exports=_exports(request.script_root, around.present),
        )

    if first_visit or not found.entries or current() is not None:
        return made(pieces)
    # All pages of a search have the same around their rows, as long as the catalogue stays what it is.
    return filled_page((now, around), pieces, made)


@certificates.get("/certificates")
@anybody
def index() -> ResponseReturnValue:
    """The search lives at the root; its older or guessed address leads there with its parameters."""
    return redirect(search_url.address(url_for(".home"), request.args.items(multi=True)), 301)


@certificates.get("/certificates.json")
@anybody
def search_json() -> Response:
    """The search for programs: all of it, or, where the address names a page or its size, one page with the address of the next."""
    query, now = _query(), versions().catalogue
    if not request.args.keys() & {"page", "size"}:
        return sent(_search(), "json")
    with site().sessions() as session:
        found = site().answers.search(session, query, now)
        rows = site().answers.lines(session, found.entries, now)
    return json_response(_result_json(found) | {"entries": [_line_json(line) for line in rows]})


def _search() -> Table:
    """Everything that the search finds, whatever its page, one entry a row."""
    query = _query()
    with site().sessions() as session:
        taken, _ = understood(session, query)
        head = _result_json(forgiving_search(session, replace(query, page=1))) | {"page": 1, "pages": 1, "next": None}
    return Table("certificates", ENTRY_COLUMNS, lambda session: _entries(session, taken), "entries", head)


def _entries(session: Session, query: SearchQuery) -> Iterator[dict[str, Any]]:
    for batch in batches(all_entries(session, query), ENTRIES_AT_ONCE):
        yield from map(_line_json, lines(session, batch))


offer(certificates, "/certificates", "search", _search, anybody, ("csv", "xlsx"))


@certificates.get("/certificates/<number>")
@anybody
def certificate(number: str) -> str:
    """One certificate: what it says, where it says so, and what does not agree."""
    view = _certificate(number)
    listed = [_listed(view.facts, item, view) for item in view.listed]
    if view.facts is None or view.document is None:
        return render_template(
            "certificates/listed.html", entry=view.entry, view=view, listed=listed, slugs=_slugs(view.entry), past=past(view.events)
        )
    text, choice = request.args.get("keys", "")[:LONGEST_KEY_TEXT], request.args.get("show", "all")
    if choice not in presentation.KEY_CHOICES:
        abort(
            400,
            _(
                "Configuration keys cannot be chosen by “%(choice)s”: use %(key_choices)s.",
                choice=choice[:40],
                key_choices=wording.listed(presentation.KEY_CHOICES),
            ),
        )
    keys = presentation.keys(view.facts, view.provenance)
    lines = presentation.lines(view.document.public_text, view.provenance)
    return render_template(
        "certificates/certificate.html",
        entry=view.entry,
        slugs=_slugs(view.entry),
        view=view,
        facts=view.facts,
        listed=listed,
        covered=presentation.covered(view.facts),
        product_fields=presentation.PRODUCT_FIELDS,
        test_fields=presentation.TEST_FIELDS,
        bar=presentation.bar,
        keys=presentation.narrowed(keys, text, choice),
        key_text=text,
        key_choice=choice,
        key_choices=[(name, label, len(presentation.narrowed(keys, "", name))) for name, label in presentation.KEY_CHOICES.items()],
        lines=lines,
        past=past(view.events),
        where=lambda place: presentation.where(place, lines),
    )


@certificates.get("/certificates/<number>.json")
@anybody
def certificate_json(number: str) -> Response:
    """The certificate as `ocpp-registry parse --json` prints it, with what the list and the audits say."""
    document = serial.certificate_json(_certificate(number))
    for audit in document["audits"]:
        audit["url"] = url_for("audits.show", audit_id=audit["id"])
    return json_response(document)


@certificates.get("/certificates/<number>.csv")
@anybody
def certificate_csv(number: str) -> Response:
    """Every value of the certificate in a row, with its state and its place; for an entry without document, what the list says."""
    view = _certificate(number)
    name = f"{number}.csv"
    if view.facts is None:
        rows = [(row.label, row.listed or "") for item in view.listed for row in presentation.beside_list(None, item.row, ())]
        return csv_response(("field", "oca_list"), rows, name)
    header = ("field", "value", "state", "printed", "page", "line", "rule", "read_before_correction", "corrected_at", "reason")
    return csv_response(header, _value_rows(view.facts, view.provenance, view.corrected), name)


@certificates.get("/listing/<int:entry_id>")
@anybody
def listed_row(entry_id: int) -> str:
    """A row of the OCA list that holds no certificate number."""
    with site().sessions() as session:
        found = listed_entry(session, entry_id) if entry_id < 2**31 else None
    if found is None:
        abort(404, _("The current OCA list has no such row without a certificate number. Look for it by its holder."))
    entry, item = found
    return render_template("certificates/listed.html", entry=entry, view=None, slugs=_slugs(entry), listed=[_listed(None, item, None)])


def _query() -> SearchQuery:
    try:
        query = search_url.parse(request.args.to_dict(flat=False))
        refuse_unknown(site().sessions, query)
        return query
    except CannotBegin:
        raise
    except RegistryError as error:
        abort(400, wording.sentence(error))


def _certificate(number: str) -> CertificateView:
    revision = request.args.get("revision")
    with site().sessions() as session:
        view = find_certificate(session, number, revision)
        written = " ".join(number.split()).upper()
        if view is None and written != number and find_certificate(session, written, revision) is not None:
            # Numbers are copied from mails and lists in small letters, and are in capitals here.
            abort(redirect(search_url.address(url_for(request.endpoint or "", number=written), tuple(request.args.items(multi=True)))))
    if view is None:
        if revision:
            named = {"number": number[:80], "revision": revision[:60]}
            abort(404, _("This registry knows no certificate %(number)s with the revision “%(revision)s”.", **named))
        abort(404, _("This registry knows no certificate %(number)s. Numbers look like OCA.0016.0408.CS.", number=number[:80]))
    return replace(view, audits=tuple(map(shown_audit, view.audits)))


def _listed(facts: CertificateFacts | None, item: ListedView, view: CertificateView | None) -> dict[str, Any]:
    findings = view.findings.get("listing", ()) if view else ()
    return {"listed": item, "rows": presentation.beside_list(facts, item.row, findings), "address": _web_address(item.row.url)}


def _slugs(entry: Entry) -> dict[str, str | None]:
    """What the pages of the entry's holder, product and laboratory are found by."""
    return {"holder": company_slug(entry.holder), "product": slug(entry.designation), "laboratory": slug(entry.laboratory)}


def _web_address(text: str | None) -> str | None:
    """The list's link, if it is one that a browser may be sent to: a cell of a list could hold anything."""
    try:
        return text if text and urlsplit(text).scheme in ("http", "https") else None
    except ValueError:
        return None


def _address_of(entry: Entry) -> str:
    if entry.number is None:
        return url_for(".listed_row", entry_id=entry.id)
    return url_for(".certificate", number=entry.number, revision=entry.revision)


@lru_cache(maxsize=256)
def _home(_root: str) -> str:
    """The address of the search, on a site that is mounted there."""
    return url_for("certificates.home")


def _turning(found: SearchResult, around: search_url.Links) -> Iterator[tuple[Hashable, ...]]:
    """What the part `turning` of the page shows; nothing of a search of one page."""
    page, pages = found.query.page, found.pages
    if pages > 1:
        addresses = around.on_page(page - 1) if page > 1 else None, around.on_page(page + 1) if page < pages else None
        yield str(page), str(pages), found.more, *addresses


@lru_cache(maxsize=256)
def _exports(_root: str, present: search_url.Pairs) -> dict[str, str]:
    """The addresses of a search's files, on a site that is mounted there."""
    return links(".search", present)


def _filters(found: SearchResult, around: search_url.Links) -> Markup:
    """What stands beside the rows: in two orders, neither of them that by default, alike but for the name of the order in its addresses."""
    part = part_of("certificates/_found.html", "filters")
    if found.query.sort == search_url.DEFAULT_SORT:
        return kept(part, tuple(_facets(found, around)))

    def made(shown: Sequence[Markup]) -> str:
        return part(tuple(_facets(found, around.in_order(str(shown[0])))))

    return filled_page(("filters", tuple(_facets(found, around.in_order("")))), (escape(found.query.sort),), made)


def _facets(found: SearchResult, around: search_url.Links) -> Iterator[tuple[Hashable, ...]]:
    """What the part `facet` of the page shows of each."""
    for name, label in search_url.FACET_LABELS.items():
        if values := found.facets[name]:
            yield around, name, label, values, FACET_VALUES_SHOWN, found.more, name in found.cut


def _result_json(found: SearchResult) -> dict[str, Any]:
    """The search without its entries."""
    following = search_url.pairs(found.query, page=found.query.page + 1) if found.query.page < found.pages else None
    return serial.found_json(found) | {"next": search_url.address(url_for(".search_json"), following) if following else None}


def _line_json(line: Line) -> dict[str, Any]:
    return serial.line_json(line) | {"url": _address_of(line.entry)}


def _value_rows(
    facts: CertificateFacts, provenance: Mapping[str, Provenance], corrected: Mapping[str, Correction]
) -> Iterator[tuple[object, ...]]:
    """The certificate's values by the paths of its provenance, in its order."""
    found = values(facts)
    for path in dict.fromkeys((*found, *provenance)):
        place = provenance.get(path)
        where = (place.state, place.raw, place.page, place.line, place.rule) if place else ("", "", "", "", "")
        decided = corrected.get(path)
        change = (decided.read_value, decided.at.isoformat(), decided.reason) if decided else ("", "", "")
        yield (path, found.get(path), *where, *change)
