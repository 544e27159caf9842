"""The corpus: certificates in many unlike layouts, by unlike producers, as scans and as text, each with its truth.

The truth is what was to be printed; the parser has no part in it. Documents are made once and kept in the temporary directory,
under a name made from the sources of this package.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pypdf import PdfReader, PdfWriter

from registry.certificates.facts import CertificateFacts
from tests.corpus import chromium, drawn, fpdf, platypus
from tests.corpus.content import annex, blocks, cover
from tests.corpus.drawn import Order
from tests.corpus.facts import Sheet, sheets
from tests.corpus.look import Look
from tests.corpus.scans import scan
from tests.ingest.certificates import Certificate
from tests.ingest.renderings import corpus as renderings
from tests.ingest.typesetting import STYLES

Medium = Literal["text layer", "scan 300", "scan 200", "scan 150", "rendering", "hard rendering"]
Producer = Literal["reportlab", "fpdf2", "chromium", "drawn", "merged"]

_FROM = "Page {page} from {pages}"
_OF = "Page {page} of {pages}"

FAMILIES: tuple[tuple[Producer, Look, Order], ...] = (
    ("reportlab", Look("full rules", merged=True, footer=_FROM), "lines"),
    ("reportlab", Look("half rules", font="Times-Roman", rules="half", picture=True), "lines"),
    ("reportlab", Look("no rules", font="Vera", size=8, rules="none", footer=_OF), "lines"),
    ("reportlab", Look("wrapped cells", narrow=0.72, merged=True, pairs="table"), "lines"),
    ("reportlab", Look("broken tables", size=11, padding=6, merged=True, footer=_FROM), "lines"),
    ("reportlab", Look("broken, header once", size=10.5, padding=7, rules="half", repeat=False, footer=_FROM), "lines"),
    ("reportlab", Look("landscape", landscape=True, font="Times-Roman", rules="half", pairs="far"), "lines"),
    ("reportlab", Look("small type", size=5.5, padding=1, rules="none", pairs="table", columns=2), "lines"),
    ("reportlab", Look("stamped", merged=True, stamp=True, picture=True, footer=_FROM), "lines"),
    ("fpdf2", Look("boxes by fpdf2", size=8.5, merged=True, footer=_OF, picture=True), "lines"),
    ("fpdf2", Look("lines by fpdf2", size=9, rules="half", pairs="below", footer="- {page} -"), "lines"),
    ("fpdf2", Look("bare by fpdf2", size=8, rules="none", pairs="table", narrow=0.9), "lines"),
    ("fpdf2", Look("wide by fpdf2", size=9, landscape=True, padding=5, merged=True, columns=2, footer=_FROM), "lines"),
    ("chromium", Look("web boxes", font="sans-serif", size=9, merged=True, footer=_FROM, picture=True), "lines"),
    (
        "chromium",
        Look("web shaded", font="serif", size=9.5, rules="none", pairs="far", css="tr:nth-child(even){background:#eef}"),
        "lines",
    ),
    ("chromium", Look("web small", font="sans-serif", size=6.5, rules="half", pairs="below", stamp=True, footer=_OF), "lines"),
    ("chromium", Look("web columns", font="sans-serif", size=7, css=".annex{columns:2;column-gap:24px}"), "lines"),
    (
        "chromium",
        Look("web narrow", font="monospace", size=8, merged=True, pairs="table", landscape=True),
        "lines",
    ),
    ("drawn", Look("letters apart", merged=True, footer=_FROM), "letters"),
    ("drawn", Look("letters, no rules", font="Times-Roman", rules="none", footer=_OF), "letters"),
    ("drawn", Look("out of order", merged=True, picture=True), "shuffled"),
    ("drawn", Look("out of order, no rules", rules="none", pairs="far"), "shuffled"),
    ("drawn", Look("column by column", rules="half", pairs="beside", footer=_FROM), "columns"),
    ("drawn", Look("two columns", size=7.5, rules="none", columns=2, pairs="below"), "words"),
    ("merged", Look("merged files", font="Helvetica", size=9, merged=True, footer=_FROM), "lines"),
)
EACH, EACH_QUICK = 6, 2
_SCANS: tuple[tuple[int, int], ...] = ((300, 8), (200, 8), (150, 6))


@dataclass(frozen=True)
class Document:
    """A document of the corpus. `printed` is what the findings depend on beyond the truth: the print of durations and hardware."""

    name: str
    family: str
    producer: str
    medium: Medium
    path: Path
    truth: CertificateFacts
    printed: str


def _printed(certificate: Certificate) -> str:
    return "\n".join([*certificate.pics, *certificate.hardware.values()])


def _merged(sheet: Sheet, look: Look) -> bytes:
    """The cover of one producer and the annex of another in one file."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(platypus.render(list(cover(sheet)), look))))
    writer.append(PdfReader(io.BytesIO(fpdf.render(list(annex(sheet)), replace(look, footer="")))))
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _rendered(sheet: Sheet, producer: Producer, look: Look, order: Order, press: chromium.Press) -> bytes:
    if producer == "chromium":
        return press.render(blocks(sheet), look)
    if producer == "fpdf2":
        return fpdf.render(blocks(sheet), look)
    if producer == "drawn":
        return drawn.render(blocks(sheet), look, order)
    if producer == "merged":
        return _merged(sheet, look)
    return platypus.render(blocks(sheet), look)


def _chosen(offset: int, count: int) -> list[Sheet]:
    """Some certificates, other ones for each family, in the end every one."""
    known = sheets()
    return [known[(offset * 11 + step * 17) % len(known)] for step in range(count)]


def _directory(quick: bool) -> Path:
    sources = [
        *(path for path in Path(__file__).parent.glob("*.py") if path.stem != "hostile"),
        *(Path(__file__).parents[1] / "ingest").glob("[crt]*s.py"),
    ]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"certificate-corpus-{state}-{'quick' if quick else 'full'}"


def _kept(directory: Path, name: str) -> Path:
    return directory / f"{name.replace(' ', '-').replace(',', '')}.pdf"


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _with_text_layer(directory: Path, each: int) -> Iterator[Document]:
    with chromium.press() as press:
        for place, (producer, look, order) in enumerate(FAMILIES):
            for sheet in _chosen(place, each):
                facts = sheet.certificate.facts
                name = f"{look.family}-{facts.number}"
                path = _kept(directory, name)
                if not path.exists():
                    _write(path, _rendered(sheet, producer, look, order, press))
                yield Document(name, look.family, producer, "text layer", path, facts, _printed(sheet.certificate))


_SCAN_MEDIA: dict[int, Medium] = {300: "scan 300", 200: "scan 200", 150: "scan 150"}
_SCAN_LOOKS = (
    Look("scan of full rules", merged=True, footer=_FROM, picture=True),
    Look("scan of half rules", font="Times-Roman", size=10.5, rules="half"),
    Look("scan of no rules", font="Vera", size=8.5, rules="none", footer=_OF),
)


def _scans(directory: Path, each: tuple[tuple[int, int], ...]) -> Iterator[Document]:
    for dpi, count in each:
        for place, sheet in enumerate(_chosen(40 + dpi // 50, count)):
            look = _SCAN_LOOKS[place % len(_SCAN_LOOKS)]
            facts = sheet.certificate.facts
            name = f"{look.family}-{dpi}-{facts.number}"
            path = _kept(directory, name)
            if not path.exists():
                _write(path, scan(platypus.render(blocks(sheet), look), dpi, name))
            yield Document(name, look.family, "scanner", _SCAN_MEDIA[dpi], path, facts, _printed(sheet.certificate))


def _texts(directory: Path, quick: bool) -> Iterator[Document]:
    hard = {style.name: style.hard for style in STYLES}
    for document in renderings()[:: 40 if quick else 3]:
        path = directory / f"{document.name}.txt"
        if not path.exists():
            _write(path, document.data)
        medium: Medium = "hard rendering" if hard[document.style] else "rendering"
        text = document.data.decode("utf-8-sig")
        yield Document(document.name, f"text: {document.style}", "text", medium, path, document.truth, text)


def corpus(*, quick: bool = False) -> list[Document]:
    """Every document with its truth; `quick` gives a sample of each family. Takes a minute the first time."""
    directory = _directory(quick)
    directory.mkdir(parents=True, exist_ok=True)
    found = list(_with_text_layer(directory, EACH_QUICK if quick else EACH))
    found += _scans(directory, ((300, 2), (200, 2)) if quick else _SCANS)
    return found + list(_texts(directory, quick))
