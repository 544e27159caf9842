"""The sentences in which matching gives its reasons: each names the certificate, what both sides say, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.matching.hardware import Compared
from registry.matching.model import Certified, Device, Reason, RowDifference, Step

_KINDS = {"CS": "charging stations", "CSMS": "management systems"}
_LIMIT = 120


def model_missing() -> Reason:
    """The device has no model."""
    return Reason("model-missing", "model", "No model is given, and a certificate is for one product: add the model.")


def vendor_missing(device: Device, named: Sequence[Certified]) -> Reason:
    """The device has no vendor."""
    more = f" Certificates for a product of that name: {_names(named)}." if named else ""
    return Reason(
        "vendor-missing", "vendor", f"No vendor is given, and names like {_q(device.model)} may be used by several: add it.{more}"
    )


def covered(device: Device, one: Certified, step: Step) -> Reason:
    """The certificate covers the device."""
    what = f"{_q(one.designation or one.model)} at software version {_q(one.software_version)}"
    kind = f"{one.kind} certificate" if one.kind else "certificate"
    sentence = f"{one.name}, a {kind} for {_q(device.vendor)}, is for {what}, which is what this device is."
    if one.step is Step.FAMILY:
        sentence += " It is a family certificate: the vendor declared this member, and another member passed the laboratory."
    elif one.step is Step.WHITE_LABEL:
        sentence += " It is a white-label certificate: the same hardware and firmware were certified under the original vendor's name."
    if step is Step.DIRECT and one.kind == "Security":
        sentence += " It adds security at the same version."
    return _about(one, "exact" if one.step is Step.DIRECT else one.step.value.replace(" ", "-"), "software_version", sentence)


def security_alone(device: Device, one: Certified) -> Reason:
    """At this version only security is certified."""
    sentence = (
        f"At {_q(device.firmware)} only security is certified ({one.name}); no certificate in this registry covers the Core profile of "
        f"{_q(device.model)} at that version: ask the vendor for the Full or Subset certificate that belongs to it."
    )
    return _about(one, "security-alone", "kind", sentence)


def listed_only(one: Certified) -> Reason:
    """The list names the product; nobody read the certificate."""
    version = f" (software version {_q(one.software_version)})" if one.software_version else ""
    sentence = (
        f"The OCA's list has {one.name} for {_q(one.designation)}{version}, but the registry has not read that certificate, and the list "
        "attests nothing: ingest the document."
    )
    return _about(one, "listing-only", "document", sentence)


def version_unread(device: Device, one: Certified) -> Reason:
    """The certificate's version is not known."""
    sentence = f"{one.name} is for {_q(device.model)}, but its software version was not read with certainty: review that field."
    return _about(one, "version-unread", "software_version", sentence)


def unread(device: Device, one: Certified, field: str) -> Reason:
    """Another field of the certificate is not known."""
    sentence = f"{one.name} is for {_q(device.model)} at this version, but its {field} was not read with certainty: review that field."
    return _about(one, f"{field}-unread", field, sentence)


def firmware_missing(device: Device, one: Certified) -> Reason:
    """The device's version is not known."""
    sentence = (
        f"{one.name} is for {_q(device.model)} at software version {_q(one.software_version)}, but which firmware the device runs is not "
        "known: add it, or audit the device."
    )
    return _about(one, "firmware-missing", "firmware", sentence)


def version_unclear(device: Device, one: Certified) -> Reason:
    """The versions are alike but not the same text."""
    sentence = (
        f"{one.name} is for software version {_q(one.software_version)}, and the device is said to run {_q(device.firmware)}; whether "
        "these are one version cannot be told: ask the vendor."
    )
    return _about(one, "version-unclear", "software_version", sentence)


def other_version(device: Device, one: Certified) -> Reason:
    """The device runs another version than was certified."""
    sentence = (
        f"{one.name} is for {_q(device.model)} at software version {_q(one.software_version)}; the device runs {_q(device.firmware)}, "
        "and a certificate holds for exactly one version."
    )
    return _about(one, "other-version", "software_version", sentence)


def other_protocol(device: Device, one: Certified) -> Reason:
    """The certificate is for another protocol than is asked for."""
    return _about(one, "other-protocol", "protocol", f"{one.name} is for {one.protocol}; {device.protocol} is what is asked for.")


def other_hardware(one: Certified, rows: Sequence[RowDifference]) -> Reason:
    """A deciding row of the hardware differs."""
    differing = "; ".join(f"{row.row}: certified {_q(row.certified)}, here {_q(row.device)}" for row in rows)
    sentence = f"{one.name} is for this model and version, but other hardware is another product for certification. {differing}."
    return _about(one, "other-hardware", f"hardware.{rows[0].row}", sentence)


def hardware_unclear(device: Device, one: Certified, rows: Sequence[str]) -> Reason:
    """Whether a deciding row differs cannot be told."""
    told = "; ".join(
        f"{row}: {_q((one.hardware or {}).get(row)) if (one.hardware or {}).get(row) else 'not read'}, here {_q(device.hardware.get(row))}"
        for row in rows
    )
    sentence = f"{one.name} is for this model and version; whether its hardware is the same cannot be told. {told}."
    return _about(one, "hardware-unclear", f"hardware.{rows[0]}", sentence)


def doubted(device: Device, one: Certified, fields: Sequence[str]) -> Reason:
    """The document contradicts itself, or was contradicted, about who, what or which version."""
    named = ", ".join(field.replace("_", " ") for field in fields)
    sentence = (
        f"{one.name} is for {_q(device.model)}, but an error was found about its {named}: see the findings, and settle them in review."
    )
    return _about(one, "error-found", fields[0], sentence)


def withdrawn(one: Certified) -> Reason:
    """The list has it no more."""
    sentence = f"{one.name} is for this model and version, but the OCA's current list does not have it any more: ask the holder why."
    return _about(one, "withdrawn", "number", sentence)


def other_revision(one: Certified, other: Certified) -> Reason:
    """Another revision of the number says something else."""
    revision = f"the revision {_q(other.revision)}" if other.revision else "the one without a revision"
    sentence = (
        f"{one.name} is for this model and version, but {revision} of the same number is for {_q(other.designation or other.model)} at "
        f"{_q(other.software_version)}: which of them holds, the OCA has to say."
    )
    return _about(one, "other-revision", "revision", sentence)


def imprecise(device: Device, how: str, one: Certified) -> Reason:
    """The model may be the certified one, written otherwise."""
    certified = _q(one.designation or one.model)
    why = {
        "punctuation": f"is for {certified}, which differs from {_q(device.model)} by punctuation alone: write the model as on its plate",
        "part": f"is for {certified}, and {_q(device.model)} is a part of it or has it as a part: write the whole model, and nothing else",
        "cut": f"is for {certified}; {_q(device.model)} may be that, cut after 20 letters as stations report it: write the whole model",
        "unread": f"is of the same company, but for which product was not read with certainty: review it ({_q(device.model)} may be it)",
    }[how]
    return _about(one, f"model-{how}", "designation", f"{one.name} {why}.")


def other_company(device: Device, one: Certified) -> Reason:
    """A product of that name is certified, for somebody else."""
    whose = f"of {_q(one.holder or one.vendor_name)}" if one.holder or one.vendor_name else "whose holder was not read with certainty"
    sentence = (
        f"{one.name} is for a product {_q(one.designation or one.model)} {whose}, and the device's vendor is given as {_q(device.vendor)}: "
        "if both are one company, write it as the certificate does; a brand needs a white-label certificate of its own."
    )
    return _about(one, "other-company", "holder", sentence)


def unreadable(device: Device, one: Certified) -> Reason:
    """A certificate of which nothing is known could be for this."""
    sentence = f"Of {one.name} neither holder nor product was read with certainty; it could be for {_q(device.model)}: review it."
    return _about(one, "certificate-unread", "designation", sentence)


def other_model(device: Device) -> Reason:
    """The company has certificates, none of them for this model."""
    sentence = f"Certificates of {_q(device.vendor)} are known here, and none is for the model {_q(device.model)}, at any version."
    return Reason("other-model", "designation", sentence)


def company_like(device: Device, like: str) -> Reason:
    """A company of a similar name has certificates."""
    sentence = (
        f"No certificate names {_q(device.vendor)} and {_q(device.model)}; there are certificates of {_q(like)}: if that is the same "
        "company, write it so."
    )
    return Reason("company-alike", "holder", sentence)


def nobody(device: Device) -> Reason:
    """Neither company nor product stands anywhere, and the list is there."""
    kind = _KINDS.get(device.role, "products")
    sentence = f"Neither {_q(device.vendor)} nor {_q(device.model)} is named by any certificate or by the OCA's list of {kind}."
    return Reason("nobody", "holder", sentence)


def company_unknown(device: Device) -> Reason:
    """Neither company nor product stands anywhere, but that may be for want of the list."""
    kind = _KINDS.get(device.role, "products")
    sentence = (
        f"Neither {_q(device.vendor)} nor {_q(device.model)} is named by a certificate here, but this registry does not hold the OCA's "
        f"list of {kind}, so that there may be one: import the list, or ingest the certificate."
    )
    return Reason("company-unknown", "holder", sentence)


def list_missing(device: Device) -> Reason:
    """How far a "not covered" reaches."""
    kind = _KINDS.get(device.role, "products")
    sentence = f"This goes by the certificates in this registry, which does not hold the OCA's list of {kind}: others may exist."
    return Reason("list-missing", "number", sentence)


def derivative(one: Certified, model: bool | None, version: bool | None, hardware: Compared) -> str:
    """What sets a certified product apart from the device."""
    parts = []
    if model is not False:
        parts.append(
            f"another model ({_q(one.designation or one.model)})"
            if model
            else f"perhaps another model ({_q(one.designation or one.model)})"
        )
    if version:
        parts.append(f"another software version ({_q(one.software_version)})")
    elif version is None:
        parts.append(
            f"perhaps another software version ({_q(one.software_version)})"
            if one.software_version
            else "a software version that was not read"
        )
    parts += [f"{row.row}: certified {_q(row.certified)}, here {_q(row.device)}" for row in hardware.differing]
    sentence = f"{one.name} is for " + "; ".join(parts) + "." if parts else f"{one.name} is for the same model and version."
    if hardware.differing:
        sentence += " By its hardware it is another product for certification."
    return sentence


def _about(one: Certified, rule: str, field: str, sentence: str) -> Reason:
    return Reason(rule, field, sentence, one.number, one.revision)


def _q(value: str | None) -> str:
    plain = " ".join((value or "").split())
    return f"“{plain if len(plain) <= _LIMIT else plain[: _LIMIT - 1] + '…'}”"


def _names(certificates: Iterable[Certified]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in certificates))
