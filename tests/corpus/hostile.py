"""Documents that must not be taken for a certificate, or must do no harm: each as somebody might send it."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.corpus import fpdf, platypus
from tests.corpus.content import Block, Heading, Pairs, Table, Text, blocks
from tests.corpus.facts import Sheet
from tests.corpus.look import Look

_LOOK = Look("hostile", merged=True)


def certificate(sheet: Sheet, look: Look = _LOOK) -> bytes:
    """A whole certificate, as the start of most other documents."""
    return platypus.render(blocks(sheet), look)


def invoice() -> bytes:
    """An invoice over charging stations."""
    rows = (("AC charger 22 kW, OCPP 1.6", "2", "1,940.00"), ("Commissioning", "1", "300.00"))
    content: list[Block] = [
        Heading("Invoice 2024-117", 0),
        Pairs((("Bill to:", "Example Charging Operators"), ("Vendor name:", "Example Hardware"), ("Date:", "January 18, 2024"))),
        Table(rows, (0.6, 0.2, 0.2), ("Item", "Quantity", "Price")),
        Text("Total 2,240.00. Payable within 30 days."),
    ]
    return platypus.render(content, _LOOK)


def datasheet() -> bytes:
    """A datasheet that names OCPP, a certificate number and the profiles."""
    content: list[Block] = [
        Heading("AC7-22K wall box: OCPP 1.6 Full Certificate", 0),
        Pairs(
            (
                ("Product type:", "Charging Station"),
                ("Certificate number:", "OCA.0016.9900.CS"),
                ("OCPP Software version:", "V2.1"),
                ("Communication:", "JSON over WebSocket"),
            )
        ),
        Table((("Fixed cable", "Yes"), ("RFID readers", "Single")), (0.5, 0.5), ("Feature", "Configuration"), "Hardware feature set"),
        Table((("Core", "Yes"), ("Smart Charging", "Yes")), (0.5, 0.5), ("Feature profile", "Supported")),
        Text("Certified by the Open Charge Alliance. See the OCPP 1.6 Full Certificate on our site."),
    ]
    return platypus.render(content, _LOOK)


def joined(*documents: bytes) -> bytes:
    """Several documents in one file."""
    writer = PdfWriter()
    for document in documents:
        writer.append(PdfReader(io.BytesIO(document)))
    return _written(writer)


def encrypted(document: bytes, password: str) -> bytes:
    """Needs the password before it can be opened."""
    writer = PdfWriter(clone_from=io.BytesIO(document))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    return _written(writer)


def active(document: bytes) -> bytes:
    """Runs a script when opened, and carries a file."""
    writer = PdfWriter(clone_from=io.BytesIO(document))
    writer.add_open_action(JavaScript("app.alert('hello');"))
    writer.add_attachment("prices.csv", b"item,price\n")
    return _written(writer)


def long(pages: int) -> bytes:
    """A book."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for number in range(pages):
        for line in range(40):
            canvas.drawString(60, 780 - 18 * line, f"Page {number + 1}, line {line}: the certificate holder and the certificate number.")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _objects(parts: list[bytes]) -> bytes:
    """A PDF of the numbered objects, the first being the catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(parts) + 1, len(data)
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        start,
    )


def _page_of(stream: bytes, filters: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    contents = b"<</Length %d/Filter%s>>stream\n%s\nendstream" % (len(stream), filters, stream)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    return _objects([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, contents, font])


def _packed(line: bytes, size: int) -> bytes:
    """The line again and again up to the size, packed without ever being whole in memory."""
    worker = zlib.compressobj(9)
    part = line * (1_000_000 // len(line))
    packed = [worker.compress(part) for _ in range(size // len(part))]
    return b"".join(packed) + worker.flush()


def bomb(size: int) -> bytes:
    """A page whose contents are `size` bytes of operators when unpacked, a thousandth of it as a file."""
    return _page_of(_packed(b"BT /F1 9 Tf 60 700 Td (OCPP 1.6 Full Certificate) Tj ET\n", size), b"/FlateDecode")


def nested_bomb(size: int) -> bytes:
    """The same, packed twice: the file is smaller still."""
    return _page_of(zlib.compress(_packed(b"q Q ", size), 9), b"[/FlateDecode/FlateDecode]")


def endless_pages() -> bytes:
    """A page tree that is its own child."""
    return _objects([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


def endless_form() -> bytes:
    """A page that draws a form, which draws itself."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 11>>stream\n/X Do /X Do\nendstream"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    contents = b"<</Length 5>>stream\n/X Do\nendstream"
    return _objects([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, contents, form])


def huge_page(document: bytes) -> bytes:
    """The pages of the document on sheets of 5 by 5 kilometres: no picture of them can be made."""
    writer = PdfWriter(clone_from=io.BytesIO(document))
    for page in writer.pages:
        page.mediabox.upper_right = page.cropbox.upper_right = (14_400_000, 14_400_000)
    return _written(writer)


def without_character_map(document: bytes) -> bytes:
    """The same pages to the eye; to a reader of text, glyph numbers without meaning."""
    writer = PdfWriter(clone_from=io.BytesIO(document))
    for font in _fonts(writer):
        font.pop("/ToUnicode", None)
    return _written(writer)


def with_lying_map(sheet: Sheet, pages: int) -> bytes:
    """The first pages of a certificate whose text layer says every letter's neighbour: what is seen is right, what is copied is not."""
    document = first_pages(fpdf.render(blocks(sheet), replace(_LOOK, size=10)), pages)
    writer = PdfWriter(clone_from=io.BytesIO(document))
    for font in _fonts(writer):
        table = font.get("/ToUnicode")
        if table is not None:
            stream = DecodedStreamObject()
            stream.set_data(re.sub(rb"(?<=> )<00([46][1-9A-E])>", _neighbour, table.get_object().get_data()))
            font[NameObject("/ToUnicode")] = stream
    return _written(writer)


def _neighbour(match: re.Match[bytes]) -> bytes:
    return b"<%04X>" % (int(match[1], 16) + 1)


def with_unseen_number(sheet: Sheet, number: str) -> bytes:
    """A certificate that has another number in white letters below the true one."""
    content = blocks(sheet)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(300, 700, number)
    canvas.showPage()
    canvas.save()
    overlay = PdfReader(stream).pages[0]
    writer = PdfWriter(clone_from=io.BytesIO(platypus.render(content, _LOOK)))
    writer.pages[0].merge_page(overlay)
    return _written(writer)


def reversed_pages(document: bytes) -> bytes:
    """The last page first."""
    writer = PdfWriter()
    for page in reversed(PdfReader(io.BytesIO(document)).pages):
        writer.add_page(page)
    return _written(writer)


def first_pages(document: bytes, count: int = 1) -> bytes:
    """The cover alone, or more."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(document)).pages[:count]:
        writer.add_page(page)
    return _written(writer)


def _fonts(writer: PdfWriter) -> Iterator[DictionaryObject]:
    for page in writer.pages:
        resources = page["/Resources"].get_object()
        fonts = resources.get("/Font") if isinstance(resources, DictionaryObject) else None
        for reference in (fonts.get_object() if fonts else {}).values():
            yield reference.get_object()


def _written(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
