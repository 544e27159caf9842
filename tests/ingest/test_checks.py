"""Each rule: when it speaks, and when it is silent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.checks import document_findings, listing_findings, product_findings
from ingest.grammar import Evidence
from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.listing.rows import ListingRow

SIX = ("Core", "Firmware Management", "Smart Charging", "Reservation", "Local Authorization List Management", "Remote Trigger")


def profiles(default: str, **others: str | None) -> dict[str, str | None]:
    """All six rows with one result, but for the Core or Reservation row given."""
    rows: dict[str, str | None] = dict.fromkeys(SIX, default)
    return rows | others


FULL = CertificateFacts(
    number="OCA.0016.0001.CS",
    kind="Full",
    protocol="OCPP 1.6",
    role="CS",
    holder="Maker Co., Ltd.",
    vendor_name="MAKER",
    product_type="Charging Station",
    software_version="1.0",
    certification_date="2023-07-12",
    profiles=profiles("Pass"),
    performance=(PerformanceRow("OCPP response timeout", 10, 4),),
)
SUBSET = replace(FULL, kind="Subset", profiles=profiles("N/A", Core="Pass"))
QUIET = Evidence(annex_versions=("v1.0", "1,0"), laboratories=("Lab",), laboratory_date="2023-07-12", approval_dates=("2023-07-12",))


LATER = replace(
    FULL,
    number="OCA.0201.0001.CS",
    protocol="OCPP 2.0.1",
    kind="Core + S",
    reference_specification="OCPP 2.0.1 – Edition 3",
    profiles={"Core": "Pass", "Advanced Security": "Pass", "Smart Charging": "N/A"},
)


def rules(facts: CertificateFacts, evidence: Evidence = QUIET) -> list[str]:
    return [finding.rule for finding in document_findings(facts, evidence)]


def keys(**values: str | None) -> dict[str, Any]:
    return {"configuration_keys": values}


@pytest.mark.parametrize("facts", [FULL, SUBSET, LATER, CertificateFacts()])
def test_a_certificate_in_order_is_accused_of_nothing(facts: CertificateFacts) -> None:
    assert rules(facts) == []


@pytest.mark.parametrize(
    ("facts", "evidence", "rule"),
    [
        (replace(FULL, profiles=profiles("Pass", Reservation="Fail")), QUIET, "full-with-unpassed-profile"),
        (replace(SUBSET, profiles=FULL.profiles), QUIET, "subset-with-all-profiles"),
        (replace(SUBSET, profiles=profiles("N/A", Core="Fail")), QUIET, "core-not-passed"),
        (FULL, replace(QUIET, annex_versions=("1.1",)), "cover-annex-version"),
        (replace(FULL, software_version="1.10"), replace(QUIET, annex_versions=("1.1",)), "cover-annex-version"),
        (FULL, replace(QUIET, laboratory_date="2023-07-13"), "certification-date-mismatch"),
        (FULL, replace(QUIET, approval_dates=("2023-07-12", "2023-07-20")), "certification-date-mismatch"),
        (replace(FULL, product_type="Charging Station Management System"), QUIET, "number-suffix-product-type"),
        (FULL, replace(QUIET, device_under_test=("CSMS",)), "number-suffix-product-type"),
        (FULL, replace(QUIET, title_protocol="OCPP 2.0.1"), "protocol-title-mismatch"),
        (replace(SUBSET, **keys(SupportedFeatureProfiles="Core,SmartCharging")), QUIET, "supported-profiles-mismatch"),
        (replace(SUBSET, **keys(ChargeProfileMaxStackLevel="5")), QUIET, "key-of-unlisted-profile"),
        (
            replace(SUBSET, **keys(HeartbeatInterval=None)),
            replace(QUIET, declared_empty_keys=frozenset({"HeartbeatInterval"})),
            "required-key-declared-empty",
        ),
        (FULL, replace(QUIET, pics_without_unit=("performance.OCPP response timeout.pics_seconds",)), "pics-unit-missing"),
        (FULL, replace(QUIET, template_residue=("hardware.Fixed cable",)), "template-residue"),
        (replace(FULL, performance=(PerformanceRow("OCPP response timeout", 10, 11),)), QUIET, "measured-above-pics"),
        (FULL, replace(QUIET, laboratories=("Korea Smart Grid Association", "DEKRA")), "laboratory-mismatch"),
        (replace(FULL, vendor_name="Another Inc."), QUIET, "holder-vendor-mismatch"),
        (FULL, replace(QUIET, truncated=True), "document-truncated"),
        (FULL, replace(QUIET, disagreeing_rows=("profiles.Core",)), "rows-disagree"),
        (FULL, replace(QUIET, known_layout=False), "layout-not-verified"),
        (replace(FULL, kind="Security", profiles={"Security": "Fail"}), QUIET, "security-not-passed"),
        (replace(FULL, reference_specification="OCPP 2.0.1 – Edition 3"), QUIET, "specification-protocol-mismatch"),
        (replace(FULL, octt_version="OCTT 2.0.1 v1.7.0"), QUIET, "tool-protocol-mismatch"),
        (replace(FULL, errata="v5.0 Release, 2024-05-06"), QUIET, "errata-after-certification"),
        (replace(LATER, kind="Core + S + C"), QUIET, "kind-letters-mismatch"),
        (replace(LATER, profiles={"Core": "Pass", "Advanced Security": "Pass", "Reservation": "Pass"}), QUIET, "kind-letters-mismatch"),
        (replace(LATER, features={"C-11": "Yes", "SC-4": "Yes"}), QUIET, "feature-of-unlisted-profile"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_rule_speaks_alone(facts: CertificateFacts, evidence: Evidence, rule: str) -> None:
    (finding,) = document_findings(facts, evidence)
    assert finding.rule == rule
    assert finding.message.endswith(".")
    assert "{" not in finding.message


@pytest.mark.parametrize(
    ("facts", "evidence"),
    [
        (replace(FULL, profiles=profiles("Pass", Reservation=None)), QUIET),
        (replace(SUBSET, profiles=dict.fromkeys(SIX[:5], "Pass")), QUIET),
        (replace(FULL, software_version="1.6"), replace(QUIET, annex_versions=("1,6", "V1.6"))),
        (replace(FULL, software_version=None), replace(QUIET, annex_versions=("1.1",))),
        (replace(FULL, software_version="1.0 and later"), QUIET),
        (replace(FULL, holder="Maker Co., Ltd. c/o Agent B.V.", vendor_name="Maker Co., Ltd."), QUIET),
        (replace(FULL, holder="Maker Co.,Ltd, 12 Long Road, Seoul", vendor_name="Maker Co., Ltd."), QUIET),
        (replace(FULL, software_version="1.0 (build 2231)"), QUIET),
        (replace(FULL, software_version="1.0.x"), replace(QUIET, annex_versions=("1.0.4",))),
        (replace(SUBSET, **keys(SupportedFeatureProfiles=" core ")), QUIET),
        (replace(SUBSET, **keys(SupportedFeatureProfiles="Core,VendorProfile")), QUIET),
        (
            replace(SUBSET, **keys(ChargeProfileMaxStackLevel=None)),
            replace(QUIET, declared_empty_keys=frozenset({"ChargeProfileMaxStackLevel"})),
        ),
        (replace(SUBSET, **keys(HeartbeatInterval=None)), QUIET),
        (replace(FULL, performance=(PerformanceRow("OCPP response timeout", 10, 10),)), QUIET),
        (FULL, replace(QUIET, laboratories=("Korea Smart (Grid Association", "Korea Smart Grid Association"))),
        (replace(FULL, holder="Korea Land & Housing Corporation", vendor_name="Korea Land & Housing Corporation (LH)"), QUIET),
        (replace(FULL, kind="Security", profiles=None), QUIET),
        (replace(FULL, kind="Core + S", profiles=profiles("N/A", Core="Pass", Reservation="Pass")), QUIET),
        (
            replace(
                FULL, reference_specification="OCPP 1,6 – Edition 2", octt_version="OCTT 1.6 v1.4.3", errata="v4.0 Release, 2019-10-23"
            ),
            QUIET,
        ),
        (replace(LATER, reference_specification="OCPP 2.0.1 – Edition 2", features={"SC-4": "Yes"}), QUIET),
        (replace(LATER, features={"SC-4": "No", "AQ-2": "Yes"}), QUIET),
        (replace(FULL, number=None, role=None), replace(QUIET, known_layout=False)),
    ],
)
def test_what_only_looks_like_a_disagreement_is_none(facts: CertificateFacts, evidence: Evidence) -> None:
    assert rules(facts, evidence) == []


ROW = ListingRow(
    2,
    "OCA.0016.0001.CS",
    "OCA.0016.0001.CS",
    None,
    "Maker Co. Ltd",
    "Korea",
    "AC-7",
    "Full",
    "v1.0",
    "OCPP 1.6",
    "2023-07-12",
    None,
    "Charging Station",
)
LISTED = replace(FULL, designation="AC-7")


def test_a_row_that_agrees_in_other_spelling_is_no_finding() -> None:
    assert listing_findings(LISTED, ROW) == ()
    assert listing_findings(CertificateFacts(), ROW) == ()
    assert listing_findings(LISTED, replace(ROW, software_version=None, company=None)) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"company": "Other Ltd"}, "listing-holder"),
        ({"designation": "AC-70"}, "listing-designation"),
        ({"certificate_type": "Subset"}, "listing-kind"),
        ({"certificate_type": "Full + Security"}, "listing-kind"),
        ({"software_version": "1.0.0"}, "listing-version"),
        ({"date": "2023-07-13"}, "listing-date"),
        ({"protocol": "OCPP 2.0.1"}, "listing-protocol"),
        ({"product_type": "Charging Station Management System"}, "listing-role"),
        ({"revision": "update-2025-12-12"}, "listing-revision"),
    ],
)
def test_a_row_that_differs_is_a_finding(change: dict[str, Any], rule: str) -> None:
    (finding,) = listing_findings(LISTED, replace(ROW, **change))
    assert finding.rule == rule
    assert all(str(value) in finding.message for value in change.values())


SECURE = replace(FULL, number="OCA.0016.0002.CS", kind="Security", designation="AC-7", holder="MAKER CO. LTD")


def test_a_security_certificate_attests_the_version_of_a_full_one() -> None:
    assert product_findings([LISTED, SECURE]) == {}
    assert product_findings([LISTED, replace(SECURE, software_version="V1.0")]) == {}
    later = replace(LISTED, number="OCA.0016.0003.CS", software_version="2.0")
    assert product_findings([LISTED, later, replace(SECURE, software_version="2.0")]) == {}


def test_a_security_certificate_for_software_of_its_own_is_a_finding_for_each() -> None:
    found = product_findings([LISTED, replace(SECURE, software_version="1.1")])
    assert set(found) == {("OCA.0016.0001.CS", None), ("OCA.0016.0002.CS", None)}
    assert {finding.rule for findings in found.values() for finding in findings} == {"product-version-differs"}
    assert "1.1" in found["OCA.0016.0001.CS", None][0].message
    assert "OCA.0016.0001.CS 1.0" in found["OCA.0016.0002.CS", None][0].message


@pytest.mark.parametrize(
    "change",
    [
        {"designation": "AC-8"},
        {"holder": "Other Ltd"},
        {"role": "CSMS"},
        {"protocol": "OCPP 2.0.1"},
        {"kind": "Full"},
        {"designation": None},
    ],
)
def test_certificates_of_other_products_are_not_compared(change: dict[str, Any]) -> None:
    assert product_findings([LISTED, replace(SECURE, **({"software_version": "1.1"} | change))]) == {}


def test_an_unread_version_accuses_nobody() -> None:
    assert product_findings([replace(LISTED, software_version=None), replace(SECURE, software_version="1.1")]) == {}
    assert product_findings([LISTED, replace(SECURE, software_version=None)]) == {}


def test_one_number_on_two_products_is_a_finding() -> None:
    assert product_findings([LISTED, replace(LISTED, software_version="v1.0")]) == {}
    assert product_findings([LISTED, replace(LISTED, software_version="2.0", revision="update-2025-12-12")]) == {}
    found = product_findings([LISTED, replace(LISTED, designation="AC-9", software_version="2.0")])
    (finding,) = found["OCA.0016.0001.CS", None]
    assert finding.rule == "product-number-reused"
    assert finding.fields == ("number", "designation", "software_version")
