"""What the device says of itself against the certificate: vendor, model and software version, by the rules of matching fleets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from probes.judge.findings import AuditFinding
from probes.judge.outcomes import View
from registry.certificates.facts import CertificateFacts, Severity
from registry.matching.aliases import Alias
from registry.matching.alone import Compared, compare_model, compare_vendor
from registry.matching.model import Certified
from registry.matching.names import Same, text
from registry.matching.pairs import names_certified
from registry.matching.versions import names_a_version, same_version

_VERDICTS = {Same.YES: "match", Same.NO: "drift", Same.UNCLEAR: "unknown"}
_CANNOT_BE_TOLD = "whether they are one cannot be told"
_MODELS = {
    "nothing": "the device reports the model {observed!r}, which names none",
    "punctuation": f"the device reports the model {{observed!r}}, the certified {{certified!r}} in other signs; {_CANNOT_BE_TOLD}",
    "part": f"the device reports the model {{observed!r}}, part of or more than the certified {{certified!r}}; {_CANNOT_BE_TOLD}",
    "several": "the device reports the model {observed!r}; one of that and the certified {certified!r} may name several models, and the "
    f"other be among them; {_CANNOT_BE_TOLD}",
    "alike": f"the device reports the model {{observed!r}}, perhaps the certified {{certified!r}} written otherwise; {_CANNOT_BE_TOLD}",
    "letter": f"the device reports the model {{observed!r}}, one letter from the certified {{certified!r}}; {_CANNOT_BE_TOLD}",
    "letters": f"the device reports the model {{observed!r}}, not in Latin letters, and certified is {{certified!r}}; {_CANNOT_BE_TOLD}",
    "cut": "the device reports the model {observed!r}, as much of the certified {certified!r} as OCPP 1.6 lets it say (6.3); another "
    "product's name may begin so too",
}
_VENDORS = {
    "nothing": "the device calls its vendor {observed!r}, which names none; the certificate names the company {certified!r}",
    "cut": "the device calls its vendor {observed!r}, as much of the certified {certified!r} as OCPP 1.6 lets it say (6.3); another "
    "company's name may begin so too",
}
_PERHAPS_THE_VENDOR = f"the device calls its vendor {{observed!r}}; the certificate names the company {{certified!r}}; {_CANNOT_BE_TOLD}"
_ANOTHER_VENDOR = "the device calls its vendor {observed!r}; the certificate names the company {certified!r}"
_BY_A_RECORD = "{name!r} is another name of {holder!r}, as a reviewer recorded on {day}"


@dataclass(frozen=True)
class IdentityRow:
    """One field of the identity; `verdict` is match, drift or unknown. `is_open`: whether the device is the certified model cannot be told,
    although it could have told more. `by` are the records of names that the verdict rests on.
    """

    field: str
    certified: str | None
    observed: str | None
    verdict: str
    frames: tuple[int, ...] = ()
    note: str | None = None
    is_open: bool = False
    by: tuple[Alias, ...] = ()


def identity(view: View) -> tuple[tuple[IdentityRow, ...], tuple[AuditFinding, ...]]:
    """Vendor, model and software version of BootNotification against the certificate."""
    facts, boot = view.certified.facts, view.timeline.last.boot
    frames = boot.frames if boot else ()

    def observed(name: str) -> str | None:
        value = boot.payload.get(name) if boot else None
        return value if isinstance(value, str) else None

    known_as = view.certified.known_as
    vendor = _vendor(_companies(facts), observed("chargePointVendor"), frames, known_as)
    model = _model(facts.designation, facts.model, _companies(facts), observed("chargePointModel"), frames)
    rows = (
        vendor,
        _of_the_pair(facts, vendor, model, known_as),
        software_row(facts.software_version, observed("firmwareVersion"), frames),
    )
    return rows, tuple(_finding(row) for row in rows if row.verdict == "drift" or row.note)


def _finding(row: IdentityRow) -> AuditFinding:
    subject = f"identity/{row.field}"
    if row.verdict == "drift":
        message = row.note or f"{row.field.replace('_', ' ')}: certified {row.certified!r}, the device reports {row.observed!r}"
        # A certificate names the vendor's company; what the device calls its vendor is not certified.
        severity = Severity.WARNING if row.field == "vendor" else Severity.ERROR
        return AuditFinding("identity", severity, message, row.frames, subject)
    severity = Severity.WARNING if row.verdict == "unknown" and row.observed else Severity.NOTE
    return AuditFinding("identity", severity, row.note or "", row.frames, subject)


def _vendor(names: tuple[str, ...], observed: str | None, frames: tuple[int, ...], known_as: tuple[Alias, ...]) -> IdentityRow:
    if not names or observed is None:
        return IdentityRow("vendor", names[0] if names else None, observed, "unknown", frames)
    found = compare_vendor(names, observed, known_as)
    note = _filled(_vendor_note(found), names[0], observed)
    if found.by:
        told = "; ".join(_BY_A_RECORD.format(name=one.name, holder=one.holder, day=one.at.date()) for one in found.by)
        note = f"{note}; {told}"
    return IdentityRow("vendor", names[0], observed, _VERDICTS[found.same], frames, note, by=found.by)


def _vendor_note(found: Compared) -> str | None:
    if found.same is Same.YES:
        return "the device calls its vendor {observed!r}, by a recorded name the certified company" if found.by else None
    return _ANOTHER_VENDOR if found.same is Same.NO else _VENDORS.get(found.how, _PERHAPS_THE_VENDOR)


def _of_the_pair(facts: CertificateFacts, vendor: IdentityRow, model: IdentityRow, known_as: tuple[Alias, ...]) -> IdentityRow:
    """The row of the model; open where the certificate names vendor and model and is not for that product of that company: it names the
    brand's product and whose was tested for it, the member of a family and the one that passed.
    """
    if not (vendor.verdict == model.verdict == "match" and vendor.observed and model.observed and facts.designation):
        return model
    if is_certified_so(facts, vendor.observed, model.observed, known_as):
        return model
    note = (
        f"the certificate is for {facts.designation!r} of {facts.holder or facts.vendor_name!r}; the device reports {model.observed!r} of "
        f"{vendor.observed!r}, which it names as what was tested for that; {_CANNOT_BE_TOLD}"
    )
    return replace(model, verdict="unknown", note=note, is_open=True)


def _companies(facts: CertificateFacts) -> tuple[str, ...]:
    return tuple(name for name in (facts.vendor_name, facts.holder) if name)


def _model(
    designation: str | None, model: str | None, companies: tuple[str, ...], observed: str | None, frames: tuple[int, ...]
) -> IdentityRow:
    shown = model or designation
    if not shown or observed is None:
        return IdentityRow("model", shown, observed, "unknown", frames)
    found = compare_model(designation, model, observed, companies)
    note = _filled(_MODELS.get(found.how), shown, observed)
    is_open = found.same is Same.UNCLEAR and found.how != "cut"
    return IdentityRow("model", shown, observed, _VERDICTS[found.same], frames, note, is_open)


def is_certified_so(facts: CertificateFacts, vendor: str, model: str, known_as: tuple[Alias, ...] = ()) -> bool:
    """Whether the certificate is for that product of that company, both of which it names, and does not merely name them."""
    both = facts.holder, facts.vendor_name
    is_one_company = None in both or compare_vendor((str(facts.holder),), str(facts.vendor_name), known_as).same is Same.YES
    one = Certified(
        facts.number, facts.holder, facts.designation, None, facts.role, kind=facts.kind, vendor_name=facts.vendor_name, model=facts.model
    )
    is_designated = text(model) in map(text, names_certified(one, is_one_company=is_one_company))
    return is_designated and (facts.holder is None or compare_vendor((facts.holder,), vendor, known_as).same is Same.YES)


def software_row(certified: str | None, observed: str | None, frames: tuple[int, ...]) -> IdentityRow:
    """The certified software version against the one that was told; versions are compared as text on a normal form."""
    name = "software_version"
    if certified is None:
        return IdentityRow(name, None, observed, "unknown", frames)
    if observed is None:
        note = "the device did not say its software version: no BootNotification with a firmwareVersion was seen"
        return IdentityRow(name, certified, None, "unknown", frames, note)
    same = same_version(certified, observed)
    if same is not Same.UNCLEAR:
        return IdentityRow(name, certified, observed, _VERDICTS[same], frames)
    note = f"the device reports {observed!r}, perhaps the certified {certified!r}, otherwise spelt or with more text; {_CANNOT_BE_TOLD}"
    if not names_a_version(observed):
        note = f"the device reports {observed!r}, which names no one version; certified is {certified!r}"
    elif not names_a_version(certified):
        note = f"the device reports {observed!r}; {certified!r}, as the certificate has it, names no one version"
    return IdentityRow(name, certified, observed, "unknown", frames, note)


def _filled(note: str | None, certified: str, observed: str) -> str | None:
    return note.format(certified=certified, observed=observed) if note else None
