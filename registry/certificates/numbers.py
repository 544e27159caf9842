"""Certificate numbers as people write them, in a cell or a message, brought to the form in which certificates have them.

A family member's number begins with F and figures, a white label's with W and figures: each is a certificate of its own, and not the
original's. A revision stands behind the number. What a document prints is read more strictly, by `ingest.numbers`.
"""

from __future__ import annotations

import re

_GAP = r"[.\s_-]*"
_WRITTEN = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<prefix>[A-Za-z]\d{{1,3}})\s*(?:[._-]\s*)?)?OCA{_GAP}(?P<slot>\d{{4}}){_GAP}(?P<serial>\d{{4,6}})"
    rf"{_GAP}(?P<role>CSMS|CS)(?![A-Za-z0-9])"
    r"(?:\s*[-–—(,]?\s*(?P<revision>(?:update|revision|rev)[-. ]{0,3}(?:\d{4}-\d{2}-\d{2}|\d{1,3}|(?<=[-. ])[A-Z])(?![\w-])))?",
    re.IGNORECASE,
)
_COPIED = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<prefix>[FW]\d{1,3})[.\s_-]*)?[O0]CA[.\s_/-]*(?P<slot>[0-9OIL]{2,4})[.\s_/-]+(?P<serial>[0-9OIL]{1,6})"
    r"(?:[.\s_/-]*(?P<role>CSMS|CS))?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""As people copy them: without zeros before, with letters for figures, without the role."""

_FIGURES = str.maketrans("OIL", "011")
_SLOTS = ("0016", "0201", "0210")
"""Of the protocols for which there are certificates: what has another is no number that was copied, but something else."""

_NUMBER = re.compile(r"(?:[FW]\d{1,3}\.)?OCA\.\d{4}\.\d{4,6}(?:\.(?:CSMS|CS))?(?: \S+)?")
_BETWEEN = re.compile(r"[-. ]+")
_NAMED = re.compile(r"(\S+\.(?:CSMS|CS)) \S+")


def named_in(words: str) -> tuple[str, ...]:
    """The certificates that `words` name, each once: the number, and the revision after a blank where one is written.

    A letter before the number that is neither F nor W stands for nothing that is known: such a number is left out. A number without its
    role is given without: which it is, the catalogue can say.
    """
    found: dict[int, str] = {}
    for match in _WRITTEN.finditer(words):
        if (match["prefix"] or "").upper()[:1] in ("", "F", "W"):
            found[match.start()] = name(_joined(match, match["slot"], match["serial"]), match["revision"])
    for match in _COPIED.finditer(_WRITTEN.sub(lambda written: "\0" * len(written[0]), words)):
        slot, serial = (part.upper().translate(_FIGURES).zfill(4) for part in match.group("slot", "serial"))
        if slot in _SLOTS:
            found[match.start()] = _joined(match, slot, serial)
    return tuple(dict.fromkeys(found[place] for place in sorted(found)))


def is_number(named: str) -> bool:
    """Whether it is what `named_in` gives, and not a text in which it found nothing."""
    return _NUMBER.fullmatch(named) is not None


def _joined(match: re.Match[str], slot: str, serial: str) -> str:
    parts = (match["prefix"] or "", "OCA", slot, serial, match["role"] or "")
    return ".".join(part.upper() for part in parts if part)


def name(number: str, revision: str | None) -> str:
    """A number with its revision, in one form for all spellings of the revision."""
    return f"{number} {_BETWEEN.sub('-', revision.strip().casefold())}" if revision else number


def number_of(named: str) -> str:
    """The number of what `named_in` gives, without the revision; anything else as it is."""
    match = _NAMED.fullmatch(named)
    return match[1] if match else named
