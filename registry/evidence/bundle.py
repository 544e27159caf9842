"""One archive with all of an audit's evidence, signed: whoever has it can check it without this installation, and without a network.

A zip file. `manifest.json` names every other file with its SHA-256 and size; `manifest.sig` is the signature of the manifest's bytes and
the public key, as JSON. What is not in the manifest, or not as it says, makes the archive invalid.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from registry.errors import RegistryError
from registry.evidence import signing
from registry.evidence.signing import Signer

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SCHEMA_VERSION = 1
MOST_FILES = 100
LARGEST_MANIFEST = 1024 * 1024
LARGEST_FILE = 1024 * 1024 * 1024
_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleError(RegistryError):
    """The file is no bundle; the message says what it lacks."""


@dataclass(frozen=True)
class Verified:
    """What checking a bundle found. `problems` say, a line each, what is not as it was signed; none: it is genuine and whole.

    `signer` is the fingerprint of the key that signed it: whose that is, only its owner can say.
    """

    kind: str
    about: Mapping[str, Any]
    created: str
    tool_version: str
    signer: str
    files: tuple[str, ...]
    problems: tuple[str, ...]


def make(kind: str, about: Mapping[str, Any], files: Mapping[str, bytes], signer: Signer, created: datetime, tool_version: str) -> bytes:
    """A signed archive of `files`; `about` says in a few values what it is of. The same content gives the same archive but for its time."""
    manifest = {
        "schemaVersion": SCHEMA_VERSION,
        "kind": kind,
        "about": dict(about),
        "created": created.isoformat(timespec="seconds"),
        "tool_version": tool_version,
        "files": {name: {"sha256": sha256(content).hexdigest(), "size": len(content)} for name, content in sorted(files.items())},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    signature = {
        "algorithm": "Ed25519",
        "public_key": signing.encoded(signer.public_key),
        "fingerprint": signer.fingerprint,
        "signature": signing.encoded(signer.sign(text)),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in ((MANIFEST, text), (SIGNATURE, json.dumps(signature, indent=1).encode()), *sorted(files.items())):
            out.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def verify(path: Path) -> Verified:
    """Check a bundle. Nothing is unpacked, and sizes are bounded. Raises `BundleError` for what is no bundle at all."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, str(path))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
        raise BundleError(f"{path}: this is no bundle ({problem}); name a file that this product handed out") from problem


def _verify(archive: zipfile.ZipFile, name: str) -> Verified:
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(archive.infolist()) > MOST_FILES or MANIFEST not in entries or SIGNATURE not in entries:
        raise BundleError(f"{name}: this is no bundle (it has no {MANIFEST} or no {SIGNATURE}); name a file that this product handed out")
    text = _bounded(archive, entries[MANIFEST], name)
    manifest, signature = _object(text, f"{name}: {MANIFEST}"), _object(_bounded(archive, entries[SIGNATURE], name), f"{name}: {SIGNATURE}")
    key = signing.decoded(str(signature.get("public_key")))
    problems = []
    if not signing.is_signed(text, signing.decoded(str(signature.get("signature"))), key):
        problems.append(f"{MANIFEST}: the signature is not that of the key that stands beside it")
    listed = manifest.get("files")
    listed = listed if isinstance(listed, dict) else {}
    if len(archive.infolist()) != len(entries):
        problems.append("a file name stands twice in the archive")
    problems += [
        f"{extra}: it is in the archive and not in the manifest" for extra in sorted(set(entries) - set(listed) - {MANIFEST, SIGNATURE})
    ]
    for file, told in sorted(listed.items()):
        problem = _problem(archive, entries.get(file), told)
        if problem:
            problems.append(f"{file}: {problem}")
    about = manifest.get("about")
    return Verified(
        str(manifest.get("kind")),
        about if isinstance(about, dict) else {},
        str(manifest.get("created")),
        str(manifest.get("tool_version")),
        signing.fingerprint(key),
        tuple(sorted(listed)),
        tuple(problems),
    )


def _problem(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None, told: Any) -> str | None:
    if entry is None:
        return "it is in the manifest and not in the archive"
    wanted = told if isinstance(told, dict) else {}
    if entry.file_size > LARGEST_FILE:
        return "it is too large to be checked"
    digest, size = sha256(), 0
    try:
        with archive.open(entry) as file:
            while (chunk := file.read(_CHUNK)) and size <= LARGEST_FILE:
                digest.update(chunk)
                size += len(chunk)
    except zipfile.BadZipFile:
        return "it is damaged"
    if (digest.hexdigest(), size) != (wanted.get("sha256"), wanted.get("size")):
        return "it is not what was signed"
    return None


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(entry) as file:
        content = file.read(LARGEST_MANIFEST + 1)
    if len(content) > LARGEST_MANIFEST:
        raise BundleError(f"{name}: {entry.filename} is too large for a bundle's")
    return content


def _object(text: bytes, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BundleError(f"{place} is no JSON; name a file that this product handed out") from problem
    if not isinstance(found, dict):
        raise BundleError(f"{place} is no JSON object; name a file that this product handed out")
    return found
