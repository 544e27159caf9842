"""A CSMS whose transcript has no more room: `python -m tests.probes.wire.full_disk FOLDER BYTES` prints what became of it as JSON.

The limit is the operating system's own, on the size of a file (RLIMIT_FSIZE), so it is set in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from probes.csms.csms import Csms
from probes.wire.transcript import EvidenceLost, TranscriptWriter
from probes.wire.websocket import SUBPROTOCOL

CALLS = 50


class Kept(logging.Handler):
    """What is logged, line by line."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def main(folder: Path, limit: int) -> dict[str, Any]:
    logged = Kept()
    logging.getLogger().addHandler(logged)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    writer = TranscriptWriter(folder)
    answered = {"CP1": 0, "CP2": 0}
    async with Csms() as csms:
        with csms.transcript("CP1").attached(writer.write):
            for identity in answered:
                async with connect(f"{csms.url}/{identity}", subprotocols=[SUBPROTOCOL]) as station:
                    for number in range(CALLS):
                        await station.send(json.dumps([2, str(number), "Heartbeat", {}]))
                        answered[identity] += json.loads(await station.recv())[0] == 3
    try:
        writer.close()
        lost = None
    except EvidenceLost as problem:
        lost = str(problem)
    (file,) = folder.iterdir()
    return {"answered": answered, "lost": lost, "logged": logged.lines, "file": file.name, "lines": file.read_text().splitlines()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))))
