"""The catalogue of faults: well-formed, complete, true to the cases; and which product can have which fault."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from probes.faults import CATALOGUE, CSMS_FAULTS, STATION_FAULTS, fault_catalogue, faulty_csms, with_faults
from probes.station.config import KNOWN_PROFILES, StationConfig
from registry.errors import CannotBegin
from tests.probes.faults.rig import CONFIG, rig

DATA = Path(__file__).resolve().parents[3] / "data"
ROLES = ("CS", "CSMS")
KINDS_OF_BOTH = {
    "extra message",
    "wrong order",
    "wrong status",
    "without effect",
    "no answer",
    "late answer",
    "wrong id",
    "wrong type",
    "wrong value",
    "wrong error code",
    "wrong unit",
    "wrong clock",
    "duplicate",
    "forgotten connector",
    "advertised not implemented",
    "secret in clear",
    "state lost",
    "dies",
}
"""What field devices and central systems alike get wrong; only a station tells profiles, and only it can leave a message out."""

SMALL = StationConfig(
    vendor="V",
    model="M",
    software_version="V1.3.337",
    keys={
        "HeartbeatInterval": "20",
        "ConnectionTimeOut": "30",
        "MeterValuesAlignedDataMaxLength": "120",
        "SupportedFeatureProfiles": "Core",
        "NumberOfConnectors": "1",
    },
    response_timeout_seconds=10,
)


def test_the_catalogue_follows_its_schema() -> None:
    schema = json.loads((DATA / "schemas" / "faults.json").read_text(encoding="utf-8"))
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert [str(error) for error in validator.iter_errors(catalogue)] == []
    good = catalogue["faults"][0]
    for field, value in (("name", "Bad Name"), ("kind", "sad"), ("breaks", ["good manners"]), ("does", "nothing."), ("role", "CP")):
        assert not validator.is_valid(catalogue | {"faults": [good | {field: value}]})


def test_every_fault_of_the_catalogue_can_be_made_and_no_other() -> None:
    for role, made in (("CS", STATION_FAULTS), ("CSMS", CSMS_FAULTS)):
        names = [fault.name for fault in fault_catalogue() if fault.role == role]
        assert len(names) == len(set(names))
        assert set(names) == set(made)
    assert not set(STATION_FAULTS) & set(CSMS_FAULTS)


def test_there_are_enough_of_every_role_profile_and_kind() -> None:
    assert len(fault_catalogue()) >= 120
    for role in ROLES:
        own = [fault for fault in fault_catalogue() if fault.role == role]
        assert {fault.profile for fault in own} == set(KNOWN_PROFILES)
        assert {fault.kind for fault in own} >= KINDS_OF_BOTH
    assert {"missing message", "implemented not advertised"} <= {fault.kind for fault in fault_catalogue() if fault.role == "CS"}


def test_every_case_that_a_fault_breaks_exists_and_is_one_of_its_role() -> None:
    cases = {case["id"] for case in json.loads((DATA / "ocpp16" / "cases.json").read_text(encoding="utf-8"))["cases"]}
    for fault in fault_catalogue():
        broken = {item for item in fault.breaks if item.startswith("TC_")}
        assert broken <= cases
        assert all(case.endswith(f"_{fault.role}") for case in broken), fault.name


def test_no_two_faults_say_the_same() -> None:
    said = [(fault.role, fault.does) for fault in fault_catalogue()]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("fault", "differing"),
    [
        ("key-value-drift", {"ConnectionTimeOut": "31"}),
        ("key-missing", {"MeterValuesAlignedDataMaxLength": None}),
        ("profile-advertised-not-certified", {"SupportedFeatureProfiles": "Core,RemoteTrigger"}),
        ("required-key-missing", {"SupportedFeatureProfiles": None}),
        ("number-of-connectors-wrong", {"NumberOfConnectors": "2"}),
    ],
)
def test_faults_in_the_configuration(fault: str, differing: dict[str, str | None]) -> None:
    faulty = with_faults(SMALL, [fault]).config
    names = {*SMALL.keys, *faulty.keys}
    assert {name: faulty.keys.get(name) for name in names if faulty.keys.get(name) != SMALL.keys.get(name)} == differing
    assert replace(faulty, keys=SMALL.keys) == SMALL


@pytest.mark.parametrize(("version", "wrong"), [("V1.3.337", "V1.3.338"), ("1.0", "1.1"), ("2.9-rc9", "2.9-rc10"), ("alpha", "alpha1")])
def test_a_wrong_version_is_another_version(version: str, wrong: str) -> None:
    config = StationConfig("V", "M", version)
    assert with_faults(config, ["wrong-software-version"]).config == StationConfig("V", "M", wrong)


def test_a_fault_of_a_profile_needs_the_profile() -> None:
    for fault in fault_catalogue():
        if fault.role == "CS" and fault.profile != "Core" and not STATION_FAULTS[fault.name].anywhere:
            with pytest.raises(CannotBegin, match="it does not have the profile"):
                with_faults(SMALL, [fault.name])


async def test_faults_add_up_on_both_sides_at_once() -> None:
    station = ["wrong-software-version", "key-value-drift", "answer-breaks-schema", "boot-sent-twice"]
    async with rig(CONFIG, station, ["heartbeat-refused", "boot-interval-negative"]) as both:
        assert both.station.config.software_version == "V1.3.338"
        assert both.station.config.keys["ConnectionTimeOut"] == "31"
        assert (await both.ask("DataTransfer", vendorId="x")).payload == {"status": "NotUnderstood"}
        assert (await both.say("Heartbeat")).error_code == "NotImplemented"
        assert (await both.say("BootNotification", chargePointVendor="V", chargePointModel="M")).payload["interval"] == -1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no-such-fault", "'no-such-fault': there is no such fault; `--fault list` lists them"),
        ("boot-always-pending", "'boot-always-pending': there is no such fault; `--fault list` lists them"),
        ("key-value-drift", "key-value-drift: this station cannot have that fault: it has no writable key with a number"),
        ("key-missing", "key-missing: this station cannot have that fault: it has no optional key"),
        (
            "profile-advertised-not-certified",
            "profile-advertised-not-certified: this station cannot have that fault: it has no SupportedFeatureProfiles, or every profile",
        ),
        (
            "profile-works-not-advertised",
            "profile-works-not-advertised: this station cannot have that fault: its SupportedFeatureProfiles names no profile but Core",
        ),
        ("required-key-missing", "required-key-missing: this station cannot have that fault: it has no SupportedFeatureProfiles"),
        ("number-of-connectors-wrong", "number-of-connectors-wrong: this station cannot have that fault: it has no NumberOfConnectors"),
        ("password-readable", "password-readable: this station cannot have that fault: it has no AuthorizationKey"),
        (
            "answer-after-pics-timeout",
            (
                "answer-after-pics-timeout: this station cannot have that fault: "
                "its certificate has no PICS value for the OCPP response timeout"
            ),
        ),
    ],
)
def test_what_a_station_cannot_have(fault: str, reason: str) -> None:
    with pytest.raises(CannotBegin) as caught:
        with_faults(StationConfig("V", "M", "1"), [fault])
    assert str(caught.value) == reason


def test_what_a_csms_cannot_have() -> None:
    assert faulty_csms([]).misbehave is None
    with pytest.raises(CannotBegin, match="the built-in CSMS has no such fault; `--fault list` lists those it has"):
        faulty_csms(["wrong-software-version"])
