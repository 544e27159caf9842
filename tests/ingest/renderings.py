"""Certificates set as text in many unlike ways, with the noise that conversions of PDF to text leave behind.

A `Style` says how label-value pairs and tables are set; a noise is a function over the lines. Both are as real conversions do it:
columns lost, labels apart from values, markup, cut words, page footers, invented picture captions. What a style destroys beyond
repair (which cell was blank, which of two values was whole) may be left unread by a parser; it may never be read wrong.
"""

from __future__ import annotations

import html
import random
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from registry.certificates.facts import CertificateFacts
from tests.ingest.certificates import SIGNATORIES, Certificate, all_certificates

Pairs = list[tuple[str, str]]
Rows = list[list[str]]
Lines = list[str]

_SAMPLE = (Path(__file__).parents[2] / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8").split("\n")
_ATTESTS, _PERFORMED, _CLAUSES = _SAMPLE[13], _SAMPLE[15], (_SAMPLE[20], _SAMPLE[22])
_DESCRIPTIONS = {row[0]: row[2] for row in (line.split("\t") for line in _SAMPLE[44:50])}


# Label-value pairs


def pairs_tabbed(pairs: Pairs) -> Lines:
    return [f"{label}:\t{value}\t" for label, value in pairs]


def pairs_same_line(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"{label}: {value}", "")]


def pairs_bold(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"**{label}:** {value}  ", "")]


def pairs_bold_values(pairs: Pairs) -> Lines:
    return [f"- <b>{label}</b>: **{value}**" for label, value in pairs]


def pairs_pipes(pairs: Pairs) -> Lines:
    return ["| | |", "|---|---|"] + [f"| {label}: | {value} |" for label, value in pairs]


def pairs_html(pairs: Pairs) -> Lines:
    return table_html([], [[f"{label}:", value] for label, value in pairs])


def pairs_columns(pairs: Pairs) -> Lines:
    return [f"{label + ':':<28}   {value}" for label, value in pairs]


def pairs_alternating(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"{label}:", "", value, "")]


def pairs_values_first(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (value, f"{label}:")]


def pairs_labels_then_values(pairs: Pairs) -> Lines:
    return [f"{label}:" for label, _ in pairs] + [""] + [value for _, value in pairs]


def pairs_labels_in_a_line(pairs: Pairs) -> Lines:
    values = [value for _, value in pairs]
    return [" ".join(f"{label}:" for label, _ in pairs), "", values[0], "", " ".join(values[1:])]


def pairs_no_colon(pairs: Pairs) -> Lines:
    return [f"{label} {value}" for label, value in pairs]


def pairs_leaders(pairs: Pairs) -> Lines:
    return [f"{label} {'.' * (30 - len(label))} {value}" for label, value in pairs]


def pairs_abreast(pairs: Pairs) -> Lines:
    """Two pairs a line, as a page with two columns reads."""
    set_pairs = [f"{label}: {value}" for label, value in pairs]
    return ["      ".join(set_pairs[place : place + 2]) for place in range(0, len(set_pairs), 2)]


# Tables


def table_tabs(header: list[str], rows: Rows) -> Lines:
    return ["\t".join(cells) for cells in ([header] if header else []) + rows]


def table_pipes(header: list[str], rows: Rows) -> Lines:
    width = len(header or rows[0])
    return ["| " + " | ".join(header or [""] * width) + " |", "|" + "---|" * width] + ["| " + " | ".join(cells) + " |" for cells in rows]


def table_html(header: list[str], rows: Rows) -> Lines:
    lines = ["<table>"] + (["<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in header) + "</tr>"] if header else [])
    return lines + ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows] + ["</table>"]


def table_html_tall(header: list[str], rows: Rows) -> Lines:
    lines = ["<table>", "<tbody>"]
    for cells in ([header] if header else []) + rows:
        lines += ["  <tr>"] + [f"    <td><i>{html.escape(cell)}</i></td>" for cell in cells] + ["  </tr>"]
    return [*lines, "</tbody>", "</table>"]


def table_columns(header: list[str], rows: Rows) -> Lines:
    everything = ([header] if header else []) + rows
    widths = [max(len(cells[place]) for cells in everything) for place in range(len(everything[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in everything]


def table_cell_a_line(header: list[str], rows: Rows) -> Lines:
    return [cell for cells in ([header] if header else []) + rows for cell in cells]


def table_cell_a_line_spaced(header: list[str], rows: Rows) -> Lines:
    return [line for cells in ([header] if header else []) + rows for cell in cells for line in (cell, "")]


def table_run_together(header: list[str], rows: Rows) -> Lines:
    return [" ".join(cell for cell in cells if cell) for cells in ([header] if header else []) + rows]


def table_loose_header(header: list[str], rows: Rows) -> Lines:
    return ([" ".join(header) + "\t\t"] if header else []) + ["\t".join(cells) + "\t\t" for cells in rows]


def table_duplicated(header: list[str], rows: Rows) -> Lines:
    """Every third row twice, first cut at a column boundary and then whole, as overlapping table guesses leave it."""
    lines = ["\t".join(header)] if header else []
    for place, cells in enumerate(rows):
        if place % 3 == 0 and len(cells[-1]) > 8:
            lines.append("\t".join([*cells[:-1], cells[-1][: len(cells[-1]) * 2 // 3]]))
        lines.append("\t".join(cells))
    return lines


def table_wrapped(header: list[str], rows: Rows) -> Lines:
    """Long cells go on in the next line, in their own column."""
    lines = ["\t".join(header)] if header else []
    for cells in rows:
        wrapped = [textwrap.wrap(cell, 32, break_long_words=False, break_on_hyphens=False) or [""] for cell in cells]
        lines += ["\t".join(parts) for parts in zip_longest(*wrapped, fillvalue="")]
    return lines


def table_grid(header: list[str], rows: Rows) -> Lines:
    """Columns between drawn rulings."""
    everything = ([header] if header else []) + rows
    widths = [max(len(cells[place]) for cells in everything) for place in range(len(everything[0]))]
    ruling = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = [ruling]
    for cells in everything:
        lines += ["| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |", ruling]
    return lines


@dataclass(frozen=True)
class Style:
    """How the parts of a certificate are set."""

    name: str
    cover: Callable[[Pairs], Lines]
    annex: Callable[[Pairs], Lines]
    table: Callable[[list[str], Rows], Lines]
    heading: str = "{}"
    version_apart: bool = False
    """Whether the software version has its own line on the cover, rather than following the designation."""
    shuffled: bool = False
    """Whether the blocks of the annex come in another order."""
    annex_first: bool = False
    width: int = 0
    """Where running text is broken; 0 leaves a paragraph on one line."""


STYLES = (
    Style("tabs", pairs_tabbed, pairs_tabbed, table_tabs),
    Style("pipes", pairs_bold, pairs_pipes, table_pipes, heading="## {}", version_apart=True),
    Style("html", pairs_html, pairs_html, table_html, heading="<h2>{}</h2>"),
    Style("html-tall", pairs_bold_values, pairs_html, table_html_tall, heading="### **{}**", version_apart=True),
    Style("columns", pairs_columns, pairs_columns, table_columns, version_apart=True, width=80),
    Style("alternating", pairs_alternating, pairs_alternating, table_cell_a_line_spaced, heading="# {}"),
    Style("labels-then-values", pairs_labels_then_values, pairs_tabbed, table_loose_header),
    Style("labels-in-a-line", pairs_labels_in_a_line, pairs_columns, table_duplicated),
    Style("all-labels-first", pairs_labels_then_values, pairs_labels_then_values, table_cell_a_line),
    Style("values-first", pairs_values_first, pairs_values_first, table_tabs, version_apart=True),
    Style("run-together", pairs_same_line, pairs_no_colon, table_run_together),
    Style("wrapped", pairs_same_line, pairs_tabbed, table_wrapped, heading="**{}**", version_apart=True, width=60),
    Style("shuffled", pairs_tabbed, pairs_pipes, table_loose_header, shuffled=True),
    Style("annex-first", pairs_same_line, pairs_tabbed, table_columns, annex_first=True, shuffled=True, heading="## {}"),
    Style("grid", pairs_columns, pairs_leaders, table_grid, width=100),
    Style("leaders", pairs_leaders, pairs_bold_values, table_columns, heading="__{}__", version_apart=True),
    Style("abreast", pairs_abreast, pairs_abreast, table_tabs, version_apart=True),
)


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
    attests = _ATTESTS.replace("OCPP 1.6 – Edition 2", specification).replace("v4.0 Release, 2019-10-23", str(facts.errata))
    evidence = ["Conformance testing according to the test specification referenced by the test report"]
    evidence += [f"{facts.test_laboratory}, {certificate.date}", str(facts.document_evidence)]
    applied = style.table(["Applied tests", "Performed by / on", "Document evidence"], [evidence])
    set_pairs = style.cover(pairs)
    if facts.role == "CS" and style.version_apart and style.cover in (pairs_bold, pairs_same_line, pairs_columns):
        set_pairs.insert(-2 if set_pairs[-1] == "" else -1, "Hardware features set as below  ")
    attested, performed, *clauses = [_paragraph(text, style) for text in (attests, _PERFORMED, *_CLAUSES)]
    lines = [title, "", "", *set_pairs, "", *attested, *performed, *applied, "", *clauses[0], *clauses[1]]
    return [*lines, "For the Open Charge Alliance:", "", f"{SIGNATORIES[2]} Chairman", ""]


def _profiles(certificate: Certificate, style: Style) -> Lines:
    rows = [[name, result or "", _DESCRIPTIONS[name]] for name, result in (certificate.facts.profiles or {}).items()]
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
        chosen = certificates[:5] + [certificates[5 + (place * 7 + step * 11) % 60] for step in range(12)]
        for certificate in chosen:
            name = f"{style.name}-{certificate.facts.number}"
            data = render(certificate, style, random.Random(name))
            documents.append(Document(name, style.name, data, certificate.facts))
    return documents
