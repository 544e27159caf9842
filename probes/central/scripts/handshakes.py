"""Which sub-protocols a central system agrees to (OCPP-J 1.6 sections 3.1.2 and 3.2)."""

from __future__ import annotations

from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.judge.central.rules.handshakes import NEGOTIATING, UNKNOWN_SUBPROTOCOL
from probes.wire.websocket import SUBPROTOCOL

OFFERS: tuple[tuple[str, ...], ...] = (
    (UNKNOWN_SUBPROTOCOL,),
    (UNKNOWN_SUBPROTOCOL, SUBPROTOCOL),
    (SUBPROTOCOL, UNKNOWN_SUBPROTOCOL),
)


@case("TC_088_CSMS")
async def subprotocol_negotiation(csms: AuditedCsms) -> None:
    """A sub-protocol that does not exist, alone and beside ours, in both orders; then our station as it is."""
    await csms.offline()
    for offered in OFFERS:
        await csms.knocks_with(NEGOTIATING, offered)
    await csms.online()
