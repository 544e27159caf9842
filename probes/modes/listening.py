"""Who listens on a relayed line."""

from __future__ import annotations

from typing import Any, Protocol

from probes.wire.records import Direction


class Auditor(Protocol):
    """Who is told what passes; must neither wait nor raise. `line` is the number of the station's connection."""

    def opened(self, line: int, identity: str, detail: dict[str, Any]) -> None:
        """A station is connected through."""

    def refused(self, identity: str, detail: dict[str, Any]) -> None:
        """A station was not connected through."""

    def frame(self, line: int, direction: Direction, message: str | bytes) -> None:
        """A message passed between the station and what it takes for its central system."""

    def closed(self, line: int, code: int, reason: str) -> None:
        """The station's connection is over."""

    def noted(self, line: int, text: str) -> None:
        """Something that a report must say."""

    def missed(self, line: int) -> None:
        """Something passed that could not be read."""

    def excused(self, line: int, message_id: str) -> None:
        """A call that the station need not answer: a question of the relay's own was given up, and the central system's came upon it."""
