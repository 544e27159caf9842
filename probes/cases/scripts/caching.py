"""Cases of the authorization cache."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.charging import (
    CONNECTION_TIMEOUT,
    SHORT_TIMEOUT,
    authorises_remotely,
    begun,
    has_cache,
    holds_card,
    is_free_again,
    shows_running,
    starts_without_car,
)
from probes.cases.endings import NotExercised
from probes.cases.people import needs_reader
from probes.cases.prompts import Action
from probes.cases.station import AuditedStation, is_in
from probes.judge.rules.caching import ASKED_SECONDS
from probes.judge.rules.remote import EFFECT_SECONDS
from registry.sentences import KeptSentence


@case("TC_007_1_CS")
async def cached_tag(station: AuditedStation) -> None:
    """Regular Start Charging Session - Cached Id."""
    needs_reader(station)
    await has_cache(station)
    connector = await _remembers_card(station)
    await station.configured("ConnectionTimeOut", str(CONNECTION_TIMEOUT))
    since = station.transcript.seq
    await holds_card(station, connector)
    await _car_comes(station, connector, since)


@case("TC_007_2_CS")
async def cached_remote_start(station: AuditedStation) -> None:
    """Remote Start Charging Session - Cached Id."""
    await has_cache(station)
    await authorises_remotely(station)
    connector = await _remembers_remote_start(station)
    await station.configured("ConnectionTimeOut", str(CONNECTION_TIMEOUT))
    since = station.transcript.seq
    await starts_without_car(station, connector)
    await _car_comes(station, connector, since)


@case("TC_061_1_CS")
async def cleared_cache(station: AuditedStation) -> None:
    """Clear Authorization Data in Authorization Cache - Local."""
    needs_reader(station)
    await has_cache(station)
    connector = await _remembers_card(station)
    await station.clear_cache()
    since = station.transcript.seq
    await holds_card(station, connector)
    await station.called("Authorize", ASKED_SECONDS, since=since)
    await station.silent(ASKED_SECONDS + 1)
    await is_free_again(station, connector)


@case("TC_061_2_CS")
async def cleared_cache_remotely(station: AuditedStation) -> None:
    """Clear Authorization Data in Authorization Cache - Remote: without a car, which is enough on a station that asks at once."""
    await has_cache(station)
    await authorises_remotely(station)
    connector = await _remembers_remote_start(station)
    await station.clear_cache()
    since = station.transcript.seq
    await starts_without_car(station, connector)
    await station.called("Authorize", ASKED_SECONDS, since=since)
    await station.silent(ASKED_SECONDS + 1)
    await is_free_again(station, connector)


async def _remembers_card(station: AuditedStation) -> int:
    """A person's card has been asked about, and is in the cache; gives the free connector at whose reader that was."""
    connector, since = await _asking(station), station.transcript.seq
    await holds_card(station, connector)
    await _learnt(station, connector, since)
    return connector


async def _remembers_remote_start(station: AuditedStation) -> int:
    """The audit's idTag has been asked about, and is in the cache."""
    connector, since = await _asking(station), station.transcript.seq
    await starts_without_car(station, connector)
    await _learnt(station, connector, since)
    return connector


async def _asking(station: AuditedStation) -> int:
    """A free connector of a station that asks about everybody for now, whoever is in its cache."""
    await station.configured("ConnectionTimeOut", str(SHORT_TIMEOUT))
    await station.configured("LocalPreAuthorize", "false")
    await station.needs_idle()
    return station.shadow.idle_connector or 1


async def _learnt(station: AuditedStation, connector: int, since: int) -> None:
    """It has asked, nobody came, and from now on it goes by its cache."""
    if await station.called("Authorize", station.patience.start, since=since) is None:
        raise NotExercised("the station did not ask about the idTag, so whether it is in its cache is not known")
    if not await is_free_again(station, connector):
        raise NotExercised(f"connector {connector} was not given free again")
    await station.configured("LocalPreAuthorize", "true")


async def _car_comes(station: AuditedStation, connector: int, since: int) -> None:
    await station.heard(is_in(connector, "Preparing"), station.patience.status)
    await station.person(Action.PLUG, KeptSentence("Plug a car into connector %(connector)s.", connector=connector), connector=connector)
    if await begun(station, since, EFFECT_SECONDS) is None:
        raise NotExercised("no transaction began when the car was there")
    await shows_running(station, connector)
