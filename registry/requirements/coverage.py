"""Whether a certificate is of the offered product at the offered software version: never a guess.

Exact model and exact software version first; what is merely like them, or spelt otherwise, is for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from registry.certificates.numbers import number_of
from registry.matching.aliases import Alias, linking
from registry.matching.disputes import Dispute
from registry.matching.generic import names_no_model
from registry.matching.model import Certified
from registry.matching.names import Same, bare, same_company, text
from registry.matching.pairs import are_of_two_companies, contradicting, joining_forms, names_certified
from registry.matching.spelling import is_name_and_code, is_one_letter_apart, may_be_company, may_be_product
from registry.matching.versions import names_a_version, same_version
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Fact, Truth, all_of
from registry.sentences import KeptSentence, KeptWord


@dataclass(frozen=True)
class Seen:
    """What was looked at, what it gave, and in a sentence why where it is not simply so."""

    truth: Truth
    fact: Fact
    why: str = ""


def covers(offer: Offer, held: Held) -> tuple[Seen, ...]:
    """Whether the certificate is of this product at this version: product, holder and version, each by itself; all must hold."""
    seen = [_model(offer, held), _holder(offer, held), _version(offer, held)]
    if not held.has_document:
        why = KeptSentence(
            "%(certificate)s is known from the OCA's list alone: its document is not in this registry", certificate=held.label
        )
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "document", ""), why))
    if held.dispute is not None:
        row = ", ".join(name for name in (held.dispute.company, held.dispute.designation) if name)
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "listed", row), _disputed(held, held.dispute)))
    if held.is_withdrawn:
        why = KeptSentence("%(certificate)s was in the OCA's list and is there no more: ask its holder", certificate=held.label)
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "listed", "no more"), why))
    if held.held_now is not None:
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "revision", held.facts.revision or ""), _overtaken(held, held.held_now)))
    return tuple(seen)


def _disputed(held: Held, dispute: Dispute) -> KeptSentence:
    facts = held.facts
    return KeptSentence(
        "the OCA's list has a row for %(listed)s of %(company)s under number %(certificate)s, but the document of that number names "
        "%(product)s of %(holder)s: which of them is right cannot be told from here; compare the two, and ask the holder",
        listed=dispute.designation or "",
        company=dispute.company or "",
        certificate=held.label,
        product=facts.designation or facts.model or "",
        holder=facts.holder or facts.vendor_name or "",
    )


def _overtaken(held: Held, held_now: str) -> KeptSentence:
    if held_now == "?":
        return KeptSentence(
            "%(certificate)s is one of several revisions of its number, and which of them holds now cannot be told from their dates: ask "
            "its holder",
            certificate=held.label,
        )
    holding = KeptWord("the revision %(revision)s", revision=held_now) if held_now else KeptWord("the one without a revision")
    return KeptSentence(
        "%(certificate)s is an older revision: of its number %(revision_words)s holds now, look whether that covers the product",
        certificate=held.label,
        revision_words=holding,
    )


def is_of_product(offer: Offer, held: Held) -> Truth:
    """Whether the certificate is of this product, at whatever version."""
    return all_of((_model(offer, held).truth, _holder(offer, held).truth))


def is_held_by_offered(offer: Offer, held: Held) -> bool:
    """Whether the certificate is for sure held by the offered vendor."""
    return offer.holder is not None and _holder(offer, held).truth is Truth.TRUE


def _model(offer: Offer, held: Held) -> Seen:
    names = [("model", held.facts.model), ("designation", held.facts.designation)]
    field, printed = next(((field, name) for field, name in names if name), ("designation", None))
    if offer.model is None:
        return Seen(Truth.UNKNOWN, Fact("", "model", ""), KeptSentence("no model is named"))
    offered = text(offer.model)
    certified = set(map(text, names_certified(_certified(held), is_one_company=_is_one_company(held))))
    for name_field, name in names:
        if name and text(name) == offered and offered in certified and name_field not in held.unread:
            return Seen(Truth.TRUE, Fact(held.label, name_field, name))
    fact = Fact(held.label, field, printed or "")
    if held.dispute is not None and "designation" in held.dispute.fields:
        return Seen(Truth.UNKNOWN, fact, _disputed(held, held.dispute))
    if printed is None or {"model", "designation"} & held.unread:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its model was not read with certainty", certificate=held.label))
    if any(name and text(name) == offered for _, name in names):
        why = KeptSentence(
            "%(certificate)s is for %(printed)s, and %(model)s, which was tested for it, is not what it certifies",
            certificate=held.label,
            printed=held.facts.designation or printed,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    if names_no_model(offer.model):
        why = KeptSentence(
            "%(certificate)s is for %(printed)s, and %(model)s names no one model",
            certificate=held.label,
            printed=printed,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    misspelt = next((name for _, name in names if name and is_one_letter_apart(bare(name), bare(offer.model))), None)
    if misspelt is not None:
        why = KeptSentence(
            "%(certificate)s is for %(printed)s, which differs from %(model)s by one letter: did you mean that? Write the model as on its "
            "plate",
            certificate=held.label,
            printed=misspelt,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    companies = [each for each in (offer.holder, held.facts.holder, held.facts.vendor_name) if each]
    if any(name and may_be_product(name, offer.model, companies) for _, name in names):
        why = KeptSentence(
            "%(certificate)s is for %(printed)s, which is like %(model)s and not the same",
            certificate=held.label,
            printed=printed,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    if any(name and is_name_and_code(name, offer.model) for _, name in names):
        why = KeptSentence(
            "%(certificate)s is for %(printed)s: one of that and %(model)s is a part number, the other a name, and whether they are of one "
            "product cannot be told from them",
            certificate=held.label,
            printed=printed,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    why = KeptSentence("%(certificate)s is for %(printed)s, not for %(model)s", certificate=held.label, printed=printed, model=offer.model)
    return Seen(Truth.FALSE, fact, why)


def _holder(offer: Offer, held: Held) -> Seen:
    names = [("holder", held.facts.holder), ("vendor_name", held.facts.vendor_name)]
    field, printed = next(((field, name) for field, name in names if name), ("holder", None))
    fact = Fact(held.label, field, printed or "")
    is_named = names_number(offer, held)
    if offer.holder is None:
        if is_named:
            return Seen(Truth.TRUE, fact)
        return Seen(Truth.UNKNOWN, Fact("", "holder", ""), KeptSentence("neither a vendor nor a certificate is named"))
    if held.dispute is not None and "holder" in held.dispute.fields:
        return Seen(Truth.UNKNOWN, fact, _disputed(held, held.dispute))
    told = [field for field, name in names if name and field not in held.unread and _is_known_as(held, name, offer.holder)]
    if "holder" in told:
        return Seen(Truth.TRUE, Fact(held.label, "holder", str(held.facts.holder)))
    if told and held.facts.holder and "holder" not in held.unread:
        why = KeptSentence(
            "%(certificate)s is held by %(printed)s, and %(vendor)s made what was tested for it: that is not what it certifies, unless "
            "both are one company",
            certificate=held.label,
            printed=held.facts.holder,
            vendor=offer.holder,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    if printed is None or {"holder", "vendor_name"} & held.unread:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its holder was not read with certainty", certificate=held.label))
    if printed is not None and same_company(printed, offer.holder) is Same.UNCLEAR:
        why = KeptSentence(
            "%(certificate)s is held by %(printed)s, and the product is said to be of %(vendor)s: by their legal forms, or what stands in "
            "brackets, they may be two companies",
            certificate=held.label,
            printed=printed,
            vendor=offer.holder,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    if is_named or any(name and may_be_company(name, offer.holder) for _, name in names):
        why = KeptSentence(
            "%(certificate)s is held by %(printed)s, and the product is said to be of %(vendor)s: another brand needs the holder's consent",
            certificate=held.label,
            printed=printed,
            vendor=offer.holder,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    why = KeptSentence(
        "%(certificate)s is held by %(printed)s, not by %(vendor)s", certificate=held.label, printed=printed, vendor=offer.holder
    )
    return Seen(Truth.FALSE, fact, why)


def by_other_name(offer: Offer, held: Held) -> tuple[Alias, ...]:
    """The records by which the certificate is the offered vendor's, whose name it does not bear."""
    names = [name for name in (held.facts.holder, held.facts.vendor_name) if name]
    if not offer.holder or not held.known_as or any(same_company(name, offer.holder) is Same.YES for name in names):
        return ()
    return next(filter(None, (linking(held.known_as, name, offer.holder) for name in names)), ())


def by_joined_forms(held: Sequence[Held]) -> Iterator[Alias]:
    """The records by which some of the certificates are one company's, that are held under legal forms that contradict each other."""
    for one, other in combinations(held, 2):
        yield from joining_forms(_certified(one), _certified(other), one.known_as)


def _is_known_as(held: Held, name: str, other: str) -> bool:
    """Whether two names are one company's, by themselves or by a record."""
    return same_company(name, other) is Same.YES or bool(linking(held.known_as, name, other))


def _is_one_company(held: Held) -> bool:
    """Whether who made what was tested is the holder."""
    holder, maker = held.facts.holder, held.facts.vendor_name
    return "vendor_name" not in held.unread and (not holder or not maker or _is_known_as(held, holder, maker))


def _certified(held: Held) -> Certified:
    """The certificate as matching takes it, as far as its product goes."""
    facts = held.facts
    return Certified(
        number=facts.number,
        holder=facts.holder,
        designation=facts.designation,
        software_version=facts.software_version,
        role=facts.role,
        revision=facts.revision,
        kind=facts.kind,
        vendor_name=facts.vendor_name,
        model=facts.model,
        hardware=facts.hardware,
        unread=held.unread,
    )


def of_another_product(held: Held, other: Held) -> Seen | None:
    """Why two certificates that are both of what is offered, by its names and version, are not for one product; None where they may be."""
    one, another, known_as = _certified(held), _certified(other), (*held.known_as, *other.known_as)
    told = contradicting(one, another, known_as)
    if told is None:
        return None
    # Of both the same sentence, which is said once.
    first, second = sorted(((held.label, told[0]), (other.label, told[1])))
    if are_of_two_companies(one, another, known_as):
        why = KeptSentence(
            "%(certificate)s is held by %(told)s, and %(other)s by %(others)s: by their legal forms they may be two companies, and which "
            "of them offers is not said",
            certificate=first[0],
            told=first[1],
            other=second[0],
            others=second[1],
        )
        return Seen(Truth.UNKNOWN, Fact(held.label, "holder", told[0]), why)
    why = KeptSentence(
        "%(certificate)s is for %(told)s, and %(other)s for %(others)s: for certification these are two products, and which is offered is "
        "not said",
        certificate=first[0],
        told=first[1],
        other=second[0],
        others=second[1],
    )
    return Seen(Truth.UNKNOWN, Fact(held.label, "hardware", told[0]), why)


def _version(offer: Offer, held: Held) -> Seen:
    printed = held.facts.software_version
    fact = Fact(held.label, "software_version", printed or "")
    if offer.software_version is None:
        return Seen(Truth.UNKNOWN, Fact("", "software_version", ""), KeptSentence("no software version is named that can be taken"))
    if printed is None or "software_version" in held.unread:
        return Seen(
            Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its software version was not read with certainty", certificate=held.label)
        )
    same = same_version(printed, offer.software_version)
    if same is Same.YES:
        return Seen(Truth.TRUE, fact)
    if not names_a_version(offer.software_version):
        why = KeptSentence("%(version)s, which is given as the software version, names no one version", version=offer.software_version)
        return Seen(Truth.UNKNOWN, fact, why)
    if same is Same.UNCLEAR:
        why = KeptSentence(
            "%(certificate)s is for software version %(printed)s, and whether %(version)s is that cannot be told",
            certificate=held.label,
            printed=printed,
            version=offer.software_version,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    why = KeptSentence(
        "%(certificate)s is for software version %(printed)s, not %(version)s",
        certificate=held.label,
        printed=printed,
        version=offer.software_version,
    )
    return Seen(Truth.FALSE, fact, why)


def names_number(offer: Offer, held: Held) -> bool:
    """Whether the offer names this certificate, of whatever revision."""
    return held.facts.number is not None and held.facts.number in map(number_of, offer.certificates)
