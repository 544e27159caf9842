"""What people decide in review holds: over every later reading, until it is undone, with who, when and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.certificates.facts import CertificateFacts, Extraction, FieldState, Provenance
from registry.certificates.queries import SearchQuery, certificate, facts, search
from registry.certificates.store import save_extraction
from registry.events import EventKind, history
from registry.review import decisions, store
from registry.review.corrections import Action, differences
from registry.review.decisions import By, Outdated, UnknownDocument
from registry.review.models import CorrectionRecord
from registry.review.values import Impossible
from tests.registry.making import FACTS, Ticking, extraction

NUMBER = "OCA.0016.9001.CS"
FIELDS = (
    Provenance("number", NUMBER, FieldState.READ, 1, 1, None, "label"),
    Provenance("holder", "Holder 1", FieldState.READ, 1, 2, None, "label"),
    Provenance("software_version", "V1.3.337", FieldState.READ, 1, 3, None, "label"),
    Provenance("model", None, FieldState.UNREAD, 1, None, None, "none"),
    Provenance("profiles.Core", "Pass", FieldState.READ, 1, 4, None, "row"),
    Provenance("profiles.Reservation", "P4ss", FieldState.UNREAD, 1, 5, None, "row"),
    Provenance("performance.OCPP response timeout.pics_seconds", "10s", FieldState.READ, 1, 6, None, "row"),
    Provenance("configuration_keys.BlinkRepeat", "-", FieldState.DECLARED_EMPTY, 1, 7, None, "row"),
)
NO_NUMBER = replace(FACTS, number=None, role=None, protocol=None)


def reading(facts: CertificateFacts = FACTS, document: str = "document 1") -> Extraction:
    return replace(extraction(document, facts), fields=FIELDS)


SHA256 = reading().document.sha256


def save(session: Session, **changes: Any) -> None:
    save_extraction(session, reading(replace(FACTS, **changes)), "first.txt", clock=Ticking())


def by(session: Session, reason: str = "The picture shows it.", sha256: str = SHA256) -> By:
    """A reviewer who has the newest state of the document before the eyes."""
    return By("RV", reason, *decisions.state_seen(session, sha256))


def correct(session: Session, path: str, text: str, state: FieldState = FieldState.READ) -> int:
    return decisions.correct(session, SHA256, path, state, text, by(session), clock=Ticking())


def shown(session: Session) -> CertificateFacts:
    found = facts(session, NUMBER)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("software_version", "V1.3.338", {"software_version": "V1.3.338"}),
        ("certification_date", "2023-07-13", {"certification_date": "2023-07-13"}),
        ("profiles.Reservation", "Fail", {"profiles": {"Core": "Pass", "Smart Charging": "N/A", "Reservation": "Fail"}}),
        ("profiles.Remote Trigger", "Pass", {"profiles": {**(FACTS.profiles or {}), "Remote Trigger": "Pass"}}),
        ("configuration_keys.BlinkRepeat", "3", {"configuration_keys": {**(FACTS.configuration_keys or {}), "BlinkRepeat": "3"}}),
        ("features.C-11", "Yes", {"features": {"C-11": "Yes"}}),
    ],
)
def test_a_correction_is_what_the_certificate_then_says(session: Session, path: str, text: str, expected: dict[str, Any]) -> None:
    save(session)
    correct(session, path, text)
    assert shown(session) == replace(FACTS, **expected)
    view = certificate(session, NUMBER)
    assert view is not None
    assert (view.provenance[path].state, view.provenance[path].rule) == (FieldState.READ, "review")


def test_seconds_are_corrected_in_their_row(session: Session) -> None:
    save(session)
    correct(session, "performance.OCPP response timeout.pics_seconds", "12")
    found = shown(session).performance
    assert found is not None
    assert next((row.name, row.pics_seconds, row.measured_seconds) for row in found) == ("OCPP response timeout", 12, 4)


def test_a_row_that_the_document_does_not_have_goes(session: Session) -> None:
    save(session)
    correct(session, "profiles.Reservation", "", FieldState.ABSENT)
    assert shown(session).profiles == {"Core": "Pass", "Smart Charging": "N/A"}


def test_a_correction_is_found_by_the_search(session: Session) -> None:
    save(session)
    assert search(session, SearchQuery(text="corrected")).total == 0
    correct(session, "holder", "Corrected Holder")
    assert [entry.holder for entry in search(session, SearchQuery(text="corrected")).entries] == ["Corrected Holder"]


def test_a_correction_survives_every_further_reading(session: Session) -> None:
    save(session)
    correct(session, "software_version", "V1.3.338")
    save(session, designation="Another spelling")
    assert (shown(session).software_version, shown(session).designation) == ("V1.3.338", "Another spelling")
    save(session, software_version="V9.9")
    assert shown(session).software_version == "V1.3.338"
    told = history(session, NUMBER, None)[0]
    assert told.kind is EventKind.REREAD
    assert told.payload["kept"] == {"software_version": {"old": "V1.3.337", "new": "V9.9", "corrected": "V1.3.338"}}


def test_a_value_that_was_accepted_is_held_against_a_later_reading(session: Session) -> None:
    save(session)
    decisions.accept(session, SHA256, "holder", by(session), clock=Ticking())
    save(session, holder="Holder l")
    assert shown(session).holder == "Holder 1"
    (differing,) = differences(reading(replace(FACTS, holder="Holder l")), store.active_corrections(session, 1))
    assert (differing.field, differing.old_value, differing.new_value, differing.correction.value) == (
        "holder",
        "Holder 1",
        "Holder l",
        "Holder 1",
    )


def test_a_reading_that_comes_to_the_same_is_no_difference(session: Session) -> None:
    save(session)
    correct(session, "software_version", "V1.3.338")
    held = store.active_corrections(session, 1)
    assert differences(reading(replace(FACTS, software_version="V1.3.338")), held) == ()
    assert differences(reading(), held) == ()


def test_undoing_gives_back_what_held_before(session: Session) -> None:
    save(session)
    first = correct(session, "holder", "First")
    second = correct(session, "holder", "Second")
    decisions.undo(session, SHA256, second, by(session), clock=Ticking())
    assert shown(session).holder == "First"
    with pytest.raises(Outdated, match="does not hold any more"):
        decisions.undo(session, SHA256, second, by(session), clock=Ticking())
    decisions.undo(session, SHA256, first, by(session), clock=Ticking())
    assert shown(session) == FACTS


def test_a_number_that_could_not_be_read_makes_a_certificate(session: Session) -> None:
    save_extraction(session, reading(NO_NUMBER), "first.txt")
    assert facts(session, NUMBER) is None
    decision = correct(session, "number", NUMBER)
    assert shown(session) == FACTS
    decisions.undo(session, SHA256, decision, by(session), clock=Ticking())
    assert facts(session, NUMBER) is None
    assert search(session, SearchQuery()).total == 0


def test_a_number_that_was_misread_moves_the_certificate(session: Session) -> None:
    save(session)
    correct(session, "number", "OCA.0201.9002.CSMS")
    moved = facts(session, "OCA.0201.9002.CSMS")
    assert moved == replace(FACTS, number="OCA.0201.9002.CSMS", protocol="OCPP 2.0.1", role="CSMS")
    assert facts(session, NUMBER) is None
    save(session, holder="Read again")
    assert facts(session, NUMBER) is None
    assert [happening.kind for happening in history(session, NUMBER, None)][:2] == [EventKind.REVIEWED, EventKind.WITHDRAWN]


def test_what_is_no_certificate_goes_and_stays_away_until_that_is_undone(session: Session) -> None:
    save(session)
    decision = decisions.no_certificate(session, SHA256, by(session), clock=Ticking())
    assert facts(session, NUMBER) is None
    save(session, holder="Read again")
    assert facts(session, NUMBER) is None
    with pytest.raises(Outdated, match="already"):
        decisions.no_certificate(session, SHA256, by(session), clock=Ticking())
    decisions.undo(session, SHA256, decision, by(session), clock=Ticking())
    assert shown(session).holder == "Read again"


def test_another_document_comes_forward_when_the_shown_one_is_none(session: Session) -> None:
    save(session)
    save_extraction(session, reading(replace(FACTS, holder="Other", certification_date="2020-01-01"), "document 2"), "second.txt")
    decisions.no_certificate(session, SHA256, by(session), clock=Ticking())
    assert shown(session).holder == "Other"


def test_a_finding_that_rests_on_a_misreading_goes_and_a_confirmed_one_stays(session: Session) -> None:
    save(session)
    first, second = reading().findings
    dismissed = decisions.decide_finding(session, SHA256, first.rule, first.message, by(session), stands=False, clock=Ticking())
    decisions.decide_finding(session, SHA256, second.rule, second.message, by(session), stands=True, clock=Ticking())
    view = certificate(session, NUMBER)
    assert view is not None
    assert view.all_findings == (second,)
    decisions.undo(session, SHA256, dismissed, by(session), clock=Ticking())
    view = certificate(session, NUMBER)
    assert view is not None
    assert set(view.all_findings) == {first, second}
    with pytest.raises(Outdated, match="no longer there"):
        decisions.decide_finding(session, SHA256, "first", "Another sentence.", by(session), stands=True, clock=Ticking())


def test_every_decision_is_kept_and_told_without_who_made_it(session: Session) -> None:
    save(session)
    decision = correct(session, "holder", "Corrected")
    kept = session.get_one(CorrectionRecord, decision)
    assert (kept.action, kept.field, kept.read_value, kept.value) == (Action.CORRECT, "holder", "Holder 1", "Corrected")
    assert (kept.who, kept.reason, kept.at) == ("RV", "The picture shows it.", Ticking()())
    told = history(session, NUMBER, None)[0]
    assert told.kind is EventKind.REVIEWED
    assert told.payload == {
        "document": SHA256,
        "correction": decision,
        "action": "correct",
        "field": "holder",
        "old": "Holder 1",
        "new": "Corrected",
        "reason": "The picture shows it.",
    }


@pytest.mark.parametrize("change", [update(CorrectionRecord).values(reason="another"), delete(CorrectionRecord)], ids=["update", "delete"])
def test_the_database_itself_refuses_to_change_a_decision(session: Session, change: Any) -> None:
    save(session)
    correct(session, "holder", "Corrected")
    with pytest.raises(IntegrityError, match="only ever added"), session.begin_nested():
        session.execute(change)
    assert session.scalars(select(CorrectionRecord.reason)).all() == ["The picture shows it."]


def test_what_was_decided_on_an_older_state_is_refused(session: Session) -> None:
    save(session)
    old = by(session)
    correct(session, "holder", "Corrected")
    with pytest.raises(Outdated, match="look at it once more"):
        decisions.correct(session, SHA256, "holder", FieldState.READ, "Other", old)
    old = by(session)
    save(session, designation="Read again")
    with pytest.raises(Outdated, match="look at it once more"):
        decisions.accept(session, SHA256, "holder", old)
    assert shown(session).holder == "Corrected"


def test_an_impossible_correction_changes_nothing(session: Session) -> None:
    save(session)
    with pytest.raises(Impossible, match="no day of the calendar"):
        correct(session, "certification_date", "2023-02-30")
    assert session.scalars(select(CorrectionRecord)).all() == []
    assert shown(session) == FACTS


def test_a_document_that_is_not_there_is_one_line(session: Session) -> None:
    with pytest.raises(UnknownDocument, match="ingest it first"):
        decisions.accept(session, "0" * 64, "holder", By("RV", "", 1, None))
