"""Faults in what a station does: accepted without effect, forgotten over a reset, keys that mean nothing."""

from __future__ import annotations

from typing import Any

from ocpp.v16.enums import AvailabilityStatus, ConfigurationStatus, Reason

from probes.faults.building import instead
from probes.faults.making import StationFault, station_hook
from probes.station.connector import Connector, Transaction
from probes.station.outbox import Message
from probes.station.station import Station
from probes.wire.peer import Answer


async def _nothing(*_: Any) -> None:
    """Instead of what was to be done."""


def _configuration_without_effect(station: Station) -> None:
    change = station.configuration.change

    def undone(name: str, value: str) -> ConfigurationStatus:
        found, _ = station.configuration.read([name])
        status = change(name, value)
        for entry in found:
            change(name, entry.value or "")
        return status

    instead(station.configuration, "change", undone)


def _availability_without_effect(station: Station) -> None:
    instead(station, "change_availability", lambda _, __: AvailabilityStatus.accepted)


def _clear_cache_without_effect(station: Station) -> None:
    instead(station.identification, "clear_cache", lambda: True)


def _remote_start_without_effect(station: Station) -> None:
    instead(station.charging, "remote_start", _nothing)


def _reset_without_effect(station: Station) -> None:
    instead(station, "reboot", _nothing)


def _remote_stop_without_effect(station: Station) -> None:
    _not_stopping_for(station, Reason.remote)


def _unlock_leaves_transaction(station: Station) -> None:
    _not_stopping_for(station, Reason.unlock_command)


def _unplugging_leaves_transaction(station: Station) -> None:
    _not_stopping_for(station, Reason.ev_disconnected)


def _not_stopping_for(station: Station, reason: Reason) -> None:
    stop = station.charging.stop

    async def reluctant(connector: Connector, why: Reason, id_tag: str | None = None) -> None:
        if why != reason:
            await stop(connector, why, id_tag)

    instead(station.charging, "stop", reluctant)


def _connection_timeout_ignored(station: Station) -> None:
    instead(station.charging, "_give_up", _nothing)


def _any_tag_stops(station: Station) -> None:
    async def yes(_: Transaction, __: str) -> bool:
        return True

    instead(station.charging, "_may_stop", yes)


def _reset_without_boot(station: Station) -> None:
    instead(station.registration, "forget", lambda: None)


def at_each_boot(station: Station, lose: Any) -> None:
    """What is lost whenever the station starts anew."""
    forget = station.forget

    def forgetful() -> None:
        lose()
        forget()

    instead(station, "forget", forgetful)


def _availability_lost(station: Station) -> None:
    def lose() -> None:
        station.change_availability(0, True)

    at_each_boot(station, lose)


def _configuration_lost(station: Station) -> None:
    def lose() -> None:
        for name, value in station.config.keys.items():
            station.configuration.set(name, value)

    at_each_boot(station, lose)


def _offline_messages_lost(station: Station) -> None:
    deliver = station.deliver

    async def lose(message: Message) -> Answer | None:
        if not station.online:
            station.outbox.done(message)
            return None
        return await deliver(message)

    instead(station, "deliver", lose)


BEHAVIOUR: dict[str, StationFault] = {
    "configuration-accepted-without-effect": station_hook(_configuration_without_effect),
    "configuration-lost-at-reset": station_hook(_configuration_lost),
    "availability-accepted-without-effect": station_hook(_availability_without_effect),
    "availability-lost-at-reset": station_hook(_availability_lost),
    "clear-cache-without-effect": station_hook(_clear_cache_without_effect),
    "remote-start-without-effect": station_hook(_remote_start_without_effect),
    "remote-stop-without-effect": station_hook(_remote_stop_without_effect),
    "reset-without-effect": station_hook(_reset_without_effect),
    "reset-without-boot": station_hook(_reset_without_boot),
    "unlock-leaves-transaction": station_hook(_unlock_leaves_transaction),
    "unplugging-leaves-transaction": station_hook(_unplugging_leaves_transaction),
    "connection-timeout-ignored": station_hook(_connection_timeout_ignored),
    "any-tag-stops": station_hook(_any_tag_stops),
    "offline-messages-lost": station_hook(_offline_messages_lost),
}
