"""Other ways to write what somebody typed, of which none means anything else: words apart or together. Knows no database.

Words with figures in them are left as they are: 1-10 is not 110, and no number is another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from registry.certificates.words import LONGEST_SPELT, SHORTEST_SPELT, runs

MOST_SHORT = 1
"""Pieces of a word taken apart that are shorter than any that is looked up: "ls" of "lselectric"."""


def at_signs(typed: str) -> tuple[str, ...]:
    """What was typed as one word, taken apart at the signs between its letters: "ls-electric"; empty where there are none."""
    found = runs(typed)
    return found if len(found) > 1 and all(map(str.isalpha, found)) else ()


def joined(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The words with two neighbours written as one, each two in turn, then with all of them as one."""
    for place in range(len(words) - 1):
        if words[place].isalpha() and words[place + 1].isalpha():
            yield (*words[:place], words[place] + words[place + 1], *words[place + 2 :])
    if len(words) > 2 and all(map(str.isalpha, words)):
        yield ("".join(words),)


def within(word: str) -> frozenset[str]:
    """All parts of a word that may be words of their own, to be looked up."""
    if not word.isalpha() or not SHORTEST_SPELT < len(word) <= LONGEST_SPELT:
        return frozenset()
    ends = range(SHORTEST_SPELT, len(word) + 1)
    return frozenset(word[begin:end] for end in ends for begin in range(end - SHORTEST_SPELT + 1)) - {word}


def apart(word: str, known: Collection[str]) -> list[tuple[str, ...]]:
    """The ways to take a word apart into `known` ones and at most one too short to be looked up, those of the fewest pieces first."""
    found: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(word) + 1):
        found.append([(*before, word[begin:end]) for begin in range(end) if _may_be(word[begin:end], known) for before in found[begin]])
        found[-1] = sorted((pieces for pieces in found[-1] if _short(pieces) <= MOST_SHORT), key=len)[:_MOST_WAYS]
    return [pieces for pieces in found[-1] if len(pieces) > 1]


def along(word: str, name: Sequence[str]) -> tuple[str, ...]:
    """`word` taken apart as the words of a `name` stand, of which it is the beginning: empty where it is not, or is no more than one."""
    pieces: list[str] = []
    left = word
    for part in name:
        if not left:
            break
        if not left.startswith(part) and not part.startswith(left):
            return ()
        pieces.append(part[: len(left)])
        left = left[len(part) :]
    return tuple(pieces) if not left and len(pieces) > 1 else ()


def stands_in(word: str, name: Sequence[str]) -> bool:
    """Whether neighbouring words of a `name`, from the beginning of one on, give `word` when they are written as one."""
    return any(along(word, name[begin:]) for begin in range(len(name)))


_MOST_WAYS = 20


def _may_be(piece: str, known: Collection[str]) -> bool:
    return piece in known or len(piece) < SHORTEST_SPELT


def _short(pieces: Sequence[str]) -> int:
    return sum(len(piece) < SHORTEST_SPELT for piece in pieces)
