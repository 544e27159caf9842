"""A reader that knows made-up documents alone, by their first line, and is ready at once: for tests of what is around the reading."""

from __future__ import annotations

import hashlib
import re

from registry.certificates.facts import CertificateFacts, DocumentFacts, Extraction, FieldState, Provenance
from registry.errors import NotACertificate

READER = f"{__name__}:read"
_NUMBER = re.compile(r"OCA\.0016\.\d{4}\.CSMS")


def read(data: bytes, name: str) -> Extraction:
    """The certificate whose number is the first line; one that begins like a number and is none was not read with certainty."""
    number, _, rest = data.decode().partition("\n")
    if not number.startswith("OCA."):
        raise NotACertificate(f"{name}: is none")
    known = number if _NUMBER.fullmatch(number) else None
    facts = CertificateFacts(number=known, holder="Holder", designation=f"Product {number}", role="CSMS", software_version="1.0")
    fields = (Provenance("holder", "Holder", FieldState.READ, 1, 2, None, "made up"),)
    return Extraction(DocumentFacts(hashlib.sha256(data).hexdigest(), "text/plain", 1, "text"), facts, fields, (), rest)
