"""Carrying a decision out: one transaction in which it is noted, shown, and all checks that go by it are made anew."""

from __future__ import annotations

from dataclasses import dataclass

from registry.certificates.facts import FieldState
from registry.db import lock_for_writing
from registry.review import decisions, standing
from registry.site import Site


@dataclass(frozen=True)
class Wish:
    """What somebody wants to decide; `action` is one of `registry.review.forms.ACTIONS`, and the rest is as its form has it."""

    action: str
    reading: int
    seen: int | None
    reason: str
    field: str = ""
    state: str = "read"
    value: str = ""
    message: str = ""
    decision: int = 0


def carry_out(site: Site, sha256: str, wish: Wish, who: str) -> int:
    """Carry the decision out; gives its id. Raises RegistryError with a sentence for the person, and then nothing has changed."""
    by = decisions.By(who, wish.reason, wish.reading, wish.seen)
    with site.sessions.begin() as writing:
        lock_for_writing(writing)
        before = standing.held(writing, sha256)
        match wish.action:
            case "accept":
                decision = decisions.accept(writing, sha256, wish.field, by)
            case "correct":
                decision = decisions.correct(writing, sha256, wish.field, FieldState(wish.state), wish.value, by)
            case "no-certificate":
                decision = decisions.no_certificate(writing, sha256, by)
            case "undo":
                decision = decisions.undo(writing, sha256, wish.decision, by)
            case stands:
                rule = wish.field.partition(":")[2]
                decision = decisions.decide_finding(writing, sha256, rule, wish.message, by, stands=stands == "finding-stands")
        if site.recheck is not None:
            site.recheck(writing, sha256, before)
    return decision
