"""Certificates to be set in type: what they say, and how a laboratory's clerk happened to write it.

The facts are the five hand-read goldens and other plausible certificates built from rows of the OCA listing. Nothing here comes
from the parser. Persons do not occur: signatories are artificial words, which must never show in a parser's output.
"""

from __future__ import annotations

import csv
import datetime
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, PerformanceRow

ROOT = Path(__file__).parents[2]
LISTING = ROOT / "data/listing/oca_registry_csms_2026-08.csv"
KEYS: list[dict[str, Any]] = json.loads((ROOT / "data/ocpp16/configuration_keys.json").read_text(encoding="utf-8"))["keys"]

SIGNATORIES = ("Signatory-One Token-One", "Signatory-Two Token-Two", "SIGNATORY-THREE TOKEN-THREE")
"""Who signs for the vendor, for the laboratory, and for the alliance."""

SECRET_WORDS = ("signatory", "token-one", "token-two", "token-three")
"""What must not occur, whatever the case, in anything that a parser gives out."""

PROFILES = (
    "Core",
    "Firmware Management",
    "Smart Charging",
    "Reservation",
    "Local Authorization List Management",
    "Remote Trigger",
)

LABORATORIES = (
    ("Korea Smart Grid Association", "Seoul / Korea", "KSGA-OCPP1.6TEST-{serial}-{year}", "(KSGA){short}_Test Report_{role}_{compact}"),
    ("DEKRA Certification B.V.", "Arnhem / The Netherlands", "DEKRA-{year}-OCPP-{serial}", "{serial}-TR-OCPP_{short}_v1.1"),
    ("TTA", "Seongnam, Korea", "TTA-V-N-{year}-{serial}", "TTA Test Report {short} {compact}"),
    ("Applus+ Laboratories", "Bellaterra, Spain", "{year}32{serial}-OCPP", "{year}32{serial}_Test Report_rev2"),
)

VERSIONS = ("V1.10", "2.0.0-rc1", "R04.00.01", "v1.0.0 build 7", "20230411", "1.0.0", "c1.6", "AC/CPT_2", "OCPP2 1.0.0", "3.40.18", "V0.9a")


@dataclass(frozen=True)
class Certificate:
    """One certificate: the truth, and the print of those values that are printed in another form than they are read."""

    facts: CertificateFacts
    date: str
    """The certification date as the cover prints it."""
    approval_date: str
    annex_version: str | None
    pics: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    hardware: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    empty_tables: bool = False
    """Whether the form prints the heading of the empty Non-OCPP table."""


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _date_prints(day: datetime.date) -> list[str]:
    """Ways to write a date that leave no doubt about day and month."""
    styles = [f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", day.isoformat(), f"{day.day} {day:%b} {day.year}"]
    return styles + [f"{day:%Y.%m.%d}", f"{day:%b} {day.day}, {day.year}"] + ([f"{day:%d-%m-%Y}"] if day.day > 12 else [])


def golden_certificates() -> list[Certificate]:
    """The five samples, as the golden files have them, printed in the samples' own way."""
    found = []
    for path in sorted((ROOT / "tests/golden").glob("OCA.*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))["certificate"]
        rows = tuple(PerformanceRow(**row) for row in truth["performance"])
        tables = {name: truth[name] for name in ("profiles", "hardware", "limits", "configuration_keys")}
        facts = CertificateFacts(**{name: truth[name] for name in SCALAR_FIELDS}, performance=rows, **tables)
        day = datetime.date.fromisoformat(truth["certification_date"])
        found.append(
            Certificate(
                facts=facts,
                date=f"{day:%B} {day.day}, {day.year}",
                approval_date=f"{day:%Y.%m.%d}",
                annex_version=truth["software_version"].replace(".", ",") if truth["role"] == "CSMS" else truth["software_version"],
                pics=tuple(f"{row.pics_seconds}s" for row in rows),
                measured=tuple(_clock(row.measured_seconds or 0) for row in rows),
                hardware={name: str(value) for name, value in (facts.hardware or {}).items()},
                keys={name: "-" if value is None else value for name, value in (facts.configuration_keys or {}).items()},
                empty_tables=truth["role"] == "CS",
            )
        )
    return found


def _listing_rows() -> list[dict[str, str]]:
    with LISTING.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["protocol_version"] == "OCPP 1.6" and row["certificate_no"].startswith("OCA.")]


def _results(kind: str, dice: random.Random) -> dict[str, str | None]:
    if kind == "Subset" or kind.startswith("Core"):
        others: list[str | None] = ["Pass", "N/A", "N/A", "Not Tested", None]
        return {name: "Pass" if name == "Core" else dice.choice(others) for name in PROFILES}
    results: dict[str, str | None] = dict.fromkeys(PROFILES, "Pass")
    if dice.random() < 0.25:
        results[dice.choice(PROFILES[1:])] = dice.choice(["Fail", "Not Tested"])
    return results


def _performance(role: str, dice: random.Random) -> tuple[tuple[PerformanceRow, ...], tuple[str, ...], tuple[str, ...]]:
    names = ["OCPP response timeout", "Response time Authorize"]
    if role == "CS":
        names = ["OCPP triggered function timeout", "OCPP response timeout", "Response time RemoteStartTransaction"]
        names += ["Response time RemoteStopTransaction"] if dice.random() < 0.5 else []
    rows, pics, measured = [], [], []
    unit = dice.choice(["s", "s", " s", "", " sec"])
    for name in names:
        row = PerformanceRow(name, dice.choice([5, 10, 30, 60, 120]), dice.choice([0, 1, 2, 4, 56, 62]))
        rows.append(row)
        pics.append(f"{row.pics_seconds}{unit}")
        measured.append(_clock(row.measured_seconds or 0))
    return tuple(rows), tuple(pics), tuple(measured)


def _key_value(key: dict[str, Any], dice: random.Random) -> tuple[str | None, str]:
    """The value of one configuration key, and its print."""
    if key["required"] == "optional" and dice.random() < 0.5:
        return None, dice.choice(["-", "<>"])
    if key["type"] == "boolean":
        value = dice.choice(["TRUE", "FALSE", "true"])
        return value, value
    if key["type"] == "CSL":
        if key["key"] == "SupportedFeatureProfiles":
            items = ["Core", "FirmwareManagement", "RemoteTrigger"]
        elif "Data" in key["key"]:
            items = ["Energy.Active.Import.Register", "Current.Import", "Voltage", "Power.Active.Import"][: dice.randint(1, 4)]
        else:
            items = ["NotApplicable"]
        return ",".join(items), dice.choice([",", ", "]).join(items)
    value = str(dice.choice([0, 1, 15, 30, 300]))
    return value, value


def _station_tables(dice: random.Random) -> tuple[dict[str, str | None], dict[str, str], dict[str, str | None], dict[str, str]]:
    hardware: dict[str, str | None] = {
        "Socket(s) / connector(s)": dice.choice(["Single", "Double"]),
        "Fixed cable": dice.choice(["Yes", "No"]),
        "Communication technology": dice.choice(["Ethernet", "Ethernet, 4G", "WiFi"]),
        "RFID readers": dice.choice(["Single", "None"]),
    }
    shown = {name: str(value) for name, value in hardware.items()}
    if dice.random() < 0.3:
        shown["Fixed cable"] = f"<{shown['Fixed cable']}>"
    truth: dict[str, str | None] = {}
    keys: dict[str, str] = {}
    chosen = [key for key in KEYS if key["profile"] != "Security"][: dice.choice([12, 30, 46])]
    for key in chosen:
        truth[key["key"]], keys[key["key"]] = _key_value(key, dice)
    if dice.random() < 0.5:
        truth["DisplayBrightness"] = keys["DisplayBrightness"] = "80"
    return hardware, shown, truth, keys


def invented_certificate(row: dict[str, str], index: int) -> Certificate:
    """A plausible certificate about the product of one listing row, with a serial that no real certificate has."""
    dice = random.Random(f"{row['certificate_no']}/{index}")
    _, _, revision = row["certificate_no"].partition(" - ")
    role = "CS" if index % 3 == 0 else "CSMS"
    kind = row["certificate_type"]
    designation = row["product_designation"]
    model = None
    if role == "CS":
        kind = dice.choice(["Full", "Subset", "Security", "Full + Security", "Core + S"])
        model = designation = dice.choice(["AC7-22K", "EVC 200-D2", "LX007-1CH02CW", "Wall One (11 kW)", "DC50/2C"])
    version = (row["software_version"] or None) if index % 2 else dice.choice(VERSIONS)
    laboratory, location, reference, evidence = dice.choice(LABORATORIES)
    day = datetime.date.fromisoformat(row["date_of_registration"])
    names = {"serial": f"{index:03}", "year": day.year, "compact": f"{day:%y%m%d}", "role": role, "short": row["company"].split()[0]}
    rows, pics, measured = _performance(role, dice)
    hardware, hardware_print, keys, keys_print = _station_tables(dice) if role == "CS" else (None, {}, None, {})
    limits: dict[str, str | None] | None = {"Device supports sending milliseconds in timestamps": dice.choice(["Yes", "No"])}
    facts = CertificateFacts(
        number=f"OCA.0016.{9000 + index}.{role}",
        revision=revision or None,
        kind=kind,
        protocol="OCPP 1.6",
        role=role,
        holder=row["company"],
        product_type="Charging Station" if role == "CS" else "Charging Station Management System",
        designation=designation,
        model=model,
        software_version=version,
        certification_date=day.isoformat(),
        reference_specification=dice.choice(["OCPP 1.6 – Edition 2", "OCPP 1.6 - Edition 2"]),
        errata="v4.0 Release, 2019-10-23",
        test_laboratory=laboratory,
        laboratory_location=location,
        test_report_reference=reference.format(**names),
        document_evidence=evidence.format(**names),
        vendor_name=row["company"],
        communication="JSON",
        octt_version=dice.choice(["OCTT 1.6 v1.4.3", "OCTT 1.6 v1.5.1"]),
        profiles=_results(kind, dice),
        performance=rows,
        hardware=hardware,
        limits=limits if dice.random() < 0.6 else None,
        configuration_keys=keys,
    )
    return Certificate(
        facts=facts,
        date=dice.choice(_date_prints(day)),
        approval_date=f"{day:%Y.%m.%d}",
        annex_version=version,
        pics=pics,
        measured=measured,
        hardware=hardware_print,
        keys=keys_print,
        empty_tables=role == "CS" and dice.random() < 0.5,
    )


def all_certificates(count: int) -> list[Certificate]:
    """The goldens, then `count` invented ones spread over the whole listing; the same on every machine."""
    rows = _listing_rows()
    step = len(rows) // count
    return golden_certificates() + [invented_certificate(rows[place * step], place) for place in range(count)]
