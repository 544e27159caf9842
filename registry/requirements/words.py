"""The sentences in which requirements give their reasons: what certificates show, what they lack, and what an offer comes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from registry.certificates.numbers import is_number
from registry.matching.model import Step, step_of
from registry.requirements.model import Certified, Given
from registry.requirements.offers import Evidence, Held, Offer
from registry.requirements.truth import Lack
from registry.sentences import Joined, KeptSentence, KeptWord, Listed

_MOST_NAMED = 4
_LEVELS: dict[str, str] = {
    str(level): level
    for level in (
        *(KeptWord("certificate"), KeptWord("laboratory report"), KeptWord("tool report"), KeptWord("self-attestation")),
        KeptWord("proof of payment"),
    )
}


def product(offer: Offer) -> str:
    """The offered product."""
    model, version = offer.model, offer.software_version
    if model is None:
        none = KeptWord("a product without a model")
        return KeptWord("a product without a model at software version %(version)s", version=version) if version else none
    return KeptWord("%(model)s at software version %(version)s", model=model, version=version) if version else model


def absent(named: Sequence[str]) -> Joined:
    """The offer names certificates that are not here, or what is no certificate's number."""
    numbers, others = [one for one in named if is_number(one)], [one for one in named if not is_number(one)]
    return Joined("; ", [*([_not_here(numbers)] if numbers else []), *map(_no_number, others)])


def _no_number(given: str) -> KeptSentence:
    return KeptSentence(
        "“%(given)s”, which stands in the offer for a certificate, is no certificate number: write it as OCA.0016.0408.CS", given=given
    )


def _not_here(numbers: Sequence[str]) -> KeptSentence:
    if len(numbers) == 1:
        return KeptSentence(
            "%(numbers_words)s, which the offer names, is not in this registry: add the document", numbers_words=Listed(numbers)
        )
    return KeptSentence(
        "%(numbers_words)s, which the offer names, are not in this registry: add the document", numbers_words=Listed(numbers)
    )


def covered(shown: Sequence[Held], profiles: Sequence[str], protocol: str | None) -> KeptSentence:
    """What certificates cover together, for one protocol."""
    names, what = Listed(held.label for held in shown), Listed(profiles) if profiles else KeptWord("this product")
    if len(shown) == 1:
        return KeptSentence(
            "%(certificates_words)s covers %(what_words)s for %(protocol)s", certificates_words=names, what_words=what, protocol=protocol
        )
    return KeptSentence(
        "%(certificates_words)s together cover %(what_words)s for %(protocol)s",
        certificates_words=names,
        what_words=what,
        protocol=protocol,
    )


def declares(certificates: Sequence[str], what: str) -> KeptSentence:
    """What certificates declare as it is asked."""
    names = Listed(certificates)
    if len(certificates) == 1:
        return KeptSentence(
            "%(certificates_words)s declares %(what_words)s within what is asked", certificates_words=names, what_words=what
        )
    return KeptSentence("%(certificates_words)s declare %(what_words)s within what is asked", certificates_words=names, what_words=what)


def remarks(held: Held, day: date | None) -> Iterable[str]:
    """What whoever takes a certificate for proof has to know of it."""
    step = step_of(held.facts.number, held.facts.kind)
    if step is Step.FAMILY:
        yield KeptSentence(
            "%(certificate)s is a family certificate: the vendor declared this member, and another member passed the laboratory",
            certificate=held.label,
        )
    elif step is Step.WHITE_LABEL:
        yield KeptSentence(
            "%(certificate)s is a white-label certificate: the same hardware and firmware were certified under the original vendor's name",
            certificate=held.label,
        )
    if is_late(held, day):
        yield KeptSentence(
            "%(certificate)s is of %(date)s, after the installation on %(day)s",
            certificate=held.label,
            date=held.facts.certification_date,
            day=day,
        )


def not_in_time(held: Held, issued: str | None, day: date | None) -> KeptSentence:
    """The equipment was installed before it was certified, where a certificate is asked, or may have been. None: not known."""
    if issued is None:
        return KeptSentence(
            "%(certificate)s: its date was not read with certainty: it cannot be told whether it was there at the installation",
            certificate=held.label,
        )
    if day is None:
        return KeptSentence(
            "%(certificate)s is of %(date)s, and the installation date is not known: it may be an earlier one",
            certificate=held.label,
            date=issued,
        )
    return KeptSentence(
        "%(certificate)s is of %(date)s, after the installation on %(day)s: whether it counts then is for whoever asks it to say",
        certificate=held.label,
        date=issued,
        day=day,
    )


def is_late(held: Held, day: date | None) -> bool:
    """Whether the certificate is of a later day than the installation."""
    issued = held.facts.certification_date
    return day is not None and issued is not None and "certification_date" not in held.unread and issued > day.isoformat()


def asked_protocol(rule: Certified | Given) -> str | None:
    """The protocol that is asked, None for any."""
    return rule.exactly or (KeptWord("%(protocol)s or later", protocol=rule.at_least) if rule.at_least else None)


def what_is_asked(rule: Certified, protocol: str | None) -> str:
    """Profiles, protocol and transport."""
    what, transport = Listed(rule.profiles) if rule.profiles else KeptWord("any profile besides Security"), rule.communication
    if protocol and transport:
        return KeptWord(
            "%(what_words)s of %(protocol_words)s over %(transport)s", what_words=what, protocol_words=protocol, transport=transport
        )
    if protocol:
        return KeptWord("%(what_words)s of %(protocol_words)s", what_words=what, protocol_words=protocol)
    return KeptWord("%(what_words)s over %(transport)s", what_words=what, transport=transport) if transport else what


def foreign(profiles: Sequence[str], protocol: str) -> KeptSentence:
    """Profiles are asked that the protocol does not know."""
    if len(profiles) == 1:
        return KeptSentence(
            "%(protocol)s has no profile %(profiles_words)s: what is asked of it instead is for whoever asks it to say",
            protocol=protocol,
            profiles_words=Listed(profiles),
        )
    return KeptSentence(
        "%(protocol)s has no profiles %(profiles_words)s: what is asked of it instead is for whoever asks it to say",
        protocol=protocol,
        profiles_words=Listed(profiles),
    )


def not_covered(lack: Lack, of_product: str) -> KeptSentence:
    """What no certificate covers, while others of the rule are covered."""
    profiles = Listed(lack.profiles)
    if len(lack.profiles) == 1:
        return KeptSentence(
            "%(profiles_words)s of %(protocol)s is not covered for %(product_words)s",
            profiles_words=profiles,
            protocol=lack.protocol,
            product_words=of_product,
        )
    return KeptSentence(
        "%(profiles_words)s of %(protocol)s are not covered for %(product_words)s",
        profiles_words=profiles,
        protocol=lack.protocol,
        product_words=of_product,
    )


def nothing_shows(of_product: str, asked: str, sure: Sequence[Held], perhaps: Sequence[Held]) -> list[str]:
    """What covers the product for sure and perhaps, none of which shows what is asked."""
    said: list[str] = []
    if sure:
        said.append(
            KeptSentence(
                "what covers %(product_words)s is %(found_words)s, and none shows %(asked_words)s",
                product_words=of_product,
                found_words=_some(sure),
                asked_words=asked,
            )
        )
    elif perhaps:
        said.append(KeptSentence("no certificate in this registry covers %(product_words)s for sure", product_words=of_product))
    else:
        said.append(KeptSentence("no certificate in this registry covers %(product_words)s", product_words=of_product))
    if len(perhaps) == 1:
        said.append(
            KeptSentence(
                "whether %(found_words)s covers it cannot be told, and none shows %(asked_words)s",
                found_words=_some(perhaps),
                asked_words=asked,
            )
        )
    elif perhaps:
        said.append(
            KeptSentence(
                "whether %(found_words)s cover it cannot be told, and none shows %(asked_words)s",
                found_words=_some(perhaps),
                asked_words=asked,
            )
        )
    return said


def _some(found: Sequence[Held]) -> Listed:
    """The certificates with their protocols; of many the first."""
    names = sorted({_with_protocol(held) for held in found})
    more = len(names) - _MOST_NAMED
    return Listed(names) if more <= 1 else Listed([*names[:_MOST_NAMED], KeptWord("%(number)s more", number=more)])


def _with_protocol(held: Held) -> str:
    protocol = held.facts.protocol
    return f"{held.label} ({protocol})" if protocol else KeptWord("%(certificate)s (no protocol)", certificate=held.label)


def not_given(rule: Given, protocol: str | None) -> KeptSentence:
    """Nothing of what is asked is named: by an offer, or of a product that nobody offers here."""
    first, *others = (_LEVELS.get(level, level) for level in rule.levels)
    levels = first
    for other in others:
        levels = KeptWord("%(one_words)s or %(other_words)s", one_words=levels, other_words=other)
    profiles = Listed(rule.profiles)
    if protocol and rule.communication:
        protocol = KeptWord("%(protocol_words)s over %(transport)s", protocol_words=protocol, transport=rule.communication)
    if protocol and profiles:
        return KeptSentence(
            "no %(levels_words)s for %(protocol_words)s with %(profiles_words)s is named",
            levels_words=levels,
            protocol_words=protocol,
            profiles_words=profiles,
        )
    if protocol:
        return KeptSentence("no %(levels_words)s for %(protocol_words)s is named", levels_words=levels, protocol_words=protocol)
    if profiles:
        return KeptSentence("no %(levels_words)s with %(profiles_words)s is named", levels_words=levels, profiles_words=profiles)
    return KeptSentence("no %(levels_words)s is named", levels_words=levels)


def evidence_words(evidence: Evidence) -> str:
    """What the offer says of one paper."""
    over = evidence.communication and f"over {evidence.communication}"
    said = " ".join(part for part in (evidence.protocol, over, Listed(evidence.profiles or ())) if part)
    level = _LEVELS.get(evidence.level, evidence.level)
    return KeptWord("%(level_words)s (%(said)s)", level_words=level, said=said) if said else level
