"""What the fields of a certificate are called within a sentence."""

from __future__ import annotations

from registry.sentences import KeptWord

_WORDS = (
    *(KeptWord("number"), KeptWord("revision"), KeptWord("kind"), KeptWord("protocol"), KeptWord("role")),
    *(KeptWord("holder"), KeptWord("product type"), KeptWord("designation"), KeptWord("model")),
    *(KeptWord("software version"), KeptWord("certification date"), KeptWord("reference specification")),
    *(KeptWord("errata"), KeptWord("test laboratory"), KeptWord("laboratory location"), KeptWord("test report reference")),
    *(KeptWord("document evidence"), KeptWord("vendor name"), KeptWord("vendor"), KeptWord("communication")),
    *(KeptWord("octt version"), KeptWord("non ocpp configuration"), KeptWord("document"), KeptWord("evidence")),
    KeptWord("device under test"),
    *(KeptWord("identity"), KeptWord("firmware"), KeptWord("serial"), KeptWord("site"), KeptWord("endpoint")),
    *(KeptWord("latitude"), KeptWord("longitude"), KeptWord("coordinates"), KeptWord("installed")),
    *(KeptWord("connectors"), KeptWord("cable"), KeptWord("certificates"), KeptWord("configuration keys")),
    *(KeptWord("profiles"), KeptWord("hardware"), KeptWord("performance"), KeptWord("features")),
)
_KNOWN = {str(word): word for word in _WORDS}


def field_word(path: str) -> str:
    """The field as a word; `profiles.Core` is "profiles: Core"."""
    table, _dot, row = path.partition(".")
    plain = table.replace("_", " ")
    known = _KNOWN.get(plain, plain)
    return KeptWord("%(table_words)s: %(row)s", table_words=known, row=row.replace("_", " ")) if row else known
