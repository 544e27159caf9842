"""What people decided about a reading, laid over it: corrections outlive every reading, and no reading is applied over them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.certificates.facts import CertificateFacts, Extraction, FieldState, Finding, Provenance
from registry.certificates.paths import Value, parts, values, with_values
from registry.certificates.words import protocol_of, role_of
from registry.review.values import as_value

RULE = "review"
"""The rule that is named where a person's decision stands in the place of what was read."""

_FINDING = "finding:"


class Action(StrEnum):
    """What a person did."""

    ACCEPT = "accept"
    """The field says what was read, and goes on to say so."""
    CORRECT = "correct"
    """The field says something else than was read."""
    CONFIRM_FINDING = "confirm finding"
    """The document does disagree as the finding says."""
    DISMISS_FINDING = "dismiss finding"
    """The finding rests on a misreading, and is not shown."""
    NO_CERTIFICATE = "no certificate"
    """The document is none."""
    UNDO = "undo"
    """An earlier decision no longer holds."""


FIELD_ACTIONS = (Action.ACCEPT, Action.CORRECT)


@dataclass(frozen=True)
class Correction:
    """One decision. `field` is the path of a field, `finding:<rule>` for a finding, None for the document as a whole.

    `read_value` and `read_state` are what the reading said when it was decided (for a finding its message, and no state);
    `value` and `state` what holds from then on. `undoes` is the id of the decision that an undoing ends.
    """

    id: int
    action: Action
    field: str | None
    read_value: str | None
    read_state: FieldState | None
    value: str | None
    state: FieldState | None
    reason: str
    who: str
    at: datetime
    undoes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The decision for programs, without who took it."""
        return {
            "id": self.id,
            "action": str(self.action),
            "field": self.field,
            "read": self.read_value,
            "read_state": str(self.read_state) if self.read_state else None,
            "value": self.value,
            "state": str(self.state) if self.state else None,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "undoes": self.undoes,
        }

    @property
    def changes(self) -> bool:
        """Whether something else holds than was read."""
        return self.action in FIELD_ACTIONS and (self.value, self.state) != (self.read_value, self.read_state)

    @property
    def key(self) -> tuple[str | None, str | None]:
        """What it is about: of two decisions about the same the later one holds."""
        return (self.field, self.read_value) if is_finding(self.field) else (self.field, None)


@dataclass(frozen=True)
class Difference:
    """A later reading says something else than the one that was decided upon. What was decided goes on to hold."""

    field: str
    old_value: str | None
    old_state: FieldState | None
    new_value: str | None
    new_state: FieldState
    correction: Correction


def finding_field(rule: str) -> str:
    """What a decision about a finding of `rule` has in place of a field."""
    return _FINDING + rule


def is_finding(field: str | None) -> bool:
    """Whether a decision is about a finding."""
    return field is not None and field.startswith(_FINDING)


def active(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """The decisions that hold, out of all that were ever made: neither undone nor replaced by a later one about the same."""
    made = sorted(corrections, key=lambda correction: correction.id)
    undone = {correction.undoes for correction in made if correction.action is Action.UNDO}
    holding = {correction.key: correction for correction in made if correction.action is not Action.UNDO and correction.id not in undone}
    return tuple(sorted(holding.values(), key=lambda correction: correction.id))


def is_no_certificate(corrections: Iterable[Correction]) -> bool:
    """Whether the decisions that hold say that the document is no certificate."""
    return any(correction.action is Action.NO_CERTIFICATE for correction in corrections)


def text_of(value: object) -> str | None:
    """A value as decisions hold it."""
    return None if value is None else str(value)


def corrected(facts: CertificateFacts, corrections: Sequence[Correction]) -> CertificateFacts:
    """`facts` as the decisions that hold leave them. With a corrected number, protocol and role are what it says."""
    if not corrections:
        return facts
    pinned = {path: as_value(path, one.value) for path, one in _pinned(corrections).items()}
    number = pinned.get("number")
    if isinstance(number, str):
        said: dict[str, Value] = {"protocol": protocol_of(number), "role": role_of(number)}
        pinned = said | pinned
    dropped = frozenset(path for path, one in _pinned(corrections).items() if one.state is FieldState.ABSENT)
    return with_values(facts, pinned, dropped)


def corrected_extraction(extraction: Extraction, corrections: Sequence[Correction]) -> Extraction:
    """The reading as the decisions that hold leave it: values, states, and without the findings that were dismissed.

    Each field keeps its place and its printed text; its rule is `review` where something else holds than was read.
    """
    if not corrections:
        return extraction
    facts = corrected(extraction.certificate, corrections)
    pinned = _pinned(corrections)
    now = values(facts)
    followed = {path for path in ("protocol", "role") if "number" in pinned and path not in pinned}
    fields = [
        _place(entry, pinned.get(entry.field), entry.field in followed and now[entry.field] is not None) for entry in extraction.fields
    ]
    known = {entry.field for entry in fields}
    fields += [
        Provenance(path, None, one.state or FieldState.READ, None, None, None, RULE) for path, one in pinned.items() if path not in known
    ]
    return replace(
        extraction,
        certificate=facts,
        fields=tuple(fields),
        findings=tuple(f for f in extraction.findings if not is_dismissed(f, corrections)),
    )


def is_dismissed(finding: Finding, corrections: Iterable[Correction]) -> bool:
    """Whether the decisions that hold say that the finding rests on a misreading."""
    decided = decision_about(finding, corrections)
    return decided is not None and decided.action is Action.DISMISS_FINDING


def decision_about(finding: Finding, corrections: Iterable[Correction]) -> Correction | None:
    """The decision that holds about a finding, by its rule and its words: another sentence is another finding."""
    key = (finding_field(finding.rule), finding.message)
    return next((correction for correction in corrections if correction.key == key), None)


def differences(reading: Extraction, corrections: Sequence[Correction]) -> tuple[Difference, ...]:
    """Where the reading says neither what the decided one said nor what was decided."""
    if not corrections:
        return ()
    found = values(reading.certificate)
    states = {entry.field: entry.state for entry in reading.fields}
    differing = []
    for path, one in _pinned(corrections).items():
        value, state = text_of(found.get(path)), state_of(path, found, states)
        if (value, state) not in ((one.read_value, one.read_state), (one.value, one.state)):
            differing.append(Difference(path, one.read_value, one.read_state, value, state, one))
    return tuple(differing)


def state_of(path: str, found: dict[str, Value], states: dict[str, FieldState]) -> FieldState:
    """The state of a field; one that the reading does not speak of is absent unless it has a value."""
    return states.get(path, FieldState.ABSENT if found.get(path) is None else FieldState.READ)


def _pinned(corrections: Iterable[Correction]) -> dict[str, Correction]:
    return {one.field: one for one in corrections if one.action in FIELD_ACTIONS and one.field is not None and parts(one.field) is not None}


def _place(entry: Provenance, pinned: Correction | None, followed: bool) -> Provenance:
    if pinned is not None and pinned.state is not None and (pinned.changes or pinned.state is not entry.state):
        return replace(entry, state=pinned.state, rule=RULE)
    return replace(entry, state=FieldState.READ, rule=RULE) if followed else entry
