"""The form of a decision in review. What a field may say is checked where the decision is made (`registry.review.values`)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Optional, ValidationError

from registry.certificates.facts import FieldState
from registry.forms import Field, Form, on_one_line
from registry.language import gettext as _
from registry.review.values import LONGEST_TEXT

LONGEST_REASON = 500
SHORTEST_REASON = 3
LONGEST_PATH = 600
LONGEST_MESSAGE = 4000
ACTIONS = ("accept", "correct", "finding-stands", "finding-dismissed", "no-certificate", "undo")
WITHOUT_REASON = ("accept", "finding-stands")
_TOO_LONG = _l("That is longer than anything that belongs here.")


class ReasonedForm(Form):
    """Any decision: why it was taken."""

    reason = StringField(
        _l("Reason"),
        filters=[on_one_line],
        validators=[Length(max=LONGEST_REASON, message=_l("At most %(longest_reason)s letters.", longest_reason=LONGEST_REASON))],
    )

    @property
    def needs_reason(self) -> bool:
        """Whether the decision is one that has to be explained."""
        return True

    def validate_reason(self, field: Field) -> None:
        """Whoever changes what is shown says why."""
        if self.needs_reason and len(field.data or "") < SHORTEST_REASON:
            raise ValidationError(_("Say in a few words why: it is shown beside what was decided."))


class DecisionForm(ReasonedForm):
    """One decision about one document. `reading` and `seen` say what the person had before the eyes."""

    action = HiddenField(validators=[AnyOf(ACTIONS, _l("Use one of the buttons."))])
    field = HiddenField(validators=[Length(max=LONGEST_PATH, message=_TOO_LONG)])
    message = HiddenField(validators=[Length(max=LONGEST_MESSAGE, message=_TOO_LONG)])
    reading = IntegerField(validators=[InputRequired(_l("Load the page anew."))])
    seen = IntegerField(validators=[Optional()])
    decision = IntegerField(validators=[Optional()])
    state = StringField(_l("What it says"), default="read")
    value = StringField(_l("Value"), validators=[Length(max=2 * LONGEST_TEXT, message=_TOO_LONG)])

    @property
    def needs_reason(self) -> bool:
        """Whether something is to be shown otherwise than it was read."""
        return self.action.data not in WITHOUT_REASON

    def validate_state(self, field: Field) -> None:
        """Refuse a state that there is not."""
        if field.data not in [str(state) for state in FieldState]:
            raise ValidationError(_("Choose one of what can be said of the field."))

    @property
    def field_state(self) -> FieldState:
        """The state, once it was found valid."""
        return FieldState(str(self.state.data))
