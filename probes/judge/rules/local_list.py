"""What must follow when a station is sent a local authorization list (1.6 3.5, 5.10, 5.15).

A list cannot be read back: its version can, and whether a tag of it is asked for. `Listing` is what is known of it after each message.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_views
from probes.judge.times import between, is_on, setting
from registry.certificates.facts import Severity

PROFILE = "LocalAuthListManagement"
MOST_KEPT = 10_000
"""A list with more tags is not remembered."""

CROSSING_SECONDS = 5.0
"""How long after the list was read back a card may have been presented before the list was there."""

_NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Listing:
    """What is known of the list. `read` is the last reading of its version, `version` what it gave, `sent` the last update since then.

    `entries` are the idTags that are in it for certain, with what the list says of them; None: not known at all.
    """

    read: Exchange | None = None
    sent: Exchange | None = None
    version: int | None = None
    entries: Mapping[str, Mapping[str, Any]] | None = None


def _concerns(view: View) -> bool:
    return view.certified.profiles.get(PROFILE) is not False


def _version(exchange: Exchange) -> int | None:
    version = (exchange.result or {}).get("listVersion")
    return version if isinstance(version, int) and not isinstance(version, bool) else None


def _entries(exchange: Exchange) -> list[Mapping[str, Any]]:
    given = exchange.payload.get("localAuthorizationList")
    return [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []


def _moments(view: View) -> Iterator[tuple[Exchange, Listing]]:
    """Each message about the list, answered, with what was known before it."""
    known = Listing()
    for exchange in _messages(view):
        if exchange.action == "BootNotification":
            # A list should outlast a restart (3.5.2), and need not.
            known = Listing()
            continue
        if exchange.reply is None:
            # Whether it was carried out is not known.
            known = Listing() if exchange.action == "SendLocalList" else known
            continue
        yield exchange, known
        known = _after_reading(known, exchange) if exchange.action == "GetLocalListVersion" else _after_sending(known, exchange)


def _messages(view: View) -> list[Exchange]:
    """All that is about the list, and restarts, in order."""
    story = view.story
    about = (story.asked.get("GetLocalListVersion", ()), story.asked.get("SendLocalList", ()), story.told.get("BootNotification", ()))
    return sorted((exchange for each in about for exchange in each), key=lambda exchange: exchange.call.seq)


@judges_views("local-list-outlasts-restart")
def local_list_outlasts_restart(bench: Bench, view: View) -> Iterator[Judgement]:
    """A list SHOULD be kept over a restart (3.5.2). No case restarts a station with a list: seen where it happens."""
    last: Exchange | None = None
    restarted = False
    for exchange in _messages(view) if _concerns(view) else ():
        if exchange.action == "BootNotification":
            restarted = True
        elif exchange.action == "SendLocalList":
            last = None
        else:
            before, version = _version(last) if last is not None else None, _version(exchange)
            if restarted and last is not None and version == before:
                yield bench.passes(exchange, f"the local list has its version {version} after the restart as before")
            elif restarted and last is not None and version == 0 and _enabled(view, exchange) is not False:
                text = f"the local list of version {before} was empty after a restart"
                yield bench.fails(exchange, text, "GetLocalListVersion/after a restart", frames=(*last.seqs, *exchange.seqs))
            last, restarted = (exchange if (version or 0) > 0 else None), False


def _after_reading(known: Listing, exchange: Exchange) -> Listing:
    version = _version(exchange)
    entries = _NOTHING if version == 0 else known.entries
    return Listing(exchange, None, version, entries)


def _after_sending(known: Listing, exchange: Exchange) -> Listing:
    if exchange.status != "Accepted":
        return replace(known, sent=exchange)
    full = exchange.payload.get("updateType") == "Full"
    entries = dict(_NOTHING if full else known.entries or {})
    for entry in _entries(exchange):
        id_tag, info = entry.get("idTag"), entry.get("idTagInfo")
        if isinstance(id_tag, str) and isinstance(info, dict):
            entries[id_tag] = info
        elif isinstance(id_tag, str):
            entries.pop(id_tag, None)
    certain = full or known.entries is not None
    return replace(known, sent=exchange, entries=MappingProxyType(entries) if certain and len(entries) <= MOST_KEPT else None)


def _enabled(view: View, exchange: Exchange) -> bool | None:
    """LocalAuthListEnabled (1.6 9.2.1); None: it was not read."""
    return is_on(setting(view, "LocalAuthListEnabled", exchange.call.seq))


def _brings_tags(exchange: Exchange) -> bool:
    return any(isinstance(entry.get("idTagInfo"), dict) for entry in _entries(exchange))


def _answer(exchange: Exchange) -> str:
    return exchange.status or f"CALLERROR {exchange.error_code}"


@judges_views("local-list-has-its-version")
def local_list_has_its_version(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_043: after an update that was Accepted, the list has the version that was sent with it, unless it is empty.

    A list that was empty already says so in its version whatever is sent (5.10): only updates that bring tags are judged. A differential
    one without any, to a list that had a version, brings that list to the version that was sent (5.15); who sees nothing to do there gets a
    warning.
    """
    for exchange, known in _moments(view) if _concerns(view) else ():
        if exchange.action != "GetLocalListVersion" or known.sent is None or known.sent.status != "Accepted":
            continue
        changes_nothing = not known.entries and not _brings_tags(known.sent)
        if (changes_nothing and not _only_raises(known.sent, known)) or _is_older(known.sent, known):
            continue
        wanted, version = known.sent.payload.get("listVersion"), _version(exchange)
        if version == wanted:
            yield bench.passes(exchange, f"the local list has the version {wanted}, with which it was sent")
        elif version is None or _enabled(view, exchange) is False or not isinstance(wanted, int) or wanted <= 0:
            yield bench.open(exchange, f"GetLocalListVersion was answered {_answer(exchange) if version is None else version}")
        else:
            text = f"SendLocalList with version {wanted} was Accepted, and GetLocalListVersion answers {version}"
            severity, frames = Severity.WARNING if changes_nothing else None, (*known.sent.seqs, *exchange.seqs)
            yield bench.fails(exchange, text, "GetLocalListVersion/after an update", severity, frames)


@judges_views("local-list-empty-is-told")
def local_list_empty_is_told(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_042_2: a list that was emptied has the version 0. -1 says that there are no lists, which accepting one has shown to be wrong;
    the version that was sent is what 5.15 asks for, against 5.10: a warning.
    """
    for exchange, known in _moments(view) if _concerns(view) else ():
        emptied = known.sent is not None and known.sent.status == "Accepted" and known.entries is not None and not known.entries
        if exchange.action != "GetLocalListVersion" or not emptied or known.sent is None:
            continue
        version, frames = _version(exchange), (*known.sent.seqs, *exchange.seqs)
        if version == 0:
            yield bench.passes(exchange, "GetLocalListVersion answers 0 for a list without tags")
        elif version == -1 and _enabled(view, exchange):
            text = "SendLocalList of a list without tags was Accepted, and GetLocalListVersion answers -1: no local lists are supported"
            yield bench.fails(exchange, text, "GetLocalListVersion/empty list", frames=frames)
        elif version == known.sent.payload.get("listVersion"):
            text = f"GetLocalListVersion answers {version}, as was sent (1.6 5.15), for a list without tags, where 0 belongs (1.6 5.10)"
            yield bench.open(exchange, text, Severity.WARNING, "GetLocalListVersion/empty list")
        else:
            yield bench.open(exchange, f"GetLocalListVersion was answered {_answer(exchange) if version is None else version}")


@judges_views("local-list-update-is-accepted")
def local_list_update_is_accepted(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_043: an update is Accepted. A station may fail to update its list, and is accused only where it shows afterwards that it did not:
    a refused update does not give the list its version.
    """
    moments = list(_moments(view)) if _concerns(view) else []
    for number, (exchange, known) in enumerate(moments, start=1):
        if exchange.action != "SendLocalList":
            continue
        said, following = f"SendLocalList was answered {_answer(exchange)}", moments[number][0] if number < len(moments) else None
        if exchange.status == "Accepted":
            yield bench.passes(exchange, said)
        elif following is not None and _was_carried_out(exchange, known, following):
            text = f"{said}, and the list has its version {_version(following)} all the same"
            yield bench.fails(exchange, text, "SendLocalList/refused and carried out", frames=(*exchange.seqs, *following.seqs))
        elif not _may_be_refused(exchange, known, view):
            yield bench.open(exchange, said, Severity.WARNING, "SendLocalList/refused")


def _was_carried_out(exchange: Exchange, known: Listing, following: Exchange) -> bool:
    """Whether a reading after this refused update gives its version, and one before it gave another."""
    refused = exchange.status in {"Failed", "NotSupported"} and following.action == "GetLocalListVersion"
    read = _version(following)
    another = known.sent is None and known.version is not None and known.version != read
    return refused and another and read is not None and read == exchange.payload.get("listVersion")


def _may_be_refused(exchange: Exchange, known: Listing, view: View) -> bool:
    """Whether the update is one that should be refused, or that may be: that is for others to judge."""
    return _is_older(exchange, known) or _enabled(view, exchange) is False or _too_many(exchange, known, view)


def _only_raises(exchange: Exchange, known: Listing) -> bool:
    """Whether this update gives a list that had a version another one, and changes nothing in it."""
    return exchange.payload.get("updateType") == "Differential" and not _entries(exchange) and (known.version or 0) > 0


def _is_older(exchange: Exchange, known: Listing) -> bool:
    """Whether this differential update leads to a version that the list, as it was read last, has already or is past."""
    wanted, differential = exchange.payload.get("listVersion"), exchange.payload.get("updateType") == "Differential"
    return differential and known.version is not None and isinstance(wanted, int) and wanted <= known.version


@judges_views("local-list-older-is-refused")
def local_list_older_is_refused(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_043_2: a differential update with an older version than that of the list, as it was read just before, is a VersionMismatch."""
    for exchange, known in _moments(view) if _concerns(view) else ():
        wanted = exchange.payload.get("listVersion")
        differential = exchange.action == "SendLocalList" and exchange.payload.get("updateType") == "Differential"
        if not differential or known.read is None or known.sent is not None or known.version is None or not isinstance(wanted, int):
            continue
        if not 0 < wanted < known.version:
            continue
        said = f"a differential update to version {wanted} of the local list of version {known.version} was answered {_answer(exchange)}"
        subject = "SendLocalList/older version"
        if exchange.status == "VersionMismatch":
            yield bench.passes(exchange, said)
        elif exchange.status == "Accepted":
            yield bench.fails(exchange, f"{said} instead of VersionMismatch", subject, frames=(*known.read.seqs, *exchange.seqs))
        elif exchange.status == "Failed":
            yield bench.passes(exchange, f"{said} where VersionMismatch belongs (1.6 7.47)", Severity.WARNING, subject)
        else:
            yield bench.open(exchange, said)


@judges_views("local-list-refused-is-unchanged")
def local_list_refused_is_unchanged(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_043_2: after a VersionMismatch the list has the version that it had, not the one that was refused."""
    for exchange, known in _moments(view) if _concerns(view) else ():
        sent, read = known.sent, known.read
        if exchange.action != "GetLocalListVersion" or sent is None or read is None or sent.status != "VersionMismatch":
            continue
        version = _version(exchange)
        if version == known.version:
            yield bench.passes(exchange, f"after the refused update the list has its version {version}")
        elif version is not None and version == sent.payload.get("listVersion"):
            text = f"SendLocalList was answered VersionMismatch, and the list has its version {version} all the same"
            yield bench.fails(exchange, text, "SendLocalList/refused and carried out", frames=(*read.seqs, *sent.seqs, *exchange.seqs))
        else:
            said = _answer(exchange) if version is None else str(version)
            yield bench.open(exchange, f"after the refused update GetLocalListVersion was answered {said}")


@judges_views("local-list-too-long-is-refused")
def local_list_too_long_is_refused(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_043_3: what cannot be stored is answered Failed. A station may hold more than it declares, and then need not fail."""
    for exchange, known in _moments(view) if _concerns(view) else ():
        if exchange.action != "SendLocalList" or not _too_many(exchange, known, view):
            continue
        said = f"SendLocalList with more tags than LocalAuthListMaxLength was answered {_answer(exchange)}"
        if exchange.status == "Failed":
            yield bench.passes(exchange, said)
        else:
            yield bench.open(exchange, said)


def _too_many(exchange: Exchange, known: Listing, view: View) -> bool:
    """Whether the list would be longer than the station says that it can be, by what is known to be in it."""
    text = (setting(view, "LocalAuthListMaxLength", exchange.call.seq) or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return False
    full = exchange.payload.get("updateType") == "Full"
    held = set() if full else set(known.entries or ())
    return len(held | {str(entry.get("idTag")) for entry in _entries(exchange) if "idTagInfo" in entry}) > int(text)


@judges_views("listed-tag-is-not-asked-for")
def listed_tag_is_not_asked_for(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_008: with LocalPreAuthorize, a transaction with a valid tag of the list begins without an Authorize (1.6 9.1.13).

    Only where the list's version was read back and both settings were: then the tag is in it and counts. For a remote start 5.11 lets a
    station use its list "and/or" an Authorize: a warning. One that comes after the transaction has begun holds nobody up.
    """
    moments = list(_moments(view)) if _concerns(view) else []
    seqs = [exchange.call.seq for exchange, _ in moments]
    for start in view.called("StartTransaction"):
        tag, last = start.payload.get("idTag"), bisect_left(seqs, start.call.seq)
        listed = _listed_since(*moments[last - 1], tag) if isinstance(tag, str) and last else None
        if listed is None or not _in_force(view, listed, start):
            continue
        settled = view.elapsed(listed) + CROSSING_SECONDS
        asked = [call for call in view.story.authorizes(str(tag), listed, start.call.seq) if call.call.elapsed > settled]
        asked = [call for call in asked if not _used_up(view, call, start, tag)]
        remote = [
            other
            for other in between(view.story.asked.get("RemoteStartTransaction", ()), listed, start.call.seq)
            if other.payload.get("idTag") == tag
        ]
        if not asked:
            yield bench.passes(start, "a transaction with a tag of the local list began without an Authorize")
        elif remote:
            text = "Authorize was sent for a tag of the local list after a remote start, though LocalPreAuthorize is true"
            yield bench.open(start, text, Severity.WARNING, "Authorize/listed tag after remote start")
        else:
            text = "Authorize was sent for a tag of the local list before its transaction began, though LocalPreAuthorize is true"
            yield bench.fails(start, text, "Authorize/listed tag", frames=(*asked[-1].seqs, *start.seqs))


def _listed_since(last: Exchange, known: Listing, tag: str) -> int | None:
    """The frame with which it was known that this tag is in the list, and valid without end: the reading of the version that was sent,
    when that was the last message about the list.
    """
    info = (known.entries or {}).get(tag)
    sent = known.sent
    if (
        last.action != "GetLocalListVersion"
        or sent is None
        or sent.status != "Accepted"
        or _version(last) != sent.payload.get("listVersion")
    ):
        return None
    valid = isinstance(info, dict) and info.get("status") == "Accepted" and info.get("expiryDate") is None
    return max(last.seqs) if valid else None


def _in_force(view: View, listed: int, start: Exchange) -> bool:
    """Whether both settings were on from the moment that the tag was listed until the transaction, without a restart or a reservation."""
    for seq in (listed, start.call.seq):
        if is_on(setting(view, "LocalPreAuthorize", seq)) is not True or is_on(setting(view, "LocalAuthListEnabled", seq)) is not True:
            return False
    story = view.story
    doubtful = (story.asked.get("ReserveNow", ()), story.asked.get("Reset", ()), story.told.get("BootNotification", ()))
    return not any(between(each, listed, start.call.seq) for each in doubtful)


def _used_up(view: View, call: Exchange, start: Exchange, tag: object) -> bool:
    """Whether this Authorize was, or may have been, about something else: an earlier transaction, or one that it was to end."""
    if view.shadow(call).busy:
        return True
    told = (view.story.told.get(action, ()) for action in ("StartTransaction", "StopTransaction"))
    others = (other for each in told for other in between(each, call.call.seq, start.call.seq))
    return any(other.payload.get("idTag") in (tag, None) for other in others)
