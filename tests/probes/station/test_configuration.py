"""Configuration keys: what may be read, what may be written, and which values suit (OCPP 1.6 sections 5.3, 5.8, 9; errata v3.0, v4.0)."""

from __future__ import annotations

import pytest

from probes.station.catalogue import standard_keys
from probes.station.config import StationConfig, config_from_json
from probes.station.configuration import Configuration
from registry.errors import CannotBegin

KEYS = {
    "HeartbeatInterval": "20",
    "AuthorizeRemoteTxRequests": "FALSE",
    "NumberOfConnectors": "1",
    "SupportedFeatureProfiles": "Core",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Voltage",
    "MeterValuesSampledDataMaxLength": "2",
    "AuthorizationKey": "00112233",
    "ConnectorPhaseRotation": "NotApplicable",
    "VendorColour": "blue",
}


def configuration() -> Configuration:
    return Configuration(StationConfig("V", "M", "1", keys=KEYS))


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("HeartbeatInterval", "30", "Accepted"),
        ("heartbeatinterval", "0", "Accepted"),
        ("HeartbeatInterval", "-1", "Rejected"),
        ("HeartbeatInterval", "soon", "Rejected"),
        ("HeartbeatInterval", "", "Rejected"),
        ("HeartbeatInterval", "1.5", "Rejected"),
        ("HeartbeatInterval", "٣", "Rejected"),
        ("HeartbeatInterval", "9" * 12, "Rejected"),
        ("AuthorizeRemoteTxRequests", "true", "Accepted"),
        ("AuthorizeRemoteTxRequests", "TRUE", "Accepted"),
        ("AuthorizeRemoteTxRequests", "1", "Rejected"),
        ("NumberOfConnectors", "2", "Rejected"),
        ("SupportedFeatureProfiles", "Core,Reservation", "Rejected"),
        ("MeterValuesSampledData", "Voltage", "Accepted"),
        ("MeterValuesSampledData", "", "Accepted"),
        ("MeterValuesSampledData", "Voltage, Energy.Active.Import.Register", "Accepted"),
        ("MeterValuesSampledData", "Voltage,Frequency", "Rejected"),
        ("MeterValuesSampledData", "Voltage,Voltage,Voltage", "Rejected"),
        ("AuthorizationKey", "ffeeddcc", "Accepted"),
        ("VendorColour", "green", "Accepted"),
        ("VendorColour", "x" * 501, "Rejected"),
        ("BlinkRepeat", "1", "NotSupported"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
def test_changing(key: str, value: str, status: str) -> None:
    keys = configuration()
    before = keys.text("HeartbeatInterval"), keys.text("MeterValuesSampledData"), keys.text("AuthorizeRemoteTxRequests")
    assert keys.change(key, value) == status
    if status != "Accepted":
        assert (keys.text("HeartbeatInterval"), keys.text("MeterValuesSampledData"), keys.text("AuthorizeRemoteTxRequests")) == before


def test_a_change_is_read_back() -> None:
    keys = configuration()
    keys.change("HEARTBEATINTERVAL", "31")
    (found,), unknown = keys.read(["heartBeatInterval"])
    assert (found.key, found.value, found.readonly, unknown) == ("HeartbeatInterval", "31", False, [])


def test_reading_all_leaves_out_what_can_only_be_written() -> None:
    found, unknown = configuration().read([])
    assert [entry.key for entry in found] == [key for key in KEYS if key != "AuthorizationKey"]
    assert unknown == []
    readonly = {entry.key: entry.readonly for entry in found}
    assert readonly["NumberOfConnectors"]
    assert not readonly["VendorColour"]


def test_unknown_and_unreadable_names_come_back_as_they_were_asked() -> None:
    found, unknown = configuration().read(["Nonsense", "AuthorizationKey", "NumberOfConnectors", "nonsense"])
    assert [entry.key for entry in found] == ["NumberOfConnectors"]
    assert unknown == ["Nonsense", "AuthorizationKey", "nonsense"]


def test_typed_reading() -> None:
    keys = configuration()
    assert (keys.integer("HeartbeatInterval", 5), keys.integer("Nonsense", 5), keys.integer("VendorColour", 5)) == (20, 5, 5)
    assert (keys.flag("AuthorizeRemoteTxRequests", default=True), keys.flag("Nonsense", default=True)) == (False, True)
    keys.set("Nonsense", "1")
    assert not keys.has("Nonsense")


def test_the_catalogue_knows_what_may_be_written() -> None:
    keys = standard_keys()
    assert not keys["NumberOfConnectors"].writable
    assert keys["StopTransactionOnEVSideDisconnect"].writable
    assert not keys["AuthorizationKey"].readable
    assert keys["AuthorizationKey"].writable


GOOD = {"vendor": "V", "model": "M", "software_version": "1"}


def test_a_configuration_file() -> None:
    config = config_from_json(GOOD | {"profiles": ["Core", "Reservation"], "keys": {"A": "1"}, "connectors": 2}, "a file")
    assert (config.vendor, config.profiles, config.keys, config.connectors) == ("V", ("Core", "Reservation"), {"A": "1"}, 2)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "a station's configuration is a JSON object"),
        ({"vendor": "V"}, "model, software_version is missing"),
        (GOOD | {"colour": "blue"}, "'colour' is no setting of a station"),
        (GOOD | {"connectors": "2"}, "the value of 'connectors' has the wrong type"),
        (GOOD | {"connectors": True}, "the value of 'connectors' has the wrong type"),
        (GOOD | {"connectors": 0}, "a station has at least one connector"),
        (GOOD | {"profiles": ["Flying"]}, "'Flying' is no feature profile"),
        (GOOD | {"keys": {"A": 1}}, "the values of configuration keys are texts"),
        (GOOD | {"keys": {"A" * 51: ""}}, "a configuration key has at most 50 characters"),
        (GOOD | {"vendor_messages": {"org.example": "ping"}}, "vendor_messages has a list of messageIds for each vendorId"),
        (GOOD | {"takes_reservations": "no"}, "the value of 'takes_reservations' has the wrong type"),
    ],
)
def test_a_configuration_file_that_is_wrong(document: object, reason: str) -> None:
    with pytest.raises(CannotBegin) as caught:
        config_from_json(document, "some.json")
    assert str(caught.value).startswith(f"some.json: {reason}")
    assert "\n" not in str(caught.value)
