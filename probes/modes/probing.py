"""Questions of our own on a relayed line: the scripts of the cases that only read, between what the central system asks.

A line is probed when its station is registered and nobody else has a call in flight; a question that the central system needed the line
for is given up and asked once more later. All of it can be switched off while the relay runs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from probes.cases.catalogue import Case, scripted
from probes.cases.endings import Gone, NoAnswer, NotApplicable, NotExercised
from probes.cases.station import AuditedStation, Patience
from probes.judge.certified import Certified
from probes.judge.shadow import Follower, Shadow
from probes.modes.line import Line
from probes.modes.routing import is_read_only
from probes.wire.clock import Clock, SystemClock
from probes.wire.envelope import Envelope
from probes.wire.peer import Answer
from probes.wire.records import Direction, MessageType
from probes.wire.redact import Redactor, new_key
from probes.wire.transcript import Transcript

LOGGER = logging.getLogger("ocpp_registry.relay")

SETTLING_SECONDS = 5.0
"""A line on which the station did not boot so long is that of one that came back: it may be asked (OCPP-J 1.6 5.4)."""

QUIET_SECONDS = 2.0
"""How long after its registration a station is left alone: it has much to say then, and so has its central system."""

AGAIN_SECONDS = 6 * 3600.0
"""When a station that stays connected is asked anew."""

FREE_SECONDS = 120.0
"""How long a free line is waited for."""

LOOK_SECONDS = 0.05
"""How often a line is looked at whether it is free; a message that passes is looked at at once."""

ATTEMPTS = 3
"""How often a question is asked that the central system needed the line for, or that was not answered."""

KEPT_IN_MEMORY = 1000


def probing_cases() -> tuple[Case, ...]:
    """The cases whose scripts only read."""
    return tuple(case for case in scripted() if case.reads_only and case.script is not None and case.facts.tier == "read-only")


class ProbedStation(AuditedStation):
    """The station at the other end of a relayed line, as the scripts of reading cases see it: only what reads is asked."""

    def __init__(self, line: Line, transcript: Transcript, certified: Certified, patience: Patience, clock: Clock) -> None:
        self._line = line
        self._transcript = transcript
        self.certified, self.patience, self.clock = certified, patience, clock
        self.began = self.since = 0
        self.unanswered_in_a_row = 0
        self.changed = []
        self.operator = None
        self.waited_for_status = False
        self._follower, self._followed = Follower(), -1

    @property
    def transcript(self) -> Transcript:
        """What passed on the line."""
        return self._transcript

    @property
    def present(self) -> bool:
        """Whether the station is connected."""
        return not self._line.over

    @property
    def shadow(self) -> Shadow:
        """What is known of the station."""
        for record in self._transcript.since(max(0, self._followed)):
            self._follower.add(record)
            self._followed = record.seq
        return self._follower.shadow

    async def request(self, action: str, payload: dict[str, Any]) -> Answer:
        """Ask when the line is free. What does not only read is not exercised here."""
        if not is_read_only(action, payload):
            raise NotExercised(f"{action} does not only read, and this is a station in service")
        for _ in range(ATTEMPTS):
            await self._line_is_free()
            began = time.monotonic()
            message = await self._line.probe(action, payload, self.patience.answer)
            if message is not None:
                return _answer_of(message, time.monotonic() - began)
        raise NoAnswer(f"no answer to {action}, or the central system needed the line")

    async def _line_is_free(self) -> None:
        deadline = self.clock.monotonic() + FREE_SECONDS
        while not self._line.can_be_probed():
            if self._line.over:
                raise Gone("the station went away")
            if self.clock.monotonic() > deadline:
                raise NoAnswer("the line was never free")
            await self.clock.sleep(LOOK_SECONDS)


def _answer_of(message: Envelope, elapsed: float) -> Answer:
    if message.message_type is MessageType.CALLERROR:
        return Answer("error", message.payload, message.error_code, message.error_description, elapsed=elapsed)
    return Answer("result", message.payload, elapsed=elapsed)


class Prober:
    """Probes every line that it is told of, until it is switched off."""

    def __init__(
        self, certified: Certified, clock: Clock | None = None, settling: float = SETTLING_SECONDS, quiet: float = QUIET_SECONDS
    ) -> None:
        self._certified = certified
        self._clock = clock or SystemClock()
        self._settling, self._quiet = settling, quiet
        self._tasks: dict[asyncio.Task[None], Line] = {}
        self._redactor = Redactor(new_key())
        self.on = True

    def line(self, line: Line) -> None:
        """A station is connected through."""
        if not self.on:
            return
        transcript = Transcript(clock=self._clock, redactor=self._redactor, limit=KEPT_IN_MEMORY)

        def listen(direction: Direction, message: str | bytes, envelope: Envelope) -> None:
            now = datetime.now(UTC)
            transcript.note(direction, message, line.identity, envelope, now, self._clock.monotonic())

        line.on_message = listen
        task = asyncio.create_task(self._probe(line, transcript))
        self._tasks[task] = line
        task.add_done_callback(self._done)

    def switch_off(self) -> None:
        """Ask nothing more, at once; answers that are still to come stay unseen by the central system."""
        if self.on:
            self.on = False
            LOGGER.warning("probing is switched off; messages are passed on as before")
        for task, line in tuple(self._tasks.items()):
            task.cancel()
            line.drop_probe()
            line.on_message = None

    def _done(self, task: asyncio.Task[None]) -> None:
        line = self._tasks.pop(task)
        line.on_message = None
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOGGER.error("%s: probing ended (%r); messages are passed on as before", line.identity, problem)

    async def _probe(self, line: Line, transcript: Transcript) -> None:
        patience = Patience(self._certified.patience_seconds)
        station = ProbedStation(line, transcript, self._certified, patience, self._clock)
        if not await self._may_be_asked(station, line):
            return
        while not line.over:
            for case in probing_cases():
                await self.run_case(case, station)
            await self._clock.sleep(AGAIN_SECONDS)

    async def _may_be_asked(self, station: ProbedStation, line: Line) -> bool:
        """A station that booted is asked once it is accepted (1.6 4.2): before that it may know of nothing to answer."""
        deadline = self._clock.monotonic() + self._settling
        while not line.over:
            boot = station.shadow.boot
            if boot is not None and boot.status == "Accepted":
                await self._clock.sleep(self._quiet)
                return True
            if boot is None and self._clock.monotonic() > deadline:
                return True
            await self._clock.sleep(LOOK_SECONDS)
        return False

    async def run_case(self, case: Case, station: ProbedStation) -> None:
        """Run one case; what it cannot do here is said in the log."""
        if case.script is None:
            return
        try:
            await case.script(station)
        except (NotExercised, NotApplicable, NoAnswer, Gone) as ended:
            LOGGER.info("%s: %s", case.facts.id, ended)
