"""The languages of the pages: which one a visitor gets, numbers and plurals in it, and that the gathered texts are those of the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from registry import wording
from registry.language import counted
from registry.sentences import Joined, KeptSentence, Listed, Sentence
from registry.settings import Settings
from registry.spreadsheets.sheet import BadSpreadsheet
from registry.web import create_web
from tests import pseudo, texts


@pytest.fixture
def speaking(settings: Settings, session_factory: sessionmaker[Session], tmp_path: Path) -> Flask:
    """The pages, in English and in a language that nobody speaks."""
    pseudo.write(tmp_path / "translations")
    made = create_web(settings, sessions=session_factory, translations=tmp_path / "translations")
    made.testing = True
    return made


def test_the_gathered_texts_are_those_of_the_pages() -> None:
    now, kept = ({(message.id, message.context) for message in catalog if message.id} for catalog in (texts.gathered(), texts.kept()))
    assert now == kept, "the texts of pages changed: gather them with `make texts`"


def test_nobody_chose_and_the_page_is_in_english(speaking: Flask) -> None:
    answer = speaking.test_client().get("/help")
    assert '<html lang="en">' in answer.text
    assert answer.headers["Content-Language"] == "en"
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)


def test_the_browser_asks_for_a_language(speaking: Flask) -> None:
    answer = speaking.test_client().get("/help", headers={"Accept-Language": "xx, eo;q=0.8, en;q=0.5"})
    assert '<html lang="eo">' in answer.text
    assert answer.headers["Content-Language"] == "eo"
    assert "Set-Cookie" not in answer.headers


def test_what_the_visitor_chose_goes_before_what_the_browser_asks_for_and_is_kept(speaking: Flask) -> None:
    client = speaking.test_client()
    chosen = client.get("/help?lang=eo")
    assert '<html lang="eo">' in chosen.text
    cookie = chosen.headers["Set-Cookie"]
    assert "language=eo" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert '<html lang="eo">' in client.get("/about", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in client.get("/about?lang=en").text
    assert '<html lang="en">' in client.get("/about").text


@pytest.mark.parametrize("asked", ["nonsense", "../../etc", "EO", "", "<script>"])
def test_a_language_that_there_is_not_is_english_and_is_not_kept(asked: str, speaking: Flask) -> None:
    answer = speaking.test_client().get("/help", query_string={"lang": asked})
    assert '<html lang="en">' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_switch_stands_on_the_pages_where_there_is_a_choice(speaking: Flask, site_app: Flask) -> None:
    assert 'name="lang"' in speaking.test_client().get("/help").text
    assert 'name="lang"' not in site_app.test_client().get("/help").text


def test_programs_read_the_same_words_whoever_runs_them(speaking: Flask) -> None:
    english, other = (speaking.test_client().get("/api/v1/nothing", headers={"Accept-Language": tag}) for tag in ("en", "eo"))
    assert english.data == other.data


def test_numbers_and_plurals_are_those_of_the_language(speaking: Flask) -> None:
    with speaking.test_request_context(headers={"Accept-Language": "eo"}):
        said = [pseudo.unmarked(counted("%(num)s finding", "%(num)s findings", number)) for number in (1, 1200)]
        assert pseudo.unmarked(wording.word("does not meet")) == "dóéš ñót méét"
        assert wording.word("a word that is none of ours") == "a word that is none of ours"
    assert said[0] == "1 fíñdíñg"
    assert said[1].endswith("fíñdíñgš")


def test_values_of_a_comparison_are_said_in_the_language_of_the_page(speaking: Flask) -> None:
    version = Sentence("%(version_words)s for %(protocol)s", version_words="V1.0", protocol="OCPP 1.6")
    passed = Sentence("%(said_words)s at %(place_words)s", said_words=Sentence("Pass"), place_words=version)
    values = (Joined("; ", [passed]), Joined(", ", ["Yes", "Ethernet"]), Sentence("declared empty"), "No", "V1.0")
    assert [wording.compared(value) for value in values] == ["Pass at V1.0 for OCPP 1.6", "Yes, Ethernet", "declared empty", "No", "V1.0"]
    with speaking.test_request_context(headers={"Accept-Language": "eo"}):
        said = [pseudo.unmarked(wording.compared(value)) for value in values]
    assert said == ["Pášš át V1.0 fór OCPP 1.6", "Ýéš, Ethernet", "déçláréd émptý", "Ñó", "V1.0"]
    assert "1200" not in said[1]
    assert counted("%(num)s finding", "%(num)s findings", 1200) == "1,200 findings"
    assert counted("%(num)s finding", "%(num)s findings", 1) == "1 finding"


def test_a_month_is_spelt_out_in_every_language(speaking: Flask) -> None:
    with speaking.test_request_context(headers={"Accept-Language": "eo"}):
        assert wording.day("2023-07-12") == "12 Julio 2023"
        assert wording.moment("2026-05-04T11:05:00+02:00") == "4 Majo 2026, 09:05 UTC"


def test_a_name_at_the_beginning_of_a_sentence_stays_as_it_is_written() -> None:
    empty = KeptSentence("%(name)s is empty: save the sheet again, and send that", name="offers.csv")
    assert wording.sentence(empty) == "offers.csv is empty: save the sheet again, and send that."
    assert wording.sentence(BadSpreadsheet(empty)) == wording.kept(empty, whole=True) == wording.sentence(empty)
    assert wording.sentence(KeptSentence("row %(row)s is empty", row=3)) == "Row 3 is empty."
    ours = KeptSentence("%(set_words)s: %(where)s is missing", set_words=Sentence("the set"), where="phases")
    assert wording.sentence(ours) == "The set: phases is missing."
    assert wording.sentence(KeptSentence("%(problem_text)s", problem_text=empty)) == wording.sentence(empty)
    assert wording.sentence(Listed(["ctest", "calevip"])) == "ctest and calevip."
    assert wording.sentence("said as it is") == "Said as it is."


def test_a_kept_sentence_is_said_in_the_language_of_the_page_or_marked_as_english(speaking: Flask) -> None:
    kept, nobodys = "The document names different laboratories: A and <B>.", "Written by hand, long ago."
    assert str(wording.kept(kept)) == "The document names different laboratories: A and &lt;B&gt;."
    with speaking.test_request_context(headers={"Accept-Language": "eo"}):
        said = pseudo.unmarked(str(wording.kept(kept)))
        assert said.startswith("Thé dóçúméñt ñáméš")
        assert "A áñd &lt;B&gt;" in said
        assert str(wording.kept(nobodys)) == f'<span lang="en">{nobodys}</span>'
        assert pseudo.unmarked(wording.again(kept)).startswith("Thé dóçúméñt")
        assert wording.again(nobodys) == nobodys
