"""What an audit that was broken off left at a central system is brought to an end before the next one begins there, or at least told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from probes.adaptors.operations import CancelReservation, ChangeAvailability, ClearChargingProfile, Operation
from probes.cases.endings import Gone, NoAnswer, NotExercised
from probes.central.crowd import crowd
from probes.judge.central.debts import Debts, OpenTransaction, Reserved
from probes.judge.central.view import EARLIER
from probes.judge.times import moment
from probes.wire.records import EventKind

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms

ATTEMPTS = range(3)
"""How often the end of a transaction is told before it counts as not taken."""

_TAKEN: Mapping[str, Any] = {"status": "Accepted"}
"""What our station answers to a request that takes back what only the central system still believes."""


async def settle(csms: AuditedCsms, debts: Debts) -> bool:
    """End what `debts` names, with our station and those that this audit may bring. What could not be ended is told as left behind.

    False: there was no connection, and it stays to be done. Our station is away afterwards.
    """
    csms.transcript.add_event(EventKind.AUDIT, csms.identity, {EARLIER: debts.to_json()})
    try:
        await csms.online()
        await _own(csms, debts)
        await _others(csms, debts)
    except Gone:
        for each in debts.transactions:
            csms.leave(_open(each))
        return False
    finally:
        await csms.offline()
    _told(csms, debts)
    return True


async def _own(csms: AuditedCsms, debts: Debts) -> None:
    for each in debts.transactions:
        if each.station == csms.identity and not await _stopped(csms, each):
            csms.leave(_open(each))
    for held in debts.reservations:
        if held.station == csms.identity and _lasts(held, csms.clock.now()):
            await _taken_back(
                csms, CancelReservation(held.number), f"the reservation {held.number} of an earlier audit may stand there still"
            )
    for station, connector in debts.inoperative:
        if station == csms.identity:
            text = f"an earlier audit has left connector {connector} of our station Inoperative for the central system"
            await _taken_back(csms, ChangeAvailability(connector, "Operative"), text)
    if csms.identity in debts.profiles:
        text = "the central system may believe that our station has charging profiles of an earlier audit"
        await _taken_back(csms, ClearChargingProfile(), text)


async def _stopped(csms: AuditedCsms, each: OpenTransaction) -> bool:
    for _ in ATTEMPTS:
        with suppress(NoAnswer):
            if (await csms.says("StopTransaction", _end(each, csms.station.timestamp()))).result is not None:
                return True
    return False


async def _taken_back(csms: AuditedCsms, operation: Operation, text: str) -> None:
    """Have this sent if a program does it: our station has forgotten, and agrees."""
    if csms.drives(operation.action):
        with suppress(NoAnswer, NotExercised):
            if (await csms.wants(operation, reply=_TAKEN)).status == "Accepted":
                return
    csms.leave(text)


async def _others(csms: AuditedCsms, debts: Debts) -> None:
    """Further stations come only where this audit has been given them as well."""
    wanted = {each.station for each in debts.transactions} & set(csms.also)
    async with crowd(csms, sorted(wanted)) as stations:
        there = {station.identity: station for station in stations}
        for each in debts.transactions:
            if each.station == csms.identity:
                continue
            station = there.get(each.station)
            if station is None or (await station.call("StopTransaction", _end(each, station.timestamp()))).kind != "result":
                csms.leave(_open(each))


def _told(csms: AuditedCsms, debts: Debts) -> None:
    """What nobody can take back from here."""
    for station in debts.unanswered:
        csms.leave(f"an earlier audit told of a transaction of {station} that was never answered: it may be open there")
    for station, version in debts.lists:
        csms.leave(f"the central system may believe that {station} has version {version} of a local list, from an earlier audit")
    for held in debts.reservations:
        if held.station != csms.identity and _lasts(held, csms.clock.now()):
            csms.leave(f"the reservation {held.number} of {held.station} may stand there until {held.until}")
    _told_of_others(csms, {*debts.profiles, *(station for station, _ in debts.inoperative)})


def _told_of_others(csms: AuditedCsms, stations: Collection[str]) -> None:
    for station in sorted(set(stations) - {csms.identity}):
        csms.leave(f"the central system may believe that {station} is as an earlier audit had it set")


def _open(each: OpenTransaction) -> str:
    return f"the transaction {each.number} of {each.station}, which an earlier audit began, may still be open there"


def _end(each: OpenTransaction, at: str) -> dict[str, Any]:
    return {"transactionId": each.number, "meterStop": each.meter_start, "timestamp": at, "reason": "Other"}


def _lasts(held: Reserved, now: datetime) -> bool:
    until = moment(held.until)
    return until is None or until > now
