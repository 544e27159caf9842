"""What becomes of readings of documents: stored once, nothing overwritten, nothing half."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import queries, store
from registry.certificates.bulk import Reading, save_extractions
from registry.certificates.facts import Extraction, FieldState, Finding, Provenance, Severity
from registry.certificates.findings import record_findings
from registry.certificates.loading import extraction_from_json
from registry.certificates.models import ConfigurationKey
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.words import product_key
from registry.events import EventKind
from registry.listing.store import import_rows
from registry.models import METADATA
from tests.registry.making import FACTS, FIELDS, FINDINGS, Ticking, extraction, facts, row

NUMBER = str(FACTS.number)


def everything(session: Session) -> dict[str, list[Any]]:
    """Every row of every table."""
    return {name: sorted(map(repr, session.execute(select(table)).all())) for name, table in METADATA.tables.items()}


def kinds(session: Session, number: str = NUMBER) -> list[EventKind]:
    view = queries.certificate(session, number)
    assert view is not None
    return [happening.kind for happening in reversed(view.events)]


def shown(session: Session, number: str = NUMBER, revision: str | None = None) -> queries.CertificateView:
    view = queries.certificate(session, number, revision)
    assert view is not None
    return view


def test_a_certificate_comes_back_as_it_was_stored(session: Session) -> None:
    stored = store.save_extraction(session, extraction(), "first.txt", size=123, parser_version="7")
    assert stored == store.StoredCertificate(stored.id, NUMBER, None, created=True, document_created=True, extraction_created=True)
    view = shown(session)
    assert view.facts == FACTS
    assert view.provenance == {entry.field: entry for entry in FIELDS}
    assert view.findings == {"document": (FINDINGS[1], FINDINGS[0])}
    assert view.document is not None
    assert (view.document.name, view.document.size, view.document.pages, view.document.public_text) == (
        "first.txt",
        123,
        2,
        "text of document 1",
    )
    assert view.documents == (view.document,)
    assert view.parser_version == "7"
    assert view.entry.profiles == ("Core",)
    assert (len(view.listed), len(view.audits), len(view.other_revisions)) == (0, 0, 0)
    assert kinds(session) == [EventKind.NEW]


def test_a_key_that_declares_no_value_is_told_from_one_that_was_not_read(session: Session) -> None:
    store.save_extraction(session, extraction(), "first.txt")
    states = {row.key: row.state for row in session.scalars(select(ConfigurationKey))}
    assert states == {
        "HeartbeatInterval": FieldState.READ,
        "BlinkRepeat": FieldState.DECLARED_EMPTY,
        "LightIntensity": FieldState.UNREAD,
    }


def test_the_same_reading_again_changes_nothing(session: Session) -> None:
    first = store.save_extraction(session, extraction(), "first.txt")
    before = everything(session)
    again = store.save_extraction(session, extraction(), "another name.txt", parser_version="8")
    assert (again.id, again.created, again.document_created, again.extraction_created) == (first.id, False, False, False)
    assert everything(session) == before


def test_reading_a_document_again_adds_the_reading_and_shows_it(session: Session) -> None:
    store.save_extraction(session, extraction(), "first.txt")
    again = store.save_extraction(session, extraction(software_version="V1.3.338", model="Model 1", configuration_keys=None), "first.txt")
    assert (again.created, again.document_created, again.extraction_created) == (False, False, True)
    payloads = session.scalars(select(StoredExtraction.payload).order_by(StoredExtraction.id)).all()
    assert [payload["certificate"]["software_version"] for payload in payloads] == ["V1.3.337", "V1.3.338"]
    view = shown(session)
    assert view.facts == replace(FACTS, software_version="V1.3.338", model="Model 1", configuration_keys=None)
    assert view.entry.software_version == "V1.3.338"
    assert len(view.documents) == 1
    assert kinds(session) == [EventKind.NEW, EventKind.REREAD]
    assert view.events[0].payload["differing"] == {"software_version": {"old": "V1.3.337", "new": "V1.3.338"}}
    assert view.events[0].payload["gained"] == ["model"]
    assert view.events[0].payload["lost"] == ["configuration_keys.HeartbeatInterval"]


def test_going_back_to_an_earlier_reading_is_a_reading_of_its_own(session: Session) -> None:
    for version in ("1", "2", "1"):
        store.save_extraction(session, extraction(software_version=version), "first.txt")
    assert session.scalar(select(func.count(StoredExtraction.id))) == 3
    assert shown(session).entry.software_version == "1"


def test_what_may_be_shown_of_a_text_follows_the_newest_reading(session: Session) -> None:
    store.save_extraction(session, extraction(), "first.txt")
    store.save_extraction(session, replace(extraction(), public_text="with a name withheld"), "first.txt")
    assert shown(session).documents[0].public_text == "with a name withheld"


def test_another_document_that_attests_something_else_is_a_reissue(session: Session) -> None:
    store.save_extraction(session, extraction(), "first.txt", clock=Ticking())
    other = store.save_extraction(session, extraction("document 2", software_version="V2"), "second.txt")
    assert (other.created, other.document_created) == (False, True)
    view = shown(session)
    assert view.entry.software_version == "V2"
    assert view.document is not None
    assert view.document.name == "second.txt"
    assert [document.name for document in view.documents] == ["first.txt", "second.txt"]
    assert kinds(session) == [EventKind.NEW, EventKind.REISSUED]
    assert view.events[0].payload["shown"] is True


def test_a_document_of_an_earlier_date_does_not_replace_a_later_one(session: Session) -> None:
    store.save_extraction(session, extraction(), "later.txt")
    store.save_extraction(session, extraction("document 2", software_version="V1", certification_date="2023-07-11"), "earlier.txt")
    view = shown(session)
    assert view.facts == FACTS
    assert len(view.documents) == 2
    assert view.events[0].kind is EventKind.REISSUED
    assert view.events[0].payload["shown"] is False


def test_a_bad_copy_does_not_hide_what_a_good_one_says_and_a_better_one_adds(session: Session) -> None:
    store.save_extraction(session, extraction(), "good.txt")
    store.save_extraction(session, extraction("document 2", holder=None, hardware=None), "bad.txt")
    assert shown(session).facts == FACTS
    store.save_extraction(session, extraction("document 3", model="Model 1"), "better.txt")
    assert shown(session).facts == replace(FACTS, model="Model 1")
    assert kinds(session) == [EventKind.NEW, EventKind.METADATA_ONLY, EventKind.METADATA_ONLY]


def test_reading_a_document_again_that_is_not_shown_does_not_show_it_by_stealth(session: Session) -> None:
    store.save_extraction(session, extraction(), "good.txt")
    bad = extraction("document 2", holder=None)
    store.save_extraction(session, bad, "bad.txt")
    store.save_extraction(session, replace(bad, fields=()), "bad.txt")
    assert shown(session).facts == FACTS
    assert shown(session).document == shown(session).documents[0]


def test_a_document_without_a_number_waits_for_review(session: Session) -> None:
    stored = store.save_extraction(session, extraction(number=None), "unread.txt")
    assert (stored.id, stored.number, stored.created, stored.document_created) == (None, None, False, True)
    assert queries.search(session, queries.SearchQuery()).total == 0
    assert session.scalars(select(StoredExtraction.number)).all() == [None]
    again = store.save_extraction(session, extraction(), "unread.txt")
    assert (again.number, again.created, again.document_created) == (NUMBER, True, False)


@pytest.mark.parametrize("odd", [extraction(number="OCA." + "9" * 200), extraction(revision="x" * 200)], ids=["number", "revision"])
def test_a_number_that_cannot_be_one_waits_for_review(session: Session, odd: Extraction) -> None:
    assert store.save_extraction(session, odd, "odd.txt").number is None


def test_a_number_that_was_misread_does_not_go_on_standing_for_the_document(session: Session) -> None:
    store.save_extraction(session, extraction(number="OCA.0016.9007.CS"), "first.txt")
    store.save_extraction(session, extraction(), "first.txt")
    assert queries.certificate(session, "OCA.0016.9007.CS") is None
    assert shown(session).facts == FACTS
    assert queries.search(session, queries.SearchQuery()).total == 1


def test_a_misread_number_leaves_the_certificate_to_the_document_that_bears_it(session: Session) -> None:
    rightful = extraction("document 2", number="OCA.0016.9007.CS", holder="Holder 7")
    store.save_extraction(session, rightful, "second.txt")
    store.save_extraction(session, extraction(number="OCA.0016.9007.CS"), "first.txt")
    assert shown(session, "OCA.0016.9007.CS").entry.holder == "Holder 1"
    store.save_extraction(session, extraction(), "first.txt")
    view = shown(session, "OCA.0016.9007.CS")
    assert view.facts == rightful.certificate
    assert [document.name for document in view.documents] == ["second.txt"]
    assert [document.name for document in shown(session).documents] == ["first.txt"]


def test_revisions_are_certificates_of_their_own(session: Session) -> None:
    store.save_extraction(session, extraction(), "first.txt")
    store.save_extraction(session, extraction("document 2", revision="update-2025-12-12", software_version="V2"), "second.txt")
    plain, revised = shown(session), shown(session, NUMBER, "update-2025-12-12")
    assert (plain.entry.software_version, revised.entry.software_version) == ("V1.3.337", "V2")
    assert (plain.other_revisions, revised.other_revisions) == (("update-2025-12-12",), (None,))
    assert queries.certificate(session, NUMBER, "update-2026-01-01") is None
    assert queries.facts(session, NUMBER, "update-2025-12-12") == revised.facts


def test_a_number_with_revisions_alone_gives_the_newest(session: Session) -> None:
    for year in (2025, 2026, 2024):
        dated = extraction(f"document {year}", revision=f"update-{year}", certification_date=f"{year}-05-06")
        store.save_extraction(session, dated, "any.txt")
    assert shown(session).entry.revision == "update-2026"


def test_findings_are_replaced_by_those_who_found_them_alone(session: Session) -> None:
    stored = store.save_extraction(session, extraction(), "first.txt")
    assert stored.id is not None
    other = Finding("listed-elsewise", Severity.WARNING, "The list says otherwise.", ("software_version",))
    record_findings(session, "listing", {stored.id: [other, other]})
    record_findings(session, "listing", {stored.id: [other]})
    assert shown(session).findings == {"document": (FINDINGS[1], FINDINGS[0]), "listing": (other,)}
    assert shown(session).all_findings == (FINDINGS[1], FINDINGS[0], other)
    record_findings(session, "listing", {stored.id: []})
    assert set(shown(session).findings) == {"document"}


HOSTILE = ["Robert'); DROP TABLE document;--", "NUL\0 inside", "lone \ud800 surrogate", "x" * 100_000, "100%_\\", "\u202egnp.exe", ""]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_kept_as_texts(session: Session, text: str) -> None:
    hostile = extraction(
        holder=text, designation=text, kind=text, test_laboratory=text, profiles={text: "Pass"}, configuration_keys={text: text}
    )
    store.save_extraction(session, replace(hostile, findings=(Finding(text, Severity.NOTE, text),), public_text=text), text)
    session.flush()
    view = shown(session)
    assert view.facts is not None
    kept = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert (view.facts.holder, view.facts.configuration_keys) == (kept, {kept: kept})
    assert len(view.entry.holder or "") <= 300


def test_all_that_a_line_shows_at_its_longest_goes_into_the_index_of_holders(session: Session) -> None:
    """In letters of four bytes without any order, which nothing can write shorter."""
    chance = random.Random(5)
    long = ["".join(map(chr, chance.choices(range(0x20000, 0x2A000), k=300))) for _ in range(6)]
    number = f"OCA.0016.9001.CS{'9' * 84}"
    listed = row(1, number=number, certificate_no=number, company=long[4], country=long[0], protocol=long[5])
    import_rows(session, "list.csv", "00", [listed])
    longest = extraction(number=number, revision="9" * 100, holder=long[1], test_laboratory=long[2], protocol=long[3])
    store.save_extraction(session, longest, "long.txt")
    store.save_extraction(
        session, extraction("other", number=number, holder=long[1], test_laboratory=long[2], protocol=long[3]), "other.txt"
    )
    session.flush()
    view = shown(session, number, "")
    assert (view.entry.country, view.entry.laboratory) == (f"{long[0][:99]}…", f"{long[2][:99]}…")
    assert view.facts is not None
    assert (view.facts.test_laboratory, view.facts.protocol) == (long[2], long[3])


LONG = ("holder", "designation", "model", "vendor_name", "software_version", "protocol", "kind", "product_type", "test_laboratory")


@pytest.mark.parametrize("changed", [*((field,) for field in LONG), ("holder", "designation"), LONG], ids="-".join)
@pytest.mark.parametrize("together", [False, True])
def test_a_text_of_thousands_of_letters_is_stored_whole(
    session_factory: sessionmaker[Session], changed: tuple[str, ...], together: bool
) -> None:
    """In letters of four bytes without any order: an index of PostgreSQL holds some 675 of them."""
    chance = random.Random(7)
    long: dict[str, Any] = {field: "".join(map(chr, chance.choices(range(0x20000, 0x2A000), k=3000))) for field in changed}
    if "holder" in long:
        long["holder"] = f"{long['holder'][:150]} ({long['holder'][150:]})"
    made = extraction(facts=replace(FACTS, **long))
    with session_factory.begin() as session:
        if together:
            save_extractions(session, [Reading(made, "long.txt")])
        else:
            store.save_extraction(session, made, "long.txt")
    with session_factory() as session:
        told = shown(session).facts
        assert told is not None
        assert {field: getattr(told, field) for field in long} == long


def test_two_products_whose_names_differ_after_thousands_of_letters_are_two() -> None:
    name = "x" * 2000
    keys = {product_key("Holder", f"{name}{end}", "CS", "OCPP 1.6") for end in ("", "1", "2", "1")}
    assert len(keys) == 3
    assert product_key("Holder", f"{name}-1", "CS", None) == product_key("Other", f"{name.upper()} 1", "CS", None)
    assert max(len(str(key)) for key in keys) < 600


def test_an_absurd_number_of_seconds_counts_as_not_read(session: Session) -> None:
    performance = (replace((FACTS.performance or ())[0], pics_seconds=10**30),)
    store.save_extraction(session, extraction(performance=performance), "odd.txt")
    view = shown(session)
    assert view.facts is not None
    assert view.facts.performance == (replace(performance[0], pics_seconds=None),)


def failing_at(session_factory: sessionmaker[Session], statement_number: int) -> Callable[[], None]:
    """Make the engine fail at its n-th insertion or change; returns how to stop that."""
    seen = 0

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal seen
        seen += statement.startswith(("INSERT", "UPDATE", "DELETE"))
        if seen == statement_number:
            raise RuntimeError("broken on purpose")

    bind = session_factory.kw["bind"]
    event.listen(bind, "before_cursor_execute", fail)
    return lambda: event.remove(bind, "before_cursor_execute", fail)


def test_an_error_midway_stores_nothing_whichever_statement_it_hits(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        store.save_extraction(session, extraction(), "first.txt")
        before = everything(session)
    second = extraction("document 2", software_version="V2")
    failures = 0
    while True:
        stop = failing_at(session_factory, failures + 1)
        try:
            with session_factory.begin() as session:
                store.save_extraction(session, second, "second.txt")
        except RuntimeError:
            failures += 1
        else:
            break
        finally:
            stop()
        with session_factory.begin() as session:
            assert everything(session) == before
    assert failures >= 15


def test_a_caller_that_goes_on_after_an_error_keeps_nothing_half(session_factory: sessionmaker[Session]) -> None:
    broken = extraction("document 2", number="OCA.0016.9002.CS", certification_date="no date at all")
    with session_factory.begin() as session:
        store.save_extraction(session, extraction(), "first.txt")
        before = everything(session)
        with pytest.raises(ValueError, match="isoformat"):
            store.save_extraction(session, broken, "second.txt")
    with session_factory.begin() as session:
        assert everything(session) == before


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=facts(), second=facts())
def test_any_certificate_comes_back_as_it_was_stored(session_factory: sessionmaker[Session], first: Any, second: Any) -> None:
    with session_factory() as session:
        store.save_extraction(session, extraction("document 1", first), "first.txt")
        store.save_extraction(session, extraction("document 1", second), "first.txt")
        assert queries.facts(session, second.number, second.revision) == second
        assert shown(session, second.number, second.revision).facts == second
        assert queries.search(session, queries.SearchQuery()).total == 1
        session.rollback()


@given(facts())
def test_a_reading_comes_back_from_its_json(any_facts: Any) -> None:
    made = extraction("document 1", any_facts)
    assert extraction_from_json(made.to_json(), made.public_text) == made


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
PROVENANCE = st.builds(
    Provenance,
    field=ANY_TEXT,
    raw=st.none() | ANY_TEXT,
    state=st.sampled_from(FieldState),
    page=st.none() | st.integers(),
    line=st.none() | st.integers(),
    box=st.none() | st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 4),
    rule=ANY_TEXT,
)


@given(any_facts=facts(), fields=st.lists(PROVENANCE, max_size=4), name=ANY_TEXT)
def test_a_reading_is_written_as_it_is_and_told_apart_as_before(any_facts: Any, fields: list[Provenance], name: str) -> None:
    """Signs that no file can hold, and numbers that no database can, among them."""
    read = replace(extraction("document 1", replace(any_facts, holder=name)), fields=tuple(fields))
    payload = read.to_json()
    written, content = store.as_stored(read)
    assert json.loads(written) == payload
    assert list(json.loads(written)) == list(payload)
    assert content == store.content_sha256(payload)
