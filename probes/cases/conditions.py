"""When a case is about a product at all."""

from __future__ import annotations

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.station import AuditedStation
from probes.judge.catalogue import feature_profiles


def needs_certified(station: AuditedStation, identifier: str) -> None:
    """The case is for products that are certified for this feature profile."""
    certified = station.certified.profiles.get(identifier)
    name = next(profile.certificate_name for profile in feature_profiles() if profile.identifier == identifier)
    if certified is None:
        raise NotExercised(f"the certificate does not say whether {name} is certified")
    if not certified:
        raise NotApplicable(f"{name} is not certified: the certificate's profile table says so")
