"""How a product's name may be misspelt, or written in other letters than certificates are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.matching.names import CUT_AT, bare, company, company_words, text, unaccented

_SHORTEST = 4
"""Letters and figures of a name below which another letter is another name."""

_LONGEST_NAME = 12
"""Parts of a name that are looked at in all their runs."""

_SHORTEST_GLUED = 6
"""Letters and figures of a name that is found where more is written to it without a sign between."""

SHORTEST_BEGUN = 3
"""Letters of a word of a name that may stand for a longer one that begins with it."""

_SHORTEST_JOINED = 5
"""Letters of a company's name that is found where its words are not apart."""

SHORTEST_END = 4
"""Letters of a company's name that is found at the end of another: "BENY" of "ZJBENY"."""

_MOST_LISTED = 8
"""Models that one name is taken to list, and places at which what they share may end."""

_RUN = re.compile(r"[^\W_]+")
_KINDS = re.compile(r"[0-9]+|[^\W\d_]+|[\W_]+")
_BRACKETS = re.compile(r"[()\[\]{}]")
_LISTED = re.compile(r"\s*(?:[/,;|&+]|\b(?:and|or|und|oder|et|ou|y|o|e|및|또는)\b)\s*")
_LEFT_OPEN = re.compile(r"[*#?□○~…]+|\.{2,}|(?<![^\W_])x{2,}(?![^\W_])|(?<=\d)x{2,}(?![^\W_])|\b(?:to|bis|through)\b|(?<=\d)-(?=\d+ ?kw)")
_TO = frozenset(("to", "bis", "through"))
POWER = re.compile(r"(?<![^\W_])(?:ac|dc)? ?(?:\d{1,3}[.,])?\d{1,3} ?(?:kw|kva)(?![^\W_])")
"""How strong a product is, as people write it beside a name: "22 kW", "AC7.4kW"."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_CACHED = 1 << 15


def may_be_product(one: str, other: str, companies: Sequence[str] = ()) -> bool:
    """Whether two names may be one product's, written otherwise: with other signs, with more around it, cut, with a letter wrong, its words
    in another order or left out, or where one of them may name several. `companies` are names that may stand before the other.
    """
    left, right = bare(one), bare(other)
    contains = left in parts_of(other) or right in parts_of(one)
    if left == right or contains or is_cut(one, other, companies) or is_one_letter_apart(left, right):
        return True
    return may_list(one, other) or may_list(other, one) or is_alike(one, other)


def is_cut(one: str, other: str, companies: Sequence[str] = ()) -> bool:
    """Whether one of the names is the other cut after 20 letters; `other` may be that of `one` with its company before it, too."""
    long = (one, *(f"{each} {one}" for each in companies))
    return text(one) in cuts_of(other) or any(text(other) in cuts_of(name) for name in long)


def is_alike(one: str, other: str) -> bool:
    """Whether two names have the same words in another order or with others between, a word of one is the beginning of one of the other's,
    one begins or ends as the other with more written to it, or they are one letter apart but for what stands around one of them.
    """
    if has_begun_word(one, other):
        return True
    words, others = set(words_of(one)), set(words_of(other))
    few, many = sorted((words, others), key=len)
    if (len(few) > 1 and few <= many) or any(is_one_letter_apart(trimmed, bare(other)) for trimmed in trimmed_of(one)):
        return True
    if any(is_one_letter_apart(trimmed, bare(one)) for trimmed in trimmed_of(other)):
        return True
    short, long = sorted((bare(one), bare(other)), key=len)
    return is_glued(short, long)


def has_begun_word(one: str, other: str) -> bool:
    """Whether a word of one name is the beginning of a word of the other, both of letters alone, as in "Maxi AC" and "MaxiCharger AC", and
    no figures tell them apart: all words with figures of the one stand in the other.
    """
    if not figures_agree(figured_of(one), figured_of(other)):
        return False
    return any(begins_word(*sorted((left, right), key=len)) for left in lettered_of(one) for right in lettered_of(other))


def begins_word(short: str, long: str) -> bool:
    """Whether a word is the beginning of another, and long enough to be one."""
    return len(long) > len(short) >= SHORTEST_BEGUN and long.startswith(short)


def figures_agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the words with figures of two names are those of one product, of which one of the names may leave some out."""
    return one <= other or other <= one


@lru_cache(_CACHED)
def figured_of(name: str) -> frozenset[str]:
    """The words of a product's name that have a figure: a figure makes another model."""
    return frozenset(word for word in words_of(name) if any(map(str.isdecimal, word)))


@lru_cache(_CACHED)
def lettered_of(name: str) -> frozenset[str]:
    """The words of a product's name that have none."""
    return frozenset(words_of(name)) - figured_of(name)


def is_name_and_code(one: str, other: str) -> bool:
    """Whether one of two names is a part number, with a word of letters and figures, and the other a name for the market, of letters alone:
    "EVB3S22N40" may be the "EVlink Pro", and nothing in either could say so. A power beside such a name is no part of it ("EVlink Pro 22
    kW"), and of the words with figures it may have those of the part number: "KeContact P30" of "KC-P30-ES240022".
    """
    return _is_market_name_of(one, other) or _is_market_name_of(other, one)


def _is_market_name_of(name: str, code: str) -> bool:
    """Whether the one may be the name for the market of what has the other for a part number."""
    plain = POWER.sub(" ", text(name))
    codes = frozenset(word for word in figured_of(code) if not word.isdecimal())
    return figured_of(plain) < codes and sum(map(len, lettered_of(plain))) >= _SHORTEST


def line_of(name: str) -> str:
    """The first word of a name that no figures tell from others, but for a power: it may be that of a range. Empty for any other name."""
    plain = POWER.sub(" ", text(name))
    return "" if figured_of(plain) else next(iter(words_of(plain)), "")


def is_begun_by(line: str, name: str) -> bool:
    """Whether a bare name goes on with a figure where that beginning ends: "LECS" of "LECS007"."""
    return name.startswith(line) and name[len(line) : len(line) + 1].isdecimal()


def is_glued(short: str, long: str) -> bool:
    """Whether the longer bare name is the shorter with more written to it: no figure to a figure, which makes another number."""
    if len(short) < _SHORTEST_GLUED or len(short) == len(long):
        return False
    behind = long.startswith(short) and not (short[-1].isdecimal() and long[len(short)].isdecimal())
    before = long.endswith(short) and not (short[0].isdecimal() and long[-len(short) - 1].isdecimal())
    return behind or before


def words_of(name: str) -> tuple[str, ...]:
    """The words of a product's name, without signs and accents."""
    return tuple(_RUN.findall(unaccented(text(name))))


@lru_cache(_CACHED)
def trimmed_of(name: str) -> tuple[str, ...]:
    """The name, bare, without its last one to three words, and without its first."""
    words = words_of(name)
    shorter = (*(words[:-count] for count in (1, 2, 3)), words[1:])
    return tuple(each for each in dict.fromkeys(map("".join, shorter)) if len(each) >= _SHORTEST_GLUED)


def may_list(name: str, model: str) -> bool:
    """Whether a name may name several models, and that one, or one that stands in it, among them: "ACE-7/11", "AC-7kW~22kW", "AC-7*"."""
    listed, open_name = several_of(name), pattern_of(name)
    return not listed.isdisjoint((bare(model), *parts_of(model))) or (open_name is not None and open_name.match(bare(model)) is not None)


@lru_cache(_CACHED)
def several_of(name: str) -> frozenset[str]:
    """The models, bare, that a name with signs of a list may name: each with as much as it may share with the first and with the last."""
    if not _LISTED.search(text(name)):
        return frozenset()
    parts = [part for part in _LISTED.split(_BRACKETS.sub(" ", text(name)).strip()) if bare(part)][:_MOST_LISTED]
    if len(parts) < 2:
        return frozenset()
    heads, tails = [parts[0][:place] for place in _places(parts[0])], [parts[-1][place:] for place in _places(parts[-1])]
    first = {bare(parts[0] + tail) for tail in ("", *tails)}
    others = {bare(head + part + tail) for head in ("", *heads) for part in parts[1:-1] for tail in ("", *tails)}
    last = {bare(head + parts[-1]) for head in ("", *heads)}
    return frozenset(each for each in first | others | last if len(each) > 1) - {bare(name)}


def _places(part: str) -> list[int]:
    """Where letters, figures and signs of a part meet."""
    return [found.start() for found in _KINDS.finditer(part)][1:][-_MOST_LISTED:]


@lru_cache(_CACHED)
def pattern_of(name: str) -> re.Pattern[str] | None:
    """What a name leaves open by a star, a row of "x" or a range, as a pattern for bare names; None where that is nothing."""
    plain = text(name)
    found = _LEFT_OPEN.search(plain)
    if found is None:
        return None
    before, behind = plain[: found.start()], plain[found.end() :]
    is_range = found[0].strip("~….-") == "" or found[0] in _TO
    kept = bare(re.sub(r"[0-9.]+ ?[^\W\d_]*\W*$", "", before) if is_range else before)
    # Behind a range the model goes on with a figure; what is left out at the end may be nothing.
    begins = re.escape(kept) + ("[0-9]" if is_range else "")
    return re.compile(begins) if len(kept) > 1 and (bare(behind) or not is_range) else None


def may_be_company(one: str, other: str) -> bool:
    """Whether two names that are not the same may be one company's (`may_be_longer`), or one of them is in other letters than Latin."""
    return may_be_longer(one, other) or is_in_other_letters(one) != is_in_other_letters(other)


def may_be_longer(one: str, other: str) -> bool:
    """Whether two names may be one company's: cut, with a letter wrong, with words left out or not apart, of first letters, with an umlaut
    in two letters, or with more before it, in one word with it.
    """
    if text(one) in cuts_of(other) or text(other) in cuts_of(one):
        return True
    left, right = company(one), company(other)
    words, others = set(company_words(one)), set(company_words(other))
    if is_one_letter_apart(left, right) or words <= others or others <= words or not umlauts_of(one).isdisjoint(umlauts_of(other)):
        return True
    short, long = sorted((left, right), key=len)
    is_joined = len(short) >= _SHORTEST_JOINED and long.startswith(short)
    return is_joined or left in initials_of(other) or right in initials_of(one) or is_end_of(one, other) or is_end_of(other, one)


def is_end_of(one: str, other: str) -> bool:
    """Whether the name of a company is the end of another's, or of a word of it."""
    short = company(one)
    return len(short) >= SHORTEST_END and any(end != short and end.endswith(short) for end in ends_of(other))


def ends_of(name: str) -> tuple[str, ...]:
    """What the name of another company may stand at the end of: a company's whole name, and each word of it."""
    return (company(name), *company_words(name))


@lru_cache(_CACHED)
def umlauts_of(name: str) -> frozenset[str]:
    """How a company's name may be looked up, with umlauts as one letter and as two; itself alone for most."""
    return frozenset((company(name), company(text(name).translate(_UMLAUTS))))


@lru_cache(_CACHED)
def initials_of(name: str) -> frozenset[str]:
    """The first letters of a company's words, of two at least, and those behind a short first word: "lse" of "LS Electric"."""
    words = company_words(name)
    runs = {"".join(word[0] for word in words[:count]) for count in range(2, len(words) + 1)}
    if words and len(words[0]) < _SHORTEST:
        runs |= {words[0] + "".join(word[0] for word in words[1:count]) for count in range(2, len(words) + 1)}
    return frozenset(runs)


def parts_of(name: str) -> list[str]:
    """All runs of parts of a name, bare, but the name itself: a part touches neither letter nor figure."""
    parts = list(words_of(name)[:_LONGEST_NAME])
    runs = ("".join(parts[begin:end]) for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1))
    return [run for run in dict.fromkeys(runs) if run != bare(name)]


def cuts_of(name: str) -> tuple[str, ...]:
    """The first 20 letters of a name, as text, counted as it is written and as text; none of a name that has no more."""
    plain = " ".join(name.split())
    return tuple(dict.fromkeys((text(plain[:CUT_AT]), text(name)[:CUT_AT].strip()))) if len(plain) > CUT_AT else ()


def one_letter_apart(name: str, among: Sequence[str]) -> Iterator[str]:
    """Those of the bare names that `name`, a bare one too, may be a misspelling of (`is_one_letter_apart`)."""
    if len(name) >= _SHORTEST:
        near = process.extract(name, among, scorer=OSA.distance, score_cutoff=1, limit=None)
        yield from (other for other, _, _ in near if is_one_letter_apart(name, other))


def is_one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many or changed places with its neighbour; a letter for a figure is wrong too, as O for 0.

    Where only figures differ it is not: they tell the members of a range apart, and "AC7-2" is no misspelt "AC7-1".
    """
    if one == other or min(len(one), len(other)) < _SHORTEST - 1:
        return False
    begin = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[begin:], other[begin:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    has_changed_places = len(left) == 2 and left == right[::-1]
    return (has_changed_places or max(len(left), len(right)) == 1) and not (left + right).isdecimal()


@lru_cache(_CACHED)
def is_in_other_letters(vendor: str, model: str = "") -> bool:
    """Whether one of the names has letters that are not Latin, in which the OCA writes its list: "에이프로" may be on it as "A-Pro"."""
    letters = filter(str.isalpha, company(vendor) + bare(model))
    return not all(letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ") for letter in letters)
