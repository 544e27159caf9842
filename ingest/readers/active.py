"""What a PDF could do besides being looked at: found by its structure, and never run, opened or given to anybody.

A certificate has no need of any of it. Looked at are all objects that can be reached from the document's catalogue, but for what draws
pages; so neither another spelling of a name nor packing hides anything, and a text that merely mentions scripts is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdftypes import PDFObjRef, PDFStream
from pdfminer.psparser import PSLiteral

KINDS = ("javascript", "launch", "sends-data", "attachment", "media", "dynamic-form")
"""Kinds of content that could act; `data/vocabulary/checks.json` has a rule `pdf-<kind>` for each."""

MOST_OBJECTS = 50_000
"""Objects looked at; a certificate has a few hundred."""

_BY_KEY = {"JS": "javascript", "JavaScript": "javascript", "EF": "attachment", "EmbeddedFiles": "attachment", "XFA": "dynamic-form"}
_BY_VALUE = {
    ("S", "JavaScript"): "javascript",
    ("S", "Launch"): "launch",
    ("S", "SubmitForm"): "sends-data",
    ("S", "ImportData"): "sends-data",
    ("S", "GoToE"): "attachment",
    ("S", "Rendition"): "media",
    ("S", "Movie"): "media",
    ("S", "Sound"): "media",
    ("S", "RichMediaExecute"): "media",
    ("Subtype", "FileAttachment"): "attachment",
    ("Subtype", "RichMedia"): "media",
    ("Subtype", "Movie"): "media",
    ("Subtype", "Screen"): "media",
    ("Subtype", "Sound"): "media",
    ("Subtype", "3D"): "media",
}
_DRAWS = frozenset({"Parent", "Resources", "Contents", "AP", "StructTreeRoot", "Metadata", "OutputIntents", "Thumb", "MediaBox", "CropBox"})
"""Where pages are drawn, or the way back up: nothing there acts."""


def active_content(document: PDFDocument) -> tuple[str, ...]:
    """The `KINDS` that the document holds, in their order. Raises what the PDF library raises on a broken object."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting: deque[Any] = deque([document.catalog])
    while waiting and len(seen) <= MOST_OBJECTS:
        one = waiting.popleft()
        if isinstance(one, PDFObjRef):
            if one.objid in seen:
                continue
            seen.add(one.objid)
            one = one.resolve()
        if isinstance(one, PDFStream):
            one = one.attrs
        if isinstance(one, Mapping):
            found |= set(_of(one))
            waiting.extend(value for key, value in one.items() if _name(key) not in _DRAWS and isinstance(value, _MAY_HOLD))
        elif isinstance(one, list | tuple):
            waiting.extend(value for value in one if isinstance(value, _MAY_HOLD))
    return tuple(kind for kind in KINDS if kind in found)


_MAY_HOLD = (PDFObjRef, PDFStream, Mapping, list, tuple)


def _of(entry: Mapping[Any, Any]) -> Iterator[str]:
    """The kinds that one dictionary speaks of; a key without a value says nothing."""
    for key, value in entry.items():
        name = _name(key)
        if name in _BY_KEY and value is not None:
            yield _BY_KEY[name]
        kind = _BY_VALUE.get((name, _name(value))) if isinstance(value, PSLiteral) else None
        if kind is not None:
            yield kind


def _name(value: Any) -> str:
    name = value.name if isinstance(value, PSLiteral) else value
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)
