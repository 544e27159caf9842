"""What a certificate says, as plain values: the form in which ingest hands a certificate to the registry.

Pure data. Nothing here knows of a database, a web page or a clock, so that the grammar and the judge can use it. The JSON
is the public form of `ocpp-registry parse --json`; names and meanings in it are a contract, to which keys may only be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FieldState(StrEnum):
    """What is known of one field of a document."""

    READ = "read"
    """Printed, and read with certainty."""
    ABSENT = "absent"
    """The document has no such field."""
    DECLARED_EMPTY = "declared-empty"
    """Printed as "-" or "<>": the issuer says that there is no value."""
    NOT_APPLICABLE = "not-applicable"
    """Printed as "N/A"."""
    UNREAD = "unread"
    """Printed, or expected, and not read with certainty: for review, never a guess."""


class Severity(StrEnum):
    """How much a finding matters to somebody who relies on the certificate."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Provenance:
    """Where one value was read, and how.

    `field` is a path into the certificate: `software_version`, `profiles.Core`, `performance.OCPP response timeout.pics_seconds`,
    `hardware.Fixed cable`, `limits.<name>`, `configuration_keys.HeartbeatInterval`. `raw` is the text as printed (None when absent).
    `page` counts from 1; `line` is the line of a text rendering, from 1; `box` is (left, top, right, bottom) in PDF points
    from the top left, None for text. `rule` names the rule of the grammar that decided.
    """

    field: str
    raw: str | None
    state: FieldState
    page: int | None
    line: int | None
    box: Box | None
    rule: str

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract's `fields` list."""
        return {
            "field": self.field,
            "raw": self.raw,
            "state": str(self.state),
            "page": self.page,
            "line": self.line,
            "box": list(self.box) if self.box else None,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class Finding:
    """One disagreement, in a sentence that a buyer understands, with the fields that it is about."""

    rule: str
    severity: Severity
    message: str
    fields: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract's `findings` list."""
        return {"rule": self.rule, "severity": str(self.severity), "message": self.message, "fields": list(self.fields)}


@dataclass(frozen=True)
class PerformanceRow:
    """One row of "Performance Measurement Results": the PICS value and the laboratory's measurement, both in seconds."""

    name: str
    pics_seconds: int | None
    measured_seconds: int | None


@dataclass(frozen=True)
class CertificateFacts:
    """Everything that one certificate says. None means: not read with certainty, or not printed; `Provenance` says which.

    `certification_date` is an ISO date. Tables keep the order of the print. A table that is not printed is None, not empty.
    A configuration key printed with "-" has the value None.
    """

    number: str | None = None
    revision: str | None = None
    kind: str | None = None
    protocol: str | None = None
    role: str | None = None
    holder: str | None = None
    product_type: str | None = None
    designation: str | None = None
    model: str | None = None
    software_version: str | None = None
    certification_date: str | None = None
    reference_specification: str | None = None
    errata: str | None = None
    test_laboratory: str | None = None
    laboratory_location: str | None = None
    test_report_reference: str | None = None
    document_evidence: str | None = None
    vendor_name: str | None = None
    communication: str | None = None
    octt_version: str | None = None
    profiles: dict[str, str | None] | None = None
    performance: tuple[PerformanceRow, ...] | None = None
    hardware: dict[str, str | None] | None = None
    limits: dict[str, str | None] | None = None
    configuration_keys: dict[str, str | None] | None = None
    features: dict[str, str | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """The `certificate` object of the contract."""
        scalars = {name: getattr(self, name) for name in SCALAR_FIELDS}
        return scalars | {
            "profiles": self.profiles,
            "performance": None
            if self.performance is None
            else [
                {"name": row.name, "pics_seconds": row.pics_seconds, "measured_seconds": row.measured_seconds} for row in self.performance
            ],
            "hardware": self.hardware,
            "limits": self.limits,
            "configuration_keys": self.configuration_keys,
            "features": self.features,
        }


SCALAR_FIELDS: tuple[str, ...] = (
    "number",
    "revision",
    "kind",
    "protocol",
    "role",
    "holder",
    "product_type",
    "designation",
    "model",
    "software_version",
    "certification_date",
    "reference_specification",
    "errata",
    "test_laboratory",
    "laboratory_location",
    "test_report_reference",
    "document_evidence",
    "vendor_name",
    "communication",
    "octt_version",
)
"""The single-valued fields of `CertificateFacts`, in the order of the contract."""


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of the document itself. `text_source` is `text-layer`, `ocr` or `text`.

    `active` are the kinds of content found that could act (see `ingest.readers.active`); findings tell of them, and the JSON does not.
    """

    sha256: str
    media_type: str
    pages: int
    text_source: str
    active: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The `document` object of the contract."""
        return {"sha256": self.sha256, "media_type": self.media_type, "pages": self.pages, "text_source": self.text_source}


@dataclass(frozen=True)
class Extraction:
    """One reading of one document: the facts, where each stands on the page, and what disagrees.

    `public_text` is the document's text with the approval block and every personal name withheld: the only form of a text
    rendering that may be shown or exported. `withheld` are the places of names and signatures on the pages, as (page, box): what has
    to be covered before a picture of a page may be shown. `evidence` is what the checks go by besides the values, as JSON, so that they can
    be made again once a value was corrected; nobody else looks into it.
    """

    document: DocumentFacts
    certificate: CertificateFacts
    fields: tuple[Provenance, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    public_text: str = ""
    withheld: tuple[tuple[int, Box], ...] = ()
    evidence: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The document of `ocpp-registry parse --json`."""
        return self.to_json_with([entry.to_json() for entry in self.fields])

    def to_json_with(self, fields: Any) -> dict[str, Any]:
        """As `to_json`, where the list of fields is already as it is to be: it is most of the document."""
        return {
            "document": self.document.to_json(),
            "certificate": self.certificate.to_json(),
            "fields": fields,
            "findings": [finding.to_json() for finding in self.findings],
        }
