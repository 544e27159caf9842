"""Word of changes on its way: looks at the events, and sends what is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from registry.db import Clock, utc_now
from registry.errors import RegistryError
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import outbox
from registry.watches.outbox import Outcome, Parcel
from registry.watches.sending import Sender

log = structlog.get_logger()

STEP_SECONDS = 5.0
"""How often it is looked whether there is anything to say."""

AT_ONCE = 4
"""How many receivers are talked to at the same time: one that is slow does not keep all others waiting."""

TAKEN = 32


class Deliverer:
    """Delivers for one installation. Entered, it does so in a thread of its own until it is left.

    Several may run, in as many processes: a message is held by the one that sends it.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        send: Callable[[Parcel], Outcome],
        clock: Clock = utc_now,
    ) -> None:
        self._sessions = sessions
        self._send = send
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)

    @classmethod
    def of(cls, settings: Settings, sessions: sessionmaker[Session]) -> Deliverer:
        """The one of an installation."""
        return cls(sessions, Sender(settings, Vault(settings.home)))

    def step(self) -> int:
        """Look at the events, send what is due; gives how many messages were sent, or tried to be."""
        outbox.collect(self._sessions, self._clock)
        parcels = outbox.take(self._sessions, self._clock, TAKEN)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery") as pool:
            list(pool.map(self._deliver, parcels))
        outbox.forget(self._sessions, self._clock)
        return len(parcels)

    def _deliver(self, parcel: Parcel) -> None:
        outcome = self._send(parcel)
        outbox.settle(self._sessions, parcel, outcome, self._clock)
        log.info("watches.sent", watch=parcel.watch_id, message=parcel.message, arrived=outcome.arrived, answer=outcome.answer)

    def _run(self) -> None:
        busy = False
        while not self._stopped.wait(0 if busy else STEP_SECONDS):
            try:
                busy = self.step() > 0
            except (RegistryError, SQLAlchemyError, OSError) as problem:
                busy = False
                log.error("watches.step-failed", problem=str(problem))

    def __enter__(self) -> Deliverer:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join()
