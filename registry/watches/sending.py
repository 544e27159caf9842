"""Sends one message: a mail through the operator's server, a webhook to its receiver. What came of it is an `Outcome`, never an error."""

from __future__ import annotations

import json
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import requests
import structlog
import urllib3

from registry.db import Clock, utc_now
from registry.errors import RegistryError
from registry.mail import NotSent, send
from registry.outgoing import Resolver, guarded, problem_with, reason_of, resolve, shown
from registry.sentences import KeptSentence
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import messages, signing
from registry.watches.outbox import Outcome, Parcel
from registry.watches.paths import MINE, confirm_page, end_page

log = structlog.get_logger()

SECONDS = 15.0
"""How long all of a webhook's call may take."""
SILENCE_SECONDS = 10.0
LONGEST_ANSWER = 4_096
SECURE, WITH_PRIVATE = ("https",), ("https", "http")
_GONE = 410


def schemes(settings: Settings) -> tuple[str, ...]:
    """The schemes that a webhook may have: plain http only where private addresses are allowed, as in a test or behind a firewall."""
    return WITH_PRIVATE if settings.allow_private_addresses else SECURE


class Sender:
    """Sends for one installation; used by several threads at once."""

    def __init__(self, settings: Settings, vault: Vault, clock: Clock = utc_now, resolver: Resolver = resolve) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._resolver = resolver

    def __call__(self, parcel: Parcel) -> Outcome:
        """What came of one attempt."""
        try:
            return self._mail(parcel) if parcel.channel == "mail" else self._call(parcel)
        except (RegistryError, LookupError, ValueError, TypeError) as error:
            # One message that cannot be written must not hold up all others. Why is for the operator: it may name files.
            log.error("watches.unwritable", message=parcel.message, exc_info=error)
            return Outcome(arrived=False, answer=KeptSentence("this installation could not write it; its operator finds in the log why"))

    def _mail(self, parcel: Parcel) -> Outcome:
        server = self._settings.mail
        if server is None:
            return Outcome(arrived=False, answer=KeptSentence("no mail server is set up on this installation"))
        try:
            return Outcome(arrived=True, answer=send(server, self._written(server.sender, parcel, self._clock())))
        except NotSent as error:
            return Outcome(arrived=False, answer=str(error), for_good=error.for_good)

    def _written(self, sender: str, parcel: Parcel, now: datetime) -> EmailMessage:
        base = self._settings.public_address
        if parcel.topic is None:
            secret = self._vault.open(str(parcel.body["secret"]))
            subject, text = messages.confirmation(confirm_page(secret), base)
            return messages.mail(sender, parcel.to, subject, text, parcel.message, now, base)
        end = end_page(parcel.token or "")
        about = messages.Told(parcel.label, parcel.topic.page, end, MINE)
        subject, text = messages.digest(about, parcel.body, base)
        return messages.mail(sender, parcel.to, subject, text, parcel.message, now, base, end)

    def _call(self, parcel: Parcel) -> Outcome:
        problem = problem_with(parcel.to, schemes(self._settings))
        if problem is not None:
            return Outcome(
                arrived=False, answer=KeptSentence("%(address)s: %(problem_text)s", address=shown(parcel.to), problem_text=problem)
            )
        body = json.dumps(messages.with_links(parcel.body, self._settings.public_address), ensure_ascii=False).encode()
        secret = self._vault.open(parcel.secret or "")
        headers = signing.headers(secret, parcel.message, round(self._clock().timestamp()), body)
        headers |= {"Content-Type": "application/json", "User-Agent": "ocpp-registry", "Accept-Encoding": "identity"}
        with guarded(self._settings.allow_private_addresses, SECONDS, self._resolver) as (session, guard):
            try:
                options: dict[str, Any] = {"stream": True, "allow_redirects": False, "timeout": SILENCE_SECONDS}
                options["verify"] = self._settings.webhook_authorities or True
                with session.post(parcel.to, data=body, headers=headers, **options) as response:
                    response.raw.read(LONGEST_ANSWER)
                    return _outcome(response.status_code)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                if guard.is_over:
                    return Outcome(arrived=False, answer=KeptSentence("it took longer than %(seconds)s s", seconds=f"{SECONDS:g}"))
                return Outcome(
                    arrived=False, answer=guard.refusal or KeptSentence("it could not be reached (%(reason)s)", reason=reason_of(error))
                )


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(arrived=True, answer=KeptSentence("it answered %(status)s", status=status))
    if 300 <= status < 400:
        return Outcome(
            arrived=False,
            answer=KeptSentence(
                "it answered %(status)s, and where it leads is not followed: give the address that it leads to", status=status
            ),
        )
    return Outcome(arrived=False, answer=KeptSentence("it answered %(status)s", status=status), for_good=status == _GONE)
