"""What an audit changed at a station and has not undone yet, written down before it is changed.

Each entry says enough to undo it without anything else: a new process can do so after the old one was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What can be changed and undone."""

    CONFIGURATION = "configuration"
    RESERVATION = "reservation"
    CHARGING_PROFILE = "charging profile"
    AVAILABILITY = "availability"
    TRANSACTION = "transaction"
    LOCAL_LIST = "local list"
    CERTIFICATE = "certificate"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of change


@dataclass(frozen=True)
class Change:
    """One change. `subject` is the key, the reservation's, profile's or connector's number, the idTag's hash of a transaction, the
    certificate in PEM with its type as JSON; `before` what was there: the value, the availability, the list's version; None: nothing.
    """

    kind: Kind
    subject: str
    before: str | None = None

    def is_of(self, other: Change) -> bool:
        """Whether both change the same thing."""
        return (self.kind, self.subject) == (other.kind, other.subject)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Change:
        """What `asdict` made of one. Raises `KeyError`, `ValueError`."""
        before = values["before"]
        return cls(Kind(values["kind"]), str(values["subject"]), None if before is None else str(before))


class Ledger:
    """The open changes of one station, oldest first. `write` keeps what is noted (by default nowhere); what it raises comes through, and
    then nothing may be changed. `before` are changes that an earlier audit left open.
    """

    def __init__(self, write: Callable[[Mapping[str, Any]], None] = lambda _entry: None, before: Sequence[Change] = ()) -> None:
        self._write = write
        self._open = list(before)

    @property
    def open(self) -> tuple[Change, ...]:
        """What is to be undone, in the order in which it was done."""
        return tuple(self._open)

    def add(self, change: Change) -> bool:
        """To be called before the change is asked for. Of one thing only the first change counts: it knows what was there at first; gives
        whether this is it.
        """
        if any(known.is_of(change) for known in self._open):
            return False
        self._write({"change": asdict(change)})
        self._open.append(change)
        return True

    def settle(self, change: Change) -> None:
        """It was undone, or never took place."""
        found = next((known for known in self._open if known.is_of(change)), None)
        if found is not None:
            self._write({"settled": asdict(found)})
            self._open.remove(found)
