"""How what a central system owes is registered: by exchange, by frame, by handshake, by wish of the audit, or over a whole transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from probes.judge.central.view import Attempt, CentralView, Wanted
from probes.judge.frames import Exchange, FrameProblem
from probes.judge.outcomes import Bench, Judgement

ExchangeJudge = Callable[[Bench, Exchange, CentralView], Iterable[Judgement]]
FrameJudge = Callable[[Bench, FrameProblem, CentralView], Iterable[Judgement]]
AttemptJudge = Callable[[Bench, Attempt, CentralView], Iterable[Judgement]]
WishJudge = Callable[[Bench, Wanted, CentralView], Iterable[Judgement]]
ViewJudge = Callable[[Bench, CentralView], Iterable[Judgement]]

EXCHANGE_JUDGES: dict[str, ExchangeJudge] = {}
FRAME_JUDGES: dict[str, FrameJudge] = {}
ATTEMPT_JUDGES: dict[str, AttemptJudge] = {}
WISH_JUDGES: dict[str, WishJudge] = {}
VIEW_JUDGES: dict[str, ViewJudge] = {}
"""By obligation id, what judges; filled by the modules of `rules`."""

Judge = TypeVar("Judge")


def _registering(judges: dict[str, Judge], obligation: str) -> Callable[[Judge], Judge]:
    def register(judge: Judge) -> Judge:
        judges[obligation] = judge
        return judge

    return register


def judges_exchanges(obligation: str) -> Callable[[ExchangeJudge], ExchangeJudge]:
    """Register the function that judges exchanges, of either side, for this obligation."""
    return _registering(EXCHANGE_JUDGES, obligation)


def judges_frames(obligation: str) -> Callable[[FrameJudge], FrameJudge]:
    """Register the function that judges problems of the central system's frames for this obligation."""
    return _registering(FRAME_JUDGES, obligation)


def judges_attempts(obligation: str) -> Callable[[AttemptJudge], AttemptJudge]:
    """Register the function that judges handshakes for this obligation."""
    return _registering(ATTEMPT_JUDGES, obligation)


def judges_wishes(obligation: str) -> Callable[[WishJudge], WishJudge]:
    """Register the function that judges what came of the audit's asking for requests for this obligation."""
    return _registering(WISH_JUDGES, obligation)


def judges_views(obligation: str) -> Callable[[ViewJudge], ViewJudge]:
    """Register the function that judges whole transcripts for this obligation."""
    return _registering(VIEW_JUDGES, obligation)
