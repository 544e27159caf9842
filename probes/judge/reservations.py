"""The reservations that a station accepted, and from where on each may have ended: a pure view of a transcript (1.6 5.1, 5.13).

A reservation is held for certain only while nothing has happened that ends it, or that might: accusations rest on nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.judge.times import between, moment, seconds_between
from probes.wire.records import ConnectionEvent, EventKind, Record

CLOCK_MARGIN = 30.0
"""By how many seconds the clocks of a station and of this side may differ without anybody's being wrong."""

CROSSING_SECONDS = 5.0
"""How long the two sides may need to know of a reservation, or of its end, both: messages cross on the way."""

AWAY = "the station was away"
ENDED = ("Faulted", "Unavailable")
"""Statuses that end a reservation (1.6 5.13)."""


@dataclass(frozen=True)
class Reservation:
    """One accepted ReserveNow (`made`). `connector` 0 is any one. `expires` is its end in the transcript's seconds, by the station's clock
    as far as it is known; None: it cannot be told. `own_clock`: the station's clock was seen.

    `over` is the first frame that ends it or may have ended it, at `ended` in the transcript's seconds, `why` in a few words; None: there
    is none.
    """

    identifier: int
    connector: int
    id_tag: str
    parent: str | None
    made: Exchange
    expires: float | None
    own_clock: bool
    reported: Exchange | None
    over: int | None = None
    ended: float | None = None
    why: str = ""

    @property
    def began(self) -> int:
        """The number of the frame with which it was accepted."""
        return max(self.made.seqs)

    def held_at(self, exchange: Exchange) -> bool:
        """Whether it is certain that it holds when this call is made."""
        if exchange.call.seq <= self.began or (self.over is not None and self.over < exchange.call.seq):
            return False
        accepted = self.made.call.elapsed + (self.made.elapsed or 0.0)
        settled = exchange.call.elapsed - accepted >= CROSSING_SECONDS
        return settled and self.expires is not None and exchange.call.elapsed < self.expires - CLOCK_MARGIN

    def admits(self, id_tag: object, parent: str | None) -> bool:
        """Whether this idTag, or the parent that it is known to have, is one that it is for."""
        own = [each.casefold() for each in (self.id_tag, self.parent) if each is not None]
        return any(each.casefold() in own for each in (id_tag, parent) if isinstance(each, str))


def reservations(view: View) -> tuple[Reservation, ...]:
    """All that were accepted, in order."""
    if "reservations" not in view.worked_out:
        calls = {exchange.call.seq: exchange for exchange in view.traffic.exchanges}
        seqs = [record.seq for record in view.traffic.records]
        made = [exchange for exchange in view.story.asked.get("ReserveNow", ()) if _is_reservation(exchange)]
        view.worked_out["reservations"] = tuple(_followed(exchange, view, calls, seqs) for exchange in made)
    known: tuple[Reservation, ...] = view.worked_out["reservations"]
    return known


def _is_reservation(exchange: Exchange) -> bool:
    payload = exchange.payload
    if not exchange.from_csms or exchange.action != "ReserveNow" or exchange.status != "Accepted":
        return False
    return _whole(payload.get("reservationId")) and _whole(payload.get("connectorId")) and isinstance(payload.get("idTag"), str)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _followed(made: Exchange, view: View, calls: Mapping[int, Exchange], seqs: Sequence[int]) -> Reservation:
    payload = made.payload
    parent = payload.get("parentIdTag")
    reported = _reported(made, view)
    expires, own_clock = _expiry(made, reported, view)
    held = Reservation(
        identifier=payload["reservationId"],
        connector=payload["connectorId"],
        id_tag=payload["idTag"],
        parent=parent if isinstance(parent, str) else None,
        made=made,
        expires=expires,
        own_clock=own_clock,
        reported=reported,
    )
    later = view.traffic.records[bisect_right(seqs, held.began) :]
    over, why = next(_ends(held, later, calls), (None, ""))
    return replace(held, over=None if over is None else over.seq, ended=None if over is None else over.elapsed, why=why)


def _reported(made: Exchange, view: View) -> Exchange | None:
    """The first status of the reserved connector after the request, if it is Reserved: it may come before the answer."""
    connector = made.payload["connectorId"]
    for told in view.called("StatusNotification", made.call.seq):
        if told.payload.get("connectorId") == connector and (told.payload.get("status") == "Reserved" or told.call.seq > max(made.seqs)):
            return told if told.payload.get("status") == "Reserved" and told.connection == made.connection else None
    return None


def _expiry(made: Exchange, reported: Exchange | None, view: View) -> tuple[float | None, bool]:
    """When it ends. The station's clock is seen in the status that it reported, or else in a time that it was given on this connection."""
    left = seconds_between(made.call, made.payload.get("expiryDate"))
    if left is None:
        return None, False
    ends = made.call.elapsed + left
    told = reported.payload.get("timestamp") if reported is not None else None
    if reported is not None and moment(told) is not None:
        ahead = seconds_between(reported.call, told) or 0.0
        since = reported.call.elapsed - made.call.elapsed
        # A status may be as old as the request that brought it about.
        return (ends if -since - 1.0 <= ahead <= 1.0 else ends - ahead), True
    timed = [between(view.story.told.get(action, ()), 0, made.call.seq)[-1:] for action in ("BootNotification", "Heartbeat")]
    for exchange in sorted((each[0] for each in timed if each), key=lambda exchange: exchange.call.seq, reverse=True):
        given = None if exchange.reply is None else seconds_between(exchange.reply.frame, (exchange.result or {}).get("currentTime"))
        if given is not None and exchange.connection == made.connection:
            return ends - given, True
    return ends, False


def _ends(held: Reservation, later: Sequence[Record], calls: Mapping[int, Exchange]) -> Iterator[tuple[Record, str]]:
    """Everything after its beginning that ends it or may, in order."""
    for record in later:
        if isinstance(record, ConnectionEvent):
            if record.event in {EventKind.OPEN, EventKind.CLOSE}:
                yield record, AWAY
            continue
        exchange = calls.get(record.seq)
        why = None if exchange is None else _asked_to_end(held, exchange) if exchange.from_csms else _told_to_end(held, exchange)
        if why is not None:
            yield record, why


def _asked_to_end(held: Reservation, exchange: Exchange) -> str | None:
    payload, action = exchange.payload, exchange.action
    if action == "CancelReservation" and payload.get("reservationId") == held.identifier and exchange.status in {"Accepted", None}:
        return "it was cancelled"
    if action == "ReserveNow" and payload.get("reservationId") == held.identifier and exchange.status in {"Accepted", None}:
        return "it was replaced"
    if action == "ChangeAvailability" and payload.get("type") == "Inoperative" and _same(held.connector, payload.get("connectorId")):
        return "the connector was made inoperative"
    return None


def _told_to_end(held: Reservation, exchange: Exchange) -> str | None:
    payload, action = exchange.payload, exchange.action
    if action == "BootNotification":
        return "the station has restarted"
    if action == "StatusNotification" and _same(held.connector, payload.get("connectorId")) and payload.get("status") in ENDED:
        return f"the connector was {payload.get('status')}"
    if action == "StatusNotification" and held.connector and payload.get("connectorId") == held.connector:
        return "the connector was reported Available" if payload.get("status") == "Available" else None
    if action == "StartTransaction" and payload.get("reservationId") == held.identifier:
        return "it was used"
    if action == "StartTransaction" and (payload.get("connectorId") == held.connector or payload.get("idTag") == held.id_tag):
        return "a transaction began"
    return None


def _same(reserved: int, connector: object) -> bool:
    """Whether what befalls one connector (0: the station) befalls the other."""
    return connector in (0, reserved) or reserved == 0


def may_be_kept(view: View, exchange: Exchange, connector: int) -> bool:
    """Whether this connector may be reserved for somebody else than the idTag of this request: then the station must not let it start."""
    tag, seq = exchange.payload.get("idTag"), exchange.call.seq
    parent = told_parent(view, tag, seq).parent if isinstance(tag, str) else None
    for held in reservations(view):
        lasts = held.began < seq and (held.over is None or held.over > seq)
        if lasts and held.connector in (0, connector):
            return not held.admits(tag, parent)
    others = [told.payload["status"] for told in view.story.statuses(connector, 0, seq) if told.payload["status"] != "Preparing"]
    return bool(others) and others[-1] == "Reserved"


@dataclass(frozen=True)
class ToldParent:
    """What the station was told last of the parent of an idTag. `told`: it was told something of this idTag; `parent` None: it has none."""

    told: bool
    parent: str | None = None


def told_parent(view: View, id_tag: str, seq: int) -> ToldParent:
    """The parent of this idTag as the station was told it last before frame `seq`, in an answer or a list."""
    if "parents" not in view.worked_out:
        view.worked_out["parents"] = _parents(view)
    known: Sequence[tuple[int, str | None]] = view.worked_out["parents"].get(id_tag.casefold(), ())
    index = bisect_left(known, seq, key=lambda told: told[0])
    return ToldParent(True, known[index - 1][1]) if index else ToldParent(False)


def _parents(view: View) -> Mapping[str, Sequence[tuple[int, str | None]]]:
    """By idTag, each time that the station was told its parent: the frame that told it, and the parent."""
    known: dict[str, list[tuple[int, str | None]]] = {}
    for exchange in view.traffic.exchanges:
        given: list[tuple[Any, Any]] = []
        if exchange.from_csms and exchange.action == "SendLocalList" and exchange.status == "Accepted":
            entries = exchange.payload.get("localAuthorizationList")
            given = [(e.get("idTag"), e.get("idTagInfo")) for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
        elif not exchange.from_csms and exchange.action in {"Authorize", "StartTransaction"}:
            given = [(exchange.payload.get("idTag"), (exchange.result or {}).get("idTagInfo"))]
        for id_tag, info in given:
            if isinstance(id_tag, str) and isinstance(info, dict):
                known.setdefault(id_tag.casefold(), []).append((max(exchange.seqs), _text(info.get("parentIdTag"))))
    return {id_tag: sorted(told, key=lambda each: each[0]) for id_tag, told in known.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
