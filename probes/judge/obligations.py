"""Every obligation held against a transcript: the same code for takeover, relay and replay."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

# The modules register their judges when they are imported.
from probes.judge import configuration, everywhere, requests, rules
from probes.judge.certified import Certified
from probes.judge.frames import Exchange, Traffic, read
from probes.judge.outcomes import EXCHANGE_JUDGES, FRAME_JUDGES, VIEW_JUDGES, Judgement, View, bench
from probes.judge.shadow import follow
from probes.wire.records import Direction, Record
from probes.wire.schemas import known_actions, violations
from registry.certificates.facts import CertificateFacts
from registry.matching.aliases import Alias

DEFINED_IN = (
    everywhere,
    configuration,
    requests,
    *(importlib.import_module(f"{rules.__name__}.{module.name}") for module in pkgutil.iter_modules(rules.__path__)),
)
"""Where the judges are defined."""


def view_of(
    records: Iterable[Record],
    facts: CertificateFacts,
    patience: float | None = None,
    since: int = 0,
    known_as: tuple[Alias, ...] = (),
) -> View:
    """Read a transcript of a charging station that holds this certificate.

    `patience` is how many seconds calls were given to be answered, when that was not the certificate's `patience_seconds`;
    `since` the first record of the audit, when what stands before it is only to tell the station's state;
    `known_as` are the records of other names of the certificate's companies.
    """
    traffic: Traffic = read(records)
    certified = Certified.of(facts, known_as)
    return View(traffic, follow(traffic, since), certified, patience or certified.patience_seconds, since)


def judge(view: View) -> tuple[Judgement, ...]:
    """Everything that can be said of the station's frames, in the order of the frames."""
    found: list[Judgement] = []
    of_frames = [(bench(obligation), judges) for obligation, judges in FRAME_JUDGES.items()]
    of_exchanges = [(bench(obligation), judges) for obligation, judges in EXCHANGE_JUDGES.items()]
    for problem in view.traffic.problems:
        # What the central system does wrong is our fault, or its owner's, never the station's.
        if problem.frame.direction is Direction.FROM_STATION and problem.frame.seq >= view.since:
            for at_bench, judges_frame in of_frames:
                found.extend(_as_far_as_it_goes(judges_frame(at_bench, problem, view), view))
    for exchange in view.traffic.exchanges:
        if exchange.from_csms and exchange.call.seq < view.since:
            continue
        for at_bench, judges_exchange in of_exchanges:
            found.extend(_as_far_as_it_goes(judges_exchange(at_bench, exchange, view), view))
    for obligation, judges_view in VIEW_JUDGES.items():
        told = _as_far_as_it_goes(judges_view(bench(obligation), view), view)
        found.extend(judgement for judgement in told if judgement.at >= view.since)
    return tuple(sorted(found, key=lambda judgement: judgement.at))


def _as_far_as_it_goes(judgements: Iterable[Judgement], view: View) -> Iterator[Judgement]:
    """The judgements until a value is met that has a type nobody can mean, as a list for a status: that the payload with it breaks its
    schema is another obligation's to say, and the rest of the transcript must be judged all the same.
    """
    try:
        yield from judgements
    except TypeError:
        if not has_wrong_types(view.traffic.exchanges):
            raise


def has_wrong_types(exchanges: Iterable[Exchange]) -> bool:
    """Whether any of these calls and answers breaks its schema."""
    for exchange in exchanges:
        if exchange.action not in known_actions():
            continue
        answer = exchange.result
        payloads = [(False, exchange.payload), *([] if answer is None else [(True, answer)])]
        if any(violations(exchange.action, is_answer, payload) for is_answer, payload in payloads):
            return True
    return False
