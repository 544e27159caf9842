"""Cases of transactions that somebody begins and ends at the station: with a card, with the cable."""

from __future__ import annotations

from ocpp.v16.enums import AuthorizationStatus

from probes.cases.catalogue import case
from probes.cases.charging import (
    CONNECTION_TIMEOUT,
    SHORT_TIMEOUT,
    begun,
    holds_card,
    is_free_again,
    knows_nobody,
    local_session,
    prefers,
    shows_end,
    shows_running,
)
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.people import needs_reader
from probes.cases.prompts import Action
from probes.cases.station import AuditedStation, Running, is_in
from probes.cases.tags import PARENT_ID_TAG
from probes.csms.state import IdTag, IdTags
from probes.judge.catalogue import letters
from probes.judge.rules.authorisation import ALONE_SECONDS, QUIET_SECONDS
from probes.judge.rules.ending import ENDED_SECONDS, OUTLASTS_SECONDS
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.rules.statuses import WAITING_SECONDS
from registry.sentences import KeptSentence

CABLE_ROW = "Fixed cable"


@case("TC_003_CS", by_person=True)
async def plugged_in_first(station: AuditedStation) -> None:
    """Regular Charging Session - Plugin First."""
    needs_reader(station)
    await knows_nobody(station)
    connector = await station.needs_car()
    await station.silent(ALONE_SECONDS + 1)
    station.needs_no_transaction()
    since = station.transcript.seq
    await holds_card(station, connector)
    if await begun(station, since, EFFECT_SECONDS) is None:
        await station.silent(EFFECT_SECONDS)
        raise NotExercised("no transaction was told of")
    await shows_running(station, connector)


@case("TC_004_1_CS", by_person=True)
async def identified_first(station: AuditedStation) -> None:
    """Regular Charging Session - Identification First."""
    needs_reader(station)
    await station.configured("ConnectionTimeOut", str(CONNECTION_TIMEOUT))
    await knows_nobody(station)
    connector, since = await _held_at_free_connector(station)
    await station.silent(WAITING_SECONDS + 1)
    await station.person(Action.PLUG, KeptSentence("Plug a car into connector %(connector)s.", connector=connector), connector=connector)
    if await begun(station, since, EFFECT_SECONDS) is None:
        await station.silent(EFFECT_SECONDS)
        raise NotExercised("no transaction was told of")
    await shows_running(station, connector)


@case("TC_004_2_CS")
async def identification_times_out(station: AuditedStation) -> None:
    """Regular Charging Session - Identification First - ConnectionTimeOut: no car comes."""
    needs_reader(station)
    await station.configured("ConnectionTimeOut", str(SHORT_TIMEOUT))
    await prefers(station, "LocalPreAuthorize", "false")
    connector, _ = await _held_at_free_connector(station)
    await is_free_again(station, connector)


async def _held_at_free_connector(station: AuditedStation) -> tuple[int, int]:
    """A card was held to the reader of a free connector, and the station has asked about it; with the record before that."""
    await station.needs_idle()
    connector, since = station.shadow.idle_connector or 1, station.transcript.seq
    await holds_card(station, connector)
    if await station.called("Authorize", station.patience.start, since=since) is None:
        raise NotExercised("the station did not ask about the card")
    return connector, since


@case("TC_023_4_CS", by_person=True)
async def invalid_tag(station: AuditedStation) -> None:
    """Start local Charging Session - Authorize invalid: this CSMS refuses every card for now."""
    needs_reader(station)
    await knows_nobody(station)
    station.steering.id_tags = IdTags(others=AuthorizationStatus.invalid)
    connector, since = await _held_at_free_connector(station)
    await station.person(Action.PLUG, KeptSentence("Plug a car into connector %(connector)s.", connector=connector), connector=connector)
    await station.silent(QUIET_SECONDS + station.patience.status + 1)
    await begun(station, since, 0.0)


@case("TC_068_CS", by_person=True)
async def another_tag_stops_nothing(station: AuditedStation) -> None:
    """Stop transaction - IdTag in StopTransaction matches IdTag in StartTransaction."""
    needs_reader(station)
    await knows_nobody(station)
    running = await local_session(station)
    await shows_running(station, running.connector)
    since = station.transcript.seq
    await holds_card(station, running.connector, another=True)
    if await station.called("StopTransaction", OUTLASTS_SECONDS, since=since) is None:
        await _ends_with_card(station, running, another=False)


@case("TC_069_CS", by_person=True)
async def tag_of_the_group_stops(station: AuditedStation) -> None:
    """Stop transaction - ParentIdTag in StopTransaction matches ParentIdTag in StartTransaction: here all cards are of one group."""
    needs_reader(station)
    station.steering.id_tags = IdTags(others=IdTag(AuthorizationStatus.accepted, parent=PARENT_ID_TAG))
    await knows_nobody(station)
    running = await local_session(station)
    await shows_running(station, running.connector)
    await _ends_with_card(station, running, another=True)


async def _ends_with_card(station: AuditedStation, running: Running, *, another: bool) -> None:
    since = station.transcript.seq
    await holds_card(station, running.connector, another=another)
    if await station.called("StopTransaction", ENDED_SECONDS, since=since) is None:
        raise NotExercised("the card did not end the transaction: whether the station lets a card end one is not known")
    await shows_end(station, running.connector)


# --- the cable


@case("TC_005_1_CS")
async def unplugged_and_released(station: AuditedStation) -> None:
    """EV Side Disconnected - StopTransactionOnEVSideDisconnect=true - UnlockConnectorOnEVSideDisconnect=true."""
    if _has_fixed_cable(station):
        raise NotApplicable(f"the certificate's hardware table says {CABLE_ROW}: {_cable(station)}; the case is about detachable cables")
    running = await _charging_with(station, stops="true", unlocks="true")
    await _pulls(station, running)
    await _leaves_station(station, running.connector)


@case("TC_005_2_CS")
async def unplugged_and_held(station: AuditedStation) -> None:
    """EV Side Disconnected - StopTransactionOnEVSideDisconnect=true - UnlockConnectorOnEVSideDisconnect=false."""
    running = await _charging_with(station, stops="true", unlocks="false")
    await _pulls(station, running)
    await station.unlock_connector(running.connector)
    await _leaves_station(station, running.connector)


@case("TC_005_3_CS")
async def unplugged_without_end(station: AuditedStation) -> None:
    """EV Side Disconnected - StopTransactionOnEVSideDisconnect=false."""
    running = await _charging_with(station, stops="false", unlocks="false")
    since = station.transcript.seq
    await station.person(Action.UNPLUG, _pull(running.connector), connector=running.connector)
    if await station.called("StopTransaction", OUTLASTS_SECONDS + 1, since=since) is not None:
        return
    since = station.transcript.seq
    await station.remote_stop_transaction(running.transaction_id)
    await station.called("StopTransaction", EFFECT_SECONDS + 1, since=since)
    await _leaves_station(station, running.connector)


def _pull(connector: int) -> KeptSentence:
    return KeptSentence("Pull the cable of connector %(connector)s out of the car, not out of the station.", connector=connector)


async def _charging_with(station: AuditedStation, *, stops: str, unlocks: str) -> Running:
    if station.operator is None:
        raise NotExercised("needs a person at the station who pulls the cable, and nobody is there")
    await station.configured("StopTransactionOnEVSideDisconnect", stops)
    if _has_fixed_cable(station):
        # A fixed cable cannot be unlocked, and its setting cannot be changed (errata v4.0 3.83).
        await prefers(station, "UnlockConnectorOnEVSideDisconnect", unlocks)
    else:
        await station.configured("UnlockConnectorOnEVSideDisconnect", unlocks)
    running = await station.charging()
    await shows_running(station, running.connector)
    return running


async def _pulls(station: AuditedStation, running: Running) -> None:
    since = station.transcript.seq
    await station.person(Action.UNPLUG, _pull(running.connector), connector=running.connector)
    await station.called("StopTransaction", ENDED_SECONDS + 1, since=since)


async def _leaves_station(station: AuditedStation, connector: int) -> None:
    """The cable is taken out of the station too, where the connector is not free already."""
    if not await station.heard(is_in(connector, "Available"), station.patience.status) and not _has_fixed_cable(station):
        text = KeptSentence("Take the cable out of connector %(connector)s of the station, if it lets go of it.", connector=connector)
        await station.person(Action.UNPLUG, text, is_in(connector, "Available"), connector=connector)


def _has_fixed_cable(station: AuditedStation) -> bool:
    return (_cable(station) or "").strip().casefold() == "yes"


def _cable(station: AuditedStation) -> str | None:
    hardware = station.certified.facts.hardware or {}
    return next((value for row, value in hardware.items() if letters(row) == letters(CABLE_ROW)), None)
