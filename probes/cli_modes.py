"""`ocpp-registry audit replay` and `ocpp-registry relay`: audits beside and after a device's own CSMS."""

from __future__ import annotations

import asyncio
import json
import signal
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from probes.audit import Listen, require_station_certificate, tool_version
from probes.audit_csms import require_csms_certificate
from probes.cli_audit import Given, audit, given_by, parse_endpoint
from probes.cli_audit_csms import csms
from probes.cli_report import report_console, show
from probes.judge.certified import Certified
from probes.modes.auditor import MISSING, Order
from probes.modes.capture import is_capture, read_capture
from probes.modes.central_replay import central_report_of, choose_central
from probes.modes.ends import Upstream
from probes.modes.feeding import AuditorProcess
from probes.modes.probing import Prober
from probes.modes.recordings import Recordings, SparingRedactor, of_log, read_recordings
from probes.modes.relay import Relay
from probes.modes.replay import Replayed, choose, report_of
from probes.report import AuditFacts
from probes.wire import loops
from probes.wire.clock import SystemClock, rfc3339
from probes.wire.open_files import allow_many_files
from probes.wire.redact import new_key
from probes.wire.transcript import TranscriptWriter
from registry.certificates.facts import CertificateFacts
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
@click.option("--id", "identity", help="Which station of several; of a central system, all count without it.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document on standard output.")
@click.pass_context
def replay(ctx: click.Context, transcript: Path, number: str | None, facts_file: Path | None, identity: str | None, as_json: bool) -> None:
    """Judge recorded traffic: a transcript, a log with a time stamp and a [2,...] array a line, an export, or a packet capture.

    Who is judged is told by the certificate: one charging station, or the central system that the recorded stations talk to.

    Exit status: 0 conformant, 1 deviates or inconclusive, 2 there is nothing to judge.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    given = given_by(settings, number, facts_file, "audit replay")
    facts = given.facts
    central = facts.role == "CSMS"
    (require_csms_certificate if central else require_station_certificate)(facts)
    started = rfc3339(SystemClock().now())
    content, recordings = _read(transcript)
    replayed = (choose_central if central else choose)(recordings, str(transcript), identity)
    if len(replayed.recording.records) > MOST_FRAMES:
        raise CannotBegin(f"{transcript}: more than {MOST_FRAMES} frames to be judged at once; judge it in parts")
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
    if central:
        report: dict[str, Any] = central_report_of(replayed, facts, facts_of_audit)
    else:
        report = report_of(replayed, facts, facts_of_audit, known_as=given.known_as)
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


@click.command()
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where stations connect; path and query are kept.")
@click.option("--upstream", required=True, metavar="WS_URL", help="The central system: ws:// or wss://, HOST:PORT and perhaps a path.")
@click.option("--upstream-ca", "authority", type=click.Path(path_type=Path), help="PEM of the authority that signs its certificate.")
@click.option("--certificate", "number", help="The certificate that the stations are held against, as the registry has it.")
@click.option("--facts", "facts_file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option("--probe", type=click.Choice(["read-only"]), help="Also ask the stations what only reads, when their lines are free.")
@click.option("--report", type=click.Path(path_type=Path), help="Where the reports go when it ends, one a line; else standard output.")
@click.pass_context
def relay(
    ctx: click.Context,
    listen: str,
    upstream: str,
    authority: Path | None,
    number: str | None,
    facts_file: Path | None,
    probe: str | None,
    report: Path | None,
) -> None:
    """Pass on everything between stations and their central system, and audit what passes, until it is stopped (Ctrl-C, SIGTERM).

    SIGUSR1 switches probing off. Exit status: 0 no station deviates, 1 one does, 2 it could not begin or reports are missing.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    place = parse_endpoint(listen)
    target = Upstream.of(upstream, authority)
    given = Given(CertificateFacts(role="CS"))
    if number or facts_file:
        given = given_by(settings, number, facts_file, "relay")
        require_station_certificate(given.facts)
    if report is not None:
        _must_be_writable(report)
    allow_many_files()
    order = Order(given.facts, settings.transcripts, report.absolute() if report else None, probe is not None, given.known_as)
    ctx.exit(loops.run(_relay(place, target, order)))


def _must_be_writable(report: Path) -> None:
    try:
        report.open("ab").close()
    except OSError as problem:
        raise CannotBegin(f"{report}: cannot be written ({problem.strerror}); name another file for the reports") from problem


async def _relay(place: Listen, target: Upstream, order: Order) -> int:
    await target.reachable()
    stopped = asyncio.Event()
    prober = Prober(Certified.of(order.facts)) if order.probes else None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGUSR1, prober.switch_off if prober else _nothing_to_switch_off)
    process = AuditorProcess(order)
    async with process, Relay(place.host, place.port, target, process, prober.line if prober else None) as running:
        click.echo(f"passing on between {running.url} and {target.shown}", err=True)
        await stopped.wait()
        if prober:
            prober.switch_off()
    return MISSING if process.status is None else process.status


def _nothing_to_switch_off() -> None:
    """Without probing SIGUSR1 must not end the relay."""


audit.add_command(csms)
commands: tuple[click.Command, ...] = (audit, relay)
