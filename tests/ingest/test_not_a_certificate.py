"""Documents that are no certificate, or not all of one, or two: one clear line or unread fields, never a crash or a wrong value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import CertificateFacts, Extraction
from registry.errors import NotACertificate, RegistryError, UnreadableDocument
from tests.ingest.certificates import LISTING, golden_certificates
from tests.ingest.comparing import Outcome, compare, contradictions, flat
from tests.ingest.renderings import corpus
from tests.ingest.typesetting import STYLES
from tests.sampling import sampled

ROOT = Path(__file__).parents[2]
SAMPLES = {path.name: path.read_bytes() for path in sorted((ROOT / "data/certificates").glob("*.txt"))}
GOLDENS = {golden["document"]: golden for golden in (json.loads(path.read_text()) for path in (ROOT / "tests/golden").glob("OCA.*.json"))}
TRUTHS: dict[str, CertificateFacts] = {
    name: next(one.facts for one in golden_certificates() if one.facts.number == GOLDENS[name]["certificate"]["number"]) for name in SAMPLES
}

INVOICE = """Invoice 2024-117
Bill to: Example Charging Operators
Item	Quantity	Price
AC charger 22 kW, OCPP 1.6	2	1,940.00
Commissioning	1	300.00
Vendor name:	Example Hardware
Date: January 18, 2024
Total		4,180.00
"""

DATASHEET = """# AC7-22K wall box

Product type: Charging Station
Communication: JSON over WebSocket, OCPP 1.6
OCPP Software version: V2.1
OCPP certified: certificate number OCA.0016.0408.CS

| Feature | Configuration |
|---|---|
| Fixed cable | Yes |
| RFID readers | Single |

Feature profiles: Core, Smart Charging, Reservation
"""

PRESS_RELEASE = """Example Hardware receives OCPP 1.6 Full Certificate

SEOUL, July 12, 2023. Example Hardware announced that its management system received certificate OCA.0016.0408.CS of the Open
Charge Alliance. "This certificate attests that the above mentioned product successfully completed certification testing in
conformance with the reference specification OCPP 1.6 - Edition 2", the certificate says. Testing was done by Korea Smart Grid
Association. The certificate holder: a proud company, said its speaker. Core, Firmware Management and Smart Charging: Pass.
"""

LISTING_ENTRY = """Certificate number: OCA.0016.0408.CS
Certificate holder: LS ELECTRIC CO., LTD.
Certification date: July 12, 2023
"""

REQUEST_FORM = """How to apply for an OCPP 1.6 Full Certificate

Certificate holder:
Certificate number:
Product type:
Product designation:
OCPP Software version:
Certification date:

Test laboratory:
Location:
Core	Pass / Fail / N/A
"""

NO_CERTIFICATES = {
    "invoice": INVOICE.encode(),
    "datasheet": DATASHEET.encode(),
    "press release": PRESS_RELEASE.encode(),
    "listing entry": LISTING_ENTRY.encode(),
    "empty form": REQUEST_FORM.encode(),
    "readme": (ROOT / "tests/golden/README.md").read_bytes(),
    "golden file": (ROOT / "tests/golden/OCA.0016.0408.CS.json").read_bytes(),
    "listing": LISTING.read_bytes(),
    "empty": b"",
    "byte order mark": b"\xef\xbb\xbf",
    "blanks": b" \n\t\r\n  \x0c\n",
    "zeros": bytes(4096),
    "binary": bytes(range(256)) * 64,
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "archive": b"PK\x03\x04" + bytes(range(256)) * 8,
    "one long line": b"OCPP 1.6 Certificate " * 50_000,
    "brackets": b"<" * 100_000,
    "pipes": b"|" * 100_000,
    "blanks in a line": b"Certificate holder:" + b" " * 100_000,
    "many lines": b"Certificate holder:\n" * 20_000,
}


@pytest.mark.parametrize("name", NO_CERTIFICATES)
def test_it_is_refused_in_one_line_that_names_it(name: str) -> None:
    with pytest.raises((NotACertificate, UnreadableDocument)) as caught:
        parse_document(NO_CERTIFICATES[name], f"{name}.txt")
    message = str(caught.value)
    assert f"{name}.txt" in message
    assert "\n" not in message
    assert 20 < len(message) < 300


def parsed_or_refused(data: bytes, name: str) -> Extraction | None:
    """The reading, or None where the document was refused in one line."""
    try:
        return parse_document(data, name)
    except RegistryError as error:
        message = str(error)
    assert "\n" not in message
    return None


def wrong_values(data: bytes, name: str, truth: CertificateFacts) -> list[str]:
    extraction = parsed_or_refused(data, name)
    if extraction is None:
        return []
    compared = compare(truth, extraction.certificate)
    wrong = [f"{name}: {one.path} is {one.expected!r}, read as {one.actual!r}" for one in compared if one.outcome == Outcome.WRONG]
    return wrong + [f"{name}: {line}" for line in contradictions(extraction)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_truncated_document_says_so_and_accuses_of_nothing_else(sample: str) -> None:
    data = SAMPLES[sample]
    for tenth in range(1, 10):
        cut = data[: len(data) * tenth // 10]
        extraction = parsed_or_refused(cut, f"{sample} at {tenth}0 %")
        if extraction is not None:
            reported = {finding.rule for finding in extraction.findings}
            assert "document-truncated" in reported, tenth
            assert reported <= {"document-truncated", *GOLDENS[sample]["findings"]}, tenth


@pytest.mark.parametrize("sample", sampled(SAMPLES, 4))
def test_no_value_is_read_wrong_wherever_a_document_ends(sample: str) -> None:
    """Cut inside every line, after each quarter of it."""
    lines = SAMPLES[sample].decode().split("\n")
    wrong: list[str] = []
    before = ""
    for number, line in enumerate(lines, 1):
        for part in {len(line) * share // 4 for share in range(1, 5)}:
            wrong += wrong_values((before + line[:part]).encode(), f"line {number}, {part} characters", TRUTHS[sample])
        before += line + "\n"
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("sample", sampled(SAMPLES, 4))
def test_no_value_is_read_wrong_with_a_line_missing(sample: str) -> None:
    lines = SAMPLES[sample].decode().split("\n")
    wrong: list[str] = []
    for number in range(len(lines)):
        left = lines[:number] + lines[number + 1 :]
        wrong += wrong_values("\n".join(left).encode(), f"without line {number + 1}", TRUTHS[sample])
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "cp500"])
def test_another_encoding_is_read_right_or_refused(sample: str, encoding: str) -> None:
    text = SAMPLES[sample].decode()
    data = text.encode(encoding, errors="replace")
    assert not wrong_values(data, f"{sample} in {encoding}", TRUTHS[sample])


@pytest.mark.parametrize("sample", SAMPLES)
def test_broken_bytes_are_no_letters(sample: str) -> None:
    """One byte in the middle of each line is replaced by one that no UTF-8 text can have."""
    lines = SAMPLES[sample].split(b"\n")
    wrong: list[str] = []
    for number, line in enumerate(lines):
        if line:
            hurt = line[: len(line) // 2] + b"\xff" + line[len(line) // 2 + 1 :]
            data = b"\n".join([*lines[:number], hurt, *lines[number + 1 :]])
            wrong += wrong_values(data, f"broken byte in line {number + 1}", TRUTHS[sample])
    assert not wrong, "\n".join(wrong[:40])


def test_two_certificates_in_one_file_are_not_mixed() -> None:
    """Refused, or read only where both say the same."""
    for first in SAMPLES:
        for second in SAMPLES:
            if first == second:
                continue
            extraction = parsed_or_refused(SAMPLES[first] + b"\n\n" + SAMPLES[second], f"{first} and {second}")
            if extraction is not None:
                shared = flat(TRUTHS[first]).items() & flat(TRUTHS[second]).items()
                assert flat(extraction.certificate).items() <= shared, (first, second)


@pytest.mark.parametrize("parts", sampled([range(1, 20, 2), range(2, 20, 2)], 2), ids=["odd", "even"])
def test_renderings_cut_in_the_middle_are_not_read_wrong(parts: range) -> None:
    """One certificate of each style, ended at every tenth of its length, and by the long tests at every twentieth."""
    wrong: list[str] = []
    documents = {document.style: document for document in corpus()}
    assert len(documents) == len(STYLES)
    for document in documents.values():
        for part in parts:
            data = document.data[: len(document.data) * part // 20]
            wrong += wrong_values(data, f"{document.name} at {part * 5} %", document.truth)
    assert not wrong, "\n".join(wrong[:40])
