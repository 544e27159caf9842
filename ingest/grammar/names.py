"""When two printed names are the same name, and when one of them was cut or soiled by the print."""

from __future__ import annotations

import re

from ingest.grammar.phrases import similar
from ingest.vocabulary import vocabulary


def tidy(text: str) -> str:
    """A printed value freed of layout: no blank before a comma or inside brackets at their edges."""
    text = " ".join(text.split())
    text = re.sub(r"\s+(?=[,;])", "", text)
    return re.sub(r"(?<=\()\s+|\s+(?=\))", "", text)


def bare(text: str) -> str:
    """Letters and figures alone, without case."""
    return "".join(filter(str.isalnum, text.casefold()))


def core_name(text: str) -> str:
    """A company's name without case, punctuation, legal form and a short name in brackets."""
    text = re.sub(r"\([^()]*\)", " ", text.casefold())
    words = re.sub(r"[^\w&]+", " ", text).split()
    forms = set(vocabulary("words")["legal_forms"])
    kept = [word for word in words if word not in forms]
    return "".join(kept or words)


def same_company(one: str, other: str) -> bool:
    """Whether two spellings name one company."""
    return bare(one) == bare(other) or core_name(one) == core_name(other)


def cut_from(short: str, long: str) -> bool:
    """Whether `short` is `long` with its end lost: what is missing is more than a legal form or a short name in brackets."""
    one, two = bare(short), bare(long)
    return len(one) >= 2 and one != two and two.startswith(one) and not same_company(short, long)


_REMARK = re.compile(r"[\s.]*(?:[,;(/–—]|-\s|c/o(?!\w)|care\s+of(?!\w)|\d)", re.IGNORECASE)


def named_within(short: str, long: str) -> bool:
    """Whether `long` is the name `short` with an address or a remark after it."""
    name = bare(short)
    if not name or not bare(long).startswith(name):
        return False
    end = next(at for at in range(1, len(long) + 1) if len(bare(long[:at])) >= len(name))
    return _REMARK.match(long, end) is not None


def soiled(text: str) -> bool:
    """Whether the name holds a sign that no name has: an unpaired bracket, a stray stroke."""
    return text.count("(") != text.count(")") or bool(re.search(r"[|\\{}<>~^]|(?<=\s)[/\\](?=\w)", text))


def nearly(one: str, other: str) -> bool:
    """Whether two texts differ by no more than the noise of one or two letters."""
    return similar(one, other) >= 0.94
