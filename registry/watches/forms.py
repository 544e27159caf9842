"""The forms of keeping watch."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from registry.outgoing import LONGEST_ADDRESS
from registry.watches.topics import LONGEST_KEY

LONGEST_MAIL_ADDRESS = 254
INTERVAL_CHOICES = [
    SelectChoice("60", _l("at most once an hour")),
    SelectChoice("1440", _l("at most once a day")),
    SelectChoice("10080", _l("at most once a week")),
    SelectChoice("0", _l("at once, each time")),
]


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


class Form(FlaskForm):
    """A form with its token, filled from what was sent, or empty. Several may stand on one page, so that its ids have a prefix."""

    def __init__(self, formdata: MultiDict[str, str] | None = None, **values: Any) -> None:
        super().__init__(formdata=formdata, **values)  # type: ignore[no-untyped-call]  # Flask-WTF has no types

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Whether the form was sent, with a valid token, and everything in it can be used."""
        return bool(super().validate_on_submit(extra_validators))  # type: ignore[no-untyped-call]  # Flask-WTF has no types


class TopicForm(Form):
    """What is to be watched."""

    kind = HiddenField(validators=[DataRequired(), Length(max=20)])
    key = HiddenField(validators=[Length(max=LONGEST_KEY)])


class MailForm(TopicForm):
    """Word by mail, to one of the account's own addresses."""

    address = SelectField(_l("To"), choices=[])
    every = SelectField(_l("How often"), choices=INTERVAL_CHOICES, default="1440")


class WebhookForm(TopicForm):
    """Word to a program."""

    url = StringField(
        _l("Address that is called"),
        filters=[_stripped],
        validators=[DataRequired(_l("Write the address that is to be called.")), Length(max=LONGEST_ADDRESS)],
    )


class AddressForm(Form):
    """An address to be confirmed."""

    address = StringField(
        _l("E-mail address"),
        filters=[_stripped],
        validators=[DataRequired(_l("Write an address here.")), Length(max=LONGEST_MAIL_ADDRESS)],
    )
