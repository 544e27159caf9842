"""Faults of a station in the security extension, and secrets in clear."""

from __future__ import annotations

from dataclasses import replace

from ocpp.v16.enums import Action

from probes.faults.building import altered, answers, followed, rewritten
from probes.faults.making import Impossible, StationFault, station_answers
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.interception import Interception
from probes.wire.peer import Call, Reply, Result

PASSWORD_KEY = "AuthorizationKey"  # noqa: S105 - the name of the key, not what it holds


def _with_password(config: StationConfig) -> StationConfig:
    if PASSWORD_KEY not in config.keys:
        raise Impossible(f"it has no {PASSWORD_KEY}")
    return config


def _password_readable(station: Station) -> Interception:
    """The key that can only be written is read like any other."""

    def reveal(call: Call, reply: Reply) -> Reply:
        asked = call.payload.get("key") or [PASSWORD_KEY]
        if not isinstance(reply, Result) or PASSWORD_KEY not in asked:
            return reply
        entry = {"key": PASSWORD_KEY, "readonly": False, "value": station.configuration.text(PASSWORD_KEY)}
        unknown = [name for name in reply.payload.get("unknownKey") or [] if name != PASSWORD_KEY]
        shown = reply.payload | {"configurationKey": [*reply.payload.get("configurationKey", []), entry], "unknownKey": unknown}
        return replace(reply, payload=shown)

    return Interception(replies=(answers(Action.get_configuration, reveal),))


def _password_at_boot(station: Station) -> Interception:
    def reveal(payload: dict[str, object]) -> dict[str, object]:
        return payload | {"chargeBoxSerialNumber": station.configuration.text(PASSWORD_KEY)[:25]}

    return Interception(calls=(altered("BootNotification", reveal),))


def _password_in_data(station: Station) -> Interception:
    def data(_: object) -> dict[str, str]:
        return {"vendorId": "diagnostics", "data": f"password={station.configuration.text(PASSWORD_KEY)}"}

    return Interception(calls=(followed("BootNotification", "DataTransfer", data),))


SECURITY: dict[str, StationFault] = {
    "password-readable": StationFault(_password_readable, alter=_with_password, anywhere=True),
    "password-at-boot": StationFault(_password_at_boot, alter=_with_password, anywhere=True),
    "password-in-data-transfer": StationFault(_password_in_data, alter=_with_password, anywhere=True),
    "password-change-told-not-supported": replace(
        station_answers(
            answers(
                Action.change_configuration,
                lambda call, reply: (
                    rewritten(lambda _: {"status": "NotSupported"})(call, reply) if call.payload.get("key") == PASSWORD_KEY else reply
                ),
            )
        ),
        alter=_with_password,
        anywhere=True,
    ),
}
