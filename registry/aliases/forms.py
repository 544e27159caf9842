"""The forms by which a reviewer records another name of a company, and withdraws it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from registry.aliases.store import LONGEST_NAME
from registry.forms import on_one_line
from registry.review.forms import ReasonedForm

__all__ = ["LONGEST_NAME", "AliasForm"]


class AliasForm(ReasonedForm):
    """Another name of a company; a withdrawal leaves the name out."""

    name = StringField(
        _l("Other name"),
        filters=[on_one_line],
        validators=[Length(max=LONGEST_NAME, message=_l("At most %(longest_name)s letters.", longest_name=LONGEST_NAME))],
    )
