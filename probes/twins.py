"""A certificate turned into a running product: a station or a CSMS configured exactly as it was certified.

Only what the certificate says with certainty is used; what it must say and does not, is refused in one line rather than made up.
"""

from __future__ import annotations

import re

from probes.csms.profiles import CsmsConfig
from probes.judge.identity import is_certified_so
from probes.station.config import KNOWN_PROFILES, StationConfig
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin

PROTOCOL = "OCPP 1.6"
RESPONSE_TIMEOUT = "OCPP response timeout"
AUTHORIZE_TIMEOUT = "Response time Authorize"
CONNECTORS_ROW = "Socket(s) / connector(s)"
CABLE_ROW = "Fixed cable"

_PROFILE_NAMES = {
    "core": "Core",
    "firmwaremanagement": "FirmwareManagement",
    "localauthorizationlistmanagement": "LocalAuthListManagement",
    "reservation": "Reservation",
    "smartcharging": "SmartCharging",
    "remotetrigger": "RemoteTrigger",
    "security": "Security",
}
"""The names of a certificate's profile table, letters only, and how SupportedFeatureProfiles spells them."""

_COUNTS = {"single": 1, "dual": 2, "double": 2, "triple": 3, "quadruple": 4}


def twin_of(facts: CertificateFacts) -> StationConfig:
    """The station that this certificate describes: identity, the declared keys that have a value, and the profiles that passed.

    Keys declared empty do not exist in the twin. Raises `CannotBegin` for a CSMS, another protocol, or facts that were not read.
    """
    number = facts.number or "this certificate"
    _must_be_station(facts, number)
    (vendor, model), version = _product(facts), facts.software_version
    if not vendor or not model or not version:
        missing = [name for name, value in (("vendor", vendor), ("model", model), ("software version", version)) if not value]
        raise CannotBegin(f"{number}: its {' and '.join(missing)} could not be read, so there is no twin of it; correct the entry first")
    keys = {key: value for key, value in (facts.configuration_keys or {}).items() if value is not None}
    return StationConfig(
        vendor=vendor,
        model=model,
        software_version=version,
        connectors=_connectors(facts, keys),
        profiles=tuple(profile for profile in KNOWN_PROFILES if profile in _passed(facts)),
        keys=keys,
        fixed_cable=(_hardware(facts, CABLE_ROW) or "").casefold() == "yes",
        response_timeout_seconds=_pics(facts, RESPONSE_TIMEOUT),
    )


def _product(facts: CertificateFacts) -> tuple[str | None, str | None]:
    """Vendor and model: as they were tested, or where the certificate is for another product than that, as it calls this."""
    vendor, model = facts.vendor_name or facts.holder, facts.model or facts.designation
    is_for_another = vendor and model and facts.holder and facts.designation and not is_certified_so(facts, vendor, model)
    return (facts.holder, facts.designation) if is_for_another else (vendor, model)


def csms_twin_of(facts: CertificateFacts) -> CsmsConfig:
    """The CSMS that this certificate describes. Raises `CannotBegin` for a station, another protocol, or facts that were not read."""
    number = facts.number or "this certificate"
    _must_be_csms(facts, number)
    name, version = facts.designation or facts.model, facts.software_version
    if not name or not version:
        missing = [what for what, value in (("product", name), ("software version", version)) if not value]
        raise CannotBegin(f"{number}: its {' and '.join(missing)} could not be read, so there is no twin of it; correct the entry first")
    return CsmsConfig(
        name=name,
        vendor=facts.vendor_name or facts.holder or "",
        software_version=version,
        profiles=tuple(profile for profile in KNOWN_PROFILES if profile in _passed(facts)),
        response_timeout_seconds=_pics(facts, RESPONSE_TIMEOUT),
        authorize_timeout_seconds=_pics(facts, AUTHORIZE_TIMEOUT),
    )


def _must_be_csms(facts: CertificateFacts, number: str) -> None:
    if facts.role != "CSMS":
        raise CannotBegin(f"{number}: it certifies a charging station, not a CSMS; run it with `ocpp-registry station`")
    if facts.protocol != PROTOCOL:
        raise CannotBegin(f"{number}: it certifies {facts.protocol or 'an unknown protocol'}; the built-in CSMS speaks {PROTOCOL}")


def _must_be_station(facts: CertificateFacts, number: str) -> None:
    if facts.role != "CS":
        what = "a CSMS" if facts.role == "CSMS" else f"{facts.role or 'an unknown product'}"
        raise CannotBegin(f"{number}: it certifies {what}, not a charging station; name the certificate of a station")
    if facts.protocol != PROTOCOL:
        raise CannotBegin(f"{number}: it certifies {facts.protocol or 'an unknown protocol'}; the built-in station speaks {PROTOCOL}")


def _passed(facts: CertificateFacts) -> frozenset[str]:
    names = (_letters(name) for name, result in (facts.profiles or {}).items() if (result or "").casefold() == "pass")
    return frozenset(_PROFILE_NAMES[name] for name in names if name in _PROFILE_NAMES)


def _connectors(facts: CertificateFacts, keys: dict[str, str]) -> int:
    """NumberOfConnectors where the certificate declares it, else the hardware table, else one."""
    declared = next((value for key, value in keys.items() if key.casefold() == "numberofconnectors"), None)
    for text in (declared, _hardware(facts, CONNECTORS_ROW)):
        folded = (text or "").strip().casefold()
        count = int(folded) if re.fullmatch(r"[0-9]{1,3}", folded) else _COUNTS.get(folded, 0)
        if count > 0:
            return count
    return 1


def _hardware(facts: CertificateFacts, row: str) -> str | None:
    return next((value for name, value in (facts.hardware or {}).items() if _letters(name) == _letters(row)), None)


def _pics(facts: CertificateFacts, name: str) -> int | None:
    """The PICS value of this row of the performance table, in seconds."""
    return next((row.pics_seconds for row in facts.performance or () if _letters(row.name) == _letters(name)), None)


def _letters(name: str) -> str:
    """A name by its letters alone: the print varies blanks, hyphens and case."""
    return "".join(character for character in name.casefold() if character.isalpha())
