"""Whole audits of the built-in station, with any tiers and any faults, in virtual time: the person at the station is its own controls."""

from __future__ import annotations

import asyncio
import atexit
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from probes.audit import AuditOptions, AuditResult, audit_station, certified_heartbeat
from probes.cases.catalogue import DEFAULT_TIERS, TIERS, select
from probes.cases.prompts import Action, Done, Prompt
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.csms.files import FileHouse
from probes.faults import with_faults
from probes.modes.takeover import Limits
from probes.station.config import StationConfig
from probes.station.meter import Meter
from probes.station.station import Station
from probes.twins import twin_of
from probes.wire.tls import take_old
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests.probes.audits.secured import secured
from tests.virtual import VirtualClock, run

REGISTER = 1_234_567.0
"""What the meters of a station that has been in use stand at, in Wh."""

PERSONS_TAG = "CARDOFAPERSON"
ANOTHER_TAG = "ANOTHERCARD"
NEED_A_PROFILE = frozenset({"TC_045_1_CS", "TC_045_2_CS", "TC_050_4_CS", "TC_054_CS", "TC_060_CS", "TC_079_CS"})
"""Cases of the default audit that are not about a station without their profile."""

DEFAULT_PASSES = {
    case.facts.id: "pass" for case in select(DEFAULT_TIERS, ()).run if case.script is not None and case.facts.id not in NEED_A_PROFILE
}
"""What the audit that nobody has allowed more finds of a station that is as it should be."""


def applicable(report: dict[str, Any]) -> dict[str, str]:
    """The outcomes of the cases that are about such a station."""
    return {case["id"]: case["outcome"] for case in report["cases"] if case["outcome"] != "not applicable"}


LIMITS = Limits(boot=5.0, comes_back=300.0, status=10.0, start=20.0, total=86_400.0)


@dataclass
class TwinOperator:
    """A person at a twin: does at once, and exactly, what is asked. `refuses` is what it cannot do; `asked` is what it was asked for."""

    station: Station
    refuses: Collection[Action] = ()
    asked: list[Prompt] = field(default_factory=list)

    async def ask(self, prompt: Prompt) -> Done:
        """Do it with the station's controls."""
        self.asked.append(prompt)
        if prompt.action in self.refuses:
            return Done.CANNOT
        arguments: dict[str, Any] = {}
        if prompt.connector is not None:
            arguments["connector"] = prompt.connector
        if prompt.action is Action.PRESENT_TAG:
            arguments["id_tag"] = prompt.id_tag or (ANOTHER_TAG if prompt.another else PERSONS_TAG)
        if prompt.error is not None:
            arguments["error"] = prompt.error
        try:
            # Beside everything else: a control may wait for what only the CSMS's next answer brings about.
            await asyncio.shield(self.station.spawn(self.station.controls.do(str(prompt.action), arguments)))
        except CannotBegin:
            return Done.CANNOT
        return Done.DONE


@dataclass(frozen=True)
class Audited:
    """A finished audit and what it left behind."""

    report: dict[str, Any]
    result: AuditResult
    station: Station
    asked: tuple[Prompt, ...]

    @property
    def outcomes(self) -> dict[str, str]:
        """Each case that was carried out."""
        return {case["id"]: case["outcome"] for case in self.report["cases"]}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each case came out as it did."""
        return {case["id"]: case["reason"] for case in self.report["cases"]}

    @property
    def errors(self) -> tuple[str, ...]:
        """The causes that the report names as errors."""
        return tuple(finding["subject"] for finding in self.report["findings"] if finding["severity"] == "error")


@cache
def _homes() -> Path:
    """Where audits keep what they write for which no test names a place: in memory, since every line is flushed to a disk otherwise."""
    memory = Path("/dev/shm")  # noqa: S108 - what is made there has a name of its own, and is removed
    folder = tempfile.TemporaryDirectory(prefix="audits-", dir=memory if memory.is_dir() else None)
    atexit.register(folder.cleanup)
    return Path(folder.name)


async def audited(
    facts: CertificateFacts,
    *,
    faults: Sequence[str] = (),
    cases: Sequence[str] = (),
    tiers: Sequence[str] = TIERS,
    keys: Mapping[str, str | None] | None = None,
    config: StationConfig | None = None,
    refuses: Collection[Action] = (),
    directory: Path | None = None,
    image: bytes | None = b"firmware",
    state: Path | None = None,
    profile: int = 0,
    further: Sequence[int] = (),
    knows_password: bool = True,
    left_with_audits: bool = False,
) -> Audited:
    """Audit a twin of `facts` with these faults, in the running loop's time. `keys` are settings of the twin beside the certificate's
    (None: it does not have that one), `config` replaces the twin's configuration as a whole. `image` is the firmware that the
    laboratory has (None: none), `state` the file of what the station keeps. It comes with security profile
    `profile`; there are doors for the profiles `further`, too. `knows_password`: the audit was given the station's,
    `left_with_audits`: an earlier one has left it with another.
    """
    clock = VirtualClock()
    plain = config or twin_of(facts)
    if keys is not None:
        merged = {**plain.keys, **keys}
        plain = replace(plain, keys={key: value for key, value in merged.items() if value is not None})
    if profile:
        # Whoever is known by a certificate is known by its serial number.
        plain = replace(plain, serial_number="CP1")
    faulty = with_faults(plain, faults)
    home = directory or Path(tempfile.mkdtemp(dir=_homes()))
    firmware = None if image is None else home / "firmware.bin"
    if firmware is not None:
        firmware.write_bytes(image or b"")
    interval, files = certified_heartbeat(facts) or 300, FileHouse(home / "files")
    own = secured(profile, home, image or b"", further=further, left_with_audits=left_with_audits) if profile else None
    doors: dict[str, Any] = {"security": own.door, "further": own.further} if own else {}
    if "laboratory" in tiers:
        doors["at_door"] = lambda server: server.spoil(take_old)
    async with Csms(clock=clock, heartbeat_interval=interval, id_tags=audit_id_tags(), lenient=True, files=files, **doors) as csms:
        shown: dict[str, Any] = {"security": own.shown, "endpoints": csms.urls} if own else {}
        station = Station(faulty.config, csms.url, "CP1", clock=clock, misbehave=faulty.misbehave, state=state, **shown)
        for connector in station.connectors.values():
            connector.meter = Meter(clock, faulty.config.phases, max(float(connector.meter.register), REGISTER))
        if own:
            own.equip(station)
        running = asyncio.create_task(station.run())
        operator = TwinOperator(station, refuses)
        try:
            options = AuditOptions(tiers=tiers, cases=cases, limits=LIMITS, operator=operator, firmware=firmware)
            if own:
                password = own.password if knows_password else None
                options = replace(options, signed=own.signed, password=password, authority=own.authority)
            result = await audit_station(
                facts=facts, identity="CP1", csms=csms, transcript_dir=home, options=options, clock=clock, audit_id="audit"
            )
        finally:
            station.stop()
            with suppress(asyncio.CancelledError):
                await running
    return Audited(result.report, result, station, tuple(operator.asked))


def audit(facts: CertificateFacts, **options: Any) -> Audited:
    """`audited` in a loop of its own with virtual time: for tests and commands that are no coroutines."""
    return run(lambda: audited(facts, **options))
