"""The transactions that stations told a central system of, and which ids it gave them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange

NO_ID = -1
"""The transactionId of a transaction whose start could not be told (errata v4.0 3.18)."""


@dataclass
class Session:
    """One transaction of one station, with every telling of its start: the same message once more, before its end, is the same
    transaction. `transaction_id` is what the first answer named, None while none did; `stop` is the first StopTransaction with that id.
    """

    station: str
    connector: Any
    id_tag: Any
    starts: list[Exchange] = field(default_factory=list)
    transaction_id: int | None = None
    stop: Exchange | None = None

    @property
    def began(self) -> int:
        """The record of the first telling."""
        return self.starts[0].call.seq

    @property
    def accepted(self) -> bool:
        """Whether its idTag was accepted when the start was told."""
        return any(status_in(start) == "Accepted" for start in self.starts)

    def open_at(self, seq: int) -> bool:
        """Whether it had an id and no end when this record was made."""
        answered = next((start.reply.frame.seq for start in self.starts if id_in(start) is not None and start.reply), None)
        return answered is not None and answered < seq and (self.stop is None or self.stop.call.seq > seq)


def id_in(start: Exchange) -> int | None:
    """The transactionId of a StartTransaction.conf; None when it has none that is a number."""
    number = (start.result or {}).get("transactionId")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def status_in(exchange: Exchange) -> str | None:
    """The status of the idTagInfo of an answer; None when there is none."""
    info = (exchange.result or {}).get("idTagInfo")
    status = info.get("status") if isinstance(info, dict) else None
    return status if isinstance(status, str) else None


def sessions(view: CentralView) -> Sequence[Session]:
    """Every transaction of every station, by the record of its start."""
    if "sessions" not in view.worked_out:
        found = [session for station, own in _by_station(view).items() for session in _of_station(station, own)]
        view.worked_out["sessions"] = sorted(found, key=lambda session: session.began)
    kept: Sequence[Session] = view.worked_out["sessions"]
    return kept


def sessions_with(view: CentralView, number: int) -> Sequence[Session]:
    """The transactions that were given this id."""
    if "sessions by id" not in view.worked_out:
        by_id: dict[int, list[Session]] = {}
        for each in sessions(view):
            if each.transaction_id is not None:
                by_id.setdefault(each.transaction_id, []).append(each)
        view.worked_out["sessions by id"] = by_id
    known: Mapping[int, Sequence[Session]] = view.worked_out["sessions by id"]
    return known.get(number, ())


def session_of(view: CentralView, start: Exchange) -> Session | None:
    """The transaction whose start this exchange tells."""
    if "session of start" not in view.worked_out:
        view.worked_out["session of start"] = {told.call.seq: each for each in sessions(view) for told in each.starts}
    known: Mapping[int, Session] = view.worked_out["session of start"]
    return known.get(start.call.seq)


def is_known(view: CentralView, exchange: Exchange) -> bool:
    """Whether the transactionId of this call is one that the central system gave to its station before; True for a call without one."""
    number = exchange.payload.get("transactionId")
    station, seq = exchange.call.charge_point_id, exchange.call.seq
    if number is None:
        return True
    return any(
        each.station == station and each.began < seq and number in {id_in(start) for start in each.starts} for each in sessions(view)
    )


def _by_station(view: CentralView) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in view.every_exchange:
        if exchange.action in {"StartTransaction", "StopTransaction"} and not exchange.from_csms:
            found.setdefault(exchange.call.charge_point_id, []).append(exchange)
    return found


def _of_station(station: str, calls: Sequence[Exchange]) -> list[Session]:
    found: list[Session] = []
    by_telling: dict[str, Session] = {}
    for call in calls:
        if call.action == "StopTransaction":
            ended = next((s for s in reversed(found) if s.stop is None and s.transaction_id == call.payload.get("transactionId")), None)
            if ended is not None:
                ended.stop = call
            continue
        telling = repr([call.payload.get(name) for name in ("connectorId", "idTag", "meterStart", "timestamp")])
        session = by_telling.get(telling)
        if session is None or session.stop is not None:
            session = by_telling[telling] = Session(station, call.payload.get("connectorId"), call.payload.get("idTag"))
            found.append(session)
        session.starts.append(call)
        if session.transaction_id is None:
            session.transaction_id = id_in(call)
    return found
