"""Two documents of one number and date that say different things: told of both, whichever came first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.copies import copies_findings
from registry.certificates.facts import CertificateFacts
from registry.review.models import DocumentStanding
from registry.review.queries import review
from tests.ingest.test_rechecks import FULL, found, put

PASSED = replace(FULL, profiles={"Core": "Pass", "Reservation": "Pass"}, configuration_keys={"HeartbeatInterval": "300"})
FAILED = replace(PASSED, profiles={"Core": "Pass", "Reservation": "Fail"}, configuration_keys={"HeartbeatInterval": "30"})
RULE = "same-number-and-date-differ"


def test_what_differs_is_named() -> None:
    (one,) = copies_findings([PASSED, FAILED])["OCA.0016.9801.CS", None]
    assert (one.rule, one.fields) == (RULE, ("number", "configuration_keys.HeartbeatInterval", "profiles.Reservation"))
    assert (
        "OCA.0016.9801.CS and the date 2023-07-12, but differ in configuration keys: HeartbeatInterval, profiles: Reservation:"
        in one.message
    )
    assert copies_findings([FAILED, PASSED]) == copies_findings([PASSED, FAILED])


@pytest.mark.parametrize(
    "other",
    [
        replace(FAILED, certification_date="2023-07-13"),
        replace(FAILED, certification_date=None),
        replace(FAILED, revision="update-2025-12-12"),
        replace(FAILED, number="OCA.0016.9809.CS"),
        replace(FAILED, number=None),
        replace(PASSED, profiles={"Core": "Pass", "Reservation": None}, configuration_keys=None),
        replace(PASSED, vendor_name="Maker  co.,ltd."),
        PASSED,
    ],
)
def test_what_is_another_certificate_or_was_not_read_accuses_nobody(other: CertificateFacts) -> None:
    assert copies_findings([replace(PASSED, vendor_name="Maker Co., Ltd."), other]) == {}


@pytest.mark.parametrize("order", [(PASSED, FAILED), (FAILED, PASSED)])
def test_it_is_told_in_the_review_of_both_documents(session: Session, order: tuple[CertificateFacts, CertificateFacts]) -> None:
    for facts in order:
        put(session, facts)
    assert found(session, "OCA.0016.9801.CS") == {"OCA.0016.9801.CS": [RULE]}
    for one in session.scalars(select(DocumentStanding)):
        view = review(session, one.sha256)
        assert view is not None
        assert [point.finding.rule for point in view.points if point.finding] == [RULE]


def test_it_is_gone_once_the_documents_agree(session: Session) -> None:
    put(session, PASSED, "one")
    put(session, FAILED, "other")
    put(session, PASSED, "other")
    assert found(session, "OCA.0016.9801.CS") == {"OCA.0016.9801.CS": []}
