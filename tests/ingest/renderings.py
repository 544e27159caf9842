"""Certificates set as text in many unlike ways, with the noise that conversions of PDF to text leave behind.

A `Style` says how label-value pairs and tables are set; a noise is a function over the lines. Both are as real conversions do it:
columns lost, labels apart from values, markup, cut words, page footers, invented picture captions. What a style destroys beyond
repair (which cell was blank, which of two values was whole) may be left unread by a parser; it may never be read wrong.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from registry.certificates.facts import CertificateFacts
from tests.ingest.certificates import SIGNATORIES, Certificate, all_certificates
from tests.ingest.typesetting import STYLES, Lines, Style, pairs_bold, pairs_columns, pairs_same_line

_SAMPLE = (Path(__file__).parents[2] / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8").split("\n")
ATTESTS, PERFORMED, CLAUSES = _SAMPLE[13], _SAMPLE[15], (_SAMPLE[20], _SAMPLE[22])
DESCRIPTIONS = {row[0]: row[2] for row in (line.split("\t") for line in _SAMPLE[44:50])}


# The parts of a certificate


def _paragraph(text: str, style: Style) -> Lines:
    return [*(textwrap.wrap(text, style.width) if style.width else [text]), ""]


def _cover(certificate: Certificate, style: Style) -> Lines:
    facts = certificate.facts
    number = f"{facts.number} - {facts.revision}" if facts.revision else str(facts.number)
    pairs = [("Certificate holder", str(facts.holder)), ("Certificate number", number), ("Product type", str(facts.product_type))]
    version = str(facts.software_version) if facts.software_version else ""
    if style.version_apart or not version:
        pairs += [("Product designation", str(facts.designation))] + ([("OCPP Software version", version)] if version else [])
    else:
        pairs.append(("Product designation", f"{facts.designation} OCPP Software version: {version}"))
    pairs.append(("Certification date", certificate.date))
    title = style.heading.format(f"{facts.protocol} {facts.kind} Certificate")
    specification = str(facts.reference_specification).replace("1.6", str(facts.protocol)[5:])
    attests = ATTESTS.replace("OCPP 1.6 – Edition 2", specification).replace("v4.0 Release, 2019-10-23", str(facts.errata))
    evidence = ["Conformance testing according to the test specification referenced by the test report"]
    evidence += [f"{facts.test_laboratory}, {certificate.date}", str(facts.document_evidence)]
    applied = style.table(["Applied tests", "Performed by / on", "Document evidence"], [evidence])
    set_pairs = style.cover(pairs)
    if facts.role == "CS" and style.version_apart and style.cover in (pairs_bold, pairs_same_line, pairs_columns):
        set_pairs.insert(-2 if set_pairs[-1] == "" else -1, "Hardware features set as below  ")
    attested, performed, *clauses = [_paragraph(text, style) for text in (attests, PERFORMED, *CLAUSES)]
    lines = [title, "", "", *set_pairs, "", *attested, *performed, *applied, "", *clauses[0], *clauses[1]]
    return [*lines, "For the Open Charge Alliance:", "", f"{SIGNATORIES[2]} Chairman", ""]


def _profiles(certificate: Certificate, style: Style) -> Lines:
    rows = [[name, result or "", DESCRIPTIONS[name]] for name, result in (certificate.facts.profiles or {}).items()]
    if style.name in ("tabs", "html", "columns"):
        rows.insert(1, ["Optional features", "", ""])
    return style.table(["Functionalities", "OCPP 1.6 Certification Test Results", "Description"], rows)


def _performance(certificate: Certificate, style: Style) -> Lines:
    rows = [
        [f"{row.name}:", pics, measured, f"The response time of {row.name.split()[-1]}."]
        for row, pics, measured in zip(certificate.facts.performance or (), certificate.pics, certificate.measured, strict=True)
    ]
    return style.table(["Name", "PICS value", "Measured value", "Description"], rows)


def _configuration(certificate: Certificate, style: Style) -> Lines:
    facts = certificate.facts
    pairs = [("Vendor", str(facts.vendor_name)), ("DUT / SUT", "CSMS" if facts.role == "CSMS" else "Charging Station")]
    pairs += [("Communication", str(facts.communication))] + ([("Type", facts.model)] if facts.model else [])
    pairs += [("OCPP Software version", certificate.annex_version)] if certificate.annex_version else []
    pairs.append(("OCTT version", str(facts.octt_version)))
    return style.table([], [[label, value] for label, value in pairs]) if style.name != "values-first" else style.annex(pairs)


def _tables(certificate: Certificate, style: Style) -> Iterator[tuple[str, Lines]]:
    facts = certificate.facts
    if facts.hardware:
        yield "Hardware feature set", style.table(["Feature", "Configuration"], [list(row) for row in certificate.hardware.items()])
    if certificate.empty_tables:
        yield "Non-OCPP Charge Point Configuration", style.table(["Configuration key", "Value"], [["<>", "<>"]])
    if facts.limits:
        heading = "All other relevant limits and non-OCPP settings that are relevant for the test laboratory"
        rows = [[f"{name}:", str(value)] for name, value in facts.limits.items()]
        yield heading + " and for the correct functioning of the CSMS:", style.table(["Limit / setting", "Value"], rows)
    if facts.configuration_keys:
        rows = [list(row) for row in certificate.keys.items()]
        yield "OCPP Charging Station Configuration", style.table(["Configuration key", "Value"], rows)


def _approval(certificate: Certificate, style: Style) -> Lines:
    facts = certificate.facts
    lines: Lines = []
    for who, name, company in (("Vendor", SIGNATORIES[0], facts.holder), ("Test laboratory", SIGNATORIES[1], facts.test_laboratory)):
        rows = [[who, "", f"Date: {certificate.approval_date}"], ["Name", name, "Signature"], ["Company", str(company), "- oh ha m"]]
        rows += [["Department", "Quality Center", "142"], ["Position", "Manager", "1.0.7"], ["Location", "Springfield, Nowhere", ""]]
        lines += [*style.table([], rows), ""]
    return lines


def _annex(certificate: Certificate, style: Style, dice: random.Random) -> Lines:
    facts = certificate.facts
    pairs = [("Test laboratory", str(facts.test_laboratory)), ("Location", str(facts.laboratory_location))]
    pairs += [("Test Report Reference", str(facts.test_report_reference)), ("Vendor name", str(facts.vendor_name))]
    pairs += [("Device Under Test", "CSMS" if facts.role == "CSMS" else "Charging Station"), ("Communication", str(facts.communication))]
    pairs += [("OCPP Software version", certificate.annex_version)] if certificate.annex_version else []
    blocks = [
        ("Test Result Summary", ["Test Report OCPP 1.6 Certification", *style.annex(pairs)]),
        ("Test Result Summary for the certified functionalities", _profiles(certificate, style)),
        ("Performance Measurement Results", _performance(certificate, style)),
        ("Test Configuration", _configuration(certificate, style)),
        *_tables(certificate, style),
        ("Statement of Approval", _approval(certificate, style)),
    ]
    if style.shuffled:
        dice.shuffle(blocks)
    lines = [style.heading.format("Abstract of test report"), ""]
    for heading, block in blocks:
        lines += [style.heading.format(heading), "", *block, ""]
    return lines


# Noise


def with_footers(lines: Lines, dice: random.Random) -> Lines:
    """Page footers between any two lines, even inside a table."""
    places = sorted(dice.sample(range(len(lines)), 3), reverse=True)
    lines = list(lines)
    for page, place in zip((3, 2, 1), places, strict=True):
        lines[place:place] = ["", dice.choice([f"Page **{page}** from **3**", f"Page {page} from 3", f"Page {page} of 3"]), ""]
    return lines


def with_captions(lines: Lines, dice: random.Random) -> Lines:
    """Descriptions of pictures that a converter made up, at the top and where the chairman signs."""
    caption = dice.choice(["The logo of the Open Charge Alliance, a blue circle.", "![](page_1_picture.jpeg)", "[Image: certificate logo]"])
    signed = f"A blue ink signature of {SIGNATORIES[2].title()}, the Chairman of the Open Charge Alliance."
    found = [caption, ""]
    for line in lines:
        found += [line, "", signed, ""] if line.endswith("Chairman") else [line]
    return found


LONG_WORDS = (
    "Firmware Management",
    "Local Authorization List Management",
    "Reservation",
    "Functionalities",
    "Measured value",
    "OCPP response timeout",
    "Performance Measurement Results",
    "Test Configuration",
    "OCPP Charging Station Configuration",
    "Certification date",
    "Certificate holder",
    "Product designation",
)


def with_lost_letters(lines: Lines, dice: random.Random) -> Lines:
    """Long known words lose their last letter, or get wrong ones."""
    found = list(lines)
    for word in dice.sample(LONG_WORDS, 4):
        hurt = word[:-1] + dice.choice(["", "", "e", "me"])
        found = [line.replace(word, hurt) for line in found]
    return found


def with_blank_noise(lines: Lines, dice: random.Random) -> Lines:
    """No-break blanks for blanks, trailing blanks, more empty lines."""
    found = []
    for line in lines:
        line = line.replace(" ", "\u00a0", 1) if dice.random() < 0.1 else line
        found += [line + dice.choice(["", "", "  "])] + ([" "] if dice.random() < 0.05 else [])
    return found


NOISES: tuple[Callable[[Lines, random.Random], Lines], ...] = (with_footers, with_captions, with_lost_letters, with_blank_noise)


@dataclass(frozen=True)
class Document:
    """One rendering with its truth."""

    name: str
    style: str
    data: bytes
    truth: CertificateFacts


def render(certificate: Certificate, style: Style, dice: random.Random) -> bytes:
    """The certificate as bytes of a text file: set in `style`, with one or two kinds of noise, in one of four encodings of line ends."""
    if dice.random() < 0.3 and certificate.annex_version:
        certificate = replace(certificate, annex_version=certificate.annex_version.replace(".", ",", 1))
    cover, annex = _cover(certificate, style), _annex(certificate, style, dice)
    lines = annex + cover if style.annex_first else cover + annex
    for noise in dice.sample(NOISES, dice.choice([0, 1, 2])):
        lines = noise(lines, dice)
    text = dice.choice(["\n", "\n", "\r\n"]).join(lines)
    return text.encode(dice.choice(["utf-8", "utf-8", "utf-8-sig"]))


def corpus() -> list[Document]:
    """At least 120 documents, the same on every machine: each golden and a share of the invented certificates in every style."""
    certificates = all_certificates(60)
    documents = []
    for place, style in enumerate(STYLES):
        chosen = certificates[:5] + [certificates[5 + (place * 7 + step * 11) % 60] for step in range(8)]
        for certificate in chosen:
            name = f"{style.name}-{certificate.facts.number}"
            data = render(certificate, style, random.Random(name))
            documents.append(Document(name, style.name, data, certificate.facts))
    return documents
