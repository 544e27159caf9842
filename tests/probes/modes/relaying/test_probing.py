"""Probes on a relayed line: the station is asked, and its central system never learns of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from probes.cases.catalogue import scripted
from probes.judge.certified import Certified
from probes.modes import line as lines
from probes.modes.line import Line
from probes.modes.probing import Prober, probing_cases
from probes.modes.routing import READ_ONLY
from probes.modes.streams import LONGEST_KEPT
from probes.wire.records import Direction
from tests.probes.judge.talk import certificate
from tests.probes.modes.raw_station import BOOT, RawStation, compliant, configured, connected, introduce
from tests.probes.modes.relayed import BOUND, Central, Told, between, received, station

BOOTED = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    system = Central()
    system.on_message = answering(BOOTED)
    await system.start()
    yield system
    await system.die()


def answering(boot: dict[str, Any]) -> Any:
    """What a central system does that answers a boot so, and all else with {}."""

    async def answer(connection: Any, message: str | bytes) -> None:
        frame = json.loads(message)
        if frame[0] == 2:
            await connection.send(json.dumps([3, frame[1], boot if frame[2] == "BootNotification" else {}]))

    return answer


def asked(told: Told) -> list[str]:
    """The actions that the station was asked for by somebody."""
    frames = [json.loads(message) for _, direction, message in told.of("frame") if direction is Direction.FROM_CSMS]
    return [frame[2] for frame in frames if frame[0] == 2]


async def until(told: Told, action: str, count: int = 1) -> None:
    """Wait until the station was asked this so often."""
    frames = 0
    async with asyncio.timeout(BOUND):
        while asked(told).count(action) < count:
            frames = len(told.of("frame"))
            await told.until("frame", frames + 1)


async def test_the_reading_cases_are_run_and_the_central_system_sees_nothing_of_them(central: Central) -> None:
    prober = Prober(Certified.of(certificate()), quiet=0.0)
    async with between(central, on_line=prober.line) as (relay, told), connected(relay.url) as raw:
        await until(told, "GetLocalListVersion")
        await raw.call("Heartbeat", {})
        assert {frame[2] for frame in map(json.loads, central.messages)} == {"BootNotification", "StatusNotification", "Heartbeat"}
        assert {action for action, _ in raw.seen} == {"GetConfiguration", "GetLocalListVersion"}
        prober.switch_off()


def test_what_is_probed_are_the_reading_cases() -> None:
    assert {case.facts.id for case in probing_cases()} == {
        case.facts.id for case in scripted() if case.reads_only and case.script is not None and case.facts.tier == "read-only"
    }
    assert {"TC_019_CS", "TC_042_1_CS"} <= {case.facts.id for case in probing_cases()}


async def test_a_station_that_is_not_accepted_yet_is_not_asked(central: Central) -> None:
    central.on_message = answering(BOOTED | {"status": "Pending"})
    prober = Prober(Certified.of(certificate()), settling=BOUND, quiet=0.0)
    async with between(central, on_line=prober.line) as (relay, told), connected(relay.url) as raw:
        central.on_message = answering(BOOTED)
        for _ in range(20):
            await raw.call("Heartbeat", {})
        assert asked(told) == []
        await raw.call("BootNotification", BOOT)
        await until(told, "GetConfiguration")
        prober.switch_off()


async def test_a_station_that_came_back_without_booting_is_asked_after_a_while(central: Central) -> None:
    prober = Prober(Certified.of(certificate()), settling=0.0, quiet=0.0)
    async with between(central, on_line=prober.line) as (relay, told), connected(relay.url, introduction=None):
        await until(told, "GetConfiguration")
        prober.switch_off()


class Slow:
    """A station that answers GetConfiguration when it is let."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.answers = compliant() | {"GetConfiguration": self._answer, "ClearCache": {"status": "Accepted"}}

    async def _answer(self, raw: RawStation, payload: dict[str, Any]) -> Any:
        del raw, payload
        self.asked.set()
        await self.may_answer.wait()
        return {"configurationKey": []}


async def test_a_call_of_the_central_system_waits_for_a_probe_and_goes_on_when_that_is_answered(
    central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "HOLD_SECONDS", BOUND)
    found: list[Line] = []
    slow = Slow()
    async with between(central, on_line=found.append) as (relay, told), connected(relay.url, slow.answers):
        (line,) = found
        probe = asyncio.create_task(line.probe("GetConfiguration", {}, BOUND))
        await slow.asked.wait()
        csms = await central.connection()
        await csms.send('[2,"c1","ClearCache",{}]')
        async with asyncio.timeout(BOUND):
            await (await csms.ping())  # overtakes what is held
        assert asked(told) == ["GetConfiguration"]
        assert not line.can_be_probed()
        slow.may_answer.set()
        answer = await probe
        assert answer is not None
        assert answer.payload == {"configurationKey": []}
        await until(told, "ClearCache")
        async with asyncio.timeout(BOUND):
            while central.messages[-1] != '[3, "c1", {"status": "Accepted"}]':
                await central.heard(len(central.messages) + 1)


async def test_a_probe_is_dropped_when_the_central_system_needs_the_line_and_its_late_answer_is_swallowed(
    central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "HOLD_SECONDS", 0.01)
    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, told), station(relay) as websocket:
        (line,) = found
        probe = asyncio.create_task(line.probe("GetConfiguration", {}, BOUND))
        ours = await received(websocket)
        csms = await central.connection()
        for number in range(3):
            await csms.send(f'[2,"c{number}","ClearCache",{{}}]')
        assert await probe is None
        assert [identifier for _, identifier in told.of("excused")][:2] == [ours[1], "c0"]
        assert [(await received(websocket))[1] for _ in range(3)] == ["c0", "c1", "c2"]
        await websocket.send(json.dumps([3, ours[1], {"configurationKey": []}]))
        await websocket.send('[3,"c0",{"status":"Accepted"}]')
        assert json.loads(await central.heard()) == [3, "c0", {"status": "Accepted"}]
        assert len(central.messages) == 1
        assert len(told.of("frame")) == 6


async def test_what_is_held_goes_before_the_close_frame_of_the_central_system(central: Central, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "HOLD_SECONDS", BOUND)
    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, _), station(relay) as websocket:
        probe = asyncio.create_task(found[0].probe("GetConfiguration", {}, BOUND))
        await received(websocket)
        csms = await central.connection()
        await csms.send('[2,"c","ClearCache",{}]')
        await csms.close(1012, "restart")
        assert await received(websocket) == [2, "c", "ClearCache", {}]
        await websocket.wait_closed()
        assert (websocket.close_code, websocket.close_reason) == (1012, "restart")
        assert await probe is None


async def test_a_probe_waits_while_the_central_system_has_a_call_in_flight(central: Central) -> None:
    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, _), station(relay) as websocket:
        await (await central.connection()).send('[2,"c","ClearCache",{}]')
        await received(websocket)
        (line,) = found
        assert await line.probe("GetConfiguration", {}, BOUND) is None
        await websocket.send('[3,"c",{"status":"Accepted"}]')
        await central.heard()
        assert line.can_be_probed()


async def test_nothing_of_ours_stands_within_a_message_that_is_passed_on_as_it_comes(central: Central) -> None:
    goes_on = asyncio.Event()

    async def pieces() -> AsyncIterator[str]:
        yield "x" * (LONGEST_KEPT + 1)
        await goes_on.wait()
        yield "y"

    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, told), station(relay) as websocket:
        sending = asyncio.create_task((await central.connection()).send(pieces()))
        await told.until("missed")
        assert not found[0].can_be_probed()
        assert await found[0].probe("GetConfiguration", {}, BOUND) is None
        goes_on.set()
        await sending
        async with asyncio.timeout(BOUND):
            assert await websocket.recv() == "x" * (LONGEST_KEPT + 1) + "y"
        assert found[0].can_be_probed()


async def test_a_probe_that_is_not_answered_ends_and_what_does_not_only_read_is_never_sent(central: Central) -> None:
    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, told), station(relay) as websocket:
        (line,) = found
        assert await line.probe("Reset", {"type": "Hard"}, BOUND) is None
        assert await line.probe("GetConfiguration", {}, 0.01) is None
        assert (await received(websocket))[2] == "GetConfiguration"
        assert asked(told) == ["GetConfiguration"]
        assert set(asked(told)) <= READ_ONLY
        assert told.of("excused") == []


async def test_a_probe_ends_when_the_station_or_the_central_system_goes(central: Central) -> None:
    found: list[Line] = []
    async with between(central, on_line=found.append) as (relay, told):
        async with station(relay) as websocket:
            probe = asyncio.create_task(found[0].probe("GetConfiguration", {}, BOUND))
            await received(websocket)
        assert await probe is None
        async with station(relay) as websocket:
            probe = asyncio.create_task(found[1].probe("GetConfiguration", {}, BOUND))
            ours = await received(websocket)
            await central.die()
            assert await probe is None
            await told.until("note")
            assert not found[1].can_be_probed()
            await websocket.send(json.dumps([3, ours[1], {}]))
    assert central.messages == []


async def test_switching_off_ends_what_is_asked_at_once(central: Central) -> None:
    slow = Slow()
    prober = Prober(Certified.of(certificate()), quiet=0.0)
    async with between(central, on_line=prober.line) as (relay, told), connected(relay.url, slow.answers) as raw:
        await slow.asked.wait()
        prober.switch_off()
        slow.may_answer.set()
        await (await central.connection()).send('[2,"c1","ClearCache",{}]')
        await until(told, "ClearCache")
        await raw.call("Heartbeat", {})
        assert asked(told) == ["GetConfiguration", "ClearCache"]
        assert [json.loads(message)[0] for message in central.messages].count(3) == 1
    async with between(central, on_line=prober.line) as (relay, told), connected(relay.url, introduction=introduce) as raw:
        await raw.call("Heartbeat", {})
        assert asked(told) == []


async def test_a_script_that_breaks_ends_the_probing_and_nothing_else(
    central: Central, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Line) -> bool:
        del self
        raise RuntimeError("broken")

    monkeypatch.setattr(Line, "can_be_probed", broken)
    prober = Prober(Certified.of(certificate()), quiet=0.0)
    async with between(central, on_line=prober.line) as (relay, _), connected(relay.url, compliant() | {"x": configured({})}) as raw:
        async with asyncio.timeout(BOUND):
            while "probing ended" not in caplog.text:
                await raw.call("Heartbeat", {})
        await raw.call("Heartbeat", {})
