"""What our station shows a management system that wants to know who comes: kept sealed until the audit has ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """A password, or a certificate with its key, in PEM; `authority` signed the management system's own certificate (PEM). Each may be
    empty.
    """

    password: str = field(default="", repr=False)
    authority: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Credentials:
        """As they were kept; what is not there is empty."""
        return cls(**{name: str(kept.get(name) or "") for name in ("password", "authority", "certificate", "key")})

    def to_keep(self) -> dict[str, str]:
        """What there is of them."""
        return {name: value for name, value in asdict(self).items() if value}
