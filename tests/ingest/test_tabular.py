"""Tables whose columns stand in another order, beside each other, lying down or broken over two pages read as usual ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.grammar.labels import form_labels
from ingest.grammar.layout import Row, heading_of, limits_heading
from ingest.grammar.tabular import columns_of, labels_first, tabled
from ingest.page import Cell, Line, Word
from ingest.parse import parse_document
from tests.corpus import platypus
from tests.corpus.content import blocks
from tests.corpus.facts import Sheet, sheets
from tests.corpus.look import Look
from tests.corpus.twists import Twist, boxed, broken_keys, columns, continued, grouped, numbered, remarked, transposed, with_columns
from tests.ingest.certificates import ROOT, golden_certificates

STATION = next(Sheet(certificate, {}) for certificate in golden_certificates() if certificate.facts.role == "CS")
LATER = next(sheet for sheet in sheets() if sheet.certificate.facts.features and sheet.certificate.facts.role == "CS")
ACCESS = with_columns(
    "Configuration key",
    [(1, "R/W", lambda number, _: ("RW", "R")[number % 2]), (2, "Type", lambda number, _: ("integer", "boolean", "CSL")[number % 3])],
)
DEFAULTS = with_columns("Configuration key", [(1, "Default", lambda _, row: "77" if row[1].isdigit() else "FALSE")])
NUMBERS = with_columns("Functionalities", [(0, "#", lambda number, _: str(number))])
TWISTS = {
    "values before names": columns({"form": (1, 0), "Configuration key": (1, 0), "Feature": (1, 0), "Limit / setting": (1, 0)}),
    "description first": columns({"Functionalities": (2, 0, 1), "Name": (3, 0, 2, 1)}),
    "access and type before the value": ACCESS,
    "defaults before the value": DEFAULTS,
    "numbers before the names": NUMBERS,
    "names of groups between the rows": grouped,
    "long names on two lines": broken_keys,
    "headers again on a new page": continued,
    "numbers of sections": numbered,
    "a column for each name": transposed(["Functionalities", "Name"]),
}


@pytest.mark.parametrize("rules", ["full", "half", "none"])
@pytest.mark.parametrize("twist", TWISTS.values(), ids=TWISTS)
def test_the_samples_facts_in_other_columns_parse_as_the_sample(twist: Twist, rules: str) -> None:
    look = Look("tabular", size=7, rules=rules, narrow=1.0)  # type: ignore[arg-type]  # all of them are rules
    truth, read = STATION.certificate.facts, parse_document(platypus.render(twist(blocks(STATION)), look), "x.pdf").certificate
    assert read.profiles == truth.profiles
    assert read.performance == truth.performance
    assert read.hardware == truth.hardware
    assert read.configuration_keys == truth.configuration_keys
    assert (read.model, read.vendor_name, read.laboratory_location) == (truth.model, truth.vendor_name, truth.laboratory_location)


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2), (0, 2, 1)])
def test_the_columns_of_declarations_are_those_that_the_header_says(order: Sequence[int]) -> None:
    data = platypus.render(columns({"ID": order})(blocks(LATER)), Look("tabular", size=7))
    assert parse_document(data, "x.pdf").certificate.features == LATER.certificate.facts.features


def rows(*lines: Sequence[str], pages: Sequence[int] = ()) -> list[Row]:
    return [Row(pages[index] if pages else 1, Line.of(texts, table=True), index) for index, texts in enumerate(lines)]


def read(*lines: Sequence[str], pages: Sequence[int] = ()) -> list[list[str]]:
    found = tabled(rows(*lines, pages=pages), features=False)
    return [[cell.text for cell in one.row.line.cells] for one in found if one.header is None and not one.unsure]


def test_a_header_names_each_role_once() -> None:
    assert columns_of(Line.of(("No.", "Value", "Configuration key")), features=False) is not None
    assert columns_of(Line.of(("Configuration key", "Value", "Configured value")), features=False) is None
    assert columns_of(Line.of(("HeartbeatInterval", "300")), features=False) is None


def test_three_pairs_of_columns_are_three_rows() -> None:
    header = ("Configuration key", "Value") * 3
    assert read(header, ("ResetRetries", "1", "BlinkRepeat", "2", "VendorOwn", "3")) == [
        ["ResetRetries", "1"],
        ["BlinkRepeat", "2"],
        ["VendorOwn", "3"],
    ]


def test_a_row_with_other_columns_than_the_header_is_not_read() -> None:
    header = ("R/W", "Configuration key", "Value")
    assert read(header, ("RW", "ResetRetries", "1"), ("BlinkRepeat", "RW")) == [["ResetRetries", "1"]]


def test_another_heading_ends_what_the_header_said() -> None:
    header = ("Value", "Configuration key")
    assert read(header, ("1", "ResetRetries"), ("Test Configuration",), ("Vendor", "Some Company")) == [
        ["ResetRetries", "1"],
        ["Test Configuration"],
        ["Vendor", "Some Company"],
    ]


def test_pieces_of_a_row_on_two_pages_are_one_row_only_when_they_make_a_known_name() -> None:
    header = ("Configuration key", "Value")
    both = read(("AuthorizeRemote", "TRUE"), header, ("TxRequests", ""), pages=(1, 2, 2))
    assert both == [["AuthorizeRemote TxRequests", "TRUE"]]
    assert read(("VendorOwn", "TRUE"), header, ("TxRequests", ""), pages=(1, 2, 2)) == [["VendorOwn", "TRUE"], ["TxRequests", ""]]
    assert read(("AuthorizeRemote", "TRUE"), ("TxRequests", ""), pages=(1, 1)) == [["AuthorizeRemote", "TRUE"], ["TxRequests", ""]]


def test_labels_after_their_values_are_put_first_when_most_stand_so() -> None:
    form = rows(("Some Company", "Vendor"), ("JSON", "Communication"), ("Seoul", "Location"))
    assert [row.filled[0] for row in labels_first(form, form_labels())] == ["Vendor", "Communication", "Location"]
    usual = rows(("Vendor", "Some Company"), ("Communication", "JSON"), ("Seoul", "Location"))
    assert labels_first(usual, form_labels()) == usual


@pytest.mark.parametrize(
    "text",
    [
        "4.2 Test Configuration",
        "II. Test Configuration",
        "TEST CONFIGURATION (continued)",
        "Test Configuration - cont'd",
        "A.1 Test Configuration",
    ],
)
def test_a_heading_is_one_with_its_number_and_when_it_goes_on(text: str) -> None:
    assert heading_of(Row(1, Line.of([text]), 0)) == "configuration"


def test_remarks_under_tables_are_no_values() -> None:
    truth, read = (
        STATION.certificate.facts,
        parse_document(platypus.render(remarked(blocks(STATION)), Look("tabular", size=7)), "x.pdf").certificate,
    )
    assert read == truth


def test_something_under_no_header_leaves_the_row_unread() -> None:
    """A value that was stretched over its column may look like two."""
    header = ("Configuration key", "Value", "")
    assert read(header, ("MeterValuesAlignedData", "SoC,", "RPM"), ("ResetRetries", "1", "")) == [["ResetRetries", "1"]]


@pytest.mark.parametrize(("across", "rules"), [(1, "full"), (1, "half"), (2, "full")])
def test_labels_over_their_values_are_read(across: int, rules: str) -> None:
    look = Look("tabular", size=7, rules=rules)  # type: ignore[arg-type]  # all of them are rules
    truth, read = STATION.certificate.facts, parse_document(platypus.render(boxed(":", across)(blocks(STATION)), look), "x.pdf").certificate
    for name in (
        "number",
        "holder",
        "product_type",
        "certification_date",
        "model",
        "vendor_name",
        "laboratory_location",
        "test_report_reference",
    ):
        assert getattr(read, name) == getattr(truth, name), name
    assert read.designation in (truth.designation, None)


def test_a_value_that_stands_in_the_sentence_over_the_limits_is_a_value() -> None:
    assert limits_heading(Row(1, Line.of(["Charging Station"]), 0)) is None
    assert limits_heading(Row(1, Line.of(["functioning of the Charging Station:"]), 0)) == 0


def test_a_row_of_labels_has_its_values_in_the_next_row() -> None:
    form = rows(("Vendor", "Communication"), ("Some Company", "JSON"), ("Location", "Type"), ("Seoul", ""))
    assert [row.filled for row in labels_first(form, form_labels())] == [
        ["Vendor", "Some Company"],
        ["Communication", "JSON"],
        ["Location", "Type"],
        ["Seoul"],
    ]


@pytest.mark.parametrize("marks", ["*†‡", "¹²³"])
def test_a_value_with_the_sign_of_a_footnote_is_not_read(marks: str) -> None:
    text = "\n".join(
        f"{name}\t{value}"
        for name, value in (("HeartbeatInterval", f"30{marks[0]}"), ("ResetRetries", f"3 {marks[1]}"), ("BlinkRepeat", "2"))
    )
    sample = (ROOT / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8")
    extraction = parse_document(
        sample.replace("Statement of Approval", f"OCPP Charging Station Configuration\n{text}\n\nStatement of Approval", 1).encode(), "x"
    )
    keys = extraction.certificate.configuration_keys or {}
    assert (keys.get("HeartbeatInterval"), keys.get("ResetRetries"), keys.get("BlinkRepeat")) in ((None, None, "2"), (None, None, None))


def test_a_value_under_its_label_goes_on_in_the_next_line_when_that_is_close() -> None:
    def row(index: int, *texts: str) -> Row:
        top = (100.0, 112.0, 122.5, 150.0)[index]
        words = [
            [Word(word, (50.0 + 100 * place, top, 90.0 + 100 * place, top + 10)) for word in text.split()]
            for place, text in enumerate(texts)
        ]
        return Row(1, Line(tuple(Cell(tuple(cell)) for cell in words)), index)

    form = [row(0, "Vendor name:", "Communication:"), row(1, "Example Solutions Co.", "JSON"), row(2, "Ltd.", ""), row(3, "Far below", "")]
    found = [one.filled for one in labels_first(form, form_labels())]
    assert found == [["Vendor name:", "Example Solutions Co. Ltd."], ["Communication:", "JSON"], ["Far below"]]
