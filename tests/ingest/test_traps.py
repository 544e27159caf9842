"""One thing changed in a sample: what is then true must be said, and what is then doubtful must be left unread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import Extraction
from registry.errors import RegistryError
from tests.ingest.comparing import flat

CERTIFICATES = Path(__file__).parents[2] / "data/certificates"
LH = (CERTIFICATES / "000_21014d1feb13357c.txt").read_text(encoding="utf-8")
KEVS = (CERTIFICATES / "001_95ddf78ab7d2e36b.txt").read_text(encoding="utf-8")
UPLUS = (CERTIFICATES / "002_30b7f5b02afa4223.txt").read_text(encoding="utf-8")
STATION = (CERTIFICATES / "003_4c2ce89093cfafc3.txt").read_text(encoding="utf-8")


def changed(text: str, *changes: tuple[str, str]) -> Extraction:
    """The reading of a sample in which each first text was replaced by the second."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_document(text.encode(), "changed.txt")


@dataclass(frozen=True)
class Accusation:
    """A change to a sample, and the one finding that it makes true."""

    finding: str
    text: str
    changes: tuple[tuple[str, str], ...]
    field: str


ACCUSATIONS = (
    Accusation("full-with-unpassed-profile", KEVS, (("Reservation\tPass", "Reservation\tFail"),), "profiles.Reservation"),
    Accusation("full-with-unpassed-profile", KEVS, (("Smart Charging\tPass", "Smart Charging\tN/A"),), "profiles.Smart Charging"),
    Accusation("subset-with-all-profiles", STATION, (("\tN/A\t", "\tPass\t"),), "kind"),
    Accusation("cover-annex-version", KEVS, (("OCPP Software version:\t1.0.0", "OCPP Software version:\t1.0.1"),), "software_version"),
    Accusation("cover-annex-version", KEVS, (("OCPP Software version\t1.0.0", "OCPP Software version\t1.0.0.1"),), "software_version"),
    Accusation("certification-date-mismatch", KEVS, (("Association, April 26", "Association, April 25"),), "certification_date"),
    Accusation("number-suffix-product-type", KEVS, (("0118.CSMS", "0118.CS"),), "number"),
    Accusation("number-suffix-product-type", STATION, (("0408.CS", "0408.CSMS"),), "number"),
    Accusation(
        "supported-profiles-mismatch",
        STATION,
        (("SupportedFeatureProfiles\tCore", "SupportedFeatureProfiles\tCore,SmartCharging"),),
        "configuration_keys.SupportedFeatureProfiles",
    ),
    Accusation(
        "supported-profiles-mismatch", STATION, (("Reservation\tN/A", "Reservation\tPass"),), "configuration_keys.SupportedFeatureProfiles"
    ),
    Accusation(
        "key-of-unlisted-profile",
        STATION,
        (("LocalAuthListEnabled\t-", "LocalAuthListEnabled\tTRUE"),),
        "configuration_keys.LocalAuthListEnabled",
    ),
    Accusation("measured-above-pics", STATION, (("10s\t00:00:04", "10s\t00:00:11"),), "performance.OCPP response timeout.measured_seconds"),
    Accusation("pics-unit-missing", STATION, (("60s", "60"),), "performance.OCPP triggered function timeout.pics_seconds"),
    Accusation(
        "laboratory-mismatch",
        KEVS,
        (("Test laboratory:\tKorea Smart Grid Association", "Test laboratory:\tDEKRA Certification B.V."),),
        "test_laboratory",
    ),
    Accusation("template-residue", STATION, (("RFID readers\tSingle", "RFID readers\t<Single>"),), "hardware.RFID readers"),
    Accusation(
        "required-key-declared-empty", STATION, (("HeartbeatInterval\t20", "HeartbeatInterval\t-"),), "configuration_keys.HeartbeatInterval"
    ),
)


@pytest.mark.parametrize("case", ACCUSATIONS, ids=lambda case: f"{case.finding} {case.field}")
def test_a_disagreement_is_found_and_no_other(case: Accusation) -> None:
    before = {finding.rule for finding in parse_document(case.text.encode(), "sample.txt").findings}
    findings = changed(case.text, *case.changes).findings
    assert case.field in {field for finding in findings if finding.rule == case.finding for field in finding.fields}
    follows = {"supported-profiles-mismatch", "full-with-unpassed-profile"} if case.finding == "subset-with-all-profiles" else set()
    follows |= {"required-key-declared-empty"} if "Pass" in str(case.changes) else set()
    assert {finding.rule for finding in findings} <= before | {case.finding} | follows


INNOCENT: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (KEVS, (("OCPP Software version: 1.0.0", "OCPP Software version: v1.0.0"),)),
    (KEVS, (("OCPP Software version\t1.0.0", "OCPP Software version\t1,0,0"),)),
    (KEVS, (("OCPP Software version:\t1.0.0", "OCPP Software version:\tV1.0.0"),)),
    (KEVS, (("OCPP Software version\t1.0.0", "OCPP Software version\t1.0\nOCPP Software version\t1.0.0"),)),
    (KEVS, (("Association, April 26, 2022", "Association, 26 April 2022"),)),
    (KEVS, (("Association, April 26, 2022", "Association, 2022-04-26"),)),
    (KEVS, (("Test laboratory:\tKorea Smart Grid Association", "Test laboratory:\tKOREA SMART GRID ASSOCIATION"),)),
    (KEVS, (("Test laboratory:\tKorea Smart Grid Association", "Test laboratory:\tKorea Smart Grid Association (KSGA)"),)),
    (KEVS, (("\t30s\t00:00:01", "\t30s\t00:00:30"),)),
    (STATION, (("SupportedFeatureProfiles\tCore", "SupportedFeatureProfiles\t-"),)),
    (STATION, (("LocalAuthListEnabled\t-", "LocalAuthListEnabled\tFALSE"),)),
    (STATION, (("Product type:** Charging Station", "Product type:** charging station"),)),
)


@pytest.mark.parametrize(("text", "changes"), INNOCENT)
def test_what_only_looks_like_a_disagreement_is_not_held_against_anybody(text: str, changes: tuple[tuple[str, str], ...]) -> None:
    before = {finding.rule for finding in parse_document(text.encode(), "sample.txt").findings}
    after = {finding.rule for finding in changed(text, *changes).findings}
    assert after <= before | {"required-key-declared-empty", "key-of-unlisted-profile"}
    if "LocalAuthListEnabled" not in str(changes):
        assert "key-of-unlisted-profile" not in after


@dataclass(frozen=True)
class Doubt:
    """A change after which a value cannot be known, or has one other true value; everything in `allowed` is honest."""

    name: str
    text: str
    changes: tuple[tuple[str, str], ...]
    field: str
    allowed: tuple[Any, ...] = (None,)


MILLISECONDS = "Device supports sending milliseconds in timestamps"

DOUBTS = (
    Doubt("day or month first", KEVS, (("April 26, 2022", "04/05/2022"), ("2022.04.26", "04/05/2022")), "certification_date"),
    Doubt("no such day", KEVS, (("April 26, 2022", "February 30, 2022"),), "certification_date"),
    Doubt(
        "no year",
        KEVS,
        (("Certification date: April 26, 2022", "Certification date: April 26"),),
        "certification_date",
        (None, "2022-04-26"),
    ),
    Doubt("a letter for a digit", KEVS, (("OCA.0016.0118", "OCA.0016.O118"),), "number"),
    Doubt("two numbers", KEVS, (("OCA.0016.0118.CSMS", "OCA.0016.0118.CSMS OCA.0016.0119.CSMS"),), "number"),
    Doubt("a number cut short", KEVS, (("OCA.0016.0118.CSMS", "OCA.0016.0118.CSM"),), "number"),
    Doubt("a number in two parts", KEVS, (("OCA.0016.0118.CSMS", "OCA.0016.01 18.CSMS"),), "number", (None, "OCA.0016.0118.CSMS")),
    Doubt("milliseconds", KEVS, (("30s\t00:00:01", "500ms\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("minutes", KEVS, (("30s\t00:00:01", "5 min\t00:00:01"),), "performance.OCPP response timeout.pics_seconds", (None, 300)),
    Doubt("a fraction", KEVS, (("30s\t00:00:01", "1.5s\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("a fraction with a comma", KEVS, (("30s\t00:00:01", "1,5s\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("a range", KEVS, (("30s\t00:00:01", "10-30s\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("a bound", KEVS, (("30s\t00:00:01", "< 30s\t00:00:01"),), "performance.OCPP response timeout.pics_seconds", (None, 30)),
    Doubt("a negative time", KEVS, (("30s\t00:00:01", "-30s\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("a fraction measured", KEVS, (("30s\t00:00:01", "30s\t00:00:01.7"),), "performance.OCPP response timeout.measured_seconds"),
    Doubt("what the form offers", KEVS, ((f"{MILLISECONDS}:\tYes", f"{MILLISECONDS}:\tYes / No"),), f"limits.{MILLISECONDS}"),
    Doubt("a name cut short", KEVS, ((f"{MILLISECONDS}:", "Device supports sending mill:"),), "limits.Device supports sending mill"),
    Doubt("a name with dots", KEVS, ((f"{MILLISECONDS}:", "Device supports sending m…"),), "limits.Device supports sending m…"),
    Doubt("two times", KEVS, (("30s\t00:00:01", "30s\t00:00:01 / 00:00:03"),), "performance.OCPP response timeout.measured_seconds"),
    Doubt("no such time", KEVS, (("30s\t00:00:01", "30s\t00:61:01"),), "performance.OCPP response timeout.measured_seconds"),
    Doubt("hours left out", KEVS, (("30s\t00:00:01", "30s\t01:10"),), "performance.OCPP response timeout.measured_seconds"),
    Doubt("only one value in the row", KEVS, (("30s\t00:00:01", "30s\t"),), "performance.OCPP response timeout.measured_seconds"),
    Doubt("no PICS value", KEVS, (("30s\t00:00:01", "\t00:00:01"),), "performance.OCPP response timeout.pics_seconds"),
    Doubt("an unknown result", KEVS, (("Reservation\tPass", "Reservation\tPass with remarks"),), "profiles.Reservation"),
    Doubt("two results", KEVS, (("Reservation\tPass", "Reservation\tPass Fail"),), "profiles.Reservation"),
    Doubt("no result", KEVS, (("Reservation\tPass", "Reservation\t"),), "profiles.Reservation"),
    Doubt(
        "a row twice, with unlike results",
        KEVS,
        (("Reservation\tPass\tSupport", "Reservation\tFail\tSupport for reservation.\nReservation\tPass\tSupport"),),
        "profiles.Reservation",
    ),
    Doubt(
        "a name with one syllable left",
        KEVS,
        (("Reservation\tPass", "Re\tPass"), ("Remote Trigger\tPass", "Re\tFail")),
        "profiles.Reservation",
    ),
    Doubt(
        "a key twice, with unlike values",
        STATION,
        (("HeartbeatInterval\t20", "HeartbeatInterval\t20\nHeartbeatInterval\t300"),),
        "configuration_keys.HeartbeatInterval",
    ),
    Doubt(
        "a truncated row before the whole one",
        STATION,
        (
            (
                "StopTxnSampledData\tEnergy.Active.Import.Register",
                "StopTxnSampledData\tEnergy.Active.Imp\nStopTxnSampledData\tEnergy.Active.Import.Register",
            ),
        ),
        "configuration_keys.StopTxnSampledData",
        (None, "Energy.Active.Import.Register"),
    ),
    Doubt(
        "an empty cell is not a declared one",
        STATION,
        (("HeartbeatInterval\t20", "HeartbeatInterval\t"),),
        "configuration_keys.HeartbeatInterval",
    ),
    Doubt("no holder", KEVS, (("Certificate holder: Korea Electric Vehicle Solutions.Co., Ltd.", "Certificate holder:"),), "holder"),
    Doubt(
        "a holder that is a form",
        KEVS,
        (("Certificate holder: Korea Electric Vehicle Solutions.Co., Ltd.", "Certificate holder: <company>"),),
        "holder",
    ),
    Doubt("no version", KEVS, (("OCPP Software version: 1.0.0", "OCPP Software version:"),), "software_version", (None, "1.0.0")),
    Doubt("a version that is a form", KEVS, (("OCPP Software version: 1.0.0", "OCPP Software version: <>"),), "software_version"),
    Doubt(
        "a caption between label and value",
        KEVS,
        (("Certificate holder: Korea", "Certificate holder:\n\nA blue ink signature of a person.\n\nKorea"),),
        "holder",
        (None, "Korea Electric Vehicle Solutions.Co., Ltd."),
    ),
    Doubt(
        "a page footer between label and value",
        KEVS,
        (("Certificate holder: Korea", "Certificate holder:\n\nPage **1** from **3**\n\nKorea"),),
        "holder",
        (None, "Korea Electric Vehicle Solutions.Co., Ltd."),
    ),
    Doubt(
        "a holder over two lines",
        KEVS,
        (("Electric Vehicle Solutions.Co., Ltd.\n\nCert", "Electric Vehicle\nSolutions.Co., Ltd.\n\nCert"),),
        "holder",
        (None, "Korea Electric Vehicle Solutions.Co., Ltd."),
    ),
    Doubt(
        "a designation over two lines",
        KEVS,
        (("Product designation: KEVS CSMS\n", "Product designation: KEVS\nCSMS\n"),),
        "designation",
        (None, "KEVS CSMS"),
    ),
    Doubt(
        "a designation over two paragraphs",
        KEVS,
        (("Product designation: KEVS CSMS\n", "Product designation: KEVS CSMS\n\nfor depots and car parks\n"),),
        "designation",
        (None, "KEVS CSMS for depots and car parks"),
    ),
    Doubt(
        "a version with words",
        KEVS,
        (("OCPP Software version: 1.0.0", "OCPP Software version: 1.0.0 or higher"),),
        "software_version",
        (None, "1.0.0 or higher"),
    ),
    Doubt(
        "two versions",
        KEVS,
        (("OCPP Software version: 1.0.0", "OCPP Software version: 1.0.0, 1.1.0"),),
        "software_version",
        (None, "1.0.0, 1.1.0", "1.0.0,1.1.0"),
    ),
    Doubt(
        "a type of neither kind",
        KEVS,
        (("Charging Station Management System\n", "Local Controller\n"),),
        "product_type",
        (None, "Local Controller"),
    ),
    Doubt(
        "a holder after the number",
        UPLUS,
        (("LG Uplus\n\nOCA.0016.0411.CSMS", "OCA.0016.0411.CSMS LG Uplus"),),
        "holder",
        (None, "LG Uplus"),
    ),
    Doubt(
        "a type twice",
        UPLUS,
        (("Volt Up OCPP", "Charging Station Management System OCPP"),),
        "designation",
        (None, "Charging Station Management System"),
    ),
    Doubt("designation with a date", UPLUS, (("Volt Up OCPP", "Volt Up July 18, 2020 OCPP"),), "certification_date", (None, "2023-07-18")),
    Doubt("version with a date", UPLUS, (("version: 1.0 July", "version: 20230411 July"),), "software_version", (None, "20230411")),
    Doubt(
        "a label misread in a run of labels",
        UPLUS,
        (("Certification date:", "Certification datme:"), ("July 18, 2023\n\nThis", "18 July 2023\n\nThis")),
        "software_version",
        (None, "1.0"),
    ),
    Doubt(
        "version in words", UPLUS, (("version: 1.0 July", "version: v1.0.0 build 7 July"),), "software_version", (None, "v1.0.0 build 7")
    ),
    Doubt(
        "designation with a version label",
        LH,
        (("LH CSMS 1.6 OCPP", "OCPP Software version manager OCPP"),),
        "designation",
        (None, "OCPP Software version manager"),
    ),
    Doubt("a suffix of the number", LH, (("0023.CSMS", "0023.CSMS - update-2025-12-12"),), "revision", ("update-2025-12-12",)),
    Doubt("a suffix leaves the number", LH, (("0023.CSMS", "0023.CSMS - update-2025-12-12"),), "number", ("OCA.0016.0023.CSMS",)),
    Doubt("a serial like a protocol", LH, (("OCA.0016.0023", "OCA.0016.0201"),), "protocol", ("OCPP 1.6",)),
)


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda doubt: doubt.name)
def test_what_is_doubtful_is_not_guessed(doubt: Doubt) -> None:
    try:
        extraction = changed(doubt.text, *doubt.changes)
    except RegistryError:
        assert None in doubt.allowed
        return
    assert flat(extraction.certificate).get(doubt.field) in doubt.allowed
    untouched = flat(parse_document(doubt.text.encode(), "sample.txt").certificate)
    now = flat(extraction.certificate)
    related = (doubt.field.split(".")[0], "number", "revision", "software_version", "designation", "certification_date", "profiles")
    others = {path: value for path, value in untouched.items() if not path.startswith(related) and path in now}
    assert {path: now[path] for path in others} == others


def test_a_device_under_test_that_speaks_against_the_number_has_its_place() -> None:
    """Line 46 of the sample, as `cat -n` counts it; in the sample itself it is as the number says, and needs none."""
    label = "Device Under Test:\t"
    of_another_role = changed(STATION, (f"{label}Charging Station", f"{label}CSMS"))
    places = [(entry.raw, entry.line) for entry in of_another_role.fields if entry.field == "device_under_test"]
    assert [(raw is not None and "CSMS" in raw, line) for raw, line in places] == [(True, 46)]
    assert "number-suffix-product-type" in {found.rule for found in of_another_role.findings}
    assert "device_under_test" not in {entry.field for entry in changed(STATION).fields}
