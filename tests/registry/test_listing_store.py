"""The list as an independent witness: each import a snapshot, each difference an event, the current one in the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.acting import ITSELF
from registry.certificates import queries, store
from registry.certificates.facts import Finding, Severity
from registry.certificates.queries import SearchQuery
from registry.events import EventKind, Happening, history
from registry.listing.models import ListingSnapshot
from registry.listing.store import ImportSummary, current_rows, import_rows
from registry.listing.types import listed_profiles, names_all
from tests.registry.making import Ticking, extraction, row
from tests.registry.test_certificate_store import everything

ROWS = (row(1), row(2, notes=(Finding("odd", Severity.NOTE, "An odd row.", ("company",)),)), row(3, certificate_no="Holder 3", number=None))


def told(session: Session, number: str = "OCA.0016.0001.CSMS", revision: str | None = None) -> list[EventKind]:
    return [happening.kind for happening in reversed(history(session, number, revision))]


def numbers(session: Session) -> dict[str | None, bool]:
    return {entry.number: entry.listed for entry in queries.all_entries(session, SearchQuery())}


def test_rows_come_back_as_they_were_stored(session: Session) -> None:
    summary = import_rows(session, "list.csv", "00", ROWS)
    assert summary == ImportSummary(summary.snapshot_id, created=True, rows=3, new=2)
    assert current_rows(session) == ROWS
    assert told(session) == [EventKind.NEW]
    assert numbers(session) == {"OCA.0016.0001.CSMS": True, "OCA.0016.0002.CSMS": True, None: True}


def test_there_are_no_rows_before_the_first_import(session: Session) -> None:
    assert current_rows(session) == ()
    assert queries.counts(session) == queries.RegistryCounts(0, 0, 0, None)


def test_the_same_list_again_changes_nothing(session: Session) -> None:
    first = import_rows(session, "list.csv", "00", ROWS)
    before = everything(session)
    assert import_rows(session, "copy.csv", "00", ROWS) == ImportSummary(first.snapshot_id, created=False, rows=3)
    assert everything(session) == before


def test_the_same_bytes_read_otherwise_are_another_snapshot(session: Session) -> None:
    import_rows(session, "list.csv", "00", ROWS)
    assert import_rows(session, "list.csv", "00", (replace(ROWS[0], company="Holder 9"), *ROWS[1:])).created


def test_a_list_that_was_current_before_becomes_current_again(session: Session) -> None:
    clock = Ticking()
    import_rows(session, "a.csv", "aa", [row(1)], clock=clock)
    import_rows(session, "b.csv", "bb", [row(2)], clock=clock)
    summary = import_rows(session, "a.csv", "aa", [row(1)], clock=clock)
    assert (summary.new, summary.reappeared, summary.withdrawn) == (0, 1, 1)
    assert session.scalar(select(func.count(ListingSnapshot.id))) == 3
    assert told(session) == [EventKind.NEW, EventKind.WITHDRAWN, EventKind.REAPPEARED]
    assert numbers(session) == {"OCA.0016.0001.CSMS": True, "OCA.0016.0002.CSMS": False}


def test_what_left_the_list_is_still_told_from_its_last_row(session: Session) -> None:
    import_rows(session, "a.csv", "aa", [row(1)])
    import_rows(session, "b.csv", "bb", [])
    view = queries.certificate(session, "OCA.0016.0001.CSMS")
    assert view is not None
    assert [(listed.row, listed.source, listed.current) for listed in view.listed] == [(row(1), "a.csv", False)]
    assert current_rows(session) == ()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"software_version": "1.0.1"}, EventKind.SUBSTANTIVE),
        ({"certificate_type": "Full"}, EventKind.SUBSTANTIVE),
        ({"company": "Holder One"}, EventKind.SUBSTANTIVE),
        ({"company": "HOLDER  1."}, EventKind.EDITORIAL),
        ({"designation": "Product 1", "company": "holder 1", "country": "Country 2"}, EventKind.EDITORIAL),
        ({"country": "Country 2"}, EventKind.METADATA_ONLY),
        ({"url": "https://example.org/1.pdf"}, EventKind.METADATA_ONLY),
        ({"row": 40}, None),
    ],
)
def test_a_change_is_told_by_how_much_it_matters(session: Session, changes: dict[str, Any], kind: EventKind | None) -> None:
    import_rows(session, "a.csv", "aa", [row(1)])
    summary = import_rows(session, "b.csv", "bb", [replace(row(1), **changes)])
    assert told(session) == [EventKind.NEW] + ([kind] if kind else [])
    assert summary.changed == (1 if kind else 0)


def test_an_event_holds_what_was_and_what_is(session: Session) -> None:
    clock = Ticking()
    import_rows(session, "a.csv", "aa", [row(1)], clock=clock)
    import_rows(session, "b.csv", "bb", [row(1, software_version=None)], clock=clock)
    payload = {"differing": {"software_version": {"old": "1.0.0", "new": None}}}
    assert history(session, "OCA.0016.0001.CSMS", None)[0] == Happening(
        EventKind.SUBSTANTIVE, "listing", "OCA.0016.0001.CSMS", None, payload, clock.now, author=ITSELF
    )


def test_a_certificate_and_its_row_are_one_line_and_one_page(session: Session) -> None:
    number = "OCA.0016.0001.CSMS"
    import_rows(session, "list.csv", "00", [row(1)])
    store.save_extraction(session, extraction(number=number, kind="Full"), "first.txt")
    (entry,) = queries.all_entries(session, SearchQuery())
    assert (entry.number, entry.kind, entry.country, entry.listed, entry.has_document) == (number, "Full", "Country 1", True, True)
    view = queries.certificate(session, number)
    assert view is not None
    assert [listed.row for listed in view.listed] == [row(1)]


def test_a_row_that_files_a_station_under_systems_is_a_station(session: Session) -> None:
    import_rows(session, "list.csv", "00", [row(1, number="OCA.0016.0001.CS"), row(2, number="OCA.0016.0201.CSMS", protocol="OCPP 2.0.1")])
    assert {entry.number: (entry.role, entry.protocol) for entry in queries.all_entries(session, SearchQuery())} == {
        "OCA.0016.0001.CS": ("CS", "OCPP 1.6"),
        "OCA.0016.0201.CSMS": ("CSMS", "OCPP 1.6"),
    }


def test_a_row_without_a_number_has_a_page_of_its_own(session: Session) -> None:
    import_rows(session, "list.csv", "00", ROWS)
    (entry,) = (entry for entry in queries.all_entries(session, SearchQuery()) if entry.number is None)
    found = queries.listed_entry(session, entry.id)
    assert found is not None
    assert (found[0], found[1].row, found[1].source) == (entry, ROWS[2], "list.csv")
    numbered = next(entry for entry in queries.all_entries(session, SearchQuery()) if entry.number is not None)
    assert queries.listed_entry(session, numbered.id) is None
    assert queries.listed_entry(session, 10**6) is None


def test_a_number_that_stands_twice_is_one_line_with_both_rows(session: Session) -> None:
    twice = [row(1), replace(row(2), number="OCA.0016.0001.CSMS")]
    import_rows(session, "list.csv", "00", twice)
    view = queries.certificate(session, "OCA.0016.0001.CSMS")
    assert view is not None
    assert [listed.row for listed in view.listed] == twice
    assert queries.search(session, SearchQuery(text="product 2")).total == 1


@pytest.mark.parametrize("date", ["July 18th, 2023", "2023-13-45", ""])
def test_a_date_that_is_none_is_no_date(session: Session, date: str) -> None:
    import_rows(session, "list.csv", "00", [row(1, date=date)])
    assert next(queries.all_entries(session, SearchQuery())).date is None
    assert current_rows(session)[0].date == date


def test_an_error_midway_stores_nothing_and_keeps_what_was_there(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        import_rows(session, "a.csv", "aa", [row(1), row(2)])
        before = everything(session)

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO catalogue_text"):
            raise RuntimeError("broken on purpose")

    bind = session_factory.kw["bind"]
    event.listen(bind, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="on purpose"), session_factory.begin() as session:
        import_rows(session, "b.csv", "bb", [row(3)])
    event.remove(bind, "before_cursor_execute", fail)
    with session_factory.begin() as session:
        assert everything(session) == before


@pytest.mark.parametrize(
    ("listed", "profiles"),
    [
        ("Core + S + C", ("Core", "Advanced Security", "Smart Charging")),
        (
            "Core + S + L + C + D + R + U + I",
            (
                "Core",
                "Advanced Security",
                "Local Authorization List Management",
                "Smart Charging",
                "Advanced Device Management",
                "Reservation",
                "Advanced User Interface",
                "ISO 15118 Support",
            ),
        ),
        ("Core", ("Core",)),
        ("Full", ()),
        ("Full + Security", ("Security",)),
        ("Security", ("Security",)),
        ("Subset", ()),
        ("Core + c + ? + Core", ("Core",)),
        ("", ()),
        (None, ()),
    ],
)
def test_only_what_a_listed_type_names_outright_is_a_profile(listed: str | None, profiles: tuple[str, ...]) -> None:
    assert listed_profiles(listed) == profiles
    assert names_all(listed) == (listed in {"Core + S + C", "Core + S + L + C + D + R + U + I", "Core", "Security"})
