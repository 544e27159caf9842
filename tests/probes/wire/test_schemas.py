"""Payloads against the schemas: all actions, each kind of violation, dates apart; the verdict is the library's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ocpp
import pytest
from ocpp.messages import get_validator

from probes.wire.schemas import Violation, is_well_formed, known_actions, violations

SCHEMAS = Path(ocpp.__file__).parent / "v16" / "schemas"
CORE = {
    "Authorize", "BootNotification", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer", "GetConfiguration",
    "Heartbeat", "MeterValues", "RemoteStartTransaction", "RemoteStopTransaction", "Reset", "StartTransaction", "StatusNotification",
    "StopTransaction", "UnlockConnector",
}  # fmt: skip
OTHER_PROFILES = {
    "GetDiagnostics", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "UpdateFirmware", "GetLocalListVersion",
    "SendLocalList", "CancelReservation", "ReserveNow", "ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile",
    "TriggerMessage",
}  # fmt: skip
SECURITY = {
    "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage", "GetInstalledCertificateIds", "GetLog", "InstallCertificate",
    "LogStatusNotification", "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification", "SignedUpdateFirmware",
}  # fmt: skip


VALUES: list[Any] = [None, {}, [], "x" * 10_000, 1.25, True]
"""What may stand in the place of a field, right or wrong."""


def test_every_action_of_the_specification_and_its_security_extension_is_known() -> None:
    assert known_actions() == CORE | OTHER_PROFILES | SECURITY


def _minimal(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """A payload that satisfies a schema with as little as possible."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/definitions/")]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    kind = schema.get("type")
    if kind == "object":
        return {name: _minimal(schema["properties"][name], definitions) for name in schema.get("required", ())}
    if kind == "array":
        return [_minimal(schema["items"], definitions)] * schema.get("minItems", 0)
    return {"string": "a", "integer": 1, "number": 1.5, "boolean": True}[str(kind)]


@pytest.mark.parametrize("is_response", [False, True])
@pytest.mark.parametrize("action", sorted(CORE | OTHER_PROFILES | SECURITY))
def test_each_message(action: str, is_response: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # The library keeps validators that compare figures as they were first asked to; those made here are for here.
    monkeypatch.setattr("ocpp.messages._validators", {})
    schema = json.loads((SCHEMAS / f"{action}{'Response' if is_response else ''}.json").read_text())
    good = _minimal(schema, schema.get("definitions", {}))
    assert violations(action, is_response, good) == []
    assert is_well_formed(action, is_response, good)
    assert "additionalProperties" in {found.kind for found in violations(action, is_response, good | {"notInOcpp": 1})}
    assert [found.kind for found in violations(action, is_response, [])] == ["type"]
    for name in schema.get("required", ()):
        lacking = {key: value for key, value in good.items() if key != name}
        assert [found.kind for found in violations(action, is_response, lacking)] == ["required"]
    for name in good:
        for other in VALUES:
            payload = good | {name: other}
            accepted_by_library = get_validator(3 if is_response else 2, action, "1.6").is_valid(payload)
            assert is_well_formed(action, is_response, payload) == accepted_by_library, (name, other)


@pytest.mark.parametrize(
    ("action", "is_response", "payload", "path", "kind", "code"),
    [
        ("Authorize", False, {}, "", "required", "OccurenceConstraintViolation"),
        ("Authorize", False, {"idTag": 1}, "/idTag", "type", "TypeConstraintViolation"),
        ("Authorize", False, {"idTag": "x" * 21}, "/idTag", "maxLength", "PropertyConstraintViolation"),
        ("Reset", False, {"type": "Warm"}, "/type", "enum", "PropertyConstraintViolation"),
        ("Heartbeat", False, {"a": 1}, "", "additionalProperties", "FormationViolation"),
        ("MeterValues", False, {"connectorId": 1, "meterValue": []}, "/meterValue", "minItems", "OccurenceConstraintViolation"),
        (
            "GetConfiguration",
            True,
            {"configurationKey": [{"key": "a", "readonly": True}, {"key": "b", "readonly": "no"}]},
            "/configurationKey/1/readonly",
            "type",
            "TypeConstraintViolation",
        ),
        (
            "GetCompositeSchedule",
            True,
            {
                "status": "Accepted",
                "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4.11}]},
            },
            "/chargingSchedule/chargingSchedulePeriod/0/limit",
            "multipleOf",
            "PropertyConstraintViolation",
        ),
    ],
)
def test_what_is_wrong_is_named(action: str, is_response: bool, payload: Any, path: str, kind: str, code: str) -> None:
    (found,) = violations(action, is_response, payload)
    assert (found.path, found.kind, found.error_code) == (path, kind, code)


@pytest.mark.parametrize("limit", [0.1, 0.3, 1.1, 16.1, 21.4, 32.7])
def test_one_decimal_is_one_decimal(limit: float) -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    assert violations("GetCompositeSchedule", True, {"status": "Accepted", "chargingSchedule": schedule}) == []


@pytest.mark.parametrize("text", ["x" * 21, 12345678])
def test_an_id_tag_is_not_told(text: Any) -> None:
    (found,) = violations("Authorize", False, {"idTag": text})
    assert str(text) not in found.message


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.123Z",
        "2026-01-01T00:00:00.123456789+09:00",
        "2026-02-28T23:59:60Z",
        "2026-01-01T09:00+0900",
        "20260101T000000Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T00:00:00,5-03",
    ],
)
def test_dates_of_iso_8601(text: str) -> None:
    assert violations("Heartbeat", True, {"currentTime": text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01 00:00:00Z",
        "1767225600",
    ],
)
def test_what_is_no_date(text: str) -> None:
    (found,) = violations("Heartbeat", True, {"currentTime": text})
    assert (found.path, found.kind) == ("/currentTime", "date-time")


def test_a_date_without_offset_is_told_apart() -> None:
    assert violations("Heartbeat", True, {"currentTime": "2026-01-01T00:00:00"}) == [
        Violation("/currentTime", '"2026-01-01T00:00:00" does not say its time zone', "date-time-offset")
    ]


def test_dates_deep_inside() -> None:
    value = {"timestamp": "never", "sampledValue": [{"value": "1"}]}
    good = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}
    found = violations("MeterValues", False, {"connectorId": 1, "meterValue": [good, value]})
    assert [(violation.path, violation.kind) for violation in found] == [("/meterValue/1/timestamp", "date-time")]


def test_dates_in_shared_definitions() -> None:
    """The schemas of the security extension refer to definitions."""
    firmware = {"location": "ftp://h/f", "retrieveDateTime": "never", "signingCertificate": "x", "signature": "x"}
    found = violations("SignedUpdateFirmware", False, {"requestId": 1, "firmware": firmware})
    assert [(violation.path, violation.kind) for violation in found] == [("/firmware/retrieveDateTime", "date-time")]


def test_a_date_of_another_type_is_one_violation() -> None:
    assert [found.kind for found in violations("Heartbeat", True, {"currentTime": 5})] == ["type"]


def test_an_unknown_action_has_no_schema() -> None:
    with pytest.raises(KeyError):
        violations("Explode", False, {})


def test_no_asyncio_comes_along() -> None:
    """The judge is pure, and judges with this module."""
    code = "import sys, probes.wire.schemas as s; s.violations('Heartbeat', False, {}); print('asyncio' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"
