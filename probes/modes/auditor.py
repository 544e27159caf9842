"""The auditor beside a relay: a process of its own, so that nothing that happens to it keeps a message from its receiver.

It reads JSON lines from its standard input, the first one its order, then what passes; redacts, writes transcripts, and judges when the
input ends: one report a station, one JSON document a line. Exit status: 0 nothing deviates, 1 something does, 2 reports are missing.
"""

from __future__ import annotations

import json
import signal
import sys
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from probes.audit import tool_version
from probes.facts_file import facts_of
from probes.modes.recordings import NO_TIME, Recording
from probes.modes.replay import Replayed, report_of
from probes.report import AuditFacts
from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.envelope import read_envelope
from probes.wire.open_files import allow_many_files
from probes.wire.passwords import spelled
from probes.wire.reading import read_transcript
from probes.wire.records import Direction, EventKind
from probes.wire.redact import Redactor, new_key
from probes.wire.transcript import Transcript, TranscriptWriter
from registry.certificates.facts import CertificateFacts
from registry.errors import RegistryError, one_line
from registry.matching.aliases import Alias

MOST_JUDGED = 200_000
"""The newest records of a station that are judged; all of them are kept."""

KEPT_IN_MEMORY = 100
"""Records of each station; the judge reads the file."""

DEVIATES, MISSING = 1, 2


@dataclass(frozen=True)
class Order:
    """What the relay asks for. `report` None: on standard output; `known_as`: the records of other names of the certificate's companies."""

    facts: CertificateFacts
    transcripts: Path
    report: Path | None
    probes: bool
    known_as: tuple[Alias, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it goes over the pipe."""
        return {
            "certificate": self.facts.to_json(),
            "transcripts": str(self.transcripts),
            "report": str(self.report) if self.report else None,
            "probes": self.probes,
            "known_as": [one.to_json() for one in self.known_as],
        }

    @classmethod
    def from_json(cls, order: dict[str, Any]) -> Order:
        """As it comes out of the pipe; a relay without a certificate audits one that says nothing."""
        certificate = order["certificate"]
        facts = facts_of({"certificate": certificate}, "the order") if certificate["number"] else CertificateFacts(role="CS")
        report = Path(order["report"]) if order["report"] else None
        return cls(facts, Path(order["transcripts"]), report, bool(order["probes"]), tuple(map(Alias.from_json, order["known_as"])))


class _Told(SystemClock):
    """The clock of what is told: when it happened, not when it is read."""

    def __init__(self) -> None:
        self.wall, self.elapsed = NO_TIME, 0.0
        self.now = lambda: self.wall
        self.monotonic = lambda: self.elapsed


@dataclass
class _Station:
    """What is kept of one station over all its connections; `line` is the present one."""

    identity: str
    transcript: Transcript
    writer: TranscriptWriter
    started: datetime
    line: int | None = None
    subprotocol: str | None = None
    notes: list[str] = field(default_factory=list)
    complete: bool = True
    excused: set[str] = field(default_factory=set)


class Auditing:
    """Takes in what passes, and writes the reports in the end."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._redactor = Redactor(new_key())
        self._clock = _Told()
        self._stations: dict[str, _Station] = {}
        self._lines: dict[int, _Station] = {}
        self._attached = ExitStack()

    def take(self, told: dict[str, Any]) -> None:
        """One thing that happened."""
        self._clock.wall = datetime.fromtimestamp(told["wall"], UTC)
        self._clock.elapsed = told["monotonic"]
        kind = told["kind"]
        if kind == "open":
            self._open(told)
        elif kind == "refused":
            self._refused(told)
        elif told["line"] in self._lines:
            self._of_line(self._lines[told["line"]], kind, told)

    def _of_line(self, station: _Station, kind: str, told: dict[str, Any]) -> None:
        if kind == "note":
            station.notes.append(told["text"])
        elif kind == "excused":
            station.excused.add(told["id"])
        elif station.line != told["line"]:
            # The station came anew before its older connection was known to be dead: what is left of that belongs to nobody.
            station.complete = False
        elif kind == "frame":
            raw = told["binary"].encode("latin-1") if "binary" in told else told["text"]
            station.transcript.note(
                Direction(told["direction"]), raw, station.identity, read_envelope(raw), self._clock.wall, self._clock.elapsed
            )
        elif kind == "missed":
            # A number that is left out says that something is missing there.
            station.transcript.seq += 1
            station.complete = False
        elif kind == "close":
            station.transcript.add_event(EventKind.CLOSE, station.identity, {"code": told["code"], "reason": told["reason"]})
            station.line = None
        if kind == "close":
            del self._lines[told["line"]]

    def _station(self, identity: str) -> _Station | None:
        """None: there is no room for another transcript."""
        if identity not in self._stations:
            clock: Clock = self._clock
            transcript = Transcript(clock=clock, redactor=self._redactor.of_its_own(), limit=KEPT_IN_MEMORY)
            try:
                writer = TranscriptWriter(self._order.transcripts)
            except OSError as problem:
                _say(f"{identity}: not audited: {self._order.transcripts}: no transcript can be made ({problem.strerror})")
                return None
            self._attached.enter_context(transcript.attached(writer.write))
            self._stations[identity] = _Station(identity, transcript, writer, self._clock.wall)
        return self._stations[identity]

    def _open(self, told: dict[str, Any]) -> None:
        station = self._station(told["identity"])
        if station is None:
            return
        detail = dict(told["detail"])
        # What it shows to be let in must not be told in clear from here on.
        for name, value in detail.get("headers", ()):
            for secret in spelled(value) if name.lower() == "authorization" else ():
                station.transcript.redactor.conceal(secret)
        detail["headers"] = self._redactor.headers((name, value) for name, value in detail.get("headers", ()))
        if station.line is not None:
            detail["replaces"] = "an older connection of this station"
        station.line, station.subprotocol = told["line"], detail.get("subprotocol")
        self._lines[told["line"]] = station
        station.transcript.add_event(EventKind.OPEN, station.identity, detail)

    def _refused(self, told: dict[str, Any]) -> None:
        if told["identity"] in self._stations:
            self._stations[told["identity"]].transcript.add_event(EventKind.HANDSHAKE_REFUSED, told["identity"], told["detail"])

    # --- the end

    def reports(self) -> Iterable[dict[str, Any]]:
        """One report for each station that spoke OCPP 1.6. Raises nothing; a station without a report is told on standard error."""
        self._attached.close()
        with ThreadPoolExecutor(1) as judge:
            for station in self._stations.values():
                if station.subprotocol not in {"ocpp1.6", None}:
                    _say(f"{station.identity}: it agreed on {station.subprotocol}; judged is ocpp1.6, so there is no report")
                    judge.submit(station.writer.close)
                    continue
                # Whatever goes wrong with one station's report must not cost the others theirs.
                judged = judge.submit(self._report, station)
                problem = judged.exception()
                if problem is None:
                    yield judged.result()
                else:
                    said = problem if isinstance(problem, RegistryError) else repr(problem)
                    _say(f"{station.identity}: no report: {said}")

    def _report(self, station: _Station) -> dict[str, Any]:
        path, digest = station.writer.close()
        records = read_transcript(path)
        whole = len(records) <= MOST_JUDGED
        notes = list(dict.fromkeys(station.notes))
        if not whole:
            notes.append(f"The newest {MOST_JUDGED} of {len(records)} records were judged.")
        recording = Recording(station.identity, tuple(records[-MOST_JUDGED:]), station.complete and whole, True)
        audit = AuditFacts(
            id=uuid.uuid4().hex,
            mode="relay+probe" if self._order.probes else "relay",
            started=rfc3339(station.started),
            ended=rfc3339(SystemClock().now()),
            tool_version=tool_version(),
            device=station.identity,
            tiers=("passive", "read-only") if self._order.probes else ("passive",),
            transcript_path=str(path),
            transcript_sha256=digest,
        )
        replayed = Replayed(recording, excused=frozenset(station.excused))
        return report_of(replayed, self._order.facts, audit, notes, known_as=self._order.known_as)


def audit(lines: Iterable[bytes], out: Callable[[bytes], object] | None = None) -> int:
    """Do what the lines say; gives the exit status."""
    feed = iter(lines)
    order = Order.from_json(json.loads(next(feed)))
    auditing = Auditing(order)
    for line in feed:
        auditing.take(orjson.loads(line))
    reports = list(auditing.reports())
    text = b"".join(orjson.dumps(report) + b"\n" for report in reports)
    try:
        if order.report is None:
            (out or sys.stdout.buffer.write)(text)
        else:
            partial = order.report.with_name(f"{order.report.name}.partial")
            partial.write_bytes(text)
            partial.replace(order.report)
    except OSError as problem:
        _say(f"{order.report}: the reports cannot be written ({problem.strerror}); the transcripts lie in {order.transcripts}")
        return MISSING
    _say(f"{len(reports)} stations judged" + (f"; reports in {order.report}" if order.report else ""))
    return DEVIATES if any(report["verdict"] == "deviates" for report in reports) else 0


def _say(text: str) -> None:
    sys.stderr.write(f"{one_line(text)}\n")


def main() -> None:
    """The process: what ends the relay must not end it before it has judged."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    allow_many_files()
    sys.exit(audit(sys.stdin.buffer))


if __name__ == "__main__":
    main()
