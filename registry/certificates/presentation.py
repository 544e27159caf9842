"""A certificate taken apart for its page: what stands where, in reading order. Pure; words and places, no markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry import wording
from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, FieldState, Finding, Provenance
from registry.listing.rows import ListingRow
from registry.marking import N_

_LAST_OF_PRODUCT = SCALAR_FIELDS.index("certification_date") + 1
PRODUCT_FIELDS, TEST_FIELDS = SCALAR_FIELDS[:_LAST_OF_PRODUCT], SCALAR_FIELDS[_LAST_OF_PRODUCT:]
"""What a certificate says of the product, and of how it was tested: the contract has them in that order."""

KEY_CHOICES = {"all": N_("All"), "value": N_("With a value"), "empty": N_("Declared empty"), "unread": N_("Not read")}

_LISTED = (
    ("number", "certificate_no"),
    ("holder", "company"),
    ("designation", "designation"),
    ("software_version", "software_version"),
    ("kind", "certificate_type"),
    ("protocol", "protocol"),
    ("product_type", "product_type"),
    ("certification_date", "date"),
)


@dataclass(frozen=True)
class Line:
    """One line of the document's public text; `used` says what was read from it."""

    number: int
    text: str
    used: tuple[str, ...]


def where(place: Provenance | None, lines: Sequence[Line]) -> int | None:
    """The line that a value may be looked up on: only where its printed text does stand on the line that is shown.

    The shown text leaves out people's names; a link that led to a withheld or another line would prove nothing.
    """
    if place is None or place.line is None or not 1 <= place.line <= len(lines):
        return None
    printed, shown = _letters(place.raw or ""), _letters(lines[place.line - 1].text)
    return place.line if printed in shown or (shown and shown in printed) else None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@dataclass(frozen=True)
class KeyRow:
    """One declared configuration key."""

    name: str
    value: str | None
    place: Provenance | None
    state: str


@dataclass(frozen=True)
class Compared:
    """What document and list say of the same thing. `differs` repeats a finding; nothing is compared here."""

    label: str
    document: str | None
    listed: str | None
    differs: bool


@dataclass(frozen=True)
class Bar:
    """A measured time against its PICS value, as parts of a hundred."""

    width: float
    over: bool


def lines(public_text: str, provenance: Mapping[str, Provenance]) -> tuple[Line, ...]:
    """The document's lines, numbered from 1 as in the file, each with the labels of what was read from it."""
    used: dict[int, list[str]] = {}
    for place in provenance.values():
        if place.line is not None and place.state is not FieldState.ABSENT:
            used.setdefault(place.line, []).append(wording.field_label(place.field))
    return tuple(Line(number, text, tuple(used.get(number, ()))) for number, text in enumerate(public_text.split("\n"), start=1))


def keys(facts: CertificateFacts, provenance: Mapping[str, Provenance]) -> tuple[KeyRow, ...]:
    """The configuration keys in the order of the print."""
    rows = []
    for name, value in (facts.configuration_keys or {}).items():
        place = provenance.get(f"configuration_keys.{name}")
        empty = FieldState.DECLARED_EMPTY if place is None else place.state
        rows.append(
            KeyRow(name, value, place, "value" if value is not None else "empty" if empty is FieldState.DECLARED_EMPTY else "unread")
        )
    return tuple(rows)


def narrowed(rows: Sequence[KeyRow], text: str, choice: str) -> tuple[KeyRow, ...]:
    """The keys whose name or value holds `text`, of one kind of `KEY_CHOICES`."""
    wanted = text.strip().casefold()
    return tuple(
        row for row in rows if choice in ("all", row.state) and (wanted in row.name.casefold() or wanted in (row.value or "").casefold())
    )


def covered(facts: CertificateFacts) -> dict[str, tuple[str, ...]]:
    """The profiles by what the certificate says of them: `passed`, `failed`, `other` (N/A, not tested), `unread`."""
    groups: dict[str, list[str]] = {"passed": [], "failed": [], "other": [], "unread": []}
    for name, result in (facts.profiles or {}).items():
        groups["unread" if result is None else {"Pass": "passed", "Fail": "failed"}.get(result, "other")].append(name)
    return {group: tuple(names) for group, names in groups.items()}


def bar(pics_seconds: int | None, measured_seconds: int | None) -> Bar | None:
    """How much of the declared time was used; None when one of the two is not known."""
    if pics_seconds is None or measured_seconds is None or pics_seconds <= 0 or measured_seconds < 0:
        return None
    return Bar(min(100.0, round(100 * measured_seconds / pics_seconds, 1)), measured_seconds > pics_seconds)


def beside_list(facts: CertificateFacts | None, row: ListingRow, findings: Sequence[Finding]) -> tuple[Compared, ...]:
    """Document and list side by side, marked where a finding of the comparison says that they disagree."""
    disputed = {field for finding in findings for field in finding.fields}
    compared = [
        Compared(wording.FIELD_LABELS[field], getattr(facts, field) if facts else None, getattr(row, column), field in disputed)
        for field, column in _LISTED
    ]
    return (*compared, Compared("Country", None, row.country, differs=False))
