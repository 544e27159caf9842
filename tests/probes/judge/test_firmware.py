"""Uploads and updates judged in hand-written talks, with what the audit's file server saw."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from probes.judge.rules.firmware import FILE, NOWHERE, OFFERED, OFFERED_EMPTY, SAW
from probes.wire.records import EventKind
from registry.certificates.facts import CertificateFacts
from tests.probes.judge.talk import CORE_KEYS, NOT_CERTIFIED, Talk, certificate

PROFILES = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Firmware Management": "Pass"}
KEYS = CORE_KEYS | {"SupportedFeatureProfiles": ("Core,FirmwareManagement", True)}
LOCATION = {"location": "http://***@192.0.2.1/"}
UPDATE = LOCATION | {"retrieveDate": "2026-01-01T00:00:00Z"}


def facts(**changes: Any) -> CertificateFacts:
    declared = {key: value or None for key, (value, _) in KEYS.items()}
    return certificate(**({"profiles": PROFILES, "configuration_keys": declared} | changes))


def station() -> Talk:
    talk = Talk().event()
    talk.boots()
    talk.reports(0)
    talk.reports(1)
    talk.lists(KEYS)
    return talk


def asks(talk: Talk, saw: str | None, came: bool = False, answer: Any = None, action: str = "GetDiagnostics") -> None:
    payload = LOCATION if action == "GetDiagnostics" else UPDATE
    named: dict[str, Any] = {"fileName": "log.txt"} if action == "GetDiagnostics" else {}
    call = talk.asks(action, payload, named if answer is None else answer)[0]
    if saw is not None:
        talk.event(EventKind.AUDIT, {FILE: call, SAW: saw, "came": came})


def tells(talk: Talk, *statuses: str, action: str = "Diagnostics") -> None:
    for status in statuses:
        talk.tells(f"{action}StatusNotification", {"status": status})


def later(talk: Talk, seconds: float = 700.0) -> None:
    talk.now += seconds
    talk.lists(KEYS, asked=["NumberOfConnectors"])


def accusations(talk: Talk, **changes: Any) -> list[str | None]:
    return [judgement.subject for judgement in talk.judged(facts=facts(**changes)) if judgement.accuses]


def outcomes(talk: Talk, obligation: str) -> list[Outcome]:
    return [judgement.outcome for judgement in talk.judged(obligation, facts())]


UPLOADED, FAILURE_TOLD = "diagnostics-are-uploaded", "diagnostics-failure-is-told"


@pytest.mark.parametrize(
    ("statuses", "saw", "came", "expected"),
    [
        (["Uploading", "Uploaded"], "9 bytes came", True, Outcome.PASSED),
        (["Uploaded"], "9 bytes came", True, Outcome.PASSED),
        (["Uploading"], "9 bytes came", True, Outcome.NOT_EXERCISED),
        (["Uploading", "UploadFailed"], "9 bytes came", True, Outcome.NOT_EXERCISED),
        (["Uploading", "UploadFailed"], "nothing came", False, Outcome.NOT_EXERCISED),
        (["Uploading", "Uploaded"], "nothing came", False, Outcome.NOT_EXERCISED),
        (["Uploading", "Uploaded"], None, False, Outcome.NOT_EXERCISED),
        ([], "nothing came", False, Outcome.NOT_EXERCISED),
    ],
)
def test_diagnostics(statuses: list[str], saw: str | None, came: bool, expected: Outcome) -> None:
    talk = station()
    asks(talk, saw, came)
    tells(talk, *statuses)
    later(talk)
    assert (outcomes(talk, UPLOADED), accusations(talk)) == ([expected], [])


def test_an_upload_that_is_not_told_of() -> None:
    talk = station()
    asks(talk, "9 bytes came", came=True)
    later(talk)
    assert accusations(talk) == ["DiagnosticsStatusNotification/missing"]


def test_an_upload_that_is_still_to_be_told_of() -> None:
    talk = station()
    asks(talk, "9 bytes came", came=True)
    later(talk, 20.0)
    assert accusations(talk) == []


def test_a_file_that_is_not_named() -> None:
    talk = station()
    asks(talk, "9 bytes came", came=True, answer={})
    tells(talk, "Uploading", "Uploaded")
    assert accusations(talk) == ["GetDiagnostics/fileName"]


def test_no_diagnostics_have_no_name() -> None:
    talk = station()
    asks(talk, "nothing came", answer={})
    later(talk)
    assert (outcomes(talk, UPLOADED), accusations(talk)) == ([Outcome.NOT_EXERCISED], [])


@pytest.mark.parametrize(
    ("statuses", "expected", "accused"),
    [
        (["Uploading", "UploadFailed"], Outcome.PASSED, []),
        (["UploadFailed"], Outcome.PASSED, []),
        (["Uploading", "UploadFailed", "Uploading", "UploadFailed"], Outcome.PASSED, []),
        ([], Outcome.NOT_EXERCISED, []),
        (["Uploading"], Outcome.NOT_EXERCISED, []),
        (["Uploading", "Uploaded"], Outcome.FAILED, ["DiagnosticsStatusNotification/false success"]),
    ],
)
def test_an_upload_that_cannot_be(statuses: list[str], expected: Outcome, accused: list[str]) -> None:
    talk = station()
    asks(talk, NOWHERE)
    tells(talk, *statuses)
    later(talk)
    assert (outcomes(talk, FAILURE_TOLD), accusations(talk)) == ([expected], accused)
    assert outcomes(talk, UPLOADED) == []


def test_what_is_told_of_the_next_upload_is_not_of_this_one() -> None:
    talk = station()
    asks(talk, NOWHERE)
    asks(talk, "9 bytes came", came=True)
    tells(talk, "Uploading", "Uploaded")
    assert accusations(talk) == []


@pytest.mark.parametrize(("action", "saw"), [("GetDiagnostics", "nothing came"), ("UpdateFirmware", NOWHERE)])
@pytest.mark.parametrize(
    ("answer", "changes", "is_accused"),
    [
        ("NotSupported", {}, True),
        ("NotImplemented", {}, True),
        ("InternalError", {}, False),
        ("NotSupported", {"profiles": PROFILES | {"Firmware Management": "N/A"}}, False),
        ("NotSupported", {"profiles": PROFILES | {"Advanced Security": "Pass"}}, False),
    ],
)
def test_a_certified_station_does_not_refuse_the_request_itself(action: str, saw: str, answer: str, changes: Any, is_accused: bool) -> None:
    talk = station()
    asks(talk, saw, answer=answer, action=action)
    assert (f"answers/{action}" in accusations(talk, **changes)) is is_accused


# --- firmware


NOT_THERE, INSTALLED, NOT_INSTALLED = (
    "firmware-download-failure-is-told",
    "firmware-is-installed",
    "firmware-installation-failure-is-told",
)
FALSE = "FirmwareStatusNotification/false success"


@pytest.mark.parametrize(
    ("statuses", "expected", "accused"),
    [
        (["Downloading", "DownloadFailed"], Outcome.PASSED, []),
        (["DownloadFailed"], Outcome.PASSED, []),
        (["Idle", "Downloading", "Downloading", "DownloadFailed"], Outcome.PASSED, []),
        (["Downloading", "DownloadFailed", "Downloading", "DownloadFailed"], Outcome.PASSED, []),
        ([], Outcome.NOT_EXERCISED, []),
        (["Downloading"], Outcome.NOT_EXERCISED, []),
        (["Downloading", "Downloaded", "InstallationFailed"], Outcome.NOT_EXERCISED, []),
        (["Downloading", "Downloaded"], Outcome.FAILED, [FALSE]),
        (["Downloading", "Downloaded", "Installing", "Installed"], Outcome.FAILED, [FALSE]),
    ],
)
def test_firmware_that_is_not_there(statuses: list[str], expected: Outcome, accused: list[str]) -> None:
    talk = station()
    asks(talk, NOWHERE, action="UpdateFirmware")
    tells(talk, *statuses, action="Firmware")
    later(talk)
    assert (outcomes(talk, NOT_THERE), accusations(talk)) == ([expected], accused)


@pytest.mark.parametrize(
    ("statuses", "expected", "accused"),
    [
        (["Downloading", "Downloaded", "Installing", "InstallationFailed"], Outcome.PASSED, []),
        (["Downloading", "DownloadFailed"], Outcome.NOT_EXERCISED, []),
        (["Downloading", "Downloaded"], Outcome.NOT_EXERCISED, []),
        (["Downloading", "Downloaded", "Installing", "Installed"], Outcome.FAILED, [FALSE]),
    ],
)
def test_firmware_that_is_none(statuses: list[str], expected: Outcome, accused: list[str]) -> None:
    talk = station()
    asks(talk, OFFERED_EMPTY, action="UpdateFirmware")
    tells(talk, *statuses, action="Firmware")
    later(talk)
    assert (outcomes(talk, NOT_INSTALLED), accusations(talk)) == ([expected], accused)


def installing(*before: str, boots: bool = True) -> Talk:
    talk = station()
    asks(talk, OFFERED, action="UpdateFirmware")
    tells(talk, *(before or ("Downloading", "Downloaded", "Installing")), action="Firmware")
    if boots:
        talk.event(EventKind.CLOSE)
        talk.event()
        talk.boots()
        talk.reports(0)
        talk.reports(1)
    return talk


def test_firmware_that_is_installed() -> None:
    talk = installing()
    tells(talk, "Installed", action="Firmware")
    later(talk)
    assert (outcomes(talk, INSTALLED), accusations(talk)) == ([Outcome.PASSED], [])


def test_firmware_that_is_not_told_as_installed() -> None:
    talk = installing()
    later(talk)
    assert accusations(talk) == ["FirmwareStatusNotification/Installed"]


def _not_yet() -> Talk:
    talk = installing()
    later(talk, 100.0)
    return talk


def _failed() -> Talk:
    talk = installing()
    tells(talk, "InstallationFailed", action="Firmware")
    later(talk)
    return talk


def _not_rebooted() -> Talk:
    talk = installing(boots=False)
    later(talk)
    return talk


def _rebooted_before() -> Talk:
    talk = installing("Downloading", "Downloaded")
    later(talk)
    return talk


@pytest.mark.parametrize("talk", [_not_yet, _failed, _not_rebooted, _rebooted_before])
def test_firmware_may_take_its_time_or_fail(talk: Any) -> None:
    talked = talk()
    assert (outcomes(talked, INSTALLED), accusations(talked)) == ([Outcome.NOT_EXERCISED], [])


ORDER = "FirmwareStatusNotification/order"


@pytest.mark.parametrize(
    ("statuses", "accused"),
    [
        (["Installing", "Downloading"], [ORDER]),
        (["Installing", "Downloading", "DownloadFailed"], [ORDER]),
        (["Downloading", "Downloaded", "Installing", "Downloading"], []),
        (["Installing", "InstallationFailed", "Downloading"], []),
        (["Installing", "Installed"], []),
        (["Downloaded", "Installing", "Installed"], []),
        (["Downloading", "Downloading", "Downloaded", "Downloaded"], []),
    ],
)
def test_the_order_of_statuses(statuses: list[str], accused: list[str]) -> None:
    talk = station()
    asks(talk, OFFERED, action="UpdateFirmware")
    tells(talk, *statuses, action="Firmware")
    assert accusations(talk) == accused


def test_an_update_may_begin_anew_after_a_boot_on_the_same_connection() -> None:
    talk = installing("Installing", boots=False)
    talk.boots()
    tells(talk, "Downloading", action="Firmware")
    assert ORDER not in accusations(talk)


def test_an_update_may_begin_anew_after_a_boot() -> None:
    talk = installing("Installing")
    tells(talk, "Downloading", action="Firmware")
    assert accusations(talk) == []


def test_a_status_that_there_is_not() -> None:
    talk = station()
    asks(talk, OFFERED, action="UpdateFirmware")
    tells(talk, "DownloadFinished", action="Firmware")
    assert set(accusations(talk)) == {"calls/FirmwareStatusNotification"}
