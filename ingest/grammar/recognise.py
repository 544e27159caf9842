"""Whether a document is one OCA certificate, judged by its structure and never by words that others may use too."""

from __future__ import annotations

from ingest.grammar.layout import header_of, heading_of, is_approval_line, prose
from ingest.grammar.parts import Part, Parts
from ingest.grammar.values import Cover
from registry.errors import NotACertificate

_ENOUGH = 4
_LISTING_COLUMNS = ("certificate_no", "product_designation", "date_of_registration")


def require_one_certificate(parts: Parts, cover: Cover, name: str) -> None:
    """Raise NotACertificate, with the line that a person sees, unless the document is one certificate."""
    first = parts.rows[0].plain if parts.rows else ""
    if all(column in first for column in _LISTING_COLUMNS):
        raise NotACertificate(f"{name}: is a list of certified products, not a certificate; read it with `ocpp-registry listing import`")
    signs = _signs(parts, cover)
    typed = {"number", "product_type", "certification_date"} & set(cover.readings)
    titled = cover.titles > 0 and len(cover.labels) >= 2 and bool(typed)
    about_ocpp = any("OCPP" in row.plain for row in parts.rows)
    if not about_ocpp or not (titled or len(signs) >= _ENOUGH):
        found = f"only {', '.join(sorted(signs))}" if signs else "none of its parts"
        raise NotACertificate(f"{name}: is no OCA certificate ({found} found); give a certificate of the Open Charge Alliance")
    numbers = list(dict.fromkeys(reading.value for reading in cover.readings.get("number", ())))
    covers = sum(1 for row in parts.rows if heading_of(row) == "abstract")
    if len(numbers) > 1 or (covers > 1 and _second_cover(parts)):
        both = " and ".join(numbers[:2]) if len(numbers) > 1 else "two covers"
        raise NotACertificate(f"{name}: holds more than one certificate ({both}); give one certificate per file")
    if covers > 1 and _second_annex(parts):
        raise NotACertificate(f"{name}: holds the annexes of two certificates; give one certificate per file")


def _signs(parts: Parts, cover: Cover) -> set[str]:
    """The parts of a certificate that the document shows."""
    signs: set[str] = set()
    if cover.titles:
        signs.add("a title")
    if len(cover.labels) >= 3:
        signs.add("the labels of a cover")
    opening = {prose_hit.name for row in parts.rows if (prose_hit := prose().at(row.plain)) is not None}
    signs |= {f"the sentence '{words}'" for words in opening}
    sections = {heading_of(row) for row in parts.rows} - {None}
    signs |= {f"the section {section}" for section in sections}
    if any("Functionalities" in (header_of(row) or ()) for row in parts.rows):
        signs.add("a table of functionalities")
    if sum(is_approval_line(row) for row in parts.rows) >= 2:
        signs.add("a statement of approval")
    return signs


def _second_annex(parts: Parts) -> bool:
    """Whether an annex begins again after a statement of approval: whose it is, nobody can tell."""
    begun = approved = False
    for row, kind in zip(parts.rows, parts.kinds, strict=True):
        if heading_of(row) == "abstract":
            if begun and approved:
                return True
            begun = True
        approved = approved or (begun and kind is Part.APPROVAL)
    return False


def _second_cover(parts: Parts) -> bool:
    """Whether a cover begins again after the first annex."""
    first = next((row.index for row, kind in zip(parts.rows, parts.kinds, strict=True) if kind is Part.ANNEX), len(parts.rows))
    rest = parts.rows[first + 1 :]
    return any(hit is not None and hit.name.startswith("This certificate attests") for hit in (prose().at(row.plain) for row in rest))
