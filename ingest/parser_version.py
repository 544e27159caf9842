"""Which version of the parser reads: a name that changes whenever a reading may change, so that nothing is read again in vain."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_RULES = _HERE.parent / "data"
_DATA = ("vocabulary", "ocpp16", "listing/certificate_types.json")
_SHELLS = frozenset(
    {
        *("archives.py", "cli.py", "fetch.py", "outcomes.py", "parser_version.py", "pipeline.py", "sources.py", "watch.py"),
        *("worker.py", "workers.py", "listing.py", "listing_import.py", "listing_service.py", "rechecks.py", "listing_fetch.py"),
    }
)
"""Modules that carry documents about and read none. What is not named here counts: reading once too often harms nobody."""


@cache
def parser_version() -> str:
    """Twelve hexadecimal digits: the hash of the reading code and of the rules that it reads by."""
    files = [path for path in _HERE.rglob("*.py") if path.parent != _HERE or path.name not in _SHELLS]
    for name in _DATA:
        files += [_RULES / name] if (_RULES / name).is_file() else (_RULES / name).rglob("*.json")
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
