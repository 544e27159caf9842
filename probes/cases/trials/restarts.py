"""What outlasts a restart: a charging profile, a local list, a reservation, as far as the station is certified for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from probes.cases.catalogue import trial
from probes.cases.charging_profiles import abilities_of, needs_no_schedule
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.identifiers import identifier
from probes.cases.listing import list_version, listed, needs_empty_list
from probes.cases.requests import accepted, answer_text
from probes.cases.reserving import HELD_SECONDS, needs_reservation
from probes.cases.restarts import restart, states_told
from probes.cases.station import CROSSING_SECONDS, AuditedStation, is_in
from probes.cases.tags import SECOND_ID_TAG, VALID_ID_TAG
from probes.judge.charging import TX_DEFAULT
from probes.judge.times import STATUS_SECONDS

Then = Callable[[], Awaitable[object]]
"""What is done after the restart to see whether it is still there."""

AMPERES = 16
"""The limit of the profile; no car charges while it is there."""


@trial("state-over-restart")
async def state_over_restart(station: AuditedStation) -> None:
    """As much as can be made is made, then comes a hard reset, and each is looked for."""
    await station.needs_idle()
    looks: list[Then] = []
    kept_from: list[str] = []
    for make in (_profile, _list, _reservation):
        try:
            looks.append(await make(station))
        except (NotExercised, NotApplicable) as reason:
            kept_from.append(str(reason))
    if not looks:
        raise NotExercised("; ".join(kept_from))
    await restart(station, "Hard")
    await states_told(station)
    for look in looks:
        await look()


async def _profile(station: AuditedStation) -> Then:
    """One profile is set and cleared by its id, so that the station is known to know them so; a second one is there at the restart."""
    needs_certified(station, "SmartCharging")
    connector, abilities = station.shadow.idle_connector or 1, abilities_of(station)
    await needs_no_schedule(station, connector, abilities)
    cleared, kept = identifier(), identifier()
    for number in (cleared, kept):
        profile = {
            "chargingProfileId": number,
            "stackLevel": abilities.top,
            "chargingProfilePurpose": TX_DEFAULT,
            "chargingProfileKind": "Relative",
            "chargingSchedule": {"chargingRateUnit": abilities.unit, "chargingSchedulePeriod": abilities.limits([(0, AMPERES)])},
        }
        answer = await station.set_charging_profile(connector, profile)
        if not accepted(answer):
            raise NotExercised(f"needs a {TX_DEFAULT}; it was answered {answer_text(answer)}")
        await station.clock.sleep(CROSSING_SECONDS)
        if number == cleared:
            await station.clear_charging_profile(number)
            await station.clock.sleep(CROSSING_SECONDS)
    return lambda: station.clear_charging_profile(kept)


async def _list(station: AuditedStation) -> Then:
    await needs_empty_list(station)
    await listed(station, VALID_ID_TAG)
    return lambda: list_version(station)


async def _reservation(station: AuditedStation) -> Then:
    await needs_reservation(station)
    connector = station.shadow.idle_connector or 1
    answer = await station.reserve_now(
        SECOND_ID_TAG, connector_id=connector, reservation_id=identifier(), expires=station.expires(HELD_SECONDS)
    )
    if not accepted(answer):
        raise NotExercised(f"needs a reservation; it was answered {answer_text(answer)}")
    if not await station.heard(is_in(connector, "Reserved"), STATUS_SECONDS + 1):
        raise NotExercised("needs a reservation, and the connector was not told to be Reserved")
    return lambda: station.heard(is_in(connector, "Reserved"), STATUS_SECONDS)
