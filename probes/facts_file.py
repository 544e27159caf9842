"""Certificate facts from a file: what `ocpp-registry parse --json` printed, so that an audit needs no registry."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.errors import CannotBegin

_TABLES = ("profiles", "hardware", "limits", "configuration_keys", "features")


def read_facts(path: Path) -> CertificateFacts:
    """The `certificate` object of a parse result. Raises `CannotBegin`, naming the file and what is wrong with it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); name a file that `ocpp-registry parse --json` wrote") from problem
    except ValueError as problem:
        raise CannotBegin(f"{path}: no JSON in UTF-8; name a file that `ocpp-registry parse --json` wrote") from problem
    return facts_of(document, str(path))


def facts_of(document: Any, name: str) -> CertificateFacts:
    """The `certificate` object of a parse result that was read already. Raises `CannotBegin`; `name` stands in the message."""
    certificate = document.get("certificate") if isinstance(document, dict) else None
    if not isinstance(certificate, dict) or not isinstance(certificate.get("number"), str):
        raise CannotBegin(f"{name}: it holds no certificate; name a file that `ocpp-registry parse --json` wrote")
    return _facts(certificate, name)


def _facts(certificate: dict[str, Any], name: str) -> CertificateFacts:
    values: dict[str, Any] = {}
    for field in fields(CertificateFacts):
        value = certificate.get(field.name)
        if field.name in _TABLES:
            good = value is None or (isinstance(value, dict) and all(isinstance(cell, str | None) for cell in value.values()))
        elif field.name == "performance":
            good = value is None or isinstance(value, list)
            value = tuple(_row(row, name) for row in value) if isinstance(value, list) else None
        else:
            good = isinstance(value, str | None)
        if not good:
            raise CannotBegin(f"{name}: {field.name} is not what a parse result holds; parse the certificate again")
        values[field.name] = value
    return CertificateFacts(**values)


def _row(row: Any, name: str) -> PerformanceRow:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        raise CannotBegin(f"{name}: a performance row is not what a parse result holds; parse the certificate again")
    pics, measured = row.get("pics_seconds"), row.get("measured_seconds")
    if not isinstance(pics, int | None) or not isinstance(measured, int | None):
        raise CannotBegin(f"{name}: the performance row {row['name']!r} has no whole seconds; parse the certificate again")
    return PerformanceRow(row["name"], pics, measured)
