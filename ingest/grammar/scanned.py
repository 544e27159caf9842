"""What may be believed of a scan: letters that a program guessed from a picture are no witness by themselves.

A closed vocabulary, a typed figure or a date stands for itself. So does a name made of ordinary words, on whose letters several
readings agree. Any other name or designation needs a second place that prints the same, and letters that scans confuse (O and 0,
l and 1, S and 5) between letters and figures are believed nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from ingest.grammar.features import feature_kinds
from ingest.grammar.layout import Row
from ingest.grammar.phrases import similar
from ingest.grammar.rownames import hardware_names, limit_names
from ingest.numbers import normal_version
from ingest.page import squeeze
from ingest.vocabulary import configuration_key_types, profile_identifiers, vocabulary
from registry.certificates.facts import CertificateFacts, FieldState, Provenance
from registry.certificates.paths import values, with_values

if TYPE_CHECKING:
    from ingest.grammar.certificate import Evidence

RULE = "scan-without-witness"
_CONFUSED = re.compile(r"(?<=[^\W\d_])[01](?=\w)|(?<=\d)[OoIlSBZ](?=\w)|(?<=\d)[OoIlSBZ]\b|[^\W\d_][01]\b(?![.,]\d)")
"""Letters and figures side by side that may be the other. `5` is read for nothing else, but `S` is for `5`."""
_CODE = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]+")
_MISREAD = re.compile(r"(?<![a-z])[OISZB](?![a-z])|(?<![^\W\d_])[ol](?![a-z])")
_PROTOCOL = re.compile(r"OCPP ?\d(?:\.\d){0,2}J?", re.IGNORECASE)
_SOILED = re.compile(r"[|!\\{}<>~^=*?;@$]|[:,]$|(?<![A-Za-z])\.$|\s:|^[^\w(]|^\([^)]*$")
_REFERENCE = re.compile(r"OCPP \d(?:\.\d){1,2} [–-] Edition \d")
_ERRATA = re.compile(r"v?\d[\d.-]* Release, \d{4}-\d{2}-\d{2}")
_VERSION = re.compile(r"(?:v|ver\.? ?)?\d{1,4}(?:\.\d{1,6}){1,4}", re.IGNORECASE)
_ORDINARY = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]?[a-z]+(?:[A-Z][a-z]+)+|[A-Z]{2,}(?:-[A-Z]{2,})*|[A-Z]\.|[&/+-]")
"""A word that a person would not take for another one: of one kind of letters, as words are."""
_FIGURES = re.compile(r"v?\d{1,4}(?:\.\d{1,6}){0,3}", re.IGNORECASE)
_FOREIGN = re.compile(r"[^\x00-\x7f–—’“”™®]|[A-Z]{2}[a-z]{2}|[a-z]{2}(?:B|8(?!\w))|[a-z]&")
"""Letters that the OCR does not know and takes for others, small letters after capitals, which are small capitals mostly, and a B, an 8
or an & after small letters, which mostly is a sharp s."""
_UNIT = re.compile(r"\d\s*[^\W\d_]+\.?\s*$")
_NARROW_FIGURES = re.compile(r"\d,\d")
_LOOKS_LIKE_FIGURE = re.compile(r"[IlOSZB]$")
_NAMES = ("holder", "vendor_name", "test_laboratory", "laboratory_location", "designation", "model")
_PAPERS = ("test_report_reference", "document_evidence")
_ALIKE = 0.6
"""Two readings of a laboratory's name that are more alike than this are taken for one name and a misreading of it."""
_TRUSTED = ("profiles", "performance")


def without_unwitnessed(
    facts: CertificateFacts, fields: Sequence[Provenance], rows: Sequence[Row], evidence: Evidence
) -> tuple[CertificateFacts, tuple[Provenance, ...], Evidence]:
    """Facts, fields and evidence of a scan with everything left unread that no type and no second place bears out."""
    texts = [_words(row.plain) for row in rows]
    # A unit close to its number may be the number's last figure.
    with_units = {entry.field for entry in fields if entry.field.startswith("configuration_keys.") and _UNIT.search(entry.raw or "")}
    doubtful = {
        path: None
        for path, value in values(facts).items()
        if value is not None
        and path.partition(".")[0] not in _TRUSTED
        and ((path in with_units and str(value).isdigit()) or not _believed(path, str(value), texts, evidence))
    }
    left = tuple(replace(entry, state=FieldState.UNREAD, rule=RULE) if entry.field in doubtful else entry for entry in fields)
    facts = with_values(facts, doubtful)
    return facts, left, _without_misreadings(facts, evidence)


def _believed(path: str, value: str, texts: Sequence[str], evidence: Evidence) -> bool:
    table, _, row = path.partition(".")
    if table == "configuration_keys":
        return _key(row, value)
    if table == "features":
        return row in feature_kinds() and _declared(feature_kinds()[row], value)
    if table == "hardware":
        return hardware_names().whole(row) is not None and _listed(value)
    if table == "limits":
        return limit_names().whole(row) is not None and _listed(value)
    if path == "reference_specification":
        return _REFERENCE.fullmatch(value) is not None
    if path == "errata":
        return _ERRATA.fullmatch(value) is not None
    if path == "software_version":
        borne_out = any(normal_version(version) == normal_version(value) for version in evidence.annex_versions)
        return borne_out and (_VERSION.fullmatch(value) is not None or _plain(value))
    if path in _NAMES:
        return _plain(value) and (_is_ordinary(value) or sum(f" {_words(value)} " in f" {text} " for text in texts) >= 2)
    if path in _PAPERS:
        torn = re.search(r"_ | _", value) is not None
        return _plain(value) and not torn and len(re.findall(r"\d", value)) >= 3
    return True


def _plain(value: str) -> bool:
    """Whether the value has no sign that a scan makes up and no letter that it confuses."""
    rest = _PROTOCOL.sub(" ", value)
    codes = _CODE.findall(rest)
    strange = _SOILED.search(value) or _FOREIGN.search(value)
    return strange is None and _CONFUSED.search(rest) is None and not any(map(_MISREAD.search, codes))


def _words(text: str) -> str:
    """The words and figures of the text, without case, with one blank between them."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _is_ordinary(value: str) -> bool:
    """Whether the value is made of words and plain figures, none of which is another one with a letter misread.

    `EVI` may have been `EV1`: a capital word that ends like a figure is taken only where a longer one shows that it is a word.
    """
    tokens = [token.strip(",()") for token in value.split()]
    return all(
        token in vocabulary("words")["plain_words"]
        or _FIGURES.fullmatch(token)
        or (_ORDINARY.fullmatch(token) and not (len(token) < 5 and token.isupper() and _LOOKS_LIKE_FIGURE.search(token)))
        for token in tokens
        if token
    )


def _key(name: str, value: str) -> bool:
    kind = configuration_key_types().get(name)
    if kind is None:
        return _is_ordinary(name) and value.isdigit()
    if kind == "boolean":
        return value in ("TRUE", "FALSE", "true", "false", "True", "False")
    return re.fullmatch(r"\d{1,9}", value) is not None if kind == "integer" else _listed(value)


def _declared(kind: str, value: str) -> bool:
    if kind == "yes-no":
        return value in ("Yes", "No", "N/A")
    return value.isdigit() if kind == "number" else _listed(value)


@cache
def _known_items() -> frozenset[str]:
    tables, words = vocabulary("tables"), vocabulary("words")
    lists = [tables[name] for name in ("list_values", "cipher_suites", "feature_items")]
    return frozenset(
        item for items in (*lists, words["certain_words"], words["not_applicable"], profile_identifiers().values()) for item in items
    )


def _listed(value: str) -> bool:
    """Whether the value is made of known words and figures alone, and no blank between two figures may have been lost."""
    return _NARROW_FIGURES.search(value) is None and all(item in _known_items() or item.isdigit() for item in re.split(r"\s*,\s*", value))


def _without_misreadings(facts: CertificateFacts, evidence: Evidence) -> Evidence:
    """The evidence without what differs from the facts by no more than a scan's misreadings, so that it accuses nobody."""
    version, day = facts.software_version or "", facts.certification_date or ""
    laboratory = facts.test_laboratory or ""
    return replace(
        evidence,
        annex_versions=tuple(each for each in evidence.annex_versions if version and not _misread(each, version)),
        laboratories=tuple(each for each in evidence.laboratories if each == laboratory or similar(each, laboratory) < _ALIKE)
        if laboratory
        else (),
        laboratory_date=None if _misread(evidence.laboratory_date or "", day) else evidence.laboratory_date,
        approval_dates=tuple(each for each in evidence.approval_dates if not _misread(each, day)),
        truncated=False,
        disagreeing_rows=(),
    )


def _misread(one: str, other: str) -> bool:
    """Whether two printed values differ by two letters at most, which a scan may have exchanged."""
    short, long = sorted((squeeze(one), squeeze(other)), key=len)
    return one != other and len(long) - len(short) <= 2 and sum(a != b for a, b in _aligned(short, long)) <= 2


def _aligned(short: str, long: str) -> Iterator[tuple[str, str]]:
    return zip(short.ljust(len(long)), long, strict=True)
