"""Our CSMS in a process of its own, to be killed: `python -m tests.soak_csms PORT STATE_FOLDER CALLS_FILE IDENTITY ...`.

Appends to the file what each station tells of its transactions, a JSON array a line: identity, action, payload, whether it was accepted.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from probes.csms.csms import Csms
from probes.wire.records import Frame, MessageType, Record

KEY = b"a key that outlasts the process"
HISTORY = 200
TOLD = frozenset({"StartTransaction", "MeterValues", "StopTransaction"})


class Chronicle:
    """Writes down the calls of `TOLD` once they are answered, each line at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._open: dict[tuple[str, str], Frame] = {}

    def note(self, record: Record) -> None:
        """A sink for transcripts."""
        if not isinstance(record, Frame) or record.action not in TOLD or record.message_id is None:
            return
        key = record.charge_point_id, record.message_id
        if record.message_type is MessageType.CALL:
            self._open[key] = record
        elif (call := self._open.pop(key, None)) is not None:
            entry = [record.charge_point_id, record.action, json.loads(call.raw)[3], json.loads(record.raw)[2]]
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()


async def main(port: int, folder: Path, calls: Path, identities: list[str]) -> None:
    """Serve until killed."""
    chronicle = Chronicle(calls)
    async with Csms("127.0.0.1", port, redaction_key=KEY, state_folder=folder, history=HISTORY) as csms, AsyncExitStack() as attached:
        for identity in identities:
            attached.enter_context(csms.transcript(identity).attached(chronicle.note))
        print("listening", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))
