"""The charging station as a case sees it: the states that a case begins from, and changes that are undone."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from probes.cases.endings import CannotDo, Gone, NoAnswer, NotExercised
from probes.cases.ledger import Change, Kind
from probes.cases.prompts import Action
from probes.cases.requests import accepted, answer_text
from probes.cases.tags import PROBE_ID_TAG, VALID_ID_TAG
from probes.cases.watching import Patience, SignedBy, WatchedStation
from probes.judge.frames import Exchange
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.shadow import Shadow
from probes.wire.peer import Answer
from probes.wire.records import Direction, EventKind, Frame, Record
from registry.sentences import KeptSentence

__all__ = ["CROSSING_SECONDS", "AuditedStation", "Patience", "Running", "SignedBy", "is_in"]

CROSSING_SECONDS = 6.0
"""How long an answer and a later request of ours may take to have both arrived and been acted upon; longer than the judge wants."""


@dataclass(frozen=True)
class Running:
    """A transaction of the audit. `since` is the number of the last record before it was asked for."""

    connector: int
    transaction_id: int
    since: int


class AuditedStation(WatchedStation):
    """One charging station under audit, as the scripts of cases have it."""

    async def settle(self, *, asks: bool = True) -> None:
        """Give connectors that were not heard of yet some time to report; in vain, this is not repeated.

        A station that came back without having started anew need not report: with `asks`, and Remote Trigger certified, it is asked to.
        """
        if self.waited_for_status:
            return
        # A station that has booted reports every connector (errata v4.0 3.22); what it reports may be a transaction.
        await self.heard(lambda shadow: shadow.all_reported, self.patience.status)
        self.waited_for_status = True
        if asks and not self.shadow.all_reported and not self._booted_here and self.certified.profiles.get("RemoteTrigger"):
            for number in range(1, (self.shadow.declared_connectors or 0) + 1):
                if number not in self.shadow.connectors:
                    await self.trigger_message("StatusNotification", connector_id=number)
            await self.heard(lambda shadow: shadow.all_reported, self.patience.status)

    async def calm(self) -> None:
        """Let it be told that what a case has begun is over."""
        await self.heard(lambda shadow: not shadow.busy, self.patience.status + self.held_back())

    @property
    def _booted_here(self) -> bool:
        """Whether the station has sent its BootNotification on the present connection, as far as that is in memory."""
        for record in reversed(self.transcript.records):
            if isinstance(record, Frame):
                if record.direction is Direction.FROM_STATION and record.action == "BootNotification":
                    return True
            elif record.event is EventKind.OPEN:
                return False
        return False

    async def needs_idle(self) -> None:
        """The case may only run while every connector is known to be Available; a person is asked to pull cables that are in the way."""
        await self.settle()
        for connector, state in sorted(self.shadow.connectors.items()):
            if self.operator is not None and connector and state.status in {"Preparing", "Finishing"}:
                text = KeptSentence("Unplug the cable of connector %(connector)s.", connector=connector)
                await self.person(Action.UNPLUG, text, is_in(connector, "Available"), connector=connector)
        if not self.shadow.all_idle:
            raise NotExercised(f"only on a station that is known to be idle: {self._why_not_idle()}")

    def needs_no_transaction(self) -> None:
        """The case may not run while a transaction is known of."""
        if self.shadow.busy:
            raise NotExercised(f"only without a transaction: {self._why_not_idle()}")

    def _why_not_idle(self) -> str:
        shadow = self.shadow
        if shadow.busy:
            return f"a transaction is going on (frame {shadow.busy[0]})"
        if shadow.declared_connectors is None:
            return "the station did not tell how many connectors it has"
        others = {number: state.status for number, state in shadow.connectors.items() if state.status != "Available"}
        if others:
            return ", ".join(f"connector {number} is {status}" for number, status in sorted(others.items()))
        return "not every connector has reported its status"

    def needs_connector_count(self) -> int:
        """The highest connector number; the case needs to know it from the station itself."""
        highest = self.shadow.highest_connector
        if highest is None:
            raise NotExercised("the station did not tell its NumberOfConnectors, so no connector is known not to exist")
        return highest

    def unknown_transaction_id(self) -> int:
        """A transaction id that no frame of the transcript names."""
        while (identifier := 1 + secrets.randbelow(2**31 - 2)) in self._follower.transactions:
            pass
        return identifier

    async def undo(self, what: str, request: Awaitable[Answer], otherwise: str) -> bool:
        """Undo what a station should have refused; says in the report whether that worked, and `otherwise` when it did not."""
        try:
            answer = await request
        except (NoAnswer, Gone) as ended:
            self.changed.append(f"{what}; undoing it failed: {ended}; {otherwise}")
            raise
        if accepted(answer):
            self.changed.append(f"{what}; it was undone at once")
        else:
            self.changed.append(f"{what}; undoing it was answered {answer_text(answer)}; {otherwise}")
        return accepted(answer)

    async def stop_what_was_started(self, since: int) -> None:
        """After a remote start that should have been refused: wait for its transaction, stop it, and say how that went. What does not end
        stays in the ledger, so that it is tried again.
        """
        tag = self.transcript.redactor.tag(PROBE_ID_TAG)
        if await self._stopped(tag, since):
            self.ledger.settle(Change(Kind.TRANSACTION, tag))

    async def _stopped(self, tag: str, since: int) -> bool:
        def started(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and self._own_transaction(tag, since) is not None

        await self.transcript.wait_for(started, self.patience.start, after=since)
        transaction = self._own_transaction(tag, since)
        if transaction is None:
            idle = await self.heard(lambda shadow: shadow.all_idle, self.patience.start)
            state = "every connector is Available" if idle else self._why_not_idle()
            self.changed.append(
                f"a remote start that is to be refused was accepted; no transaction came of it while it was watched, and {state}"
            )
            return True
        # Its idTag is invalid, so that a station may end it by itself; and a request for it must not cross the answer that names it.
        if not await self.heard(lambda shadow: transaction not in shadow.open_transactions, CROSSING_SECONDS):
            started_text = f"the transaction {transaction} was started against the rules"
            await self.undo(started_text, self.remote_stop_transaction(transaction), "stop it by hand")
        ended = await self.heard(lambda shadow: transaction not in shadow.open_transactions, self.patience.start)
        if not ended:
            self.changed.append(f"the transaction {transaction} was not reported as ended; see that it is")
        await self.heard(lambda shadow: shadow.all_idle, self.patience.start)
        return ended

    def transactions_of(self, hashed_tag: str) -> tuple[int, ...]:
        """The open transactions that were started with this idTag, given by what stands for it in evidence; and those that came of a remote
        start with it, whatever idTag the station tells them with.
        """
        exchanges = self.exchanges(self.began)
        starts = [exchange for exchange in exchanges if exchange.action == "StartTransaction" and not exchange.from_csms]
        own = [start for start in starts if start.payload.get("idTag") == hashed_tag]
        for asked in exchanges:
            if asked.action == "RemoteStartTransaction" and asked.payload.get("idTag") == hashed_tag and asked.status == "Accepted":
                own += [start for start in starts if _came_of(asked, start)][:1]
        numbers = {(start.result or {}).get("transactionId") for start in own}
        return tuple(sorted(number for number in self.shadow.open_transactions if number in numbers))

    # --- states that a case begins from

    async def needs_car(self) -> int:
        """A connector with a car and without a transaction; a person is asked to plug one in where there is none."""
        await self.settle()
        self.needs_no_transaction()
        connector = self._with_car("Preparing")
        if connector is not None:
            return connector
        after = self._with_car("Finishing")
        if after is not None and self.operator is None:
            # The car of the last transaction: from here a new one may begin (1.6 4.9, Finishing to Preparing).
            return after
        if after is not None:
            await self.person(
                Action.UNPLUG,
                KeptSentence("Unplug the car from connector %(connector)s.", connector=after),
                is_in(after, "Available"),
                connector=after,
            )
        connector = self.shadow.idle_connector
        if connector is None:
            raise NotExercised(f"needs a free connector: {self._why_not_idle()}")
        try:
            await self.person(
                Action.PLUG,
                KeptSentence("Plug a car into connector %(connector)s.", connector=connector),
                is_in(connector, "Preparing"),
                connector=connector,
            )
        except CannotDo:
            raise
        except NotExercised:
            # What was done and not seen is in the way of the next case.
            await self.person(
                Action.UNPLUG, KeptSentence("Unplug the car from connector %(connector)s again.", connector=connector), connector=connector
            )
            raise
        return connector

    def _with_car(self, status: str) -> int | None:
        return min((number for number, state in self.shadow.connectors.items() if number and state.status == status), default=None)

    async def charging(self, id_tag: str = VALID_ID_TAG, charging_profile: Mapping[str, Any] | None = None) -> Running:
        """A transaction of the audit, begun by RemoteStartTransaction on a connector with a car, with this profile.

        Raises `NotExercised` when none comes of it: that is for the cases about starting to judge.
        """
        connector, since = await self.needs_car(), self.transcript.seq
        answer = await self.remote_start_transaction(id_tag, connector_id=connector, charging_profile=charging_profile)
        if not accepted(answer):
            raise NotExercised(f"a transaction could not be started: RemoteStartTransaction was answered {answer_text(answer)}")
        started = await self.called("StartTransaction", self.patience.start, since=since)
        number = (started.result or {}).get("transactionId") if started else None
        if not isinstance(number, int):
            raise NotExercised(f"a transaction could not be started: no StartTransaction within {self.patience.start:g} s")
        if started is not None:
            # Whatever idTag it is told with, it is the audit's transaction, and to be ended.
            self.ledger.add(Change(Kind.TRANSACTION, str(started.payload.get("idTag"))))
        # The answer must have reached the station before anything is asked about this transaction.
        await self.clock.sleep(CROSSING_SECONDS)
        return Running(connector, number, since)

    async def configured(self, key: str, value: str) -> None:
        """A setting that the case needs, read before it is changed. Raises `NotExercised` when the station does not have or take it."""
        if key.casefold() not in self.shadow.configuration:
            await self.get_configuration([key])
        reading = self.shadow.configuration.get(key.casefold())
        if reading is None:
            raise NotExercised(f"needs the setting {key}, which the station does not have")
        if _is_same(reading.value, value):
            return
        if reading.readonly:
            raise NotExercised(f"needs {key} = {value}; it is {reading.value} and read-only")
        answer = await self.change_configuration(key, value)
        if answer_text(answer) != "Accepted":
            raise NotExercised(f"needs {key} = {value}; ChangeConfiguration was answered {answer_text(answer)}")
        await self.get_configuration([key])
        reading = self.shadow.configuration.get(key.casefold())
        if reading is None or not _is_same(reading.value, value):
            raise NotExercised(f"needs {key} = {value}; it still reads {reading.value if reading else 'nothing'}")

    def expires(self, seconds: float) -> datetime:
        """The moment so many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)

    def _own_transaction(self, tag: str, since: int) -> int | None:
        for exchange in self.exchanges(since):
            if exchange.action == "StartTransaction" and exchange.payload.get("idTag") == tag:
                identifier = (exchange.result or {}).get("transactionId")
                if isinstance(identifier, int):
                    return identifier
        return None


def _came_of(asked: Exchange, start: Exchange) -> bool:
    """Whether a transaction began on the connector of a remote start soon after it."""
    same = start.payload.get("connectorId") == asked.payload.get("connectorId")
    return same and 0 <= start.call.elapsed - asked.call.elapsed <= EFFECT_SECONDS


def _is_same(value: str | None, wanted: str) -> bool:
    return (value or "").strip().casefold() == wanted.casefold()


def is_in(connector: int, status: str) -> Callable[[Shadow], bool]:
    """Whether this connector's last reported status is that one."""
    return lambda shadow: connector in shadow.connectors and shadow.connectors[connector].status == status
