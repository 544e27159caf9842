"""What the registry knows of a certificate, on paper and in a signed archive: each value with where it was read, and what disagrees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from registry import wording
from registry.badges.drawing import Badge
from registry.certificates.facts import FieldState, Provenance
from registry.certificates.past import past
from registry.certificates.paths import values
from registry.certificates.presentation import beside_list
from registry.certificates.queries import CertificateView
from registry.evidence.bundle import make
from registry.evidence.setting import (
    BODY,
    BOLD,
    CELL_HEAD,
    SMALL,
    TITLE,
    TONES,
    WIDTH,
    boxed,
    cell,
    grid,
    section,
    severity_tag,
    style,
    text,
    written,
)
from registry.evidence.signing import Signer

KIND = "certificate"
README = """This archive holds what an OCPP registry knows of one certificate.

certificate.json  what it says, where each value was read, what disagrees, and what happened to it
certificate.pdf   the same, for reading
document.txt      the text of the document, names of people withheld; the original is known by its SHA-256
manifest.json     every file with its SHA-256; manifest.sig is the Ed25519 signature of exactly these bytes

To check it, without any network:      ocpp-registry verify FILE
"""


def certificate_paper(view: CertificateView, badge: Badge, made: datetime) -> bytes:
    """The certificate as a PDF. `badge` says how it stands, `made` is the moment of which all of it holds."""
    return written(badge.name, f"{badge.name}, as the registry knew it on {wording.moment(made)}", _story(view, badge, made))


def certificate_bundle(view: CertificateView, badge: Badge, document: dict[str, Any], signer: Signer, made: datetime) -> bytes:
    """The same in a signed archive. `document` is the certificate's JSON."""
    files = {
        "README.txt": README.encode(),
        "certificate.json": (json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8", "replace"),
        "certificate.pdf": certificate_paper(view, badge, made),
    }
    if view.document is not None:
        files["document.txt"] = view.document.public_text.encode("utf-8", "replace")
    about = {
        "certificate": view.entry.number,
        "revision": view.entry.revision,
        "state": badge.state,
        "document": view.document.sha256 if view.document is not None else None,
    }
    return make(KIND, about, files, signer, made, version("ocpp-registry"))


def _story(view: CertificateView, badge: Badge, made: datetime) -> Iterable[Flowable]:
    entry = view.entry
    yield Paragraph(text(entry.designation or badge.name), TITLE)
    subject = ", ".join(part for part in (entry.holder, badge.name, entry.protocol, entry.software_version) if part)
    yield Paragraph(text(subject), style("sub", 11))
    yield Spacer(1, 6)
    state = style("verdict", 13, fontName=BOLD, textColor=TONES.get(badge.tone, colors.black))
    yield boxed([Paragraph(text(badge.state.capitalize()), state), Paragraph(text(wording.sentence(badge.told)), BODY)])
    yield Spacer(1, 6)
    shown = view.document
    rows: list[tuple[str, object]] = [("Known on", wording.moment(made))]
    if shown is not None:
        rows += [
            ("Document, SHA-256", shown.sha256),
            ("Received", f"{wording.moment(shown.received_at)}, as {shown.name}"),
            ("Read by", f"parser {view.parser_version}, {wording.moment(view.read_at)}"),
        ]
    yield grid((), [(Paragraph(text(name), CELL_HEAD), Paragraph(text(value), BODY)) for name, value in rows], (40 * mm, WIDTH - 40 * mm))
    yield from _findings(view)
    yield from _values(view)
    yield from _corrections(view)
    yield from _list(view)
    happened = [(cell(wording.moment(one.at)), cell(wording.sentence(one.sentence))) for one in past(view.events)]
    yield from section("History", ("When", "What"), happened, (48 * mm, WIDTH - 48 * mm))
    yield Paragraph(
        "This paper says what a registry read from the certificate and from the list of the Open Charge Alliance. It is not the "
        "certificate. Names of people are withheld. The archive that it can be had in is signed.",
        SMALL,
    )


def _findings(view: CertificateView) -> Iterable[Flowable]:
    rows = [(severity_tag(one.severity), cell(one.message), _plain(_labels(one.fields))) for one in view.all_findings]
    yield from section("What does not agree", ("", "Finding", "Fields"), rows, (17 * mm, WIDTH - 62 * mm, 45 * mm))


def _values(view: CertificateView) -> Iterable[Flowable]:
    """Every value in the order of the print, by its tables: the value, its state where there is none, and where it was read."""
    if view.facts is None:
        return
    groups: dict[str, list[Sequence[Any]]] = {}
    for path, value in values(view.facts).items():
        table = path.partition(".")[0] if "." in path else ""
        place = view.provenance.get(path)
        name = wording.field_label(path) if not table or table == "performance" else path.partition(".")[2]
        groups.setdefault(table, []).append(
            (cell(name), cell(_said(value, place)), _plain(_where(place)), _plain(place.rule if place else ""))
        )
    headings = {
        "": "What it says",
        "profiles": "Feature profiles",
        "performance": "Times, in seconds",
        "hardware": "Hardware",
        "limits": "Limits and settings outside OCPP",
        "configuration_keys": "Configuration in the test",
        "features": "Features",
    }
    for table, rows in groups.items():
        head = ("Field", "Value", "Where", "Rule")
        yield from section(headings.get(table, table), head, rows, (58 * mm, WIDTH - 116 * mm, 26 * mm, 32 * mm))


def _corrections(view: CertificateView) -> Iterable[Flowable]:
    rows = [
        (cell(wording.field_label(path)), cell(one.read_value), cell(one.value), cell(wording.day(one.at.date())), cell(one.reason))
        for path, one in view.corrected.items()
    ]
    if rows:
        head = ("Field", "Was read", "Holds", "Since", "Reason")
        yield from section("Corrected by people", head, rows, (40 * mm, 32 * mm, 32 * mm, 26 * mm, WIDTH - 130 * mm))


def _list(view: CertificateView) -> Iterable[Flowable]:
    for item in view.listed:
        compared = beside_list(view.facts, item.row, view.findings.get("listing", ()))
        rows = [
            (cell(one.label), _plain(one.document or ""), _plain(one.listed or ""), _plain("differs" if one.differs else ""))
            for one in compared
        ]
        standing = "holds" if item.current else "held, and has it no more"
        name = f"The list of the Open Charge Alliance, of {wording.day(item.imported_at.date())}, which {standing}"
        yield from section(name, ("Field", "Document", "List", ""), rows, (36 * mm, 58 * mm, WIDTH - 112 * mm, 18 * mm))


def _said(value: object, place: Provenance | None) -> str:
    if value is not None:
        return str(value)
    return str(wording.STATE_WORDS.get(place.state if place else FieldState.ABSENT, "no value"))


def _plain(words: str) -> Paragraph:
    """Words, or a cell without any: what has no place was not read anywhere."""
    return Paragraph(text(words), BODY)


def _where(place: Provenance | None) -> str:
    if place is None or (place.page is None and place.line is None):
        return ""
    return ", ".join(f"{name} {number}" for name, number in (("page", place.page), ("line", place.line)) if number is not None)


def _labels(fields: Sequence[str]) -> str:
    return ", ".join(wording.field_label(one) for one in fields)
