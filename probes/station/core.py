"""The Core profile's station side: every operation that a CSMS starts (OCPP 1.6 chapter 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import (
    Action,
    AvailabilityType,
    ClearCacheStatus,
    ConfigurationStatus,
    Reason,
    RemoteStartStopStatus,
    ResetStatus,
    ResetType,
    UnlockStatus,
)

from probes.station.connector import Connector
from probes.wire.peer import refusal
from probes.wire.routing import after, on
from probes.wire.vendors import data_transfer_status

if TYPE_CHECKING:
    from probes.station.station import Station


class CoreBehaviour:
    """Answers from the station's state; what an answer sets going begins after it has gone out."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @on(Action.get_configuration)
    def on_get_configuration(self, key: list[str] | None = None, **_: Any) -> call_result.GetConfiguration:
        """Section 5.8. More keys than GetConfigurationMaxKeys are refused; a request without keys is for all of them."""
        asked = key or []
        limit = self._station.configuration.integer("GetConfigurationMaxKeys", len(asked))
        if len(asked) > limit:
            raise refusal("OccurenceConstraintViolation", f"{len(asked)} keys asked for; GetConfigurationMaxKeys is {limit}")
        found, unknown = self._station.configuration.read(asked)
        return call_result.GetConfiguration(configuration_key=found, unknown_key=unknown)

    @on(Action.change_configuration)
    def on_change_configuration(self, key: str, value: str, **_: Any) -> call_result.ChangeConfiguration:
        """Section 5.3."""
        status = self._station.security.change(key, value) or self._station.configuration.change(key, value)
        if status == ConfigurationStatus.accepted:
            self._station.configuration_changed()
        return call_result.ChangeConfiguration(status=status)

    @after(Action.change_configuration)
    async def after_change_configuration(self, **_: Any) -> None:
        """A new password or security profile is used at once (white paper, A01 and A05)."""
        await self._station.security.reconnect_if_needed()

    @on(Action.change_availability)
    def on_change_availability(self, connector_id: int, type: str, **_: Any) -> call_result.ChangeAvailability:  # noqa: A002 - the protocol's name
        """Section 5.2; connector 0 is the station and all its connectors."""
        return call_result.ChangeAvailability(status=self._station.change_availability(connector_id, type == AvailabilityType.operative))

    @after(Action.change_availability)
    async def after_change_availability(self, **_: Any) -> None:
        """The new state is reported once the answer is out."""
        await self._station.refresh_all()

    @on(Action.clear_cache)
    def on_clear_cache(self, **_: Any) -> call_result.ClearCache:
        """Section 5.4; a station without a cache (the optional key is missing, or false) cannot clear one."""
        cleared = self._station.identification.clear_cache()
        return call_result.ClearCache(status=ClearCacheStatus.accepted if cleared else ClearCacheStatus.rejected)

    @on(Action.data_transfer)
    def on_data_transfer(self, vendor_id: str, message_id: str | None = None, **_: Any) -> call_result.DataTransfer:
        """Section 5.6; what a known vendor's message asks for is nothing."""
        return call_result.DataTransfer(status=data_transfer_status(self._station.config.vendor_messages, vendor_id, message_id))

    @on(Action.remote_start_transaction)
    def on_remote_start_transaction(
        self, id_tag: str, connector_id: int | None = None, charging_profile: dict[str, Any] | None = None, **_: Any
    ) -> call_result.RemoteStartTransaction:
        """Section 5.11; connector 0 cannot be started, and an occupied or inoperative one neither.

        A charging profile must be one that a new transaction can have (section 5.16.2); without Smart Charging it is ignored.
        """
        accepted = self._startable(connector_id, id_tag) is not None and self._suits(charging_profile)
        return call_result.RemoteStartTransaction(status=_remote(accepted))

    @after(Action.remote_start_transaction)
    async def after_remote_start_transaction(
        self, id_tag: str, connector_id: int | None = None, charging_profile: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """The transaction begins, with the cable plugged in already or soon."""
        connector = self._startable(connector_id, id_tag)
        if connector and self._suits(charging_profile):
            profile = charging_profile if self._station.smart_charging.supported else None
            await self._station.charging.remote_start(connector, id_tag, profile)

    def _suits(self, told: dict[str, Any] | None) -> bool:
        return told is None or not self._station.smart_charging.supported or self._station.smart_charging.suits_new_transaction(told)

    @on(Action.remote_stop_transaction)
    def on_remote_stop_transaction(self, transaction_id: int, **_: Any) -> call_result.RemoteStopTransaction:
        """Section 5.12; only a transaction that runs here can be stopped."""
        return call_result.RemoteStopTransaction(status=_remote(self._running(transaction_id) is not None))

    @after(Action.remote_stop_transaction)
    async def after_remote_stop_transaction(self, transaction_id: int, **_: Any) -> None:
        """The transaction ends with reason Remote."""
        connector = self._running(transaction_id)
        if connector:
            await self._station.charging.stop(connector, Reason.remote)

    @on(Action.reset)
    def on_reset(self, **_: Any) -> call_result.Reset:
        """Section 5.14."""
        return call_result.Reset(status=ResetStatus.accepted)

    @after(Action.reset)
    def after_reset(self, type: str, **_: Any) -> None:  # noqa: A002 - the protocol's name
        """Transactions are ended, then the station goes away, and this connection with it, and comes back with a BootNotification."""
        self._station.spawn(self._reset(type))

    async def _reset(self, type: str) -> None:  # noqa: A002 - the protocol's name
        """Transfers do not outlast it."""
        if await self._station.reboot(Reason.hard_reset if type == ResetType.hard else Reason.soft_reset):
            self._station.power.interrupt_transfers()
            self._station.power.tell_interrupted()

    @on(Action.unlock_connector)
    async def on_unlock_connector(self, connector_id: int, **_: Any) -> call_result.UnlockConnector:
        """Section 5.18; NotSupported for a connector that does not exist or has no lock. A running transaction is ended first."""
        connector = self._station.connectors.get(connector_id)
        if connector is None or self._station.config.fixed_cable:
            return call_result.UnlockConnector(status=UnlockStatus.not_supported)
        await self._station.charging.stop(connector, Reason.unlock_command)
        unlocked = await self._station.charging.unlock(connector)
        return call_result.UnlockConnector(status=UnlockStatus.unlocked if unlocked else UnlockStatus.unlock_failed)

    def _startable(self, connector_id: int | None, id_tag: str) -> Connector | None:
        """The connector for a remote start; where none is named, the best one: kept for this identifier, kept for nobody, a cable in it."""
        connectors = self._station.connectors
        if connector_id is not None:
            named = connectors.get(connector_id)
            return named if named and named.startable else None

        def merit(connector: Connector) -> tuple[bool, bool, bool]:
            held = self._station.reservations.on(connector.connector_id)
            return held is not None and held.admits(id_tag, None), held is None, connector.plugged

        return max((connector for connector in connectors.values() if connector.startable), key=merit, default=None)

    def _running(self, transaction_id: int) -> Connector | None:
        for connector in self._station.connectors.values():
            if connector.transaction and connector.transaction.transaction_id == transaction_id:
                return connector
        return None


def _remote(accepted: bool) -> RemoteStartStopStatus:
    return RemoteStartStopStatus.accepted if accepted else RemoteStartStopStatus.rejected
