"""A language that nobody speaks: every text of the pages between marks and with accents, so that one sees which text is none of them.

Values that a template shows get marks of their own. What stands on a page outside of all marks was written into the template, past
the translators; what stands between the marks of a value has to be data.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from jinja2 import Undefined

from tests import texts

LANGUAGE = "eo"
"""Babel has to know the language's plurals; any with the same rule as English would do."""

TEXT, END_TEXT, VALUE, END_VALUE = "⟦", "⟧", "⟪", "⟫"
_ACCENTS = str.maketrans("aeioucnsyzAEIOUCNSYZ", "áéíóúçñšýžÁÉÍÓÚÇÑŠÝŽ")
_KEEP = re.compile(r"(%\(\w+\)s|%%|<[^>]*>|&\w+;|\{\})")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_MARKS = re.compile(f"([{TEXT}{END_TEXT}{VALUE}{END_VALUE}])")
_NAMES = re.compile(r"OCPP Registry|\b(JSON|CSV|XLSX|PDF|TOML|HTML|Markdown|Pass|Fail|N/A)\b|https://")
"""What is called the same in every language: the site, kinds of files, and the words that certificates print."""

ATTRIBUTES = ("title", "aria-label", "alt", "placeholder", "data-label")
_SILENT = ("script", "style", "pre", "code", "textarea")
_VOID = ("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")


def write(directory: Path) -> None:
    """Put the language where the pages look for languages."""
    catalog = Catalog(locale=LANGUAGE)
    for message in texts.gathered():
        if message.id:
            said = spoken(message.id) if isinstance(message.id, str) else tuple(map(spoken, message.id))
            catalog.add(message.id, said, context=message.context)
    path = directory / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)


def spoken(text: str) -> str:
    """The text in that language."""
    parts = _KEEP.split(text)
    said = [
        part.translate(_ACCENTS) if number % 2 == 0 else f"{VALUE}{part}{END_VALUE}" if part.startswith("%(") or part == "{}" else part
        for number, part in enumerate(parts)
    ]
    return f"{TEXT}{''.join(said)}{END_TEXT}"


def marked(value: object) -> object:
    """What a template shows, between marks when it is a bare value; used as Jinja's `finalize`."""
    if isinstance(value, Undefined) or hasattr(value, "__html__") or value is None:
        return value
    return f"{VALUE}{value}{END_VALUE}" if _LETTERS.search(str(value)) else value


def unmarked(text: str) -> str:
    """The text without marks."""
    return _MARKS.sub("", text)


@dataclass
class Untranslated(HTMLParser):
    """What stands on a page outside of the translators' reach: `found`, each with the element around it."""

    known: Collection[str]
    found: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _silent: list[bool] = field(default_factory=lambda: [False])
    _marks: list[str] = field(default_factory=list)
    _value: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the texts of the tag, and remember whether its content is to be looked at."""
        given = dict(attrs)
        # A text that was stored in English is shown as English, and says so.
        silent = self._silent[-1] or tag in _SILENT or (given.get("lang") == "en" and tag != "html") or given.get("translate") == "no"
        if not silent:
            for name in ATTRIBUTES:
                self._look(given.get(name) or "", f"{tag} {name}", [])
        if tag not in _VOID:
            self._open.append(tag)
            self._silent.append(silent)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        while self._open and tag in self._open:
            self._silent.pop()
            if self._open.pop() == tag:
                break

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        self._look(data, ">".join(self._open[-3:]), self._marks, silent=self._silent[-1])

    def _look(self, text: str, where: str, marks: list[str], *, silent: bool = False) -> None:
        for part in _MARKS.split(text):
            if part in (TEXT, VALUE):
                marks.append(part)
                self._value = "" if part == VALUE else self._value
            elif part in (END_TEXT, END_VALUE):
                marks.pop()
                if part == END_VALUE and not silent and not is_data(self._value, self.known):
                    self.found.append(f"value in {where}: {self._value.strip()}")
                self._value = ""
            elif marks and marks[-1] == VALUE:
                self._value += part
            elif not marks and not silent and _LETTERS.search(_NAMES.sub("", part)):
                self.found.append(f"text in {where}: {part.strip()}")


_DAY = r"\d{1,2} \w+ \d{4}"
_SAID_IN_NUMBERS = re.compile(
    rf"(\w+\.)?OCA[.\w -]+(\(.+)?|[A-Z]\w+ \d{{4}}|{_DAY}(, \d\d:\d\d UTC)?|[\d.,]+ (s|ms|min|h|Bytes|kB|MB|GB)|"
    rf"([0-9a-f]{{4}} ?){{8,}}|[\d-]+T[\d:.+Z-]+|[0-9a-f-]{{16,}}"
)


def is_data(value: str, known: Collection[str]) -> bool:
    """Whether the value is one that the registry holds, or several of them, or a moment or a duration."""
    plain = " ".join(value.split()).strip(" .,:;()“”-–/·×→")
    if not _LETTERS.search(plain) or plain.casefold() in known or _SAID_IN_NUMBERS.fullmatch(plain):
        return True
    parts = [part for part in re.split(r"[,;:/|“”() ]+ | / |, ", plain) if part]
    return len(parts) > 1 and all(is_data(part, known) for part in parts)


def strings(value: object) -> Iterator[str]:
    """All strings in a value of a database or of a JSON document, whole and by lines, as `is_data` compares them."""
    if isinstance(value, str):
        for part in (value, *value.splitlines()):
            yield " ".join(part.split()).strip(" .,:;()“”-–/·×→").casefold()
    elif isinstance(value, dict):
        for name, content in value.items():
            yield from strings(str(name))
            yield from strings(content)
    elif isinstance(value, list | tuple):
        for content in value:
            yield from strings(content)
