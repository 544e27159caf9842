"""One function for every kind of document: what it is shows in its bytes, never in its name."""

from __future__ import annotations

import hashlib

from ingest.page import Page
from ingest.readers.text import LARGEST, read_text
from registry.certificates.facts import DocumentFacts
from registry.errors import UnreadableDocument

__all__ = ["LARGEST", "read_document"]

_OTHERS = (
    (b"PK\x03\x04", "an archive or office file"),
    (b"\xd0\xcf\x11\xe0", "an office file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "an archive"),
)


def read_document(data: bytes, name: str) -> tuple[DocumentFacts, tuple[Page, ...]]:
    """What the document is, and its pages. Raises UnreadableDocument with one line when no reader takes it."""
    if not data:
        raise UnreadableDocument(f"{name}: is empty; fetch the document again")
    for mark, kind in _OTHERS:
        if data.startswith(mark):
            raise UnreadableDocument(f"{name}: is {kind}, which is not read; give the certificate as PDF, or as text")
    if b"%PDF-" in data[:1024]:
        # Here, because whoever reads no PDF starts sooner without the libraries for it.
        from ingest.readers.pdf import read_pdf

        reading = read_pdf(data, name)
        source = "ocr" if reading.scanned else "text-layer"
        sha256 = hashlib.sha256(data).hexdigest()
        return DocumentFacts(sha256, "application/pdf", len(reading.pages), source, reading.active), reading.pages
    if len(data) > LARGEST:
        raise UnreadableDocument(f"{name}: is larger than {LARGEST} bytes, which no certificate's text is; give one certificate per file")
    pages = read_text(data, name)
    facts = DocumentFacts(hashlib.sha256(data).hexdigest(), "text/plain", pages=len(pages), text_source="text")
    return facts, pages
