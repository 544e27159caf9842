"""How often somebody may ask for what costs something: the API, and the judging of offers. Files of the pages' own are never counted.

Counted in a file that all processes of an installation share, of a size that never grows: in the database, every request would be a
change, after which no page that was kept counts any more. What is counted is lost with the file, and nothing else is.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import ceil
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from werkzeug.exceptions import TooManyRequests

from registry.accounts.access import API, current
from registry.accounts.limits import network_of
from registry.accounts.secrets import hashed
from registry.language import counted, number_text
from registry.marking import N_
from registry.settings import Settings

FILE = "rates"
MINUTE = 60.0
EXTENSION = "ocpp-registry-rates"
_ATTRIBUTE = "counted_besides"
_ENTRY = struct.Struct("<8sd")
_SETS, _WAYS = 4096, 8
_SET_BYTES = _WAYS * _ENTRY.size
View = TypeVar("View", bound=Callable[..., Any])

log = logging.getLogger(__name__)


class What(StrEnum):
    """What is counted apart."""

    API = "api"
    CHECKS = "checks"


class Rates:
    """Counts in the file at `path`. Of each key it keeps one time: when all that it was given would have come at the even rate.

    So whoever was quiet may ask `most` times at once, and afterwards as often as the even rate allows. The file has room for 32,768 keys
    at once; of more, those are forgotten that have the least left to wait. `secret` keeps anybody from choosing keys that share a place.
    """

    def __init__(self, path: Path, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._path, self._secret, self.clock = path, secret[:64], clock

    def wait(self, key: str, most: int, period: float = MINUTE) -> int | None:
        """Count one request of `key`; or it is not counted, and the seconds to wait come back, where it were too many.

        `period` is in seconds. Without `most` (0) there are never too many. A file that cannot be written stops nobody.
        """
        if not most:
            return None
        try:
            return self._wait(key, period / most, period)
        except OSError as error:
            log.warning("%s cannot be used (%s): nobody's requests are counted", self._path, error.strerror)
            return None

    def _wait(self, key: str, each: float, period: float) -> int | None:
        digest = blake2b(key.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=12).digest()
        mark, offset = digest[:8], int.from_bytes(digest[8:]) % _SETS * _SET_BYTES
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # ends with the file's closing, also where the process is killed
            now = self.clock()
            ways = list(_ENTRY.iter_unpack(os.pread(file, _SET_BYTES, offset).ljust(_SET_BYTES, b"\0")))
            way = next((place for place, (held, _) in enumerate(ways) if held == mark), None)
            # A clock that was set back must not keep anybody out for longer than a period.
            reached = min(max(ways[way][1], now), now + period) if way is not None else now
            too_early = reached + each - period - now
            if too_early > each / 1000:  # numbers of seconds are not exact
                return max(1, ceil(too_early))
            place = way if way is not None else min(range(_WAYS), key=lambda one: ways[one][1])
            os.pwrite(file, _ENTRY.pack(mark, reached + each), offset + place * _ENTRY.size)
        finally:
            os.close(file)
        return None


@dataclass(frozen=True)
class Asker:
    """Who asks, for counting: a token, an account, or whoever has this address."""

    key: str
    has_token: bool


def counted_as(what: What) -> Callable[[View], View]:
    """Marks a view whose requests, other than to read, are counted as `what` besides; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, what)
        return view

    return mark


def limit_rates(app: Flask, settings: Settings) -> None:
    """Refuse what is asked too often of `app`. To be called before `guard`: what is refused there is counted too."""
    app.extensions[EXTENSION] = Rates(settings.home / FILE, cast("bytes", app.config["SECRET_KEY"]))
    most = {
        (What.API, False): settings.api_per_minute,
        (What.API, True): settings.api_per_minute_with_token,
        (What.CHECKS, False): settings.checks_per_minute,
        (What.CHECKS, True): settings.checks_per_minute,
    }

    def refuse() -> None:
        if request.endpoint == "static":
            return
        wanted = [What.API] if request.path.startswith(f"{API}/") else []
        marked: What | None = getattr(current_app.view_functions.get(request.endpoint or ""), _ATTRIBUTE, None)
        if marked is not None and request.method == "POST":
            wanted.append(marked)
        if not wanted:
            return
        asker = _asker()
        for what in wanted:
            limit = most[what, asker.has_token]
            seconds = cast("Rates", current_app.extensions[EXTENSION]).wait(f"{what} {asker.key}", limit)
            if seconds is not None:
                raise TooManyRequests(_sentence(what, limit, seconds), retry_after=seconds)

    app.before_request(refuse)


def _asker() -> Asker:
    account = current()
    if account is None:  # a token that nobody knows is as good as none: whoever makes them up is counted by the address
        return Asker(f"address {network_of(request.remote_addr)}", has_token=False)
    given = request.authorization
    if given is not None and given.token and request.path.startswith(f"{API}/"):
        return Asker(f"token {hashed(given.token)}", has_token=True)
    return Asker(f"account {account.id}", has_token=False)


_REQUESTS = (
    N_("So many requests in a minute are not taken: wait %(num)s second, and ask again. At most %(most)s a minute are answered."),
    N_("So many requests in a minute are not taken: wait %(num)s seconds, and ask again. At most %(most)s a minute are answered."),
)
_CHECKS = (
    N_("So many files of offers in a minute are not judged: wait %(num)s second, and send it again. At most %(most)s a minute are judged."),
    N_(
        "So many files of offers in a minute are not judged: wait %(num)s seconds, and send it again. At most %(most)s a minute are judged."
    ),
)


def _sentence(what: What, most: int, seconds: int) -> str:
    return counted(*(_CHECKS if what is What.CHECKS else _REQUESTS), seconds, most=number_text(most))
