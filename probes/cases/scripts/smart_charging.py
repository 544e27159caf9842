"""Cases of charging profiles. Each profile of an audit ends by itself within minutes, and is cleared before."""

from __future__ import annotations

from contextlib import suppress

from probes.cases.catalogue import case
from probes.cases.charging_profiles import (
    Abilities,
    Wanted,
    abilities_of,
    composite,
    leave_profiles,
    needs_no_schedule,
    set_profile,
    this_second,
)
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.identifiers import identifier
from probes.cases.requests import accepted
from probes.cases.station import CROSSING_SECONDS, AuditedStation
from probes.cases.tags import PROBE_ID_TAG
from probes.judge.charging import CHARGE_POINT_MAX, TX, TX_DEFAULT
from probes.judge.rules.charging_limits import REACTION_SECONDS

PROFILE = "SmartCharging"

SAMPLE_SECONDS = 10
"""How often a station is asked to measure while a limit is in force."""

METERED = ("Current.Import", "Power.Active.Import", "Energy.Active.Import.Register")

# --- without a transaction


@case("TC_067_CS")
async def clear_charging_profile(station: AuditedStation) -> None:
    """Clear Charging Profile: by its id, then by what describes it. Never all of them: an operator's would be gone for good."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    connector, abilities = station.shadow.idle_connector or 1, abilities_of(station)
    before = await needs_no_schedule(station, connector, abilities)
    wanted = Wanted(TX_DEFAULT, ((0, 6), (60, 8), (200, 10)), this_second(station), 400, abilities.top)
    number = await set_profile(station, connector, wanted, abilities)
    await composite(station, connector, 350, abilities)
    await station.clear_charging_profile(number)
    await station.clock.sleep(CROSSING_SECONDS)
    await composite(station, connector, 350, abilities)
    await station.clear_charging_profile(number)
    again = Wanted(TX_DEFAULT, ((0, 7), (60, 9), (200, 11)), this_second(station), 400, abilities.top)
    last = await set_profile(station, connector, again, abilities)
    await composite(station, connector, 350, abilities)
    await station.clear_charging_profile(connector_id=connector, purpose=TX_DEFAULT, stack_level=abilities.top)
    await station.clock.sleep(CROSSING_SECONDS)
    await composite(station, connector, 350, abilities)
    await leave_profiles(station, connector, abilities, before, last)


@case("TC_072_CS")
async def stacking_charging_profiles(station: AuditedStation) -> None:
    """Stacking Charging Profiles: the higher level prevails while it is valid, then the lower one comes back."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    connector, abilities = station.shadow.idle_connector or 1, abilities_of(station)
    if abilities.top < 1:
        raise NotApplicable("needs two stack levels; ChargeProfileMaxStackLevel is 0 (1.6 9.4.1)")
    _needs_room(abilities, 2)
    before, now = await needs_no_schedule(station, connector, abilities), this_second(station)
    lower = Wanted(TX_DEFAULT, ((0, 6), (100, 12), (200, 10)), now, 400, abilities.top - 1)
    below = await set_profile(station, connector, lower, abilities, or_lowest=False)
    # Its validity ends with its schedule: where it is valid without saying anything, the clauses can be read either way.
    higher = Wanted(TX_DEFAULT, ((0, 8), (100, 9)), now, 150, abilities.top, ends=True)
    above = await set_profile(station, connector, higher, abilities, or_lowest=False)
    await composite(station, connector, 350, abilities)
    await leave_profiles(station, connector, abilities, before, above, below)


def _needs_room(abilities: Abilities, profiles: int) -> None:
    if abilities.installed is not None and abilities.installed < profiles:
        raise NotApplicable(f"needs {profiles} charging profiles; MaxChargingProfilesInstalled is {abilities.installed} (1.6 9.4.5)")


@case("TC_060_CS")
async def remote_start_with_default_profile(station: AuditedStation) -> None:
    """Remote Start Transaction with Charging Profile - Rejected: its purpose is another than TxProfile."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    abilities, number, since = abilities_of(station), identifier(), station.transcript.seq
    wanted = Wanted(TX_DEFAULT, ((0, 6),), this_second(station), 60, abilities.top, ends=True)
    connector = station.shadow.idle_connector or 1
    answer = await station.remote_start_transaction(PROBE_ID_TAG, connector_id=connector, charging_profile=wanted.told(number, abilities))
    if accepted(answer):
        await station.stop_what_was_started(since)
        await station.clear_charging_profile(number)


# --- with a transaction


@case("TC_056_CS")
async def default_profile(station: AuditedStation) -> None:
    """Central Smart Charging - TxDefaultProfile: set before a transaction, in force in it."""
    needs_certified(station, PROFILE)
    abilities, connector = abilities_of(station), await station.needs_car()
    await needs_no_schedule(station, connector, abilities)
    await set_profile(
        station, connector, Wanted(TX_DEFAULT, ((0, 6), (90, 10), (150, 8)), this_second(station), 400, abilities.top), abilities
    )
    running = await station.charging()
    await composite(station, running.connector, 300, abilities)


@case("TC_057_CS")
async def transaction_profile(station: AuditedStation) -> None:
    """Central Smart Charging - TxProfile: in the composite schedule, and in what flows."""
    needs_certified(station, PROFILE)
    abilities, _ = abilities_of(station), await station.needs_car()
    await _measure_often(station)
    running = await station.charging()
    # At 0 nothing may flow on however many phases there are: below that, what a meter tells could be meant one way or the other.
    wanted = Wanted(TX, ((0, 6), (100, 0), (260, 10)), this_second(station), 400, abilities.top, running.transaction_id)
    await set_profile(station, running.connector, wanted, abilities)
    await composite(station, running.connector, 300, abilities)
    await station.silent(100 + REACTION_SECONDS + 6 * SAMPLE_SECONDS)


@case("TC_058_2_CS")
async def profile_of_another_transaction(station: AuditedStation) -> None:
    """Central Smart Charging - Wrong transactionId."""
    needs_certified(station, PROFILE)
    abilities, running = abilities_of(station), await station.charging()
    wanted = Wanted(TX, ((0, 6),), this_second(station), 60, abilities.top, station.unknown_transaction_id())
    number = identifier()
    answer = await station.set_charging_profile(running.connector, wanted.told(number, abilities))
    if accepted(answer):
        await station.undo("a TxProfile for another transaction was accepted", station.clear_charging_profile(number), "it ends in 60 s")


@case("TC_059_CS")
async def remote_start_with_profile(station: AuditedStation) -> None:
    """Remote Start Transaction with Charging Profile."""
    needs_certified(station, PROFILE)
    abilities, _ = abilities_of(station), await station.needs_car()
    wanted = Wanted(TX, ((0, 6), (90, 10), (150, 8)), this_second(station), 400, abilities.top)
    running = await station.charging(charging_profile=wanted.told(identifier(), abilities))
    await composite(station, running.connector, 300, abilities)


@case("TC_066_CS")
async def get_composite_schedule(station: AuditedStation) -> None:
    """Get Composite Schedule: of a profile for the station, a default one and one for the transaction."""
    needs_certified(station, PROFILE)
    abilities, connector = abilities_of(station, periods=5), await station.needs_car()
    _needs_room(abilities, 3)
    await needs_no_schedule(station, connector, abilities)
    now = this_second(station)
    await set_profile(station, 0, Wanted(CHARGE_POINT_MAX, ((0, 10),), now, 500, abilities.top), abilities)
    default = ((0, 6), (60, 10), (120, 8), (180, 25), (300, 8))
    await set_profile(station, connector, Wanted(TX_DEFAULT, default, now, 400, abilities.top), abilities)
    running = await station.charging()
    own = ((0, 8), (70, 11), (160, 16), (210, 6), (250, 12))
    await set_profile(station, running.connector, Wanted(TX, own, now, 280, abilities.top, running.transaction_id), abilities)
    await composite(station, running.connector, 350, abilities)


@case("TC_082_CS")
async def default_profile_in_transaction(station: AuditedStation) -> None:
    """Central Smart Charging - TxDefaultProfile - with ongoing transaction."""
    needs_certified(station, PROFILE)
    abilities, running = abilities_of(station), await station.charging()
    before = await needs_no_schedule(station, running.connector, abilities)
    wanted = Wanted(TX_DEFAULT, ((0, 6), (90, 10), (150, 8)), this_second(station), 400, abilities.top)
    number = await set_profile(station, running.connector, wanted, abilities)
    await composite(station, running.connector, 300, abilities)
    await leave_profiles(station, running.connector, abilities, before, number)


async def _measure_often(station: AuditedStation) -> None:
    """Let the station measure what flows, as far as it lets itself be told."""
    for key, value in (("MeterValueSampleInterval", str(SAMPLE_SECONDS)), ("MeterValuesSampledData", ",".join(METERED))):
        with suppress(NotExercised):
            await station.configured(key, value)
