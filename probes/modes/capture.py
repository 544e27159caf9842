"""Packet captures (pcap, pcapng) through tshark, where that is installed: it puts streams together, unmasks, and says who masked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from probes.modes.logs import Entry, Log
from probes.wire.records import Direction
from registry.errors import CannotBegin

SECONDS = 300.0
"""How long tshark may take."""

_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
"""How the files of both formats begin, in either order of bytes, with times in micro- or nanoseconds."""

_FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    "http.request.uri",
    "websocket.opcode",
    "websocket.mask",
    "websocket.payload.text",
)
_BETWEEN = "\x1f"
"""Between the frames of one packet: a character that JSON has not."""

_IN_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|\\[nrt]')
"""A text of JSON, or a line break or tab outside of one, as tshark writes it."""

_TEXT = "1"
_MASKED = frozenset({"1", "true"})
_PARTS = 7


def is_capture(beginning: bytes) -> bool:
    """Whether a file that begins so is a packet capture."""
    return beginning.startswith(_MAGIC)


def read_capture(path: Path) -> Log:
    """The WebSocket messages in a capture. Raises `CannotBegin` when there is no tshark, or it cannot read the file.

    What a client sent is masked (RFC 6455 section 5.1), and the client is the station. The numbers of lines are those of packets.
    """
    program = shutil.which("tshark")
    if program is None:
        raise CannotBegin(f"{path}: a packet capture needs tshark, which is not installed; install it, or give a log")
    command = [program, "-r", str(path), "-Y", "websocket or http.request.uri", "-T", "fields"]
    for field in _FIELDS:
        command += ["-e", field]
    command += ["-E", "occurrence=a", "-E", f"aggregator={_BETWEEN}", "-E", "separator=/t"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as problem:
        raise CannotBegin(f"{path}: tshark did not end within {SECONDS:g} s; give a shorter capture") from problem
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise CannotBegin(f"{path}: tshark cannot read it ({said[0][:200]}); give a capture of ws:// traffic")
    return of_fields(done.stdout.decode(errors="replace").split("\n"))


def of_fields(lines: Iterable[str]) -> Log:
    """The log in what tshark printed: pure."""
    log = Log()
    stations: dict[str, str] = {}
    for line in lines:
        parts = line.split("\t")
        if len(parts) != _PARTS:
            continue
        number, time, stream, uri, opcodes, masks, payloads = parts
        if uri:
            stations[stream] = unquote(urlsplit(uri.split(_BETWEEN)[0]).path.rpartition("/")[2])
        if opcodes:
            _add(log, int(number), time, stations.get(stream) or f"stream {stream}", (opcodes, masks, payloads))
    return log


def _add(log: Log, number: int, time: str, station: str, told: tuple[str, str, str]) -> None:
    opcodes, masks, payloads = (text.split(_BETWEEN) if text else [] for text in told)
    senders = [mask for opcode, mask in zip(opcodes, masks, strict=False) if int(opcode, 0) == int(_TEXT)]
    if not senders and len(opcodes) == len(masks):
        return
    if len(opcodes) != len(masks) or len(payloads) != len(senders):
        # Some frame of the packet has no text, so which is whose is not known; or the message came in fragments.
        log.broken.append(number)
        return
    for mask, payload in zip(senders, payloads, strict=True):
        direction = Direction.FROM_STATION if mask.casefold() in _MASKED else Direction.FROM_CSMS
        log.entries.append(Entry(number, _as_sent(payload), datetime.fromtimestamp(float(time), UTC), station, None, direction))


def _as_sent(printed: str) -> str:
    """The text of a frame. What tshark prints has escapes for line breaks and tabs, which in JSON stand in texts only; with some of its
    versions it has two backslashes for one.
    """
    spaced = _IN_STRINGS.sub(lambda found: found[1] or " ", printed)
    for text in (printed, spaced, printed.replace("\\\\", "\\")):
        try:
            json.loads(text)
        except ValueError:
            continue
        return text
    return printed
