"""What is typed otherwise is found all the same, told as such, and never by another number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.certificates import fulltext, store
from registry.certificates.queries import SearchQuery, all_entries, forgiving_search, search, understood
from registry.certificates.search import Replaced
from registry.certificates.words import company_slug, query_words, search_text, slug
from registry.listing.store import import_rows
from tests.registry.making import extraction, row
from tests.registry.sent import sent_to

NUMBER = "OCA.0016.0408.CS"
MOST_STATEMENTS = 28


@pytest.fixture
def filled(session: Session) -> Session:
    said: dict[str, Any] = {"number": NUMBER, "holder": "Voltwerk Holding GmbH", "designation": "Säule X200-22K", "software_version": "1.1"}
    store.save_extraction(session, extraction(**said), "first.txt")
    import_rows(session, "list.csv", "00", [row(position, company=f"Netzwerk {position} Ltd") for position in range(1, 30)])
    session.flush()
    return session


@pytest.mark.parametrize(
    "spelt",
    [
        "OCA.0016.0408.CS",
        "oca 16 408",
        "OCA-16-408-CS",
        "oca/0016/0408",
        "OCA.OO16.O408.CS",
        "0CA.0016.0408.cs",
        "OCA 16 4O8",
        "OCA\u20110016\u20110408\u2011CS",
        "\uff2f\uff23\uff21.0016.0408",
    ],
)
def test_a_certificate_number_is_found_in_any_spelling(filled: Session, spelt: str) -> None:
    result = forgiving_search(filled, SearchQuery(text=spelt))
    assert [entry.number for entry in result.entries] == [NUMBER]
    assert result.replaced == ()


@pytest.mark.parametrize(
    ("typed", "replaced"),
    [
        ("voltwrek", [("voltwrek", "voltwerk")]),
        ("voltverk saule", [("voltverk", "voltwerk")]),
        ("Voltwerk Holding AG", [("ag", "")]),
    ],
)
def test_a_misspelt_word_is_replaced_by_the_nearest_and_said(filled: Session, typed: str, replaced: list[tuple[str, str]]) -> None:
    result = forgiving_search(filled, SearchQuery(text=typed))
    assert [entry.number for entry in result.entries] == [NUMBER]
    assert [(one.typed, one.taken) for one in result.replaced] == replaced
    assert result.query.text == typed


@pytest.mark.parametrize("typed", ["0409", "1.10", "OCA.0016.0409.CS", "oca00160409cs", "v1.11", "9408 voltwerk", "qqqqqqqq"])
def test_no_number_and_no_version_is_taken_for_another(filled: Session, typed: str) -> None:
    result = forgiving_search(filled, SearchQuery(text=typed))
    assert result.replaced == ()
    assert NUMBER not in [entry.number for entry in result.entries]


def test_what_finds_something_is_not_replaced_nor_what_facets_leave_out(filled: Session) -> None:
    assert understood(filled, SearchQuery(text="netzwerk 3"))[1] == ()
    query = SearchQuery(text="voltwrek", role=("CSMS",))
    assert understood(filled, query)[1] == (Replaced("voltwrek", "voltwerk"),)
    assert understood(filled, SearchQuery(text="voltwerk", role=("CSMS",)))[0].text == "voltwerk"


def test_the_index_follows_what_is_stored(filled: Session) -> None:
    store.save_extraction(filled, extraction("another", number=NUMBER, holder="Stromkontor"), "second.txt")
    assert search(filled, SearchQuery(text="stromkontor")).total == 1
    assert search(filled, SearchQuery(text="voltwerk")).total == 0
    import_rows(filled, "list.csv", "01", [row(1, company="Gleichstrom")])
    assert search(filled, SearchQuery(text="gleichstrom")).total == 1
    assert search(filled, SearchQuery(text="hstro")).total == 1
    assert forgiving_search(filled, SearchQuery(text="gleichstorm")).total == 1


def test_words_of_one_and_two_letters_are_found_where_a_part_begins(filled: Session) -> None:
    for typed, total in (("x", 1), ("x2", 1), ("2x", 0), ("22", 2), ("k", 1), ("cs", 30)):
        assert search(filled, SearchQuery(text=typed)).total == total, typed


def test_longer_words_have_to_stand_together(filled: Session) -> None:
    """The index knows pieces of twelve letters, also where they stand apart."""
    said: dict[str, Any] = {"number": "OCA.0016.0700.CS", "holder": "abcdefghijklmn bcdefghijklmno"}
    store.save_extraction(filled, extraction("apart", **said), "apart.txt")
    for typed, total in (("abcdefghijklmno", 0), ("abcdefghijklmn", 1), ("bcdefghijklm", 1), ("bcdefghijklmno", 1), ("hijklmnb", 0)):
        assert search(filled, SearchQuery(text=typed)).total == total, typed


def test_the_number_of_a_part_is_found_with_one_letter_wrong_wherever_it_is(filled: Session) -> None:
    store.save_extraction(filled, extraction("part", number="OCA.0016.0700.CS", designation="Kontor990-22K"), "part.txt")
    right = "kontor99022k"
    for place in range(1, len(right) - 1):
        left_out, other = right[:place] + right[place + 1 :], right[:place] + "w" + right[place + 1 :]
        turned = right[: place - 1] + right[place] + right[place - 1] + right[place + 1 :]
        for typed in (left_out, other, turned):
            found = forgiving_search(filled, SearchQuery(text=typed))
            assert typed == right or [entry.number for entry in found.entries] == ["OCA.0016.0700.CS"], typed


def test_a_name_that_folds_into_many_letters_is_kept_and_found(session: Session) -> None:
    store.save_extraction(session, extraction(holder="\ufdfa" * 300, designation="a1" * 150), "long.txt")
    assert len(list(all_entries(session, SearchQuery(text="a1a1a1a1")))) == 1


def test_an_index_over_what_was_stored_before_is_whole(filled: Session) -> None:
    if filled.get_bind().dialect.name == "sqlite":
        filled.execute(text("INSERT INTO catalogue_text (catalogue_text, rank) VALUES ('integrity-check', 1)"))


@pytest.mark.parametrize("looked_through", [0, 1, 500])
def test_whether_any_has_words_is_told_wherever_it_stands(filled: Session, monkeypatch: pytest.MonkeyPatch, looked_through: int) -> None:
    monkeypatch.setattr(fulltext, "LOOKED_THROUGH", looked_through)
    had = ["voltwerk", "voltwerk holding", "x20022k", "netzwerk", "netzwerk 1", "netzwerk 29 ltd", "oca00160408cs"]
    lacked = ["voltwerc", "voltwerk netzwerk", "x20023k", "netzwerk 77", "oca00160409cs"]
    assert [typed for typed in (*had, *lacked) if fulltext.finds_any(filled, typed.split())] == had


def test_slugs_are_alike_for_spellings_of_one_name() -> None:
    assert company_slug("AHA Co., Ltd") == company_slug("Aha") == "aha"
    assert company_slug("Limited") == "limited"
    assert company_slug("?!") is None
    assert slug("LECS007-1CH02CW / é") == "lecs007-1ch02cw-e"
    assert slug("\uac15\ub0a8 1") == "\uac15\ub0a8-1"


def test_a_number_without_its_first_part_stays_as_typed() -> None:
    assert query_words("0016.0408") == ("00160408",)
    assert query_words("oca 0016") == ("oca", "0016")
    assert query_words("OCA 16 408 CSMS") == ("oca00160408csms",)
    assert search_text(["oca" * 200]) == " " + ("oca" * 100)


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    with sent_to(engine) as sent:
        yield sent


@pytest.mark.parametrize(("typed", "more"), [("", 0), ("netzwerk", 1), ("voltwerk", 2)])
def test_forgiving_costs_next_to_nothing_where_something_is_found(filled: Session, statements: list[str], typed: str, more: int) -> None:
    statements.clear()
    search(filled, SearchQuery(text=typed))
    plain = len(statements)
    forgiving_search(filled, SearchQuery(text=typed))
    assert len(statements) == plain + plain + more


@pytest.mark.parametrize("typed", ["voltwrek", "voltwrek saule", "volt-werk", "voltwerkholding", "qqqqqqqq", "saule netzwerk", "ab " * 8])
def test_forgiving_costs_little_where_nothing_is_found(filled: Session, statements: list[str], typed: str) -> None:
    statements.clear()
    forgiving_search(filled, SearchQuery(text=typed))
    assert len(statements) <= MOST_STATEMENTS


@pytest.mark.parametrize("path", ["/", "/certificates.json", "/certificates.csv"])
@pytest.mark.parametrize("typed", ["x" * 10_000, "?" * 10_000, "%25" * 10_000])
def test_a_text_of_ten_thousand_letters_is_answered_by_a_sentence(client: FlaskClient, path: str, typed: str) -> None:
    answer = client.get(f"{path}?q={typed}")
    assert answer.status_code == 400
    assert "at most 200 can be searched for" in answer.text


@pytest.mark.parametrize("path", ["/", "/certificates.json", "/certificates.csv"])
@pytest.mark.parametrize("typed", ["?!.,;:", '"" "*"', "(((", "AND OR NOT", "a* NEAR b", "-- ;", "\\ ' ''"])
def test_punctuation_and_syntax_are_no_error(client: FlaskClient, path: str, typed: str) -> None:
    assert client.get(path, query_string={"q": typed}).status_code == 200


def test_the_page_says_what_was_replaced_and_escapes_it(client: FlaskClient, session: Session) -> None:
    store.save_extraction(session, extraction(holder="Voltwerk"), "first.txt")
    session.commit()
    page = client.get("/?q=voltwrek").text
    assert "Nothing in the registry has “voltwrek”" in page
    assert "OCA.0016.9001.CS" in page
    assert client.get("/certificates.json?q=voltwrek").get_json()["replaced"] == {"voltwrek": "voltwerk"}
    assert "OCA.0016.9001.CS" in client.get("/certificates.csv?q=voltwrek").text
    assert "<script>alert" not in client.get("/?q=<script>alert(1)</script>").text
