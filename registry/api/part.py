"""One part of the API: a blueprint whose every operation says what it takes, what it gives, who may use it, and how it can fail.

Built on flask-smorest, which reads arguments and writes the OpenAPI document from the same declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from importlib import metadata
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Flask, request
from webargs.flaskparser import FlaskParser

from registry.accounts.access import current, rule_of
from registry.accounts.roles import Role
from registry.api.answers import ETAG_HEADER, LINK_HEADER, LOCATION_HEADER, RETRY_HEADER, tagged
from registry.api.problems import PREFIX, PROBLEM_TYPE, ProblemShape, Refused, Wrong
from registry.uploads import takes_upload

TOKEN = "token"  # noqa: S105 (the name of a security scheme)
LARGEST_JSON_BYTES = 64 * 1024
_ALWAYS = (401, 422, 429, 500, 503)
_WITH_BODY = (400, 413, 415)
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that it was read with.",
    "schema": {"type": "string", "minLength": 1},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An ETag: when the answer still has it, it is not sent again.",
    "schema": {"type": "string"},
}

_IN_PATH = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
PARTS_OF_PATHS: Mapping[str, str] = {
    "account_id": "An account's id.",
    "address_id": "An address's id.",
    "alias_id": "The id of a record of a company's other name.",
    "audit_id": "An audit's id.",
    "campaign_id": "A campaign's id.",
    "entry_id": "The id of a row without a certificate number, as the search gives it.",
    "errand_id": "The id of work that takes longer than a request waits.",
    "holder": "A holder, by the slug of its address.",
    "import_id": "The id of a file of devices that was stored.",
    "identity": "The identity of a requirement set, or of a device.",
    "number": "A certificate's number, as OCA.0016.0408.CS.",
    "page": "The page, from 1.",
    "position": "The number of a question within its audit.",
    "serial": "A snapshot's number.",
    "sha256": "The hash of a document's, or a list's, bytes: 64 hexadecimal digits.",
    "slug": "A product, a holder or a laboratory, by the slug of its address.",
    "token": "What the address of a result ends in.",
    "token_id": "A token's id.",
    "watch_id": "A watch's id.",
}
"""What stands in the paths of operations."""

View = TypeVar("View", bound=Callable[..., Any])


class _Parser(FlaskParser):
    """Reads arguments."""

    def load_json(self, req: Any, schema: Any) -> Any:
        """As webargs does it; what is nested beyond all reason is no JSON for us."""
        try:
            return super().load_json(req, schema)
        except RecursionError as error:
            raise Refused(400, "The JSON is nested too deeply: nothing here takes more than a few levels.") from error


class Part(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """The operations about one thing."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name.replace(' ', '_')}", __name__, url_prefix=PREFIX, description=description)
        self.title = name
        self.before_request(_refuse_bad_token)
        self.after_request(tagged)

    def operation(
        self,
        method: str,
        path: str,
        *,
        query: type[ma.Schema] | None = None,
        body: type[ma.Schema] | None = None,
        upload: Mapping[str, Mapping[str, Any]] | None = None,
        gives: type[ma.Schema] | None = None,
        kind: str | None = None,
        status: int = 200,
        also: Mapping[int, type[ma.Schema]] | None = None,
        fails: Mapping[int, str] | None = None,
        is_guarded: bool = False,
        is_paged: bool = False,
        largest: int = LARGEST_JSON_BYTES,
    ) -> Callable[[View], View]:
        """Declares an operation; its summary and description are the view's docstring.

        The view gets what `query` and `body` describe under these names. `upload` are the parts of a form, each with its JSON schema;
        the view reads them from the request. `gives` describes the JSON of the answer, or `kind` names its media type; `also` describes
        the answers with other statuses that are no failures. `fails` says what it means when the operation ends with one of these
        statuses. `is_guarded`: it needs If-Match. `largest` is in bytes.
        """

        def declare(view: View) -> View:
            role = _role(view, method)
            made: Any = self.response(status, gives, content_type=kind, headers=_headers(method, status, is_paged))(view)
            for other, shape in (also or {}).items():
                made = self.alt_response(other, schema=shape, success=True, headers=LOCATION_HEADER)(made)
            if body is not None:
                made = self.arguments(body, location="json", arg_name="body")(made)
            if query is not None:
                made = self.arguments(query, location="query", arg_name="query")(made)
            statuses = set(_ALWAYS)
            statuses |= set(_WITH_BODY) if body is not None or upload is not None else set()
            statuses |= {404} if "<" in path or is_paged else set()
            # What changes or makes anything is refused to tokens for reading alone, whoever may do it.
            statuses |= {403} if role is not None or method != "GET" else set()
            statuses |= {412, 428} if is_guarded else set()
            for failure in sorted(statuses - set(fails or {})):
                made = self.alt_response(failure, HTTPStatus(failure).name)(made)
            for failure, meaning in (fails or {}).items():
                made = self.alt_response(failure, schema=ProblemShape, content_type=PROBLEM_TYPE, description=meaning)(made)
            if method == "GET":
                made = self.alt_response(304, HTTPStatus(304).name)(made)
            extra: dict[str, Any] = {"operationId": view.__name__, "tags": [self.title], "security": _security(role)}
            extra["x-role"] = str(role) if role else "anybody"
            if upload is not None:
                extra["requestBody"] = _form(upload)
            made = self.doc(**extra)(made)
            made = _with_headers(made, [_IF_MATCH] if is_guarded else [_IF_NONE_MATCH] if method == "GET" else [])
            made = _strict(made, query, body, upload)
            if body is not None or upload is not None:
                made = takes_upload(largest)(made)
            self.route(path, methods=[method], endpoint=view.__name__, parameters=_path_parameters(path))(made)
            return view

        return declare


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """The OpenAPI document; errors are documented as what they are here, and handled where all errors of the application are."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave them to the application: some of them concern addresses that no operation has."""

    def _register_responses(self) -> None:
        """Lay ready the answers that tell of a problem, for those operations that can end with them."""
        for status in HTTPStatus:
            told: dict[str, Any] = {"description": status.phrase}
            if status >= HTTPStatus.BAD_REQUEST:
                told["content"] = {PROBLEM_TYPE: {"schema": ProblemShape}}
            if status is HTTPStatus.TOO_MANY_REQUESTS:
                told["headers"] = RETRY_HEADER
            self.spec.components.response(status.name, told, lazy=True)


def installed_version() -> str:
    """The version of this program; "unknown" when it runs from a folder that was never installed."""
    try:
        return metadata.version("ocpp-registry")
    except metadata.PackageNotFoundError:
        return "unknown"


def attach(app: Flask, parts: tuple[Part, ...]) -> None:
    """Serve the parts from `app`."""
    # Tables of a certificate keep the order in which it prints them.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    for part in parts:
        app.register_blueprint(part)


def document(parts: tuple[Part, ...], description: str) -> dict[str, Any]:
    """The OpenAPI document of the parts. It takes a while to write, and is the same for every application that serves them."""
    app = Flask("document")
    app.config.update(API_TITLE="OCPP Registry", API_VERSION=installed_version(), OPENAPI_VERSION="3.1.0")
    made = Api(app, spec_kwargs={"info": {"description": description, "license": {"name": "Apache-2.0"}}})
    made.spec.components.security_scheme(
        TOKEN, {"type": "http", "scheme": "bearer", "description": "A token of an account; cookies count for nothing here."}
    )
    for part in parts:
        made.register_blueprint(part)
    written: dict[str, Any] = made.spec.to_dict()
    return written | {"tags": [{"name": part.title, "description": part.description} for part in parts]}


def _refuse_bad_token() -> None:
    """A token that stands for nobody is told of, and not taken for a visitor's."""
    if "Authorization" in request.headers and current() is None:
        raise Refused(401, "The token is not known, or it has ended: make another, or leave it out for what anybody may read.")


def _path_parameters(path: str) -> list[dict[str, str]]:
    return [{"in": "path", "name": name, "description": PARTS_OF_PATHS[name]} for name in _IN_PATH.findall(path)]


def _role(view: Callable[..., Any], method: str) -> Role | None:
    rule = rule_of(view, method)
    if rule is None:
        raise TypeError(f"{view.__module__}.{view.__name__} does not say who may use it: put @anybody or @needs under the operation")
    return rule.role


def _security(role: Role | None) -> list[dict[str, list[str]]]:
    return [{TOKEN: []}] if role is not None else [{}, {TOKEN: []}]


def _headers(method: str, status: int, is_paged: bool) -> dict[str, Any]:
    headers = dict(ETAG_HEADER) if method == "GET" else dict(LOCATION_HEADER) if status in (201, 202) else {}
    return headers | (LINK_HEADER if is_paged else {})


def _with_headers(made: Callable[..., Any], headers: list[dict[str, Any]]) -> Callable[..., Any]:
    """Document headers that a request needs or may have."""
    documented: dict[str, Any] = made._apidoc  # type: ignore[attr-defined]  # where flask-smorest keeps what it writes
    documented.setdefault("arguments", {}).setdefault("parameters", []).extend(headers)
    return made


def _form(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    shown = {name: {key: value for key, value in part.items() if key != "required"} for name, part in parts.items()}
    needed = [name for name, part in parts.items() if part.get("required")]
    schema = {"type": "object", "properties": shown, "required": needed, "additionalProperties": False}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _strict(
    view: Callable[..., Any], query: type[ma.Schema] | None, body: type[ma.Schema] | None, upload: Mapping[str, object] | None
) -> Callable[..., Any]:
    """The view, which is reached by no argument that it does not know and by no content that it cannot read."""
    known = {field.data_key or name for name, field in (query._declared_fields if query else {}).items()}
    kind = "application/json" if body is not None else "multipart/form-data" if upload is not None else None

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        _refuse_unknown("query", set(request.args) - known, known)
        if kind is not None and request.mimetype != kind:
            raise Refused(415, f"This operation takes {kind}, and not {request.mimetype[:80] or 'a body without a content type'}.")
        if upload is not None:
            # A part may come without a name.
            _refuse_unknown("form", {name or "" for name in (*request.form, *request.files)} - set(upload), set(upload))
        return view(*args, **kwargs)

    return asked


def _refuse_unknown(place: str, unknown: set[str], known: set[str]) -> None:
    if unknown:
        takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        wrong = tuple(
            Wrong(place, name[:200], f"{name[:80] or 'what has no name'} is no argument of this operation: {takes}")
            for name in sorted(unknown)
        )
        raise Refused(422, f"{wrong[0].detail}.", wrong)
