"""The certificates of the corpus: samples, products of the listing, and the kinds that the samples lack.

Serials from 9000 on are no real certificate's. Nothing here comes from the parser.
"""

from __future__ import annotations

import csv
import datetime
import random
from dataclasses import dataclass, replace

from registry.certificates.facts import CertificateFacts, PerformanceRow
from tests.ingest.certificates import KEYS, LABORATORIES, LISTING, Certificate, all_certificates

PROFILES_201 = {
    "Core": "",
    "Advanced Security": "S",
    "Local Authorization List Management": "L",
    "Smart Charging": "C",
    "Advanced Device Management": "D",
    "Reservation": "R",
    "Advanced User Interface": "U",
    "ISO 15118 Support": "I",
}
"""Certification profiles of OCPP 2.0.1 with their letters (Part 5 of the specification)."""

STATION_FEATURES = (
    ("C-01", "Offline authorization of transactions", ("Yes", "No")),
    ("C-02", "Offline authorization of unknown ids", ("Yes", "No")),
    ("C-06.1", "Keeps authorization when the cable is disconnected on EV side", ("Yes", "No")),
    ("C-09.2", "Start transaction options - Authorized", ("Yes", "No")),
    ("C-10.4", "Stop transaction options - EnergyTransfer", ("Yes", "No")),
    ("C-23", "Supported time sources", ("Heartbeat", "Heartbeat, NTP", "Heartbeat, NTP, GPS")),
    ("C-29.1", "Trigger message - MeterValues", ("Yes", "No")),
    ("C-30", "Authorization - using RFID ISO14443", ("Yes", "No")),
    ("C-40.1", "SampledTxStartedMeasurands", ("Energy.Active.Import.Register", "Energy.Active.Import.Register, Voltage")),
    ("C-41", "Supported cipher suites", ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_GCM_SHA256",)),
    ("AS-2", "Additional root certificate check", ("Yes", "No")),
    ("SC-2.1", "Charging rate unit A", ("Yes", "No")),
    ("LA-1", "Authorization list", ("Yes", "No")),
    ("AQ-1", "Can the last CSMSRootCertificate be removed?", ("Yes", "No")),
    ("AQ-9", "Charging with IEC 61851-1 (Mode 3)", ("Yes", "No")),
    ("HFS-1", "Detachable cable", ("Yes", "No")),
    ("HFS-8", "No. EVSEs of Charging Station", ("1", "2", "12")),
    ("HFS-9", "Communication technology", ("Ethernet", "Ethernet, 4G", "WiFi")),
    ("HFS-10", "RFID readers", ("Single", "None")),
)
"""Declarations of a charging station: id, words, values that occur. Ids by Part 5, words shortened."""

CSMS_FEATURES = (
    ("C-11", "Unlocking a connector with a detachable cable", ("Yes", "No")),
    ("C-13", "Reset per EVSE", ("Yes", "No")),
    ("C-15", "Scheduled firmware updates", ("Yes", "No")),
    ("C-29.6", "Trigger message - BootNotification", ("Yes", "No")),
    ("C-32", "Authorization - using KeyCode", ("Yes", "No")),
    ("C-44", "BootNotification Pending before Accepting", ("Yes", "No")),
    ("C-50.1", "GetBaseReport - FullInventory - During onboarding", ("Yes", "No")),
    ("C-50.2", "GetBaseReport - FullInventory - Manual trigger", ("Yes", "No")),
    ("SC-4", "TxDefaultProfile on EVSEID #0", ("Yes", "No")),
    ("R-1", "Reservations of connectorType", ("Yes", "No")),
    ("ISO-4", "Retrieving and deleting CustomerInformation - CustomerCertificate", ("Yes", "No")),
    ("AQ-2", "Is a FullInventory requested during onboarding?", ("Yes", "No")),
)
"""Declarations of a CSMS."""

SECURITY_LIMITS = (
    ("Supported security profiles", ("1, 2", "1, 2, 3", "2")),
    ("Maximum number of certificates in a chain", ("3", "4")),
    ("Maximum size of a certificate chain", ("5600", "10000")),
    (
        "Supported cipher suites",
        (
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
        ),
    ),
)


@dataclass(frozen=True)
class Sheet:
    """A certificate to be set, with the declarations that it prints (words of each feature by id)."""

    certificate: Certificate
    feature_words: dict[str, str]


def _rows(protocol: str) -> list[dict[str, str]]:
    with LISTING.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["protocol_version"] == protocol and "OCA." in row["certificate_no"]]


def _base(row: dict[str, str], number: str, dice: random.Random) -> Certificate:
    """What every certificate has, about the product of a listing row."""
    role = number.rsplit(".", 1)[1]
    station = role == "CS"
    day = datetime.date.fromisoformat(row["date_of_registration"])
    laboratory, location, reference, evidence = dice.choice(LABORATORIES)
    model = dice.choice(["AC11-T2", "DC-120/2", "WBX 22"]) if station else None
    names = {"serial": number.split(".")[-2], "year": day.year, "compact": f"{day:%y%m%d}", "role": role, "short": "9900"}
    performance = (PerformanceRow("OCPP response timeout", 30, dice.choice([0, 2, 4])),)
    version = row["software_version"] or "2.4.0"
    facts = CertificateFacts(
        number=number,
        revision=None,
        kind=row["certificate_type"],
        protocol=row["protocol_version"],
        role=role,
        holder=row["company"],
        product_type="Charging Station" if station else "Charging Station Management System",
        designation=model or row["product_designation"],
        model=model,
        software_version=version,
        certification_date=day.isoformat(),
        reference_specification="OCPP 1.6 – Edition 2" if row["protocol_version"] == "OCPP 1.6" else "OCPP 2.0.1 – Edition 3",
        errata="v4.0 Release, 2019-10-23" if row["protocol_version"] == "OCPP 1.6" else "2024-09 Release, 2024-09-30",
        test_laboratory=laboratory,
        laboratory_location=location,
        test_report_reference=reference.format(**names),
        document_evidence=evidence.format(**names),
        vendor_name=row["company"],
        communication="JSON",
        octt_version="OCTT 1.6 v1.5.1" if row["protocol_version"] == "OCPP 1.6" else "OCTT 2.0.1 v1.7.0",
        performance=performance,
    )
    return Certificate(
        facts=facts,
        date=f"{day:%B} {day.day}, {day.year}",
        approval_date=f"{day:%Y.%m.%d}",
        annex_version=version,
        pics=("30s",),
        measured=(f"00:00:0{performance[0].measured_seconds}",),
    )


def later_certificate(row: dict[str, str], index: int) -> Sheet:
    """An OCPP 2.0.1 certificate with its declarations."""
    dice = random.Random(f"2.0.1/{index}")
    station = index % 2 == 0
    base = _base(row, f"OCA.0201.{9500 + index}.{'CS' if station else 'CSMS'}", dice)
    letters = set(row["certificate_type"].replace("Core", "").replace("+", "").split())
    profiles = {name: "Pass" if not letter or letter in letters else "N/A" for name, letter in PROFILES_201.items()}
    offered = STATION_FEATURES if station else CSMS_FEATURES
    features = {key: dice.choice(values) for key, _, values in offered}
    facts = replace(base.facts, profiles=dict(profiles), features=dict(features))
    return Sheet(replace(base, facts=facts), {key: words for key, words, _ in offered})


def security_certificate(row: dict[str, str], index: int) -> Sheet:
    """An OCPP 1.6 Security certificate: one row of results, and the limits of the security extension."""
    dice = random.Random(f"security/{index}")
    base = _base(row, f"OCA.0016.{9700 + index}.CSMS", dice)
    limits: dict[str, str | None] = {name: dice.choice(values) for name, values in SECURITY_LIMITS}
    facts = replace(base.facts, kind="Security", profiles={"Security": dice.choice(["Pass", "Pass", "Fail"])}, limits=limits)
    return Sheet(replace(base, facts=facts), {})


def full_station(row: dict[str, str], index: int) -> Sheet:
    """A charging station with every configuration key, each with a value."""
    dice = random.Random(f"station/{index}")
    base = _base(row, f"OCA.0016.{9800 + index}.CS", dice)
    keys: dict[str, str | None] = {}
    for key in KEYS:
        if key["type"] == "boolean":
            keys[key["key"]] = dice.choice(["TRUE", "FALSE"])
        elif key["type"] == "CSL":
            keys[key["key"]] = "Energy.Active.Import.Register,Current.Import,Voltage" if "Data" in key["key"] else "NotApplicable"
        else:
            keys[key["key"]] = str(dice.choice([0, 1, 15, 30, 300]))
    keys["SupportedFeatureProfiles"] = "Core,FirmwareManagement"
    results: tuple[str | None, ...] = ("Pass", "Pass", "N/A", "Not Tested", "Fail", None)
    names = ("Core", "Firmware Management", "Smart Charging", "Reservation", "Local Authorization List Management", "Remote Trigger")
    hardware: dict[str, str | None] = {
        "Socket(s) / connector(s)": "Double",
        "Fixed cable": "No",
        "Communication technology": "Ethernet, 4G",
        "RFID readers": "Single",
    }
    facts = replace(
        base.facts,
        kind="Subset",
        profiles=dict(zip(names, results, strict=True)),
        hardware=hardware,
        configuration_keys=keys,
        limits={"Device supports sending milliseconds in timestamps": "Yes"},
    )
    shown = {name: str(value) for name, value in keys.items()}
    printed = replace(base, facts=facts, hardware={name: str(value) for name, value in hardware.items()}, keys=shown, empty_tables=True)
    return Sheet(printed, {})


def _prefixed(certificate: Certificate, prefix: str) -> Certificate:
    kind = "White label" if prefix.startswith("W") else "Family"
    return replace(certificate, facts=replace(certificate.facts, number=f"{prefix}.{certificate.facts.number}", kind=kind))


def sheets() -> list[Sheet]:
    """All certificates of the corpus, the same on every machine; any dozen in a row has most kinds."""
    known = all_certificates(60)
    later, earlier = _rows("OCPP 2.0.1"), _rows("OCPP 1.6")
    usual = [Sheet(certificate, {}) for certificate in known]
    usual[8::20] = [Sheet(_prefixed(sheet.certificate, f"W{place + 1:02}"), {}) for place, sheet in enumerate(usual[8::20])]
    usual[13::20] = [Sheet(_prefixed(sheet.certificate, f"F{place + 1:02}"), {}) for place, sheet in enumerate(usual[13::20])]
    special = [later_certificate(later[place * 3], place) for place in range(14)]
    special += [security_certificate(earlier[place * 7], place) for place in range(6)]
    special += [full_station(earlier[place * 11], place) for place in range(6)]
    random.Random("sheets").shuffle(special)
    found: list[Sheet] = []
    for place, sheet in enumerate(usual):
        found.append(sheet)
        if place % 5 in (1, 3) and special:
            found.append(special.pop())
    return found
