"""Cases of resets, with and without a transaction, and of what must outlast them."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.endings import NotExercised
from probes.cases.requests import accepted, answer_text
from probes.cases.restarts import harmless_change, restart, states_told
from probes.cases.station import AuditedStation
from probes.cases.tags import PROBE_ID_TAG
from probes.judge.rules.availability import AFTER_BOOT_SECONDS, TOLD_SECONDS
from probes.judge.rules.resets import ENDED_SECONDS
from probes.judge.shadow import Shadow


@case("TC_013_CS")
async def hard_reset_without_transaction(station: AuditedStation) -> None:
    """Hard Reset Without transaction: one connector is made Unavailable before and Available after."""
    await _reset_while_unavailable(station, "Hard")


@case("TC_014_CS")
async def soft_reset_without_transaction(station: AuditedStation) -> None:
    """Soft Reset Without Transaction: the same."""
    await _reset_while_unavailable(station, "Soft")


async def _reset_while_unavailable(station: AuditedStation, kind: str) -> None:
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    told = await _made_unavailable(station, connector, [connector])
    key = await _changed_setting(station)
    await restart(station, kind)
    await states_told(station)
    if key is not None:
        await station.get_configuration([key])
    if told:
        await _unavailable_again(station, [connector])
    await station.change_availability(connector, "Operative")
    await station.heard(lambda shadow: connector in shadow.connectors and not _is_unavailable(shadow, connector), TOLD_SECONDS + 1)


async def _changed_setting(station: AuditedStation) -> str | None:
    """Beside what the case is about: a setting that can be seen to outlast the restart."""
    try:
        key, value = harmless_change(station)
    except NotExercised:
        return None
    await station.change_configuration(key, value)
    await station.get_configuration([key])
    return key


@case("TC_034_CS")
async def power_failure_while_unavailable(station: AuditedStation) -> None:
    """Power Failure with Unavailable Status: a hard reset stands for the power failure. While it is Unavailable nothing may start."""
    await station.needs_idle()
    connectors = sorted(number for number in station.shadow.connectors if number)
    if not await _made_unavailable(station, 0, connectors):
        raise NotExercised("the station did not tell that it is Unavailable, so that cannot be seen to last")
    await station.remote_start_transaction(PROBE_ID_TAG, connector_id=connectors[0])
    await restart(station, "Hard")
    await states_told(station)
    await _unavailable_again(station, connectors)


async def _made_unavailable(station: AuditedStation, connector: int, shown: list[int]) -> bool:
    """Ask for it, and wait until it is told; whether it was."""
    answer = await station.change_availability(connector, "Inoperative")
    if not accepted(answer):
        raise NotExercised(f"ChangeAvailability(Inoperative) was answered {answer_text(answer)}")
    told = await station.heard(lambda shadow: all(_is_unavailable(shadow, number) for number in shown), TOLD_SECONDS + 1)
    if not told:
        await station.shows_presence()
    return told


async def _unavailable_again(station: AuditedStation, connectors: list[int]) -> None:
    """A station may tell another status while it starts: it has some time to come to the one that lasts."""
    if not await station.heard(lambda shadow: all(_is_unavailable(shadow, number) for number in connectors), AFTER_BOOT_SECONDS + 1):
        await station.shows_presence()


def _is_unavailable(shadow: Shadow, connector: int) -> bool:
    return connector in shadow.connectors and shadow.connectors[connector].status == "Unavailable"


@case("TC_015_CS")
async def hard_reset_with_transaction(station: AuditedStation) -> None:
    """Hard Reset With Transaction."""
    await _reset_while_charging(station, "Hard")


@case("TC_016_CS")
async def soft_reset_with_transaction(station: AuditedStation) -> None:
    """Soft Reset With Transaction."""
    await _reset_while_charging(station, "Soft")


async def _reset_while_charging(station: AuditedStation, kind: str) -> None:
    running = await station.charging()
    since = station.transcript.seq
    await restart(station, kind)
    await states_told(station)

    def ended(payload: object) -> bool:
        return isinstance(payload, dict) and payload.get("transactionId") == running.transaction_id

    await station.called("StopTransaction", ENDED_SECONDS + 1, since=since, where=ended)
