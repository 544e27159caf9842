"""Faults in the answers of a station's Core profile, and in its CALLERRORs."""

from __future__ import annotations

from dataclasses import replace

from ocpp.v16.enums import Action

from probes.faults.building import (
    UNKNOWN_TOLD_NOT_SUPPORTED,
    UNKNOWN_UNANSWERED,
    accepted_if_refused,
    after,
    answers,
    code,
    constant,
    everywhere,
    leaving_at_unknown,
    misspelled,
    refusals,
    refusing,
    rewritten,
    silence,
    status,
)
from probes.faults.making import Impossible, StationFault, station_answers
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.interception import Interception
from probes.wire.peer import Call, Reply, Result

BEYOND_SECONDS = 1.0
"""How much later than its PICS value the late answer comes."""


def _with_timeout(config: StationConfig) -> StationConfig:
    if config.response_timeout_seconds is None:
        raise Impossible("its certificate has no PICS value for the OCPP response timeout")
    return config


def _late(station: Station) -> Interception:
    delay = (station.config.response_timeout_seconds or 0) + BEYOND_SECONDS
    return Interception(replies=(answers(Action.data_transfer, after(delay)),))


def _connector_zero_accepted(call: Call, reply: Reply) -> Reply:
    return Result({"status": "Accepted"}) if call.payload.get("connectorId") == 0 else reply


def _occupied_accepted(call: Call, reply: Reply) -> Reply | None:
    return status("Rejected", "Accepted")(call, reply) if call.payload.get("connectorId") != 0 else reply


def _nothing_when_all_are_asked_for(call: Call, reply: Reply) -> Reply:
    return reply if call.payload.get("key") or not isinstance(reply, Result) else replace(reply, payload={"configurationKey": []})


ANSWERS: dict[str, StationFault] = {
    "answer-after-pics-timeout": StationFault(_late, alter=_with_timeout),
    "answer-breaks-schema": station_answers(answers(Action.data_transfer, constant({"status": "NotUnderstood"}))),
    "data-transfer-of-anybody-accepted": station_answers(answers(Action.data_transfer, status("UnknownVendorId", "Accepted"))),
    "unknown-key-not-listed": station_answers(
        answers(Action.get_configuration, rewritten(lambda payload: payload | {"unknownKey": []})),
    ),
    "unknown-key-change-accepted": station_answers(answers(Action.change_configuration, status("NotSupported", "Accepted"))),
    "invalid-value-accepted": station_answers(answers(Action.change_configuration, status("Rejected", "Accepted"))),
    "configuration-change-rejected": station_answers(answers(Action.change_configuration, status("Accepted", "Rejected"))),
    "configuration-empty": station_answers(answers(Action.get_configuration, _nothing_when_all_are_asked_for)),
    "readonly-told-as-text": station_answers(
        answers(Action.get_configuration, rewritten(lambda payload: everywhere(payload, "readonly", lambda value: str(value).lower()))),
    ),
    "key-value-told-as-number": station_answers(
        answers(
            Action.get_configuration,
            rewritten(lambda payload: everywhere(payload, "value", lambda value: int(value) if str(value).isdigit() else value)),
        )
    ),
    "accepts-connector-zero-start": station_answers(answers(Action.remote_start_transaction, _connector_zero_accepted)),
    "remote-start-told-rejected": station_answers(answers(Action.remote_start_transaction, status("Accepted", "Rejected"))),
    "remote-start-on-occupied-accepted": station_answers(answers(Action.remote_start_transaction, _occupied_accepted)),
    "stop-unknown-transaction-accepted": station_answers(answers(Action.remote_stop_transaction, status("Rejected", "Accepted"))),
    "unlock-unknown-connector-unlocked": station_answers(answers(Action.unlock_connector, status("NotSupported", "Unlocked"))),
    "unlock-told-failed": station_answers(answers(Action.unlock_connector, status("Unlocked", "UnlockFailed"))),
    "availability-scheduled-told-accepted": station_answers(answers(Action.change_availability, status("Scheduled", "Accepted"))),
    "clear-cache-told-rejected": station_answers(answers(Action.clear_cache, status("Accepted", "Rejected"))),
    "reset-told-rejected": station_answers(answers(Action.reset, status("Accepted", "Rejected"))),
    "never-answers-reset": station_answers(answers(Action.reset, silence)),
    "never-answers-get-configuration": station_answers(answers(Action.get_configuration, silence)),
    "never-answers-remote-start": station_answers(answers(Action.remote_start_transaction, silence)),
    "unlock-refused": station_answers(answers(Action.unlock_connector, refusing("NotImplemented"))),
    "unknown-action-kills-station": StationFault(lambda station: Interception(replies=(leaving_at_unknown(station),))),
    "unknown-action-unanswered": station_answers(UNKNOWN_UNANSWERED),
    "unknown-action-told-not-supported": station_answers(UNKNOWN_TOLD_NOT_SUPPORTED),
    "unsupported-action-told-internal-error": station_answers(refusals("NotSupported", code("InternalError"))),
    "wrong-type-told-internal-error": station_answers(refusals("TypeConstraintViolation", code("InternalError"))),
    "missing-field-accepted": station_answers(refusals("OccurenceConstraintViolation", accepted_if_refused)),
    "error-code-misspelled": station_answers(misspelled),
}
