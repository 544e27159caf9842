"""Words out of single letters, in whatever order and however apart they were drawn."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.readers.ink import Ink

_BLANK_GAP = 0.17
"""Letter sizes between two letters from which on they are two words, where no blank is printed."""
_NO_GAP = 0.03
"""Letter sizes up to which nothing is between two letters: a blank drawn there is a place where the word might have been broken."""
_SPACED_RUN = 5
_SPACED_LEAST = 4
_DOUBTFUL_GAP = 0.6
"""Letter sizes between two single letters up to which they may be one word that is letter-spaced."""
_SAME_PLACE = 0.6
"""Share of its width by which a letter may be off its copy: no two letters of one word stand so close."""
_SMALL = 0.87
"""Share of a capital's size that a small capital has at most."""
_SMALL_WORDS = 5
_SHADOW = 0.35
_LEADERS = re.compile(r"[.·_]{4,}|…{2,}")
_UNEVEN = 0.04
"""Letter sizes by which the letters of one word may stand higher than each other."""
_LOOSE = 0.045
"""Letter sizes by which the last figure may stand further off than the others do from each other."""
_GRID = 2.0
_LEAST_LABEL = 4
"""Letters, with its colon, that the last word of a label has at least."""
_HYPHENS = dict.fromkeys(map(ord, "\u00ad\u2010\u2011"), "-")
# A drawn soft hyphen is a hyphen: producers map the glyph of "-" to either.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), None)
_PLAIN = {**_HYPHENS, **_UNSEEN, ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u2007"): " "}


Style = tuple[str, float, str]
"""Font, size and colour of letters."""
_NO_STYLE: Style = ("", 0.0, "")


@dataclass(frozen=True, slots=True)
class Letter:
    """One drawn glyph and the text it stands for; an empty text when nobody knows."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    style: Style = _NO_STYLE
    doubtful: bool = False
    """Whether the letter may belong to another word than the one that it stands in."""


def plain(text: str) -> str:
    """The text of a glyph with ligatures taken apart and with hyphens and blanks of one kind."""
    if text.isascii():
        return text
    text = text.translate(_PLAIN)
    if any("\ufb00" <= letter <= "\ufb06" for letter in text):
        text = unicodedata.normalize("NFKC", text)
    return text


def words_of(letters: Iterable[Letter]) -> list[Ink]:
    """The words of the letters."""
    words = [part for line in _without_shadows(_by_baseline(letters)) for word in _words_of_line(line) for part in _pieces(word)]
    small, spacing = _small_capitals(words), _usual_spacing(words)
    return [_ink(word, small, spacing) for word in words]


def _usual_spacing(words: Iterable[Sequence[Letter]]) -> float:
    """The gap, in letter sizes, that hardly any two letters of one word are further apart than."""
    gaps = sorted((two.x0 - one.x1) / two.size for word in words for one, two in pairwise(word))
    return max(gaps[int(0.8 * len(gaps))], 0.0) if gaps else 0.0


def _pieces(word: list[Letter]) -> Iterator[list[Letter]]:
    """The word without leaders, and a label with its colon parted from a value of another look that is drawn close to it."""
    for part in _without_leaders(word):
        end = _end_of_label(part) if part[0].style != part[-1].style else 0
        if end:
            yield part[:end]
        yield part[end:]


def _end_of_label(word: Sequence[Letter]) -> int:
    """Where a value begins that follows a word and its colon in letters of another look; 0 where the word is no such thing."""
    end = next((place for place, letter in enumerate(word) if letter.style != word[0].style), 0)
    text = "".join(letter.text for letter in word[:end])
    one_look = all(letter.style == word[end].style for letter in word[end:])
    return end if one_look and text.endswith(":") and len(text) >= _LEAST_LABEL and text[:-1].isalpha() else 0


def _without_leaders(word: list[Letter]) -> Iterator[list[Letter]]:
    """The word without the dots that lead from a name to its value, and parted by them."""
    text = "".join(letter.text[:1] or "\ufffd" for letter in word)
    at = 0
    for match in _LEADERS.finditer(text):
        if match.start() > at:
            yield word[at : match.start()]
        at = match.end()
        if at < len(word) and not word[at].text and _same_sign(word[at - 1], word[at]):
            # The last dot, of which only a part is shown.
            at += 1
    if at < len(word):
        yield word[at:] if at else word


def _same_sign(one: Letter, two: Letter) -> bool:
    """Whether two letters are as wide as each other and of one look, and follow each other closely."""
    return one.style == two.style and abs((one.x1 - one.x0) - (two.x1 - two.x0)) < 0.05 and abs(two.x0 - one.x1) < 0.3


def _without_shadows(lines: Sequence[list[Letter]]) -> list[list[Letter]]:
    """The lines without those that say nearly the same as the line just above them, nearly at the same place."""
    kept: list[list[Letter]] = []
    for line in lines:
        if kept and line[0].base - kept[-1][0].base <= _SHADOW * line[0].size and len(line) >= 2:
            above = {(letter.text, round(letter.x0 / _GRID)) for letter in kept[-1]}
            rest = [letter for letter in line if not _stands_in(above, letter)]
            if len(rest) <= 0.2 * len(line):
                continue
        kept.append(line)
    return kept


def _stands_in(above: set[tuple[str, int]], letter: Letter) -> bool:
    at = round(letter.x0 / _GRID)
    return any((letter.text, place) in above for place in (at - 1, at, at + 1))


def _by_baseline(letters: Iterable[Letter]) -> list[list[Letter]]:
    lines: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: letter.base):
        if lines and letter.base - lines[-1][-1].base <= 0.12 * letter.size and letter.base - lines[-1][0].base <= 0.3 * letter.size:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return lines


def _words_of_line(line: list[Letter]) -> list[list[Letter]]:
    line.sort(key=lambda letter: (letter.x0, letter.x1))
    line = _without_copies(line)
    widest = _spacing(line)
    found: list[list[Letter]] = []
    current: list[Letter] = []
    blanks: list[float] = []
    for place, letter in enumerate(line):
        if letter.text.isspace():
            # Some producers draw one wide blank and the next word over it: where the word begins decides, not the blank's end.
            after = next((other for other in line[place + 1 :] if not other.text.isspace()), None)
            if current and (after is None or after.x0 - current[-1].x1 > _NO_GAP * letter.size):
                found.append(current)
                current = []
                blanks.append(letter.x0)
            continue
        if current and letter.x0 - current[-1].x1 > max(_BLANK_GAP * letter.size, widest):
            found.append(current)
            current = []
        current.append(letter)
    if current:
        found.append(current)
    return _closed_up(found, blanks) if any(len(one) == len(two) == 1 for one, two in pairwise(found)) else found


def _closed_up(words: Sequence[list[Letter]], blanks: Sequence[float]) -> list[list[Letter]]:
    """The words with those made one that a part of the line is letter-spaced into: single letters, all as far apart, no blank between.

    Two or three such letters may be a word or not, unless there is a longer one on the line that is spaced alike.
    """
    runs: list[list[list[Letter]]] = []
    at = 0
    while at < len(words):
        end = at + 1
        while end < len(words) and _spaced(words[at:end], words[end], blanks):
            end += 1
        runs.append(list(words[at:end]))
        at = end
    usual = [_gap(run) for run in runs if len(run) >= _SPACED_LEAST]
    runs = _kerned(runs, max(usual), blanks) if usual else runs
    closed: list[list[Letter]] = []
    for run in runs:
        gap = _gap(run) if len(run) > 1 else 0.0
        if len(run) >= _SPACED_LEAST or any(abs(gap - other) <= 0.25 * other for other in usual if len(run) > 1):
            closed.append([letter for word in run for letter in word])
        elif len(run) > 1 and gap < _DOUBTFUL_GAP * run[0][0].size:
            closed.extend([[replace(letter, doubtful=True) for letter in word] for word in run])
        else:
            closed.extend(run)
    return closed


def _gap(run: Sequence[Sequence[Letter]]) -> float:
    """How far the second word of the run is from the first."""
    return run[1][0].x0 - run[0][-1].x1


def _kerned(runs: Sequence[list[list[Letter]]], usual: float, blanks: Sequence[float]) -> list[list[list[Letter]]]:
    """The runs with those made one that only a narrower gap parts: between some letters there is less room than between others."""
    found: list[list[list[Letter]]] = []
    for run in runs:
        last = found[-1][-1] if found else []
        # Two letters that hardly anything parts, as "T" and "e", look like a word of their own.
        spaced = 0 < len(last) <= 2 and len(run[0]) <= 2 and 0.5 * usual <= run[0][0].x0 - last[-1].x1 <= 1.25 * usual
        if spaced and not any(last[-1].x0 < blank < run[0][0].x0 for blank in blanks):
            found[-1].extend(run)
        else:
            found.append(list(run))
    return found


def _spaced(run: Sequence[list[Letter]], word: list[Letter], blanks: Sequence[float]) -> bool:
    """Whether the word goes on with a run of single letters."""
    if len(run[-1]) > 1 or len(word) > 1:
        return False
    gap = word[0].x0 - run[-1][0].x1
    first = run[1][0].x0 - run[0][0].x1 if len(run) > 1 else gap
    return gap < word[0].size and abs(gap - first) <= 0.25 * first and not any(run[-1][0].x0 < blank < word[0].x0 for blank in blanks)


def _without_copies(line: Sequence[Letter]) -> list[Letter]:
    """The letters without those that were drawn twice to look bold, and without blanks under other letters."""
    shift = _copy_shift(line)
    kept: list[Letter] = []
    for letter in line:
        near = [one for one in kept[-3:] if one.text == letter.text != ""]
        if any(abs(one.x0 - letter.x0) < _SAME_PLACE * (letter.x1 - letter.x0) for one in near):
            continue
        if shift and any(abs(letter.x0 - one.x0 - shift) < 0.2 for one in kept[-8:] if one.text == letter.text):
            continue
        if letter.text.isspace() and kept and kept[-1].x1 > letter.x1 - 0.1 * letter.size:
            continue
        kept.append(letter)
    return kept


def _copy_shift(line: Sequence[Letter]) -> float:
    """How far apart everything on the line was drawn twice, else 0. A narrow letter and its copy may look like two letters."""
    shifts: list[float] = []
    for index, letter in enumerate(line):
        for other in line[index + 1 : index + 4]:
            if other.text == letter.text and not letter.text.isspace() and other.x0 < letter.x0 + _SAME_PLACE * (letter.x1 - letter.x0):
                shifts.append(other.x0 - letter.x0)
                break
    return median(shifts) if len(shifts) >= 3 and len(shifts) > 0.3 * len(line) else 0.0


def _spacing(line: Sequence[Letter]) -> float:
    """The widest gap inside a word when the line is letter-spaced, else 0: then nearly all gaps are wide, and alike."""
    gaps = [two.x0 - one.x1 for one, two in pairwise(line) if not one.text.isspace() and not two.text.isspace()]
    wide = [gap for gap, letter in zip(gaps, line, strict=False) if gap > _BLANK_GAP * letter.size]
    if len(gaps) < _SPACED_RUN or len(wide) < 0.7 * len(gaps):
        return 0.0
    usual = median(wide)
    return 1.6 * usual if usual < 1.2 * line[0].size else 0.0


def _small_capitals(words: Iterable[Sequence[Letter]]) -> frozenset[float]:
    """Sizes in which capitals stand for small letters: they follow larger capitals inside words, and no small letter has that size."""
    mixed: Counter[float] = Counter()
    others: set[float] = set()
    for word in words:
        if word[0].size == word[-1].size:
            if any(letter.text.islower() for letter in word):
                others.add(round(word[0].size, 1))
            continue
        size = max(letter.size for letter in word)
        mixed.update({round(letter.size, 1) for letter in word if letter.size <= _SMALL * size and letter.text.isupper()})
    return frozenset(size for size, count in mixed.items() if count >= _SMALL_WORDS and size not in others)


def _ink(letters: Sequence[Letter], small: frozenset[float], spacing: float) -> Ink:
    size = max(letter.size for letter in letters)
    base = letters[0].base
    return Ink(
        text="".join(_spelled(letter, small) for letter in letters),
        x0=letters[0].x0,
        top=base - 0.8 * size,
        x1=max(letter.x1 for letter in letters),
        bottom=base + 0.22 * size,
        base=base,
        size=size,
        sure=all(map(_is_known, letters)) and _of_one_kind(letters, size, small, spacing),
        style=(letters[0].style[0], letters[0].style[2]),
    )


def _is_known(letter: Letter) -> bool:
    return bool(letter.text) and "\ufffd" not in letter.text and not letter.doubtful


def _of_one_kind(letters: Sequence[Letter], size: float, small: frozenset[float], spacing: float) -> bool:
    """Whether the letters look like one word: a figure of another kind at its end may be the sign of a footnote, or of a correction.

    Signs that few fonts have may come from another font; figures, and letters without accents, do not.
    """
    if len({(letter.style[0], letter.style[2]) for letter in letters if letter.text.isascii()}) > 1:
        return False
    if len({round(letter.size, 1) for letter in letters if letter.text.isascii()} - small) > 1:
        return False
    if max(letter.base for letter in letters) - min(letter.base for letter in letters) > _UNEVEN * size:
        return False
    if len(letters) < 2 or not letters[-1].text.isdigit():
        return True
    *gaps, last = (two.x0 - one.x1 for one, two in pairwise(letters))
    return last <= (spacing + _LOOSE) * size or last <= max(gaps, default=0.0) + _LOOSE * size


def _spelled(letter: Letter, small: frozenset[float]) -> str:
    """What the letter stands for: a small capital for a small letter, and what nobody knows for the sign of that."""
    if small and letter.text.isupper() and round(letter.size, 1) in small:
        return letter.text.lower()
    return letter.text or "\ufffd"
