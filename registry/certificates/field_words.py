"""What the fields of a certificate are called within a sentence."""

from __future__ import annotations

from registry.sentences import KeptSentence

_WORDS = (
    *(KeptSentence("number"), KeptSentence("revision"), KeptSentence("kind"), KeptSentence("protocol"), KeptSentence("role")),
    *(KeptSentence("holder"), KeptSentence("product type"), KeptSentence("designation"), KeptSentence("model")),
    *(KeptSentence("software version"), KeptSentence("certification date"), KeptSentence("reference specification")),
    *(KeptSentence("errata"), KeptSentence("test laboratory"), KeptSentence("laboratory location"), KeptSentence("test report reference")),
    *(KeptSentence("document evidence"), KeptSentence("vendor name"), KeptSentence("vendor"), KeptSentence("communication")),
    *(KeptSentence("octt version"), KeptSentence("non ocpp configuration"), KeptSentence("document"), KeptSentence("evidence")),
    *(KeptSentence("identity"), KeptSentence("firmware"), KeptSentence("serial"), KeptSentence("site"), KeptSentence("endpoint")),
    *(KeptSentence("latitude"), KeptSentence("longitude"), KeptSentence("coordinates"), KeptSentence("installed")),
    *(KeptSentence("connectors"), KeptSentence("cable"), KeptSentence("certificates"), KeptSentence("configuration keys")),
    *(KeptSentence("profiles"), KeptSentence("hardware"), KeptSentence("performance"), KeptSentence("features")),
)
_KNOWN = {str(word): word for word in _WORDS}


def field_word(path: str) -> str:
    """The field as a word; `profiles.Core` is "profiles: Core"."""
    table, _dot, row = path.partition(".")
    plain = table.replace("_", " ")
    known = _KNOWN.get(plain, plain)
    return KeptSentence("%(table_words)s: %(row)s", table_words=known, row=row.replace("_", " ")) if row else known
