"""Which versions of OCPP a central system agrees to (OCPP-J 1.6 section 3.1.2)."""

from __future__ import annotations

from probes.central.audited import AuditedCsms
from probes.central.catalogue import trial
from probes.judge.central.rules.handshakes import ASKING_VERSIONS, VERSIONS


@trial("versions")
async def versions(csms: AuditedCsms) -> None:
    """Each version offered alone."""
    await csms.offline()
    for subprotocol in VERSIONS:
        await csms.knocks_with(ASKING_VERSIONS, (subprotocol,))
