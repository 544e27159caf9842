"""The evidence of a certificate to take along: on paper, and in a signed archive."""

from __future__ import annotations

import io
from dataclasses import replace

from flask import Blueprint, Response, abort, request, send_file
from flask_babel import gettext as _

from registry.accounts.access import anybody
from registry.badges.drawing import Badge
from registry.badges.standing import certificate_badge
from registry.certificates.queries import CertificateView
from registry.certificates.queries import certificate as find_certificate
from registry.certificates.serial import certificate_json
from registry.db import utc_now
from registry.evidence.signing import Signer
from registry.site import site

evidence = Blueprint("evidence", __name__)


@evidence.get("/certificates/<number>.pdf")
@anybody
def certificate_pdf(number: str) -> Response:
    """What the registry knows of the certificate, on paper."""
    # Imported here: what sets type on paper is large, and few pages need it.
    from registry.evidence.certificates import certificate_paper

    view, badge = _certificate(number)
    return send_file(io.BytesIO(certificate_paper(view, badge, utc_now())), mimetype="application/pdf", download_name=f"{number}.pdf")


@evidence.get("/certificates/<number>/bundle.zip")
@anybody
def certificate_evidence(number: str) -> Response:
    """The same in a signed archive, for `ocpp-registry verify`."""
    from registry.evidence.certificates import certificate_bundle

    view, badge = _certificate(number)
    content = certificate_bundle(view, badge, certificate_json(view), Signer(site().settings.home), utc_now())
    return send_file(io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=f"certificate-{number}.zip")


def _certificate(number: str) -> tuple[CertificateView, Badge]:
    """The certificate, without its audits: they have bundles of their own, and not everybody may see of whom they are."""
    with site().sessions() as session:
        view = find_certificate(session, number, request.args.get("revision"))
        badge = certificate_badge(session, number, view.entry.revision or "") if view is not None else None
    if view is None or badge is None:
        abort(404, _("This registry knows no certificate %(number)s. Numbers look like OCA.0016.0408.CS.", number=number[:80]))
    return replace(view, audits=()), badge
