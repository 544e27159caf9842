"""Parses documents in a process of its own, with bounds on memory and time, and says what became of each.

`python -m tests.ingest.bounded FILE ...` prints a line of JSON for each file: the outcome ("read", "refused", or "crashed" with what
was raised), the message or the certificate number, the seconds taken and the highest memory so far in MiB.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ingest.parse import parse_document
from registry.errors import NotACertificate, UnreadableDocument

ADDRESS_SPACE = 2 << 30
"""Bytes that the process may take; what needs more gets a MemoryError, which is a crash."""
LONGEST = 60
"""Seconds for one document."""


@dataclass(frozen=True)
class Fate:
    """What became of one document. `seconds` are those of the processor: how busy the machine is with others does not count."""

    name: str
    outcome: str
    message: str
    seconds: float
    mebibytes: float
    source: str | None = None


def parse_bounded(files: Sequence[Path]) -> list[Fate]:
    """The fate of each file, all in one child process."""
    command = [sys.executable, "-m", "tests.ingest.bounded", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST * (len(files) + 1), check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [Fate(**json.loads(line)) for line in done.stdout.splitlines()]


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _fate(path: Path) -> Fate:
    begun = time.process_time()
    source = None
    signal.alarm(LONGEST)
    try:
        extraction = parse_document(path.read_bytes(), path.name)
        outcome, message, source = "read", str(extraction.certificate.number), extraction.document.text_source
    except (NotACertificate, UnreadableDocument) as error:
        outcome, message = "refused", str(error)
    except BaseException as error:  # noqa: BLE001 - a crash of any kind is what is looked for here
        outcome, message = "crashed", f"{type(error).__name__}: {error}"
    signal.alarm(0)
    return Fate(path.name, outcome, message, time.process_time() - begun, _peak(), source)


def _peak() -> float:
    """The most memory that this process had, in MiB. The kernel's usage record would count the parent's memory at the fork too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024


def main() -> None:
    """Read the named files one after the other."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    signal.signal(signal.SIGALRM, _too_long)
    for name in sys.argv[1:]:
        sys.stdout.write(json.dumps(vars(_fate(Path(name)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
