"""The pages of campaigns: the overview of sites, making one, following it, and a device's past."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from registry import wording
from registry.accounts.access import anybody, may, needs, require
from registry.accounts.roles import Role
from registry.audits.forms import ADDRESS_PATTERN
from registry.audits.identities import is_identity
from registry.audits.withheld import is_address
from registry.campaigns import changes, plan, plot, store, table
from registry.campaigns.forms import CampaignForm
from registry.campaigns.serial import campaign_json, device_json
from registry.db import utc_now
from registry.export import Table, links, offer
from registry.fleet.queries import DeviceView, as_of
from registry.fleet.queries import device as fleet_device
from registry.language import gettext as _
from registry.site import site

campaigns = Blueprint("campaigns", __name__)

PLOTTED = timedelta(days=366)
PROBLEMS_SHOWN = 50
COLUMNS = ("id", "name", "state", "every", "tiers", "at_once", "per_site", "created_at", "round_began_at", "next_round_at")
DEVICE_COLUMNS = ("station", "certificate", "site", "outcome", "ended", "audit", "reason")
_ID = re.compile(r"[0-9a-f-]{36}")
_MOVES = {"pause": "paused", "resume": "active", "end": "ended"}


@campaigns.get("/campaigns")
@anybody
def index() -> str:
    """All campaigns, every site by its devices' last verdicts, and the verdicts over time."""
    now = utc_now()
    with site().sessions() as session:
        found, sites = store.listed(session), store.sites(session)
        days = store.verdicts_by_day(session, now - PLOTTED)
    return render_template("campaigns/index.html", campaigns=found, sites=sites, plot=plot.by_month(days, now), exports=links(".export"))


@campaigns.route("/campaigns/new", methods=["GET", "POST"])
@needs(Role.AUDITOR)
def new() -> ResponseReturnValue:
    """The form of a campaign, and its making."""
    form = CampaignForm(formdata=request.form if request.method == "POST" else None)
    problems: list[str] = []
    if request.method == "POST":
        if site().start_audit is None:
            abort(503, _("This catalogue runs without a worker, so nothing can be audited from it: start it with `ocpp-registry up`."))
        if form.validate_on_submit():
            with site().sessions.begin() as session:
                devices, problems = table.read(str(form.devices.data), store.station_certificates(session))
                if not problems:
                    campaign_id = store.create(session, form.wanted, devices)
                    return redirect(url_for(".show", campaign_id=campaign_id), 303)
    page = render_template("campaigns/new.html", form=form, problems=problems[:PROBLEMS_SHOWN], more=max(0, len(problems) - PROBLEMS_SHOWN))
    return page, 400 if form.errors or problems else 200


@campaigns.get("/campaigns/<campaign_id>")
@anybody
def show(campaign_id: str) -> str:
    """One campaign: how far it is, and each device's outcome."""
    campaign = _campaign(campaign_id)
    progress = plan.progress(campaign.round_began_at, campaign.plan_devices)
    left = wording.roughly(progress.left_seconds) if progress.left_seconds is not None else None
    return render_template(
        "campaigns/campaign.html", campaign=campaign, progress=progress, left=left, exports=links(".devices", campaign_id=campaign_id)
    )


@campaigns.post("/campaigns/<campaign_id>/<any(pause, resume, end):what>")
@needs(Role.AUDITOR)
def move(campaign_id: str, what: str) -> ResponseReturnValue:
    """Pause, resume or end it."""
    _campaign(campaign_id)
    with site().sessions.begin() as session:
        store.move(session, campaign_id, _MOVES[what])
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _all() -> Table:
    """All campaigns, the newest first."""
    return Table("campaigns", COLUMNS, lambda session: map(campaign_json, store.listed(session)), "campaigns")


def _devices(campaign_id: str) -> Table:
    """The devices of a campaign with the outcomes of its present round."""
    campaign = _campaign(campaign_id)
    return Table(f"campaign-{campaign_id}", DEVICE_COLUMNS, lambda _session: map(device_json, campaign.devices), "devices")


offer(campaigns, "/campaigns", "export", _all, anybody)
offer(campaigns, "/campaigns/<campaign_id>", "devices", _devices, anybody)


@campaigns.get("/devices/<path:station_id>", merge_slashes=False)
@anybody
def device(station_id: str) -> str:
    """A device's place in the fleet, its audits, and what changed between the last two; a central system goes by its address."""
    with site().sessions() as session:
        history, fleet_row = require_device(session, station_id)
        matched = as_of(session) if fleet_row is not None else None
    reports = [row.report for row in history if row.report is not None]
    changed = list(changes.between(reports[1], reports[0])) if len(reports) > 1 else None
    return render_template(
        "campaigns/device.html",
        station_id=station_id,
        history=history,
        changed=changed,
        fleet_row=fleet_row,
        as_of=matched,
        may_see_address=may(Role.AUDITOR),
    )


def require_device(session: Session, station_id: str) -> tuple[list[store.HistoryRow], DeviceView | None]:
    """The audits of a device and its place in the fleet. Refuses what is neither, and an address to those who may not see it."""
    if not is_identity(station_id) and not ADDRESS_PATTERN.fullmatch(station_id):
        raise NotFound(_("No device can have such an identity."))
    if is_address(station_id):
        require(Role.AUDITOR)
    history, fleet_row = store.history(session, station_id), fleet_device(session, station_id)
    if not history and fleet_row is None:
        raise NotFound(_("This registry has no audit of %(station_id)s, and its fleet no such device.", station_id=station_id))
    return history, fleet_row


def _campaign(campaign_id: str) -> store.CampaignView:
    if _ID.fullmatch(campaign_id):
        with site().sessions() as session:
            found = store.view(session, campaign_id)
        if found is not None:
            return found
    raise NotFound(_("This registry knows no such campaign. The list of campaigns has them all."))
