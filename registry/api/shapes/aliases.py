"""The other names of companies, as people recorded them."""

from __future__ import annotations

from registry.aliases.store import LONGEST_NAME
from registry.api.fields import Shape, Taken, asked_text, many, number, text
from registry.review.forms import LONGEST_REASON, SHORTEST_REASON


class AliasShape(Shape):
    """A record that a name is another name of a holder. Who made it is in the event log."""

    id = number("The record's id.")
    holder = text("The holder.")
    name = text("The other name.")
    reason = text("Why they are one company.")
    recorded_at = text("When it was recorded.", form="date-time")


class AliasesShape(Shape):
    """All records that hold."""

    aliases = many(AliasShape, "They, the first made first.")


class ReasonTaken(Taken):
    """Why something is done."""

    reason = asked_text("Why, in a few words.", LONGEST_REASON, shortest=SHORTEST_REASON, needed=True)


class AliasTaken(ReasonTaken):
    """That two names are one company's."""

    holder = asked_text("The holder, by the slug of its address.", LONGEST_NAME, shortest=1, needed=True)
    name = asked_text("The other name, as it is written.", LONGEST_NAME, shortest=1, needed=True)
