"""Words that stand where a vendor or a model should and name none: "Other", "Wallbox", "AC charger". A certificate that has one is found by
it, and nobody is denied one for it.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path

from registry.matching.names import bare, company_words, text
from registry.matching.spelling import words_of

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "generic.json"
_CACHED = 1 << 15


@lru_cache(_CACHED)
def names_no_model(model: str) -> bool:
    """Whether all words of a model say what kind of product it is, or that it is none in particular."""
    words = words_of(model)
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
