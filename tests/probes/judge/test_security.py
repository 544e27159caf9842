"""Obligations of the security extension over hand-made talks, above all those of stations that must not be accused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from probes.judge.rules.credentials import CREDENTIALS, EXPECTED
from probes.pki.certificates import hash_data, to_pem
from probes.pki.issuing import Issuer
from probes.wire.records import EventKind
from tests.probes.judge.talk import BEGINNING, Talk, certificate

CENTRAL = "CentralSystemRootCertificate"
ROOT = Issuer.new("Root", "Operator", BEGINNING).certificate
EXPIRED = Issuer.new("Old", "Operator", BEGINNING - timedelta(days=100), days=10).certificate
JUST_OVER = Issuer.new("Old", "Operator", BEGINNING - timedelta(days=10, hours=1), days=10).certificate
HASHES = hash_data(ROOT, ROOT).to_wire()
FACTS = certificate(profiles={"Core": "Pass", "Security": "Pass"})


def told(talk: Talk, obligation: str) -> list[tuple[str, bool, str | None]]:
    """Outcome, whether it accuses, and the subject."""
    return [(str(each.outcome), each.accuses, each.subject) for each in talk.judged(obligation, FACTS)]


def opened(profile: int | None = None, **detail: Any) -> Talk:
    talk = Talk()
    talk.event(EventKind.OPEN, ({} if profile is None else {"securityProfile": profile}) | detail)
    talk.boots()
    return talk


def installs(talk: Talk, text: str, answer: dict[str, Any] | str) -> None:
    talk.asks("InstallCertificate", {"certificateType": CENTRAL, "certificate": text}, answer)


def lists(talk: Talk, *entries: dict[str, Any], kind: str = CENTRAL) -> None:
    answer = {"status": "Accepted", "certificateHashData": list(entries)} if entries else {"status": "NotFound"}
    talk.asks("GetInstalledCertificateIds", {"certificateType": kind}, answer)


PASS, FAIL, OPEN = str(Outcome.PASSED), str(Outcome.FAILED), str(Outcome.NOT_EXERCISED)


# --- roots


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((HASHES,), (PASS, False, None)),
        (({**HASHES, "serialNumber": "00" + HASHES["serialNumber"].lower()},), (PASS, False, None)),
        (({**HASHES, "serialNumber": str(ROOT.serial_number)},), (PASS, False, None)),
        (({**HASHES, "issuerKeyHash": "ab" * 32},), (PASS, False, "certificateHashData")),
        ((), (FAIL, True, "InstallCertificate/no effect")),
        (({**HASHES, "serialNumber": "77"},), (FAIL, True, "InstallCertificate/no effect")),
    ],
    ids=["listed", "other spelling", "decimal digits", "hashes of something else", "none", "another"],
)
def test_a_root_that_was_accepted_is_listed(entries: tuple[dict[str, Any], ...], expected: tuple[str, bool, str | None]) -> None:
    talk = opened()
    installs(talk, to_pem(ROOT), {"status": "Accepted"})
    lists(talk, *entries)
    assert told(talk, "central-system-root-is-installed") == [expected]


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"status": "Failed"}, "NotImplemented", "InternalError"])
def test_a_root_may_be_refused(answer: dict[str, Any] | str) -> None:
    talk = opened()
    installs(talk, to_pem(ROOT), answer)
    lists(talk)
    assert told(talk, "central-system-root-is-installed") == [(OPEN, False, None)]


def test_an_extension_that_is_in_use_is_not_unknown() -> None:
    talk = opened(2)
    installs(talk, to_pem(ROOT), "NotImplemented")
    assert told(talk, "central-system-root-is-installed") == [(FAIL, True, "answers/InstallCertificate")]


def test_what_was_deleted_or_is_of_another_kind_is_missing_rightly() -> None:
    talk = opened()
    installs(talk, to_pem(ROOT), {"status": "Accepted"})
    lists(talk, kind="ManufacturerRootCertificate")
    talk.asks("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "Accepted"})
    lists(talk)
    assert told(talk, "central-system-root-is-installed") == [(OPEN, False, None)]


@pytest.mark.parametrize(
    ("answer", "after", "expected"),
    [
        ("Accepted", (), (PASS, False, None)),
        ("Accepted", (HASHES,), (FAIL, True, "DeleteCertificate/no effect")),
        ("NotFound", (HASHES,), (FAIL, True, "DeleteCertificate/NotFound")),
        ("Failed", (HASHES,), (OPEN, False, None)),
    ],
)
def test_a_root_that_was_deleted_is_gone(answer: str, after: tuple[dict[str, Any], ...], expected: tuple[str, bool, str | None]) -> None:
    talk = opened()
    lists(talk, HASHES)
    talk.asks("DeleteCertificate", {"certificateHashData": HASHES}, {"status": answer})
    lists(talk, *after)
    assert told(talk, "deleted-root-is-gone") == [expected]


def test_what_was_never_listed_or_is_deleted_twice_may_not_be_found() -> None:
    talk = opened()
    talk.asks("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "NotFound"})
    lists(talk, HASHES)
    talk.asks("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "Accepted"})
    talk.asks("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "NotFound"})
    assert [accuses for _, accuses, _ in told(talk, "deleted-root-is-gone")] == [False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (to_pem(EXPIRED), [(FAIL, True, "InstallCertificate/invalid")]),
        ("please", [(FAIL, True, "InstallCertificate/invalid")]),
        (to_pem(JUST_OVER), []),
        (to_pem(ROOT), []),
        (to_pem(ROOT, ROOT), []),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", []),
    ],
    ids=["expired", "none", "within a day, as clocks may differ", "good", "two of them", "what only this end cannot read"],
)
def test_only_what_certainly_does_not_count_must_be_refused(text: str, expected: list[tuple[str, bool, str | None]]) -> None:
    talk = opened()
    installs(talk, text, {"status": "Accepted"})
    assert told(talk, "invalid-root-is-refused") == expected


def test_an_event_that_is_not_told_is_a_remark() -> None:
    talk = opened()
    installs(talk, to_pem(EXPIRED), {"status": "Rejected"})
    talk.now += 100
    talk.event(EventKind.CLOSE)
    assert told(talk, "invalid-root-is-refused") == [(PASS, False, "SecurityEventNotification/InvalidCentralSystemCertificate")]


# --- passwords and profiles


@pytest.mark.parametrize(
    ("profile", "answer", "shown", "expected"),
    [
        (1, "Accepted", "audit's", (PASS, False, None)),
        (1, "Accepted", "given", (FAIL, True, "AuthorizationKey/no effect")),
        (1, "Accepted", None, (OPEN, False, None)),
        (1, "Rejected", None, (OPEN, False, None)),
        (1, "NotSupported", None, (FAIL, True, "ChangeConfiguration/AuthorizationKey")),
        (0, "NotSupported", None, (OPEN, False, None)),
        (None, "NotSupported", None, (OPEN, False, None)),
    ],
)
def test_a_new_password_is_used(profile: int | None, answer: str, shown: str | None, expected: tuple[str, bool, str | None]) -> None:
    talk = opened(profile)
    talk.asks("ChangeConfiguration", {"key": "AuthorizationKey", "value": "*" * 40}, {"status": answer})
    if shown is not None:
        talk.event(EventKind.CLOSE).event(EventKind.OPEN, {"securityProfile": profile})
        talk.event(EventKind.AUDIT, {CREDENTIALS: shown, EXPECTED: "audit's"})
    assert told(talk, "new-password-is-used") == [expected]


@pytest.mark.parametrize(
    ("value", "answer", "expected"),
    [
        ("1", "Rejected", [(PASS, False, None)]),
        ("1", "Accepted", [(FAIL, True, "SecurityProfile/lower")]),
        ("1", "NotSupported", [(PASS, False, "remarks/SecurityProfile")]),
        ("2", "Accepted", []),
        ("3", "Accepted", []),
    ],
)
def test_a_lower_profile_is_refused(value: str, answer: str, expected: list[tuple[str, bool, str | None]]) -> None:
    talk = opened(2)
    entry = {"key": "SecurityProfile", "readonly": False, "value": "2"}
    talk.asks("GetConfiguration", {"key": ["SecurityProfile"]}, {"configurationKey": [entry]})
    talk.asks("ChangeConfiguration", {"key": "SecurityProfile", "value": value}, {"status": answer})
    assert told(talk, "lower-profile-is-refused") == expected


def test_coming_back_with_the_profile_from_before_is_no_failure() -> None:
    talk = opened(1)
    entry = {"key": "SecurityProfile", "readonly": False, "value": "1"}
    talk.asks("GetConfiguration", {"key": ["SecurityProfile"]}, {"configurationKey": [entry]})
    talk.asks("ChangeConfiguration", {"key": "SecurityProfile", "value": "2"}, {"status": "Accepted"})
    talk.event(EventKind.CLOSE).event(EventKind.OPEN, {"securityProfile": 1})
    talk.boots()
    assert told(talk, "higher-profile-is-used") == [(OPEN, False, None)]


# --- connections


TLS = {"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256"}
BASIC = {"headers": {"Authorization": "Basic ***"}}


@pytest.mark.parametrize(
    ("profile", "detail", "passed"),
    [
        (None, BASIC, set()),
        (0, BASIC, set()),
        (1, BASIC, {"comes-with-basic-authentication"}),
        (1, {}, set()),
        (2, {**BASIC, "tls": TLS}, {"comes-with-basic-authentication", "comes-over-tls"}),
        (3, {"tls": {**TLS, "peerCertificate": {"serialNumber": "01"}}}, {"comes-over-tls", "comes-with-certificate"}),
        (3, {"tls": TLS}, {"comes-over-tls"}),
    ],
)
def test_only_what_a_connection_has_shown_is_passed(profile: int | None, detail: dict[str, Any], passed: set[str]) -> None:
    talk = opened(profile, **detail)
    all_three = ("comes-with-basic-authentication", "comes-over-tls", "comes-with-certificate")
    assert {name for name in all_three if told(talk, name)} == passed


@pytest.mark.parametrize(
    ("tls", "outcome", "subject"),
    [
        ({"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}, Outcome.PASSED, None),
        ({"version": "TLSv1.3", "cipher": "TLS_CHACHA20_POLY1305_SHA256"}, Outcome.PASSED, None),
        ({"version": "TLSv1.3", "cipher": "TLS_AES_128_CCM_SHA256"}, Outcome.PASSED, None),
        ({"version": "TLSv1.2", "cipher": "ECDHE-ECDSA-AES128-GCM-SHA256"}, Outcome.PASSED, None),
        ({"version": "TLSv1.2", "cipher": None}, Outcome.PASSED, None),
        # Who has nothing better may come so, and the door may lack the kind of key that the right suites need: a warning, no failure.
        ({"version": "TLSv1.1", "cipher": "ECDHE-ECDSA-AES256-SHA"}, Outcome.NOT_EXERCISED, "TLS/version"),
        ({"version": "TLSv1.2", "cipher": "ECDHE-ECDSA-AES128-SHA"}, Outcome.NOT_EXERCISED, "TLS/cipher suite"),
    ],
)
def test_old_tls_is_a_warning(tls: dict[str, str], outcome: Outcome, subject: str | None) -> None:
    (judgement,) = opened(2, tls=tls).judged("comes-over-tls")
    assert (judgement.outcome, judgement.subject) == (outcome, subject)
    assert not judgement.accuses


# --- logs


def test_a_status_that_was_asked_for_may_come_without_a_request() -> None:
    talk = opened()
    talk.asks("GetLog", {"logType": "SecurityLog", "requestId": 7, "log": {"remoteLocation": "http://x/"}}, {"status": "Accepted"})
    talk.asks("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}, {"status": "Accepted"})
    talk.tells("LogStatusNotification", {"status": "Uploading"})
    assert [accuses for _, accuses, _ in told(talk, "log-status-names-its-request")] == []


def test_a_log_that_cannot_be_had_or_sent_is_no_failure() -> None:
    for answer in ("Rejected", "Accepted"):
        talk = opened()
        talk.asks("GetLog", {"logType": "SecurityLog", "requestId": 7, "log": {"remoteLocation": "http://x/"}}, {"status": answer})
        talk.now += 400
        talk.event(EventKind.CLOSE)
        assert told(talk, "log-is-uploaded") == [(OPEN, False, None)]
