"""Parts of pages that are made once and stand on many: a row of results, the values of a facet, the frame around every page.

A part is a macro of a template that shows nothing but what it is given, and is imported without context:

    {% from "certificates/_found.html" import result %}
    {{ kept(result, entry, findings) }}

What was made is kept under the macro and everything that can be seen of it: what it was given, the language, and where the site is
mounted. So it holds whatever is stored meanwhile, and nothing has to be thrown away but for room. What is given must be a value that
never changes, all of its fields equal where two are equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from threading import Lock
from typing import cast

from flask import Flask, current_app, g, request

from registry.language import page_language

MOST_BYTES = 32_000_000
"""Of a process."""

KEY_BYTES = 2_000
"""What a part is kept under takes room too: about so much."""

EXTENSION = "ocpp-registry-fragments"
Part = Callable[..., str]


class Fragments:
    """Parts that were made, in two generations: what nobody asks for while one half is filled goes with the other half."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._half = most // 2
        self._held = 0
        self._new: dict[Hashable, str] = {}
        self._old: dict[Hashable, str] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._new.keys() | self._old.keys())

    def of(self, part: Part, surroundings: Hashable, shown: tuple[Hashable, ...]) -> str:
        """What `part` makes of `shown`; of the same in the same surroundings only once."""
        key = (part, surroundings, shown)
        made = self._new.get(key)
        if made is None:
            made = self._old.get(key)
            if made is None:
                made = part(*shown)
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: str) -> None:
        size = sys.getsizeof(made) + KEY_BYTES
        if size > self._half:
            return
        with self._lock:
            if self._held + size > self._half:
                self._old, self._new, self._held = self._new, {}, 0
            self._new[key] = made
            self._held += size


def keep_fragments(app: Flask, most: int = MOST_BYTES) -> None:
    """Let the templates of `app` say `kept(part, ...)`."""
    app.extensions[EXTENSION] = Fragments(most)
    app.jinja_env.globals["kept"] = kept


def kept(part: Part, *shown: Hashable) -> str:
    """The part of a page, as it is or was made of what is `shown`."""
    surroundings = g.get("fragment_surroundings")
    if surroundings is None:
        surroundings = g.fragment_surroundings = (page_language(), request.script_root)
    return cast("Fragments", current_app.extensions[EXTENSION]).of(part, surroundings, shown)
