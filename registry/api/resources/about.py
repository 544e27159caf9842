"""The registry as a whole, and where to go on from it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from registry.accounts.access import anybody
from registry.api.part import Part, installed_version
from registry.api.shapes.certificates import RegistryShape
from registry.certificates.queries import counts
from registry.site import site

about = Part("registry", "The registry as a whole.")

_LINKS = {
    "certificates": "api_certificates.search_certificates",
    "requirements": "api_requirement_sets.list_requirement_sets",
    "fleet": "api_fleet.get_fleet",
    "audits": "api_audits.list_audits",
    "campaigns": "api_campaigns.list_campaigns",
    "review": "api_review.list_review_queue",
    "listing": "api_review.list_lists",
    "events": "api_events.list_events",
    "openapi": "api_pages.openapi",
    "documentation": "api_pages.index",
}


@about.operation("GET", "/", gives=RegistryShape)
@anybody
def get_registry() -> Any:
    """How much the registry holds, and where its things are."""
    with site().sessions() as session:
        held = counts(session)
    told = {
        "certificates": held.certificates,
        "listed_rows": held.listed_rows,
        "audits": held.audits,
        "listed_at": held.listed_at.isoformat() if held.listed_at else None,
    }
    return {
        "name": "OCPP Registry",
        "version": installed_version(),
        "counts": told,
        "links": {name: url_for(endpoint) for name, endpoint in _LINKS.items()},
    }
