"""Where in a requirement set something stands: takes values from there, or says in a sentence what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from registry.requirements.model import BadRules
from registry.sentences import Sentence

_MOST_LISTED = 12


class Place:
    """Where in which set something stands; takes values from there, or says what is wrong with them."""

    def __init__(self, identity: str, path: tuple[str, ...]) -> None:
        self.set, self.path = identity, path

    def inside(self, name: str) -> Place:
        """The place of what stands there under that name."""
        return Place(self.set, (*self.path, name))

    def error(self, name: str, what: Sentence) -> BadRules:
        """What is wrong with what stands there under that name."""
        where = ".".join((*self.path, name)) if name else ".".join(self.path)
        return BadRules(Sentence("%(set_words)s: %(where)s %(what_text)s", set_words=self.set, where=where, what_text=what))

    def only(self, table: Mapping[str, Any], known: Iterable[str]) -> None:
        """Raises BadRules for a key that is not known there."""
        for name in table:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                remedy = Sentence("did you mean %(near)s?", near=near[0]) if near else Sentence("use %(known)s", known=", ".join(known))
                raise self.error(name[:60], Sentence("is not known here: %(remedy_text)s", remedy_text=remedy))

    def text(self, table: Mapping[str, Any], name: str) -> str:
        """A text, without needless blanks."""
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(name, Sentence("is missing, or no text: write it between quotation marks"))
        return " ".join(value.split())

    def texts(self, table: Mapping[str, Any], name: str) -> tuple[str, ...]:
        """A list of one text or more."""
        value = table.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each.strip() for each in value):
            raise self.error(name, Sentence('must be a list of one text or more, as ["one", "another"]: write one, or leave it out'))
        return tuple(" ".join(each.split()) for each in value)

    def table(self, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A table."""
        value = table.get(name)
        if not isinstance(value, dict):
            raise self.error(name, Sentence("is missing, or no table: compare it with a set that ships"))
        return value

    def tables(self, table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        """A list of one table or more."""
        value = table.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise self.error(name, Sentence("must be a list of tables with at least one: compare it with a set that ships"))
        return value

    def number(self, table: Mapping[str, Any], name: str) -> int | None:
        """A whole number, None for none."""
        value = table.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.error(name, Sentence("is %(value)s: write a whole number", value=f"{value!r}"))
        return value

    def day(self, table: Mapping[str, Any], name: str) -> date | None:
        """A day, None for none."""
        value = table.get(name)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError as error:
                raise self.error(
                    name, Sentence("is %(value)s, a date that cannot be: write it as 2025-01-31", value=f"{value[:40]!r}")
                ) from error
        raise self.error(name, Sentence("is %(value)s, which is no date: write it as 2025-01-31, without a time", value=f"{value!s:.40}"))


def known_word(word: str, find: Callable[[str], str | None], known: Iterable[str], place: Place, name: str) -> str:
    """The word by the name that rules use. Raises BadRules for one that is not known, with what may be meant."""
    found = find(word)
    if found is None:
        near = get_close_matches(word.casefold(), [each.casefold() for each in known], n=1)
        one = next((each for each in known if near and each.casefold() == near[0]), None)
        remedy = Sentence("did you mean %(near)s?", near=one) if one else Sentence("use one of %(known)s", known=_first(tuple(known)))
        raise place.error(name, Sentence("says %(word)s, which is not known: %(remedy_text)s", word=f"{word[:60]!r}", remedy_text=remedy))
    return found


def _first(known: Sequence[str]) -> str:
    """The words that are known; of very many the first."""
    return ", ".join(known[:_MOST_LISTED]) + (", …" if len(known) > _MOST_LISTED else "")
