"""The sentences about a device of which no certificate is for its model, and about how far a "not covered" reaches."""

from __future__ import annotations

from dataclasses import replace

from registry.matching.model import Certified, CurrentList, Device, Reason
from registry.matching.words import plain
from registry.sentences import Joined, KeptSentence, KeptWord

KINDS = {"CS": KeptWord("charging stations"), "CSMS": KeptWord("management systems")}
"""What a role is of, in a sentence."""
_PRODUCTS = KeptWord("products")


def other_model(device: Device, listed: CurrentList | None) -> Reason:
    """The company has certificates, none of them for this model; without the list there may be others."""
    values = {"vendor": plain(device.vendor), "model": plain(device.model), "kind_words": KINDS.get(device.role, _PRODUCTS)}
    if listed is None:
        sentence = KeptSentence(
            "Certificates of “%(vendor)s” are known here, and none is for the model “%(model)s”, at any version; but this registry does "
            "not hold the OCA's list of %(kind_words)s, so that there may be one: import the list, or ingest the certificate.",
            **values,
        )
    else:
        sentence = KeptSentence(
            "Certificates of “%(vendor)s” are known here, and none is for the model “%(model)s”, at any version; nor does the OCA's list "
            "of %(kind_words)s have it, as imported on %(day)s with %(rows)s rows.",
            day=listed.imported.isoformat(),
            rows=listed.rows,
            **values,
        )
    return Reason("other-model", "designation", sentence)


def named_otherwise(device: Device, one: Certified) -> Reason:
    """One of two names is a part number, and the other a name for the market."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of the same company: one of that and “%(model)s” is a part number, the other a name, "
        "and whether they are of one product cannot be told from them. Write the model as the certificate does, or ask the vendor "
        "which it is.",
        certificate_words=one.name,
        product=plain(one.designation or one.model),
        model=plain(device.model),
    )
    return Reason("name-or-code", "designation", sentence, one.number, one.revision)


def by_what_is_known(against: Reason) -> Reason:
    """A reason why it is not covered, said to go by what the registry knows."""
    return replace(against, sentence=Joined(" ", (KeptSentence("By the certificates known here it is not covered."), against.sentence)))


def company_like(device: Device, like: str) -> Reason:
    """A company of a similar name has certificates."""
    sentence = KeptSentence(
        "No certificate names “%(vendor)s” and “%(model)s”; there are certificates of “%(like)s”: if that is the same company, write it "
        "so.",
        vendor=plain(device.vendor),
        model=plain(device.model),
        like=plain(like),
    )
    return Reason("company-alike", "holder", sentence)


def names_none(device: Device) -> Reason:
    """What stands for the vendor or the model may be any."""
    sentence = KeptSentence(
        "No certificate names “%(vendor)s” and “%(model)s”; but one of these is a word that names no one vendor or model, as lists have it "
        "for many: write both as on the device's plate.",
        vendor=plain(device.vendor),
        model=plain(device.model),
    )
    return Reason("names-none", "designation", sentence)


def other_letters(device: Device, listed: CurrentList) -> Reason:
    """Vendor or model are written in letters that are not Latin, as the list is."""
    sentence = KeptSentence(
        "No certificate here names “%(vendor)s” and “%(model)s”, nor does the OCA's list of %(kind_words)s as imported on %(day)s; but it "
        "is written in Latin letters, and may have them so: write both as it does, or record the name as another of a holder, on its page.",
        day=listed.imported.isoformat(),
        vendor=plain(device.vendor),
        model=plain(device.model),
        kind_words=KINDS.get(device.role, _PRODUCTS),
    )
    return Reason("other-letters", "holder", sentence)


def nobody(device: Device, listed: CurrentList) -> Reason:
    """Neither company nor product stands anywhere, and the list is there."""
    sentence = KeptSentence(
        "Neither “%(vendor)s” nor “%(model)s” is named by any certificate here, or by the OCA's list of %(kind_words)s as imported on "
        "%(day)s with %(rows)s rows.",
        day=listed.imported.isoformat(),
        rows=listed.rows,
        vendor=plain(device.vendor),
        model=plain(device.model),
        kind_words=KINDS.get(device.role, _PRODUCTS),
    )
    return Reason("nobody", "holder", sentence)


def company_unknown(device: Device) -> Reason:
    """Neither company nor product stands anywhere, but that may be for want of the list."""
    sentence = KeptSentence(
        "Neither “%(vendor)s” nor “%(model)s” is named by a certificate here, but this registry does not hold the OCA's list of "
        "%(kind_words)s, so that there may be one: import the list, or ingest the certificate.",
        vendor=plain(device.vendor),
        model=plain(device.model),
        kind_words=KINDS.get(device.role, _PRODUCTS),
    )
    return Reason("company-unknown", "holder", sentence)


def anothers(device: Device, one: Certified, listed: CurrentList | None) -> Reason:
    """The model is certified for another company, as something that the device is not: at another version, or for another protocol."""
    holder, version = one.holder or one.vendor_name, one.software_version
    at = KeptWord("software version “%(version)s”", version=plain(version)) if version else KeptWord("a software version that was not read")
    values = {
        "certificate_words": one.name,
        "product": plain(one.designation or one.model),
        "holder_words": KeptWord("“%(holder)s”", holder=plain(holder)) if holder else KeptWord("a holder that was not read"),
        "version_words": at,
        "vendor": plain(device.vendor),
        "kind_words": KINDS.get(device.role, _PRODUCTS),
    }
    if listed is None:
        sentence = KeptSentence(
            "%(certificate_words)s is for “%(product)s” of %(holder_words)s, at %(version_words)s; of “%(vendor)s” no "
            "certificate is known here, but this registry does not hold the OCA's list of %(kind_words)s, so that there may be one: import "
            "the list, or ingest the certificate.",
            **values,
        )
    else:
        sentence = KeptSentence(
            "%(certificate_words)s is for “%(product)s” of %(holder_words)s, at %(version_words)s; “%(vendor)s” is named by no certificate "
            "here, nor by the OCA's list of %(kind_words)s as imported on %(day)s with %(rows)s rows.",
            day=listed.imported.isoformat(),
            rows=listed.rows,
            **values,
        )
    return Reason("anothers-product", "holder", sentence, one.number, one.revision)


def list_missing(device: Device) -> Reason:
    """How far a "not covered" reaches."""
    sentence = KeptSentence(
        "This goes by the certificates in this registry, which does not hold the OCA's list of %(kind_words)s: others may exist.",
        kind_words=KINDS.get(device.role, _PRODUCTS),
    )
    return Reason("list-missing", "listed", sentence)
