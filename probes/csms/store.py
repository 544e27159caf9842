"""What the CSMS knows of its stations, kept over a restart: one JSON file a station, replaced as a whole."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

import orjson

from probes.csms.state import StationState
from probes.wire.redact import TAG_PREFIX, Redactor
from registry.errors import CannotBegin

_SUFFIX = ".station.json"
_REDACTED = re.compile(re.escape(TAG_PREFIX) + "[0-9a-f]{16}x*")


class StateFolder:
    """The states of stations in one folder, which is made when it is missing; readable by this user alone.

    idTags stand there as the keyed hashes that stand for them in transcripts: matching them after a restart needs the same
    redaction key. Raises `CannotBegin` for a folder or file that cannot be used.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._folder = folder
        self._redactor = redactor
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise CannotBegin(f"{folder}: no folder can be had there ({problem.strerror}); name another one for the state") from problem

    def load(self) -> dict[str, StationState]:
        """The stations that are known, by identity."""
        states = (_read(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}")))
        return {state.identity: state for state in states}

    def save(self, state: StationState) -> None:
        """Replace what is kept of one station; on the disk when this returns. Raises `OSError`, and then the older state is still there."""
        path = self._folder / f"{sha256(state.identity.encode()).hexdigest()[:32]}{_SUFFIX}"
        partial = path.with_suffix(".partial")
        content = orjson.dumps(state.to_json(self._tag), option=orjson.OPT_NON_STR_KEYS)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _tag(self, id_tag: str) -> str:
        return id_tag if _REDACTED.fullmatch(id_tag) else self._redactor.tag(id_tag)


def _read(path: Path) -> StationState:
    try:
        return StationState.from_json(orjson.loads(path.read_bytes()))
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); move it away or name another folder") from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CannotBegin(f"{path}: holds no state of a station; move it away or name another folder") from problem
