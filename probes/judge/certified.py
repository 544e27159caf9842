"""The certificate as the judge needs it: which profiles, which keys with which values, how many seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from probes.judge.catalogue import feature_profiles, letters
from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.matching.aliases import Alias

PASSED = "pass"
"""The result of a certified profile in a certificate's profile table."""

NOT_CERTIFIED = frozenset({"n/a", "not tested", "fail", "failed", "not supported"})

RESPONSE_TIMEOUT = "OCPP response timeout"
REMOTE_START_RESPONSE = "Response time RemoteStartTransaction"
TRIGGERED_FUNCTION_TIMEOUT = "OCPP triggered function timeout"


@dataclass(frozen=True)
class Certified:
    """What one certificate claims. `profiles` maps each identifier to True (passed), False (not certified) or None (cannot tell);
    `known_as` are the records of other names of the companies that it names.
    """

    facts: CertificateFacts
    profiles: Mapping[str, bool | None] = field(default_factory=dict)
    keys: Mapping[str, str | None] | None = None
    known_as: tuple[Alias, ...] = ()

    @classmethod
    def of(cls, facts: CertificateFacts, known_as: tuple[Alias, ...] = ()) -> Certified:
        """Read the facts once; names are compared by their letters, so that no spelling counts."""
        rows = {letters(name): result for name, result in (facts.profiles or {}).items()}
        profiles: dict[str, bool | None] = {}
        for profile in feature_profiles():
            result = rows.get(letters(profile.certificate_name), rows.get(letters(profile.identifier)))
            profiles[profile.identifier] = _certified(result)
        keys = None
        if facts.configuration_keys is not None:
            keys = MappingProxyType({name.strip().casefold(): value for name, value in facts.configuration_keys.items()})
        return cls(facts, MappingProxyType(profiles), keys, known_as)

    def declared(self, key: str) -> str | None:
        """The value that the certificate declares for this key; None when it declares none."""
        return (self.keys or {}).get(key.casefold())

    def declared_empty(self, key: str) -> bool:
        """Whether the certificate names this key and declares it empty."""
        return self.keys is not None and key.casefold() in self.keys and self.keys[key.casefold()] is None

    def performance(self, name: str) -> PerformanceRow | None:
        """The row of this name in the performance table."""
        return next((row for row in self.facts.performance or () if letters(row.name) == letters(name)), None)

    @property
    def fixed_cable(self) -> bool | None:
        """Whether the cable is fixed to the station, so that there is no lock for it; None when the certificate does not say."""
        rows = {letters(name): letters(value or "") for name, value in (self.facts.hardware or {}).items()}
        return {"yes": True, "no": False}.get(rows.get("fixedcable", ""))

    @property
    def patience_seconds(self) -> float:
        """How long a call may stay unanswered: well beyond the PICS value, so that a late answer is seen as late, not as missing."""
        values = [
            row.pics_seconds for name in (RESPONSE_TIMEOUT, REMOTE_START_RESPONSE) if (row := self.performance(name)) and row.pics_seconds
        ]
        return min(120.0, max(30.0, 3.0 * max(values, default=0)))


def _certified(result: str | None) -> bool | None:
    folded = (result or "").strip().casefold()
    if folded == PASSED:
        return True
    return False if folded in NOT_CERTIFIED else None
