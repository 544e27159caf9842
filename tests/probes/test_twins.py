"""A certificate's twin is what the certificate says, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from probes.facts_file import read_facts
from probes.station.config import KNOWN_PROFILES, StationConfig
from probes.station.profiles import missing_behaviours
from probes.twins import csms_twin_of, twin_of
from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.errors import CannotBegin

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def golden(number: str, tmp_path: Path) -> CertificateFacts:
    document = json.loads((GOLDEN / f"{number}.json").read_text(encoding="utf-8"))
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"certificate": document.get("certificate", document)}), encoding="utf-8")
    return read_facts(path)


SIX = ("Core", "FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging", "RemoteTrigger")

STATION = CertificateFacts(
    number="OCA.0016.9999.CS",
    protocol="OCPP 1.6",
    role="CS",
    vendor_name="Vendor",
    designation="Box",
    software_version="1.0",
    profiles={"Core": "Pass", "Local Authorization List Management": "Pass", "Smart Charging": "N/A", "Reservation": None},
)


def test_the_twin_of_the_real_station_certificate(tmp_path: Path) -> None:
    """Against the certificate as printed: 46 keys, 21 of them with "-"."""
    twin = twin_of(golden("OCA.0016.0408.CS", tmp_path))
    assert (twin.vendor, twin.model, twin.software_version) == ("LS ELECTRIC CO., LTD.", "LECS007-1CH02CW", "V1.3.337")
    assert (twin.connectors, twin.fixed_cable, twin.response_timeout_seconds) == (1, True, 10)
    assert twin.profiles == ("Core",)
    assert dict(twin.keys) == {
        "AuthorizeRemoteTxRequests": "FALSE",
        "ClockAlignedDataInterval": "0",
        "ConnectionTimeOut": "30",
        "ConnectorPhaseRotation": "NotApplicable",
        "GetConfigurationMaxKeys": "20",
        "HeartbeatInterval": "20",
        "LocalAuthorizeOffline": "FALSE",
        "LocalPreAuthorize": "FALSE",
        "MeterValuesAlignedData": "Energy.Active.Import.Register",
        "MeterValuesAlignedDataMaxLength": "120",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Current.Import,Voltage,SoC,Power.Active.Import",
        "MeterValuesSampledDataMaxLength": "120",
        "MeterValueSampleInterval": "15",
        "MinimumStatusDuration": "0",
        "NumberOfConnectors": "1",
        "ResetRetries": "0",
        "StopTransactionOnEVSideDisconnect": "TRUE",
        "StopTransactionOnInvalidId": "FALSE",
        "StopTxnAlignedDataMaxLength": "120",
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "StopTxnSampledDataMaxLength": "120",
        "SupportedFeatureProfiles": "Core",
        "TransactionMessageAttempts": "0",
        "TransactionMessageRetryInterval": "15",
        "UnlockConnectorOnEVSideDisconnect": "FALSE",
    }
    assert twin.boot_payload() == {
        "chargePointVendor": "LS ELECTRIC CO., LTD",
        "chargePointModel": "LECS007-1CH02CW",
        "firmwareVersion": "V1.3.337",
    }


def test_only_what_passed_works() -> None:
    assert twin_of(STATION).profiles == ("Core", "LocalAuthListManagement")


def test_everything_that_can_be_certified_runs() -> None:
    names = (
        "Core",
        "Firmware Management",
        "Local Authorization List Management",
        "Reservation",
        "Smart Charging",
        "Remote Trigger",
        "Security",
    )
    twin = twin_of(dataclasses.replace(STATION, profiles=dict.fromkeys(names, "Pass")))
    assert twin.profiles == KNOWN_PROFILES
    assert missing_behaviours(twin.profiles) == ()


@pytest.mark.parametrize(
    ("keys", "hardware", "connectors"),
    [
        ({"NumberOfConnectors": "3"}, {"Socket(s) / connector(s)": "Single"}, 3),
        ({"NumberOfConnectors": None}, {"Socket(s) / connector(s)": "Dual"}, 2),
        (None, {"Socket(s)/connector(s):": "4"}, 4),
        ({"NumberOfConnectors": "many"}, {"Socket(s) / connector(s)": "?"}, 1),
        ({"NumberOfConnectors": "0"}, None, 1),
        (None, None, 1),
    ],
)
def test_connectors(keys: dict[str, str | None] | None, hardware: dict[str, str | None] | None, connectors: int) -> None:
    assert twin_of(dataclasses.replace(STATION, configuration_keys=keys, hardware=hardware)).connectors == connectors


def test_the_response_timeout_is_the_pics_value() -> None:
    row = PerformanceRow("OCPP Response Timeout:", 7, 1)
    assert twin_of(dataclasses.replace(STATION, performance=(row,))).response_timeout_seconds == 7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": "CSMS"}, "OCA.0016.9999.CS: it certifies a CSMS, not a charging station; name the certificate of a station"),
        ({"role": None}, "OCA.0016.9999.CS: it certifies an unknown product, not a charging station; name the certificate of a station"),
        ({"protocol": "OCPP 2.0.1"}, "OCA.0016.9999.CS: it certifies OCPP 2.0.1; the built-in station speaks OCPP 1.6"),
        (
            {"software_version": None, "vendor_name": None},
            "OCA.0016.9999.CS: its vendor and software version could not be read, so there is no twin of it; correct the entry first",
        ),
    ],
)
def test_what_has_no_twin(changes: dict[str, str | None], message: str) -> None:
    with pytest.raises(CannotBegin) as caught:
        twin_of(dataclasses.replace(STATION, **changes))  # type: ignore[arg-type]  # a table of single fields
    assert str(caught.value) == message


@pytest.mark.parametrize("number", ["OCA.0016.0023.CSMS", "OCA.0016.0118.CSMS", "OCA.0016.0411.CSMS", "OCA.0016.0608.CSMS"])
def test_a_csms_certificate_is_one_for_a_csms(number: str, tmp_path: Path) -> None:
    facts = golden(number, tmp_path)
    assert csms_twin_of(facts).profiles == SIX
    with pytest.raises(CannotBegin, match="it certifies a CSMS, not a charging station"):
        twin_of(facts)


def test_a_station_s_certificate_is_none_for_a_csms() -> None:
    with pytest.raises(CannotBegin, match="it certifies a charging station, not a CSMS"):
        csms_twin_of(STATION)
    with pytest.raises(CannotBegin, match=r"the built-in CSMS speaks OCPP 1\.6"):
        csms_twin_of(dataclasses.replace(STATION, role="CSMS", protocol="OCPP 2.0.1"))


def test_a_csms_that_was_not_read_has_no_twin() -> None:
    facts = dataclasses.replace(STATION, role="CSMS", designation=None, software_version=None)
    with pytest.raises(CannotBegin, match="its product and software version could not be read"):
        csms_twin_of(facts)


def test_names_are_cut_where_the_protocol_cuts_them() -> None:
    config = StationConfig(vendor="A" * 30, model="nineteen characters and more", software_version="1", serial_number="7")
    assert config.boot_payload() == {
        "chargePointVendor": "A" * 20,
        "chargePointModel": "nineteen characters",
        "firmwareVersion": "1",
        "chargePointSerialNumber": "7",
    }
