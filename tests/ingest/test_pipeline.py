"""Documents and lists into a real database: idempotent, one bad document stops nobody, nothing stored half."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from ingest import pipeline, storing
from ingest.pipeline import Progress, Status, import_listing, ingest_paths, ingest_stored
from ingest.workers import Workers
from registry.certificates import queries
from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.models import Extraction as StoredExtraction
from registry.documents import intake
from registry.documents.models import Document
from registry.documents.store import page_picture
from registry.errors import BrokenListing, CannotBegin
from registry.events import Event
from registry.listing.models import ListingRowRecord, ListingSetAside
from registry.settings import Settings
from tests.ingest.test_fetch import Handler, Server, running

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "certificates"
SAMPLE = SAMPLES / "003_4c2ce89093cfafc3.txt"
HOSTILE = "tests.ingest.hostile:read"
(LIST,) = (DATA / "listing").glob("*.csv")


def count(sessions: sessionmaker[Session], model: type[object]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_samples_become_certificates_and_their_bytes_are_kept(session_factory: sessionmaker[Session], settings: Settings) -> None:
    steps: list[Progress] = []
    outcomes = ingest_paths(session_factory, settings, [SAMPLES], steps.append)
    assert [(outcome.status, outcome.unread) for outcome in outcomes] == [(Status.NEW, ())] * 5
    assert [(step.done, step.total) for step in steps] == [(n, 5) for n in range(1, 6)]
    kept = sorted(path.read_bytes() for path in settings.documents.iterdir())
    assert kept == sorted(path.read_bytes() for path in SAMPLES.iterdir())
    with session_factory() as session:
        facts = queries.facts(session, "OCA.0016.0408.CS")
    assert facts is not None
    assert facts.configuration_keys is not None
    assert (facts.software_version, len(facts.configuration_keys)) == ("V1.3.337", 46)


def test_the_same_documents_again_change_nothing(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    ingest_paths(session_factory, settings, [SAMPLES])
    before = [count(session_factory, model) for model in (Certificate, Document, CertificateFinding, Event)]
    copy = tmp_path / "renamed"
    shutil.copytree(SAMPLES, copy)
    outcomes = ingest_paths(session_factory, settings, [SAMPLES, copy])
    assert {outcome.status for outcome in outcomes} == {Status.KNOWN}
    assert [count(session_factory, model) for model in (Certificate, Document, CertificateFinding, Event)] == before


def test_one_bad_document_never_stops_the_rest(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_text("An invoice for OCA.0016.0408.CS")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7")
    shutil.copy(SAMPLES / "004_14811999012f7f37.txt", tmp_path / "d.txt")
    outcomes = ingest_paths(session_factory, settings, [tmp_path / name for name in ("a.txt", "b.txt", "c.pdf", "d.txt")])
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED] * 3 + [Status.NEW]
    assert all(outcome.message and "\n" not in outcome.message for outcome in outcomes[:3])
    assert count(session_factory, Document) == 1
    assert len(list(settings.documents.iterdir())) == 1


def test_what_fails_while_storing_stores_nothing_of_that_document(
    session_factory: sessionmaker[Session], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(SAMPLES.iterdir())[:2]
    ingest_paths(session_factory, settings, [first])

    def break_down(*_: object) -> None:
        raise CannotBegin("the disk is gone")

    monkeypatch.setattr(storing, "recheck_many", break_down)
    with pytest.raises(CannotBegin):
        ingest_paths(session_factory, settings, [second])
    assert count(session_factory, Certificate) == count(session_factory, Document) == 1


def test_a_document_without_its_number_waits_for_review(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    text = (SAMPLES / "001_95ddf78ab7d2e36b.txt").read_text().replace("OCA.0016.0118.CSMS", "OCA.0016.O118.CSMS")
    (tmp_path / "x.txt").write_text(text)
    (outcome,) = ingest_paths(session_factory, settings, [tmp_path / "x.txt"])
    assert outcome.status is Status.REVIEW
    assert "number" in outcome.unread
    assert (count(session_factory, Document), count(session_factory, Certificate)) == (1, 0)


@pytest.mark.parametrize("missing", ["nowhere.txt", "empty"])
def test_a_path_that_holds_nothing_is_named(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, missing: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotBegin, match=missing):
        ingest_paths(session_factory, settings, [SAMPLES, tmp_path / missing] if missing != "empty" else [tmp_path / missing])
    assert count(session_factory, Document) == 0


def test_the_list_is_imported_once_and_held_against_the_certificates(session_factory: sessionmaker[Session], settings: Settings) -> None:
    ingest_paths(session_factory, settings, [SAMPLES])
    first = import_listing(session_factory, settings, LIST)
    assert (first.summary.rows, first.summary.created, first.disagreements) == (293, True, {})
    again = import_listing(session_factory, settings, LIST)
    assert not again.summary.created
    assert count(session_factory, ListingRowRecord) == 293


@pytest.mark.parametrize("list_first", [True, False])
def test_a_disagreement_with_the_list_is_a_finding_in_either_order(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, list_first: bool
) -> None:
    changed = tmp_path / "list.csv"
    old = "OCA.0016.0608.CSMS"
    row = (
        f"{old},Hanmaum,Republic of Korea,CSMS,Full,1.7,OCPP 1.6,2024-01-18,https://example.org/x.pdf,Charging Station Management System\n"
    )
    lines = [line for line in LIST.read_text().splitlines(keepends=True) if not line.startswith(old)]
    changed.write_text("".join([*lines, row]))
    document = SAMPLES / "004_14811999012f7f37.txt"
    if list_first:
        import_listing(session_factory, settings, changed)
        (outcome,) = ingest_paths(session_factory, settings, [document])
        assert [finding.rule for finding in outcome.findings] == ["listing-version"]
    else:
        ingest_paths(session_factory, settings, [document])
        imported = import_listing(session_factory, settings, changed)
        assert [finding.rule for finding in imported.disagreements[old]] == ["listing-version"]
    with session_factory() as session:
        stored = session.execute(select(CertificateFinding.rule, CertificateFinding.origin)).all()
    assert [tuple(row) for row in stored] == [("listing-version", "listing")]


def test_a_broken_list_changes_nothing(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    import_listing(session_factory, settings, LIST)
    broken = tmp_path / "broken.csv"
    broken.write_text(LIST.read_text().replace("2023-10-11", "soon", 1))
    with pytest.raises(BrokenListing, match="row 3, date_of_registration 'soon'"):
        import_listing(session_factory, settings, broken)
    assert count(session_factory, ListingRowRecord) == 293


def aged(folder: Path) -> Path:
    """The folder, as if its files had been there for an hour: what was just written is not trusted to stay as it looks."""
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3600, time.time() - 3600))
    return folder


def zipped(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whoever opens a document or starts a process for one."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a document was read again")

    monkeypatch.setattr(pipeline, "read_bytes", fail)
    monkeypatch.setattr(Workers, "submit", fail)


def test_files_that_look_as_they_did_are_not_opened(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    shutil.copytree(SAMPLES, folder)
    (folder / "x.txt").write_text("an invoice")
    first = ingest_paths(session_factory, settings, [aged(folder)])
    forbid_reading(monkeypatch)
    again = ingest_paths(session_factory, settings, [folder])
    assert [outcome.status for outcome in again] == [Status.KNOWN] * 5 + [Status.REFUSED]
    assert [replace(outcome, status=Status.NEW) for outcome in again[:5]] == first[:5]
    assert again[5] == first[5]


def test_a_file_that_was_changed_is_read_although_its_size_is_the_same(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "a.txt")
    ingest_paths(session_factory, settings, [aged(folder)])
    (folder / "a.txt").write_text(SAMPLE.read_text().replace("OCA.0016.0408.CS", "OCA.0016.9908.CS"))
    (outcome,) = ingest_paths(session_factory, settings, [folder])
    assert (outcome.status, outcome.number) == (Status.NEW, "OCA.0016.9908.CS")


@pytest.mark.slow
def test_a_second_ingest_takes_a_fiftieth_of_the_first(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for serial in range(150):
        (folder / f"{serial}.txt").write_text(SAMPLE.read_text().replace("0408", str(9000 + serial)))
    aged(folder)
    spent: list[float] = []
    for _ in range(2):
        began = time.perf_counter()
        ingest_paths(session_factory, settings, [folder])
        spent.append(time.perf_counter() - began)
    assert spent[1] <= spent[0] / 50


def test_a_newer_parser_reads_again_and_the_difference_is_an_event(
    session_factory: sessionmaker[Session], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_paths(session_factory, settings, [SAMPLE])
    monkeypatch.setattr(pipeline, "parser_version", lambda: "newer")
    (same,) = ingest_paths(session_factory, settings, [SAMPLE])
    assert same.status is Status.KNOWN
    with session_factory() as session:
        remembered = intake.remembered(session, [str(same.sha256)])
    assert [each.parser_version for each in remembered.values()] == ["newer"]
    (again,) = ingest_paths(session_factory, settings, [SAMPLE], again=True, reader="tests.ingest.hostile:read_otherwise")
    assert again.status is Status.ANOTHER
    with session_factory() as session:
        kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
        payload = session.scalars(select(Event.payload).order_by(Event.id.desc())).first()
    assert kinds == ["new", "read again"]
    assert payload is not None
    assert payload["differing"] == {"software_version": {"old": "V1.3.337", "new": "otherwise"}}


def test_what_the_registry_has_can_be_read_again_from_what_was_kept(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "a.txt"
    shutil.copy(SAMPLE, copy)
    ingest_paths(session_factory, settings, [copy])
    copy.unlink()
    (outcome,) = ingest_stored(session_factory, settings, reader="tests.ingest.hostile:read_otherwise")
    assert (outcome.source, outcome.status) == ("a.txt", Status.ANOTHER)


def test_a_document_that_can_no_longer_be_read_goes_on_saying_what_it_said(
    session_factory: sessionmaker[Session], settings: Settings
) -> None:
    ingest_paths(session_factory, settings, [SAMPLE])
    (outcome,) = ingest_paths(session_factory, settings, [SAMPLE], again=True, reader="tests.ingest.hostile:refuse")
    assert outcome.status is Status.REFUSED
    with session_factory() as session:
        assert queries.facts(session, "OCA.0016.0408.CS") is not None
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.kind, event.subject, event.number) == ("read again", "document", "OCA.0016.0408.CS")


def test_documents_that_wait_are_kept_and_taken_up_by_the_next_ingest(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    path = tmp_path / "scan.txt"
    path.write_bytes(b"wait\n" + SAMPLE.read_bytes())
    other = SAMPLES / "004_14811999012f7f37.txt"
    (waits,) = ingest_paths(session_factory, settings, [path], reader=HOSTILE)
    assert (waits.status, waits.is_clean) == (Status.WAITING, False)
    assert "waits for a thing" in str(waits.message)
    path.unlink()
    with session_factory() as session:
        assert [each.name for each in intake.waiting(session)] == ["scan.txt"]
    (alone,) = ingest_paths(session_factory, settings, [other])
    assert alone.status is Status.NEW
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/tesseract")
    known, taken = ingest_paths(session_factory, settings, [other], reader="tests.ingest.hostile:read_scan")
    assert (known.status, taken.source, taken.status, taken.number) == (Status.KNOWN, "scan.txt", Status.NEW, "OCA.0016.0408.CS")
    with session_factory() as session:
        assert intake.waiting(session) == ()


@pytest.mark.parametrize("word", ["hang", "memory", "crash", "defect"])
def test_a_document_that_breaks_its_reader_stops_nobody(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, word: str
) -> None:
    (tmp_path / "a.txt").write_text(word)
    shutil.copy(SAMPLE, tmp_path / "b.txt")
    limited = replace(settings, document_seconds=10 if word == "hang" else 60, document_megabytes=400)
    bad, good = ingest_paths(session_factory, limited, [tmp_path / "a.txt", tmp_path / "b.txt"], reader=HOSTILE)
    assert (bad.status, good.status) == (Status.REFUSED, Status.NEW)
    assert str(bad.message).startswith(f"{tmp_path / 'a.txt'}: ")


def test_the_same_bytes_twice_in_one_run_are_read_once(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    for name in "abcdef":
        shutil.copy(SAMPLE, tmp_path / f"{name}.txt")
    outcomes = ingest_paths(session_factory, settings, [tmp_path / f"{name}.txt" for name in "abcdef"])
    assert [outcome.status for outcome in outcomes] == [Status.NEW] + [Status.KNOWN] * 5
    assert count(session_factory, StoredExtraction) == 1


def test_archives_are_read_like_folders(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as nested:
        nested.writestr("x", b"x")
    path = zipped(
        folder / "x.anything",
        ("one/a.txt", SAMPLE.read_bytes()),
        ("../b.txt", SAMPLE.read_bytes()),
        ("nested.zip", inner.getvalue()),
        ("c.txt", (SAMPLES / "004_14811999012f7f37.txt").read_bytes()),
    )
    steps: list[Progress] = []
    outcomes = ingest_paths(session_factory, settings, [aged(path.parent)], steps.append)
    assert [(outcome.source.rpartition("!")[2], outcome.status) for outcome in outcomes] == [
        ("one/a.txt", Status.NEW),
        ("../b.txt", Status.REFUSED),
        ("nested.zip", Status.REFUSED),
        ("c.txt", Status.NEW),
    ]
    assert (steps[-1].done, steps[-1].total) == (4, 4)
    forbid_reading(monkeypatch)
    monkeypatch.setattr("ingest.archives.members", None)
    again = ingest_paths(session_factory, settings, [path.parent])
    assert [outcome.status for outcome in again] == [Status.KNOWN, Status.REFUSED, Status.REFUSED, Status.KNOWN]
    assert [outcome.source for outcome in again] == [outcome.source for outcome in outcomes]


def test_a_broken_archive_is_one_refusal(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and no more")
    (outcome,) = ingest_paths(session_factory, settings, [tmp_path / "x.zip"])
    assert outcome.status is Status.REFUSED
    assert "is a broken archive" in str(outcome.message)
    zipped(tmp_path / "empty.zip")
    (empty,) = ingest_paths(session_factory, settings, [tmp_path / "empty.zip"])
    assert "without any document" in str(empty.message)


def test_addresses_are_fetched_and_asked_for_changes_afterwards(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    allowed = replace(settings, allow_private_addresses=True)
    with running() as server:
        serve(server, "/a", SAMPLE.read_bytes(), '"1"')
        serve(server, "/b.zip", zipped(tmp_path / "b.zip", ("x.txt", b"an invoice")).read_bytes(), '"2"')
        urls = [f"{server.url}/a", f"{server.url}/b.zip", f"{server.url}/nowhere"]
        outcomes = ingest_paths(session_factory, allowed, urls)
        assert [(outcome.source, outcome.status) for outcome in outcomes] == [
            (urls[0], Status.NEW),
            (f"{urls[1]}!x.txt", Status.REFUSED),
            (urls[2], Status.REFUSED),
        ]
        server.requests.clear()
        (known,) = ingest_paths(session_factory, allowed, urls[:1])
        assert (known.status, known.number) == (Status.KNOWN, "OCA.0016.0408.CS")
        assert server.requests[0][1]["If-None-Match"] == '"1"'
        serve(server, "/a", (SAMPLES / "004_14811999012f7f37.txt").read_bytes(), '"3"')
        (changed,) = ingest_paths(session_factory, allowed, urls[:1])
        assert (changed.status, changed.number) == (Status.NEW, "OCA.0016.0608.CSMS")
        (refused,) = ingest_paths(session_factory, settings, urls[:1])
        assert "private network" in str(refused.message)


def test_an_archive_behind_an_address_is_fetched_whole_once(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    allowed = replace(settings, allow_private_addresses=True)
    members = [("a.txt", SAMPLE.read_bytes()), ("x.txt", b"an invoice"), ("inner.zip", b"PK\x03\x04")]
    with running() as server:
        serve(server, "/b.zip", zipped(tmp_path / "b.zip", *members).read_bytes(), '"2"')
        url = f"{server.url}/b.zip"
        first, *_ = ingest_paths(session_factory, allowed, [url])
        assert first.status is Status.NEW
        server.requests.clear()
        again = ingest_paths(session_factory, allowed, [url])
        assert [(each.source.partition("!")[2], each.status) for each in again] == [
            ("a.txt", Status.KNOWN),
            ("x.txt", Status.REFUSED),
            ("inner.zip", Status.REFUSED),
        ]
        assert [headers["If-None-Match"] for _, headers in server.requests] == ['"2"']
        serve(server, "/b.zip", zipped(tmp_path / "b.zip", members[0]).read_bytes(), '"3"')
        (known,) = ingest_paths(session_factory, allowed, [url])
        assert (known.status, known.number) == (Status.KNOWN, first.number)


def serve(server: Server, path: str, body: bytes, etag: str) -> None:
    def page(request: Handler) -> None:
        unchanged = request.headers["If-None-Match"] == etag
        request.answer(304 if unchanged else 200, b"" if unchanged else body, ETag=etag)

    server.pages[path] = page
    server.pages["/nowhere"] = lambda request: request.answer(404)


def test_the_pages_of_a_pdf_are_pictured_and_measured(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    sheet = Canvas(str(path), pagesize=(500, 700))
    for number, line in enumerate(SAMPLE.read_text().replace("0408", "9908").splitlines()):
        sheet.drawString(20, 680 - 9 * (number % 70), line)
        if number % 70 == 69:
            sheet.showPage()
    sheet.save()
    (outcome,) = ingest_paths(session_factory, settings, [path])
    sha256 = str(outcome.sha256)
    with session_factory() as session:
        sizes = session.scalars(select(Document.page_sizes)).one()
    assert sizes is not None
    assert sizes[0] == [500.0, 700.0]
    pictures = [page_picture(settings, sha256, page) for page in range(1, len(sizes) + 2)]
    assert [picture is not None and picture.startswith(b"\x89PNG") for picture in pictures] == [True] * len(sizes) + [False]
    assert page_picture(settings, "../secret", 1) is None
    assert page_picture(settings, sha256, 0) is None


def test_a_pdf_of_many_megabytes_is_read_whole(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    sheet = Canvas(str(path), pagesize=(500, 800))
    for number, line in enumerate(SAMPLE.read_text().splitlines()):
        sheet.drawString(20, 780 - 5 * number, line)
    sheet.save()
    with path.open("ab") as file:
        file.write(b"\n%" + b"x" * 3_000_000 + b"\n" + path.read_bytes()[path.read_bytes().rindex(b"startxref") :])
    (outcome,) = ingest_paths(session_factory, settings, [path])
    assert outcome.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_list_that_misses_much_is_kept_aside(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    import_listing(session_factory, settings, LIST)
    lines = LIST.read_text().splitlines(keepends=True)
    shrunk = tmp_path / "shrunk.csv"
    shrunk.write_text("".join(lines[:-20]))
    for _ in range(2):
        imported = import_listing(session_factory, settings, shrunk)
        assert imported.shrunk is not None
        assert (len(imported.shrunk.missing), imported.shrunk.rows_before, imported.summary.created) == (20, 293, False)
    assert count(session_factory, ListingRowRecord) == 293
    assert count(session_factory, ListingSetAside) == 1
    taken = import_listing(session_factory, settings, shrunk, accept_shrunk=True)
    assert (taken.shrunk, taken.summary.withdrawn) == (None, 20)


@pytest.mark.parametrize(
    ("missing", "share", "rows", "is_taken"), [(3, 0.001, 3, True), (4, 0.001, 3, False), (14, 0.05, 3, True), (15, 0.05, 3, False)]
)
def test_how_much_a_list_may_miss_is_a_setting(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, missing: int, share: float, rows: int, is_taken: bool
) -> None:
    import_listing(session_factory, settings, LIST)
    shrunk = tmp_path / "shrunk.csv"
    shrunk.write_text("".join(LIST.read_text().splitlines(keepends=True)[:-missing]))
    limits = replace(settings, listing_missing_share=share, listing_missing_rows=rows)
    assert import_listing(session_factory, limits, shrunk).summary.created is is_taken


def test_a_list_that_lost_a_column_of_cells_is_kept_aside(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    import_listing(session_factory, settings, LIST)
    emptied = tmp_path / "emptied.csv"
    emptied.write_text(LIST.read_text().replace(",OCPP 1.6,", ",,"))
    imported = import_listing(session_factory, settings, emptied)
    assert imported.shrunk is not None
    assert (len(imported.shrunk.missing), len(imported.shrunk.emptied) > 200) == (0, True)
