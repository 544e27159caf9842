"""The built-in central system: takes stations as they come and gives each one to whoever wants to talk to it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from ocpp.v16.enums import Action, RegistrationStatus

from probes.csms.authority import CertificateAuthority
from probes.csms.core import CoreBehaviour
from probes.csms.doors import Door, Doors
from probes.csms.files import PLAIN_SCHEMES, SCHEMES, FileHouse
from probes.csms.links import Arrival, OwnLine, StationLink
from probes.csms.notifications import FirmwareNotifications
from probes.csms.operations import Operations
from probes.csms.profiles import SECURITY, all_profiles
from probes.csms.security import SecurityBehaviour
from probes.csms.state import IdTags, StationState, TransactionIds
from probes.csms.steering import Steering
from probes.csms.store import StateFolder
from probes.csms.watch import Watch
from probes.wire.client import connection_url
from probes.wire.clock import Clock, SystemClock
from probes.wire.connection import GOING_AWAY, Connection, Tap
from probes.wire.interception import Intercepted, Interception, Line
from probes.wire.passwords import spelled
from probes.wire.peer import Call, Reply, ReplyFilter, Result
from probes.wire.records import Direction, EventKind
from probes.wire.redact import Redactor, new_key
from probes.wire.security import Refusal, ServerSecurity
from probes.wire.server import Handshake, Refused, Screen, Server
from probes.wire.tls import KeyPair
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL, KeepAlive
from registry.errors import CannotBegin

REMEMBERED_ARRIVALS = 200
REMEMBERED_STATIONS = 2000
"""How much is kept of stations that are not connected (any more): enough to explain, bounded against a flood of identities."""

LOGGER = logging.getLogger("ocpp_registry.csms")

__all__ = ["Arrival", "Csms", "StationLink"]


class Csms:
    """A CSMS on `host`:`port` (0: any free port); `async with` starts and stops it.

    `heartbeat_interval` (seconds) goes out in BootNotification.conf. `redaction_key` keys the hashes that stand for idTags in
    transcripts. `identities` are the stations that are let in (None: all; others get HTTP 404 and appear in `arrivals`).
    `history` bounds the records that each transcript keeps in memory (None: all). A `lenient` CSMS answers also calls that break
    their schema, where it can, so that a faulty station can be looked at. `security` is what a station must show to be let
    in, `keep_alive` how half-open connections are found. What is known of stations is kept in
    `state_folder` over restarts (None: it is not). `authority` signs the stations' certificates, `files` serves firmware and takes uploads;
    `further` are doors with other security profiles. `misbehave` gives what intercepts each connection, `at_door` is
    let loose on each of the servers (the faults of probes/faults). `profiles` are the feature profiles that it has (None: all);
    messages of others are refused. `vendor_messages` are the messageIds that it knows in DataTransfer, by
    vendorId. Raises `CannotBegin` when the port cannot be had.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
        heartbeat_interval: int = 300,
        redaction_key: bytes | None = None,
        base_path: str = "",
        identities: Collection[str] | None = None,
        id_tags: IdTags | None = None,
        history: int | None = None,
        lenient: bool = False,
        security: ServerSecurity | None = None,
        keep_alive: KeepAlive | None = None,
        state_folder: Path | None = None,
        authority: CertificateAuthority | None = None,
        files: FileHouse | None = None,
        further: Sequence[Door] = (),
        misbehave: Callable[[Csms, Line], Interception] | None = None,
        at_door: Callable[[Server], None] | None = None,
        profiles: Collection[str] | None = None,
        vendor_messages: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._vendor_messages = vendor_messages
        self._misbehave = misbehave
        self._profiles = all_profiles() if profiles is None else frozenset(profiles)
        self._clock = clock or SystemClock()
        self._heartbeat_interval = heartbeat_interval
        self.redactor = Redactor(redaction_key or new_key())
        self._id_tags = id_tags or IdTags()
        self._history = history
        self._lenient = lenient
        self._store = StateFolder(state_folder, self.redactor) if state_folder else None
        self._states = self._store.load() if self._store else {}
        known = (number for state in self._states.values() for number in state.transactions)
        self._transaction_ids = TransactionIds(self._clock.now(), known)
        self._authority = authority
        self.files = files

        def server(number: int, door: ServerSecurity) -> Server:
            made = Server(
                host,
                number,
                on_connection=self._serve,
                on_refused=self._refused,
                redactor=self.redactor,
                base_path=base_path,
                identities=identities,
                security=door,
                keep_alive=keep_alive,
            )
            made.refusal = self._unless_away(made.refusal)
            if at_door:
                at_door(made)
            return made

        self._doors = Doors(((port, security or ServerSecurity()), *further), self._states, authority, server)
        self._links: dict[str, StationLink] = {}
        self._steerings: dict[str, Steering] = {}
        self._transcripts: OrderedDict[str, Transcript] = OrderedDict()
        self._arrivals: deque[Arrival] = deque(maxlen=REMEMBERED_ARRIVALS)
        self._watch = Watch(self._clock)
        self._closing: set[asyncio.Task[None]] = set()
        self._mischief: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The endpoint: a station connects to this, `/`, and its identity."""
        return self._doors.first.url

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._doors.first.port

    @property
    def urls(self) -> dict[int, str]:
        """The endpoints by security profile: a port has one profile (A00.FR.006)."""
        return self._doors.urls

    @property
    def doors(self) -> Doors:
        """The ports that are listened on, for what a laboratory does with them."""
        return self._doors

    @property
    def profiles(self) -> frozenset[str]:
        """The feature profiles that it has; it sends no message of another."""
        return self._profiles

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """The connections and refused handshakes so far, oldest first (the newest 200)."""
        return tuple(self._arrivals)

    @property
    def links(self) -> tuple[StationLink, ...]:
        """The stations that are connected now."""
        return tuple(self._links.values())

    @property
    def states(self) -> tuple[StationState, ...]:
        """What is known of each station, connected or not."""
        return tuple(self._states.values())

    async def __aenter__(self) -> Csms:
        await self._doors.__aenter__()
        if self.files:
            self.files.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.files:
            self.files.stop()
        await self._doors.__aexit__(kind, error, trace)
        for state in self._states.values():
            self._keep_if_possible(state)
        for task in tuple(self._mischief):
            task.cancel()
        await asyncio.gather(*self._closing, *self._mischief, return_exceptions=True)

    def serve_files(self, folder: Path, host: str, key_pair: KeyPair | None = None) -> None:
        """Let files be fetched and put below `folder`, on free ports of `host`, for as long as this runs; with a key pair also over TLS.

        Raises `CannotBegin`.
        """
        self.files = FileHouse(folder, host, schemes=SCHEMES if key_pair else PLAIN_SCHEMES, key_pair=key_pair)
        self.files.start()

    def transcript(self, identity: str) -> Transcript:
        """The transcript of this station, over all its connections; may be asked for, and listened to, before the station comes."""
        transcript = self._transcripts.get(identity)
        if transcript is None:
            transcript = Transcript(clock=self._clock, redactor=self.redactor.of_its_own(), limit=self._history)
            self._transcripts[identity] = transcript
            self._forget_some()
        return transcript

    def steering(self, identity: str) -> Steering:
        """What this station meets otherwise than usual; may be asked for, and set, before it comes."""
        return self._steerings.setdefault(identity, Steering())

    async def station(self, identity: str, timeout: float, *, after: StationLink | None = None) -> StationLink:
        """The open connection of this station, waiting at most `timeout` seconds for it; with `after`, a connection later than that one.

        Raises `CannotBegin` with one line that says what came instead.
        """

        def connected() -> StationLink | None:
            link = self._links.get(identity)
            return None if link is after else link

        link = await self._watch.until(connected, timeout)
        if link is None:
            raise CannotBegin(
                f"station {identity}: no connection to {connection_url(self.url, identity)} within {timeout:g} s; {self._instead(identity)}"
            )
        return link

    def now(self) -> datetime:
        """The CSMS's clock."""
        return self._clock.now()

    async def certificate(self, identity: str, fingerprints: Collection[str], timeout: float) -> dict[str, str] | None:
        """The first certificate that was issued to this station and is none of these; None after `timeout` seconds."""

        def issued() -> dict[str, str] | None:
            state = self._states.get(identity)
            return next((each for each in state.certificates if each["sha256"] not in fingerprints), None) if state else None

        return await self._watch.until(issued, timeout)

    def operations(self, identity: str) -> Operations:
        """What can be asked of this station, over the connection that it has now. Raises `CannotBegin` when it has none."""
        link = self._links.get(identity)
        if link is None:
            raise CannotBegin(f"station {identity}: not connected to {connection_url(self.url, identity)}; wait for it first")
        return link.operations

    def _password_changed(self, state: StationState, text: str) -> None:
        self._doors.change_password(state, text)
        self._keep_if_possible(state)

    def _keep(self, state: StationState) -> None:
        if self._store is not None:
            self._store.save(state)

    def _keep_if_possible(self, state: StationState) -> None:
        try:
            self._keep(state)
        except OSError as problem:
            LOGGER.error("%s: its state cannot be kept (%s); free the disk", state.identity, problem.strerror)

    def _learned(self, state: StationState) -> None:
        self._keep_if_possible(state)
        self._watch.changed()

    def _in_use(self, id_tag: str) -> bool:
        """Whether some station has an open transaction with this idTag, or with what stands for it since a restart."""
        same = {id_tag.casefold(), self.redactor.tag(id_tag)}
        return any(transaction.id_tag.casefold() in same for state in self._states.values() for transaction in state.open_transactions())

    async def arrival(self, predicate: Callable[[Arrival], bool], timeout: float) -> Arrival | None:
        """The first arrival, past or coming, for which `predicate` holds; None after `timeout` seconds."""
        return await self._watch.until(lambda: next((arrival for arrival in self._arrivals if predicate(arrival)), None), timeout)

    def _instead(self, identity: str) -> str:
        refused = [arrival for arrival in self._arrivals if not arrival.accepted]
        own = next((arrival for arrival in reversed(refused) if arrival.identity == identity), None)
        if own:
            return f"its handshake was refused: {own.reason}"
        others = sorted({arrival.identity for arrival in self._arrivals if arrival.identity and arrival.identity != identity})
        if others:
            return f"other stations came: {', '.join(others[:5])}; check the identity that is set in the station"
        if refused:
            return f"a handshake was refused: {refused[-1].reason}"
        return "nothing connected at all; check the address that is set in the station, and the firewall"

    async def _serve(self, connection: Connection, handshake: Handshake) -> None:
        link = self._admit(connection, handshake)
        try:
            await link.peer.start()
        finally:
            if self._links.get(link.identity) is link:
                del self._links[link.identity]
            self._watch.changed()

    def _admit(self, connection: Connection, handshake: Handshake) -> StationLink:
        identity = handshake.identity
        state = self._states.setdefault(identity, StationState(identity))
        transcript = self.transcript(identity)
        state.security_profile = max(state.security_profile, int(handshake.security.get("securityProfile", 0)))
        older = self._links.get(identity)
        detail = handshake.detail(subprotocol=SUBPROTOCOL, **({"replaces": "an older connection of this station"} if older else {}))
        line = OwnLine(self._clock, self._mischief)
        intercepted = Intercepted(self._misbehave(self, line) if self._misbehave else Interception())
        tap = Tap(intercepted.connection(connection), transcript, identity, Direction.FROM_CSMS, detail)
        behaviours: list[object] = [
            CoreBehaviour(
                state,
                self._clock,
                self._heartbeat_interval,
                self._id_tags,
                self._transaction_ids,
                self._in_use,
                lambda: self._keep(state),
                self.redactor.tag,
                self.steering(identity),
                self._vendor_messages,
            )
        ]
        if "FirmwareManagement" in self._profiles:
            behaviours.append(FirmwareNotifications())
        if SECURITY in self._profiles:
            behaviours.append(
                SecurityBehaviour(
                    state,
                    self._clock,
                    self._authority,
                    lambda: link.operations,
                    lambda: self._learned(state),
                    lambda: self.steering(identity).takes_requests,
                )
            )
        filters = (self._boot_keeper(state), self.steering(identity).answer)
        peer = intercepted.peer(tap, clock=self._clock, behaviours=behaviours, reply_filters=filters, lenient=self._lenient)
        line.peer = peer
        operations = Operations(
            peer,
            state,
            lambda: self._keep_if_possible(state),
            password_changed=lambda text: self._password_changed(state, text),
            profiles=self._profiles,
        )
        link = StationLink(identity, peer, transcript, handshake, state, operations)
        if older:
            older.replaced = True
            self._close_soon(older)
        self._links[identity] = link
        self._transcripts.move_to_end(identity)
        self._arrivals.append(Arrival(identity, True, handshake.offered, handshake.peer))
        self._watch.changed()
        return link

    def _close_soon(self, older: StationLink) -> None:
        task = asyncio.create_task(older.peer.close(GOING_AWAY, "a newer connection of this station took over"))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _boot_keeper(self, state: StationState) -> ReplyFilter:
        """Keeps the last BootNotification as it came, well-formed or not: what the station says of itself is evidence either way."""

        def keep(call: Call, reply: Reply) -> Reply:
            if call.action == Action.boot_notification:
                state.boot = call.payload
                state.registered = isinstance(reply, Result) and reply.payload.get("status") == RegistrationStatus.accepted
                self._keep_if_possible(state)
            return reply

        return keep

    def _unless_away(self, refusal: Screen) -> Screen:
        async def screen(identity: str, authorization: str | None, tls: Any) -> Refusal | None:
            steering = self._steerings.get(identity)
            if steering is not None and steering.away:
                return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "came while it is kept out, to see what it does without a CSMS")
            refused = await refusal(identity, authorization, tls)
            if refused is None:
                # What it has shown to be let in must not be told in clear from here on.
                for secret in spelled(authorization):
                    self.transcript(identity).redactor.conceal(secret)
            return refused

        return screen

    def _refused(self, refused: Refused) -> None:
        handshake = refused.handshake
        if handshake.identity:
            detail = handshake.detail(reason=refused.reason)
            self.transcript(handshake.identity).add_event(EventKind.HANDSHAKE_REFUSED, handshake.identity, detail)
        self._arrivals.append(Arrival(handshake.identity, False, handshake.offered, handshake.peer, refused.reason))
        self._watch.changed()

    def _forget_some(self) -> None:
        """Drop the longest-gone stations when there are too many: never one that is connected."""
        for identity in list(self._transcripts):
            if len(self._transcripts) <= REMEMBERED_STATIONS:
                return
            if identity not in self._links and identity != next(reversed(self._transcripts)):
                del self._transcripts[identity]
                self._steerings.pop(identity, None)
                if self._store is None:
                    self._states.pop(identity, None)
