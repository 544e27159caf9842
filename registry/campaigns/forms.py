"""The form that makes a campaign."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from registry.campaigns.plan import Every
from registry.campaigns.store import Wanted
from registry.forms import Field, Form, on_one_line
from registry.language import gettext as _

MOST_AT_ONCE = 64
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

_COUNT = [
    InputRequired(_l("Give a whole number.")),
    NumberRange(1, MOST_AT_ONCE, _l("Between 1 and %(most_at_once)s.", most_at_once=MOST_AT_ONCE)),
]


class CampaignForm(Form):
    """Which devices, how far, how many at once, when, how often."""

    name = StringField(
        _l("Name"),
        filters=[on_one_line],
        validators=[DataRequired(_l("Give it a name, as Harbour chargers, spring.")), Length(max=80, message=_l("At most 80 letters."))],
    )
    devices = TextAreaField(
        _l("Devices"), validators=[DataRequired(_l("Write a line for each device: identity, certificate number, site."))]
    )
    reversible = BooleanField(_l("Change settings and put them back"))
    at_once = IntegerField(_l("At once"), default=8, validators=_COUNT)
    per_site = IntegerField(_l("At once at one site"), default=2, validators=_COUNT)
    window_start = StringField(_l("From"), filters=[on_one_line])
    window_end = StringField(_l("To"), filters=[on_one_line])
    zone = StringField(_l("Time zone"), default="UTC", filters=[on_one_line])
    every = RadioField(_l("How often"), choices=[str(every) for every in Every], default="once")

    def validate_window_start(self, field: Field) -> None:
        """Refuse what is no time of day."""
        if field.data and not _TIME.fullmatch(field.data):
            raise ValidationError(_("A time of day, as 22:00."))

    def validate_window_end(self, field: Field) -> None:
        """Refuse what is no time of day, and half a window."""
        self.validate_window_start(field)
        if bool(field.data) != bool(self.window_start.data):
            raise ValidationError(_("Give both times, or neither."))
        if field.data and field.data == self.window_start.data:
            raise ValidationError(_("A window that ends when it begins is never open."))

    def validate_zone(self, field: Field) -> None:
        """Refuse what is no time zone."""
        try:
            ZoneInfo(field.data or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise ValidationError(_("That is no time zone; write one as Europe/Amsterdam or UTC.")) from problem

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        window = (self.window_start.data, self.window_end.data) if self.window_start.data else None
        tiers = ("passive", "read-only", *(("reversible",) if self.reversible.data else ()))
        zone = self.zone.data or "UTC"
        return Wanted(str(self.name.data), tiers, int(self.at_once.data), int(self.per_site.data), Every(self.every.data), window, zone)
