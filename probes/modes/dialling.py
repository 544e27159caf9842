"""A connection to the central system for a station that asked for one, as far as the answer to its opening handshake."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from probes.modes.ends import HANDSHAKE_SECONDS, End, Upstream
from probes.modes.upgrade import END_OF_HEAD, BadHandshake, Head, read_response, upstream_request


class NotReached(Exception):
    """The central system could not be spoken to; the message says why."""


@dataclass(frozen=True)
class Reached:
    """A connection on which the central system answered: its answer, read and as it came, and what came behind it."""

    end: End
    head: Head
    raw: bytes
    early: bytes


async def dial(upstream: Upstream, request: Head, key: str | None = None) -> Reached:
    """Pass the station's request on, with `key` in the place of its own if there is one. Raises `NotReached`."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[bytes, bytes]] = loop.create_future()

    def came(head: bytes, rest: bytes) -> None:
        if not answered.done():
            answered.set_result((head, rest))

    def lost() -> None:
        if not answered.done():
            answered.set_exception(NotReached(f"{upstream.shown} hung up during the handshake"))

    end = End(came)
    end.on_lost = lost
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            await loop.create_connection(lambda: end, upstream.host, upstream.port, ssl=upstream.tls)
            end.write(upstream_request(request, upstream.authority, upstream.base_path, key))
            raw, rest = await answered
        head = read_response(raw)
    except (OSError, TimeoutError, BadHandshake) as problem:
        end.on_lost = None
        end.cut()
        raise NotReached(f"{upstream.shown} cannot be reached ({upstream.why_not(problem)})") from problem
    except BaseException:  # an interruption too: it is raised again once nothing is left open or half
        end.on_lost = None
        end.cut()
        raise
    return Reached(end, head, raw + END_OF_HEAD, rest)
