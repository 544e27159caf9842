"""Campaigns in the database: made, looked at, paused, and what of them is to be done now."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, and_, func, insert, select, update
from sqlalchemy.orm import Session

from registry.audits.models import ACTIVE, Audit
from registry.campaigns.models import Campaign, CampaignDevice
from registry.campaigns.plan import Device, Every, Rules, Window, next_round
from registry.campaigns.table import Listed
from registry.certificates.models import Certificate
from registry.db import Clock, lock_for_writing, utc_now
from registry.events import tell

STATES = ("active", "paused", "ended")


@dataclass(frozen=True)
class Wanted:
    """What a person asks for. `window` are two times of day ("22:00", "05:00") in `zone`."""

    name: str
    tiers: tuple[str, ...]
    at_once: int
    per_site: int
    every: Every
    window: tuple[str, str] | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class DeviceRow:
    """A device with its audit of this round. `verdict` is the report's, None without one; `state` the audit's, None: it had none yet."""

    station_id: str
    certificate_number: str
    site: str
    audit_id: str | None
    state: str | None
    verdict: str | None
    ended: datetime | None
    error: str | None

    @property
    def outcome(self) -> str:
        """In one word: the verdict, else how far it is."""
        return self.verdict or ("not yet" if self.state is None else self.state)


@dataclass(frozen=True)
class CampaignView:
    """A campaign with its devices."""

    id: str
    name: str
    state: str
    wanted: Wanted
    created_at: datetime
    round_began_at: datetime
    next_round_at: datetime | None
    devices: tuple[DeviceRow, ...]

    @property
    def rules(self) -> Rules:
        """What the plan goes by."""
        window = None
        if self.wanted.window is not None:
            start, end = (time.fromisoformat(text) for text in self.wanted.window)
            window = Window(start, end, ZoneInfo(self.wanted.zone))
        return Rules(self.wanted.at_once, self.wanted.per_site, window)

    @property
    def plan_devices(self) -> list[Device]:
        """The devices as the plan knows them."""
        active = {str(state) for state in ACTIVE}
        return [Device(row.station_id, row.certificate_number, row.site, row.state in active, row.ended) for row in self.devices]

    @property
    def verdicts(self) -> Counter[str]:
        """How many devices came to which outcome."""
        return Counter(row.outcome for row in self.devices)


def create(session: Session, wanted: Wanted, devices: Sequence[Listed], *, clock: Clock = utc_now) -> str:
    """A new campaign, active at once; gives its id."""
    lock_for_writing(session)
    now, campaign_id = clock(), str(uuid.uuid4())
    start, end = wanted.window or (None, None)
    session.execute(
        insert(Campaign).values(
            id=campaign_id,
            name=wanted.name,
            state="active",
            tiers=list(wanted.tiers),
            at_once=wanted.at_once,
            per_site=wanted.per_site,
            window_start=start,
            window_end=end,
            zone=wanted.zone,
            every=str(wanted.every),
            created_at=now,
            round_began_at=now,
            next_round_at=next_round(now, wanted.every),
        )
    )
    rows = [{"campaign_id": campaign_id, **vars(device)} for device in devices]
    session.execute(insert(CampaignDevice), rows)
    tell(session, now, "campaign", "made", campaign=campaign_id, name=wanted.name, devices=len(rows))
    return campaign_id


def listed(session: Session) -> list[Campaign]:
    """All campaigns, the newest first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id)))


def view(session: Session, campaign_id: str) -> CampaignView | None:
    """One campaign with the present round of each device; None when there is no such campaign. Two statements."""
    found = session.get(Campaign, campaign_id, populate_existing=True)
    if found is None:
        return None
    window = (found.window_start, found.window_end) if found.window_start and found.window_end else None
    wanted = Wanted(found.name, tuple(found.tiers), found.at_once, found.per_site, Every(found.every), window, found.zone)
    rows = tuple(_devices(session, campaign_id, found.round_began_at))
    return CampaignView(found.id, found.name, found.state, wanted, found.created_at, found.round_began_at, found.next_round_at, rows)


def _devices(session: Session, campaign_id: str, since: datetime) -> Sequence[DeviceRow]:
    """Each device with the last audit that this campaign asked for since the round began."""
    ranked = (
        select(Audit, func.row_number().over(partition_by=Audit.station_id, order_by=(Audit.requested_at.desc(), Audit.id)).label("rank"))
        .where(Audit.campaign_id == campaign_id, Audit.requested_at >= since)
        .subquery()
    )
    statement = (
        select(
            CampaignDevice.station_id,
            CampaignDevice.certificate_number,
            CampaignDevice.site,
            ranked.c.id.label("audit_id"),
            ranked.c.state,
            ranked.c.verdict,
            ranked.c.ended_at.label("ended"),
            ranked.c.error,
        )
        .outerjoin(ranked, and_(ranked.c.station_id == CampaignDevice.station_id, ranked.c.rank == 1))
        .where(CampaignDevice.campaign_id == campaign_id)
        .order_by(CampaignDevice.site, CampaignDevice.station_id)
    )
    return [DeviceRow(**row) for row in session.execute(statement).mappings()]


def active(session: Session) -> list[str]:
    """The ids of the campaigns that go on."""
    return list(session.scalars(select(Campaign.id).where(Campaign.state == "active").order_by(Campaign.created_at, Campaign.id)))


def move(session: Session, campaign_id: str, state: str, *, clock: Clock = utc_now) -> bool:
    """Pause, resume or end a campaign; one that has ended stays ended. False when nothing was changed. Its running audits go on."""
    lock_for_writing(session)
    statement = update(Campaign).where(Campaign.id == campaign_id, Campaign.state != "ended", Campaign.state != state).values(state=state)
    result = cast(CursorResult[Any], session.execute(statement, execution_options={"synchronize_session": False}))
    if result.rowcount:
        tell(session, clock(), "campaign", state, campaign=campaign_id)
    return bool(result.rowcount)


def begin_round_when_due(session: Session, campaign_id: str, now: datetime) -> bool:
    """Begin the next round when its time has come. A campaign of a single round ends when that is through."""
    found = view(session, campaign_id)
    if found is None or found.state != "active":
        return False
    if found.next_round_at is None:
        if found.devices and all(device.ended is not None for device in found.plan_devices):
            move(session, campaign_id, "ended")
        return False
    if now < found.next_round_at:
        return False
    lock_for_writing(session)
    values = {"round_began_at": found.next_round_at, "next_round_at": next_round(found.next_round_at, found.wanted.every)}
    session.execute(update(Campaign).where(Campaign.id == campaign_id).values(values), execution_options={"synchronize_session": False})
    return True


def busy(session: Session) -> frozenset[str]:
    """The stations that have an audit, waiting or running, for whomever."""
    return frozenset(session.scalars(select(Audit.station_id).where(Audit.state.in_(ACTIVE))))


def station_certificates(session: Session) -> frozenset[str]:
    """The numbers of the certificates of charging stations of which the registry has a document."""
    return frozenset(session.scalars(select(Certificate.number).where(Certificate.role == "CS")))


@dataclass(frozen=True)
class HistoryRow:
    """One audit of a device's past."""

    audit_id: str
    at: datetime
    certificate_number: str
    state: str
    verdict: str | None
    report: Mapping[str, Any] | None


def history(session: Session, station_id: str, limit: int = 100) -> list[HistoryRow]:
    """The audits of one device, the newest first; whole reports only of the two newest that have one: those are compared."""
    statement = (
        select(Audit.id, Audit.requested_at, Audit.certificate_number, Audit.state, Audit.verdict)
        .where(Audit.station_id == station_id)
        .order_by(Audit.requested_at.desc(), Audit.id)
        .limit(limit)
    )
    rows = session.execute(statement).all()
    newest = [row.id for row in rows if row.verdict is not None][:2]
    reports = {row.id: row.report for row in session.execute(select(Audit.id, Audit.report).where(Audit.id.in_(newest)))}
    return [HistoryRow(row.id, row.requested_at, row.certificate_number, row.state, row.verdict, reports.get(row.id)) for row in rows]


@dataclass(frozen=True)
class SiteRow:
    """The devices of one site by their last verdict."""

    site: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many devices there are."""
        return sum(self.counts.values())


def sites(session: Session) -> list[SiteRow]:
    """Every site of every campaign with its devices' last verdicts; "never audited" for those without one."""
    last = (
        select(
            Audit.station_id,
            Audit.verdict,
            func.row_number().over(partition_by=Audit.station_id, order_by=Audit.requested_at.desc()).label("rank"),
        )
        .where(Audit.verdict.is_not(None))
        .subquery()
    )
    devices = select(CampaignDevice.station_id, func.max(CampaignDevice.site).label("site")).group_by(CampaignDevice.station_id).subquery()
    statement = (
        select(devices.c.site, last.c.verdict, func.count().label("number"))
        .outerjoin(last, and_(last.c.station_id == devices.c.station_id, last.c.rank == 1))
        .group_by(devices.c.site, last.c.verdict)
        .order_by(devices.c.site)
    )
    found: dict[str, dict[str, int]] = {}
    for site, verdict, number in session.execute(statement):
        found.setdefault(site, {})[verdict or "never audited"] = number
    return [SiteRow(site, counts) for site, counts in found.items()]


def verdicts_by_day(session: Session, since: datetime) -> list[tuple[datetime, str]]:
    """When audits ended with which verdict, oldest first: what a plot over time is made of."""
    statement = (
        select(Audit.ended_at, Audit.verdict)
        .where(Audit.verdict.is_not(None), Audit.ended_at.is_not(None), Audit.ended_at >= since)
        .order_by(Audit.ended_at)
    )
    return [(row.ended_at, row.verdict) for row in session.execute(statement)]
