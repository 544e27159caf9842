"""What faults are built of: small interceptors of calls, answers and frames, which know nothing of stations or CSMSs."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from probes.wire.interception import CallFilter, FrameFilter, Line, SendCall
from probes.wire.peer import Answer, Call, Refusal, Reply, ReplyFilter, Result

Payload = Mapping[str, Any]
Change = Callable[[Call, Reply], Reply | None]
Rewrite = Callable[[dict[str, Any]], Mapping[str, Any]]
"""A payload (a copy) in, that which goes out instead."""

Wanted = Callable[[Payload], bool]


def always(_: Payload) -> bool:
    """Every payload."""
    return True


def where(**fields: Any) -> Wanted:
    """Payloads with these fields."""
    return lambda payload: fields.items() <= payload.items()


CALL, CALLRESULT, CALLERROR = 2, 3, 4
"""The message type numbers (OCPP-J 1.6 section 4.1.3)."""

_A_MOMENT = 0.2
"""Seconds by which something comes later than something else."""


def instead(target: object, name: str, replacement: object) -> None:
    """Put something else in the place of a method, or another attribute, of one object. Raises `AttributeError` when there is none."""
    getattr(target, name)
    setattr(target, name, replacement)


# --- answers


def answers(action: str, change: Change) -> ReplyFilter:
    """The answers to one action, changed."""

    def changed(call: Call, reply: Reply) -> Reply | None:
        return change(call, reply) if call.action == action else reply

    return changed


def constant(payload: Payload) -> Change:
    """The same answer, whatever was asked."""
    return lambda _, __: Result(dict(payload))


def silence(_: Call, __: Reply) -> None:
    """No answer."""


def refusing(code: str) -> Change:
    """A CALLERROR, although the call was carried out."""
    return lambda call, _: Refusal(code, f"{call.action} is not supported here")


def status(told: str, instead: str) -> Change:
    """A status that is told where another belongs; every other answer stays."""
    return rewritten(lambda payload: payload | {"status": instead} if payload.get("status") == told else payload)


def rewritten(rewrite: Rewrite) -> Change:
    """A result with another payload; refusals stay."""

    def change(_: Call, reply: Reply) -> Reply:
        return replace(reply, payload=dict(rewrite(dict(reply.payload)))) if isinstance(reply, Result) else reply

    return change


def accepted_if_refused(_: Call, reply: Reply) -> Reply:
    """Accepted in place of a CALLERROR, without effect."""
    return Result({"status": "Accepted"}) if isinstance(reply, Refusal) else reply


def after(seconds: float) -> Change:
    """The right answer, late."""
    return lambda _, reply: replace(reply, delay=seconds)


def refusals(told: str, change: Change) -> ReplyFilter:
    """CALLERRORs with this code, for any action, changed."""

    def changed(call: Call, reply: Reply) -> Reply | None:
        return change(call, reply) if isinstance(reply, Refusal) and reply.code == told else reply

    return changed


def code(instead: str) -> Change:
    """The refusal under another code."""
    return lambda _, reply: replace(reply, code=instead) if isinstance(reply, Refusal) else reply


def hanging_up(line: Line) -> Change:
    """No answer, and no connection any more."""

    def change(_: Call, __: Reply) -> None:
        line.spawn(line.go_away(1011, ""))

    return change


def misspelled(_: Call, reply: Reply) -> Reply:
    """The refusal under a code that OCPP-J does not have."""
    return replace(reply, code=f"{reply.code}Error") if isinstance(reply, Refusal) else reply


UNKNOWN_UNANSWERED: ReplyFilter = refusals("NotImplemented", silence)
"""An action that OCPP does not have is not answered."""

UNKNOWN_TOLD_NOT_SUPPORTED: ReplyFilter = refusals("NotImplemented", code("NotSupported"))
"""It is answered as one that OCPP has."""


def leaving_at_unknown(line: Line) -> ReplyFilter:
    """It ends the connection."""
    return refusals("NotImplemented", hanging_up(line))


def saying_first(line: Line, action: str, payload: Payload) -> Change:
    """The answer goes out after a message of this end's own."""

    def change(call: Call, reply: Reply) -> Reply:
        line.spawn(line.send_raw(json.dumps([CALL, f"early-{call.seq}", action, dict(payload)])))
        return replace(reply, delay=_A_MOMENT)

    return change


# --- calls


def dropped(action: str, answer: Payload, wanted: Wanted = always) -> CallFilter:
    """Calls that are never sent; this end goes on as if they had been answered so."""

    async def drop(name: str, payload: Payload, send: SendCall) -> Answer:
        if name == action and wanted(payload):
            return Answer("result", payload=dict(answer))
        return await send(name, payload)

    return drop


def repeated(action: str, wanted: Wanted = always) -> CallFilter:
    """Calls that are sent twice."""

    async def repeat(name: str, payload: Payload, send: SendCall) -> Answer:
        answer = await send(name, payload)
        return await send(name, payload) if name == action and wanted(payload) and answer.kind != "closed" else answer

    return repeat


def altered(actions: str | Collection[str], rewrite: Rewrite, wanted: Wanted = always) -> CallFilter:
    """Calls with another payload."""
    names = {actions} if isinstance(actions, str) else set(actions)

    async def alter(name: str, payload: Payload, send: SendCall) -> Answer:
        return await send(name, rewrite(dict(payload)) if name in names and wanted(payload) else payload)

    return alter


def preceded(
    action: str, other: str, payload_of: Callable[[Payload], Payload], *, always: bool = False, wanted: Wanted | None = None
) -> CallFilter:
    """Calls before which another one is sent; unless `always`, only before the first. `wanted`: only such calls."""
    done = False

    async def precede(name: str, payload: Payload, send: SendCall) -> Answer:
        nonlocal done
        if name == action and (always or not done) and (wanted is None or wanted(payload)):
            done = True
            await send(other, payload_of(payload))
        return await send(name, payload)

    return precede


def followed(action: str, other: str, payload_of: Callable[[Payload], Payload], wanted: Wanted = always) -> CallFilter:
    """Calls after which another one is sent that nobody asked for."""

    async def follow(name: str, payload: Payload, send: SendCall) -> Answer:
        answer = await send(name, payload)
        if name == action and wanted(payload):
            await send(other, payload_of(payload))
        return answer

    return follow


def misheard(action: str, rewrite: Rewrite) -> CallFilter:
    """Answers to own calls that are taken for something else."""

    async def mishear(name: str, payload: Payload, send: SendCall) -> Answer:
        answer = await send(name, payload)
        if name == action and answer.kind == "result" and isinstance(answer.payload, dict):
            return replace(answer, payload=dict(rewrite(dict(answer.payload))))
        return answer

    return mishear


def unminded(actions: Collection[str], answer: Payload) -> CallFilter:
    """Calls of which a CALLERROR is taken for success."""

    async def send_once(name: str, payload: Payload, send: SendCall) -> Answer:
        got = await send(name, payload)
        return Answer("result", payload=dict(answer)) if name in actions and got.kind == "error" else got

    return send_once


def everywhere(payload: Any, name: str, value: Callable[[Any], Any]) -> Any:
    """A payload in which every field of this name, at any depth, has another value."""
    if isinstance(payload, Mapping):
        return {key: value(each) if key == name else everywhere(each, name, value) for key, each in payload.items()}
    return [everywhere(each, name, value) for each in payload] if isinstance(payload, list) else payload


def without(*names: str) -> Rewrite:
    """A payload less these fields."""
    return lambda payload: {name: value for name, value in payload.items() if name not in names}


def with_fields(**fields: Any) -> Rewrite:
    """A payload with these fields."""
    return lambda payload: payload | fields


# --- frames

Reshape = Callable[[list[Any]], Iterable[Any]]
"""A message as JSON array in, the messages that go out instead; texts go out as they are."""


def frames(number: int, reshape: Reshape, *actions: str) -> FrameFilter:
    """The frames of one message type; with `actions`, which only calls name, those of these alone."""

    def change(text: str) -> Iterable[str]:
        message = json.loads(text) if text.startswith("[") else []
        if not message or message[0] != number or (actions and message[2] not in actions):
            return [text]
        return [each if isinstance(each, str) else json.dumps(each, separators=(",", ":")) for each in reshape(message)]

    return change
