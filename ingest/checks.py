"""Disagreements inside one document, among the documents of one product, and between a document and the OCA's list. Pure.

What a rule is called, how much it matters and the sentence that a buyer reads stand in `data/vocabulary/checks.json`; here
stands when it holds. A rule says nothing about what was not read: an unread field is reported as unread, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

from ingest.grammar.certificate import Evidence
from ingest.grammar.names import bare, named_within, nearly, same_company, soiled
from ingest.numbers import find_dates, mend_version, versions_agree
from ingest.vocabulary import configuration_keys, profile_identifiers, vocabulary
from registry.certificates.facts import CertificateFacts, Finding, Severity
from registry.certificates.field_words import field_word
from registry.listing.rows import ListingRow
from registry.sentences import KeptSentence, KeptWord

NONE = KeptWord("none")
WITHOUT_SUFFIX = KeptWord("without suffix")

Check = Callable[[CertificateFacts, Evidence], Iterator[Finding]]


@cache
def _rules() -> dict[str, tuple[Severity, str]]:
    return {rule["id"]: (Severity(rule["severity"]), rule["sentence"]) for rule in vocabulary("checks")["rules"]}


def finding(rule: str, fields: Sequence[str] = (), **values: object) -> Finding:
    """The finding of that rule with its sentence filled in."""
    severity, sentence = _rules()[rule]
    return Finding(rule, severity, sentence.format(**values), tuple(fields))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def document_findings(facts: CertificateFacts, evidence: Evidence) -> tuple[Finding, ...]:
    """Everything that disagrees inside the document."""
    return tuple(found for check in _DOCUMENT_CHECKS for found in check(facts, evidence))


def _title_against_profiles(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    template = vocabulary("tables")["template_profiles"].get(facts.protocol or "", [])
    rows = {name: result for name, result in (facts.profiles or {}).items() if name in template and result is not None}
    unpassed = [name for name, result in rows.items() if result != "Pass"]
    if facts.kind in ("Full", "Full + Security") and unpassed:
        printed = _listed([f'{name} "{rows[name]}"' for name in unpassed])
        yield finding("full-with-unpassed-profile", ["kind", *(f"profiles.{name}" for name in unpassed)], kind=facts.kind, rows=printed)
    if facts.kind == "Subset" and template and len(rows) == len(template) and not unpassed:
        yield finding("subset-with-all-profiles", ["kind", *(f"profiles.{name}" for name in rows)])


def _core(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    result = (facts.profiles or {}).get("Core")
    if result not in (None, "Pass") and facts.kind != "Security":
        yield finding("core-not-passed", ["profiles.Core"], result=result)


def _versions(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    if facts.software_version is None:
        return
    cover = facts.software_version
    others = list(dict.fromkeys(version for version in evidence.annex_versions if not versions_agree(version, cover)))
    if others:
        yield finding("cover-annex-version", ["software_version"], cover=cover, annex_words=" and ".join(others))


def _dates(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    cover = facts.certification_date
    if cover is None:
        return
    tested = evidence.laboratory_date if evidence.laboratory_date != cover else None
    approved = " and ".join(dict.fromkeys(day for day in evidence.approval_dates if day != cover))
    if tested and approved:
        other = KeptSentence(
            "the laboratory's test is dated %(tested)s and the approval is dated %(approved_words)s", tested=tested, approved_words=approved
        )
    elif tested:
        other = KeptSentence("the laboratory's test is dated %(tested)s", tested=tested)
    elif approved:
        other = KeptSentence("the approval is dated %(approved_words)s", approved_words=approved)
    else:
        return
    yield finding("certification-date-mismatch", ["certification_date"], cover=cover, other_text=other)


def _role(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    if facts.number is None or facts.role is None:
        return
    words = vocabulary("words")
    names = {"CS": "Charging Station", "CSMS": "Charging Station Management System"}
    roles = {facts.product_type: words["product_type_roles"].get(facts.product_type)} if facts.product_type else {}
    roles |= {printed: words["device_roles"].get(printed) for printed in evidence.device_under_test}
    other = next((printed for printed, role in roles.items() if role not in (None, facts.role)), None)
    if other is not None:
        yield finding(
            "number-suffix-product-type", ["number", "product_type", "role"], number=facts.number, role=names[facts.role], other=other
        )


def _protocol(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    if facts.number and facts.protocol and evidence.title_protocol not in (None, facts.protocol):
        yield finding(
            "protocol-title-mismatch", ["protocol", "kind"], number=facts.number, protocol=facts.protocol, title=evidence.title_protocol
        )


def _advertised(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    value = (facts.configuration_keys or {}).get("SupportedFeatureProfiles")
    identifiers = profile_identifiers()
    rows = {name: result for name, result in (facts.profiles or {}).items() if name in identifiers}
    if value is None or not rows or None in rows.values():
        return
    advertised = [item.strip() for item in value.split(",") if item.strip()]
    passed = [identifiers[name] for name, result in rows.items() if result == "Pass"]
    known = {identifiers[name].casefold() for name in rows}
    if {item.casefold() for item in advertised} & known != {item.casefold() for item in passed}:
        yield finding(
            "supported-profiles-mismatch",
            ["configuration_keys.SupportedFeatureProfiles", "profiles"],
            advertised=_listed(advertised),
            passed_words=_listed(passed) or NONE,
        )


def _keys_of_uncertified_profiles(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    by_identifier = {identifier: name for name, identifier in profile_identifiers().items()}
    declared: dict[str, list[str]] = {}
    for key, value in (facts.configuration_keys or {}).items():
        profile = by_identifier.get(configuration_keys().get(key, {}).get("profile", ""))
        if value is not None and profile is not None and (facts.profiles or {}).get(profile) == "N/A":
            declared.setdefault(profile, []).append(key)
    for profile, keys in declared.items():
        paths = [f"configuration_keys.{key}" for key in keys]
        yield finding("key-of-unlisted-profile", [f"profiles.{profile}", *paths], keys=_listed(keys), profile=profile)


def _required_keys(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    by_identifier = {identifier: name for name, identifier in profile_identifiers().items()}
    missing: list[str] = []
    for key, value in (facts.configuration_keys or {}).items():
        entry = configuration_keys().get(key, {})
        profile = by_identifier.get(entry.get("profile", ""))
        certified = profile is not None and (facts.profiles or {}).get(profile) == "Pass"
        if value is None and key in evidence.declared_empty_keys and entry.get("required") == "required" and certified:
            missing.append(key)
    if missing:
        yield finding("required-key-declared-empty", [f"configuration_keys.{key}" for key in missing], keys=_listed(missing))


def _performance(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    for row in facts.performance or ():
        if row.pics_seconds is not None and row.measured_seconds is not None and row.measured_seconds > row.pics_seconds:
            paths = [f"performance.{row.name}.pics_seconds", f"performance.{row.name}.measured_seconds"]
            yield finding("measured-above-pics", paths, row=row.name, measured=row.measured_seconds, pics=row.pics_seconds)
    if evidence.pics_without_unit:
        names = [path.split(".", 1)[1].rsplit(".", 1)[0] for path in evidence.pics_without_unit]
        yield finding("pics-unit-missing", evidence.pics_without_unit, rows=_listed(names))


def _print(_: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    if evidence.template_residue:
        names = [path.split(".", 1)[1] for path in evidence.template_residue]
        yield finding("template-residue", evidence.template_residue, rows=_listed(names))
    if evidence.disagreeing_rows:
        names = [path.split(".", 1)[1] for path in evidence.disagreeing_rows]
        yield finding("rows-disagree", evidence.disagreeing_rows, rows=_listed(names))
    if evidence.truncated:
        yield finding("document-truncated")


def _laboratories(_: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    names = list(dict.fromkeys(name for name in evidence.laboratories if not soiled(name)))
    different = [name for name in names[1:] if not _same_name(name, names[0])]
    if different:
        yield finding("laboratory-mismatch", ["test_laboratory"], names_words=" and ".join([names[0], *different]))


def _same_name(one: str, other: str) -> bool:
    within = bare(one) in bare(other) or bare(other) in bare(one)
    return within or nearly(one, other) or same_company(one, other)


def _holder(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    if not (facts.holder and facts.vendor_name) or same_company(facts.holder, facts.vendor_name):
        return
    if not (named_within(facts.holder, facts.vendor_name) or named_within(facts.vendor_name, facts.holder)):
        yield finding("holder-vendor-mismatch", ["holder", "vendor_name"], holder=facts.holder, vendor=facts.vendor_name)


def _letters(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    """The letters of the title against the profiles passed; letters mean certification profiles of OCPP 2.x only."""
    if facts.kind is None or not facts.kind.startswith("Core") or not (facts.protocol or "").startswith("OCPP 2."):
        return
    names: dict[str, str] = vocabulary("words")["kind_letters"]
    rows = {name: result for name, result in (facts.profiles or {}).items() if name in names.values()}
    titled = {names[letter] for letter in facts.kind.split(" + ")[1:]}
    contradicted = {name for name in titled if rows.get(name) not in (None, "Pass")}
    untitled = {name for name, result in rows.items() if result == "Pass"} - titled
    if contradicted or untitled:
        passed = [name for name, result in (facts.profiles or {}).items() if result == "Pass"]
        paths = ["kind", *(f"profiles.{name}" for name in rows if name in contradicted | untitled)]
        yield finding("kind-letters-mismatch", paths, kind=facts.kind, passed_words=_listed(passed) or NONE)


def _security(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    result = (facts.profiles or {}).get("Security")
    if facts.kind in ("Security", "Full + Security") and result not in (None, "Pass"):
        yield finding("security-not-passed", ["kind", "profiles.Security"], kind=facts.kind, result=result)


def _specification(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    """Specification, test tool and errata against the protocol and the date."""
    if facts.protocol and facts.reference_specification:
        named = re.match(r"OCPP\s+\d+(?:\.\d+)+", mend_version(facts.reference_specification))
        if named is not None and named[0] != facts.protocol:
            paths = ["protocol", "reference_specification"]
            yield finding("specification-protocol-mismatch", paths, protocol=facts.protocol, reference=facts.reference_specification)
    if facts.protocol and facts.octt_version:
        tool = facts.octt_version.split()
        if len(tool) > 1 and f"OCPP {tool[1]}" != facts.protocol:
            yield finding("tool-protocol-mismatch", ["protocol", "octt_version"], protocol=facts.protocol, tool=facts.octt_version)
    if facts.errata and facts.certification_date:
        days = [found.iso for found in find_dates(facts.errata) if found.iso]
        if days and min(days) > facts.certification_date:
            paths = ["errata", "certification_date"]
            yield finding("errata-after-certification", paths, date=facts.certification_date, errata=facts.errata)


def _features(facts: CertificateFacts, _: Evidence) -> Iterator[Finding]:
    """Features declared as supported whose profile did not pass. Ids are known for the edition that the vocabulary has."""
    known = vocabulary("features_2.0.1")
    if facts.protocol != known["protocol"] or f"Edition {known['edition']}" not in (facts.reference_specification or ""):
        return
    profiles = {entry["id"]: entry["profile"] for entry in known["features"]}
    declared: dict[str, list[str]] = {}
    for name, value in (facts.features or {}).items():
        profile = profiles.get(name, "")
        if value == "Yes" and (facts.profiles or {}).get(profile) == "N/A":
            declared.setdefault(profile, []).append(name)
    for profile, names in declared.items():
        paths = [f"profiles.{profile}", *(f"features.{name}" for name in names)]
        yield finding("feature-of-unlisted-profile", paths, features=_listed(names), profile=profile)


def _active(_: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    for kind in evidence.active:
        yield finding(f"pdf-{kind}")


def _layout(facts: CertificateFacts, evidence: Evidence) -> Iterator[Finding]:
    if not evidence.known_layout and not evidence.truncated and facts.number:
        yield finding("layout-not-verified")


_DOCUMENT_CHECKS: tuple[Check, ...] = (
    _title_against_profiles,
    _core,
    _versions,
    _dates,
    _role,
    _protocol,
    _advertised,
    _keys_of_uncertified_profiles,
    _required_keys,
    _performance,
    _laboratories,
    _holder,
    _letters,
    _security,
    _specification,
    _features,
    _print,
    _active,
    _layout,
)


Key = tuple[str, str | None]
"""A certificate by number and revision."""


def product_findings(attested: Sequence[CertificateFacts]) -> dict[Key, tuple[Finding, ...]]:
    """What disagrees among the documents of one product, or bearing one number; by certificate, with no entry where nothing does.

    Documents belong to one product when holder, designation, role and protocol are the same. A product may be certified again for
    later software, so a security certificate is held against all others: one of them must attest its software version. In whatever
    order the documents are given, the same is found.
    """
    found: dict[Key, set[Finding]] = {}
    names = [field.name for field in fields(_Product)]
    said = ({name: getattr(one, name) for name in names} for one in attested)
    certificates = sorted({_Product(**one | {"revision": one["revision"] or ""}) for one in said if one["number"] is not None}, key=repr)
    bearers: dict[Key, list[_Product]] = {}
    alike: dict[tuple[str | None, ...], list[_Product]] = {}
    for one in certificates:
        bearers.setdefault(one.key, []).append(one)
        alike.setdefault(one.likeness, []).append(one)
    for one in certificates:
        for key, each in (*_reused_number(one, bearers[one.key]), *_version_of_security(one, alike[one.likeness])):
            found.setdefault(key, set()).add(each)
    return {key: tuple(sorted(each, key=lambda one: (one.rule, one.message))) for key, each in found.items()}


@dataclass(frozen=True)
class _Product:
    """What a document attests about which product; documents that say the same of it count once."""

    number: str
    revision: str
    kind: str | None
    holder: str | None
    designation: str | None
    role: str | None
    protocol: str | None
    software_version: str | None

    @property
    def key(self) -> Key:
        return self.number, self.revision or None

    @property
    def likeness(self) -> tuple[str | None, ...]:
        """The same for all that may be of one product: what is not alike here need not be held against it."""
        return self.role, self.protocol, bare(self.designation or "")


def _same_product(one: _Product, other: _Product) -> bool:
    if not (one.holder and other.holder and one.designation and other.designation) or (one.role, one.protocol) != (
        other.role,
        other.protocol,
    ):
        return False
    return same_company(one.holder, other.holder) and bare(one.designation) == bare(other.designation)


def _version_of_security(one: _Product, alike: Sequence[_Product]) -> Iterator[tuple[Key, Finding]]:
    if one.kind != "Security" or one.software_version is None:
        return
    others = [other for other in alike if other.kind not in (None, "Security") and _same_product(one, other)]
    versions = [other.software_version for other in others]
    if not versions or any(not version or versions_agree(one.software_version, version) for version in versions):
        return
    named = _listed(list(dict.fromkeys(f"{other.number} {other.software_version}" for other in others)))
    each = finding("product-version-differs", ["software_version"], number=one.number, version=one.software_version, others=named)
    for key in dict.fromkeys(certificate.key for certificate in (one, *others)):
        yield key, each


def _reused_number(one: _Product, bearers: Sequence[_Product]) -> Iterator[tuple[Key, Finding]]:
    if len(bearers) == 1:
        return
    same: dict[str, Callable[[str, str], bool]] = {
        "holder": same_company,
        "designation": lambda left, right: bare(left) == bare(right),
        "software_version": versions_agree,
    }
    values = {name: {value for each in bearers if (value := getattr(each, name))} for name in same}
    differ = [name for name, found in values.items() if any(not same[name](left, right) for left in found for right in found)]
    if differ:
        what = _listed([field_word(name) for name in differ])
        yield one.key, finding("product-number-reused", ["number", *differ], number=one.number, what_words=what)


def listing_findings(facts: CertificateFacts, row: ListingRow) -> tuple[Finding, ...]:
    """Where the OCA's list and the certificate of that number differ. A cell that the list leaves empty differs from nothing."""
    return tuple(_listing(facts, row))


def _listing(facts: CertificateFacts, row: ListingRow) -> Iterator[Finding]:
    same: dict[str, Callable[[str, str], bool]] = {
        "holder": same_company,
        "designation": lambda one, other: bare(one) == bare(other),
        "kind": lambda one, other: bare(one) == bare(other),
        "version": versions_agree,
        "date": lambda one, other: one == other,
        "protocol": lambda one, other: bare(one) == bare(other),
        "role": lambda one, other: bare(one) == bare(other),
    }
    values = {
        "holder": ("holder", row.company, facts.holder),
        "designation": ("designation", row.designation, facts.designation),
        "kind": ("kind", row.certificate_type, facts.kind),
        "version": ("software_version", row.software_version, facts.software_version),
        "date": ("certification_date", row.date, facts.certification_date),
        "protocol": ("protocol", row.protocol, facts.protocol),
        "role": ("product_type", row.product_type, facts.product_type),
    }
    for rule, (name, listed, printed) in values.items():
        if listed is not None and printed is not None and not same[rule](listed, printed):
            yield finding(f"listing-{rule}", [name], listed=listed, printed=printed)
    if row.revision != facts.revision:
        yield finding(
            "listing-revision", ["revision"], listed_words=row.revision or WITHOUT_SUFFIX, printed_words=facts.revision or WITHOUT_SUFFIX
        )
