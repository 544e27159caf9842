"""One connector of the built-in station: facts from which its status follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from probes.station.meter import Meter


@dataclass
class Transaction:
    """A running transaction. `transaction_id` is None until the CSMS has given one.

    `name` is the station's own, before and besides the CSMS's id. `data` are the MeterValues for its StopTransaction. The station delivers
    no energy when its driver turned out not to be allowed to charge (`cut_off`), or when a limit is 0 (`limited`); `ev_gone`: the
    cable was pulled out of the car, and the transaction lasts; `ev_full`: the car takes no more. `phases_chosen`: on how many phases it
    charges was decided. `awake` is set when something may have changed for its samples, `over` when it has ended.
    """

    id_tag: str
    meter_start: int
    transaction_id: int | None = None
    parent: str | None = None
    name: str = field(default_factory=lambda: uuid4().hex)
    began: datetime | None = None
    data: list[dict[str, Any]] = field(default_factory=list)
    stopping: bool = False
    cut_off: bool = False
    limited: bool = False
    ev_gone: bool = False
    ev_full: bool = False
    phases_chosen: bool = False
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self) -> None:
        """Whoever waits for something of this transaction waits no longer."""
        self.awake.set()
        self.over.set()

    @property
    def status(self) -> ChargePointStatus:
        """The status of its connector (section 7.7); of two reasons to give no energy the station's own goes before the car's."""
        if self.cut_off or self.limited:
            return ChargePointStatus.suspended_evse
        return ChargePointStatus.suspended_ev if self.ev_gone or self.ev_full else ChargePointStatus.charging


@dataclass(frozen=True, eq=False)
class Authorisation:
    """An identification that may start a transaction: each one is itself, also when the same tag is presented again.

    `profile` is the charging profile that a remote start brought for the transaction.
    """

    id_tag: str
    parent: str | None = None
    profile: Mapping[str, Any] | None = None


@dataclass
class Connector:
    """A connector, numbered from 1. `authorised` may start here; `finishing` lasts until the plug is pulled.

    `reserved` asks whether a reservation holds for it. `settling`: a new status that has not lasted MinimumStatusDuration yet.
    `locked`: the cable is held on the station's side although the car's end is free, until `holder` comes with the tag. `jammed`: the
    lock does not open. `error` is why it is faulted, `info` what is added to its next status.
    `held`: it is kept free for an installation of firmware. `ev_silent`: the car is there and says nothing that is understood.
    `telling` is held while a status is on its way.
    """

    connector_id: int
    meter: Meter
    operative: bool = True
    plugged: bool = False
    authorised: Authorisation | None = None
    finishing: bool = False
    transaction: Transaction | None = None
    faulted: bool = False
    locked: bool = False
    holder: str | None = None
    jammed: bool = False
    error: ChargePointErrorCode = ChargePointErrorCode.no_error
    info: str | None = None
    reserved: Callable[[], bool] = field(default=lambda: False)
    reported: ChargePointStatus | None = None
    settling: tuple[ChargePointStatus, object] | None = None
    held: bool = False
    ev_silent: bool = False
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def status(self) -> ChargePointStatus:
        """The status of OCPP 1.6 section 7.7 that these facts amount to."""
        if self.faulted:
            return ChargePointStatus.faulted
        if self.transaction:
            told = self.transaction.status
            return ChargePointStatus.suspended_ev if self.ev_silent and told == ChargePointStatus.charging else told
        if not self.operative or self.held:
            return ChargePointStatus.unavailable
        if self.finishing and (self.plugged or self.locked):
            return ChargePointStatus.finishing
        if self.plugged or self.authorised is not None:
            return ChargePointStatus.preparing
        return ChargePointStatus.reserved if self.reserved() else ChargePointStatus.available

    @property
    def startable(self) -> bool:
        """Whether a transaction may begin here."""
        return (
            self.operative
            and not self.held
            and not self.faulted
            and self.transaction is None
            and self.authorised is None
            and not (self.finishing and (self.plugged or self.locked))
        )
