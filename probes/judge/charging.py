"""Charging profiles as the frames tell of them, and what they allow at a moment: pure, and careful with what the clauses leave open.

Two limits are told apart. The *usual* one is what the specification's examples and the test catalogue reckon with. The *sure* one is
above what no reading lets a station report: it is None wherever a profile that was set before the recording began could prevail, or
where the clauses can be read either way (1.6 3.13.1 to 3.13.3, 5.16; errata v4.0 3.8, 3.25, 3.26, 3.37).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.judge.times import moment

HISTORY = "charging profiles"
"""The name under which the history of a transcript is kept."""

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
CHARGE_POINT_MAX, TX_DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"


@dataclass(frozen=True)
class Profile:
    """A charging profile that a station has accepted. `periods` are (start in seconds, limit in `unit`); `start` None: not absolute.

    `transaction` is that for which a TxProfile is. `since` is the frame with which it was accepted, `frames` are those that tell of it.
    """

    number: int
    connector: int
    stack: int
    purpose: str
    kind: str
    unit: str
    periods: tuple[tuple[int, float], ...]
    start: datetime | None
    duration: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    transaction: int | None
    since: int
    frames: tuple[int, ...]

    def is_valid(self, at: datetime) -> bool:
        """By its validFrom and validTo."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)

    def limit(self, at: datetime) -> float | None:
        """What its schedule says at this moment; None: nothing, or it cannot be told."""
        if self.start is None or self.kind != "Absolute":
            return None
        second = (at - self.start).total_seconds()
        if second < 0 or (self.duration is not None and second >= self.duration):
            return None
        return next((limit for start, limit in reversed(self.periods) if start <= second), None)

    def changes(self) -> Iterator[datetime]:
        """The moments at which it may come to say something else."""
        yield from (each for each in (self.valid_from, self.valid_to) if each is not None)
        if self.start is not None:
            seconds = [start for start, _ in self.periods] + ([self.duration] if self.duration is not None else [])
            yield from (later(self.start, second) for second in seconds)

    @property
    def levels(self) -> int:
        """How many different limits it has."""
        return len({limit for _, limit in self.periods})


def later(when: datetime, seconds: float) -> datetime:
    """So many seconds after a moment, as far as there are dates."""
    try:
        return when + timedelta(seconds=seconds)
    except OverflowError:
        return LAST if seconds > 0 else FIRST


def profile_of(told: object, connector: int, since: int, frames: tuple[int, ...]) -> Profile | None:
    """A ChargingProfile of a message; None for one that cannot be understood."""
    if not isinstance(told, dict) or not isinstance(told.get("chargingSchedule"), dict):
        return None
    schedule: dict[str, Any] = told["chargingSchedule"]
    number, stack, purpose = told.get("chargingProfileId"), told.get("stackLevel"), told.get("chargingProfilePurpose")
    kind, unit, transaction = told.get("chargingProfileKind"), schedule.get("chargingRateUnit"), told.get("transactionId")
    periods, duration = periods_of(schedule), schedule.get("duration")
    if not isinstance(number, int) or not isinstance(stack, int) or not isinstance(unit, str) or periods is None:
        return None
    return Profile(
        number,
        connector,
        stack,
        str(purpose),
        str(kind),
        unit,
        periods,
        moment(schedule.get("startSchedule")),
        duration if isinstance(duration, int) else None,
        moment(told.get("validFrom")),
        moment(told.get("validTo")),
        transaction if isinstance(transaction, int) else None,
        since,
        frames,
    )


def periods_of(schedule: Mapping[str, Any]) -> tuple[tuple[int, float], ...] | None:
    """The periods of a ChargingSchedule, (start in seconds, limit); None when they cannot be understood or are out of order."""
    told = schedule.get("chargingSchedulePeriod")
    periods = []
    for each in told if isinstance(told, list) else ():
        start, limit = (each.get("startPeriod"), each.get("limit")) if isinstance(each, dict) else (None, None)
        if isinstance(start, bool) or not isinstance(start, int) or isinstance(limit, bool) or not isinstance(limit, int | float):
            return None
        periods.append((start, float(limit)))
    return tuple(periods) if periods and periods == sorted(periods) else None


@dataclass(frozen=True)
class Running:
    """A transaction whose beginning was seen."""

    identifier: int
    connector: int
    since: int


@dataclass(frozen=True)
class Installed:
    """What is known of a station's profiles at one moment, and of its transactions. `unsure`: something was asked that changes profiles,
    and what came of it is not known.
    """

    profiles: tuple[Profile, ...] = ()
    running: tuple[Running, ...] = ()
    unsure: bool = False

    def transaction_on(self, connector: int) -> Running | None:
        """The transaction that runs on this connector."""
        return next((each for each in self.running if each.connector == connector), None)


@dataclass(frozen=True)
class History:
    """What was known at each moment: `known[n]` from frame `seqs[n]` on."""

    seqs: tuple[int, ...]
    known: tuple[Installed, ...]

    def before(self, seq: int) -> Installed:
        """What the frames before `seq` tell."""
        index = bisect_left(self.seqs, seq)
        return self.known[index - 1] if index else Installed()


def history_of(view: View) -> History:
    """The profiles and transactions of a transcript, from frame to frame; worked out once."""
    known: History | None = view.worked_out.get(HISTORY)
    if known is None:
        known = view.worked_out[HISTORY] = _history(view)
    return known


def _history(view: View) -> History:
    known = Installed()
    offered: dict[int, dict[str, Any]] = {}
    seqs: list[int] = []
    states: list[Installed] = []
    for at, exchange in _events(view):
        known = _STEPS[exchange.action](known, exchange, offered)
        seqs.append(at)
        states.append(known)
    return History(tuple(seqs), tuple(states))


def installed_before(view: View, seq: int) -> Installed:
    """What the frames before `seq` tell."""
    return history_of(view).before(seq)


def _events(view: View) -> list[tuple[int, Exchange]]:
    """What changes profiles or transactions, each at the frame from which on it counts."""
    found = []
    for exchange in view.traffic.exchanges:
        if exchange.action in _STEPS:
            at = exchange.call.seq if exchange.action == "StopTransaction" or exchange.reply is None else exchange.reply.frame.seq
            found.append((at, exchange))
    return sorted(found, key=lambda each: each[0])


def _set(known: Installed, exchange: Exchange, _offered: dict[int, dict[str, Any]]) -> Installed:
    if exchange.reply is None:
        return replace(known, unsure=True)
    connector = exchange.payload.get("connectorId")
    told = exchange.payload.get("csChargingProfiles")
    if exchange.status != "Accepted" or not isinstance(connector, int):
        return known
    profile = profile_of(told, connector, exchange.seqs[-1], exchange.seqs)
    return replace(known, unsure=True) if profile is None else _with(known, profile)


def _with(known: Installed, profile: Profile) -> Installed:
    """The same id, or the same connector, purpose and level, is replaced (5.16.3)."""
    place = (profile.connector, profile.purpose, profile.stack)
    kept = [each for each in known.profiles if each.number != profile.number and (each.connector, each.purpose, each.stack) != place]
    return replace(known, profiles=(*kept, profile))


def _clear(known: Installed, exchange: Exchange, _offered: dict[int, dict[str, Any]]) -> Installed:
    if exchange.reply is None:
        return replace(known, unsure=True)
    if exchange.status != "Accepted":
        return known
    return replace(known, profiles=tuple(each for each in known.profiles if not is_meant(each, exchange.payload)))


def is_meant(profile: Profile, payload: Mapping[str, Any]) -> bool:
    """Whether a ClearChargingProfile clears this one: by its id alone, or by all that is given (errata v4.0 3.25, 3.26)."""
    if "id" in payload:
        return bool(payload["id"] == profile.number)
    wanted = {"connectorId": profile.connector, "chargingProfilePurpose": profile.purpose, "stackLevel": profile.stack}
    return all(name not in payload or payload[name] == has for name, has in wanted.items())


def _remote_start(known: Installed, exchange: Exchange, offered: dict[int, dict[str, Any]]) -> Installed:
    connector, told = exchange.payload.get("connectorId"), exchange.payload.get("chargingProfile")
    if exchange.status == "Accepted" and isinstance(connector, int):
        offered.pop(connector, None)
        if isinstance(told, dict):
            offered[connector] = {"idTag": exchange.payload.get("idTag"), "profile": told, "frames": exchange.seqs}
    return known


def _start(known: Installed, exchange: Exchange, offered: dict[int, dict[str, Any]]) -> Installed:
    connector, identifier = exchange.payload.get("connectorId"), (exchange.result or {}).get("transactionId")
    if not isinstance(connector, int) or not isinstance(identifier, int):
        return known
    kept = tuple(each for each in known.running if each.connector != connector)
    known = replace(known, running=(*kept, Running(identifier, connector, exchange.call.seq)))
    given = offered.pop(connector, None)
    if given is None or given["idTag"] != exchange.payload.get("idTag"):
        return known
    profile = profile_of(given["profile"], connector, exchange.seqs[-1], given["frames"])
    if profile is None or profile.purpose != TX:
        return known
    return _with(known, replace(profile, transaction=identifier))


def _stop(known: Installed, exchange: Exchange, _offered: dict[int, dict[str, Any]]) -> Installed:
    identifier = exchange.payload.get("transactionId")
    ended = {each.connector for each in known.running if each.identifier == identifier}
    kept = tuple(each for each in known.profiles if each.purpose != TX or each.connector not in ended)
    return replace(known, profiles=kept, running=tuple(each for each in known.running if each.identifier != identifier))


def _boot(known: Installed, _exchange: Exchange, offered: dict[int, dict[str, Any]]) -> Installed:
    """Transactions may have ended with it; profiles outlast it (errata v4.0 3.37), those of transactions go with them."""
    offered.clear()
    return replace(known, running=(), profiles=tuple(each for each in known.profiles if each.purpose != TX))


_STEPS = {
    "SetChargingProfile": _set,
    "ClearChargingProfile": _clear,
    "RemoteStartTransaction": _remote_start,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "BootNotification": _boot,
}


# --- what holds at a moment


@dataclass(frozen=True)
class Limit:
    """What is allowed at a moment, in the unit that was asked for; None: nothing can be said."""

    usual: float | None = None
    sure: float | None = None


@dataclass(frozen=True)
class Situation:
    """The profiles that can bear upon one connector. `top` is the highest stack level that the station has; None: not known.

    `follows` is whether a transaction has to follow a default profile that comes while it runs (errata v4.0 3.8).
    """

    installed: Installed
    connector: int
    unit: str
    top: int | None
    follows: bool = True

    @property
    def bearing(self) -> tuple[Profile, ...]:
        """In the order of their stack levels, the highest first."""
        running = self.installed.transaction_on(self.connector)
        kept = [each for each in self.installed.profiles if each.unit == self.unit and self._bears(each, running)]
        return tuple(sorted(kept, key=lambda each: (each.stack, each.connector), reverse=True))

    def _bears(self, profile: Profile, running: Running | None) -> bool:
        if profile.purpose == CHARGE_POINT_MAX:
            return profile.connector == 0
        if profile.purpose == TX_DEFAULT:
            return profile.connector in {0, self.connector}
        own = running is not None and profile.connector == self.connector
        return own and running is not None and profile.transaction in {None, running.identifier}

    def at(self, when: datetime) -> Limit:
        """The lowest of what the purposes allow (3.13.3); a TxProfile overrules the default one while there is a transaction (3.13.1)."""
        if self.installed.unsure or any(each.unit != self.unit for each in self.installed.profiles):
            return Limit()
        running = self.installed.transaction_on(self.connector)
        whole = self._of((each for each in self.bearing if each.purpose == CHARGE_POINT_MAX), when)
        own = [each for each in self.bearing if each.purpose == TX]
        default = self._of((each for each in self.bearing if each.purpose == TX_DEFAULT), when)
        if own:
            transaction = self._of(own, when)
            # Whether the default profile comes back where the transaction's own says nothing is read both ways.
            usual, sure = (default.usual if transaction.usual is None else transaction.usual), transaction.sure
        else:
            # Without a transaction a default profile is not in force yet: a station may leave it out (5.7 speaks of active schedules).
            usual, sure = default.usual, default.sure if running is not None else None
        return Limit(_lowest(whole.usual, usual), _lowest(whole.sure, sure))

    def _of(self, profiles: Iterable[Profile], when: datetime) -> Limit:
        """Of profiles of one purpose, the highest first, that with the highest level among those that are valid (3.13.2)."""
        valid = [each for each in profiles if each.is_valid(when)]
        usual = next((limit for each in valid if (limit := each.limit(when)) is not None), None)
        if not valid:
            return Limit()
        first = valid[0]
        # Only at the highest level, or in a transaction that was seen from its beginning, no profile of somebody else can be above.
        alone = first.purpose == TX or (self.top is not None and first.stack >= self.top and first.connector == self._place(first))
        return Limit(usual, first.limit(when) if alone and self._is_followed(first) else None)

    def _is_followed(self, profile: Profile) -> bool:
        running = self.installed.transaction_on(self.connector)
        return self.follows or profile.purpose != TX_DEFAULT or running is None or profile.since < running.since

    def _place(self, profile: Profile) -> int:
        return 0 if profile.purpose == CHARGE_POINT_MAX else self.connector

    def is_settled(self, when: datetime, seconds: float) -> bool:
        """Whether nothing changes within so many seconds of this moment."""
        return all(abs((change - when).total_seconds()) > seconds for each in self.bearing for change in each.changes())


def _lowest(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)
