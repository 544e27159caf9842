"""Campaigns: many audits with one grant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import url_for

from registry.accounts.access import anybody, needs
from registry.accounts.roles import Role
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.shapes.audits import (
    CampaignMoveTaken,
    CampaignsShape,
    CampaignTaken,
    MonthsShape,
    SitesVerdictsShape,
    WholeCampaignShape,
)
from registry.audits import asking
from registry.campaigns import plot, serial, store, table
from registry.campaigns.plan import Every
from registry.campaigns.store import Wanted
from registry.db import utc_now
from registry.site import site

LARGEST_CAMPAIGN_BYTES = 2 * 1024 * 1024
PLOTTED = timedelta(days=366)
MOST_PROBLEMS = 100

campaigns = Part("campaigns", "Many audits with one grant: which devices, how many at once, when.")


@campaigns.operation("GET", "/campaigns", gives=CampaignsShape)
@anybody
def list_campaigns() -> Any:
    """All campaigns, the newest first."""
    with site().sessions() as session:
        found = [serial.campaign_json(one) for one in store.listed(session)]
    return {"campaigns": [one | _url(one["id"]) for one in found]}


@campaigns.operation(
    "POST",
    "/campaigns",
    body=CampaignTaken,
    gives=WholeCampaignShape,
    status=201,
    fails={503: "Nothing here can carry out audits, or the registry cannot be read just now."},
    largest=LARGEST_CAMPAIGN_BYTES,
)
@needs(Role.AUDITOR)
def create_campaign(body: Mapping[str, Any]) -> Any:
    """Begin a campaign."""
    if site().start_audit is None:
        raise Refused(503, asking.NO_WORKER)
    wanted = _wanted(body)
    with site().sessions.begin() as session:
        rows = [(place, [one["station"], one["certificate"], one["site"].strip()]) for place, one in enumerate(body["devices"])]
        devices, problems = table.checked(rows, store.station_certificates(session), "at")
        if problems:
            wrong = tuple(Wrong("json", f"devices.{place}", f"{problem}.") for place, problem in problems[:MOST_PROBLEMS])
            raise Refused(422, f"devices.{problems[0][0]}: {problems[0][1]}.", wrong)
        campaign_id = store.create(session, wanted, devices)
    return _whole(UUID(campaign_id)), 201, {"Location": url_for("api_campaigns.get_campaign", campaign_id=campaign_id)}


@campaigns.operation("GET", "/campaigns/sites", gives=SitesVerdictsShape)
@anybody
def list_campaign_sites() -> Any:
    """Every site of every campaign by its devices' last verdicts."""
    with site().sessions() as session:
        found = store.sites(session)
    return {"sites": [serial.site_json(one) for one in found]}


@campaigns.operation("GET", "/campaigns/verdicts", gives=MonthsShape)
@anybody
def list_verdicts_by_month() -> Any:
    """The verdicts of the last twelve months."""
    now = utc_now()
    with site().sessions() as session:
        counted = plot.counts_by_month(store.verdicts_by_day(session, now - PLOTTED), now)
    return {"months": [{"month": f"{year:04}-{month:02}", "verdicts": dict(counts)} for (year, month), counts in counted]}


@campaigns.operation("GET", "/campaigns/<uuid:campaign_id>", gives=WholeCampaignShape)
@anybody
def get_campaign(campaign_id: UUID) -> Any:
    """One campaign: how far it is, and each device's outcome."""
    return _whole(campaign_id)


@campaigns.operation(
    "POST", "/campaigns/<uuid:campaign_id>/state", body=CampaignMoveTaken, gives=WholeCampaignShape, fails={409: "It has ended."}
)
@needs(Role.AUDITOR)
def move_campaign(campaign_id: UUID, body: Mapping[str, Any]) -> Any:
    """Pause, resume or end a campaign; its running audits go on."""
    if _whole(campaign_id)["state"] == "ended" != body["state"]:
        raise Refused(409, "This campaign has ended, and an ended one stays ended: make another.")
    with site().sessions.begin() as session:
        store.move(session, str(campaign_id), body["state"])
    return _whole(campaign_id)


def _whole(campaign_id: UUID) -> dict[str, Any]:
    with site().sessions() as session:
        found = store.view(session, str(campaign_id))
    if found is None:
        raise Refused(404, "This registry knows no such campaign: the list of campaigns has them all.")
    return serial.whole_json(found) | _url(found.id)


def _url(campaign_id: str) -> dict[str, str]:
    return {"url": url_for("api_campaigns.get_campaign", campaign_id=campaign_id)}


def _wanted(body: Mapping[str, Any]) -> Wanted:
    name = " ".join(body["name"].split())
    zone = body["zone"].strip() or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        detail = "zone: that is no time zone: write one as Europe/Amsterdam or UTC."
        raise Refused(422, detail, (Wrong("json", "zone", detail),)) from error
    window = (body["window"]["begins"], body["window"]["ends"]) if body["window"] else None
    if window and window[0] == window[1]:
        detail = "window: a window that ends when it begins is never open."
        raise Refused(422, detail, (Wrong("json", "window", detail),))
    tiers = ("passive", "read-only", *(("reversible",) if body["reversible"] else ()))
    return Wanted(name, tiers, body["at_once"], body["per_site"], Every(body["every"]), window, zone)
