"""Secrets that this installation makes for itself, each in a file that its owner alone can read."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from registry.errors import CannotBegin

log = logging.getLogger(__name__)


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What stands in the file; made with `make` on first use, by one of several processes that start at once. Raises CannotBegin."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _offer(path, make())
        return path.read_bytes()
    except OSError as error:
        raise CannotBegin(f"{path} cannot be used ({error.strerror}): check the permissions of {path.parent}") from error


def _offer(path: Path, content: bytes) -> None:
    """Write a whole key beside `path` and link it there: whoever links first wins, and nobody ever reads half a key."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    offered = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        path.hardlink_to(offered)
    except FileExistsError:
        log.debug("another process made %s first", path)
    finally:
        offered.unlink()
