"""Transactions on the built-in station: plug and identification in either order, remote start and stop, sampled meter values."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import ChargePointErrorCode, ReadingContext, Reason

from probes.station.authorisation import IdTagInfo
from probes.station.connector import Authorisation, Connector, Transaction
from probes.station.key_values import items
from probes.station.outbox import Message
from probes.wire.clock import passed

if TYPE_CHECKING:
    from probes.station.station import Station

_DEFAULT_CONNECTION_TIMEOUT = 60

CUT_OFF_CHECK = 1.0
"""Seconds between looks at the meter while an identifier that turned out invalid is given its last energy."""

FULL_CHECK = 1.0
"""Seconds between looks at a car that is nearly full, at least."""

EV_SIDE = "EV side disconnected"
"""The info of a status that follows from the cable's being pulled out of the car (section 4.9)."""


def stop_payload(meter_stop: int, timestamp: str, reason: Reason, data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A StopTransaction.req but for the transaction's id."""
    payload = {"meterStop": meter_stop, "timestamp": timestamp, "reason": str(reason)}
    return payload | ({"transactionData": list(data)} if data else {})


def kept_values(data: Sequence[Mapping[str, Any]], most: int | None) -> list[Mapping[str, Any]]:
    """At most so many MeterValues; the first and the last are those that are not dropped (errata v4.0 section 3.14)."""
    if most is None or len(data) <= most:
        return list(data)
    return [data[0], *data[len(data) - most + 1 :]] if most > 1 else list(data[len(data) - most :])


class Charging:
    """What a driver and the CSMS can do with a connector. Everything here runs in the station's own tasks."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._interval = station.configuration.integer("MeterValueSampleInterval", 0)

    async def plug(self, connector: Connector) -> None:
        """The cable is plugged into the car; a transaction that outlasted its being pulled goes on (OCPP 1.6 section 4.10)."""
        connector.plugged, connector.info = True, None
        if connector.transaction:
            connector.transaction.ev_gone = False
            if not connector.transaction.cut_off:
                connector.meter.resume()
        else:
            connector.meter.connect()
            connector.finishing = connector.finishing and connector.locked
        self._station.power.keep()
        await self._station.refresh(connector)
        if connector.authorised and connector.operative:
            await self._start(connector, connector.authorised)

    async def unplug(self, connector: Connector) -> None:
        """The cable is pulled out of the car, and out of the station too unless that holds it (sections 4.9, 4.10, 9.1.24, 9.1.33).

        With StopTransactionOnEVSideDisconnect that ends the transaction, and UnlockConnectorOnEVSideDisconnect says whether the station
        lets go of the cable; without, the transaction lasts and the cable stays where it is.
        """
        keys, running = self._station.configuration, connector.transaction
        detachable = not self._station.config.fixed_cable
        if running and keys.flag("StopTransactionOnEVSideDisconnect", default=True):
            connector.info = EV_SIDE
            connector.locked = detachable and not keys.flag("UnlockConnectorOnEVSideDisconnect", default=True)
            connector.holder = running.id_tag
            await self.stop(connector, Reason.ev_disconnected)
        connector.ev_silent = False
        if running and connector.transaction is running:
            connector.info = EV_SIDE
            connector.meter.end()
            running.ev_gone = True
        else:
            connector.plugged = False
        if not connector.locked:
            connector.finishing = False
        self._station.power.keep()
        await self._station.refresh(connector)

    async def unlock(self, connector: Connector) -> bool:
        """The lock lets go of the cable; False when it is jammed. What was pulled out of the car already is gone altogether then."""
        if connector.jammed:
            return False
        connector.locked = False
        if not connector.plugged:
            connector.finishing = False
        await self._station.refresh(connector)
        return True

    async def present(self, connector: Connector, id_tag: str) -> None:
        """A tag is held to the reader: starts a transaction, ends one that it, or a tag of its group, started, or frees the cable."""
        running = connector.transaction
        if not self._station.power.on:
            return
        self._station.lamp.signal()
        if running:
            if await self._may_stop(running, id_tag):
                await self.stop(connector, Reason.local, id_tag)
        elif connector.locked and connector.holder is not None and connector.holder.casefold() == id_tag.casefold():
            await self.unlock(connector)
        elif connector.startable:
            await self._identify(connector, id_tag)

    async def _may_stop(self, running: Transaction, id_tag: str) -> bool:
        """Another tag than the one that started is authorised, and must have the same parent idTag (sections 3.10 and 4.1)."""
        if running.id_tag.casefold() == id_tag.casefold():
            return True
        info = await self._station.identification.authorise(id_tag)
        return info is not None and info.parent is not None and info.parent == running.parent

    async def _identify(self, connector: Connector, id_tag: str, profile: Mapping[str, Any] | None = None) -> None:
        info = await self._station.identification.authorise(id_tag)
        if info is not None:
            await self._authorised(connector, Authorisation(id_tag, info.parent, profile))

    async def fault(self, connector: Connector, error: ChargePointErrorCode = ChargePointErrorCode.other_error) -> None:
        """The connector breaks: what charges ends, and its reservation with it (OCPP 1.6 section 5.13)."""
        connector.faulted, connector.error = True, error
        await self.stop(connector, Reason.other)
        self._station.end_reservation(connector)
        await self._station.refresh(connector)

    async def lose_ev(self, connector: Connector) -> None:
        """The car does not answer: a warning, with which it takes no energy and the connector stays in order (section 4.9)."""
        connector.ev_silent = True
        connector.meter.end()
        told = connector.reported
        await self._station.refresh(connector)
        if connector.reported == told:
            await self._station.report(connector.connector_id)

    async def repair(self, connector: Connector) -> None:
        """The fault is gone, and the car answers."""
        connector.faulted, connector.error = False, ChargePointErrorCode.no_error
        silent, connector.ev_silent = connector.ev_silent, False
        if silent and connector.transaction and not connector.transaction.cut_off and not connector.transaction.ev_gone:
            connector.meter.resume()
        await self._station.refresh(connector)

    async def remote_start(self, connector: Connector, id_tag: str, profile: Mapping[str, Any] | None = None) -> None:
        """A RemoteStartTransaction.req was accepted (OCPP 1.6 section 5.11); `profile` is for the new transaction (5.16.2)."""
        if self._station.configuration.flag("AuthorizeRemoteTxRequests"):
            await self._identify(connector, id_tag, profile)
        else:
            known = self._station.identification.known(id_tag) or await self._asked_for_reservation(id_tag)
            await self._authorised(connector, Authorisation(id_tag, known.parent if known else None, profile))

    async def _asked_for_reservation(self, id_tag: str) -> IdTagInfo | None:
        """Whose group an identifier belongs to is asked where a reservation for a group holds (OCPP 1.6 section 5.13)."""
        if any(held.parent is not None for held in self._station.reservations.all()):
            return await self._station.identification.authorise(id_tag)
        return None

    async def stop(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        """End the transaction on this connector and tell the CSMS."""
        transaction = connector.transaction
        if transaction is None or transaction.stopping:
            return
        transaction.stopping = True
        connector.meter.end()
        payload = self.end_of(connector, transaction, reason)
        if id_tag is not None:
            payload["idTag"] = id_tag
        connector.transaction, connector.finishing = None, True
        transaction.end()
        self._station.smart_charging.ended(connector.connector_id)
        self._station.spawn(self.report_stop(self._station.outbox.add("StopTransaction", payload, transaction.name)))
        self._station.power.keep()
        await self._station.refresh(connector)
        if transaction.ev_gone and self._station.config.fixed_cable:
            # The car had gone before, and a fixed cable leaves nothing to take out of the station.
            connector.plugged = False
            self._station.power.keep()
            await self._station.refresh(connector)

    def end_of(self, connector: Connector, transaction: Transaction, reason: Reason) -> dict[str, Any]:
        """The StopTransaction.req of a transaction that ends now: with the readings at its end, and those taken before."""
        timestamp = self._station.timestamp()
        readings = connector.meter.sample(self._for_the_end(), ReadingContext.transaction_end)
        if readings:
            transaction.data.append({"timestamp": timestamp, "sampledValue": readings})
        most = self._station.configuration.limit("StopTransactionMaxMeterValues")
        return stop_payload(connector.meter.register, timestamp, reason, kept_values(transaction.data, most))

    def _for_the_end(self) -> list[str]:
        """Every measurand that StopTransaction is to have: start and end values are given for all of them (errata v4.0 section 3.14)."""
        keys = self._station.configuration
        return list(dict.fromkeys(items(keys.text("StopTxnSampledData")) + items(keys.text("StopTxnAlignedData"))))

    async def report_stop(self, message: Message) -> None:
        """Behind the StartTransaction in the queue, so the id is known by the time this is sent."""
        answer = await self._station.deliver(message)
        if answer is not None and "idTag" in message.payload:
            await self._station.identification.learn(message.payload["idTag"], answer.payload)

    async def _authorised(self, connector: Connector, authorisation: Authorisation) -> None:
        if not connector.startable or not self._admitted(connector, authorisation):
            return
        connector.authorised = authorisation
        await self._station.refresh(connector)
        if connector.plugged:
            await self._start(connector, authorisation)
        else:
            self._station.spawn(self._give_up(connector, authorisation))

    def _admitted(self, connector: Connector, authorisation: Authorisation) -> bool:
        """Whether reservations let this identifier charge here (OCPP 1.6 section 5.13)."""
        free = [number for number, each in self._station.connectors.items() if each.startable]
        return self._station.reservations.admits(connector.connector_id, authorisation.id_tag, authorisation.parent, free)

    async def _give_up(self, connector: Connector, authorisation: Authorisation) -> None:
        """No cable within ConnectionTimeOut: the identification lapses (OCPP 1.6 section 9.1.6)."""
        seconds = self._station.configuration.integer("ConnectionTimeOut", _DEFAULT_CONNECTION_TIMEOUT)
        if seconds == 0:
            return
        await self._station.clock.sleep(seconds)
        if connector.authorised is authorisation:
            connector.authorised = None
            await self._station.refresh(connector)

    async def _start(self, connector: Connector, authorisation: Authorisation) -> None:
        """Begin the transaction, unless the plug and the tag, which may come at the same moment, have begun it already."""
        if connector.authorised is not authorisation:
            return
        transaction = Transaction(
            authorisation.id_tag, connector.meter.register, parent=authorisation.parent, began=self._station.registration.now()
        )
        connector.authorised, connector.transaction = None, transaction
        timestamp = self._station.timestamp()
        first = connector.meter.sample(self._for_the_end(), ReadingContext.transaction_begin)
        if first:
            transaction.data.append({"timestamp": timestamp, "sampledValue": first})
        connector.meter.begin()
        if connector.ev_silent:
            connector.meter.end()
        if authorisation.profile is not None:
            self._station.smart_charging.set_profile(connector.connector_id, authorisation.profile)
        self._station.smart_charging.changed()
        payload = {
            "connectorId": connector.connector_id,
            "idTag": authorisation.id_tag,
            "meterStart": transaction.meter_start,
            "timestamp": timestamp,
        }
        used = self._station.reservations.used(connector.connector_id, authorisation.id_tag, authorisation.parent)
        if used is not None:
            self._station.keep_reservations()
            payload["reservationId"] = used.reservation_id
        message = self._station.outbox.add("StartTransaction", payload, transaction.name)
        self._station.spawn(self._report_start(connector, transaction, message))
        self._station.power.keep()
        await self._station.refresh(connector)
        self._station.spawn(self._sample(connector, transaction))
        self._station.spawn(self._fill(connector, transaction))

    async def _report_start(self, connector: Connector, transaction: Transaction, message: Message) -> None:
        answer = await self._station.deliver(message)
        if answer is None or answer.kind != "result":
            return
        transaction.transaction_id = answer.payload.get("transactionId")
        info = await self._station.identification.learn(transaction.id_tag, answer.payload)
        if info is not None and info.accepted:
            transaction.parent = info.parent or transaction.parent
        elif self._station.configuration.flag("StopTransactionOnInvalidId", default=True):
            await self.stop(connector, Reason.de_authorized)
        else:
            self._station.spawn(self._cut_off(connector, transaction))

    async def _cut_off(self, connector: Connector, transaction: Transaction) -> None:
        """The transaction lasts but gets no more energy than MaxEnergyOnInvalidId (Wh; OCPP 1.6 sections 3.5.4 and 9.1.14)."""
        end = connector.meter.register + self._station.configuration.integer("MaxEnergyOnInvalidId", 0)
        while connector.transaction is transaction and connector.meter.register < end:
            await self._station.clock.sleep(CUT_OFF_CHECK)
        if connector.transaction is transaction:
            connector.meter.end()
            transaction.cut_off = True
            await self._station.refresh(connector)

    async def _fill(self, connector: Connector, transaction: Transaction) -> None:
        """A car that is full suspends the transaction by itself (section 7.7)."""
        while connector.transaction is transaction and not connector.meter.full:
            await passed(self._station.clock, max(FULL_CHECK, connector.meter.seconds_until_full()), transaction.over)
        if connector.transaction is transaction:
            transaction.ev_full = True
            await self._station.refresh(connector)

    async def _sample(self, connector: Connector, transaction: Transaction) -> None:
        """Meter values every MeterValueSampleInterval seconds while the transaction runs, to be sent now and, those of
        StopTxnSampledData, with its end (OCPP 1.6 sections 3.16.1 and 9.1.19).
        """
        while connector.transaction is transaction:
            if not await self._interval_passed(transaction):
                continue
            kept = connector.meter.sample(items(self._station.configuration.text("StopTxnSampledData")), ReadingContext.sample_periodic)
            if kept:
                transaction.data.append({"timestamp": self._station.timestamp(), "sampledValue": kept})
            self._station.power.keep()
            # Beside the sampling, which goes on while the CSMS cannot be reached (section 3.7).
            self._station.spawn(self.send_sample(connector, transaction, ReadingContext.sample_periodic))

    async def _interval_passed(self, transaction: Transaction) -> bool:
        """True after one MeterValueSampleInterval; False when keys were changed or the transaction ended before."""
        seconds = self._station.configuration.integer("MeterValueSampleInterval", 0)
        undisturbed = await passed(self._station.clock, seconds or None, transaction.awake)
        return undisturbed and self._station.power.on and not transaction.stopping

    def changed(self) -> None:
        """Keys were changed; with another MeterValueSampleInterval the wait that is going on begins anew."""
        interval = self._station.configuration.integer("MeterValueSampleInterval", 0)
        if interval == self._interval:
            return
        self._interval = interval
        for connector in self._station.connectors.values():
            if connector.transaction:
                connector.transaction.awake.set()

    def send_sample(self, connector: Connector, transaction: Transaction | None, context: ReadingContext) -> Coroutine[Any, Any, None]:
        """The readings of MeterValuesSampledData of this moment, queued as `send_values` does."""
        wanted = items(self._station.configuration.text("MeterValuesSampledData"))
        readings = connector.meter.sample(wanted, context)
        if not readings:
            return self._delivered(None)
        return self.send_values(connector, transaction, {"timestamp": self._station.timestamp(), "sampledValue": readings})

    def send_values(self, connector: Connector, transaction: Transaction | None, value: Mapping[str, Any]) -> Coroutine[Any, Any, None]:
        """One MeterValue; that of a transaction is queued at once, in order with its other messages, and what is given here delivers it.

        Outside a transaction it is not kept for a CSMS that cannot be reached.
        """
        payload: dict[str, Any] = {"connectorId": connector.connector_id, "meterValue": [value]}
        if transaction is None:
            return self._told(payload)
        return self._delivered(self._station.outbox.add("MeterValues", payload, transaction.name))

    async def _told(self, payload: Mapping[str, Any]) -> None:
        await self._station.call("MeterValues", payload)

    async def _delivered(self, message: Message | None) -> None:
        if message is not None:
            await self._station.deliver(message)
