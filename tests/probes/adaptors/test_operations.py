"""The operations: what each wants in OCPP's own form, and what it says to a person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from probes.adaptors.operations import (
    OPERATIONS,
    ChangeConfiguration,
    GetConfiguration,
    GetLog,
    InstallCertificate,
    Operation,
    ReserveNow,
    SendLocalList,
    SetChargingProfile,
    SignedUpdateFirmware,
)
from probes.csms.profiles import profile_of
from probes.modes.directions import STATION_ASKS
from probes.wire.schemas import known_actions, violations
from tests.probes.adaptors.samples import FULL, PEM, SPARSE, WHEN, profile


def test_everything_a_central_system_sends_is_there_and_nothing_else() -> None:
    assert set(OPERATIONS) == known_actions() - STATION_ASKS - {"CertificateSigned"}
    assert len(OPERATIONS) == 25
    assert {type(each) for each in FULL} == set(OPERATIONS.values())
    assert all(action == kind.action for action, kind in OPERATIONS.items())


@pytest.mark.parametrize("operation", FULL, ids=lambda each: each.action)
def test_what_is_wanted_is_a_request_of_ocpp(operation: Operation) -> None:
    assert violations(operation.action, False, operation.payload()) == []
    assert json.loads(json.dumps(operation.payload())) == operation.payload()


@pytest.mark.parametrize("operation", SPARSE, ids=lambda each: each.action)
def test_what_is_left_to_the_central_system_is_not_in_it(operation: Operation) -> None:
    wrong = violations(operation.action, False, operation.payload())
    assert {each.kind for each in wrong} <= {"required"}
    assert "null" not in json.dumps(operation.payload())


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        (GetConfiguration(), {}),
        (GetConfiguration(("a",)), {"key": ["a"]}),
        (ChangeConfiguration("AuthorizationKey"), {"key": "AuthorizationKey"}),
        (SendLocalList("Full", ()), {"updateType": "Full", "localAuthorizationList": []}),
        (SendLocalList("Full"), {"updateType": "Full"}),
        (ReserveNow(1, "T", WHEN), {"connectorId": 1, "idTag": "T", "expiryDate": "2030-01-02T03:04:05.000Z"}),
        (GetLog("SecurityLog", latest=WHEN), {"logType": "SecurityLog", "log": {"latestTimestamp": "2030-01-02T03:04:05.000Z"}}),
        (SignedUpdateFirmware("l", request_id=3), {"firmware": {"location": "l"}, "requestId": 3}),
        (SetChargingProfile(0, {"stackLevel": 1}), {"connectorId": 0, "csChargingProfiles": {"stackLevel": 1}}),
    ],
)
def test_fields_stand_where_ocpp_has_them(operation: Operation, payload: dict[str, Any]) -> None:
    assert operation.payload() == payload


@pytest.mark.parametrize("operation", FULL + SPARSE, ids=lambda each: each.action)
def test_the_sentence_names_every_value(operation: Operation) -> None:
    said = operation.sentence() + operation.enclosure()
    for value in _leaves(operation.payload()):
        assert str(value) in said, f"{value!r} is not in {said!r}"
    assert not operation.sentence().endswith(".")
    assert "\n" not in operation.sentence()
    assert "None" not in said


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for name, each in value.items() if name not in {"startPeriod"} for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]


def test_long_texts_are_enclosed() -> None:
    assert InstallCertificate("ManufacturerRootCertificate", PEM).enclosure() == PEM
    assert "of your choice" in InstallCertificate("ManufacturerRootCertificate").sentence()
    assert InstallCertificate("ManufacturerRootCertificate").enclosure() == ""
    enclosed = SignedUpdateFirmware("l", signing_certificate=PEM, signature="c2ln")
    assert enclosed.enclosure() == f"Certificate:\n{PEM}\nSignature:\nc2ln"
    assert enclosed.sentence().endswith("signed as enclosed")


def test_a_profile_is_told_whole() -> None:
    told = SetChargingProfile(1, profile(recurrencyKind="Daily", validFrom="2030-01-01T00:00:00Z")).sentence()
    assert told == (
        "Set a charging profile on connector 1: purpose TxProfile, kind Absolute, recurring Daily, stack level 1, "
        "valid from 2030-01-01T00:00:00Z, seconds in all 600, limits: 6.5 A from second 0, phases: 3"
    )


def test_each_belongs_to_a_feature_profile() -> None:
    assert {profile_of(action) for action in OPERATIONS} == {
        "Core",
        "FirmwareManagement",
        "LocalAuthListManagement",
        "RemoteTrigger",
        "Reservation",
        "Security",
        "SmartCharging",
    }
