"""The data that the judge goes by: obligations, feature profiles and configuration keys, each read once from `data/ocpp16`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from registry.certificates.facts import Severity

DATA = Path(__file__).resolve().parents[2] / "data" / "ocpp16"

EVERY_CASE = "*"
"""In an obligation's cases: it serves each case in whose window it applies."""


@dataclass(frozen=True)
class ObligationFacts:
    """One row of a file in `obligations/`. `cases` need it to have been judged in order to pass, `when_seen` count it where it was."""

    id: str
    applies_to: str
    title: str
    clause: str
    severity: Severity
    cases: frozenset[str]
    when_seen: frozenset[str] = frozenset()

    def is_about(self, case: str) -> bool:
        """Whether this is what the case is there for."""
        return case in self.cases or case in self.when_seen

    def serves(self, case: str) -> bool:
        """Whether the outcome of this case depends on it."""
        return EVERY_CASE in self.cases or self.is_about(case)


@dataclass(frozen=True)
class ProfileFacts:
    """A feature profile: its name on certificates, its identifier in SupportedFeatureProfiles, its messages."""

    certificate_name: str
    identifier: str
    actions: frozenset[str]


@dataclass(frozen=True)
class KeyFacts:
    """A standardised configuration key. `access` is R, RW, W or "R or RW"; `profile` the identifier of its feature profile."""

    key: str
    type: str
    access: str
    profile: str
    required: bool
    section: str


def _load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def obligations() -> dict[str, ObligationFacts]:
    """Every obligation of charging stations by id."""
    return _obligations_in("obligations")


@cache
def central_obligations() -> dict[str, ObligationFacts]:
    """Every obligation of central systems by id."""
    return _obligations_in("central_obligations")


@cache
def _every_obligation() -> dict[str, ObligationFacts]:
    return {**obligations(), **central_obligations()}


def obligation(identifier: str) -> ObligationFacts:
    """The obligation of this id, of whichever role. Raises `KeyError` for none."""
    return _every_obligation()[identifier]


def needed_by(case: str) -> list[ObligationFacts]:
    """What must have been judged for this case to pass."""
    return [facts for facts in _every_obligation().values() if case in facts.cases]


def _obligations_in(folder: str) -> dict[str, ObligationFacts]:
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATA / folder).glob("*.json"))]
    return {
        row["id"]: ObligationFacts(
            row["id"],
            row["applies_to"],
            row["title"],
            row["clause"],
            Severity(row["severity"]),
            frozenset(row["cases"]),
            frozenset(row.get("when_seen", ())),
        )
        for file in files
        for row in file["obligations"]
    }


@cache
def feature_profiles() -> tuple[ProfileFacts, ...]:
    """The feature profiles of OCPP 1.6."""
    return tuple(
        ProfileFacts(row["certificate_name"], row["identifier"], frozenset(row["actions"]))
        for row in _load("feature_profiles.json")["profiles"]
    )


@cache
def configuration_keys() -> dict[str, KeyFacts]:
    """The standardised configuration keys by casefolded name (key names are case-insensitive, 1.6 7.29)."""
    return {
        row["key"].casefold(): KeyFacts(
            row["key"], row["type"], row["access"], row["profile"], row["required"] == "required", row["section"]
        )
        for row in _load("configuration_keys.json")["keys"]
    }


@cache
def case_actions() -> dict[str, frozenset[str]]:
    """By case, the requests that it is there to exercise: others in it only lead there."""
    return {row["id"]: frozenset(row.get("about", ())) for row in _load("cases.json")["cases"]}


def letters(text: str) -> str:
    """A name reduced to what its spellings share: "Firmware Management" and "FirmwareManagement" are one."""
    return "".join(character for character in text.casefold() if character.isalnum())


@cache
def _profiles_by_spelling() -> dict[str, ProfileFacts]:
    return {letters(name): profile for profile in feature_profiles() for name in (profile.certificate_name, profile.identifier)}


def profile_named(name: str) -> ProfileFacts | None:
    """The feature profile that a certificate or a charging station means by this name; None for no profile of OCPP 1.6."""
    return _profiles_by_spelling().get(letters(name))
