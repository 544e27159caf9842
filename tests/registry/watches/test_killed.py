"""A worker that is killed in the middle of sending: nothing is lost, and the receiver can drop what it gets twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from registry.events import EventKind
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, PRIVATE_VARIABLE, Settings
from tests.registry.watches.watching import Received, account, happens, receiver, watch

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0

# The clock of the second process is past the time for which the first one held what it had taken.
WORKER = """
import sys, time
from datetime import timedelta
from registry import db
from registry.settings import Settings
from registry.vault import Vault
from registry.watches.deliverer import Deliverer
from registry.watches.sending import Sender
settings, ahead = Settings.from_environment(), timedelta(minutes=int(sys.argv[1]))
clock = lambda: db.utc_now() + ahead
deliverer = Deliverer(db.session_factory(settings), Sender(settings, Vault(settings.home), clock), clock)
while deliverer.step():
    pass
"""


def worker(settings: Settings, minutes_ahead: int) -> subprocess.Popen[bytes]:
    environment = {
        HOME_VARIABLE: str(settings.home),
        DATABASE_VARIABLE: settings.database,
        PRIVATE_VARIABLE: "1",
        "OCPP_REGISTRY_PUBLIC_ADDRESS": "https://registry.example/",
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER, str(minutes_ahead)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def test_a_worker_killed_while_it_sends_loses_nothing(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    inside = Settings(home=settings.home, database=settings.database, allow_private_addresses=True)
    owner = account(session_factory)
    with receiver() as made:
        watch(session_factory, inside, owner, url=made.address)
        happens(session_factory)
        happens(session_factory, EventKind.REAPPEARED)
        reached, killed = threading.Event(), threading.Event()

        def answer(_call: Received) -> tuple[int, dict[str, str]]:
            # The first call arrives, and its sender dies before it hears so.
            if not reached.is_set():
                reached.set()
                killed.wait(PATIENCE)
            return 204, {}

        made.answer = answer
        first = worker(inside, 0)
        assert reached.wait(PATIENCE)
        first.send_signal(signal.SIGKILL)
        assert first.wait(PATIENCE) == -signal.SIGKILL
        killed.set()
        assert worker(inside, 5).wait(PATIENCE) == 0
    ids = [call.headers["webhook-id"] for call in made.calls]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]
    assert b"no longer" in made.calls[1].body
    assert b"again" in made.calls[2].body
