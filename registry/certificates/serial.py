"""The catalogue for programs: each thing as plain JSON, in one place for the pages' files and the API. Pure; addresses are the callers'."""

from __future__ import annotations

from typing import Any

from registry.certificates.comparing import Comparison
from registry.certificates.products import AtVersion, NamedProduct, Party, Product
from registry.certificates.queries import CertificateView, DocumentView, Entry, ListedView
from registry.certificates.search import Filtered, SearchResult
from registry.certificates.search_url import FACET_PARAMETERS
from registry.events import Happening
from registry.matching.revisions import UNTOLD
from registry.review.beside import Line

_LISTED = (
    *("row", "certificate_no", "company", "country", "designation", "certificate_type", "software_version", "protocol", "date", "url"),
    "product_type",
)


def found_json(found: SearchResult) -> dict[str, Any]:
    """What a search says besides its entries: how many there are, what was searched for in place of what, and the facets."""
    return {
        "total": found.total,
        "more": found.more,
        "page": found.query.page,
        "pages": found.pages,
        "notice": found.notice,
        "replaced": {one.typed: one.taken for one in found.replaced},
        "offered": list(found.offered),
        "known_as": [one.to_json() for one in found.known_as],
        "filters": [filtered_json(one) for one in found.filters],
        "facets": {
            FACET_PARAMETERS[name]: [{"value": one.value, "count": one.count, "selected": one.selected} for one in values]
            for name, values in found.facets.items()
        },
        "cut": sorted(FACET_PARAMETERS[name] for name in found.cut),
    }


def filtered_json(filtered: Filtered) -> dict[str, Any]:
    """Words of a text that are filters: by argument what these let through, with the text that is left, and how many there are."""
    chosen = {FACET_PARAMETERS[name]: list(values) for name, values in filtered.chosen}
    return {"typed": filtered.typed, "chosen": chosen, "q": filtered.text, "total": filtered.count, "more": filtered.more}


def line_json(line: Line) -> dict[str, Any]:
    """An entry with how it stands, how many findings there are of it, and the decisions that changed what it shows."""
    beside = {"state": str(line.state), "findings": line.findings, "corrections": [one.to_json() for one in line.corrections]}
    return line.entry.to_json() | beside


def certificate_json(view: CertificateView) -> dict[str, Any]:
    """Everything about one certificate: what it says, where it says so, what does not agree, and what happened to it."""
    return {
        "entry": view.entry.to_json(),
        "document": document_json(view.document) if view.document is not None else None,
        "documents": [document_json(one) for one in view.documents],
        "parser_version": view.parser_version,
        "read_at": view.read_at.isoformat() if view.read_at else None,
        "checked_as_decided": view.checked_as_decided,
        "certificate": view.facts.to_json() if view.facts else None,
        "fields": [place.to_json() for place in view.provenance.values()],
        "findings": [finding.to_json() for finding in view.all_findings],
        "corrections": [one.to_json() for one in view.corrected.values()],
        "listing": [listed_json(item) for item in view.listed],
        "audits": [audit.to_json() for audit in view.audits],
        "history": [happening_json(one) for one in view.events],
        "other_revisions": list(view.other_revisions),
        "state": str(view.standing.state),
        "held_now": _held_json(view.standing.held_now),
        "unlisted": view.is_unlisted,
    }


def document_json(document: DocumentView) -> dict[str, Any]:
    """What is known of an original."""
    return {
        "sha256": document.sha256,
        "media_type": document.media_type,
        "pages": document.pages,
        "text_source": document.text_source,
        "name": document.name,
        "size": document.size,
        "received_at": document.received_at.isoformat(),
    }


def listed_json(item: ListedView) -> dict[str, Any]:
    """A row of the OCA's list, and where it was seen."""
    return {name: getattr(item.row, name) for name in _LISTED} | {
        "source": item.source,
        "imported_at": item.imported_at.isoformat(),
        "current": item.current,
        "notes": [note.message for note in item.row.notes],
    }


def happening_json(one: Happening) -> dict[str, Any]:
    """Something that happened; who did it is left out, as it is on the pages."""
    return {
        "kind": str(one.kind),
        "subject": one.subject,
        "number": one.number,
        "revision": one.revision,
        "payload": dict(one.payload),
        "at": one.at.isoformat() if one.at else None,
    }


def product_json(product: Product) -> dict[str, Any]:
    """A product with its versions, and what its certificates cover together at each."""
    return {
        "holder": product.holder,
        "holder_slug": product.holder_slug,
        "name": product.name,
        "slug": product.slug,
        "spellings": list(product.spellings),
        "other_forms": list(product.other_forms),
        "known_as": [one.to_json() for one in product.aliases],
        "versions": [_version_json(version, product) for version in product.versions],
        "cut": product.cut,
    }


def party_json(party: Party) -> dict[str, Any]:
    """A holder or a laboratory with the products."""
    return {
        "slug": party.slug,
        "name": party.name,
        "spellings": list(party.spellings),
        "other_forms": list(party.other_forms),
        "known_as": [one.to_json() for one in party.aliases],
        "other_names": list(party.other_names),
        "certificates": party.certificates,
        "products": [_named_json(one) for one in party.products],
        "cut": party.cut,
    }


def comparison_json(found: Comparison) -> dict[str, Any]:
    """The sides, and every row with its values in their order, differences first."""
    rows = (*found.differing, *found.one_sided, *found.alike)
    return {
        "sides": [
            {
                "title": side.title,
                "under": side.under,
                "number": side.number,
                "revision": side.revision,
                "product": list(side.product) if side.product else None,
                "has_document": side.has_document,
                "state": str(side.state) if side.state is not None else None,
            }
            for side in found.sides
        ],
        "rows": [
            {
                "group": row.group,
                "label": row.label,
                "values": list(row.values),
                "differs": row.differs,
                "one_sided": row.is_one_sided,
            }
            for row in rows
        ],
    }


def _version_json(version: AtVersion, product: Product) -> dict[str, Any]:
    return {
        "version": version.version,
        "protocol": version.protocol,
        "role": version.role,
        "is_apart": version.is_apart,
        "told": list(version.told),
        "covered": {profile: [_name(entry) for entry in entries] for profile, entries in version.covered.items()},
        "undocumented": [_name(entry) for entry in version.undocumented],
        "entries": [
            entry.to_json()
            | {
                "state": str(product.standing(entry).state),
                "held_now": _held_json(product.standing(entry).held_now),
                "unlisted": entry.id in product.unlisted,
            }
            for entry in version.entries
        ],
    }


def _held_json(revision: str | None) -> dict[str, Any] | None:
    """The revision that holds in the place of another; None where this one does."""
    if revision is None:
        return None
    return {"known": revision != UNTOLD, "revision": revision if revision not in ("", UNTOLD) else None}


def _named_json(one: NamedProduct) -> dict[str, Any]:
    return {
        "holder": one.holder,
        "holder_slug": one.holder_slug,
        "name": one.name,
        "slug": one.slug,
        "certificates": one.certificates,
        "versions": one.versions,
        "newest": one.newest.isoformat() if one.newest else None,
    }


def _name(entry: Entry) -> str:
    """A certificate as comparisons name it; a row of the list without a number by its id."""
    return "/".join(part for part in (entry.number, entry.revision) if part) or f"#{entry.id}"
