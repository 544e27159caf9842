"""Puts the API together."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from registry.api.pages import EXTENSION, api_pages
from registry.api.part import attach, document
from registry.api.resources.about import about
from registry.api.resources.accounts import accounts
from registry.api.resources.aliases import aliases
from registry.api.resources.audits import audits
from registry.api.resources.badges import badges
from registry.api.resources.campaigns import campaigns
from registry.api.resources.certificates import certificates
from registry.api.resources.events import events
from registry.api.resources.fleet_changes import fleet
from registry.api.resources.products import products
from registry.api.resources.requirements import requirements
from registry.api.resources.review import review
from registry.api.resources.watches import snapshots, watches

PARTS = (
    *(about, certificates, products, aliases, requirements, fleet, audits, campaigns),
    *(review, events, watches, badges, snapshots, accounts),
)

DESCRIPTION = """What the pages of this registry can do, for programs.

What anybody may read on the pages, anybody may read here. For everything else a program needs a token of an account, in the header
`Authorization: Bearer TOKEN`; cookies count for nothing here. Lists come in pages, linked by the header `Link`. Every answer to GET has an
ETag: send it back in `If-None-Match`, and an answer that is still the same is not sent again. What replaces something needs the ETag of
what it replaces in `If-Match`. Every error is a problem as in RFC 9457. Arguments that an operation does not know are refused by name.

One address, and one token, is answered only so often: unless the operator says otherwise, 1,200 requests a minute without a token, 6,000
with one, and 30 checks of offers either way. What is more is refused with 429, and `Retry-After` says for how many seconds to wait.
"""


def attach_api(app: Flask, csrf: CSRFProtect) -> None:
    """Serve the API from `app`.

    Its operations go by tokens of accounts alone, which no page elsewhere can have a browser send: they ask for no form's token.
    """
    attach(app, PARTS)
    for part in PARTS:
        csrf.exempt(part)
    app.register_blueprint(api_pages)
    app.extensions[EXTENSION] = written


@cache
def written() -> dict[str, Any]:
    """The OpenAPI document, written when it is first asked for."""
    return document(PARTS, DESCRIPTION)
