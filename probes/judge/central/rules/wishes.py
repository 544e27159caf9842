"""What came of asking the central system to send something: the request, with what was asked for in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from probes.judge.central.bench import judges_wishes
from probes.judge.central.fitting import contradicting, differing
from probes.judge.central.view import CentralView, Wanted
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.story import is_whole
from probes.judge.times import moment

TIMES = 2
"""How often something else must have come than was asked for: once may be a request that the central system sends by itself."""


@judges_wishes("central-request-as-asked")
def request_as_asked(bench: Bench, wanted: Wanted, view: CentralView) -> Iterator[Judgement]:
    """Nothing is concluded from a request that did not come: nobody may have sent it. A field that comes out otherwise accuses only when a
    program handed it over as it is, again and again; a person may have chosen another value. Where it was asked for once more, and came
    then, the first one was another's.
    """
    request = wanted.exchange
    if request is None or (_others(wanted) and _came_later(wanted, view)):
        return
    others, wrong = _others(wanted), _wrong(wanted, view)
    told = _differences(wanted, wrong or others)
    if wrong and _times(wanted, view) >= TIMES:
        text = f"{wanted.action} was not sent as it was asked for: {told}"
        yield bench.fails(request, text, f"requests/{wanted.action}", frames=(wanted.first, *request.seqs))
    elif others:
        yield bench.open(request, f"{wanted.action} was sent with other values than were asked for: {told}")
    else:
        yield bench.passes(request, f"{wanted.action} was sent as it was asked for")


def _others(wanted: Wanted) -> tuple[str, ...]:
    return differing(wanted.payload, wanted.exchange.payload) if wanted.exchange is not None else ()


def _wrong(wanted: Wanted, view: CentralView) -> tuple[str, ...]:
    """What a program handed over as it is, and came out as something else."""
    request = wanted.exchange
    if request is None:
        return ()
    found = tuple(
        name for name in contradicting(wanted.payload, request.payload) if name in wanted.passed and not _is_its_own(name, wanted, request)
    )
    return () if _asked_before(wanted, request, found, view) or _sends_by_itself(request, view) else found


def _is_its_own(name: str, wanted: Wanted, request: Exchange) -> bool:
    """Whether a field is otherwise as only the central system can know: it counts the versions of the list, whose other entries it keeps
    (5.15), and its operator may bound for how long something is to hold.
    """
    asked, found = wanted.payload[name], request.payload.get(name)
    if name == "listVersion":
        return is_whole(asked) and is_whole(found) and found > asked
    if name == "localAuthorizationList" and isinstance(asked, list) and isinstance(found, list):
        entries = [entry for entry in found if isinstance(entry, dict)]
        return all(any(not contradicting(one, other) and one.get("idTag") == other.get("idTag") for other in entries) for one in asked)
    until, bound = moment(asked), moment(found)
    return until is not None and bound is not None and datetime.fromisoformat(request.call.timestamp) < bound < until


def _sends_by_itself(request: Exchange, view: CentralView) -> bool:
    """Whether the very same comes also when nobody of the audit asks for the like: then it is no answer to being asked."""
    alike = (each for each in view.asked(request.action) if each is not request and each.payload == request.payload)
    return any(not _is_asked_for(each, view) for each in alike)


def _is_asked_for(exchange: Exchange, view: CentralView) -> bool:
    station, seq = exchange.call.charge_point_id, exchange.call.seq
    return any((each.station, each.action) == (station, exchange.action) and each.first < seq <= each.last for each in view.wanted)


def _asked_before(wanted: Wanted, request: Exchange, names: Collection[str], view: CentralView) -> bool:
    """Whether the request, with these fields, is what the audit had asked for before this."""
    return any(
        each.first < wanted.first
        and (each.station, each.action) == (wanted.station, wanted.action)
        and set(names) <= set(each.payload)
        and not contradicting(each.payload, request.payload)
        for each in view.wanted
    )


def _came_later(wanted: Wanted, view: CentralView) -> bool:
    same = (each for each in view.wanted if each.first > wanted.first and (each.station, each.action) == (wanted.station, wanted.action))
    return any(each.payload == wanted.payload and each.exchange is not None and not _others(each) for each in same)


def _times(wanted: Wanted, view: CentralView) -> int:
    """How often one of these fields came out otherwise in requests of this kind."""
    wrong = set(_wrong(wanted, view))
    return sum(each.action == wanted.action and bool(wrong & set(_wrong(each, view))) for each in view.wanted)


def _differences(wanted: Wanted, names: Sequence[str]) -> str:
    found = wanted.exchange.payload if wanted.exchange is not None else {}
    return "; ".join(f"{name} is {_shown(found.get(name))}, asked for was {_shown(wanted.payload[name])}" for name in names)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
