"""What a registry does by itself, in a process of its own: nothing that is timed, and nobody who waits for a page, waits for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.acting import ITSELF, acting
from registry.certificates.layout import lay_out
from registry.certificates.settling import settle
from registry.db import Clock, utc_now
from registry.errors import RegistryError
from registry.fleet import waiting
from registry.fleet.renewal import renew
from registry.requirements import results
from registry.requirements.following import follow
from registry.settings import Settings
from registry.snapshots.build import build_due

log = structlog.get_logger()

STEP_SECONDS = 20.0
"""How often it is looked whether there is anything to do."""

GIVES_WAY = 10
"""How much nicer than the others the process is."""

RESTS = timedelta(hours=1)
"""How long what failed is left alone: it may have been long at work before."""


@dataclass
class Chore:
    """One thing that is done again and again; `do` gives whether there was anything to do. `rests_until` is set when it has failed."""

    name: str
    do: Callable[[], object]
    rests_until: datetime | None = field(default=None)


class Keeper:
    """Does the chores of one installation, one after the other. Several may run, in as many processes: each chore has its own lock."""

    def __init__(self, chores: Sequence[Chore], clock: Clock = utc_now) -> None:
        self._chores = tuple(chores)
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings, sessions: sessionmaker[Session], clock: Clock = utc_now) -> Keeper:
        """The one of an installation."""
        chores = (
            Chore("requirements", lambda: follow(settings, sessions, clock=clock)),
            Chore("fleet", lambda: renew(settings, sessions, clock=clock)),
            Chore("files that waited for a day", lambda: waiting.sweep(settings.home) + results.forget(settings)),
            Chore("snapshots", lambda: build_due(settings, sessions, clock=clock)),
            Chore("search", lambda: settle(sessions)),
            Chore("what many certificates have", lambda: lay_out(sessions)),
        )
        return cls(chores, clock)

    def step(self) -> None:
        """Do what there is to do. What fails is told in the log, and keeps nothing else from being done."""
        for chore in self._chores:
            if chore.rests_until is not None and self._clock() < chore.rests_until:
                continue
            try:
                with acting(ITSELF):
                    done = chore.do()
            except (RegistryError, SQLAlchemyError, OSError) as problem:
                chore.rests_until = self._clock() + RESTS
                log.error("keeper.failed", chore=chore.name, problem=str(problem), again_at=chore.rests_until.isoformat())
            else:
                chore.rests_until = None
                if done:
                    log.info("keeper.done", chore=chore.name, outcome=str(done))

    def keep(self, stopped: threading.Event) -> None:
        """Go on until `stopped`."""
        while not stopped.wait(STEP_SECONDS):
            self.step()


@click.command(hidden=True)
def keeper() -> None:
    """Part of `up`: what the registry does by itself, as making snapshots. It gives way to everything else."""
    settings = Settings.from_environment()
    os.nice(GIVES_WAY)
    Keeper.of(settings, db.session_factory(settings)).keep(threading.Event())


commands: tuple[click.Command, ...] = (keeper,)
"""What app.py puts into `ocpp-registry`."""
