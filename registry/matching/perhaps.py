"""The sentences about certificates that may be meant, although vendor or model are written otherwise, or were not read."""

from __future__ import annotations

from registry.matching.model import Certified, Device, Reason
from registry.matching.names import bare, text
from registry.matching.spelling import is_alike, is_one_letter_apart, may_list
from registry.matching.unknown import KINDS
from registry.matching.words import about, plain, product
from registry.sentences import KeptSentence


def imprecise(device: Device, how: str, one: Certified) -> Reason:
    """The model may be the certified one, written otherwise."""
    values = {"certificate_words": one.name, "model": plain(device.model)}
    certified = plain(_meant(device, how, one))
    match how:
        case "punctuation":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”, which differs from “%(model)s” by punctuation or accents alone: write the "
                "model as on its plate.",
                certified=certified,
                **values,
            )
        case "part":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”, and “%(model)s” is a part of it or has it as a part: write the whole model, "
                "and nothing else.",
                certified=certified,
                **values,
            )
        case "letter":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”, which differs from “%(model)s” by one letter: write the model as on its "
                "plate.",
                certified=certified,
                **values,
            )
        case "several":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”: one of that and “%(model)s” may name several models, and the other be among "
                "them: write the model as on its plate, and ask the vendor which the certificate is for.",
                certified=certified,
                **values,
            )
        case "alike":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”, and “%(model)s” may be that, written otherwise: write the model as on its "
                "plate.",
                certified=certified,
                **values,
            )
        case "cut":
            sentence = KeptSentence(
                "%(certificate_words)s is for “%(certified)s”; “%(model)s” may be that, cut after 20 letters as stations report it: write "
                "the whole model.",
                certified=certified,
                **values,
            )
        case _:
            sentence = KeptSentence(
                "%(certificate_words)s is of the same company, but for which product was not read with certainty, or is in doubt: review "
                "it (“%(model)s” may be it).",
                **values,
            )
    return about(one, f"model-{how}", "designation", sentence)


def _meant(device: Device, how: str, one: Certified) -> str | None:
    """Which of the certificate's names the device's model is like: what it designates, or the type that was tested."""
    names, model = [name for name in (one.designation, one.model) if name], device.model or ""
    is_like = {
        "punctuation": lambda name: bare(name) == bare(model),
        "part": lambda name: bare(name) != bare(model) and (bare(model) in bare(name) or bare(name) in bare(model)),
        "cut": lambda name: text(name).startswith(text(model)),
        "letter": lambda name: is_one_letter_apart(bare(name), bare(model)),
        "several": lambda name: may_list(name, model) or may_list(model, name),
        "alike": lambda name: is_alike(name, model),
    }.get(how, bool)
    return next(filter(is_like, names), names[0] if names else None)


def listed_otherwise(row: Certified, document: Certified) -> Reason:
    """The list has a number for this, and the document of that number is for something else."""
    values = {
        "certificate_words": row.name,
        "listed": plain(row.designation),
        "company": plain(row.holder),
        "product": product(document) or "?",
        "holder": plain(document.holder or document.vendor_name) or "?",
    }
    if row.role != document.role and document.role in KINDS:
        sentence = KeptSentence(
            "The OCA's list has a row for “%(listed)s” of “%(company)s” under number %(certificate_words)s, but the document of that "
            "number names “%(product)s” of “%(holder)s” (%(kind_words)s): which of them is right cannot be told from here; compare the "
            "two, and ask the holder.",
            kind_words=KINDS[document.role],
            **values,
        )
    else:
        sentence = KeptSentence(
            "The OCA's list has a row for “%(listed)s” of “%(company)s” under number %(certificate_words)s, but the document of that "
            "number names “%(product)s” of “%(holder)s”: which of them is right cannot be told from here; compare the two, and ask the "
            "holder.",
            **values,
        )
    return about(row, "listing-disputed", "listed", sentence)


def other_company(device: Device, one: Certified) -> Reason:
    """A product of that name is certified, for somebody else."""
    values = {"certificate_words": one.name, "product": product(one), "vendor": plain(device.vendor)}
    if one.holder or one.vendor_name:
        sentence = KeptSentence(
            "%(certificate_words)s is for a product “%(product)s” of “%(holder)s”, and the device's vendor is given as “%(vendor)s”: if "
            "both are one company, write it as the certificate does; a brand needs a white-label certificate of its own.",
            holder=plain(one.holder or one.vendor_name),
            **values,
        )
    else:
        sentence = KeptSentence(
            "%(certificate_words)s is for a product “%(product)s” whose holder was not read with certainty, and the device's vendor is "
            "given as “%(vendor)s”: if both are one company, write it as the certificate does; a brand needs a white-label certificate of "
            "its own.",
            **values,
        )
    return about(one, "other-company", "holder", sentence)


def like_another_companys(device: Device, one: Certified) -> Reason:
    """A product whose name is a part of the device's, or the other way about, is certified for somebody else."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of “%(holder)s”, and the device is given as “%(model)s” of “%(vendor)s”: if both are "
        "one company and one product, write them as the certificate does; a brand needs a white-label certificate of its own.",
        certificate_words=one.name,
        product=product(one),
        holder=plain(one.holder or one.vendor_name),
        model=plain(device.model),
        vendor=plain(device.vendor),
    )
    return about(one, "others-alike", "holder", sentence)


def unreadable(device: Device, one: Certified) -> Reason:
    """A certificate of which nothing is known could be for this."""
    sentence = KeptSentence(
        "Of %(certificate_words)s neither holder nor product was read with certainty, or both are in doubt; it could be for “%(model)s”: "
        "review it.",
        certificate_words=one.name,
        model=plain(device.model),
    )
    return about(one, "certificate-unread", "designation", sentence)


def company_cut(device: Device, one: Certified) -> Reason:
    """The vendor's name may be the beginning of a longer company's."""
    sentence = KeptSentence(
        "%(certificate_words)s is for “%(product)s” of “%(holder)s”, and the device's vendor is given as “%(vendor)s”, which may be that, "
        "cut after 20 letters as stations report it, or another company: write the whole name, or record this one as another of the "
        "holder, on its page.",
        certificate_words=one.name,
        product=product(one),
        holder=plain(one.holder or one.vendor_name),
        vendor=plain(device.vendor),
    )
    return about(one, "company-cut", "holder", sentence)
