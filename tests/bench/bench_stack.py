"""How fast the OCPP stack is, against the `ocpp` library's own ChargePoint and a bare `websockets` echo, all in one run.

`python -m tests.bench.bench_stack`: everything that is measured runs in a process of its own, under the same load of bare sockets;
rounds are interleaved, and printed are medians. CPU time is that of the measured process alone, user and system, so that other work
on the machine changes it little. In ours the tap, redaction and the validation of both payloads are on.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from typing import Any

from probes.wire.loops import fast_loop_is_installed
from tests.bench.stack_child import CALLERS, METER_VALUES, allow_many_sockets
from tests.bench.stack_load import Child, Stations, call_frames
from tests.bench.stack_responder import Responder

STATIONS = 100
CROWD = 1000
PING_SECONDS = 20.0
"""As both libraries have it when nothing else is said: more than a round lasts, so that nobody has to answer."""

WANTED: dict[str, tuple[str, float, str]] = {
    "csms_against_library": ("at least", 8.0, "calls a CPU second of our CSMS, of the library's"),
    "csms_against_echo": ("at least", 1.0, "the same, of a bare websockets echo"),
    "station_calls_against_library": ("at least", 4.0, "calls a CPU second of our stations, of the library's call()"),
    "first_answer_against_library": ("at most", 1 / 20, "seconds to the first answer when a crowd sends at once, of the library's"),
    "memory_against_websockets": ("at most", 3.0, "memory of an idle connection, of bare websockets without compression"),
}
"""What is to be shown: at least or at most so many times the yardstick."""

AIMED: dict[str, tuple[float, str]] = {
    "library": (14.0, "calls a CPU second of our CSMS with the extra fast, of the library's"),
    "echo": (2.0, "the same, of a bare websockets echo"),
}
"""What is hoped for besides, with the optional transport: at least so many times the yardstick."""


def servers(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """Per server: `cpu_microseconds` of a call, `calls_per_cpu_second`, and `calls_per_second` as seen from outside.

    `ours-fast` is ours on the event loop and the frames of the extra `fast`, where that is installed.
    """
    frames = call_frames("MeterValues", METER_VALUES, calls)
    children = {"ours": Child("ours"), "library": Child("library"), "echo": Child("echo")}
    if fast_loop_is_installed():
        children["ours-fast"] = Child("ours", "fast")
    stations = {kind: Stations(child.port, STATIONS) for kind, child in children.items()}

    def round_of(kind: str) -> tuple[float, float]:
        before = children[kind].cpu()
        wall = stations[kind].exchange(frames)
        return children[kind].cpu() - before, wall

    measured = _interleaved(list(children), rounds, round_of)
    for each in stations.values():
        each.hang_up()
    for child in children.values():
        child.end()
    return {kind: _figures(found, STATIONS * calls) for kind, found in measured.items()}


def station_calls(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """The same for stations that call, all answered by the same bare sockets."""
    with Responder() as responder:
        children = {kind: Child(kind, "stations", port=responder.port) for kind in ("ours", "library")}

        def round_of(kind: str) -> tuple[float, float]:
            before = children[kind].cpu()
            children[kind].ask(f"call {calls}")
            return children[kind].cpu() - before, 0.0

        measured = _interleaved(list(children), rounds, round_of)
        for child in children.values():
            child.end()
    return {kind: _figures(found, CALLERS * calls) for kind, found in measured.items()}


def crowds(rounds: int) -> dict[str, dict[str, float]]:
    """Per server: `first_answer_milliseconds` when all send at once, `idle_kibibytes` of a connection. A fresh process each round."""
    (frame,) = call_frames("MeterValues", METER_VALUES, 1)

    def round_of(kind: str) -> tuple[float, float]:
        child = Child(kind, ping=PING_SECONDS)
        empty = float(child.ask("memory"))
        stations = Stations(child.port, CROWD)
        each = (float(child.ask("memory")) - empty) / CROWD
        first = stations.first_answer(frame)
        stations.hang_up()
        child.end()
        return first, each

    measured = _interleaved(["ours", "library", "echo"], rounds, round_of, warm_up=False)
    return {
        kind: {
            "first_answer_milliseconds": round(statistics.median(first for first, _ in found) * 1e3, 2),
            "idle_kibibytes": round(statistics.median(each for _, each in found), 1),
        }
        for kind, found in measured.items()
    }


Round = Callable[[str], tuple[float, float]]


def _interleaved(kinds: list[str], rounds: int, round_of: Round, *, warm_up: bool = True) -> dict[str, list[tuple[float, float]]]:
    """One round of each in turn, so often; what other work of the machine does, it does to all of them."""
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for number in range(rounds + warm_up):
        for kind in kinds:
            measured = round_of(kind)
            if number or not warm_up:
                found[kind].append(measured)
    return found


def _figures(found: list[tuple[float, float]], calls: int) -> dict[str, float]:
    cpu = statistics.median(cpu for cpu, _ in found) / calls
    wall = statistics.median(wall for _, wall in found) / calls
    figures = {"cpu_microseconds": round(cpu * 1e6, 1), "calls_per_cpu_second": round(1 / cpu)}
    return figures | ({"calls_per_second": round(1 / wall)} if wall else {})


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """The figures of `WANTED`."""
    csms, calls, crowd = found["servers"], found["station_calls"], found["crowds"]

    def cpu(of: dict[str, Any], yardstick: str) -> float:
        return float(of[yardstick]["cpu_microseconds"] / of["ours"]["cpu_microseconds"])

    return {
        "csms_against_library": cpu(csms, "library"),
        "csms_against_echo": cpu(csms, "echo"),
        "station_calls_against_library": cpu(calls, "library"),
        "first_answer_against_library": crowd["ours"]["first_answer_milliseconds"] / crowd["library"]["first_answer_milliseconds"],
        "memory_against_websockets": crowd["ours"]["idle_kibibytes"] / crowd["echo"]["idle_kibibytes"],
    }


def measure(rounds: int, calls: int) -> dict[str, Any]:
    """Everything, and how it stands to what is wanted."""
    found: dict[str, Any] = {
        "servers": servers(rounds, calls),
        "station_calls": station_calls(rounds, calls),
        "crowds": crowds(rounds),
    }
    found["ratios"] = {
        name: {
            "is": round(ratio, 3),
            "wanted": f"{word} {bound:g}",
            "met": ratio >= bound if word == "at least" else ratio <= bound,
            "of": of,
        }
        for (name, (word, bound, of)), ratio in zip(WANTED.items(), ratios(found).values(), strict=True)
    }
    if fast_loop_is_installed():
        found["aims"] = _aims(found["servers"])
    return found


def _aims(servers: dict[str, dict[str, float]]) -> dict[str, dict[str, Any]]:
    """How the extra `fast` stands to what is hoped for."""
    is_so = {yardstick: servers[yardstick]["cpu_microseconds"] / servers["ours-fast"]["cpu_microseconds"] for yardstick in AIMED}
    return {
        f"fast_csms_against_{yardstick}": {
            "is": round(is_so[yardstick], 3),
            "aimed": f"at least {bound:g}",
            "met": is_so[yardstick] >= bound,
            "of": of,
        }
        for yardstick, (bound, of) in AIMED.items()
    }


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100, help="calls of each station in a round")
    arguments = parser.parse_args()
    allow_many_sockets()
    print(json.dumps(measure(arguments.rounds, arguments.calls), indent=2))


if __name__ == "__main__":
    main()
