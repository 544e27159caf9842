"""Words that certificates and English sentences are made of. Pure."""

from __future__ import annotations

import re
from calendar import month_name
from functools import cache

from ingest.readers.spelling import is_known
from ingest.vocabulary import vocabulary

_LEAST = 4
"""Letters from which on a word that is read as a common one is that and no other."""


_OF_THE_FORM = (
    "edition errata sheet release abstract chairman approval statement signature department position attests successfully completed "
    "conformance described referred results remarks integral guarantee quality liability damages losses party alliance applicable"
)
"""Words that every certificate has in its sentences."""


_LEGAL_FORMS = frozenset({"Ltd", "LTD", "Inc", "INC", "LLC", "GmbH", "Corp", "Limited"})
"""Legal forms of companies, which are in many names and can be nothing else."""
_NUMBER = re.compile(r"([FW]\d\d\.)?OCA\.\d{4}\.\d{4}\.CS(MS)?")


@cache
def common_words() -> frozenset[str]:
    """Small words of English, months, and all of the vocabulary, without case."""
    words = set(
        re.findall("[a-z]+", "the of and in to is for this by with on as be or an not at from that are it was has a page no yes true")
    )
    words.update(month.casefold() for month in month_name if month)
    words.update(_OF_THE_FORM.split())
    for part in ("labels", "sections", "tables", "words"):
        words.update(re.findall(r"[a-z]+", repr(vocabulary(part)).casefold()))
    return frozenset(words)


def is_common(text: str) -> bool:
    """Whether the word is a common one, long enough to be taken for no other, a legal form or the number of a certificate."""
    word = text.strip(".,:;()")
    if word in _LEGAL_FORMS or _NUMBER.fullmatch(word) is not None:
        return True
    return (len(word) >= _LEAST and word.casefold() in common_words()) or is_known(text)


def is_small(text: str) -> bool:
    """Whether the word is one of the small ones of sentences, which are no names."""
    return len(text) < _LEAST and text.islower() and text in common_words()
