"""Search and facets, held against a second implementation that knows neither tables nor statements."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import gathering, laid_out, layout, store, stretches
from registry.certificates.facts import CertificateFacts
from registry.certificates.profiles import UNTOLD
from registry.certificates.projection import project
from registry.certificates.queries import FACETS, SORTS, Entry, FacetValue, SearchQuery, all_entries, certificate, search
from registry.certificates.search import first_page
from registry.certificates.words import query_words
from registry.errors import RegistryError
from registry.listing.rows import ListingRow
from registry.listing.store import import_rows
from tests.registry.making import extraction, facts, listings, row, values, words
from tests.registry.sent import is_question, sent_to

ON_EACH_DATABASE = hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NONE_AT_ALL = -1
"""No number of entries is so few."""
FEWER_ON_EACH_DATABASE = hypothesis_settings(ON_EACH_DATABASE, max_examples=15)


@dataclass(frozen=True)
class Known:
    """What the second implementation holds of one certificate."""

    number: str | None
    revision: str | None
    facets: dict[str, tuple[str, ...]]
    texts: tuple[str, ...]
    date: str | None
    holder: str


def folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if unicodedata.category(letter) != "Mn"))


def is_found(word: str, text: str) -> bool:
    """Short words are found where a part of a word begins (at punctuation, between letters and digits), others anywhere."""
    for there in folded(text).split():
        plain = "".join(letter for letter in there if letter.isalnum())
        if len(word) > 2 and word in plain:
            return True
        for place, letter in enumerate(there):
            before = there[place - 1] if place else " "
            begins = letter.isalnum() and (not before.isalnum() or before.isdigit() != letter.isdigit())
            if begins and "".join(each for each in there[place:] if each.isalnum()).startswith(word):
                return True
    return False


def one(value: Any) -> tuple[str, ...]:
    return () if value is None else (str(value),)


def known_of_document(said: CertificateFacts, rows: Sequence[ListingRow]) -> Known:
    passed = [profile for profile, result in (said.profiles or {}).items() if result == "Pass"]
    texts = (
        said.number,
        said.revision,
        said.holder,
        said.designation,
        said.software_version,
        said.test_laboratory,
        said.model,
        said.vendor_name,
    )
    facets = {
        "role": one(said.role),
        "protocol": one(said.protocol),
        "kinds": one(said.kind),
        "profiles": (
            *(CALLED.get(one, one) for one in passed),
            *(() if said.profiles and None not in said.profiles.values() else (UNTOLD,)),
        ),
        "holder": one(said.holder),
        "laboratory": one(said.test_laboratory),
        "country": one(rows[0].country if rows else None),
        "year": one(said.certification_date and said.certification_date[:4]),
        "documented": ("yes",),
    }
    return Known(said.number, said.revision, facets, (*some(texts), *listed_texts(rows)), said.certification_date, said.holder or "")


CALLED = {"Advanced Security": "Security"}
LETTERS = {"Core": "Core", "S": "Security", "C": "Smart Charging", "Security": "Security"}


def known_of_rows(rows: Sequence[ListingRow]) -> Known:
    first = rows[0]
    role = (
        first.number.rpartition(".")[2]
        if first.number
        else {"Charging Station": "CS", "Charging Station Management System": "CSMS"}.get(first.product_type or "")
    )
    protocol = {"0016": "OCPP 1.6", "0201": "OCPP 2.0.1"}[first.number.split(".")[1]] if first.number else first.protocol
    facets = {
        "role": one(role),
        "protocol": one(protocol),
        "kinds": one(first.certificate_type),
        "profiles": tuple(dict.fromkeys(LETTERS.get(part, UNTOLD) for part in (first.certificate_type or "").split(" + "))),
        "holder": one(first.company),
        "laboratory": (),
        "country": one(first.country),
        "year": one(first.date and first.date[:4]),
        "documented": ("no",),
    }
    return Known(
        first.number, first.revision, facets, (*some([first.number, first.revision]), *listed_texts(rows)), first.date, first.company or ""
    )


def listed_texts(rows: Iterable[ListingRow]) -> tuple[str, ...]:
    return tuple(text for row in rows for text in some([row.certificate_no, row.company, row.designation, row.software_version]))


def some(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None)


def known(certificates: Sequence[CertificateFacts], rows: Sequence[ListingRow]) -> list[Known]:
    by_key: dict[tuple[str, str | None], list[ListingRow]] = {}
    for listed in rows:
        if listed.number is not None:
            by_key.setdefault((listed.number, listed.revision), []).append(listed)
    documented = {(str(said.number), said.revision): said for said in certificates}
    found = [known_of_document(said, by_key.get(key, [])) for key, said in documented.items()]
    found += [known_of_rows(listed) for key, listed in by_key.items() if key not in documented]
    return found + [known_of_rows([listed]) for listed in rows if listed.number is None]


def chosen(query: SearchQuery, name: str) -> tuple[str, ...]:
    if name == "documented":
        return () if query.documented is None else ("yes" if query.documented else "no",)
    return tuple(str(value) for value in getattr(query, name))


def holds(query: SearchQuery, each: Known, leaving_out: str = "") -> bool:
    asked = ["".join(letter for letter in word if letter.isalnum()) for word in folded(query.text).split()]
    return all(any(is_found(word, text) for text in each.texts) for word in asked if word) and all(
        not chosen(query, name) or set(chosen(query, name)) & set(each.facets[name]) for name in FACETS if name != leaving_out
    )


def identity(each: Known | Entry) -> tuple[str, str, str]:
    holder = each.holder or ""
    return each.number or "", each.revision or "", holder


def fill(session: Session, certificates: Sequence[CertificateFacts], rows: Sequence[ListingRow], list_first: bool) -> None:
    def take_list() -> None:
        import_rows(session, "list.csv", "00", rows)

    if list_first:
        take_list()
    for said in certificates:
        store.save_extraction(session, extraction(f"document of {said.number} {said.revision}", said), "any.txt")
    if not list_first:
        take_list()


def lay_out(session: Session, length: int) -> int:
    """Lay out what the transaction of the session holds, in stretches of so many entries."""
    within = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
    return layout.lay_out(within, fewest=0, length=length)


distinct_certificates = st.lists(facts(), max_size=8, unique_by=lambda said: (said.number, said.revision)).map(tuple)
any_text = st.one_of(
    st.just(""),
    words,
    st.sampled_from(
        [
            "oca 0016",
            "0016.00",
            "OCA-0201",
            "csms",
            "1.10",
            "1",
            "16",
            "9",
            "S",
            "update",
            "core",
            "%",
            "_",
            "50%",
            "o'neil",
            "elan",
            "sud ALPHA",
            "fi",
            "İ",
        ]
    ),
    st.text(max_size=6),
)
queries_made = st.builds(
    SearchQuery,
    text=any_text,
    role=st.sampled_from([(), (), ("CS",), ("CSMS",), ("CS", "CSMS")]),
    protocol=st.sampled_from([(), (), ("OCPP 1.6",), ("OCPP 2.0.1", "OCPP 2.1")]),
    kinds=st.sampled_from([(), (), ("Full",), ("Full", "Core + S + C")]),
    profiles=st.sampled_from([(), (), ("Core",), ("Smart Charging", "Reservation"), ("No such profile",)]),
    holder=st.just(()) | values.map(one),
    laboratory=st.sampled_from([(), (), ("Laboratory 1",)]),
    country=st.sampled_from([(), (), ("Country 1",)]),
    year=st.sampled_from([(), (), (2020,), (2019, 2021)]),
    documented=st.sampled_from([None, None, True, False]),
    sort=st.sampled_from(SORTS),
    page=st.integers(1, 3),
    size=st.integers(1, 7),
)


@ON_EACH_DATABASE
@given(
    certificates=distinct_certificates,
    rows=listings(),
    asked=st.lists(queries_made, min_size=1, max_size=4),
    list_first=st.booleans(),
    few=st.sampled_from([NONE_AT_ALL, 2, gathering.FEW]),
    length=st.sampled_from([None, None, 3, 100]),
    one_in=st.sampled_from([1, 2, 100]),
)
def test_search_finds_and_counts_what_the_second_implementation_does(
    session_factory: sessionmaker[Session],
    certificates: tuple[CertificateFacts, ...],
    rows: tuple[ListingRow, ...],
    asked: list[SearchQuery],
    list_first: bool,
    few: int,
    length: int | None,
    one_in: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with session_factory() as session, monkeypatch.context() as patched:
        patched.setattr(gathering, "FEW", few)
        patched.setattr(stretches, "ONE_IN", one_in)
        patched.setattr(laid_out, "TOGETHER", (1, 2, 100))
        fill(session, certificates, rows, list_first)
        assert length is None or lay_out(session, length)
        everything = known(certificates, rows)
        for query in asked:
            expected = [each for each in everything if holds(query, each)]
            result = search(session, query)
            found = list(all_entries(session, query))
            assert sorted(map(identity, found)) == sorted(map(identity, expected))
            assert result.total == len(expected)
            assert list(result.entries) == found[(query.page - 1) * query.size :][: query.size]
            first = first_page(session, query)
            assert (first.total, first.entries, first.more) == (result.total, result.entries, False)
            assert_sorted(query.sort, found)
            for name in FACETS:
                assert_facet(query, name, result.facets[name], everything)
        session.rollback()


@FEWER_ON_EACH_DATABASE
@given(
    certificates=distinct_certificates,
    rows=listings(),
    query=queries_made,
    most=st.integers(1, 4),
    beside=st.integers(0, 2),
    length=st.sampled_from([None, 1, 3, 100]),
    one_in=st.sampled_from([1, 2, 32]),
    most_sorted=st.sampled_from([2, 100]),
)
def test_of_more_than_are_counted_the_page_is_the_same_and_the_counts_are_of_some(
    session_factory: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    certificates: tuple[CertificateFacts, ...],
    rows: tuple[ListingRow, ...],
    query: SearchQuery,
    most: int,
    beside: int,
    length: int | None,
    one_in: int,
    most_sorted: int,
) -> None:
    with session_factory() as session:
        monkeypatch.setattr(stretches, "ONE_IN", one_in)
        fill(session, certificates, rows, list_first=True)
        assert length is None or lay_out(session, length)
        whole, found = search(session, query), list(all_entries(session, query))
        monkeypatch.setattr(gathering, "MOST_COUNTED", most)
        bounds = {"READ_WHOLE": 1, "FEW": NONE_AT_ALL, "BESIDE": beside, "MOST_SORTED": most_sorted}
        for name, bound in bounds.items():
            monkeypatch.setattr(gathering, name, bound)
        result, first = search(session, query), first_page(session, query)
        monkeypatch.undo()
        assert (first.total, first.entries, first.more) == (result.total, result.entries, result.more)
        assert list(result.entries) == found[(query.page - 1) * query.size :][: query.size]
        anything_asked = bool(query_words(query.text)) or any(chosen(query, name) for name in FACETS)
        assert result.more == (anything_asked and len(found) > most)
        assert result.total == (most if result.more else len(found))
        assert (result.pages > query.page) >= (len(found) > query.page * query.size)
        for name in FACETS:
            counts = {value.value: value.count for value in whole.facets[name]}
            assert all(value.count <= counts[value.value] for value in result.facets[name])
        session.rollback()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (SearchQuery(role=("CSMS",), sort="number"), "number_key"),
        (SearchQuery(year=(2024,), sort="holder"), "holder_key"),
        (SearchQuery(year=(2023, 2024), sort="holder"), "holder_key"),
        (SearchQuery(year=(2024,), sort="number"), "year_number_key"),
        (SearchQuery(year=(2023, 2024), role=("CSMS",), sort="number"), "year_number_key"),
        (SearchQuery(protocol=("OCPP 1.6", "OCPP 2.0.1"), sort="number"), "protocol_number_key"),
        (SearchQuery(protocol=("OCPP 1.6",), year=(2024,), sort="holder"), "holder_key"),
        (SearchQuery(holder=("Holder 1",), sort="holder"), "holder_key"),
        (SearchQuery(holder=("Holder 1",), role=("CS", "CSMS"), sort="number"), "holder_key"),
        (SearchQuery(holder=("Holder 1", "Holder 2"), sort="number"), "holder_key"),
    ],
)
def test_of_many_sqlite_goes_through_the_first_in_their_order_and_sorts_none(
    filled: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch, query: SearchQuery, index: str
) -> None:
    if engine.dialect.name != "sqlite":
        return  # it takes no word for the index to go by
    for name, bound in {"MOST_COUNTED": 1, "FEW": NONE_AT_ALL}.items():
        monkeypatch.setattr(gathering, name, bound)
    with sent_to(engine, is_question) as sent:
        assert first_page(filled, query).more
    (statement,) = (one for one in sent if f"catalogue_entry.{query.sort}_key" in one)
    plan = filled.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")).scalars("detail").all()
    gone_through = [step for step in plan if " catalogue_entry " in step]
    assert gone_through
    assert all(f"USING INDEX ix_catalogue_entry_{index}" in step for step in gone_through)
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize("sort", ["number", "holder"])
@pytest.mark.parametrize(
    "changes", [{"year": (2019, 2021)}, {"protocol": ("OCPP 1.6", "OCPP 2.0.1")}, {"holder": ("HOLDER", "Holder", "Another")}]
)
def test_the_first_of_many_that_have_one_of_two_values_are_in_the_order_of_all_on_every_page(
    session: Session, monkeypatch: pytest.MonkeyPatch, sort: str, changes: dict[str, Any]
) -> None:
    """Most have the one value, and stand before those that have the other."""
    number = "OCA.{}.{:04}.CSMS".format

    def company(at: int) -> str:
        return "Another" if at % 5 == 0 else "HOLDER" if at % 5 == 1 else "Holder"

    numbers = [number("0201" if position > 12 else "0016", position) for position in range(1, 17)]
    dates = ["2020-01-01" if position == 3 else "2021-01-01" if position > 12 else "2019-01-01" for position in range(1, 17)]
    listed = [
        row(at, number=one, certificate_no=one, protocol=f"OCPP {'2.0.1' if at > 12 else '1.6'}", date=day, company=company(at))
        for at, (one, day) in enumerate(zip(numbers, dates, strict=True), 1)
    ]
    import_rows(session, "list.csv", "00", listed)
    project(session, [(one, "") for one in numbers])
    expected = [each.number for each in all_entries(session, SearchQuery(**changes, sort=sort))]
    assert len(expected) > 12
    for name, bound in {"MOST_COUNTED": 1, "FEW": NONE_AT_ALL}.items():
        monkeypatch.setattr(gathering, name, bound)
    pages = [search(session, SearchQuery(**changes, sort=sort, size=4, page=page)).entries for page in range(1, 6)]
    assert [each.number for page in pages for each in page] == expected


@pytest.mark.parametrize("length", [None, 2])
def test_what_a_few_holders_have_is_found_behind_all_others_in_the_order_of_holders(
    session: Session, monkeypatch: pytest.MonkeyPatch, length: int | None
) -> None:
    """Companies that stand last, written in several ways, and before them the word in the names of products, one of them of no company."""
    companies = ["Alpha"] * 6 + ["Beta", "Zetas", "Zetas", "Zetas", "ZETA", "Zeta", "zeta", "Zeta", "Zeta Zeta", None]
    products = ["Zeta 1" if company in ("Beta", None) or at == 2 else "Product" for at, company in enumerate(companies)]
    listed = [row(20 - at, company=company, designation=one) for at, (company, one) in enumerate(zip(companies, products, strict=True))]
    import_rows(session, "list.csv", "00", listed)
    assert length is None or lay_out(session, length)
    for name, bound in {"MOST_COUNTED": 10, "FEW": NONE_AT_ALL, "READ_WHOLE": 3}.items():
        monkeypatch.setattr(gathering, name, bound)
    whole = SearchQuery(text="zeta", sort="holder")
    for asked in (whole, replace(whole, role=("CSMS",), country=("Country 1",))):
        expected = [(entry.holder, entry.number) for entry in all_entries(session, asked)]
        assert len(expected) == 11
        for size, ask in itertools.product((1, 3, 50), (search, first_page)):
            pages = [ask(session, replace(asked, size=size, page=page)) for page in range(1, 12)]
            assert all(page.more for page in pages)
            assert [(entry.holder, entry.number) for page in pages for entry in page.entries] == expected


@pytest.mark.parametrize("beside", [0, 1, 30])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_day_that_goes_over_many_pages_is_in_the_order_of_numbers_on_all(
    session: Session, monkeypatch: pytest.MonkeyPatch, sort: str, beside: int
) -> None:
    """What is stored last has the smallest number, so that ids, which places end in, are in another order."""
    days = ["2021-03-02"] * 7 + ["2021-03-01"] * 5 + ["2020-01-01"]
    import_rows(session, "list.csv", "00", [row(20 - position, date=day) for position, day in enumerate(days)])
    project(session, [(f"OCA.0016.{number:04}.CSMS", "") for number in range(15, 20)])
    everything = list(all_entries(session, SearchQuery(text="oca", sort=sort)))
    assert len(everything) == len(days)
    for name, bound in {"MOST_COUNTED": 1, "FEW": NONE_AT_ALL, "BESIDE": beside}.items():
        monkeypatch.setattr(gathering, name, bound)
    found = [first_page(session, SearchQuery(text="oca", sort=sort, size=3, page=page)).entries for page in range(1, 6)]
    assert [entry.number for page in found for entry in page] == [entry.number for entry in everything]


def assert_facet(query: SearchQuery, name: str, given_values: Sequence[FacetValue], everything: Sequence[Known]) -> None:
    counts = Counter(value for each in everything if holds(query, each, leaving_out=name) for value in each.facets[name])
    selected = set(chosen(query, name))
    assert {value.value: value.count for value in given_values} == {**dict.fromkeys(selected, 0), **counts}
    assert {value.value for value in given_values if value.selected} == selected
    unselected = [value.count for value in given_values if not value.selected]
    assert unselected == sorted(unselected, reverse=True)


def assert_sorted(sort: str, found: Sequence[Entry]) -> None:
    dated = [entry.date.isoformat() for entry in found if entry.date is not None]
    if sort in ("newest", "oldest"):
        assert dated == sorted(dated, reverse=sort == "newest")
        assert all(entry.date is None for entry in found[len(dated) :])
    elif sort == "number":
        assert [entry.number or "~" for entry in found] == sorted(entry.number or "~" for entry in found)
    else:
        assert [folded(entry.holder or "") for entry in found] == sorted(folded(entry.holder or "") for entry in found)


@ON_EACH_DATABASE
@given(
    earlier=distinct_certificates,
    certificates=distinct_certificates,
    rows=listings(),
    before=listings(),
    length=st.sampled_from([2, 100]),
    query=queries_made,
)
def test_the_catalogue_is_the_same_whatever_came_first(
    session_factory: sessionmaker[Session],
    earlier: tuple[CertificateFacts, ...],
    certificates: tuple[CertificateFacts, ...],
    rows: tuple[ListingRow, ...],
    before: tuple[ListingRow, ...],
    length: int,
    query: SearchQuery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What replaces something leaves no trace of it in the lines of the catalogue, only in the history."""
    latest = {(said.number, said.revision): said for said in certificates}
    kept = [said for said in earlier if (said.number, said.revision) in latest]
    listed_now = {(each.number, each.revision) for each in rows}
    gone = [each for each in before if each.number is not None and (each.number, each.revision) not in listed_now]
    with session_factory() as session, monkeypatch.context() as patched:
        patched.setattr(gathering, "FEW", NONE_AT_ALL)
        fill(session, kept, before, list_first=True)
        lay_out(session, length)
        fill(session, certificates, rows, list_first=False)
        # What was laid out before is gone as far as it is older, and what is missing is laid out again.
        results = [first_page(session, query), search(session, query)]
        lay_out(session, length)
        results += [first_page(session, query), search(session, query)]
        in_full = list(all_entries(session, query))
        for result in results:
            assert (result.total, list(result.entries)) == (len(in_full), in_full[(query.page - 1) * query.size :][: query.size])
        assert results[1].facets == results[3].facets
        found = [entry for entry in all_entries(session, SearchQuery()) if entry.listed or entry.has_document]
        assert sorted(map(identity, found)) == sorted(map(identity, known(certificates, rows)))
        unlisted = {
            (entry.number, entry.revision) for entry in all_entries(session, SearchQuery()) if not (entry.listed or entry.has_document)
        }
        assert unlisted == {(each.number, each.revision) for each in gone} - set(latest)
        session.rollback()


@pytest.fixture
def filled(session: Session) -> Session:
    store.save_extraction(session, extraction(), "first.txt")
    import_rows(session, "list.csv", "00", [row(position) for position in range(1, 61)])
    return session


@pytest.mark.parametrize(
    "text",
    [
        "OCA.0016.9001.CS",
        "oca 0016 9001",
        "oca-0016-9001-cs",
        "OCA00169001CS",
        "9001",
        "0016.9001",
        "LABORATORY 9001",
        "v1.3.337",
        "v13337 holder",
    ],
)
def test_a_certificate_is_found_by_any_spelling(filled: Session, text: str) -> None:
    assert [entry.number for entry in search(filled, SearchQuery(text=text)).entries] == ["OCA.0016.9001.CS"]


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE certificate; --", "NUL\0", "\ud800 lone", "x" * 200, "%", "_", "\\", "100%", '"', "*:*", "a' OR 1=1"]
)
def test_hostile_text_finds_nothing_and_breaks_nothing(filled: Session, text: str) -> None:
    result = search(filled, SearchQuery(text=text, holder=(text,), laboratory=(text,)))
    assert result.total == 0
    assert [value.count for value in result.facets["holder"] if value.selected] == [0]
    assert search(filled, SearchQuery()).total == 61


def test_a_text_of_punctuation_says_that_there_is_nothing_to_search_for(filled: Session) -> None:
    result = search(filled, SearchQuery(text=" ?!… "))
    assert result.total == 61
    assert result.notice is not None
    assert search(filled, SearchQuery(text=" ")).notice is None


def test_only_the_most_frequent_values_of_a_facet_are_given_but_the_chosen_ones_always(filled: Session) -> None:
    result = search(filled, SearchQuery())
    assert result.cut == {"holder"}
    assert len(result.facets["holder"]) == 50
    absent = next(f"Holder {n}" for n in range(1, 61) if f"Holder {n}" not in {value.value for value in result.facets["holder"]})
    chosen_one = search(filled, SearchQuery(holder=(absent, "Holder 0"))).facets["holder"]
    assert [value for value in chosen_one if value.selected] == [FacetValue("Holder 0", 0, True), FacetValue(absent, 1, True)]


def test_full_is_never_expanded(session: Session) -> None:
    import_rows(session, "list.csv", "00", [row(1, certificate_type="Full"), row(2, certificate_type="Full + Security"), row(3)])
    profiles = {entry.number: entry.profiles for entry in all_entries(session, SearchQuery())}
    assert profiles == {
        "OCA.0016.0001.CSMS": (),
        "OCA.0016.0002.CSMS": ("Security",),
        "OCA.0016.0003.CSMS": ("Core", "Security", "Smart Charging"),
    }
    counts = {one.value: one.count for one in search(session, SearchQuery()).facets["profiles"]}
    assert counts == {"Security": 2, "untold": 2, "Core": 1, "Smart Charging": 1}


def test_old_and_new_names_of_a_profile_are_one_choice(session: Session) -> None:
    import_rows(session, "list.csv", "00", [row(1, certificate_type="Security")])
    for number, printed in (("OCA.0016.0001.CS", "Security"), ("OCA.0201.0001.CS", "Advanced Security")):
        store.save_extraction(session, extraction(number, number=number, profiles={printed: "Pass", "Core": "N/A"}), "any.txt")
    for name in ("Security", "Advanced Security"):
        found = search(session, SearchQuery(profiles=(name,)))
        assert (found.total, [(one.value, one.count, one.selected) for one in found.facets["profiles"]]) == (3, [("Security", 3, True)])


def test_what_was_not_read_of_profiles_is_counted_as_untold(session: Session) -> None:
    for place, profiles in enumerate(({"Core": "Pass", "Reservation": None}, {"Core": "Pass", "Reservation": "Fail"}, None)):
        number = f"OCA.0016.000{place}.CS"
        store.save_extraction(session, extraction(number, number=number, profiles=profiles), "any.txt")
    found = search(session, SearchQuery(profiles=("untold",)))
    assert {entry.number: entry.profiles for entry in found.entries} == {"OCA.0016.0000.CS": ("Core",), "OCA.0016.0002.CS": ()}


def test_the_list_does_not_fill_in_what_was_not_read_from_the_document(session: Session) -> None:
    number = "OCA.0016.0001.CSMS"
    import_rows(session, "list.csv", "00", [row(1)])
    store.save_extraction(session, extraction(number=number, software_version=None, holder=None), "first.txt")
    (entry,) = all_entries(session, SearchQuery())
    assert (entry.software_version, entry.holder, entry.country, entry.listed, entry.has_document) == (None, None, "Country 1", True, True)
    assert search(session, SearchQuery(text="holder 1")).total == 1


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"text": "x" * 201}, "at most 200"),
        ({"page": 0}, "no page 0"),
        ({"page": 10**30}, "pages count from 1"),
        ({"size": 0}, "0 entries"),
        ({"size": 201}, "201 entries"),
        ({"sort": "date; DROP"}, "cannot be sorted"),
        ({"year": (10**12,)}, "cannot be"),
        ({"year": (2020, -1)}, "the year -1"),
        ({"holder": ("x" * 301,)}, "longer than 300"),
        ({"kinds": tuple(map(str, range(31)))}, "at most 30"),
    ],
)
def test_what_no_page_asks_for_is_one_line(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(RegistryError, match=line):
        replace(SearchQuery(), **changes)


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    with sent_to(engine, is_question) as sent:
        yield sent


QUERIES = [
    SearchQuery(),
    SearchQuery(text="holder 1", profiles=("Core",), holder=("Holder 1",), documented=True),
    SearchQuery(page=9, size=200),
]


@pytest.mark.parametrize(("query", "count"), list(zip(QUERIES, (3, 3, 3), strict=True)), ids=["all", "narrow", "beyond"])
def test_a_page_of_results_costs_a_fixed_number_of_statements(
    filled: Session, statements: list[str], query: SearchQuery, count: int
) -> None:
    """PostgreSQL is asked besides which of several words are common."""
    statements.clear()
    search(filled, query)
    several = filled.get_bind().dialect.name == "postgresql" and len(query_words(query.text)) > 1
    assert len(statements) == count + several


def test_an_export_is_one_statement(filled: Session, statements: list[str]) -> None:
    statements.clear()
    assert len(list(all_entries(filled, SearchQuery()))) == 61
    assert len(statements) == 1


@pytest.mark.parametrize(("number", "bound"), [("OCA.0016.9001.CS", 16), ("OCA.0016.0001.CSMS", 5), ("OCA.0016.7777.CS", 1)])
def test_a_certificate_page_costs_a_fixed_number_of_statements(filled: Session, statements: list[str], number: str, bound: int) -> None:
    filled.flush()
    filled.expunge_all()
    statements.clear()
    certificate(filled, number)
    assert len(statements) == bound
