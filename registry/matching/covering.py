"""The sentences with which a device is covered, and what they leave open."""

from __future__ import annotations

from dataclasses import replace

from registry.matching.hardware import not_compared, told_of
from registry.matching.model import Certified, Device, Reason, Step
from registry.matching.words import about, plain, product, together
from registry.sentences import Joined, KeptSentence, KeptWord


def covered(one: Certified, step: Step) -> Reason:
    """The certificate covers the device."""
    kind = KeptWord("%(kind)s certificate", kind=one.kind) if one.kind else KeptWord("certificate")
    said: list[str] = [
        KeptSentence(
            "%(certificate_words)s, a %(kind_words)s for “%(vendor)s”, is for “%(product)s” at software version “%(version)s”, which is "
            "what this device is.",
            certificate_words=one.name,
            kind_words=kind,
            vendor=plain(one.holder or one.vendor_name),
            product=product(one),
            version=plain(one.software_version),
        )
    ]
    if one.step is Step.FAMILY:
        said.append(KeptSentence("It is a family certificate: the vendor declared this member, and another member passed the laboratory."))
    elif one.step is Step.WHITE_LABEL:
        said.append(
            KeptSentence("It is a white-label certificate: the same hardware and firmware were certified under the original vendor's name.")
        )
    if step is Step.DIRECT and one.is_of_security_alone:
        said.append(KeptSentence("It adds security at the same version."))
    rule = "exact" if one.step is Step.DIRECT else one.step.value.replace(" ", "-")
    return about(one, rule, "software_version", together(said))


def certified_later(reason: Reason, device: Device, one: Certified) -> Reason:
    """Why a device is covered, where it was installed before the day of the certificate."""
    if device.installed is None or one.day is None or "certification_date" in one.unsure or one.day <= device.installed:
        return reason
    said = KeptSentence(
        "It is of %(date)s, and the device was installed on %(day)s: what it ran before, and whether a scheme takes a later certificate, "
        "is not said by it.",
        date=one.day.isoformat(),
        day=device.installed.isoformat(),
    )
    return replace(reason, sentence=Joined(" ", (reason.sentence, said)))


def apart_by_protocol(one: Certified) -> Reason:
    """A certificate without Core for the same product and version, beside others for another protocol that have it."""
    if one.spoken is None:
        sentence = KeptSentence(
            "%(certificate_words)s is for this product and version too, but for which protocol was not read with certainty: without that "
            "nothing that it certifies is added.",
            certificate_words=one.name,
        )
        return about(one, "protocol-unread", "protocol", sentence)
    sentence = KeptSentence(
        "%(certificate_words)s is for this product and version too, but for %(protocol)s, of which none is known here that covers Core: "
        "nothing that it certifies is added.",
        certificate_words=one.name,
        protocol=one.protocol,
    )
    return about(one, "protocol-apart", "protocol", sentence)


def as_far_as_compared(reason: Reason, device: Device, one: Certified) -> Reason:
    """Why a device is covered, with the deciding rows of a station's hardware that nothing is known of."""
    if device.role != "CS":
        return reason
    if not any(told_of(row, device.hardware) for row in device.hardware):
        said = KeptSentence("Its hardware was not compared, as none is given: other hardware may be another product for certification.")
    else:
        missing = not_compared(one.hardware, device.hardware)
        if not missing:
            return reason
        said = KeptSentence(
            "Not compared, as the device's are not given: %(rows)s. If one of these differs, it may be another product for certification.",
            rows=", ".join(missing),
        )
    return replace(reason, sentence=Joined(" ", (reason.sentence, said)))
