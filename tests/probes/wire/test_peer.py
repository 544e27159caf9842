"""One end of a connection: calls matched with answers, broken frames outlived, errors in OCPP-J 1.6's own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ocpp.exceptions import NotSupportedError, TypeConstraintViolationError
from ocpp.v16 import call, call_result
from ocpp.v16.enums import Action, DataTransferStatus

from probes.wire.connection import ConnectionLost, Tap
from probes.wire.peer import CALLS_IN_HAND, Answer, Call, Peer, Reply, Result, refusal
from probes.wire.records import ConnectionEvent, Direction, Frame, MessageType
from probes.wire.redact import Redactor
from probes.wire.routing import after, on
from probes.wire.transcript import Transcript
from tests.probes.doubles import HandClock, Pipe, pipe, settle

BOUND = 60.0
"""Seconds after which a test that waits for what does not come is broken."""


class Vendor:
    """A station's behaviour for these tests; `order` is what ran, in order."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.gate = asyncio.Event()
        self.call_back: Callable[[], Awaitable[Answer]] | None = None

    @on(Action.data_transfer)
    async def on_data_transfer(self, vendor_id: str, message_id: str | None = None, **_: Any) -> call_result.DataTransfer:
        self.order.append(f"begin {message_id}")
        if vendor_id == "slow":
            await self.gate.wait()
        if vendor_id == "back" and self.call_back:
            self.order.append((await self.call_back()).kind)
        if vendor_id == "defect":
            raise RuntimeError("a defect in a handler")
        if vendor_id == "refuse":
            raise refusal("SecurityError", "not for you")
        if vendor_id == "misspelt":
            return call_result.DataTransfer(status="Okay")  # type: ignore[arg-type]  # broken on purpose
        self.order.append(f"end {message_id}")
        return call_result.DataTransfer(status=DataTransferStatus.accepted, data=None)

    @after(Action.data_transfer)
    async def after_data_transfer(self, message_id: str | None = None, **_: Any) -> None:
        self.order.append(f"after {message_id}")

    @on(Action.clear_cache)
    def on_clear_cache(self) -> call_result.ClearCache:
        return call_result.ClearCache(status="Accepted")  # type: ignore[arg-type]  # the enumeration is a string


class Ends:
    """A peer under test, and the other end as a bare pipe."""

    def __init__(self, clock: HandClock, vendor: Vendor, **options: Any) -> None:
        self.clock, self.vendor = clock, vendor
        near, self.far = pipe()
        self.near: Pipe = near
        self.transcript = Transcript(clock=clock, redactor=Redactor(b"k"))
        tap = Tap(near, self.transcript, "CP1", Direction.FROM_CSMS, {})
        self.peer = Peer(tap, clock=clock, behaviours=(vendor,), **options)

    async def say(self, text: str) -> None:
        """The far end sends something."""
        self.far.send(text)
        await settle()

    async def heard(self) -> list[Any]:
        """The next frame that arrived at the far end."""
        message: list[Any] = json.loads(await self.far.recv())
        return message

    async def ask(self, action: str, payload: Any, message_id: str = "1") -> list[Any]:
        await self.say(json.dumps([2, message_id, action, payload]))
        return await self.heard()


@asynccontextmanager
async def ends(**options: Any) -> AsyncIterator[Ends]:
    both = Ends(HandClock(), Vendor(), **options)
    running = asyncio.create_task(both.peer.start())
    try:
        async with asyncio.timeout(BOUND):
            yield both
    finally:
        await both.peer.close()
        await asyncio.wait_for(running, 5)


async def test_a_request_is_sent_as_asked_and_answered() -> None:
    async with ends() as both:
        payload = {"connector_id": 1, "odd key": [None, 2.5, "ü"]}
        asking = asyncio.create_task(both.peer.request("Whatever", payload, 10))
        number, message_id, action, sent = await both.heard()
        assert (number, action, sent) == (2, "Whatever", payload)
        await both.clock.advance(2.5)
        await both.say(json.dumps([3, message_id, {"status": "Fine"}]))
        answer = await asking
        assert answer == Answer("result", {"status": "Fine"}, request_seq=2, answer_seq=3, elapsed=2.5)


async def test_an_error_is_an_answer() -> None:
    async with ends() as both:
        asking = asyncio.create_task(both.peer.request("Reset", {}, 10))
        message_id = (await both.heard())[1]
        await both.say(json.dumps([4, message_id, "NotSupported", "no", {"x": 1}]))
        answer = await asking
        assert (answer.kind, answer.error_code, answer.error_description, answer.payload) == ("error", "NotSupported", "no", {"x": 1})


async def test_no_answer_is_a_timeout_and_the_late_one_is_recorded() -> None:
    async with ends() as both:
        asking = asyncio.create_task(both.peer.request("Reset", {}, 10))
        message_id = (await both.heard())[1]
        await both.clock.advance(10)
        assert await asking == Answer("timeout", request_seq=2, elapsed=10.0)
        await both.say(json.dumps([3, message_id, {}]))
        late = both.transcript.records[-1]
        assert isinstance(late, Frame)
        assert (late.message_type, late.action) == (MessageType.CALLRESULT, "Reset")


async def test_one_call_at_a_time() -> None:
    async with ends() as both:
        first = asyncio.create_task(both.peer.request("A", {}, 10))
        second = asyncio.create_task(both.peer.request("B", {}, 10))
        _, one, action, _ = await both.heard()
        await settle()
        assert (action, len(both.near.sent)) == ("A", 1)
        await both.say(json.dumps([3, one, {}]))
        await first
        _, two, action, _ = await both.heard()
        assert action == "B"
        assert two != one
        await both.say(json.dumps([3, two, {}]))
        assert (await second).kind == "result"


async def test_a_connection_that_ends_answers_what_is_in_flight() -> None:
    async with ends() as both:
        asking = asyncio.create_task(both.peer.request("Reset", {}, 10))
        waiting = asyncio.create_task(both.peer.request("Reset", {}, 10))
        await both.heard()
        both.near.put(ConnectionLost(1006, "cable cut"))
        assert await asking == Answer("closed", request_seq=2)
        assert await waiting == Answer("closed")
        assert await both.peer.request("Reset", {}, 10) == Answer("closed")
        closed = both.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert closed.detail == {"code": 1006, "reason": "cable cut"}
        assert both.peer.closed.is_set()


async def test_a_connection_that_was_lost_before_anybody_listened_is_closed_for_who_calls() -> None:
    near, _ = pipe()
    near._lost = ConnectionLost(1006, "")
    peer = Peer(Tap(near, Transcript(), "CP1", Direction.FROM_STATION, {}))
    assert (await peer.request("Heartbeat", {}, 10)).kind == "closed"
    assert peer.closed.is_set()


BROKEN = [
    "",
    "hello",
    "{}",
    "[]",
    "[[[[",
    "[" * 5000,
    '[9,"1",{}]',
    '[3,"to nothing",{}]',
    '[4,"to nothing","GenericError","",{}]',
    "[3]",
    '[4,"x"]',
    "[2]",
    "[2,null]",
    '[2,{"a":1},"Heartbeat",{}]',
    "\x00",
    b"\x00\xff",
    b'[2,"1","ClearCache",{}]',
]


@pytest.mark.parametrize("frame", BROKEN, ids=range(len(BROKEN)))
async def test_broken_frames_are_recorded_and_outlived(frame: str | bytes) -> None:
    async with ends() as both:
        both.near.put(frame)
        assert await both.ask("ClearCache", {}) == [3, "1", {"status": "Accepted"}]
        recorded = [record for record in both.transcript.records if isinstance(record, Frame)]
        assert len(recorded) == 3
        assert recorded[0].direction is Direction.FROM_STATION


async def test_duplicate_answers_are_recorded_and_the_first_counts() -> None:
    async with ends() as both:
        asking = asyncio.create_task(both.peer.request("Reset", {}, 10))
        message_id = (await both.heard())[1]
        for status in ("First", "Second"):
            both.near.put(json.dumps([3, message_id, {"status": status}]))
        assert (await asking).payload == {"status": "First"}
        await settle()
        assert [record.action for record in both.transcript.records[1:] if isinstance(record, Frame)] == ["Reset"] * 3


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ([2, "1", "Explode", {}], [4, "1", "NotImplemented", "Explode is no action of OCPP 1.6", {}]),
        ([2, "1", "ReserveNow", {}], [4, "1", "NotSupported", "ReserveNow is not supported here", {}]),
        ([2, "1", "DataTransfer", {}], [4, "1", "OccurenceConstraintViolation"]),
        ([2, "1", "DataTransfer", {"vendorId": 5}], [4, "1", "TypeConstraintViolation"]),
        ([2, "1", "DataTransfer", {"vendorId": "x" * 256}], [4, "1", "PropertyConstraintViolation"]),
        ([2, "1", "DataTransfer", {"vendorId": "x", "more": 1}], [4, "1", "FormationViolation"]),
        ([2, "1", "DataTransfer", []], [4, "1", "FormationViolation"]),
        ([2, "1", "DataTransfer"], [4, "1", "FormationViolation", "3 elements where a CALL has 4", {}]),
        ([2, "1", 5, {}], [4, "1", "FormationViolation"]),
        ([2, "1", "DataTransfer", {"vendorId": "defect"}], [4, "1", "InternalError", "DataTransfer could not be processed", {}]),
        ([2, "1", "DataTransfer", {"vendorId": "misspelt"}], [4, "1", "InternalError", "DataTransfer could not be answered", {}]),
        ([2, "1", "DataTransfer", {"vendorId": "refuse"}], [4, "1", "SecurityError", "not for you", {}]),
        ([2, "1", "ClearCache", None], [3, "1", {"status": "Accepted"}]),
        ([2, 17, "ClearCache", {}], [3, 17, {"status": "Accepted"}]),
        ([2, "x" * 40, "ClearCache", {}], [3, "x" * 40, {"status": "Accepted"}]),
    ],
)
async def test_calls_get_the_answer_that_the_specification_names(frame: list[Any], expected: list[Any]) -> None:
    async with ends() as both:
        await both.say(json.dumps(frame))
        answer = await both.heard()
        assert answer[: len(expected)] == expected
        assert len(answer) == (5 if answer[0] == 4 else 3)


async def test_a_lenient_peer_answers_what_it_can() -> None:
    async with ends(lenient=True) as both:
        assert await both.ask("DataTransfer", {"vendorId": "x" * 300}) == [3, "1", {"status": "Accepted"}]
        assert (await both.ask("DataTransfer", {}, "2"))[:3] == [4, "2", "OccurenceConstraintViolation"]


async def test_calls_are_handled_in_order_and_reading_goes_on() -> None:
    async with ends() as both:
        await both.say('[2,"1","DataTransfer",{"vendorId":"slow","messageId":"one"}]')
        await both.say('[2,"2","DataTransfer",{"vendorId":"x","messageId":"two"}]')
        asking = asyncio.create_task(both.peer.request("Reset", {}, 10))
        message_id = (await both.heard())[1]
        await both.say(json.dumps([3, message_id, {}]))
        assert (await asking).kind == "result"
        assert both.vendor.order == ["begin one"]
        both.vendor.gate.set()
        assert [(await both.heard())[1], (await both.heard())[1]] == ["1", "2"]
        await settle()
        assert [step for step in both.vendor.order if not step.startswith("after")] == ["begin one", "end one", "begin two", "end two"]
        assert {"after one", "after two"} <= set(both.vendor.order)


async def test_a_handler_may_call_back() -> None:
    async with ends() as both:
        both.vendor.call_back = lambda: both.peer.request("GetConfiguration", {}, 10)
        await both.say('[2,"1","DataTransfer",{"vendorId":"back"}]')
        _, message_id, action, _ = await both.heard()
        assert action == "GetConfiguration"
        await both.say(json.dumps([3, message_id, {}]))
        assert await both.heard() == [3, "1", {"status": "Accepted"}]
        assert "result" in both.vendor.order


async def test_the_same_id_twice_while_it_is_handled() -> None:
    async with ends() as both:
        await both.say('[2,"1","DataTransfer",{"vendorId":"slow"}]')
        assert (await both.ask("DataTransfer", {"vendorId": "x"}))[:3] == [4, "1", "GenericError"]
        both.vendor.gate.set()
        assert await both.heard() == [3, "1", {"status": "Accepted"}]


async def test_a_flood_is_bounded() -> None:
    async with ends() as both:
        await both.say('[2,"slow","DataTransfer",{"vendorId":"slow"}]')
        for number in range(CALLS_IN_HAND + 1):
            both.near.put(json.dumps([2, str(number), "ClearCache", {}]))
        refused = await both.heard()
        assert refused[:3] == [4, str(CALLS_IN_HAND), "GenericError"]
        both.vendor.gate.set()
        answered = [(await both.heard())[1] for _ in range(CALLS_IN_HAND + 1)]
        assert answered == ["slow", *map(str, range(CALLS_IN_HAND))]


async def test_filters_may_change_delay_and_swallow_answers() -> None:
    def mischief(call_: Call, reply: Reply) -> Reply | None:
        wanted = call_.payload.get("messageId")
        if wanted == "swallow":
            return None
        if wanted == "late":
            return Result({"status": "Late"}, delay=5)
        return Result({"status": "Changed"}) if wanted == "change" else reply

    async with ends(reply_filters=(mischief,)) as both:
        await both.say('[2,"1","DataTransfer",{"vendorId":"x","messageId":"swallow"}]')
        await both.say('[2,"2","DataTransfer",{"vendorId":"x","messageId":"late"}]')
        assert await both.ask("DataTransfer", {"vendorId": "x", "messageId": "change"}, "3") == [3, "3", {"status": "Changed"}]
        await both.clock.advance(4.9)
        assert len(both.near.sent) == 1
        await both.clock.advance(0.1)
        assert await both.heard() == [3, "2", {"status": "Late"}]


async def test_raw_text_goes_out_as_it_is() -> None:
    async with ends() as both:
        noted = await both.peer.send_raw("[2,")
        assert await both.far.recv() == "[2,"
        frame = both.peer.tap.transcript.records[-1]
        assert isinstance(frame, Frame)
        assert (frame.seq, frame.message_type, frame.direction) == (noted.seq, MessageType.UNPARSABLE, Direction.FROM_CSMS)


async def test_the_library_s_typed_call() -> None:
    async with ends() as both:
        asking = asyncio.create_task(both.peer.call(call.GetConfiguration(key=["HeartbeatInterval"])))
        _, message_id, action, payload = await both.heard()
        assert (action, payload) == ("GetConfiguration", {"key": ["HeartbeatInterval"]})
        await both.say(json.dumps([3, message_id, {"configurationKey": [{"key": "a", "readonly": True}], "unknownKey": []}]))
        assert await asking == call_result.GetConfiguration(configuration_key=[{"key": "a", "readonly": True}], unknown_key=[])


async def test_the_library_s_typed_call_tells_what_went_wrong() -> None:
    async with ends(response_timeout=3) as both:
        with pytest.raises(TypeConstraintViolationError):
            await both.peer.call(call.GetConfiguration(key=[5]))
        asking = asyncio.create_task(both.peer.call(call.Reset(type="Hard"), suppress=False))  # type: ignore[arg-type]  # the enumeration is a string
        message_id = (await both.heard())[1]
        await both.say(json.dumps([4, message_id, "NotSupported", "", {}]))
        with pytest.raises(NotSupportedError):
            await asking
        late = asyncio.create_task(both.peer.call(call.ClearCache()))
        await both.heard()
        await both.clock.advance(3)
        with pytest.raises(TimeoutError):
            await late
        gone = asyncio.create_task(both.peer.call(call.ClearCache()))
        await both.heard()
        both.near.put(ConnectionLost(1001, ""))
        with pytest.raises(ConnectionLost):
            await gone


async def test_what_is_answered_in_place_of_the_handler_is_not_done() -> None:
    """Nor does anything come after it; the next call takes its way, and one that breaks its schema is refused as ever."""
    given = [Result({"status": "Rejected"})]
    async with ends(instead=(lambda _call: given.pop() if given else None,)) as both:
        assert (await both.ask("DataTransfer", {"messageId": "broken"}, "0"))[2] == "OccurenceConstraintViolation"
        assert (await both.ask("DataTransfer", {"vendorId": "any", "messageId": "first"}, "1"))[2] == {"status": "Rejected"}
        assert both.vendor.order == []
        assert (await both.ask("DataTransfer", {"vendorId": "any", "messageId": "second"}, "2"))[2] == {"status": "Accepted"}
        await settle()
        assert both.vendor.order == ["begin second", "end second", "after second"]
