"""Who may decide in review: until there are accounts, being at the machine itself is what counts."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from flask import Request

from registry.settings import Settings

FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
"""Set by proxies: a request that bears one may come from anywhere, however near the proxy is."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def may_decide(remote: str | None, host: str, headers: Mapping[str, str], *, from_anywhere: bool) -> bool:
    """Whether a request from the address `remote` to the name `host` may change anything.

    The name is looked at, too: a foreign page whose name was made to lead to this machine must not speak for the person at it.
    """
    if from_anywhere:
        return True
    if any(name in headers for name in FORWARDING_HEADERS):
        return False
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return _is_loopback(remote) and name.casefold() in LOCAL_NAMES


def request_may_decide(request: Request, settings: Settings) -> bool:
    """Whether the request at hand may change anything."""
    return may_decide(request.remote_addr, request.host, dict(request.headers), from_anywhere=settings.review_from_anywhere)


def _is_loopback(remote: str | None) -> bool:
    try:
        return remote is not None and ip_address(remote).is_loopback
    except ValueError:
        return False
