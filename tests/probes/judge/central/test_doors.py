"""Who is let in, over which TLS: what fails a central system, and who must not be accused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from probes.judge.central.rules import doors, tls
from probes.pki.certificates import to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import new_key
from probes.wire.records import EventKind
from tests.probes.judge.central.talk import CentralTalk
from tests.probes.judge.talk import BEGINNING

WRONG = "central-wrong-credentials-are-refused"
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


def tried(talk: CentralTalk, purpose: str, *, opened: bool = False, **detail: Any) -> CentralTalk:
    """One handshake."""
    talk.event(EventKind.OPEN if opened else EventKind.HANDSHAKE_REFUSED, {"purpose": purpose} | detail)
    return talk


def let_in() -> CentralTalk:
    """A talk in which our station comes in with what is right."""
    return CentralTalk().booted().leaves()


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"opened": True, "said": ACCEPTED}, "fail error"),
    ({"opened": True, "said": {"status": "Pending"}}, "fail error"),
    ({"opened": True, "said": REJECTED}, "not exercised warning"),
    ({"opened": True, "said": {"error": "SecurityError"}}, "not exercised warning"),
    ({"opened": True, "closed": True}, "not exercised warning"),
    ({"opened": True}, "not exercised warning"),
    ({"httpStatus": 401}, "pass"),
    ({"httpStatus": 403}, "pass note"),
    ({"httpStatus": 404}, "pass warning"),
    ({"httpStatus": 302}, "not exercised"),
    ({"httpStatus": 503}, "not exercised"),
    ({"failed": "host", "problem": "nobody"}, "not exercised"),
]


@pytest.mark.parametrize("purpose", [doors.NONE_SHOWN, doors.WRONG_PASSWORD])
@pytest.mark.parametrize(("detail", "verdict"), REFUSALS)
def test_wrong_credentials(purpose: str, detail: dict[str, Any], verdict: str) -> None:
    assert tried(let_in(), purpose, **detail).verdicts(WRONG) == [verdict]


def test_who_looks_at_the_address_for_the_user_is_warned_alone() -> None:
    assert tried(let_in(), doors.ANOTHERS_NAME, opened=True, said=ACCEPTED).verdicts(WRONG) == ["fail warning"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_door_that_lets_nobody_in_has_shown_nothing(status: int) -> None:
    assert tried(CentralTalk(), doors.WRONG_PASSWORD, httpStatus=status).verdicts(WRONG) == ["not exercised"]


def test_right_credentials_accuse_nobody() -> None:
    rule = "central-right-credentials-are-taken"
    assert tried(CentralTalk(), doors.RIGHT, opened=True, said=ACCEPTED).verdicts(rule) == ["pass"]
    assert tried(CentralTalk(), doors.RIGHT, opened=True, closed=True).verdicts(rule) == ["not exercised"]
    assert tried(CentralTalk(), doors.RIGHT, httpStatus=401).verdicts(rule) == ["not exercised"]


@pytest.mark.parametrize("purpose", [doors.NO_CERTIFICATE, doors.FOREIGN_CERTIFICATE])
@pytest.mark.parametrize(
    ("detail", "verdict"),
    [
        ({"opened": True, "said": ACCEPTED}, "fail error"),
        ({"failed": "tls"}, "pass"),
        ({"httpStatus": 400}, "pass"),
        ({"httpStatus": 403}, "pass"),
        ({"failed": "host"}, "not exercised"),
    ],
)
def test_wrong_certificates(purpose: str, detail: dict[str, Any], verdict: str) -> None:
    assert tried(let_in(), purpose, **detail).verdicts("central-client-certificate-is-checked") == [verdict]


def test_the_former_password_may_count_for_a_moment() -> None:
    rule = "central-former-password-is-refused"
    talk = tried(let_in(), doors.FORMER, opened=True, said=ACCEPTED)
    assert talk.verdicts(rule) == ["fail error"]
    assert tried(talk, doors.FORMER, httpStatus=401).verdicts(rule) == ["pass"]


def test_a_new_password_that_is_not_taken_accuses_where_the_former_one_is() -> None:
    rule = "central-new-password-counts"
    assert tried(let_in(), doors.NEW, opened=True, said=ACCEPTED).verdicts(rule) == ["pass"]
    refused = tried(let_in(), doors.NEW, httpStatus=401)
    assert refused.verdicts(rule) == ["not exercised"]
    assert tried(refused, doors.FORMER, httpStatus=401).verdicts(rule) == ["not exercised"]
    refused = tried(tried(let_in(), doors.NEW, httpStatus=401), doors.FORMER, opened=True, said=ACCEPTED)
    assert refused.verdicts(rule) == ["fail error"]
    locked = tried(tried(let_in(), doors.NEW, httpStatus=429), doors.FORMER, opened=True, said=ACCEPTED)
    assert locked.verdicts(rule) == ["not exercised"]


def test_a_lower_profile() -> None:
    rule = "central-lower-profile-is-refused"
    assert tried(let_in(), doors.LOWER_PROFILE, opened=True, said=ACCEPTED).verdicts(rule) == ["fail error"]
    assert tried(let_in(), doors.LOWER_PROFILE, httpStatus=404).verdicts(rule) == ["pass"]
    assert tried(let_in(), doors.LOWER_PROFILE, failed="host").verdicts(rule) == ["not exercised"]


# --- TLS

OLD = {"version": "TLSv1.1", "cipher": "AES128-SHA"}
SUITES = "central-cipher-suites-are-supported"


def test_versions() -> None:
    modern, old = "central-tls-is-modern", "central-old-tls-is-refused"
    talk = tried(CentralTalk(), tls.ANY, failed="tls")
    assert talk.verdicts(modern) == ["not exercised"]
    assert tried(talk, tls.OLD, opened=True, tls=OLD).verdicts(modern) == ["fail error"]
    assert talk.verdicts(old) == ["fail warning"]
    talk = tried(CentralTalk(), tls.ANY, tls={"version": "TLSv1.2"})
    assert talk.verdicts(modern) == ["pass"]
    assert tried(CentralTalk(), tls.OLD, failed="tls").verdicts(old) == ["pass"]
    assert tried(CentralTalk(), tls.OLD, httpStatus=403, tls=OLD).verdicts(old) == ["pass note"]
    assert tried(CentralTalk(), tls.OLD, failed="host").verdicts(old) == ["not exercised"]


def suites(*agreed: str, whole: str | None, older: int | None = None, failed: str = "tls") -> list[str]:
    """What is said of a server that agrees to these suites, to this version where all is offered, and to older suites in this version."""
    talk = tried(CentralTalk(), tls.ANY, tls={"version": whole} if whole else None)
    for suite in tls.SUITES:
        shown = {"version": "TLSv1.2", "cipher": suite} if suite in agreed else None
        tried(talk, tls.SUITE, offers=[suite], tls=shown, failed=None if shown else failed)
    tried(talk, tls.OLDER, reached=True, hello={"version": older, "suite": 0x2F, "compression": 0} if older else None)
    return talk.verdicts(SUITES)


ECDSA, RSA = tls.SUITES[:2], tls.SUITES[2:]


def test_the_four_suites() -> None:
    assert suites(*tls.SUITES, whole="TLSv1.3") == ["pass"] * 4


@pytest.mark.parametrize("agreed", [ECDSA, RSA, (), ECDSA[:0]])
def test_a_door_with_certificates_of_one_kind_or_without_key_exchange_by_rsa_is_not_accused(agreed: tuple[str, ...]) -> None:
    assert "fail error" not in suites(*agreed, whole="TLSv1.3", older=0x0303)
    assert "fail error" not in suites(*agreed, whole="TLSv1.2")


def test_half_of_the_ecdsa_suites_are_not_enough() -> None:
    assert suites(ECDSA[0], whole="TLSv1.3") == ["pass", "fail error", "not exercised warning", "not exercised warning"]


def test_older_suites_alone_are_not_enough() -> None:
    assert suites(whole=None, older=0x0303) == ["fail error"] * 4
    # An older version has no other suites; nobody there, or nothing that was understood, shows nothing.
    assert "fail error" not in suites(whole=None, older=0x0302)
    assert suites(whole=None) == ["not exercised warning"] * 4
    assert suites(whole=None, older=0x0303, failed="host") == ["not exercised"] * 4


def test_hellos() -> None:
    unsuitable, compressed = "central-unsuitable-suites-are-refused", "central-tls-is-not-compressed"
    hello = {"version": 0x0303, "suite": 0x0005, "compression": 0}
    assert tried(CentralTalk(), tls.UNSUITABLE, reached=True, hello=hello).verdicts(unsuitable) == ["fail error"]
    assert tried(CentralTalk(), tls.UNSUITABLE, reached=True, alert=40).verdicts(unsuitable) == ["pass"]
    assert tried(CentralTalk(), tls.UNSUITABLE, reached=False).verdicts(unsuitable) == []
    assert tried(CentralTalk(), tls.COMPRESSED, reached=True, hello=hello).verdicts(compressed) == ["pass"]
    assert tried(CentralTalk(), tls.COMPRESSED, reached=True, hello=hello | {"compression": 1}).verdicts(compressed) == ["fail error"]
    assert tried(CentralTalk(), tls.COMPRESSED, reached=True, alert=70).verdicts(compressed) == []


@cache
def _authority() -> Issuer:
    return Issuer.new("Root", "Operator", datetime(2020, 1, 1, tzinfo=UTC))


def shown(host: str, *, days: float = 30, url: str = "wss://central.example/ocpp/CP1") -> list[str]:
    """What is said of a certificate that is made out to this host, and ends so many days after the handshake."""
    begin = datetime(2021, 1, 1, tzinfo=UTC)
    issued = _authority().issue_server(host, "Operator", new_key().public_key(), begin, BEGINNING + timedelta(days=days) - begin)
    talk = tried(CentralTalk(), tls.ANY, url=url, tls={"version": "TLSv1.3", "certificate": to_pem(issued)})
    return talk.verdicts("central-certificate-is-sound")


def test_certificates() -> None:
    assert shown("central.example") == ["pass"]
    assert shown("CENTRAL.example") == ["pass"]
    assert shown("*.example") == ["pass"]
    assert shown("other.example") == ["not exercised warning"]
    assert shown("127.0.0.1", url="wss://127.0.0.1:443/CP1") == ["pass"]
    assert shown("central.example", days=-30) == ["fail error"]
    # Our own clock may be wrong by some hours.
    assert shown("central.example", days=-0.5) == ["pass"]


def test_a_connection_without_tls_shows_nothing() -> None:
    rule = "central-station-comes-over-tls"
    talk = CentralTalk()
    talk.event(EventKind.OPEN, {"securityProfile": 1})
    assert talk.verdicts(rule) == []
    talk.event(EventKind.OPEN, {"securityProfile": 2, "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256"}})
    assert talk.verdicts(rule) == ["pass"]
