"""Text renderings with signs of footnotes, struck words and hidden ones: what is beside a value never becomes a part of it."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import CertificateFacts
from tests.corpus.content import Heading, Pairs, Signature, Table, Text, blocks
from tests.corpus.facts import Sheet, sheets
from tests.ingest.comparing import Outcome, compare

SHEET = next(sheet for sheet in sheets() if sheet.certificate.facts.role == "CS" and sheet.certificate.facts.configuration_keys)


def web(sheet: Sheet, cell: Callable[[str], str]) -> str:
    """The certificate as HTML in one line, each cell but the first of its row set by `cell`."""
    parts: list[str] = []
    for block in blocks(sheet):
        if isinstance(block, Heading):
            parts.append(f"<h2>{html.escape(block.text)}</h2>")
        elif isinstance(block, Text):
            parts.append(f"<p>{html.escape(block.text)}</p>")
        elif isinstance(block, Pairs | Table):
            header = block.header if isinstance(block, Table) else ()
            rows = [header, *block.rows] if header else list(block.rows)
            lines = ("".join(f"<td>{cell(text) if place else html.escape(text)}</td>" for place, text in enumerate(row)) for row in rows)
            parts.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")
        elif isinstance(block, Signature):
            parts.append(f"<p>{block.name}</p><p>Chairman</p>")
    return f"<!doctype html><html><body>{''.join(parts)}</body></html>"


def wrong(text: str) -> list[str]:
    reading = parse_document(text.encode(), "x.html").certificate
    return [f"{one.path}: {one.actual!r}" for one in compare(SHEET.certificate.facts, reading) if one.outcome is Outcome.WRONG]


def facts(text: str) -> CertificateFacts:
    return parse_document(text.encode(), "x.html").certificate


@pytest.mark.parametrize(
    "cell",
    [
        html.escape,
        lambda text: f"{html.escape(text)}<span style='display:none'>7</span>",
        lambda text: f"{html.escape(text)}<!-- 7 -->",
        lambda text: html.escape(text).replace(".", ".<wbr>"),
    ],
    ids=["plain", "hidden", "comment", "places to break"],
)
def test_html_in_one_line_is_read_without_what_is_not_shown(cell: Callable[[str], str]) -> None:
    assert facts(web(SHEET, cell)) == SHEET.certificate.facts


@pytest.mark.parametrize("sign", ["<sup>1</sup>", "<a href='#n1'>1</a>", "[^1]", "<sub>2</sub>"])
def test_a_sign_of_a_footnote_is_no_part_of_a_value(sign: str) -> None:
    assert wrong(web(SHEET, lambda text: f"{html.escape(text)}{sign}" if text and not text.startswith("OCA.") else html.escape(text))) == []


@pytest.mark.parametrize("old", ["<del>Old 9</del> ", "<s>Old 9</s>", "~~Old 9~~ "])
def test_what_is_struck_out_is_no_value(old: str) -> None:
    assert wrong(web(SHEET, lambda text: f"{old}{html.escape(text)}" if text and not text.startswith("OCA.") else html.escape(text))) == []


def test_two_values_that_may_both_be_cut_do_not_bear_each_other_out() -> None:
    """Wrapped in the same way in both places: their beginnings agree, and are not the name."""
    text = (
        "OCPP 1.6 Full Certificate\n\n"
        "Certificate holder:        LITE-ON SINGAPORE\n                           Pte. Ltd.\n"
        "Certificate number:        OCA.0016.0001.CSMS\nProduct type:              Charging Station Management System\n"
        "Certification date:        March 5, 2024\n\n"
        "Abstract of test report\nTest Result Summary\n"
        "Test laboratory:           TTA\nVendor name:               LITE-ON SINGAPORE\n                           Pte. Ltd.\n"
        "Device Under Test:         CSMS\nCommunication:             JSON\n\nStatement of Approval\n"
    )
    reading = parse_document(text.encode(), "x.txt").certificate
    assert reading.holder in (None, "LITE-ON SINGAPORE Pte. Ltd.")
    assert reading.vendor_name in (None, "LITE-ON SINGAPORE Pte. Ltd.")
