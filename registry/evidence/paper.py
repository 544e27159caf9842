"""An audit report on paper, in the order of a certificate's abstract: who, what was certified and what was observed, the frames.

Every line names the frames that prove it and leads to them: they stand at the end as a sequence, the station left, the CSMS right.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from registry import wording
from registry.audits.report import case_titles, frames_of, view
from registry.audits.transcript import Entry, entries

TEXT, BOLD = "Vera", "VeraBd"
WIDTH = A4[0] - 36 * mm
MOST_FRAMES = 2000
"""More frames than that are left to the transcript: nobody reads them on paper."""

LONGEST_PAYLOAD = 600
_ASIAN = {"HANGUL": "HYSMyeongJo-Medium", "HIRAGANA": "HeiseiMin-W3", "KATAKANA": "HeiseiMin-W3", "CJK": "STSong-Light"}
_TONES = {
    "good": colors.HexColor("#1b6e3c"),
    "bad": colors.HexColor("#a4161a"),
    "warn": colors.HexColor("#8a5a00"),
}
_LINE, _SHADE = colors.HexColor("#c9ccd1"), colors.HexColor("#f2f3f5")


def paper(report: Mapping[str, Any], transcript: Path | None) -> bytes:
    """The report as a PDF. `transcript` is its file; None leaves the frames out."""
    fonts()
    out = io.BytesIO()
    run, device = report.get("audit") or {}, report.get("device") or {}
    title = f"Audit of {device.get('id')} against {run.get('certificate')}"
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=title,
        author="OCPP Registry",
    )
    frame = Frame(document.leftMargin, document.bottomMargin, document.width, document.height, id="body", leftPadding=0, rightPadding=0)
    foot = f"{title}, {run.get('ended') or ''}"
    document.addPageTemplates(PageTemplate(id="page", frames=[frame], onPage=lambda canvas, doc: _foot(canvas, doc, foot)))
    shown = list(_shown(transcript)) if transcript else []
    proven = {entry.seq for entry in shown}
    document.build([*_front(report), *_tables(report, proven), *_sequence(shown)])
    return out.getvalue()


@cache
def fonts() -> None:
    """Make the fonts known in which `text` sets; once in a process."""
    for name in (TEXT, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    for name in set(_ASIAN.values()):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _style(name: str, size: float = 8.5, **values: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=values.pop("fontName", TEXT), fontSize=size, leading=size * 1.35, **values)


_BODY = _style("body")
_SMALL = _style("small", 7, textColor=colors.HexColor("#555a61"))
_NUMBER = _style("number", alignment=TA_RIGHT)
_TITLE = _style("title", 17, fontName=BOLD, spaceAfter=2)
_HEAD = _style("head", 11, fontName=BOLD, spaceBefore=10, spaceAfter=3)
_CELL_HEAD = _style("cellhead", 7.5, fontName=BOLD)
_MONO = ParagraphStyle("mono", fontName="Courier", fontSize=6.6, leading=8)


def text(value: object) -> str:
    """Any text as markup that can be set: characters that no font here has are named by their code, never dropped or replaced."""
    return "".join(_set(run, font) for font, run in _runs(str(value)))


def _runs(value: str) -> Iterable[tuple[str | None, str]]:
    """The text cut where its font changes; None is the body's own font."""
    known = pdfmetrics.getFont(TEXT).face.charToGlyph
    run, font = "", None
    for character in value:
        own = None if ord(character) in known or character.isspace() else _font_of(character)
        if own != font and run:
            yield font, run
            run = ""
        font = own
        run += character
    if run:
        yield font, run


def _font_of(character: str) -> str:
    script = unicodedata.name(character, "").partition(" ")[0]
    return _ASIAN.get(script, "")


def _set(run: str, font: str | None) -> str:
    if font is None:
        return escape(run)
    if font:
        return f'<font name="{font}">{escape(run)}</font>'
    return "".join(f"U+{ord(character):04X}" for character in run)


def _foot(canvas: Any, document: Any, line: str) -> None:
    canvas.saveState()
    canvas.setFont(TEXT, 6.5)
    canvas.setFillColor(colors.HexColor("#555a61"))
    canvas.drawString(
        document.leftMargin, 10 * mm, "".join(c if ord(c) in pdfmetrics.getFont(TEXT).face.charToGlyph else "?" for c in line)[:130]
    )
    canvas.drawRightString(A4[0] - document.rightMargin, 10 * mm, f"page {document.page}")
    canvas.restoreState()


def _front(report: Mapping[str, Any]) -> Iterable[Flowable]:
    seen = view(report)
    run, device = report.get("audit") or {}, report.get("device") or {}
    reported = device.get("reported") or {}
    yield Paragraph("Audit report", _TITLE)
    yield Paragraph(text(f"{device.get('id')} against certificate {run.get('certificate')}"), _style("sub", 11))
    yield Spacer(1, 6)
    verdict = _style("verdict", 13, fontName=BOLD, textColor=_TONES.get(seen.tone, colors.black))
    yield _box([Paragraph(text(seen.title), verdict), Paragraph(text(seen.meaning), _BODY)])
    told = ", ".join(f"{name} {value}" for name, value in reported.items() if value)
    rows = [
        # A central system has no way to say who it is.
        ("Device", told or ("said nothing of itself" if device.get("role") != "CSMS" else None)),
        ("Mode", run.get("mode")),
        ("Allowed", ", ".join(run.get("tiers") or ()) or None),
        ("Begun", wording.moment(run.get("started"))),
        ("Ended", wording.moment(run.get("ended"))),
        ("Judged by", f"ocpp-registry {run.get('tool_version')}"),
        ("Transcript, SHA-256", (report.get("transcript") or {}).get("sha256")),
    ]
    yield Spacer(1, 6)
    yield _table(
        (),
        [(Paragraph(text(name), _CELL_HEAD), Paragraph(text(value), _BODY)) for name, value in rows if value],
        (40 * mm, WIDTH - 40 * mm),
    )
    for line in seen.notes:
        yield Paragraph(text(line), _SMALL)


def _tables(report: Mapping[str, Any], proven: set[int]) -> Iterable[Flowable]:
    seen = view(report)

    def proof(row: Mapping[str, Any]) -> Paragraph:
        return _proof(frames_of(row), proven)

    if seen.sentences:
        rows = [(_tag_severity(each.severity), _said(each.text, each.clause), _proof(each.frames, proven)) for each in seen.sentences]
        yield from _section("What must be known", ("", "Finding", "Frames"), rows, (17 * mm, WIDTH - 45 * mm, 28 * mm))
    fields = [
        (
            _cell(wording.field_label(str(row.get("field")))),
            _cell(row.get("certified")),
            _cell(row.get("observed")),
            _tag(row.get("verdict")),
            proof(row),
        )
        for row in seen.identity
    ]
    yield from _section("Identity", ("Field", "Certified", "Observed", "Verdict", "Frames"), fields, _five())
    profiles = [
        (
            _cell(row.get("profile")),
            _cell(row.get("certified")),
            _cell(wording.shown(row.get("advertised"))),
            _cell(row.get("observed")),
            _tag(row.get("verdict")),
            proof(row),
        )
        for row in seen.profiles
    ]
    widths: tuple[float, ...] = (42 * mm, 20 * mm, 20 * mm, 30 * mm, 32 * mm, WIDTH - 144 * mm)
    yield from _section("Feature profiles", ("Profile", "Certified", "Advertised", "Observed", "Verdict", "Frames"), profiles, widths)
    keys = [
        (_cell(row.get("key")), _cell(row.get("certified")), _cell(row.get("observed")), _tag(row.get("verdict")), proof(row))
        for row in (*seen.configuration, *seen.configuration_matches)
    ]
    if keys or (report.get("device") or {}).get("role") != "CSMS":
        yield from _section("Configuration", ("Key", "Certified", "Observed", "Verdict", "Frames"), keys, _five())
    times = [_time(row, proof(row)) for row in seen.performance]
    widths = (52 * mm, 16 * mm, 20 * mm, 20 * mm, 20 * mm, 12 * mm, WIDTH - 140 * mm)
    yield from _section("Response times", ("Name", "PICS", "Laboratory", "Median", "Longest", "Times", "Verdict"), times, widths)
    cases = [
        (
            _cell(f"{row.get('id')} {case_titles().get(str(row.get('id')), '')}"),
            _tag(row.get("outcome")),
            _cell(row.get("reason")),
            _ends(row, proven),
        )
        for row in seen.cases
    ]
    widths = (50 * mm, 24 * mm, WIDTH - 98 * mm, 24 * mm)
    yield from _section("Test cases", ("Case", "Outcome", "Reason", "Frames"), cases, widths)
    tried = [(_cell(row.get("title")), _tag(row.get("outcome")), _cell(row.get("reason")), _ends(row, proven)) for row in seen.trials]
    if tried:
        yield from _section("Tried beside the test cases", ("What", "Outcome", "Reason", "Frames"), tried, widths)
    left = [(_cell(f"{row.get('id')} {row.get('title') or ''}"), _cell(row.get("reason"))) for row in seen.not_exercised]
    yield from _section("Not exercised", ("Case", "Reason"), left, (70 * mm, WIDTH - 70 * mm))


def _five() -> tuple[float, ...]:
    return (46 * mm, 42 * mm, 42 * mm, 22 * mm, WIDTH - 152 * mm)


def _time(row: Mapping[str, Any], proof: Paragraph) -> tuple[Any, ...]:
    seen = row.get("observed_seconds") or {}
    values = (row.get("pics_seconds"), row.get("laboratory_seconds"), seen.get("median"), seen.get("max"))
    shown = tuple(Paragraph(text(wording.seconds(value) or "-"), _NUMBER) for value in values)
    return (
        _cell(row.get("name")),
        *shown,
        Paragraph(text(seen.get("count") or 0), _NUMBER),
        [_tag(row.get("verdict")), proof],
    )


def _section(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Iterable[Flowable]:
    yield Paragraph(text(name), _HEAD)
    if rows:
        yield _table(head, rows, widths)
    else:
        yield Paragraph("None.", _SMALL)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Table:
    body = [*([[Paragraph(text(cell), _CELL_HEAD) for cell in head]] if head else []), *map(list, rows)]
    table = Table(body, colWidths=list(widths), repeatRows=1 if head else 0)
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    table.setStyle(TableStyle([*style, *([("BACKGROUND", (0, 0), (-1, 0), _SHADE)] if head else [])]))
    return table


def _box(content: list[Flowable]) -> Table:
    table = Table([[content]], colWidths=[WIDTH])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), _SHADE),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    return table


def _cell(value: object) -> Paragraph:
    return Paragraph(text(wording.shown(value)), _BODY)


def _said(sentence: str, clause: str | None) -> Paragraph:
    return Paragraph(text(sentence) + (f' <font size="7" color="#555a61">{text(clause)}</font>' if clause else ""), _BODY)


def _tag(word: object) -> Paragraph:
    return _coloured(word, wording.tone(word))


def _tag_severity(word: object) -> Paragraph:
    return _coloured(word, wording.tone_of_severity(word))


def _coloured(word: object, tone: str) -> Paragraph:
    return Paragraph(text(word), _style("tag", 8, fontName=BOLD, textColor=_TONES.get(tone, colors.black)))


def _proof(frames: Sequence[int], proven: set[int], most: int = 6) -> Paragraph:
    """The numbers of the frames, each leading to where it stands in the sequence."""
    shown = [f'<a href="#frame-{number}" color="#1a4f8b">{number}</a>' if number in proven else str(number) for number in frames[:most]]
    return Paragraph(", ".join(shown) + (" ..." if len(frames) > most else "") or "-", _BODY)


def _ends(row: Mapping[str, Any], proven: set[int]) -> Paragraph:
    frames = frames_of(row)
    return _proof(sorted({frames[0], frames[-1]}), proven) if frames else _proof((), proven)


# --- the frames


def _shown(transcript: Path) -> Iterable[Entry]:
    for number, entry in enumerate(entries(transcript)):
        if number == MOST_FRAMES:
            return
        yield entry


def _sequence(shown: Sequence[Entry]) -> Iterable[Flowable]:
    if not shown:
        return
    yield Paragraph("What went over the wire", _HEAD)
    yield Paragraph(
        "Station on the left, central system on the right. Credentials and idTags were replaced before anything was kept.", _SMALL
    )
    for entry in shown:
        yield _frame(entry)
    if len(shown) == MOST_FRAMES:
        yield Paragraph(f"The first {MOST_FRAMES} records; the transcript has them all.", _SMALL)


def _frame(entry: Entry) -> Flowable:
    anchor = f'<a name="frame-{entry.seq}"/>'
    when = f"{entry.elapsed:.3f} s" if entry.elapsed is not None else entry.timestamp
    if entry.event:
        detail = ", ".join(f"{name} {value}" for name, value in entry.detail)
        return Paragraph(f"{anchor}{entry.seq}  {text(when)}  connection {text(entry.event)} {text(detail[:300])}", _SMALL)
    arrow = "station &gt; CSMS" if entry.from_station else "CSMS &gt; station"
    payload = (
        entry.payload
        if len(entry.payload) <= LONGEST_PAYLOAD
        else entry.payload[:LONGEST_PAYLOAD] + " ... (cut; the transcript has it whole)"
    )
    content = [
        Paragraph(f'{anchor}<b>{text(entry.title)}</b> <font size="7" color="#555a61">{entry.seq}, {text(when)}, {arrow}</font>', _BODY),
        *([Paragraph(_mono(payload), _MONO)] if entry.payload not in {"", "{}"} else []),
    ]
    lane = WIDTH * 0.62
    table = Table(
        [[content, ""]] if entry.from_station else [["", content]],
        colWidths=[lane, WIDTH - lane] if entry.from_station else [WIDTH - lane, lane],
    )
    column = 0 if entry.from_station else 1
    table.setStyle(
        TableStyle(
            [
                ("BOX", (column, 0), (column, 0), 0.4, _LINE),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _mono(payload: str) -> str:
    """JSON with its lines and indents kept; outside Latin-1 by code, as JSON itself would write it."""
    safe = "".join(c if ord(c) < 256 else f"\\u{ord(c):04x}" for c in payload)
    return "<br/>".join(escape(line).replace("  ", "&nbsp; ") for line in safe.splitlines())
