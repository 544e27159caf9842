"""Transaction messages that the CSMS has not taken yet, kept over the end of the process (OCPP 1.6 section 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probes.station.store import Store

UNKNOWN_ID = -1
"""The transactionId of messages whose StartTransaction never got one (errata v4.0 section 3.18)."""

_START, _STOP = "StartTransaction", "StopTransaction"


@dataclass(frozen=True, eq=False)
class Message:
    """A message to be delivered. `transaction` is the station's own name of its transaction, under which the CSMS's id is found."""

    action: str
    payload: Mapping[str, Any]
    transaction: str


class Outbox:
    """Messages in the order in which they came up, and the ids that the CSMS has given to their transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        saved = store.get("outbox") or {}
        self._ids: dict[str, int] = dict(saved.get("ids", {}))
        self._messages = [Message(**message) for message in saved.get("messages", [])]

    def waiting(self) -> tuple[Message, ...]:
        """What is still to be delivered, oldest first."""
        return tuple(self._messages)

    def add(self, action: str, payload: Mapping[str, Any], transaction: str) -> Message:
        """A message came up."""
        message = Message(action, dict(payload), transaction)
        self._messages.append(message)
        self._keep()
        return message

    def payload(self, message: Message) -> dict[str, Any]:
        """What is sent now: all but StartTransaction carry the transaction's id as far as it is known."""
        if message.action == _START:
            return dict(message.payload)
        return {**message.payload, "transactionId": self._ids.get(message.transaction, UNKNOWN_ID)}

    def done(self, message: Message, answer: Any = None) -> None:
        """The message was delivered, with this answer, or given up: without. After its end a transaction's id is needed no more."""
        given = answer.get("transactionId") if isinstance(answer, dict) and message.action == _START else None
        if isinstance(given, int):
            self._ids[message.transaction] = given
        if message.action == _STOP:
            self._ids.pop(message.transaction, None)
        self._messages.remove(message)
        self._keep()

    def _keep(self) -> None:
        messages = [{"action": each.action, "payload": each.payload, "transaction": each.transaction} for each in self._messages]
        self._store.put("outbox", {"ids": self._ids, "messages": messages})
