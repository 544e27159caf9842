"""The forms of the accounts' pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, NumberRange

from registry.accounts.passwords import LONGEST
from registry.accounts.roles import Role, Scope
from registry.accounts.store import LONGEST_NAME
from registry.accounts.tokens import LONGEST_LABEL, MOST_DAYS
from registry.forms import Form, on_one_line

LONGEST_PATH = 2_000
_DAYS = 90


class SignInForm(Form):
    """A name and its password, and where to go then."""

    name = StringField(_l("Name"), filters=[on_one_line], validators=[DataRequired(_l("Write your name here.")), Length(max=LONGEST_NAME)])
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Write your password here.")), Length(max=LONGEST)])
    next = HiddenField(validators=[Length(max=LONGEST_PATH)])


class WelcomeForm(Form):
    """A password, twice."""

    password = PasswordField(_l("New password"), validators=[InputRequired(_l("Write a password here."))])
    again = PasswordField(_l("The same again"), validators=[EqualTo("password", _l("The two passwords differ."))])


class PasswordForm(WelcomeForm):
    """As `WelcomeForm`, with the password that is to be replaced."""

    old = PasswordField(_l("Password until now"), validators=[InputRequired(_l("Write your password here.")), Length(max=LONGEST)])


class TokenForm(Form):
    """What a token is for."""

    label = StringField(
        _l("What for"), filters=[on_one_line], validators=[DataRequired(_l("Say what uses the token.")), Length(max=LONGEST_LABEL)]
    )
    scopes = SelectMultipleField(
        _l("It may"), choices=[str(scope) for scope in Scope], validators=[DataRequired(_l("Choose what it may do."))]
    )
    days = IntegerField(
        _l("Days that it holds"),
        default=_DAYS,
        validators=[InputRequired(_l("Say for how many days.")), NumberRange(1, MOST_DAYS, _l("Between 1 and 366 days."))],
    )


class InviteForm(Form):
    """Who is to have an account."""

    name = StringField(
        _l("Name"), filters=[on_one_line], validators=[DataRequired(_l("Give the account a name.")), Length(max=LONGEST_NAME)]
    )
    role = SelectField(_l("Role"), choices=[str(role) for role in Role], default=str(Role.READER))
