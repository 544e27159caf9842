"""What kind of station the built-in one is: plain values, from a certificate (probes/twins.py) or from a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.errors import CannotBegin

NAME_LIMIT = 20
"""chargePointVendor and chargePointModel are CiString20Type (OCPP 1.6 section 6.3)."""

KEY_LIMIT = 50
VALUE_LIMIT = 500
"""KeyValue.key is a CiString50Type, KeyValue.value a CiString500Type (OCPP 1.6 section 7.29)."""

SECURITY = "Security"
"""What certificates call the functions of the security white paper; SupportedFeatureProfiles does not tell of them."""

PROFILES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)
"""The feature profiles of OCPP 1.6 section 3.2, as SupportedFeatureProfiles spells them."""

KNOWN_PROFILES = (*PROFILES, SECURITY)
"""All that a station may have."""


@dataclass(frozen=True)
class StationConfig:
    """One charging station. Vendor and model are cut to the 20 characters that BootNotification has for them.

    `profiles` are those that work, `keys` the configuration keys that exist, with their values. `response_timeout_seconds` is the PICS
    value "OCPP response timeout" of the certificate, None when there is none. `reboot_seconds` is how long a reset keeps the station away.
    `phases` (1 or 3) is how its connectors are wired; `reboot_keys` take effect after a reboot only.
    `revoked_certificates` are the SHA-256 fingerprints of signing certificates that it knows to be revoked. `vendor_messages` are the
    messageIds that it knows in DataTransfer, by vendorId. `takes_reservations` may be off although the profile is there (section 5.13).
    """

    vendor: str
    model: str
    software_version: str
    connectors: int = 1
    profiles: tuple[str, ...] = ("Core",)
    keys: Mapping[str, str] = field(default_factory=dict)
    serial_number: str | None = None
    fixed_cable: bool = False
    response_timeout_seconds: int | None = None
    reboot_seconds: float = 1.0
    phases: int = 1
    reboot_keys: tuple[str, ...] = ()
    revoked_certificates: tuple[str, ...] = ()
    vendor_messages: Mapping[str, Collection[str]] = field(default_factory=dict)
    takes_reservations: bool = True

    def boot_payload(self) -> dict[str, Any]:
        """The payload of its BootNotification.req."""
        payload = {
            "chargePointVendor": self.vendor[:NAME_LIMIT].rstrip(),
            "chargePointModel": self.model[:NAME_LIMIT].rstrip(),
            "firmwareVersion": self.software_version,
        }
        return payload | ({"chargePointSerialNumber": self.serial_number} if self.serial_number else {})


def config_from_json(document: Any, place: str) -> StationConfig:
    """A station from the object of a configuration file, whose names are those of `StationConfig`. Raises `CannotBegin` naming `place`."""
    if not isinstance(document, dict):
        raise CannotBegin(f"{place}: a station's configuration is a JSON object with vendor, model and software_version")
    expected: dict[str, tuple[type, ...]] = {
        "vendor": (str,),
        "model": (str,),
        "software_version": (str,),
        "connectors": (int,),
        "profiles": (list,),
        "keys": (dict,),
        "serial_number": (str,),
        "fixed_cable": (bool,),
        "response_timeout_seconds": (int,),
        "reboot_seconds": (int, float),
        "phases": (int,),
        "reboot_keys": (list,),
        "revoked_certificates": (list,),
        "vendor_messages": (dict,),
        "takes_reservations": (bool,),
    }
    for name, value in document.items():
        if name not in expected:
            raise CannotBegin(f"{place}: {name!r} is no setting of a station; known are {', '.join(expected)}")
        if not isinstance(value, expected[name]) or (isinstance(value, bool) and bool not in expected[name]):
            raise CannotBegin(f"{place}: the value of {name!r} has the wrong type")
    missing = [name for name in ("vendor", "model", "software_version") if name not in document]
    if missing:
        raise CannotBegin(f"{place}: {', '.join(missing)} is missing; a station has at least vendor, model and software_version")
    defaults = {"profiles": ("Core",), "reboot_keys": (), "revoked_certificates": ()}
    lists = {name: tuple(document.get(name, default)) for name, default in defaults.items()}
    return _checked(StationConfig(**(document | lists)), place)


def _checked(config: StationConfig, place: str) -> StationConfig:
    unknown = [profile for profile in config.profiles if profile not in KNOWN_PROFILES]
    if unknown:
        raise CannotBegin(f"{place}: {unknown[0]!r} is no feature profile; known are {', '.join(KNOWN_PROFILES)}")
    if config.connectors < 1:
        raise CannotBegin(f"{place}: a station has at least one connector")
    if config.phases not in (1, 3):
        raise CannotBegin(f"{place}: a connector has 1 or 3 phases")
    unknown = [name for name in config.reboot_keys if name not in config.keys]
    if unknown:
        raise CannotBegin(f"{place}: {unknown[0]!r} is to need a reboot and is none of the station's keys")
    if not all(isinstance(value, str) for value in config.keys.values()):
        raise CannotBegin(f"{place}: the values of configuration keys are texts, as in OCPP")
    if not all(isinstance(known, list | tuple) for known in config.vendor_messages.values()):
        raise CannotBegin(f"{place}: vendor_messages has a list of messageIds for each vendorId")
    if any(len(name) > KEY_LIMIT or len(value) > VALUE_LIMIT for name, value in config.keys.items()):
        raise CannotBegin(f"{place}: a configuration key has at most {KEY_LIMIT} characters, its value {VALUE_LIMIT}")
    return config
