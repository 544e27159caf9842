"""Transactions and meter values as a station on a bad line, or with a bad memory, tells of them (1.6 3.7.1, 4.7 to 4.10)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from probes.cases.endings import NoAnswer, NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import trial
from probes.central.crowd import crowd
from probes.central.tags import TagState
from probes.judge.central.transactions import NO_ID, id_in
from probes.judge.frames import Exchange
from probes.station.station import Station
from probes.wire.connection import ABNORMAL_CLOSURE

LEAST_UNKNOWN = 1_900_000_000
"""From here on are the ids that the audit makes up: a number that hardly anybody has come to yet, and that fits into 32 bits."""


@trial("meter-values")
async def meter_values(csms: AuditedCsms) -> None:
    """What a central system makes of values is its own business; that it has received them is owed."""
    await csms.insists("MeterValues", {"connectorId": 0, "meterValue": [_reading(csms, "0")]})
    charge = await csms.charging()
    of_it = {"connectorId": charge.connector, "transactionId": charge.transaction_id}
    await csms.insists("MeterValues", of_it | {"meterValue": [_reading(csms, "10")]})
    await csms.insists("MeterValues", of_it | {"meterValue": [_reading(csms, "-1"), _reading(csms, "99999999999")]})


def _reading(csms: AuditedCsms, value: str) -> dict[str, Any]:
    return {"timestamp": csms.station.timestamp(), "sampledValue": [{"value": value}]}


@trial("unknown-transaction")
async def unknown_transaction(csms: AuditedCsms) -> None:
    """What is told of transactions that were never given out: one whose start could not be told, and a number that nobody knows."""
    await csms.online()
    for number in (NO_ID, LEAST_UNKNOWN + secrets.randbelow(100_000_000)):
        await csms.says("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [_reading(csms, "10")]})
        await csms.says("StopTransaction", _end(csms.station, number))


@trial("start-told-again")
async def start_told_again(csms: AuditedCsms) -> None:
    """The connection breaks before our station could have the answer to its StartTransaction, so that it sends it again."""
    payload = _start(await csms.online(), csms.tag(TagState.VALID))
    numbers: set[int] = set()
    try:
        numbers |= _given(await csms.says("StartTransaction", payload))
        csms.leaves("a broken line")
        await csms.station.go_away(ABNORMAL_CLOSURE, "")
        numbers |= _given(await csms.says("StartTransaction", payload))
    finally:
        for number in sorted(numbers):
            await _stop(csms, number)


@trial("tag-in-use")
async def tag_in_use(csms: AuditedCsms) -> None:
    """A tag that may charge once at a time, on both connectors."""
    tag = csms.tag(TagState.SINGLE)
    await csms.charging(1, tag)
    station, numbers = await csms.online(), set[int]()
    try:
        numbers = _given(await csms.says("StartTransaction", _start(station, tag, 2)))
    finally:
        for number in numbers:
            await _stop(csms, number)


@trial("starts-at-once")
async def starts_at_once(csms: AuditedCsms) -> None:
    """A transaction on each of several stations, told at the same time."""
    if not csms.also:
        raise NotExercised("needs further stations that are known there; give their identities with --also")
    tag = csms.tag(TagState.VALID)
    await csms.online()
    async with crowd(csms, csms.also) as others:
        if not others:
            raise NotExercised("none of the further stations was accepted there")
        stations = (csms.station, *others)
        answers = await asyncio.gather(*(station.call("StartTransaction", _start(station, tag)) for station in stations))
        for station, answer in zip(stations, answers, strict=True):
            number = answer.payload.get("transactionId") if isinstance(answer.payload, Mapping) else None
            if isinstance(number, int):
                stopped = await station.call("StopTransaction", _end(station, number))
                if stopped.kind != "result":
                    csms.leave(f"the transaction {number} of {station.identity} may still be open there")


def _start(station: Station, tag: str, connector: int = 1) -> dict[str, Any]:
    return {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": station.timestamp()}


def _end(station: Station, number: int) -> dict[str, Any]:
    return {"transactionId": number, "meterStop": 0, "timestamp": station.timestamp(), "reason": "Other"}


def _given(start: Exchange) -> set[int]:
    number = id_in(start)
    return set() if number is None else {number}


async def _stop(csms: AuditedCsms, number: int) -> None:
    try:
        ended = await csms.says("StopTransaction", _end(csms.station, number))
        taken = ended.result is not None
    except NoAnswer:
        taken = False
    if not taken:
        csms.leave(f"the transaction {number} may still be open there")
