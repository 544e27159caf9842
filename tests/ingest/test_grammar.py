"""What single rules of the grammar promise: order of parts, ambiguous dates, rows abreast, places of names, scans."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import pytest

from ingest.grammar import read_certificate
from ingest.page import Cell, Line, Page, Word
from ingest.parse import parse_document
from ingest.readers.markup import read_lines
from registry.certificates.facts import FieldState
from registry.errors import NotACertificate
from tests.ingest.certificates import ROOT

SYSTEM = (ROOT / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8")
STATION = (ROOT / "data/certificates/003_4c2ce89093cfafc3.txt").read_text(encoding="utf-8")
SIGNATORY = re.compile(r"Name(?:</b>)?\t(.*)\tSignature|^\W*([A-Z ]+)\W*\s*Chairman", re.M)
_SIGNED = [" ".join(found) for text in (SYSTEM, STATION) for found in SIGNATORY.findall(text)]
NAMES = tuple({word for names in _SIGNED for word in names.split() if len(word) > 3})
"""The words of the names in the two documents, taken from there: no name of a person stands in this file."""


def parsed(text: str) -> dict[str, object]:
    return parse_document(text.encode(), "sample").certificate.to_json()


def test_an_approval_in_the_middle_hides_nothing_else_and_itself_whole() -> None:
    cover, abstract, rest = (
        SYSTEM[: SYSTEM.index("Abstract of")],
        "Abstract of test report\n\n",
        SYSTEM[SYSTEM.index("Test Result Summary") :],
    )
    annex, approval = rest.split("Statement of Approval")
    moved = f"{cover}{abstract}Statement of Approval{approval}\n{annex}"
    extraction = parse_document(moved.encode(), "sample")
    whole = parse_document(SYSTEM.encode(), "sample")
    # The last line of a text that does not end with the approval may be cut: it is not read.
    assert replace(extraction.certificate, limits=None) == replace(whole.certificate, limits=None)
    assert not any(name in extraction.public_text for name in NAMES)


def test_an_annex_may_come_before_its_cover() -> None:
    cover, annex = SYSTEM[: SYSTEM.index("Abstract of")], SYSTEM[SYSTEM.index("Abstract of") :]
    extraction = parse_document(f"{annex}\n{cover}".encode(), "sample")
    assert extraction.certificate == parse_document(SYSTEM.encode(), "sample").certificate
    assert not any(name in extraction.public_text for name in NAMES)


@pytest.mark.parametrize(
    ("laboratory", "approval", "read"),
    [
        ("April 3, 2023", "2023.04.03", "2023-04-03"),
        ("04.03.2023", "2023.03.04", "2023-03-04"),
        ("May 9, 2023", "2023.05.09", None),
        ("April 3, 2023", "2023.03.04", None),
    ],
)
def test_an_ambiguous_date_is_decided_by_another_place_or_not_at_all(laboratory: str, approval: str, read: str | None) -> None:
    text = SYSTEM.replace("Certification date:\tSeptember 14, 2021", "Certification date:\t03/04/2023")
    text = text.replace("Association, September 14, 2021", f"Association, {laboratory}").replace("2021.09.14", approval)
    assert parsed(text)["certification_date"] == read


@pytest.mark.parametrize(
    ("suffix", "revision", "state"),
    [
        (" - update-2025-12-12", "update-2025-12-12", FieldState.READ),
        (" (rev 2)", "rev 2", FieldState.READ),
        (" - extended for two models", None, FieldState.UNREAD),
        ("", None, FieldState.ABSENT),
    ],
)
def test_what_follows_a_number_is_its_revision_or_unread(suffix: str, revision: str | None, state: FieldState) -> None:
    extraction = parse_document(SYSTEM.replace("OCA.0016.0023.CSMS", f"OCA.0016.0023.CSMS{suffix}").encode(), "sample")
    assert extraction.certificate.number == "OCA.0016.0023.CSMS"
    assert extraction.certificate.revision == revision
    assert {entry.field: entry.state for entry in extraction.fields}["revision"] is state


@pytest.mark.parametrize(
    "relation",
    [" (white label of OCA.0016.0118.CSMS)", " (replaces OCA.0016.0118.CSMS)", ", supersedes certificate no. OCA.0016.0118.CSMS"],
)
def test_the_number_of_a_related_certificate_is_not_its_own(relation: str) -> None:
    extraction = parse_document(SYSTEM.replace("OCA.0016.0023.CSMS", f"OCA.0016.0023.CSMS{relation}").encode(), "sample")
    assert extraction.certificate.number == "OCA.0016.0023.CSMS"
    assert {entry.field: entry.state for entry in extraction.fields}["revision"] is FieldState.ABSENT


def test_two_numbers_that_nothing_relates_are_two_certificates() -> None:
    with pytest.raises(NotACertificate, match="more than one certificate"):
        parse_document(SYSTEM.replace("OCA.0016.0023.CSMS", "OCA.0016.0023.CSMS and OCA.0016.0118.CSMS").encode(), "sample")


@pytest.mark.parametrize(
    ("printed", "read"),
    [("20 s", "20"), ("20 seconds", "20"), ("20s", "20"), ("20 min", None), ("20 ms", None), ("20 Wh", None)],
)
def test_a_number_in_the_unit_of_its_key_is_the_number_and_in_another_is_unread(printed: str, read: str | None) -> None:
    extraction = parse_document(STATION.replace("HeartbeatInterval\t20", f"HeartbeatInterval\t{printed}").encode(), "sample")
    assert (extraction.certificate.configuration_keys or {})["HeartbeatInterval"] == read


def test_keys_in_two_pairs_of_columns() -> None:
    begin, end = STATION.index("AllowOfflineTxForUnknownId"), STATION.index("*Statement of Approval*")
    rows = STATION[begin:end].strip().split("\n")
    abreast = [f"{one}\t{two}" for one, two in zip(rows[::2], rows[1::2], strict=True)]
    text = STATION[:begin] + "\n".join(abreast) + "\n\n" + STATION[end:]
    assert parsed(text)["configuration_keys"] == parsed(STATION)["configuration_keys"]


ROW = (
    "Conformance testing according to the test specification referenced by the test report\t"
    "Korea Smart Grid Association, September 14, 2021\t"
)


@pytest.mark.parametrize(
    ("evidence", "read"),
    [
        (("KSGA_20210914_Test", "Report_LH_V104"), "KSGA_20210914_Test Report_LH_V104"),
        (("KSGA_20210914_Test Report", "_LH_V104"), "KSGA_20210914_Test Report_LH_V104"),
        (("KSGA_20210914_Other", "_LH_V104"), None),
    ],
    ids=["known seam", "borne out by the annex", "unknown seam"],
)
def test_evidence_that_goes_on_in_its_column(evidence: tuple[str, str], read: str | None) -> None:
    assert ROW in SYSTEM
    first = f"Conformance testing according to the test\tKorea Smart Grid Association, September\t{evidence[0]}\n"
    second = f"specification referenced by the test report\t14, 2021\t{evidence[1]}"
    facts = parsed(SYSTEM.replace(f"{ROW}KSGA_20210914_Test Report_LH_V104", first + second))
    assert facts["document_evidence"] == read
    assert facts["test_laboratory"] == "Korea Smart Grid Association"


# Pages with boxes


def page_of(text: str, *, sure: bool = True) -> Page:
    """The text as one tall page with a box for every word: 20 points a line, 6 points a letter."""
    lines = []
    for number, line in enumerate(read_lines(text)):
        left = 50.0
        cells = []
        for cell in line.cells:
            words = []
            for word in cell.words:
                right = left + 6.0 * len(word.text)
                words.append(Word(word.text, (left, 20.0 * number, right, 20.0 * number + 12), sure=sure))
                left = right + 6.0
            left += 30.0
            cells.append(Cell(tuple(words)))
        lines.append(Line(tuple(cells), table=line.table))
    return Page(1, tuple(lines), width=2000.0, height=20.0 * len(lines) + 100.0)


@pytest.mark.parametrize(
    "text", [SYSTEM, STATION, SYSTEM.replace("Statement of Approval", "Statment of Aproval")], ids=["CSMS", "CS", "misread"]
)
def test_every_word_of_a_name_lies_in_a_withheld_place(text: str) -> None:
    page = page_of(text)
    places = read_certificate([page], "sample").withheld
    words = [word for line in page.lines for cell in line.cells for word in cell.words]
    assert places
    for word in words:
        inside = any(word.box and box[0] <= word.box[0] and box[1] <= word.box[1] and word.box[3] <= box[3] for _, box in places)
        if any(name in word.text for name in NAMES):
            assert inside, word
        elif word.text in ("OCA.0016.0023.CSMS", "HeartbeatInterval", "Reservation"):
            assert not inside, word


def test_without_an_approval_the_rest_of_the_page_is_withheld() -> None:
    page = page_of(SYSTEM[: SYSTEM.index("Statement of Approval")] + "\nMr. Somebody signs here\n")
    signed = next(line for line in page.lines if "Somebody" in line.text)
    assert signed.box is not None
    assert any(box[1] <= signed.box[1] and signed.box[3] <= box[3] for _, box in read_certificate([page], "sample").withheld)


def test_a_text_rendering_has_no_places() -> None:
    assert parse_document(SYSTEM.encode(), "sample").withheld == ()


# Scans


@pytest.mark.parametrize(
    ("before", "after", "table", "row"),
    [
        ("HeartbeatInterval\t20", "HeartbeatInterval\t2S", "configuration_keys", "HeartbeatInterval"),
        (
            "Energy.Active.Import.Register,Current.Import",
            "Energy.Active.lmport.Register,Current.Import",
            "configuration_keys",
            "MeterValuesSampledData",
        ),
        ("LocalPreAuthorize\tFALSE", "LocalPreAuthorize\tFAT SE", "configuration_keys", "LocalPreAuthorize"),
        ("RFID readers\tSingle", "RFID readers\tSingie", "hardware", "RFID readers"),
    ],
)
def test_a_cell_of_a_scan_that_breaks_its_type_is_unread(before: str, after: str, table: str, row: str) -> None:
    reading = read_certificate([page_of(STATION.replace(before, after))], "sample", scanned=True)
    assert getattr(reading.certificate, table)[row] is None
    clean = read_certificate([page_of(STATION)], "sample", scanned=True)
    assert getattr(clean.certificate, table)[row] is not None


@pytest.mark.parametrize("place", ["Seoul / Korea", "Arnhem / The Netherlands", "Bellaterra, Spain", "AmpUp Lab 2", "KEMA-LAB"])
def test_a_name_of_ordinary_words_is_believed_of_a_scan(place: str) -> None:
    text = SYSTEM.replace("Location:\tSeoul / Korea", f"Location:\t{place}")
    assert read_certificate([page_of(text)], "sample", scanned=True).certificate.laboratory_location == place


@pytest.mark.parametrize(
    "place",
    [
        "Seou1 / Korca",
        "EVI",
        "PR0 Lab",
        "LX007",
        "CHO2 Lab",
        "5O Street",
        "WEvo Lab",
        "Energ\u00eda",
        "Seoul|Korea",
        "(Seoul",
        "Lab 5S",
        "l.0 Lab",
    ],
)
def test_a_name_that_may_be_another_one_is_not_believed_of_a_scan(place: str) -> None:
    """Each may have been printed with a letter that the OCR takes for the one read: EV1, PRO, CH02, 50, Wevo and so on."""
    text = SYSTEM.replace("Location:\tSeoul / Korea", f"Location:\t{place}")
    assert read_certificate([page_of(text)], "sample", scanned=True).certificate.laboratory_location is None


@pytest.mark.parametrize("cell", ["1,2", "Energy.Active.Import.Register,,Voltage"])
def test_a_list_of_a_scan_that_may_have_lost_something_is_unread(cell: str) -> None:
    text = STATION.replace("Energy.Active.Import.Register,Current.Import", cell, 1)
    keys = read_certificate([page_of(text)], "sample", scanned=True).certificate.configuration_keys
    assert keys is not None
    assert keys["MeterValuesSampledData"] is None


def test_a_name_of_a_scan_needs_a_second_place() -> None:
    facts = read_certificate([page_of(SYSTEM)], "sample", scanned=True).certificate
    assert facts.test_laboratory == "Korea Smart Grid Association"
    assert facts.laboratory_location == "Seoul / Korea"
    alone = SYSTEM.replace("Location:\tSeoul / Korea", "Location:\tSeou1 / Korca")
    assert read_certificate([page_of(alone)], "sample", scanned=True).certificate.laboratory_location is None
    assert read_certificate([page_of(STATION)], "sample", scanned=True).certificate.designation is None


# Shapes that occur


def listed(column: str) -> list[str]:
    """Every value of a column of the alliance's list."""
    with (ROOT / "data/listing/oca_registry_csms_2026-08.csv").open(encoding="utf-8", newline="") as stream:
        return sorted({row[column] for row in csv.DictReader(stream)} - {""})


def test_every_software_version_of_the_list_is_read() -> None:
    versions = listed("software_version")
    assert len(versions) > 90
    read = {}
    for version in versions:
        text = SYSTEM.replace("OCPP Software version: 1.6", f"OCPP Software version: {version}").replace("1,6", version)
        read[version] = parse_document(text.encode(), "sample").certificate.software_version
    assert {version: value for version, value in read.items() if value != version} == {}


def test_every_kind_of_the_list_is_read() -> None:
    for kind in listed("certificate_type"):
        extraction = parse_document(SYSTEM.replace("OCPP 1.6 Full", f"OCPP 1.6 {kind}").encode(), "sample")
        assert extraction.certificate.kind == kind


@pytest.mark.parametrize("number", ["W01.OCA.0016.9971.CSMS", "F12.OCA.0016.9971.CSMS", "OCA.0016.0201.CSMS"])
def test_the_second_part_of_a_number_alone_says_the_protocol(number: str) -> None:
    facts = parsed(SYSTEM.replace("OCA.0016.0023.CSMS", number))
    assert (facts["number"], facts["protocol"], facts["role"]) == (number, "OCPP 1.6", "CSMS")


SECURITY_ROWS = (
    "Supported security profiles\t1, 2, 3\n"
    "Maximum number of certificates in a chain\t4\n"
    "Maximum size of a certificate chain\t5600\n"
    "Supported cipher suites\tTLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_GCM_SHA256\n"
)


def test_a_security_certificate_says_its_profiles_suites_and_limits() -> None:
    profiles = SYSTEM[SYSTEM.index("Core\tPass") : SYSTEM.index("Performance Measurement Results")]
    text = SYSTEM.replace("OCPP 1.6 Full", "OCPP 1.6 Security").replace(
        profiles, "Security profile 2\tPass\t\nSecurity profile 3\tN/A\t\n\n"
    )
    text = text.replace("Statement of Approval", f"Limits and settings\n\nLimit / setting\tValue\n{SECURITY_ROWS}\nStatement of Approval")
    extraction = parse_document(text.encode(), "sample")
    assert extraction.certificate.kind == "Security"
    assert extraction.certificate.profiles == {"Security profile 2": "Pass", "Security profile 3": "N/A"}
    assert extraction.certificate.limits == {
        "Supported security profiles": "1, 2, 3",
        "Maximum number of certificates in a chain": "4",
        "Maximum size of a certificate chain": "5600",
        "Supported cipher suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_GCM_SHA256",
    }
    assert "layout-not-verified" in {finding.rule for finding in extraction.findings}


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (
            "TLS_RSA_WITH_AES_128_GC M_SHA256, TLS_RSA_WITH_A ES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_256_GCM_SHA384",
        ),
        ("TLS_RSA_WITH_AES_128_GC M_SHA257", None),
    ],
    ids=["known", "unknown"],
)
def test_a_cipher_suite_that_a_cell_broke_is_made_whole_or_unread(printed: str, read: str | None) -> None:
    text = SYSTEM.replace("Statement of Approval", f"Limits and settings\n\nSupported cipher suites\t{printed}\n\nStatement of Approval")
    limits = parse_document(text.encode(), "sample").certificate.limits
    assert limits == {"Supported cipher suites": read}
