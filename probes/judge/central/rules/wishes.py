"""What came of asking the central system to send something: the request, with what was asked for in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from probes.judge.catalogue import configuration_keys
from probes.judge.central.bench import judges_wishes
from probes.judge.central.view import CentralView, Wanted
from probes.judge.outcomes import Bench, Judgement


@judges_wishes("central-request-as-asked")
def request_as_asked(bench: Bench, wanted: Wanted, _view: CentralView) -> Iterator[Judgement]:
    """Nothing is concluded from a request that did not come: nobody may have sent it. A field that comes out otherwise accuses only when a
    program handed it over as it is; a person may have chosen another value.
    """
    request = wanted.exchange
    if request is None:
        return
    others = [name for name, value in wanted.payload.items() if not _same(value, request.payload.get(name))]
    wrong = [name for name in others if name in wanted.passed]
    if wrong:
        told = "; ".join(f"{name} is {_shown(request.payload.get(name))}, asked for was {_shown(wanted.payload[name])}" for name in wrong)
        subject = f"requests/{wanted.action}"
        yield bench.fails(
            request, f"{wanted.action} was not sent as it was asked for: {told}", subject, frames=(wanted.first, *request.seqs)
        )
    elif others:
        yield bench.open(request, f"{wanted.action} was sent with other values than were asked for: {_differences(wanted, others)}")
    else:
        yield bench.passes(request, f"{wanted.action} was sent as it was asked for")


def _differences(wanted: Wanted, names: Sequence[str]) -> str:
    found = wanted.exchange.payload if wanted.exchange is not None else {}
    return "; ".join(f"{name} is {_shown(found.get(name))}, asked for was {_shown(wanted.payload[name])}" for name in names)


def _same(wanted: Any, found: Any) -> bool:
    """Whether the wire has what was wanted. Further fields may stand in objects, moments be written in several ways, an empty list be left
    out (1.6 6.41), and the names of keys have no case (7.29).
    """
    if wanted == []:
        return found is None or found == []
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_same(value, found.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(_same(one, other) for one, other in zip(wanted, found, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, str) and isinstance(found, str) and wanted != found:
        one, other = _moment(wanted), _moment(found)
        if one is None or other is None:
            return wanted.casefold() in configuration_keys() and wanted.casefold() == found.casefold()
        return abs((one - other).total_seconds()) < 1.0
    return bool(wanted == found)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
