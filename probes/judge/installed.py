"""Root certificates in messages of the security white paper: read from PEM, found again among the hashes that a station lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.pki.certificates import Certificate, NoCertificate, read_one


def certificate_of(text: object) -> Certificate | None:
    """The certificate in this PEM; None: there is not exactly one."""
    try:
        return read_one(text) if isinstance(text, str) else None
    except NoCertificate:
        return None


def listed(answer: Mapping[str, Any] | None, certificate: Certificate) -> dict[str, Any] | None:
    """The entry of a GetInstalledCertificateIds.conf that stands for this certificate, as the station told it; None: there is none.

    The serial number tells: makers differ in what the hash of a key is made of, and some write the number in decimal digits.
    """
    wanted = {f"{certificate.serial_number:x}", str(certificate.serial_number)}
    return next((entry for entry in entries(answer) if number_of(entry) in wanted), None)


def entries(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The hash data in a GetInstalledCertificateIds.conf."""
    told = (answer or {}).get("certificateHashData")
    return [dict(entry) for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []


def number_of(entry: Mapping[str, Any]) -> str | None:
    """The serial number of an entry in the form in which two can be compared."""
    number = entry.get("serialNumber")
    return number.strip().lower().removeprefix("0x").replace(":", "").lstrip("0") if isinstance(number, str) else None
