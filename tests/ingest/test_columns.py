"""Columns that only white parts: names that end where values begin, lines set to their full width, cells at the foot of their rows."""

from __future__ import annotations

from reportlab.pdfbase.pdfmetrics import stringWidth

from ingest.readers import read_document
from tests.ingest.test_boxes import page, rows
from tests.ingest.test_paper import canvas_of

WIDTH = 90.0
Text = tuple[float, float, str]


def ending(x: float, y: float, text: str) -> Text:
    """A text that ends at the place."""
    return x - stringWidth(text, "Helvetica", 10), y, text


def filling(x: float, y: float, text: str) -> list[Text]:
    """The words of a line, set apart so that it is as wide as its column."""
    words = text.split()
    blank = (WIDTH - sum(stringWidth(word, "Helvetica", 10) for word in words)) / (len(words) - 1)
    found = []
    for word in words:
        found.append((x, y, word))
        x += stringWidth(word, "Helvetica", 10) + blank
    return found


NAMES = ("ResetRetries", "LocalPreAuthorize", "BlinkRepeat", "StopTransactionOnInvalidId")


def test_values_that_begin_a_blank_after_their_names_end_are_a_column() -> None:
    texts = [ending(200, 60.0 + 14 * place, name) for place, name in enumerate(NAMES)]
    texts += [(204.5, 60.0 + 14 * place, f"{place} of them") for place in range(4)]
    assert rows(page(texts)) == [[name, f"{place} of them"] for place, name in enumerate(NAMES)]


def test_words_that_only_chance_puts_under_each_other_are_no_column() -> None:
    """Lines of running text begin at one place: a blank that comes again in them is none between columns."""
    texts = [(40.0, 60.0 + 12 * place, text) for place, text in enumerate(("wide and open", "wide and shut", "wide and none"))]
    assert all(len(cells) == 1 for cells in rows(page(texts)))


def test_a_line_that_fills_its_column_is_one_cell() -> None:
    texts: list[Text] = [(40.0, 60.0, "Vendor name:"), (134.0, 60.0, "Costel"), *filling(40.0, 76.0, "Test Report")]
    texts += [(134.0, 76.0, "DEKRA-2023"), (40.0, 87.0, "Reference:"), (40.0, 103.0, "Communication:"), (134.0, 103.0, "JSON")]
    assert rows(page(texts)) == [["Vendor name:", "Costel"], ["Test Report Reference:", "DEKRA-2023"], ["Communication:", "JSON"]]


def test_numbers_that_end_at_one_place_stay_columns_of_their_own() -> None:
    """They leave as much white as words set apart do, but on every line."""
    texts: list[Text] = []
    for place, name in enumerate(("Heartbeat", "Retries", "Interval")):
        texts += [(40.0, 60.0 + 14 * place, name), ending(200, 60.0 + 14 * place, str(10**place)), (204.0, 60.0 + 14 * place, "00:00:04")]
    assert [[*cells[:1], " ".join(cells[1:])] for cells in rows(page(texts))] == [
        ["Heartbeat", "1 00:00:04"],
        ["Retries", "10 00:00:04"],
        ["Interval", "100 00:00:04"],
    ]


def test_cells_at_the_foot_of_their_rows_are_one_row_where_white_parts_rows() -> None:
    texts: list[Text] = [(40.0, 60.0, "Core"), (160.0, 60.0, "Pass"), (230.0, 60.0, "Basic")]
    texts += [(230.0, 80.0, "Support for it"), (40.0, 91.0, "Firmware"), (230.0, 91.0, "and for that"), (40.0, 102.0, "Management")]
    texts += [(160.0, 102.0, "N/A"), (230.0, 102.0, "too"), (230.0, 122.0, "Support"), (40.0, 133.0, "Reservation"), (160.0, 133.0, "Fail")]
    assert rows(page([*texts, (230.0, 133.0, "of one")])) == [
        ["Core", "Pass", "Basic"],
        ["Firmware Management", "N/A", "Support for it and for that too"],
        ["Reservation", "Fail", "Support of one"],
    ]


def test_what_a_narrow_cell_breaks_is_whole_where_only_one_whole_can_be() -> None:
    def value(*lines: str) -> tuple[str, bool]:
        wide = max(stringWidth(line, "Helvetica", 10) for line in lines)
        texts = [(46.0, 60.0, "Name"), *((206.0, 60.0 + 12 * place, line) for place, line in enumerate(lines))]
        boxes = [(40.0, 48.0, 200.0, 80.0), (200.0, 48.0, 213.0 + wide, 80.0)]
        (line,) = read_document(page(texts, boxes), "x.pdf")[1][0].lines
        return line.cells[1].text, line.cells[1].certain(0, 99)

    assert value("00:00:0", "1") == ("00:00:01", True)
    assert value("055-TR-OCPP_The", "_v1.1") == ("055-TR-OCPP_The_v1.1", True)
    assert value("019-TR-", "OCPP_v1.1") == ("019-TR-OCPP_v1.1", True)
    assert not value("Man-", "ageOn")[1]
    assert not value("9502-TR-OCPP_9900_v", "1.1")[1]


def test_lists_abreast_go_on_each_for_itself() -> None:
    """Read across, the long value of the left list would lose its end."""
    left = [(60.0, "ResetRetries", "3"), (74.0, "StopTxnSampledData", "Voltage,"), (88.0, "", "SoC"), (102.0, "BlinkRepeat", "1")]
    right = [(60.0, "HeartbeatInterval", "7"), (74.0, "LightIntensity", "8"), (88.0, "MinimumStatusDuration", "9"), (102.0, "CpoName", "0")]
    texts = [(x, y, name) for x, part in ((40.0, left), (260.0, right)) for y, name, _ in part if name]
    texts += [ending(x, y, value) for x, part in ((240.0, left), (460.0, right)) for y, _, value in part]
    assert rows(page(texts)) == [
        ["ResetRetries", "3"],
        ["StopTxnSampledData", "Voltage, SoC"],
        ["BlinkRepeat", "1"],
        *([name, value] for _, name, value in right),
    ]


def test_a_heading_in_larger_letters_ends_a_table_though_a_blank_of_it_stands_where_columns_part() -> None:
    start = 40 + stringWidth("Test ", "Helvetica", 12)
    texts = [(40.0, 60.0, "A", 10.0), (start, 60.0, "Costel", 10.0), (40.0, 74.0, "B", 10.0), (start, 74.0, "AC-7", 10.0)]
    data = canvas_of((*texts, (40.0, 100.0, "Test Summary", 12.0), (40.0, 120.0, "Core", 10.0), (150.0, 120.0, "Pass", 10.0)))
    assert rows(data) == [["A", "Costel"], ["B", "AC-7"], ["Test Summary"], ["Core", "Pass"]]


def test_lines_above_a_table_whose_names_nearly_touch_their_values_are_of_it() -> None:
    start = 44.5 + stringWidth("Certificate", "Helvetica", 10)
    texts = [(40.0, 60.0, "Certificate"), (start, 60.0, "Costel"), (40.0, 72.0, "holder:"), (40.0, 90.0, "Type:"), (start, 90.0, "CSMS")]
    assert rows(page(texts)) == [["Certificate holder:", "Costel"], ["Type:", "CSMS"]]


def test_rows_of_a_short_table_among_wider_ones_stay_rows() -> None:
    """Lines that have a name and a value in the same columns are rows, even if none has something in all columns."""
    texts = [(x, 60.0 + 14 * row, f"Label{x:.0f}{row}") for x in (40.0, 130.0, 240.0, 330.0) for row in range(2)]
    texts += [(x, 110.0 + 12 * row, f"Cell{x:.0f}{row}") for x in (40.0, 240.0) for row in range(4)]
    assert [[text for text in cells if text] for cells in rows(page(texts))][2:] == [[f"Cell40{row}", f"Cell240{row}"] for row in range(4)]


def test_boxes_with_small_labels_hold_a_label_and_its_value_each() -> None:
    texts: list[Text] = []
    for x, label, value in ((40.0, "Certificate holder", "Costel"), (190.0, "Certificate number", "N7")):
        texts += [(x + 6, 60.0, label), (x + 6, 74.0, value)]
    boxes = [(40.0, 48.0, 190.0, 80.0), (190.0, 48.0, 340.0, 80.0)]
    labels = ("Certificate holder", "Certificate number")
    assert rows(page(texts, boxes, bold=labels)) == [["Certificate holder"], ["Costel"], ["Certificate number"], ["N7"]]
    assert ["Certificate holder"] not in rows(page(texts, boxes))


def test_a_cell_over_several_rows_at_the_left_names_none_of_them() -> None:
    texts = [(46.0, 70.0, "Times")]
    texts += [(x + 6, 60.0 + 20 * row, f"{x:.0f}/{row}") for x in (100.0, 200.0, 300.0) for row in range(2)]
    boxes = [(40.0, 48.0, 100.0, 88.0)] + [(x, 48.0 + 20 * row, x + 100, 68.0 + 20 * row) for x in (100.0, 200.0, 300.0) for row in (0, 1)]
    assert rows(page(texts, boxes)) == [["Times"], ["100/0", "200/0", "300/0"], ["100/1", "200/1", "300/1"]]


def test_a_small_word_squeezed_in_between_two_lines_is_in_doubt() -> None:
    """It may be a correction of what stands under it; a label in small letters over its value has room."""
    lines = ((40.0, 60.0, "Type:", 9.0), (120.0, 60.0, "KEVS CSMS", 9.0), (120.0, 73.5, "OCPP Software version: ", 9.0))

    def doubted(*added: tuple[float, float, str, float]) -> list[str]:
        (page_read,) = read_document(canvas_of((*lines, *added)), "x.pdf")[1]
        return [word.text for line in page_read.lines for cell in line.cells for word in cell.words if not word.sure]

    assert doubted((222.0, 66.0, "2.0.0", 6.3)) == ["2.0.0"]
    assert doubted((120.0, 90.0, "Holder", 6.0), (120.0, 101.0, "Costel", 9.0)) == []


def test_a_header_of_two_looks_stays_a_header() -> None:
    """Its cells hold words of another look in a second line, as those of a form do; the rows under it do not."""
    texts: list[Text] = []
    for x, title, unit, values in ((40.0, "Measured value", "hh:mm:ss", ("1", "2")), (190.0, "PICS value", "seconds", ("3", "4"))):
        texts += [(x + 6, 60.0, title), (x + 6, 74.0, unit), *((x + 6, 96.0 + 20 * row, value) for row, value in enumerate(values))]
    boxes = [(x, y, x + 150, end) for x in (40.0, 190.0) for y, end in ((48.0, 84.0), (84.0, 104.0), (104.0, 124.0))]
    found = rows(page(texts, boxes, bold=("Measured value", "PICS value")))
    assert found == [["Measured value hh:mm:ss", "PICS value seconds"], ["1", "3"], ["2", "4"]]
