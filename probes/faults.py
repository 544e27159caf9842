"""Named ways to misbehave: each fault breaks one thing, so that an audit can be asked whether it reports that thing and no other.

What a fault does is told in data/ocpp16/faults.json; how, here. A fault changes what the station is (`alter`) or what it answers
(`reply`), from outside: nothing in the station knows of faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ocpp.v16.enums import Action

from probes.station.catalogue import standard_keys
from probes.station.config import PROFILES, StationConfig
from probes.wire.peer import Call, Refusal, Reply, ReplyFilter, Result
from registry.errors import CannotBegin

CATALOGUE = Path(__file__).resolve().parents[1] / "data" / "ocpp16" / "faults.json"

DRIFTING_KEY = "ConnectionTimeOut"
"""A key whose value can be another one without the station behaving differently while nobody charges."""

BEYOND_SECONDS = 1.0
"""How much later than its PICS value the late answer comes."""

_PROFILES_KEY = "SupportedFeatureProfiles"


@dataclass(frozen=True)
class FaultEntry:
    """One line of the catalogue. `breaks` names clauses, test cases or parts of the certificate."""

    name: str
    role: str
    profile: str
    does: str
    breaks: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """How one fault is made: `alter` gives the station that has it, `reply` the filter of its answers; either may be missing."""

    alter: Callable[[StationConfig], StationConfig] = field(default=lambda config: config)
    reply: Callable[[StationConfig], ReplyFilter] | None = None


@dataclass(frozen=True)
class FaultyStation:
    """A station's configuration and the filters over its answers, all chosen faults applied."""

    config: StationConfig
    reply_filters: tuple[ReplyFilter, ...]


@cache
def fault_catalogue() -> tuple[FaultEntry, ...]:
    """All faults, in the order of the catalogue."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["faults"]
    return tuple(FaultEntry(e["name"], e["role"], e["profile"], e["does"], tuple(e["breaks"])) for e in entries)


def with_faults(config: StationConfig, names: Sequence[str]) -> FaultyStation:
    """The station with these faults. Raises `CannotBegin` for an unknown name, and for a fault that this station cannot have."""
    filters: list[ReplyFilter] = []
    for name in names:
        fault = FAULTS.get(name)
        if fault is None:
            raise CannotBegin(f"{name!r}: there is no such fault; `--fault list` lists them")
        try:
            config = fault.alter(config)
            if fault.reply:
                filters.append(fault.reply(config))
        except _Impossible as problem:
            raise CannotBegin(f"{name}: this station cannot have that fault: {problem}") from problem
    return FaultyStation(config, tuple(filters))


class _Impossible(Exception):
    """What the fault needs, the station does not have."""


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
            return replace(config, keys={**config.keys, name: str(int(value) + 1)})
    raise _Impossible("it has no writable key with a number")


def _key_missing(config: StationConfig) -> StationConfig:
    """The first optional key goes; keys that others depend on stay."""
    for name in config.keys:
        standard = standard_keys().get(name)
        if standard and not standard.required and standard.profile == "Core":
            return replace(config, keys={key: value for key, value in config.keys.items() if key != name})
    raise _Impossible("it has no optional key")


def _profile_advertised(config: StationConfig) -> StationConfig:
    advertised = config.keys.get(_PROFILES_KEY)
    lacking = next((profile for profile in reversed(PROFILES) if profile not in config.profiles), None)
    if advertised is None or lacking is None:
        raise _Impossible(f"it has no {_PROFILES_KEY}, or every profile")
    return replace(config, keys={**config.keys, _PROFILES_KEY: f"{advertised},{lacking}"})


def _late(config: StationConfig) -> ReplyFilter:
    if config.response_timeout_seconds is None:
        raise _Impossible("its certificate has no PICS value for the OCPP response timeout")
    delay = config.response_timeout_seconds + BEYOND_SECONDS
    return lambda call, reply: replace(reply, delay=delay) if call.action == Action.data_transfer else reply


Changer = Callable[[Call, Reply], Reply | None]


def _on(action: str, change: Changer, *, profile: str | None = None) -> Fault:
    """A fault in the answers to one action; with `profile` only a station that has this profile can have it."""

    def having(config: StationConfig) -> StationConfig:
        if profile is not None and profile not in config.profiles:
            raise _Impossible(f"it does not have the profile {profile}")
        return config

    def wrong(call: Call, reply: Reply) -> Reply | None:
        return change(call, reply) if call.action == action else reply

    return Fault(having, lambda _: wrong)


def _always(payload: dict[str, Any]) -> Changer:
    return lambda _, __: Result(payload)


def _instead_of(status: str, other: str) -> Changer:
    """A status that is told where another belongs; every other answer stays."""

    def change(_: Call, reply: Reply) -> Reply:
        if isinstance(reply, Result) and reply.payload.get("status") == status:
            return replace(reply, payload={**reply.payload, "status": other})
        return reply

    return change


def _silence(_: Call, __: Reply) -> None:
    return None


def _without_unknown_keys(_: Call, reply: Reply) -> Reply:
    if isinstance(reply, Result):
        return replace(reply, payload={**reply.payload, "unknownKey": []})
    return reply


def _not_supported(call: Call, _: Reply) -> Reply:
    return Refusal("NotSupported", f"{call.action} is not supported here")


def _refusal_accepted(_: Call, reply: Reply) -> Reply:
    return Result({"status": "Accepted"}) if isinstance(reply, Refusal) else reply


def _with_schedule(reply: Reply, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
    """The answer with its charging schedule changed, where it has one."""
    schedule = reply.payload.get("chargingSchedule") if isinstance(reply, Result) else None
    if not isinstance(reply, Result) or schedule is None:
        return reply
    return replace(reply, payload={**reply.payload, "chargingSchedule": {**schedule, **change(schedule)}})


def _other_unit(_: Call, reply: Reply) -> Reply:
    return _with_schedule(reply, lambda schedule: {"chargingRateUnit": "W" if schedule["chargingRateUnit"] == "A" else "A"})


def _late_first_period(_: Call, reply: Reply) -> Reply:
    def shifted(schedule: dict[str, Any]) -> dict[str, Any]:
        first, *others = schedule["chargingSchedulePeriod"]
        return {"chargingSchedulePeriod": [{**first, "startPeriod": 1}, *others]}

    return _with_schedule(reply, shifted)


def _connector_zero_accepted(call: Call, reply: Reply) -> Reply:
    return Result({"status": "Accepted"}) if call.payload.get("connectorId") == 0 else reply


_FIRMWARE = "FirmwareManagement"
_SMART = "SmartCharging"
_LIST = "LocalAuthListManagement"

FAULTS: dict[str, Fault] = {
    "wrong-software-version": Fault(alter=_wrong_software_version),
    "key-value-drift": Fault(alter=_key_value_drift),
    "key-missing": Fault(alter=_key_missing),
    "profile-advertised-not-certified": Fault(alter=_profile_advertised),
    "answer-after-pics-timeout": Fault(reply=_late),
    "answer-breaks-schema": _on(Action.data_transfer, _always({"status": "NotUnderstood"})),
    "unknown-key-not-listed": _on(Action.get_configuration, _without_unknown_keys),
    "unknown-key-change-accepted": _on(Action.change_configuration, _instead_of("NotSupported", "Accepted")),
    "accepts-connector-zero-start": _on(Action.remote_start_transaction, _connector_zero_accepted),
    "stop-unknown-transaction-accepted": _on(Action.remote_stop_transaction, _instead_of("Rejected", "Accepted")),
    "unlock-unknown-connector-unlocked": _on(Action.unlock_connector, _instead_of("NotSupported", "Unlocked")),
    "unsupported-profile-accepted": _on(Action.reserve_now, _always({"status": "Accepted"})),
    "local-list-older-version-accepted": _on(Action.send_local_list, _instead_of("VersionMismatch", "Accepted"), profile=_LIST),
    "local-list-update-fails": _on(Action.send_local_list, _instead_of("Accepted", "Failed"), profile=_LIST),
    "local-list-version-stuck": _on(Action.get_local_list_version, _always({"listVersion": 1}), profile=_LIST),
    "never-answers-send-local-list": _on(Action.send_local_list, _silence, profile=_LIST),
    "reservation-accepted-when-occupied": _on(Action.reserve_now, _instead_of("Occupied", "Accepted"), profile="Reservation"),
    "reservation-unavailable-rejected": _on(Action.reserve_now, _instead_of("Unavailable", "Rejected"), profile="Reservation"),
    "reservation-always-rejected": _on(Action.reserve_now, _instead_of("Accepted", "Rejected"), profile="Reservation"),
    "cancel-unknown-reservation-accepted": _on(Action.cancel_reservation, _instead_of("Rejected", "Accepted"), profile="Reservation"),
    "never-answers-reserve-now": _on(Action.reserve_now, _silence, profile="Reservation"),
    "charging-profile-rejected": _on(Action.set_charging_profile, _instead_of("Accepted", "Rejected"), profile=_SMART),
    "tx-profile-without-transaction-accepted": _on(Action.set_charging_profile, _instead_of("Rejected", "Accepted"), profile=_SMART),
    "profile-for-unknown-connector-accepted": _on(Action.set_charging_profile, _refusal_accepted, profile=_SMART),
    "clear-unknown-profile-accepted": _on(Action.clear_charging_profile, _instead_of("Unknown", "Accepted"), profile=_SMART),
    "composite-schedule-in-wrong-unit": _on(Action.get_composite_schedule, _other_unit, profile=_SMART),
    "composite-schedule-missing": _on(Action.get_composite_schedule, _always({"status": "Accepted"}), profile=_SMART),
    "composite-schedule-first-period-late": _on(Action.get_composite_schedule, _late_first_period, profile=_SMART),
    "never-answers-get-composite-schedule": _on(Action.get_composite_schedule, _silence, profile=_SMART),
    "diagnostics-without-file-name": _on(Action.get_diagnostics, _always({}), profile=_FIRMWARE),
    "get-diagnostics-refused": _on(Action.get_diagnostics, _not_supported, profile=_FIRMWARE),
    "update-firmware-refused": _on(Action.update_firmware, _not_supported, profile=_FIRMWARE),
    "never-answers-update-firmware": _on(Action.update_firmware, _silence, profile=_FIRMWARE),
    "trigger-unknown-connector-accepted": _on(Action.trigger_message, _instead_of("Rejected", "Accepted"), profile="RemoteTrigger"),
    "trigger-not-implemented-rejected": _on(Action.trigger_message, _instead_of("NotImplemented", "Rejected"), profile="RemoteTrigger"),
    "never-answers-trigger-message": _on(Action.trigger_message, _silence, profile="RemoteTrigger"),
    "never-answers-get-configuration": _on(Action.get_configuration, _silence),
}
"""Every fault of the catalogue, by its name."""
