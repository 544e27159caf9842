"""Where this installation keeps its things, read from the environment once and passed on explicitly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "OCPP_REGISTRY_HOME"
DATABASE_VARIABLE = "OCPP_REGISTRY_DATABASE"


@dataclass(frozen=True)
class Settings:
    """The paths and addresses of one installation.

    `home` holds everything that is written (database, documents, transcripts, job queue); it is created on first use.
    `database` is an SQLAlchemy URL: an SQLite file under `home` unless the environment names another.
    """

    home: Path
    database: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `OCPP_REGISTRY_HOME` (default `./var`) and `OCPP_REGISTRY_DATABASE` (default an SQLite file there)."""
        home = Path(environ.get(HOME_VARIABLE) or "var").absolute()
        database = environ.get(DATABASE_VARIABLE) or f"sqlite:///{home / 'registry.sqlite3'}"
        return cls(home=home, database=database)

    @property
    def documents(self) -> Path:
        """Original documents, each in a file named by its SHA-256."""
        return self.home / "documents"

    @property
    def transcripts(self) -> Path:
        """Recorded traffic, each transcript in a file named by its SHA-256."""
        return self.home / "transcripts"

    @property
    def job_queue(self) -> Path:
        """The job engine's SQLite file."""
        return self.home / "jobs.sqlite3"
