"""One document's bytes to one extraction. Touches no database."""

from __future__ import annotations

from ingest.checks import document_findings
from ingest.grammar import read_certificate
from ingest.readers import read_document
from registry.certificates.facts import Extraction


def parse_document(data: bytes, name: str) -> Extraction:
    """Everything that the document says, each value read with certainty or not at all.

    `name` is only used in messages. Raises UnreadableDocument when no reader takes the bytes, NotACertificate when the document
    is no OCA certificate or holds several.
    """
    document, pages = read_document(data, name)
    reading = read_certificate(pages, name)
    return Extraction(
        document=document,
        certificate=reading.certificate,
        fields=reading.fields,
        findings=document_findings(reading.certificate, reading.evidence),
        public_text=reading.public_text,
    )
