"""Campaigns for programs. Pure."""

from __future__ import annotations

from typing import Any

from registry.campaigns.models import Campaign
from registry.campaigns.plan import progress
from registry.campaigns.store import CampaignView, DeviceRow, SiteRow

_DATED = ("created_at", "round_began_at", "next_round_at")


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """A campaign as the list has it."""
    plain = {name: getattr(campaign, name) for name in ("id", "name", "state", "every", "tiers", "at_once", "per_site")}
    moments = {name: getattr(campaign, name) for name in _DATED}
    return plain | {name: at.isoformat() if at is not None else None for name, at in moments.items()}


def whole_json(view: CampaignView) -> dict[str, Any]:
    """A campaign with its devices, and how far its round is."""
    wanted, moments = view.wanted, {name: getattr(view, name) for name in _DATED}
    return {
        "id": view.id,
        "name": view.name,
        "state": view.state,
        "every": str(wanted.every),
        "tiers": list(wanted.tiers),
        "at_once": wanted.at_once,
        "per_site": wanted.per_site,
        "window": dict(zip(("begins", "ends"), wanted.window, strict=True)) if wanted.window else None,
        "zone": wanted.zone,
        **{name: at.isoformat() if at is not None else None for name, at in moments.items()},
        "progress": vars(progress(view.round_began_at, view.plan_devices)),
        "verdicts": dict(view.verdicts),
        "devices": [device_json(row) for row in view.devices],
    }


def device_json(row: DeviceRow) -> dict[str, Any]:
    """A device with its outcome."""
    return {
        "station": row.station_id,
        "certificate": row.certificate_number,
        "site": row.site,
        "outcome": row.outcome,
        "ended": row.ended.isoformat() if row.ended else None,
        "audit": row.audit_id,
        "reason": row.error,
    }


def site_json(row: SiteRow) -> dict[str, Any]:
    """A site by its devices' last verdicts."""
    return {"site": row.site, "total": row.total, "verdicts": dict(row.counts)}
