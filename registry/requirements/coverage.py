"""Whether a certificate is of the offered product at the offered software version, and what it attests: never a guess.

Exact model and exact software version first; what is merely like them, or spelt otherwise, is for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry import normal
from registry.certificates.numbers import number_of
from registry.certificates.words import query_words
from registry.matching.names import Same, bare, company, company_words, same_version, text
from registry.requirements import vocabulary
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Fact, Truth, all_of

_PASSED = frozenset({"pass", "passed"})
_NOT_PASSED = frozenset({"n/a", "fail", "failed", "not tested"})


@dataclass(frozen=True)
class Seen:
    """What was looked at, what it gave, and in a few words why where it is not simply so."""

    truth: Truth
    fact: Fact
    why: str = ""


def covers(offer: Offer, held: Held) -> tuple[Seen, ...]:
    """Whether the certificate is of this product at this version: product, holder and version, each by itself; all must hold."""
    seen = [_model(offer, held), _holder(offer, held), _version(offer, held)]
    if not held.has_document:
        why = "is known from the OCA's list alone: its document is not in this registry"
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "document", ""), why))
    if held.is_withdrawn:
        why = "was in the OCA's list and is there no more: ask its holder"
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "listed", "no more"), why))
    if held.held_now is not None:
        seen.append(Seen(Truth.UNKNOWN, Fact(held.label, "revision", held.facts.revision or ""), _overtaken(held.held_now)))
    return tuple(seen)


def _overtaken(held_now: str) -> str:
    if held_now == "?":
        return "is one of several revisions of its number, and which of them holds now cannot be told from their dates: ask its holder"
    holding = f"the revision {held_now}" if held_now else "the one without a revision"
    return f"is an older revision: of its number {holding} holds now, look whether that covers the offer"


def is_of_product(offer: Offer, held: Held) -> Truth:
    """Whether the certificate is of this product, at whatever version."""
    return all_of((_model(offer, held).truth, _holder(offer, held).truth))


def is_held_by_offered(offer: Offer, held: Held) -> bool:
    """Whether the certificate is for sure held by the offered vendor."""
    return offer.holder is not None and _holder(offer, held).truth is Truth.TRUE


def attests(held: Held, profile: str) -> Seen:
    """Whether the certificate covers the profile: by its row, and only where the title does not say otherwise."""
    rows = {name: value for name, value in (held.facts.profiles or {}).items() if vocabulary.profile(name) == profile}
    claimed = vocabulary.claimed(held.facts.kind)
    is_claimed = None if claimed is None else profile in claimed
    if not rows:
        fact = Fact(held.label, f"profiles.{profile}", "")
        if not held.has_document or held.facts.profiles is None or any(path.split(".")[0] == "profiles" for path in held.unread):
            return Seen(Truth.UNKNOWN, fact, "its table of profiles is not known")
        if is_claimed is not False:
            return Seen(Truth.UNKNOWN, fact, "has no row for it, and its title does not rule it out")
        return Seen(Truth.FALSE, fact, "has no row for it")
    name, value = min(rows.items())
    fact = Fact(held.label, f"profiles.{name}", value or "")
    results = {text(each or "") for each in rows.values()}
    if len(results) > 1 or any(f"profiles.{each}" in held.unread for each in rows) or not results <= _PASSED | _NOT_PASSED:
        return Seen(Truth.UNKNOWN, fact, "its row was not read with certainty")
    if results <= _PASSED:
        return Seen(Truth.TRUE, fact)
    if is_claimed:
        return Seen(Truth.UNKNOWN, fact, "its title claims it, and its row does not")
    return Seen(Truth.FALSE, fact, f"says {value}")


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
        return Seen(Truth.UNKNOWN, fact, "its communication was not read")
    return Seen(Truth.TRUE if text(wanted) in query_words(printed) else Truth.FALSE, fact, f"is for {printed}")


def _model(offer: Offer, held: Held) -> Seen:
    names = [("model", held.facts.model), ("designation", held.facts.designation)]
    field, printed = next(((field, name) for field, name in names if name), ("designation", None))
    if offer.model is None:
        return Seen(Truth.UNKNOWN, Fact("", "model", ""), "the offer names no model")
    offered = text(offer.model)
    for name_field, name in names:
        if name and text(name) == offered and name_field not in held.unread:
            return Seen(Truth.TRUE, Fact(held.label, name_field, name))
    fact = Fact(held.label, field, printed or "")
    if printed is None or {"model", "designation"} & held.unread:
        return Seen(Truth.UNKNOWN, fact, "its model was not read with certainty")
    if any(name and _is_like(text(name), offered) for _, name in names):
        return Seen(Truth.UNKNOWN, fact, f"is for {printed}, which is like {offer.model} and not the same")
    return Seen(Truth.FALSE, fact, f"is for {printed}, not for {offer.model}")


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
        return Seen(Truth.UNKNOWN, Fact("", "holder", ""), "the offer names no vendor and no certificate")
    offered = company(offer.holder)
    for name_field, name in names:
        if name and offered and company(name) == offered and name_field not in held.unread:
            return Seen(Truth.TRUE, Fact(held.label, name_field, name))
    if printed is None or {"holder", "vendor_name"} & held.unread:
        return Seen(Truth.UNKNOWN, fact, "its holder was not read with certainty")
    if is_named or any(name and _may_be(name, offer.holder) for _, name in names):
        return Seen(
            Truth.UNKNOWN, fact, f"is held by {printed}, and the offer says {offer.holder}: another brand needs the holder's consent"
        )
    return Seen(Truth.FALSE, fact, f"is held by {printed}, not by {offer.holder}")


def _may_be(one: str, other: str) -> bool:
    """Whether one name has all the words of the other."""
    words, others = set(company_words(one)), set(company_words(other))
    return words <= others or others <= words


def _version(offer: Offer, held: Held) -> Seen:
    printed = held.facts.software_version
    fact = Fact(held.label, "software_version", printed or "")
    if offer.software_version is None:
        return Seen(Truth.UNKNOWN, Fact("", "software_version", ""), "the offer names no software version that can be taken")
    if printed is None or "software_version" in held.unread:
        return Seen(Truth.UNKNOWN, fact, "its software version was not read with certainty")
    same = same_version(printed, offer.software_version)
    if same is Same.YES:
        return Seen(Truth.TRUE, fact)
    if same is Same.UNCLEAR:
        return Seen(Truth.UNKNOWN, fact, f"is for software version {printed}, which is like {offer.software_version} and not the same")
    return Seen(Truth.FALSE, fact, f"is for software version {printed}, not {offer.software_version}")


def names_number(offer: Offer, held: Held) -> bool:
    """Whether the offer names this certificate, of whatever revision."""
    return held.facts.number is not None and held.facts.number in map(number_of, offer.certificates)
