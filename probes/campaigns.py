"""Campaigns at work: what the plan says is begun, as stations are present at the gateway."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType

import structlog
from sqlalchemy.orm import Session, sessionmaker

from registry.audits import store as audits
from registry.campaigns import plan, store
from registry.db import Clock, utc_now
from registry.errors import RegistryError

log = structlog.get_logger()

STEP_SECONDS = 5.0
"""How often it is looked what can be begun."""

WAIT_SECONDS = 60.0
"""How long an audit waits for a station that was present when it was asked for, and has gone meanwhile."""


class CampaignRunner:
    """Asks for the audits of all active campaigns. `present` gives the stations that are connected, `ask` queues an audit by its id.

    Entered, it does so in a thread of its own until it is left.
    """

    def __init__(
        self, sessions: sessionmaker[Session], present: Callable[[], frozenset[str]], ask: Callable[[str], None], clock: Clock = utc_now
    ) -> None:
        self._sessions = sessions
        self._present = present
        self._ask = ask
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="campaigns", daemon=True)

    def step(self) -> int:
        """Begin what can be begun now; gives how many audits were asked for."""
        present = self._present()
        with self._sessions() as session:
            campaigns = store.active(session)
        return sum(self._step_of(campaign, present) for campaign in campaigns)

    def _step_of(self, campaign_id: str, present: frozenset[str]) -> int:
        with self._sessions.begin() as session:
            store.begin_round_when_due(session, campaign_id, self._clock())
            campaign = store.view(session, campaign_id)
            if campaign is None or campaign.state != "active":
                return 0
            chosen = plan.to_start(self._clock(), campaign.rules, campaign.plan_devices, present, store.busy(session))
            asked = [self._request(session, campaign_id, campaign.wanted.tiers, device) for device in chosen]
        for audit_id in asked:
            self._ask(audit_id)
        return len(asked)

    def _request(self, session: Session, campaign_id: str, tiers: Sequence[str], device: plan.Device) -> str:
        return audits.request(
            session,
            device.station_id,
            device.certificate_number,
            tiers=tiers,
            wait_seconds=WAIT_SECONDS,
            campaign_id=campaign_id,
            clock=self._clock,
        )

    def _run(self) -> None:
        while not self._stopped.wait(STEP_SECONDS):
            try:
                self.step()
            except (RegistryError, OSError) as problem:
                log.error("campaigns.step-failed", problem=str(problem))

    def __enter__(self) -> CampaignRunner:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join()
