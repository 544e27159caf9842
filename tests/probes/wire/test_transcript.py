"""Transcripts: in order, waited on, streamed to a file named by its hash, read back."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from probes.wire.reading import TranscriptError, read_transcript, records_of
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.redact import Redactor
from probes.wire.transcript import Transcript, TranscriptWriter
from tests.probes.doubles import HandClock, settle

STATION, CSMS = Direction.FROM_STATION, Direction.FROM_CSMS


def a_transcript(clock: HandClock | None = None, limit: int | None = None) -> Transcript:
    return Transcript(clock=clock or HandClock(), redactor=Redactor(b"k"), limit=limit)


async def test_frames_carry_both_clocks_and_their_kind() -> None:
    clock = HandClock()
    transcript = a_transcript(clock)
    await clock.advance(1.5)
    frame = transcript.add_frame(STATION, '[2,"7","Heartbeat",{}]', "CP1")
    assert frame == Frame(
        1, "2026-01-01T00:00:01.500000Z", 1.5, "CP1", STATION, MessageType.CALL, "7", "Heartbeat", '[2,"7","Heartbeat",{}]'
    )


def test_answers_are_named_by_their_call() -> None:
    transcript = a_transcript()
    transcript.add_frame(CSMS, '[2,"1","Reset",{"type":"Hard"}]', "CP1")
    transcript.add_frame(STATION, '[2,"1","Heartbeat",{}]', "CP1")
    assert transcript.add_frame(STATION, '[3,"1",{}]', "CP1").action == "Reset"
    assert transcript.add_frame(CSMS, '[4,"1","GenericError","",{}]', "CP1").action == "Heartbeat"
    assert transcript.add_frame(CSMS, '[3,"unknown",{}]', "CP1").action is None


def test_secrets_do_not_get_in() -> None:
    frame = a_transcript().add_frame(STATION, '[2,"1","Authorize",{"idTag":"SECRETTAG1"}]', "CP1")
    assert "SECRETTAG1" not in frame.raw


def test_a_binary_frame_is_recorded() -> None:
    frame = a_transcript().add_frame(STATION, b"\xff\x00[2]", "CP1")
    assert (frame.message_type, frame.raw) == (MessageType.UNPARSABLE, "\\xff\x00[2]")


async def test_waiting_finds_what_was_what_comes_and_gives_up() -> None:
    clock = HandClock()
    transcript = a_transcript(clock)

    def beat(record: Record) -> bool:
        return isinstance(record, Frame) and record.action == "Heartbeat"

    first = transcript.add_frame(STATION, '[2,"1","Heartbeat",{}]', "CP1")
    assert await transcript.wait_for(beat, 1) == first
    waiting = asyncio.create_task(transcript.wait_for(beat, 10, after=first.seq))
    await settle()
    transcript.add_frame(STATION, '[2,"2","MeterValues",{}]', "CP1")
    await clock.advance(9)
    assert not waiting.done()
    second = transcript.add_frame(STATION, '[2,"3","Heartbeat",{}]', "CP1")
    assert await waiting == second
    late = asyncio.create_task(transcript.wait_for(beat, 10, after=second.seq))
    await settle()
    await clock.advance(10)
    assert await late is None


def test_history_is_bounded_but_numbers_go_on() -> None:
    transcript = a_transcript(limit=2)
    for number in range(5):
        transcript.add_frame(STATION, f'[2,"{number}","Heartbeat",{{}}]', "CP1")
    assert [record.seq for record in transcript.records] == [4, 5]
    assert [record.seq for record in transcript.since(4)] == [5]


def test_how_the_present_connection_began_is_kept_beyond_the_bound() -> None:
    transcript = a_transcript(limit=2)
    transcript.add_event(EventKind.OPEN, "CP1", {})
    transcript.add_frame(STATION, '[2,"old","BootNotification",{}]', "CP1")
    transcript.add_event(EventKind.OPEN, "CP1", {})
    transcript.add_frame(STATION, '[2,"boot","BootNotification",{}]', "CP1")
    transcript.add_frame(CSMS, '[3,"boot",{}]', "CP1")
    for number in range(5):
        transcript.add_frame(STATION, f'[2,"{number}","Heartbeat",{{}}]', "CP1")
    assert [record.seq for record in transcript.records] == [3, 4, 5, 9, 10]
    assert [record.seq for record in transcript.since(3)] == [4, 5, 9, 10]
    assert [record.seq for record in transcript.since(9)] == [10]


def test_what_is_written_reads_back_and_is_named_by_its_hash(tmp_path: Path) -> None:
    transcript = a_transcript()
    writer = TranscriptWriter(tmp_path / "transcripts")
    with transcript.attached(writer.write):
        transcript.add_event(EventKind.OPEN, "CP1", {"subprotocol": "ocpp1.6"})
        transcript.add_frame(STATION, '[2,"1","Heartbeat",{}]', "CP1")
        transcript.add_frame(CSMS, '[3,"1",{"currentTime":"ü"}]', "CP1")
        transcript.add_frame(STATION, "broken \U0001f50c", "CP1")
    transcript.add_frame(STATION, "after", "CP1")
    assert [path.suffix for path in (tmp_path / "transcripts").iterdir()] == [".partial"]
    path, digest = writer.close()
    assert path.name == f"{digest}.jsonl"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert writer.frames == 3
    assert read_transcript(path) == list(transcript.records[:4])
    assert list(path.parent.iterdir()) == [path]


def test_lines_are_on_disk_before_the_end(tmp_path: Path) -> None:
    transcript = a_transcript()
    writer = TranscriptWriter(tmp_path)
    with transcript.attached(writer.write):
        transcript.add_frame(STATION, '[2,"1","Heartbeat",{}]', "CP1")
        (partial,) = tmp_path.iterdir()
        assert json.loads(partial.read_text())["action"] == "Heartbeat"
    writer.close()


LITTLE = 5000


def test_a_full_disk_costs_the_audit_its_evidence_and_nobody_else_anything(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.probes.wire.full_disk", str(tmp_path / "out"), str(LITTLE)]
    told = json.loads(subprocess.run(program, capture_output=True, check=True, text=True, timeout=60).stdout)
    assert told["answered"] == {"CP1": 50, "CP2": 50}
    (line,) = told["logged"]
    assert line.endswith(f"record {len(told['lines']) + 1} cannot be written (File too large); free the disk")
    assert told["lost"].endswith("the transcript could not be written (File too large); free the disk and audit again")
    assert told["file"].endswith(".partial")
    written = records_of([line.encode() for line in told["lines"]], "x")
    assert [record.seq for record in written] == list(range(1, len(written) + 1))
    assert 5 < len(written) < 50


def test_reading_does_without_the_optional_keys() -> None:
    lines = [
        b'{"direction":"csms-to-cs","raw":"[2,\\"1\\",\\"Reset\\",{\\"type\\":\\"Hard\\"}]"}',
        b"",
        b'{"direction":"cs-to-csms","raw":"[3,\\"1\\",{}]","timestamp":"2026-01-01T00:00:00Z"}',
        b'{"event":"close"}',
    ]
    call, answer, close = records_of(lines, "a file")
    assert isinstance(call, Frame)
    assert (call.seq, call.message_type, call.message_id, call.action) == (1, MessageType.CALL, "1", "Reset")
    assert isinstance(answer, Frame)
    assert (answer.seq, answer.message_type, answer.action) == (2, MessageType.CALLRESULT, "Reset")
    assert isinstance(close, ConnectionEvent)
    assert (close.event, close.detail) == (EventKind.CLOSE, {})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"[]", "the line is no JSON object"),
        (b'{"direction":"cs-to-csms"}', "the key 'raw' is missing"),
        (b'{"raw":"x"}', "the key 'direction' is missing"),
        (b'{"raw":"x","direction":"sideways"}', "'sideways' is not a valid Direction"),
        (b'{"raw":7,"direction":"cs-to-csms"}', "the value of 'raw' has the wrong type"),
        (b'{"raw":"x","direction":"cs-to-csms","seq":true}', "the value of 'seq' has the wrong type"),
        (b'{"event":"explosion"}', "'explosion' is not a valid EventKind"),
    ],
)
def test_a_broken_line_is_named(line: bytes, reason: str) -> None:
    good = b'{"direction":"cs-to-csms","raw":"x"}'
    with pytest.raises(TranscriptError) as caught:
        records_of([good, line, good], "some.jsonl")
    assert str(caught.value) == f"some.jsonl, line 2: {reason}; a transcript has one JSON record a line"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match=r"none\.jsonl: cannot be read \(No such file"):
        read_transcript(tmp_path / "none.jsonl")
