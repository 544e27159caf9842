"""Obligations on GetConfiguration (TC_019): what a charging station must list, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from probes.judge.catalogue import KeyFacts, configuration_keys, letters, profile_named
from probes.judge.certified import Certified
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.shadow import Shadow
from registry.certificates.facts import Severity

PROFILES_KEY = "SupportedFeatureProfiles"
MAX_KEYS = "getconfigurationmaxkeys"
UNKNOWN_KEY_SUBJECT = "GetConfiguration/unknownKey"
ANSWER_SUBJECT = "answers/GetConfiguration"


def advertised_profiles(shadow: Shadow) -> tuple[str, ...] | None:
    """The items of SupportedFeatureProfiles as the station spells them; None when its value is not known."""
    reading = shadow.configuration.get(PROFILES_KEY.casefold())
    if reading is None or reading.value is None:
        return None
    return tuple(item.strip() for item in reading.value.split(",") if item.strip())


def advertises(shadow: Shadow, identifier: str) -> bool | None:
    """Whether the station advertises this profile; None when that is not known."""
    items = advertised_profiles(shadow)
    return None if items is None else any(profile is not None and profile.identifier == identifier for profile in map(profile_named, items))


def subject_of_key(key: str, shadow: Shadow) -> str:
    """The cause to which a missing key belongs: its profile when the station does not advertise that profile, else the key itself."""
    facts = configuration_keys().get(key.casefold())
    if facts is not None and facts.profile != "Core" and advertises(shadow, facts.profile) is False:
        return f"profiles/{facts.profile}"
    return f"configuration/{facts.key if facts else key}"


def requested_keys(exchange: Exchange) -> list[str]:
    """The keys that a GetConfiguration asks for; empty: for all."""
    keys = exchange.payload.get("key")
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


def _listed(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    entries = result.get("configurationKey")
    if not isinstance(entries, list):
        return {}
    return {entry["key"].strip().casefold(): entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("key"), str)}


def _unknown(result: dict[str, Any]) -> set[str]:
    keys = result.get("unknownKey")
    return {key.strip().casefold() for key in keys if isinstance(key, str)} if isinstance(keys, list) else set()


def _concerns(exchange: Exchange) -> bool:
    return exchange.from_csms and exchange.action == "GetConfiguration" and exchange.reply is not None and exchange.reply.readable


@judges_exchanges("supported-profiles-readable")
def supported_profiles_readable(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """GetConfiguration([SupportedFeatureProfiles]) gives a list with Core; other items are the identifiers of 9.1.29."""
    keys = {key.casefold() for key in requested_keys(exchange)}
    if not _concerns(exchange) or PROFILES_KEY.casefold() not in keys or exchange.result is None:
        return
    entry = _listed(exchange.result).get(PROFILES_KEY.casefold())
    if entry is None:
        yield bench.fails(exchange, f"{PROFILES_KEY} was asked for and not returned", f"configuration/{PROFILES_KEY}")
        return
    value = entry.get("value")
    names = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else []
    if "core" not in {letters(name) for name in names}:
        yield bench.fails(exchange, f"{PROFILES_KEY} is {value!r}, without Core", "profiles/Core")
        return
    yield bench.passes(exchange, f"{PROFILES_KEY} is {value!r}")
    for name in names:
        if profile_named(name) is None:
            text = f"{PROFILES_KEY} has the item {name!r}, which is no profile identifier of 1.6 9.1.29"
            yield bench.passes(exchange, text, Severity.WARNING, f"profiles/{name}")


@judges_exchanges("configuration-listed")
def configuration_listed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """GetConfiguration without keys gives all settings; a key that is known when asked for by name belongs in that list."""
    if not _concerns(exchange) or requested_keys(exchange):
        return
    if exchange.result is None:
        yield bench.fails(exchange, f"GetConfiguration without keys was answered by CALLERROR {exchange.error_code}", ANSWER_SUBJECT)
        return
    listed = _listed(exchange.result)
    if not listed:
        yield bench.fails(exchange, "GetConfiguration without keys returned no setting at all", ANSWER_SUBJECT)
        return
    yield bench.passes(exchange, f"GetConfiguration without keys returned {len(listed)} settings")
    left_out = [reading for folded, reading in view.timeline.last.configuration.items() if folded not in listed]
    if left_out and exchange.seqs == view.timeline.last.full_read:
        names = ", ".join(sorted(reading.key for reading in left_out))
        text = f"the list of all settings leaves out {names}, which the station returns when asked by name"
        frames = tuple(sorted({*exchange.seqs, *(seq for reading in left_out for seq in reading.frames)}))
        yield bench.fails(exchange, text, "GetConfiguration/complete list", Severity.WARNING, frames)


@judges_exchanges("requested-keys-accounted")
def requested_keys_accounted(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """Each key asked for stands in configurationKey or in unknownKey, and one that the station does not have stands in unknownKey."""
    keys = requested_keys(exchange)
    if not _concerns(exchange) or not keys:
        return
    if exchange.result is None:
        yield _refused(bench, exchange, view, keys)
        return
    listed, unknown = _listed(exchange.result), _unknown(exchange.result)
    shadow = view.shadow(exchange)
    lost = [key for key in keys if key.casefold() not in listed and key.casefold() not in unknown]
    if lost:
        known = view.timeline.last.configuration
        subject = UNKNOWN_KEY_SUBJECT if any(key.casefold() not in known for key in lost) else "GetConfiguration/requested keys"
        text = f"{', '.join(lost)} was asked for and is neither returned nor named in unknownKey"
        yield bench.fails(exchange, text, subject)
        return
    # Asked by name the station claims a key that it did not list among all its settings: only a key that OCPP does not know tells.
    claimed = [key for key in keys if key in PROBE_KEYS and key.casefold() in listed]
    if claimed and shadow.full_read is not None:
        frames = (*shadow.full_read, *exchange.seqs)
        text = f"{', '.join(claimed)} is returned as a known key, though the list of all settings does not have it"
        yield bench.fails(exchange, text, UNKNOWN_KEY_SUBJECT, frames=frames)
        return
    answered = f"{len(keys)} keys were asked for" if len(keys) > 3 else f"{', '.join(keys)} asked for"
    yield bench.passes(exchange, f"{answered}: {len(listed)} returned, {len(unknown)} named in unknownKey")


PROBE_KEYS = ("OcppRegistryUnknownKey",)
"""Keys that this product made up, to see how a station treats a key that it cannot have."""


def _refused(bench: Bench, exchange: Exchange, view: View, keys: list[str]) -> Judgement:
    text = f"GetConfiguration of {len(keys)} keys was answered by CALLERROR {exchange.error_code}"
    most = view.timeline.last.configuration.get(MAX_KEYS)
    limit = int(most.value) if most and most.value and most.value.isascii() and most.value.isdigit() else None
    if len(keys) > 1 and (limit is None or len(keys) > limit):
        return bench.open(exchange, f"{text}; it may exceed GetConfigurationMaxKeys")
    made_up = any(key in PROBE_KEYS for key in keys)
    return bench.fails(exchange, text, UNKNOWN_KEY_SUBJECT if made_up else ANSWER_SUBJECT)


@judges_exchanges("required-keys-present")
def required_keys_present(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """Every key that chapter 9 requires for a certified profile; one that the certificate itself declares empty is a note.

    That it is missing is certain only when it was asked for by name, too: a list may be incomplete (5.8), and then this warns.
    """
    if not _full_list(exchange):
        return
    last = view.timeline.last
    required = required_keys(view.certified)
    if not required:
        yield bench.open(exchange, "the certificate does not say which profiles passed, so no key is known to be required")
        return
    present = _listed(exchange.result or {}).keys() | last.configuration.keys()
    absent = [facts for facts in required if facts.key.casefold() not in present]
    for facts in absent:
        yield _absent_key(bench, exchange, view, facts)
    if len(absent) < len(required):
        yield bench.passes(exchange, f"{len(required) - len(absent)} of {len(required)} required keys are present")


def required_keys(certified: Certified) -> list[KeyFacts]:
    """The keys that chapter 9 requires of a station with these profiles."""
    return [facts for facts in configuration_keys().values() if facts.required and certified.profiles.get(facts.profile) is True]


def _absent_key(bench: Bench, exchange: Exchange, view: View, facts: KeyFacts) -> Judgement:
    frames = tuple(sorted({*exchange.seqs, *view.timeline.last.unknown_keys.get(facts.key.casefold(), ())}))
    if view.certified.declared_empty(facts.key):
        text = f"{facts.key}, required by 1.6 {facts.section}, is absent; the certificate declares it empty"
        return bench.passes(exchange, text, Severity.NOTE, f"remarks/{facts.key}")
    said, subject = (
        f"{facts.key}, required by 1.6 {facts.section} for {facts.profile}, is not",
        subject_of_key(facts.key, view.timeline.last),
    )
    if facts.key.casefold() in view.timeline.last.unknown_keys:
        return bench.fails(exchange, f"{said} among the station's keys", subject, frames=frames)
    return bench.open(exchange, f"{said} in the list of all settings, and was not asked for by name", Severity.WARNING, subject)


@judges_exchanges("key-accessibility")
def key_accessibility(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """`readonly` of each key of a certified profile, as chapter 9 and its errata say; of an optional key it is a warning."""
    if not _full_list(exchange):
        return
    judged = 0
    for folded, entry in _listed(exchange.result or {}).items():
        facts, readonly = configuration_keys().get(folded), entry.get("readonly")
        if (
            facts is None
            or facts.access not in {"R", "RW"}
            or not isinstance(readonly, bool)
            or view.certified.profiles.get(facts.profile) is not True
        ):
            continue
        judged += 1
        if readonly is not (facts.access == "R"):
            said = "read-only" if readonly else "writable"
            text = f"{facts.key} is reported {said}; its accessibility is {facts.access} (1.6 {facts.section})"
            yield bench.fails(exchange, text, f"access/{facts.key}", None if facts.required else Severity.WARNING)
    if judged:
        yield bench.passes(exchange, f"the accessibility of {judged} standard keys was compared")


@judges_exchanges("authorization-key-hidden")
def authorization_key_hidden(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """AuthorizationKey is write-only. A value may be unrelated to the real key (J 6.2.2), so it warns and never accuses."""
    if not _concerns(exchange) or exchange.result is None:
        return
    entry = _listed(exchange.result).get("authorizationkey")
    if entry is not None and entry.get("value"):
        text = "GetConfiguration gives a value for AuthorizationKey, which is write-only; make sure that it is not the real password"
        yield bench.fails(exchange, text, "configuration/AuthorizationKey")
    elif not requested_keys(exchange):
        yield bench.passes(exchange, "no value of AuthorizationKey is given back")


def _full_list(exchange: Exchange) -> bool:
    """Whether this is the list of all settings, every entry of it to be understood: what is not in it is then absent."""
    result = exchange.result or {}
    entries = result.get("configurationKey")
    if not _concerns(exchange) or requested_keys(exchange) or not isinstance(entries, list) or not entries:
        return False
    return all(isinstance(entry, dict) and isinstance(entry.get("key"), str) for entry in entries)
