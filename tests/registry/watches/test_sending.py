"""What goes out, to a real mail server and to a real receiver, over TLS that is checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from registry.errors import CannotBegin
from registry.mail import MailServer, NotSent, is_address, send
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import sending, signing, topics
from registry.watches.outbox import Parcel
from registry.watches.sending import Sender
from registry.watches.topics import Topic
from tests.registry.making import EPOCH
from tests.registry.watches.watching import Receiver, receiver, smtp_server

BASE = "https://registry.example/"
TOPIC = topics.parse("search", "q=product")
PASSWORD = "correct horse"


class Mailbox:
    """What a mail server keeps of what it takes, and what it refuses."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - the library names it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or not."""
        refused = self.answers.get(address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library names it so
        """Take a mail."""
        self.envelopes.append(envelope)
        return "250 Taken"

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        return [_parsed(envelope.content) for envelope in self.envelopes]


def _parsed(content: object) -> EmailMessage:
    assert isinstance(content, bytes)
    found: Message[Any, Any] = message_from_bytes(content, policy=modern)
    assert isinstance(found, EmailMessage)
    return found


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody but these tests trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def authorities(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file with its certificate."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_side(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@contextmanager
def mail_server(mailbox: Mailbox, context: ssl.SSLContext) -> Iterator[int]:
    """A server that speaks to nobody without STARTTLS and a password; gives its port."""

    def knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"registry", PASSWORD.encode())
        return AuthResult(success=good, handled=good)

    options: dict[str, Any] = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": knows}
    with smtp_server(mailbox, **options) as port:
        yield port


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def by_mail(mailbox: Mailbox, authority: trustme.CA, authorities: str, tmp_path: Path) -> Iterator[Settings]:
    """An installation with a mail server."""
    with mail_server(mailbox, server_side(authority)) as port:
        server = MailServer("localhost", port, "starttls", "Registry <registry@registry.example>", "registry", PASSWORD, authorities)
        yield Settings(home=tmp_path, database="", public_address=BASE, mail=server)


def event(number: int, title: str = "A title", sentence: str = "Something changed.") -> dict[str, Any]:
    data = {"event": number, "id": f"tag:x,2026:event:{number}", "title": title, "sentence": sentence, "page": "/certificates/OCA.1"}
    return {"type": "listing.withdrawn", "timestamp": EPOCH.isoformat(), "data": data}


def parcel(to: str, body: dict[str, Any], *, topic: Topic | None = TOPIC, secret: str | None = None, kind: str = "events") -> Parcel:
    channel = "webhook" if secret else "mail"
    return Parcel(1, "msg_1", kind, channel, to, secret, "end-token", "Certificates: “product”", topic, body, 0, 1)


def test_a_mail_says_what_changed_where_and_how_to_get_no_more(by_mail: Settings, mailbox: Mailbox) -> None:
    body = {"events": [event(1, sentence="Köln 강남 is gone."), event(2)]}
    outcome = Sender(by_mail, Vault(by_mail.home), lambda: EPOCH)(parcel("watcher@example.org", body))
    assert (outcome.arrived, outcome.answer) == (True, "taken by the mail server")
    mail = mailbox.mails[0]
    assert mail["From"] == "Registry <registry@registry.example>"
    assert mail["To"] == "watcher@example.org"
    assert mail["Subject"] == "Certificates: “product”: 2 changes"
    assert mail["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert mail["Message-ID"] == "<msg_1@registry.example>"
    assert mail["List-Unsubscribe"] == "<https://registry.example/watches/end/end-token>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert text.splitlines() == [
        "Certificates: “product”",
        "https://registry.example/?q=product",
        "",
        "1 January 2026, 00:00 UTC: Köln 강남 is gone.",
        "https://registry.example/certificates/OCA.1",
        "",
        "1 January 2026, 00:00 UTC: Something changed.",
        "https://registry.example/certificates/OCA.1",
        "",
        "--",
        "You get this because you keep watch in the OCPP Registry: https://registry.example/watches",
        "To get no more of these: https://registry.example/watches/end/end-token",
    ]


def test_a_message_that_cannot_be_written_holds_up_no_other(by_mail: Settings, mailbox: Mailbox) -> None:
    outcome = Sender(by_mail, Vault(by_mail.home), lambda: EPOCH)(parcel("watcher@example.org", {"events": [{}]}))
    assert not outcome.arrived
    assert outcome.answer == "this installation could not write it; its operator finds in the log why"
    assert mailbox.envelopes == []


def test_a_secret_whose_key_is_gone_says_nothing_of_files(called: tuple[Receiver, Settings, str, str], tmp_path: Path) -> None:
    made, settings, _, sealed = called
    outcome = Sender(settings, Vault(tmp_path / "other"))(parcel(made.address, event(1), secret=sealed))
    assert (outcome.arrived, made.calls) == (False, [])
    assert str(tmp_path) not in outcome.answer


def test_no_text_of_a_certificate_makes_a_header(by_mail: Settings, mailbox: Mailbox) -> None:
    nasty = "A\r\nBcc: all@example.org\r\n\r\n<script>\x00\ud800 " + "long " * 100
    outcome = Sender(by_mail, Vault(by_mail.home), lambda: EPOCH)(parcel("watcher@example.org", {"events": [event(1, nasty, nasty)]}))
    assert outcome.arrived, outcome.answer
    mail = mailbox.mails[0]
    assert mail["Bcc"] is None
    assert mailbox.envelopes[0].rcpt_tos == ["watcher@example.org"]
    assert len(mail["Subject"]) <= 150
    assert mail.get_content_type() == "text/plain"


def test_the_mail_that_confirms_an_address_has_a_link_and_nothing_else(by_mail: Settings, mailbox: Mailbox) -> None:
    vault = Vault(by_mail.home)
    asked = parcel("new@example.org", {"secret": vault.seal("the-secret")}, topic=None, kind="confirmation")
    assert Sender(by_mail, vault, lambda: EPOCH)(asked).arrived
    mail = mailbox.mails[0]
    assert "https://registry.example/watches/confirm/the-secret" in mail.get_content()
    assert mail["List-Unsubscribe"] is None


@pytest.mark.parametrize(("answer", "for_good"), [("550 No such user", True), ("451 Try later", False)])
def test_an_address_that_is_refused_says_whether_for_good(by_mail: Settings, mailbox: Mailbox, answer: str, for_good: bool) -> None:
    mailbox.answers["gone@example.org"] = answer
    outcome = Sender(by_mail, Vault(by_mail.home), lambda: EPOCH)(parcel("gone@example.org", {"events": [event(1)]}))
    assert (outcome.arrived, outcome.for_good) == (False, for_good)
    assert outcome.answer == f"the mail server refused the address ({answer})"
    assert mailbox.envelopes == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"authorities": None}, "certificate"),
        ({"password": "wrong"}, "answered 535"),
        ({"port": 1}, "could not be reached"),
    ],
)
def test_a_mail_server_that_cannot_be_trusted_or_used_gets_no_mail(
    by_mail: Settings, mailbox: Mailbox, change: dict[str, Any], line: str
) -> None:
    assert by_mail.mail is not None
    settings = replace(by_mail, mail=replace(by_mail.mail, **change))
    outcome = Sender(settings, Vault(settings.home), lambda: EPOCH)(parcel("watcher@example.org", {"events": [event(1)]}))
    assert not outcome.arrived
    assert not outcome.for_good
    assert line in outcome.answer
    assert PASSWORD not in outcome.answer
    assert mailbox.envelopes == []


def test_mail_over_tls_from_the_first_byte(authority: trustme.CA, authorities: str, mailbox: Mailbox) -> None:
    with smtp_server(mailbox, wrapped=server_side(authority)) as port:
        server = MailServer("localhost", port, "tls", "registry@registry.example", authorities=authorities)
        mail = EmailMessage()
        mail["From"], mail["To"] = "registry@registry.example", "watcher@example.org"
        mail.set_content("Something.")
        assert send(server, mail) == "taken by the mail server"
        with pytest.raises(NotSent):
            send(replace(server, authorities=None), mail)
    assert len(mailbox.envelopes) == 1


@pytest.fixture
def called(authority: trustme.CA, authorities: str, tmp_path: Path) -> Iterator[tuple[Receiver, Settings, str, str]]:
    """A receiver, an installation that may call it, the secret and how it is kept."""
    secret = signing.new_secret()
    settings = Settings(home=tmp_path, database="", allow_private_addresses=True, public_address=BASE, webhook_authorities=authorities)
    with receiver(server_side(authority)) as made:
        yield made, settings, secret, Vault(tmp_path).seal(secret)


def test_a_webhook_is_signed_and_says_what_changed(called: tuple[Receiver, Settings, str, str]) -> None:
    made, settings, secret, sealed = called
    outcome = Sender(settings, Vault(settings.home), lambda: EPOCH)(parcel(made.address, event(17), secret=sealed))
    assert (outcome.arrived, outcome.answer) == (True, "it answered 204")
    call = made.calls[0]
    assert call.headers["content-type"] == "application/json"
    assert (call.headers["webhook-id"], call.headers["webhook-timestamp"]) == ("msg_1", "1767225600")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    expected = base64.b64encode(hmac.new(key, b"msg_1.1767225600." + call.body, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{expected}"
    said = json.loads(call.body)
    assert said["type"] == "listing.withdrawn"
    assert said["data"]["link"] == "https://registry.example/certificates/OCA.1"
    assert "page" not in said["data"]


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks reference libraries."""
    secret, message, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert signing.signature(secret, message, timestamp, b'{"test": 2432232314}') == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "headers", "answer", "for_good"),
    [
        (500, {}, "it answered 500", False),
        (410, {}, "it answered 410", True),
        (302, {"Location": "http://169.254.169.254/"}, "where it leads is not followed", False),
        (307, {"Location": "/elsewhere"}, "where it leads is not followed", False),
    ],
)
def test_what_is_no_success_is_none(
    called: tuple[Receiver, Settings, str, str], status: int, headers: dict[str, str], answer: str, for_good: bool
) -> None:
    made, settings, _, sealed = called
    made.answer = lambda _call: (status, headers)
    outcome = Sender(settings, Vault(settings.home), lambda: EPOCH)(parcel(made.address, event(1), secret=sealed))
    assert (outcome.arrived, outcome.for_good, len(made.calls)) == (False, for_good, 1)
    assert answer in outcome.answer


def test_a_receiver_that_nobody_vouches_for_is_not_told(called: tuple[Receiver, Settings, str, str]) -> None:
    made, settings, _, sealed = called
    outcome = Sender(replace(settings, webhook_authorities=None), Vault(settings.home))(parcel(made.address, event(1), secret=sealed))
    assert not outcome.arrived
    assert "certificate" in outcome.answer
    assert made.calls == []


def nowhere(_host: str, _port: int) -> list[str]:
    raise OSError("no such name")


@pytest.mark.parametrize(
    ("resolver", "line"),
    [
        (lambda _host, _port: ["127.0.0.1"], "is in a private network"),
        (lambda _host, _port: ["8.8.8.8", "10.0.0.1"], "is in a private network"),
        (lambda _host, _port: ["::ffff:169.254.169.254"], "is in a private network"),
        (nowhere, "there is no server"),
    ],
)
def test_where_a_name_leads_is_looked_at_when_it_is_called(
    called: tuple[Receiver, Settings, str, str], resolver: Callable[[str, int], list[str]], line: str
) -> None:
    made, settings, _, sealed = called
    outside = replace(settings, allow_private_addresses=False)
    outcome = Sender(outside, Vault(settings.home), resolver=resolver)(parcel(made.address, event(1), secret=sealed))
    assert not outcome.arrived
    assert line in outcome.answer
    assert made.calls == []


def test_plain_http_is_called_only_where_private_addresses_are_allowed(tmp_path: Path) -> None:
    sealed = Vault(tmp_path).seal(signing.new_secret())
    inside = Settings(home=tmp_path, database="", allow_private_addresses=True, public_address=BASE)
    with receiver() as made:
        asked = parcel(made.address, event(1), secret=sealed)
        refused = Sender(replace(inside, allow_private_addresses=False), Vault(tmp_path))(asked)
        assert refused.answer == f"{made.address}: only https addresses are used; write another"
        assert made.calls == []
        assert Sender(inside, Vault(tmp_path))(asked).arrived


def test_a_receiver_that_takes_for_ever_is_left(called: tuple[Receiver, Settings, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    made, settings, _, sealed = called
    over = threading.Event()

    def wait(_call: object) -> tuple[int, dict[str, str]]:
        over.wait(20)
        return 204, {}

    made.answer = wait
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    try:
        outcome = Sender(settings, Vault(settings.home))(parcel(made.address, event(1), secret=sealed))
    finally:
        over.set()
    assert (outcome.arrived, outcome.answer) == (False, "it took longer than 0.3 s")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("name@example.org", True),
        ("first.last+tag@sub.example.org", True),
        ("name@example.org\r\nBcc: x@example.org", False),
        ("a@example.org, b@example.org", False),
        ("Name <name@example.org>", False),
        ("name@localhost", False),
        ('"quoted name"@example.org', False),
        ("@example.org", False),
        ("", False),
        ("a" * 65 + "@example.org", False),
    ],
)
def test_addresses(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


GOOD = {
    "OCPP_REGISTRY_SMTP_HOST": "mail.example",
    "OCPP_REGISTRY_SMTP_SENDER": "registry@registry.example",
    "OCPP_REGISTRY_PUBLIC_ADDRESS": "https://registry.example/chargers",
}


def test_what_the_environment_says_of_mail() -> None:
    settings = Settings.from_environment({**GOOD, "OCPP_REGISTRY_SMTP_USER": "me", "OCPP_REGISTRY_SMTP_PASSWORD": "hidden"})
    assert settings.mail == MailServer("mail.example", 587, "starttls", "registry@registry.example", "me", "hidden")
    assert settings.public_address == "https://registry.example/chargers/"
    assert "hidden" not in repr(settings)
    assert Settings.from_environment({}).mail is None


@pytest.mark.parametrize(
    ("variable", "text", "line"),
    [
        ("OCPP_REGISTRY_SMTP_PORT", "many", "write a port from 1 to 65535, or leave it out for 587"),
        ("OCPP_REGISTRY_SMTP_SECURITY", "ssl", "write starttls, tls or none"),
        ("OCPP_REGISTRY_SMTP_SENDER", "", "write the address that mail is sent from"),
        ("OCPP_REGISTRY_PUBLIC_ADDRESS", "", "mails have links, so write where people find the pages"),
        ("OCPP_REGISTRY_PUBLIC_ADDRESS", "registry.example", "write where people find the pages"),
        ("OCPP_REGISTRY_PUBLIC_ADDRESS", "https://[", "write where people find the pages"),
    ],
)
def test_an_environment_that_cannot_be_is_one_line(variable: str, text: str, line: str) -> None:
    with pytest.raises(CannotBegin, match=line):
        Settings.from_environment(GOOD | {variable: text})


def test_a_password_is_not_sent_for_all_to_read() -> None:
    more = {"OCPP_REGISTRY_SMTP_SECURITY": "none", "OCPP_REGISTRY_SMTP_PASSWORD": "hidden"}
    with pytest.raises(CannotBegin, match="for all to read"):
        Settings.from_environment(GOOD | more)
    assert smtplib.SMTP_PORT == 25
