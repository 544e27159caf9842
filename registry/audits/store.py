"""Audit records: asked for, begun, followed and ended. Each step is one conditional statement, so that of two who try, one does it.

Times come from the clock that is handed in, in UTC.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from registry.audits.credentials import Credentials
from registry.audits.models import ACTIVE, Audit, AuditProgress, AuditPrompt, AuditState
from registry.db import Clock, lock_for_writing, utc_now, vault_of
from registry.errors import CannotBegin, RegistryError
from registry.events import EventKind, Happening, record, tell
from registry.sentences import Sentence

__all__ = [
    "ANSWERS",
    "OVER",
    "AuditState",
    "AuditSummary",
    "AuditView",
    "OpenPrompt",
    "ProgressLine",
    "active_for",
    "answer",
    "answer_of",
    "ask_person",
    "cancel",
    "everything",
    "fail",
    "finish",
    "page",
    "recent",
    "record_progress",
    "request",
    "requeue",
    "running",
    "start",
    "view",
]

ANSWERS = ("done", "cannot do")
"""What a person can answer."""

OVER = "over"
"""The answer of a question that nobody needs to answer any more."""

_CREDENTIALS = "credentials"
"""Under which name they stand among what an audit was given."""

_SEALED = "sealed"

DEFAULT_MODE = "takeover"
CENTRAL_MODE = "charge-point"
"""The mode of an audit of a central system: our stations connect to it."""

DEFAULT_TIERS = ("passive", "read-only")
DEFAULT_WAIT_SECONDS = 60.0
MOST_LISTED = 500
STREAM_ROWS = 500


@dataclass(frozen=True)
class ProgressLine:
    """`done` of `total` steps, and what is being done, in words."""

    position: int
    at: datetime
    done: int
    total: int
    text: str


@dataclass(frozen=True)
class OpenPrompt:
    """What a running audit waits for a person to do, until when."""

    position: int
    text: str
    until: datetime


@dataclass(frozen=True)
class AuditSummary:
    """One audit as a list shows it. `verdict` is the report's (`conformant`, `deviates`, `inconclusive`), None before there is one."""

    id: str
    state: AuditState
    station_id: str
    certificate_number: str
    mode: str
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    verdict: str | None
    error: str | None

    def to_json(self) -> dict[str, Any]:
        """The audit's line for programs."""
        moments = {name: getattr(self, name) for name in ("requested_at", "started_at", "ended_at")}
        return {
            "id": self.id,
            "station": self.station_id,
            "certificate": self.certificate_number,
            "mode": self.mode,
            "state": str(self.state),
            "verdict": self.verdict,
            **{name: at.isoformat() if at is not None else None for name, at in moments.items()},
            "reason": self.error,
        }

    @property
    def active(self) -> bool:
        """Whether it is waiting or running."""
        return self.state in ACTIVE


@dataclass(frozen=True)
class AuditView(AuditSummary):
    """One audit with all that is known of it. `report` is the JSON of the contract; `error` says in one line why there is none."""

    tiers: tuple[str, ...]
    cases: tuple[str, ...]
    wait_seconds: float
    report: Mapping[str, Any] | None
    transcript_sha256: str | None
    progress: tuple[ProgressLine, ...]
    prompt: OpenPrompt | None = None
    given: Mapping[str, Any] | None = None
    id_tags: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: Credentials = field(default_factory=Credentials, repr=False)

    @property
    def is_central(self) -> bool:
        """Whether it is the audit of a central system."""
        return self.mode == CENTRAL_MODE


def request(
    session: Session,
    station_id: str,
    certificate_number: str,
    mode: str = DEFAULT_MODE,
    *,
    tiers: Sequence[str] = DEFAULT_TIERS,
    cases: Sequence[str] = (),
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    campaign_id: str | None = None,
    given: Mapping[str, Any] | None = None,
    id_tags: Mapping[str, str] | None = None,
    credentials: Credentials | None = None,
    clock: Clock = utc_now,
) -> str:
    """Ask for an audit of `station_id` against a certificate; returns the audit's id. `given`, `id_tags` (state by tag) and `credentials`
    are for central systems; the last two are kept until the audit has ended.

    Raises CannotBegin when the station has an audit that is waiting or running: two at once would disturb each other.
    """
    lock_for_writing(session)
    active = active_for(session, station_id)
    if active is not None:
        raise CannotBegin(
            Sentence(
                "%(station_id)s is already under audit (%(audit)s, %(state)s): wait for it to end, or cancel it",
                station_id=station_id,
                audit=active.id,
                state=active.state,
            )
        )
    audit_id, now = str(uuid.uuid4()), clock()
    kept = credentials.to_keep() if credentials is not None else None
    values = {
        "id": audit_id,
        "state": str(AuditState.QUEUED),
        "station_id": station_id,
        "certificate_number": certificate_number,
        "mode": mode,
        "tiers": list(tiers),
        "cases": list(cases),
        "wait_seconds": wait_seconds,
        "requested_at": now,
        "campaign_id": campaign_id,
        "given": _sealed(session, given if kept is None else {**(given or {}), _CREDENTIALS: kept}),
        "id_tags": _sealed(session, id_tags),
    }
    session.execute(insert(Audit).values(values))
    asked = {"campaign": campaign_id} if campaign_id is not None else {}
    tell(session, now, "audit", "asked for", audit=audit_id, certificate=certificate_number, **asked)
    return audit_id


def start(session: Session, audit_id: str, *, clock: Clock = utc_now) -> bool:
    """Begin a waiting audit. True for the one caller who may carry it out; False when it was begun, ended or cancelled already."""
    return _move(session, audit_id, (AuditState.QUEUED,), state=AuditState.RUNNING, started_at=clock())


def record_progress(session: Session, audit_id: str, done: int, total: int, text: str, *, clock: Clock = utc_now) -> bool:
    """Add a line of progress. False, and nothing added, when the audit does not run (any more): it was cancelled, say."""
    lock_for_writing(session)
    if _state(session, audit_id) is not AuditState.RUNNING:
        return False
    last = session.scalar(select(func.max(AuditProgress.position)).where(AuditProgress.audit_id == audit_id)) or 0
    session.execute(insert(AuditProgress).values(audit_id=audit_id, position=last + 1, at=clock(), done=done, total=total, text=text))
    return True


def finish(session: Session, audit_id: str, report: Mapping[str, Any], transcript_sha256: str | None, *, clock: Clock = utc_now) -> bool:
    """End a running audit with its report. True when it is done now.

    The report of an audit that was cancelled meanwhile is kept too, as it is evidence, but the audit stays cancelled: False.
    Raises RegistryError for an audit that never ran or has a report already, which is never overwritten.
    """
    now = clock()
    evidence: dict[str, Any] = {"report": dict(report), "verdict": report.get("verdict"), "transcript_sha256": transcript_sha256}
    done = _move(session, audit_id, (AuditState.RUNNING,), state=AuditState.DONE, ended_at=now, **_wiped(session, audit_id), **evidence)
    if not done and not _move(session, audit_id, (AuditState.CANCELLED,), report_missing=True, **evidence):
        raise RegistryError(
            Sentence(
                "audit %(audit)s is %(state)s: its report cannot be stored, ask for another audit",
                audit=audit_id,
                state=_state(session, audit_id),
            )
        )
    number, station_id, mode = session.execute(
        select(Audit.certificate_number, Audit.station_id, Audit.mode).where(Audit.id == audit_id)
    ).one()
    payload = {"audit": audit_id, "verdict": report.get("verdict"), "transcript": transcript_sha256, "mode": mode}
    record(session, now, [Happening(EventKind.AUDITED, "audit", number, None, payload, device=station_id)])
    return done


def fail(session: Session, audit_id: str, line: str, *, clock: Clock = utc_now) -> bool:
    """End an audit that could not be carried out; `line` says why. False when it had ended already, which stays as it is."""
    return _move(session, audit_id, ACTIVE, state=AuditState.FAILED, ended_at=clock(), error=line, **_wiped(session, audit_id))


def cancel(session: Session, audit_id: str, *, clock: Clock = utc_now) -> bool:
    """End an audit on a person's wish. False when it had ended already."""
    now = clock()
    done = _move(session, audit_id, ACTIVE, state=AuditState.CANCELLED, ended_at=now, **_wiped(session, audit_id))
    if done:
        tell(session, now, "audit", "cancelled", audit=audit_id)
    return done


def view(session: Session, audit_id: str) -> AuditView | None:
    """The audit with its report and its progress, oldest line first; None when there is no such audit. Three statements at most."""
    audit = session.get(Audit, audit_id, populate_existing=True)
    if audit is None:
        return None
    given = _opened(session, audit.given)
    lines = session.scalars(select(AuditProgress).where(AuditProgress.audit_id == audit_id).order_by(AuditProgress.position))
    return AuditView(
        **{name: getattr(audit, name) for name in _SUMMARY if name != "state"},
        state=AuditState(audit.state),
        tiers=tuple(audit.tiers),
        cases=tuple(audit.cases),
        wait_seconds=audit.wait_seconds,
        report=audit.report,
        transcript_sha256=audit.transcript_sha256,
        progress=tuple(ProgressLine(line.position, line.at, line.done, line.total, line.text) for line in lines),
        prompt=_open_prompt(session, audit_id) if audit.state == AuditState.RUNNING else None,
        given={name: value for name, value in given.items() if name != _CREDENTIALS} if given is not None else None,
        id_tags=_opened(session, audit.id_tags) or {},
        credentials=Credentials.of((given or {}).get(_CREDENTIALS) or {}),
    )


def ask_person(session: Session, audit_id: str, text: str, until: datetime, *, clock: Clock = utc_now) -> int:
    """Put a question to whoever is at the device; gives its number within the audit."""
    lock_for_writing(session)
    last = session.scalar(select(func.max(AuditPrompt.position)).where(AuditPrompt.audit_id == audit_id)) or 0
    session.execute(insert(AuditPrompt).values(audit_id=audit_id, position=last + 1, asked_at=clock(), until=until, text=text))
    return last + 1


def answer_of(session: Session, audit_id: str, position: int) -> str | None:
    """What was answered; None while nothing was."""
    return session.scalar(select(AuditPrompt.answer).where(AuditPrompt.audit_id == audit_id, AuditPrompt.position == position))


def answer(session: Session, audit_id: str, position: int, text: str, *, clock: Clock = utc_now) -> bool:
    """Answer a question that waits (one of `ANSWERS`, or `OVER`). False when it was answered already, or is over."""
    lock_for_writing(session)
    now = clock()
    statement = (
        update(AuditPrompt)
        .where(AuditPrompt.audit_id == audit_id, AuditPrompt.position == position, AuditPrompt.answer.is_(None))
        .values(answer=text, answered_at=now)
    )
    result = cast(CursorResult[Any], session.execute(statement, execution_options={"synchronize_session": False}))
    if result.rowcount == 1 and text in ANSWERS:
        tell(session, now, "audit", "prompt answered", audit=audit_id, position=position, answer=text)
    return result.rowcount == 1


def _open_prompt(session: Session, audit_id: str) -> OpenPrompt | None:
    statement = (
        select(AuditPrompt).where(AuditPrompt.audit_id == audit_id, AuditPrompt.answer.is_(None)).order_by(AuditPrompt.position.desc())
    )
    found = session.scalars(statement.limit(1)).first()
    return None if found is None else OpenPrompt(found.position, found.text, found.until)


def requeue(session: Session, audit_id: str) -> bool:
    """Let an audit that was running when its worker was stopped wait for a worker again. False when it does not run."""
    return _move(session, audit_id, (AuditState.RUNNING,), state=AuditState.QUEUED, started_at=None)


def recent(session: Session, limit: int, station_id: str | None = None, certificate: str | None = None) -> tuple[AuditSummary, ...]:
    """The last `limit` audits, newest first, of one station or against one certificate where asked for. One statement."""
    statement = _summaries().order_by(Audit.requested_at.desc(), Audit.id).limit(min(max(limit, 0), MOST_LISTED))
    if station_id is not None:
        statement = statement.where(Audit.station_id == station_id)
    if certificate is not None:
        statement = statement.where(Audit.certificate_number == certificate)
    return _fetch(session, statement)


def everything(session: Session) -> Iterator[AuditSummary]:
    """All audits, the newest first, some hundred at a time. One statement."""
    statement = _summaries().order_by(Audit.requested_at.desc(), Audit.id).execution_options(yield_per=STREAM_ROWS)
    for row in session.execute(statement).mappings():
        yield AuditSummary(**{**row, "state": AuditState(row["state"])})


def page(
    session: Session, first: int, length: int, station_id: str | None = None, certificate: str | None = None
) -> tuple[tuple[AuditSummary, ...], int]:
    """`length` audits from the `first` on (counted from 0), newest first, of one station or against one certificate where asked for, and
    how many there are. Two statements.
    """
    wanted = [column == value for column, value in ((Audit.station_id, station_id), (Audit.certificate_number, certificate)) if value]
    statement = _summaries().where(*wanted).order_by(Audit.requested_at.desc(), Audit.id).limit(length).offset(first)
    return _fetch(session, statement), session.scalar(select(func.count(Audit.id)).where(*wanted)) or 0


def running(session: Session) -> tuple[AuditSummary, ...]:
    """The audits that run, or that ran when their worker was stopped."""
    return _fetch(session, _summaries().where(Audit.state == AuditState.RUNNING).order_by(Audit.started_at, Audit.id))


def active_for(session: Session, station_id: str) -> AuditSummary | None:
    """The station's audit that is waiting or running."""
    found = _fetch(session, _summaries().where(Audit.station_id == station_id, Audit.state.in_(ACTIVE)))
    return found[0] if found else None


_SUMMARY = ("id", "state", "station_id", "certificate_number", "mode", "requested_at", "started_at", "ended_at", "verdict", "error")


def _summaries() -> Any:
    """Lists leave the reports in the database: one of them can be a hundred times the size of its line."""
    return select(*(getattr(Audit, name) for name in _SUMMARY))


def _fetch(session: Session, statement: Any) -> tuple[AuditSummary, ...]:
    return tuple(AuditSummary(**{**row, "state": AuditState(row["state"])}) for row in session.execute(statement).mappings())


def _move(session: Session, audit_id: str, allowed: Sequence[AuditState], *, report_missing: bool = False, **values: Any) -> bool:
    """Change the audit if it is in one of the `allowed` states (and has no report yet); tells whether it was."""
    lock_for_writing(session)
    statement = update(Audit).where(Audit.id == audit_id, Audit.state.in_(allowed))
    if report_missing:
        statement = statement.where(Audit.verdict.is_(None))
    result = cast(CursorResult[Any], session.execute(statement.values(values), execution_options={"synchronize_session": False}))
    if result.rowcount == 0:
        _state(session, audit_id)
    return result.rowcount == 1


def _sealed(session: Session, secret: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if secret is None else {_SEALED: vault_of(session).seal(json.dumps(dict(secret)))}


def _wiped(session: Session, audit_id: str) -> dict[str, Any]:
    """What is forgotten when an audit ends: idTags and credentials. What can not be opened any more is forgotten as a whole."""
    given = session.scalar(select(Audit.given).where(Audit.id == audit_id))
    if given is None:
        return {"id_tags": None}
    try:
        told = _opened(session, given) or {}
    except CannotBegin:
        return {"id_tags": None, "given": None}
    if _CREDENTIALS not in told:
        return {"id_tags": None}
    return {"id_tags": None, "given": _sealed(session, {name: value for name, value in told.items() if name != _CREDENTIALS})}


def _opened(session: Session, kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if kept is None or _SEALED not in kept:
        return None if kept is None else dict(kept)  # of audits from before such things were sealed
    opened: dict[str, Any] = json.loads(vault_of(session).open(kept[_SEALED]))
    return opened


def _state(session: Session, audit_id: str) -> AuditState:
    state = session.scalar(select(Audit.state).where(Audit.id == audit_id))
    if state is None:
        raise RegistryError(Sentence("there is no audit %(audit)s: look it up among the registry's audits", audit=audit_id))
    return AuditState(state)
