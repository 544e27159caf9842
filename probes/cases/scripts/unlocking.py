"""Cases of locks: unlocking from afar with and without a transaction, and locks that fail."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.prompts import Action
from probes.cases.requests import accepted, answer_text, status_of
from probes.cases.station import AuditedStation, is_in
from probes.cases.tags import VALID_ID_TAG
from probes.judge.rules.power import STARTS_NOTHING_SECONDS
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.rules.unlocking import LEFT_ALONE_SECONDS
from registry.sentences import KeptSentence

LAPSE_SECONDS = 180.0
"""How long a remote start is waited for to lapse."""

ANOTHER_TRY_SECONDS = 5.0
"""After how long a lock that did not open is tried once more."""


def _needs_lock(station: AuditedStation) -> None:
    fixed = station.certified.fixed_cable
    if fixed is None:
        raise NotExercised("the certificate does not say whether the cable is fixed")
    if fixed:
        raise NotApplicable("the certificate says that the cable is fixed (hardware table); the case is about a lock for a detachable one")


def _needs_fixed_cable(station: AuditedStation) -> None:
    fixed = station.certified.fixed_cable
    if fixed is None:
        raise NotExercised("the certificate does not say whether the cable is fixed")
    if not fixed:
        raise NotApplicable("the certificate says that the cable is not fixed (hardware table); the case is about one that is")


@case("TC_017_1_CS")
async def unlock_idle(station: AuditedStation) -> None:
    """Unlock connector - no charging session running (Not fixed cable); once more when it did not open."""
    _needs_lock(station)
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    answer = await station.unlock_connector(connector)
    if status_of(answer) == "UnlockFailed":
        await station.clock.sleep(ANOTHER_TRY_SECONDS)
        await station.unlock_connector(connector)


@case("TC_017_2_CS")
async def unlock_idle_fixed_cable(station: AuditedStation) -> None:
    """Unlock connector - no charging session running (Fixed cable)."""
    _needs_fixed_cable(station)
    await station.needs_idle()
    await station.unlock_connector(station.shadow.idle_connector or 1)


@case("TC_018_1_CS")
async def unlock_while_charging(station: AuditedStation) -> None:
    """Unlock Connector - With Charging Session (Not fixed cable)."""
    _needs_lock(station)
    running = await station.charging()
    since = station.transcript.seq
    answer = await station.unlock_connector(running.connector)
    if status_of(answer) == "Unlocked":
        await station.called("StopTransaction", EFFECT_SECONDS + 1, since=since)


@case("TC_018_2_CS")
async def unlock_while_charging_fixed_cable(station: AuditedStation) -> None:
    """Unlock Connector - With Charging Session (Fixed cable): the transaction goes on, and is ended from afar afterwards."""
    _needs_fixed_cable(station)
    running = await station.charging()
    await station.unlock_connector(running.connector)
    await station.silent(LEFT_ALONE_SECONDS + 1)


@case("TC_024_CS")
async def lock_does_not_close(station: AuditedStation) -> None:
    """Start Charging Session - Lock Failure: the plug is put in only halfway after a remote start."""
    _needs_lock(station)
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    answer = await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)
    if not accepted(answer):
        raise NotExercised(f"a remote start was answered {answer_text(answer)}")
    text = KeptSentence("Put the plug into connector %(connector)s only halfway, so that it cannot be locked.", connector=connector)
    try:
        await station.person(Action.FAULT, text, is_in(connector, "Faulted"), connector=connector, error="ConnectorLockFailure")
    except NotExercised:
        # The remote start lapses when no cable comes (ConnectionTimeOut): nothing may begin by it afterwards.
        await station.heard(lambda shadow: shadow.all_idle, LAPSE_SECONDS)
        raise
    await station.silent(STARTS_NOTHING_SECONDS + 1)
    await _repaired(station, connector, KeptSentence("Pull the plug out of connector %(connector)s.", connector=connector))


@case("TC_030_CS")
async def lock_does_not_open(station: AuditedStation) -> None:
    """Unlock Connector - Unlock Failure: somebody holds the lock shut."""
    _needs_lock(station)
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    await station.person(
        Action.JAM,
        KeptSentence("Block the lock of connector %(connector)s, so that it cannot open.", connector=connector),
        connector=connector,
    )
    await station.unlock_connector(connector)
    await _repaired(station, connector, KeptSentence("Free the lock of connector %(connector)s.", connector=connector))


async def _repaired(station: AuditedStation, connector: int, text: str) -> None:
    """What a person made for the case is put right again; the station may take a while to see it."""
    await station.person(Action.REPAIR, text, connector=connector)
    await station.heard(lambda shadow: shadow.all_idle, EFFECT_SECONDS)
