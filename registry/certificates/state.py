"""Whether a certificate holds today, by the revisions of its number and by the OCA's list. Pure: all who tell it ask here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.matching.revisions import UNTOLD, held_now


class State(StrEnum):
    """In a word how a certificate stands."""

    HOLDS = "holds"
    SUPERSEDED = "superseded"
    UNTOLD = "which revision holds is not known"
    WITHDRAWN = "withdrawn from the OCA list"


@dataclass(frozen=True)
class Standing:
    """How a certificate stands. `held_now` is the revision that holds in its place (see `registry.matching.revisions`); `is_withdrawn`
    tells that the OCA's list had it, and that the current one has it no more.
    """

    held_now: str | None = None
    is_withdrawn: bool = False

    @property
    def state(self) -> State:
        """Withdrawn goes before superseded: the more a reader must beware, the earlier."""
        if self.is_withdrawn:
            return State.WITHDRAWN
        if self.held_now == UNTOLD:
            return State.UNTOLD
        return State.HOLDS if self.held_now is None else State.SUPERSEDED


HOLDING = Standing()


def standing(dated: Mapping[str, date | None], revision: str, *, was_listed: bool, is_listed: bool) -> Standing:
    """How `revision` stands, among all revisions of its number by their days. `was_listed` tells that any list ever had it."""
    return Standing(held_now(dated, revision), is_withdrawn=was_listed and not is_listed)
