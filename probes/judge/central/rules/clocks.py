"""The time that a central system tells (1.6 3.14, 3.15, 4.2, 4.6), against the clock of the audit, which may be wrong as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

NEAR_SECONDS = 1.0
"""How far apart two clocks that are set may be; the answer's way comes on top."""

WRONG_SECONDS = 300.0
"""So far off is no drift of either clock, and no slow network: one of both is a wrong one."""

ABSURD_SECONDS = timedelta(days=365).total_seconds()
"""So far off no clock of an audit is."""

ZONE_STEP, FARTHEST_ZONE, SET_SECONDS = 900.0, 14 * 3600.0, 60.0
"""Time zones differ by quarters of an hour, from UTC by 14 hours at most; a clock may be set a minute off."""


@dataclass(frozen=True)
class _Told:
    """One `currentTime`: how many seconds it is off, beyond `allowed`, and whether it says its zone."""

    text: str
    off: float
    allowed: float
    zoned: bool

    @property
    def right(self) -> bool:
        """Whether it is the time, but for its way."""
        return abs(self.off) <= self.allowed

    @property
    def wrong(self) -> bool:
        """Whether one of both clocks must be wrong, and not only set a little off."""
        return abs(self.off) > WRONG_SECONDS + self.allowed

    @property
    def local(self) -> bool:
        """Whether it may be the right time of some zone, which it does not name."""
        steps = round(self.off / ZONE_STEP)
        return not self.zoned and abs(steps) * ZONE_STEP <= FARTHEST_ZONE and abs(self.off - steps * ZONE_STEP) <= SET_SECONDS


@judges_exchanges("central-tells-the-time")
def tells_the_time(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """`currentTime` of BootNotification.conf and Heartbeat.conf at the moment in which the answer came.

    Where all answers are off by the same, the wrong clock may be the one of the audit, so that only an absurd time accuses; where some are
    right, or they contradict each other, it is not. A time without its zone may be the local one (1.6 3.14): a warning.
    """
    told = _told(exchange)
    if told is None:
        return  # No date at all is what the schema's obligation says.
    subject, where = f"time/{exchange.action}", f"currentTime in {exchange.action}.conf"
    if not told.zoned:
        text = f"{where}, {told.text!r}, does not say its zone: a station cannot know which time it is"
        yield bench.fails(exchange, text, subject, Severity.WARNING)
    if told.right or told.local:
        yield bench.passes(exchange, f"{where} is right" + ("" if told.zoned else " in some time zone"))
    elif not told.wrong:
        text = f"{where} differs by {abs(told.off):.1f} s from the clock of the audit; one of both is not set well"
        yield bench.passes(exchange, text, Severity.WARNING, subject)
    elif abs(told.off) > ABSURD_SECONDS or not _all_off_by_the_same(view):
        text = f"{where} is {abs(told.off):.0f} s away from the time at which it came"
        yield bench.fails(exchange, text, subject, frames=exchange.seqs[1:])
    else:
        text = f"{where}, as every time that is told, is {abs(told.off):.0f} s away from the clock of the audit; one of both is wrong"
        yield bench.open(exchange, text, Severity.WARNING, "time")


def _all_off_by_the_same(view: CentralView) -> bool:
    if "clock agrees" not in view.worked_out:
        told = [each for each in map(_told, (*view.told("BootNotification"), *view.told("Heartbeat"))) if each is not None]
        offs = [each.off for each in told]
        view.worked_out["clock agrees"] = max(offs) - min(offs) <= 2 * NEAR_SECONDS + max(each.allowed for each in told)
    return bool(view.worked_out["clock agrees"])


def _told(exchange: Exchange) -> _Told | None:
    if exchange.from_csms or exchange.action not in {"BootNotification", "Heartbeat"} or exchange.result is None or exchange.reply is None:
        return None
    text = exchange.result.get("currentTime")
    moment = _moment(text)
    if moment is None:
        return None
    zoned = moment.tzinfo is not None
    off = ((moment if zoned else moment.replace(tzinfo=UTC)) - datetime.fromisoformat(exchange.reply.frame.timestamp)).total_seconds()
    return _Told(str(text), off, NEAR_SECONDS + (exchange.elapsed or 0.0), zoned)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
