"""Verdicts over an uploaded file, kept for a day under an address that nobody can guess, so that they can be taken along."""

from __future__ import annotations

import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

from registry.errors import CannotBegin
from registry.settings import Settings

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(settings: Settings, document: dict[str, Any]) -> str:
    """Keep the JSON of a check; gives its token. What is older than a day goes."""
    folder = _folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget(folder)
        token = secrets.token_hex(16)
        made = folder / f"{token}.part"
        made.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        made.chmod(0o600)
        made.rename(folder / f"{token}.json")
    except OSError as error:
        raise CannotBegin(f"{folder} cannot be written ({error.strerror}): check its permissions") from error
    return token


def kept(settings: Settings, token: str) -> dict[str, Any] | None:
    """The JSON of a check; None for none, and for one whose day is over."""
    if not _TOKEN.fullmatch(token):
        return None
    path = _folder(settings) / f"{token}.json"
    try:
        if path.stat().st_mtime < time.time() - KEPT_SECONDS:
            return None
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return document


def forget(settings: Settings) -> int:
    """Remove the checks whose day is over; gives how many that were."""
    folder = _folder(settings)
    return _forget(folder) if folder.is_dir() else 0


def _folder(settings: Settings) -> Path:
    return settings.home / "checks"


def _forget(folder: Path) -> int:
    old = [path for path in folder.iterdir() if path.stat().st_mtime < time.time() - KEPT_SECONDS]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
