"""Parts of pages that are made once and stand on many: a row of results, the values of a facet, the frame around every page.

A part is a macro of a template that shows nothing but what it is given, and knows nothing of the page that it stands on:

    {% set made = parts("certificates/_found.html") %}
    {{ kept(made.result, entry, findings) }}, or of many: {{ kept_each(made.result, rows) }}

What was made is kept under the macro and everything that can be seen of it: what it was given, the language, and where the site is
mounted. So it holds whatever is stored meanwhile, and nothing has to be thrown away but for room. What is given must be a value that
never changes, all of its fields equal where two are equal.

Of a part that stands on a page many times and says something else each time, most is alike as well: it is kept as a pattern, into which
the texts are put. `outlining` takes apart what the part is given, into the texts that it shows as they are, and all else:

    {{ filled_each(made.result, rows, outlining) }}

So are pages as a whole, of which all but a few pieces is the same on many (`filled_page`).
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import itemgetter
from threading import Lock
from typing import NamedTuple, Protocol, cast

from flask import Flask, current_app, g, request
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from registry.language import page_language

MOST_BYTES = 32_000_000
"""Of a process."""

KEY_BYTES = 2_000
"""What a part is kept under takes room too: about so much."""

MOST_PATTERNS = 1_000
"""Of a process; each takes a kilobyte or two."""

MOST_FRAMES = 200
"""Of a process; each takes some 40 kB."""

EXTENSION = "ocpp-registry-fragments"
_BETWEEN = "\0"
"""No text that a database holds has it (`registry.db.clean_text`)."""

Part = Callable[..., str]
Shown = tuple[Hashable, ...]


class Outline(NamedTuple):
    """What a part is given, taken apart: the texts that it shows as they are, and all that decides what stands around these.

    Of one shape all have as many texts, and the same of them are empty, which are not shown.
    """

    shape: Hashable
    texts: Sequence[str]


class Outlining(Protocol):
    """How what a part is given is taken apart."""

    def outline(self, shown: Shown) -> Outline | None:
        """The outline of it; None where a text is to be shown otherwise than as it is, and the part has to be made for itself."""

    def standing_in(self, shown: Shown, texts: Sequence[str]) -> Shown:
        """The same with these texts in the places of its own."""


class NotShownError(ValueError):
    """A part does not show a text of its outline as it is."""


class Pattern:
    """A part as it is made of everything of one shape, with places for the texts."""

    def __init__(self, made: str, marks: Sequence[str], texts: Sequence[str]) -> None:
        """`made` has marks in the places of texts such as these. Raises NotShownError where one of them is not shown as it is."""
        first, *rest = re.split(f"({'|'.join(map(re.escape, marks))})", made) if marks else [made]
        shown = [marks.index(mark) for mark in rest[::2]]
        if missing := {at for at, text in enumerate(texts) if text} - set(shown):
            raise NotShownError(f"text {min(missing) + 1}")
        self.form = "%s".join(piece.replace("%", "%%") for piece in (first, *rest[1::2]))
        # Of fewer than two, it would give no sequence.
        self.pick: Callable[[Sequence[str]], Sequence[str]] = (
            itemgetter(*shown) if len(shown) > 1 else lambda texts: [texts[at] for at in shown]
        )

    def filled(self, texts: Sequence[Markup]) -> str:
        """The part with these, which are escaped already, in their places."""
        return self.form % tuple(self.pick(texts))


class Fragments:
    """Parts that were made, in two generations: what nobody asks for while one half is filled goes with the other half."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._half = most // 2
        self._held = 0
        self._new: dict[Hashable, Markup] = {}
        self._old: dict[Hashable, Markup] = {}
        self._lock = Lock()
        self._patterns: dict[Hashable, Pattern] = {}
        self._frames: dict[Hashable, Pattern] = {}
        # Neither stands in any text, nor is changed where a text is escaped, or quoted for an address.
        self._mark = f"zq{secrets.token_hex(16)}x"

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

    def filled(self, part: Part, surroundings: Hashable, given: Iterable[Shown], outlining: Outlining) -> Markup:
        """What `part` makes of each that it is given, a line each; of what has the same shape, in the same surroundings, only once."""
        forms, texts = list[str](), list[str]()
        alike = part, surroundings
        for shown in given:
            outline = outlining.outline(shown)
            pattern = self._pattern(alike, shown, outline, outlining) if outline is not None else None
            if outline is None or pattern is None:
                forms.append(self.of(part, surroundings, (shown,))[0].replace("%", "%%"))
                continue
            forms.append(pattern.form)
            texts += pattern.pick(outline.texts)
        return Markup("\n".join(forms) % _escaped(texts))  # noqa: S704 (parts of templates, and texts that are escaped)

    def _pattern(self, alike: tuple[Part, Hashable], shown: Shown, outline: Outline, outlining: Outlining) -> Pattern | None:
        """None where the part does not show all of its texts as they are, and has to be made for itself."""
        pattern = self._patterns.get((alike, outline.shape))
        if pattern is None:
            marks = self._marks(len(outline.texts))
            try:
                pattern = Pattern(alike[0](*outlining.standing_in(shown, marks)), marks, outline.texts)
            except NotShownError:
                return None
            self._keep_pattern(self._patterns, (alike, outline.shape), pattern, MOST_PATTERNS)
        return pattern

    def page(self, alike: Hashable, pieces: Sequence[Markup], make: Callable[[Sequence[Markup]], str]) -> str:
        """What `make` makes of the pieces; of pages that are `alike` but for these only once, if it shows all of them."""
        frame = self._frames.get(alike)
        if frame is None:
            marks = self._marks(len(pieces))
            try:
                frame = Pattern(make(list(map(Markup, marks))), marks, pieces)
            except NotShownError:
                return make(pieces)
            self._keep_pattern(self._frames, alike, frame, MOST_FRAMES)
        return frame.filled(pieces)

    def _marks(self, number: int) -> list[str]:
        return [f"{self._mark}{at}z" for at in range(number)]

    def _keep_pattern(self, kept: dict[Hashable, Pattern], key: Hashable, pattern: Pattern, most: int) -> None:
        """Keep it in place of what was kept first."""
        if self._half:
            with self._lock:
                kept[key] = pattern
                while len(kept) > most:
                    del kept[next(iter(kept))]

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
    app.jinja_env.globals.update(kept=kept, kept_each=kept_each, filled_each=filled_each, parts=parts)


def parts(template: str) -> TemplateModule:
    """The macros of a template, as `{% import %}` gives them without context, in a tenth of the time that it takes."""
    return current_app.jinja_env.get_template(template).module


def part_of(template: str, name: str) -> Part:
    """A macro of a template, for what is put together outside of templates."""
    return cast("Part", getattr(parts(template), name))


def kept(part: Part, *shown: Hashable) -> Markup:
    """The part of a page, as it is or was made of what is `shown`."""
    return _fragments().of(part, _surroundings(), (shown,))[0]


def kept_each(part: Part, given: Iterable[Shown]) -> Markup:
    """As `kept`, of each that is given, one after the other."""
    return Markup("\n".join(_fragments().of(part, _surroundings(), given)))  # noqa: S704 (each of them is Markup)


def filled_each(part: Part, given: Iterable[Shown], outlining: Outlining) -> Markup:
    """As `kept_each`, of a part that says something else each time: only what stands around its texts is kept."""
    return _fragments().filled(part, _surroundings(), given, outlining)


def filled_page(alike: Hashable, pieces: Sequence[Markup], make: Callable[[Sequence[Markup]], str]) -> Markup:
    """What `make` makes of the pieces, for which it is only asked once of pages that are `alike`: it must do nothing but show them.

    `alike` has to say everything else that the page shows, but for what every part may: the language and where the site is mounted.
    """
    return Markup(_fragments().page((alike, _surroundings()), pieces, make))  # noqa: S704 (as above)


def _escaped(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts, escaped all at once."""
    escaped = str(escape(_BETWEEN.join(texts))).split(_BETWEEN)
    return tuple(escaped if len(escaped) == len(texts) else [str(escape(text)) for text in texts])


def _fragments() -> Fragments:
    return cast("Fragments", current_app.extensions[EXTENSION])


def _surroundings() -> Hashable:
    """What shows on a part besides what it is given; the same on all of a page."""
    found: Hashable = g.get("fragment_surroundings")
    if found is None:
        found = g.fragment_surroundings = (page_language(), request.script_root)
    return found
