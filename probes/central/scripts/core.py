"""Registration and authorisation: what our station does by itself (OCPP 1.6 sections 4.1, 4.2 and 4.6)."""

from __future__ import annotations

from probes.cases.endings import Gone
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState
from probes.judge.central.rules.staying import SOON_SECONDS, TIMES


@case("TC_001_CSMS")
async def cold_boot(csms: AuditedCsms) -> None:
    """Cold boot: registration, every status, a heartbeat. What happens right after it once is seen as often as tells chance from habit."""
    try:
        await csms.fresh()
    except Gone:
        # Whether it is there at all shows when it answers something else; it may say so before a registration, too (J errata 3.8).
        await csms.knocks()
        raise
    for _ in range(TIMES - 1):
        if await csms.is_let_be(SOON_SECONDS):
            break
        await csms.fresh()
    await csms.says("Heartbeat", {})


@case("TC_023_1_CSMS")
async def authorize_invalid(csms: AuditedCsms) -> None:
    """Authorize with a tag that is unknown there."""
    await csms.insists("Authorize", {"idTag": csms.tags.nobodys})


@case("TC_023_2_CSMS")
async def authorize_expired(csms: AuditedCsms) -> None:
    """Authorize with a tag that has expired there."""
    await csms.insists("Authorize", {"idTag": csms.tag(TagState.EXPIRED)})


@case("TC_023_3_CSMS")
async def authorize_blocked(csms: AuditedCsms) -> None:
    """Authorize with a tag that is blocked there."""
    await csms.insists("Authorize", {"idTag": csms.tag(TagState.BLOCKED)})
