"""The words of rules and certificates brought to one form: the old titles, the letters of the list and the names of profiles.

"Full + Security", "Subset" with "Security", and "Core + S" speak of the same profiles. The words are `data/requirements/vocabulary.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from registry.normal import contains_whole, text

RULES = Path(__file__).parents[2] / "data" / "requirements"
_TABLES = Path(__file__).parents[2] / "data" / "vocabulary" / "tables.json"
CORE, SECURITY, FULL = "Core", "Security", "Full"
_LETTERS = re.compile(r"[^\W\d_]+")
_PROTOCOL = re.compile(r"(?:ocpp)?[\s_-]*v?([0-9](?:\.[0-9]){1,2})[\s-]*(j|json)?", re.IGNORECASE)


def protocol(words: str) -> str | None:
    """The protocol as certificates print it ("OCPP 1.6"), for "1.6", "ocpp1.6" and "OCPP 1.6J"; None for none that is known."""
    found = _PROTOCOL.fullmatch(words.strip())
    name = f"OCPP {found[1]}" if found else ""
    return name if name in protocols() else None


def protocols() -> tuple[str, ...]:
    """All protocols that rules may speak of, the oldest first."""
    return tuple(_words()["protocols"])


def is_at_least(one: str, least: str) -> bool:
    """Whether a protocol is `least` or a later one."""
    return protocols().index(one) >= protocols().index(least)


def profile(word: str) -> str | None:
    """The profile by any of its names; "Security", "Advanced Security" and the letter S are one. None for none that is known."""
    return _profiles().get(text(word))


def profiles() -> tuple[str, ...]:
    """All profiles by the name that rules use."""
    return tuple(_words()["profiles"])


def claimed(kind: str | None, protocol: str | None = None) -> frozenset[str] | None:
    """The profiles that a certificate's title claims, "Full + Security" and "Core + S" alike; None where a word of it is not known.

    Full and Subset are words of the older protocols: of a newer one, nobody knows what they claim.
    """
    kinds: Mapping[str, list[str]] = _words()["kinds"] if protocol is None or protocol in _words()["older_protocols"] else {}
    found: set[str] = set()
    for part in re.split(r"\+|&|\band\b", kind or ""):
        words = " ".join(part.split())
        whole = next((names for title, names in kinds.items() if text(title) == text(words)), None)
        one = profile(words)
        if whole is None and one is None:
            return None
        found.update(whole if whole is not None else [str(one)])
    return frozenset(found)


def kinds() -> tuple[str, ...]:
    """The titles of certificates that are one word."""
    return tuple(_words()["kinds"])


@cache
def parts_of_kinds() -> frozenset[str]:
    """What a kind of certificate is put together of, as titles and the list spell it: "Core", "Full", "S"."""
    letters = (name.upper() for names in _words()["profiles"].values() for name in names if len(name) == 1)
    return frozenset((*kinds(), *profiles(), *letters))


def full() -> frozenset[str]:
    """The profiles of a Full certificate of OCPP 1.6."""
    return frozenset(_words()["kinds"][FULL])


def foreign(asked: Iterable[str], protocol: str | None) -> tuple[str, ...]:
    """The profiles of those asked that certificates of the protocol do not know: Remote Trigger was one until OCPP 1.6 alone. None are
    foreign to a protocol that is not known.
    """
    if protocol is None:
        return ()
    others = _words()["newer_alone" if protocol in _words()["older_protocols"] else "older_alone"]
    return tuple(one for one in asked if one in others)


def transports(words: str) -> frozenset[str]:
    """The transports that the words name, as "JSON", "OCPP-J" and "JSON over WebSocket" do; none where one of the words is not known."""
    known = {name.casefold(): transport for transport, names in _words()["transports"].items() for name in (transport, *names)}
    said = [word for word in _LETTERS.findall(text(words)) if word not in _words()["besides"]]
    return frozenset(known[word] for word in said) if all(word in known for word in said) else frozenset()


def transport(word: str) -> str | None:
    """The one transport that the words name, None where they name none or several."""
    found = transports(word)
    return next(iter(found)) if len(found) == 1 else None


def transport_names() -> tuple[str, ...]:
    """All transports by the name that rules use."""
    return tuple(_words()["transports"])


def only_transport(protocol: str | None) -> str | None:
    """The transport of a protocol that has but one, as those since OCPP 2.0 have; None for an older one, and for one that is not known."""
    return None if protocol is None or protocol in _words()["older_protocols"] else "JSON"


def truth(word: str) -> bool | None:
    """What a word for true or false says ("Yes", "enabled"); None for any other."""
    return next((said == "true" for said, names in _words()["truths"].items() if text(word) in (said, *names)), None)


def is_open_end(word: str) -> bool:
    """Whether the word tells that a list has more than it names ("others")."""
    return text(word) in _words()["open_ends"]


def zero_is_off(key: str) -> bool:
    """Whether 0 as the value of the configuration key means that nothing is sent (OCPP 1.6, 9.1)."""
    return text(key) in map(text, _words()["zero_is_off"])


def evidence_level(words: str) -> str | None:
    """The level of evidence by any of its names; None for none that is known."""
    wanted = text(words)
    for level, names in _words()["evidence"].items():
        if wanted == text(level) or wanted in map(text, names):
            return str(level)
    return None


def evidence_in(words: str) -> tuple[str, str] | None:
    """The level of evidence that `words` name, by the longest of the names, and what stands besides; None where they name none."""
    plain = text(words)
    names = sorted(((text(name), level) for level, names in _words()["evidence"].items() for name in (level, *names)), key=_longest)
    for name, level in names:
        if contains_whole(plain, name):
            before, _, after = plain.partition(name)
            return str(level), f"{before} {after}".strip()
    return None


def _longest(named: tuple[str, str]) -> tuple[int, str]:
    return -len(named[0]), named[0]


def evidence_levels() -> tuple[str, ...]:
    """All levels of evidence, the strongest first."""
    return tuple(_words()["evidence"])


def pics_name(word: str) -> str | None:
    """The row of the performance table by its name; None for none that certificates have."""
    return next((name for name in pics_names() if text(name) == text(word)), None)


@cache
def pics_names() -> tuple[str, ...]:
    """The rows of the performance table of certificates."""
    tables = json.loads(_TABLES.read_text(encoding="utf-8"))
    return (*tables["performance"], *(f"{tables['performance_prefix']} {action}" for action in tables["actions"]))


@cache
def _profiles() -> dict[str, str]:
    return {text(name): profile for profile, names in _words()["profiles"].items() for name in (profile, *names)}


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads((RULES / "vocabulary.json").read_text(encoding="utf-8"))
    return words
