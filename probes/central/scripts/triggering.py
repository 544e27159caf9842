"""Messages that the central system asks for (OCPP 1.6 section 5.17)."""

from __future__ import annotations

from contextlib import suppress

from probes.adaptors.operations import TriggerMessage
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case

PROFILE = "RemoteTrigger"
CONNECTOR = 1
MESSAGES = (
    TriggerMessage("MeterValues", CONNECTOR),
    TriggerMessage("Heartbeat"),
    TriggerMessage("StatusNotification", CONNECTOR),
    TriggerMessage("DiagnosticsStatusNotification"),
    TriggerMessage("FirmwareStatusNotification"),
)


@case("TC_054_CSMS")
async def triggers(csms: AuditedCsms) -> None:
    """Each message is asked for; one that cannot be leaves the others."""
    csms.needs_profile(PROFILE)
    missed = []
    for operation in MESSAGES:
        try:
            request = await csms.wants(operation)
        except NotExercised as reason:
            missed.append(f"{operation.requested_message}: {reason}")
        else:
            with suppress(NotExercised):
                await csms.sent(operation.requested_message, since=request.call.seq)
    if missed:
        raise NotExercised("; ".join(missed))


@case("TC_055_CSMS")
async def trigger_rejected(csms: AuditedCsms) -> None:
    """Our station does not send what it is asked for."""
    csms.needs_profile(PROFILE)
    await csms.wants(TriggerMessage("MeterValues", CONNECTOR), reply={"status": "Rejected"})
    await csms.settles()
