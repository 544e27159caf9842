"""What became of each document of an ingest, as commands print it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry.certificates.facts import Finding


class Status(StrEnum):
    """What became of one document."""

    NEW = "new"
    """A certificate that the registry did not have."""
    ANOTHER = "another document"
    """A further document, or a further reading, of a certificate that the registry has."""
    KNOWN = "known"
    """The same document, read as before: nothing changed."""
    REVIEW = "for review"
    """Stored, but its number was not read with certainty, so it is no entry of the catalogue yet."""
    WAITING = "waiting"
    """Kept, and read as soon as what it waits for is installed."""
    REFUSED = "refused"
    """No certificate, or not readable; nothing of it was stored."""


@dataclass(frozen=True)
class Outcome:
    """One document's fate. `source` is the path, the member of an archive (`archive.zip!name`) or the address.

    `unread` names the fields that were printed or expected and not read with certainty.
    """

    source: str
    status: Status
    sha256: str | None = None
    number: str | None = None
    revision: str | None = None
    unread: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    message: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether the document was read whole."""
        return self.status not in (Status.REFUSED, Status.WAITING) and not self.unread

    def to_json(self) -> dict[str, Any]:
        """The entry of `ocpp-registry ingest --json`."""
        return {
            "path": self.source,
            "status": str(self.status),
            "sha256": self.sha256,
            "number": self.number,
            "revision": self.revision,
            "unread": list(self.unread),
            "findings": [finding.to_json() for finding in self.findings],
            "message": self.message,
        }


@dataclass(frozen=True)
class Progress:
    """After each document: how many of how many are done, and what became of this one. Archives add to the total when opened."""

    done: int
    total: int
    outcome: Outcome
