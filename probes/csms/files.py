"""What goes between CSMS and stations as files: firmware to fetch, logs to put, over HTTP(S) and FTP(S), one grant a transfer."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from probes.csms.ftp_files import FtpFiles
from probes.csms.grants import LARGEST_FILE, Grant, Grants
from probes.csms.http_files import HttpFiles
from probes.wire.tls import KeyPair, server_context
from registry.errors import CannotBegin

SCHEMES = ("http", "https", "ftp", "ftps")

PLAIN_SCHEMES = ("http", "ftp")
"""How files go where the CSMS has no certificate."""


@dataclass(frozen=True)
class Place:
    """Where a station fetches or puts one file: the address with its credentials, to be sent and never to be logged."""

    location: str
    grant: Grant

    def __repr__(self) -> str:
        """Without the credentials."""
        return f"Place({self.grant.folder})"


class FileHouse:
    """The file servers of one CSMS on `host`, below `folder`. `ports` by scheme (0, or none: any free one).

    HTTPS and FTPS need `key_pair`. `largest` bounds, in bytes, what one transfer may bring. Raises `CannotBegin`.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        *,
        schemes: Sequence[str] = PLAIN_SCHEMES,
        key_pair: KeyPair | None = None,
        ports: Mapping[str, int] = MappingProxyType({}),
        largest: int = LARGEST_FILE,
    ) -> None:
        self.grants = Grants(folder)
        self._servers: dict[str, HttpFiles | FtpFiles] = {}
        for scheme in schemes:
            if scheme not in SCHEMES:
                raise CannotBegin(f"{scheme}: no way to transfer files; choose from {', '.join(SCHEMES)}")
            if scheme.endswith("s") and key_pair is None:
                raise CannotBegin(f"{scheme} needs a certificate and its key; give them, or choose http or ftp")
            self._servers[scheme] = self._server(scheme, host, ports.get(scheme, 0), key_pair, largest)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self.grants.listen(self._heard)

    def start(self) -> None:
        """Begin to serve; from within the event loop that will wait for files."""
        self._loop = asyncio.get_running_loop()
        for server in self._servers.values():
            server.start()

    def stop(self) -> None:
        """End."""
        for server in self._servers.values():
            server.stop()
        self._loop = None

    @property
    def schemes(self) -> tuple[str, ...]:
        """How files can be transferred here."""
        return tuple(self._servers)

    def offer(self, name: str, content: bytes, scheme: str = "http", host: str | None = None) -> Place:
        """A file that may be fetched. `host` is this machine's name or address for the station, where that is not the one listened on.

        Raises `CannotBegin` for a scheme that is not served, `ValueError` for a name that is none.
        """
        server = self._serving(scheme)
        grant = self.grants.to_read(name, content)
        return Place(server.location(grant, name, host), grant)

    def inbox(self, identity: str, scheme: str = "http", host: str | None = None) -> Place:
        """Where this station may put a file; `host` as for `offer`. Raises `CannotBegin` for a scheme that is not served."""
        server = self._serving(scheme)
        grant = self.grants.to_write(identity)
        return Place(server.location(grant, host=host), grant)

    def _serving(self, scheme: str) -> HttpFiles | FtpFiles:
        if scheme not in self._servers:
            raise CannotBegin(f"{scheme}: files are not served that way here, but by {', '.join(self._servers)}; choose one of these")
        return self._servers[scheme]

    async def arrived(self, place: Place, timeout: float) -> Path | None:
        """The file that was put there, complete; None when there is none after so many seconds."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    self._changed.clear()
                    found = self.grants.complete(place.grant)
                    if found:
                        return found[0]
                    await self._changed.wait()
        except TimeoutError:
            return None

    def end(self, place: Place) -> None:
        """The transfer is over, and its credentials with it."""
        self.grants.end(place.grant)

    def discard(self, place: Place) -> None:
        """The transfer is over, and what was put there is not kept."""
        self.grants.end(place.grant)
        if place.grant.writes:
            shutil.rmtree(place.grant.folder, ignore_errors=True)

    def _server(self, scheme: str, host: str, port: int, key_pair: KeyPair | None, largest: int) -> HttpFiles | FtpFiles:
        secure = key_pair if scheme.endswith("s") else None
        if scheme.startswith("ftp"):
            return FtpFiles(host, port, self.grants, key_pair=secure, largest=largest)
        context = server_context([secure], None, lambda _: None) if secure else None
        return HttpFiles(host, port, self.grants, context=context, largest=largest)

    def _heard(self, _: Path) -> None:
        """In a server's thread: whoever waits in the loop is woken there."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)
