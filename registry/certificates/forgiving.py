"""Searches that find nothing as they are typed: read in the ways in which somebody may have meant them, and said so.

What only writes words apart or together is searched for at once. A word that nothing has is replaced by the one that differs in a single
letter, where there is one alone; whatever is less likely is offered, and not searched for. Words of figures are never replaced: another
number is another certificate, another version another product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.certificates.entries import Entry
from registry.certificates.filter_words import of_all
from registry.certificates.filtering import as_filters
from registry.certificates.fulltext import finds_any, stands_in
from registry.certificates.nearness import holders_beginning, near, taken_apart
from registry.certificates.search import Reading, Replaced, SearchQuery, SearchResult, search
from registry.certificates.spelling import along, at_signs, joined
from registry.certificates.words import company_key, company_runs, fold, legal_forms, query_words, search_text
from registry.matching.aliases import Alias, linking

MOST_WORDS = 8
"""Of more words none is replaced: each costs statements, and a search of so many is a pasted text."""

MOST_TRIED = 4
"""Of more words that are all known, only not together, none is tried in another spelling."""

MOST_OFFERED = 3
FEW = 20
"""So many entries may be some others' that have the letters of a holder's name by chance: then the holder is offered as well."""


@dataclass(frozen=True)
class Understood:
    """What is searched for in place of a text, and what it might have meant besides."""

    taken: tuple[str, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    offered: tuple[str, ...] = ()


NOTHING = Understood()


def forgiving_search(session: Session, query: SearchQuery) -> SearchResult:
    """As `search`, with the other names that it found by; where nothing has the words as typed, of those that are meant, in `replaced`.

    One statement more than `search` where many entries have the words, two where few have, and as many as `as_filters` needs.
    """
    found = search(session, query)
    words = query_words(query.text)
    if not words:
        return found
    if len(words) <= MOST_WORDS:
        found = replace(found, filters=as_filters(session, query, found))
    if found.total:
        found = replace(found, known_as=_known_as(session, words, found.entries))
        return found if found.total > FEW else replace(found, offered=_holders_besides(session, query, found))
    meant = _understood(session, query.text, words)
    if not meant.replaced:
        return replace(found, offered=meant.offered)
    taken = search(session, replace(query, text=" ".join(meant.taken)))
    known_as = _known_as(session, meant.taken, taken.entries)
    return replace(taken, query=query, replaced=meant.replaced, offered=meant.offered, known_as=known_as, filters=found.filters)


def understood(session: Session, query: SearchQuery) -> tuple[SearchQuery, tuple[Replaced, ...]]:
    """The query to carry out, and the words that were replaced in it; `query` itself wherever its words find anything at all.

    One statement where they do, none without words.
    """
    words = query_words(query.text)
    meant = _understood(session, query.text, words) if words else NOTHING
    return (replace(query, text=" ".join(meant.taken)), meant.replaced) if meant.replaced else (query, ())


def _understood(session: Session, text: str, words: Sequence[str]) -> Understood:
    if len(words) > MOST_WORDS or finds_any(session, words):
        return NOTHING
    typed = _typed(text, words)
    for meant in _written_otherwise(session, text, typed):
        if finds_any(session, meant.taken):
            return meant
    return _spelt_otherwise(session, typed)


def _typed(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """The words with the signs in them; a certificate number with its parts apart is one."""
    typed = tuple(dict.fromkeys(word for word in fold(text).split() if _plain(word)))
    return typed if tuple(dict.fromkeys(map(_plain, typed))) == tuple(words) else tuple(words)


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed if letter.isalnum())


def _written_otherwise(session: Session, text: str, typed: Sequence[str]) -> Iterator[Understood]:
    """Ways to write the whole that mean the same: as the name of a holder is written, and with neighbours as one."""
    whole = " ".join(typed)
    others = (company_runs(alias.name) for alias in recorded(session).all)
    words = tuple(map(_plain, typed))
    without_form = tuple(word for word in words if word not in legal_forms())
    for name in (*holders_beginning(session, text), *others):
        pieces = along(company_key(text), name)
        if pieces and pieces != without_form:
            yield Understood(pieces, (Replaced(whole, " ".join(pieces), Reading.WRITTEN),))
    for together in joined(words):
        yield Understood(together, (Replaced(whole, " ".join(together), Reading.WRITTEN),))


def _spelt_otherwise(session: Session, typed: Sequence[str]) -> Understood:
    """Word by word: apart where it stands so in a name, left out where it says nothing, otherwise the likeliest that there is."""
    parts, replaced = _apart(session, typed)
    choices = [_choice(session, part) for part in parts]
    if not replaced and all(one.is_known for one in choices):
        return _other_word(session, parts)
    if any(not one.is_known and not one.options for one in choices):
        return NOTHING
    sure = all(one.is_known or one.is_sure for one in choices)
    taken = tuple(word for one in choices for word in one.first)
    if sure and taken and finds_any(session, taken):
        return Understood(taken, (*replaced, *(one.options[0] for one in choices if not one.is_known)))
    return Understood(offered=_offered(session, choices))


@dataclass(frozen=True)
class _Choice:
    """One word, and what it may have meant where the catalogue has nothing like it; `is_sure`: the first of these and no other."""

    word: str
    options: tuple[Replaced, ...] = ()
    is_known: bool = False
    is_sure: bool = False

    @property
    def first(self) -> tuple[str, ...]:
        """What is searched for in its place."""
        return (self.word,) if self.is_known or not self.options else tuple(self.options[0].taken.split())


def _apart(session: Session, typed: Sequence[str]) -> tuple[list[str], list[Replaced]]:
    """The words, those taken apart at their signs that nothing has as they are; and which these are."""
    parts: list[str] = []
    replaced = []
    for word in typed:
        pieces = at_signs(word)
        if pieces and not finds_any(session, (_plain(word),)):
            replaced.append(Replaced(word, " ".join(pieces), Reading.WRITTEN))
            parts += pieces
        else:
            parts.append(_plain(word))
    return list(dict.fromkeys(parts)), replaced


def _choice(session: Session, word: str) -> _Choice:
    if finds_any(session, (word,)):
        return _Choice(word, is_known=True)
    if pieces := taken_apart(session, word):
        return _Choice(word, (Replaced(word, " ".join(pieces), Reading.WRITTEN),), is_sure=True)
    if word in legal_forms() or word in of_all():
        return _Choice(word, (Replaced(word, "", Reading.LEFT_OUT),), is_sure=True)
    likely = [(found, wrong) for found, wrong in near(session, word) if finds_any(session, (found,))]
    closest = [found for found, wrong in likely if wrong == 1]
    return _Choice(word, tuple(Replaced(word, found) for found, _ in likely), is_sure=len(closest) == 1)


def _other_word(session: Session, words: Sequence[str]) -> Understood:
    """The words, of which each is known, with one of them spelt so that there is something that has all of them."""
    if not 1 < len(words) <= MOST_TRIED:
        return NOTHING
    found = []
    for place, word in enumerate(words):
        for other, wrong in near(session, word):
            taken = (*words[:place], other, *words[place + 1 :])
            if wrong == 1 and finds_any(session, taken):
                found.append(Understood(taken, (Replaced(word, other, Reading.NOT_TOGETHER),)))
    if len(found) == 1:
        return found[0]
    return Understood(offered=tuple(" ".join(one.taken) for one in found[:MOST_OFFERED]))


def _offered(session: Session, choices: Sequence[_Choice]) -> tuple[str, ...]:
    """The texts that find something when one word is taken for another that is like it."""
    found: list[str] = []
    for place, choice in enumerate(choices):
        for option in choice.options:
            others = [one.first for one in choices]
            others[place] = tuple(option.taken.split())
            taken = tuple(word for words in others for word in words)
            if taken and len(found) < MOST_OFFERED and " ".join(taken) not in found and finds_any(session, taken):
                found.append(" ".join(taken))
    return tuple(found)


def _holders_besides(session: Session, query: SearchQuery, found: SearchResult) -> tuple[str, ...]:
    """The names of holders that are what was typed when they are written as one, where none of their entries has it so."""
    key = company_key(query.text)
    shown = {company_key(entry.holder) for entry in found.entries}
    named = (name for name in holders_beginning(session, query.text) if "".join(name) == key and key not in shown)
    return tuple(" ".join(pieces) for name in named if (pieces := along(key, name)) and finds_any(session, pieces))


def _known_as(session: Session, words: Sequence[str], entries: Iterable[Entry]) -> tuple[Alias, ...]:
    """The records of names by which these entries were found: by a word of another name of the holder's that the one printed has not."""
    aliases = recorded(session)
    used: dict[Alias, None] = {}
    for holder in dict.fromkeys(entry.holder for entry in entries if entry.holder) if aliases.all else ():
        own = search_text([holder])
        for other in aliases.others(holder):
            text = search_text([other])
            if any(stands_in(word, text) and not stands_in(word, own) for word in words):
                used.update(dict.fromkeys(linking(aliases.of(holder), holder, other)))
    return tuple(used)
