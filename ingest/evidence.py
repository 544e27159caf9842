"""What the checks go by besides the values, as JSON, so that they can be made again once a person corrected a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ingest.certainty import without_accusations
from ingest.checks import document_findings
from ingest.grammar.certificate import Evidence
from registry.certificates.facts import CertificateFacts, Finding

_DOUBTFUL = "doubtful"


def evidence_to_json(evidence: Evidence, doubtful: frozenset[str]) -> dict[str, Any]:
    """The evidence of one reading; `doubtful` are the paths of values that were read from letters that nobody is sure of."""
    said = {one.name: getattr(evidence, one.name) for one in fields(Evidence)}
    plain = {
        name: sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
    }
    return plain | {_DOUBTFUL: sorted(doubtful)}


def evidence_from_json(entry: Mapping[str, Any]) -> Evidence:
    """The evidence of which `entry` is the JSON; what this version knows and that one did not is as if nothing had been seen."""
    usual = Evidence()
    known = {one.name for one in fields(Evidence)} & entry.keys()
    return Evidence(**{name: type(getattr(usual, name))(entry[name]) if isinstance(entry[name], list) else entry[name] for name in known})


def findings_again(facts: CertificateFacts, evidence: Mapping[str, Any], decided: frozenset[str]) -> tuple[Finding, ...]:
    """What disagrees by `facts`, which people corrected: values that they `decided` upon are in no doubt any more."""
    doubtful = frozenset(entry for entry in evidence.get(_DOUBTFUL, ()) if entry not in decided)
    return without_accusations(document_findings(facts, evidence_from_json(evidence)), doubtful)
