"""What several documents, or a document and the list, disagree in: found whichever came first, and gone once it is settled."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from ingest.checks import product_findings
from ingest.listing_import import join_listing
from ingest.pipeline import ingest_paths
from ingest.rechecks import catch_up, recheck
from registry import db
from registry.aliases import store as aliases
from registry.aliases.models import CompanyAlias
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile
from registry.certificates.facts import CertificateFacts, FieldState
from registry.certificates.models import Certificate
from registry.certificates.queries import certificate
from registry.certificates.reprojecting import catch_up as catch_up_projections
from registry.certificates.store import save_extraction
from registry.certificates.words import product_key
from registry.listing.store import import_rows
from registry.review import decisions, standing
from registry.review.decisions import By, state_seen
from registry.review.models import DocumentStanding
from registry.review.queries import review
from registry.settings import Settings
from tests.registry.making import extraction, row

FULL = CertificateFacts(
    number="OCA.0016.9801.CS",
    kind="Full",
    protocol="OCPP 1.6",
    role="CS",
    holder="Maker Co., Ltd.",
    product_type="Charging Station",
    designation="AC-7",
    software_version="1.0",
    certification_date="2023-07-12",
)
SECURITY = replace(FULL, number="OCA.0016.9802.CS", kind="Security", holder="MAKER CO. LTD", software_version="1.1")
SETTLING = replace(FULL, number="OCA.0016.9803.CS", designation="AC 7", software_version="V1.1")
REUSED = replace(FULL, designation="AC-9")
OTHER = replace(FULL, number="OCA.0016.9804.CS", holder="Somebody Else", software_version="9")
REVISED = replace(SECURITY, revision="update-2025-12-12", software_version="1.0")
SAMPLE = (Path(__file__).parents[2] / "data/certificates/004_14811999012f7f37.txt").read_text()


def put(session: Session, facts: CertificateFacts, document: str | None = None) -> None:
    """Have a document of these facts read and checked, as an ingest does."""
    made = replace(extraction(document or repr(facts), facts), findings=(), fields=())
    before = standing.held(session, made.document.sha256)
    save_extraction(session, made, "any.txt")
    recheck(session, made.document.sha256, before)


def found(session: Session, *numbers: str) -> dict[str, list[str]]:
    """What is found about each certificate, by rule."""
    views = {number: certificate(session, number) for number in numbers}
    return {number: [finding.rule for finding in view.all_findings] for number, view in views.items() if view is not None}


def everything(session: Session) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Everything that others than the documents themselves find, by certificate, and what each document's review has to look at."""
    numbers = session.execute(select(Certificate.number, Certificate.revision)).all()
    views = {(number, revision or None): certificate(session, number, revision) for number, revision in numbers}
    told: dict[tuple[str, str | None], dict[str, Any]] = {key: dict(view.findings) for key, view in views.items() if view is not None}
    rows = session.scalars(select(DocumentStanding).order_by(DocumentStanding.sha256)).all()
    return told | {(one.sha256, None): {"points": (one.errors, one.warnings, one.open_points)} for one in rows}


@pytest.mark.parametrize("order", list(itertools.permutations([FULL, SECURITY])))
def test_versions_of_one_product_that_differ_are_told_of_both_documents(session: Session, order: Sequence[CertificateFacts]) -> None:
    for facts in order:
        put(session, facts)
    told = found(session, "OCA.0016.9801.CS", "OCA.0016.9802.CS")
    assert told == {"OCA.0016.9801.CS": ["product-version-differs"], "OCA.0016.9802.CS": ["product-version-differs"]}
    for one in session.scalars(select(DocumentStanding)):
        view = review(session, one.sha256)
        assert view is not None
        assert [point.finding.rule for point in view.points if point.finding] == ["product-version-differs"]
        assert one.open_points == 1


def test_a_later_document_settles_it(session: Session) -> None:
    for facts in (FULL, SECURITY, SETTLING):
        put(session, facts)
    assert found(session, "OCA.0016.9801.CS", "OCA.0016.9802.CS", "OCA.0016.9803.CS") == {
        "OCA.0016.9801.CS": [],
        "OCA.0016.9802.CS": [],
        "OCA.0016.9803.CS": [],
    }
    assert set(session.scalars(select(DocumentStanding.state))) == {"done"}


def test_a_document_that_is_read_as_another_product_leaves_the_first_in_peace(session: Session) -> None:
    put(session, FULL, "full")
    put(session, SECURITY, "security")
    put(session, replace(SECURITY, designation="AC-8"), "security")
    assert found(session, "OCA.0016.9801.CS", "OCA.0016.9802.CS") == {"OCA.0016.9801.CS": [], "OCA.0016.9802.CS": []}


def test_a_number_on_two_products_is_told_in_the_review_of_either_document(session: Session) -> None:
    put(session, FULL)
    put(session, REUSED)
    assert found(session, "OCA.0016.9801.CS") == {"OCA.0016.9801.CS": ["product-number-reused"]}
    assert [one.errors + one.warnings for one in session.scalars(select(DocumentStanding))] == [1, 1]


def test_a_document_of_another_product_under_the_number_hides_nothing_that_was_found(session: Session) -> None:
    put(session, FULL)
    put(session, SECURITY)
    put(session, REUSED)
    told = found(session, "OCA.0016.9801.CS", "OCA.0016.9802.CS")
    assert set(told["OCA.0016.9801.CS"]) >= {"product-version-differs", "product-number-reused"}
    assert told["OCA.0016.9802.CS"] == ["product-version-differs"]


def test_correcting_a_version_settles_it_and_undoing_brings_it_back(session: Session) -> None:
    put(session, FULL)
    put(session, SECURITY, "security")
    sha256 = extraction("security").document.sha256

    def decide(work: Any, *rest: Any) -> int:
        reading, seen = state_seen(session, sha256)
        before = standing.held(session, sha256)
        made: int = work(session, sha256, *rest, By("RV", "The picture shows it.", reading, seen))
        recheck(session, sha256, before)
        return made

    decision = decide(decisions.correct, "software_version", FieldState.READ, "1.0")
    assert found(session, "OCA.0016.9801.CS", "OCA.0016.9802.CS") == {"OCA.0016.9801.CS": [], "OCA.0016.9802.CS": []}
    decide(decisions.undo, decision)
    assert found(session, "OCA.0016.9801.CS")["OCA.0016.9801.CS"] == ["product-version-differs"]
    decide(decisions.correct, "number", FieldState.READ, "OCA.0016.9809.CS")
    assert found(session, "OCA.0016.9802.CS", "OCA.0016.9809.CS") == {"OCA.0016.9809.CS": ["product-version-differs"]}
    decide(decisions.no_certificate)
    assert found(session, "OCA.0016.9801.CS")["OCA.0016.9801.CS"] == []


_DOCUMENTS = (FULL, SECURITY, SETTLING, REUSED, OTHER, REVISED)
_LISTED = (
    row(1, number="OCA.0016.9801.CS", certificate_no="OCA.0016.9801.CS", software_version="1.0", company="Maker Co., Ltd."),
    row(2, number="OCA.0016.9802.CS", certificate_no="OCA.0016.9802.CS", software_version="7"),
)


@pytest.fixture(scope="module")
def empty_file(sqlite_template: Path) -> Path:
    return sqlite_template


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_gives_the_same(tmp_path: Path, empty_file: Path, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(_DOCUMENTS), min_size=2, max_size=6, unique=True))
    # Of two documents under one number, the later date is shown, whichever comes first.
    dated = [replace(facts, certification_date=f"2023-07-{12 + _DOCUMENTS.index(facts)}") for facts in chosen]
    steps: list[CertificateFacts | None] = [*dated, None]
    one, two = (_run(tmp_path / name, empty_file, order) for name, order in (("a", steps), ("b", data.draw(st.permutations(steps)))))
    assert one == two


def _run(file: Path, empty_file: Path, steps: Iterable[CertificateFacts | None]) -> dict[Any, Any]:
    """What is found once the documents have come, and the list where None stands."""
    file.write_bytes(empty_file.read_bytes())
    with db.opened(Settings(home=file.parent, database=f"sqlite:///{file}")) as sessions, sessions.begin() as session:
        for step in steps:
            if step is None:
                import_rows(session, "list.csv", "0" * 64, _LISTED)
                join_listing(session)
            else:
                put(session, step)
        return everything(session)


_names = st.sampled_from(["AC-7", "ac 7", "AC-8", "ÄC-7", "straße", "STRASSE", ""])
_facts = st.builds(
    CertificateFacts,
    number=st.sampled_from(["OCA.0016.9801.CS", "OCA.0016.9802.CS", "OCA.0016.9803.CS", None]),
    revision=st.sampled_from([None, None, "update-2025-12-12"]),
    kind=st.sampled_from(["Full", "Security", "Subset", None]),
    protocol=st.sampled_from(["OCPP 1.6", None]),
    role=st.just("CS"),
    holder=st.sampled_from(["Maker Co., Ltd.", "MAKER CO. LTD", "Other", None]),
    designation=_names,
    software_version=st.sampled_from(["1.0", "V1.0", "1.1", "1.10", None]),
)


@given(st.lists(_facts, max_size=7).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_of_certificates_does_not_matter_to_the_check(pair: tuple[list[CertificateFacts], list[CertificateFacts]]) -> None:
    assert product_findings(pair[0]) == product_findings(pair[1])


@given(_facts, _facts)
def test_what_is_compared_is_looked_up_by_one_key(one: CertificateFacts, other: CertificateFacts) -> None:
    security = replace(one, number="OCA.0016.9802.CS", kind="Security", software_version="1.0")
    full = replace(other, number="OCA.0016.9801.CS", kind="Full", software_version="2.0")
    if product_findings([security, full]):
        assert _key(security) == _key(full) is not None


def _key(facts: CertificateFacts) -> str | None:
    return product_key(facts.holder, facts.designation, facts.role, facts.protocol)


def test_documents_of_an_older_program_are_brought_up(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        for facts in (FULL, SECURITY):
            save_extraction(session, replace(extraction(repr(facts), facts), findings=()), "any.txt")
        session.execute(DocumentStanding.__table__.delete())  # type: ignore[attr-defined]  # a table has it
    catch_up(session_factory)
    with session_factory() as session:
        assert found(session, "OCA.0016.9801.CS")["OCA.0016.9801.CS"] == ["product-version-differs"]
        assert len(session.scalars(select(DocumentStanding.sha256)).all()) == 2


def test_profiles_that_an_older_program_kept_are_kept_anew(session_factory: sessionmaker[Session]) -> None:
    """It kept them as they are printed, nothing of "Security" in the list, and not of which entries they cannot be told."""
    with session_factory.begin() as session:
        for facts in (FULL, replace(SECURITY, profiles={"Advanced Security": "Pass"})):
            save_extraction(session, replace(extraction(repr(facts), facts), findings=()), "any.txt")
        import_rows(session, "list.csv", "0" * 64, [row(1, certificate_type="Full"), row(2, certificate_type="Full + Security")])
        session.execute(delete(CatalogueProfile))
        session.execute(update(CatalogueEntry).values(profiles=[]))
        session.execute(update(CatalogueEntry).where(CatalogueEntry.kind == "Security").values(profiles=["Advanced Security"]))
        security = session.scalars(select(CatalogueEntry.id).where(CatalogueEntry.kind == "Security")).one()
        session.add(CatalogueProfile(entry_id=security, profile="Advanced Security"))
    catch_up(session_factory)
    with session_factory() as session:
        anew = {entry.number: list(entry.profiles) for entry in session.scalars(select(CatalogueEntry))}
        assert anew["OCA.0016.0001.CSMS"] == ["untold"]
        assert anew["OCA.0016.0002.CSMS"] == ["Security", "untold"]
        assert anew["OCA.0016.9802.CS"] == ["Security"]
    assert catch_up_projections(session_factory) == 0


def test_companies_that_an_older_program_looked_up_otherwise_are_found_again(session_factory: sessionmaker[Session]) -> None:
    """It did not know the legal form of one, which stands under another key and address, as does its other name; no other is touched."""
    with session_factory.begin() as session:
        for number, holder in (("OCA.0016.9801.CS", "Volt Sdn"), ("OCA.0016.9802.CS", "Strom")):
            save_extraction(session, extraction(number, number=number, holder=holder), "any.txt")
        listed = {"number": None, "certificate_no": "none", "company": "Wall Oyj"}
        import_rows(session, "list.csv", "0" * 64, [row(1, number="OCA.0016.9802.CS", company="Power Bhd"), row(2, **listed)])
        aliases.record(session, "Volt Sdn", "Ampere Bhd", "So says its register.")
        entries = {entry.holder: entry for entry in session.scalars(select(CatalogueEntry))}
        right = {holder: (entry.company_key, entry.holder_slug, entry.listed_slug) for holder, entry in entries.items()}
        assert right == {"Volt Sdn": ("volt", "volt", None), "Strom": ("strom", "strom", "power"), "Wall Oyj": ("wall", "wall", None)}
        untouched = entries["Strom"].id
    assert catch_up_projections(session_factory) == 0
    with session_factory.begin() as session:
        for holder, key, slug in (("Volt Sdn", "voltsdn", "volt-sdn"), ("Wall Oyj", "walloyj", "wall-oyj")):
            session.execute(update(CatalogueEntry).where(CatalogueEntry.holder == holder).values(company_key=key, holder_slug=slug))
        session.execute(update(CompanyAlias).values(holder_key="voltsdn", name_key="amperebhd"))
    catch_up(session_factory)
    with session_factory.begin() as session:
        entries = {entry.holder: entry for entry in session.scalars(select(CatalogueEntry))}
        assert {holder: (entry.company_key, entry.holder_slug, entry.listed_slug) for holder, entry in entries.items()} == right
        assert entries["Strom"].id == untouched
        assert session.execute(select(CompanyAlias.holder_key, CompanyAlias.name_key)).all() == [("volt", "ampere")]
        session.execute(update(CatalogueEntry).where(CatalogueEntry.holder == "Strom").values(listed_slug="power-bhd"))
    assert [catch_up_projections(session_factory) for _ in range(2)] == [1, 0]
    with session_factory.begin() as session:
        session.execute(update(CatalogueEntry).where(CatalogueEntry.holder == "Strom").values(apart_key="wien"))
    assert [catch_up_projections(session_factory) for _ in range(2)] == [1, 0]
    with session_factory() as session:
        assert set(session.scalars(select(CatalogueEntry.apart_key))) == {""}


def test_an_ingest_tells_what_a_later_document_of_the_same_run_disagrees_in(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text(SAMPLE)
    (folder / "b.txt").write_text(SAMPLE.replace("Product designation: CSMS", "Product designation: Another CSMS"))
    outcomes = ingest_paths(session_factory, settings, [folder])
    assert [outcome.number for outcome in outcomes] == ["OCA.0016.0608.CSMS"] * 2
    for outcome in (*outcomes, *ingest_paths(session_factory, settings, [folder])):
        assert "product-number-reused" in {finding.rule for finding in outcome.findings}
