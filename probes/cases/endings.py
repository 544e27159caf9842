"""How a case can end before its last step. None of them says anything of the station's worth: that is the judge's business."""

from __future__ import annotations


class NotExercised(Exception):
    """What the case needs is not given, or it would not be safe now; the message says which."""


class CannotDo(NotExercised):
    """The person at the station said so."""


class NotApplicable(Exception):
    """The case is not about such a product; the message cites why."""


class NoAnswer(Exception):
    """A request was not answered in time; the message says which and how long was waited."""


class Gone(Exception):
    """The station went away."""
