"""Badges and QR codes: pictures of how a certificate or a device stands, and of the address of its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, url_for

from registry.accounts.access import anybody, may
from registry.accounts.roles import Role
from registry.api.part import Part
from registry.api.problems import Refused
from registry.api.resources.certificates import unknown_certificate
from registry.api.shapes.certificates import RevisionArgument
from registry.audits.withheld import is_address
from registry.badges.drawing import Badge, badge_svg, qr_svg
from registry.badges.standing import certificate_badge, device_badge
from registry.badges.views import HEADERS, MEDIA_TYPE, absolute
from registry.campaigns.store import history
from registry.fleet import queries
from registry.site import site

badges = Part("badges", "Pictures to show elsewhere, as SVG: badges that say how something stands, QR codes that lead to its page.")


@badges.operation("GET", "/certificates/<number>/badge", query=RevisionArgument, kind=MEDIA_TYPE)
@anybody
def get_certificate_badge(number: str, query: Mapping[str, Any]) -> Any:
    """The badge of a certificate: its number, protocol and state."""
    return _picture(badge_svg(_certificate(number, query.get("revision"))))


@badges.operation("GET", "/certificates/<number>/qr", query=RevisionArgument, kind=MEDIA_TYPE)
@anybody
def get_certificate_code(number: str, query: Mapping[str, Any]) -> Any:
    """The QR code that leads to a certificate's page."""
    found = _certificate(number, query.get("revision"))
    page = url_for("certificates.certificate", number=number, revision=query.get("revision"))
    return _picture(qr_svg(absolute(page), found.name))


@badges.operation("GET", "/fleet/badges/<path:identity>", kind=MEDIA_TYPE)
@anybody
def get_device_badge(identity: str) -> Any:
    """The badge of a device: the verdict of its last audit, with its day.

    A management system goes by its address, which is for auditors.
    """
    return _picture(badge_svg(_device(identity)))


@badges.operation("GET", "/fleet/codes/<path:identity>", kind=MEDIA_TYPE)
@anybody
def get_device_code(identity: str) -> Any:
    """The QR code that leads to a device's page, for its cabinet.

    A management system goes by its address, which is for auditors.
    """
    found = _device(identity)
    return _picture(qr_svg(absolute(url_for("campaigns.device", station_id=identity)), found.name))


def _certificate(number: str, revision: str | None) -> Badge:
    with site().sessions() as session:
        found = certificate_badge(session, number, revision)
    if found is None:
        raise unknown_certificate(number, revision)
    return found


def _device(identity: str) -> Badge:
    """The badge of a device of the fleet, or of one that was audited; of an address only for those who may see addresses."""
    is_shown = may(Role.AUDITOR) or not is_address(identity)
    with site().sessions() as session:
        if is_shown and (queries.device(session, identity) is not None or history(session, identity)):
            return device_badge(session, identity)
    raise Refused(404, f"This registry has no audit of {identity[:80]}, and its fleet no such device.")


def _picture(svg: str) -> Response:
    return Response(svg, mimetype=MEDIA_TYPE, headers=HEADERS)
