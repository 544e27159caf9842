"""Offers as spreadsheets hold them, and the command that judges them, with its exit status."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from app import main
from ingest.numbers import certificate_numbers
from registry.certificates.numbers import is_number, name, named_in
from registry.certificates.store import save_extraction
from registry.listing.store import import_rows
from registry.matching.aliases import NONE
from registry.matching.revisions import held_now
from registry.requirements.checking import Judged, cells
from registry.requirements.cli import _line
from registry.requirements.evaluation import Answer, Verdict
from registry.requirements.lookup import finder, holding
from registry.requirements.offers import Evidence, Offer
from registry.requirements.reading import shipped_texts
from registry.requirements.table import read_offers
from registry.settings import Settings
from registry.spreadsheets.sheet import BadSpreadsheet
from tests.registry.making import extraction, row


def one(text: str) -> Offer:
    return read_offers(text.encode(), "offers.csv").offers[0]


def workbook(*rows: tuple[object, ...]) -> bytes:
    made = openpyxl.Workbook()
    for each in rows:
        made.active.append(each)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "header",
    [
        "Vendor,Model,Software version,Certificate number",
        "HERSTELLER;Modell;Firmware-Version;Zertifikat",
        "manufacturer\tproduct designation\tFW\tOCA number",
        "제조사,모델명,펌웨어 버전,인증번호",
        "holder|model|software_version|certificates",
    ],
)
def test_columns_are_found_under_any_usual_heading(header: str) -> None:
    separator = next(each for each in ";\t|," if each in header)
    offer = one(header + "\n" + separator.join(["Holder 1", "M-1", "1.10", "OCA.0016.0408.CS"]) + "\n")
    assert (offer.holder, offer.model, offer.software_version, offer.certificates) == ("Holder 1", "M-1", "1.10", ("OCA.0016.0408.CS",))
    assert offer.problems == ()


def test_a_heading_that_could_mean_it_gives_way_to_one_that_does() -> None:
    offer = one("Company,Vendor,Type,Model,Version,Firmware,Date\nBidder,Holder 1,AC,M-1,3,1.10,soon\n")
    assert (offer.holder, offer.model, offer.software_version) == ("Holder 1", "M-1", "1.10")
    assert one("Company,Type,Version\nHolder 1,M-1,1.10\n").model == "M-1"
    with pytest.raises(BadSpreadsheet, match="both hold the model"):
        one("Type,Product\nAC,M-1\n")


def test_a_date_of_nobody_knows_what_is_not_taken_for_that_of_the_installation() -> None:
    read = read_offers(b"Vendor,Model,Date\nA,B,2023-05-05\n", "x")
    assert read.offers[0].installed is None
    assert "Not looked at: Date." in read.notes
    [lettered] = read_offers(b"Vendor,Model,Certificate number\nA,B,OCA.0016.0408.CS rev. A\n", "x").offers
    assert lettered.certificates == ("OCA.0016.0408.CS rev-a",)
    [unset] = read_offers(b"Vendor,Model,Installed on\nA,B,1970-01-01\n", "x").offers
    assert (unset.installed, unset.is_day_unclear) == (None, True)
    assert "1970-01-01 is what programs write where no date is known" in unset.problems[0]
    assert read_offers(b"Vendor,Model,Date\nA,B,2023-05-05\n", "x", {"installed": "Date"}).offers[0].installed == date(2023, 5, 5)


def test_the_mapping_is_told() -> None:
    notes = read_offers(b"Vendor,Model,Price\nA,B,1\n", "x").notes
    assert notes[0] == "Columns: Vendor for the vendor, Model for the model."
    assert notes[1] == "Not looked at: Price."
    assert "no column for the software version" in notes[2]


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("OCA.0016.0408.CS", ("OCA.0016.0408.CS",)),
        ("oca 0016 0408 cs", ("OCA.0016.0408.CS",)),
        ("OCA00160408CSMS", ("OCA.0016.0408.CSMS",)),
        ("OCA.0016.0408.CS and OCA.0016.0409.CS", ("OCA.0016.0408.CS", "OCA.0016.0409.CS")),
        ("OCA.0016.1137.CSMS - update-2025-12-12", ("OCA.0016.1137.CSMS update-2025-12-12",)),
        ("OCA.0016.0408.CS (Core), LS", ("OCA.0016.0408.CS",)),
        ("W01.OCA.0016.7001.CS", ("W01.OCA.0016.7001.CS",)),
        ("f2 oca 0016 7001 cs, OCA.0016.7001.CS", ("F2.OCA.0016.7001.CS", "OCA.0016.7001.CS")),
        ("X01.OCA.0016.7001.CS", ("X01.OCA.0016.7001.CS",)),
        ("OCA 16 408 CS", ("OCA.0016.0408.CS",)),
        ("oca.OO16.04O8.cs", ("OCA.0016.0408.CS",)),
        ("OCA 16 408", ("OCA.0016.0408",)),
        ("F1 OCA/201/17/CSMS and OCA.0016.0409.CS + oca-16-1I", ("F1.OCA.0201.0017.CSMS", "OCA.0016.0409.CS", "OCA.0016.0011")),
        ("OCA 2024 17", ("OCA 2024 17",)),
        ("7013", ("7013",)),
        ("see annex", ("see annex",)),
        ("-", ()),
    ],
)
def test_certificate_numbers_in_any_spelling(cell: str, numbers: tuple[str, ...]) -> None:
    offer = one(f"model;certificate\nM-1;{cell}\n")
    assert offer.certificates == numbers
    assert bool(offer.problems) == (not all(map(is_number, numbers)))
    assert is_number(cell) == (numbers == (cell,) and not offer.problems)


def test_cells_and_documents_agree_on_what_a_number_is() -> None:
    for printed in ("W01.OCA.0016.1071.CSMS", "OCA.0016.1137.CSMS - update-2025-12-12", "F10.OCA.0201.0003.CS (rev 2)"):
        [read] = certificate_numbers(printed)
        assert named_in(printed) == (name(read.number, read.revision),)


def test_words_for_what_is_not_known_are_no_name_and_no_version_and_that_is_told() -> None:
    read = read_offers("Vendor,Model,Firmware,Certificate\nn/a,M-1,TBA,none\nHolder 1,—,latest,n/a\nHolder 1,M-1,1.10,TBD\n".encode(), "x")
    told = [(offer.holder, offer.model, offer.software_version, offer.certificates) for offer in read.offers]
    assert told == [(None, "M-1", None, ()), ("Holder 1", None, None, ()), ("Holder 1", "M-1", "1.10", ("TBD",))]
    assert [len(offer.problems) for offer in read.offers] == [0, 0, 1]
    assert [one(f"model;evidence\nM-1;{cell}\n").is_evidence_unclear for cell in ("n/a", "see annex")] == [False, True]
    assert [note for note in read.notes if note.startswith("Taken")] == [
        "Taken for nothing said in column A (Vendor): “n/a” (row 2).",
        "Taken for nothing said in column B (Model): “—” (row 3).",
        "Taken for nothing said in column C (Firmware): “TBA”, “latest” (row 2, 3).",
        "Taken for nothing said in column D (Certificate): “none”, “n/a” (row 2, 3).",
    ]


@pytest.mark.parametrize(
    ("cell", "evidence"),
    [
        ("self-attestation", (Evidence("self-attestation"),)),
        ("Tool report 2.0.1 Core + Security", (Evidence("tool report", "OCPP 2.0.1", ("Core", "Security")),)),
        ("2.0.1 test tool report for Core and Security", (Evidence("tool report", "OCPP 2.0.1", ("Core", "Security")),)),
        ("no tool report", ()),
        ("self-attestation to follow", ()),
        (
            "proof of payment (OCPP 2.0.1); lab report 1.6J",
            (Evidence("proof of payment", "OCPP 2.0.1"), Evidence("laboratory report", "OCPP 1.6", None, "JSON")),
        ),
        ("certificate", ()),
        ("trust me", ()),
        ("self-attestation OCPP 1.6S", (Evidence("self-attestation", "OCPP 1.6", None, "SOAP"),)),
        ("self-attestation OCPP 1.6-S", (Evidence("self-attestation", "OCPP 1.6", None, "SOAP"),)),
        ("self-attestation 1.6 SOAP Core + S", (Evidence("self-attestation", "OCPP 1.6", ("Core", "Security"), "SOAP"),)),
        ("self-attestation OCPP 1.6 S", ()),
        ("self-attestation OCPP 2.0.1S", ()),
        ("tool report OCPP 2.0.1 Full", ()),
        ("tool report OCPP 2.0.1 Subset + Security", ()),
        ("tool report OCPP 1.6 Subset + Security", (Evidence("tool report", "OCPP 1.6", ("Core", "Security")),)),
    ],
)
def test_evidence_is_taken_as_far_as_it_says(cell: str, evidence: tuple[Evidence, ...]) -> None:
    offer = one(f"model,evidence\nM-1,{cell}\n")
    assert offer.evidence == evidence
    assert bool(offer.problems) == offer.is_evidence_unclear == (not evidence and cell != "certificate")


def test_a_cell_that_cannot_be_taken_is_told_with_its_place() -> None:
    data = workbook(
        ("vendor", "model", "firmware", "installed", "role"),
        ("A", "M-1", 1.1, "03/04/2025", "toaster"),
        ("A", "M-1", date(2025, 3, 1), date(2025, 4, 3), "charger"),
        ("A", 7001, "1.10", "2025-13-01", None),
    )
    first, second, third = read_offers(data, "offers.xlsx").offers
    assert (first.software_version, first.installed, first.is_day_unclear, first.role) == (None, None, True, None)
    assert first.problems[0].startswith("row 2, column D (installed): 03/04/2025 can be two dates")
    assert "row 2, column C (firmware) holds 1.1 as a number" in first.problems[1]
    assert "row 2, column E (role) says toaster" in first.problems[2]
    assert (second.software_version, second.installed, second.role) == (None, date(2025, 4, 3), "CS")
    assert (third.model, third.software_version, third.is_day_unclear) == (None, "1.10", True)
    assert "row 4, column B (model) holds 7001 as a number, and 1.10 would be 1.1 and 007 would be 7 there" in third.problems[1]


@pytest.mark.parametrize(
    ("shown_as", "said"), [("0000", "holds 0007"), ("General", "holds 7"), ("0.00", "holds 7"), ('"LEX-"0', "holds 7")]
)
def test_a_model_that_is_a_number_is_taken_by_nobody_however_it_is_shown(shown_as: str, said: str) -> None:
    made = openpyxl.Workbook()
    made.active.append(("vendor", "model", "firmware"))
    made.active.append(("A", 7, "1.0"))
    made.active["B2"].number_format = shown_as
    out = io.BytesIO()
    made.save(out)
    [offer] = read_offers(out.getvalue(), "offers.xlsx").offers
    assert offer.model is None
    assert said in offer.problems[0]


def test_a_workbook_whose_first_sheet_has_no_offers_is_refused_with_the_names_of_its_sheets() -> None:
    made = openpyxl.Workbook()
    made.active.title = "Read me"
    made.active.append(("The offers are on the second sheet",))
    made.create_sheet("Offers").append(("Vendor", "Model"))
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(BadSpreadsheet) as refused:
        read_offers(out.getvalue(), "two.xlsx")
    assert str(refused.value).startswith("two.xlsx, sheet Read me, row 1: there is no column for the model")
    assert "no other sheet was read (Offers): put the sheet with the offers first" in str(refused.value)


def test_a_cell_without_a_result_is_not_told_as_one_that_says_nothing() -> None:
    data = workbook(("vendor", "model", "firmware"), ("A", "M-1", '="V1.3."&337'), ("A", "M-1", "n/a"), ("A", "M-2", "#REF!"))
    found = read_offers(data, "offers.xlsx")
    assert [note for note in found.remarks if "nothing said" in note] == ["Taken for nothing said in column C (firmware): “n/a” (row 3)."]
    assert [len(offer.problems) for offer in found.offers][:2] == [1, 0]


def test_a_formula_whose_result_is_not_in_the_file_is_told_with_its_place() -> None:
    data = workbook(
        ("vendor", "model", "firmware", "certificate", "evidence", "installed"),
        ("A", "M-1", '="3"&".0"', '="OCA.0016.7001"&".CS"', "=A1", "=TODAY()"),
        ("A", "M-1", "3.0", None, None, None),
    )
    offer, whole = read_offers(data, "offers.xlsx").offers
    assert (offer.software_version, offer.certificates, offer.evidence, offer.installed) == (None, (), (), None)
    assert offer.is_day_unclear
    assert offer.is_evidence_unclear
    assert {
        problem.partition(": a formula stands there, and its result is not in the file: open the file")[0] for problem in offer.problems
    } == {*("row 2, column C (firmware)", "row 2, column D (certificate)", "row 2, column E (evidence)", "row 2, column F (installed)")}
    assert not whole.problems


def test_a_sheet_without_a_product_is_refused() -> None:
    with pytest.raises(BadSpreadsheet, match=r"row 1: there is no column for the model .*found: Price, Colour"):
        read_offers(b"Price,Colour\n1,red\n", "offers.csv")


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")
        import_rows(
            session, "list.csv", "0" * 64, [row(7, product_type="Charging Station", number="OCA.0016.0007.CS", designation="Listed")]
        )


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], obj=settings)


GOOD = "vendor,model,firmware\nHolder 1,Product 1,v1.3.337\n"


@pytest.mark.usefixtures("stocked")
def test_the_command_says_by_its_status_whether_all_meet(settings: Settings, tmp_path: Path) -> None:
    offers = tmp_path / "offers.csv"
    offers.write_text(GOOD, encoding="utf-8")
    met = run(settings, "south-korea-subsidy", str(offers), "--on", "2024-05-01")
    assert (met.exit_code, met.stdout.startswith("row 2: Holder 1 Product 1 v1.3.337: meets: ")) == (0, True)
    assert "Columns: vendor for the vendor" in met.stderr
    offers.write_text(GOOD + "Holder 7,Listed,1.0.0\n", encoding="utf-8")
    some = run(settings, "south-korea-subsidy", str(offers), "--on", "2024-05-01", "--json")
    assert some.exit_code == 1
    document = json.loads(some.stdout)
    assert [each["answer"] for each in document["offers"]] == ["meets", "cannot tell"]
    assert "known from the OCA's list alone" in document["offers"][1]["missing"][0]
    fields = {(field["certificate"], field["field"]) for field in document["offers"][0]["reasons"][0]["fields"]}
    assert ("OCA.0016.9001.CS", "software_version") in fields


@pytest.mark.usefixtures("stocked")
def test_rules_may_come_from_a_file(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "ours.toml").write_text(shipped_texts()["south-korea-subsidy"].replace("-subsidy", "-ours"), encoding="utf-8")
    assert run(settings, str(tmp_path / "ours.toml"), str(tmp_path / "offers.csv")).exit_code == 0


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-set", "offers.csv"), "There is no requirement set no-such-set"),
        (("south-korea-subsidy", "missing.csv"), "cannot be read"),
        (("south-korea-subsidy", "offers.csv", "--on", "03/04/2025"), "--on: 03/04/2025 can be two dates"),
        (("south-korea-subsidy", "bad.csv"), "no column for the model"),
        (("bad.toml", "offers.csv"), "not TOML"),
        (("misspelt.toml", "offers.csv"), "rule.certified.at_leest is not known here: did you mean at_least?"),
        (("missing.toml", "offers.csv"), "cannot be read (No such file or directory)"),
        (("binary.toml", "offers.csv"), "binary.toml is no text in UTF-8: give a TOML file, or the name of a set"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("offers.csv").write_text(GOOD, encoding="utf-8")
    Path("bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    Path("bad.toml").write_text("=", encoding="utf-8")
    misspelt = shipped_texts()["calevip-2-dc"].replace("at_least", "at_leest", 1).replace('"calevip-2-dc"', '"ours"')
    Path("misspelt.toml").write_text(misspelt, encoding="utf-8")
    Path("binary.toml").write_bytes(b"\xff\xfe\x00")
    answer = run(settings, *arguments)
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("dated", "held"),
    [
        ({"": date(2023, 1, 1)}, {"": None}),
        ({"": None}, {"": None}),
        ({"": date(2023, 1, 1), "b": date(2024, 1, 1)}, {"": "b", "b": None}),
        ({"": date(2025, 1, 1), "b": date(2024, 1, 1)}, {"": None, "b": ""}),
        ({"": date(2024, 1, 1), "b": date(2024, 1, 1)}, {"": "?", "b": "?"}),
        ({"": date(2024, 1, 1), "b": None}, {"": "?", "b": "?"}),
    ],
)
def test_the_newest_revision_of_a_number_holds(dated: dict[str, date | None], held: dict[str, str | None]) -> None:
    assert {revision: held_now(dated, revision) for revision in dated} == held


def test_certificates_are_loaded_with_the_revision_that_holds_now(session: Session) -> None:
    for revision, day in ((None, "2023-07-12"), ("update-2025-12-12", "2025-12-12")):
        save_extraction(session, extraction(f"of {revision}", revision=revision, certification_date=day), f"{revision}.txt")
    places = finder(session).by_number["OCA.0016.9001.CS"]
    found = {held.facts.revision: held.held_now for held in holding(session, places, NONE).values()}
    assert found == {None: "update-2025-12-12", "update-2025-12-12": None}


def test_a_number_without_its_role_is_the_one_that_is_known_here(session: Session) -> None:
    for number in ("OCA.0016.9001.CS", "OCA.0016.9003.CS", "OCA.0016.9003.CSMS"):
        save_extraction(session, extraction(number, number=number), f"{number}.txt")
    find = finder(session)
    told = {
        named: find.whole(named, "CS") for named in ("OCA.0016.9001", "OCA.0016.9003", "OCA.0016.9004", "OCA.0016.9003.CSMS", "see annex")
    }
    assert told == {
        "OCA.0016.9001": ("OCA.0016.9001.CS",),
        "OCA.0016.9003": ("OCA.0016.9003.CS",),
        "OCA.0016.9004": ("OCA.0016.9004",),
        "OCA.0016.9003.CSMS": ("OCA.0016.9003.CSMS",),
        "see annex": ("see annex",),
    }
    assert find.whole("OCA.0016.9003", None) == ("OCA.0016.9003.CS", "OCA.0016.9003.CSMS")
    assert find.whole("OCA.0016.9001", "CSMS") == ("OCA.0016.9001.CS",)


def test_the_command_takes_other_columns(tmp_path: Path) -> None:
    offers = tmp_path / "offers.csv"
    offers.write_text("Gerät,Stand\nM-1,1.10\n", encoding="utf-8")
    home = {"OCPP_REGISTRY_HOME": str(tmp_path / "home")}
    for wrong in ("model", "colour=Gerät", "model="):
        refused = CliRunner().invoke(main, ["check", "south-korea-subsidy", str(offers), "--mapping", wrong], env=home)
        assert refused.exit_code == 2
        assert f"--mapping {wrong} cannot be used: write FIELD=HEADING" in refused.output
    chosen = {"model": "Gerät", "software_version": "Stand"}
    [offer] = read_offers(offers.read_bytes(), "offers.csv", chosen).offers
    assert (offer.model, offer.software_version) == ("M-1", "1.10")
    [offer] = read_offers(offers.read_bytes(), "offers.csv", chosen | {"software_version": "-"}).offers
    assert offer.software_version is None


def test_one_of_several_ways_is_said_to_be_one() -> None:
    verdict = Verdict(Answer.WOULD_MEET_WITH, "set", (), (), ("this", "that"), None, None)
    row = Judged(Offer(row=7, holder="H", model="M"), verdict)
    assert _line(row) == "row 7: H M: would meet with: this, or that"
    assert cells(row.to_json())[6] == "this\nor that"
    unknown = replace(verdict, answer=Answer.CANNOT_TELL, needed=(), missing=("the version",))
    assert _line(replace(row, verdict=unknown)) == "row 7: H M: cannot tell: the version"
