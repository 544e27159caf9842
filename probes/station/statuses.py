"""Statuses told to the CSMS: of each connector and of the station itself, connector 0 (OCPP 1.6 sections 4.9 and 7.7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from probes.station.connector import Connector

if TYPE_CHECKING:
    from probes.station.station import Station

WITH_SILENT_EV = frozenset(
    {ChargePointStatus.preparing, ChargePointStatus.suspended_ev, ChargePointStatus.suspended_evse, ChargePointStatus.finishing}
)
"""The statuses with which EVCommunicationError may be told: it is a warning (section 4.9)."""


class Statuses:
    """What was told last, and what is to be told now."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reported: ChargePointStatus | None = None
        self._telling = asyncio.Lock()

    def forget(self) -> None:
        """The station starts anew: all are to be told again."""
        self._reported = None
        for connector in self._station.connectors.values():
            connector.reported = None

    async def refresh(self, connector: Connector) -> None:
        """Report the status of a connector when it differs from what was reported last."""
        status, last = connector.status, connector.reported
        minimum = self._station.configuration.integer("MinimumStatusDuration", 0)
        if not self._station.operative:
            await self._refresh_own()
        if last is None or minimum == 0:
            await self._report_connector(connector, status)
        elif status == last:
            connector.settling = None
        elif connector.settling is None or connector.settling[0] != status:
            connector.settling = (status, object())
            self._station.spawn(self._settle(connector, connector.settling, minimum))

    async def _settle(self, connector: Connector, settling: tuple[ChargePointStatus, object], seconds: int) -> None:
        """A status is told when it has lasted MinimumStatusDuration (sections 4.9 and 9.1.20)."""
        await self._station.clock.sleep(seconds)
        if connector.settling is settling:
            connector.settling = None
            await self._report_connector(connector, settling[0])

    async def _report_connector(self, connector: Connector, status: ChargePointStatus) -> None:
        """One after the other, so that a state that changes while the one before is being told is told too, and none twice."""
        async with connector.telling:
            if status != connector.reported and await self._report(connector.connector_id, status):
                connector.reported = status

    async def refresh_all(self) -> None:
        """Report whatever has changed, connector 0 (the station itself) first."""
        await self._refresh_own()
        for connector in self._station.connectors.values():
            await self.refresh(connector)

    async def _refresh_own(self) -> None:
        async with self._telling:
            status = self._own()
            if status != self._reported and await self._report(0, status):
                self._reported = status

    async def report(self, connector_id: int, error: ChargePointErrorCode | None = None) -> None:
        """Report the status of a connector, or of the station itself (0), also when it is known and while registration is pending."""
        status = self._station.connectors[connector_id].status if connector_id else self._own()
        await self._tell(connector_id, status, error)

    def _own(self) -> ChargePointStatus:
        """That of connector 0: what was scheduled happens when the last transaction has ended (section 5.2)."""
        if self._station.door_open:
            return ChargePointStatus.faulted
        busy = any(connector.transaction for connector in self._station.connectors.values())
        return ChargePointStatus.available if self._station.operative or busy else ChargePointStatus.unavailable

    async def _report(self, connector_id: int, status: ChargePointStatus) -> bool:
        """Whether the CSMS has heard it. Nothing is said before it has accepted the station."""
        if not self._station.registration.accepted.is_set():
            return False
        return await self._tell(connector_id, status)

    async def _tell(self, connector_id: int, status: ChargePointStatus, error: ChargePointErrorCode | None = None) -> bool:
        code, info = self._condition(connector_id, status)
        told = {
            "connectorId": connector_id,
            "errorCode": str(error or code),
            "status": str(status),
            "timestamp": self._station.timestamp(),
        }
        answer = await self._station.call("StatusNotification", told | ({"info": info} if info else {}))
        return answer.kind in {"result", "error"}

    def _condition(self, connector_id: int, status: ChargePointStatus) -> tuple[ChargePointErrorCode, str | None]:
        """The errorCode that goes with a status now, and the info (section 6.47)."""
        if connector_id:
            connector = self._station.connectors[connector_id]
            silent = connector.ev_silent and status in WITH_SILENT_EV
            return ChargePointErrorCode.ev_communication_error if silent else connector.error, connector.info
        opened = (ChargePointErrorCode.other_error, "Door open")
        return opened if self._station.door_open else (ChargePointErrorCode.no_error, None)
