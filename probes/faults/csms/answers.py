"""Faults in what a CSMS answers its stations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ocpp.v16.enums import Action

from probes.csms.csms import Csms
from probes.faults.building import (
    UNKNOWN_TOLD_NOT_SUPPORTED,
    UNKNOWN_UNANSWERED,
    Change,
    after,
    answers,
    constant,
    everywhere,
    leaving_at_unknown,
    misspelled,
    refusals,
    refusing,
    rewritten,
    silence,
    with_fields,
    without,
)
from probes.faults.making import CsmsFault, csms_answers
from probes.station.times import moment
from probes.wire.clock import ocpp_time
from probes.wire.interception import Interception, Line
from probes.wire.peer import Call, Refusal, Reply, Result

_BOOT, _HEARTBEAT, _AUTHORIZE = Action.boot_notification, Action.heartbeat, Action.authorize
_START, _STOP = Action.start_transaction, Action.stop_transaction
_LATE_SECONDS = 400.0
"""More than any response time that a certificate names."""


def _time(change: Callable[[Any], Any]) -> Change:
    return rewritten(lambda payload: dict(everywhere(payload, "currentTime", change)))


def _shifted(hours: int) -> Callable[[Any], Any]:
    def shift(text: Any) -> Any:
        told = moment(text)
        return text if told is None else ocpp_time(told + timedelta(hours=hours))

    return shift


def _seconds(text: Any) -> Any:
    told = moment(text)
    return text if told is None else int(told.timestamp())


def _tag(told: str, instead_of_it: str) -> Change:
    """An idTagInfo with another status."""

    def rewrite(payload: dict[str, Any]) -> Mapping[str, Any]:
        info = payload.get("idTagInfo") or {}
        return payload | {"idTagInfo": info | {"status": instead_of_it}} if info.get("status") == told else payload

    return rewritten(rewrite)


def _refused_if_not_accepted(_: Call, reply: Reply) -> Reply:
    if isinstance(reply, Result) and (reply.payload.get("idTagInfo") or {}).get("status") != "Accepted":
        return Refusal("InternalError", "this idTag may not charge")
    return reply


def _with_id(value: Any) -> Change:
    return rewritten(lambda payload: payload | {"transactionId": value})


def _new_id_each_time(_: Csms, __: Line) -> Interception:
    """Also the same transaction, told again, gets an id of its own."""
    numbers = itertools.count(500_000)
    return Interception(
        replies=(answers(_START, lambda call, reply: _with_id(next(numbers))(call, reply)),),
    )


def _unknown_stop_refused(csms: Csms, _: Line) -> Interception:
    def refuse(call: Call, reply: Reply) -> Reply:
        known = any(call.payload.get("transactionId") in state.transactions for state in csms.states)
        return reply if known else Refusal("InternalError", "there is no such transaction")

    return Interception(replies=(answers(_STOP, refuse),))


def _hangs_up_after_boot(_: Csms, line: Line) -> Interception:
    def leave(__: Call, reply: Reply) -> Reply:
        line.spawn(line.go_away(1000, ""))
        return reply

    return Interception(replies=(answers(_BOOT, leave),))


ANSWERS: dict[str, CsmsFault] = {
    # --- registration and clock
    "boot-never-answered": csms_answers(answers(_BOOT, silence)),
    "boot-always-pending": csms_answers(answers(_BOOT, rewritten(with_fields(status="Pending")))),
    "boot-status-misspelled": csms_answers(answers(_BOOT, rewritten(with_fields(status="accepted")))),
    "boot-interval-negative": csms_answers(answers(_BOOT, rewritten(with_fields(interval=-1)))),
    "boot-interval-as-text": csms_answers(answers(_BOOT, rewritten(lambda payload: payload | {"interval": str(payload["interval"])}))),
    "boot-without-time": csms_answers(answers(_BOOT, rewritten(without("currentTime")))),
    "boot-time-in-1970": csms_answers(answers(_BOOT, _time(lambda _: "1970-01-01T00:00:07Z"))),
    "boot-time-as-number": csms_answers(answers(_BOOT, _time(_seconds))),
    "hangs-up-after-boot": CsmsFault(_hangs_up_after_boot),
    "heartbeat-never-answered": csms_answers(answers(_HEARTBEAT, silence)),
    "heartbeat-refused": csms_answers(answers(_HEARTBEAT, refusing("NotImplemented"))),
    "heartbeat-time-seven-hours-off": csms_answers(answers(_HEARTBEAT, _time(_shifted(-7)))),
    "heartbeat-time-without-offset": csms_answers(answers(_HEARTBEAT, _time(lambda text: str(_shifted(2)(text)).removesuffix("Z")))),
    # --- authorisation
    "authorize-answered-late": csms_answers(answers(_AUTHORIZE, after(_LATE_SECONDS))),
    "authorize-never-answered": csms_answers(answers(_AUTHORIZE, silence)),
    "authorize-unknown-accepted": csms_answers(answers(_AUTHORIZE, _tag("Invalid", "Accepted"))),
    "authorize-blocked-accepted": csms_answers(answers(_AUTHORIZE, _tag("Blocked", "Accepted"))),
    "authorize-expired-told-blocked": csms_answers(answers(_AUTHORIZE, _tag("Expired", "Blocked"))),
    "authorize-status-misspelled": csms_answers(answers(_AUTHORIZE, _tag("Accepted", "ACCEPTED"))),
    "authorize-without-info": csms_answers(answers(_AUTHORIZE, constant({}))),
    "authorize-refused-for-invalid": csms_answers(answers(_AUTHORIZE, _refused_if_not_accepted)),
    # --- transactions
    "transaction-id-always-one": csms_answers(answers(_START, _with_id(1))),
    "transaction-id-as-text": csms_answers(answers(_START, rewritten(lambda told: told | {"transactionId": str(told["transactionId"])}))),
    "transaction-id-missing": csms_answers(answers(_START, rewritten(without("transactionId")))),
    "start-refused-for-invalid": csms_answers(answers(_START, _refused_if_not_accepted)),
    "start-of-invalid-accepted": csms_answers(answers(_START, _tag("Invalid", "Accepted"))),
    "start-concurrent-accepted": csms_answers(answers(_START, _tag("ConcurrentTx", "Accepted"))),
    "start-never-answered": csms_answers(answers(_START, silence)),
    "start-told-again-is-doubled": CsmsFault(_new_id_each_time),
    "stop-refused": csms_answers(answers(_STOP, refusing("InternalError"))),
    "stop-of-unknown-refused": CsmsFault(_unknown_stop_refused),
    "stop-never-answered": csms_answers(answers(_STOP, silence)),
    "stop-answer-without-tag": csms_answers(answers(_STOP, rewritten(lambda told: told | {"idTagInfo": {}}))),
    "values-refused": csms_answers(answers(Action.meter_values, refusing("NotSupported"))),
    "values-never-answered": csms_answers(answers(Action.meter_values, silence)),
    # --- notifications
    "status-never-answered": csms_answers(answers(Action.status_notification, silence)),
    "status-answer-with-own-field": csms_answers(answers(Action.status_notification, rewritten(with_fields(received=True)))),
    "data-transfer-of-anybody-told-accepted": csms_answers(answers(Action.data_transfer, constant({"status": "Accepted"}))),
    "data-transfer-refused": csms_answers(answers(Action.data_transfer, refusing("NotImplemented"))),
    "firmware-status-refused": csms_answers(answers(Action.firmware_status_notification, refusing("NotImplemented"))),
    "diagnostics-status-never-answered": csms_answers(answers(Action.diagnostics_status_notification, silence)),
    "security-event-refused": csms_answers(answers(Action.security_event_notification, refusing("NotImplemented"))),
    "log-status-never-answered": csms_answers(answers(Action.log_status_notification, silence)),
    "signed-firmware-status-refused": csms_answers(answers(Action.signed_firmware_status_notification, refusing("NotSupported"))),
    "sign-certificate-never-answered": csms_answers(answers(Action.sign_certificate, silence)),
    # --- what is not understood
    "unknown-message-kills-connection": CsmsFault(lambda _, line: Interception(replies=(leaving_at_unknown(line),))),
    "unknown-message-unanswered": csms_answers(UNKNOWN_UNANSWERED),
    "unknown-message-told-not-supported": csms_answers(UNKNOWN_TOLD_NOT_SUPPORTED),
    "wrong-type-taken": csms_answers(
        refusals("TypeConstraintViolation", lambda _, __: Result({})),
    ),
    "refusal-code-misspelled": csms_answers(misspelled),
}
