"""What happens when the power or the network goes, and what a station knows of its transactions when it comes back."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import Reason

from probes.station.charging import stop_payload
from probes.station.connector import Transaction
from probes.station.meter import Meter
from probes.station.outbox import Message
from probes.wire.connection import ABNORMAL_CLOSURE

if TYPE_CHECKING:
    from probes.station.firmware import Firmware
    from probes.station.logs import LogUploads
    from probes.station.signed_firmware import SignedFirmware
    from probes.station.station import Station

LOGGER = logging.getLogger("ocpp_registry.station")


class Power:
    """Power and network of the station. Its memory, the store, outlasts both, and with a file the process too.

    A power cut ends every transaction. That is told with reason PowerLoss (OCPP 1.6 section 7.36) when the station has come back and
    is registered again, behind everything that waited already (section 3.7.1).
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._on = asyncio.Event()
        self._on.set()
        self._network = asyncio.Event()
        self._network.set()
        self._ended: list[Message] = []
        self.failing_restarts = 0
        """How many of the next restarts fail."""

    @property
    def on(self) -> bool:
        """Whether there is power."""
        return self._on.is_set()

    async def powered(self) -> None:
        """Wait for power."""
        await self._on.wait()

    async def available(self) -> None:
        """Wait for what a connection needs: power and network."""
        while not (self._on.is_set() and self._network.is_set()):
            await self._on.wait()
            await self._network.wait()

    def meter(self, connector_id: int) -> Meter:
        """The meter of a connector: its register goes on where it was."""
        register = (self._station.store.get("registers") or {}).get(str(connector_id), 0.0)
        return Meter(self._station.clock, self._station.config.phases, float(register))

    def keep(self) -> None:
        """Write down what a station that loses its power must know afterwards. Called whenever that has changed, and with every sample."""
        connectors = self._station.connectors
        running = {number: each.transaction for number, each in connectors.items() if each.transaction}
        self._station.store.update(
            registers={str(number): float(connector.meter.register) for number, connector in connectors.items()},
            plugged=[number for number, connector in connectors.items() if connector.plugged],
            running=[self._memory(number, transaction) for number, transaction in running.items()],
        )

    def _memory(self, connector_id: int, transaction: Transaction) -> dict[str, Any]:
        register = self._station.connectors[connector_id].meter.register
        now = self._station.timestamp()
        return {"name": transaction.name, "connector": connector_id, "register": register, "at": now, "data": list(transaction.data)}

    def recover(self) -> None:
        """A process that ended while cars charged: those transactions ended when it was last known that they lasted."""
        store = self._station.store
        interrupted = store.get("running") or []
        for memory in interrupted:
            payload = stop_payload(memory["register"], memory["at"], Reason.power_loss, memory["data"])
            self._station.outbox.add("StopTransaction", payload, memory["name"])
        for number in store.get("plugged") or []:
            connector = self._station.connectors.get(number)
            if connector is not None:
                connector.plugged, connector.finishing = True, number in {memory["connector"] for memory in interrupted}
        store.update(running=[])

    async def cut(self) -> None:
        """The power goes: no connection, no energy; nobody is told."""
        station = self._station
        self._on.clear()
        for connector in station.connectors.values():
            transaction = connector.transaction
            connector.meter.end()
            connector.authorised, connector.settling = None, None
            if transaction is not None and not transaction.stopping:
                transaction.stopping = True
                payload = station.charging.end_of(connector, transaction, Reason.power_loss)
                self._ended.append(station.outbox.add("StopTransaction", payload, transaction.name))
                connector.transaction, connector.finishing = None, True
                transaction.end()
                station.smart_charging.ended(connector.connector_id)
        self.keep()
        self.interrupt_transfers()
        await station.go_away(ABNORMAL_CLOSURE, "")

    async def restore(self) -> None:
        """The power is back: the station boots, and tells what ended with the power."""
        station = self._station
        station.forget()
        for message in self._ended:
            station.spawn(station.charging.report_stop(message))
        self._ended = []
        self.tell_interrupted()
        self._on.set()

    async def restarts(self) -> bool:
        """Try to restart, ResetRetries times more where that fails (section 9.1.22)."""
        attempts = 1 + self._station.configuration.integer("ResetRetries", 0)
        for _ in range(attempts):
            if not self.failing_restarts:
                return True
            self.failing_restarts -= 1
            await self._station.clock.sleep(self._station.config.reboot_seconds)
        LOGGER.warning("%s: it does not restart, after %s attempts", self._station.identity, attempts)
        return False

    def interrupt_transfers(self) -> None:
        """Files that are on their way do not arrive: the power, or the program, is gone."""
        for transfer in self._transfers:
            transfer.interrupt()

    def tell_interrupted(self) -> None:
        """The station is back, and tells how what was interrupted has ended, once it is registered."""
        for transfer in self._transfers:
            self._station.spawn(transfer.tell_interrupted())

    @property
    def _transfers(self) -> tuple[Firmware, LogUploads, SignedFirmware]:
        return self._station.firmware, self._station.logs, self._station.signed_firmware

    async def cut_network(self) -> None:
        """The network goes; the station does not notice otherwise than by its connection."""
        self._network.clear()
        await self._station.go_away(ABNORMAL_CLOSURE, "")

    def restore_network(self) -> None:
        """The network is back."""
        self._network.set()
