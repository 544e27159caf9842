"""Documents to review: a made-up certificate on one page with a picture, and its readings."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.facts import (
    CertificateFacts,
    DocumentFacts,
    Extraction,
    FieldState,
    Finding,
    PerformanceRow,
    Provenance,
    Severity,
)
from registry.certificates.store import save_extraction
from registry.documents.models import Document
from registry.documents.store import keep_page_pictures
from registry.settings import Settings
from tests.registry import samples

NUMBER = "OCA.0016.9942.CS"
SHA256 = hashlib.sha256(b"a certificate to review").hexdigest()
PAGE = f"/review/{SHA256}"
SIZE = (595.0, 842.0)
DPI = 110
FINDING = Finding(
    "cover-annex-version",
    Severity.ERROR,
    "The cover names software version V7.0.1, the annex V7.0.l.",
    ("software_version", "document_evidence"),
)
NOTE = Finding("template-residue", Severity.NOTE, "“<Yes>” stands in the brackets of the form.", ("hardware.Fixed cable",))

_PRINTED: tuple[tuple[str | None, str, str, FieldState, str], ...] = (
    ("number", "Certificate number", NUMBER, FieldState.READ, NUMBER),
    ("holder", "Holder", "Example Chargers Ltd. (made for tests)", FieldState.READ, ""),
    ("designation", "Product", "EX-42", FieldState.READ, ""),
    ("model", "Type", "EX-42 a/b?", FieldState.UNREAD, ""),
    ("software_version", "OCPP Software version", "V7.0.1", FieldState.READ, ""),
    ("certification_date", "Certification date", "July 12, 2023", FieldState.READ, "2023-07-12"),
    ("test_laboratory", "Test laboratory", "Example Laboratory", FieldState.READ, ""),
    ("document_evidence", "Document evidence", "Example report, V7.0.l", FieldState.READ, ""),
    ("profiles.Core", "Core", "Pass", FieldState.READ, ""),
    ("profiles.Reservation", "Reservation", "P?ss", FieldState.UNREAD, ""),
    ("performance.OCPP response timeout.pics_seconds", "OCPP response timeout", "10s", FieldState.READ, "10"),
    ("hardware.Fixed cable", "Fixed cable", "<Yes>", FieldState.READ, "Yes"),
    ("configuration_keys.HeartbeatInterval", "HeartbeatInterval", "20", FieldState.READ, ""),
    ("configuration_keys.BlinkRepeat", "BlinkRepeat", "-", FieldState.DECLARED_EMPTY, ""),
)
FACTS = CertificateFacts(
    number=NUMBER,
    kind="Subset",
    protocol="OCPP 1.6",
    role="CS",
    holder="Example Chargers Ltd. (made for tests)",
    product_type="Charging Station",
    designation="EX-42",
    software_version="V7.0.1",
    certification_date="2023-07-12",
    test_laboratory="Example Laboratory",
    document_evidence="Example report, V7.0.l",
    profiles={"Core": "Pass", "Reservation": None},
    performance=(PerformanceRow("OCPP response timeout", 10, None),),
    hardware={"Fixed cable": "Yes"},
    configuration_keys={"HeartbeatInterval": "20", "BlinkRepeat": None},
)
_LEFT, _COLUMN, _TOP, _STEP, _LETTERS = 60.0, 250.0, 120.0, 34.0, 13.0


def reading(facts: CertificateFacts = FACTS) -> Extraction:
    """The reading of the page, with a box for everything that is printed."""
    fields = tuple(
        Provenance(path, printed, state, 1, None, _box(row, printed), "label")
        for row, (path, _, printed, state, _) in enumerate(_PRINTED)
        if path is not None
    )
    document = DocumentFacts(SHA256, "application/pdf", 1, "text-layer")
    return Extraction(document, facts, fields, (FINDING, NOTE), "\n".join(f"{label}  {printed}" for _, label, printed, _, _ in _PRINTED))


def text_reading() -> Extraction:
    """The same as a text rendering: lines in place of boxes."""
    whole = reading(replace(FACTS, number="OCA.0016.9943.CS", designation="EX-43"))
    document = replace(whole.document, sha256=hashlib.sha256(b"a text to review").hexdigest(), media_type="text/plain", text_source="text")
    fields = tuple(replace(place, line=row, box=None) for row, place in enumerate(whole.fields, start=1))
    return replace(whole, document=document, fields=fields)


def store(sessions: sessionmaker[Session], settings: Settings, facts: CertificateFacts = FACTS) -> None:
    """Put the document into the registry, with its picture."""
    with sessions.begin() as session:
        save_extraction(session, reading(facts), "example-9942.pdf", parser_version="1", clock=lambda: samples.NOW)
        document = session.query(Document).where(Document.sha256 == SHA256).one()
        document.page_sizes = [list(SIZE)]
    keep_page_pictures(settings, SHA256, [picture()])


def picture() -> bytes:
    """The page as a PNG."""
    scale = DPI / 72
    image = Image.new("L", (round(SIZE[0] * scale), round(SIZE[1] * scale)), 255)
    draw = ImageDraw.Draw(image)
    big, small = (ImageFont.load_default(size * scale) for size in (20.0, _LETTERS))
    draw.text((_LEFT * scale, 60 * scale), "OCPP 1.6 Subset Certificate (made up)", fill=0, font=big)
    for row, (_, label, printed, _, _) in enumerate(_PRINTED):
        top = (_TOP + row * _STEP) * scale
        draw.text((_LEFT * scale, top), label, fill=80, font=small)
        draw.text((_COLUMN * scale, top), printed, fill=0, font=small)
    draw.rectangle([_LEFT * scale, 640 * scale, 530 * scale, 720 * scale], fill=190)
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _box(row: int, printed: str) -> tuple[float, float, float, float]:
    top = _TOP + row * _STEP
    width = ImageFont.load_default(_LETTERS).getlength(printed)
    return (_COLUMN, top, round(_COLUMN + width, 1), top + _LETTERS + 3)
