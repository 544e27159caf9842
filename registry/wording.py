"""The words that pages use for states, verdicts and dates. A verdict is always said in words; the tone only repeats it in colour."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from markupsafe import Markup, escape

from registry.certificates.facts import FieldState

FIELD_LABELS: dict[str, str] = {
    "number": "Certificate number",
    "revision": "Revision",
    "kind": "Certificate type",
    "protocol": "Protocol",
    "role": "Role",
    "holder": "Holder",
    "product_type": "Product type",
    "designation": "Product designation",
    "model": "Model",
    "software_version": "Software version",
    "certification_date": "Certification date",
    "reference_specification": "Reference specification",
    "errata": "Errata sheet",
    "test_laboratory": "Test laboratory",
    "laboratory_location": "Laboratory location",
    "test_report_reference": "Test report",
    "document_evidence": "Document evidence",
    "vendor_name": "Vendor name",
    "vendor": "Vendor",
    "communication": "Communication",
    "octt_version": "Test tool (OCTT)",
}
"""What a single-valued field of a certificate is called on a page."""

STATE_WORDS: dict[str, str] = {
    FieldState.READ: "read",
    FieldState.ABSENT: "not in the document",
    FieldState.DECLARED_EMPTY: "declared empty",
    FieldState.NOT_APPLICABLE: "not applicable",
    FieldState.UNREAD: "not read with certainty",
}

_BREAKS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_./,-])(?=\w)")

ROLE_WORDS: dict[str, str] = {"CS": "Charging station", "CSMS": "Management system"}

AUDIT_STATE_WORDS: dict[str, str] = {
    "queued": "waiting",
    "running": "running",
    "done": "done",
    # Not "failed": that would read as if the device had.
    "failed": "not carried out",
    "cancelled": "cancelled",
}

_TONES: dict[str, str] = {
    "conformant": "good",
    "meets": "good",
    "does not meet": "bad",
    "cannot tell": "warn",
    "would meet with": "warn",
    "deviates": "bad",
    "inconclusive": "warn",
    "match": "good",
    "drift": "bad",
    "missing": "bad",
    "verified": "good",
    "fails": "bad",
    "fail": "bad",
    "pass": "good",
    "within": "good",
    "exceeds": "bad",
    "error": "warn",
    "partial": "warn",
    "works but not certified": "warn",
    "undeclared": "warn",
    "unknown": "warn",
    "warning": "warn",
    "remark": "warn",
}


def tone(word: object) -> str:
    """The class of a verdict's colour: `good`, `bad`, `warn`, or nothing for what is neither."""
    return _TONES.get(str(word).casefold(), "")


def tone_of_severity(severity: object) -> str:
    """The class of a finding's colour; an error of a certificate is bad, an error of a test case only says that it gave no answer."""
    return {"error": "bad", "warning": "warn"}.get(str(severity), "")


def field_label(path: str) -> str:
    """The name of a field of a certificate as a reader knows it: `profiles.Core` is "Core (profile)"."""
    table, _, row = path.partition(".")
    if not row:
        return FIELD_LABELS.get(path, path.replace("_", " ").capitalize())
    if table == "performance":
        name, _, column = row.rpartition(".")
        return f"{name or row} ({'laboratory' if column == 'measured_seconds' else 'PICS'})"
    kind = {"profiles": "profile", "configuration_keys": "configuration key", "hardware": "hardware", "limits": "limit"}
    return f"{row} ({kind.get(table, table)})"


def day(value: object) -> str:
    """A date as people write it, "12 July 2023"; what is no date is given back as it is."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return "" if value is None else str(value)


def moment(value: object) -> str:
    """A moment with its minute, in UTC: "12 July 2023, 14:05 UTC"."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if not isinstance(value, datetime):
        return day(value)
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return f"{day(value.date())}, {value:%H:%M} UTC"


def seconds(value: object) -> str:
    """A duration in seconds, with as many digits as say something."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if value and abs(value) < 0.1:
        return f"{value * 1000:.0f} ms" if abs(value) >= 0.001 else "under 1 ms"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text} s"


def sentence(text: object) -> str:
    """`text` as a sentence: with a capital at its beginning and a full stop at its end."""
    said = str(text).strip()
    return said if not said else said[0].upper() + said[1:] + ("" if said[-1] in ".!?:" else ".")


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 finding", "3 findings"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """The words as one reads them out: "A", "A and B", "A, B and C"."""
    parts = list(words)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def shown(value: object) -> str:
    """A value of a report as a person reads it: nothing is "not reported", yes and no are words."""
    if value is None:
        return "not reported"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if str(value) else "empty"


def breakable(text: object) -> Markup:
    """A long name that may be broken between its words: HeartbeatInterval before "Interval", a_b after "_"."""
    return Markup("<wbr>").join(escape(part) for part in _BREAKS.split(str(text)))
