"""Help says what is so: every link in it leads somewhere, and every command, setting and button that it names is there."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import click
import pytest
from flask.testing import FlaskClient

from app import main
from registry.help.terms import TERMS

PAGES = ("/help", "/help/buyer", "/help/utility", "/help/laboratory", "/help/operator", "/help/webhooks", "/help/glossary")
ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"<code>([^<]+)</code>")
_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_NAMED = re.compile(r"“([^”]+)”")
PLACES = {"FILE", "FOLDER"}
SETTINGS = ("settings.py", "mail.py", "vault.py")


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_help_leads_somewhere(path: str, client: FlaskClient) -> None:
    page = client.get(path)
    assert page.status_code == 200
    inside = page.text[page.text.index("<main") : page.text.index("</main>")]
    for link in map(unescape, _LINK.findall(inside)):
        address, _hash, anchor = link.partition("#")
        if address.startswith("https://"):
            continue
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == 200, link
        assert not anchor or f'id="{anchor}"' in answer.text, link


@pytest.mark.parametrize("path", PAGES)
def test_every_command_and_setting_that_help_names_is_there(path: str, client: FlaskClient) -> None:
    settings = "".join((ROOT / "registry" / name).read_text(encoding="utf-8") for name in SETTINGS)
    for said in map(unescape, _CODE.findall(client.get(path).text)):
        if said.startswith("OCPP_REGISTRY_"):
            assert f'"{said}"' in settings
            continue
        name, *words = said.split()
        assert name == "ocpp-registry", said
        _check(main, words)


def test_help_names_every_setting(client: FlaskClient) -> None:
    read = "".join((ROOT / "registry" / name).read_text(encoding="utf-8") for name in SETTINGS)
    named = set(_CODE.findall(client.get("/help/operator").text))
    assert set(re.findall(r'"(OCPP_REGISTRY_[A-Z_]*[A-Z])"', read)) - named == set()


def test_the_glossary_has_the_words_of_answers_and_lists() -> None:
    assert {"family", "white-label", "superseded", "withdrawn", "type-letters", "iso-15118", "ocpp"} <= {term.anchor for term in TERMS}


def _check(command: click.Command, words: list[str]) -> None:
    """That the words name a command, and options that it has."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        inner = command.get_command(context, words[0])
        assert inner is not None, words
        _check(inner, words[1:])
        return
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, words
    assert words == [] or command.params, words


@pytest.mark.parametrize("path", PAGES)
def test_what_help_quotes_stands_on_a_page(path: str, client: FlaskClient) -> None:
    texts = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "templates").rglob("*.html") if file.parent.name != "help")
    page = unescape(re.sub(r"<[^>]+>", "", client.get(path).text))
    for said in _NAMED.findall(page):
        assert said == "certified" or said in texts, said


def test_the_glossary_has_every_word_once_and_explains_it(client: FlaskClient) -> None:
    page = client.get("/help/glossary").text
    assert len({term.anchor for term in TERMS}) == len(TERMS) > 30
    for term in TERMS:
        assert page.count(f'id="{term.anchor}"') == 1
        assert unescape(term.meaning) in unescape(page)


def test_an_unknown_task_is_a_page_that_helps(client: FlaskClient) -> None:
    assert client.get("/help/nonsense").status_code == 404


def test_pages_lead_to_the_words_that_they_use() -> None:
    anchors = {term.anchor for term in TERMS}
    used = set()
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        used |= set(re.findall(r"_anchor='([a-z-]+)'", "\n".join(line for line in text.splitlines() if "help.glossary" in line)))
        used |= set(re.findall(r"explain\('([a-z-]+)'", text))
    assert used <= anchors | {"decide"}
    assert len(used & anchors) > 12
