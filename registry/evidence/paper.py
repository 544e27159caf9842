"""An audit report on paper, in the order of a certificate's abstract: who, what was certified and what was observed, the frames.

Every line names the frames that prove it and leads to them: they stand at the end as a sequence, the station left, the CSMS right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from registry import wording
from registry.audits.report import ReportView, case_titles, frames_of, view
from registry.audits.transcript import Entry, entries
from registry.evidence.setting import (
    BODY,
    BOLD,
    CELL_HEAD,
    HEAD,
    LINE,
    MONO,
    NUMBER,
    SMALL,
    TITLE,
    TONES,
    WIDTH,
    boxed,
    cell,
    grid,
    said,
    section,
    severity_tag,
    style,
    tag,
    text,
    written,
)

MOST_FRAMES = 2000
"""More frames than that are left to the transcript: nobody reads them on paper."""

LONGEST_PAYLOAD = 600


def paper(report: Mapping[str, Any], transcript: Path | None) -> bytes:
    """The report as a PDF. `transcript` is its file; None leaves the frames out."""
    run, device = report.get("audit") or {}, report.get("device") or {}
    title = f"Audit of {device.get('id')} against {run.get('certificate')}"
    shown = list(_shown(transcript)) if transcript else []
    proven = {entry.seq for entry in shown}
    return written(title, f"{title}, {run.get('ended') or ''}", [*_front(report), *_tables(report, proven), *_sequence(shown)])


def _front(report: Mapping[str, Any]) -> Iterable[Flowable]:
    seen = view(report)
    run, device = report.get("audit") or {}, report.get("device") or {}
    reported = device.get("reported") or {}
    yield Paragraph("Audit report", TITLE)
    yield Paragraph(text(f"{device.get('id')} against certificate {run.get('certificate')}"), style("sub", 11))
    yield Spacer(1, 6)
    verdict = style("verdict", 13, fontName=BOLD, textColor=TONES.get(seen.tone, colors.black))
    yield boxed([Paragraph(text(seen.title), verdict), Paragraph(text(seen.meaning), BODY)])
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
    yield grid(
        (),
        [(Paragraph(text(name), CELL_HEAD), Paragraph(text(value), BODY)) for name, value in rows if value],
        (40 * mm, WIDTH - 40 * mm),
    )
    for line in seen.notes:
        yield Paragraph(text(line), SMALL)


def _tables(report: Mapping[str, Any], proven: set[int]) -> Iterable[Flowable]:
    seen = view(report)

    def proof(row: Mapping[str, Any]) -> Paragraph:
        return _proof(frames_of(row), proven)

    if seen.sentences:
        rows = [(severity_tag(each.severity), said(each.text, each.clause), _proof(each.frames, proven)) for each in seen.sentences]
        yield from section("What must be known", ("", "Finding", "Frames"), rows, (17 * mm, WIDTH - 45 * mm, 28 * mm))
    fields = [
        (
            cell(wording.field_label(str(row.get("field")))),
            cell(row.get("certified")),
            cell(row.get("observed")),
            tag(row.get("verdict")),
            proof(row),
        )
        for row in seen.identity
    ]
    yield from section("Identity", ("Field", "Certified", "Observed", "Verdict", "Frames"), fields, _five())
    profiles = [
        (
            cell(row.get("profile")),
            cell(row.get("certified")),
            cell(wording.shown(row.get("advertised"))),
            cell(row.get("observed")),
            tag(row.get("verdict")),
            proof(row),
        )
        for row in seen.profiles
    ]
    widths: tuple[float, ...] = (42 * mm, 20 * mm, 20 * mm, 30 * mm, 32 * mm, WIDTH - 144 * mm)
    yield from section("Feature profiles", ("Profile", "Certified", "Advertised", "Observed", "Verdict", "Frames"), profiles, widths)
    keys = [
        (cell(row.get("key")), cell(row.get("certified")), cell(row.get("observed")), tag(row.get("verdict")), proof(row))
        for row in (*seen.configuration, *seen.configuration_matches)
    ]
    if keys or (report.get("device") or {}).get("role") != "CSMS":
        yield from section("Configuration", ("Key", "Certified", "Observed", "Verdict", "Frames"), keys, _five())
    times = [_time(row, proof(row)) for row in seen.performance]
    widths = (52 * mm, 16 * mm, 20 * mm, 20 * mm, 20 * mm, 12 * mm, WIDTH - 140 * mm)
    yield from section("Response times", ("Name", "PICS", "Laboratory", "Median", "Longest", "Times", "Verdict"), times, widths)
    yield from _case_tables(seen, proven)


def _case_tables(seen: ReportView, proven: set[int]) -> Iterable[Flowable]:
    """What was carried out, and what was not."""
    cases = [
        (
            cell(f"{row.get('id')} {case_titles().get(str(row.get('id')), '')}"),
            tag(row.get("outcome")),
            cell(row.get("reason")),
            _ends(row, proven),
        )
        for row in seen.cases
    ]
    widths = (50 * mm, 24 * mm, WIDTH - 98 * mm, 24 * mm)
    yield from section("Test cases", ("Case", "Outcome", "Reason", "Frames"), cases, widths)
    tried = [(cell(row.get("title")), tag(row.get("outcome")), cell(row.get("reason")), _ends(row, proven)) for row in seen.trials]
    if tried:
        yield from section("Tried beside the test cases", ("What", "Outcome", "Reason", "Frames"), tried, widths)
    left = [(cell(f"{row.get('id')} {row.get('title') or ''}"), cell(row.get("reason"))) for row in seen.not_exercised]
    yield from section("Not exercised", ("Case", "Reason"), left, (70 * mm, WIDTH - 70 * mm))


def _five() -> tuple[float, ...]:
    return (46 * mm, 42 * mm, 42 * mm, 22 * mm, WIDTH - 152 * mm)


def _time(row: Mapping[str, Any], proof: Paragraph) -> tuple[Any, ...]:
    seen = row.get("observed_seconds") or {}
    values = (row.get("pics_seconds"), row.get("laboratory_seconds"), seen.get("median"), seen.get("max"))
    shown = tuple(Paragraph(text(wording.seconds(value) or "-"), NUMBER) for value in values)
    return (
        cell(row.get("name")),
        *shown,
        Paragraph(text(seen.get("count") or 0), NUMBER),
        [tag(row.get("verdict")), proof],
    )


def _proof(frames: Sequence[int], proven: set[int], most: int = 6) -> Paragraph:
    """The numbers of the frames, each leading to where it stands in the sequence."""
    shown = [f'<a href="#frame-{number}" color="#1a4f8b">{number}</a>' if number in proven else str(number) for number in frames[:most]]
    return Paragraph(", ".join(shown) + (" ..." if len(frames) > most else "") or "-", BODY)


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
    yield Paragraph("What went over the wire", HEAD)
    yield Paragraph(
        "Station on the left, central system on the right. Credentials and idTags were replaced before anything was kept.", SMALL
    )
    for entry in shown:
        yield _frame(entry)
    if len(shown) == MOST_FRAMES:
        yield Paragraph(f"The first {MOST_FRAMES} records; the transcript has them all.", SMALL)


def _frame(entry: Entry) -> Flowable:
    anchor = f'<a name="frame-{entry.seq}"/>'
    when = f"{entry.elapsed:.3f} s" if entry.elapsed is not None else entry.timestamp
    if entry.event:
        detail = ", ".join(f"{name} {value}" for name, value in entry.detail)
        return Paragraph(f"{anchor}{entry.seq}  {text(when)}  connection {text(entry.event)} {text(detail[:300])}", SMALL)
    arrow = "station &gt; CSMS" if entry.from_station else "CSMS &gt; station"
    payload = (
        entry.payload
        if len(entry.payload) <= LONGEST_PAYLOAD
        else entry.payload[:LONGEST_PAYLOAD] + " ... (cut; the transcript has it whole)"
    )
    content = [
        Paragraph(f'{anchor}<b>{text(entry.title)}</b> <font size="7" color="#555a61">{entry.seq}, {text(when)}, {arrow}</font>', BODY),
        *([Paragraph(_mono(payload), MONO)] if entry.payload not in {"", "{}"} else []),
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
                ("BOX", (column, 0), (column, 0), 0.4, LINE),
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
