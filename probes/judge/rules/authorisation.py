"""Who may begin a transaction, and for how long an identification counts (1.6 3.5, 4.1, 5.11, 9.1.6; errata v4.0 3.76)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_views
from probes.judge.rules.transactions import seconds_setting, status_patience
from probes.judge.story import Session, id_tag_info, was_accepted
from probes.judge.times import is_on, seconds_between, setting
from registry.certificates.facts import Severity

FRESH_SECONDS = 60.0
"""A message that tells of a moment so long ago was waiting in the station: what was known of it then is not in these frames."""

CLOCKS_SECONDS = 5.0
"""By how much two clocks that agree may differ."""

PRESENTED_SECONDS = 150.0
"""For how long a card that was held to the reader may still be what a transaction begins with."""

ALONE_SECONDS = 30.0
"""How long a station with a car is left alone before a card is held to it: one that needs none begins by itself."""

REFUSED_SECONDS = 300.0
"""For how long after a refusal a start with the same idTag is looked for."""

QUIET_SECONDS = 30.0
"""How long nothing must begin with a car there, for a refusal to count as heeded."""

LAPSE_SECONDS = 90.0
"""Beside ConnectionTimeOut and what any status may take, how long a connector may take to be given free."""

ANOTHER_TAG = "StartTransaction/another idTag"
AUTHORIZE_MISSING = "Authorize/missing"
REFUSED_STARTS = "StartTransaction/refused idTag"
NOT_LAPSED = "ConnectionTimeOut/no effect"


def may_know_tags(view: View, seq: int) -> bool:
    """Whether the station may know idTags by itself at frame `seq`: from a cache, or from a list."""
    known = view.timeline.before(seq)
    cache = setting(view, "AuthorizationCacheEnabled", seq)
    has_cache = known.full_read is None if cache is None else is_on(cache) is not False
    return has_cache or may_have_list(view, seq)


def may_have_list(view: View, seq: int) -> bool:
    """Whether it may go by a local list: one that is not known to be empty, or switched off, or missing."""
    known = view.timeline.before(seq)
    enabled = setting(view, "LocalAuthListEnabled", seq)
    if enabled is None and known.full_read is not None:
        return False
    if is_on(enabled) is False:
        return False
    if known.local_list is None or known.local_list.version is None or known.local_list.version > 0:
        return known.local_list is None or not known.local_list.refused
    read = max(known.local_list.frames)
    return any(sent.from_csms and sent.action == "SendLocalList" and read < sent.call.seq < seq for sent in view.traffic.exchanges)


def is_fresh(call: Exchange, view: View) -> bool:
    """Whether this call tells of a moment just before it was made, at which the station could have asked the central system."""
    lag = seconds_between(call.call, call.payload.get("timestamp"))
    return lag is not None and abs(lag) <= FRESH_SECONDS and call.call.elapsed + lag >= view.story.opened(call) - CLOCKS_SECONDS


def remote_starts(view: View, tag: str, before: int, after: int = 0) -> list[Exchange]:
    """The remote starts for this idTag between these records, but for those that were refused."""
    asked = view.story.asked["RemoteStartTransaction"]
    return [e for e in asked if e.payload.get("idTag") == tag and after < e.call.seq < before and e.status != "Rejected"]


@judges_views("start-is-authorised")
def start_is_authorised(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_003, TC_004_1: without a cache and a list nobody charges whose idTag the central system was not asked about (1.6 4.1).

    A station may be set to charge without any card: only where somebody was asked to hold one to the reader this accuses.
    """
    for session in view.story.sessions:
        start, tag, connector = session.start, session.tag, session.connector
        status = view.story.status(connector, start.call.seq) if connector is not None else None
        if tag is None or status is None or status.connection != start.connection or not is_fresh(start, view):
            continue
        if remote_starts(view, tag, start.call.seq):
            continue
        asked = view.story.authorizes(tag, 0, start.call.seq)
        if any(was_accepted(call) for call in asked):
            yield bench.passes(start, "the transaction began with an idTag that had been authorised")
        elif not asked and may_know_tags(view, start.call.seq):
            yield bench.open(start, "the idTag was not asked about; the station may know it from its cache or its list")
        elif not asked:
            yield _unauthorised(bench, session, view)


def _unauthorised(bench: Bench, session: Session, view: View) -> Judgement:
    start, story = session.start, view.story
    told = [
        call
        for call in story.told["Authorize"]
        if was_accepted(call)
        and call.connection == start.connection
        and call.call.seq < start.call.seq
        and start.call.elapsed - call.call.elapsed <= PRESENTED_SECONDS
    ]
    unused = [call for call in told if not _is_used(call, session, view) and not _is_over(call, session, view)]
    if unused:
        text = f"the transaction began with another idTag than the one that was authorised (frame {unused[-1].call.seq})"
        severity = None if _was_held(unused[-1], session, view) else Severity.WARNING
        return bench.fails(start, text, ANOTHER_TAG, severity, (*unused[-1].seqs, *start.seqs))
    text = "a transaction began with an idTag that the central system was not asked about, and the station has neither a cache nor a list"
    return bench.fails(start, text, AUTHORIZE_MISSING, None if _needed_card(session, view) else Severity.WARNING)


def _needed_card(session: Session, view: View) -> bool:
    """Whether the car was there for long without anything beginning, until a person was asked to hold a card to the reader."""
    story, seq = view.story, session.start.call.seq
    for deed in reversed(story.deeds("tag")):
        if deed.asked < seq and session.start.call.elapsed - deed.elapsed <= PRESENTED_SECONDS and deed.connector == session.connector:
            before = story.status(deed.connector or 0, deed.asked)
            waited = 0.0 if before is None else deed.elapsed - before.call.elapsed
            return before is not None and before.payload["status"] == "Preparing" and waited >= ALONE_SECONDS
    return False


def _is_over(call: Exchange, session: Session, view: View) -> bool:
    """Whether this idTag was asked about for a remote start, or its connector has been free again since: then it was not for this one."""
    told = view.story.statuses(session.connector or 0, call.call.seq, session.start.call.seq)
    freed = any(status.payload["status"] == "Available" for status in told)
    return freed or bool(remote_starts(view, str(call.payload.get("idTag")), call.call.seq))


def _was_held(call: Exchange, session: Session, view: View) -> bool:
    """Whether a person was asked to hold this card to this connector. Elsewhere it may have been for another one, and a station that lets
    everybody charge begin with an idTag of its own.
    """
    near = (deed for deed in view.story.deeds("tag") if deed.connector == session.connector and deed.asked < session.start.call.seq)
    return any(abs(call.call.elapsed - deed.elapsed) <= FRESH_SECONDS for deed in near)


def _is_used(call: Exchange, session: Session, view: View) -> bool:
    """Whether this idTag has begun another transaction, or may have been to end one."""
    for other in view.story.sessions:
        if other is session:
            continue
        if other.tag == call.payload.get("idTag") and call.call.seq < other.start.call.seq < session.start.call.seq:
            return True
        if other.start.call.seq < call.call.seq and (other.stop is None or other.stop.call.seq > call.call.seq):
            return True
    return False


@judges_views("plugged-in-first")
def plugged_in_first(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_003: the car is there, then a card is held to the reader, then the transaction begins."""
    yield from _order(bench, view, car_first=True)


@judges_views("identified-first")
def identified_first(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_004_1: the card comes first."""
    yield from _order(bench, view, car_first=False)


def _order(bench: Bench, view: View, *, car_first: bool) -> Iterator[Judgement]:
    for session in view.story.sessions:
        start, tag, connector = session.start, session.tag, session.connector
        if tag is None or connector is None or remote_starts(view, tag, start.call.seq):
            continue
        asked = [
            call for call in view.story.authorizes(tag, 0, start.call.seq) if was_accepted(call) and call.connection == start.connection
        ]
        before = [s for s in view.story.statuses(connector, 0, start.call.seq) if s.connection == start.connection]
        told = [status.payload["status"] for status in before]
        if not asked or "Preparing" not in told:
            continue
        first = len(told) - 1 - told[::-1].index("Preparing")
        while first and told[first - 1] == "Preparing":
            first -= 1
        if (before[first].call.seq < asked[-1].call.seq) is car_first:
            order = "Preparing, Authorize, StartTransaction" if car_first else "Authorize, Preparing, StartTransaction"
            yield bench.passes(start, f"{order} followed one another (frames {before[first].call.seq} to {start.call.seq})")


@judges_views("refused-tag-starts-nothing")
def refused_tag_starts_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_023_4: who was refused at the reader gets no energy, also with a car there."""
    for call in view.story.told["Authorize"]:
        tag = call.payload.get("idTag")
        if _refused(call) and isinstance(tag, str) and not remote_starts(view, tag, call.call.seq):
            yield from _heeded(bench, call, None, view)


@judges_views("refused-remote-start-starts-nothing")
def refused_remote_start_starts_nothing(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_023_5: with AuthorizeRemoteTxRequests a remote start is worth no more than a card."""
    for call in view.story.told["Authorize"]:
        tag = call.payload.get("idTag")
        asked = remote_starts(view, tag, call.call.seq) if _refused(call) and isinstance(tag, str) else []
        near = asked and call.call.elapsed - asked[-1].call.elapsed <= FRESH_SECONDS
        if near and is_on(setting(view, "AuthorizeRemoteTxRequests", asked[-1].call.seq)):
            yield from _heeded(bench, call, asked[-1], view)


def _refused(call: Exchange) -> bool:
    status = id_tag_info(call).get("status")
    return isinstance(status, str) and status not in {"Accepted", "ConcurrentTx"}


def _heeded(bench: Bench, call: Exchange, remote: Exchange | None, view: View) -> Iterator[Judgement]:
    """What followed on a refusal: until the idTag was asked about again."""
    story, tag = view.story, str(call.payload.get("idTag"))
    again = [*story.authorizes(tag, call.call.seq), *(e for e in story.asked["RemoteStartTransaction"] if e.payload.get("idTag") == tag)]
    until = min((e.call.seq for e in again if e.call.seq > call.call.seq), default=None)
    for start in view.called("StartTransaction", call.call.seq):
        if start.payload.get("idTag") != tag or (until is not None and start.call.seq > until) or not is_fresh(start, view):
            continue
        if start.call.elapsed - call.call.elapsed > REFUSED_SECONDS:
            continue
        text = (
            f"a transaction began with an idTag that Authorize (frame {call.call.seq}) was answered {id_tag_info(call).get('status')} for"
        )
        if _let_before(call, start, view):
            yield bench.open(start, f"{text}; it had been accepted shortly before, with nothing begun by it, and that may count still")
            return
        if any(_may_go_ahead(view, seq) for seq in (call.call.seq, start.call.seq)):
            yield bench.open(start, f"{text}; the station may have known it by itself")
        else:
            yield bench.fails(call, text, REFUSED_STARTS, frames=(*call.seqs, *start.seqs))
        return
    car = _car(call, remote, view)
    if car is not None and story.watched(call, max(car, call.call.elapsed) + QUIET_SECONDS):
        yield bench.passes(call, "no transaction began with the idTag that was refused, though a car was there")


def _may_go_ahead(view: View, seq: int) -> bool:
    """Whether the station may let somebody charge by what it knows itself at frame `seq`. What a cache kept while it was switched off
    counts again when that is over: no clause says that it is forgotten (3.5.1, 9.1.2).
    """
    ahead = is_on(setting(view, "LocalPreAuthorize", seq)) is not False and may_know_tags(view, seq)
    return ahead or may_have_list(view, seq)


def _let_before(call: Exchange, start: Exchange, view: View) -> bool:
    """Whether the idTag had been accepted on the same connection before it was refused, for a car that had not come yet: no clause says
    that a refusal takes back what counts for ConnectionTimeOut seconds.
    """
    story, tag = view.story, str(call.payload.get("idTag"))
    counts = (seconds_setting(view, "ConnectionTimeOut", call.call.seq) or PRESENTED_SECONDS) + CLOCKS_SECONDS
    for before in story.authorizes(tag, 0, call.call.seq):
        near = before.connection == start.connection and start.call.elapsed - before.call.elapsed <= counts
        begun = any(s.tag == tag and before.call.seq < s.start.call.seq < start.call.seq for s in story.sessions)
        if near and not begun and was_accepted(before):
            return True
    return False


def _car(call: Exchange, remote: Exchange | None, view: View) -> float | None:
    """When a car was seen at a connector where the one who was refused could have charged."""
    connector = remote.payload.get("connectorId") if remote is not None else None
    for number in view.story.connectors():
        if number <= 0 or (connector is not None and number != connector):
            continue
        before = view.story.status(number, remote.call.seq if remote is not None else call.call.seq)
        if before is not None and before.connection == call.connection and before.payload["status"] == "Preparing":
            return before.call.elapsed
        after = [s for s in view.story.statuses(number, call.call.seq) if s.connection == call.connection]
        came = next((s for s in after if s.payload["status"] == "Preparing"), None)
        if came is not None and came.call.elapsed - call.call.elapsed <= REFUSED_SECONDS:
            return came.call.elapsed
    return None


@judges_views("remote-start-lapses")
def remote_start_lapses(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_011_2: a remote start without a car counts for ConnectionTimeOut seconds."""
    for asked in view.story.asked["RemoteStartTransaction"]:
        connector = asked.payload.get("connectorId")
        if asked.status == "Accepted" and isinstance(connector, int) and connector > 0:
            yield from _lapses(bench, asked, connector, view)


@judges_views("identification-lapses")
def identification_lapses(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_004_2: a card without a car counts for ConnectionTimeOut seconds. Only where a person was asked for it, nobody else comes."""
    for deed in view.story.deeds("tag"):
        near = [call for call in view.story.told["Authorize"] if call.call.seq > deed.asked and was_accepted(call)]
        if deed.connector is not None and near and abs(near[0].call.elapsed - deed.elapsed) <= FRESH_SECONDS:
            yield from _lapses(bench, near[0], deed.connector, view)


def _lapses(bench: Bench, begun: Exchange, connector: int, view: View) -> Iterator[Judgement]:
    story, seq = view.story, begun.call.seq
    before, patience = story.status(connector, seq), status_patience(view, seq)
    timeout = seconds_setting(view, "ConnectionTimeOut", seq)
    if before is None or before.connection != begun.connection or before.payload["status"] != "Available":
        return
    after = [status for status in story.statuses(connector, seq) if status.connection == begun.connection]
    preparing = after[0] if after and after[0].payload["status"] == "Preparing" else None
    if preparing is None or not timeout or patience is None or preparing.call.elapsed - begun.call.elapsed > patience:
        return
    following = next((status for status in after[1:] if status.payload["status"] != "Preparing"), None)
    started = [s for s in view.called("StartTransaction", seq) if s.payload.get("connectorId") in {connector, 0}]
    deadline = preparing.call.elapsed + timeout + patience + LAPSE_SECONDS
    last = following.call.seq if following is not None and following.call.elapsed <= deadline else None
    came = [deed.asked for deed in story.deeds("plug") if deed.asked > seq and deed.elapsed <= deadline]
    came += [start.call.seq for start in started if start.call.elapsed <= deadline]
    if any(last is None or record < last for record in came):
        return
    waited = f"ConnectionTimeOut is {timeout} s; connector {connector}, Preparing without a car,"
    if following is not None and following.call.elapsed <= deadline:
        if following.payload["status"] == "Available":
            yield bench.passes(begun, f"{waited} was free again after {following.call.elapsed - preparing.call.elapsed:.0f} s")
    elif story.watched(begun, deadline) and story.is_staged(seq):
        text = f"{waited} was not given free within {deadline - preparing.call.elapsed:.0f} s"
        yield bench.fails(begun, text, NOT_LAPSED, frames=(*begun.seqs, *preparing.seqs))
