"""The authorization cache: what is in it is used, and what was cleared is not (1.6 3.5.1, 4.1, 5.4, 9.1.13; errata v4.0 3.23)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.requests import UNSUPPORTED
from probes.judge.rules.authorisation import is_fresh, may_have_list, remote_starts
from probes.judge.story import Session, was_accepted
from probes.judge.times import is_on, setting
from registry.certificates.facts import Severity

ASKED_SECONDS = 30.0
"""How long a station may take to ask about an idTag: no clause says, so longer than any needs."""

BEFORE_SECONDS = 15.0
"""How long before Preparing a card may have been held to the reader."""

PENDING_SECONDS = 300.0
"""For how long an identification may have waited for a car."""

NO_EFFECT = "ClearCache/no effect"


def _goes_by_cache(view: View, seq: int) -> bool:
    """Whether the station says that it has a cache and goes by it while it is online."""
    return bool(is_on(setting(view, "AuthorizationCacheEnabled", seq)) and is_on(setting(view, "LocalPreAuthorize", seq)))


def _was_cleared(view: View, after: int, before: int) -> bool:
    return any(after < asked.call.seq < before for asked in view.story.asked["ClearCache"])


@judges_views("cached-tag-starts-at-once")
def cached_tag_starts_at_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_007_1: with LocalPreAuthorize nobody waits for the central system; that it is asked all the same, 4.1 allows."""
    for session in view.story.sessions:
        if session.tag is not None and not remote_starts(view, session.tag, session.start.call.seq):
            since = _identified_since(session, view)
            if since is not None:
                yield from _at_once(bench, session, since, view)


@judges_views("cached-remote-start-starts-at-once")
def cached_remote_start_starts_at_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_007_2: so does a remote start, although AuthorizeRemoteTxRequests is true."""
    for session in view.story.sessions:
        asked = remote_starts(view, session.tag, session.start.call.seq) if session.tag is not None else []
        if asked and is_on(setting(view, "AuthorizeRemoteTxRequests", asked[-1].call.seq)):
            yield from _at_once(bench, session, asked[-1].call.elapsed, view)


def _identified_since(session: Session, view: View) -> float | None:
    """From when on a card for this transaction can have been held to the reader; None when it is not known."""
    before = view.story.statuses(session.connector or 0, 0, session.start.call.seq)
    preparing = [status for status in before if status.payload["status"] == "Preparing" and status.connection == session.start.connection]
    return preparing[-1].call.elapsed - BEFORE_SECONDS if preparing else None


def _at_once(bench: Bench, session: Session, since: float, view: View) -> Iterator[Judgement]:
    start, tag = session.start, session.tag or ""
    asked = view.story.authorizes(tag, 0, start.call.seq)
    known = [call for call in asked if was_accepted(call) and call.call.elapsed < since]
    if not known or not _goes_by_cache(view, start.call.seq) or _was_cleared(view, known[-1].call.seq, start.call.seq):
        return
    now = [call for call in asked if call.call.elapsed >= since]
    if not now:
        yield bench.passes(start, "the transaction began with a cached idTag, and the central system was not asked")
    else:
        text = "the central system was asked about an idTag that the cache should know; 1.6 4.1 lets a station do so"
        yield bench.passes(start, text, Severity.NOTE, "remarks/cached idTag")


@judges_exchanges("clear-cache-is-answered")
def clear_cache_is_answered(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_061: a station with a cache says whether it could clear it; ClearCache is a message of Core, also for one without."""
    if not exchange.from_csms or exchange.action != "ClearCache" or exchange.reply is None:
        return
    if exchange.error_code in UNSUPPORTED:
        yield bench.fails(exchange, f"ClearCache was answered by CALLERROR {exchange.error_code}", "answers/ClearCache")
    elif exchange.status == "Accepted":
        yield bench.passes(exchange, "ClearCache was Accepted")
    elif exchange.status == "Rejected" and is_on(setting(view, "AuthorizationCacheEnabled", exchange.call.seq)):
        text = "ClearCache was Rejected, though AuthorizationCacheEnabled is true: the station says that it could not clear its cache"
        yield bench.open(exchange, text, Severity.WARNING, "ClearCache/Rejected")


@judges_views("cleared-cache-asks-again")
def cleared_cache_asks_again(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_061: Accepted means that who was known is asked about again. Only of a station that asks at all, and has no list to go by."""
    for cleared in view.story.asked["ClearCache"]:
        seq = cleared.call.seq
        if cleared.status != "Accepted" or cleared.reply is None or may_have_list(view, seq) or not _goes_by_cache(view, seq):
            continue
        until = next((later.call.seq for later in view.story.asked["ClearCache"] if later.call.seq > seq), None)
        asked = [call for call in view.story.told["Authorize"] if call.call.seq > seq and (until is None or call.call.seq < until)]
        known = {str(call.payload.get("idTag")) for call in view.story.told["Authorize"] if was_accepted(call) and call.call.seq < seq}
        first = next((call for call in asked if call.payload.get("idTag") in known), None)
        wrong = _used_all_the_same(cleared, known, until, view) or _started_unasked(cleared, known, first, view)
        if wrong is not None:
            said = "ClearCache was Accepted, and an idTag that was known before was used without asking about it again"
            yield bench.fails(cleared, f"{said} (frame {wrong.call.seq})", NO_EFFECT, frames=(*cleared.seqs, *wrong.seqs))
        elif first is not None:
            text = f"after ClearCache the central system was asked again about an idTag that was known before (frame {first.call.seq})"
            yield bench.passes(cleared, text)


def _used_all_the_same(cleared: Exchange, known: set[str], until: int | None, view: View) -> Exchange | None:
    """A transaction after it with an idTag that was known before, and not heard of since."""
    story, after = view.story, cleared.call.seq
    for start in story.told["StartTransaction"]:
        tag = start.payload.get("idTag")
        if (
            start.call.seq < after
            or (until is not None and start.call.seq > until)
            or tag not in known
            or start.connection != cleared.connection
        ):
            continue
        remote = remote_starts(view, tag, start.call.seq, after)
        unasked = remote and not is_on(setting(view, "AuthorizeRemoteTxRequests", remote[-1].call.seq))
        told = (*story.told["StartTransaction"], *story.told["StopTransaction"])
        heard_of = any(call.payload.get("idTag") == tag and after < call.call.seq < start.call.seq for call in told)
        asked = story.authorizes(str(tag), after, start.call.seq)
        earlier = (*story.authorizes(str(tag), 0, after), *remote_starts(view, tag, after))
        if any(start.call.elapsed - call.call.elapsed <= PENDING_SECONDS for call in earlier):
            # What was begun before may have waited for its car until now.
            continue
        if not unasked and not heard_of and not asked and is_fresh(start, view):
            return start
    return None


def _started_unasked(cleared: Exchange, known: set[str], first: Exchange | None, view: View) -> Exchange | None:
    """A remote start after it of which the connector was made ready without asking, on a station that asked before under the same
    circumstances; or a card that had the same effect.
    """
    story, after = view.story, cleared.call.seq
    if first is not None and first.call.elapsed - cleared.call.elapsed <= 2 * ASKED_SECONDS:
        return None
    earlier = [asked for asked in story.asked["RemoteStartTransaction"] if asked.call.seq < after and _was_asked_about(asked, view)]
    for asked in story.asked["RemoteStartTransaction"]:
        connector, tag = asked.payload.get("connectorId"), asked.payload.get("idTag")
        same = any(each.payload.get("idTag") == tag and each.payload.get("connectorId") == connector for each in earlier)
        if asked.call.seq < after or not same or tag not in known or asked.status != "Accepted" or not isinstance(connector, int):
            continue
        if not is_on(setting(view, "AuthorizeRemoteTxRequests", asked.call.seq)) or not story.is_staged(asked.call.seq):
            continue
        if _made_ready(asked.call.seq, asked.call.elapsed, connector, view):
            return asked
    for deed in story.deeds("tag"):
        ready = _made_ready(deed.asked, deed.elapsed, deed.connector or 0, view) if deed.asked > after else None
        if ready is not None and known:
            return ready
    return None


def _was_asked_about(asked: Exchange, view: View) -> bool:
    """Whether a remote start led to an Authorize at once, without a car."""
    connector, tag = asked.payload.get("connectorId"), str(asked.payload.get("idTag"))
    before = view.story.status(connector, asked.call.seq) if isinstance(connector, int) else None
    calls = view.story.authorizes(tag, asked.call.seq)
    soon = bool(calls) and calls[0].call.elapsed - asked.call.elapsed <= ASKED_SECONDS
    return soon and before is not None and before.payload["status"] == "Available"


def _made_ready(seq: int, elapsed: float, connector: int, view: View) -> Exchange | None:
    """The status Preparing that followed at once, without anybody's being asked about, on a connector that was free."""
    before = view.story.status(connector, seq)
    if before is None or before.payload["status"] != "Available":
        return None
    after = view.story.statuses(connector, seq)
    ready = next((status for status in after if status.payload["status"] == "Preparing"), None)
    if ready is None or ready.call.elapsed - elapsed > ASKED_SECONDS or not view.story.watched(ready, ready.call.elapsed + ASKED_SECONDS):
        return None
    deadline = ready.call.elapsed + ASKED_SECONDS
    asked = [call for call in view.story.told["Authorize"] if call.call.seq > seq and call.call.elapsed <= deadline]
    came = [deed for deed in view.story.deeds("plug") if seq < deed.asked and deed.elapsed <= deadline]
    return None if asked or came else ready
