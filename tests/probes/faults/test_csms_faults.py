"""Every fault of a CSMS is seen on the wire by a station, and without it the same scene shows nothing of the kind."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from probes.csms.csms import Csms
from probes.faults import fault_catalogue, faulty_csms
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.records import Direction
from probes.wire.schemas import violations
from probes.wire.security import ServerSecurity
from tests.probes.faults import csms_scenes as scenes
from tests.probes.faults.rig import Scenario, Talk, rig
from tests.probes.faults.test_tls_faults import OF_CSMS


class Sight(NamedTuple):
    """In which scene a fault is seen, and how."""

    scene: Scenario
    seen: Callable[[Talk], bool]


def silent(action: str) -> Callable[[Talk], bool]:
    """Told and not answered."""
    return lambda talk: bool(talk.heard(action)) and not talk.answers(action)


def answer_broken(action: str) -> Callable[[Talk], bool]:
    """Whether an answer breaks its schema."""
    return lambda talk: any(isinstance(answer, dict) and violations(action, True, answer) for answer in talk.answers(action))


def broken(action: str) -> Callable[[Talk], bool]:
    """Whether a call of the CSMS breaks its schema."""
    return lambda talk: any(violations(action, False, payload) for payload in talk.said(action))


def refused(action: str, number: int = 0) -> Callable[[Talk], bool]:
    """Answered with a CALLERROR."""
    return lambda talk: isinstance(talk.answers(action)[number], str)


def tag(talk: Talk, action: str, number: int) -> str | None:
    """The status of the idTagInfo in an answer, None where there is none."""
    answer = talk.answers(action)[number]
    info = answer.get("idTagInfo") if isinstance(answer, dict) else None
    return info.get("status") if isinstance(info, dict) else None


def ids(talk: Talk) -> list[Any]:
    return [answer.get("transactionId") for answer in talk.answers("StartTransaction") if isinstance(answer, dict)]


def time(talk: Talk, action: str) -> str:
    return str(talk.answers(action)[-1]["currentTime"])


def status(talk: Talk, action: str) -> Any:
    answer = talk.answers(action)[0]
    return answer.get("status") if isinstance(answer, dict) else None


def odd(talk: Talk, message_id: str) -> str | None:
    """What the odd message with this id was answered with: an error code, or an empty text for a result."""
    for frame in talk.frames:
        if frame.message_id == message_id and frame.direction is Direction.FROM_CSMS:
            told = json.loads(frame.raw)[2]
            return told if isinstance(told, str) else ""
    return None


def problem(words: str) -> Callable[[Talk], bool]:
    return lambda talk: any(words in each for each in talk.problems)


def said(action: str, **fields: Any) -> Callable[[Talk], bool]:
    return lambda talk: bool(talk.said(action, **fields))


def first_period(talk: Talk) -> int:
    return int(talk.said("SetChargingProfile")[0]["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["startPeriod"])


def profile_on(purpose: str, connector: int) -> Callable[[Talk], bool]:
    """Whether a profile of this purpose was set on this connector."""
    return lambda talk: any(
        told["csChargingProfiles"]["chargingProfilePurpose"] == purpose for told in talk.said("SetChargingProfile", connectorId=connector)
    )


def doubled_frames(talk: Talk) -> bool:
    answers = [frame.raw for frame in talk.frames if frame.direction is Direction.FROM_CSMS and frame.message_type == "CALLRESULT"]
    return len(answers) > len(set(answers))


def unasked(talk: Talk) -> bool:
    """An answer with the id of no call."""
    asked = {frame.message_id for frame in talk.frames if frame.direction is Direction.FROM_STATION}
    own = [frame for frame in talk.frames if frame.direction is Direction.FROM_CSMS and frame.message_type == "CALLRESULT"]
    return any(frame.message_id not in asked for frame in own)


def versions(talk: Talk) -> list[int]:
    return [told["listVersion"] for told in talk.said("SendLocalList")]


SIGHTS: dict[str, Sight] = {
    # --- registration and clock
    "boot-never-answered": Sight(scenes.boot, silent("BootNotification")),
    "boot-always-pending": Sight(scenes.boot, lambda t: status(t, "BootNotification") == "Pending"),
    "boot-status-misspelled": Sight(scenes.boot, answer_broken("BootNotification")),
    "boot-interval-negative": Sight(scenes.boot, lambda t: t.answers("BootNotification")[0]["interval"] < 0),
    "boot-interval-as-text": Sight(scenes.boot, answer_broken("BootNotification")),
    "boot-without-time": Sight(scenes.boot, answer_broken("BootNotification")),
    "boot-time-in-1970": Sight(scenes.boot, lambda t: time(t, "BootNotification").startswith("1970")),
    "boot-time-as-number": Sight(scenes.boot, answer_broken("BootNotification")),
    "hangs-up-after-boot": Sight(scenes.boot, lambda t: t.closes > 0),
    "heartbeat-never-answered": Sight(scenes.boot, silent("Heartbeat")),
    "heartbeat-refused": Sight(scenes.boot, refused("Heartbeat")),
    "heartbeat-time-seven-hours-off": Sight(scenes.boot, lambda t: not time(t, "Heartbeat").startswith("2026-01-01T00:05")),
    "heartbeat-time-without-offset": Sight(scenes.boot, lambda t: not time(t, "Heartbeat").endswith("Z")),
    # --- authorisation
    "authorize-answered-late": Sight(scenes.tags, lambda t: max(t.delays("Authorize")) > 300),
    "authorize-never-answered": Sight(scenes.tags, silent("Authorize")),
    "authorize-unknown-accepted": Sight(scenes.tags, lambda t: tag(t, "Authorize", 1) == "Accepted"),
    "authorize-blocked-accepted": Sight(scenes.tags, lambda t: tag(t, "Authorize", 2) == "Accepted"),
    "authorize-expired-told-blocked": Sight(scenes.tags, lambda t: tag(t, "Authorize", 3) == "Blocked"),
    "authorize-status-misspelled": Sight(scenes.tags, answer_broken("Authorize")),
    "authorize-without-info": Sight(scenes.tags, answer_broken("Authorize")),
    "authorize-refused-for-invalid": Sight(scenes.tags, refused("Authorize", 1)),
    # --- transactions
    "transaction-id-always-one": Sight(scenes.transactions, lambda t: set(ids(t)) == {1}),
    "transaction-id-as-text": Sight(scenes.transactions, answer_broken("StartTransaction")),
    "transaction-id-missing": Sight(scenes.transactions, lambda t: None in ids(t)),
    "start-refused-for-invalid": Sight(scenes.transactions, refused("StartTransaction", 2)),
    "start-of-invalid-accepted": Sight(scenes.transactions, lambda t: tag(t, "StartTransaction", 2) == "Accepted"),
    "start-concurrent-accepted": Sight(scenes.transactions, lambda t: tag(t, "StartTransaction", 4) == "Accepted"),
    "start-never-answered": Sight(scenes.transactions, silent("StartTransaction")),
    "start-told-again-is-doubled": Sight(scenes.transactions, lambda t: ids(t)[0] != ids(t)[1]),
    "stop-refused": Sight(scenes.transactions, refused("StopTransaction", 0)),
    "stop-of-unknown-refused": Sight(scenes.transactions, refused("StopTransaction", 1)),
    "stop-never-answered": Sight(scenes.transactions, silent("StopTransaction")),
    "stop-answer-without-tag": Sight(scenes.transactions, answer_broken("StopTransaction")),
    "values-refused": Sight(scenes.transactions, refused("MeterValues")),
    "values-never-answered": Sight(scenes.transactions, silent("MeterValues")),
    # --- notifications
    "status-never-answered": Sight(scenes.notifications, silent("StatusNotification")),
    "status-answer-with-own-field": Sight(scenes.notifications, answer_broken("StatusNotification")),
    "data-transfer-of-anybody-told-accepted": Sight(scenes.notifications, lambda t: status(t, "DataTransfer") == "Accepted"),
    "data-transfer-refused": Sight(scenes.notifications, refused("DataTransfer")),
    "firmware-status-refused": Sight(scenes.notifications, refused("FirmwareStatusNotification")),
    "diagnostics-status-never-answered": Sight(scenes.notifications, silent("DiagnosticsStatusNotification")),
    "security-event-refused": Sight(scenes.notifications, refused("SecurityEventNotification")),
    "log-status-never-answered": Sight(scenes.notifications, silent("LogStatusNotification")),
    "signed-firmware-status-refused": Sight(scenes.notifications, refused("SignedFirmwareStatusNotification")),
    "sign-certificate-never-answered": Sight(scenes.notifications, silent("SignCertificate")),
    # --- what is not understood
    "unknown-message-kills-connection": Sight(scenes.notifications, lambda t: t.closes > 0),
    "unknown-message-unanswered": Sight(scenes.notifications, lambda t: odd(t, "odd-1") is None),
    "unknown-message-told-not-supported": Sight(scenes.notifications, lambda t: odd(t, "odd-1") == "NotSupported"),
    "malformed-message-told-internal-error": Sight(scenes.notifications, lambda t: odd(t, "odd-2") == "InternalError"),
    "wrong-type-taken": Sight(scenes.notifications, lambda t: odd(t, "odd-3") == ""),
    "refusal-code-misspelled": Sight(scenes.notifications, lambda t: odd(t, "odd-1") == "NotImplementedError"),
    # --- frames
    "reply-with-wrong-id": Sight(scenes.boot, unasked),
    "reply-with-number-as-id": Sight(scenes.boot, problem("number instead of a string")),
    "reply-twice": Sight(scenes.boot, doubled_frames),
    "reply-without-payload": Sight(scenes.boot, problem("2 elements where a CALLRESULT has 3")),
    "reply-to-nothing": Sight(scenes.boot, unasked),
    "error-reply-without-details": Sight(scenes.notifications, problem("3 elements where a CALLERROR has 5")),
    "request-id-too-long": Sight(scenes.core, problem("36 are allowed")),
    "request-id-as-number": Sight(scenes.core, problem("number instead of a string")),
    "request-type-as-text": Sight(scenes.core, problem("none of the message type numbers")),
    "request-is-no-json": Sight(scenes.core, problem("not JSON")),
    "requests-two-at-once": Sight(scenes.core, lambda t: len(t.said("GetConfiguration")) > 1),
    # --- operations of Core
    "resets-whoever-registers": Sight(scenes.boot, said("Reset")),
    "remote-start-without-tag": Sight(scenes.core, broken("RemoteStartTransaction")),
    "remote-start-on-connector-zero": Sight(scenes.core, said("RemoteStartTransaction", connectorId=0)),
    "remote-start-sent-twice": Sight(scenes.core, lambda t: len(t.said("RemoteStartTransaction")) > 1),
    "remote-stop-of-wrong-transaction": Sight(scenes.core, said("RemoteStopTransaction", transactionId=8)),
    "remote-stop-id-as-text": Sight(scenes.core, broken("RemoteStopTransaction")),
    "reset-type-misspelled": Sight(scenes.core, broken("Reset")),
    "unlock-of-connector-zero": Sight(scenes.core, said("UnlockConnector", connectorId=0)),
    "availability-type-misspelled": Sight(scenes.core, broken("ChangeAvailability")),
    "configuration-keys-as-text": Sight(scenes.core, broken("GetConfiguration")),
    "configuration-value-as-number": Sight(scenes.core, broken("ChangeConfiguration")),
    # --- operations of the other profiles
    "local-list-version-not-raised": Sight(scenes.lists, lambda t: versions(t)[1] <= versions(t)[0]),
    "local-list-version-negative": Sight(scenes.lists, lambda t: versions(t)[0] < 0),
    "local-list-always-full": Sight(scenes.lists, lambda t: t.said("SendLocalList")[1]["updateType"] == "Full"),
    "local-list-entries-without-status": Sight(scenes.lists, broken("SendLocalList")),
    "reserve-until-the-past": Sight(scenes.reservations, lambda t: t.said("ReserveNow")[0]["expiryDate"] < "2026"),
    "reserve-expiry-without-offset": Sight(scenes.reservations, lambda t: not t.said("ReserveNow")[0]["expiryDate"].endswith("Z")),
    "reserve-without-tag": Sight(scenes.reservations, broken("ReserveNow")),
    "cancels-wrong-reservation": Sight(scenes.reservations, said("CancelReservation", reservationId=12)),
    "charging-profile-first-period-late": Sight(scenes.smart, lambda t: first_period(t) != 0),
    "charging-profile-without-unit": Sight(scenes.smart, broken("SetChargingProfile")),
    "charging-profile-unit-misspelled": Sight(scenes.smart, broken("SetChargingProfile")),
    "tx-profile-for-whole-station": Sight(scenes.smart, profile_on("TxProfile", 0)),
    "station-profile-for-one-connector": Sight(scenes.smart, profile_on("ChargePointMaxProfile", 1)),
    "clears-wrong-profile": Sight(scenes.smart, said("ClearChargingProfile", id=2)),
    "composite-schedule-unit-misspelled": Sight(scenes.smart, broken("GetCompositeSchedule")),
    "update-firmware-without-date": Sight(scenes.files, broken("UpdateFirmware")),
    "update-firmware-date-without-offset": Sight(scenes.files, lambda t: not t.said("UpdateFirmware")[0]["retrieveDate"].endswith("Z")),
    "get-diagnostics-without-location": Sight(scenes.files, broken("GetDiagnostics")),
    "trigger-misspelled": Sight(scenes.files, broken("TriggerMessage")),
    "trigger-of-connector-as-text": Sight(scenes.files, broken("TriggerMessage")),
    # --- security
    "password-told-in-data-transfer": Sight(scenes.security, said("DataTransfer")),
    "get-log-without-request-id": Sight(scenes.security, broken("GetLog")),
    "certificate-kind-misspelled": Sight(scenes.security, broken("InstallCertificate")),
}


async def knock(faults: tuple[str, ...], password: str, subprotocol: str = "ocpp1.6") -> int | str | None:
    """What comes of a handshake with security profile 1: the sub-protocol that is agreed on, or the HTTP status."""
    guarded = ServerSecurity(1, PasswordFile({"CP1": hash_password("0123456789abcdef")}))
    faulty = faulty_csms(faults)
    async with Csms(security=guarded, misbehave=faulty.misbehave, at_door=faulty.at_door) as csms:
        shown = {"Authorization": "Basic " + b64encode(f"CP1:{password}".encode()).decode()}
        try:
            async with connect(f"{csms.url}/CP1", subprotocols=[Subprotocol(subprotocol)], additional_headers=shown, proxy=None) as socket:
                return socket.subprotocol
        except InvalidStatus as refused:
            return refused.response.status_code


RIGHT, WRONG = "0123456789abcdef", "fedcba9876543210"
DOORS: dict[str, tuple[tuple[str, str], int | str | None, int | str | None]] = {
    "anybody-let-in": ((WRONG, "ocpp1.6"), "ocpp1.6", 401),
    "wrong-password-told-not-found": ((WRONG, "ocpp1.6"), 404, 401),
    "any-subprotocol-agreed": ((RIGHT, "ocpp0.1"), "ocpp0.1", None),
}
"""Of faults at the door: what is shown there, what comes of it with the fault, and what without."""


@pytest.mark.parametrize("fault", DOORS)
async def test_the_fault_at_the_door_is_seen_and_only_with_it(fault: str) -> None:
    shown, faulty, right = DOORS[fault]
    assert (await knock((fault,), *shown), await knock((), *shown)) == (faulty, right)
    assert await knock((fault,), RIGHT) == "ocpp1.6"


async def played(sight: Sight, *faults: str) -> Talk:
    """What the station has in its transcript after the scene."""
    async with rig(csms_faults=faults) as both:
        await sight.scene(both)
        return Talk(both.station.transcript.records, Direction.FROM_CSMS)


CLEAN: dict[Scenario, Talk] = {}
"""What a scene shows without a fault; it is the same each time, so it is played once."""


@pytest.mark.parametrize("fault", SIGHTS)
async def test_the_fault_is_seen_and_only_with_it(fault: str) -> None:
    sight = SIGHTS[fault]
    assert sight.seen(await played(sight, fault))
    if sight.scene not in CLEAN:
        CLEAN[sight.scene] = await played(sight)
    assert not sight.seen(CLEAN[sight.scene])


def test_every_fault_of_a_csms_is_looked_for() -> None:
    assert set(SIGHTS) | set(DOORS) | set(OF_CSMS) == {fault.name for fault in fault_catalogue() if fault.role == "CSMS"}
