"""Data transfer (OCPP 1.6 section 4.3)."""

from __future__ import annotations

from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.judge.central.rules.notifications import MADE_UP_VENDOR


@case("TC_064_CSMS")
async def unknown_vendor(csms: AuditedCsms) -> None:
    """DataTransfer of a vendor that nobody knows."""
    await csms.insists("DataTransfer", {"vendorId": MADE_UP_VENDOR, "messageId": "Probe", "data": "probe"})
