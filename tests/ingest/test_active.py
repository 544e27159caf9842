"""PDFs that could act: each kind is a finding that a buyer understands, nothing is run, and a plain document is accused of nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject
from sqlalchemy.orm import Session, sessionmaker

from ingest.evidence import evidence_from_json
from ingest.parse import parse_document
from ingest.pipeline import Status, ingest_paths
from ingest.readers.active import KINDS
from ingest.vocabulary import vocabulary
from registry.certificates.facts import Severity
from registry.certificates.queries import certificate
from registry.settings import Settings
from tests.corpus import hostile
from tests.corpus.facts import sheets

WHOLE = hostile.certificate(next(sheet for sheet in sheets() if str(sheet.certificate.facts.number).endswith(".CS")))
Change = Callable[[PdfWriter], object]


def made(*changes: Change, packed: bool = False, password: bool = False) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(WHOLE))
    for change in changes:
        change(writer)
    if packed:
        writer.compress_identical_objects()
    if password:
        writer.encrypt("", "owner", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def action(kind: str, **entries: object) -> DictionaryObject:
    return DictionaryObject({NameObject("/S"): NameObject(f"/{kind}")} | {NameObject(f"/{name}"): value for name, value in entries.items()})


def opens_with(made_action: DictionaryObject) -> Change:
    return lambda writer: writer.root_object.update({NameObject("/OpenAction"): writer._add_object(made_action)})


def annotated(**entries: object) -> Change:
    """A note on the first page with these entries."""

    def change(writer: PdfWriter) -> None:
        note = DictionaryObject(
            {NameObject("/Type"): NameObject("/Annot")} | {NameObject(f"/{name}"): value for name, value in entries.items()}
        )
        note[NameObject("/Rect")] = ArrayObject([NumberObject(one) for one in (0, 0, 10, 10)])
        page = writer.pages[0]
        page[NameObject("/Annots")] = ArrayObject([*page.get("/Annots", ()), writer._add_object(note)])

    return change


def named_script(writer: PdfWriter) -> None:
    """A script of the document's table of names, which runs when it is opened."""
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("x"), writer._add_object(SCRIPT)])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): names})


SCRIPT = action("JavaScript", JS=TextStringObject("app.alert('x')"))
ACTIVE: dict[str, tuple[tuple[str, ...], Change]] = {
    "script on opening": (("javascript",), opens_with(SCRIPT)),
    "script by name": (("javascript",), named_script),
    "script on a page": (
        ("javascript",),
        lambda writer: writer.pages[0].update({NameObject("/AA"): DictionaryObject({NameObject("/O"): SCRIPT})}),
    ),
    "script behind another action": (("javascript",), opens_with(action("GoTo", Next=ArrayObject([SCRIPT])))),
    "program on opening": (("launch",), opens_with(action("Launch", F=TextStringObject("/bin/true")))),
    "program on a click": (
        ("launch",),
        annotated(Subtype=NameObject("/Link"), A=action("Launch", F=TextStringObject("calc.exe"))),
    ),
    "attached file": (("attachment",), lambda writer: writer.add_attachment("prices.csv", b"item,price\n")),
    "file on a page": (("attachment",), annotated(Subtype=NameObject("/FileAttachment"), Contents=TextStringObject("x"))),
    "form that sends": (("sends-data",), annotated(Subtype=NameObject("/Widget"), A=action("SubmitForm", F=TextStringObject("http://x")))),
    "film": (("media",), annotated(Subtype=NameObject("/RichMedia"))),
    "dynamic form": (
        ("dynamic-form",),
        lambda writer: writer.root_object.update(
            {NameObject("/AcroForm"): DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})}
        ),
    ),
}


def rules(data: bytes) -> set[str]:
    return {finding.rule for finding in parse_document(data, "x.pdf").findings if finding.rule.startswith("pdf-")}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_could_act_is_a_finding_and_changes_no_value(name: str) -> None:
    kinds, change = ACTIVE[name]
    data = made(change)
    assert rules(data) == {f"pdf-{kind}" for kind in kinds}
    assert parse_document(data, "x.pdf").certificate == parse_document(WHOLE, "x.pdf").certificate


def test_neither_encryption_without_a_password_nor_another_spelling_hides_it() -> None:
    assert rules(made(opens_with(SCRIPT), password=True)) == {"pdf-javascript"}
    spelt = made(opens_with(SCRIPT)).replace(b"/JavaScript", b"/Java#53cript").replace(b"/JS ", b"/#4a#53 ")
    assert b"/JavaScript" not in spelt
    assert rules(spelt) == {"pdf-javascript"}


def test_a_plain_document_is_accused_of_nothing() -> None:
    link = annotated(Subtype=NameObject("/Link"), A=action("URI", URI=TextStringObject("https://example.org/JavaScript")))
    title = made(link, lambda writer: writer.add_metadata({"/Title": "/JS /JavaScript /Launch /EmbeddedFiles"}))
    assert rules(WHOLE) == set()
    assert rules(title) == set()


def test_every_kind_has_its_rule_and_words_for_a_buyer() -> None:
    sentences = {rule["id"]: rule for rule in vocabulary("checks")["rules"] if rule["id"].startswith("pdf-")}
    assert set(sentences) == {f"pdf-{kind}" for kind in KINDS}
    severities = {kind: Severity(sentences[f"pdf-{kind}"]["severity"]) for kind in KINDS}
    assert severities["launch"] is Severity.ERROR
    assert severities["media"] is Severity.NOTE


def test_the_finding_is_made_again_from_what_was_kept() -> None:
    extraction = parse_document(made(opens_with(SCRIPT)), "x.pdf")
    assert extraction.evidence is not None
    assert evidence_from_json(extraction.evidence).active == ("javascript",)


def test_it_is_stored_pictured_and_told_and_nothing_is_run(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    touch = action("Launch", F=TextStringObject("/usr/bin/touch"), P=TextStringObject(str(ran)))
    document = tmp_path / "active.pdf"
    document.write_bytes(made(opens_with(touch), lambda writer: writer.add_attachment("prices.csv", b"item,price\n")))
    (outcome,) = ingest_paths(session_factory, settings, [document])
    assert outcome.status is Status.NEW
    assert {"pdf-launch", "pdf-attachment"} <= {finding.rule for finding in outcome.findings}
    assert not ran.exists()
    pictures = sorted(settings.documents.glob("*.png"))
    assert len(pictures) == len(PdfReader(document).pages)
    with session_factory() as session:
        view = certificate(session, str(outcome.number))
    assert view is not None
    assert {"pdf-launch", "pdf-attachment"} <= {finding.rule for finding in view.all_findings}
    assert "item,price" not in view.document.public_text if view.document else False
