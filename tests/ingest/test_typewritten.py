"""Tables that old programs draw with signs, and two tables for what was declared and what was measured."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.pdfgen.canvas import Canvas

from registry.certificates.facts import CertificateFacts
from tests.corpus import papers, platypus
from tests.corpus.content import Block, Table, blocks
from tests.corpus.facts import Sheet
from tests.corpus.look import Look
from tests.ingest.certificates import golden_certificates
from tests.ingest.comparing import Outcome, compare
from tests.ingest.test_boxes import rows
from tests.ingest.test_paper import facts

Rows = tuple[tuple[str, ...], ...]


def typed(*lines: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(500, 500), invariant=1)
    canvas.setFont("Courier", 8)
    for place, line in enumerate(lines):
        canvas.drawString(40, 440 - 9.2 * place, line)
    canvas.save()
    return stream.getvalue()


def test_cells_between_signs_are_cells() -> None:
    assert rows(
        typed(
            "+-----------------+--------+",
            "| Local List      | Not    |",
            "| Management      | Tested |",
            "+-----------------+--------+",
            "| Core            | Pass   |",
            "+-----------------+--------+",
        )
    ) == [["Local List Management", "Not Tested"], ["Core", "Pass"]]


def test_a_bar_that_stands_under_no_cross_is_part_of_its_value() -> None:
    found = rows(typed("+--------+----------+", "| Type   | A | B    |", "+--------+----------+"))
    assert found == [["Type", "A | B"]]


def test_bars_without_rows_of_dashes_draw_nothing() -> None:
    assert rows(typed("Type | A")) == [["Type | A"]]


def test_the_samples_facts_set_with_signs_are_read_as_the_samples() -> None:
    for certificate in golden_certificates():
        read = facts(papers.TYPED.render(blocks(Sheet(certificate, {})), Look("typed", font="Courier", size=7.5)))
        wrong = [one for one in compare(certificate.facts, read) if one.outcome is not Outcome.RIGHT]
        assert not [one for one in wrong if one.path != "document_evidence"]


def halves(change: Callable[[Rows], Rows]) -> tuple[CertificateFacts, CertificateFacts]:
    """The facts of a certificate, and what is read of it when declared and measured values stand in two tables, the second changed."""
    certificate = golden_certificates()[0]
    laid: list[Block] = []
    for block in blocks(Sheet(certificate, {})):
        if isinstance(block, Table) and block.header[:1] == ("Name",):
            for place, rows_of in ((1, lambda rows: rows), (2, change)):
                cells = rows_of(tuple((row[0], row[place]) for row in block.rows))
                laid.append(Table(cells, (0.6, 0.4), (block.header[0], block.header[place])))
        else:
            laid.append(block)
    return certificate.facts, facts(platypus.render(laid, Look("halves", size=7)))


def test_declared_and_measured_values_in_two_tables_are_one() -> None:
    truth, read = halves(lambda rows: rows)
    assert read.performance == truth.performance
    truth, read = halves(lambda rows: rows[::-1])
    assert read.performance == truth.performance


def test_tables_of_other_names_are_not_put_together() -> None:
    truth, read = halves(lambda rows: (*rows[:-1], ("Response time Reset:", rows[-1][1])))
    assert all(row.measured_seconds is None for row in read.performance or ())
    assert not [
        one for one in compare(truth, read) if one.outcome is Outcome.WRONG and not one.path.startswith("performance.Response time Reset")
    ]


def test_measured_values_before_declared_ones_are_not_taken_for_each_other() -> None:
    """Under a header over two headers, which says nothing of the column of names: both are times of one form."""
    certificate = golden_certificates()[0]
    laid: list[Block] = []
    for block in blocks(Sheet(certificate, {})):
        if isinstance(block, Table) and block.header[:1] == ("Name",):
            rows_of = tuple((row[0], row[2], "00:00:30", row[3]) for row in block.rows)
            block = Table((("", "Measured value", "PICS value", ""), *rows_of), block.widths)
        laid.append(block)
    read = facts(platypus.render(laid, Look("exchanged", size=7)))
    assert read.performance
    assert {(row.pics_seconds, row.measured_seconds) for row in read.performance} == {(None, None)}
