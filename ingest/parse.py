"""One document's bytes to one extraction. Touches no database."""

from __future__ import annotations

from dataclasses import replace

from ingest.certainty import doubtful_fields, without_accusations, without_doubtful
from ingest.checks import document_findings
from ingest.evidence import evidence_to_json
from ingest.footnotes import with_footnotes
from ingest.grammar import read_certificate
from ingest.readers import read_document
from registry.certificates.facts import Extraction


def parse_document(data: bytes, name: str) -> Extraction:
    """Everything that the document says, each value read with certainty or not at all.

    `name` is only used in messages. Raises UnreadableDocument when no reader takes the bytes, NotACertificate when the document
    is no OCA certificate or holds several.
    """
    document, read = read_document(data, name)
    pages = with_footnotes(read)
    reading = read_certificate(pages, name, scanned=document.text_source == "ocr")
    evidence = replace(reading.evidence, active=document.active)
    doubtful = doubtful_fields(reading.certificate, reading.fields, pages)
    certificate, fields = without_doubtful(reading.certificate, reading.fields, doubtful)
    return Extraction(
        document=document,
        certificate=certificate,
        fields=fields,
        findings=without_accusations(document_findings(certificate, evidence), doubtful),
        public_text=reading.public_text,
        withheld=reading.withheld,
        evidence=evidence_to_json(evidence, doubtful),
    )
