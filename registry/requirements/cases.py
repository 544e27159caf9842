"""One offer with the certificates that may cover it, ready to be looked at.

A certificate that is for sure of another product, version or role plays no part. Of the rest, each that is of what is offered for sure can
show something; the others leave it open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.certificates import numbers
from registry.requirements import words
from registry.requirements.coverage import Seen, covers, is_held_by_offered, names_number, of_another_product
from registry.requirements.model import RuleSet
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Fact, Truth, all_of
from registry.sentences import KeptSentence


@dataclass(frozen=True)
class Covering:
    """A certificate that may cover the offer, with what was seen of that. `truth`: whether it does."""

    held: Held
    seen: tuple[Seen, ...]

    @property
    def truth(self) -> Truth:
        """Whether it covers the offer."""
        return all_of(each.truth for each in self.seen)

    @property
    def role(self) -> str | None:
        """The role that it is for; None where that was not read with certainty."""
        return None if "role" in self.held.unread else self.held.facts.role

    @property
    def doubts(self) -> Iterable[Seen]:
        """What leaves it open whether it does."""
        return (each for each in self.seen if each.truth is not Truth.TRUE)

    def is_near(self, offer: Offer, role: str | None) -> bool:
        """Whether it is worth a word where nothing shows what is asked: not one of another role or company, unless the offer names it."""
        if names_number(offer, self.held):
            return True
        return is_held_by_offered(offer, self.held) and not self.is_for_other(role)

    def is_for_other(self, role: str | None) -> bool:
        """Whether it is for sure for another role than that."""
        return role is not None and self.role not in (None, role)


@dataclass(frozen=True)
class Case:
    """One offer with the certificates that may cover it. `others` do not, and the offer names them; `absent` are named and not known here.

    `role` is what is offered, as the rule asks, the offer says, or its certificates tell: None where they are of several.
    `asks_certificate`: whether certificates are what the rule asks, so that those which the offer names decide.
    `day` is the installation date that it is judged by, None where no one day is known; `today` is the day on which it is judged.
    """

    offer: Offer
    covering: tuple[Covering, ...]
    others: tuple[Covering, ...]
    absent: tuple[str, ...]
    role: str | None
    asks_certificate: bool
    day: date | None
    today: date

    @property
    def rests_on_certificates(self) -> bool:
        """Whether the certificates that the offer names are what decides: where none is named, another may be held that is not known here,
        and where none is asked, what they do not show may hold all the same.
        """
        return bool(self.offer.certificates) and self.asks_certificate

    @property
    def product(self) -> str:
        """The offered product in a sentence."""
        return words.product(self.offer)

    @property
    def telling(self) -> Sequence[Covering]:
        """The certificates that tell what is offered where the offer does not say whether it is a station or a management system."""
        return _telling(self.offer, self.covering)

    def of_role(self, each: Covering) -> Seen:
        """Whether the certificate is of the role of what is offered: a station and a management system may have one name and version."""
        label, role = each.held.label, each.role
        if self.role is None:
            # One alone tells itself what is offered.
            truth = Truth.TRUE if len(self.covering) == 1 else Truth.UNKNOWN
            why = KeptSentence("it is not said whether the product is a CS or a CSMS")
        elif role is None and each.held.role_contradicted:
            truth = Truth.UNKNOWN
            why = KeptSentence(
                "%(certificate)s: whether it is for a CS or a CSMS its document contradicts itself about: %(found_text)s",
                certificate=label,
                found_text=each.held.role_contradicted,
            )
        elif role is None:
            truth, why = Truth.UNKNOWN, KeptSentence("%(certificate)s: its role was not read with certainty", certificate=label)
        else:
            truth = Truth.TRUE if role == self.role else Truth.FALSE
            why = KeptSentence("%(certificate)s is for a %(role)s", certificate=label, role=role)
        return Seen(truth, Fact(label, "role", role or ""), why)

    def of_day(self, held: Held) -> Sequence[Seen]:
        """What leaves it open whether the certificate was there when the product was installed; nothing where it was, or none is asked.

        That a product is certified says nothing of units that were installed before, and no source says whether these count.
        """
        issued = None if "certification_date" in held.unread else held.facts.certification_date
        # What is there today is of today at the latest.
        is_in_time = self.day is not None and (issued or self.today.isoformat()) <= self.day.isoformat()
        if is_in_time or not self.asks_certificate or (self.day is None and not self.offer.is_day_unclear):
            return ()
        return (Seen(Truth.UNKNOWN, Fact(held.label, "certification_date", issued or ""), words.not_in_time(held, issued, self.day)),)

    @property
    def uncounted(self) -> Iterable[Covering]:
        """Each certificate that the offer names and that is not, or not for sure, of what it offers, with why; of a number with several
        revisions none, where one of them is.
        """
        looked_at = [Covering(each.held, (*each.seen, self.of_role(each))) for each in (*self.covering, *self.others)]
        counting = {each.held.facts.number for each in looked_at if each.truth is Truth.TRUE}
        for each in looked_at:
            if names_number(self.offer, each.held) and each.held.facts.number not in counting:
                yield Covering(each.held, tuple(seen for seen in each.doubts if seen.truth is each.truth))

    def of_other_role(self) -> Iterable[str]:
        """A sentence for each certificate that the offer names and that is for another role."""
        for each in self.covering:
            if each.is_for_other(self.role) and names_number(self.offer, each.held):
                yield KeptSentence("%(certificate)s, which the offer names, is for a %(role)s", certificate=each.held.label, role=each.role)


def _told_apart(offer: Offer, covering: Sequence[Covering]) -> Iterable[Covering]:
    """The same, with a doubt for each certificate that is for another product than another of them: what they certify is not added up.

    Of two of which the offer names one, it says by that which it offers.
    """
    sure = [each for each in covering if each.truth is Truth.TRUE]
    for each in covering:
        is_named = names_number(offer, each.held)
        others = [other for other in sure if other is not each and not (is_named and not names_number(offer, other.held))]
        seen = (of_another_product(each.held, other.held) for other in others if each in sure and not other.is_for_other(each.role))
        doubt = next((one for one in seen if one is not None), None)
        yield replace(each, seen=(*each.seen, doubt)) if doubt is not None else each


def _telling(offer: Offer, covering: Sequence[Covering]) -> Sequence[Covering]:
    named = [each for each in covering if names_number(offer, each.held)]
    return named if any(each.truth is Truth.TRUE for each in named) else covering


def case(offer: Offer, certificates: Iterable[Held], rules: RuleSet, day: date | None, today: date) -> Case:
    """The case of an offer. The order of the certificates plays no part."""
    ordered = sorted(set_of(list(certificates)), key=lambda held: (held.label, held.facts.software_version or ""))
    looked_at = [Covering(held, covers(offer, held)) for held in ordered]
    covering = tuple(_told_apart(offer, [each for each in looked_at if each.truth is not Truth.FALSE]))
    told = {each.role for each in _telling(offer, covering)}
    known = {number for held in ordered if held.facts.number for number in (held.facts.number, _name(held))}
    return Case(
        offer,
        covering,
        tuple(each for each in looked_at if each.truth is Truth.FALSE and names_number(offer, each.held)),
        tuple(number for number in sorted(set(offer.certificates)) if number not in known),
        rules.role or offer.role or (told.pop() if len(told) == 1 else None),
        rules.asks_certificate,
        day,
        today,
    )


def _name(held: Held) -> str:
    return numbers.name(held.facts.number or "", held.facts.revision)


def set_of(certificates: Sequence[Held]) -> list[Held]:
    """The certificates, each once: one that is known by its document is not looked at again by its row of the list."""
    documents = [held for held in certificates if held.has_document]
    known = {held.label for held in documents}
    rest = {held.label: held for held in certificates if not held.has_document and held.label not in known}
    return [*documents, *rest.values()]
