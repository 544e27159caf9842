"""What our station shows a central system, from what somebody has written into a form: files for as long as an audit needs them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from probes.wire.security import BASIC, MUTUAL_TLS, NONE, TLS_BASIC, ClientSecurity
from registry.audits.credentials import Credentials


@contextmanager
def shown(credentials: Credentials, endpoint: str) -> Iterator[ClientSecurity | None]:
    """What that comes to at this endpoint; None: nothing is shown. Its files are gone afterwards. Raises `CannotBegin`."""
    if credentials == Credentials():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        authority = _file(Path(folder), "authority.pem", credentials.authority)
        certificate = _file(Path(folder), "certificate.pem", credentials.certificate)
        key = _file(Path(folder), "key.pem", credentials.key)
        pair = (certificate, key) if certificate is not None and key is not None else None
        yield ClientSecurity(_profile(credentials, endpoint), credentials.password or None, authority, pair)


def _profile(credentials: Credentials, endpoint: str) -> int:
    if credentials.certificate:
        return MUTUAL_TLS
    if credentials.password:
        return TLS_BASIC if urlsplit(endpoint).scheme == "wss" else BASIC
    return NONE


def _file(folder: Path, name: str, text: str) -> Path | None:
    if not text:
        return None
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path
