"""Reads plain-text and Markdown renderings of certificates."""

from __future__ import annotations

import codecs

from ingest.page import Page
from ingest.readers.markup import read_lines
from registry.errors import UnreadableDocument

LARGEST = 2_000_000
"""Bytes. A certificate's text has about 5,000; a book in this size is no certificate and not worth a machine's time."""
MOST_LINES = 50_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes, name: str) -> str:
    """The text of the bytes.

    UTF-8, or UTF-16 with its byte order mark; anything else is refused, because a guessed encoding gives wrong letters that
    look right.
    """
    encoding = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            f"{name}: byte {error.start} is not {encoding.removesuffix('-sig').upper()}; save the text as UTF-8 and give it again"
        ) from error
    if "\ufffd" in text:
        at = text.count("\n", 0, text.index("\ufffd")) + 1
        raise UnreadableDocument(f"{name}: line {at} holds replacement characters, so letters were lost before; give the original text")
    if any(ord(letter) < 32 and letter not in "\t\n\r\f\v" for letter in text):
        raise UnreadableDocument(f"{name}: holds control characters, so it is no text; give a text rendering saved as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")


def read_text(data: bytes, name: str) -> tuple[Page, ...]:
    """The pages (one) of a text rendering. Raises UnreadableDocument with one line that says what is the matter."""
    text = decode(data, name)
    if not text.strip("\ufeff \t\n"):
        raise UnreadableDocument(f"{name}: holds nothing but blanks; give the document's text")
    if text.count("\n") > MOST_LINES:
        raise UnreadableDocument(f"{name}: has more than {MOST_LINES} lines, which no certificate has; give one certificate per file")
    return (Page(1, tuple(read_lines(text))),)
