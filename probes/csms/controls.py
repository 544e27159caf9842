"""What a person can have a running CSMS do: fetch logs, install firmware, renew certificates, send any operation; over the local HTTP port.

Each errand takes its time: it is begun at once, and `state` tells how it goes and how it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from probes.csms.csms import Csms
from probes.csms.errands import (
    FirmwarePackage,
    fetch_diagnostics,
    fetch_log,
    install_firmware,
    install_unsigned_firmware,
    renew_certificate,
)
from probes.csms.files import SCHEMES
from probes.csms.wishes import complete, grant
from registry.errors import CannotBegin

ERRANDS: dict[str, frozenset[str]] = {
    "fetch-log": frozenset({"identity", "kind", "scheme"}),
    "fetch-diagnostics": frozenset({"identity", "scheme"}),
    "install-firmware": frozenset({"identity", "file", "scheme"}),
    "renew-certificate": frozenset({"identity"}),
}
"""The errands by name, with what they take; all are texts, and `identity` is needed."""

OPERATION = "operation"
"""The errand of sending one operation of OCPP as it is given: `identity`, `action`, and `payload`, an object."""

REMEMBERED = 50


class CsmsControls:
    """Runs errands of `csms`, one beside the other. Files to be installed lie in `folder` (None: there is none).

    Firmware `NAME` with `NAME.pem` and `NAME.sig` beside it, the manufacturer's certificate and signature, goes by SignedUpdateFirmware,
    without them by UpdateFirmware.
    """

    def __init__(self, csms: Csms, folder: Path | None = None) -> None:
        self._csms = csms
        self._folder = folder
        self._errands: list[dict[str, Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def state(self) -> dict[str, Any]:
        """The stations that are connected, and the last errands with what came of them."""
        return {"url": self._csms.url, "stations": sorted(link.identity for link in self._csms.links), "errands": list(self._errands)}

    async def do(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Begin an errand. Raises `CannotBegin`."""
        if name == OPERATION:
            self._send(**_operation(arguments))
            return
        if name not in ERRANDS:
            raise CannotBegin(f"{name!r}: there is no such errand; known are {', '.join([*ERRANDS, OPERATION])}")
        for given, value in arguments.items():
            if given not in ERRANDS[name] or not isinstance(value, str):
                raise CannotBegin(f"{name}: {given!r} does not fit; it takes {', '.join(sorted(ERRANDS[name]))}")
        if "identity" not in arguments:
            raise CannotBegin(f"{name}: of which station? give identity")
        if arguments.get("scheme", "http") not in SCHEMES:
            raise CannotBegin(f"{name}: there is no such way to transfer files; choose from {', '.join(SCHEMES)}")
        self._csms.operations(arguments["identity"])
        self._begin({"errand": name, **arguments}, self._work(name, **arguments))

    def _send(self, identity: str, action: str, payload: Mapping[str, Any]) -> None:
        """The payload is not kept: it may hold a password."""
        request = complete(self._csms, identity, action, payload)
        self._begin({"errand": OPERATION, "identity": identity, "action": action}, self._answer(identity, action, request))

    async def _answer(self, identity: str, action: str, request: Mapping[str, Any]) -> str:
        outcome = await grant(self._csms, identity, action, request)
        return outcome.status or outcome.answer.error_code or outcome.answer.kind

    def _begin(self, told: dict[str, Any], work: Coroutine[Any, Any, object]) -> None:
        errand = {**told, "outcome": None}
        self._errands = [*self._errands[1 - REMEMBERED :], errand]
        task = asyncio.create_task(self._run(errand, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Nothing more is done."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, errand: dict[str, Any], work: Coroutine[Any, Any, object]) -> None:
        try:
            found = await work
            errand["outcome"] = "nothing came of it" if found is None else found if isinstance(found, dict) else str(found)
        except CannotBegin as problem:
            errand["outcome"] = str(problem)

    def _work(
        self, name: str, identity: str, kind: str = "SecurityLog", file: str = "", scheme: str = "http"
    ) -> Coroutine[Any, Any, object]:
        match name:
            case "fetch-log":
                return fetch_log(self._csms, identity, kind, scheme=scheme)
            case "fetch-diagnostics":
                return fetch_diagnostics(self._csms, identity, scheme=scheme)
            case "renew-certificate":
                return renew_certificate(self._csms, identity)
            case _:
                return self._install(identity, file, scheme)

    def _install(self, identity: str, file: str, scheme: str) -> Coroutine[Any, Any, object]:
        path = self._file(file)
        image = _read(path)
        certificate, signature = path.with_name(f"{path.name}.pem"), path.with_name(f"{path.name}.sig")
        if not certificate.exists():
            return install_unsigned_firmware(self._csms, identity, path.name, image, scheme=scheme)
        package = FirmwarePackage(path.name, image, _text(certificate), _text(signature))
        return install_firmware(self._csms, identity, package, scheme=scheme)

    def _file(self, name: str) -> Path:
        """A file that lies in the folder itself, and nowhere else."""
        if self._folder is None:
            raise CannotBegin("install-firmware: this CSMS has no folder of files; start it with --files FOLDER")
        if not name or Path(name).name != name or name.startswith("."):
            raise CannotBegin(f"install-firmware: {name!r} is no file of {self._folder}; give file, its name alone")
        return self._folder / name


def _operation(arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"identity": str, "action": str, "payload": dict}
    for name, kind in wanted.items():
        if not isinstance(arguments.get(name), kind):
            raise CannotBegin(f"{OPERATION}: {name!r} is missing, or is none; it takes identity and action, texts, and payload, an object")
    strange = sorted(set(arguments) - set(wanted))
    if strange:
        raise CannotBegin(f"{OPERATION}: {strange[0]!r} does not fit; it takes {', '.join(wanted)}")
    return dict(arguments)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); put the firmware there") from problem


def _text(path: Path) -> str:
    try:
        return _read(path).decode("ascii")
    except UnicodeDecodeError as problem:
        raise CannotBegin(f"{path}: is no text; put certificate and signature there in PEM and Base64") from problem
