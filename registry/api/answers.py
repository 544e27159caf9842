"""What answers have in common: strong tags and answers that are not sent twice, links between pages, preconditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request
from werkzeug.http import generate_etag

from registry.api.problems import Refused
from registry.certificates.search_url import address

LINK_HEADER = {"Link": {"description": "The first, previous, next and last page (RFC 8288).", "schema": {"type": "string"}}}
ETAG_HEADER = {"ETag": {"description": "A strong tag of this very answer.", "schema": {"type": "string"}}}
RETRY_HEADER = {"Retry-After": {"description": "The seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
LOCATION_HEADER = {"Location": {"description": "The address of what was made.", "schema": {"type": "string"}}}


def tagged(response: Response) -> Response:
    """Give an answer its tag, and leave its body out when the caller has it already."""
    # What is told may depend on the token, and is never to be taken from a cache without asking.
    response.headers.setdefault("Cache-Control", "no-cache")
    response.vary.add("Authorization")
    if request.method in ("GET", "HEAD") and response.status_code == 200 and not response.direct_passthrough:
        response.set_etag(generate_etag(response.get_data()))
        response.make_conditional(request)
    return response


def tag_of(shape: type[ma.Schema], document: Mapping[str, Any]) -> str:
    """The tag that `document` has when it is read."""
    return generate_etag(jsonify(shape().dump(document)).get_data())


def require_match(shape: type[ma.Schema], document: Mapping[str, Any]) -> None:
    """Refuse to replace what the caller has not seen: the header If-Match has to bear the tag that `document` has now."""
    if not request.headers.get("If-Match", "").strip():
        raise Refused(428, "Replacing this needs the header If-Match with the ETag that it was read with.")
    if not request.if_match.contains(tag_of(shape, document)):
        raise Refused(412, "It was changed since it was read: read it again, and change that.")


def page_of(page: int, pages: int) -> tuple[dict[str, str], str | None]:
    """The header that links the pages of a list, and the address of the next page; refuses a page that there is not."""
    if page > pages:
        raise Refused(404, f"This list has {pages:,} {'page' if pages == 1 else 'pages'}, and no page {page:,}.")
    wanted = {"first": 1, "prev": page - 1, "next": page + 1, "last": pages}
    there = {name: _with(page=number) for name, number in wanted.items() if 1 <= number <= pages}
    return linked(there), there.get("next")


def linked(addresses: Mapping[str, str]) -> dict[str, str]:
    """The header that holds these addresses by what they are."""
    return {"Link": ", ".join(f'<{where}>; rel="{name}"' for name, where in addresses.items())}


def _with(**changes: object) -> str:
    """The address at hand with other values of some arguments."""
    kept: Iterable[tuple[str, str]] = ((name, value) for name, value in request.args.items(multi=True) if name not in changes)
    return address(request.path, (*kept, *((name, str(value)) for name, value in changes.items())))


def answer(shape: type[ma.Schema], document: Mapping[str, Any], status: int, location: str) -> Response:
    """An answer of another shape and status than the operation's usual one."""
    made = jsonify(shape().dump(document))
    made.status_code, made.headers["Location"] = status, location
    return made
