"""What tests of the security extension share: an operator with an authority, a CSMS with doors and files, and a station of it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from probes.csms.authority import CertificateAuthority
from probes.csms.csms import Csms, StationLink
from probes.csms.files import FileHouse
from probes.csms.operations import Operations
from probes.pki.certificates import to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.clock import Clock, SystemClock
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.records import Frame
from probes.wire.security import ClientSecurity, ServerSecurity
from tests.probes.station.test_station import CONFIG, running, sent

BOUND = 60.0
KEY = "00112233445566778899aabbccddeeff00112233"
OTHER_KEY = "4f43415f4f4354545f61646d696e5f74657374aa"
PAST = "2020-01-01T00:00:00Z"
NOW = datetime.now(UTC)
SECURE = replace(
    CONFIG,
    profiles=("Core", "FirmwareManagement", "RemoteTrigger", "Security"),
    serial_number="SN-0001",
    keys={
        **CONFIG.keys,
        "SecurityProfile": "0",
        "AuthorizationKey": "",
        "CpoName": "Operator",
        "CertificateStoreMaxLength": "3",
        "CertificateSignedMaxChainSize": "10000",
        "AdditionalRootCertificateCheck": "false",
    },
)
MAKER = Issuer.new("Maker", "Maker", NOW, "RSA")
SIGNER = rsa.generate_private_key(65537, 2048)
SIGNED_BY = MAKER.issue("Firmware", "Maker", SIGNER.public_key(), NOW, timedelta(days=30))


@dataclass
class Operator:
    """A certificate authority, and the files that TLS wants of it."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.authority = CertificateAuthority("Operator", self.clock, self.folder / "authority")
        self.root = self.authority.root_file(self.folder)
        self.pair = self.authority.server_pair("127.0.0.1", self.folder)

    def door(self, profile: int, **passwords: str) -> ServerSecurity:
        hashes = PasswordFile({name: hash_password(text) for name, text in passwords.items()}) if profile in {1, 2} else None
        pairs = (self.pair,) if profile >= 2 else ()
        if profile < 3:
            return ServerSecurity(profile, hashes, pairs)
        return ServerSecurity(3, None, pairs, self.root, "Operator", {"CP1": "SN-0001"})

    def shown(self, profile: int, password: str | None = KEY, **more: Any) -> ClientSecurity:
        return ClientSecurity(profile, password if profile in {1, 2} else None, self.root if profile >= 2 else None, **more)

    def station_pair(self, serial_number: str = "SN-0001", ends: timedelta = timedelta(days=365)) -> tuple[Path, Path]:
        """A certificate that the station came with, signed by this authority."""
        issuer = Issuer.from_pem((self.folder / "authority" / "authority.pem").read_text())
        key = new_key()
        certificate = issuer.issue(serial_number, "Operator", key.public_key(), NOW, ends)
        pair = self.folder / "station.pem", self.folder / "station.key"
        pair[0].write_text(to_pem(certificate))
        pair[1].touch(0o600)
        pair[1].write_text(key_to_pem(key))
        return pair


class Secured:
    """A CSMS and one station CP1 of it."""

    def __init__(self, csms: Csms, station: Station, files: FileHouse) -> None:
        self.csms, self.station, self.files = csms, station, files

    @property
    def ask(self) -> Operations:
        return self.csms.operations("CP1")

    @property
    def mark(self) -> int:
        return self.csms.transcript("CP1").seq

    async def saw(self, action: str, *, after: int = 0, **fields: Any) -> dict[str, Any]:
        record = await self.csms.transcript("CP1").wait_for(sent(action, **fields), BOUND, after=after)
        assert isinstance(record, Frame), f"no {action} with {fields}"
        payload: dict[str, Any] = json.loads(record.raw)[3]
        return payload

    async def event(self, kind: str, after: int = 0) -> dict[str, Any]:
        return await self.saw("SecurityEventNotification", after=after, type=kind)

    async def again(self, link: StationLink, profile: int) -> StationLink:
        """The next connection, which has this security profile."""
        found = await self.csms.station("CP1", BOUND, after=link)
        assert found.handshake.security["securityProfile"] == profile
        return found

    async def link(self) -> StationLink:
        return await self.csms.station("CP1", BOUND)

    def told(self) -> list[str]:
        """The types of the security events that arrived, in order."""
        frames = [record for record in self.csms.transcript("CP1").records if isinstance(record, Frame) and record.raw.startswith("[2")]
        return [json.loads(frame.raw)[3]["type"] for frame in frames if frame.action == "SecurityEventNotification"]

    def logged(self) -> list[str]:
        """The types of the events in the station's security log, in order."""
        return [event.type for event in self.station.security.log.between(None, None)]


@asynccontextmanager
async def secured(
    folder: Path,
    config: StationConfig = SECURE,
    *,
    door: ServerSecurity | None = None,
    shown: ClientSecurity | None = None,
    keys: Mapping[str, str] = {},
    schemes: tuple[str, ...] = ("http", "ftp"),
    state: Path | None = None,
    further: ServerSecurity | None = None,
    **options: Any,
) -> AsyncIterator[Secured]:
    files = FileHouse(folder / "files", schemes=schemes, key_pair=options.pop("key_pair", None))
    doors = [(0, further)] if further else []
    async with Csms(security=door, files=files, further=doors, **options) as csms:
        own = replace(config, keys={**config.keys, **keys})
        station = Station(
            own, csms.url, "CP1", randomness=random.Random(1), security=shown, endpoints=csms.urls if further else {}, state=state
        )
        async with running(station):
            both = Secured(csms, station, files)
            await both.saw("StatusNotification", connectorId=config.connectors)
            yield both


async def until(look: Any) -> None:
    """Wait until something holds, at most as long as anything may take."""
    async with asyncio.timeout(BOUND):
        while not look():
            await asyncio.sleep(0.005)
