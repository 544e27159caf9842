"""What an audit of a central system says of itself at the end of its transcript, so that the transcript alone can be judged again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from probes.judge.verdicts import CaseRun
from probes.wire.records import ConnectionEvent, EventKind, Record

ACCOUNT = "account"
"""In the detail of an audit's event: what no frame shows."""

GIVEN = "given"
"""In the detail of an audit's event, the first record of all: what the audit was told of idTags."""


@dataclass(frozen=True)
class Account:
    """How the cases and trials were run, `left_out` those that were not with the reason, what the audit `left` behind there, its `notes`,
    why it went no further (`broken_off`, None: it did), what `version` its people say the central system has, and how many seconds an
    answer was waited for (`patience`; None: as long as the certificate wants it).
    """

    runs: tuple[CaseRun, ...] = ()
    trials: tuple[CaseRun, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    broken_off: str | None = None
    version: str | None = None
    patience: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the transcript."""
        return asdict(self)


def account_in(records: Iterable[Record]) -> Account | None:
    """The account at the end of these records; None where there is none, or none that can be read."""
    for record in records:
        told = record.detail.get(ACCOUNT) if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT else None
        if isinstance(told, Mapping):
            try:
                return _account(told)
            except (KeyError, TypeError, ValueError):
                return None
    return None


def _account(told: Mapping[str, Any]) -> Account:
    patience = told["patience"]
    return Account(
        tuple(_run(each) for each in told["runs"]),
        tuple(_run(each) for each in told["trials"]),
        tuple((str(case), str(reason)) for case, reason in told["left_out"]),
        tuple(map(str, told["left"])),
        tuple(map(str, told["notes"])),
        _text(told["broken_off"]),
        _text(told["version"]),
        None if patience is None else float(patience),
    )


def _run(told: Mapping[str, Any]) -> CaseRun:
    reasons = {name: _text(told[name]) for name in ("stopped", "not_applicable", "skipped")}
    return CaseRun(
        str(told["id"]),
        str(told["profile"]),
        int(told["first"]),
        int(told["last"]),
        changed=tuple(map(str, told["changed"])),
        watched=bool(told["watched"]),
        found=bool(told["found"]),
        **reasons,
    )


def _text(told: object) -> str | None:
    return None if told is None else str(told)


def is_whole_audit(records: Sequence[Record]) -> bool:
    """Whether these are all records, from the first on, that an audit of a central system made: what is not in them did not happen."""
    if not records or not isinstance(records[0], ConnectionEvent) or GIVEN not in records[0].detail:
        return False
    numbered = all(record.seq == number for number, record in enumerate(records, start=1))
    return numbered and all(one.elapsed <= other.elapsed for one, other in pairwise(records))
