"""Readers that behave as the worst documents make a reader behave; run in worker processes by name."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from ingest.parse import parse_document
from registry.certificates.facts import Extraction
from registry.errors import NotACertificate, Waiting

ENDLESS_SECONDS = 600


def read(data: bytes, name: str) -> Extraction:
    """Do what the document says, or read it."""
    word = data.split(b"\n", 1)[0]
    if word == b"hang":
        time.sleep(ENDLESS_SECONDS)
    elif word == b"hang with a child":
        with subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({ENDLESS_SECONDS})"]) as child:
            Path(data.decode().splitlines()[1]).write_text(str(child.pid))
            child.wait()
    elif word == b"memory":
        rows = []
        while True:
            rows.append(bytes(10_000_000))
    elif word == b"crash":
        os.abort()
    elif word == b"defect":
        raise KeyError("unforeseen")
    elif word == b"exit":
        os._exit(0)
    elif word == b"noise":
        print("x" * 100_000)
        os.write(1, b"y" * 100_000)
        data = data.split(b"\n", 1)[1]
    elif word == b"wait":
        raise Waiting(f"{name}: waits for a thing; install it")
    elif word == b"memory of a limit":
        return replace(parse_document(data.split(b"\n", 1)[1], name), public_text="z" * 3_000_000)
    return parse_document(data, name)


def read_otherwise(data: bytes, name: str) -> Extraction:
    """Read as another version of the parser would: one value differs."""
    extraction = parse_document(data, name)
    return replace(extraction, certificate=replace(extraction.certificate, software_version="otherwise"))


def refuse(_: bytes, name: str) -> Extraction:
    """Read as a version of the parser would that takes this for no certificate."""
    raise NotACertificate(f"{name}: is none")


def read_scan(data: bytes, name: str) -> Extraction:
    """Read what had to wait before."""
    extraction = parse_document(data.split(b"\n", 1)[1], name)
    return replace(extraction, document=replace(extraction.document, sha256=hashlib.sha256(data).hexdigest()))
