"""Signs that turn around what follows them, so that a text of a file or a certificate reads otherwise than it is: shown, and never obeyed.

They are the embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX 9). Names that are written from right to left need
none of them, so that nothing is lost. What is stored, and what programs read as JSON, keeps them. Pure.
"""

from __future__ import annotations

import re

SHOWN_AS = "\ufffd"

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_IN_UTF8 = re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")
_IN_PAGE = re.compile(rb'(\b(?:name|value)="[^"]*"|<textarea\b.*?</textarea>)|' + _IN_UTF8.pattern, re.DOTALL)
"""What a form sends back has to be what it was: it is left alone."""


def seen(text: str) -> str:
    """The text with a sign that can be seen in the place of each that turns it."""
    return _TURNING.sub(SHOWN_AS, text)


def seen_in_page(page: bytes) -> bytes:
    """The same of a page in UTF-8: names of files, columns, sites and companies come to pages by a hundred ways."""
    if _IN_UTF8.search(page) is None:
        return page
    return _IN_PAGE.sub(lambda found: found[1] or SHOWN_AS.encode(), page)
