"""What a station keeps over a reboot and, with a file, over the end of its process."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registry.errors import CannotBegin

LOGGER = logging.getLogger("ocpp_registry.station")


class Store:
    """Named JSON values in one file, rewritten as a whole: after a power cut it is the old state or the new one, never half of each.

    Without a path the values last as long as this object. Raises `CannotBegin` for a file that cannot be read as such.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._full = False
        self.when_full: Callable[[], None] = lambda: None
        """Is told when the disk takes no more, once until it does again."""
        self._values: dict[str, Any] = _read(path) if path and path.exists() else {}

    def get(self, name: str) -> Any:
        """The value, None when there is none."""
        return self._values.get(name)

    def put(self, name: str, value: Any) -> bool:
        """Keep a value. A disk that does not take it is told in one line of the log; the station goes on without. Whether it is kept."""
        return self.update(**{name: value})

    def update(self, **values: Any) -> bool:
        """Keep several values at once, as `put` does. The file is for this user alone: there are keys in it."""
        self._values |= values
        if self._path is None:
            return True
        partial = self._path.with_suffix(".partial")
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(self._values, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
            self._full = False
            return True
        except OSError as problem:
            LOGGER.error("%s: the station's state cannot be written (%s); free the disk", self._path, problem.strerror)
            was_full, self._full = self._full, True
            if not was_full:
                self.when_full()
            return False


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CannotBegin(f"{path}: the station's state cannot be read ({problem.strerror}); name another file") from problem
    except ValueError as problem:
        raise CannotBegin(f"{path}: it holds no state of a station; move it away or name another file") from problem
    if not isinstance(values, dict):
        raise CannotBegin(f"{path}: it holds no state of a station; move it away or name another file")
    return values
