"""How often somebody may try to sign in. Counted in the database, because several processes answer for one installation.

An attempt counts from before its password is looked at, so that many at once gain nothing; one that succeeds is taken back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from registry.accounts.models import StoredAttempt
from registry.db import lock_for_writing

WINDOW = timedelta(minutes=15)
MOST_OF_A_NAME = 10
MOST_OF_AN_ADDRESS = 30
"""Failed attempts in `WINDOW`, for one name from wherever and from one address for whatever names."""

_IPV6_NETWORK = 64


def attempt(session: Session, name_key: str, address: str | None, now: datetime) -> int | None:
    """Note an attempt; or None is noted, and the seconds to wait come back, when there were too many."""
    lock_for_writing(session)
    session.execute(delete(StoredAttempt).where(StoredAttempt.at <= now - WINDOW))
    name, place = _of_name(name_key), network_of(address)
    for wanted, most in ((StoredAttempt.name_sha256 == name, MOST_OF_A_NAME), (StoredAttempt.address == place, MOST_OF_AN_ADDRESS)):
        if wait := _wait(session, wanted, most, now):
            return wait
    session.add(StoredAttempt(at=now, name_sha256=name, address=place))
    return None


def forgive(session: Session, name_key: str, address: str | None) -> None:
    """Somebody got in: what was tried for this name from this address does not count any more."""
    lock_for_writing(session)
    ours = (StoredAttempt.name_sha256 == _of_name(name_key), StoredAttempt.address == network_of(address))
    session.execute(delete(StoredAttempt).where(*ours))


def network_of(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the network of 64 bits that one IPv6 subscriber has."""
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((ip, _IPV6_NETWORK), strict=False))
    return str(ip)


def _of_name(name_key: str) -> str:
    """What is kept of a name: people type passwords into the field for the name."""
    return sha256(name_key.encode("utf-8", "surrogatepass")).hexdigest()


def _wait(session: Session, wanted: ColumnElement[bool], most: int, now: datetime) -> int | None:
    """The seconds until fewer than `most` of the `wanted` attempts count; None when there are fewer."""
    if (session.scalar(select(func.count()).select_from(StoredAttempt).where(wanted)) or 0) < most:
        return None
    decisive = select(StoredAttempt.at).where(wanted).order_by(StoredAttempt.at.desc(), StoredAttempt.id.desc())
    at = session.scalar(decisive.offset(most - 1).limit(1)) or now
    return max(1, ceil((at + WINDOW - now).total_seconds()))
