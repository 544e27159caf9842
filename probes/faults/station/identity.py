"""Faults in what a station is: another version, other keys, other profiles than were certified."""

from __future__ import annotations

import re
from dataclasses import replace

from probes.faults.building import altered, with_fields, without
from probes.faults.making import Impossible, StationFault, station_calls
from probes.station.catalogue import standard_keys
from probes.station.config import PROFILES, StationConfig

DRIFTING_KEY = "ConnectionTimeOut"
"""A key whose value can be another one without the station behaving differently while nobody charges."""

_PROFILES_KEY = "SupportedFeatureProfiles"
_CONNECTORS_KEY = "NumberOfConnectors"


def _wrong_software_version(config: StationConfig) -> StationConfig:
    """The last number of the version counts one more."""
    numbers = list(re.finditer(r"\d+", config.software_version))
    if not numbers:
        return replace(config, software_version=f"{config.software_version}1")
    last = numbers[-1]
    text = config.software_version
    return replace(config, software_version=f"{text[: last.start()]}{int(last[0]) + 1}{text[last.end() :]}")


def _key_value_drift(config: StationConfig) -> StationConfig:
    candidates = [DRIFTING_KEY, *(name for name in config.keys if name in standard_keys() and standard_keys()[name].writable)]
    for name in candidates:
        value = config.keys.get(name, "")
        if value.isascii() and value.isdigit():
            return _with_keys(config, **{name: str(int(value) + 1)})
    raise Impossible("it has no writable key with a number")


def _key_missing(config: StationConfig) -> StationConfig:
    """The first optional key goes; keys that others depend on stay."""
    for name in config.keys:
        standard = standard_keys().get(name)
        if standard and not standard.required and standard.profile == "Core":
            return _without_key(config, name)
    raise Impossible("it has no optional key")


def _profile_advertised(config: StationConfig) -> StationConfig:
    advertised = config.keys.get(_PROFILES_KEY)
    lacking = next((profile for profile in reversed(PROFILES) if profile not in config.profiles), None)
    if advertised is None or lacking is None:
        raise Impossible(f"it has no {_PROFILES_KEY}, or every profile")
    return _with_keys(config, **{_PROFILES_KEY: f"{advertised},{lacking}"})


def _profile_hidden(config: StationConfig) -> StationConfig:
    named = [name.strip() for name in config.keys.get(_PROFILES_KEY, "").split(",")]
    if len(named) < 2:
        raise Impossible(f"its {_PROFILES_KEY} names no profile but Core")
    return _with_keys(config, **{_PROFILES_KEY: ",".join(named[:-1])})


def _required_key_missing(config: StationConfig) -> StationConfig:
    if _PROFILES_KEY not in config.keys:
        raise Impossible(f"it has no {_PROFILES_KEY}")
    return _without_key(config, _PROFILES_KEY)


def _one_connector_more(config: StationConfig) -> StationConfig:
    if _CONNECTORS_KEY not in config.keys:
        raise Impossible(f"it has no {_CONNECTORS_KEY}")
    return _with_keys(config, **{_CONNECTORS_KEY: str(config.connectors + 1)})


def _with_keys(config: StationConfig, **keys: str) -> StationConfig:
    return replace(config, keys={**config.keys, **keys})


def _without_key(config: StationConfig, name: str) -> StationConfig:
    return replace(config, keys={key: value for key, value in config.keys.items() if key != name})


IDENTITY: dict[str, StationFault] = {
    "wrong-software-version": StationFault(alter=_wrong_software_version),
    "key-value-drift": StationFault(alter=_key_value_drift),
    "key-missing": StationFault(alter=_key_missing),
    "profile-advertised-not-certified": StationFault(alter=_profile_advertised),
    "profile-works-not-advertised": StationFault(alter=_profile_hidden),
    "required-key-missing": StationFault(alter=_required_key_missing),
    "number-of-connectors-wrong": StationFault(alter=_one_connector_more),
    "boot-without-vendor": station_calls(altered("BootNotification", without("chargePointVendor"))),
    "boot-serial-number-too-long": station_calls(altered("BootNotification", with_fields(chargePointSerialNumber="7" * 26))),
    "boot-with-own-field": station_calls(altered("BootNotification", with_fields(hardwareRevision="7"))),
}
