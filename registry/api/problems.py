"""Errors under the API's address, as RFC 9457 wants them: `application/problem+json`, with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from flask import Response, current_app, request
from marshmallow import fields
from werkzeug.exceptions import HTTPException, default_exceptions

PREFIX = "/api/v1"
PROBLEM_TYPE = "application/problem+json"
SPEAKING_DETAILS: Mapping[int, str] = {
    400: "The request cannot be understood: what was sent is not well-formed JSON, or not a form.",
    401: "This needs a token: send it as `Authorization: Bearer TOKEN`. Accounts make tokens on their page.",
    403: "The token's account, or its scopes, do not allow this.",
    404: "There is nothing at this address: the document at /api/v1/openapi.json has them all.",
    405: "This address does not take that method: the header Allow names those that it takes.",
    413: "The request is larger than anything that is taken here: send less, or in parts.",
    415: "The request has another content type than is taken here: the OpenAPI document names it.",
    422: "The request is well-formed, and something in it cannot be: `errors` names it.",
    429: "Too many requests: wait for as long as the header Retry-After says.",
    500: "Something went wrong on our side, and nothing was lost. The log of this installation tells its operator what happened.",
    503: "The registry cannot be read just now. Nothing is lost: try again in a moment.",
}
_LONGEST_PLACE = 200


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a request. `place` is `query`, `json`, `form` or `path`; `name` the argument or the path in the JSON."""

    place: str
    name: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """The entry of a problem's `errors`."""
        return {"in": self.place, "name": self.name, "detail": self.detail}


class WrongShape(ma.Schema):
    """One thing that is wrong with a request."""

    place = fields.String(data_key="in", required=True, metadata={"description": "Where it stands: query, json, form or path."})
    name = fields.String(required=True, metadata={"description": "The argument, or the path in the JSON."})
    detail = fields.String(required=True, metadata={"description": "What is wrong with it, in a sentence."})


class ProblemShape(ma.Schema):
    """A problem, as in RFC 9457."""

    type = fields.String(required=True, metadata={"description": "Always about:blank: the status says what kind of problem it is."})
    title = fields.String(required=True, metadata={"description": "The status in words."})
    status = fields.Integer(required=True, metadata={"description": "The status of the answer."})
    detail = fields.String(required=True, metadata={"description": "What is wrong and what to do, in a sentence."})
    instance = fields.String(required=True, metadata={"description": "The path that was asked for."})
    errors = fields.List(fields.Nested(WrongShape), metadata={"description": "What is wrong with the request, one by one."})


class Refused(HTTPException):
    """A request that is refused with a status, a sentence and, where single arguments are to blame, their names."""

    def __init__(self, status: int, detail: str, wrong: tuple[Wrong, ...] = ()) -> None:
        super().__init__(detail)
        self.code, self.wrong = status, wrong


def is_api() -> bool:
    """Whether the request at hand is for the API."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def problem(status: int, detail: str | None = None, wrong: tuple[Wrong, ...] = ()) -> Response:
    """The answer that tells of a problem."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or SPEAKING_DETAILS.get(status, HTTPStatus(status).description or HTTPStatus(status).phrase),
        "instance": request.path,
    }
    if wrong:
        told["errors"] = [one.to_json() for one in wrong]
    response = Response(current_app.json.dumps(told) + "\n", status, mimetype=PROBLEM_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def problem_of(error: HTTPException) -> Response:
    """The answer for what was raised: its own sentence where it has one, and the headers that belong to its status."""
    status = error.code or 500
    wrong = error.wrong if isinstance(error, Refused) else tuple(_wrong(error))
    known = default_exceptions.get(status)
    own = error.description if error.description and (known is None or error.description != known.description) else None
    detail = None if status >= 500 and status != 503 else own
    if wrong and not isinstance(error, Refused):
        detail = " ".join(one.detail if one.detail.endswith(".") else f"{one.detail}." for one in wrong[:1])
    response = problem(status, detail, wrong)
    for name, value in error.get_headers(request.environ):
        if name.casefold() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _wrong(error: HTTPException) -> Iterator[Wrong]:
    """What webargs found, flat: its messages are nested by place, name and, in lists, position."""
    messages = (getattr(error, "data", None) or {}).get("messages")
    if isinstance(messages, Mapping):
        for place, found in messages.items():
            yield from _flat(str(place), "", found)


def _flat(place: str, name: str, found: object) -> Iterator[Wrong]:
    if isinstance(found, Mapping):
        for key, value in found.items():
            # In an address nothing is nested: what is given several times has one name, whichever of them is wrong.
            is_same = key == "_schema" or (place == "query" and bool(name))
            inner = name if is_same else f"{name}.{key}" if name else str(key)
            yield from _flat(place, inner, value)
    elif isinstance(found, list | tuple):
        for one in found:
            yield Wrong(place, name[:_LONGEST_PLACE], f"{name[:_LONGEST_PLACE]}: {one}" if name else str(one))
    else:
        yield Wrong(place, name[:_LONGEST_PLACE], f"{name[:_LONGEST_PLACE]}: {found}" if name else str(found))
