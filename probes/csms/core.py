"""The Core profile's CSMS side: every message that a station starts (OCPP 1.6 chapter 4)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from ocpp.exceptions import OCPPError
from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action

from probes.csms.state import IdTags, StationState, Transaction, TransactionIds
from probes.csms.steering import Steering
from probes.wire.clock import Clock, ocpp_time
from probes.wire.peer import refusal
from probes.wire.routing import on
from probes.wire.vendors import data_transfer_status

LOGGER = logging.getLogger("ocpp_registry.csms")


class CoreBehaviour:
    """Accepts every station, tells it the time, keeps its transactions. `heartbeat_interval` is in seconds.

    `in_use` says whether an idTag is in an open transaction anywhere; `hashed` gives what stands for an idTag since a restart; `keep`
    makes sure that the state outlasts this process, and raises `OSError` when it cannot: then the station is told so and
    comes again with its transaction message (section 3.7.1). `steering` is what this station meets otherwise than others,
    `vendor_messages` are the messageIds that are known in DataTransfer, by vendorId.
    """

    def __init__(
        self,
        state: StationState,
        clock: Clock,
        heartbeat_interval: int,
        id_tags: IdTags,
        transaction_ids: TransactionIds,
        in_use: Callable[[str], bool],
        keep: Callable[[], None],
        hashed: Callable[[str], str],
        steering: Steering,
        vendor_messages: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._vendor_messages = vendor_messages
        self._hashed = hashed
        self._steering = steering
        self._in_use = in_use
        self._keep = keep
        self._state = state
        self._clock = clock
        self._heartbeat_interval = heartbeat_interval
        self._id_tags = id_tags
        self._transaction_ids = transaction_ids

    @on(Action.boot_notification)
    def on_boot_notification(self, **_: Any) -> call_result.BootNotification:
        """Registration with time and heartbeat interval (section 4.2)."""
        status, interval = self._steering.registration(self._heartbeat_interval)
        return call_result.BootNotification(current_time=ocpp_time(self._clock.now()), interval=interval, status=status)

    @on(Action.heartbeat)
    def on_heartbeat(self, **_: Any) -> call_result.Heartbeat:
        """The time (section 4.6)."""
        return call_result.Heartbeat(current_time=ocpp_time(self._clock.now()))

    @on(Action.authorize)
    def on_authorize(self, id_tag: str, **_: Any) -> call_result.Authorize:
        """Whether this idTag may charge (section 4.1)."""
        self._steering.presented = id_tag
        return call_result.Authorize(id_tag_info=self._info(id_tag))

    @on(Action.start_transaction)
    def on_start_transaction(
        self, connector_id: int, id_tag: str, meter_start: int, timestamp: str | None = None, reservation_id: int | None = None, **_: Any
    ) -> call_result.StartTransaction:
        """A new transaction gets its id, whatever its idTag is worth (section 4.8). One that is told again, because the first answer was
        lost on its way, is the same transaction.
        """
        told = (connector_id, meter_start, timestamp)
        for known in self._state.open_transactions():
            if (known.connector_id, known.meter_start, known.started) == told and known.id_tag in {id_tag, self._hashed(id_tag)}:
                return call_result.StartTransaction(transaction_id=known.transaction_id, id_tag_info=self._info(id_tag))
        info = self._info(id_tag, self._in_use(id_tag))
        transaction = Transaction(self._transaction_ids.next(), connector_id, id_tag, meter_start, started=timestamp)
        self._state.transactions[transaction.transaction_id] = transaction
        try:
            self._kept("StartTransaction")
        except OCPPError:
            del self._state.transactions[transaction.transaction_id]
            raise
        if reservation_id is not None:
            self._state.reservations.pop(reservation_id, None)
        return call_result.StartTransaction(transaction_id=transaction.transaction_id, id_tag_info=info)

    @on(Action.stop_transaction)
    def on_stop_transaction(self, transaction_id: int, meter_stop: int, id_tag: str | None = None, **_: Any) -> call_result.StopTransaction:
        """The end of a transaction cannot be refused, known or not (section 4.10)."""
        transaction = self._state.transactions.get(transaction_id)
        if transaction:
            transaction.meter_stop = meter_stop
            self._kept("StopTransaction")
        return call_result.StopTransaction(id_tag_info=None if id_tag is None else self._info(id_tag))

    @on(Action.status_notification)
    def on_status_notification(self, connector_id: int, status: str, **_: Any) -> call_result.StatusNotification:
        """The state of one connector, or of the station as a whole: connector 0 (section 4.9)."""
        self._state.connectors[connector_id] = status
        return call_result.StatusNotification()

    @on(Action.meter_values)
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        """Readings are in the transcript (section 4.7)."""
        return call_result.MeterValues()

    @on(Action.data_transfer)
    def on_data_transfer(self, vendor_id: str, message_id: str | None = None, **_: Any) -> call_result.DataTransfer:
        """What a known vendor's message asks for is nothing (section 4.3)."""
        return call_result.DataTransfer(status=data_transfer_status(self._vendor_messages, vendor_id, message_id))

    def _info(self, id_tag: str, in_use: bool = False) -> IdTagInfo:
        return (self._steering.id_tags or self._id_tags).info(id_tag, self._clock.now(), in_use)

    def _kept(self, action: str) -> None:
        try:
            self._keep()
        except OSError as problem:
            LOGGER.error("%s: %s cannot be kept (%s); free the disk", self._state.identity, action, problem.strerror)
            raise refusal("InternalError", f"{action} cannot be kept now") from problem
