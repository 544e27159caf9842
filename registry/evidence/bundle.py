"""Signed archives, of an audit's evidence or of the whole registry: whoever has one can check it without this installation or a network.

A zip file. `manifest.json` names every other file with its SHA-256 and size; `manifest.sig` is the signature of the manifest's bytes and
the public key, as JSON. Where there are too many files for a manifest, it names `contents.jsonl`, which names more of them, one a line.
What is in neither, or not as they say, makes the archive invalid.
"""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from registry.errors import RegistryError
from registry.evidence import signing
from registry.evidence.signing import Signer

MANIFEST, SIGNATURE, CONTENTS = "manifest.json", "manifest.sig", "contents.jsonl"
SCHEMA_VERSION = 1
MOST_FILES = 100
"""Of an archive without `contents.jsonl`."""
MOST_CONTENTS = 500_000
LARGEST_MANIFEST = 1024 * 1024
LARGEST_LINE = 4096
LARGEST_FILE = 8 * 1024 * 1024 * 1024
LARGEST_ARCHIVE = 64 * 1024 * 1024 * 1024
"""Of all its files together, unpacked: more is not read, so that no archive can keep somebody busy for ever."""

_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleError(RegistryError):
    """The file is no bundle; the message says what it lacks."""


@dataclass(frozen=True)
class Verified:
    """What checking a bundle found. `problems` say, a line each, what is not as it was signed; none: it is genuine and whole.

    `signer` is the fingerprint of the key that signed it: whose that is, only its owner can say. `is_stale` tells that a newer one was
    promised for a day that is over: what it says was so, and may be so no more.
    """

    kind: str
    about: Mapping[str, Any]
    created: str
    tool_version: str
    signer: str
    files: tuple[str, ...]
    problems: tuple[str, ...]
    is_stale: bool = False


def make(kind: str, about: Mapping[str, Any], files: Mapping[str, bytes], signer: Signer, created: datetime, tool_version: str) -> bytes:
    """A signed archive of `files`; `about` says in a few values what it is of. The same content gives the same archive but for its time."""
    told = {name: {"sha256": sha256(content).hexdigest(), "size": len(content)} for name, content in files.items()}
    text = manifest_text(kind, about, told, created, tool_version)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in ((MANIFEST, text), (SIGNATURE, signature_text(text, signer)), *sorted(files.items())):
            out.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def manifest_text(
    kind: str, about: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]], created: datetime, tool_version: str
) -> bytes:
    """The manifest of an archive; `files` gives each file its `sha256` and `size`."""
    manifest = {
        "schemaVersion": SCHEMA_VERSION,
        "kind": kind,
        "about": dict(about),
        "created": created.isoformat(timespec="seconds"),
        "tool_version": tool_version,
        "files": {name: dict(told) for name, told in sorted(files.items())},
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def signature_text(manifest: bytes, signer: Signer) -> bytes:
    """The signature of a manifest, with the key that it can be checked by."""
    signature = {
        "algorithm": "Ed25519",
        "public_key": signing.encoded(signer.public_key),
        "fingerprint": signer.fingerprint,
        "signature": signing.encoded(signer.sign(manifest)),
    }
    return json.dumps(signature, indent=1).encode()


def verify(path: Path, now: datetime | None = None) -> Verified:
    """Check a bundle. Nothing is unpacked, and sizes are bounded. `now` tells whether it is stale; without it, that is not asked.

    Raises `BundleError` for what is no bundle at all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, str(path), now)
    except FileNotFoundError as problem:
        raise BundleError(f"{path}: there is no such file; name a file that this product handed out") from problem
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as problem:
        told = problem.strerror if isinstance(problem, OSError) else problem
        raise BundleError(f"{path}: this is no bundle ({told}); name a file that this product handed out") from problem


def _verify(archive: zipfile.ZipFile, name: str, now: datetime | None) -> Verified:
    entries = {entry.filename: entry for entry in archive.infolist()}
    most = MOST_CONTENTS if CONTENTS in entries else MOST_FILES
    if len(archive.infolist()) > most or MANIFEST not in entries or SIGNATURE not in entries:
        raise BundleError(f"{name}: this is no bundle (it has no {MANIFEST} or no {SIGNATURE}); name a file that this product handed out")
    text = _bounded(archive, entries[MANIFEST], name)
    manifest, signature = _object(text, f"{name}: {MANIFEST}"), _object(_bounded(archive, entries[SIGNATURE], name), f"{name}: {SIGNATURE}")
    key = signing.decoded(str(signature.get("public_key")))
    problems = []
    if not signing.is_signed(text, signing.decoded(str(signature.get("signature"))), key):
        problems.append(f"{MANIFEST}: the signature is not that of the key that stands beside it")
    listed = manifest.get("files")
    listed = dict(listed) if isinstance(listed, dict) else {}
    listed |= _contents(archive, entries.get(CONTENTS), listed.get(CONTENTS), problems)
    problems += [f"{odd!a}: its name leads out of the folder that it is unpacked in" for odd in sorted(entries) if _leads_out(entries[odd])]
    if len(archive.infolist()) != len(entries):
        problems.append("a file name stands twice in the archive")
    problems += [
        f"{extra}: it is in the archive and not in the manifest" for extra in sorted(set(entries) - set(listed) - {MANIFEST, SIGNATURE})
    ]
    if sum(entry.file_size for entry in entries.values()) > LARGEST_ARCHIVE:
        raise BundleError(f"{name}: its files have more than {LARGEST_ARCHIVE // 2**30} GB when unpacked, which nothing here hands out")
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
        _is_stale(about, now),
    )


def _contents(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None, told: Any, problems: list[str]) -> dict[str, Any]:
    """The files that `contents.jsonl` names, when the manifest names it as it is."""
    if entry is None or told is None or _problem(archive, entry, told) is not None:
        return {}
    found: dict[str, Any] = {}
    with archive.open(entry) as file:
        while line := file.readline(LARGEST_LINE):
            try:
                row = json.loads(line)
                found[str(row["file"])] = row
            except (ValueError, RecursionError, KeyError, TypeError):
                problems.append(f"{CONTENTS}: a line of it is not what this product writes")
                return found
            if len(found) > MOST_CONTENTS:
                problems.append(f"{CONTENTS}: it names more files than can be checked")
                return found
    return found


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    """Whether unpacking it could write elsewhere: by its path, or through a link."""
    name = entry.filename
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _is_stale(about: Any, now: datetime | None) -> bool:
    due = about.get("next_update") if isinstance(about, dict) else None
    if now is None or not isinstance(due, str):
        return False
    try:
        return datetime.fromisoformat(due) < now
    except (ValueError, TypeError):
        return True


def _problem(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None, told: Any) -> str | None:
    if entry is None:
        return "it is in the manifest and not in the archive"
    wanted = told if isinstance(told, dict) else {}
    if entry.file_size > LARGEST_FILE:
        return "it is too large to be checked"
    digest, size = sha256(), 0
    try:
        with archive.open(entry) as file:
            while size <= LARGEST_FILE and (chunk := file.read(_CHUNK)):
                digest.update(chunk)
                size += len(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return "it is damaged"
    if (digest.hexdigest(), size) != (wanted.get("sha256"), wanted.get("size")):
        return "it is not what was signed"
    return None


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(entry) as file:
            content = file.read(LARGEST_MANIFEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
        raise BundleError(f"{name}: {entry.filename} is damaged; take the file anew from whoever handed it out") from problem
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
