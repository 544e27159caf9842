"""The sentences in which matching gives its reasons: each names the certificate, what both sides say, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from registry.certificates.field_words import field_word
from registry.matching.aliases import Alias
from registry.matching.model import CORE, Certified, Device, Reason
from registry.matching.names import apart_in_brackets
from registry.sentences import Joined, KeptSentence, KeptWord

_LIMIT = 120


def model_missing() -> Reason:
    """The device has no model."""
    return Reason("model-missing", "model", KeptSentence("No model is given, and a certificate is for one product: add the model."))


def vendor_missing(device: Device, named: Sequence[Certified]) -> Reason:
    """The device has no vendor."""
    said: str = KeptSentence("No vendor is given, and names like “%(model)s” may be used by several: add it.", model=plain(device.model))
    if named:
        said = Joined(" ", (said, KeptSentence("Certificates for a product of that name: %(named)s.", named=_names(named))))
    return Reason("vendor-missing", "vendor", said)


def by_other_name(reason: Reason, aliases: Sequence[Alias]) -> Reason:
    """The reason, with what is recorded of the names of companies that it rests on."""
    said = (
        KeptSentence(
            "“%(name)s” is recorded as another name of “%(holder)s”, by a reviewer on %(day)s.",
            name=plain(alias.name),
            holder=plain(alias.holder),
            day=alias.at.date(),
        )
        for alias in aliases
    )
    return replace(reason, sentence=together([reason.sentence, *said])) if aliases else reason


def without_core(device: Device, one: Certified) -> Reason:
    """For certain the certificate covers no Core profile, or it cannot be told."""
    values = {"certificate_words": one.name, "model": plain(device.model)}
    if one.is_unsure_of_core:
        sentence = KeptSentence(
            "%(certificate_words)s is for “%(model)s” at this version, but whether it passed the Core profile was not read with certainty: "
            "review its profiles.",
            **values,
        )
        return about(one, "core-unread", f"profiles.{CORE}", sentence)
    if one.is_of_security_alone:
        return security_alone(device, one)
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at this version, but its table of profiles does not say that Core passed, and no "
        "other profile is certified without it: ask the vendor.",
        **values,
    )
    return about(one, "core-not-passed", f"profiles.{CORE}", sentence)


def perhaps_another_company(device: Device, one: Certified) -> Reason:
    """The companies' names differ in what stands in brackets, or in their legal forms."""
    holder = one.holder or one.vendor_name or ""
    values = {"certificate_words": one.name, "product": product(one), "holder": plain(holder), "vendor": plain(device.vendor)}
    if apart_in_brackets(holder) != apart_in_brackets(device.vendor or ""):
        sentence = KeptSentence(
            "%(certificate_words)s is for “%(product)s” of “%(holder)s”, and the device's vendor is given as “%(vendor)s”: what stands in "
            "brackets differs, and they may be two companies. If they are one, write it as the certificate does, or record the one name as "
            "another of the holder, on its page.",
            **values,
        )
        return about(one, "company-brackets", "holder", sentence)
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of “%(holder)s”, and the device's vendor is given as “%(vendor)s”: the legal forms "
        "differ, and they may be two companies. If they are one, write it as the certificate does, or record the one name as another of "
        "the holder, on its page.",
        **values,
    )
    return about(one, "company-form", "holder", sentence)


def tested_for_another(device: Device, one: Certified) -> Reason:
    """The certificate names vendor and model, and is for another product, or another company's."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of “%(holder)s” alone; that “%(model)s” of “%(vendor)s” is named by it, as what was "
        "tested or who made it, does not certify that: look for its own certificate; if the two are one product, ask the holder; if both "
        "names are of one company, record the one as another of the holder, on its page.",
        model=plain(device.model),
        vendor=plain(device.vendor),
        **_is_for(one),
    )
    return about(one, "tested-for-another", "designation", sentence)


def another_named(device: Device, one: Certified) -> Reason:
    """As `tested_for_another`, and what was tested is something else than the device as well."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of “%(holder)s” at software version “%(version)s”; “%(model)s” of “%(vendor)s”, which "
        "it names as what was tested, or who made it, is not what it certifies, and was something else than this device.",
        version=plain(one.software_version),
        model=plain(device.model),
        vendor=plain(device.vendor),
        **_is_for(one),
    )
    return about(one, "tested-for-another", "designation", sentence)


def _is_for(one: Certified) -> dict[str, object]:
    return {"certificate_words": one.name, "product": product(one), "holder": plain(one.holder or one.vendor_name)}


def of_several_products(one: Certified, other: Certified, told: str, others: str) -> Reason:
    """Two certificates for the device as far as it is known, of which one can hold alone: they are for two products."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(told)s”, and %(other_words)s for “%(others)s”: for certification these are two products, and "
        "which of them this is, is not said. Give what differs, or the model as on its plate.",
        certificate_words=one.name,
        told=plain(told),
        other_words=other.name,
        others=plain(others),
    )
    return about(one, "several-products", "hardware", sentence)


def of_several_companies(one: Certified, other: Certified, told: str, others: str) -> Reason:
    """Two certificates for the device as far as it is known, of two companies that differ in their legal forms."""
    sentence = KeptSentence(
        "%(certificate_words)s is held by “%(told)s”, and %(other_words)s by “%(others)s”: by their legal forms they may be two companies, "
        "and which of them is meant is not said. Write the vendor with its legal form, or record the one name as another of the holder, on "
        "its page.",
        certificate_words=one.name,
        told=plain(told),
        other_words=other.name,
        others=plain(others),
    )
    return about(one, "several-companies", "holder", sentence)


def security_alone(device: Device, one: Certified) -> Reason:
    """At this version only security is certified."""
    sentence = KeptSentence(
        "At “%(version)s” only security is certified (%(certificate_words)s); no certificate in this registry covers the Core profile of "
        "“%(model)s” at that version: ask the vendor for the Full or Subset certificate that belongs to it.",
        version=plain(device.firmware),
        certificate_words=one.name,
        model=plain(device.model),
    )
    return about(one, "security-alone", "kind", sentence)


def listed_only(one: Certified) -> Reason:
    """The list names the product; nobody read the certificate."""
    if one.software_version:
        sentence = KeptSentence(
            "The OCA's list has %(certificate_words)s for “%(designation)s” (software version “%(version)s”), but the registry has not "
            "read that certificate, and the list attests nothing: ingest the document.",
            certificate_words=one.name,
            designation=plain(one.designation),
            version=plain(one.software_version),
        )
    else:
        sentence = KeptSentence(
            "The OCA's list has %(certificate_words)s for “%(designation)s”, but the registry has not read that certificate, and the list "
            "attests nothing: ingest the document.",
            certificate_words=one.name,
            designation=plain(one.designation),
        )
    return about(one, "listing-only", "document", sentence)


def version_unread(device: Device, one: Certified) -> Reason:
    """The certificate's version is not known."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s”, but its software version was not read with certainty: review that field.",
        certificate_words=one.name,
        model=plain(device.model),
    )
    return about(one, "version-unread", "software_version", sentence)


def unread(device: Device, one: Certified, field: str) -> Reason:
    """Another field of the certificate is not known."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at this version, but its %(field_words)s was not read with certainty: review that field.",
        certificate_words=one.name,
        model=plain(device.model),
        field_words=field_word(field),
    )
    return about(one, f"{field}-unread", field, sentence)


def role_contradicted(device: Device, one: Certified) -> Reason:
    """The document says of itself that it is for a charging station, and for a management system."""
    said = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at this version, but its document contradicts itself about whether as a charging "
        "station or as a management system.",
        certificate_words=one.name,
        model=plain(device.model),
    )
    settle = KeptSentence("Settle it in review.")
    return about(one, "role-contradicted", "role", Joined(" ", (said, one.role_contradicted, settle)))


def firmware_missing(device: Device, one: Certified) -> Reason:
    """The device's version is not known."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at software version “%(version)s”, but which firmware the device runs is not known: add "
        "it, or audit the device.",
        certificate_words=one.name,
        model=plain(device.model),
        version=plain(one.software_version),
    )
    return about(one, "firmware-missing", "firmware", sentence)


def firmware_names_none(device: Device, one: Certified) -> Reason:
    """What stands for the device's version is none: "unknown", "latest"."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at software version “%(version)s”, and “%(firmware)s”, which the device is said to run, "
        "names no one version: write the version, or audit the device.",
        certificate_words=one.name,
        model=plain(device.model),
        version=plain(one.software_version),
        firmware=plain(device.firmware),
    )
    return about(one, "firmware-missing", "firmware", sentence)


def version_unclear(device: Device, one: Certified) -> Reason:
    """The versions are alike but not the same text."""
    sentence = KeptSentence(
        "%(certificate_words)s is for software version “%(version)s”, and the device is said to run “%(firmware)s”; whether these are one "
        "version cannot be told: ask the vendor.",
        certificate_words=one.name,
        version=plain(one.software_version),
        firmware=plain(device.firmware),
    )
    return about(one, "version-unclear", "software_version", sentence)


def other_version(device: Device, one: Certified) -> Reason:
    """The device runs another version than was certified."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s” at software version “%(version)s”; the device runs “%(firmware)s”, and a certificate "
        "holds for exactly one version.",
        certificate_words=one.name,
        model=plain(device.model),
        version=plain(one.software_version),
        firmware=plain(device.firmware),
    )
    return about(one, "other-version", "software_version", sentence)


def other_protocol(device: Device, one: Certified) -> Reason:
    """The certificate is for another protocol than the device speaks."""
    sentence = KeptSentence(
        "%(certificate_words)s is for %(protocol)s, and the device is said to speak %(spoken)s.",
        certificate_words=one.name,
        protocol=one.protocol,
        spoken=device.protocol,
    )
    return about(one, "other-protocol", "protocol", sentence)


def doubted(device: Device, one: Certified, fields: Sequence[str]) -> Reason:
    """The document contradicts itself, or was contradicted, about who, what or which version."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(model)s”, but an error was found about its %(fields_words)s: see the findings, and settle them in "
        "review.",
        certificate_words=one.name,
        model=plain(device.model),
        fields_words=Joined(", ", map(field_word, fields)),
    )
    return about(one, "error-found", fields[0], sentence)


def withdrawn(one: Certified) -> Reason:
    """The list has it no more."""
    sentence = KeptSentence(
        "%(certificate_words)s is for this model and version, but the OCA's current list does not have it any more: ask the holder why.",
        certificate_words=one.name,
    )
    return about(one, "withdrawn", "listed", sentence)


def other_revision(one: Certified, other: Certified) -> Reason:
    """Another revision of the number says something else."""
    sentence = KeptSentence(
        "%(certificate_words)s is for this model and version, but %(revision_words)s of the same number is for “%(product)s” at "
        "“%(version)s”: which of them holds, the OCA has to say.",
        certificate_words=one.name,
        revision_words=_revision(other),
        product=product(other),
        version=plain(other.software_version),
    )
    return about(one, "other-revision", "revision", sentence)


def older_revision(one: Certified, now: Certified) -> Reason:
    """Another revision of the number holds now."""
    sentence = KeptSentence(
        "%(certificate_words)s is for this model and version, but it is an older revision: of its number %(revision_words)s holds now, "
        "look whether that covers the device.",
        certificate_words=one.name,
        revision_words=_revision(now),
    )
    return about(one, "older-revision", "revision", sentence)


def _revision(one: Certified) -> KeptWord:
    if not one.revision:
        return KeptWord("the one without a revision")
    return KeptWord("the revision “%(revision)s”", revision=plain(one.revision))


def about(one: Certified, rule: str, field: str, sentence: str) -> Reason:
    """A reason for which the certificate gives the ground."""
    return Reason(rule, field, sentence, one.number, one.revision)


def together(sentences: Sequence[str]) -> str:
    """One sentence as it is, several one after the other."""
    return sentences[0] if len(sentences) == 1 else Joined(" ", sentences)


def plain(value: str | None) -> str:
    """A name or a version in a sentence: on one line, and cut where it is very long."""
    line = " ".join((value or "").split())
    return line if len(line) <= _LIMIT else line[: _LIMIT - 1] + "…"


def product(one: Certified) -> str:
    """What a certificate is for, in a sentence."""
    return plain(one.designation or one.model)


def _names(certificates: Iterable[Certified]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in certificates))
