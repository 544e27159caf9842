"""One call at a time (J 4.1.1): a central system waits for a station's answer before it calls it again."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement

SOON_SECONDS = 1.0
"""No timeout for an answer is so short: what comes so soon after a call did not wait for its answer."""


@judges_exchanges("central-one-call-at-a-time")
def one_call_at_a_time(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A second call to the same station right after one that it could not have answered yet. Another station need not be waited for
    (J errata 3.4), and after a timeout, which is the central system's own to choose, it may call again.
    """
    if not exchange.from_csms:
        return
    calls = [each for each in view.talk(exchange).exchanges if each.from_csms and each.connection == exchange.connection]
    before = [each for each in calls if each.call.seq < exchange.call.seq][-1:]
    for earlier in before:
        unanswered = earlier.reply is None or earlier.reply.frame.seq > exchange.call.seq
        if unanswered and exchange.call.elapsed - earlier.call.elapsed < SOON_SECONDS:
            text = f"{exchange.action} was sent while {earlier.action} was still unanswered"
            yield bench.fails(exchange, text, "frames/two calls at once", frames=(*earlier.seqs, *exchange.seqs))
        else:
            yield bench.passes(exchange, f"{exchange.action} was sent when {earlier.action} had been answered, or given up")
