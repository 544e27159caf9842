"""Rebuilds catalogue entries from what the registry holds: the certificates, and the newest listing row of each number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.among import among, pairs_among
from registry.bulk import batches, insert_rows, next_ids
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, CatalogueWord, day_key, number_key
from registry.certificates.fulltext import remove, write
from registry.certificates.layout import forget
from registry.certificates.models import Certificate, ProfileResult
from registry.certificates.places import place
from registry.certificates.profiles import catalogued
from registry.certificates.tallies import apply, changed_by
from registry.certificates.terms import FACETS, facet_column
from registry.certificates.words import apart_key, company_key, company_slug, fold, protocol_of, role_of, search_text, slug, spelt_words
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.listing.types import listed_profiles, names_all
from registry.matching.aliases import Aliases

Key = tuple[str, str]
"""Number and revision, the latter empty for none."""

LONGEST_SHOWN = 300
LONGEST_COUNTRY, LONGEST_LABORATORY, LONGEST_PROTOCOL = 100, 100, 40
"""They are in an index beside the holder, and PostgreSQL's hold 2,700 bytes of an entry."""
_REMEMBERED = [getattr(CatalogueEntry, name) for name in ("id", "newest_key", *map(facet_column, FACETS))]
"""What has to be known of an entry to take it out of what is kept besides it."""


class OfCertificate(NamedTuple):
    """What an entry shows of a certificate, as the registry holds it; its `profiles` are their names, each with its result."""

    id: int
    number: str
    revision: str
    role: str | None
    protocol: str | None
    kind: str | None
    holder: str | None
    designation: str | None
    software_version: str | None
    test_laboratory: str | None
    certification_date: date | None
    model: str | None
    vendor_name: str | None
    profiles: Sequence[tuple[str, str | None]]


_COLUMNS = [getattr(Certificate, name) for name in OfCertificate._fields if name != "profiles"]
ROLE_OF_PRODUCT_TYPE = {"Charging Station Management System": "CSMS", "Charging Station": "CS"}


def project(session: Session, keys: Collection[Key], known: Mapping[Key, OfCertificate] = MappingProxyType({})) -> None:
    """Rebuild the entries of `keys`: a certificate joined with the newest row that the list ever had for it.

    Those that are `known` have just been stored so, and are not asked for.
    """
    current, aliases = current_snapshot_id(session), recorded(session)
    for batch in batches(sorted(keys)):
        certificates = {**known, **_certificates(session, [key for key in batch if key not in known])}
        rows = _newest_rows(session, batch)
        entries = [
            _entry(key, certificates.get(key), rows.get(key, []), current, aliases) for key in batch if key in certificates or key in rows
        ]
        _replace(session, pairs_among(session, CatalogueEntry.number, CatalogueEntry.revision, batch), entries)


def project_unnumbered(session: Session) -> None:
    """Rebuild the entries of listing rows without a certificate number: those of the current list, each by itself."""
    current, aliases = current_snapshot_id(session), recorded(session)
    rows = session.scalars(
        select(ListingRowRecord)
        .where(ListingRowRecord.snapshot_id == current, ListingRowRecord.number.is_(None))
        .order_by(ListingRowRecord.row)
    ).all()
    _replace(session, CatalogueEntry.number.is_(None), [_entry((None, ""), None, [row], current, aliases) for row in rows])


def current_snapshot_id(session: Session) -> int | None:
    """The id of the newest snapshot of the list; None before the first import."""
    return session.scalar(select(func.max(ListingSnapshot.id)))


def _certificates(session: Session, keys: list[Key]) -> dict[Key, OfCertificate]:
    if not keys:
        return {}
    found = session.execute(select(*_COLUMNS).where(pairs_among(session, Certificate.number, Certificate.revision, keys))).all()
    results = _results(session, [row.id for row in found])
    return {(row.number, row.revision): OfCertificate._make((*row, results.get(row.id, []))) for row in found}


def _results(session: Session, certificate_ids: list[int]) -> dict[int, list[tuple[str, str | None]]]:
    """The rows of profiles, each with its result; None for one that was not read."""
    statement = (
        select(ProfileResult.certificate_id, ProfileResult.profile, ProfileResult.result)
        .where(among(session, ProfileResult.certificate_id, certificate_ids))
        .order_by(ProfileResult.certificate_id, ProfileResult.position)
    )
    found: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for certificate_id, profile, result in session.execute(statement):
        found[certificate_id].append((profile, result))
    return found


def _newest_rows(session: Session, keys: list[Key]) -> dict[Key, list[ListingRowRecord]]:
    """The rows of each key in the newest snapshot that has any, in the order of the list."""
    newest = (
        select(ListingRowRecord.number, ListingRowRecord.revision, func.max(ListingRowRecord.snapshot_id).label("snapshot_id"))
        .where(pairs_among(session, ListingRowRecord.number, ListingRowRecord.revision, keys))
        .group_by(ListingRowRecord.number, ListingRowRecord.revision)
        .subquery()
    )
    statement = (
        select(ListingRowRecord)
        .join(
            newest,
            (ListingRowRecord.number == newest.c.number)
            & (ListingRowRecord.revision == newest.c.revision)
            & (ListingRowRecord.snapshot_id == newest.c.snapshot_id),
        )
        .order_by(ListingRowRecord.row)
    )
    rows: dict[Key, list[ListingRowRecord]] = defaultdict(list)
    for row in session.scalars(statement):
        rows[str(row.number), row.revision].append(row)
    return rows


def _entry(
    key: tuple[str | None, str],
    certificate: OfCertificate | None,
    rows: list[ListingRowRecord],
    current: int | None,
    aliases: Aliases,
) -> dict[str, Any]:
    number, revision = key
    row = rows[0] if rows else None
    values = _of_document(certificate) if certificate is not None else _of_listing(rows[0])
    day: date | None = values["date"]
    texts = [text for listed in rows for text in (listed.certificate_no, listed.company, listed.designation, listed.software_version)]
    if certificate is not None:
        texts += [certificate.model, certificate.vendor_name]
    # By each of a company's names, whichever of them is printed.
    texts += aliases.others(values["holder"] or "")
    holder_slug = company_slug(values["holder"])
    listed_slug = company_slug(row.company) if row is not None else None
    return values | {
        "holder_slug": holder_slug,
        "listed_slug": listed_slug if listed_slug != holder_slug else None,
        "designation_slug": slug(values["designation"]),
        "laboratory_slug": slug(values["laboratory"]),
        "company_key": company_key(values["holder"]),
        "apart_key": apart_key(values["holder"]),
        "number": number,
        "revision": revision,
        "certificate_id": certificate.id if certificate is not None else None,
        "listing_row_id": row.id if row is not None else None,
        "holder_key": fold(values["holder"] or ""),
        "newest_key": day_key(day, newest=True),
        "oldest_key": day_key(day),
        "number_key": number_key(number),
        "country": _shown(row.country, LONGEST_COUNTRY) if row is not None else None,
        "year": day.year if day is not None else None,
        "has_document": certificate is not None,
        "listed": row is not None and row.snapshot_id == current,
        "search_text": search_text(
            [number, revision, *(values[name] for name in ("holder", "designation", "software_version", "laboratory")), *texts]
        ),
    }


def _of_document(certificate: OfCertificate) -> dict[str, Any]:
    """The document's own values, unread ones left out: the list's must not pass for what the certificate attests."""
    passed = [profile for profile, result in certificate.profiles if result == "Pass"]
    is_all = bool(certificate.profiles) and None not in (result for _, result in certificate.profiles)
    return {
        "role": certificate.role,
        "protocol": _shown(certificate.protocol, LONGEST_PROTOCOL),
        "kind": _shown(certificate.kind),
        "holder": _shown(certificate.holder),
        "designation": _shown(certificate.designation),
        "software_version": _shown(certificate.software_version),
        "laboratory": _shown(certificate.test_laboratory, LONGEST_LABORATORY),
        "date": certificate.certification_date,
        "profiles": _shown_each(catalogued(passed, is_all=is_all)),
    }


def _of_listing(row: ListingRowRecord) -> dict[str, Any]:
    """The list's values; protocol and role as the number says them, where it does (the list files some under the wrong type)."""
    return {
        "role": role_of(row.number) or ROLE_OF_PRODUCT_TYPE.get(row.product_type or ""),
        "protocol": protocol_of(row.number) or _shown(row.protocol, LONGEST_PROTOCOL),
        "kind": _shown(row.certificate_type),
        "holder": _shown(row.company),
        "designation": _shown(row.designation),
        "software_version": _shown(row.software_version),
        "laboratory": None,
        "date": _iso_date(row.date),
        "profiles": catalogued(listed_profiles(row.certificate_type), is_all=names_all(row.certificate_type)),
    }


def _replace(session: Session, condition: ColumnElement[bool], entries: list[dict[str, Any]]) -> None:
    """Put `entries` in the place of those that `condition` holds of."""
    replaced = [dict(row) for row in session.execute(select(*_REMEMBERED).where(condition)).mappings()]
    change = changed_by(replaced, -1)
    if replaced:
        forget(session, (entry["newest_key"] for entry in replaced))
        remove(session, [place(entry["newest_key"], entry["id"]) for entry in replaced])
        session.execute(delete(CatalogueEntry).where(condition))
    change.update(changed_by(entries, 1))
    add(session, entries)
    apply(session, change)


def add(session: Session, entries: list[dict[str, Any]]) -> None:
    """Add entries, given by their columns, to all that a search reads but the tallies; whoever calls is the only writer."""
    if not entries:
        return
    forget(session, (entry["newest_key"] for entry in entries))
    ids = next_ids(session, CatalogueEntry, len(entries))
    columns = tuple(entries[0])
    rows = [(entry_id, *(entry[name] for name in columns)) for entry_id, entry in zip(ids, entries, strict=True)]
    insert_rows(session, CatalogueEntry, ("id", *columns), rows)
    profiles = [(entry_id, profile) for entry_id, entry in zip(ids, entries, strict=True) for profile in entry["profiles"]]
    insert_rows(session, CatalogueProfile, ("entry_id", "profile"), profiles)
    write(session, list(zip(ids, entries, strict=True)))
    words = set().union(*(spelt_words(entry["search_text"]) for entry in entries))
    spelt = [(word, len(word), word[::-1], word.isalpha()) for word in sorted(words)]
    insert_rows(session, CatalogueWord, ("word", "length", "backwards", "letters"), spelt, may_be_there=True)


def _shown(value: str | None, longest: int = LONGEST_SHOWN) -> str | None:
    """`value` cut to what a line of the catalogue can show and an index can hold; the certificate itself keeps all of it."""
    return value if value is None or len(value) <= longest else value[: longest - 1] + "…"


def _shown_each(profiles: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(_shown(profile)) for profile in profiles))


def _iso_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
