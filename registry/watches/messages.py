"""What is sent: the JSON of a webhook, the text of a mail. Pure: values in, texts out.

Paths become links once it is known where people find the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext

from registry import wording
from registry.language import counted
from registry.watches.happenings import Seen
from registry.watches.paths import event_id, event_page
from registry.watches.telling import is_central

LONGEST_SUBJECT = 150
MOST_LINES = 100
PRODUCT = "OCPP Registry"


@dataclass(frozen=True)
class Told:
    """What a mail is about: the watch by its label, the path of what it watches, and the path of the page that ends it."""

    label: str
    page: str
    end: str
    mine: str


def event_json(seen: Seen, installation: str) -> dict[str, Any]:
    """The event for a receiver, without who is told: type, time and data as Standard Webhooks has them. `page` is a path."""
    event = seen.event
    return {
        "type": seen.told.type,
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.id,
            "id": event_id(installation, event.id),
            "title": seen.told.title,
            "sentence": seen.told.sentence,
            "page": event_page(event),
            "certificate": event.number,
            "revision": event.revision,
            "device": None if is_central(event) else event.device,
        },
    }


def test_json(label: str, at: datetime) -> dict[str, Any]:
    """What a test says."""
    said = _("This is a test of the watch “%(label)s”. Nothing has changed.", label=label)
    return {"type": "test", "timestamp": at.isoformat(), "data": {"title": _("A test"), "sentence": said}}


def with_links(event: Mapping[str, Any], base: str) -> dict[str, Any]:
    """The event with a link in the place of its path, if it is known where people find the pages."""
    data = dict(event["data"])
    page = data.pop("page", None)
    if page is not None:
        data["link"] = base.rstrip("/") + page
    return {**event, "data": data}


def digest(told: Told, body: Mapping[str, Any], base: str) -> tuple[str, str]:
    """Subject and text of a mail about events, or of a test."""
    events = body.get("events", [body])
    root = base.rstrip("/")
    first = events[0]["data"]["title"]
    subject = first if len(events) == 1 else f"{told.label}: {counted('%(num)s change', '%(num)s changes', len(events))}"
    lines = [told.label, root + told.page, ""]
    for event in events[:MOST_LINES]:
        data = event["data"]
        lines += [f"{wording.moment(event['timestamp'])}: {data['sentence']}", *([root + data["page"]] if data.get("page") else []), ""]
    if len(events) > MOST_LINES:
        lines += [_("%(number)s more stand on the page and in its feed.", number=len(events) - MOST_LINES), ""]
    lines += ["--", _("You get this because you keep watch in the OCPP Registry: %(page)s", page=root + told.mine)]
    lines += [_("To get no more of these: %(page)s", page=root + told.end)]
    return subject, "\n".join(lines) + "\n"


def confirmation(path: str, base: str) -> tuple[str, str]:
    """Subject and text of the mail that asks whether an address is its owner's."""
    text = _(
        "Somebody with an account at the OCPP Registry (%(base)s) wants word of changes sent to this address.\n\n"
        "If that was you, open this page and confirm it:\n%(link)s\n\n"
        "If not, do nothing: nothing more will come.\n",
        base=base,
        link=base.rstrip("/") + path,
    )
    return _("Confirm your address for the OCPP Registry"), text


def mail(sender: str, to: str, subject: str, text: str, message: str, at: datetime, base: str, end: str | None = None) -> EmailMessage:
    """A whole mail. `end` is the path that ends the watch (RFC 2369, RFC 8058)."""
    made = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    made["From"] = Address(name or PRODUCT, addr_spec=address)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = _one_line(subject)[:LONGEST_SUBJECT]
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{message}@{urlsplit(base).hostname or 'localhost'}>"
    made["Auto-Submitted"] = "auto-generated"
    if end is not None:
        made["List-Unsubscribe"] = f"<{base.rstrip('/')}{end}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content("".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text), cte="quoted-printable")
    return made


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))
