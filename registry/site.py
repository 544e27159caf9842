"""What every page needs of the installation that it runs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.passwords import Passwords
from registry.certificates.answers import Answers
from registry.held import HeldConnection
from registry.review.standing import Held
from registry.settings import Settings

EXTENSION = "ocpp-registry"
StartAudit = Callable[[str], None]
Recheck = Callable[[Session, str, Held | None], object]
TakeList = Callable[[Session, Settings, str, str], object]


@dataclass(frozen=True)
class Site:
    """One running catalogue: its database, its files, and who carries out the audits that its pages ask for.

    `start_audit` takes an audit's id; None where no worker runs, and then the pages say so instead of offering audits.
    `recheck` makes all checks anew of a document, given by its hash, once a review changed what it says; it is told under what the
    document was held before. The checks themselves belong to ingest, which nothing here may import.
    `take_list` makes the current OCA list of one that was kept aside, given by its hash and where it came from.
    `passwords` hashes the passwords of the accounts.
    """

    settings: Settings
    sessions: sessionmaker[Session]
    start_audit: StartAudit | None
    gateway_port: int
    recheck: Recheck | None = None
    take_list: TakeList | None = None
    passwords: Passwords = field(default_factory=Passwords)

    @cached_property
    def held(self) -> HeldConnection:
        """Tells whether anything was stored since."""
        return HeldConnection(self.sessions.kw["bind"])

    @cached_property
    def answers(self) -> Answers:
        """What searches found since the catalogue changed."""
        return Answers(self.held)

    def attach(self, app: Flask) -> None:
        """Make this the site of `app`."""
        app.extensions[EXTENSION] = self


def site() -> Site:
    """The site of the request at hand."""
    return cast(Site, current_app.extensions[EXTENSION])
