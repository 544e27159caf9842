"""One end of an OCPP-J connection: calls out, calls in, answers matched; strict in what it records, lenient in what it takes.

Message types, enumerations and the `@on` routing are the `ocpp` library's. Replaced is what runs per frame: reading never waits
for a handler, validation happens in place, names are converted by cached maps, error codes are those of OCPP-J 1.6 (the library
has NotSupported and NotImplemented the wrong way round), and no frame, however broken, ends the connection.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal

from ocpp.exceptions import OCPPError
from ocpp.v16 import ChargePoint, call_result

from probes.wire.casing import snake, wire_form
from probes.wire.clock import Clock, SystemClock
from probes.wire.connection import ABNORMAL_CLOSURE, NORMAL_CLOSURE, ConnectionLost, Tap
from probes.wire.envelope import Envelope, call_text, result_envelope, result_text
from probes.wire.records import MessageType
from probes.wire.replies import (
    Answer,
    Call,
    Instead,
    Refusal,
    Reply,
    ReplyFilter,
    Result,
    code_of,
    first_refusal,
    library_error,
    refusal,
    refusal_text,
    unanswerable,
)
from probes.wire.routes import Route, arguments, entry_of, route
from probes.wire.schemas import is_well_formed, known_actions, violations
from probes.wire.transcript import Noted

LOGGER = logging.getLogger("ocpp_registry.wire")

__all__ = ["Answer", "Call", "Instead", "Peer", "Refusal", "Reply", "ReplyFilter", "Result", "refusal"]

CALLS_IN_HAND = 256
"""How many unanswered calls of the other side are kept; a peer may have one (OCPP-J 1.6 section 4.1.1), more is a flood."""

ANSWERS_UNDER_WAY = 256
"""How many late answers and refusals may wait to be sent at once; in a flood, from a peer that reads none, no more are made."""


_CALL = MessageType.CALL
_REPLIES = (Result, Refusal)
_ANSWERS = frozenset(kind for kind in vars(call_result).values() if isinstance(kind, type))
"""The library's answers: what is one needs no look at whether it is to be waited for."""

Settled = tuple[Envelope, Noted] | Literal["timeout", "closed"]
"""What became of a call: its answer, or why there is none."""


class Peer(ChargePoint):
    """A station or a CSMS on one tapped connection.

    `start` reads until the connection ends. `behaviours` are objects with methods under the library's `@on` and `@after`; a subclass
    may have such methods itself. `reply_filters` see every outgoing answer in turn. Calls whose handler does not wait are answered where
    they are read; others are handled one after the other in a task of their own, so that a handler may call back over the same
    connection. `instead` may answer a call that follows its schema: its handler then hears nothing of it, and nothing is done. A
    `lenient` peer answers also calls that break their schema, where its handler can make something of them: the defect is in the
    transcript, and the talk goes on.
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
        instead: Sequence[Instead] = (),
    ) -> None:
        super().__init__(tap.identity, tap, response_timeout, LOGGER)  # type: ignore[no-untyped-call]  # library without types
        self.identity = tap.identity
        self.tap = tap
        self.closed = asyncio.Event()
        self._clock = clock or SystemClock()
        self._lenient = lenient
        self._reply_filters = tuple(reply_filters)
        self._instead = tuple(instead)
        self._pending: dict[str, asyncio.Future[Settled]] = {}
        self._calls: deque[Call] = deque()
        self._in_hand: set[str] = set()
        self._worker: asyncio.Task[None] | None = None
        self._late: set[asyncio.Future[Any]] = set()
        self._routes: dict[str, Route | None] = {}
        self._behaviours = tuple(behaviours)
        known_actions()  # has the schemas compiled, once, before somebody waits for an answer

    async def start(self) -> None:
        """Read frames until the connection ends; then every call in flight is answered with `closed`."""
        self.tap.listen(self._received, self._over)
        try:
            await self.closed.wait()
        finally:
            self._end()
            if self._worker is not None:
                self._worker.cancel()
                await asyncio.gather(self._worker, return_exceptions=True)

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
            return await self._exchange(self._new_id(), action, payload, timeout)

    async def send_raw(self, text: str) -> Noted:
        """Send any text as a frame, broken on purpose or not. Raises `ConnectionLost`."""
        frame = self.tap.send(text)
        await self.tap.drained()
        return frame

    async def call(self, payload: Any, suppress: bool = True, unique_id: str | None = None, skip_schema_validation: bool = False) -> Any:
        """The library's typed call: a `call.X` in, a `call_result.X` out; None for an error, unless `suppress` is false.

        Raises `asyncio.TimeoutError`, `ConnectionLost`, and the library's `OCPPError` for a call that breaks its own schema.
        """
        action = type(payload).__name__
        content = wire_form(payload)
        if not skip_schema_validation and not is_well_formed(action, False, content):
            raise library_error(first_refusal(action, False, content))
        async with self._call_lock:
            answer = await self._exchange(unique_id or self._new_id(), action, content, self._response_timeout)
        return self._typed_answer(action, answer, suppress, skip_schema_validation)

    def _new_id(self) -> str:
        return str(self._unique_id_generator())

    def _typed_answer(self, action: str, answer: Answer, suppress: bool, skip_schema_validation: bool) -> Any:
        if answer.kind == "timeout":
            raise TimeoutError(f"{self.identity}: no answer to {action} within {self._response_timeout} s")
        if answer.kind == "closed":
            raise self.tap.lost or ConnectionLost(ABNORMAL_CLOSURE, "")
        if answer.kind == "error":
            if suppress:
                return None
            raise library_error(Refusal(answer.error_code or "GenericError", answer.error_description or ""))
        if not skip_schema_validation and not is_well_formed(action, True, answer.payload):
            raise library_error(first_refusal(action, True, answer.payload))
        return getattr(self._call_result, action)(**snake(answer.payload))

    async def _exchange(self, message_id: str, action: str, payload: Mapping[str, Any], timeout: float) -> Answer:
        text = call_text(message_id, action, payload)
        answered: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        request: Noted | None = None
        self._pending[message_id] = answered
        try:
            request = self.tap.record_outbound(text, Envelope(MessageType.CALL, message_id, message_id, action, payload))
            self.tap.send_recorded(text)
            timer = self._clock.call_later(timeout, lambda: _settle(answered, "timeout"))
            try:
                settled = await answered
            finally:
                timer.cancel()
        except ConnectionLost:
            self._end()  # also when nobody listens yet: whoever tries again must see that there is nothing to try on
            settled = "closed"
        finally:
            self._pending.pop(message_id, None)
        if not isinstance(settled, str) and request:
            return _answer(request, *settled)
        kind: Literal["timeout", "closed"] = "timeout" if settled == "timeout" else "closed"
        return Answer(kind, request_seq=request.seq, elapsed=self._elapsed_since(request)) if request else Answer(kind)

    def _elapsed_since(self, request: Noted) -> float:
        return round(max(0.0, self._clock.monotonic() - request.monotonic), 6)

    def _received(self, envelope: Envelope, noted: Noted) -> None:
        """Give one inbound frame to whoever waits for it; what nobody can use is in the transcript, and that is all."""
        try:
            if envelope.message_type is _CALL:
                self._take_call(envelope, noted.seq)
            elif envelope.message_id in self._pending and envelope.complete:
                _settle(self._pending[envelope.message_id], (envelope, noted))
        except ConnectionLost:
            LOGGER.debug("%s: the connection ended before everything was said", self.identity)

    def _take_call(self, envelope: Envelope, seq: int) -> None:
        message_id, payload = envelope.message_id, envelope.payload
        if message_id is None:
            return
        if not envelope.complete or (payload is not None and type(payload) is not dict):
            refusal = Refusal("FormationViolation", envelope.problem or "the payload is no JSON object")
            self._send_reply(Call(envelope.action or "", {}, envelope.raw_id, seq), refusal)
            return
        call = Call(envelope.action or "", payload or {}, envelope.raw_id, seq)
        route = self._route(call.action)
        given = self._given(call, route) if self._instead else None
        if given is not None:
            self._send_reply(call, given)
        elif not self._in_hand and (route is None or not route.waits):
            self._answer_now(call, route)
        elif message_id in self._in_hand:
            self._send_reply(call, Refusal("GenericError", "a call with this message id is being handled already"))
        elif len(self._calls) >= CALLS_IN_HAND:
            self._send_reply(call, Refusal("GenericError", f"{CALLS_IN_HAND} calls are waiting already"))
        else:
            self._in_hand.add(message_id)
            self._calls.append(call)
            if self._worker is None:
                self._worker = asyncio.create_task(self._answer_calls())

    def _given(self, call: Call, route: Route | None) -> Reply | None:
        """The answer that somebody wants given in place of the handler's."""
        if route is None or not route.is_valid(call.payload):
            return None
        return next((reply for each in self._instead if (reply := each(call)) is not None), None)

    def _route(self, action: str) -> Route | None:
        """What answers this action; None: nothing does."""
        known = self._routes.get(action)
        if known is not None:
            return known
        if action in self._routes or action not in known_actions():
            return None
        found = route(action, entry_of(action, self._behaviours) or self.route_map.get(action, {}))
        self._routes[action] = found
        return found

    async def _answer_calls(self) -> None:
        """Handle the calls that wait, in the order in which they came."""
        try:
            while self._calls:
                call = self._calls.popleft()
                try:
                    await self._answer_waiting(call)
                finally:
                    self._in_hand.discard(str(call.message_id))
        except ConnectionLost:
            LOGGER.debug("%s: the connection ended before everything was said", self.identity)
        finally:
            self._worker = None

    def _answer_now(self, call: Call, route: Route | None) -> None:
        outcome = self._begun(call, route)
        if isinstance(outcome, _REPLIES):
            self._conclude(call, route, outcome)
        else:
            self._in_background(self._awaited(call, route, outcome))

    async def _answer_waiting(self, call: Call) -> None:
        route = self._route(call.action)
        outcome = self._begun(call, route)
        if isinstance(outcome, _REPLIES):
            self._conclude(call, route, outcome)
        else:
            await self._awaited(call, route, outcome)

    def _begun(self, call: Call, route: Route | None) -> Reply | Awaitable[Any]:
        """The answer, or what to wait for to have it."""
        if route is None:
            return unanswerable(call.action)
        if not route.is_valid(call.payload) and not self._lenient:
            return first_refusal(call.action, False, call.payload)
        try:
            response = route.handler(**arguments(call.payload, route.takes))
            at_once = type(response) in _ANSWERS or not inspect.isawaitable(response)
            return self._checked(call, route, response) if at_once else response
        except ConnectionLost:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with a handler: OCPP-J says InternalError, and the connection lives on
            return self._failed(call, problem)

    async def _awaited(self, call: Call, route: Route | None, outcome: Awaitable[Any]) -> None:
        reply: Reply
        try:
            response = await outcome
            reply = self._checked(call, route, response) if route else unanswerable(call.action)
        except ConnectionLost:
            raise
        except Exception as problem:  # noqa: BLE001 - a handler that fails is an InternalError, not the connection's end
            reply = self._failed(call, problem)
        self._conclude(call, route, reply)

    def _failed(self, call: Call, problem: Exception) -> Refusal:
        if isinstance(problem, OCPPError):
            return Refusal(code_of(problem), str(problem.description), problem.details)
        LOGGER.error("%s: %s could not be processed", self.identity, call.action, exc_info=problem)
        return Refusal("InternalError", f"{call.action} could not be processed")

    def _checked(self, call: Call, route: Route, response: Any) -> Reply:
        payload = wire_form(response)
        if not route.is_valid_answer(payload):
            LOGGER.error(
                "%s: our own answer to %s breaks its schema: %s", self.identity, call.action, violations(call.action, True, payload)
            )
            return Refusal("InternalError", f"{call.action} could not be answered")
        return Result(payload)

    def _conclude(self, call: Call, route: Route | None, answer: Reply) -> None:
        """Send the answer, as the filters leave it, and do what comes after it."""
        if self._lenient and route and isinstance(answer, Refusal) and not route.is_valid(call.payload):
            # What a lenient peer could not answer after all is refused for what is wrong with it.
            answer = first_refusal(call.action, False, call.payload)
        reply: Reply | None = answer
        for reply_filter in self._reply_filters:
            reply = reply_filter(call, reply) if reply is not None else None
        if reply is not None and reply.delay > 0:
            self._send_later(call, reply)
        elif reply is not None:
            self._send_reply(call, reply)
        if route and route.after and isinstance(answer, Result):
            # The hook runs beside the reader, so that it may call back and take its time.
            outcome = route.after(**arguments(call.payload, route.after_takes))
            if inspect.isawaitable(outcome):
                self._in_background(outcome)

    def _send_reply(self, call: Call, reply: Reply) -> None:
        if isinstance(reply, Refusal):
            self.tap.send(refusal_text(call, reply))
            return
        self.tap.send(result_text(call.message_id, reply.payload), result_envelope(call.message_id, reply.payload))

    def _send_later(self, call: Call, reply: Reply) -> None:
        async def wait_and_send() -> None:
            await self._clock.sleep(reply.delay)
            self._send_reply(call, reply)

        if len(self._late) < ANSWERS_UNDER_WAY:
            self._in_background(wait_and_send())

    def _in_background(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._late.add(task)
        task.add_done_callback(self._done_late)

    def _done_late(self, task: asyncio.Future[Any]) -> None:
        self._late.discard(task)
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, ConnectionLost):
            LOGGER.debug("%s: the connection ended before everything was said", self.identity)
        elif problem is not None:
            LOGGER.error("%s: what follows an answer failed", self.identity, exc_info=problem)

    def _over(self, _: ConnectionLost) -> None:
        self._end()

    def _end(self) -> None:
        self.closed.set()
        for answered in self._pending.values():
            _settle(answered, "closed")
        for task in tuple(self._late):
            task.cancel()


def _settle(future: asyncio.Future[Settled], outcome: Settled) -> None:
    """The first outcome counts: a duplicate answer, or one after the time-out, changes nothing."""
    if not future.done():
        future.set_result(outcome)


def _answer(request: Noted, envelope: Envelope, answer: Noted) -> Answer:
    is_error = envelope.message_type is MessageType.CALLERROR
    return Answer(
        "error" if is_error else "result",
        payload=envelope.payload,
        error_code=envelope.error_code,
        error_description=envelope.error_description,
        request_seq=request.seq,
        answer_seq=answer.seq,
        elapsed=round(max(0.0, answer.monotonic - request.monotonic), 6),
    )
