"""The report on paper, read back from the PDF."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pdfplumber
import pypdf
import pytest

from registry.evidence.paper import paper

REPORT = Path(__file__).parents[1] / "example_report.json"


@pytest.fixture
def report() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "transcript.jsonl"
    lines = [
        {"seq": 1, "elapsed": 0.0, "event": "open", "detail": {"subprotocol": "ocpp1.6"}},
        {
            "seq": 2,
            "elapsed": 0.5,
            "direction": "cs-to-csms",
            "messageType": "CALL",
            "action": "BootNotification",
            "raw": '[2,"1","BootNotification",{"chargePointVendor":"<b>V&V</b>"}]',
        },
        {
            "seq": 3,
            "elapsed": 0.6,
            "direction": "csms-to-cs",
            "messageType": "CALLRESULT",
            "action": "BootNotification",
            "raw": '[3,"1",{"status":"Accepted"}]',
        },
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def words(content: bytes) -> str:
    with pdfplumber.open(io.BytesIO(content)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def test_every_line_of_the_report_stands_on_the_paper(report: dict[str, Any], transcript: Path) -> None:
    text = "".join(words(paper(report, transcript)).split())
    said = [report["device"]["id"], report["audit"]["certificate"], report["transcript"]["sha256"]]
    said += [row["key"] for row in report["configuration"]] + [row["profile"] for row in report["profiles"]]
    said += [case["id"] for case in report["cases"]] + [finding["message"] for finding in report["findings"]]
    assert [one for one in said if "".join(str(one).split()) not in text] == []


def test_frames_are_named_and_lead_to_where_they_stand(transcript: Path) -> None:
    report = {"findings": [{"rule": "x", "severity": "error", "message": "It said so.", "frames": [2, 999]}]}
    content = paper(report, transcript)
    reader = pypdf.PdfReader(io.BytesIO(content))
    links = [annotation.get_object() for page in reader.pages for annotation in page.get("/Annots", [])]
    # A frame that the transcript does not have is named, and leads nowhere.
    assert len(links) == 1
    assert "2, 999" in words(content)
    goal: Any = links[0]["/Dest"]
    page, left, top = goal[0].get_object(), goal[2], goal[3]
    number = next(index for index, each in enumerate(reader.pages) if each.get_object() == page)
    with pdfplumber.open(io.BytesIO(content)) as document:
        target = document.pages[number]
        word = next(word for word in target.extract_words() if word["text"].startswith("BootNotification.req"))
    assert abs(word["x0"] - left) < 12
    assert abs((target.height - word["top"]) - top) < 16


def test_what_a_device_says_is_text_and_no_markup(report: dict[str, Any], transcript: Path) -> None:
    report["device"]["reported"]["vendor"] = "<b>&amp;</b><para>"
    text = words(paper(report, transcript))
    assert "<b>&amp;</b><para>" in text
    assert "<b>V&V</b>" in text


@pytest.mark.parametrize("value", ["엘에스일렉트릭", "充电桩", "チャージ", "Żółw", "\x00\x01", "a" * 3000, "😀"])
def test_any_text_can_be_set(report: dict[str, Any], transcript: Path, value: str) -> None:
    report["device"]["reported"]["vendor"] = value
    assert paper(report, transcript).startswith(b"%PDF")


def test_a_character_that_no_font_has_is_named_by_its_code(report: dict[str, Any]) -> None:
    report["device"]["reported"]["vendor"] = "😀"
    assert "U+1F600" in words(paper(report, None))


@pytest.mark.parametrize(
    "part", ["identity", "profiles", "configuration", "performance", "cases", "findings", "notes", "device", "audit", "transcript"]
)
def test_a_report_that_lacks_a_part_can_be_printed(report: dict[str, Any], part: str) -> None:
    del report[part]
    assert paper(report, None).startswith(b"%PDF")
