"""The forms that ask for audits: of a charging station, of a management system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from registry.audits.credentials import Credentials
from registry.audits.identities import LONGEST_STATION, is_identity
from registry.audits.report import case_titles
from registry.forms import Field, Form, stripped
from registry.language import gettext as _
from registry.marking import N_

ADDRESS_PATTERN = re.compile(r"wss?://[^\s<>\"']{1,500}")
"""What stands for a central system: the address that stations connect to."""

SHORTEST_WAIT, LONGEST_WAIT, DEFAULT_WAIT = 5, 3600, 60


class AuditForm(Form):
    """One device, one certificate, and how far the audit may go."""

    station = StringField(
        _l("Station identity"),
        filters=[stripped],
        validators=[
            DataRequired(_l("Give the identity that the station connects with.")),
            Length(max=LONGEST_STATION, message=_l("At most %(longest_station)s characters.", longest_station=LONGEST_STATION)),
        ],
    )
    certificate = StringField(
        _l("Certificate number"),
        filters=[stripped],
        validators=[
            DataRequired(_l("Give the number of the certificate, such as OCA.0016.0408.CS.")),
            Length(max=64, message=_l("That is longer than any certificate number.")),
        ],
    )
    read_only = BooleanField(_l("Ask, without changing anything"), default=True)
    reversible = BooleanField(_l("Change settings and put them back"))
    in_session = BooleanField(_l("Charge a car that is there"))
    disruptive = BooleanField(_l("Restart, unlock, take out of service"))
    person = BooleanField(_l("Ask somebody at the station to do things"))
    wait_seconds = IntegerField(
        _l("Wait for the station"),
        default=DEFAULT_WAIT,
        validators=[
            InputRequired(_l("Give a whole number of seconds.")),
            NumberRange(
                SHORTEST_WAIT,
                LONGEST_WAIT,
                _l("Between %(shortest_wait)s and %(longest_wait)s seconds.", shortest_wait=SHORTEST_WAIT, longest_wait=LONGEST_WAIT),
            ),
        ],
    )

    def validate_station(self, field: Field) -> None:
        """Refuse what could not stand in the address that the station connects to."""
        if not is_identity(field.data):
            raise ValidationError(
                _("It begins with a letter or a digit, has no sign that is not seen and no empty part between slashes: as in its settings.")
            )

    @property
    def tiers(self) -> list[str]:
        """The tiers that the audit may use; listening alone is always one of them. What needs a laboratory is for the command line."""
        allowed = {"read-only": self.read_only, "reversible": self.reversible, "in-session": self.in_session}
        allowed |= {"disruptive": self.disruptive, "person": self.person}
        return ["passive", *(tier for tier, field in allowed.items() if field.data)]


LONGEST_ADDRESS, LONGEST_TAG = 500, 20
LONGEST_PASSWORD, LONGEST_PEM = 200, 40_000
TAG_STATES = ("valid", "member", "single", "blocked", "expired", "unknown")
"""What an idTag can be to a central system, as an audit needs to know it; the first one is what most cases need."""

LOADS = {"0": N_("one, as always"), "10": "10", "100": N_("10, then 100"), "1000": N_("10, 100, then 1,000")}


def _tag(label: str) -> StringField:
    return StringField(
        label,
        filters=[stripped],
        validators=[Length(max=LONGEST_TAG, message=_l("An idTag has at most %(longest_tag)s characters.", longest_tag=LONGEST_TAG))],
    )


def _pem(label: str) -> TextAreaField:
    return TextAreaField(
        label, filters=[stripped], validators=[Length(max=LONGEST_PEM, message=_l("That is longer than any certificate, or key."))]
    )


class CentralAuditForm(Form):
    """One central system, one certificate, and what the audit is given there."""

    address = StringField(
        _l("Address of the management system"),
        filters=[stripped],
        validators=[
            DataRequired(_l("Give the address that its charging stations connect to, without a station's identity.")),
            Length(max=LONGEST_ADDRESS, message=_l("At most %(longest_address)s characters.", longest_address=LONGEST_ADDRESS)),
        ],
    )
    identity = StringField(
        _l("Identity of our station there"),
        filters=[stripped],
        validators=[
            DataRequired(_l("Give the identity under which our station is registered there.")),
            Length(max=LONGEST_STATION, message=_l("At most %(longest_station)s characters.", longest_station=LONGEST_STATION)),
        ],
    )
    certificate = StringField(
        _l("Certificate number"),
        filters=[stripped],
        validators=[
            DataRequired(_l("Give the number of the certificate, such as OCA.0016.0118.CSMS.")),
            Length(max=64, message=_l("That is longer than any certificate number.")),
        ],
    )
    valid = _tag(_l("Valid idTag"))
    member = _tag(_l("Second idTag of the same group"))
    single = _tag(_l("idTag that may charge once at a time"))
    blocked = _tag(_l("Blocked idTag"))
    expired = _tag(_l("Expired idTag"))
    unknown = _tag(_l("idTag that is unknown there"))
    password = PasswordField(
        _l("Password of our station there"),
        validators=[Length(max=LONGEST_PASSWORD, message=_l("A password has at most %(longest)s characters.", longest=LONGEST_PASSWORD))],
    )
    authority = _pem(_l("Certificate of the authority that signed its certificate"))
    own_certificate = _pem(_l("Certificate of our station"))
    own_key = _pem(_l("Private key of our station"))
    person = BooleanField(_l("Ask somebody at the management system to send things"), default=True)
    load = SelectField(
        _l("Stations at once"),
        choices=[SelectChoice(value, label) for value, label in LOADS.items()],
        default="0",
    )
    cases = StringField(
        _l("Only these test cases"), filters=[stripped], validators=[Length(max=1000, message=_l("At most 1,000 characters."))]
    )

    def validate_cases(self, _field: Field) -> None:
        """Refuse what is no case for central systems."""
        unknown = unknown_case(self.case_names)
        if unknown is not None:
            raise ValidationError(
                _("There is no test case %(unknown)s for management systems; they are named like TC_012_CSMS.", unknown=unknown)
            )

    @property
    def case_names(self) -> list[str]:
        """The cases that were written, as the catalogue spells them; none: all."""
        written = (name.upper() for name in re.split(r"[\s,;]+", self.cases.data or "") if name)
        return [name if name.endswith("_CSMS") else f"{name}_CSMS" for name in written]

    def validate_address(self, field: Field) -> None:
        """Refuse what is no address of a WebSocket, or carries a password that would be shown."""
        checked_address(field.data)

    def validate_identity(self, field: Field) -> None:
        """Refuse what could not stand in the address that our station connects to."""
        if not is_identity(field.data):
            raise ValidationError(_("It begins with a letter or a digit, has no sign that is not seen and no empty part between slashes."))

    def validate_password(self, field: Field) -> None:
        """A station shows a password or a certificate: the security profiles have no third way."""
        if field.data and (self.own_certificate.data or self.own_key.data):
            raise ValidationError(_("Give a password or a certificate, not both: a station shows one of them."))

    def validate_authority(self, field: Field) -> None:
        """Refuse what is no certificate, or of no use without TLS."""
        _check_pem(field.data, "CERTIFICATE")
        self._needs_tls(field.data)

    def validate_own_certificate(self, field: Field) -> None:
        """Refuse what is no certificate, has no key, or is of no use without TLS."""
        _check_pem(field.data, "CERTIFICATE")
        self._needs_tls(field.data)
        if field.data and not self.own_key.data:
            raise ValidationError(_("Its private key is missing: they belong together."))

    def validate_own_key(self, field: Field) -> None:
        """Refuse what is no key that can be used as it is, or has no certificate."""
        _check_pem(field.data, "PRIVATE KEY")
        if "ENCRYPTED" in (field.data or ""):
            raise ValidationError(_("The key is encrypted: give it without a passphrase."))
        if field.data and not self.own_certificate.data:
            raise ValidationError(_("Its certificate is missing: they belong together."))

    def _needs_tls(self, given: str | None) -> None:
        if given and urlsplit(str(self.address.data or "")).scheme != "wss":
            raise ValidationError(_("Certificates are for an address that begins with wss://."))

    @property
    def credentials(self) -> Credentials:
        """What our station shows there."""
        return Credentials(self.password.data or "", self.authority.data or "", self.own_certificate.data or "", self.own_key.data or "")

    @property
    def id_tags(self) -> dict[str, str]:
        """The state there of each idTag that was given."""
        return {self[state].data: state for state in TAG_STATES if self[state].data}

    @property
    def tag_given_twice(self) -> str | None:
        """A tag that stands in two fields; None: there is none."""
        folded = [self[state].data.casefold() for state in TAG_STATES if self[state].data]
        return next((tag for tag in folded if folded.count(tag) > 1), None)


def checked_address(text: str) -> str:
    """The address of a management system, as it was written. Raises ValidationError for what is none, or carries a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValidationError(_("That is no address: write ws://HOST:PORT/PATH or wss://HOST/PATH.")) from error
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or parts.query or parts.fragment or port == 0:
        raise ValidationError(_("Write ws://HOST:PORT/PATH or wss://HOST/PATH, with nothing after the path."))
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("Leave the password out of the address: it has a field of its own."))
    return text


def _check_pem(text: str | None, kind: str) -> None:
    begins = re.compile(rf"-----BEGIN [A-Z0-9 ]*{kind}-----")
    if text and not begins.match(text):
        raise ValidationError(_("That is none in PEM: it begins with -----BEGIN %(kind)s-----.", kind=kind))


def unknown_case(names: Iterable[str]) -> str | None:
    """The first of these that is no test case for management systems; None: all are."""
    return next((name for name in names if name not in case_titles() or not name.endswith("_CSMS")), None)
