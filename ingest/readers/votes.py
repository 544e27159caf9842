"""Several readings of one page made into one: what is printed there, and whether they agree on it. Pure.

Tesseract's mistakes are others when its letters have another size, but for those that the letters themselves invite
(`0` and `O`), which no number of readings finds out: those are for whoever knows what the word may be.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from ingest.readers.spelling import is_known, respelled
from registry.certificates.facts import Box

SURE = 75.0
"""Percent of confidence that two readings must have on the average when a third one reads something else."""
DOUBTED = 30.0
"""Percent of confidence below which even readings that all agree are not believed."""
_LONG = 14
"""Letters of words of which Tesseract is never sure, so that agreement on them says more than its confidence."""
_BESIDE = 1.5
"""Points by which two readings may differ on the place of a word."""
_ENOUGH = 3
"""Readings that need no confidence when they agree."""
_OF_STEMS = re.compile(r"[rnm]+")
_MOST = 0.6
_PART = 0.3
_ROW = 8.0
"""Points of the rows by which words are looked up."""
DASHES = frozenset("-–—_")


@dataclass(frozen=True)
class Heard:
    """One word of one reading: text, percent of confidence, and box in points."""

    text: str
    confidence: float
    box: Box
    joined: bool = False
    """Made of two words whose boxes overlap: something between them may have been lost."""


@dataclass(frozen=True)
class Voted:
    """One word of the page, with the confidence of those readings that have it, and whether it is certain."""

    text: str
    confidence: float
    box: Box
    sure: bool


_Passage = tuple[tuple[Heard, ...], ...]
"""What each reading has at one place, by reading: mostly one word each."""


def voted(readings: Sequence[Sequence[Heard]]) -> list[Voted]:
    """The words of the page, each as most readings have it. What only later readings have is dirt to the first one, and is left out."""
    found: list[Voted] = []
    for passage in _passages([[_respelled(word) for word in _joined(reading)] for reading in readings]):
        found.extend(_decided(passage))
    return found


def _respelled(word: Heard) -> Heard:
    return replace(word, text=respelled(word.text))


def _joined(words: Sequence[Heard]) -> list[Heard]:
    """The words without those that lie in another's box: Tesseract then cut one word in two, and gave the first the box of both."""
    found: list[Heard] = []
    for word in words:
        before = found[-1] if found else None
        if before is None or not _covers(before.box, word.box):
            found.append(word)
        elif before.box[0] < word.box[0] - _BESIDE:
            text = before.text if before.text.endswith(word.text) else before.text + word.text
            found[-1] = Heard(text, min(before.confidence, word.confidence), before.box, joined=True)
    return found


def _covers(one: Box, two: Box) -> bool:
    """Whether most of the second box lies in the first."""
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    return across > _MOST * (two[2] - two[0]) and down > _MOST * (two[3] - two[1])


def _overlap(one: Box, two: Box) -> bool:
    """Whether two words of two readings stand, at least in part, at one place."""
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    narrow, low = min(one[2] - one[0], two[2] - two[0]), min(one[3] - one[1], two[3] - two[1])
    return across > _PART * narrow and down > _PART * low


def _passages(readings: Sequence[Sequence[Heard]]) -> Iterator[_Passage]:
    """The places of the page in the order of the first reading. A word of one reading that is two in another makes one place of both."""
    words = [(number, word) for number, reading in enumerate(readings) for word in reading]
    group = list(range(len(words)))

    def leader(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    rows: defaultdict[int, list[int]] = defaultdict(list)
    for index, (number, word) in enumerate(words):
        top, bottom = (int(edge // _ROW) for edge in (word.box[1], word.box[3]))
        near = {other for row in range(top, bottom + 1) for other in rows[row]}
        for other in near:
            if words[other][0] != number and _overlap(words[other][1].box, word.box):
                one, two = sorted((leader(index), leader(other)))
                group[two] = one
        for row in range(top, bottom + 1):
            rows[row].append(index)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(len(words)):
        members[leader(index)].append(index)
    for first, indices in members.items():
        if words[first][0] == 0:
            yield tuple(tuple(words[index][1] for index in indices if words[index][0] == number) for number in range(len(readings)))


def _same(passage: Sequence[Heard]) -> tuple[str, ...]:
    return tuple("-" if word.text in DASHES else word.text for word in passage)


def _decided(passage: _Passage) -> Iterator[Voted]:
    """The words as most readings have them: the whole place where two readings are alike, or else word by word."""
    heard = [words for words in passage if words]
    best, count = Counter(_same(words) for words in heard).most_common(1)[0]
    if count == 1 and len(heard) > 1 and len({len(words) for words in heard}) == 1:
        for place in range(len(heard[0])):
            word = _word([words[place] for words in heard])
            yield _doubted_if(word, _has_like_stems([word.text], [words[place : place + 1] for words in heard]))
        return
    backing = [words for words in heard if _same(words) == best] if count > 1 else [passage[0]]
    alike = _has_like_stems([word.text for word in backing[0]], heard)
    for place in range(len(backing[0])):
        yield _doubted_if(_word([words[place] for words in backing]), alike)


def _has_like_stems(chosen: list[str], heard: Sequence[Sequence[Heard]]) -> bool:
    """Whether any reading has other letters of the same stems: one of `rn` outweighs several of `m`."""
    shape = [_OF_STEMS.sub("m", text) for text in chosen]
    others = ([word.text for word in words] for words in heard)
    return any(texts != chosen and [_OF_STEMS.sub("m", text) for text in texts] == shape for texts in others)


def _doubted_if(word: Voted, doubted: bool) -> Voted:
    """The word, in doubt if so, but for long known ones."""
    return replace(word, sure=False) if doubted and not is_known(word.text) else word


def _word(heard: Sequence[Heard]) -> Voted:
    """One word out of what readings have at its place. It is certain when enough agree, or two that are confident, or when known."""
    best = Counter(_same([word]) for word in heard).most_common(1)[0][0]
    backing = [word for word in heard if _same([word]) == best]
    chosen = backing[0]
    confidence = fmean(word.confidence for word in backing)
    agreed = len(backing) >= _ENOUGH and confidence >= DOUBTED
    mostly = len(backing) > 1 and (confidence >= SURE or len(chosen.text) >= _LONG)
    whole = not any(word.joined for word in backing)
    return Voted(chosen.text, confidence, chosen.box, (whole and (agreed or mostly)) or is_known(chosen.text))
