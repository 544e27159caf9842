"""Documents that are stored together: the same as one by one, and one that cannot be stored costs no other anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from ingest import storing
from ingest.outcomes import Status
from ingest.rechecks import recheck
from ingest.storing import Came, Waiting, store, store_together
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.facts import CertificateFacts, FieldState, Finding, PerformanceRow, Provenance, Severity
from registry.certificates.models import Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.store import save_extraction
from registry.documents import intake
from registry.documents.intake import Remembered
from registry.documents.models import Document
from registry.errors import CannotBegin
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.listing.store import import_rows
from registry.models import METADATA
from registry.review import standing
from tests.ingest.test_rechecks import FULL, OTHER, REUSED, REVISED, SECURITY, SETTLING
from tests.registry.making import FACTS, extraction, row

NUMBERLESS = replace(FULL, number=None)
ODD = replace(
    FACTS,
    number="OCA.0016.9805.CS",
    holder="Süd \0 강남 \ud800",
    performance=(PerformanceRow("OCPP response timeout", 2**40, 3),),
    certification_date=None,
    profiles=None,
)
LISTED = (
    row(1, number="OCA.0016.9801.CS", certificate_no="OCA.0016.9801.CS", software_version="3.0", company="Maker Co., Ltd."),
    row(2, number="OCA.0016.9804.CS", certificate_no="OCA.0016.9804.CS", software_version="7"),
)
_SAYING = (FULL, SECURITY, SETTLING, REUSED, OTHER, REVISED, NUMBERLESS, FACTS, ODD)


def came(document: str, facts: CertificateFacts, *, version: int = 0) -> Came:
    """A document that was read; another `version` of its reading says something else of one more field. Some hold plain text alone."""
    is_plain = sum(document.encode()) % 3 > 0
    made = extraction(document, facts, **({"errata": f"v{version}"} if version else {}))
    made = replace(
        made,
        fields=(*made.fields, Provenance("software_version", "1", FieldState.UNREAD, None, None, None, "none")),
        findings=(
            *made.findings,
            Finding("odd", Severity.WARNING, "Unlike others." if is_plain else "Ünlike \0 others.", ("holder", "kind")),
        ),
        evidence={"template_residue": ["a"]} if version % 2 else None,
    )
    sizes = [[595.0, 842.0]] if len(document) % 2 else None
    return Came(f"{document}.pdf", document, made.document.sha256, 100 + len(document), made, sizes)


def one_by_one(session: Session, documents: Sequence[Came]) -> list[tuple[str | None, str | None, bool]]:
    """Store them by what stores a single one."""
    stored = []
    for one in documents:
        assert one.extraction is not None
        before = standing.held(session, one.sha256)
        stored.append(save_extraction(session, one.extraction, one.name, size=one.size, parser_version="1"))
        intake.set_page_sizes(session, {one.sha256: one.page_sizes})
        recheck(session, one.sha256, before)
        unread = storing.unread_fields(one.extraction)
        findings = tuple(finding.to_json() for finding in one.extraction.findings)
        status = intake.ReadingStatus.STORED
        number, revision = stored[-1].number, stored[-1].revision
        remembered = Remembered(one.sha256, one.name, status, "1", number=number, revision=revision, unread=unread, findings=findings)
        intake.remember(session, remembered)
    return [(one.number, one.revision, one.created) for one in stored]


def told(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order of its coming, with what it points to in the place of ids.

    Times are left out, and how often the catalogue was changed, which counts statements.
    """
    session.flush()
    documents: dict[int, str] = {one: sha256 for one, sha256 in session.execute(select(Document.id, Document.sha256))}  # noqa: C416 (rows are no pairs)
    names: dict[str, dict[int, Any]] = {
        "document_id": documents,
        "extraction_id": {
            one: (documents[of], content)
            for one, of, content in session.execute(
                select(StoredExtraction.id, StoredExtraction.document_id, StoredExtraction.content_sha256)
            )
        },
        "certificate_id": {one: key for one, *key in session.execute(select(Certificate.id, Certificate.number, Certificate.revision))},
        "entry_id": {one: key for one, *key in session.execute(select(CatalogueEntry.id, CatalogueEntry.number, CatalogueEntry.revision))},
        "listing_row_id": {one: row for one, row in session.execute(select(ListingRowRecord.id, ListingRowRecord.row))},  # noqa: C416 (rows are no pairs)
        "snapshot_id": {one: sha256 for one, sha256 in session.execute(select(ListingSnapshot.id, ListingSnapshot.sha256))},  # noqa: C416 (rows are no pairs)
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, table in METADATA.tables.items():
        if name == "catalogue_version":
            continue
        columns = [column for column in table.c if column.name != "id" and not column.name.endswith("_at") and column.name != "at"]
        named = [names.get(column.name, {}) for column in columns]
        read = session.execute(select(*columns).order_by(*table.primary_key.columns))
        rows = [tuple(name.get(value, value) if name else value for name, value in zip(named, each, strict=True)) for each in read]
        in_order = name in ("document", "extraction", "event")
        found[name] = rows if in_order else sorted(rows, key=repr)
    return found


def assert_same(one: tuple[Any, dict[str, Any]], other: tuple[Any, dict[str, Any]]) -> None:
    """Both ways end alike, table by table."""
    assert one[0] == other[0]
    for table, rows in one[1].items():
        assert rows == other[1][table], table


_readings = st.lists(
    st.builds(
        lambda document, facts, version: came(f"document {document}", facts, version=version),
        st.integers(1, 6),
        st.sampled_from(_SAYING),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=6,
)


@hypothesis_settings(
    max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=_readings, documents=_readings)
def test_together_is_as_one_by_one(session: Session, before: list[Came], documents: list[Came]) -> None:
    # A batch has each document once.
    documents = list({one.sha256: one for one in documents}.values())
    results = []
    for way in (one_by_one, lambda session, documents: [_key(one) for one in store_together(session, "1", documents)]):
        with session.begin_nested() as attempt:
            import_rows(session, "list.csv", "0" * 64, LISTED)
            one_by_one(session, before)
            results.append(([key[:2] for key in way(session, documents)], told(session)))
            attempt.rollback()
    assert_same(*results)


def _key(stored: storing.Stored) -> tuple[str | None, str | None, bool]:
    return stored.outcome.number, stored.outcome.revision, stored.outcome.status is Status.NEW


def test_many_new_documents_are_as_one_by_one(session: Session) -> None:
    documents = [
        came(
            f"document {number}", replace(FACTS if number % 3 else FULL, number=f"OCA.0016.{number:04}.CS", designation=f"AC-{number // 2}")
        )
        for number in range(12)
    ]
    documents.append(
        came("unclean", replace(FACTS, number="OCA.0016.0099.CS", configuration_keys={"K\0": "\ud800"}, profiles={"Core\0": "Pass"}))
    )
    documents.insert(5, came("a security certificate", replace(SECURITY, designation="AC-1")))
    documents.insert(7, came("no number", NUMBERLESS))
    results = []
    for way in (one_by_one, lambda session, documents: [_key(one) for one in store_together(session, "1", documents)]):
        with session.begin_nested() as attempt:
            results.append((way(session, documents), told(session)))
            attempt.rollback()
    assert_same(*results)
    assert len(results[1][1]["certificate"]) == 14
    assert len(results[1][1]["finding"]) > 3 * 14, "the security certificate is of another version than its product"


def test_a_document_that_cannot_be_stored_costs_no_other_anything(session_factory: sessionmaker[Session]) -> None:
    documents = [came(f"document {number}", replace(FULL, number=f"OCA.0016.{number:04}.CS")) for number in range(5)]
    broken = documents[2]
    assert broken.extraction is not None
    documents[2] = replace(broken, extraction=replace(broken.extraction, certificate=replace(FULL, certification_date="no day")))
    stored = store(session_factory, "1", documents)
    assert [one.outcome.status for one in stored] == [Status.NEW, Status.NEW, Status.REFUSED, Status.NEW, Status.NEW]
    said = stored[2].outcome.message
    assert said is not None
    assert said.startswith("document 2.pdf: what was read of it cannot be stored (Invalid isoformat string")
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 4
        assert set(intake.remembered(session, [one.sha256 for one in documents])) == {one.sha256 for one in documents}


def test_what_only_the_database_refuses_is_found_too(session_factory: sessionmaker[Session]) -> None:
    documents = [came(f"document {number}", replace(FULL, number=f"OCA.0016.{number:04}.CS")) for number in range(3)]
    documents[1] = replace(documents[1], size=2**70)
    stored = store(session_factory, "1", documents)
    assert [one.outcome.status for one in stored] == [Status.NEW, Status.REFUSED, Status.NEW]


def test_a_database_that_cannot_be_written_ends_it(session_factory: sessionmaker[Session]) -> None:
    documents = [came(f"document {number}", replace(FULL, number=f"OCA.0016.{number:04}.CS")) for number in range(2)]

    def full(*_: object) -> None:
        raise CannotBegin("the database has no room left")

    event.listen(session_factory.kw["bind"], "commit", full)
    with pytest.raises(CannotBegin):
        store(session_factory, "1", documents)
    event.remove(session_factory.kw["bind"], "commit", full)
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_what_waits_is_due_when_it_is_much_or_has_waited_long() -> None:
    now = 100.0
    waiting = Waiting(clock=lambda: now)
    assert (waiting.seconds_left, waiting.is_due) == (None, False)
    waiting.add(came("one", FULL))
    now += storing.PATIENCE_SECONDS / 2
    waiting.add(came("two", FULL))
    assert waiting.seconds_left == pytest.approx(storing.PATIENCE_SECONDS / 2)
    assert not waiting.is_due
    now += storing.PATIENCE_SECONDS
    due: bool = waiting.is_due
    assert due
    assert [one.name for one in waiting.take()] == ["one", "two"]
    assert not waiting.is_due
    for number in range(storing.MOST_TOGETHER):
        assert not waiting.is_due
        waiting.add(came(str(number), FULL))
    assert waiting.is_due
