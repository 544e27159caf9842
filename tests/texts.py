"""Gathers the texts of the pages in registry/translations/messages.pot, from which languages are begun and brought up to date.

A language is made of it with `pybabel init -i registry/translations/messages.pot -d registry/translations -l LANGUAGE`, brought up to date
with `pybabel update` and the same, and taken into use with `pybabel compile -d registry/translations`.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
POT = ROOT / "registry" / "translations" / "messages.pot"
KEYWORDS = DEFAULT_KEYWORDS | {"counted": (1, 2), "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}


def gathered() -> Catalog:
    """All texts as they stand in the pages and their views, each with the files that have it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel gives this one no types
    catalog = Catalog(project="ocpp-registry", charset="utf-8", header_comment="# The texts of the pages of ocpp-registry.")
    for name, line, message, comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_has_texts):
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


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
    return not below or below[0] in ("registry", "templates")


if __name__ == "__main__":
    write()
