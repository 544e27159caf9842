"""Gathers the texts of the pages in registry/translations/messages.pot, from which languages are begun and brought up to date.

A language is made of it with `pybabel init -i registry/translations/messages.pot -d registry/translations -l LANGUAGE`, brought up to date
with `pybabel update` and the same, and taken into use with `pybabel compile -d registry/translations`.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from registry.sentences import KeptSentence, KeptWord, Sentence

ROOT = Path(__file__).resolve().parents[1]
POT = ROOT / "registry" / "translations" / "messages.pot"
KEYWORDS = DEFAULT_KEYWORDS | {"counted": (1, 2), "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
KEPT = {kind.__name__: kind.context for kind in (KeptSentence, KeptWord)}
KEYWORDS |= {Sentence.__name__: None, **dict.fromkeys(KEPT, ((1, "c"), 2))}
CHECKS = ROOT / "data" / "vocabulary" / "checks.json"
_BRACES = re.compile(r"\{(\w+)\}")


@cache
def gathered() -> Catalog:
    """All texts as they stand in the pages and their views, each with the files that have it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel gives this one no types
    catalog = Catalog(project="ocpp-registry", charset="utf-8", header_comment="# The texts of the pages of ocpp-registry.")
    methods = [(pattern, _extracted if method == "python" else method) for pattern, method in methods]
    for name, line, message, comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_has_texts):
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    for rule in json.loads(CHECKS.read_text(encoding="utf-8"))["rules"]:
        # Its places are in braces, as of every sentence of the data.
        template = _BRACES.sub(r"%(\1)s", rule["sentence"].replace("%", "%%"))
        catalog.add(template, None, [(str(CHECKS.relative_to(ROOT)), 1)], context=KeptSentence.context)
    return catalog


def _extracted(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, Any, Any]]:
    """As Babel's own for Python; the templates of kept sentences get their context."""
    for line, function, found, comments in extract_python(file, keywords, comment_tags, options):
        messages: Any = found  # one text alone comes without a list around it
        if function in KEPT:
            messages = (KEPT[function], messages if isinstance(messages, str) else messages[0])
        yield line, str(function), messages, comments


def kept() -> Catalog:
    """The texts as the file has them."""
    with POT.open("rb") as file:
        return read_po(file)


def write() -> None:
    """Write the file anew. It has no line numbers: they would change it with every change of a page."""
    written = io.BytesIO()
    write_po(written, gathered(), width=100, sort_output=True, include_lineno=False, omit_header=False)
    # The moment of the writing would change the file where no text has changed.
    lines = [line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(b'"POT-Creation-Date')]
    POT.parent.mkdir(parents=True, exist_ok=True)
    POT.write_bytes(b"".join(lines))


def _has_texts(directory: str | os.PathLike[str]) -> bool:
    below = Path(directory).resolve().relative_to(ROOT).parts
    return not below or below[0] in ("registry", "templates", "ingest", "probes")


if __name__ == "__main__":
    write()
