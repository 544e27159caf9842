"""How the shapes of requests and answers are written down: each value with its type, its bounds and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

SAID = r"[\s\S]*\S[\s\S]*"
"""The pattern of a text that is more than blanks."""


class Shape(ma.Schema):
    """Something that is answered. What a shape does not name is not told, so that nothing gets out by mistake."""


class Taken(ma.Schema):
    """Something that is taken. What a shape does not name is refused."""

    class Meta:
        """marshmallow's place for settings."""

        unknown = ma.RAISE


def text(about: str, *, none: bool = False, needed: bool = True, key: str | None = None, form: str | None = None) -> fields.String:
    """A text of an answer; `none`: it may be null. `form` is a format of JSON schemas, such as date-time."""
    return fields.String(required=needed, allow_none=none, data_key=key, metadata=_meta(about, format=form))


def number(about: str, *, none: bool = False, key: str | None = None) -> fields.Integer:
    """A whole number of an answer."""
    return fields.Integer(required=True, allow_none=none, data_key=key, metadata=_meta(about))


def decimal(about: str, *, none: bool = False) -> fields.Float:
    """A number of an answer."""
    return fields.Float(required=True, allow_none=none, metadata=_meta(about))


def flag(about: str, *, none: bool = False) -> fields.Boolean:
    """Yes or no."""
    return fields.Boolean(required=True, allow_none=none, metadata=_meta(about))


def texts(about: str, *, needed: bool = True) -> fields.List[Any]:
    """A list of texts."""
    return fields.List(fields.String(), required=needed, metadata=_meta(about))


def many(shape: type[ma.Schema], about: str, *, none: bool = False) -> fields.List[Any]:
    """A list of things of one shape."""
    return fields.List(fields.Nested(shape), required=True, allow_none=none, metadata=_meta(about))


def one(shape: type[ma.Schema], about: str, *, none: bool = False, needed: bool = True) -> fields.Nested:
    """A thing of another shape."""
    return fields.Nested(shape, required=needed, allow_none=none, metadata=_meta(about))


def table(about: str, *, none: bool = False) -> fields.Dict:
    """Names with their values, in their order; a value that is not known is null."""
    return fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), required=True, allow_none=none, metadata=_meta(about))


def counts(about: str) -> fields.Dict:
    """Names with how many there are of each."""
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, metadata=_meta(about))


def anything(about: str, *, none: bool = False) -> fields.Dict:
    """An object whose content is described elsewhere."""
    return fields.Dict(keys=fields.String(), required=True, allow_none=none, metadata=_meta(about))


def asked_text(
    about: str,
    longest: int,
    *,
    shortest: int = 0,
    needed: bool = False,
    pattern: str | None = None,
    check: Callable[[str], None] | None = None,
    **more: Any,
) -> fields.String:
    """A text of a request. `pattern` has to fit the whole of it; `check` refuses what no pattern tells, by a ValidationError."""
    checks: list[Any] = [validate.Length(min=shortest or None, max=longest), *([check] if check else [])]
    checks += [validate.Regexp(rf"^(?:{pattern})\Z", error="This is not how it is written.")] if pattern else []
    shown = {"pattern": f"^(?:{pattern})$"} if pattern else {}
    return fields.String(required=needed, validate=checks, metadata=_meta(about, **shown), **more)


def asked_texts(about: str, longest: int, most: int) -> fields.List[Any]:
    """An argument that may be given several times."""
    return fields.List(fields.String(validate=validate.Length(max=longest)), validate=validate.Length(max=most), metadata=_meta(about))


class WholeNumber(fields.Integer):
    """A whole number in JSON: 3 and 3.0 are one, as in JSON schemas; "3" and true are none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self.make_error("invalid", input=value)
        return int(value)


def asked_number(about: str, least: int, most: int, *, in_json: bool = False, **more: Any) -> fields.Integer:
    """A whole number of a request; in JSON it is one, and no text that looks like one."""
    kind = WholeNumber if in_json else fields.Integer
    return kind(validate=validate.Range(least, most), metadata=_meta(about), **more)


def asked_choice(about: str, choices: Iterable[str], **more: Any) -> fields.String:
    """One of some words."""
    return fields.String(validate=validate.OneOf(tuple(map(str, choices))), metadata=_meta(about), **more)


def asked_choices(about: str, choices: Iterable[str], most: int) -> fields.List[Any]:
    """One of some words, which may be given several times."""
    return fields.List(asked_choice("One of them.", choices), validate=validate.Length(max=most), metadata=_meta(about))


def _meta(about: str, **more: Any) -> dict[str, Any]:
    return {"description": about} | {name: value for name, value in more.items() if value is not None}
