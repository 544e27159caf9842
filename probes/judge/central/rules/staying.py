"""What follows on registration: the connection stays, and the station is let be (1.6 4.2; J 5.4, 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from probes.judge.central.bench import judges_views
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement

SOON_SECONDS = 5.0
"""What comes so soon after an accepted registration may be because of it."""

TIMES = 3
"""How many registrations in a row must have had it: once or twice may be somebody's doing, or the network's."""


@judges_views("central-connection-stays")
def connection_stays(bench: Bench, view: CentralView) -> Iterator[Judgement]:
    """A connection that the central system closes right after it has accepted the station, every time. Another station with the same
    identity, a restart or the network can each end one; a broken connection, and one that is going away, show nothing.
    """
    text = "the connection was closed right after the station was accepted"
    yield from _each_time(bench, view, lambda boot: view.closed_by_it(boot, SOON_SECONDS), text, "connection/closed")


@judges_views("central-station-is-let-be")
def station_is_let_be(bench: Bench, view: CentralView) -> Iterator[Judgement]:
    """A Reset that nobody of the audit has asked for may come once, as after a change of configuration; not after every registration."""
    resets = [reset for reset in view.asked("Reset") if view.wanted_for(reset) is None]

    def follows(boot: Exchange) -> int | None:
        answered = boot.reply.frame.elapsed if boot.reply is not None else boot.call.elapsed
        for reset in resets:
            near = abs(reset.call.elapsed - answered) <= SOON_SECONDS and reset.connection == boot.connection
            if near and reset.call.charge_point_id == boot.call.charge_point_id:
                return reset.call.seq
        return None

    yield from _each_time(
        bench, view, follows, "a Reset that nobody had asked for came right after the station was accepted", "Reset/unasked"
    )


def _each_time(bench: Bench, view: CentralView, follows: Callable[[Exchange], int | None], text: str, subject: str) -> Iterator[Judgement]:
    for boots in _accepted(view).values():
        proof: list[int] = []
        for boot in boots:
            found = follows(boot)
            proof = [*proof, found] if found is not None else []
            if len(proof) >= TIMES:
                yield bench.fails(boot, f"{text}, {len(proof)} times in a row", subject, frames=(*boot.seqs, *proof))
            elif found is None:
                yield bench.passes(boot, "after its registration the station was let be")
            else:
                yield bench.open(boot, text)


def _accepted(view: CentralView) -> dict[str, Sequence[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for boot in view.told("BootNotification"):
        if boot.status == "Accepted":
            found.setdefault(boot.call.charge_point_id, []).append(boot)
    return dict(found)
