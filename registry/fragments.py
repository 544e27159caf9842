"""Parts of pages that are made once and stand on many: a row of results, the values of a facet, the frame around every page.

A part is a macro of a template that shows nothing but what it is given, and knows nothing of the page that it stands on:

    {% set made = parts("certificates/_found.html") %}
    {{ kept(made.result, entry, findings) }}, or of many: {{ kept_each(made.result, rows) }}

What was made is kept under the macro and everything that can be seen of it: what it was given, the language, and where the site is
mounted. So it holds whatever is stored meanwhile, and nothing has to be thrown away but for room. What is given must be a value that
never changes, all of its fields equal where two are equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import cast

from flask import Flask, current_app, g, request
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from registry.language import page_language

MOST_BYTES = 32_000_000
"""Of a process."""

KEY_BYTES = 2_000
"""What a part is kept under takes room too: about so much."""

EXTENSION = "ocpp-registry-fragments"
Part = Callable[..., str]
Shown = tuple[Hashable, ...]


class Fragments:
    """Parts that were made, in two generations: what nobody asks for while one half is filled goes with the other half."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._half = most // 2
        self._held = 0
        self._new: dict[Hashable, Markup] = {}
        self._old: dict[Hashable, Markup] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._new.keys() | self._old.keys())

    def of(self, part: Part, surroundings: Hashable, given: Iterable[Shown]) -> list[Markup]:
        """What `part` makes of each that it is given; of the same in the same surroundings only once."""
        all_made = []
        alike = part, surroundings
        for shown in given:
            key = (alike, shown)
            made = self._new.get(key)
            if made is None:
                made = self._old.get(key)
                if made is None:
                    made = escape(part(*shown))
                self._keep(key, made)
            all_made.append(made)
        return all_made

    def _keep(self, key: Hashable, made: Markup) -> None:
        size = sys.getsizeof(made) + KEY_BYTES
        if size > self._half:
            return
        with self._lock:
            if self._held + size > self._half:
                self._old, self._new, self._held = self._new, {}, 0
            self._new[key] = made
            self._held += size


def keep_fragments(app: Flask, most: int = MOST_BYTES) -> None:
    """Let the templates of `app` say `kept(part, ...)` and `kept_each(part, ...)`."""
    app.extensions[EXTENSION] = Fragments(most)
    app.jinja_env.globals.update(kept=kept, kept_each=kept_each, parts=parts)


def parts(template: str) -> TemplateModule:
    """The macros of a template, as `{% import %}` gives them without context, in a tenth of the time that it takes."""
    return current_app.jinja_env.get_template(template).module


def kept(part: Part, *shown: Hashable) -> Markup:
    """The part of a page, as it is or was made of what is `shown`."""
    return _fragments().of(part, _surroundings(), (shown,))[0]


def kept_each(part: Part, given: Iterable[Shown]) -> Markup:
    """As `kept`, of each that is given, one after the other."""
    return Markup("\n".join(_fragments().of(part, _surroundings(), given)))  # noqa: S704 (each of them is Markup)


def _fragments() -> Fragments:
    return cast("Fragments", current_app.extensions[EXTENSION])


def _surroundings() -> Hashable:
    """What shows on a part besides what it is given; the same on all of a page."""
    found: Hashable = g.get("fragment_surroundings")
    if found is None:
        found = g.fragment_surroundings = (page_language(), request.script_root)
    return found
