"""One end of an OCPP-J connection: calls out, calls in, answers matched; strict in what it records, lenient in what it takes.

Message types, enumerations and the `@on` routing are the `ocpp` library's. Replaced is what runs per frame: reading never waits
for a handler, validation happens in place, names are converted by cached maps, error codes are those of OCPP-J 1.6 (the library
has NotSupported and NotImplemented the wrong way round), and no frame, however broken, ends the connection.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from ocpp.exceptions import GenericError, OCPPError
from ocpp.routing import create_route_map
from ocpp.v16 import ChargePoint

from probes.wire.casing import snake, wire_form
from probes.wire.clock import Clock, SystemClock
from probes.wire.connection import NORMAL_CLOSURE, ConnectionLost, Received, Tap
from probes.wire.envelope import Envelope, call_text, error_text, result_text
from probes.wire.records import Frame, MessageType
from probes.wire.schemas import is_well_formed, known_actions, violations

LOGGER = logging.getLogger("ocpp_registry.wire")

CALLS_IN_HAND = 256
"""How many unanswered calls of the other side are kept; a peer may have one (OCPP-J 1.6 section 4.1.1), more is a flood."""

ANSWERS_UNDER_WAY = 256
"""How many late answers and refusals may wait to be sent at once; in a flood, from a peer that reads none, no more are made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call.

    `payload` is the answer's payload (for an error: its errorDetails), with its secrets; the transcript holds the redacted frame.
    `request_seq` and `answer_seq` are the numbers of the two frames in the transcript, None when that frame does not exist.
    `elapsed` is seconds from sending to the answer, or to giving up.
    """

    kind: Literal["result", "error", "timeout", "closed"]
    payload: Any = None
    error_code: str | None = None
    error_description: str | None = None
    request_seq: int | None = None
    answer_seq: int | None = None
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the other side that is to be answered."""

    action: str
    payload: dict[str, Any]
    message_id: Any
    seq: int


@dataclass(frozen=True, slots=True)
class Result:
    """An answer that goes out as CALLRESULT, after `delay` seconds."""

    payload: Any
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that goes out as CALLERROR, after `delay` seconds. `code` is one of OCPP-J 1.6 section 4.2.3."""

    code: str
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    delay: float = 0.0


Reply = Result | Refusal
ReplyFilter = Callable[[Call, Reply], Reply | None]
"""Looks at an answer before it goes out and may put another in its place; None: nothing is answered at all."""

Routes = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class _Pending:
    future: asyncio.Future[tuple[Envelope, Frame] | None]


class Peer(ChargePoint):
    """A station or a CSMS on one tapped connection.

    `start` reads until the connection ends. `behaviours` are objects with methods under the library's `@on` and `@after`; a subclass
    may have such methods itself. `reply_filters` see every outgoing answer in turn. Calls of the other side are handled one after
    the other in a task of their own, so that a handler may call back over the same connection. A `lenient` peer answers also calls
    that break their schema, where its handler can make something of them: the defect is in the transcript, and the talk goes on.
    """

    def __init__(
        self,
        tap: Tap,
        *,
        clock: Clock | None = None,
        behaviours: Sequence[object] = (),
        reply_filters: Sequence[ReplyFilter] = (),
        response_timeout: float = 30.0,
        lenient: bool = False,
    ) -> None:
        super().__init__(tap.identity, tap, response_timeout, LOGGER)  # type: ignore[no-untyped-call]  # library without types
        self.identity = tap.identity
        self.tap = tap
        self.closed = asyncio.Event()
        self._clock = clock or SystemClock()
        self._lenient = lenient
        self._reply_filters = tuple(reply_filters)
        self._pending: dict[str, _Pending] = {}
        self._calls: asyncio.Queue[Call] = asyncio.Queue(CALLS_IN_HAND)
        self._in_hand: set[str] = set()
        self._late: set[asyncio.Task[None]] = set()
        self._quick: dict[str, bool] = {}
        for behaviour in behaviours:
            self.route_map.update(create_route_map(behaviour))

    async def start(self) -> None:
        """Read frames until the connection ends; then every call in flight is answered with `closed`."""
        worker = asyncio.create_task(self._answer_calls())
        try:
            while True:
                call = self._dispatch(await self.tap.recv())
                if call is not None:
                    await self._answer_one(call)
        except ConnectionLost:
            pass
        finally:
            self._end()
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close the connection."""
        await self.tap.close(code, reason)

    async def request(self, action: str, payload: Mapping[str, Any], timeout: float) -> Answer:
        """Send one call, exactly as given, and wait at most `timeout` seconds for its answer. Never raises for what the peer does.

        One call is in flight at a time (OCPP-J 1.6 section 4.1.1): a second one waits until the first is answered or given up.
        """
        async with self._call_lock:
            if self.closed.is_set():
                return Answer("closed")
            message_id = str(self._unique_id_generator())
            text = call_text(message_id, action, payload)
            envelope = Envelope(MessageType.CALL, message_id, message_id, action, payload)
            return await self._exchange(message_id, text, envelope, timeout)

    async def send_raw(self, text: str) -> Frame:
        """Send any text as a frame, broken on purpose or not. Raises `ConnectionLost`."""
        return await self.tap.send(text)

    async def call(self, payload: Any, suppress: bool = True, unique_id: str | None = None, skip_schema_validation: bool = False) -> Any:
        """The library's typed call: a `call.X` in, a `call_result.X` out; None for an error, unless `suppress` is false.

        Raises `asyncio.TimeoutError`, `ConnectionLost`, and the library's `OCPPError` for a call that breaks its own schema.
        """
        action = type(payload).__name__
        content = wire_form(payload)
        if not skip_schema_validation and not is_well_formed(action, False, content):
            raise _library_error(_first_refusal(action, False, content))
        message_id = unique_id or str(self._unique_id_generator())
        async with self._call_lock:
            text = call_text(message_id, action, content)
            answer = await self._exchange(
                message_id, text, Envelope(MessageType.CALL, message_id, message_id, action, content), self._response_timeout
            )
        return self._typed_answer(action, answer, suppress, skip_schema_validation)

    def _typed_answer(self, action: str, answer: Answer, suppress: bool, skip_schema_validation: bool) -> Any:
        if answer.kind == "timeout":
            raise TimeoutError(f"{self.identity}: no answer to {action} within {self._response_timeout} s")
        if answer.kind == "closed":
            raise self.tap.lost or ConnectionLost(1006, "")
        if answer.kind == "error":
            if suppress:
                return None
            raise _library_error(Refusal(answer.error_code or "GenericError", answer.error_description or ""))
        if not skip_schema_validation and not is_well_formed(action, True, answer.payload):
            raise _library_error(_first_refusal(action, True, answer.payload))
        return getattr(self._call_result, action)(**snake(answer.payload))

    async def _exchange(self, message_id: str, text: str, envelope: Envelope, timeout: float) -> Answer:
        pending = _Pending(asyncio.get_running_loop().create_future())
        self._pending[message_id] = pending
        request: Frame | None = None
        try:
            request = self.tap.record_outbound(text, envelope)
            timer = self._clock.call_later(timeout, lambda: _settle(pending.future, None))
            try:
                await self.tap.send_recorded(text)
                settled = await pending.future
            finally:
                timer.cancel()
        except ConnectionLost:
            elapsed = self._elapsed_since(request) if request else 0.0
            return Answer("closed", request_seq=request.seq if request else None, elapsed=elapsed)
        finally:
            self._pending.pop(message_id, None)
        if settled is None:
            return Answer("timeout", request_seq=request.seq, elapsed=self._elapsed_since(request))
        return _answer(request, *settled)

    def _elapsed_since(self, request: Frame) -> float:
        return round(max(0.0, self.tap.transcript.elapsed() - request.elapsed), 6)

    def _dispatch(self, received: Received) -> Call | None:
        """Give one inbound frame to whoever waits for it; what nobody can use is in the transcript, and that is all.

        A call that can be answered on the spot comes back.
        """
        envelope = received.envelope
        if envelope.message_type is MessageType.CALL:
            return self._take_call(envelope, received.frame)
        if envelope.message_type is not MessageType.UNPARSABLE and envelope.message_id is not None:
            pending = self._pending.get(envelope.message_id)
            if pending and envelope.complete:
                _settle(pending.future, (envelope, received.frame))
        return None

    def _take_call(self, envelope: Envelope, frame: Frame) -> Call | None:
        if envelope.message_id is None:
            return None
        if not envelope.complete or not isinstance(envelope.payload, dict | None):
            refusal = Refusal("FormationViolation", envelope.problem or "the payload is no JSON object")
            self._send_soon(Call(envelope.action or "", {}, envelope.raw_id, frame.seq), refusal)
            return None
        call = Call(envelope.action or "", envelope.payload or {}, envelope.raw_id, frame.seq)
        if envelope.message_id in self._in_hand:
            self._send_soon(call, Refusal("GenericError", "a call with this message id is being handled already"))
            return None
        if not self._in_hand and self._is_quick(call.action):
            return call
        try:
            self._calls.put_nowait(call)
        except asyncio.QueueFull:
            self._send_soon(call, Refusal("GenericError", f"{CALLS_IN_HAND} calls are waiting already"))
            return None
        self._in_hand.add(envelope.message_id)
        return None

    def _is_quick(self, action: str) -> bool:
        """Whether the handler of this action neither waits nor calls back, so that the reader may answer for itself."""
        quick = self._quick.get(action)
        if quick is None:
            handler = self.route_map.get(action, {}).get("_on_action")
            if handler is None:
                return False
            quick = self._quick[action] = not inspect.iscoroutinefunction(inspect.unwrap(handler))
        return quick

    async def _answer_calls(self) -> None:
        """Handle calls in the order in which they came."""
        while True:
            call = await self._calls.get()
            try:
                await self._answer_one(call)
            except ConnectionLost:
                return
            finally:
                self._in_hand.discard(str(call.message_id))

    async def _answer_one(self, call: Call) -> None:
        arguments = snake(call.payload)
        reply: Reply | None = await self._reply_to(call, arguments)
        handled = isinstance(reply, Result)
        for reply_filter in self._reply_filters:
            reply = reply_filter(call, reply) if reply is not None else None
        if reply is not None and reply.delay > 0:
            self._send_soon(call, reply)
        elif reply is not None:
            await self._send_reply(call, reply)
        if handled:
            await self._afterwards(call, arguments)

    async def _reply_to(self, call: Call, arguments: dict[str, Any]) -> Reply:
        if call.action not in known_actions():
            return Refusal("NotImplemented", f"{call.action[:50]} is no action of OCPP 1.6")
        handler = self.route_map.get(call.action, {}).get("_on_action")
        if handler is None:
            return Refusal("NotSupported", f"{call.action} is not supported here")
        if is_well_formed(call.action, False, call.payload):
            return await self._handled(call, handler, arguments)
        if self._lenient:
            reply = await self._handled(call, handler, arguments)
            if isinstance(reply, Result):
                return reply
        return _first_refusal(call.action, False, call.payload)

    async def _handled(self, call: Call, handler: Callable[..., Any], arguments: dict[str, Any]) -> Reply:
        try:
            response = handler(**arguments)
            payload = wire_form(await response if inspect.isawaitable(response) else response)
        except ConnectionLost:
            raise
        except OCPPError as refused:
            return Refusal(_code_of(refused), str(refused.description), refused.details)
        except Exception:  # whatever is wrong with a handler: OCPP-J says InternalError, and the connection lives on
            LOGGER.exception("%s: %s could not be processed", self.identity, call.action)
            return Refusal("InternalError", f"{call.action} could not be processed")
        if not is_well_formed(call.action, True, payload):
            LOGGER.error(
                "%s: our own answer to %s breaks its schema: %s", self.identity, call.action, violations(call.action, True, payload)
            )
            return Refusal("InternalError", f"{call.action} could not be answered")
        return Result(payload)

    async def _afterwards(self, call: Call, arguments: dict[str, Any]) -> None:
        """Run the `@after` hook beside the reader, so that it may call back and take its time."""
        hook = self.route_map.get(call.action, {}).get("_after_action")
        if hook is None:
            return
        outcome = hook(**arguments)
        if inspect.isawaitable(outcome):
            self._in_background(outcome)

    async def _send_reply(self, call: Call, reply: Reply) -> None:
        if reply.delay > 0:
            await self._clock.sleep(reply.delay)
        await self.tap.send(_reply_text(call, reply))

    def _send_soon(self, call: Call, reply: Reply) -> None:
        if len(self._late) < ANSWERS_UNDER_WAY:
            self._in_background(self._send_reply(call, reply))

    def _in_background(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(self._tolerating_loss(work))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _tolerating_loss(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except ConnectionLost:
            LOGGER.debug("%s: the connection ended before everything was said", self.identity)

    def _end(self) -> None:
        self.closed.set()
        lost = self.tap.lost or ConnectionLost(1006, "")
        for pending in self._pending.values():
            if not pending.future.done():
                pending.future.set_exception(lost)
        for task in tuple(self._late):
            task.cancel()


def _settle(future: asyncio.Future[tuple[Envelope, Frame] | None], outcome: tuple[Envelope, Frame] | None) -> None:
    """The first outcome counts: a duplicate answer, or one after the time-out, changes nothing."""
    if not future.done():
        future.set_result(outcome)


def _answer(request: Frame, envelope: Envelope, frame: Frame) -> Answer:
    is_error = envelope.message_type is MessageType.CALLERROR
    return Answer(
        "error" if is_error else "result",
        payload=envelope.payload,
        error_code=envelope.error_code,
        error_description=envelope.error_description,
        request_seq=request.seq,
        answer_seq=frame.seq,
        elapsed=round(max(0.0, frame.elapsed - request.elapsed), 6),
    )


def _first_refusal(action: str, is_response: bool, payload: Any) -> Refusal:
    """The CALLERROR for a payload that breaks its schema: the worst defect decides the code."""
    found = violations(action, is_response, payload)
    first = next((violation for violation in found if not violation.kind.startswith("date-time")), found[0])
    return Refusal(first.error_code, f"{first.path or 'payload'}: {first.message}"[:255])


def refusal(code: str, description: str) -> OCPPError:
    """What a handler raises to answer with a CALLERROR; `code` is one of OCPP-J 1.6 section 4.2.3."""
    return _library_error(Refusal(code, description))


def _code_of(error: OCPPError | type[OCPPError]) -> str:
    return str(getattr(error, "code", "GenericError"))


def _library_error(refusal: Refusal) -> OCPPError:
    kind = next((kind for kind in OCPPError.__subclasses__() if _code_of(kind) == refusal.code), GenericError)
    return kind(refusal.description, refusal.details)


def _reply_text(call: Call, reply: Reply) -> str:
    if isinstance(reply, Result):
        return result_text(call.message_id, reply.payload)
    try:
        return error_text(call.message_id, reply.code, reply.description, reply.details)
    except orjson.JSONEncodeError:
        return error_text(call.message_id, reply.code, reply.description, {})
