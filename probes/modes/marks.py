"""What an audit writes of its cases beside the frames, and what a replay reads of it. Pure.

A case's first mark stands before the first thing that it does, its last one after the last. One that was not carried out to its end has
another one that says why, also where it did nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from probes.judge.verdicts import CaseRun
from probes.wire.records import ConnectionEvent, EventKind, Record

OVER = "over"
"""The step of the mark that says why a case was not carried out to its end."""


@dataclass(frozen=True)
class Why:
    """Why a case was not carried out to its end, as a `CaseRun` has it."""

    stopped: str | None = None
    not_applicable: str | None = None
    skipped: str | None = None

    def of(self, run: CaseRun) -> CaseRun:
        """The run of a case that ended so."""
        return replace(run, stopped=self.stopped, not_applicable=self.not_applicable, skipped=self.skipped)


def over_mark(kind: str, run: CaseRun) -> dict[str, Any] | None:
    """The mark of a case, or trial, that did not come to its end; None for one that did."""
    told = {"stopped": run.stopped, "notApplicable": run.not_applicable, "skipped": run.skipped}
    reasons = {name: reason for name, reason in told.items() if reason is not None}
    return {kind: run.id, "step": OVER, **reasons} if reasons else None


def kept_from_end(records: Iterable[Record], kind: str) -> dict[str, Why]:
    """Each case, or trial, that these records say was not carried out to its end."""
    found: dict[str, Why] = {}
    for record in records:
        if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and isinstance(case := record.detail.get(kind), str):
            stopped, not_applicable, skipped = (record.detail.get(name) for name in ("stopped", "notApplicable", "skipped"))
            if record.detail.get("step") == OVER:
                found[case] = Why(_text(stopped), _text(not_applicable), _text(skipped))
    return found


def _text(reason: object) -> str | None:
    return reason if isinstance(reason, str) else None
