"""The AuthorizationKey of a station under audit: its own, which the operator gave, and the one that takes its place for a while.

The second is derived from the first. So it need not be written anywhere, and whoever has the first can find a station that was left with
the second, let it in, and give it back its own: a crash in between locks nobody out.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from hashlib import sha256

from probes.wire.passwords import PasswordFile, is_authorization_key, password_bytes, read_basic

_PURPOSE = b"ocpp-registry audit: AuthorizationKey for "


class Shown(StrEnum):
    """Which of the two a station came with."""

    GIVEN = "given"
    AUDITS = "audit's"


class AuditPassword(PasswordFile):
    """Lets the station `identity` in with `given` or with `successor`; `shown` is with which it came last (None: it never came).

    In the place of the key's bytes its digits are taken, too: whoever sent them before the audit must not be locked out by it.
    """

    def __init__(self, identity: str, given: str) -> None:
        super().__init__({})
        self._identity = identity
        self.given = given
        digest = hmac.digest(given.encode(), _PURPOSE + identity.encode(), sha256)
        self.successor = digest[: len(given) // 2].hex() if is_authorization_key(given) else None
        self.shown: Shown | None = None

    @property
    def can_be_changed(self) -> bool:
        """Whether the password has the form of an AuthorizationKey: only such a one can be given back over OCPP with certainty."""
        return self.successor is not None

    async def problem(self, identity: str, authorization: str | None) -> str | None:
        """As for any station; both passwords are right, for the one station that they are of."""
        if authorization is None:
            return "sent no password"
        credentials = read_basic(authorization)
        if credentials is None:
            return "sent no credentials of the scheme Basic"
        if identity != self._identity or not hmac.compare_digest(credentials.user, identity.encode()):
            return "sent another user name than its identity"
        if _is(credentials.password, self.given):
            self.shown = Shown.GIVEN
        elif self.successor is not None and _is(credentials.password, self.successor):
            self.shown = Shown.AUDITS
        else:
            return "sent a wrong password"
        return None


def _is(shown: bytes, text: str) -> bool:
    as_bytes = hmac.compare_digest(shown, password_bytes(text))
    as_digits = hmac.compare_digest(shown.lower(), text.lower().encode())
    return as_bytes or (as_digits and is_authorization_key(text)) or hmac.compare_digest(shown, text.encode())
