"""Which version of the parser reads: a name that changes whenever a reading may change, so that nothing is read again in vain."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_RULES = _HERE.parent / "data"
_CODE = ("readers", "grammar")
_MODULES = ("page.py", "parse.py", "checks.py", "vocabulary.py", "numbers.py")
_DATA = ("vocabulary", "ocpp16", "listing/certificate_types.json")


@cache
def parser_version() -> str:
    """Twelve hexadecimal digits: the hash of the reading code and of the rules that it reads by."""
    files = [_HERE / name for name in _MODULES]
    files += [path for folder in _CODE for path in (_HERE / folder).rglob("*.py")]
    for name in _DATA:
        files += [_RULES / name] if (_RULES / name).is_file() else (_RULES / name).rglob("*.json")
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
