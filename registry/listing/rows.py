"""One row of the OCA's list of certified products, as plain values.

Pure data: the reader of the list fills it, the store keeps it, and the comparison with certificates works on it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.certificates.facts import Finding


@dataclass(frozen=True)
class ListingRow:
    """What the list says of one certificate. Texts are as printed in the list, without blanks at their ends.

    `row` is the row of the file, the header being row 1. `certificate_no` is the cell as printed; `number` and `revision`
    are what it holds ("OCA.0016.1137.CSMS", "update-2025-12-12"), None when the cell is no certificate number (the list
    has a row with a company name there). `date` is an ISO date. A cell that the list leaves empty is None.
    `notes` tell what is odd about the row; an odd row is still a row. `extra` holds what the list's service says beyond these.
    """

    row: int
    certificate_no: str
    number: str | None
    revision: str | None
    company: str | None
    country: str | None
    designation: str | None
    certificate_type: str | None
    software_version: str | None
    protocol: str | None
    date: str | None
    url: str | None
    product_type: str | None
    notes: tuple[Finding, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
