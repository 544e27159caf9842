"""Passwords: hashed with argon2id, checked in the same time whether there is such an account or not."""

from __future__ import annotations

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from registry.sentences import Sentence

SHORTEST = 12
LONGEST = 512
"""Letters of a password."""


class Passwords:
    """Hashes and checks. The parameters are argon2-cffi's own (RFC 9106's second choice) unless others are handed in."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hashed(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(password)

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether this is the password of which `kept` is the hash. Without one the same work is done, and the answer is no."""
        try:
            return self._hasher.verify(kept or self._of_nobody, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether `kept` was made with other parameters than are used now, so that it should be made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash("the password of an account that there is not")


def problem_with(password: str, name: str) -> str | None:
    """Why this may not be the password of the account `name`, with the remedy; None when it may."""
    if len(password) < SHORTEST:
        return Sentence("A password has at least %(least)s letters: three or four words will do.", least=SHORTEST)
    if len(password) > LONGEST:
        return Sentence("A password has at most %(most)s letters.", most=LONGEST)
    if password.casefold().replace(name.casefold(), "").strip() == "" or len(set(password)) < 4:
        return Sentence("That would be guessed at once: take three or four words that have nothing to do with each other.")
    return None
