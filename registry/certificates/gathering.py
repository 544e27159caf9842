"""What a search finds, in a number of statements and of rows that does not grow with what it finds.

What few entries have the words of is read whole, and everything is told from these. What many have, words or facets, is laid out in
stretches (`registry.certificates.layout`), and total and counts are told from these, up to `MOST_COUNTED`. Of what is not, so many
entries are taken from the index, by their places and with what of their facets is to be counted; only what is on the page is read whole.
Where there are more, total and counts are those of the ones that were taken, and the page is found in the index, which has the order of
days, or by going through the entries in another order (`registry.certificates.walking`). Of everything, the counts are kept
(`registry.certificates.tallies`).
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from sys import maxsize
from typing import Any, cast

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from registry.certificates import layout, places
from registry.certificates.asking import Asking, Chosen, sought
from registry.certificates.entries import COLUMNS, RAW, Entry, of_row, stored_profiles
from registry.certificates.found import Found
from registry.certificates.fulltext import among, like, unsure
from registry.certificates.laid_out import LaidOut
from registry.certificates.stretches import NUMBERS, ONE_IN
from registry.certificates.tallies import everything, had_by_many, stored_counts
from registry.certificates.terms import FACETS, facet_column, spelled
from registry.certificates.walking import ORDERS, Walk

MOST_COUNTED = 10_000
"""Of more entries the total is told as "more than" so many, and the counts of facets are those of so many."""

READ_WHOLE = 500
"""Of so many the whole lines are read to sort them, of more first only what they are sorted by."""

FEW = 100
"""What so many entries have the words of is faster read whole than looked up together with facets."""

MOST_SORTED = 20_000
"""So many that the index gives are sorted by what is laid out; of more it is gone through the entries in the order."""

BESIDE = 30
"""So many entries beside the page are looked at, to see all of the days on which it begins and ends."""

_SORTED_BY = {"number": (NUMBERS,), "holder": (NUMBERS, "holder")}
"""What is read of what is laid out to put it into an order."""

_DAY_AT = {"newest": places.day_at, "oldest": places.oldest_day_at}
"""The first part of the orders that an entry's place tells."""

_FACET_PLACES = {name: COLUMNS.index(facet_column(name)) for name in FACETS}
_READ_FACETS = tuple(name for name in FACETS if name != "year")
"""Those that the place of an entry does not tell."""
_READ_COLUMNS = tuple(RAW[_FACET_PLACES[name]] for name in _READ_FACETS)
Counts = Mapping[str, int]


class Gathering:
    """What has all `words` and, of each facet in `chosen`, one of the values. Without `counted` no counts of facets can be asked for."""

    def __init__(self, session: Session, words: Sequence[str], chosen: Chosen, sort: str, *, counted: bool = True) -> None:
        self._session = session
        self._asking = Asking(session, words)
        self._stretches = LaidOut(session, words, self._between)
        self._words = words
        self._chosen = chosen
        self._sort = sort
        self._order = ORDERS[sort]
        self._counted = counted
        self._shown: tuple[ColumnElement[Any], ...] = RAW
        self._made: Callable[[tuple[Any, ...]], Any] = of_row

    @property
    def is_everything(self) -> bool:
        """Whether nothing is asked for."""
        return not self._words and not self._chosen

    @property
    def more(self) -> bool:
        """Whether there are more than `total`, of which the counts of facets are."""
        return not self.is_everything and self._known > MOST_COUNTED

    @cached_property
    def total(self) -> int:
        """How many there are, or `MOST_COUNTED`."""
        return everything(self._session) if self.is_everything else min(self._known, MOST_COUNTED)

    def page(self, first: int, size: int) -> list[Entry]:
        """The entries from `first` on, which counts from 0, in the order."""
        if self.is_everything:
            return self._walked(first, size)
        if self._few is not None:
            return self._in_order(self._among_few(), first, size)
        if self._sort not in _DAY_AT:
            if (whole := self._all_laid_out) is not None:
                found, skipped = whole.page(self._sort, first, size)
                return self._sorted(found, first - skipped, size)
            return self._walked(first, size) if self.more else self._sorted(self._places, first, size)
        laid_out = self._laid_out
        if laid_out is not None and self._sort == "newest" and (laid_out.is_all or first + size <= laid_out.total):
            found = laid_out.whole_days(first + size)
        elif not self.more and (laid_out is not None or self._counted or not self._asking.is_ordered):
            found = places.newest_first(self._places) if self._sort == "newest" else places.oldest_first(self._places)
        elif self._sort == "oldest" and (oldest := self._oldest_laid_out(first + size)) is not None:
            found = oldest
        elif self._asking.is_ordered:
            return self._from_index(first, size)
        else:
            return self._walked(first, size)
        begin, end = self._whole_days(found, first, first + size)
        return self._sorted(found[begin:end], first - begin, size)

    def ids(self, first: int, size: int) -> list[int]:
        """The ids of what `page` gives; to be asked of a gathering of its own. They cost a third of what the entries do."""
        self._shown, self._made = RAW[:1], itemgetter(0)
        return cast("list[int]", self.page(first, size))

    def counts(self, most: int) -> Iterator[tuple[str, Counts]]:
        """For each facet how many entries each of its values has, the facet's own choice left out; of many values, the `most` frequent."""
        kept = FACETS if self.is_everything else tuple(self._chosen) if not self._words and len(self._chosen) == 1 else ()
        stored = stored_counts(self._session, kept, self._chosen, most) if kept else {}
        for name in FACETS:
            yield name, stored[name] if name in kept else self._found_counts(name, most)

    def _found_counts(self, name: str, most: int) -> Counts:
        if self._few is not None:
            return _count(name, self._values(name))
        is_chosen = name in self._chosen
        laid_out = self._laid_out_without(name) if is_chosen else self._laid_out or self._told
        if name == "year":
            # The places tell the years.
            if laid_out is not None:
                years: Mapping[int, int] = laid_out.first(MOST_COUNTED).years()
            else:
                years = places.in_years(self._places_without(name) if is_chosen else self._places[:MOST_COUNTED])
            return {str(year): number for year, number in years.items()}
        if laid_out is not None:
            return laid_out.first(MOST_COUNTED).counts(name, most, self._chosen.get(name, ()))
        return _count(name, self._values(name))

    def _others(self, name: str) -> Chosen:
        return {other: values for other, values in self._chosen.items() if other != name}

    def _values(self, name: str) -> Iterator[Any]:
        """The values of a facet, as the database gives them, of what has the others."""
        if self._few is not None:
            at = len(self._order) + _FACET_PLACES[name]
            return (row[at] for row in self._among_few(leaving_out=name))
        if name not in self._chosen:
            at = 1 + _READ_FACETS.index(name)
            return (row[at] for row in self._taken[:MOST_COUNTED])
        return (row[1] for row in self._asking.rows((RAW[_FACET_PLACES[name]],), self._others(name), MOST_COUNTED))

    def _asking_for(self, chosen: Chosen) -> Asking:
        """Asks the index for the words and these facets: PostgreSQL's not for what many have, where there is something that few have."""
        if self._asking.is_ordered or not self._words:
            return self._asking
        rare = [word for word in self._words if word not in self._common_words]
        if len(rare) == len(self._words) or not (rare or chosen.keys() - self._had_by_many):
            return self._asking
        return Asking(self._session, rare, [word for word in self._words if word not in rare])

    @cached_property
    def _common_words(self) -> frozenset[str]:
        return layout.had_by_many(self._session, self._words)

    @cached_property
    def _marked(self) -> Found | None:
        """What is laid out of it, as its words are; None where they have to be looked for in the index."""
        return self._find(self._chosen, self._read_of_all, MOST_COUNTED + 1)

    @cached_property
    def _laid_out(self) -> Found | None:
        """What is laid out of it, of words that few have by the places that the index tells; None where all has to be looked for there."""
        if self._marked is not None or not self._are_places_all:
            return self._marked
        return self._find(self._chosen, self._read_of_all, MOST_COUNTED + 1, at=self._first)

    @cached_property
    def _told(self) -> Found | None:
        """What is laid out of the entries that the index gave."""
        return self._find({}, self._read_of_all, MOST_COUNTED + 1, at=self._places) if self._stretches.is_any else None

    @cached_property
    def _all_laid_out(self) -> Found | None:
        """All that there is, to be put into another order than that of days; None where it is found by going through the entries."""
        if self._laid_out is not None:
            return self._laid_out if self._laid_out.is_all else self._find(self._chosen, _SORTED_BY[self._sort], maxsize)
        if not self.more:
            return self._told if self._counted or len(self._places) > READ_WHOLE else None
        if not self._stretches.is_any:
            return None
        known = self._asking_for(self._chosen).places(self._chosen, MOST_SORTED + 1)
        return self._find({}, _SORTED_BY[self._sort], MOST_SORTED + 1, at=known) if len(known) <= MOST_SORTED else None

    @property
    def _read_of_all(self) -> tuple[str, ...]:
        """What is read of what is laid out to count all facets, and to put it into the order."""
        return ((*FACETS,) if self._counted else ()) + _SORTED_BY.get(self._sort, ())

    @cached_property
    def _had_by_many(self) -> frozenset[str]:
        """The facets of which what is chosen is had by many."""
        return had_by_many(self._session, self._chosen, ONE_IN)

    @property
    def _are_places_all(self) -> bool:
        """Whether so few entries have the words that the places of all are known, and something is laid out that tells more of them."""
        return bool(self._words) and self._stretches.is_any and len(self._first) <= MOST_COUNTED

    def _laid_out_without(self, name: str) -> Found | None:
        """What is laid out of what has all but this facet, whose values can be counted."""
        others = self._others(name)
        if self._marked is None and self._are_places_all:
            return self._find(others, (name,), MOST_COUNTED, at=self._first)
        if (found := self._find(others, (name,), MOST_COUNTED)) is not None or not self._stretches.is_any:
            return found
        return self._find({}, (name,), MOST_COUNTED, at=self._places_without(name))

    def _between(self, first: int, last: int) -> Sequence[int] | None:
        """The places from one to another that have the words, in their order; None for too many."""
        found = self._asking.places({}, MOST_SORTED + 1, between=(first, last))
        return sorted(found) if len(found) <= MOST_SORTED else None

    def _find(self, chosen: Chosen, columns: Iterable[str], most: int, at: Sequence[int] | None = None) -> Found | None:
        return self._stretches.find(chosen, columns, most, places=sorted(at) if at is not None else None)

    def _oldest_laid_out(self, most: int) -> list[int] | None:
        """The places of the days that have the oldest, so many at least, in that order; None where the index has to be asked."""
        if self._marked is None or (found := self._stretches.find(self._chosen, (), most, oldest=True)) is None:
            return None
        known = places.oldest_first(found.first(found.total).places())
        # Those without a day are among the first that are looked through, and come last.
        return known if found.is_all or known[most - 1] < places.UNDATED else None

    @cached_property
    def _few(self) -> Sequence[tuple[Any, ...]] | None:
        """What has the words, where facets are counted whatever its own, with what it is sorted by; None for more than a few."""
        if not (self._words or (self._asking.is_ordered and not self._counted)):
            return None
        if self._marked is not None:
            # The index is slow for words that many have: it is asked last.
            return None
        found = self._first
        return None if len(found) > FEW else self._asking.read((*self._order, *RAW), list(map(places.id_at, found)))

    @cached_property
    def _first(self) -> list[int]:
        """The first places, one more than a few: of what has the words, or, where there are none, the facets.

        Where something is laid out that tells their facets, more than are counted. Where no facets are counted, the year is asked for with
        the words: an index in the order of days is asked for a part of it, while of other facets it has long lists.
        """
        chosen = self._chosen
        if self._words:
            chosen = {name: chosen[name] for name in chosen if name == "year" and not self._counted}
        most = MOST_COUNTED if self._stretches.is_any else FEW
        return self._asking_for(chosen).places(chosen, most + 1)

    def _among_few(self, leaving_out: str = "") -> list[tuple[Any, ...]]:
        checked = [(len(self._order) + _FACET_PLACES[name], name, set(self._chosen[name])) for name in self._chosen if name != leaving_out]
        return [row for row in self._few or () if not any(values.isdisjoint(_told(name, row[at])) for at, name, values in checked)]

    @cached_property
    def _known(self) -> int:
        """How many there are, of more one more than are counted."""
        if self._few is not None:
            return len(self._among_few())
        if self._laid_out is not None:
            return self._laid_out.total
        if self._counted or self._sort not in _DAY_AT or not self._asking.is_ordered:
            return len(self._places)
        return self._asking.count(self._chosen, MOST_COUNTED + 1)

    @cached_property
    def _taken(self) -> Sequence[Sequence[Any]]:
        """The places with the facets of the entries that were found first: where the index tells, the newest."""
        return self._asking_for(self._chosen).rows(_READ_COLUMNS, self._chosen, MOST_COUNTED + 1)

    @cached_property
    def _places(self) -> list[int]:
        """The places of the same entries."""
        if self._laid_out is not None:
            return self._laid_out.first(MOST_COUNTED + 1).places()
        if self._counted and not self._stretches.is_any:
            return [row[0] for row in self._taken]
        if self._counted and self._words and not self._chosen:
            return self._first
        return self._asking_for(self._chosen).places(self._chosen, MOST_COUNTED + 1)

    def _places_without(self, name: str) -> list[int]:
        """Those of the first that have all but this facet."""
        return self._asking_for(self._others(name)).places(self._others(name), MOST_COUNTED)

    def _whole_days(self, found: list[int], first: int, end: int) -> tuple[int, int]:
        """From where to where, in places in the order of days, all of the days go that are between two of them.

        What is of one day is sorted by more than its place tells.
        """
        day_at = _DAY_AT[self._sort]
        if not (on_page := found[first:end]):
            return first, first
        return bisect_left(found, day_at(on_page[0]), key=day_at), bisect_right(found, day_at(on_page[-1]), key=day_at)

    def _from_index(self, first: int, size: int) -> list[Entry]:
        """As `page`, from an index that has the order of days."""
        is_oldest = self._sort == "oldest"
        # Where the oldest come first, the index has those without a day at its wrong end.
        between = (places.FIRST, places.UNDATED - 1 if is_oldest else places.LAST)
        skipped = max(0, first - BESIDE)
        asked = first + size + BESIDE - skipped
        if not (self._words or self._counted or is_oldest or skipped) and asked <= len(self._first):
            found = self._first
        else:
            found = self._asking.places(self._chosen, asked, between=between, skipped=skipped, backwards=is_oldest)
        ends = len(found) < asked
        on_page = found[first - skipped : first - skipped + size]
        if is_oldest and len(on_page) < size and self._is_any_undated:
            return self._walked(first, size)
        if not on_page:
            return []
        begin, end = self._whole_days(found, first - skipped, first - skipped + size)
        if (begin > 0 or skipped == 0) and (end < len(found) or ends):
            return self._sorted(found[begin:end], first - skipped - begin, size)
        whole = places.whole_days(min(on_page), max(on_page))
        found = self._asking.places(self._chosen, places.LAST, between=whole, backwards=is_oldest)
        return self._sorted(found, found.index(on_page[0]), size)

    @property
    def _is_any_undated(self) -> bool:
        return bool(self._asking.places(self._chosen, 1, between=(places.UNDATED, places.LAST)))

    def _sorted(self, found: Sequence[int], first: int, size: int) -> list[Entry]:
        """The entries at these places from `first` on, in the order."""
        ids = [places.id_at(at) for at in found]
        if len(ids) > READ_WHOLE:
            ids = [key[-1] for key in heapq.nsmallest(first + size, self._asking.read(self._order, ids))[first:]]
            first = 0
        return self._in_order(self._asking.read((*self._order, *self._shown), ids), first, size)

    def _in_order(self, rows: Iterable[tuple[Any, ...]], first: int, size: int) -> list[Entry]:
        """What is shown of rows that begin with what they are sorted by, from `first` on."""
        return [self._made(row[len(self._order) :]) for row in sorted(rows)[first : first + size]]

    def _walked(self, first: int, size: int) -> list[Entry]:
        """As `page`, going through the entries in the order."""
        return [self._made(row) for row in Walk(self._session, self._words, self._chosen, self._sort).page(self._shown, first, size)]


def all_found(session: Session, words: Sequence[str], chosen: Chosen) -> tuple[ColumnElement[bool], ...]:
    """The condition that an entry has all that is asked for; none where nothing is."""
    asked = sought(words, chosen)
    return (among(session, asked, [like(word) for word in unsure(words)]),) if asked else ()


def _told(name: str, value: Any) -> tuple[str, ...]:
    """What the database gives for a facet as a search spells it."""
    if name == "profiles":
        return stored_profiles(value)
    return () if value is None else (spelled(name, value),)


def _count(name: str, values: Iterator[Any]) -> Counts:
    found: Counter[str] = Counter()
    for value, number in Counter(values).items():
        for told in _told(name, value):
            found[told] += number
    return found
