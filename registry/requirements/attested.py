"""What a certificate attests: profiles, for a protocol, over a transport. Never a guess."""

from __future__ import annotations

from registry.matching.names import text
from registry.requirements import vocabulary
from registry.requirements.coverage import Seen
from registry.requirements.offers import Held
from registry.requirements.truth import Fact, Truth
from registry.sentences import KeptSentence

_PASSED = frozenset({"pass", "passed"})
_NOT_PASSED = frozenset({"n/a", "fail", "failed", "not tested"})


def protocol_of(held: Held) -> str | None:
    """The protocol that the certificate is for; None where that was not read with certainty."""
    return None if "protocol" in held.unread else vocabulary.protocol(held.facts.protocol or "")


def attests_any(held: Held) -> Seen:
    """Whether the certificate covers some profile besides Security. One of Security alone stands beside another of the product; whether who
    asks for a certificate and names no profile means such a one, nobody but them can say.
    """
    looked = [attests(held, profile) for profile in vocabulary.profiles() if profile != vocabulary.SECURITY]
    found = next((seen for truth in (Truth.TRUE, Truth.UNKNOWN) for seen in looked if seen.truth is truth), None)
    if found is not None:
        return found
    why = KeptSentence(
        "%(certificate)s covers no profile besides Security: such a one stands beside another, and whether it is what is asked is for "
        "whoever asks it to say",
        certificate=held.label,
    )
    return Seen(Truth.UNKNOWN, Fact(held.label, "kind", held.facts.kind or ""), why)


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
    is_unsure = "profiles" in held.unread or any(f"profiles.{each}" in held.unread for each in rows)
    if len(results) > 1 or is_unsure or not results <= _PASSED | _NOT_PASSED:
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
    """Whether the certificate is for that transport (JSON or SOAP); a protocol that has one transport says it by itself."""
    printed = None if "communication" in held.unread else held.facts.communication
    fact = Fact(held.label, "communication", printed or "")
    if wanted is None:
        return Seen(Truth.TRUE, fact)
    said, protocol = vocabulary.transports(printed or ""), protocol_of(held)
    only = vocabulary.only_transport(protocol)
    asked = vocabulary.transport(wanted)
    if asked is None:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("the rule asks for %(wanted)s, which is neither JSON nor SOAP", wanted=wanted))
    if (only and said and only not in said) or not (only or said):
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s: its communication was not read", certificate=held.label))
    why = KeptSentence("%(certificate)s is for %(what)s", certificate=held.label, what=printed or protocol)
    return Seen(Truth.TRUE if asked in ((only,) if only else said) else Truth.FALSE, fact, why)
