"""What an audit that was broken off left behind at a central system, by its records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from probes.judge.central.transactions import id_in, sessions
from probes.judge.central.view import CentralView, central_view
from probes.judge.certified import Certified
from probes.judge.frames import Exchange
from probes.judge.story import is_whole
from probes.wire.records import Record


@dataclass(frozen=True)
class OpenTransaction:
    """A transaction that has an id and no end; `meter_start` is in Wh."""

    station: str
    number: int
    meter_start: int


@dataclass(frozen=True)
class Reserved:
    """A reservation that a station accepted and nobody used or cancelled; `until` as it stood on the wire."""

    station: str
    number: int
    until: str


@dataclass(frozen=True)
class Debts:
    """What may still stand at the central system. `unanswered` are stations with a transaction whose id never came; `inoperative` names
    connectors that it has taken out of service, `profiles` stations that may have charging profiles, `lists` the versions of local lists.
    """

    transactions: tuple[OpenTransaction, ...] = ()
    unanswered: tuple[str, ...] = ()
    reservations: tuple[Reserved, ...] = ()
    inoperative: tuple[tuple[str, int], ...] = ()
    profiles: tuple[str, ...] = ()
    lists: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, dict[str, list[int]]]:
        """The numbers by which the earlier audit's transactions and reservations are known, for the transcript of the next one."""
        return {
            "transactions": _by_station((each.station, each.number) for each in self.transactions),
            "reservations": _by_station((each.station, each.number) for each in self.reservations),
        }


def debts_in(records: Sequence[Record], certified: Certified) -> Debts:
    """What these records of an audit of a central system leave open."""
    view = central_view(records, certified)
    lists = ((station, version) for station in view.talks if (version := _list_version(view, station)) is not None)
    return Debts(
        tuple(_transactions(view)),
        tuple(dict.fromkeys(_unanswered(view))),
        tuple(each for station in view.talks for each in _reservations(view, station)),
        tuple((station, connector) for station in view.talks for connector in _inoperative(view, station)),
        tuple(station for station in view.talks if _has_profiles(view, station)),
        tuple(lists),
    )


def _transactions(view: CentralView) -> Iterator[OpenTransaction]:
    """Every id that was given and not stopped: of a start that was told again there may be two."""
    stops = (each for each in view.every_exchange if each.action == "StopTransaction" and not each.from_csms and each.result is not None)
    ended = [(each.call.charge_point_id, each.payload.get("transactionId"), each.call.seq) for each in stops]
    for session in sessions(view):
        meter = session.starts[0].payload.get("meterStart")
        for number in dict.fromkeys(number for start in session.starts if (number := id_in(start)) is not None):
            if not any((session.station, number) == each[:2] and each[2] > session.began for each in ended):
                yield OpenTransaction(session.station, number, meter if is_whole(meter) else 0)


def _unanswered(view: CentralView) -> Iterator[str]:
    for session in sessions(view):
        if session.transaction_id is None and any(start.reply is None for start in session.starts):
            yield session.station


def _accepted(view: CentralView, station: str, action: str) -> list[Exchange]:
    return [each for each in view.story(station).asked[action] if each.status in {"Accepted", "Scheduled"}]


def _reservations(view: CentralView, station: str) -> Iterator[Reserved]:
    cancelled = _accepted(view, station, "CancelReservation")
    used = [each.payload.get("reservationId") for each in view.story(station).told["StartTransaction"]]
    for request in _accepted(view, station, "ReserveNow"):
        number = request.payload.get("reservationId")
        over = any(each.payload.get("reservationId") == number and each.call.seq > request.call.seq for each in cancelled)
        if is_whole(number) and not over and number not in used:
            yield Reserved(station, number, str(request.payload.get("expiryDate"))[:40])


def _inoperative(view: CentralView, station: str) -> Iterator[int]:
    last: dict[int, Any] = {}
    for request in _accepted(view, station, "ChangeAvailability"):
        connector = request.payload.get("connectorId")
        if is_whole(connector):
            last = {connector: request.payload.get("type")} if connector == 0 else {**last, connector: request.payload.get("type")}
    yield from (connector for connector, kind in last.items() if kind == "Inoperative")


def _has_profiles(view: CentralView, station: str) -> bool:
    taken, cleared = _accepted(view, station, "SetChargingProfile"), _accepted(view, station, "ClearChargingProfile")
    everything = [each.call.seq for each in cleared if not each.payload]
    return any(each.call.seq > max(everything, default=0) for each in taken)


def _list_version(view: CentralView, station: str) -> int | None:
    sent = _accepted(view, station, "SendLocalList")
    if not sent or (sent[-1].payload.get("updateType") == "Full" and not sent[-1].payload.get("localAuthorizationList")):
        return None
    version = sent[-1].payload.get("listVersion")
    return version if is_whole(version) else None


def _by_station(numbers: Iterator[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for station, number in numbers:
        found.setdefault(station, []).append(number)
    return found
