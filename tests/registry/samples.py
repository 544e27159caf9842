"""A report with every kind of verdict, the transcript that its frames point into, and an installation that holds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from registry.audits import store
from registry.certificates.facts import Extraction
from registry.settings import Settings
from registry.site import TakeList
from registry.web import create_web
from tests.registry.making import extraction

REPORT = Path(__file__).parent / "example_report.json"
EXAMPLE = "OCA.0016.9901.CS"
"""The certificate of the sample report. Product and holder are made up: no audit that never was may stand beside a real one's name."""

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)

_BOOT = {"chargePointVendor": "Example Chargers", "chargePointModel": "EX-1", "firmwareVersion": "V2.4.1"}
_KEYS = {"HeartbeatInterval": "300", "ConnectionTimeOut": "30", "NumberOfConnectors": "1", "VendorSpecialMode": "eco"}
_EXCHANGES: tuple[tuple[str, str, dict[str, Any], dict[str, Any] | None], ...] = (
    ("cs-to-csms", "BootNotification", _BOOT, {"status": "Accepted", "currentTime": "2026-05-04T09:30:00Z", "interval": 300}),
    ("cs-to-csms", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}, {}),
    (
        "csms-to-cs",
        "GetConfiguration",
        {},
        {"configurationKey": [{"key": key, "readonly": False, "value": value} for key, value in _KEYS.items()]},
    ),
    ("cs-to-csms", "Heartbeat", {}, {"currentTime": "2026-05-04T09:30:20Z"}),
    ("csms-to-cs", "UnlockConnector", {"connectorId": 2}, {"status": "Unlocked"}),
    ("csms-to-cs", "ChangeConfiguration", {"key": "NoSuchKey", "value": "1"}, {"status": "NotSupported"}),
    ("csms-to-cs", "GetLocalListVersion", {}, {"listVersion": 0}),
    ("csms-to-cs", "ClearChargingProfile", {}, None),
    ("csms-to-cs", "CancelReservation", {"reservationId": 1}, None),
    ("csms-to-cs", "TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"}),
)


def report() -> dict[str, Any]:
    """The report, fresh, to be changed at will."""
    loaded: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    return loaded


def example_certificate() -> Extraction:
    """The reading of a certificate that fits the sample report."""
    return extraction(
        "example",
        number=EXAMPLE,
        holder="Example Chargers Ltd. (made for tests)",
        designation="EX-1",
        model="EX-1",
        software_version="V2.4.0",
    )


def conformant_report() -> dict[str, Any]:
    """The same device without anything wrong."""
    good = report()
    good["verdict"] = "conformant"
    good["findings"] = []
    good["reason"] = "nothing deviates from the certificate; 1 case passed"
    good["device"]["reported"]["firmware"] = "V2.4.0"
    for row in good["identity"]:
        row |= {"observed": row["certified"], "verdict": "match"}
    for row in good["profiles"]:
        row |= {"advertised": row["profile"] == "Core", "certified": "N/A", "observed": "not implemented", "verdict": "not implemented"}
    good["profiles"][0] |= {"certified": "Pass", "observed": "works", "verdict": "verified"}
    good["configuration"] = [row for row in good["configuration"] if row["verdict"] == "match"]
    good["performance"] = good["performance"][:1]
    good["cases"] = good["cases"][:1]
    return good


def transcript(*more: Mapping[str, Any]) -> bytes:
    """The transcript of the report: a connection, ten exchanges, a call without answer, and `more` lines."""
    lines: list[dict[str, Any]] = [_event(1, "open", {"subprotocol": "ocpp1.6"})]
    for number, (direction, action, request, answer) in enumerate(_EXCHANGES):
        seq = 2 + 2 * number
        back = "csms-to-cs" if direction == "cs-to-csms" else "cs-to-csms"
        lines.append(_frame(seq, direction, "CALL", action, [2, f"m{number}", action, request]))
        if answer is None:
            lines.append(_frame(seq + 1, back, "CALLERROR", action, [4, f"m{number}", "NotImplemented", "", {}]))
        else:
            lines.append(_frame(seq + 1, back, "CALLRESULT", action, [3, f"m{number}", answer]))
    lines.append(_frame(22, "csms-to-cs", "CALL", "DataTransfer", [2, "m10", "DataTransfer", {"vendorId": "unknown.example"}]))
    lines.append(_event(23, "close", {"code": 1000, "reason": ""}))
    return "".join(json.dumps(line) + "\n" for line in (*lines, *more)).encode()


def keep_transcript(settings: Settings, data: bytes) -> str:
    """Keep a transcript as the worker does; gives its hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    settings.transcripts.mkdir(parents=True, exist_ok=True)
    (settings.transcripts / f"{sha256}.jsonl").write_bytes(data)
    return sha256


def audited(
    sessions: sessionmaker[Session],
    settings: Settings,
    document: Mapping[str, Any] | None = None,
    *,
    station: str = "CP-4711",
    certificate: str = EXAMPLE,
    at: datetime = NOW,
    lines: bytes | None = None,
    campaign: str | None = None,
) -> str:
    """An audit that has ended with `document` as its report; gives its id."""
    sha256 = keep_transcript(settings, transcript() if lines is None else lines)
    with sessions.begin() as session:
        audit_id = store.request(session, station, certificate, campaign_id=campaign, clock=lambda: at)
        store.start(session, audit_id, clock=lambda: at)
        store.record_progress(session, audit_id, 1, 1, "Done.", clock=lambda: at)
        store.finish(session, audit_id, report() if document is None else document, sha256, clock=lambda: at + timedelta(seconds=72))
    return audit_id


def web(
    settings: Settings,
    sessions: sessionmaker[Session],
    start_audit: Callable[[str], None] | None = None,
    take_list: TakeList | None = None,
) -> Flask:
    """The pages on that installation; CSRF tokens are checked as in service."""
    made = create_web(settings, start_audit=start_audit, sessions=sessions, take_list=take_list)
    made.testing = True
    return made


def _frame(seq: int, direction: str, kind: str, action: str, content: list[Any]) -> dict[str, Any]:
    return _base(seq) | {
        "ocppVersion": "1.6",
        "direction": direction,
        "messageType": kind,
        "messageId": content[1],
        "action": action,
        "raw": json.dumps(content),
    }


def _event(seq: int, event: str, detail: dict[str, Any]) -> dict[str, Any]:
    return _base(seq) | {"event": event, "detail": detail}


def _base(seq: int) -> dict[str, Any]:
    at = NOW + timedelta(milliseconds=137 * seq)
    stamp = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"schemaVersion": 1, "seq": seq, "timestamp": stamp, "elapsed": round(0.137 * seq, 6), "chargePointId": "CP-4711"}
