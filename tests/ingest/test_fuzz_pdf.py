"""PDFs with bytes changed, lost and doubled, and with broken page contents: no crash, no hang, bounded memory.

A mutated document may be read, refused as unreadable or as no certificate, and nothing else. Mutations below the packing reach what
mutations of the file cannot: operators, places, character codes.
"""

from __future__ import annotations

import contextlib
import io
import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from ingest.parse import parse_document
from registry.errors import NotACertificate, UnreadableDocument
from tests.corpus import fpdf, hostile
from tests.corpus.content import cover
from tests.corpus.facts import sheets
from tests.corpus.look import Look
from tests.ingest.bounded import parse_bounded
from tests.sampling import sampled

SHEET = sheets()[0]
COVER = list(cover(SHEET))
SMALL = {"reportlab": hostile.first_pages(hostile.certificate(SHEET)), "fpdf2": fpdf.render(COVER, Look("fuzz", merged=True))}
Mutation = Callable[[bytes, random.Random], bytes]
_NUMBER = re.compile(rb"\d+")


def of_bytes(data: bytes, dice: random.Random) -> bytes:
    """Up to eight places changed: a byte replaced, a run lost, a run doubled, a run of noise, a number made large."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        place, length = dice.randrange(len(changed)), dice.choice([1, 1, 4, 60, 400])
        kind = dice.randrange(5)
        if kind == 0:
            changed[place] = dice.randrange(256)
        elif kind == 1:
            del changed[place : place + length]
        elif kind == 2:
            changed[place:place] = changed[place : place + length]
        elif kind == 3:
            changed[place : place + length] = dice.randbytes(length)
        else:
            match = _NUMBER.search(changed, place)
            if match:
                changed[match.start() : match.end()] = dice.choice([b"-1", b"0", b"99999999999", b"2147483648", b"1e400"])
    return bytes(changed)


def of_contents(data: bytes, dice: random.Random) -> bytes:
    """The same within the unpacked contents of the pages and the character maps, packed again."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    for page in writer.pages:
        contents = page.get_contents()
        if contents is not None:
            stream = DecodedStreamObject()
            stream.set_data(of_bytes(contents.get_data(), dice))
            page[NameObject("/Contents")] = stream.flate_encode()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def of_packing(data: bytes, dice: random.Random) -> bytes:
    """Packed streams cut off, or with noise after a good beginning."""
    parts = re.split(rb"(?<=stream\n)", data)
    place = dice.randrange(1, len(parts)) if len(parts) > 1 else 0
    cut = dice.randrange(1, max(len(parts[place]), 2))
    parts[place] = parts[place][:cut] + zlib.compress(dice.randbytes(50)) + parts[place][cut + 50 :]
    return b"".join(parts)


@pytest.mark.parametrize("seeds", sampled([range(4), range(4, 10)], 2))
@pytest.mark.parametrize("mutation", [of_bytes, of_contents, of_packing])
def test_mutated_documents_are_read_or_refused_within_bounds(mutation: Mutation, seeds: range, tmp_path: Path) -> None:
    files = []
    for name, data in SMALL.items():
        for seed in seeds:
            files.append(tmp_path / f"{name}-{seed}.pdf")
            files[-1].write_bytes(mutation(data, random.Random(f"{name}/{seed}")))
    fates = parse_bounded(files)
    assert len(fates) == len(files)
    assert not [fate for fate in fates if fate.outcome == "crashed"]
    assert not [fate for fate in fates if "\n" in fate.message]
    assert max(fate.seconds for fate in fates) < 30
    assert max(fate.mebibytes for fate in fates) < 600


def test_memory_does_not_grow_with_documents(tmp_path: Path) -> None:
    """The same document thirty times takes what it takes ten times."""
    path = tmp_path / "again.pdf"
    path.write_bytes(SMALL["fpdf2"])
    fates = parse_bounded([path] * 30)
    assert fates[-1].mebibytes < fates[9].mebibytes + 15


@pytest.mark.parametrize("examples", sampled([15, 100], 2))
def test_bytes_put_anywhere_are_no_crash(examples: int) -> None:
    """An example takes as long as a whole document: a few in each run, beside the mutations above, and many by the long tests."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.binary(max_size=400), place=st.floats(0, 1), name=st.sampled_from(sorted(SMALL)))
    def is_no_crash(data: bytes, place: float, name: str) -> None:
        whole = SMALL[name]
        at = int(place * len(whole))
        with contextlib.suppress(NotACertificate, UnreadableDocument):
            assert parse_document(whole[:at] + data + whole[at + len(data) :], "mutated.pdf").document.pages

    is_no_crash()


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_after_the_mark_of_a_pdf_are_refused(data: bytes) -> None:
    with pytest.raises((NotACertificate, UnreadableDocument)) as caught:
        parse_document(b"%PDF-1.7\n" + data, "noise.pdf")
    assert "\n" not in str(caught.value)
