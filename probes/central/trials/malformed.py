"""Calls that nobody can understand, and frames that are no message (J 4.1.3, 4.2.3). What becomes of the connection shows afterwards."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress

from probes.cases.endings import Gone, NoAnswer
from probes.central.audited import AuditedCsms
from probes.central.catalogue import trial

TWICE = range(2)
"""What happens once may be the network's doing."""

RESERVED = 5
"""A message type number that OCPP-J 1.6 does not have."""

MALFORMED: tuple[tuple[str, object], ...] = (
    ("StatusNotification", {"connectorId": 1, "errorCode": "NoError"}),
    ("Authorize", {"idTag": ["probe"]}),
    ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": {"is": "Available"}}),
    ("DataTransfer", {"messageId": "Probe"}),
    ("Heartbeat", ["no", "object"]),
)
"""Without a required field, with a structure where a text belongs, and without a payload object."""


@trial("unknown-action")
async def unknown_action(csms: AuditedCsms) -> None:
    """An action that neither OCPP nor any vendor has."""
    for _ in TWICE:
        await csms.online()
        with suppress(NoAnswer, Gone):
            await csms.says("AuditProbe", {})
        await _is_there(csms)


@trial("malformed-calls")
async def malformed_calls(csms: AuditedCsms) -> None:
    """Calls with what cannot be read as it is meant."""
    for action, payload in MALFORMED:
        await csms.online()
        with suppress(NoAnswer, Gone):
            await csms.utters(json.dumps([2, str(uuid.uuid4()), action, payload]))
        await _is_there(csms)


@trial("no-messages")
async def no_messages(csms: AuditedCsms) -> None:
    """A message type that there is not, which is to be ignored; and text that is no JSON, after which a connection may end."""
    for _ in TWICE:
        for text in (json.dumps([RESERVED, str(uuid.uuid4()), {}]), '[2,"broken","Heartbeat",{'):
            await csms.online()
            await csms.station.send_raw(text)
            await csms.until(lambda: False, 1.0)
            await _is_there(csms)
    await csms.offline()


async def _is_there(csms: AuditedCsms) -> None:
    """A sound call, by whose answer the central system is heard again."""
    with suppress(NoAnswer, Gone):
        await csms.says("Heartbeat", {})
