"""Cases of lost power and of broken connectors: a person does what no message can."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.endings import Gone, NotApplicable, NotExercised
from probes.cases.prompts import Action
from probes.cases.restarts import AGAIN_SECONDS, RETURN_SECONDS, accepted_and_told, booted
from probes.cases.station import AuditedStation, Running, is_in
from probes.judge.frames import read
from probes.judge.rules.power import STARTS_NOTHING_SECONDS, TOLD_SECONDS, WITH_POWER_SECONDS
from registry.sentences import KeptSentence

GOES_SECONDS = 2 * WITH_POWER_SECONDS
"""How long a station without power may stay connected: its back-up power, and until the lost connection is noticed."""


@case("TC_032_1_CS")
async def power_failure_with_backup(station: AuditedStation) -> None:
    """Power failure boot charging point - configured to stop transaction(s) before going down."""
    running = await station.charging()
    told = await _power_cycle(station, running)
    if not told:
        raise NotApplicable("nothing was told when the power went: the station has no back-up power, and TC_032_2 applies (1.6 7.36)")


@case("TC_032_2_CS")
async def power_failure_without_backup(station: AuditedStation) -> None:
    """Power failure boot charging point - configured to stop transaction(s)."""
    running = await station.charging()
    told = await _power_cycle(station, running)
    if told:
        raise NotApplicable("the end of the transaction was told before the station went: it has back-up power, and TC_032_1 applies")


async def _power_cycle(station: AuditedStation, running: Running) -> bool:
    """The power goes and comes back; gives whether the end of the transaction was told before the station went."""
    since = station.transcript.seq
    await station.person(Action.POWER_CUT, KeptSentence("Cut the power of the charging station, and leave it off for the moment."))
    gone = await station.leaves(GOES_SECONDS)
    told = _is_ended(station, running, since)
    await _power_back(station)
    if not gone:
        raise NotExercised(f"the connection was still there {GOES_SECONDS:g} s after the power was said to be cut")
    await station.comes_back(RETURN_SECONDS)
    if await booted(station, since, RETURN_SECONDS) is None:
        raise NotExercised("the station came back without a BootNotification: it did not lose its power")
    await accepted_and_told(station, AGAIN_SECONDS)
    if not told:
        await station.called(
            "StopTransaction",
            TOLD_SECONDS + 1,
            since=since,
            where=lambda payload: payload.get("transactionId") == running.transaction_id,
        )
    return told


async def _power_back(station: AuditedStation) -> None:
    """Whatever happens, the person is asked to give the power back."""
    try:
        await station.person(Action.POWER_ON, KeptSentence("Give the charging station its power back."))
    except NotExercised as missing:
        raise Gone("its power is cut, and nobody has said that it is back") from missing


def _is_ended(station: AuditedStation, running: Running, since: int) -> bool:
    exchanges = read(station.transcript.since(since)).exchanges
    return any(
        exchange.action == "StopTransaction" and exchange.payload.get("transactionId") == running.transaction_id for exchange in exchanges
    )


@case("TC_041_CS")
async def fault_behaviour(station: AuditedStation) -> None:
    """Fault Behavior: a broken connector is told, and nobody can charge there."""
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    text = KeptSentence(
        "Put connector %(connector)s into a fault that its manual names and that you can undo, for instance by its emergency button.",
        connector=connector,
    )
    await station.person(Action.FAULT, text, is_in(connector, "Faulted"), connector=connector)
    try:
        await station.person(
            Action.PLUG, KeptSentence("Plug a car into connector %(connector)s all the same.", connector=connector), connector=connector
        )
        await station.person(
            Action.PRESENT_TAG,
            KeptSentence("Try to start charging on connector %(connector)s with any card.", connector=connector),
            connector=connector,
        )
        await station.silent(STARTS_NOTHING_SECONDS + 1)
        await station.person(
            Action.UNPLUG, KeptSentence("Unplug the car from connector %(connector)s.", connector=connector), connector=connector
        )
    finally:
        await station.person(
            Action.REPAIR, KeptSentence("Undo the fault of connector %(connector)s.", connector=connector), connector=connector
        )
        await station.heard(lambda shadow: shadow.all_idle, station.patience.person)
