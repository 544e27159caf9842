"""Whether certificates cover a device. Covered and not covered are said only where nothing is left open; anything else cannot be told.

A certificate covers one product at one exact software version, so a device is covered by a certificate of its company for its model at its
version, in any spelling. What is imprecise, unread, known from the list alone or in dispute is a reason why it cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from registry.matching import perhaps, protocols, unknown, words
from registry.matching.aliases import Alias, linking
from registry.matching.assortment import companies_of
from registry.matching.covering import apart_by_protocol, as_far_as_compared, certified_later, covered
from registry.matching.differing import derivative, hardware_unclear, other_hardware
from registry.matching.generic import names_no_model, names_no_vendor
from registry.matching.hardware import compare
from registry.matching.index import Index
from registry.matching.model import Answer, Certified, Derivative, Device, Match, Reason, Step
from registry.matching.names import Same, bare, company, same_company, text
from registry.matching.pairs import apart, are_of_two_companies, joining_forms, names_certified
from registry.matching.protocols import same_protocol
from registry.matching.revisions import UNTOLD, held_now
from registry.matching.spelling import is_in_other_letters
from registry.matching.versions import names_a_version, same_version
from registry.spreadsheets.nothing import says_nothing

MOST_REASONS = 5
MOST_DERIVATIVES = 5
_CACHED = 1 << 15
_IDENTITY = frozenset(("holder", "vendor_name", "designation", "model", "software_version"))
_PARTLY = frozenset(("part", "cut", "letter", "alike"))
_STEPS = (Step.DIRECT, Step.FAMILY, Step.WHITE_LABEL)


@dataclass(frozen=True)
class _Held:
    """How one certificate of the device's own company and model stands to it: it covers, is left open (`doubt`) or does not cover."""

    certificate: Certified
    covers: bool
    doubt: Reason | None = None
    against: Reason | None = None


def match(device: Device, certificates: Iterable[Certified] | Index) -> Match:
    """The answer about one device. For many devices make the `Index` once; certificates given plainly are taken for all that there are,
    but not for the OCA's whole list (see `Index`).
    """
    index = certificates if isinstance(certificates, Index) else Index(certificates)
    if not device.model or not _names(device.model) or not bare(device.model):
        return Match(Answer.CANNOT_TELL, (words.model_missing(),))
    if not device.vendor or not _names(device.vendor) or not company(device.vendor):
        named = list(index.elsewhere(device.role, None, device.model))
        return Match(Answer.CANNOT_TELL, (words.vendor_missing(device, named[:MOST_REASONS]),))
    plain = _Question(device, device.vendor, device.model, index).answer()
    others = index.aliases.others(device.vendor)
    if not others:
        return plain
    found = _Question(device, device.vendor, device.model, index, others).answer()
    # What is recorded of names speaks for a device, and never against it.
    return found if _weight(found) > _weight(plain) else plain


@lru_cache(_CACHED)
def _names(given: str) -> bool:
    """Whether the name of a vendor or model is one, and not a word for what is not known."""
    return not says_nothing(given)


_KINDNESS = (Answer.NOT_COVERED, Answer.CANNOT_TELL, Answer.COVERED)


def _weight(found: Match) -> tuple[int, int]:
    return _KINDNESS.index(found.answer), len(found.certificates)


def _by_protocol(certified: Sequence[Certified]) -> tuple[list[Certified], list[Certified]]:
    """Those that count, and those that do not: what one certifies beside Core counts with the Core of the same protocol alone."""
    with_core = {one.spoken for one in certified if one.attests_core and one.spoken}
    apart = [one for one in certified if not one.attests_core and one.spoken not in with_core]
    return [one for one in certified if one not in apart], apart


class _Question:
    """One device of which vendor and model are known. `others` are further names of the vendor, as they are recorded."""

    def __init__(self, device: Device, vendor: str, model: str, index: Index, others: Sequence[str] = ()) -> None:
        self.device, self.vendor, self.model, self.index = device, vendor, model, index
        self.vendors = (vendor, *others)
        self._known = index.aliases.of(vendor)

    def answer(self) -> Match:
        exact = (one for vendor in self.vendors for one in self.index.exact(self.device.role, vendor, self.model))
        held = [self._hold(one) for one in {id(one): one for one in exact}.values()]
        covering = [one.certificate for one in held if one.covers]
        different = apart(covering, self._known)
        if different is not None:
            one, other = different[:2]
            told = words.of_several_companies if are_of_two_companies(one, other, self._known) else words.of_several_products
            return self._match(Answer.CANNOT_TELL, [told(*different)])
        if any(one.attests_core for one in covering):
            return self._covered(covering)
        doubts = [self._named(one, words.without_core(self.device, one)) for one in covering]
        doubts += [one.doubt for one in held if one.doubt is not None] + self._imprecise(known=bool(held))
        if doubts:
            return self._match(Answer.CANNOT_TELL, doubts)
        against = [one.against for one in self._as_they_hold(held) if one.against is not None]
        if against:
            return self._not_covered(against)
        return self._unknown_product()

    def _covered(self, certified: Sequence[Certified]) -> Match:
        covering, apart = _by_protocol(certified)
        step = next(step for step in _STEPS if any(one.step is step for one in covering if one.attests_core))
        first = [one for one in covering if one.step is step and one.attests_core]
        together = (*first, *(one for one in covering if one not in first))
        told = [as_far_as_compared(covered(first[0], step), self.device, first[0])]
        told += [covered(one, step) for one in together[1:]]
        told = [certified_later(reason, self.device, one) for one, reason in zip(together, told, strict=True)]
        told += [apart_by_protocol(one) for one in apart]
        reasons = (
            words.by_other_name(self._named(one, reason), joining_forms(first[0], one, self._known))
            for one, reason in zip((*together, *apart), told, strict=True)
        )
        return Match(Answer.COVERED, tuple(reasons), together, step)

    def _as_they_hold(self, held: Sequence[_Held]) -> list[_Held]:
        """Without the revisions in whose place another one holds that is among them."""
        there = {(one.certificate.number, one.certificate.revision or "") for one in held}
        return [one for one in held if (one.certificate.number, self._held_now(one.certificate)) not in there]

    def _linking(self, one: Certified) -> tuple[Alias, ...]:
        """The records by which the certificate is the vendor's, whose name it does not bear."""
        names = [name for name in (one.vendor_name, one.holder) if name]
        if len(self.vendors) == 1 or any(same_company(name, self.vendor) is Same.YES for name in names):
            return ()
        return next(filter(None, (linking(self._known, self.vendor, name) for name in names)), ())

    def _named(self, one: Certified, reason: Reason) -> Reason:
        """The reason, with the records of names that it rests on."""
        return words.by_other_name(reason, self._linking(one))

    def _is_of_the_vendor(self, one: Certified) -> bool:
        """Whether it is certain that the certificate names the vendor, and not a company that differs from it in brackets."""
        return any(self._is_the_vendor(name) for name in (one.holder, one.vendor_name))

    def _is_the_vendor(self, name: str | None) -> bool:
        return bool(name) and any(same_company(str(name), vendor) is Same.YES for vendor in self.vendors)

    def _is_certified_so(self, one: Certified) -> bool:
        """Whether the certificate is for a product of that name of that company, and does not merely name both: a brand's product and whose
        product was tested for it, a member of a family and the one that passed.
        """
        return self._is_the_vendor(one.holder) and text(self.model) in map(
            text, names_certified(one, is_one_company=self._is_one_company(one))
        )

    def _names_another(self, one: Certified) -> bool:
        """Whether it is certain that the certificate names the vendor's product, and is for another."""
        is_read = one.holder and one.designation and one.unsure.isdisjoint(_IDENTITY)
        return bool(is_read) and self._is_of_the_vendor(one) and not self._is_certified_so(one)

    def _is_one_company(self, one: Certified) -> bool:
        """Whether who made what was tested is the holder, by name or by a record of names."""
        if not one.holder or not one.vendor_name or same_company(one.holder, one.vendor_name) is Same.YES:
            return "vendor_name" not in one.unsure
        known = self.index.aliases.of(one.holder)
        return "vendor_name" not in one.unsure and bool(linking(known, one.holder, one.vendor_name))

    def _hold(self, one: Certified) -> _Held:
        """One certificate of this company and model against the device."""
        held = self._hold_plainly(one)
        if held.against is not None and self.device.role not in self.index.lists and not self._is_of_the_vendor(one):
            # Of another company's certificate nothing follows; that the device has none, only the list can tell.
            held = _Held(one, covers=False, doubt=words.perhaps_another_company(self.device, one))
        elif held.against is not None and self._names_another(one):
            held = _Held(one, covers=False, against=words.another_named(self.device, one))
            if self.device.role not in self.index.lists:
                held = _Held(one, covers=False, doubt=words.tested_for_another(self.device, one))
        return replace(held, doubt=self._named(one, held.doubt)) if held.doubt is not None else held

    def _hold_plainly(self, one: Certified) -> _Held:
        device = self.device
        if not one.document:
            return _Held(one, covers=False, doubt=self._if_disputed(one, words.listed_only(one)))
        if "software_version" in one.unread or not one.software_version:
            return _Held(one, covers=False, doubt=words.version_unread(device, one))
        if self._speaks_another(one):
            return _Held(one, covers=False, against=words.other_protocol(device, one))
        if not device.firmware:
            return _Held(one, covers=False, doubt=words.firmware_missing(device, one))
        same = same_version(one.software_version, device.firmware)
        if same is Same.UNCLEAR:
            unclear = words.version_unclear if names_a_version(device.firmware) else words.firmware_names_none
            return _Held(one, covers=False, doubt=unclear(device, one))
        if one.doubted & {"software_version"}:
            return _Held(one, covers=False, doubt=words.doubted(device, one, sorted(one.doubted & _IDENTITY)))
        if same is Same.NO:
            return _Held(one, covers=False, against=words.other_version(device, one))
        return self._hold_at_its_version(one)

    def _hold_at_its_version(self, one: Certified) -> _Held:
        device, hardware = self.device, compare(one.hardware, one.unsure, self.device.hardware)
        if hardware.differing:
            return _Held(one, covers=False, against=other_hardware(one, hardware.differing))
        doubt = None
        overtaken = self._overtaken(one)
        if one.role is None and one.role_contradicted:
            doubt = words.role_contradicted(device, one)
        elif one.role is None or (device.protocol and ("protocol" in one.unread or not one.protocol)):
            doubt = words.unread(device, one, "role" if one.role is None else "protocol")
        elif device.protocol and "protocol" in one.doubted:
            doubt = words.doubted(device, one, ["protocol"])
        elif self._speaks(one) is Same.UNCLEAR:
            doubt = protocols.unclear(device, one)
        elif not self._is_of_the_vendor(one):
            doubt = words.perhaps_another_company(device, one)
        elif one.doubted & _IDENTITY:
            doubt = words.doubted(device, one, sorted(one.doubted & _IDENTITY))
        elif not self._is_certified_so(one):
            doubt = self._paired_otherwise(one)
        elif one.withdrawn:
            doubt = words.withdrawn(one)
        elif overtaken is not None:
            doubt = overtaken
        elif hardware.unclear:
            doubt = hardware_unclear(device, one, hardware.unclear)
        return _Held(one, covers=doubt is None, doubt=doubt)

    def _paired_otherwise(self, one: Certified) -> Reason:
        """Why a certificate that names vendor and model is not for certain for that product of that company."""
        for field, name in (("holder", one.holder), ("designation", one.designation)):
            if not name or field in one.unsure:
                return words.unread(self.device, one, field)
        if not self._is_the_vendor(one.holder) and not self._is_the_vendor(one.vendor_name):
            return words.perhaps_another_company(self.device, one)
        return words.tested_for_another(self.device, one)

    def _overtaken(self, one: Certified) -> Reason | None:
        """Why another revision of the number may hold in the place of this one: it is newer, or which of them is cannot be told and they
        differ.
        """
        revisions, now = self.index.revisions(one), self._held_now(one)
        if now is None:
            return None
        if now == UNTOLD:
            differing = next((other for other in revisions if other.revision != one.revision and not self._agrees(other)), None)
            return words.other_revision(one, differing) if differing is not None else None
        return words.older_revision(one, next(other for other in revisions if (other.revision or "") == now))

    def _held_now(self, one: Certified) -> str | None:
        return held_now({other.revision or "": other.day for other in self.index.revisions(one)}, one.revision or "")

    def _agrees(self, other: Certified) -> bool:
        """Whether another revision of the same number says the same of this device as far as name and version go."""
        names = {text(name) for name in (other.designation, other.model) if name}
        version = other.software_version
        return (
            other.document
            and text(self.model) in names
            and bool(version)
            and same_version(str(version), self.device.firmware or "") is Same.YES
        )

    def _imprecise(self, *, known: bool) -> list[Reason]:
        """Certificates that may be meant although vendor or model are written otherwise, or were not read. Where the model is `known` as it
        stands, it is not taken for a part or a misspelling of another name, nor for another company's.
        """
        device, role = self.device, self.device.role
        found = [
            self._named(one, self._if_disputed(one, perhaps.imprecise(device, how, one)))
            for vendor in self.vendors
            for how, one in self.index.near(role, vendor, self.model)
            if self._may_be(one, even_listed=True) and not (known and how in _PARTLY)
        ]
        longer = self._of_longer_names(known=known)
        found += [self._if_disputed(one, perhaps.company_cut(device, one)) for one in longer]
        others = [] if known else self.index.elsewhere(role, self.vendor, self.model)
        may_be = (one for one in others if self._may_be(one) and one not in longer)
        found += [self._if_disputed(one, perhaps.other_company(device, one)) for one in may_be]
        if not known and not found:
            elsewhere = (one for one in self.index.near_elsewhere(role, self.vendor, self.model) if self._may_be(one))
            like = islice(elsewhere, MOST_REASONS)
            found += [self._if_disputed(one, perhaps.like_another_companys(device, one)) for one in like]
        found += [perhaps.unreadable(device, one) for one in self.index.unreadable(role, self.vendor) if self._may_be(one)]
        return list(dict.fromkeys(found))

    def _of_longer_names(self, *, known: bool) -> list[Certified]:
        """The certificates that may be meant if the vendor's name is a longer one, cut as stations report it."""
        role, own = self.device.role, set(map(company, self.vendors))
        found: list[Certified] = []
        for vendor in self.index.longer(role, self.vendor):
            found += self.index.exact(role, vendor, self.model)
            found += [one for how, one in self.index.near(role, vendor, self.model) if not (known and how in _PARTLY)]
        return [one for one in found if own.isdisjoint(companies_of(one)) and self._may_be(one, even_listed=True)]

    def _if_disputed(self, one: Certified, reason: Reason) -> Reason:
        """The reason; of a row of the list in dispute what is in dispute about it, as nothing else is true of it for certain."""
        revisions = self.index.revisions(one) if one.is_disputed else ()
        document = next((other for other in revisions if other.document and (other.revision or "") == (one.revision or "")), None)
        return perhaps.listed_otherwise(one, document) if document is not None else reason

    def _may_be(self, one: Certified, *, even_listed: bool = False) -> bool:
        """Whether the certificate could cover the device if the name were the same: not for another version or protocol. Of a row in
        dispute that may be wrong, too.
        """
        if one.is_disputed or (not one.document and even_listed):
            return True
        if self._speaks_another(one):
            return False
        version = None if "software_version" in one.unsure else one.software_version
        return not version or not self.device.firmware or same_version(version, self.device.firmware) is not Same.NO

    def _speaks_another(self, one: Certified) -> bool:
        """Whether the certificate is for certain for another protocol than the device speaks."""
        return "protocol" not in one.unsure and self._speaks(one) is Same.NO

    def _speaks(self, one: Certified) -> Same:
        """Whether the device speaks the certificate's protocol, as far as both are said."""
        return same_protocol(one.protocol, self.device.protocol) if one.protocol and self.device.protocol else Same.YES

    def _unknown_product(self) -> Match:
        """No certificate is for this model, under any spelling."""
        device, role = self.device, self.device.role
        listed = self.index.lists.get(role)
        if listed is not None and is_in_other_letters(self.vendor, self.model):
            return self._match(Answer.CANNOT_TELL, [unknown.other_letters(device, listed)])
        if names_no_model(self.model) or names_no_vendor(self.vendor):
            return self._match(Answer.CANNOT_TELL, [unknown.names_none(device)])
        nearest = self.index.nearest(role, self.vendor)
        if nearest is not None and listed is not None:
            return self._match(Answer.CANNOT_TELL, [unknown.company_like(device, nearest)])
        otherwise = (one for one in self.index.named_otherwise(role, self.vendor, self.model) if self._may_be(one, even_listed=True))
        named = list(islice(otherwise, MOST_REASONS)) if listed is not None else []
        if named:
            return self._match(Answer.CANNOT_TELL, [self._if_disputed(one, unknown.named_otherwise(device, one)) for one in named])
        if self.index.knows(role, self.vendor) or (listed is not None and self.index.listed_only(role, self.vendor)):
            return self._match(Answer.CANNOT_TELL if listed is None else Answer.NOT_COVERED, [unknown.other_model(device, listed)])
        like = self.index.like(role, self.vendor)
        if like is not None:
            return self._match(Answer.CANNOT_TELL, [unknown.company_like(device, like)])
        answer = Answer.CANNOT_TELL if listed is None else Answer.NOT_COVERED
        others = list(self.index.elsewhere(role, self.vendor, self.model))
        if others:
            return self._match(answer, [unknown.anothers(device, one, listed) for one in others[:MOST_REASONS]])
        return self._match(answer, [unknown.company_unknown(device) if listed is None else unknown.nobody(device, listed)])

    def _not_covered(self, against: Sequence[Reason]) -> Match:
        """Certificates are for this model, and none for the device as it is. Without the list that goes by those that are known."""
        if self.device.role in self.index.lists:
            return self._match(Answer.NOT_COVERED, against)
        first, *others = against
        return self._match(Answer.NOT_COVERED, [unknown.by_what_is_known(first), *others, unknown.list_missing(self.device)])

    def _match(self, answer: Answer, reasons: Sequence[Reason]) -> Match:
        return Match(answer, tuple(reasons[:MOST_REASONS]), derivatives=tuple(self._derivatives()))

    def _derivatives(self) -> list[Derivative]:
        """The certified products of the company's that are likest, when none covers the device; of each number the revision that holds."""
        exact = self.index.exact(self.device.role, self.vendor, self.model)
        members = [one for one in self.index.family(self.device.role, self.vendor, self.model) if one not in exact]
        likest = [one for one in (*exact, *members) if one.document and self._held_now(one) in (None, UNTOLD)]
        return [self._derivative(one) for one in likest[:MOST_DERIVATIVES]]

    def _derivative(self, one: Certified) -> Derivative:
        names = [name for name in (one.designation, one.model) if name]
        exactly = any(text(name) == text(self.model) for name in names)
        unclear = any(bare(name) == bare(self.model) for name in names)
        version: bool | None = None
        if one.software_version and self.device.firmware:
            same = same_version(one.software_version, self.device.firmware)
            version = None if same is Same.UNCLEAR else same is Same.NO
        hardware = compare(one.hardware, one.unsure, self.device.hardware)
        model = False if exactly else None if unclear else True
        return Derivative(one, model, version, hardware.differing, derivative(one, model, version, hardware))
