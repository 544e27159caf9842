"""Whether a certificate is of the offered product at the offered software version, and what it attests: never a guess.

Exact model and exact software version first; what is merely like them, or spelt otherwise, is for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry import normal
from registry.certificates.numbers import number_of
from registry.certificates.words import query_words
from registry.matching.aliases import Alias, linking
from registry.matching.names import Same, bare, company_words, names_a_version, same_company, same_version, text
from registry.requirements import vocabulary
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Fact, Truth, all_of
from registry.sentences import KeptSentence, KeptWord

_PASSED = frozenset({"pass", "passed"})
_NOT_PASSED = frozenset({"n/a", "fail", "failed", "not tested"})


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
    if held.is_withdrawn:
        why = KeptSentence("%(certificate)s was in the OCA's list and is there no more: ask its holder", certificate=held.label)
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "listed", "no more"), why))
    if held.held_now is not None:
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "revision", held.facts.revision or ""), _overtaken(held, held.held_now)))
    return tuple(seen)


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


def attests(held: Held, profile: str) -> Seen:
    """Whether the certificate covers the profile: by its row, and only where the title does not say otherwise."""
    rows = {name: value for name, value in (held.facts.profiles or {}).items() if vocabulary.profile(name) == profile}
    kind = None if "kind" in held.unread else held.facts.kind
    claimed = vocabulary.claimed(kind, vocabulary.protocol(held.facts.protocol or ""))
    if not rows:
        return _without_row(held, profile, kind, claimed)
    name, value = min(rows.items())
    fact = Fact(held.label, f"profiles.{name}", value or "")
    results = {text(each or "") for each in rows.values()}
    about: dict[str, object] = {"certificate": held.label, "profile": profile}
    if len(results) > 1 or any(f"profiles.{each}" in held.unread for each in rows) or not results <= _PASSED | _NOT_PASSED:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its row for %(profile)s was not read with certainty", **about))
    if results <= _PASSED:
        return Seen(Truth.TRUE, fact)
    if claimed is not None and profile in claimed:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its title claims %(profile)s, and its row does not", **about))
    return Seen(Truth.FALSE, fact, KeptSentence("%(certificate)s says %(value)s of %(profile)s", value=value, **about))


def _without_row(held: Held, profile: str, kind: str | None, claimed: frozenset[str] | None) -> Seen:
    """What a certificate says of a profile for which no row was read."""
    fact = Fact(held.label, f"profiles.{profile}", "")
    about: dict[str, object] = {"certificate": held.label, "profile": profile}
    if not held.has_document or held.facts.profiles is None or any(path.split(".")[0] == "profiles" for path in held.unread):
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its table of profiles is not known", certificate=held.label))
    if kind is None:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s has no row for %(profile)s, and its title was not read", **about))
    if claimed is None:
        why = KeptSentence(
            "%(certificate)s has no row for %(profile)s, and what its title %(title)s claims is not known", title=kind, **about
        )
        return Seen(Truth.UNKNOWN, fact, why)
    if profile in claimed:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s has no row for %(profile)s, and its title claims it", **about))
    return Seen(Truth.FALSE, fact, KeptSentence("%(certificate)s has no row for %(profile)s", **about))


def is_for_protocol(name: str | None, at_least: str | None, exactly: str | None) -> Truth:
    """Whether a protocol is what a rule asks; unknown for none and for one that is not known."""
    if at_least is None and exactly is None:
        return Truth.TRUE
    known = vocabulary.protocol(name or "")
    if known is None:
        return Truth.UNKNOWN
    fits = known == exactly if exactly is not None else vocabulary.is_at_least(known, str(at_least))
    return Truth.TRUE if fits else Truth.FALSE


def communicates(held: Held, wanted: str | None) -> Seen:
    """Whether the certificate is for that transport (JSON or SOAP)."""
    printed = held.facts.communication
    fact = Fact(held.label, "communication", printed or "")
    if wanted is None:
        return Seen(Truth.TRUE, fact)
    if printed is None or "communication" in held.unread:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its communication was not read", certificate=held.label))
    why = KeptSentence("%(certificate)s is for %(what)s", certificate=held.label, what=printed)
    return Seen(Truth.TRUE if text(wanted) in query_words(printed) else Truth.FALSE, fact, why)


def _model(offer: Offer, held: Held) -> Seen:
    names = [("model", held.facts.model), ("designation", held.facts.designation)]
    field, printed = next(((field, name) for field, name in names if name), ("designation", None))
    if offer.model is None:
        return Seen(Truth.UNKNOWN, Fact("", "model", ""), KeptSentence("no model is named"))
    offered = text(offer.model)
    for name_field, name in names:
        if name and text(name) == offered and name_field not in held.unread:
            return Seen(Truth.TRUE, Fact(held.label, name_field, name))
    fact = Fact(held.label, field, printed or "")
    if printed is None or {"model", "designation"} & held.unread:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its model was not read with certainty", certificate=held.label))
    if any(name and _is_like(text(name), offered) for _, name in names):
        why = KeptSentence(
            "%(certificate)s is for %(printed)s, which is like %(model)s and not the same",
            certificate=held.label,
            printed=printed,
            model=offer.model,
        )
        return Seen(Truth.UNKNOWN, fact, why)
    why = KeptSentence("%(certificate)s is for %(printed)s, not for %(model)s", certificate=held.label, printed=printed, model=offer.model)
    return Seen(Truth.FALSE, fact, why)


def _is_like(one: str, other: str) -> bool:
    return bare(one) == bare(other) or normal.contains_whole(one, other) or normal.contains_whole(other, one)


def _holder(offer: Offer, held: Held) -> Seen:
    names = [("holder", held.facts.holder), ("vendor_name", held.facts.vendor_name)]
    field, printed = next(((field, name) for field, name in names if name), ("holder", None))
    fact = Fact(held.label, field, printed or "")
    is_named = names_number(offer, held)
    if offer.holder is None:
        if is_named:
            return Seen(Truth.TRUE, fact)
        return Seen(Truth.UNKNOWN, Fact("", "holder", ""), KeptSentence("neither a vendor nor a certificate is named"))
    for name_field, name in names:
        if not name or name_field in held.unread:
            continue
        if same_company(name, offer.holder) is Same.YES or linking(held.known_as, name, offer.holder):
            return Seen(Truth.TRUE, Fact(held.label, name_field, name))
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
    if is_named or any(name and _may_be(name, offer.holder) for _, name in names):
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


def _may_be(one: str, other: str) -> bool:
    """Whether one name has all the words of the other."""
    words, others = set(company_words(one)), set(company_words(other))
    return words <= others or others <= words


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
            "%(certificate)s is for software version %(printed)s, which is like %(version)s and not the same",
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
