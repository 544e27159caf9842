"""How a central system is asked to send something, and what is seen of it on the wire. What the way of asking gives back is no evidence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probes.adaptors.base import Adaptor, Asked, By, Drives, Ended
from probes.adaptors.operations import Operation
from probes.cases.endings import CannotDo, NotExercised
from probes.judge.central.fitting import differing, distance
from probes.judge.frames import Exchange
from probes.wire.records import EventKind

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms

ANOTHERS = 5.0
"""Seconds for which a request that was not asked for, but is of the kind, may come before the one that was."""


def no_way(csms: AuditedCsms, actions: Collection[str]) -> str | None:
    """Why none of these requests can be asked for; None when one of them can, or there are none."""
    reasons = [why_not(csms, action) for action in sorted(actions)]
    return reasons[0] if reasons and all(reason is not None for reason in reasons) else None


def why_not(csms: AuditedCsms, action: str) -> str | None:
    """Why this request cannot be asked for; None when it can."""
    if csms.adaptor is None:
        return f"needs the central system to send {action}, and there is no way to ask it to; give --adaptor"
    capability = csms.adaptor.capability(action)
    if capability.drives is Drives.NO:
        return f"{csms.adaptor.name} cannot have {action} sent: {capability.reason}"
    return None


@dataclass
class _Wish:
    """One operation that is wanted, of which record `since` tells; `payload` is what it is to carry, idTags replaced as in frames."""

    csms: AuditedCsms
    adaptor: Adaptor
    operation: Operation
    payload: Mapping[str, Any]
    since: int = 0

    @property
    def action(self) -> str:
        """The name of the action."""
        return self.operation.action

    def found(self) -> Exchange | None:
        """The request that came, or that of several which is most like what is wanted."""
        came = (each for each in self.csms.exchanges(self.since) if each.from_csms and each.action == self.action)
        return min(came, key=lambda each: distance(self.payload, each.payload), default=None)

    def fits(self) -> bool:
        """Whether the very request has come."""
        request = self.found()
        return request is not None and not differing(self.payload, request.payload)

    def begin(self) -> None:
        """Write down that it is asked for from now on."""
        passed = sorted(self.adaptor.passes(self.action))
        detail = {"asked": self.action, "step": "begin", "by": str(self.adaptor.by), "payload": dict(self.payload), "passed": passed}
        self.since = self.csms.transcript.add_event(EventKind.AUDIT, self.csms.identity, detail).seq

    def end(self, outcome: Asked) -> None:
        """Write down how asking ended."""
        detail = {"asked": self.action, "step": "end", "outcome": str(outcome.ended), "reason": outcome.reason}
        self.csms.transcript.add_event(EventKind.AUDIT, self.csms.identity, detail)

    async def seen(self, seconds: float, anothers: float = ANOTHERS) -> bool:
        """Whether a request of the kind came within so many seconds; after another one than is wanted that may come `anothers` later."""
        if not await self.csms.until(lambda: self.found() is not None, seconds):
            return False
        await self.csms.until(self.fits, anothers)
        return True


async def request_of(csms: AuditedCsms, operation: Operation, reply: Mapping[str, Any] | None) -> Exchange:
    """Ask for the operation, and give the request that comes of it, with our station's answer (`reply` in place of what it would do).

    Where a program has another request sent than was asked for, it is asked once more: the first one may have been nobody's wish. Raises
    `NotExercised` when there is no way to ask, when it cannot be done there, and when no such request came.
    """
    reason = why_not(csms, operation.action)
    adaptor = csms.adaptor
    if reason is not None or adaptor is None:
        raise NotExercised(reason or "there is no way to ask")
    if (said := csms.cannot.get(_kind(operation))) is not None:
        raise CannotDo(f"{operation.action} cannot be sent there: {said}, when the like was asked for before")
    wish = _Wish(csms, adaptor, operation, json.loads(csms.transcript.redactor.text(json.dumps(operation.payload()))))
    request = await _once(wish, reply)
    wrong = adaptor.passes(operation.action) & set(differing(wish.payload, request.payload))
    return await _once(wish, reply) if wrong and adaptor.by is By.PROGRAM else request


def _kind(operation: Operation) -> str:
    """What is remembered as not to be had: this action with these fields; another form of it may be."""
    return f"{operation.action}({','.join(sorted(operation.payload()))})"


async def _once(wish: _Wish, reply: Mapping[str, Any] | None) -> Exchange:
    if reply is not None:
        wish.csms.answers(wish.action, reply)
    wish.begin()
    outcome = Asked(Ended.FAILED, "the audit was broken off")
    try:
        outcome = await _asked(wish)
    finally:
        wish.end(outcome)
    return await _request(wish, outcome)


async def _asked(wish: _Wish) -> Asked:
    """Ask, and watch the wire: what is seen there ends the asking."""
    csms, patience = wish.csms, wish.csms.patience
    asking = asyncio.ensure_future(wish.adaptor.ask(csms.identity, wish.operation, patience.person))
    # What the central system sends by itself does not take the prompt away from a person who has yet to act.
    anothers = patience.wire if wish.adaptor.by is By.PERSON else ANOTHERS
    seen = asyncio.ensure_future(wish.seen(patience.person, anothers))
    try:
        await asyncio.wait({asking, seen}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            return Asked(Ended.ASKED) if seen.result() else Asked(Ended.FAILED, f"nothing came within {patience.person:g} s")
        outcome = asking.result()
        if outcome.ended is Ended.ASKED and not seen.done():
            await wish.seen(patience.wire)
        return outcome
    finally:
        for task in (asking, seen):
            task.cancel()
        await asyncio.gather(asking, seen, return_exceptions=True)


async def _request(wish: _Wish, outcome: Asked) -> Exchange:
    csms, action = wish.csms, wish.action
    if wish.found() is None:
        if outcome.ended is Ended.CANNOT:
            said = csms.cannot[_kind(wish.operation)] = outcome.reason or "so whoever was asked said"
            raise CannotDo(f"{action} cannot be sent there: {said}")
        if outcome.ended is Ended.FAILED:
            raise NotExercised(f"{action} could not be asked for: {outcome.reason}")
        raise NotExercised(f"{action} was asked for, and nothing of it came to the station within {csms.patience.wire:g} s")
    await csms.until(lambda: (request := wish.found()) is not None and request.reply is not None, csms.patience.effect)
    request = wish.found()
    if request is None:
        raise NotExercised(f"{action} was asked for, and nothing of it came to the station")
    return request
