"""Words that stand where a vendor or a model should and name none: "Other", "Wallbox", "AC charger". A certificate that has one is found by
it, and nobody is denied one for it.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from registry.matching.names import bare, company_words, text
from registry.matching.spelling import POWER, words_of

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "generic.json"
_CACHED = 1 << 15
_RATING = re.compile(
    r"(?<![^\W_])(?:(?:\d{1,3}[.,])?\d{1,3} ?(?:a|amps?|v|vac|vdc|m|ft|ph|phases?|phasig)|(?:typ|type|level|mode|phase) ?[1-4])(?![^\W_])"
)
"""How strong, how long, of how many phases or of which type: it tells no product, as a figure alone does not."""


@lru_cache(_CACHED)
def names_no_model(model: str) -> bool:
    """Whether all words of a model say what kind of product it is and how strong, or that it is none in particular."""
    plain = POWER.sub(" kw ", text(model))
    words = words_of(plain)
    if any(word in _words("models") for word in words):
        words = words_of(_RATING.sub(" ", plain)) or words
    return bool(words) and (bare(model) in _words("models") or all(word in _words("models") or word.isdecimal() for word in words))


@lru_cache(_CACHED)
def names_no_vendor(vendor: str) -> bool:
    """Whether a vendor's name says that it is none in particular."""
    words = company_words(vendor)
    return bool(words) and (
        bare(vendor) in _words("vendors") or text(vendor) in _words("vendors") or all(word in _words("vendors") for word in words)
    )


@cache
def _words(kind: str) -> frozenset[str]:
    found: dict[str, list[str]] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return frozenset(spelling for word in found[kind] for spelling in (text(word), bare(word)))
