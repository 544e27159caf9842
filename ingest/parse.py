"""One document in, one extraction out: the entry point that everything else uses (readers, then grammar, then checks).

Agreed with the writer of the golden files: this signature is what the parser's tests call. Failing inputs that the second person
finds are listed in /tmp/brief/parser_failures.md; whoever writes this module looks there now and then. (Replace this docstring.)
"""

from __future__ import annotations

from registry.certificates.facts import Extraction


def parse_document(data: bytes, name: str) -> Extraction:
    """Read one document; `name` is for messages only and never decides anything."""
    raise NotImplementedError(name, len(data))
