"""The thin shell: documents from files, folders, archives and addresses into the registry.

Reading happens in processes that may be killed (`ingest.workers`); what was read is stored here (`ingest.storing`), the bytes of each
document written whole before its row: whatever stops the program in between, nothing is stored half and nothing stored before is lost.
A document that cannot be read is told about and stops no other. What was read before by the same parser is not read again: a
file that looks as it did is not even opened.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from ingest import archives
from ingest.fetch import fetch
from ingest.listing_import import ListingImport, certificate_name, import_listing, outside_findings
from ingest.outcomes import Outcome, Progress, Status
from ingest.parser_version import parser_version
from ingest.readers.bounds import LARGEST_PDF
from ingest.sources import find_documents, is_address, look_at, read_bytes, settled
from ingest.storing import Came, Waiting, store, unread_fields
from ingest.workers import READER, Answer, Job, Workers
from registry.bulk import batches
from registry.certificates.facts import Finding
from registry.certificates.loading import finding_from_json
from registry.documents import intake
from registry.documents.intake import AddressMark, FileMark, ReadingStatus, Remembered
from registry.documents.store import has_original, keep, keep_page_pictures, open_original
from registry.errors import CannotBegin, UnreadableDocument
from registry.settings import Settings

__all__ = [
    "ListingImport",
    "Outcome",
    "Progress",
    "Status",
    "find_documents",
    "import_listing",
    "ingest_paths",
    "ingest_stored",
    "read_bytes",
    "unread_fields",
]

LARGEST_ARCHIVE = 500_000_000
"""Bytes of an archive as it is on disk."""

_MARKS_AT_ONCE = 200
OCR_PROGRAM = "tesseract"


def ingest_paths(
    sessions: sessionmaker[Session],
    settings: Settings,
    sources: Sequence[Path | str],
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    again: bool = False,
    processes: int | None = None,
    reader: str = READER,
) -> list[Outcome]:
    """Read every document of the files, folders, archives and addresses into the registry; the same bytes again change nothing.

    Documents that wait for something are tried once more. With `again`, documents are read even though this parser has read them
    before. `processes` bounds how many are read at a time (by default one a core). Outcomes come in the order of the sources,
    progress in the order in which documents are done. Raises CannotBegin when a path is not there or the database cannot be
    written; what was stored before stays.
    """
    addresses = [source for source in sources if isinstance(source, str) and is_address(source)]
    files = find_documents([Path(source) for source in sources if source not in addresses])
    with Workers(settings, processes=processes, reader=reader) as workers:
        run = _Run(sessions, settings, workers, on_progress, again=again)
        run.read_files(files)
        run.read_addresses(list(dict.fromkeys(addresses)))
        run.read_waiting()
        return run.finish()


def ingest_stored(
    sessions: sessionmaker[Session], settings: Settings, on_progress: Callable[[Progress], None] = lambda _: None, *, reader: str = READER
) -> list[Outcome]:
    """Read every document that the registry has once more, from the bytes that were kept."""
    with Workers(settings, reader=reader) as workers:
        run = _Run(sessions, settings, workers, on_progress, again=True)
        with sessions() as session:
            stored = intake.stored_documents(session)
        run.read_kept(stored)
        run.read_waiting()
        return run.finish()


@dataclass
class _Document:
    """One document on its way. `mark` is set when it is a whole file whose look is worth noting, `address` when it was fetched."""

    position: int
    source: str
    name: str
    sha256: str = ""
    mark: FileMark | None = None
    address: AddressMark | None = None


@dataclass
class _Archive:
    """An archive on its way: what became of its members is noted when all are done."""

    mark: FileMark | AddressMark | None
    positions: list[int] = field(default_factory=list)


class _Run:
    """One ingest: hands documents to the workers, and stores what comes back."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        settings: Settings,
        workers: Workers,
        on_progress: Callable[[Progress], None],
        *,
        again: bool,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._workers = workers
        self._on_progress = on_progress
        self._again = again
        self._version = parser_version()
        self._outcomes: dict[int, Outcome] = {}
        self._positions = 0
        self._reading: dict[str, list[_Document]] = {}
        self._jobs: dict[int, _Document] = {}
        self._came_of: dict[str, _Document] = {}
        self._waiting = Waiting()
        self._done: dict[str, Remembered] = {}
        self._files: list[FileMark] = []
        self._addresses: list[AddressMark] = []
        self._archives: list[_Archive] = []

    # Sources

    def read_files(self, paths: Sequence[Path]) -> None:
        """Read files; those that look as they did when their bytes were last read are not opened."""
        first = self._reserve(len(paths))
        for some in batches(enumerate(paths, start=first)):
            batch = dict(some)
            looks = {position: look_at(path) for position, path in batch.items()}
            with self._sessions() as session:
                seen = intake.seen_files(session, [look.path for look in looks.values() if look is not None])
                known = intake.remembered(session, {sha256 for mark in seen.values() for sha256 in _hashes(mark)})
            for position, path in batch.items():
                look = looks[position]
                before = seen.get(look.path) if look is not None else None
                if look is not None and before is not None and before.looks_like(look) and self._knows(before, known):
                    self._tell_unchanged(position, str(path), before, known)
                else:
                    self._read_file(position, path, look)

    def read_addresses(self, urls: Sequence[str]) -> None:
        """Fetch documents, unless their servers say that they have not changed."""
        for position, url in enumerate(urls, start=self._reserve(len(urls))):
            with self._sessions() as session:
                before = intake.fetched_address(session, url)
                known = intake.remembered(session, _hashes(before)) if before is not None else {}
            try:
                found = fetch(self._settings, url, before if before is not None and self._knows(before, known) else None)
            except UnreadableDocument as error:
                self._tell(position, Outcome(url, Status.REFUSED, message=str(error)))
                continue
            if found.data is None and before is not None:
                self._tell_unchanged(position, url, before, known)
                continue
            data = found.data or b""
            mark = AddressMark(url, hashlib.sha256(data).hexdigest(), found.etag, found.last_modified)
            if data.startswith((archives.MARK, archives.EMPTY_MARK)):
                self._read_archive(position, url, io.BytesIO(data), mark)
            else:
                self._read(_Document(position, url, url, address=mark), data)

    def read_kept(self, documents: Iterable[tuple[str, str]]) -> None:
        """Read documents, given by hash and name, from the bytes that were kept."""
        kept = [(sha256, name) for sha256, name in documents if sha256 not in self._done and sha256 not in self._reading]
        for position, (sha256, name) in enumerate(kept, start=self._reserve(len(kept))):
            self._read(_Document(position, name, name), open_original(self._settings, sha256))

    def read_waiting(self) -> None:
        """Try again what waits, unless nothing that it could wait for has come since."""
        with self._sessions() as session:
            waiting = intake.waiting(session)
        self.read_kept([(each.sha256, each.name) for each in waiting if not self._is_current(each)])

    def finish(self) -> list[Outcome]:
        """Wait for what is still being read. Gives all outcomes in the order of their sources.

        What the list and other documents find about a certificate is added now, since a later document may have brought or settled it.
        """
        while self._workers.is_busy:
            self._take_answers()
        self._store()
        self._note_archives()
        self._note_marks()
        with self._sessions() as session:
            outside = outside_findings(session)
        return [_with_findings(self._outcomes[position], outside) for position in sorted(self._outcomes)]

    def _reserve(self, count: int) -> int:
        """Positions for so many more documents; the first of them."""
        first = self._positions
        self._positions += count
        return first

    # One source

    def _knows(self, before: FileMark | AddressMark, known: Mapping[str, Remembered]) -> bool:
        """Whether everything is known, and current, of what a file or an address gave before."""
        if before.members is None:
            return before.sha256 in known and self._is_current(known[before.sha256])
        hashes = [member["sha256"] for member in before.members if member["sha256"] is not None]
        return all(each in known and self._is_current(known[each]) for each in hashes)

    def _tell_unchanged(self, position: int, source: str, before: FileMark | AddressMark, known: Mapping[str, Remembered]) -> None:
        """Tell what is known of a file that nobody touched, or of an address that gives what it gave."""
        if before.members is None:
            address = before if isinstance(before, AddressMark) else None
            self._tell_known(_Document(position, source, Path(source).name, address=address), known[before.sha256])
            return
        for place, member in zip(self._member_positions(position, len(before.members)), before.members, strict=True):
            if member["sha256"] is None:
                self._tell(place, Outcome(member["name"], Status.REFUSED, message=member["message"]))
            else:
                self._tell_known(_Document(place, member["name"], member["name"]), known[member["sha256"]])

    def _member_positions(self, position: int, count: int) -> list[int]:
        """The archive's own place for its first member, and new ones for the others."""
        first = self._reserve(max(0, count - 1))
        return [position, *range(first, first + count - 1)][:count]

    def _read_file(self, position: int, path: Path, look: FileMark | None) -> None:
        try:
            with path.open("rb") as file:
                if file.read(4) in (archives.MARK, archives.EMPTY_MARK):
                    self._read_archive(position, str(path), file, settled(path, look, time.time_ns()))
                    return
            data = read_bytes(path, LARGEST_PDF)
        except (OSError, UnreadableDocument) as error:
            message = str(error) if isinstance(error, UnreadableDocument) else f"{path}: cannot be opened ({error.strerror}); check it"
            self._tell(position, Outcome(str(path), Status.REFUSED, message=message))
            return
        self._read(_Document(position, str(path), path.name, mark=settled(path, look, time.time_ns())), data)

    def _read_archive(self, position: int, source: str, file: Any, mark: FileMark | AddressMark | None) -> None:
        """Read the members one after the other; of a large archive only one is in memory besides those being read."""
        archive = _Archive(mark)
        limits = replace(archives.Limits(), member=LARGEST_PDF)
        places = iter([position])
        try:
            if file.seek(0, 2) > LARGEST_ARCHIVE:
                raise UnreadableDocument(f"{source}: is larger than {LARGEST_ARCHIVE} bytes; pack fewer documents into one archive")
            for member in archives.members(file, source, limits):
                place = next(places, None)
                place = self._reserve(1) if place is None else place
                archive.positions.append(place)
                if member.data is None:
                    self._tell(place, Outcome(member.name, Status.REFUSED, message=member.refused))
                else:
                    self._read(_Document(place, member.name, member.name.rpartition("!")[2].rpartition("/")[2]), member.data)
            if not archive.positions:
                raise UnreadableDocument(f"{source}: is an archive without any document; check what was packed")
        except UnreadableDocument as error:
            place = next(places, None)
            place = self._reserve(1) if place is None else place
            archive.positions.append(place)
            self._tell(place, Outcome(source, Status.REFUSED, message=str(error)))
        self._archives.append(archive)

    def _read(self, document: _Document, data: bytes) -> None:
        """Have the bytes read, unless this parser has read them before or is just doing so."""
        document.sha256 = hashlib.sha256(data).hexdigest()
        if document.sha256 in self._reading:
            self._reading[document.sha256].append(document)
            return
        known = self._done.get(document.sha256) or self._known(document.sha256)
        if known is not None and (document.sha256 in self._done or self._is_current(known)):
            if known.status is not ReadingStatus.REFUSED and not has_original(self._settings, document.sha256):
                keep(self._settings, data)
            self._tell_known(document, known)
            return
        while not self._workers.has_room:
            self._take_answers()
        self._reading[document.sha256] = []
        self._jobs[document.position] = document
        self._workers.submit(Job(document.position, document.source, data))

    def _known(self, sha256: str) -> Remembered | None:
        with self._sessions() as session:
            return intake.remembered(session, [sha256]).get(sha256)

    def _is_current(self, known: Remembered) -> bool:
        """Whether reading again would give the same: the same parser, and nothing new to read with."""
        if self._again and known.sha256 not in self._done:
            return False
        if known.status is ReadingStatus.WAITING and shutil.which(OCR_PROGRAM) is not None:
            return known.sha256 in self._done
        return known.parser_version == self._version

    # Answers

    def _take_answers(self) -> None:
        """Wait for a document to be read, or for those that were read to be stored."""
        for answer in self._workers.wait(self._waiting.seconds_left):
            self._waiting.add(self._came(self._jobs.pop(answer.job.token), answer))
        if self._waiting.is_due:
            self._store()

    def _came(self, document: _Document, answer: Answer) -> Came:
        """What came back of a document; the bytes that are to be kept are kept before anything is said of them."""
        named = (document.source, document.name, document.sha256, len(answer.job.data))
        self._came_of[document.sha256] = document
        if answer.extraction is None and answer.waiting is None:
            return Came(*named, status=ReadingStatus.REFUSED, message=answer.refused)
        keep(self._settings, answer.job.data)
        if answer.extraction is None:
            return Came(*named, status=ReadingStatus.WAITING, message=answer.waiting)
        keep_page_pictures(self._settings, document.sha256, answer.pictures)
        return Came(*named, extraction=answer.extraction, page_sizes=answer.page_sizes)

    def _store(self) -> None:
        """Store what was read, and tell of it, and of the documents with the same bytes that came meanwhile."""
        for stored in store(self._sessions, self._version, self._waiting.take()):
            document = self._came_of.pop(stored.remembered.sha256)
            self._done[document.sha256] = stored.remembered
            self._mark(document)
            self._tell(document.position, stored.outcome)
            for follower in self._reading.pop(document.sha256):
                self._tell_known(follower, stored.remembered)

    def _tell_known(self, document: _Document, known: Remembered | None) -> None:
        """Tell what became of the same bytes before."""
        if known is None:
            raise CannotBegin(f"{document.source}: was asked for what was never read; use --again")
        document.sha256 = known.sha256
        self._mark(document)
        message = None if known.message is None else f"{document.source}: {known.message}"
        if known.status is not ReadingStatus.STORED:
            status = Status.WAITING if known.status is ReadingStatus.WAITING else Status.REFUSED
            self._tell(document.position, Outcome(document.source, status, sha256=known.sha256, message=message))
            return
        findings = tuple(map(finding_from_json, known.findings))
        outcome = Outcome(document.source, Status.KNOWN, known.sha256, known.number, known.revision, known.unread, findings)
        self._tell(document.position, outcome)

    def _tell(self, position: int, outcome: Outcome) -> None:
        self._outcomes[position] = outcome
        self._on_progress(Progress(len(self._outcomes), self._positions, outcome))

    # Marks

    def _mark(self, document: _Document) -> None:
        """Note how the file or address looks whose bytes are known now; a few at a time, since each write costs."""
        if document.mark is not None:
            self._files.append(replace(document.mark, sha256=document.sha256))
        if document.address is not None:
            self._addresses.append(replace(document.address, sha256=document.sha256))
        if len(self._files) + len(self._addresses) >= _MARKS_AT_ONCE:
            self._note_marks()

    def _note_archives(self) -> None:
        for archive in self._archives:
            if archive.mark is None:
                continue
            told = [self._outcomes[position] for position in archive.positions]
            members = tuple({"name": each.source, "sha256": each.sha256, "message": each.message} for each in told)
            if isinstance(archive.mark, FileMark):
                self._files.append(replace(archive.mark, members=members))
            else:
                self._addresses.append(replace(archive.mark, members=members))

    def _note_marks(self) -> None:
        if not self._files and not self._addresses:
            return
        with self._sessions.begin() as session:
            intake.mark_files(session, self._files)
            intake.mark_addresses(session, self._addresses)
        self._files.clear()
        self._addresses.clear()


def _hashes(mark: FileMark | AddressMark) -> set[str]:
    """The documents that a file or an address gave."""
    return {mark.sha256} if mark.members is None else {member["sha256"] for member in mark.members if member["sha256"]}


def _with_findings(outcome: Outcome, outside: Mapping[str, tuple[Finding, ...]]) -> Outcome:
    if outcome.number is None:
        return outcome
    return replace(outcome, findings=(*outcome.findings, *outside.get(certificate_name(outcome.number, outcome.revision), ())))
