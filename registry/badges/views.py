"""Badges and QR codes at their addresses: for everybody's pages, so cached and embeddable from anywhere."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _

from registry.accounts.access import anybody
from registry.badges.drawing import Badge, badge_svg, qr_svg
from registry.badges.standing import certificate_badge, device_badge
from registry.campaigns.views import require_device
from registry.site import site

SECONDS = 300
"""How long a badge may be shown without asking whether it still says so."""

MEDIA_TYPE = "image/svg+xml"
HEADERS = {
    # Other pages are to show it, which the answers of this site forbid otherwise.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'none'; sandbox",
}
"""What a picture of ours has that is shown elsewhere, besides its content."""

badges = Blueprint("badges", __name__)


@badges.get("/certificates/<number>/badge.svg")
@anybody
def of_certificate(number: str) -> Response:
    """The badge of a certificate: number, protocol and state."""
    return _picture(badge_svg(_certificate(number)))


@badges.get("/certificates/<number>/qr.svg")
@anybody
def qr_of_certificate(number: str) -> Response:
    """The QR code that leads to a certificate's page."""
    found = _certificate(number)
    there = url_for("certificates.certificate", number=number, revision=request.args.get("revision"))
    return _picture(qr_svg(absolute(there), found.name))


@badges.get("/devices/<path:station_id>/badge.svg", merge_slashes=False)
@anybody
def of_device(station_id: str) -> Response:
    """The badge of a device: the verdict of its last audit, with its day."""
    return _picture(badge_svg(_device(station_id)))


@badges.get("/devices/<path:station_id>/qr.svg", merge_slashes=False)
@anybody
def qr_of_device(station_id: str) -> Response:
    """The QR code that leads to a device's page, for its cabinet."""
    found = _device(station_id)
    return _picture(qr_svg(absolute(url_for("campaigns.device", station_id=station_id)), found.name))


def absolute(path: str) -> str:
    """The address of a page for who is elsewhere: as the operator says, else as this request came."""
    return (site().settings.public_address or request.host_url).rstrip("/") + path


def _certificate(number: str) -> Badge:
    with site().sessions() as session:
        found = certificate_badge(session, number, request.args.get("revision"))
    if found is None:
        abort(404, _("This registry knows no certificate %(number)s. Numbers look like OCA.0016.0408.CS.", number=number[:80]))
    return found


def _device(station_id: str) -> Badge:
    with site().sessions() as session:
        require_device(session, station_id)
        return device_badge(session, station_id)


def _picture(svg: str) -> Response:
    response = Response(svg, mimetype=MEDIA_TYPE, headers=HEADERS)
    response.cache_control.public = True
    response.cache_control.max_age = SECONDS
    response.add_etag()
    response.make_conditional(request)
    return response
