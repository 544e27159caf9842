"""Documents that bear one number, revision and date, and yet do not say the same: one of them is not the certificate. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from ingest.checks import Key, finding
from ingest.page import squeeze
from registry.certificates.changes import compare
from registry.certificates.facts import CertificateFacts, Finding
from registry.certificates.field_words import field_word
from registry.sentences import KeptWord

_NAMED = 5
"""Fields that the sentence names; the others are counted."""
_OF_THE_PRODUCT = frozenset({"holder", "designation", "software_version"})
"""What tells products apart, whose spellings differ: `ingest.checks.product_findings` says where they do."""


def copies_findings(documents: Sequence[CertificateFacts]) -> dict[Key, tuple[Finding, ...]]:
    """Where documents of one number, revision and date differ in what was read of both; by certificate, whatever their order."""
    found: dict[Key, dict[str, str]] = {}
    for one, other in combinations(sorted(documents, key=repr), 2):
        same = (one.number, one.revision, one.certification_date) == (other.number, other.revision, other.certification_date)
        if one.number is None or one.certification_date is None or not same:
            continue
        fields = dict.fromkeys(_differing(one, other), str(one.certification_date))
        if fields:
            found.setdefault((one.number, one.revision), {}).update(fields)
    return {key: (_finding(key[0], fields),) for key, fields in found.items()}


def _differing(one: CertificateFacts, other: CertificateFacts) -> Iterator[str]:
    for field, (left, right) in compare(one, other).differing.items():
        if field not in _OF_THE_PRODUCT and squeeze(str(left)) != squeeze(str(right)):
            yield field


def _finding(number: str, fields: dict[str, str]) -> Finding:
    names = sorted(fields)
    more = [KeptWord("%(number)s more", number=len(names) - _NAMED)] if len(names) > _NAMED else []
    dates = ", ".join(sorted(set(fields.values())))
    what = " and ".join([", ".join(map(field_word, names[:_NAMED])), *more])
    return finding("same-number-and-date-differ", ["number", *names], number=number, date=dates, what_words=what)
