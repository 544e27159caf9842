"""Processes that read: whatever a document does to its process, its line is told and the next document is read."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.workers import Answer, Job, Workers
from registry.errors import CannotBegin
from registry.settings import Settings

SAMPLE = (Path(__file__).parents[2] / "data/certificates/003_4c2ce89093cfafc3.txt").read_bytes()
HOSTILE = "tests.ingest.hostile:read"


@pytest.fixture
def limits(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, database="", document_seconds=60, document_megabytes=400)


def answers(workers: Workers, *documents: bytes) -> list[Answer]:
    """What becomes of the documents, in their order."""
    waiting = [Job(token, f"{token}.pdf", data) for token, data in enumerate(documents)]
    found: list[Answer] = []
    while waiting or workers.is_busy:
        while waiting and workers.has_room:
            workers.submit(waiting.pop(0))
        found += workers.wait()
    return sorted(found, key=lambda answer: answer.job.token)


def test_documents_come_back_as_they_would_be_read_here(limits: Settings) -> None:
    with Workers(limits) as workers:
        first, second, third = answers(workers, SAMPLE, b"an invoice", SAMPLE)
    assert first.extraction is not None
    assert third.extraction is not None
    assert first.extraction.certificate.number == "OCA.0016.0408.CS"
    assert first.extraction.public_text == third.extraction.public_text != ""
    assert second.extraction is None
    assert second.refused is not None
    assert second.refused.startswith("1.pdf: ")


@pytest.mark.parametrize(
    ("word", "line"),
    [
        (b"crash", r"0\.pdf: the reader broke down on it \(ended with -6\)"),
        (b"exit", r"0\.pdf: the reader broke down on it \(ended with 0\)"),
        (b"defect", r"0\.pdf: the reader broke down on it \(KeyError: 'unforeseen'\)"),
        (b"memory", r"0\.pdf: needs more than 400 MB"),
    ],
)
def test_one_bad_document_costs_its_process_and_nothing_else(limits: Settings, word: bytes, line: str) -> None:
    with Workers(limits, processes=1, reader=HOSTILE) as workers:
        bad, good = answers(workers, word, SAMPLE)
    assert bad.refused is not None
    assert re.match(line, bad.refused)
    assert "\n" not in bad.refused
    assert good.extraction is not None


def test_a_document_that_takes_too_long_is_given_up(limits: Settings) -> None:
    with Workers(replace(limits, document_seconds=0.5), processes=1, reader=HOSTILE) as workers:
        (bad,) = answers(workers, b"hang")
    assert bad.refused == "0.pdf: takes longer than 0.5 s to read; give its pages alone, or raise OCPP_REGISTRY_DOCUMENT_SECONDS"


def test_what_the_reader_started_ends_with_it(limits: Settings, tmp_path: Path) -> None:
    with Workers(replace(limits, document_seconds=5), processes=1, reader=HOSTILE) as workers:
        (bad,) = answers(workers, f"hang with a child\n{tmp_path / 'pid'}".encode())
    assert "takes longer" in str(bad.refused)
    pid = int((tmp_path / "pid").read_text())
    # It was killed before the answer came; the system may take a moment to carry that out.
    deadline = time.monotonic() + 30
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(pid)


def runs(pid: int) -> bool:
    """Whether a process runs; one that is dead and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_what_a_library_prints_does_not_get_between_the_answers(limits: Settings) -> None:
    with Workers(limits, processes=1, reader=HOSTILE) as workers:
        (answer,) = answers(workers, b"noise\n" + SAMPLE)
    assert answer.extraction is not None


def test_a_document_may_have_to_wait(limits: Settings) -> None:
    with Workers(limits, processes=1, reader=HOSTILE) as workers:
        (answer,) = answers(workers, b"wait")
    assert (answer.waiting, answer.refused, answer.extraction) == ("0.pdf: waits for a thing; install it", None, None)


def test_large_answers_come_whole(limits: Settings) -> None:
    with Workers(limits, processes=1, reader=HOSTILE) as workers:
        (answer,) = answers(workers, b"memory of a limit\n" + SAMPLE)
    assert answer.extraction is not None
    assert len(answer.extraction.public_text) == 3_000_000


def test_a_reader_that_does_not_start_is_one_line(limits: Settings) -> None:
    with Workers(limits, reader="tests.ingest.nowhere:read") as workers, pytest.raises(CannotBegin, match="No module named"):
        answers(workers, SAMPLE)
