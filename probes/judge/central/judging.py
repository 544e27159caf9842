"""Every obligation of central systems held against a transcript."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

from probes.judge.central import rules
from probes.judge.central.bench import ATTEMPT_JUDGES, EXCHANGE_JUDGES, FRAME_JUDGES, VIEW_JUDGES, WISH_JUDGES
from probes.judge.central.view import CentralView
from probes.judge.obligations import has_wrong_types
from probes.judge.outcomes import Judgement, bench
from probes.wire.records import Direction

# The modules register their judges when they are imported.
DEFINED_IN = tuple(importlib.import_module(f"{rules.__name__}.{module.name}") for module in pkgutil.iter_modules(rules.__path__))


OF_ALL = frozenset({"central-transaction-has-its-own-id"})
"""What is owed to stations that are there as load as well."""


def judge_central(view: CentralView) -> tuple[Judgement, ...]:
    """Everything that can be said of the central system's frames, in the order of the frames."""
    found: list[Judgement] = []
    # What a station of the audit does wrong, on purpose or not, is never the central system's fault.
    theirs = [problem for problem in view.problems if problem.frame.direction is Direction.FROM_CSMS]
    for obligation, judges_frame in FRAME_JUDGES.items():
        for problem in theirs:
            found.extend(_as_far_as_it_goes(judges_frame(bench(obligation), problem, view), view))
    for obligation, judges_exchange in EXCHANGE_JUDGES.items():
        for exchange in view.every_exchange if obligation in OF_ALL else view.exchanges:
            found.extend(_as_far_as_it_goes(judges_exchange(bench(obligation), exchange, view), view))
    for obligation, judges_attempt in ATTEMPT_JUDGES.items():
        for attempt in view.attempts:
            found.extend(judges_attempt(bench(obligation), attempt, view))
    for obligation, judges_wish in WISH_JUDGES.items():
        for wanted in view.wanted:
            found.extend(_as_far_as_it_goes(judges_wish(bench(obligation), wanted, view), view))
    for obligation, judges_view in VIEW_JUDGES.items():
        found.extend(_as_far_as_it_goes(judges_view(bench(obligation), view), view))
    return tuple(sorted(found, key=lambda judgement: judgement.at))


def _as_far_as_it_goes(judgements: Iterable[Judgement], view: CentralView) -> Iterator[Judgement]:
    """The judgements until a value is met that has a type nobody can mean; that this breaks its schema is another obligation's to say."""
    try:
        yield from judgements
    except TypeError:
        if not has_wrong_types(view.exchanges):
            raise
