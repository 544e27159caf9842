"""Sends mail through the server that the operator of this installation named."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final

from registry.errors import CannotBegin

HOST_VARIABLE = "OCPP_REGISTRY_SMTP_HOST"
PORT_VARIABLE = "OCPP_REGISTRY_SMTP_PORT"
SECURITY_VARIABLE = "OCPP_REGISTRY_SMTP_SECURITY"
USER_VARIABLE = "OCPP_REGISTRY_SMTP_USER"
PASSWORD_VARIABLE = "OCPP_REGISTRY_SMTP_PASSWORD"  # noqa: S105 (the name of the variable, not what is in it)
SENDER_VARIABLE = "OCPP_REGISTRY_SMTP_SENDER"
AUTHORITIES_VARIABLE = "OCPP_REGISTRY_SMTP_CA_FILE"

PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
"""How the way to the server can be secured, each with its usual port."""
SECONDS = 20.0
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_FOR_GOOD = range(500, 600)


class NotSent(Exception):
    """Why a message was not taken, in one line. `for_good` when its server says that another attempt is no use (RFC 5321 4.2.1)."""

    def __init__(self, line: str, *, for_good: bool = False) -> None:
        super().__init__(line)
        self.for_good = for_good


@dataclass(frozen=True)
class MailServer:
    """The server that takes our mail. `security` is one of `PORTS`; `authorities` a file of CA certificates in place of the system's."""

    host: str
    port: int
    security: str
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authorities: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> MailServer | None:
        """What `OCPP_REGISTRY_SMTP_*` say; None where no host is named. Raises CannotBegin for what cannot be."""
        host = environ.get(HOST_VARIABLE, "").strip()
        if not host:
            return None
        security = environ.get(SECURITY_VARIABLE, "").strip().casefold() or "starttls"
        if security not in PORTS:
            raise CannotBegin(f"{SECURITY_VARIABLE} is '{security}': write starttls, tls or none")
        port = environ.get(PORT_VARIABLE, "").strip() or str(PORTS[security])
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
            raise CannotBegin(f"{PORT_VARIABLE} is '{port}': write a port from 1 to 65535, or leave it out for {PORTS[security]}")
        sender = environ.get(SENDER_VARIABLE, "").strip()
        if not is_address(parseaddr(sender)[1]):
            raise CannotBegin(f"{SENDER_VARIABLE} is '{sender}': write the address that mail is sent from")
        user, password = environ.get(USER_VARIABLE) or None, environ.get(PASSWORD_VARIABLE) or None
        if security == "none" and password:
            raise CannotBegin(f"{SECURITY_VARIABLE} is none, which would send {PASSWORD_VARIABLE} for all to read: write starttls or tls")
        return cls(host, int(port), security, sender, user, password, environ.get(AUTHORITIES_VARIABLE) or None)


def is_address(text: str) -> bool:
    """Whether `text` is an address that we send to: one, plain, with a domain."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def send(server: MailServer, message: EmailMessage) -> str:
    """Hand the message over; gives what the server said. Raises NotSent."""
    try:
        with _connected(server) as connection:
            if server.user:
                connection.login(server.user, server.password or "")
            refused = connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSent(f"the mail server refused the address ({code} {_line(said)})", for_good=code in _FOR_GOOD) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"the mail server answered {error.smtp_code} {_line(error.smtp_error)}") from error
    except smtplib.SMTPException as error:
        raise NotSent(f"the mail server did not take it ({_line(str(error))})") from error
    except OSError as error:
        raise NotSent(f"the mail server could not be reached ({_line(str(error))})") from error
    return "taken by the mail server" if not refused else "taken by the mail server in part"


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=_trust(server))
    connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if server.security == "starttls":
        try:
            connection.starttls(context=_trust(server))
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
    return connection


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.authorities)


def _line(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))[:200]
