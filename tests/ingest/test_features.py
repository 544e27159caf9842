"""Declarations of OCPP 2.x: the vocabulary has what the specification has, and a row is read rightly or not at all."""

from __future__ import annotations

import pytest

from ingest.grammar.titles import is_title, kind_of, title_of
from ingest.parse import parse_document
from ingest.vocabulary import vocabulary
from registry.certificates.facts import Extraction, FieldState
from tests.ingest.certificates import ROOT

STATION = (
    "C-01 C-02 C-03 C-04 C-06 C-06.1 C-06.2 C-07 C-08 C-09 C-09.1 C-09.2 C-09.3 C-09.4 C-09.5 C-09.6 C-10 C-10.1 C-10.2 "
    "C-10.3 C-10.4 C-10.5 C-12 C-12.1 C-12.2 C-13 C-14 C-20 C-21 C-23 C-25 C-26 C-28 C-29 C-29.1 C-29.2 C-29.3 C-29.4 C-29.5 "
    "C-29.6 C-30 C-31 C-32 C-33 C-34 C-35 C-36 C-37 C-38 C-39 C-40 C-40.1 C-40.2 C-40.3 C-40.4 C-40.5 C-41 C-42 C-43 C-47 "
    "C-48 C-48.1 C-48.2 C-49 C-51 C-52 C-53 C-54 C-56 C-57 C-58 C-59 C-60 AS-2 AS-3 SC-2 SC-2.1 SC-2.2 R-2 R-3 DM-3 ISO-3 "
    "ISO-4 ISO-5 LA-1 LA-3 UI-1 UI-1.1 UI-1.2 UI-1.3 UI-2 UI-2.1 UI-2.2 UI-2.3 UI-2.4 AQ-1 AQ-2 AQ-3 AQ-4 AQ-5 AQ-6 AQ-7 AQ-8 "
    "AQ-9 HFS-1 HFS-2 HFS-3 HFS-4 HFS-5 HFS-6 HFS-7 HFS-8 HFS-9 HFS-10"
)
"""OCPP 2.0.1 Edition 3, Part 5: section 3.1, section 6.1 and section 7."""
SYSTEM = (
    "C-11 C-13 C-14 C-15 C-16 C-17 C-29 C-29.1 C-29.2 C-29.3 C-29.4 C-29.5 C-30 C-31 C-32 C-33 C-34 C-35 C-36 C-37 C-38 C-39 "
    "C-44 C-45 C-46 C-50 C-50.1 C-50.2 SC-4 R-1 R-2 ISO-3 ISO-4 LA-2 AQ-1 AQ-2 AQ-6"
)
"""The same: section 3.2 and section 6.2."""


@pytest.mark.parametrize(("role", "ids"), [("CS", STATION), ("CSMS", SYSTEM)])
def test_the_vocabulary_has_the_ids_of_the_specification(role: str, ids: str) -> None:
    entries = vocabulary("features_2.0.1")["features"]
    assert sorted(entry["id"] for entry in entries if role in entry["titles"]) == sorted(ids.split())
    assert len({entry["id"] for entry in entries}) == len(entries)


def certificate(features: str, *, number: str = "OCA.0201.9923.CSMS", title: str = "OCPP 2.0.1 Core + S + C Certificate") -> Extraction:
    """A sample made into a certificate of OCPP 2.0.1 with these rows of features."""
    text = (ROOT / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8")
    text = text.replace("OCPP 1.6 Full Certificate", title).replace("OCA.0016.0023.CSMS", number)
    text = text.replace("\nFirmware Management\t", "\nAdvanced Security\t").replace("\nRemote Trigger\t", "\nISO 15118 Support\t")
    return parse_document(text.replace("Statement of Approval\n", f"{features}\n\nStatement of Approval\n").encode(), "sample")


HEADER = "Optional features\n\nID\tFeature\tSupported\n"


@pytest.mark.parametrize(
    ("rows", "name", "value"),
    [
        (HEADER + "C-11\tSupport for unlocking\tYes", "C-11", "Yes"),
        (HEADER + "Core\nC-50.2\tFull inventory by hand\tNo", "C-50.2", "No"),
        (HEADER + "C-23\tTime sources\tHeartbeat, NTP", "C-23", "Heartbeat, NTP"),
        (HEADER + "HFS-8\tNo. EVSEs\t12", "HFS-8", "12"),
        (HEADER + "AQ-5\tHas it hardwired monitors?\tYes, Connector Temperature", "AQ-5", "Yes, Connector Temperature"),
        (HEADER + "C-99\tA feature of another edition\tYes", "C-99", "Yes"),
        (HEADER + "C-11\tSupport for\tYes\n\tunlocking connectors\t", "C-11", "Yes"),
        (HEADER + "C-41\tCipher suites\tTLS_RSA_WITH_AES\n\t\t_128_GCM_SHA256", "C-41", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        ("Id\tSupported\tFeature\nC-11\tNo\tSupport for unlocking", "C-11", "No"),
        ("C-11\tSupport for unlocking\tYes", "C-11", "Yes"),
        ("C-11 Support for unlocking the connector Yes", "C-11", "Yes"),
        ("C-11\nSupport for unlocking the connector\nYes\nC-13\nReset of one EVSE\nNo", "C-13", "No"),
        ("C – 11\tSupport for unlocking\t<Yes>", "C-11", "Yes"),
        ("SC-2.1: Yes", "SC-2.1", "Yes"),
    ],
)
def test_a_declaration_is_read(rows: str, name: str, value: str) -> None:
    assert (certificate(rows).certificate.features or {})[name] == value


@pytest.mark.parametrize(
    ("rows", "name", "state"),
    [
        (HEADER + "C-11\tSupport for unlocking\t", "C-11", FieldState.ABSENT),
        (HEADER + "C-11\tSupport for unlocking\t-", "C-11", FieldState.DECLARED_EMPTY),
        (HEADER + "C-11\tSupport for unlocking\tYes\nC-11\tSupport for unlocking\tNo", "C-11", FieldState.UNREAD),
        (HEADER + "C-11\tSupport for unlocking\tY es", "C-11", FieldState.UNREAD),
        ("C-11\tSupport for unlocking", "C-11", FieldState.UNREAD),
        ("HFS-9\tCommunication", "HFS-9", FieldState.UNREAD),
        ("C-11 Support for unlocking the connector Yes/No", "C-11", FieldState.UNREAD),
        ("C-23\tTime sources of the station", "C-23", FieldState.UNREAD),
        (HEADER + "C-41\tCipher suites\tTLS_RSA_WITH_AES_", "C-41", FieldState.UNREAD),
        ("C-11\nSupport for unlocking\nC-13\nReset of one EVSE\nNo", "C-11", FieldState.UNREAD),
    ],
)
def test_what_is_not_certainly_the_declaration_is_no_value(rows: str, name: str, state: FieldState) -> None:
    extraction = certificate(rows)
    assert (extraction.certificate.features or {})[name] is None
    assert {entry.field: entry.state for entry in extraction.fields}[f"features.{name}"] is state


def test_ids_mean_nothing_in_a_certificate_of_ocpp_16() -> None:
    extraction = certificate(HEADER + "C-11\tSupport for unlocking\tYes", number="OCA.0016.9923.CSMS", title="OCPP 1.6 Full Certificate")
    assert extraction.certificate.features is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("OCPP 1.6 Full Certificate", "Full"),
        ("OCPP 1.6J Security Certificate", "Security"),
        ("OCPP 1.6 Full+Security Certificate", "Full + Security"),
        ("OCPP 1.6 Full and Security Certificate", "Full + Security"),
        ("OCPP 1.6 WHITE LABEL CERTIFICATE", "White label"),
        ("OCPP 1.6 Whitelabel Certificate", "White label"),
        ("OCPP 2.0.1 Family Certificate", "Family"),
        ("OCPP 2.0.1 Core + S + L + C + D + R + U + I Certificate", "Core + S + L + C + D + R + U + I"),
        ("OCPP 2.0.1 Core + Advanced Security Certificate", "Core + S"),
        ("OCPP 2.0.1 - Core, Advanced Security and ISO 15118 Support Certificate", "Core + S + I"),
        ("OCPP 2.1 Core Certificate", "Core"),
        ("OCPP 2.0.1 Core + X Certificate", None),
        ("OCPP 2.0.1 Core + S + S Certificate", None),
        ("OCPP 2.0.1 Certificate", None),
        ("OCPP 1.6 Partial Certificate", None),
    ],
)
def test_a_title_says_its_kind(title: str, kind: str | None) -> None:
    assert is_title(title)
    found = title_of(title)
    assert found is not None
    assert found[1] == kind


def test_words_without_core_are_no_letters() -> None:
    assert kind_of("S + C") is None
    assert kind_of("Security + Core") is None


def test_answers_that_stand_before_their_ids_are_not_given_to_the_ids_before_them() -> None:
    rows = ["Yes", "C-11", "Unlocking a connector", "No", "C-13", "Reset per EVSE", "Yes", "C-15", "Scheduled firmware updates", "No"]
    features = certificate("Optional feature list\n\n" + "\n\n".join(rows)).certificate.features or {}
    assert features.get("C-11") in (None, "Yes")
    assert features.get("C-13") in (None, "No")
