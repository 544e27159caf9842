"""The form that asks for an audit."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

STATION_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9*_=:+|@.~-]*")
"""What may stand as a station's identity in the last part of its connection address (OCPP-J 1.6, section 3.1.1)."""

LONGEST_STATION = 48
SHORTEST_WAIT, LONGEST_WAIT, DEFAULT_WAIT = 5, 3600, 60

Field = Any
"""WTForms' fields have no types."""


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


class AuditForm(FlaskForm):
    """One device, one certificate, and how far the audit may go."""

    station = StringField(
        "Station identity",
        filters=[_stripped],
        validators=[
            DataRequired("Give the identity that the station connects with."),
            Length(max=LONGEST_STATION, message=f"At most {LONGEST_STATION} characters."),
        ],
    )
    certificate = StringField(
        "Certificate number",
        filters=[_stripped],
        validators=[
            DataRequired("Give the number of the certificate, such as OCA.0016.0408.CS."),
            Length(max=64, message="That is longer than any certificate number."),
        ],
    )
    read_only = BooleanField("Ask, without changing anything", default=True)
    reversible = BooleanField("Change settings and put them back")
    in_session = BooleanField("Charge a car that is there")
    disruptive = BooleanField("Restart, unlock, take out of service")
    person = BooleanField("Ask somebody at the station to do things")
    wait_seconds = IntegerField(
        "Wait for the station",
        default=DEFAULT_WAIT,
        validators=[
            InputRequired("Give a whole number of seconds."),
            NumberRange(SHORTEST_WAIT, LONGEST_WAIT, f"Between {SHORTEST_WAIT} and {LONGEST_WAIT} seconds."),
        ],
    )

    def __init__(self, formdata: MultiDict[str, str] | None) -> None:
        super().__init__(formdata=formdata)  # type: ignore[no-untyped-call]  # Flask-WTF has no types

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Whether the form was sent, with a valid token, and everything in it can be used."""
        return bool(super().validate_on_submit(extra_validators))  # type: ignore[no-untyped-call]  # Flask-WTF has no types

    def validate_station(self, field: Field) -> None:
        """Refuse what could not stand in the address that the station connects to."""
        if not STATION_PATTERN.fullmatch(field.data):
            raise ValidationError(
                "Letters, digits and - _ . : = + * | @ ~ only, beginning with a letter or a digit: as it stands in the station's settings."
            )

    @property
    def tiers(self) -> list[str]:
        """The tiers that the audit may use; listening alone is always one of them. What needs a laboratory is for the command line."""
        allowed = {"read-only": self.read_only, "reversible": self.reversible, "in-session": self.in_session}
        allowed |= {"disruptive": self.disruptive, "person": self.person}
        return ["passive", *(tier for tier, field in allowed.items() if field.data)]
