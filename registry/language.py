"""Which language a page is in: what the visitor chose (`?lang=`, kept in a cookie), else what the browser asks for, else English.

A language is there as soon as `registry/translations/<language>/LC_MESSAGES/messages.mo` is. Templates and views say texts with
flask_babel's `_()`; outside a request, and so in commands and papers, that says them in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_app_context, request
from flask_babel import Babel, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

TRANSLATIONS = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "en"
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600
PARAMETER = "lang"
_EXTENSION = "ocpp-registry-languages"
_UNTRANSLATED = NullTranslations()
_A_THOUSAND = 1000
_MOST_KEPT = 5000
"""More texts than the pages have: what is shown by `_()` and is no text of theirs must not fill the memory."""
_FILE = re.compile(r"\.[a-z]{3,5}$")
"""What is taken along as a file is in one language, whoever takes it."""


def gettext(text: str, **values: object) -> str:
    """The text in the language of the page at hand, with the values in their places."""
    said = str(_texts().gettext(text))
    return said % values if values else said


def template_in_words(template: str, context: str = "") -> str:
    """The template of a sentence in the language of the page at hand, with its places; the template itself where that language has none."""
    texts = _texts()
    return str(texts.pgettext(context, template) if context else texts.gettext(template))


class Words(Mapping[str, str]):
    """Texts by their keys, each said in the language of the page at hand when it is asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    @classmethod
    def of(cls, *texts: str) -> Words:
        """Texts that are their own keys."""
        return cls({text: text for text in texts})

    def __getitem__(self, key: str) -> str:
        return gettext(self._texts[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def counted(one: str, many: str, number: int, **values: object) -> str:
    """The text for that many, with the number in the place of `%(num)s` as the language writes it: "1 page", "1,200 pages"."""
    return str(_texts().ngettext(one, many, number)) % ({"num": number_text(number)} | values)


def number_text(number: int) -> str:
    """A number with its thousands apart, as the language of the page at hand writes it."""
    return str(number) if abs(number) < _A_THOUSAND else _with_thousands(number, str(get_locale() or SOURCE_LANGUAGE))


@lru_cache(maxsize=4096)
def _with_thousands(number: int, language: str) -> str:
    return format_decimal(number, locale=language)


def _texts() -> NullTranslations:
    """The texts in the language of the page at hand, looked up once a request: a page has hundreds of them."""
    if not has_app_context():
        return _UNTRANSLATED
    found: NullTranslations | None = g.get("texts")
    if found is None:
        found = g.texts = get_translations()
    return found


@pass_eval_context
def _shown(how: EvalContext, text: str, /, **values: object) -> str:
    """The templates' `_()`: as Jinja's own, with the values escaped where the template is."""
    texts = _texts()
    if not how.autoescape:
        return texts.gettext(text) % values
    # Most texts have no values, and stand on page after page: kept as they are shown, beside the language that they are in.
    kept: dict[str, Markup] = texts.__dict__.setdefault("shown", {})
    said = kept.get(text)
    if said is None:
        said = Markup(texts.gettext(text))  # noqa: S704 (the texts are those of the templates and of who translated them)
        if len(kept) < _MOST_KEPT:
            kept[text] = said
    return said % values if values or "%" in said else said


@pass_eval_context
def _shown_counted(how: EvalContext, one: str, many: str, number: int, /, **values: object) -> str:
    """The templates' `ngettext()`, with `%(num)s` as the language writes numbers."""
    said = _texts().ngettext(one, many, number)
    if how.autoescape:
        said = Markup(said)  # noqa: S704 (as above)
    return said % ({"num": number_text(number)} | values)


def speak_languages(app: Flask, translations: Path = TRANSLATIONS) -> None:
    """Let the pages of `app` be in every language that `translations` has."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE_LANGUAGE
    babel = Babel(app, locale_selector=_language)
    with app.app_context():
        names = sorted({str(locale) for locale in babel.list_translations()})
    app.extensions[_EXTENSION] = {name.replace("_", "-"): name for name in names}
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(page_language=page_language, languages=languages)
    app.jinja_env.globals.update({"_": _shown, "gettext": _shown, "ngettext": _shown_counted})
    app.after_request(_say_language)


def page_language() -> str:
    """The language tag of the page at hand, as `<html lang>` has it."""
    return str(get_locale() or SOURCE_LANGUAGE).replace("_", "-")


def language_asked_for(app: Flask, accept: str) -> str:
    """The tag of the language that pages are in for a browser that sends this `Accept-Language`, where nobody chose one."""
    return _best(accept, tuple(app.extensions[_EXTENSION]))


def languages() -> dict[str, str]:
    """The tags of all languages that pages are there in, each with its name in itself."""
    return {tag: Locale.parse(name).get_display_name() or tag for tag, name in _known().items()}


def _known() -> dict[str, str]:
    known: dict[str, str] = current_app.extensions[_EXTENSION]
    return known


def _language() -> str:
    if request.path.startswith("/api/v1/") or _FILE.search(request.path):
        return SOURCE_LANGUAGE  # programs read the same words whoever runs them, and the answers' tags stay what they are
    known = _known()
    for asked in (request.args.get(PARAMETER), request.cookies.get(COOKIE)):
        if asked in known:
            return known[asked]
    return known.get(_best(request.headers.get("Accept-Language", ""), tuple(known)), SOURCE_LANGUAGE)


@lru_cache(maxsize=256)
def _best(accept: str, known: tuple[str, ...]) -> str:
    return parse_accept_header(accept, LanguageAccept).best_match(known) or SOURCE_LANGUAGE


def _say_language(response: Response) -> Response:
    known = _known()
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = page_language()
        if len(known) > 1:
            response.vary.update(("Accept-Language", "Cookie"))
    chosen = request.args.get(PARAMETER)
    if chosen in known:
        response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
