"""Audits as jobs: what the web page asks for, a worker does.

The queue is huey's SQLite file. A message carries only the audit's id, as JSON: what is to be done stands in the registry's audit
record, so that a message can be read by any version and can carry nothing harmful.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from huey.api import SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.orm import Session, sessionmaker

from probes.audit import AuditResult
from probes.cases.prompts import Operator
from probes.central.tags import Tags, TagState
from probes.operators import RecordedOperator
from registry.aliases.queries import recorded
from registry.audits import store
from registry.audits.credentials import Credentials
from registry.certificates import queries
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin, RegistryError
from registry.matching.aliases import Alias
from registry.sentences import KeptSentence
from registry.settings import Settings

log = structlog.get_logger()

AUDIT_TASK = "audit"
POLL_SECONDS = 0.5
"""How often an idle worker looks for a new job."""

CANCEL_SECONDS = 1.0
"""How often a worker looks whether somebody has cancelled its audit."""

MOST_STARTS = 3
"""How often an audit is taken up again after its worker was stopped: it may be what stops it."""

STOPPED = KeptSentence("The worker was stopped while this audit ran; it goes on.")

WITH_PERSON = frozenset({"in-session", "disruptive", "person", "laboratory"})
"""The tiers whose cases may need somebody at the device."""


class JsonMessages(Serializer):
    """Writes a job message as JSON instead of huey's pickle: a queue file must not be able to run code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps({"id": data.id, "name": data.name, "args": list(data.args)}).encode()

    def _deserialize(self, data: bytes) -> Message:
        message = json.loads(data)
        unset = dict.fromkeys(Message._fields)
        return Message(**unset | {"id": message["id"], "name": message["name"], "args": tuple(message["args"]), "kwargs": {}})


@dataclass(frozen=True)
class CentralOrder:
    """What an audit of a central system is given: its address, our station's identity there, the idTags; `person`: somebody is to be
    asked; `load`: how many stations may come at once; `credentials`: what our station shows.
    """

    endpoint: str
    identity: str
    tags: Tags
    person: bool
    load: int = 0
    credentials: Credentials = field(default_factory=Credentials, repr=False)


@dataclass(frozen=True)
class AuditOrder:
    """What one audit job is to do, as the audit record says. `central` is for the audit of a central system; None: of a station. `known_as`
    are the records of other names of the certificate's companies.
    """

    audit_id: str
    identity: str
    facts: CertificateFacts
    tiers: tuple[str, ...]
    cases: tuple[str, ...]
    wait_seconds: float
    central: CentralOrder | None = None
    known_as: tuple[Alias, ...] = ()


Progress = Callable[[int, int, str], None]


class Auditor(Protocol):
    """Runs one audit elsewhere (the gateway's event loop) and says how it goes, from whatever thread."""

    def begin(self, order: AuditOrder, on_progress: Progress, operator: Operator | None = None) -> Future[AuditResult]:
        """Begin the audit; the future gives its result or raises `RegistryError`. Cancelled, the audit undoes what it can and ends.

        `operator` is the person at the device (None: nobody).
        """


class Jobs:
    """The queue of audits: `ask` puts one in, `work` takes them out until it is told to stop."""

    def __init__(self, settings: Settings, perform: Callable[[str], None] | None = None) -> None:
        """`perform` does one audit by its id; a process that only asks needs none."""
        settings.home.mkdir(parents=True, exist_ok=True)
        serializer = JsonMessages()  # type: ignore[no-untyped-call]  # huey's own constructor has no types
        self._huey = SqliteHuey("audits", filename=str(settings.job_queue), results=False, serializer=serializer)
        self._task = self._huey.task(name=AUDIT_TASK)(perform or _asks_only)

    def ask(self, audit_id: str) -> None:
        """Queue one audit. Survives a restart of everything."""
        self._task(audit_id)

    def work(self, workers: int) -> None:
        """Perform queued audits, `workers` at a time, until SIGINT or SIGTERM. Must run in the main thread."""
        Consumer(self._huey, workers=workers, periodic=False, max_delay=POLL_SECONDS, shutdown_timeout=5, graceful_signal="INT").run()


def _asks_only(audit_id: str) -> None:
    raise CannotBegin(f"Audit {audit_id} was taken by a process that runs no audits: start the worker with `ocpp-registry up`.")


@dataclass(frozen=True)
class AuditJob:
    """Does one audit from its record to its report: the worker's side of `Jobs`."""

    sessions: sessionmaker[Session]
    auditor: Auditor

    def __call__(self, audit_id: str) -> None:
        """Run the audit `audit_id`. Whatever happens, its record ends in a state and a sentence that a person can read."""
        with self.sessions.begin() as session:
            if not store.start(session, audit_id):
                log.warning("audit.not-queued", audit=audit_id)
                return
        try:
            order = self._order(audit_id)
            result = self._perform(order)
        except RegistryError as error:
            self._fail(audit_id, str(error))
        except OSError as error:
            self._fail(audit_id, f"The audit was broken off by the system ({error}): start it again.")
        except CancelledError:
            log.info("audit.cancelled", audit=audit_id)
        else:
            with self.sessions.begin() as session:
                store.finish(session, audit_id, result.report, result.transcript_sha256)

    def _order(self, audit_id: str) -> AuditOrder:
        with self.sessions() as session:
            audit = store.view(session, audit_id)
            if audit is None:
                raise CannotBegin(f"There is no audit {audit_id}.")
            facts = queries.facts(session, audit.certificate_number)
            known_as = recorded(session).of(facts.holder, facts.vendor_name) if facts is not None else ()
        if facts is None:
            raise CannotBegin(f"Certificate {audit.certificate_number} is not in the registry: ingest its document first.")
        central = _central(audit) if audit.is_central else None
        return AuditOrder(audit_id, audit.station_id, facts, audit.tiers, audit.cases, audit.wait_seconds, central, known_as)

    def _perform(self, order: AuditOrder) -> AuditResult:
        """Wait for the audit to end, writing its progress down as it comes, and see to it that one that was cancelled does end."""
        news: queue.SimpleQueue[tuple[int, int, str] | None] = queue.SimpleQueue()
        asks = order.central.person if order.central is not None else bool(set(order.tiers) & WITH_PERSON)
        operator = RecordedOperator(self.sessions, order.audit_id) if asks else None
        future = self.auditor.begin(order, lambda done, total, text: news.put((done, total, text)), operator)
        future.add_done_callback(lambda _finished: news.put(None))
        while True:
            try:
                line = news.get(timeout=CANCEL_SECONDS)
            except queue.Empty:
                if self._is_cancelled(order.audit_id):
                    future.cancel()
                continue
            if line is None:
                return future.result()
            with self.sessions.begin() as session:
                store.record_progress(session, order.audit_id, *line)

    def _is_cancelled(self, audit_id: str) -> bool:
        with self.sessions() as session:
            audit = store.view(session, audit_id)
        return audit is None or not audit.active

    def _fail(self, audit_id: str, line: str) -> None:
        with self.sessions.begin() as session:
            store.fail(session, audit_id, line)


def _central(audit: store.AuditView) -> CentralOrder:
    given = audit.given or {}
    tags = Tags.of((TagState(state), tag) for tag, state in audit.id_tags.items())
    load = int(given.get("load") or 0)
    return CentralOrder(audit.station_id, str(given.get("identity")), tags, bool(given.get("person")), load, audit.credentials)


def take_up_interrupted(sessions: sessionmaker[Session], ask: Callable[[str], None]) -> None:
    """Queue the audits again that a worker left running when it was stopped; to be called before a worker takes its first job."""
    with sessions.begin() as session:
        for summary in store.running(session):
            audit = store.view(session, summary.id)
            starts = sum(line.text == STOPPED for line in audit.progress) if audit else MOST_STARTS
            if starts >= MOST_STARTS:
                store.fail(session, summary.id, f"The worker was stopped {starts + 1} times while this audit ran: look into its log.")
                continue
            store.record_progress(session, summary.id, 0, 0, STOPPED)
            store.requeue(session, summary.id)
            ask(summary.id)
