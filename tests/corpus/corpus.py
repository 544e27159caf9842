"""The corpus: certificates in many unlike layouts, by unlike producers, as scans and as text, each with its truth.

The truth is what was to be printed; the parser has no part in it. Documents are made once and kept in the temporary directory,
under a name made from the sources of this package.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pypdf import PdfReader, PdfWriter

from registry.certificates.facts import CertificateFacts
from tests.corpus import chromium, drawn, fpdf, platypus
from tests.corpus.content import annex, blocks, cover
from tests.corpus.facts import Sheet, sheets
from tests.corpus.families import STRANGE, UNLIKE, USUAL, Family
from tests.corpus.look import Look
from tests.corpus.scans import scan
from tests.ingest.certificates import Certificate
from tests.ingest.renderings import corpus as renderings
from tests.ingest.typesetting import STYLES

Medium = Literal["text layer", "doubtful on purpose", "scan 300", "scan 200", "scan 150", "poor scan", "rendering", "hard rendering"]

EACH, EACH_QUICK = 6, 1
EACH_STRANGE, EACH_STRANGE_QUICK = 4, 1
_SCANS: tuple[tuple[int, int], ...] = ((300, 12), (200, 12), (150, 6))
_SCANS_QUICK: tuple[tuple[int, int], ...] = ((300, 1),)
"""A scan takes as long as fifty other documents. At 200 dots an inch one of the poor ones is read in a sample too."""


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


def _rendered(sheet: Sheet, family: Family, press: chromium.Press) -> bytes:
    look, order = family.look, family.order
    if family.producer == "merged":
        return _merged(sheet, look)
    content = blocks(sheet)
    for twist in family.twists:
        content = twist(content)
    if family.producer == "chromium":
        data = press.render(content, look, family.web.page) if family.web else press.render(content, look)
    elif family.paper:
        data = family.paper.render(content, look)
    elif family.producer == "fpdf2":
        data = fpdf.render(content, look)
    elif family.producer == "drawn":
        data = drawn.render(content, look, order)
    else:
        data = platypus.render(content, look)
    for finish in family.finishes:
        data = finish(data)
    return data


def _chosen(offset: int, count: int) -> list[Sheet]:
    """Some certificates, other ones for each family, in the end every one."""
    known = sheets()
    return [known[(offset * 11 + step * 17) % len(known)] for step in range(count)]


def _directory(quick: bool) -> Path:
    sources = [
        *(path for path in Path(__file__).parent.glob("*.py") if path.stem != "hostile"),
        *(Path(__file__).parents[1] / "ingest" / f"{name}.py" for name in ("certificates", "renderings", "typesetting")),
    ]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"certificate-corpus-{state}-{'quick' if quick else 'full'}"


def _kept(directory: Path, name: str) -> Path:
    return directory / f"{name.replace(' ', '-').replace(',', '')}.pdf"


def _write(path: Path, data: bytes) -> None:
    # Its own for each process: several may make the corpus at once.
    part = path.with_suffix(f".part{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


def _with_text_layer(directory: Path, quick: bool) -> Iterator[Document]:
    each = [(family, EACH_QUICK if quick else EACH) for family in USUAL]
    each += [(family, EACH_STRANGE_QUICK if quick else EACH_STRANGE) for family in (*STRANGE, *UNLIKE)]
    with chromium.press() as press:
        for place, (family, count) in enumerate(each):
            for sheet in _chosen(place, count):
                facts, name = sheet.certificate.facts, family.look.family
                path = _kept(directory, f"{name}-{facts.number}")
                if not path.exists():
                    _write(path, _rendered(sheet, family, press))
                yield Document(f"{name}-{facts.number}", name, family.producer, family.medium, path, facts, _printed(sheet.certificate))


_SCAN_MEDIA: dict[int, Medium] = {300: "scan 300", 200: "scan 200", 150: "scan 150"}
_SCAN_LOOKS = (
    Look("scan of full rules", merged=True, footer="Page {page} from {pages}", picture=True),
    Look("scan of half rules", font="Times-Roman", size=10.5, rules="half"),
    Look("scan of no rules", font="Vera", size=8.5, rules="none", footer="Page {page} of {pages}"),
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


_POOR_SCANS = (
    ("blurred", 200, 1, "W01.OCA.0016.9003.CS"),
    ("", 200, 1, "OCA.0201.9507.CSMS"),
    ("faxed", 200, 0, "OCA.0016.9052.CSMS"),
    ("marked", 200, 2, "OCA.0016.9047.CSMS"),
)
"""What was misread once: fault, dots an inch, look, certificate. The second has a name with accents."""


def _poor_scans(directory: Path, count: int) -> Iterator[Document]:
    known = {str(sheet.certificate.facts.number): sheet for sheet in sheets()}
    for fault, dpi, place, number in _POOR_SCANS[:count]:
        sheet, look = known[number], _SCAN_LOOKS[place]
        family = f"{fault or 'accented'} {look.family}"
        path = _kept(directory, f"{family}-{number}")
        if not path.exists():
            _write(path, scan(platypus.render(blocks(sheet), look), dpi, path.stem, fault))
        yield Document(path.stem, family, "scanner", "poor scan", path, sheet.certificate.facts, _printed(sheet.certificate))


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
    found = list(_with_text_layer(directory, quick))
    found += _scans(directory, _SCANS_QUICK if quick else _SCANS)
    found += _poor_scans(directory, 1 if quick else len(_POOR_SCANS))
    return found + list(_texts(directory, quick))
