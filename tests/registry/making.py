"""Certificates and listing rows for tests, made mechanically: nothing in them is anybody's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

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
from registry.listing.rows import ListingRow

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

FACTS = CertificateFacts(
    number="OCA.0016.9001.CS",
    kind="Subset",
    protocol="OCPP 1.6",
    role="CS",
    holder="Holder 1",
    product_type="Charging Station",
    designation="Product 1",
    software_version="V1.3.337",
    certification_date="2023-07-12",
    test_laboratory="Laboratory 1",
    profiles={"Core": "Pass", "Smart Charging": "N/A", "Reservation": None},
    performance=(PerformanceRow("OCPP response timeout", 10, 4), PerformanceRow("Response time Authorize", None, 0)),
    hardware={"RFID readers": "Single", "Fixed cable": None},
    limits={},
    configuration_keys={"HeartbeatInterval": "20", "BlinkRepeat": None, "LightIntensity": None},
)
FIELDS = (
    Provenance("holder", "Holder  1", FieldState.READ, 1, 3, None, "label"),
    Provenance("configuration_keys.BlinkRepeat", "-", FieldState.DECLARED_EMPTY, 2, 40, (1.5, 2.5, 3.5, 4.5), "key-row"),
)
FINDINGS = (
    Finding("first", Severity.NOTE, "Something to know.", ("holder",)),
    Finding("second", Severity.ERROR, "Something wrong.", ()),
)


class Ticking:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def extraction(document: str = "document 1", facts: CertificateFacts = FACTS, **changes: Any) -> Extraction:
    """A reading of the document with these bytes; `changes` are changes to the facts."""
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    return Extraction(DocumentFacts(sha256, "text/plain", 2, "text"), replace(facts, **changes), FIELDS, FINDINGS, f"text of {document}")


def row(position: int, **changes: Any) -> ListingRow:
    """A row of the list; its number ends in `position`."""
    made = ListingRow(
        row=position + 1,
        certificate_no=f"OCA.0016.{position:04}.CSMS",
        number=f"OCA.0016.{position:04}.CSMS",
        revision=None,
        company=f"Holder {position}",
        country="Country 1",
        designation=f"Product {position}",
        certificate_type="Core + S + C",
        software_version="1.0.0",
        protocol="OCPP 1.6",
        date="2024-02-03",
        url=None,
        product_type="Charging Station Management System",
    )
    return replace(made, **changes)


words = st.sampled_from(
    ["Alpha", "BETA", "Gamma-9", "Élan", "Süd", "강남", "50%", "under_score", "o'Neil", 'quo"te', "a\\b", "İstanbul", "ﬁne"]
)
names = st.lists(words, min_size=1, max_size=3).map(" ".join)
values = st.none() | names
profile_names = st.sampled_from(["Core", "Smart Charging", "Reservation", "Remote Trigger", "Firmware Management", "Advanced Security"])
results = st.sampled_from(["Pass", "Pass", "N/A", "Fail", "Not Tested", None])
days = st.dates(min_value=date(2019, 1, 1), max_value=date(2021, 12, 31)).map(lambda day: day.isoformat())
numbers = st.builds(
    lambda slot, serial, role: f"OCA.{slot}.{serial:04}.{role}",
    st.sampled_from(["0016", "0201"]),
    st.integers(1, 25),
    st.sampled_from(["CS", "CSMS"]),
)
revisions = st.sampled_from([None, None, None, "update-2025-12-12"])
tables = st.none() | st.dictionaries(names, values, max_size=3)


@st.composite
def facts(draw: st.DrawFn) -> CertificateFacts:
    """Any certificate with a number."""
    number = draw(numbers)
    return CertificateFacts(
        number=number,
        revision=draw(revisions),
        kind=draw(st.sampled_from(["Full", "Subset", "Security", None])),
        protocol="OCPP 1.6" if ".0016." in number else "OCPP 2.0.1",
        role=number.rpartition(".")[2],
        holder=draw(values),
        product_type=draw(values),
        designation=draw(values),
        model=draw(values),
        software_version=draw(st.none() | st.sampled_from(["1.0", "1.10", "V1.3.337", "1.6_b", "100%"])),
        certification_date=draw(st.none() | days),
        test_laboratory=draw(st.sampled_from(["Laboratory 1", "Laboratory 2", None])),
        vendor_name=draw(values),
        profiles=draw(st.none() | st.dictionaries(profile_names, results, max_size=5)),
        performance=draw(
            st.none()
            | st.lists(st.builds(PerformanceRow, names, st.none() | st.integers(0, 900), st.none() | st.integers(0, 900)), max_size=3).map(
                tuple
            )
        ),
        hardware=draw(tables),
        limits=draw(tables),
        configuration_keys=draw(tables),
        features=draw(tables),
    )


@st.composite
def listings(draw: st.DrawFn) -> tuple[ListingRow, ...]:
    """Any list: rows with and without numbers, numbers that stand twice, missing cells."""
    rows = []
    for position in range(draw(st.integers(0, 12))):
        number = draw(st.none() | numbers)
        rows.append(
            ListingRow(
                row=position + 2,
                certificate_no=number or draw(names),
                number=number,
                revision=draw(revisions) if number else None,
                company=draw(values),
                country=draw(st.sampled_from(["Country 1", "Country 2", None])),
                designation=draw(values),
                certificate_type=draw(st.sampled_from(["Full", "Core", "Core + S + C", "Full + Security", "Core + X", None])),
                software_version=draw(st.sampled_from(["1.0", "1.10", None])),
                protocol=draw(st.sampled_from(["OCPP 1.6", "OCPP 2.0.1", None])),
                date=draw(st.none() | days),
                url=None,
                product_type=draw(st.sampled_from(["Charging Station Management System", "Charging Station", None])),
            )
        )
    return tuple(rows)
