"""Lasting ids of events, and the paths of the pages that show them. Pure."""

from __future__ import annotations

from urllib.parse import quote

from registry.certificates.search_url import address
from registry.watches.telling import Happened
from registry.watches.topics import Kind, Topic

MINE = "/watches"


def event_id(installation: str, event: int) -> str:
    """The lasting id of an event, wherever it is told (RFC 4151). The authority is a name that nobody else can have (RFC 2606)."""
    return f"tag:{installation}.invalid,2026:event:{event}"


def event_page(event: Happened) -> str:
    """The page that shows what an event is about."""
    if event.subject == "audit":
        return f"/audits/{event.payload.get('audit')}"
    if event.subject == "device":
        return Topic(Kind.DEVICE, event.device or "").page
    page = Topic(Kind.CERTIFICATE, event.number or "").page
    return address(page, [("revision", event.revision)]) if event.revision else page


def end_page(token: str) -> str:
    """The page that ends a watch, for whoever has a mail of it."""
    return f"{MINE}/end/{quote(token, safe='')}"


def confirm_page(secret: str) -> str:
    """The page that confirms an address, for whoever has the mail that asked."""
    return f"{MINE}/confirm/{quote(secret, safe='')}"
