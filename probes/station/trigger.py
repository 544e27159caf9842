"""The Remote Trigger profile's station side: messages sent because the CSMS asks for them (OCPP 1.6 section 5.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, MessageTrigger, ReadingContext, TriggerMessageStatus

from probes.station.connector import Connector
from probes.wire.peer import Call, Refusal, Reply, Result
from probes.wire.routing import after, on
from probes.wire.schemas import violations

if TYPE_CHECKING:
    from probes.station.station import Station

_FIRMWARE = frozenset({MessageTrigger.firmware_status_notification, MessageTrigger.diagnostics_status_notification})
_OF_CONNECTORS = frozenset({MessageTrigger.status_notification, MessageTrigger.meter_values})
_TRIGGERS = frozenset({Action.trigger_message, Action.extended_trigger_message})


def unknown_message_is_not_implemented(call: Call, reply: Reply) -> Reply:
    """A requestedMessage that OCPP does not have is answered NotImplemented, not refused by the schema (section 5.17).

    A filter of outgoing answers: the call's own schema lets such a request not reach a handler.
    """
    wanted = call.payload.get("requestedMessage") if call.action in _TRIGGERS else None
    refused_for_it = isinstance(reply, Refusal) and reply.code not in {"NotSupported", "InternalError"}
    if isinstance(wanted, str) and refused_for_it and _breaks_the_enumeration(call):
        return Result({"status": str(TriggerMessageStatus.not_implemented)})
    return reply


def _breaks_the_enumeration(call: Call) -> bool:
    found = violations(call.action, False, call.payload)
    return bool(found) and all((each.path, each.kind) == ("/requestedMessage", "enum") for each in found)


class RemoteTriggerBehaviour:
    """Says first whether the message will be sent, and sends it then."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @on(Action.trigger_message)
    def on_trigger_message(self, requested_message: str, connector_id: int | None = None, **_: Any) -> call_result.TriggerMessage:
        """NotImplemented for a profile that the station lacks; Rejected for an unknown connector, where a connector matters.

        A BootNotification of a station that is registered is rejected, as errata v4.0 section 3.35 recommends.
        """
        return call_result.TriggerMessage(status=self.status(MessageTrigger(requested_message), connector_id))

    @after(Action.trigger_message)
    async def after_trigger_message(self, requested_message: str, connector_id: int | None = None, **_: Any) -> None:
        """The message itself, after the answer."""
        message = MessageTrigger(requested_message)
        if self.status(message, connector_id) == TriggerMessageStatus.accepted:
            await self.send(message, connector_id)

    def status(self, message: MessageTrigger, connector_id: int | None) -> TriggerMessageStatus:
        """What a request for this message is answered."""
        station = self._station
        if message in _FIRMWARE and "FirmwareManagement" not in station.config.profiles:
            return TriggerMessageStatus.not_implemented
        if message is MessageTrigger.boot_notification and station.registration.accepted.is_set():
            return TriggerMessageStatus.rejected
        if message in _OF_CONNECTORS and connector_id is not None and connector_id not in self._allowed(message):
            return TriggerMessageStatus.rejected
        return TriggerMessageStatus.accepted

    def _allowed(self, message: MessageTrigger) -> list[int]:
        """The connectorIds that this message can be about; there is no main meter, so connector 0 has no values of its own."""
        own = list(self._station.connectors)
        return [0, *own] if message is MessageTrigger.status_notification else own

    async def send(self, message: MessageTrigger, connector_id: int | None) -> None:
        """Send the message that was asked for."""
        station = self._station
        concerned = self._allowed(message) if connector_id is None else [connector_id]
        match message:
            case MessageTrigger.boot_notification:
                station.registration.hurry()
            case MessageTrigger.heartbeat:
                await station.registration.beat(station.call)
            case MessageTrigger.status_notification:
                for number in concerned:
                    await station.report(number)
            case MessageTrigger.meter_values:
                for number in concerned:
                    await self._send_values(station.connectors[number])
            case MessageTrigger.firmware_status_notification | MessageTrigger.diagnostics_status_notification:
                await station.firmware.tell(message)

    async def _send_values(self, connector: Connector) -> None:
        await self._station.charging.send_sample(connector, connector.transaction, ReadingContext.trigger)
