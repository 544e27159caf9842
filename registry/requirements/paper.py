"""A check of offers on paper, for the file: the rule, its sources, and a verdict an offer with what decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer

from registry import wording
from registry.evidence.lines import Lines
from registry.evidence.setting import BODY, BOLD, SMALL, TITLE, TONES, style, text, written
from registry.requirements.checking import alternatives

MOST_OFFERS = 2_000
"""More than that are left to the workbook: nobody reads them on paper."""

_HEAD = style("offer", 9.5, fontName=BOLD, spaceBefore=8)
_ANSWERS = {tone: style("answer", 9, fontName=BOLD, textColor=TONES.get(tone, colors.black)) for tone in (*TONES, "")}


def paper(document: Mapping[str, Any]) -> bytes:
    """The JSON of a check (`Check.to_json`) as a PDF."""
    title = f"Offers against {document['ruleset']['title']}"
    return written(title, title, [*_front(document), *_rows(document["offers"])])


def _front(document: Mapping[str, Any]) -> Iterable[Flowable]:
    rules = document["ruleset"]
    yield Paragraph("Offers against a requirement set", TITLE)
    yield Paragraph(text(f"{rules['title']} ({rules['publisher']})"), style("sub", 11))
    yield Spacer(1, 5)
    yield Paragraph(text(f"From {document['file']}."), BODY)
    if "made" in document:
        yield Paragraph(
            text(
                f"Judged on {wording.moment(document['made'])}, by version {document['program_version']} of the program and what the "
                f"registry held after event {document['last_event']:,} of its log."
            ),
            BODY,
        )
    yield Spacer(1, 5)
    yield Paragraph(text(rules["summary"]), BODY)
    for source in rules["sources"]:
        yield Paragraph(text(f"Source: {source['title']} {source['address'] or ''}, read {source['read_on']}"), SMALL)
    for line in rules["not_judged"]:
        yield Paragraph(text(f"Not judged: {line}"), SMALL)
    yield Spacer(1, 5)
    tally = ", ".join(f"{number} {answer}" for answer, number in document["tally"].items() if number)
    yield Paragraph(text(f"{len(document['offers'])} offers: {tally}."), style("tally", 10, fontName=BOLD))
    if document["on"]:
        yield Paragraph(text(f"Offers without an installation date are judged as if installed on {wording.day(document['on'])}."), SMALL)
    for line in document["notes"]:
        yield Paragraph(text(line), SMALL)


def _rows(offers: list[Mapping[str, Any]]) -> Iterable[Flowable]:
    for row in offers[:MOST_OFFERS]:
        yield Lines(_row(row))
    if len(offers) > MOST_OFFERS:
        yield Paragraph(f"The first {MOST_OFFERS:,} offers; the workbook has them all.", _HEAD)


def _judged_for(row: Mapping[str, Any]) -> str:
    if not row["judged_for"]:
        return "No one installation date is known: every phase that it may fall into was looked at."
    falls = f"which falls into the phase “{row['phase']}”" if row["phase"] else "of which the set says nothing"
    return f"Judged for installation on {wording.day(row['judged_for'])}, {falls}."


def _row(row: Mapping[str, Any]) -> Iterable[tuple[str, ParagraphStyle]]:
    product = " ".join(part for part in (row["vendor"], row["model"], row["software_version"]) if part) or "no product"
    yield f"Row {row['row']}: {product}", _HEAD
    yield row["answer"], _ANSWERS.get(wording.tone(row["answer"]), _ANSWERS[""])
    if row["needed"]:
        yield f"With {', '.join(alternatives(row['needed']))}.", BODY
    if row["certificates"]:
        yield f"The offer names {', '.join(row['certificates'])}.", SMALL
    yield _judged_for(row), SMALL
    for line in row["problems"]:
        yield wording.sentence(line), BODY
    for reason in row["reasons"]:
        yield wording.sentence(reason["text"]), BODY
        fields = "; ".join(
            f"{field['certificate'] or 'offer'} {field['field']} = {field['value'] or 'nothing'}" for field in reason["fields"]
        )
        yield f"{reason['clause']}. {fields}", SMALL
