"""The idTags that whoever runs the central system gives to an audit, and what they are there."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from registry.errors import CannotBegin

TAG_LIMIT = 20
"""IdToken is a CiString20Type (OCPP 1.6 section 7.28)."""


class TagState(StrEnum):
    """What an idTag is to the central system. `unknown` is one that it is said not to know, `member` one with the same parent as a valid
    one, `single` one that may charge only once at a time.
    """

    VALID = "valid"
    MEMBER = "member"
    SINGLE = "single"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


MADE_UP = "made up"
"""The state of a tag that the audit made up: nobody has said that the central system does not take it."""


@dataclass(frozen=True)
class Tags:
    """The tags by state, as they were given. `made_up` is one that nobody can have entered anywhere."""

    given: tuple[tuple[TagState, str], ...] = ()
    made_up: str = ""

    @classmethod
    def of(cls, given: Iterable[tuple[TagState, str]]) -> Tags:
        """The given ones, and one made up. Raises `CannotBegin` for a tag that none can be, or one of two states."""
        tags = tuple(given)
        for _, tag in tags:
            if not 1 <= len(tag) <= TAG_LIMIT:
                raise CannotBegin(f"tag {tag!r}: an idTag has 1 to {TAG_LIMIT} characters (1.6 7.28); give another one")
        folded = [tag.casefold() for _, tag in tags]
        twice = next((tag for tag in folded if folded.count(tag) > 1), None)
        if twice is not None:
            raise CannotBegin(f"tag {twice!r}: it is given twice; a tag has one state, and its case does not matter (1.6 7.28)")
        return cls(tags, f"PROBE{secrets.token_hex(7).upper()}")

    def first(self, state: TagState) -> str | None:
        """The first tag of this state; None: none was given."""
        return next((tag for given, tag in self.given if given is state), None)

    def all(self, state: TagState) -> tuple[str, ...]:
        """Every tag of this state, in the order given."""
        return tuple(tag for given, tag in self.given if given is state)

    @property
    def nobodys(self) -> str:
        """A tag that the central system should not know: the one that is said to be unknown, or the made-up one."""
        return self.first(TagState.UNKNOWN) or self.made_up


def tag_given(text: str) -> tuple[TagState, str]:
    """`STATE=TAG` as a person writes it; a tag alone is a valid one. Raises `CannotBegin`."""
    state, equals, tag = text.partition("=")
    if not equals:
        return TagState.VALID, text.strip()
    if state.strip().casefold() not in set(TagState):
        raise CannotBegin(f"--tag {state}=...: there is no such state; there are {', '.join(TagState)}")
    return TagState(state.strip().casefold()), tag.strip()
