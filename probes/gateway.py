"""The gateway: one built-in CSMS that many stations connect to and wait on, in a thread of its own; audits borrow a station from it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from types import TracebackType

from probes.adaptors.prompt import PromptAdaptor
from probes.audit import FILES, HEARTBEAT_SECONDS, AuditOptions, AuditResult, audit_station, take_up
from probes.audit_csms import CentralOptions, audit_csms
from probes.cases.prompts import Operator
from probes.cases.tags import audit_id_tags
from probes.central.shown import shown
from probes.csms.csms import Csms
from probes.jobs import AuditOrder, CentralOrder, Progress
from probes.journal import FOLDER, redaction_key
from probes.wire.clock import SystemClock
from registry.errors import CannotBegin
from registry.settings import Settings

REMEMBERED_RECORDS = 2000
"""How many records of each station are kept in memory: what a station said when it connected is part of its next audit."""


class Gateway:
    """Listens on `host`:`port` for as long as it is entered. Raises `CannotBegin` on entering when the port cannot be had.

    Stations may connect at any time and stay connected; each is answered as by any CSMS. `begin` may be called from any thread.
    """

    def __init__(self, settings: Settings, host: str, port: int) -> None:
        self._settings = settings
        self._address = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._csms: Csms | None = None

    @property
    def url(self) -> str:
        """Where stations connect: this, `/`, and the station's identity."""
        return self._running.url

    @property
    def _running(self) -> Csms:
        if self._csms is None:
            raise RuntimeError("the gateway is used before it is entered")
        return self._csms

    def present(self) -> frozenset[str]:
        """The stations that are connected now; may be asked from any thread."""

        async def connected() -> frozenset[str]:
            return frozenset(link.identity for link in self._running.links)

        return asyncio.run_coroutine_threadsafe(connected(), self._loop).result()

    def begin(self, order: AuditOrder, on_progress: Progress, operator: Operator | None = None) -> Future[AuditResult]:
        """Begin an audit of a station that is connected, or that connects within the order's waiting time; or of a central system, to which
        our station goes.
        """
        if order.central is not None:
            return asyncio.run_coroutine_threadsafe(self._of_central(order, order.central, on_progress, operator), self._loop)
        audit = audit_station(
            facts=order.facts,
            known_as=order.known_as,
            identity=order.identity,
            csms=self._running,
            transcript_dir=self._settings.transcripts,
            options=AuditOptions(tiers=order.tiers, cases=order.cases, wait=order.wait_seconds, operator=operator),
            on_progress=on_progress,
            audit_id=order.audit_id,
        )
        return asyncio.run_coroutine_threadsafe(audit, self._loop)

    async def _of_central(self, order: AuditOrder, central: CentralOrder, on_progress: Progress, operator: Operator | None) -> AuditResult:
        adaptor = PromptAdaptor(operator) if operator is not None else None
        with shown(central.credentials, central.endpoint) as security:
            options = CentralOptions(cases=order.cases, tags=central.tags, adaptor=adaptor, load=central.load, security=security)
            return await audit_csms(
                facts=order.facts,
                endpoint=central.endpoint,
                identity=central.identity,
                transcript_dir=self._settings.transcripts,
                options=options,
                on_progress=on_progress,
                audit_id=order.audit_id,
            )

    async def _open(self) -> Csms:
        host, port = self._address
        transcripts = self._settings.transcripts
        csms = Csms(
            host,
            port,
            heartbeat_interval=HEARTBEAT_SECONDS,
            redaction_key=redaction_key(transcripts / FOLDER),
            id_tags=audit_id_tags(),
            history=REMEMBERED_RECORDS,
            lenient=True,
        )
        take_up(csms, transcripts, SystemClock())
        running = await csms.__aenter__()
        try:
            running.serve_files(transcripts / FILES, host)
        except CannotBegin:
            await running.__aexit__(None, None, None)
            raise
        return running

    async def _close(self) -> None:
        """Break off what runs, so that every audit leaves the station as it can, then let the stations go."""
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await self._running.__aexit__(None, None, None)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> Gateway:
        self._thread.start()
        try:
            self._csms = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:  # an interruption too: it is raised again once nothing is left open or half
            self._end_loop()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
