"""The forms of keeping watch."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from registry.forms import Form, stripped
from registry.outgoing import LONGEST_ADDRESS
from registry.watches.topics import LONGEST_KEY

LONGEST_MAIL_ADDRESS = 254
INTERVAL_CHOICES = [
    SelectChoice("60", _l("at most once an hour")),
    SelectChoice("1440", _l("at most once a day")),
    SelectChoice("10080", _l("at most once a week")),
    SelectChoice("0", _l("at once, each time")),
]


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
        filters=[stripped],
        validators=[DataRequired(_l("Write the address that is to be called.")), Length(max=LONGEST_ADDRESS)],
    )


class AddressForm(Form):
    """An address to be confirmed."""

    address = StringField(
        _l("E-mail address"),
        filters=[stripped],
        validators=[DataRequired(_l("Write an address here.")), Length(max=LONGEST_MAIL_ADDRESS)],
    )
