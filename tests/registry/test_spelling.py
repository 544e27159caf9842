"""Names written apart and together: the pure part over random names, and every holder found by its name however it is written."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from registry.certificates import store
from registry.certificates.queries import SearchQuery, SearchResult, forgiving_search, understood
from registry.certificates.search import Reading
from registry.certificates.spelling import along, apart, at_signs, joined, stands_in, within
from registry.certificates.words import company_key, company_runs, fold, query_words, runs
from registry.listing.store import import_rows
from tests.registry.making import extraction, row

LETTERS = string.ascii_letters + "ÄÖÜéèçñßøłžàêÅ" + "강남전기" + "Ωλф"
WORDS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=10)
NAMES = st.lists(WORDS, min_size=1, max_size=5)
SIGNS = st.sampled_from([" ", "-", " - ", "_", "/", ".", "&", "\u2011", "  "])


@given(st.text())
def test_folding_changes_nothing_that_was_folded(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert runs(" ".join(runs(text))) == runs(text)


@given(NAMES, SIGNS)
def test_a_company_has_one_key_with_whatever_signs_and_case(words: list[str], sign: str) -> None:
    key = company_key(" ".join(words))
    for written in (sign.join(words), " ".join(words).upper(), f"{' '.join(words)} (somewhere)", "-".join(words).swapcase()):
        # Some letters have no other case, or one that makes two of them: these are not told apart by it.
        assert company_key(written) in (key, company_key(sign.join(words).upper()), company_key(sign.join(words).swapcase()))
    assert company_key(key) == key or company_runs(key) == ()


@given(NAMES)
def test_what_is_joined_is_taken_apart_the_same_way(words: list[str]) -> None:
    name = [run for word in words for run in runs(word)]
    whole = "".join(name)
    assert along(whole, name) == (tuple(name) if len(name) > 1 else ())
    for begin in range(len(name)):
        for end in range(begin + 1, len(name) + 1):
            part = "".join(name[begin:end])
            assert "".join(along(part, name[begin:])) in ("", part)
            assert stands_in(part, name) or end == begin + 1


@given(NAMES.filter(lambda words: len(words) > 1))
def test_neighbours_that_are_joined_stand_in_the_name(words: list[str]) -> None:
    name = [run for word in words for run in runs(word)]
    for together in joined(name):
        assert "".join(together) == "".join(name)
        (one,) = set(together) - set(name) or {together[0]}
        assert stands_in(one, name) or one in name


@given(st.lists(st.text(st.sampled_from("abcdef"), min_size=4, max_size=8), min_size=2, max_size=3), st.text("ab", max_size=3))
def test_a_word_of_known_ones_is_taken_apart_into_them(known: list[str], short: str) -> None:
    whole = short + "".join(known)
    parts = {part for part in known if part in within(whole)}
    ways = apart(whole, parts)
    assert all("".join(way) == whole for way in ways)
    assert parts != set(known) or ways
    assert ways == sorted(ways, key=len)


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [("ls-electric", ("ls", "electric")), ("E&H", ("e", "h")), ("X200-22K", ()), ("1-10", ()), ("plain", ()), ("-plain-", ())],
)
def test_only_words_of_letters_are_taken_apart_at_signs(typed: str, pieces: tuple[str, ...]) -> None:
    assert at_signs(typed) == pieces


def names(count: int) -> list[str]:
    """So many holders, alike in parts, whose words may be of one letter or hold figures."""
    dice = random.Random(19)
    words = ["".join(dice.choices("abeilmnorstu", k=dice.choice((1, 2, 3, 5, 8)))) for _ in range(40)] + ["Électra", "4U", "E&H", "Ström"]
    return sorted({" ".join(dice.sample(words, dice.choice((2, 2, 3)))).title() for _ in range(count)})


def test_every_holder_is_found_joined_hyphenated_in_any_case_and_without_its_legal_form(session: Session) -> None:
    held = names(60)
    forms = ("Co., Ltd.", "GmbH", "CO.,LTD", "")
    rows = [row(number, company=f"{name} {forms[number % 4]}".strip()) for number, name in enumerate(held, start=1)]
    import_rows(session, "list.csv", "00", rows)
    for name in held:
        words = name.split()
        for typed in ("".join(words), "-".join(words), "".join(words).upper(), "_".join(words).lower(), name.swapcase()):
            found = forgiving_search(session, SearchQuery(text=typed, size=200))
            assert company_key(name) in holders(session, found), (typed, found.replaced, found.offered)


def holders(session: Session, found: SearchResult) -> set[str]:
    """The holders that a search shows, and those that it offers."""
    offered = [entry for text in found.offered for entry in forgiving_search(session, SearchQuery(text=text, size=200)).entries]
    return {company_key(entry.holder) for entry in (*found.entries, *offered)}


@pytest.fixture
def known(session: Session) -> Session:
    companies = ("Nordlicht Motor Company", "Lade Werk Co., Ltd", "LD Electric", "Solar Electric", "Plane Motors", "Wattwerk", "Chargepot")
    listed = [row(number, company=name, designation=f"Product {number}") for number, name in enumerate(companies, start=1)]
    listed.append(row(50, company="Korn AG", designation="KVS Ladestelle"))
    import_rows(session, "list.csv", "00", listed)
    return session


@pytest.mark.parametrize(
    ("typed", "taken", "reading"),
    [
        ("ld-electric", "ld electric", Reading.WRITTEN),
        ("LDELECTRIC", "ld electric", Reading.WRITTEN),
        ("nordlichtmotor", "nordlicht motor", Reading.WRITTEN),
        ("lade-werk", "lade werk", Reading.WRITTEN),
        ("KVS-Ladestelle", "kvs ladestelle", Reading.WRITTEN),
        ("kvsladestelle", "kvs ladestelle", Reading.WRITTEN),
        ("watt werk", "wattwerk", None),
        ("wattwer k", "wattwerk", Reading.WRITTEN),
        ("nordlicht motors", "motor", Reading.NOT_TOGETHER),
        ("wattwerg", "wattwerk", Reading.MISSPELT),
    ],
)
def test_names_are_found_however_they_are_joined(known: Session, typed: str, taken: str, reading: Reading | None) -> None:
    found = forgiving_search(known, SearchQuery(text=typed))
    assert found.total == 1, "and no other that has a part of it"
    assert [(one.taken, one.reading) for one in found.replaced] == ([(taken, reading)] if reading else [])


@pytest.mark.parametrize("typed", ["chargepoint", "lectricld", "solarmotor", "1-10", "OCA.0016.0999.CSMS", "nordwerk"])
def test_nothing_unlikely_is_searched_for(known: Session, typed: str) -> None:
    query, replaced = understood(known, SearchQuery(text=typed))
    assert (query.text, replaced) == (typed, ())
    assert forgiving_search(known, SearchQuery(text=typed)).total == 0


def test_what_is_less_likely_is_offered(known: Session) -> None:
    assert forgiving_search(known, SearchQuery(text="chargepoint")).offered == ("chargepot",)
    assert forgiving_search(known, SearchQuery(text="nordlicht moters")).offered == ("nordlicht motor",)


def test_what_has_the_words_as_typed_comes_first_and_the_other_holder_is_offered(known: Session) -> None:
    store.save_extraction(known, extraction(holder="Somebody", designation="Ldelectric 5"), "first.txt")
    found = forgiving_search(known, SearchQuery(text="ldelectric"))
    assert [entry.holder for entry in found.entries] == ["Somebody"]
    assert (found.replaced, found.offered) == ((), ("ld electric",))


def test_words_of_a_search_stay_one_each() -> None:
    assert query_words("ls-electric") == ("lselectric",)
