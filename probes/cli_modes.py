"""`ocpp-registry audit replay` and `ocpp-registry relay`: audits beside and after a device's own CSMS."""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from probes.audit import require_station_certificate, tool_version
from probes.cli_audit import audit, facts_from, report_console, show
from probes.modes.capture import is_capture, read_capture
from probes.modes.recordings import Recordings, SparingRedactor, of_log, read_recordings
from probes.modes.replay import Replayed, choose, report_of
from probes.report import AuditFacts
from probes.wire.clock import SystemClock, rfc3339
from probes.wire.redact import new_key
from probes.wire.transcript import TranscriptWriter
from registry.errors import CannotBegin
from registry.settings import Settings

LARGEST_FILE = 64 << 20
"""The largest recording that is judged at once, in bytes."""

MOST_FRAMES = 200_000
"""The most frames of one station that are judged at once."""


@audit.command()
@click.argument("transcript", type=click.Path(path_type=Path))
@click.option("--certificate", "number", help="The certificate number, as the registry has it.")
@click.option("--facts", "facts_file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option("--id", "identity", help="Which station, in a recording of several.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document on standard output.")
@click.pass_context
def replay(ctx: click.Context, transcript: Path, number: str | None, facts_file: Path | None, identity: str | None, as_json: bool) -> None:
    """Judge recorded traffic: a transcript, a log with a time stamp and a [2,...] array a line, an export, or a packet capture.

    Exit status: 0 conformant, 1 deviates or inconclusive, 2 there is nothing to judge.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    facts = facts_from(settings, number, facts_file, "audit replay")
    require_station_certificate(facts)
    started = rfc3339(SystemClock().now())
    content, recordings = _read(transcript)
    replayed = choose(recordings, str(transcript), identity)
    if len(replayed.recording.records) > MOST_FRAMES:
        raise CannotBegin(f"{transcript}: more than {MOST_FRAMES} frames of one station; judge it in parts")
    path, digest = _evidence(transcript, content, replayed, settings)
    facts_of_audit = AuditFacts(
        id=uuid.uuid4().hex,
        mode="replay",
        started=started,
        ended=rfc3339(SystemClock().now()),
        tool_version=tool_version(),
        device=replayed.recording.station or identity or "",
        tiers=("passive",),
        transcript_path=str(path),
        transcript_sha256=digest,
    )
    report: dict[str, Any] = report_of(replayed, facts, facts_of_audit)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        show(report, report_console())
    ctx.exit(0 if report["verdict"] == "conformant" else 1)


def _read(path: Path) -> tuple[bytes, Recordings]:
    remedy = "name a transcript or a log"
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise CannotBegin(f"{path}: {size >> 20} MiB are more than the {LARGEST_FILE >> 20} that are judged at once; split it")
        content = path.read_bytes()
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); {remedy}") from problem
    redactor = SparingRedactor(new_key())
    if is_capture(content[:4]):
        return content, of_log(read_capture(path), redactor)
    return content, read_recordings(content.decode("utf-8", "replace"), redactor)


def _evidence(path: Path, content: bytes, replayed: Replayed, settings: Settings) -> tuple[Path, str]:
    """What the numbers of the report's frames are about: the file itself when it is a transcript, else one made of the recording."""
    if replayed.recording.exact:
        return path, sha256(content).hexdigest()
    writer = TranscriptWriter(settings.transcripts)
    for record in replayed.recording.records:
        writer.write(record)
    return writer.close()


commands: tuple[click.Command, ...] = (audit,)
