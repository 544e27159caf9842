"""Messages of the security extension: what fails a central system, and what accuses nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes.pki.certificates import Certificate, hash_data, to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import PrivateKey, new_key, new_request
from probes.wire.records import EventKind
from probes.wire.redact import CONCEALED
from tests.probes.judge.central.talk import CentralTalk, certificate

SECURED = certificate(profiles={"Core": "Pass", "Security": "Pass"})
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = {"type": "FirmwareUpdated", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [({}, "pass"), ("NotImplemented", "fail error"), ("NotSupported", "fail error"), ("InternalError", "not exercised")],
)
def test_what_is_told_is_taken(answer: dict[str, Any] | str, verdict: str) -> None:
    talk = CentralTalk().booted()
    talk.says("SecurityEventNotification", EVENT, answer)
    assert talk.verdicts("central-security-message-is-taken", SECURED) == [verdict]


def test_who_is_not_certified_for_it_need_not_have_it() -> None:
    talk = CentralTalk().booted()
    talk.says("SecurityEventNotification", EVENT, "NotImplemented")
    assert talk.verdicts("central-security-message-is-taken") == ["not exercised"]


def test_who_cannot_have_a_request_processed_may_say_so() -> None:
    talk = CentralTalk().booted()
    talk.says("SignCertificate", {"csr": "x"}, {"status": "Rejected"})
    talk.says("SignCertificate", {"csr": "x"}, {"status": "Accepted"})
    assert talk.verdicts("central-takes-request-for-certificate", SECURED) == ["not exercised warning", "pass"]


def signed(asked: PrivateKey | None, chain: str) -> list[str]:
    """What is said of a signed certificate after a request for this key."""
    talk = CentralTalk().booted()
    if asked is not None:
        talk.says("SignCertificate", {"csr": new_request(asked, "CP1", "Operator")}, {"status": "Accepted"})
    talk.asks("CertificateSigned", {"certificateChain": chain}, {"status": "Accepted"})
    return talk.verdicts("central-signs-what-was-asked", SECURED)


def test_a_signed_certificate_is_for_the_key_of_the_station() -> None:
    key, authority = new_key(), Issuer.new("Root", "Operator", NOW)
    mine, others = (
        to_pem(authority.issue("CP1", "Operator", each.public_key(), NOW, timedelta(days=9)), authority.certificate)
        for each in (key, new_key())
    )
    assert signed(key, mine) == ["pass"]
    assert signed(key, others) == ["fail warning"]
    assert signed(key, "no certificate") == ["fail warning"]
    assert signed(None, mine) == ["not exercised"]


def root() -> Certificate:
    return Issuer.new("Root", "Operator", NOW).certificate


def test_what_is_installed_is_a_certificate() -> None:
    talk = CentralTalk().booted()
    talk.asks(
        "InstallCertificate", {"certificateType": "ManufacturerRootCertificate", "certificate": to_pem(root())}, {"status": "Accepted"}
    )
    talk.asks("InstallCertificate", {"certificateType": "ManufacturerRootCertificate", "certificate": "-"}, {"status": "Rejected"})
    assert talk.verdicts("central-sends-a-root", SECURED) == ["pass", "not exercised warning"]


def test_a_certificate_is_deleted_by_the_hashes_that_were_told() -> None:
    told = hash_data((made := root()), made, "SHA384").to_wire()
    upper = {name: value.upper() if name.endswith("Hash") else value for name, value in told.items()}
    others = hash_data(made, made, "SHA256").to_wire()
    talk = CentralTalk().booted()
    talk.asks(
        "GetInstalledCertificateIds",
        {"certificateType": "ManufacturerRootCertificate"},
        {"status": "Accepted", "certificateHashData": [told]},
    )
    for named in (told, upper, others):
        talk.asks("DeleteCertificate", {"certificateHashData": named}, {"status": "Accepted"})
    assert talk.verdicts("central-deletes-what-was-told", SECURED) == ["pass", "pass", "not exercised warning"]


def test_the_form_of_a_password_is_seen_by_the_answer_and_accuses_nobody() -> None:
    talk = CentralTalk().booted()
    for status in ("Accepted", "Rejected", "NotSupported"):
        talk.asks("ChangeConfiguration", {"key": "AuthorizationKey", "value": "****"}, {"status": status})
    assert talk.verdicts("central-password-has-form", SECURED) == ["pass", "not exercised warning"]


def test_a_password_in_another_message_is_a_warning() -> None:
    talk = CentralTalk().booted()
    talk.asks("ChangeConfiguration", {"key": "AuthorizationKey", "value": f"{CONCEALED}***"}, {"status": "Accepted"})
    talk.asks("DataTransfer", {"vendorId": "V", "data": "password=****"}, {"status": "Accepted"})
    assert talk.verdicts("central-password-stays-secret", SECURED) == []
    talk.asks("DataTransfer", {"vendorId": "V", "data": f"{CONCEALED}***"}, {"status": "Accepted"})
    assert talk.verdicts("central-password-stays-secret", SECURED) == ["fail warning"]


@pytest.mark.parametrize(("came", "verdict"), [(3, "pass"), (2, "not exercised"), (None, "not exercised")])
def test_a_higher_profile(came: int | None, verdict: str) -> None:
    talk = CentralTalk().booted()
    talk.asks("ChangeConfiguration", {"key": "SecurityProfile", "value": "3"}, {"status": "Accepted"})
    if came is not None:
        talk.leaves()
        talk.event(EventKind.OPEN, {"securityProfile": came})
    assert talk.verdicts("central-higher-profile-is-served", SECURED) == [verdict]
