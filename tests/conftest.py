"""Databases for tests: whatever touches one runs on SQLite and on PostgreSQL, each test on a fresh one."""

from __future__ import annotations

import gc
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.settings import Settings
from tests.kept import keep_what_is_compiled

# A shell that starts the tests in the background has them ignore SIGINT, and with them every process that they start to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)

keep_what_is_compiled()

# How long one example takes says nothing of the product where several workers share the processors.
hypothesis_settings.register_profile("unhurried", hypothesis_settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unhurried")

# Until all tests are found nothing is made that could be thrown away, however often the garbage collector looks.
gc.disable()
BETWEEN_COLLECTIONS = 10_000

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
MEMORY = Path("/dev/shm")  # noqa: S108 (what is made there has a name of its own, and is its owner's alone)
ROOM_BYTES = 2 << 30
START_SECONDS = 60.0
ABANDONED_SECONDS = 300.0
POLL_SECONDS = 0.05
TEMPLATE = "registry_template"
SERVER_SETTINGS = {
    "listen_addresses": "",
    # Nothing of it is to survive: no waiting for disks.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL of our own, reached through a socket in `folder`."""

    folder: Path

    def address(self, name: str) -> str:
        """The SQLAlchemy URL of one database."""
        return f"postgresql://registry@/{name}?host={self.folder}"

    def command(self, *statements: str) -> None:
        """Run an administrator's statements."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A fresh copy of the database `template`, by its address."""
        name = f"t{uuid.uuid4().hex}"
        self.command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.address(name)
        finally:
            self.command(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_postgres(under: Path | None = None, **others: str) -> Iterator[PostgresServer]:
    """Make and run a server, with `others` of its settings, in a temporary folder; in the end it is stopped and everything removed."""
    binaries = _binaries()
    # The path of a socket may have 107 letters: pytest's own temporary folders are too deep for it.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=under))
    try:
        unprivileged = _unprivileged(folder)
        data = str(folder / "data")
        locale = ["-E", "UTF8", "--locale=C.UTF-8"]
        _run([*unprivileged, str(binaries / "initdb"), "-D", data, "-U", "registry", "-A", "trust", "--no-sync", *locale])
        settings = [f"--{name}={value}" for name, value in (SERVER_SETTINGS | others | {"unix_socket_directories": str(folder)}).items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([*unprivileged, str(binaries / "postgres"), "-D", data, *settings], stdout=log, stderr=log)
        try:
            server = PostgresServer(folder)
            _wait(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=START_SECONDS)
    finally:
        shutil.rmtree(folder)


def _remove_abandoned() -> None:
    """Give back the memory of runs that were killed: their servers ended with them, and took their lock away."""
    for version in MEMORY.glob("pg*/data/PG_VERSION"):
        folder = version.parent.parent
        if not (version.parent / "postmaster.pid").exists() and time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Where Debian puts the newest server's programs."""
    found = sorted(DEBIAN_SERVERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail(f"there is no PostgreSQL server under {DEBIAN_SERVERS}: install the Debian package `postgresql`", pytrace=False)
    return found[-1].parent


def _unprivileged(folder: Path) -> list[str]:
    """How to run a program that ends when the tests are killed, and not as root, which the server refuses.

    In root's place comes the user that Debian's package made for the server, who is given the folder.
    """
    command = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        command += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*command, "--"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} failed: {done.stderr.strip()}", pytrace=False)


def _wait(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.command("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(POLL_SECONDS)
        else:
            return
    pytest.fail(f"PostgreSQL did not start: {(server.folder / 'log').read_text(errors='replace')[-500:]}", pytrace=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests, with a migrated database to copy.

    It is in memory where that has room: a database is hundreds of files, made and removed for each test, which took disks and the
    system longer than the test itself.
    """
    _remove_abandoned()
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with running_postgres(MEMORY if roomy else None) as server, tempfile.TemporaryDirectory() as home:
        server.command(f"CREATE DATABASE {TEMPLATE}")
        db.upgrade(Settings(home=Path(home), database=server.address(TEMPLATE)))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    home = tmp_path_factory.mktemp("template")
    db.upgrade(Settings.from_environment({"OCPP_REGISTRY_HOME": str(home)}))
    return home / "registry.sqlite3"


SAMPLED_ON_POSTGRESQL = re.compile(
    r"test_(pages|pages_\w+|review_pages|security_pages|signing_in|language|help|products|forgiving_search|audit_forms|odd_queries"
    r"|search_command|feeds|badges|review_queue|pipeline|rereading|copies|jobs)\.py"
)
"""What asks the database by way of questions that have tests of their own on both: of these, one in five is asked of PostgreSQL too."""


SAMPLED = ("tests/browser/", "tests/ingest/", "tests/probes/audits/", "tests/probes/central/", "tests/probes/modes/")
"""Where tests take whole seconds each: of the many values that one has, every fifth is tried in each run, always the first."""

WHOLE = ("tests/ingest/test_vocabulary.py",)
"""Files among these whose tests take no time: each value is a file of data, and none may be changed without its schema."""

EVERY = 5


LONGEST = (
    "tests/browser/test_every_text.py",
    "tests/ingest/test_bad_pdf.py",
    "tests/ingest/test_killed.py",
    "tests/ingest/test_not_a_certificate.py",
    "tests/ingest/test_unseen.py",
    "tests/probes/audits/test_trials.py",
    "tests/probes/modes/test_same_verdicts.py",
    "tests/probes/test_cli_modes.py",
    "tests/probes/test_cli_stack.py",
    "tests/probes/test_killed_processes.py",
    "tests/registry/api/test_schemathesis.py",
    "tests/registry/test_migrations.py",
    "tests/registry/test_search.py",
    "tests/registry/test_statements.py",
    "tests/test_accuracy.py",
    "tests/test_app.py",
    "tests/test_full_matrix.py",
)
"""Files that take half a minute or more: begun first, so that nobody waits for one at the end. A file goes to one worker as a whole."""


TOGETHER = "tests/browser/"
"""Whose files come one after the other, as they share a browser and a filled installation."""


def _place(item: pytest.Item) -> tuple[bool, int, str]:
    """Where a test comes: among those of its file."""
    path = item.nodeid.partition("::")[0]
    return not path.startswith(LONGEST), zlib.crc32((TOGETHER if path.startswith(TOGETHER) else path).encode()), path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the others to the long tests: every run is bounded in time. Mix the files, as some only wait and others only reckon."""
    items.sort(key=_place)
    seen: Counter[str] = Counter()
    for item in items:
        test, bracket, value = item.nodeid.partition("[")
        if "postgresql" in value or "sqlite" in value:
            on_postgresql = SAMPLED_ON_POSTGRESQL.fullmatch(item.path.name) is not None and "postgresql" in value
            leaves = on_postgresql and zlib.crc32(item.nodeid.encode()) % EVERY > 0
        else:
            leaves = bool(bracket) and test.startswith(SAMPLED) and not test.startswith(WHOLE) and seen[test] % EVERY > 0
            seen[test] += 1
        if leaves:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there until the end: thousands of tests and every module, looked through in vain."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(BETWEEN_COLLECTIONS)
    gc.enable()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; a test that asks for it runs once on each of the two."""
    if request.param == "sqlite":
        path = tmp_path / "registry.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(TEMPLATE) as address:
            yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database("template0") as address:
            yield address


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """An installation of its own for the test, on the fresh `database`."""
    return Settings(home=tmp_path / "home", database=database)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine of that installation."""
    made = db.engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions on the fresh database."""
    return db.session_factory_on(engine)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """One session in one transaction, kept if the test ends well."""
    with session_factory.begin() as made:
        yield made
