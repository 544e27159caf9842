"""How a central system is asked to send something, and what is seen of it on the wire. What the way of asking gives back is no evidence."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from probes.adaptors.base import Adaptor, Asked, Drives, Ended
from probes.adaptors.operations import Operation
from probes.cases.endings import CannotDo, NotExercised
from probes.judge.frames import Exchange
from probes.wire.records import Direction, EventKind, Frame, MessageType, Record

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms


async def request_of(csms: AuditedCsms, operation: Operation) -> Exchange:
    """Ask for the operation, and give the request that comes of it, with our station's answer.

    Raises `NotExercised` when there is no way to ask, when it cannot be done there, and when no such request came.
    """
    adaptor = csms.adaptor
    if adaptor is None:
        raise NotExercised(f"needs the central system to send {operation.action}, and there is no way to ask it to; give --adaptor")
    capability = adaptor.capability(operation.action)
    if capability.drives is Drives.NO:
        raise NotExercised(f"{adaptor.name} cannot have {operation.action} sent: {capability.reason}")
    if operation.action in csms.cannot:
        raise CannotDo(f"{operation.action} cannot be sent there: {csms.cannot[operation.action]}, when it was asked for before")
    since = _note_wish(csms, adaptor, operation)
    outcome = Asked(Ended.FAILED, "the audit was broken off")
    try:
        outcome = await _asked(csms, adaptor, operation, since)
    finally:
        _note_outcome(csms, operation, outcome)
    return await _request(csms, operation, since, outcome)


def _note_wish(csms: AuditedCsms, adaptor: Adaptor, operation: Operation) -> int:
    passed = sorted(adaptor.passes(operation.action))
    payload = json.loads(csms.transcript.redactor.text(json.dumps(operation.payload())))
    detail = {"asked": operation.action, "step": "begin", "by": str(adaptor.by), "payload": payload, "passed": passed}
    return csms.transcript.add_event(EventKind.AUDIT, csms.identity, detail).seq


def _note_outcome(csms: AuditedCsms, operation: Operation, outcome: Asked) -> None:
    detail = {"asked": operation.action, "step": "end", "outcome": str(outcome.ended), "reason": outcome.reason}
    csms.transcript.add_event(EventKind.AUDIT, csms.identity, detail)


async def _asked(csms: AuditedCsms, adaptor: Adaptor, operation: Operation, since: int) -> Asked:
    """Ask, and watch the wire: what is seen there ends the asking."""
    person = csms.patience.person
    asking = asyncio.ensure_future(adaptor.ask(csms.identity, operation, person))
    seen = asyncio.ensure_future(_seen(csms, operation.action, since, person))
    try:
        await asyncio.wait({asking, seen}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            return Asked(Ended.ASKED) if seen.result() else Asked(Ended.FAILED, f"nothing came within {person:g} s")
        outcome = asking.result()
        if outcome.ended is Ended.ASKED and not seen.done():
            await _seen(csms, operation.action, since, csms.patience.wire)
        return outcome
    finally:
        for task in (asking, seen):
            task.cancel()
        await asyncio.gather(asking, seen, return_exceptions=True)


async def _seen(csms: AuditedCsms, action: str, since: int, seconds: float) -> bool:
    def is_request(record: Record) -> bool:
        return (
            isinstance(record, Frame)
            and record.charge_point_id == csms.identity
            and record.direction is Direction.FROM_CSMS
            and record.message_type is MessageType.CALL
            and record.action == action
        )

    return await csms.transcript.wait_for(is_request, seconds, after=since) is not None


async def _request(csms: AuditedCsms, operation: Operation, since: int, outcome: Asked) -> Exchange:
    def found() -> Exchange | None:
        return next((e for e in csms.exchanges(since) if e.from_csms and e.action == operation.action), None)

    if found() is None:
        if outcome.ended is Ended.CANNOT:
            csms.cannot[operation.action] = outcome.reason or "so whoever was asked said"
            raise CannotDo(f"{operation.action} cannot be sent there: {csms.cannot[operation.action]}")
        if outcome.ended is Ended.FAILED:
            raise NotExercised(f"{operation.action} could not be asked for: {outcome.reason}")
        raise NotExercised(f"{operation.action} was asked for, and nothing of it came to the station within {csms.patience.wire:g} s")
    await csms.until(lambda: (request := found()) is not None and request.reply is not None, csms.patience.effect)
    request = found()
    if request is None:
        raise NotExercised(f"{operation.action} was asked for, and nothing of it came to the station")
    return request
