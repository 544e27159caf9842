"""What the forms of the pages have in common, typed: Flask-WTF has no types of its own."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

Field = Any
"""WTForms' fields have no types."""


class Form(FlaskForm):
    """A form with its token, filled from what was sent, or empty. Where several stand on one page, their ids have a prefix."""

    def __init__(self, formdata: MultiDict[str, str] | None = None, **values: Any) -> None:
        super().__init__(formdata=formdata, **values)  # type: ignore[no-untyped-call]  # Flask-WTF has no types

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Whether the form was sent, with a valid token, and everything in it can be used."""
        return bool(super().validate_on_submit(extra_validators))  # type: ignore[no-untyped-call]  # Flask-WTF has no types


def stripped(value: object) -> object:
    """What was typed, without blanks around it."""
    return value.strip() if isinstance(value, str) else value


def on_one_line(value: object) -> object:
    """What was typed, with single blanks in place of all others."""
    return " ".join(value.split()) if isinstance(value, str) else value
