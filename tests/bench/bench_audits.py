"""What audits of many stations cost, through one gateway in one process: `python -m tests.bench.bench_audits`.

All stations are there at once and live in another process; the gateway's process receives them, audits each read-only, judges, writes each
transcript. Printed are medians of interleaved rounds: CPU time of that process a station, its memory a station, and the time it took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from probes.audit import AuditOptions, audit_station
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.modes.takeover import Limits
from tests.bench.stack_child import allow_many_sockets
from tests.probes.audits.facts import facts_with

FEW, MANY = 50, 500
AT_ONCE = 50
"""How many audits go on at the same time."""

MOST_GROWTH = 1.3
"""How much dearer a station may be among many than among few."""

LIMITS = Limits(status=30.0, start=30.0, answer=120.0)


@dataclass(frozen=True)
class Round:
    """One round: seconds of CPU and KiB a station, seconds by the clock, and how many came out conformant."""

    cpu: float
    memory: float
    wall: float
    conformant: int


async def audits(count: int) -> Round:
    """Audit `count` stations through one gateway."""
    facts = facts_with()
    with tempfile.TemporaryDirectory() as directory:
        async with Csms(heartbeat_interval=300, id_tags=audit_id_tags(), history=2000, lenient=True) as csms:
            stations = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.audits_stations", csms.url, str(count)], stdin=subprocess.PIPE, text=True
            )
            try:
                for number in range(count):
                    await csms.station(f"S{number}", 120.0)
                before, began, resident = time.process_time(), time.monotonic(), _resident()
                places = asyncio.Semaphore(AT_ONCE)

                async def one(number: int) -> str:
                    async with places:
                        result = await audit_station(
                            facts=facts,
                            identity=f"S{number}",
                            csms=csms,
                            transcript_dir=Path(directory),
                            options=AuditOptions(limits=LIMITS),
                        )
                        return result.verdict

                verdicts = await asyncio.gather(*(one(number) for number in range(count)))
                cpu, wall = time.process_time() - before, time.monotonic() - began
                memory = _resident() - resident
            finally:
                stations.communicate("\n")
    return Round(cpu / count, memory / count, wall, verdicts.count("conformant"))


def _resident() -> float:
    """KiB that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024


def _in_a_process(count: int) -> Round:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_audits", "--round", str(count)], capture_output=True, text=True, check=True
    )
    return Round(**json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Print the figures; 1 when a station is too dear among many, or one was not found conformant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--round", type=int, help="one round with so many stations, in this process")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.round:
        allow_many_sockets()
        print(json.dumps(asyncio.run(audits(options.round)).__dict__))
        return 0
    rounds: dict[int, list[Round]] = {FEW: [], MANY: []}
    for _ in range(options.rounds):
        for count, found in rounds.items():
            found.append(_in_a_process(count))
    costs = {}
    for count, found in rounds.items():
        costs[count] = statistics.median(each.cpu for each in found)
        memory, wall = statistics.median(each.memory for each in found), statistics.median(each.wall for each in found)
        print(f"{count} stations: {wall:.1f} s, {costs[count] * 1000:.1f} ms of CPU and {memory:.0f} KiB a station")
        if any(each.conformant != count for each in found):
            print("NOT ALL CONFORMANT", [each.conformant for each in found])
            return 1
    growth = costs[MANY] / costs[FEW]
    print(f"a station among {MANY} costs {growth:.2f} times one among {FEW} (at most {MOST_GROWTH})")
    return 0 if growth <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
