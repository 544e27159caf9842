"""Parts of pages that are made once: as if made anew, in the language at hand, of everything that they show, and not too many."""

from __future__ import annotations

import re
import shutil
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count, product
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask, render_template_string
from jinja2.runtime import Macro
from markupsafe import Markup, escape

from registry import db, wording
from registry import fragments as fragments_module
from registry.certificates import search_url, views
from registry.certificates.entries import Entry
from registry.certificates.facts import FieldState, Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.outlines import PagesOutlining, RowOutlining
from registry.certificates.search import FacetValue
from registry.certificates.state import State
from registry.certificates.store import save_extraction
from registry.fragments import EXTENSION, KEY_BYTES, Fragments, Outline, filled_each, kept, part_of
from registry.listing.store import import_rows
from registry.review.corrections import Action, Correction
from registry.settings import Settings
from registry.web import create_web
from tests import pseudo
from tests.registry.making import extraction, row

ENTRY = Entry(
    id=7,
    number="OCA.0016.0001.CS",
    revision="A",
    role="CS",
    protocol="OCPP 1.6",
    kind="Full",
    holder="Holder <1>",
    designation="Product & Co",
    software_version="1.0",
    laboratory="Laboratory 1",
    country="Country 1",
    date=date(2024, 5, 6),
    has_document=True,
    listed=True,
    profiles=("Core", "Reservation"),
)
CORRECTION = Correction(
    3, Action.CORRECT, "holder", "Hodler", FieldState.READ, "Holder", FieldState.READ, "misread", "anna", datetime(2026, 1, 2, tzinfo=UTC)
)
OTHERWISE: dict[str, Any] = {
    "number": None,
    "revision": None,
    "role": "CSMS",
    "kind": "Subset",
    "holder": "Another",
    "designation": "Another",
    "software_version": "2.0",
    "date": date(2024, 5, 7),
    "has_document": False,
    "profiles": ("Core",),
}
"""What a row shows, each with another value."""

ADDRESSES = (
    "/?sort=number",
    "/?q=product",
    *(f"/?q=product&role=CSMS&sort={sort}" for sort in ("holder", "number", "newest", "oldest")),
    *(f"/?page={page}&size=20" for page in (1, 2, 3)),
    *(f"/?page={page}&q=holder&role=CSMS&size=25" for page in (1, 2)),
    "/?document=yes",
    "/?q=nowhere",
    "/about",
)


@pytest.fixture(scope="module")
def speaking(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The pages on a registry of a list and a document with findings, in English and in a language that nobody speaks."""
    home = tmp_path_factory.mktemp("speaking")
    pseudo.write(home / "translations")
    shutil.copyfile(sqlite_template, home / "registry.sqlite3")
    settings = Settings(home=home, database=f"sqlite:///{home / 'registry.sqlite3'}")
    engine = db.engine(settings)
    sessions = db.session_factory_on(engine)
    with sessions.begin() as session:
        import_rows(session, "list.csv", "00", [row(position, company=f"Holder {position % 9}") for position in range(1, 60)])
        save_extraction(session, extraction(), "first.txt")
        record_findings(session, "listing", {1: [Finding("third", Severity.NOTE, "One more.", ())]})
    made = create_web(settings, sessions=sessions, translations=home / "translations")
    made.testing = True
    yield made
    engine.dispose()


def macro(app: Flask, name: str) -> Macro:
    found: Macro = getattr(app.jinja_env.get_template("certificates/_found.html").module, name)
    return found


def test_a_page_is_the_same_byte_for_byte_made_of_kept_parts_and_anew(speaking: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(address: str, root: str, language: str) -> str:
        address += f"{'&' if '?' in address else '?'}number={next(asked)}"  # pages as a whole are kept too
        headers = {"Accept-Language": language}
        return re.sub(
            r"number(=|%3D)\d+", "", speaking.test_client().get(address, headers=headers, environ_overrides={"SCRIPT_NAME": root}).text
        )

    def pages() -> list[str]:
        return [page(*seen) for seen in product(ADDRESSES, ("", "/mounted"), ("en", "eo"))]

    asked = count()
    fragments = speaking.extensions[EXTENSION] = Fragments()
    first, again = pages(), pages()
    assert len(fragments) > 50
    speaking.extensions[EXTENSION] = Fragments(0)
    monkeypatch.setattr(views, "filled_each", lambda part, given, _outlining: Markup("\n").join(part(*shown) for shown in given))
    monkeypatch.setattr(views, "filled_page", lambda _alike, pieces, make: Markup(make(pieces)))  # noqa: S704 (a page)
    anew = pages()
    assert first == again == anew
    assert len(set(first)) == len(first)


def test_rows_of_one_shape_are_made_once_whatever_they_say(speaking: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sixty rows, one from a document, the others from the list."""
    speaking.extensions[EXTENSION] = Fragments()
    result, made = macro(speaking, "result"), list[Hashable]()

    def noted(*shown: Hashable) -> str:
        made.append(shown)
        return result(*shown)

    monkeypatch.setattr(views, "part_of", lambda template, name: noted if name == "result" else part_of(template, name))
    pages = [speaking.test_client().get(f"/?sort=number&size=20&page={page}&another=1").text for page in (1, 2, 3)]
    assert sum(page.count('class="result"') for page in pages) == 60
    assert len(made) == 2


def rows() -> Iterator[tuple[Hashable, ...]]:
    """Rows that show every way in which one may differ, and texts with every sign that has to be escaped."""
    odd = '<b>&"quoted"</b> %s %(a)s {{ x }}'
    for name, value in OTHERWISE.items():
        others = [value, odd, "", None] if isinstance(value, str) else [value, None] if name == "date" else [value]
        for other in others:
            changed: dict[str, Any] = {name: other}
            yield ENTRY._replace(**changed), 0, (), State.HOLDS
    for text in ("a/b c", "ä", "..", "a\0b", "a\u202eb"):
        yield ENTRY._replace(number=text), 0, (), State.HOLDS
        yield ENTRY._replace(revision=text, holder=text), 0, (), State.HOLDS
    for profiles in ((), (odd,), ("Core", odd, "Core")):
        yield ENTRY._replace(profiles=profiles), 0, (), State.HOLDS
    for findings, corrections, state in product((0, 1, 1200), ((), (CORRECTION,)), State):
        yield ENTRY, findings, corrections, state
    yield ENTRY._replace(number=None, revision=None, designation=None), 0, (), State.HOLDS


@pytest.mark.parametrize("root", ["", "/mounted"])
@pytest.mark.parametrize("language", ["en", "eo"])
def test_a_row_that_is_filled_in_is_the_one_that_is_made(root: str, language: str, speaking: Flask) -> None:
    speaking.extensions[EXTENSION] = Fragments()
    given = list(rows())
    with speaking.test_request_context(headers={"Accept-Language": language}, environ_overrides={"SCRIPT_NAME": root}):
        result, outlining = macro(speaking, "result"), RowOutlining(wording.days())
        anew = [result(*one) for one in given]
        for _ in range(2):
            assert [filled_each(result, [one], outlining) for one in given] == anew
        assert filled_each(result, given, outlining) == "\n".join(anew)
        assert filled_each(result, (), outlining) == ""
        filled = [one for one in given if outlining.outline(one)]
        assert len(filled) > len(given) / 2
        # Nothing of one row is left for the next of its shape.
        assert [filled_each(result, [one], outlining) for one in reversed(filled)] == [result(*one) for one in reversed(filled)]


def test_a_part_that_changes_a_text_of_its_outline_is_made_for_itself() -> None:
    class Whole:
        def outline(self, shown: Any) -> Outline:
            return Outline("", shown)

        def standing_in(self, _shown: Any, texts: Any) -> Any:
            return tuple(texts)

    fragments = Fragments()
    assert fragments.filled(Markup("<i>{}</i>").format, "en", [("<",), (">",)], Whole()) == "<i>&lt;</i>\n<i>&gt;</i>"
    assert fragments.filled(str.upper, "en", [("a",), ("b",)], Whole()) == "A\nB"


def test_of_pages_that_are_alike_only_the_pieces_are_put_in() -> None:
    made = list[str]()

    def make(pieces: Sequence[Markup]) -> str:
        made.append("")
        return f"<p>100 % {pieces[1]} of {pieces[0]}, {pieces[1]}</p>"

    fragments = Fragments()
    for number in range(3):
        pieces = [Markup("<b>{}</b>").format(number), Markup("%s")]
        assert fragments.page("alike", pieces, make) == f"<p>100 % %s of <b>{number}</b>, %s</p>"
    assert len(made) == 1
    fragments.page("other", pieces, make)
    assert len(made) == 2


def test_a_page_that_does_not_show_a_piece_is_made_for_itself() -> None:
    fragments = Fragments()
    for number in range(2):
        assert fragments.page("alike", [escape(number), Markup("%s")], lambda pieces: f"{pieces[0]} %") == f"{number} %"


@pytest.mark.parametrize("root", ["", "/mounted"])
def test_the_way_to_other_pages_that_is_filled_in_is_the_one_that_is_made(root: str, speaking: Flask) -> None:
    speaking.extensions[EXTENSION] = Fragments()
    given = [
        (page, pages, cut, previous, following)
        for page, pages in (("1", "2"), ("12", "1000"))
        for cut in (False, True)
        for previous, following in product((None, "/?a=1&b=%3C"), (None, "/?page=2"))
    ]
    with speaking.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
        turning = part_of("macros.html", "turning")
        assert [filled_each(turning, [one], PagesOutlining()) for one in given * 2] == [turning(*one) for one in given * 2]


def test_not_more_patterns_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments_module, "MOST_PATTERNS", 3)
    monkeypatch.setattr(fragments_module, "MOST_FRAMES", 3)

    class Lengths:
        def outline(self, shown: Any) -> Outline:
            return Outline(len(shown), shown)

        def standing_in(self, _shown: Any, texts: Any) -> Any:
            return tuple(texts)

    fragments = Fragments()
    for length in (1, 2, 3, 4, 5, 1, 2, 3, 4, 5):
        texts = tuple("abcde"[:length])
        assert fragments.filled(lambda *given: "-".join(given), "en", [texts], Lengths()) == "-".join(texts)
        assert len(fragments._patterns) <= 3
        assert fragments.page(length, [escape(length)], lambda pieces: pieces[0]) == str(length)
        assert len(fragments._frames) <= 3


@pytest.mark.parametrize("name", sorted(OTHERWISE))
def test_a_row_with_another_value_is_another_row(name: str, speaking: Flask) -> None:
    with speaking.test_request_context():
        result = macro(speaking, "result")
        other = kept(result, ENTRY._replace(**{name: OTHERWISE[name]}), 1, (CORRECTION,))
        assert kept(result, ENTRY, 1, (CORRECTION,)) != other
        assert kept(result, ENTRY._replace(), 1, (replace(CORRECTION),)) == result(ENTRY, 1, (CORRECTION,))


def test_a_row_shows_its_findings_and_corrections_as_they_are(speaking: Flask) -> None:
    with speaking.test_request_context():
        result = macro(speaking, "result")
        shown = {
            kept(result, ENTRY, number, corrections)
            for number in (0, 1, 2)
            for corrections in ((), (CORRECTION,), (replace(CORRECTION, read_value=None),), (replace(CORRECTION, reason="typed wrong"),))
        }
    assert len(shown) == 12


def test_the_values_of_a_facet_are_kept_for_the_search_that_they_stand_beside(speaking: Flask) -> None:
    values = (FacetValue("CS", 3, selected=False), FacetValue("CSMS", 1200, selected=False))
    given = (search_url.Links("/", (("q", "a"),)), "role", "Role", values, 7, False, False)
    otherwise: tuple[Hashable, ...] = (
        search_url.Links("/", (("q", "b"),)),
        "kinds",
        "Certificate type",
        (replace(values[0], count=4), values[1]),
        1,
        True,
    )
    with speaking.test_request_context():
        facet = macro(speaking, "facet")
        made = kept(facet, *given)
        for place, other in enumerate(otherwise):
            assert kept(facet, *given[:place], other, *given[place + 1 :]) != made
        chosen = (replace(values[0], selected=True), values[1])
        assert kept(facet, *given[:3], chosen, *given[4:]) != made
        assert kept(facet, *given) == made == facet(*given)


def test_everything_that_an_entry_has_makes_another_key() -> None:
    assert set(OTHERWISE) <= set(Entry._fields)
    assert all(ENTRY._replace(**{name: value}) != ENTRY for name, value in OTHERWISE.items())


def test_languages_and_places_are_not_mixed(speaking: Flask) -> None:
    said = set()
    for language in ("en", "eo"):
        for root in ("", "/mounted"):
            with speaking.test_request_context(headers={"Accept-Language": language}, environ_overrides={"SCRIPT_NAME": root}):
                said.add(kept(macro(speaking, "result"), ENTRY, 0, ()))
    assert len(said) == 4


def test_a_value_is_escaped_wherever_it_stands(speaking: Flask) -> None:
    with speaking.test_request_context():
        page = render_template_string(
            "{% from 'certificates/_found.html' import result %}{{ kept(result, entry, 0, ()) }}", entry=ENTRY._replace(holder="<script>")
        )
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_never_more_is_kept_than_may_be() -> None:
    made = []

    def part(text: str) -> Markup:
        made.append(text)
        return escape("x" * 1000)

    fragments = Fragments(10 * (KEY_BYTES + 1100))
    for number in range(1000):
        fragments.of(part, "en", [(f"{number}",)])
        fragments.of(part, "en", [("often",)])
        assert len(fragments) <= 10
    assert made.count("often") == 1
    fragments.of(part, "en", [("0",)])
    assert made.count("0") == 2
    none = Fragments(0)
    assert none.of(part, "en", [("0",)]) == ["x" * 1000]
    assert len(none) == 0


def test_many_threads_get_what_each_asked_for() -> None:
    fragments = Fragments(20 * KEY_BYTES)
    wrong: list[str] = []

    def ask(begun: int) -> None:
        for number in range(begun, begun + 2000):
            text = str(number % 37)
            if fragments.of(Markup, "en", [(text,)]) != [text]:
                wrong.append(text)

    threads = [Thread(target=ask, args=(begun,)) for begun in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(fragments) <= 20
