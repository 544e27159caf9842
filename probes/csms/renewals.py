"""Certificates of stations renewed before they end, of the CSMS's own accord (security white paper, A03)."""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime, timedelta

from probes.csms.csms import Csms
from probes.csms.errands import RENEWAL, renew_certificate
from probes.csms.links import StationLink
from probes.wire.clock import Clock, SystemClock
from registry.errors import CannotBegin

LOGGER = logging.getLogger("ocpp_registry.csms")

CHECK_SECONDS = 3600.0
"""How often it is looked for certificates that are due."""

PATIENCE = timedelta(days=1)
"""How long a station that did not take a new certificate is left alone."""


def end_of_certificate(link: StationLink) -> datetime | None:
    """When the newest certificate ends that was issued to this station, else the one that it has shown; None: there is none."""
    if link.state.certificates:
        return datetime.fromisoformat(link.state.certificates[-1]["notAfter"])
    shown = (link.handshake.security.get("tls") or {}).get("peerCertificate") or {}
    ends = shown.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


class Renewals:
    """Asks each connected station for a request when its certificate ends within `before`."""

    def __init__(self, csms: Csms, before: timedelta = RENEWAL, clock: Clock | None = None) -> None:
        self._csms = csms
        self._before = before
        self._clock = clock or SystemClock()
        self._asked: dict[str, datetime] = {}

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(CHECK_SECONDS)

    async def look(self) -> None:
        """Renew what is due now, one after the other."""
        now = self._csms.now()
        for link in self._csms.links:
            ends = end_of_certificate(link)
            asked = self._asked.get(link.identity)
            if ends is None or ends - now > self._before or (asked is not None and now - asked < PATIENCE):
                continue
            self._asked[link.identity] = now
            try:
                renewed = await renew_certificate(self._csms, link.identity)
            except CannotBegin:
                continue  # It has gone meanwhile, and is asked when it is back.
            if renewed is None:
                LOGGER.warning("%s: its certificate ends at %s, and it took no new one", link.identity, ends.isoformat())
            else:
                LOGGER.info("%s: has a new certificate, until %s", link.identity, renewed["notAfter"])
