"""The charging station as a case sees it: requests by name, and what is known of it by now.

Every method sends one request and gives its answer; that nothing came back is an exception, so that a case reads like its test
description. What an answer is worth is the judge's business, never that of the case.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ocpp.v16.enums import AuthorizationStatus

from probes.csms.csms import StationLink
from probes.csms.state import IdTags
from probes.judge.certified import Certified
from probes.judge.frames import read
from probes.judge.shadow import Follower, Shadow
from probes.wire.clock import Clock, ocpp_time
from probes.wire.peer import Answer
from probes.wire.records import Direction, Frame, Record
from probes.wire.transcript import Transcript

PROBE_ID_TAG = "OCPPREGISTRYPROBE"
"""The idTag of every request of an audit; the CSMS of an audit says that it is invalid, so that nothing is ever charged on it."""


@dataclass(frozen=True)
class Patience:
    """How long a station is waited for, in seconds.

    `answer`: a call's answer. `status`: connectors that were not heard of yet. `start`: a transaction that a station accepted against
    the rules, in order to stop it, and its end.
    """

    answer: float
    status: float = 10.0
    start: float = 10.0


def audit_id_tags() -> IdTags:
    """The idTags of a CSMS that audits: everybody may charge, the audit's own tag may not."""
    return IdTags(known={PROBE_ID_TAG: AuthorizationStatus.invalid})


class NotExercised(Exception):
    """What the case needs is not given, or it would not be safe now; the message says which."""


class NotApplicable(Exception):
    """The case is not about such a product; the message cites why."""


class NoAnswer(Exception):
    """A request was not answered in time; the message says which and how long was waited."""


class Gone(Exception):
    """The station went away."""


@dataclass
class AuditedStation:
    """One charging station under audit, over one connection. `changed` collects what had to be undone, or could not be.

    What is known of it comes from the records after number `began`; what was read from it before record `since` no longer counts.
    """

    link: StationLink
    certified: Certified
    clock: Clock
    patience: Patience
    began: int = 0
    since: int = 0
    changed: list[str] = field(default_factory=list)
    unanswered_in_a_row: int = 0
    waited_for_status: bool = False
    _follower: Follower = field(default_factory=Follower)
    _followed: int = -1

    @property
    def transcript(self) -> Transcript:
        """Everything that passed so far."""
        return self.link.transcript

    @property
    def shadow(self) -> Shadow:
        """What is known of the station now, from this audit's part of its transcript."""
        for record in self.transcript.since(max(self.began, self._followed)):
            if self._followed < self.since <= record.seq:
                self._follower.forget_readings()
            self._follower.add(record)
            self._followed = record.seq
        return self._follower.shadow

    async def request(self, action: str, payload: dict[str, Any]) -> Answer:
        """Send one request; `NoAnswer` and `Gone` say that there was no answer."""
        answer = await self.link.peer.request(action, payload, self.patience.answer)
        if answer.kind == "closed":
            raise Gone(f"the station closed the connection before it answered {action}")
        if answer.kind == "timeout":
            self.unanswered_in_a_row += 1
            raise NoAnswer(f"no answer to {action} within {self.patience.answer:g} s (frame {answer.request_seq})")
        self.unanswered_in_a_row = 0
        return answer

    # --- requests, in the words of the specification (OCPP 1.6 chapter 5)

    async def get_configuration(self, keys: Sequence[str] = ()) -> Answer:
        """GetConfiguration of these keys; of none: of all."""
        return await self.request("GetConfiguration", {"key": list(keys)} if keys else {})

    async def change_configuration(self, key: str, value: str) -> Answer:
        """ChangeConfiguration."""
        return await self.request("ChangeConfiguration", {"key": key, "value": value})

    async def remote_start_transaction(self, *, connector_id: int) -> Answer:
        """RemoteStartTransaction with the audit's idTag."""
        return await self.request("RemoteStartTransaction", {"connectorId": connector_id, "idTag": PROBE_ID_TAG})

    async def remote_stop_transaction(self, transaction_id: int) -> Answer:
        """RemoteStopTransaction."""
        return await self.request("RemoteStopTransaction", {"transactionId": transaction_id})

    async def unlock_connector(self, connector_id: int) -> Answer:
        """UnlockConnector."""
        return await self.request("UnlockConnector", {"connectorId": connector_id})

    async def data_transfer(self, *, vendor_id: str, message_id: str) -> Answer:
        """DataTransfer."""
        return await self.request("DataTransfer", {"vendorId": vendor_id, "messageId": message_id})

    async def get_local_list_version(self) -> Answer:
        """GetLocalListVersion."""
        return await self.request("GetLocalListVersion", {})

    async def send_local_list(self, *, version: int) -> Answer:
        """SendLocalList: a full list without any tag."""
        return await self.request("SendLocalList", {"listVersion": version, "updateType": "Full", "localAuthorizationList": []})

    async def reserve_now(self, *, connector_id: int, reservation_id: int, seconds: float) -> Answer:
        """ReserveNow for the audit's idTag, for so many seconds."""
        expiry = ocpp_time(self.clock.now() + timedelta(seconds=seconds))
        payload = {"connectorId": connector_id, "expiryDate": expiry, "idTag": PROBE_ID_TAG, "reservationId": reservation_id}
        return await self.request("ReserveNow", payload)

    async def cancel_reservation(self, reservation_id: int) -> Answer:
        """CancelReservation."""
        return await self.request("CancelReservation", {"reservationId": reservation_id})

    async def trigger_message(self, requested: str, *, connector_id: int | None = None) -> Answer:
        """TriggerMessage."""
        payload: dict[str, Any] = {"requestedMessage": requested}
        return await self.request("TriggerMessage", payload if connector_id is None else payload | {"connectorId": connector_id})

    async def set_transaction_profile(self, *, connector_id: int, transaction_id: int, profile_id: int, seconds: int) -> Answer:
        """SetChargingProfile: a TxProfile of 6 A, which every car takes, that ends by itself after so many seconds."""
        now = self.clock.now()
        profile = {
            "chargingProfileId": profile_id,
            "transactionId": transaction_id,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "validTo": ocpp_time(now + timedelta(seconds=seconds)),
            "chargingSchedule": {
                "duration": seconds,
                "startSchedule": ocpp_time(now),
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
            },
        }
        return await self.request("SetChargingProfile", {"connectorId": connector_id, "csChargingProfiles": profile})

    async def clear_charging_profile(self, profile_id: int) -> Answer:
        """ClearChargingProfile by its id."""
        return await self.request("ClearChargingProfile", {"id": profile_id})

    # --- what is given, and waiting

    async def heard(self, predicate: Callable[[Shadow], bool], seconds: float) -> bool:
        """Wait until `predicate` holds for what is known of the station, at most so many seconds."""
        if predicate(self.shadow):
            return True

        def now_holds(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_STATION and predicate(self.shadow)

        return await self.transcript.wait_for(now_holds, seconds, after=self.transcript.seq) is not None

    async def settle(self) -> None:
        """Give connectors that were not heard of yet some time to report; in vain, this is not repeated."""
        if not self.waited_for_status:
            # A station that has booted reports every connector (errata v4.0 3.22); what it reports may be a transaction.
            await self.heard(lambda shadow: shadow.all_reported, self.patience.status)
            self.waited_for_status = True

    async def needs_idle(self) -> None:
        """The case may only run while every connector is known to be Available."""
        await self.settle()
        if not self.shadow.all_idle:
            raise NotExercised(f"only on a station that is known to be idle: {self._why_not_idle()}")

    def needs_no_transaction(self) -> None:
        """The case may not run while a transaction is known of."""
        if self.shadow.busy:
            raise NotExercised(f"only without a transaction: {self._why_not_idle()}")

    def _why_not_idle(self) -> str:
        shadow = self.shadow
        if shadow.busy:
            return f"a transaction is going on (frame {shadow.busy[0]})"
        if shadow.declared_connectors is None:
            return "the station did not tell how many connectors it has"
        others = {number: state.status for number, state in shadow.connectors.items() if state.status != "Available"}
        if others:
            return ", ".join(f"connector {number} is {status}" for number, status in sorted(others.items()))
        return "not every connector has reported its status"

    def needs_connector_count(self) -> int:
        """The highest connector number; the case needs to know it from the station itself."""
        highest = self.shadow.highest_connector
        if highest is None:
            raise NotExercised("the station did not tell its NumberOfConnectors, so no connector is known not to exist")
        return highest

    def unknown_transaction_id(self) -> int:
        """A transaction id that no frame of the transcript names."""
        while (identifier := 1 + secrets.randbelow(2**31 - 2)) in self._follower.transactions:
            pass
        return identifier

    async def undo(self, what: str, request: Awaitable[Answer], otherwise: str) -> bool:
        """Undo what a station should have refused; says in the report whether that worked, and `otherwise` when it did not."""
        try:
            answer = await request
        except (NoAnswer, Gone) as ended:
            self.changed.append(f"{what}; undoing it failed: {ended}; {otherwise}")
            raise
        if accepted(answer):
            self.changed.append(f"{what}; it was undone at once")
        else:
            self.changed.append(f"{what}; undoing it was answered {answer_text(answer)}; {otherwise}")
        return accepted(answer)

    async def stop_what_was_started(self, since: int) -> None:
        """After a remote start that should have been refused: wait for its transaction and stop it."""
        tag = self.transcript.redactor.tag(PROBE_ID_TAG)

        def started(record: Record) -> bool:
            return isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and self._own_transaction(tag, since) is not None

        await self.transcript.wait_for(started, self.patience.start, after=since)
        transaction = self._own_transaction(tag, since)
        if transaction is None:
            idle = await self.heard(lambda shadow: shadow.all_idle, self.patience.start)
            state = "every connector is Available" if idle else self._why_not_idle()
            self.changed.append(f"a remote start for connector 0 was accepted; no transaction came of it while it was watched, and {state}")
            return
        started_text = f"the transaction {transaction} was started against the rules"
        await self.undo(started_text, self.remote_stop_transaction(transaction), "stop it by hand")
        if not await self.heard(lambda shadow: transaction not in shadow.open_transactions, self.patience.start):
            self.changed.append(f"the transaction {transaction} was not reported as ended; see that it is")
        await self.heard(lambda shadow: shadow.all_idle, self.patience.start)

    def _own_transaction(self, tag: str, since: int) -> int | None:
        for exchange in read(self.transcript.since(since)).exchanges:
            if exchange.action == "StartTransaction" and exchange.payload.get("idTag") == tag:
                identifier = (exchange.result or {}).get("transactionId")
                if isinstance(identifier, int):
                    return identifier
        return None


def accepted(answer: Answer) -> bool:
    """Whether the answer is a result with the status Accepted."""
    return answer.kind == "result" and isinstance(answer.payload, dict) and answer.payload.get("status") == "Accepted"


def answer_text(answer: Answer) -> str:
    """The answer in a few words."""
    if answer.kind == "result":
        status = answer.payload.get("status") if isinstance(answer.payload, dict) else None
        return str(status)[:40]
    return answer.error_code or answer.kind
