"""An audit's evidence: which files belong to it, and how a bundle of them is named and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.certificates.facts import CertificateFacts
from registry.evidence.bundle import make
from registry.evidence.paper import paper
from registry.evidence.signing import Signer

KIND = "audit"
README = """This archive holds the evidence of one audit of a deployed product against its OCPP certificate.

report.json       the report: what was certified, what was observed, each line with the numbers of the frames that prove it
report.pdf        the same, for reading
transcript.jsonl  every frame that went over the wire, one JSON object a line; credentials and idTags were replaced before storage
certificate.json  what was certified, as it was read from the certificate
manifest.json     every file with its SHA-256; manifest.sig is the Ed25519 signature of exactly these bytes

To check it, without any network:      ocpp-registry verify FILE
To judge its frames again:             ocpp-registry audit replay transcript.jsonl --facts certificate.json
"""


def audit_bundle(report: Mapping[str, Any], transcript: Path, facts: CertificateFacts | None, signer: Signer, now: datetime) -> bytes:
    """The signed archive of one finished audit. `facts` are those of its certificate; None when it is not in the registry any more."""
    files = {
        "README.txt": README.encode(),
        "report.json": _json(report),
        "report.pdf": paper(report, transcript),
        "transcript.jsonl": transcript.read_bytes(),
    }
    if facts is not None:
        files["certificate.json"] = _json({"certificate": asdict(facts)})
    run, device = report.get("audit") or {}, report.get("device") or {}
    about = {
        "audit": run.get("id"),
        "device": device.get("id"),
        "certificate": run.get("certificate"),
        "mode": run.get("mode"),
        "verdict": report.get("verdict"),
        "ended": run.get("ended"),
    }
    return make(KIND, about, files, signer, now, str(run.get("tool_version")))


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n").encode()
