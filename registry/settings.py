"""Where this installation keeps its things, read from the environment once and passed on explicitly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from registry.errors import CannotBegin
from registry.mail import HOST_VARIABLE, MailServer

HOME_VARIABLE = "OCPP_REGISTRY_HOME"
DATABASE_VARIABLE = "OCPP_REGISTRY_DATABASE"
PRIVATE_VARIABLE = "OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES"
SECONDS_VARIABLE = "OCPP_REGISTRY_DOCUMENT_SECONDS"
PROXIES_VARIABLE = "OCPP_REGISTRY_PROXIES"
MEGABYTES_VARIABLE = "OCPP_REGISTRY_DOCUMENT_MEGABYTES"
MISSING_SHARE_VARIABLE = "OCPP_REGISTRY_LISTING_MISSING_SHARE"
MISSING_ROWS_VARIABLE = "OCPP_REGISTRY_LISTING_MISSING_ROWS"
WEBHOOK_AUTHORITIES_VARIABLE = "OCPP_REGISTRY_WEBHOOK_CA_FILE"
PUBLIC_VARIABLE = "OCPP_REGISTRY_PUBLIC_ADDRESS"
API_VARIABLE = "OCPP_REGISTRY_API_PER_MINUTE"
API_TOKEN_VARIABLE = "OCPP_REGISTRY_API_PER_MINUTE_WITH_TOKEN"  # noqa: S105 (the name of a setting)
SNAPSHOT_DAYS_VARIABLE = "OCPP_REGISTRY_SNAPSHOT_DAYS"
SNAPSHOTS_KEPT_VARIABLE = "OCPP_REGISTRY_SNAPSHOTS_KEPT"
CHECKS_VARIABLE = "OCPP_REGISTRY_CHECKS_PER_MINUTE"

MOST_DAYS = 3650
"""Between two snapshots."""


@dataclass(frozen=True)
class Settings:
    """The paths and addresses of one installation.

    `home` holds everything that is written (database, documents, transcripts, job queue); it is created on first use.
    `database` is an SQLAlchemy URL: an SQLite file under `home` unless the environment names another.
    `document_seconds` and `document_megabytes` bound the reading of one document. `allow_private_addresses` lets documents be fetched
    from this machine and its own network. A list that misses more than `listing_missing_rows` certificates of the current one, and
    more than `listing_missing_share` of them, does not take its place by itself.
    `proxies` is how many proxies of our own stand before the pages, whose word for a visitor's address counts.
    `public_address` is where people find the pages, with a slash at its end; empty when nobody said. `mail` takes our mail.
    `webhook_authorities` is a file of CA certificates that vouch for the receivers of webhooks, in place of the usual ones.
    `api_per_minute` requests of the API are answered to one address, `api_per_minute_with_token` to one token; `checks_per_minute` files
    of offers are judged for either. 0 is without end.
    Every `snapshot_days` the running registry makes a snapshot of itself, with 0 none. `snapshots_kept` of them are kept, one at least.
    """

    home: Path
    database: str
    allow_private_addresses: bool = False
    document_seconds: float = 300.0
    document_megabytes: int = 1500
    listing_missing_share: float = 0.05
    listing_missing_rows: int = 3
    proxies: int = 0
    public_address: str = ""
    mail: MailServer | None = None
    webhook_authorities: str | None = None
    api_per_minute: int = 1200
    api_per_minute_with_token: int = 6000
    checks_per_minute: int = 30
    snapshot_days: int = 31
    snapshots_kept: int = 3

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `OCPP_REGISTRY_HOME` (default `./var`), `OCPP_REGISTRY_DATABASE` (default an SQLite file there) and the limits.

        `OCPP_REGISTRY_PUBLIC_ADDRESS` is where people find the pages; `OCPP_REGISTRY_SMTP_*` stand in `registry.mail`.
        Raises CannotBegin for a limit that is no number, or not above zero, and for an address that cannot be.
        """
        home = Path(environ.get(HOME_VARIABLE) or "var").absolute()
        database = environ.get(DATABASE_VARIABLE) or f"sqlite:///{home / 'registry.sqlite3'}"
        return cls(
            home=home,
            database=database,
            allow_private_addresses=environ.get(PRIVATE_VARIABLE, "") == "1",
            document_seconds=_number(environ, SECONDS_VARIABLE, cls.document_seconds),
            document_megabytes=round(_number(environ, MEGABYTES_VARIABLE, cls.document_megabytes)),
            listing_missing_share=_number(environ, MISSING_SHARE_VARIABLE, cls.listing_missing_share),
            listing_missing_rows=round(_number(environ, MISSING_ROWS_VARIABLE, cls.listing_missing_rows)),
            proxies=_proxies(environ),
            public_address=_public_address(environ),
            mail=MailServer.from_environment(environ),
            webhook_authorities=environ.get(WEBHOOK_AUTHORITIES_VARIABLE) or None,
            api_per_minute=_most(environ, API_VARIABLE, cls.api_per_minute),
            api_per_minute_with_token=_most(environ, API_TOKEN_VARIABLE, cls.api_per_minute_with_token),
            checks_per_minute=_most(environ, CHECKS_VARIABLE, cls.checks_per_minute),
            snapshot_days=_days(environ),
            snapshots_kept=max(1, _most(environ, SNAPSHOTS_KEPT_VARIABLE, cls.snapshots_kept)),
        )

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


def _proxies(environ: Mapping[str, str]) -> int:
    text = environ.get(PROXIES_VARIABLE, "").strip() or "0"
    if text not in "0123456789" or len(text) > 1:
        raise CannotBegin(f"{PROXIES_VARIABLE} is '{text}': write how many proxies stand before the pages, 0 to 9")
    return int(text)


def _most(environ: Mapping[str, str], variable: str, default: int) -> int:
    text = environ.get(variable, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise CannotBegin(f"{variable} is '{text}': write a whole number, 0 for no limit, or leave it out for {default}")
    return int(text)


def _days(environ: Mapping[str, str]) -> int:
    days = _most(environ, SNAPSHOT_DAYS_VARIABLE, Settings.snapshot_days)
    if days > MOST_DAYS:
        raise CannotBegin(f"{SNAPSHOT_DAYS_VARIABLE} is '{days}': write at most {MOST_DAYS} days, or 0 to make none")
    return days


def _number(environ: Mapping[str, str], variable: str, default: float) -> float:
    text = environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise CannotBegin(f"{variable} is '{text}': write a number above zero, or leave it out for {default:g}")
    return value


def _public_address(environ: Mapping[str, str]) -> str:
    text = environ.get(PUBLIC_VARIABLE, "").strip()
    if not text:
        if environ.get(HOST_VARIABLE, "").strip():
            raise CannotBegin(
                f"{HOST_VARIABLE} is set and {PUBLIC_VARIABLE} is not: mails have links, so write where people find the pages"
            )
        return ""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise CannotBegin(f"{PUBLIC_VARIABLE} is '{text}': write where people find the pages, as https://registry.example/")
    return text.rstrip("/") + "/"
