"""Documents that were read, devices and a list, made mechanically for the bench of storing them: nothing in them is anybody's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from ingest.storing import Came
from registry.certificates.facts import (
    SCALAR_FIELDS,
    CertificateFacts,
    DocumentFacts,
    Extraction,
    FieldState,
    Finding,
    PerformanceRow,
    Provenance,
    Severity,
)
from registry.fleet.devices import NewDevice
from registry.listing.rows import ListingRow

KEYS = 27
_UNKNOWN = 500_000
_FIRST_DAY = date(2019, 1, 1)
_PROFILES = ("Core", "Firmware Management", "Local Auth List Management", "Reservation", "Smart Charging", "Remote Trigger")
_PERFORMANCE = ("OCPP response timeout", "Response time Authorize", "Response time StartTransaction")
_HARDWARE = {
    "Communication technology": "Ethernet",
    "Fixed cable": "Yes",
    "Number of connectors": "2",
    "RFID readers": "Single",
    "ISO 15118": "No",
}
_TEXT = "A line of a certificate with what it says, and the name of nobody at all.\n" * 60


def documents(count: int, begin: int = 0) -> Iterator[Came]:
    """The certificates from `begin` to `count`, each as its document was read: a number, a product, 27 configuration keys, and where each
    value stands.
    """
    for number in range(begin, count):
        facts = _facts(number)
        sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        findings = (Finding("pics-unit-missing", Severity.NOTE, f"Row {number} has no unit.", ("performance",)),) if number % 2 == 0 else ()
        document = DocumentFacts(sha256, "application/pdf", 4, "text-layer")
        extraction = Extraction(document, facts, tuple(_provenance(facts)), findings, _TEXT)
        yield Came(f"{number}.pdf", f"{number}.pdf", sha256, 90_000 + number, extraction, [[595.28, 841.89]] * 4)


def devices(count: int) -> Iterator[NewDevice]:
    """So many devices of a fleet, at a tenth as many sites."""
    for number in range(count):
        yield NewDevice(
            row=number + 2,
            identity=f"CP-{number:07}",
            vendor=f"Maker {number % 50}",
            model=f"Model {number % 400}",
            firmware=f"V{number % 9}.{number % 30}.{number % 11}",
            serial=f"SN{number:09}",
            site=f"Site {number // 10}",
            endpoint=f"wss://csms.example/{number}",
            latitude=50 + number % 1000 / 1000,
            longitude=4 + number % 999 / 1000,
            installed=_FIRST_DAY + timedelta(days=number % 2000),
            protocol="OCPP 1.6",
            hardware={"RFID readers": "1"},
        )


def listing(count: int) -> Iterator[ListingRow]:
    """So many rows of a list, of certificates whose documents nobody has."""
    for number in range(count):
        facts = _facts(_UNKNOWN + number)
        yield ListingRow(
            row=number + 2,
            certificate_no=str(facts.number),
            number=facts.number,
            revision=None,
            company=facts.holder,
            country=f"Country {number % 40}",
            designation=facts.designation,
            certificate_type=facts.kind,
            software_version=facts.software_version,
            protocol=facts.protocol,
            date=facts.certification_date,
            url=None,
            product_type=facts.product_type,
        )


def _facts(number: int) -> CertificateFacts:
    return CertificateFacts(
        number=f"OCA.0016.{number:06}.CS",
        kind=("Full", "Subset", "Security")[number % 3],
        protocol="OCPP 1.6",
        role="CS",
        holder=f"Holder {number % 2000} GmbH",
        product_type="Charging Station",
        designation=f"Series{number % 97} {number // 2:06}-{number % 7}CH",
        model=f"Model {number // 2}",
        software_version=f"V{number % 9}.{number % 30}.{number % 11}",
        certification_date=(_FIRST_DAY + timedelta(days=number % 2500)).isoformat(),
        test_laboratory=f"Laboratory {number % 12}",
        vendor_name=f"Holder {number % 2000}",
        profiles={name: "Pass" if number % (place + 1) == 0 else "N/A" for place, name in enumerate(_PROFILES)},
        performance=tuple(PerformanceRow(name, 30, number % 30) for name in _PERFORMANCE),
        hardware=dict(_HARDWARE),
        limits={"MaxProfilesInstalled": "10"},
        configuration_keys={f"ConfigurationKey{place}": str((number + place) % 900) for place in range(KEYS)},
    )


def _provenance(facts: CertificateFacts) -> Iterator[Provenance]:
    paths: dict[str, str | None] = {name: getattr(facts, name) for name in SCALAR_FIELDS}
    for table in ("profiles", "hardware", "limits", "configuration_keys"):
        paths |= {f"{table}.{name}": value for name, value in getattr(facts, table).items()}
    for row in facts.performance or ():
        paths |= {
            f"performance.{row.name}.pics_seconds": str(row.pics_seconds),
            f"performance.{row.name}.measured_seconds": str(row.measured_seconds),
        }
    for place, (path, value) in enumerate(paths.items()):
        state = FieldState.ABSENT if value is None else FieldState.READ
        top = 40.0 + place * 11.5 % 760
        yield Provenance(path, value, state, 1 + place // 30, None, (70.5, top, 300.25, top + 10), "table-row")
