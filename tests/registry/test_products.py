"""Products, holders, laboratories and comparisons, as pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product as pairs
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from registry import normal
from registry.aliases import store as aliases
from registry.certificates import parties, products
from registry.certificates.comparing import compare
from registry.certificates.store import save_extraction
from registry.errors import RegistryError
from registry.export import KINDS
from registry.listing.store import import_rows
from tests.registry.making import extraction, row
from tests.registry.sent import is_question, sent_to
from tests.registry.test_exports import read

FULL, SECURITY, LATER = "OCA.0016.0501.CS", "OCA.0016.0502.CS", "OCA.0016.0503.CS"
LISTED = "OCA.0016.0504.CS"
HOSTILE = '<script>alert("x")</script>'
PAGES = ("/products/voltwerk/x-200", "/holders/voltwerk", "/laboratories/laboratory-1")


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    """Full and Security at one version, Full at another, one that only the list has, and what a hostile document would say."""
    with session_factory.begin() as session:
        made = (
            (FULL, "Voltwerk GmbH", "X-200", "V1.0", {"Core": "Pass", "Advanced Security": "N/A"}),
            (SECURITY, "Voltwerk", "X 200", "1.0", {"Advanced Security": "Pass", "Core": None}),
            (LATER, "Voltwerk GmbH", "X-200", "1.10", {"Core": "Pass", "Reservation": "Pass"}),
            ("OCA.0016.0505.CS", HOSTILE, HOSTILE, HOSTILE, {HOSTILE: "Pass"}),
        )
        for number, holder, name, version, passed in made:
            said: dict[str, Any] = {"holder": holder, "designation": name, "software_version": version, "profiles": passed}
            save_extraction(session, extraction(number, number=number, **said), f"{number}.txt")
        listed = {"company": "Voltwerk", "designation": "X-200", "certificate_type": "Full", "software_version": "1.0"}
        rows = [row(1, number=LISTED, certificate_no=LISTED, **listed), row(2, number=FULL, certificate_no=FULL, company="Strom AG")]
        import_rows(session, "list.csv", "0" * 64, rows)


def test_what_full_and_security_cover_is_put_together_at_the_same_version_only(session: Session) -> None:
    found = products.product(session, "voltwerk", "x-200")
    assert found is not None
    at = {version.version: version for version in found.versions}
    first = next(version for version in found.versions if {entry.number for entry in version.entries} == {FULL, SECURITY, LISTED})
    covered = {profile: [entry.number for entry in having] for profile, having in first.covered.items()}
    assert covered == {"Core": [FULL], "Security": [SECURITY]}
    assert [entry.number for entry in first.undocumented] == [LISTED]
    assert set(at["1.10"].covered) == {"Core", "Reservation"}
    assert len(found.versions) == 2


def test_what_kind_a_certificate_is_and_its_day_stand_apart(client: FlaskClient) -> None:
    page = client.get("/products/voltwerk/x-200").text
    assert re.search(r'Full, <time datetime="\d{4}-\d\d-\d\d">', " ".join(page.split()))


CONNECTORS, READERS = "Socket(s) / connector(s)", "RFID readers"
SINGLE, MULTIPLE = {CONNECTORS: "Single"}, {CONNECTORS: "Multiple"}


def at_one_version(session: Session, *made: dict[str, Any]) -> list[tuple[bool, tuple[str, ...], dict[str, list[str]]]]:
    """A product of these certificates at one version: each part by what it is told apart, and what passed by which of them."""
    for number, said in enumerate(made):
        name = f"OCA.0016.06{number:02}.CS"
        save_extraction(session, extraction(name, number=name, holder="A", designation="B", software_version="1", **said), "any.txt")
    found = products.product(session, "a", "b")
    assert found is not None
    assert sorted(entry.number or "" for entry in found.entries) == sorted(f"OCA.0016.06{number:02}.CS" for number in range(len(made)))
    named = {f"OCA.0016.06{number:02}.CS": "abcdefgh"[number] for number in range(len(made))}
    parts = [
        (at.is_apart, at.told, {profile: [named[entry.number or ""] for entry in having] for profile, having in at.covered.items()})
        for at in found.versions
    ]
    return sorted(parts, key=str)


FULL_OF, SECURITY_OF = {"profiles": {"Core": "Pass"}}, {"kind": "Security", "profiles": {"Security": "Pass"}}


def test_certificates_for_other_hardware_are_not_added_up(session: Session) -> None:
    """Security for the station with one connector says nothing of the one with several."""
    told = at_one_version(session, FULL_OF | {"hardware": MULTIPLE}, SECURITY_OF | {"hardware": SINGLE}, FULL_OF | {"hardware": SINGLE})
    assert told == [
        (True, (f"{CONNECTORS}: Multiple",), {"Core": ["a"]}),
        (True, (f"{CONNECTORS}: Single",), {"Core": ["c"], "Security": ["b"]}),
    ]


def test_certificates_for_other_types_are_not_added_up(session: Session) -> None:
    assert at_one_version(session, FULL_OF | {"model": "T-60"}, SECURITY_OF | {"model": "T-120"}) == [
        (True, ("T-120",), {"Security": ["b"]}),
        (True, ("T-60",), {"Core": ["a"]}),
    ]


def test_what_may_be_for_either_is_added_to_neither(session: Session) -> None:
    plain = {"hardware": None}
    told = at_one_version(session, FULL_OF | {"hardware": MULTIPLE}, FULL_OF | {"hardware": SINGLE}, FULL_OF | plain, SECURITY_OF | plain)
    assert [part for part in told if not part[1]] == [(True, (), {"Core": ["c"]}), (True, (), {"Security": ["d"]})]
    assert {"Core": ["a"]} in [part[2] for part in told]


def test_hardware_that_may_be_the_same_is_added_up(session: Session) -> None:
    told = at_one_version(session, FULL_OF | {"hardware": {CONNECTORS: "2"}}, SECURITY_OF | {"hardware": MULTIPLE | {READERS: "1"}})
    assert told == [(False, (), {"Core": ["a"], "Security": ["b"]})]


def test_the_page_has_a_heading_for_each_hardware(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    with session_factory.begin() as session:
        at_one_version(session, FULL_OF | {"hardware": MULTIPLE}, SECURITY_OF | {"hardware": SINGLE}, FULL_OF | {"hardware": None})
    page = " ".join(client.get("/products/a/b").text.split())
    for heading in (f"{CONNECTORS}: Multiple", f"{CONNECTORS}: Single", "hardware, type or legal form not told"):
        assert page.count(f">{heading}<" if "(" in heading else f": {heading}<") == 1
    assert page.count("nothing is added up with them") == 2
    told = client.get("/api/v1/products/a/b").get_json()["versions"]
    assert [one["is_apart"] for one in told] == [True] * 3
    with session_factory() as session:
        rows = compare(session, [FULL], ["a/b"])
        values = {row.label: row.values[1] for row in (*rows.differing, *rows.one_sided, *rows.alike)}
    assert next(value for label, value in values.items() if "Security" in label) == f"Pass at 1 for OCPP 1.6 with {CONNECTORS}: Single"


def test_a_list_of_management_systems_lacks_no_station(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """Nothing is said of a certificate that a list of its kind does not exist for; one that the list had, and has no more, is told."""

    def lacking() -> set[str | None]:
        with session_factory() as session:
            found = products.product(session, "voltwerk", "x-200")
        assert found is not None
        return {entry.number for entry in found.entries if entry.id in found.unlisted}

    assert lacking() == {SECURITY, LATER}
    numbers = [f"OCA.0016.8{number:03}.CSMS" for number in range(1, 4)]
    with session_factory.begin() as session:
        import_rows(session, "systems.csv", "1" * 64, [row(place, certificate_no=name, number=name) for place, name in enumerate(numbers)])
    assert lacking() == {FULL, LISTED}
    assert client.get("/products/voltwerk/x-200").text.count(">withdrawn from the OCA list</span>") == 3


def test_spellings_of_one_version_stand_together(session: Session) -> None:
    """The page goes by the same spellings as matching: a comma for the point, and any word for version."""
    for number, version in (("OCA.0016.0521.CS", "1,0"), ("OCA.0016.0522.CS", "Ver. 1.0"), ("OCA.0016.0523.CS", "v1.0")):
        said: dict[str, Any] = {"holder": "A", "designation": "B", "software_version": version}
        save_extraction(session, extraction(number, number=number, **said), "any.txt")
    found, party = products.product(session, "a", "b"), products.holder(session, "a")
    assert found is not None
    assert party is not None
    assert [len(version.entries) for version in found.versions] == [3]
    assert [one.versions for one in party.products] == [1]


def test_certificates_of_which_no_version_was_read_are_not_put_together(session: Session) -> None:
    for number in ("OCA.0016.0601.CS", "OCA.0016.0602.CS"):
        save_extraction(session, extraction(number, number=number, holder="A", designation="B", software_version=None), "any.txt")
    found = products.product(session, "a", "b")
    assert found is not None
    assert [len(version.entries) for version in found.versions] == [1, 1]


def test_a_holder_is_found_by_any_spelling_and_by_what_the_list_calls_it(session: Session) -> None:
    for slug in ("voltwerk", "strom"):
        party = products.holder(session, slug)
        assert party is not None
        assert {one.name for one in party.products} == {"X-200"}
        assert party.certificates == 4
    assert products.holder(session, "voltwerk-nord") is None


def test_a_company_is_one_line_with_all_of_its_spellings(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """Whichever of them the address has, it leads to all that is certified; so do its products, which are one line each, too."""
    held = (("X-200", "VOLTWERK GmbH"), ("X-200", "Voltwerk (formerly Strom)"), ("x 200", "Völtwerk"), ("Y-1", "Voltwerk"))
    with session_factory.begin() as session:
        for number, (name, holder) in enumerate(held, 701):
            save_extraction(session, extraction(f"{number}", number=f"OCA.0016.0{number}.CS", holder=holder, designation=name), "any.txt")
    with session_factory() as session:
        total, products_total = parties.index_total(session, "holder"), parties.index_total(session, "product")
        listed = parties.index_page(session, "holder", 1)
        named = parties.index_page(session, "product", 1)
        assert list(parties.index_rows(session, "holder")) == listed
    assert (total, products_total) == (len(listed), len(named)) == (2, 3)
    [line] = [one for one in listed if one["slug_0"].startswith("voltwerk")]
    assert (line["name"], line["certificates"], line["products"]) == ("Völtwerk", 8, 2)
    assert line["spellings"] == ["VOLTWERK GmbH", "Voltwerk", "Voltwerk (formerly Strom)", "Voltwerk GmbH"]
    assert {(one["slug_1"], one["certificates"]) for one in named if one["slug_0"].startswith("voltwerk")} == {("x-200", 7), ("y-1", 1)}
    for slug in ("voltwerk", "voltwerk-formerly-strom"):
        page = client.get(f"/holders/{slug}.json").get_json()
        assert sum(one["certificates"] for one in page["products"]) == 8
    page = client.get("/holders").text
    assert page.count('href="/holders/voltwerk"') == 1
    assert "Counted together with: VOLTWERK GmbH; Voltwerk; Voltwerk (formerly Strom); Voltwerk GmbH" in page
    [told] = [one for one in client.get("/api/v1/holders").get_json()["members"] if one["name"] == line["name"]]
    assert (told["certificates"], told["spellings"]) == (8, line["spellings"])
    [row] = [one for one in read("csv", client.get("/holders.csv").data) if one["name"] == line["name"]]
    assert (row["certificates"], row["spellings"]) == ("8", "; ".join(line["spellings"]))


def test_what_matching_holds_for_two_companies_is_two_lines_and_two_pages(
    session_factory: sessionmaker[Session], client: FlaskClient
) -> None:
    """A place in brackets makes another company, until somebody records that it is none."""
    held = (("X-200", "Acme Ltd."), ("X-200", "ACME"), ("X-200", "Acme (Shenzhen) Co., Ltd"), ("Y-1", "acme (SHENZHEN)"))
    with session_factory.begin() as session:
        for number, (name, holder) in enumerate(held, 801):
            save_extraction(session, extraction(f"{number}", number=f"OCA.0016.0{number}.CS", holder=holder, designation=name), "any.txt")

    def lines(path: str) -> set[tuple[str, int]]:
        return {(one["name"], one["certificates"]) for one in client.get(path).get_json()["members"] if "ACME" in str(one).upper()}

    parts = [("Acme (Shenzhen) Co., Ltd", {"acme (SHENZHEN)"}, "acme-shenzhen"), ("Acme Ltd.", {"ACME"}, "acme")]
    with session_factory() as session:
        before = parties.index_total(session, "holder")
        listed = [one for one in parties.index_page(session, "holder", 1) if one["slug_0"].startswith("acme")]
        assert before == len(parties.index_page(session, "holder", 1))
        assert {frozenset({one["name"], *one["spellings"]}): one["certificates"] for one in listed} == {
            frozenset({name, *others}): 2 for name, others, _ in parts
        }
        assert {one["slug_0"] for one in listed} == {"acme", "acme-shenzhen"}
        assert len([one for one in parties.index_page(session, "product", 1) if one["slug_0"].startswith("acme")]) == 3
    assert lines("/api/v1/products") == {("X-200", 2), ("X-200", 1), ("Y-1", 1)}
    for slug, numbers in (("acme", {"0801", "0802"}), ("acme-shenzhen", {"0803", "0804"})):
        page = client.get(f"/holders/{slug}").text
        assert "2 certificates" in page
        feed = client.get(f"/holders/{slug}.atom").text
        assert {one for one in ("0801", "0802", "0803", "0804") if f"OCA.0016.{one}.CS" in feed} == numbers
        product = client.get(f"/products/{slug}/x-200").text
        assert {one for one in ("0801", "0802", "0803") if f"OCA.0016.{one}.CS" in product} == numbers - {"0804"}
    with session_factory.begin() as session:
        aliases.record(session, "Acme Ltd.", "Acme (Shenzhen)", "Its annual report says so.")
    for slug in ("acme", "acme-shenzhen"):
        found = client.get(f"/holders/{slug}.json").get_json()
        assert sum(one["certificates"] for one in found["products"]) == 4
    with session_factory() as session:
        assert parties.index_total(session, "holder") == before


def test_a_record_of_one_company_says_nothing_of_another_of_its_name(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    with session_factory.begin() as session:
        for number, holder in enumerate(("Acme", "Acme (Shenzhen)", "Brand"), 811):
            save_extraction(session, extraction(f"{number}", number=f"OCA.0016.0{number}.CS", holder=holder), "any.txt")
        aliases.record(session, "Acme (Shenzhen)", "Brand", "Its annual report says so.")
    told = "“Brand” is another name of “Acme (Shenzhen)”"
    for slug, certificates, is_told in (("acme", 1, False), ("acme-shenzhen", 2, True), ("brand", 2, True)):
        with session_factory() as session:
            party = products.holder(session, slug)
            assert party is not None
            assert (party.certificates, bool(party.aliases)) == (certificates, is_told)
        assert (told in client.get(f"/holders/{slug}").text) is is_told


def test_what_differs_comes_first_and_what_is_not_known_is_no_difference(session: Session) -> None:
    found = compare(session, [FULL, SECURITY, LATER], [])
    assert "Software version" in {row.label for row in compare(session, [FULL, SECURITY], []).alike}
    differing = {row.label: row.values for row in found.differing}
    assert differing["Software version"] == ("V1.0", "1.0", "1.10")
    assert differing["Advanced Security"] == ("N/A", "Pass", None)
    assert {row.label for row in found.one_sided} >= {"Reservation", "Core"}
    assert {row.label for row in found.alike} >= {"Protocol", "HeartbeatInterval"}
    assert all(row.values != (None, None, None) for row in (*found.differing, *found.one_sided, *found.alike))


def test_products_are_compared_by_all_that_their_certificates_say(session: Session) -> None:
    found = compare(session, [LISTED], ["voltwerk/x-200"])
    rows = {row.label: row.values for row in (*found.differing, *found.one_sided, *found.alike)}
    assert rows["Reservation"] == (None, "Pass at 1.10 for OCPP 1.6")
    assert [side.has_document for side in found.sides] == [False, True]


def test_what_only_the_list_says_of_profiles_is_no_result(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """The listed type names profiles, and the document may say N/A: neither a result nor a difference is made of it."""
    number = "OCA.0016.0510.CSMS"
    with session_factory.begin() as session:
        named = row(1, number=number, certificate_no=number, company="Voltwerk", designation="X-200", certificate_type="Core + S")
        import_rows(session, "list.csv", "3" * 64, [named])
    with session_factory() as session:
        found = compare(session, [number, FULL], ["voltwerk/x-200"])
        rows = {one.label: one for one in (*found.differing, *found.one_sided, *found.alike)}
        assert rows["Core"].values[:2] == ("by the OCA list", "Pass")
        assert rows["Security / Advanced Security"].values[:2] == ("by the OCA list", "N/A")
        only = compare(session, [number, FULL], [])
    assert "Security / Advanced Security" in {one.label for one in only.one_sided}
    *passed, listed = str(rows["Core"].values[2]).split("; ")
    assert {normal.text(one.removeprefix("Pass ")) for one in passed} == {
        f"{version} for ocpp 1.6 (charging station)" for version in ("(withdrawn from the oca list) at 1.0", "at 1.10")
    }
    assert listed == "by the OCA list at 1.0.0 for OCPP 1.6 (Management system)"
    told = client.get(f"/compare.json?certificate={number}&certificate={FULL}").get_json()
    assert [side["has_document"] for side in told["sides"]] == [False, True]
    assert "whether it passed stands in a document" in client.get(f"/compare?certificate={number}&certificate={FULL}").text


def test_old_and_new_names_of_a_profile_are_one_row(session: Session) -> None:
    old, new = "OCA.0016.0511.CS", "OCA.0016.0512.CS"
    for number, profile in ((old, "Security"), (new, "Advanced Security")):
        save_extraction(session, extraction(number, number=number, profiles={"Core": "Pass", profile: "Pass"}), "any.txt")
    found = compare(session, [old, new], [])
    assert {row.label: row.values for row in found.alike if row.group == "Feature profiles"} == {
        "Core": ("Pass", "Pass"),
        "Security / Advanced Security": ("Pass", "Pass"),
    }


def test_a_product_says_for_which_protocol_each_profile_passed(session: Session) -> None:
    for number, protocol, profile in (("OCA.0016.0513.CS", "OCPP 1.6", "Core"), ("OCA.0201.0513.CS", "OCPP 2.0.1", "Advanced Security")):
        said: dict[str, Any] = {
            "holder": "A",
            "designation": "B",
            "software_version": "5.0",
            "protocol": protocol,
            "profiles": {profile: "Pass"},
        }
        save_extraction(session, extraction(number, number=number, **said), "any.txt")
    found = compare(session, [FULL], ["a/b"])
    rows = {row.label: row.values[1] for row in (*found.differing, *found.one_sided, *found.alike)}
    assert (rows["Core"], rows["Advanced Security / Security"]) == ("Pass at 5.0 for OCPP 1.6", "Pass at 5.0 for OCPP 2.0.1")


def test_revisions_of_one_number_are_told_apart_in_the_head_of_the_table(
    session_factory: sessionmaker[Session], client: FlaskClient
) -> None:
    with session_factory.begin() as session:
        again = extraction("again", number=FULL, revision="update-2025-12-12", holder="Voltwerk", designation="X-200")
        save_extraction(session, again, "again.txt")
    page = client.get(f"/compare?certificate={FULL}/update-2025-12-12&certificate={LATER}").text
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert "update-2025-12-12" in head


def test_pages_of_an_older_revision_say_which_holds_now_and_lead_to_what_differs(
    session_factory: sessionmaker[Session], client: FlaskClient
) -> None:
    newer, link = f"{FULL}/update-2025-12-12", f"/compare?certificate={FULL}&amp;certificate={FULL}/update-2025-12-12"
    assert "Superseded" not in client.get(f"/certificates/{FULL}").text
    with session_factory.begin() as session:
        said: dict[str, Any] = {"holder": "Voltwerk", "designation": "X-200 Pro", "certification_date": "2025-12-12"}
        again = extraction("again", number=FULL, revision="update-2025-12-12", **said)
        save_extraction(session, again, "again.txt")
    page = client.get(f"/certificates/{FULL}").text
    assert "Superseded:" in page
    assert link in page
    assert client.get(link.replace("&amp;", "&")).status_code == 200
    of_newer = client.get(f"/certificates/{FULL}?revision=update-2025-12-12").text
    assert "Superseded:" not in of_newer
    assert "what differs" in of_newer
    assert f"/compare?certificate={newer}&amp;certificate={FULL}" in of_newer
    product = client.get("/products/voltwerk/x-200").text
    assert product.count(">superseded<") == 2
    assert link in product


@pytest.mark.parametrize(
    ("certificates", "named", "line"),
    [
        ([FULL], [], "1 certificate or product cannot be compared"),
        ([FULL] * 3, [], "1 certificate or product cannot"),
        ([str(number) for number in range(5)], [], "5 certificates or products cannot"),
        ([FULL, "OCA.0016.7777.CS"], [], "knows no certificate OCA.0016.7777.CS"),
        ([FULL, "x" * 10_000], [], "knows no certificate xxx"),
        ([FULL, f"{FULL}/no-such"], [], "knows no certificate"),
        ([FULL], ["voltwerk/none"], "knows no product voltwerk/none"),
        ([FULL], ["/"], "knows no product /"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(session: Session, certificates: list[str], named: list[str], line: str) -> None:
    with pytest.raises(RegistryError, match=line):
        compare(session, certificates, named)


@pytest.mark.parametrize("path", ["/products/none/none", "/holders/none", "/laboratories/none", "/holders/%00", "/products/a/%F0%9F"])
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_certificates_lead_to_their_product_and_from_there_to_a_comparison(client: FlaskClient) -> None:
    page = client.get(f"/certificates/{FULL}").text
    for path in PAGES:
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200
    assert f"/compare?certificate={FULL}" in page
    assert "two to four" in client.get(f"/compare?certificate={FULL}").text
    compared = client.get(f"/compare?certificate={FULL}&certificate={LATER}&product=voltwerk/x-200&certificate=")
    assert compared.status_code == 200
    assert compared.text.index("What differs") < compared.text.index("The same")
    assert client.get(f"/compare?certificate={FULL}&certificate=none").status_code == 400
    assert len(client.get(f"/compare.json?certificate={FULL}&certificate={LATER}").get_json()["sides"]) == 2


def test_what_a_document_says_is_never_markup(client: FlaskClient) -> None:
    slug = "script-alert-x-script"
    for path in (f"/products/{slug}/{slug}", f"/holders/{slug}", f"/compare?certificate={FULL}&product={slug}/{slug}"):
        page = client.get(path)
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    # Not what tells whether a page that was kept is still as the registry is.
    with sent_to(engine, lambda statement: is_question(statement) and "pg_current_snapshot" not in statement) as sent:
        yield sent


@pytest.mark.parametrize(("path", "count"), list(zip(PAGES, (9, 4, 1), strict=True)))
def test_a_page_costs_a_fixed_number_of_statements(client: FlaskClient, statements: list[str], path: str, count: int) -> None:
    statements.clear()
    assert client.get(path).status_code == 200
    assert len(statements) == count


WITHDRAWN = "withdrawn from the OCA list"


def test_every_place_says_alike_how_a_certificate_stands(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """FULL is revised, LATER is revised on the same day, and the list has LISTED no more."""
    said: dict[str, Any] = {"holder": "Voltwerk GmbH", "designation": "X-200", "profiles": {"Core": "Pass", "Smart Charging": "Pass"}}
    with session_factory.begin() as session:
        for number, version, day in ((FULL, "V1.1", "2025-12-12"), (LATER, "1.10", extraction().certificate.certification_date)):
            again = extraction(f"again {number}", number=number, revision="B", software_version=version, certification_date=day, **said)
            save_extraction(session, again, "again.txt")
        import_rows(session, "list.csv", "1" * 64, [row(2, number=FULL, certificate_no=FULL, company="Strom AG")])
    expected = {
        (FULL, ""): "superseded",
        (FULL, "B"): "holds",
        (LATER, ""): "which revision holds is not known",
        (LATER, "B"): "which revision holds is not known",
        (LISTED, ""): WITHDRAWN,
    }
    badges = {"superseded": "superseded", "holds": "certified", "which revision holds is not known": "several revisions"}
    listed = client.get("/api/v1/products/voltwerk/x-200").get_json()["versions"]
    at_products = {(one["number"], one["revision"] or ""): one["state"] for version in listed for one in version["entries"]}
    product = client.get("/products/voltwerk/x-200").text
    for kind, (lists, query) in pairs(KINDS, (("/products/voltwerk/x-200", ""), ("/certificates", "?q=x-200"))):
        rows = read(kind, client.get(f"{lists}.{kind}{query}").data)
        sheet = {(one["number"], one["revision"] or ""): one["state"] for one in rows}
        assert {name: sheet[name] for name in expected} == expected, (kind, lists)
    for (number, revision), state in expected.items():
        address = f"/certificates/{number}"
        page = client.get(address, query_string={"revision": revision}).text
        compared = client.get(f"/compare.json?certificate={number}/{revision}&certificate={SECURITY}").get_json()["sides"]
        document = client.get(f"{address}.json", query_string={"revision": revision}).get_json()
        told = client.get(f"/api/v1{address}", query_string={"revision": revision}).get_json()
        badge = client.get(f"{address}/badge.svg", query_string={"revision": revision}).text
        assert [compared[0]["state"], document["state"], told["state"], at_products[number, revision]] == [state] * 4
        assert f">{badges.get(state, 'withdrawn')}<" in badge
        assert (f">{state}</span>" in page) == (state != "holds")
        assert ("Withdrawn from the OCA list:" in page) == (state == WITHDRAWN)
        sides = client.get(f"/compare?certificate={number}/{revision}&certificate={SECURITY}").text
        assert sides.count(f">{state}</span>") == (0 if state == "holds" else sides.count("<thead>") + 1)
    assert product.count(">superseded</span>") == 2, "beside the profile that it passed, and among the certificates"
    assert f">{WITHDRAWN}</span>" in product


def test_what_no_longer_holds_is_no_pass_of_a_product(session_factory: sessionmaker[Session], session: Session) -> None:
    said: dict[str, Any] = {"holder": "Voltwerk GmbH", "designation": "X-200", "certification_date": "2025-12-12"}
    with session_factory.begin() as writing:
        again = extraction("again", number=LATER, revision="B", software_version="2.0", profiles={"Core": "Pass"}, **said)
        save_extraction(writing, again, "again.txt")
    found = compare(session, [SECURITY], ["voltwerk/x-200"])
    rows = {row.label: row.values[1] for row in (*found.differing, *found.one_sided, *found.alike)}
    assert rows["Reservation"] == "Pass (superseded) at 1.10 for OCPP 1.6"
    assert rows["Core"] == "Pass at 2.0 for OCPP 1.6; Pass at 1.0 for OCPP 1.6; Pass (superseded) at 1.10 for OCPP 1.6"
    assert rows["Software version"] == "2.0, 1.0, V1.0"


def test_a_version_of_which_nothing_passed_says_what_failed(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    with session_factory.begin() as session:
        for revision, day in ((None, "2024-01-01"), ("B", "2025-01-01")):
            said: dict[str, Any] = {"holder": "Strom", "designation": "S-1", "revision": revision, "certification_date": day}
            save_extraction(session, extraction(f"s {revision}", number="OCA.0016.0601.CS", profiles={"Core": "Fail"}, **said), "s.txt")
    page = client.get("/products/strom/s-1").text
    assert page.count('Printed as failed in <span class="number">OCA.0016.0601.CS</span>: Core.') == 2
    assert "No profile was read as passed" in page
