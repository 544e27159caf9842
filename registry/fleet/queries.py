"""What the pages, exports and the command line ask of the fleet. Plain frozen values come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from registry.audits.withheld import SCHEMES, WITHHELD, is_address
from registry.db import clean_text
from registry.events import Event, EventKind
from registry.fleet.matching import has_changed
from registry.fleet.models import FleetDevice, FleetImport, FleetMatch
from registry.fleet.plot import Place
from registry.fleet.query import ANSWERS, DRIFTED, FACETS, NONE, STEADY, UNMATCHED, FleetQuery
from registry.matching.names import Same
from registry.matching.versions import names_a_version, same_version
from registry.requirements.checking import program_version

MOST_FACET_VALUES = 40
STREAM_ROWS = 1_000

_VALUES: dict[str, ColumnElement[str]] = {
    "answer": func.coalesce(FleetDevice.answer, UNMATCHED),
    "drift": case((FleetDevice.is_drifted.is_(True), DRIFTED), else_=STEADY),
    "site": func.coalesce(func.nullif(FleetDevice.site, ""), NONE),
    "vendor": func.coalesce(FleetDevice.vendor, NONE),
    "model": func.coalesce(FleetDevice.model, NONE),
    "firmware": func.coalesce(FleetDevice.firmware_used, FleetDevice.firmware, NONE),
}
_ANSWER_ORDER = case(
    {name: place for place, name in enumerate(("not covered", "cannot tell", "covered"))}, value=FleetDevice.answer, else_=3
)
_ORDERS: dict[str, tuple[Any, ...]] = {
    "identity": (FleetDevice.identity,),
    "site": (FleetDevice.site, FleetDevice.identity),
    "answer": (_ANSWER_ORDER, FleetDevice.identity),
    "model": (FleetDevice.model.asc().nulls_last(), FleetDevice.identity),
}
_NAMES = (
    *("identity", "vendor", "model", "firmware", "serial", "site", "endpoint", "latitude", "longitude", "installed", "role", "protocol"),
    *("hardware", "answer", "rule", "sentence", "firmware_used", "seen_firmware", "seen_at", "is_drifted", "imported_at"),
)
_COLUMNS = tuple(getattr(FleetDevice, name) for name in _NAMES)


@dataclass(frozen=True)
class DeviceView:
    """One device of the fleet; fields as in `FleetDevice`. `found` is the whole match, None on pages and before any matching.

    `identity` is `WITHHELD` for a management system's address, to those who may not see addresses.
    """

    identity: str
    vendor: str | None
    model: str | None
    firmware: str | None
    serial: str | None
    site: str
    endpoint: str | None
    latitude: float | None
    longitude: float | None
    installed: date | None
    role: str
    protocol: str | None
    hardware: dict[str, Any]
    answer: str | None
    rule: str | None
    sentence: str | None
    firmware_used: str | None
    seen_firmware: str | None
    seen_at: datetime | None
    is_drifted: bool
    imported_at: datetime
    found: dict[str, Any] | None = None

    def to_json(self, *, with_endpoint: bool) -> dict[str, Any]:
        """The device for programs; its address only for those who may see it."""
        told = {name: getattr(self, name) for name in _NAMES if with_endpoint or name != "endpoint"}
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
        return plain | {"may_be_drifted": self.may_be_drifted, "certificates": list(self.certificates), "match": self.found}

    @property
    def is_withheld(self) -> bool:
        """Whether it goes by an address that is not shown."""
        return self.identity == WITHHELD

    @property
    def may_be_drifted(self) -> bool:
        """Whether it cannot be told if the device said the version that its row has: neither the same nor certainly another."""
        if self.is_drifted or not self.seen_firmware or not names_a_version(self.firmware or ""):
            return False
        return same_version(str(self.firmware), self.seen_firmware) is Same.UNCLEAR

    @property
    def certificates(self) -> tuple[str, ...]:
        """The numbers of the certificates that cover it."""
        return tuple(str(one["number"]) for one in (self.found or {}).get("certificates", ()))


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet, with how many devices have it."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Listing:
    """One page of the fleet, and how many devices there are by each facet."""

    total: int
    devices: tuple[DeviceView, ...]
    facets: dict[str, tuple[FacetValue, ...]]

    def pages(self, query: FleetQuery) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // query.size))


@dataclass(frozen=True)
class Standing:
    """The fleet as a whole. `stale` tells that certificates, names of companies, audits or devices came, went or changed after it was
    matched, or while it was, or that another version of the program matched it.
    """

    devices: int
    last: FleetMatch | None
    imported: FleetImport | None
    stale: bool


@dataclass(frozen=True)
class AsOf:
    """When the answers that are shown were made, and whether that is before something changed: `stale` as in `Standing`."""

    matched_at: datetime
    stale: bool


def listing(session: Session, query: FleetQuery) -> Listing:
    """One page of what the query lets through. Eight statements."""
    condition = condition_of(query)
    found = total(session, query)
    statement = select(*_COLUMNS).where(condition).order_by(*_ORDERS[query.sort]).limit(query.size).offset((query.page - 1) * query.size)
    devices = tuple(_shown(row, query) for row in session.execute(statement))
    return Listing(found, devices, {facet: _facet(session, query, facet) for facet in FACETS})


def total(session: Session, query: FleetQuery) -> int:
    """How many devices the query lets through. One statement."""
    return session.scalar(select(func.count()).select_from(FleetDevice).where(condition_of(query))) or 0


def everything(session: Session, query: FleetQuery) -> Iterator[DeviceView]:
    """All devices that the query lets through, in its order, a thousand at a time."""
    statement: Select[Any] = select(*_COLUMNS, FleetDevice.found).where(condition_of(query)).order_by(*_ORDERS[query.sort])
    for row in session.execute(statement.execution_options(yield_per=STREAM_ROWS)):
        yield _shown(row, query)


def _shown(row: Row[Any], query: FleetQuery) -> DeviceView:
    """A row as it is shown to whoever asks."""
    one = DeviceView(*tuple(row))
    return one if query.sees_addresses or not is_address(one.identity) else replace(one, identity=WITHHELD, endpoint=None)


def identities(query: FleetQuery) -> Select[str]:
    """Asks for the identities of all devices that the query lets through: for other statements to go by."""
    return select(FleetDevice.identity).where(condition_of(query))


def device(session: Session, identity: str) -> DeviceView | None:
    """One device with its whole match; None when the fleet has none of that identity."""
    found = session.execute(select(*_COLUMNS, FleetDevice.found).where(FleetDevice.identity == clean_text(identity))).one_or_none()
    return DeviceView(*tuple(found)) if found is not None else None


def was_imported(session: Session, sha256: str, since: datetime) -> bool:
    """Whether a file was stored since then. One statement."""
    statement = select(FleetImport.id).where(FleetImport.sha256 == sha256, FleetImport.imported_at >= since)
    return session.scalar(statement.limit(1)) is not None


def standing(session: Session) -> Standing:
    """How large the fleet is, when it was matched and whether that still holds. Four statements."""
    devices = session.scalar(select(func.count()).select_from(FleetDevice)) or 0
    last, told = _last_match(session)
    imported = session.scalar(select(FleetImport).order_by(FleetImport.id.desc()).limit(1))
    return Standing(devices, last, imported, stale=bool(devices) and (told is None or _is_overtaken(session, told)))


def as_of(session: Session) -> AsOf | None:
    """When the fleet was matched, and whether that still holds; None before any matching. Two statements."""
    last, told = _last_match(session)
    return AsOf(last.matched_at, told is None or _is_overtaken(session, told)) if last is not None else None


def _is_overtaken(session: Session, told: Event) -> bool:
    """Whether the answers of the matching that this event tells of are of before something changed. One statement."""
    is_of_then = told.payload.get("program") == program_version() and told.payload.get("overtaken") is False
    return not is_of_then or has_changed(session, told.id)


def _last_match(session: Session) -> tuple[FleetMatch | None, Event | None]:
    """The last matching, and the event that tells of it. One statement."""
    told = and_(Event.at == FleetMatch.matched_at, Event.subject == "fleet", Event.kind == str(EventKind.CHANGED))
    statement = select(FleetMatch, Event).outerjoin(Event, told).order_by(FleetMatch.id.desc(), Event.id.desc()).limit(1)
    found = session.execute(statement).one_or_none()
    return (found[0], found[1]) if found is not None else (None, None)


def trend(session: Session, since: datetime) -> list[FleetMatch]:
    """The last matching of each day (UTC) since then, the oldest first."""
    found = session.scalars(select(FleetMatch).where(FleetMatch.matched_at >= since).order_by(FleetMatch.id))
    return list({one.matched_at.date(): one for one in found}.values())


def trend_begin(now: datetime) -> datetime:
    """From when on a trend is shown."""
    return now - timedelta(days=366)


def places(session: Session, query: FleetQuery) -> list[Place]:
    """Where the devices stand, those of one site that stand near one another together. One statement."""
    columns = (FleetDevice.site, FleetDevice.latitude, FleetDevice.longitude, _VALUES["answer"])
    statement = select(*columns, func.count()).where(condition_of(query), FleetDevice.latitude.is_not(None)).group_by(*columns)
    found: dict[str, list[Place]] = defaultdict(list)
    for site, latitude, longitude, answer, count in session.execute(statement.order_by(*columns)):
        here = found[site]
        place = next((one for one in here if one.is_near(latitude or 0.0, longitude or 0.0)), None)
        if place is None:
            place = Place(site, latitude or 0.0, longitude or 0.0, {})
            here.append(place)
        place.counts[answer] = place.counts.get(answer, 0) + count
    return [place for here in found.values() for place in here]


def _facet(session: Session, query: FleetQuery, facet: str) -> tuple[FacetValue, ...]:
    """The commonest values of a facet, as they would be counted without its own choice; chosen ones are always among them."""
    value, number = _VALUES[facet].label("value"), func.count().label("number")
    statement = select(value, number).where(condition_of(query.without(facet))).group_by(value).order_by(number.desc(), value)
    chosen = query.chosen.get(facet, ())
    found = {row.value: row.number for row in session.execute(statement.limit(MOST_FACET_VALUES))}
    missing = [name for name in chosen if name not in found]
    values = [FacetValue(name, count, name in chosen) for name, count in found.items()] + [FacetValue(name, 0, True) for name in missing]
    return tuple(sorted(values, key=lambda one: ANSWERS.index(one.value)) if facet == "answer" and not missing else values)


def condition_of(query: FleetQuery) -> ColumnElement[bool]:
    """Whether the query lets a device through."""
    parts: list[ColumnElement[bool]] = [_VALUES[facet].in_(map(clean_text, values)) for facet, values in query.chosen.items()]
    address = or_(*(FleetDevice.identity.startswith(scheme) for scheme in SCHEMES))
    for word in clean_text(query.text).casefold().split():
        columns: Sequence[Any] = (FleetDevice.serial, FleetDevice.site, FleetDevice.vendor, FleetDevice.model)
        named = func.lower(FleetDevice.identity).contains(word, autoescape=True)
        named = named if query.sees_addresses else and_(named, not_(address))
        parts.append(or_(named, *(func.lower(column).contains(word, autoescape=True) for column in columns)))
    return and_(*parts) if parts else FleetDevice.identity.is_not(None)
