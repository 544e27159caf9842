"""The layouts of the corpus: who sets the type, how it looks, what the clerk wrote and what became of the finished paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.corpus.drawn import Order
from tests.corpus.finishes import Finish, cropped, doubled, headed, lying, on_paper, stamped, turned, two_up
from tests.corpus.laboratories import (
    LETTERHEAD,
    Laboratory,
    boxed_form,
    forms_abreast,
    grouped_headers,
    leaders_in_columns,
    narrow_labels,
    turned_profiles,
    units_apart,
    values_first,
)
from tests.corpus.look import Look
from tests.corpus.overlays import (
    crossed,
    highlighted,
    in_forms,
    layer_off,
    overlaid,
    redacted,
    struck_out,
    unseen,
    white_out,
)
from tests.corpus.papers import DOTTED, FIELDS, NOTED, TYPED, Paper
from tests.corpus.twists import (
    Twist,
    annex_first,
    approval_last,
    boxed,
    broken_keys,
    columns,
    continued,
    cover_added,
    grouped,
    labels_as,
    noted,
    numbered,
    relabelled,
    remarked,
    sections_shuffled,
    transposed,
    units_in_header,
    version_apart,
    with_columns,
    without_breaks,
)
from tests.corpus.webs import (
    Web,
    breakable,
    cards,
    hidden_after,
    in_columns,
    leaders,
    pills,
    right_labels,
    row_cards,
    struck,
)
from tests.corpus.webs import (
    noted as figured,
)

Producer = Literal["reportlab", "fpdf2", "chromium", "drawn", "merged", "papers"]


@dataclass(frozen=True)
class Family:
    """One layout; nothing in any may be read wrong.

    `doubt` says why a careful person would doubt some of its values, too: to leave those unread is right.
    """

    producer: Producer
    look: Look
    order: Order = "lines"
    twists: tuple[Twist, ...] = ()
    finishes: tuple[Finish, ...] = ()
    doubt: str = ""
    web: Web | Laboratory | None = None
    """Only for Chromium."""
    paper: Paper | None = None
    """Only for papers."""

    @property
    def medium(self) -> Literal["text layer", "doubtful on purpose"]:
        """Among what it is counted."""
        return "doubtful on purpose" if self.doubt else "text layer"


_NOTE = "<p>1) Measured at 25 degrees.</p>"
_NOTE_FLUSH = "<p>1 Measured at 25 degrees.</p>"
_QUALIFIED = (
    "A note may take back or change the value that its sign stands at: what is certified can only be told by who understands the note."
)
_NOTE_MISSING = f"{_QUALIFIED} Here the signs lead to no note at all."
_FIGURE = f"The figure may be the last of the value as well as the sign of the note. {_QUALIFIED}"
_PALE = "On the white paper of the cover the pale figure after each value can just be seen; in the shaded cells nobody sees it."
_CORRECTED = "Somebody put another value beside the one that no longer holds, and nobody knows whether the laboratory did."
_VOID = "What is crossed out no longer holds, and nothing stands in its place."
_HIDDEN = "What stands under the black cannot be read."
_FROM = "Page {page} from {pages}"
_OF = "Page {page} of {pages}"

USUAL: tuple[Family, ...] = (
    Family("reportlab", Look("full rules", merged=True, footer=_FROM)),
    Family("reportlab", Look("half rules", font="Times-Roman", rules="half", picture=True)),
    Family("reportlab", Look("no rules", font="Vera", size=8, rules="none", footer=_OF)),
    Family("reportlab", Look("wrapped cells", narrow=0.72, merged=True, pairs="table")),
    Family("reportlab", Look("broken tables", size=11, padding=6, merged=True, footer=_FROM)),
    Family("reportlab", Look("broken, header once", size=10.5, padding=7, rules="half", repeat=False, footer=_FROM)),
    Family("reportlab", Look("landscape", landscape=True, font="Times-Roman", rules="half", pairs="far")),
    Family("reportlab", Look("small type", size=5.5, padding=1, rules="none", pairs="table", columns=2)),
    Family("reportlab", Look("stamped", merged=True, stamp=True, picture=True, footer=_FROM)),
    Family("fpdf2", Look("boxes by fpdf2", size=8.5, merged=True, footer=_OF, picture=True)),
    Family("fpdf2", Look("lines by fpdf2", size=9, rules="half", pairs="below", footer="- {page} -")),
    Family("fpdf2", Look("bare by fpdf2", size=8, rules="none", pairs="table", narrow=0.9)),
    Family("fpdf2", Look("wide by fpdf2", size=9, landscape=True, padding=5, merged=True, columns=2, footer=_FROM)),
    Family("chromium", Look("web boxes", font="sans-serif", size=9, merged=True, footer=_FROM, picture=True)),
    Family(
        "chromium",
        Look("web shaded", font="serif", size=9.5, rules="none", pairs="far", css="tr:nth-child(even){background:#eef}"),
    ),
    Family("chromium", Look("web small", font="sans-serif", size=6.5, rules="half", pairs="below", stamp=True, footer=_OF)),
    Family("chromium", Look("web columns", font="sans-serif", size=7, css=".annex{columns:2;column-gap:24px}")),
    Family(
        "chromium",
        Look("web narrow", font="monospace", size=8, merged=True, pairs="table", landscape=True),
    ),
    Family("drawn", Look("letters apart", merged=True, footer=_FROM), "letters"),
    Family("drawn", Look("letters, no rules", font="Times-Roman", rules="none", footer=_OF), "letters"),
    Family("drawn", Look("out of order", merged=True, picture=True), "shuffled"),
    Family("drawn", Look("out of order, no rules", rules="none", pairs="far"), "shuffled"),
    Family("drawn", Look("column by column", rules="half", pairs="beside", footer=_FROM), "columns"),
    Family("drawn", Look("two columns", size=7.5, rules="none", columns=2, pairs="below"), "words"),
    Family("merged", Look("merged files", font="Helvetica", size=9, merged=True, footer=_FROM)),
)
"""The layouts that reading was made for first."""

_TRADE = {
    "Certificate number": "Certificate No.",
    "Certificate holder": "Manufacturer",
    "Product designation": "Model name",
    "Certification date": "Date of issue",
    "Product type": "Type of product",
    "OCPP Software version": "FW version",
    "Vendor name": "Manufacturer",
    "Vendor": "Manufacturer",
    "Type": "Model",
    "Test laboratory": "Laboratory",
    "Test Report Reference": "Report No.",
    "Device Under Test": "Equipment under test",
    "DUT / SUT": "EUT",
}
_COMPANY = {
    "Certificate number": "Certificate ID",
    "Certificate holder": "Company",
    "Product designation": "Product name",
    "Certification date": "Certified on",
    "OCPP Software version": "Firmware version",
    "Type": "Model name",
    "Test laboratory": "Testing laboratory name",
    "Location": "Laboratory location",
    "Test Report Reference": "Test report number",
    "Functionalities": "Profile",
    "Configuration key": "Key name",
    "Value": "Setting",
    "Measured value": "Result",
    "Test Result Summary for the certified functionalities": "Certified profiles",
}
_VALUES_FIRST = columns({"form": (1, 0), "Configuration key": (1, 0), "Feature": (1, 0), "Limit / setting": (1, 0)})
_OTHER_ORDER = columns({"Functionalities": (2, 0, 1), "Name": (3, 0, 2, 1), "ID": (2, 0, 1)})
_ACCESS = with_columns(
    "Configuration key",
    ((1, "R/W", lambda number, _: ("RW", "R")[number % 2]), (2, "Type", lambda number, _: ("integer", "boolean", "CSL")[number % 3])),
)
_DEFAULT = with_columns("Configuration key", ((1, "Default", lambda _, row: "77" if row[1].isdigit() else "FALSE"),))
_UNITS = with_columns("Configuration key", ((2, "Unit", lambda _, row: "s" if row[1].isdigit() else ""),))
_NUMBERS = with_columns("Functionalities", ((0, "#", lambda number, _: str(number)),))
_TRAPS = cover_added(
    (
        ("Previous OCPP Software version:", "0.9.1"),
        ("Valid until:", "December 31, 2031"),
        ("Replaces certificate number:", "OCA.0016.0999.CS"),
        ("Date of test report:", "2020-01-02"),
    )
)

STRANGE: tuple[Family, ...] = (
    Family("reportlab", Look("values before labels"), twists=(_VALUES_FIRST,)),
    Family("chromium", Look("values first, half rules", font="sans-serif", rules="half"), twists=(_VALUES_FIRST,)),
    Family("reportlab", Look("other order of columns"), twists=(_OTHER_ORDER,)),
    Family("drawn", Look("other order, no rules", rules="none", size=8.5), twists=(_OTHER_ORDER,)),
    Family("reportlab", Look("annex first"), twists=(annex_first,)),
    Family("fpdf2", Look("approval last", size=8.5), twists=(approval_last,)),
    Family("chromium", Look("sections shuffled", font="serif", rules="half"), twists=(sections_shuffled, labels_as(str.upper))),
    Family("fpdf2", Look("words of the trade", size=8.5), twists=(version_apart, relabelled(_TRADE))),
    Family("drawn", Look("words of a company", rules="none", size=8.5), twists=(relabelled(_COMPANY),)),
    Family("drawn", Look("three pairs of columns", size=6.5, columns=3)),
    Family("fpdf2", Look("access and type", size=8), twists=(_ACCESS,)),
    Family("reportlab", Look("default before value", rules="half", size=8.5), twists=(_DEFAULT, _NUMBERS)),
    Family("chromium", Look("units after values", font="sans-serif"), twists=(_UNITS, numbered)),
    Family("drawn", Look("groups of keys"), twists=(grouped, broken_keys)),
    Family("reportlab", Look("tables continued", merged=True), twists=(continued,)),
    Family("reportlab", Look("columns for names", size=7), twists=(transposed(("Functionalities", "Name")),)),
    Family("fpdf2", Look("labels of other things", size=8.5), twists=(version_apart, _TRAPS)),
    Family("reportlab", Look("cover and annex run on", rules="half"), twists=(without_breaks, remarked)),
    Family("reportlab", Look("turned by the viewer"), finishes=(turned(90),)),
    Family("drawn", Look("lying", rules="half"), "letters", finishes=(lying(270),)),
    Family("fpdf2", Look("upside down", size=8.5), finishes=(lying(180),)),
    Family("reportlab", Look("stamped level"), finishes=(stamped("COPY", 110, 0),)),
    Family(
        "chromium", Look("stamped all over", font="sans-serif", rules="none"), finishes=(stamped("UNCONTROLLED COPY", 14, 0, tiled=True),)
    ),
    Family(
        "drawn",
        Look("heads and feet", size=10.5, padding=6, rules="none"),
        finishes=(headed("Report|Date: 2019-03-04", "{page}|3 of {pages}", margin=44),),
    ),
    Family("reportlab", Look("bold by drawing twice"), finishes=(doubled(1.4, 1.4),)),
    Family("reportlab", Look("large paper"), finishes=(on_paper(842, 1191, 1.41),)),
    Family("chromium", Look("two pages on a sheet", font="serif", rules="none"), finishes=(two_up,)),
    Family("fpdf2", Look("letter paper, cropped", size=8.5), finishes=(on_paper(612, 792, 0.92), cropped(20))),
    Family("chromium", Look("small capitals", font="serif", css="body{font-variant:small-caps}")),
    Family(
        "chromium", Look("centred", font="sans-serif", rules="half", pairs="below", css="td,th,dt,dd,h1,h2{text-align:center !important}")
    ),
    Family(
        "chromium",
        Look(
            "dark header, one upright", font="sans-serif", rules="none", css="th{background:#234;color:#fff} td{border-left:1px solid #ccc}"
        ),
    ),
    Family(
        "chromium",
        Look(
            "cells apart",
            font="serif",
            rules="none",
            css="table{border-collapse:separate !important;border-spacing:3px} td,th{border:1px solid #444}",
        ),
    ),
    Family("reportlab", Look("boxes of labels and values"), twists=(boxed(":", 2),)),
    Family("fpdf2", Look("labels over values", rules="half", size=8.5), twists=(boxed("", 1),)),
    Family("reportlab", Look("typewriter", font="Courier", size=8, rules="none")),
    Family("chromium", Look("signs of footnotes", font="serif"), twists=(noted("*†¹²"),), doubt=_NOTE_MISSING),
    Family("chromium", Look("justified", font="serif", rules="none", css="td,p{text-align:justify}")),
    Family("chromium", Look("names at the right", font="sans-serif", rules="none", pairs="table", css="td:first-child{text-align:right}")),
    Family(
        "chromium",
        Look("rows broken by pages", font="serif", size=12, narrow=0.7, padding=9, css="tr{break-inside:auto !important}"),
    ),
    Family("reportlab", Look("half the width", font="Times-Roman", size=10, narrow=0.55)),
    Family("chromium", Look("spaced labels", font="sans-serif", css="h1,h2,h3,b,th{letter-spacing:.35em;text-transform:uppercase}")),
    Family(
        "chromium",
        Look(
            "cards",
            font="serif",
            rules="none",
            css="tr{display:block;border:1px solid #999;margin:4px} td,th{display:inline-block;width:30%}",
        ),
    ),
    Family("chromium", Look("cards in threes", font="sans-serif"), web=Web(cards(3), in_columns(3))),
    Family("chromium", Look("cards in fours, large", font="sans-serif", size=11), web=Web(cards(4))),
    Family("chromium", Look("cards without borders", font="sans-serif", rules="none"), web=Web(cards(3, "border:none"), in_columns(3))),
    Family("chromium", Look("cards shaded", font="serif"), web=Web(cards(2, "background:#eef"), row_cards(1))),
    Family("chromium", Look("one narrow stack of cards", font="sans-serif"), web=Web(cards(1, "border:1px solid #999;width:150px"))),
    Family("chromium", Look("round boxes", font="sans-serif"), web=Web(pills)),
    Family("chromium", Look("dots to values", font="sans-serif", rules="none"), web=Web(leaders)),
    Family("chromium", Look("labels at the right", font="sans-serif"), web=Web(right_labels)),
    Family("chromium", Look("breakable words", font="serif", narrow=0.6), web=Web(cell=lambda: breakable)),
    Family("chromium", Look("unseen white figures", font="serif"), web=Web(cell=lambda: hidden_after("color:#fff"))),
    Family("chromium", Look("unseen clear figures", font="serif"), web=Web(cell=lambda: hidden_after("opacity:0.01"))),
    Family(
        "chromium",
        Look("figures in the colour of their ground", font="serif", css="td{background:#eef}"),
        web=Web(cell=lambda: hidden_after("color:#eef")),
        doubt=_PALE,
    ),
    Family(
        "chromium",
        Look("small raised figures", font="serif"),
        web=Web(cell=lambda: figured("sup"), foot=_NOTE),
        doubt=_QUALIFIED,
    ),
    Family(
        "chromium",
        Look("large raised figures", font="serif"),
        web=Web(cell=lambda: figured('span style="position:relative;top:-.12em"'), foot=_NOTE),
        doubt=_FIGURE,
    ),
    Family(
        "chromium",
        Look("coloured figures", font="serif"),
        web=Web(cell=lambda: figured('span style="color:#00c"'), foot=_NOTE),
        doubt=_FIGURE,
    ),
    Family("chromium", Look("slanted figures", font="sans-serif"), web=Web(cell=lambda: figured("i"), foot=_NOTE), doubt=_FIGURE),
    Family(
        "chromium",
        Look("figures a hair apart", font="sans-serif"),
        web=Web(cell=lambda: figured('span style="margin-left:.08em"'), foot=_NOTE),
        doubt=_FIGURE,
    ),
    Family(
        "chromium",
        Look("figures with brackets", font="sans-serif"),
        web=Web(cell=lambda: figured("span", "1)"), foot=_NOTE),
        doubt=_FIGURE,
    ),
    Family("chromium", Look("corrected by striking out", font="serif"), web=Web(cell=lambda: struck), doubt=_CORRECTED),
    Family("chromium", Look("letters apart everywhere", font="sans-serif", css="body{letter-spacing:.12em}")),
    Family("chromium", Look("values letter-spaced", font="sans-serif", css="td,span{letter-spacing:.25em}")),
    Family("chromium", Look("values at the foot", font="serif", rules="none", narrow=0.6, css="td,th{vertical-align:bottom !important}")),
    Family(
        "chromium",
        Look("values in the middle", font="serif", rules="none", narrow=0.6, css="td,th{vertical-align:middle !important}"),
    ),
    Family("chromium", Look("a shaded column", font="sans-serif", rules="none", css="td:nth-child(2){background:#e8f0ff}")),
    Family("chromium", Look("justified and narrow", font="serif", rules="none", narrow=0.6, css="td,p{text-align:justify}")),
    Family("reportlab", Look("units in the header"), twists=(units_in_header,)),
    Family("reportlab", Look("whited out"), finishes=(overlaid(white_out),), doubt=_CORRECTED),
    Family("reportlab", Look("struck out"), finishes=(overlaid(struck_out),), doubt=_CORRECTED),
    Family("reportlab", Look("crossed out"), finishes=(overlaid(crossed),), doubt=_VOID),
    Family("reportlab", Look("half blackened"), finishes=(overlaid(redacted),), doubt=_HIDDEN),
    Family("reportlab", Look("highlighted"), finishes=(overlaid(highlighted),)),
    Family("reportlab", Look("letters not drawn"), finishes=(overlaid(unseen),)),
    Family("reportlab", Look("a layer that is off"), finishes=(layer_off,)),
    Family("reportlab", Look("inside forms"), finishes=(in_forms,)),
    Family(
        "chromium",
        Look("figures like their values", font="serif"),
        web=Web(cell=lambda: figured("span"), foot=_NOTE_FLUSH),
        doubt=_FIGURE,
    ),
)
"""Layouts that were set up against reading."""

UNLIKE: tuple[Family, ...] = (
    Family(
        "chromium",
        Look("letterhead and boxes", font="sans-serif", rules="half", size=9),
        web=Laboratory(boxed_form(3), units_apart, LETTERHEAD),
    ),
    Family("chromium", Look("turned profiles", font="serif", size=8), web=Laboratory(grid=turned_profiles)),
    Family("chromium", Look("values first, labels after", font="sans-serif", rules="none"), web=Laboratory(values_first)),
    Family("chromium", Look("dots in three columns", font="serif", size=9), web=Laboratory(grid=leaders_in_columns(3))),
    Family("chromium", Look("headers over headers", font="sans-serif", size=8.5), web=Laboratory(grid=grouped_headers)),
    Family("chromium", Look("labels of many lines", font="serif", rules="none", landscape=True), web=Laboratory(narrow_labels)),
    Family("chromium", Look("forms abreast", font="sans-serif", rules="none", size=8), web=Laboratory(forms_abreast)),
    Family("papers", Look("fields with small labels", size=9), paper=FIELDS),
    Family("papers", Look("typewriter tables", font="Courier", size=7.5), paper=TYPED),
    Family("papers", Look("dotted in three", font="Times-Roman", size=10), paper=DOTTED),
    Family("papers", Look("dotted, lying", size=9, landscape=True), paper=DOTTED),
    Family("papers", Look("notes at the foot", size=9.5), paper=NOTED, doubt=_QUALIFIED),
)
"""Layouts as laboratories and older programs have them, made before anything was done to read them."""
