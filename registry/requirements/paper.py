"""A check of offers on paper, for the file: the rule, its sources, and a verdict an offer with what decided."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from registry import wording
from registry.evidence.setting import BOLD, TEXT, fonts, text
from registry.requirements.checking import alternatives

MOST_OFFERS = 2_000
"""More than that are left to the workbook: nobody reads them on paper."""

_GREY = colors.HexColor("#555a61")
_TONES = {"good": colors.HexColor("#1b6e3c"), "bad": colors.HexColor("#a4161a"), "warn": colors.HexColor("#8a5a00")}


def _style(name: str, size: float, font: str = TEXT, **values: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=size * 1.35, **values)


_BODY, _SMALL = _style("body", 8.5), _style("small", 7, textColor=_GREY)
_TITLE, _HEAD = _style("title", 16, BOLD, spaceAfter=2), _style("head", 9.5, BOLD, spaceBefore=8)


def paper(document: Mapping[str, Any]) -> bytes:
    """The JSON of a check (`Check.to_json`) as a PDF."""
    fonts()
    out = io.BytesIO()
    title = f"Offers against {document['ruleset']['title']}"
    made = SimpleDocTemplate(out, pagesize=A4, title=title, author="OCPP Registry", **dict.fromkeys(_MARGINS, 18 * mm))
    made.build([*_front(document), *_rows(document["offers"])], onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


_MARGINS = ("leftMargin", "rightMargin", "topMargin", "bottomMargin")


def _foot(canvas: Any, made: Any) -> None:
    canvas.setFont(TEXT, 6.5)
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"page {made.page}")


def _front(document: Mapping[str, Any]) -> Iterable[Flowable]:
    rules = document["ruleset"]
    yield Paragraph("Offers against a requirement set", _TITLE)
    yield Paragraph(text(f"{rules['title']} ({rules['publisher']})"), _style("sub", 11))
    yield Spacer(1, 5)
    yield Paragraph(text(f"From {document['file']}."), _BODY)
    if "made" in document:
        yield Paragraph(
            text(
                f"Judged on {wording.moment(document['made'])}, by version {document['program_version']} of the program and what the "
                f"registry held after event {document['last_event']:,} of its log."
            ),
            _BODY,
        )
    yield Spacer(1, 5)
    yield Paragraph(text(rules["summary"]), _BODY)
    for source in rules["sources"]:
        yield Paragraph(text(f"Source: {source['title']} {source['address'] or ''}, read {source['read_on']}"), _SMALL)
    for line in rules["not_judged"]:
        yield Paragraph(text(f"Not judged: {line}"), _SMALL)
    yield Spacer(1, 5)
    tally = ", ".join(f"{number} {answer}" for answer, number in document["tally"].items() if number)
    yield Paragraph(text(f"{len(document['offers'])} offers: {tally}."), _style("tally", 10, BOLD))
    if document["on"]:
        yield Paragraph(text(f"Offers without an installation date are judged as if installed on {wording.day(document['on'])}."), _SMALL)
    for line in document["notes"]:
        yield Paragraph(text(line), _SMALL)


def _rows(offers: list[Mapping[str, Any]]) -> Iterable[Flowable]:
    for row in offers[:MOST_OFFERS]:
        yield KeepTogether(list(_row(row)))
    if len(offers) > MOST_OFFERS:
        yield Paragraph(f"The first {MOST_OFFERS:,} offers; the workbook has them all.", _HEAD)


def _judged_for(row: Mapping[str, Any]) -> str:
    if not row["judged_for"]:
        return "The installation date is not known: every phase of the set was looked at."
    falls = f"which falls into the phase “{row['phase']}”" if row["phase"] else "of which the set says nothing"
    return f"Judged for installation on {wording.day(row['judged_for'])}, {falls}."


def _row(row: Mapping[str, Any]) -> Iterable[Flowable]:
    product = " ".join(part for part in (row["vendor"], row["model"], row["software_version"]) if part) or "no product"
    yield Paragraph(text(f"Row {row['row']}: {product}"), _HEAD)
    yield Paragraph(text(row["answer"]), _style("answer", 9, BOLD, textColor=_TONES.get(wording.tone(row["answer"]), colors.black)))
    if row["needed"]:
        yield Paragraph(text(f"With {', '.join(alternatives(row['needed']))}."), _BODY)
    yield Paragraph(text(_judged_for(row)), _SMALL)
    for line in row["problems"]:
        yield Paragraph(text(wording.sentence(line)), _BODY)
    for reason in row["reasons"]:
        yield Paragraph(text(wording.sentence(reason["text"])), _BODY)
        fields = "; ".join(
            f"{field['certificate'] or 'offer'} {field['field']} = {field['value'] or 'nothing'}" for field in reason["fields"]
        )
        yield Paragraph(text(f"{reason['clause']}. {fields}"), _SMALL)
