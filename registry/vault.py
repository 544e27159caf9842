"""Secrets at rest: sealed with a key that is not in the database, so that a copy of the database alone gives none of them away.

A sealed text names its key. Keys stand one a line in `vault.key` under the installation's home, or apart from it in the environment;
the first one seals, all of them open. So a key is changed by putting a new one first, and dropped once nothing names it any more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from registry.errors import CannotBegin
from registry.key_files import read_or_make

KEY_FILE = "vault.key"
KEYS_VARIABLE = "OCPP_REGISTRY_VAULT_KEYS"
_MARK = "sealed-1"


class Vault:
    """Seals and opens with the keys of one installation; the key file is made when it is first needed."""

    def __init__(self, home: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._path = home / KEY_FILE
        self._given = environ.get(KEYS_VARIABLE, "").split()
        self._keys: dict[str, Fernet] | None = None

    def seal(self, text: str) -> str:
        """`text` as it may be stored. Raises CannotBegin when there is no usable key."""
        name, key = next(iter(self._all_keys().items()))
        return f"{_MARK}:{name}:{key.encrypt(text.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """What was sealed. Raises CannotBegin when its key is not here, or when it was altered."""
        mark, _, rest = sealed.partition(":")
        name, _, token = rest.partition(":")
        key = self._all_keys().get(name)
        if mark != _MARK or key is None:
            raise CannotBegin(f"a secret was sealed with a key that is not in {self._place}: put the key back that was there before")
        try:
            return key.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise CannotBegin("a secret in the database was altered since it was sealed: give it anew") from error

    @property
    def _place(self) -> str:
        return KEYS_VARIABLE if self._given else str(self._path)

    def _all_keys(self) -> dict[str, Fernet]:
        if self._keys is None:
            lines = self._given or read_or_make(self._path, Fernet.generate_key).decode("ascii", "replace").split()
            try:
                self._keys = {sha256(line.encode()).hexdigest()[:8]: Fernet(line) for line in lines}
            except ValueError as error:
                raise CannotBegin(f"{self._place} holds a key that is none: each is 32 bytes in URL-safe base64, one a line") from error
            if not self._keys:
                raise CannotBegin(f"{self._place} holds no key: put the key back, or remove the file if nothing was ever sealed with it")
        return self._keys
