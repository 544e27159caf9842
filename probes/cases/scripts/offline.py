"""Cases of a lost connection: the central system cannot be reached for a while, and a person charges all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from ocpp.v16.enums import AuthorizationStatus

from probes.cases.catalogue import case
from probes.cases.endings import NotExercised
from probes.cases.prompts import Action
from probes.cases.requests import accepted
from probes.cases.restarts import RETURN_SECONDS, restart, states_told
from probes.cases.station import CROSSING_SECONDS, AuditedStation, Running
from probes.csms.state import IdTags
from probes.judge.frames import Exchange
from probes.judge.rules.offline import QUEUE_SECONDS
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.shadow import BUSY_STATUSES, Shadow
from probes.judge.spans import stamps
from probes.judge.times import moment
from probes.wire.connection import GOING_AWAY
from registry.sentences import KeptSentence

SAMPLE_INTERVAL = 15
"""Seconds between two samples in the case about them."""

OFFLINE_SECONDS = 60.0
"""How long the connection stays away when it is not a person that takes the time: some samples long."""

CHARGING_SECONDS = 20.0
"""How long a transaction lasts that begins and ends without a connection."""


@asynccontextmanager
async def offline(station: AuditedStation) -> AsyncIterator[None]:
    """The central system is not there for the station; whatever happens, it is there again afterwards, and waits for the station."""
    station.steering.away = True
    try:
        await station.link.peer.close(GOING_AWAY)
        await station.leaves(station.patience.status)
        yield
    finally:
        station.steering.away = False
        await station.comes_back(RETURN_SECONDS)


@case("TC_036_CS")
async def connection_lost_while_charging(station: AuditedStation) -> None:
    """Connection Loss During Transaction."""
    await station.configured("MeterValueSampleInterval", str(SAMPLE_INTERVAL))
    running = await station.charging()

    def own(payload: Mapping[str, Any]) -> bool:
        return payload.get("transactionId") == running.transaction_id

    if await station.called("MeterValues", 3 * SAMPLE_INTERVAL, since=running.since, where=own) is None:
        raise NotExercised(f"no MeterValues came in {3 * SAMPLE_INTERVAL} s of a transaction, so none can be missed after an outage")
    async with offline(station):
        await station.clock.sleep(OFFLINE_SECONDS)
    since, back = station.transcript.seq, station.clock.now()

    def queued(payload: Mapping[str, Any]) -> bool:
        return own(payload) and any(told is not None and told < back for told in map(moment, stamps(payload)))

    await station.called("MeterValues", QUEUE_SECONDS + 1, since=since, where=queued)
    await _left_known(station, running.transaction_id)


@case("TC_037_1_CS")
async def offline_start(station: AuditedStation) -> None:
    """Offline Start Transaction - Valid IdTag."""
    await _needs_offline_starts(station)
    await _left_known(station, _id_of(await _started_offline(station)))


@case("TC_037_2_CS")
async def offline_start_refused_and_suspended(station: AuditedStation) -> None:
    """Offline Start Transaction - Invalid IdTag - StopTransactionOnInvalidId=false."""
    await _offline_start_refused(station, "false")


@case("TC_037_3_CS")
async def offline_start_refused_and_stopped(station: AuditedStation) -> None:
    """Offline Start Transaction - Invalid IdTag - StopTransactionOnInvalidId=true."""
    await _offline_start_refused(station, "true")


async def _offline_start_refused(station: AuditedStation, stops: str) -> None:
    await station.configured("StopTransactionOnInvalidId", stops)
    await _needs_offline_starts(station)
    number = _id_of(await _started_offline(station, refused=True))
    await station.heard(lambda shadow: number not in shadow.open_transactions or _is_suspended(shadow), EFFECT_SECONDS + 1)
    await station.shows_presence()
    await _left_known(station, number)


def _is_suspended(shadow: Shadow) -> bool:
    return any(state.status == "SuspendedEVSE" for state in shadow.connectors.values())


@case("TC_038_CS")
async def offline_stop(station: AuditedStation) -> None:
    """Offline Stop Transaction: with the card with which it was started."""
    running = await _charging_by_card(station)
    async with offline(station):
        await _presented(station, running.connector, _stop(running.connector))
        await station.clock.sleep(CROSSING_SECONDS)
    await station.called("StopTransaction", QUEUE_SECONDS + 1, since=running.since)
    await _left_known(station, running.transaction_id)


@case("TC_039_CS")
async def offline_transaction(station: AuditedStation) -> None:
    """Offline Transaction: begun and ended without a connection."""
    await _needs_offline_starts(station)
    connector = await station.needs_car()
    since = station.transcript.seq
    async with offline(station):
        await _presented(station, connector, _start(connector))
        await station.clock.sleep(CHARGING_SECONDS)
        await _presented(station, connector, _stop(connector))
        await station.clock.sleep(CROSSING_SECONDS)
    started = await station.called("StartTransaction", QUEUE_SECONDS + 1, since=since)
    if started is not None:
        await station.called("StopTransaction", QUEUE_SECONDS + 1, since=since)
    await _left_known(station, _id_of(started))


def _start(connector: int) -> KeptSentence:
    return KeptSentence(
        "Start charging: hold your card to the reader of connector %(connector)s (the station is without a connection now).",
        connector=connector,
    )


def _stop(connector: int) -> KeptSentence:
    return KeptSentence(
        "Stop charging: hold the same card to the reader of connector %(connector)s (the station is without a connection now).",
        connector=connector,
    )


async def _presented(station: AuditedStation, connector: int, text: str) -> None:
    """A person holds a card to the reader while nothing of it can be seen here; what came of it the station tells later."""
    await station.person(Action.PRESENT_TAG, text, connector=connector)


async def _needs_offline_starts(station: AuditedStation) -> None:
    """Let the station start transactions without a connection: for a card that it has just learnt is valid, or for any card."""
    shadow = station.shadow
    cached = shadow.configuration.get("authorizationcacheenabled")
    if "localauthorizeoffline" in shadow.configuration:
        await station.configured("LocalAuthorizeOffline", "true")
    if cached is not None and (cached.value or "").strip().casefold() == "true":
        # What the cache says of this card may be from another case, in which it was refused.
        known = await _charging_by_card(station)
        text = KeptSentence("Stop charging: hold the same card to the reader of connector %(connector)s.", connector=known.connector)
        await station.person(
            Action.PRESENT_TAG, text, lambda shadow: known.transaction_id not in shadow.open_transactions, connector=known.connector
        )
    elif "allowofflinetxforunknownid" in shadow.configuration:
        await station.configured("AllowOfflineTxForUnknownId", "true")
    else:
        raise NotExercised("the station has neither AllowOfflineTxForUnknownId nor an authorization cache in use: it knows no card alone")


async def _charging_by_card(station: AuditedStation) -> Running:
    """A transaction that a person has started with a card."""
    connector, since = await station.needs_car(), station.transcript.seq
    text = KeptSentence("Start charging: hold your card to the reader of connector %(connector)s.", connector=connector)
    await station.person(Action.PRESENT_TAG, text, lambda shadow: bool(shadow.open_transactions), connector=connector)
    started = await station.called("StartTransaction", station.patience.start, since=since)
    number = (started.result or {}).get("transactionId") if started is not None else None
    if not isinstance(number, int):
        raise NotExercised("a transaction could not be started with a card")
    # The answer must have reached the station, and its being known must not be in doubt, before the connection is cut.
    await station.clock.sleep(2 * CROSSING_SECONDS)
    return Running(connector, number, since)


async def _started_offline(station: AuditedStation, *, refused: bool = False) -> Exchange | None:
    """A person starts a transaction without a connection; gives its StartTransaction, when one came afterwards."""
    connector = await station.needs_car()
    since = station.transcript.seq
    async with offline(station):
        await _presented(station, connector, _start(connector))
        await station.clock.sleep(CHARGING_SECONDS)
        if refused:
            station.steering.id_tags = IdTags(others=AuthorizationStatus.invalid)
    return await station.called("StartTransaction", QUEUE_SECONDS + 1, since=since)


async def _left_known(station: AuditedStation, number: object) -> None:
    """End what the case has started, and let the station tell its states, which it need not do when it merely comes back."""
    if isinstance(number, int) and number in station.shadow.open_transactions:
        await station.clock.sleep(CROSSING_SECONDS)
    if isinstance(number, int) and number in station.shadow.open_transactions and accepted(await station.remote_stop_transaction(number)):
        await station.heard(lambda shadow: number not in shadow.open_transactions, EFFECT_SECONDS)
    # The status may come long after the StopTransaction: whoever holds a card to a station that has stopped starts it again.
    await station.calm()
    if station.shadow.busy:
        await _ended_by_card(station)
    station.waited_for_status = False
    await station.settle()
    if not station.shadow.all_reported and not station.shadow.busy:
        with suppress(NotExercised):
            await restart(station, "Soft")
            await states_told(station)


async def _ended_by_card(station: AuditedStation) -> None:
    """What was never told cannot be ended from afar."""
    connectors = [number for number, state in sorted(station.shadow.connectors.items()) if state.status in BUSY_STATUSES]
    with suppress(NotExercised):
        for connector in connectors:
            text = KeptSentence("Stop charging: hold the same card to the reader of connector %(connector)s.", connector=connector)
            await station.person(Action.PRESENT_TAG, text, lambda shadow: not shadow.busy, connector=connector)


def _id_of(started: Exchange | None) -> object:
    return (started.result or {}).get("transactionId") if started is not None else None
