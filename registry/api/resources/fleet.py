"""The fleet: deployed devices, files of them, and what covers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import request, url_for

from registry import wording
from registry.accounts.access import anybody, may
from registry.accounts.roles import Role
from registry.api.answers import page_of
from registry.api.part import Part
from registry.api.problems import Refused
from registry.api.shapes.audits import DeviceHistoryShape
from registry.api.shapes.fleet import (
    DevicesPage,
    FleetArguments,
    PlacesShape,
    StandingShape,
    WholeDeviceShape,
)
from registry.audits.withheld import is_address
from registry.campaigns import changes
from registry.campaigns.store import history
from registry.db import utc_now
from registry.errors import CannotBegin, RegistryError
from registry.fleet import queries
from registry.fleet.models import FleetMatch
from registry.fleet.query import FleetQuery, parse
from registry.site import site

fleet = Part("fleet", "Deployed devices: which certificate covers each, and why.")


@fleet.operation("GET", "/fleet", gives=StandingShape)
@anybody
def get_fleet() -> Any:
    """How the fleet stands, and how it stood over a year."""
    with site().sessions() as session:
        standing = queries.standing(session)
        days = queries.trend(session, queries.trend_begin(utc_now()))
    return {
        "devices": standing.devices,
        "stale": standing.stale,
        "matched": _match_json(standing.last) if standing.last else None,
        "imported_at": standing.imported.imported_at.isoformat() if standing.imported else None,
        "trend": [_match_json(day) for day in days],
    }


@fleet.operation("GET", "/fleet/devices", query=FleetArguments, gives=DevicesPage, is_paged=True)
@anybody
def list_devices(query: Mapping[str, Any]) -> Any:  # noqa: ARG001 (checked; the address itself is parsed as the page parses it)
    """The fleet's table, with the facets, the order and the pages of its page."""
    asked = fleet_query()
    with site().sessions() as session:
        found = queries.listing(session, asked)
    links, following = page_of(asked.page, found.pages(asked))
    told = {
        "total": found.total,
        "page": asked.page,
        "pages": found.pages(asked),
        "next": following,
        "devices": [_device_json(one) for one in found.devices],
        "facets": {
            facet: [{"value": one.value, "count": one.count, "selected": one.chosen} for one in values]
            for facet, values in found.facets.items()
        },
    }
    return told, 200, links


@fleet.operation("GET", "/fleet/devices/<path:identity>", gives=WholeDeviceShape)
@anybody
def get_device(identity: str) -> Any:
    """One device with everything that led to its answer."""
    with site().sessions() as session:
        found = queries.device(session, identity) if may(Role.AUDITOR) or not is_address(identity) else None
        matched = queries.as_of(session) if found is not None and found.answer is not None else None
    if found is None:
        raise Refused(404, f"The fleet has no device {identity[:80]}: search for it among the devices.")
    told = {"matched_at": matched.matched_at.isoformat() if matched else None, "stale": matched.stale if matched else None}
    return found.to_json(with_endpoint=may(Role.AUDITOR)) | told


@fleet.operation("GET", "/fleet/history/<path:identity>", gives=DeviceHistoryShape)
@anybody
def get_device_history(identity: str) -> Any:
    """The audits of a device, and what changed between the last two."""
    with site().sessions() as session:
        past = history(session, identity) if may(Role.AUDITOR) or not is_address(identity) else []
    if not past:
        raise Refused(404, f"This registry has no audit of {identity[:80]}.")
    reports = [row.report for row in past if row.report is not None]
    changed = [vars(one) for one in changes.between(reports[1], reports[0])] if len(reports) > 1 else None
    audits = [
        {
            "audit": row.audit_id,
            "at": row.at.isoformat(),
            "certificate": row.certificate_number,
            "state": row.state,
            "verdict": row.verdict,
        }
        for row in past
    ]
    return {"station": identity, "audits": audits, "changed": changed}


@fleet.operation("GET", "/fleet/places", query=FleetArguments, gives=PlacesShape)
@anybody
def list_places(query: Mapping[str, Any]) -> Any:  # noqa: ARG001 (checked; the address itself is parsed as the page parses it)
    """Where the devices stand, and how they are covered there; pages and order count for nothing."""
    with site().sessions() as session:
        found = queries.places(session, fleet_query())
    return {
        "places": [
            {
                "site": place.site,
                "latitude": place.latitude,
                "longitude": place.longitude,
                "total": place.total,
                "answers": dict(place.counts),
            }
            for place in found
        ]
    }


def fleet_query() -> FleetQuery:
    """What of the fleet the address asks for, as far as whoever asks may see it; refuses what cannot be."""
    try:
        return replace(parse(request.args.to_dict(flat=False)), sees_addresses=may(Role.AUDITOR))
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(422, wording.sentence(error)) from error


def _device_json(device: queries.DeviceView) -> dict[str, Any]:
    url = None if device.is_withheld else url_for("api_fleet.get_device", identity=device.identity)
    return device.to_json(with_endpoint=may(Role.AUDITOR)) | {"url": url}


def _match_json(match: FleetMatch) -> dict[str, Any]:
    names = ("covered", "not_covered", "cannot_tell", "drifted")
    return {"matched_at": match.matched_at.isoformat()} | {name: getattr(match, name) for name in names}
