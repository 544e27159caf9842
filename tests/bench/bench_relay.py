"""What the relay adds to a call, against a direct connection to the same central system, in one run.

`python -m tests.bench.bench_relay`: the central system is ours, in a process of its own; the relay is the command as users run it, with its
auditor recording all that passes. One station is connected directly and one through the relay; they call in turn, one call each, so that
what other work of the machine does, it does to both.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.stack_child import METER_VALUES
from tests.bench.stack_load import Child, call_frames, connected

WANTED_MILLISECONDS = 1.0
"""What the relay may add at the median."""

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def relay(port: int, home: Path) -> Iterator[tuple[int, int]]:
    """The relay before a central system, ready; gives its port and process id."""
    command = [sys.executable, "-m", "app", "relay", "--listen", "127.0.0.1:0", "--upstream", f"ws://127.0.0.1:{port}"]
    environment = {**os.environ, "OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""}
    child = subprocess.Popen(
        [*command, "--report", str(home / "reports")],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert child.stderr is not None
        line = child.stderr.readline()
        if not line.startswith("passing on between"):
            raise AssertionError(f"the relay did not begin: {line}")
        yield int(line.split(" ")[3].rsplit(":", 1)[1]), child.pid
    finally:
        child.terminate()
        child.communicate()


def cpu(pid: int) -> float:
    """CPU seconds of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def call(station: socket.socket, frame: bytes) -> float:
    """Seconds from a call to its answer."""
    began = time.perf_counter()
    station.send(frame)
    answer = station.recv(65536)
    taken = time.perf_counter() - began
    if answer[:1] != b"\x81" or b"[3," not in answer[:12]:
        raise AssertionError(f"answered {answer[:200]!r}")
    return taken


def measure(calls: int) -> dict[str, Any]:
    """The times of so many calls each way, in microseconds, and whether what is added is what is wanted."""
    frames = call_frames("MeterValues", METER_VALUES, calls + calls // 10)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        child = Child("ours")
        stack.callback(child.end)
        through, pid = stack.enter_context(relay(child.port, home))
        stations = {
            "direct": connected(child.port, 0),
            "relay": connected(through, 1),
        }
        times: dict[str, list[float]] = {name: [] for name in stations}
        began = 0.0
        for number, frame in enumerate(frames):
            if number == calls // 10:
                began = cpu(pid)
                for found in times.values():
                    found.clear()
            for name, station in stations.items():
                times[name].append(call(station, frame))
        spent = cpu(pid) - began
        for station in stations.values():
            station.close()
    medians = {name: statistics.median(found) for name, found in times.items()}
    added = [through - direct for through, direct in zip(times["relay"], times["direct"], strict=True)]
    median = statistics.median(added) * 1e3
    return {
        "calls": calls,
        "median_microseconds": {name: round(value * 1e6, 1) for name, value in medians.items()},
        "p99_microseconds": {name: round(statistics.quantiles(found, n=100)[98] * 1e6, 1) for name, found in times.items()},
        "added_by_relay": {
            "median_milliseconds": round(median, 4),
            "wanted": f"at most {WANTED_MILLISECONDS:g}",
            "met": median <= WANTED_MILLISECONDS,
        },
        "relay_cpu_microseconds_a_call": round(spent / calls * 1e6, 1),
    }


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    print(json.dumps(measure(parser.parse_args().calls), indent=2))


if __name__ == "__main__":
    main()
