"""What stands on a certificate, in order, and not yet how: headings, label-value pairs, paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.corpus.facts import Sheet
from tests.ingest.certificates import SIGNATORIES, Certificate
from tests.ingest.renderings import ATTESTS, CLAUSES, DESCRIPTIONS, PERFORMED

__LATER = "Support for the functional blocks that this certification profile names."


@dataclass(frozen=True)
class Heading:
    """A heading. Level 0 is the title of the certificate."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Pairs:
    """Labels and values of the cover."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table. `title` is a row that spans all columns above the header; `widths` are shares of the width."""

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    header: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Break:
    """A new page."""


@dataclass(frozen=True)
class Signature:
    """The chairman's place: a picture, the name, the office."""

    name: str


Block = Heading | Pairs | Text | Table | Break | Signature


def cover(sheet: Sheet) -> Iterator[Block]:
    """The first page."""
    certificate, facts = sheet.certificate, sheet.certificate.facts
    yield Heading(f"{facts.protocol} {facts.kind} Certificate", 0)
    number = f"{facts.number} - {facts.revision}" if facts.revision else str(facts.number)
    pairs = [("Certificate holder:", str(facts.holder)), ("Certificate number:", number), ("Product type:", str(facts.product_type))]
    pairs.append(("Product designation:", str(facts.designation)))
    if facts.software_version:
        pairs.append(("", f"OCPP Software version: {facts.software_version}"))
    if facts.hardware:
        pairs.append(("", "Hardware features set as below"))
    pairs.append(("Certification date:", certificate.date))
    yield Pairs(tuple(pairs))
    protocol = str(facts.protocol)
    text = ATTESTS.replace("OCPP 1.6 – Edition 2", str(facts.reference_specification)).replace("OCPP 1.6 Errata", f"{protocol} Errata")
    yield Text(text.replace("v4.0 Release, 2019-10-23", str(facts.errata)))
    yield Text(PERFORMED)
    evidence = "Conformance testing according to the test specification referenced by the test report"
    row = (evidence, f"{facts.test_laboratory}, {certificate.date}", str(facts.document_evidence))
    yield Table((row,), (0.36, 0.30, 0.34), ("Applied tests", "Performed by / on", "Document evidence"))
    for clause in CLAUSES:
        yield Text(clause)
    yield Text("For the Open Charge Alliance:")
    yield Signature(SIGNATORIES[2])


def _summary(certificate: Certificate) -> Iterator[Block]:
    facts = certificate.facts
    device = "CSMS" if facts.role == "CSMS" else "Charging Station"
    rows = [("Test laboratory:", str(facts.test_laboratory)), ("Location:", str(facts.laboratory_location))]
    rows += [("Test Report Reference:", str(facts.test_report_reference)), ("Vendor name:", str(facts.vendor_name))]
    rows += [("Device Under Test:", device), ("Communication:", str(facts.communication))]
    rows += [("OCPP Software version:", certificate.annex_version)] if certificate.annex_version else []
    yield Heading("Test Result Summary", 2)
    yield Table(tuple(rows), (0.3, 0.7), title=f"Test Report {facts.protocol} Certification")


def _results(certificate: Certificate) -> Iterator[Block]:
    facts = certificate.facts
    yield Heading("Test Result Summary for the certified functionalities", 2)
    known = facts.protocol == "OCPP 1.6"
    rows = [(name, result or "", DESCRIPTIONS.get(name, __LATER) if known else __LATER) for name, result in (facts.profiles or {}).items()]
    if known and len(rows) > 1:
        rows.insert(1, ("Optional features", "", ""))
    yield Table(tuple(rows), (0.3, 0.22, 0.48), ("Functionalities", f"{facts.protocol} Certification Test Results", "Description"))
    yield Heading("Performance Measurement Results", 2)
    times = tuple(
        (f"{row.name}:", pics, measured, f"The response time for the {row.name.split()[-1]} message.")
        for row, pics, measured in zip(facts.performance or (), certificate.pics, certificate.measured, strict=True)
    )
    yield Table(times, (0.34, 0.12, 0.16, 0.38), ("Name", "PICS value", "Measured value", "Description"))


def _configuration(sheet: Sheet) -> Iterator[Block]:
    certificate, facts = sheet.certificate, sheet.certificate.facts
    device = "CSMS" if facts.role == "CSMS" else "Charging Station"
    rows = [("Vendor", str(facts.vendor_name)), ("DUT / SUT", device), ("Communication", str(facts.communication))]
    rows += [("Type", facts.model)] if facts.model else []
    rows += [("OCPP Software version", certificate.annex_version)] if certificate.annex_version else []
    rows.append(("OCTT version", str(facts.octt_version)))
    yield Heading("Test Configuration", 2)
    yield Table(tuple(rows), (0.35, 0.65))
    if facts.hardware:
        yield Heading("Hardware feature set", 3)
        yield Table(tuple(certificate.hardware.items()), (0.5, 0.5), ("Feature", "Configuration"))
    if certificate.empty_tables:
        yield Heading("Non-OCPP Charge Point Configuration", 3)
        yield Table((("<>", "<>"),), (0.5, 0.5), ("Configuration key", "Value"))
    if facts.limits:
        kind = "Charging Station" if facts.role == "CS" else "CSMS"
        heading = "All other relevant limits and non-OCPP settings that are relevant for the test laboratory"
        yield Heading(f"{heading} and for the correct functioning of the {kind}:", 3)
        limits = tuple((f"{name}:", str(value)) for name, value in facts.limits.items())
        yield Table(limits, (0.6, 0.4), ("Limit / setting", "Value"))
    if facts.configuration_keys:
        yield Table(
            tuple(certificate.keys.items()), (0.5, 0.5), ("Configuration key", "Value"), title="OCPP Charging Station Configuration"
        )


def _declarations(sheet: Sheet) -> Iterator[Block]:
    """The features of OCPP 2.0.1: optional ones, additional questions, hardware."""
    features = sheet.certificate.facts.features or {}
    for heading, chosen in (
        ("Optional features", [key for key in features if not key.startswith(("AQ", "HFS"))]),
        ("Additional questions", [key for key in features if key.startswith("AQ")]),
        ("Hardware feature set", [key for key in features if key.startswith("HFS")]),
    ):
        if chosen:
            yield Heading(heading, 3)
            rows = tuple((key, sheet.feature_words[key], str(features[key])) for key in chosen)
            yield Table(rows, (0.12, 0.46, 0.42), ("ID", "Feature", "Supported"))


def _approval(certificate: Certificate) -> Iterator[Block]:
    facts = certificate.facts
    yield Heading("Statement of Approval", 2)
    for who, name, company in (("Vendor", SIGNATORIES[0], facts.holder), ("Test laboratory", SIGNATORIES[1], facts.test_laboratory)):
        rows = [(who, "", f"Date: {certificate.approval_date}"), ("Name", name, "Signature"), ("Company", str(company), "")]
        rows += [("Department", "Quality Center", ""), ("Position", "Manager", ""), ("Location", "Springfield, Nowhere", "")]
        yield Table(tuple(rows), (0.25, 0.45, 0.3))
        yield Text("")


def annex(sheet: Sheet) -> Iterator[Block]:
    """The pages after the first."""
    yield Heading("Abstract of test report", 1)
    yield from _summary(sheet.certificate)
    yield from _results(sheet.certificate)
    yield from _configuration(sheet)
    yield from _declarations(sheet)
    yield from _approval(sheet.certificate)


def blocks(sheet: Sheet) -> list[Block]:
    """The whole certificate."""
    return [*cover(sheet), Break(), *annex(sheet)]
