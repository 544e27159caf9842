"""A central system that answers slowly, or cannot process what it is told."""

from __future__ import annotations

from probes.cases.catalogue import trial
from probes.cases.charging_profiles import number_of
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotExercised
from probes.cases.requests import accepted, answer_text
from probes.cases.station import AuditedStation
from probes.judge.rules.times import RETRY_SECONDS

SLOW_SECONDS = 3.0
"""How late an answer comes: soon enough for nobody to give it up."""

ATTEMPTS, PAUSE = "TransactionMessageAttempts", "TransactionMessageRetryInterval"
LONGEST_PAUSE = 120
"""A TransactionMessageRetryInterval above this is not waited for."""


@trial("slow-answers")
async def slow_answers(station: AuditedStation) -> None:
    """The station is asked for messages one after the other, and each is answered late."""
    needs_certified(station, "RemoteTrigger")
    await station.settle()
    station.needs_no_transaction()
    station.steering.answers_after = SLOW_SECONDS
    for message in ("StatusNotification", "Heartbeat"):
        await station.trigger_message(message)
    await station.silent(4 * SLOW_SECONDS)
    station.steering.answers_after = 0.0


@trial("failing-answers")
async def failing_answers(station: AuditedStation) -> None:
    """A StopTransaction is answered with a CALLERROR, once: it is to come again."""
    await station.get_configuration([ATTEMPTS])
    await station.get_configuration([PAUSE])
    attempts, pause = number_of(station, ATTEMPTS), number_of(station, PAUSE)
    if attempts is None or attempts < 2 or pause is None or pause > LONGEST_PAUSE:
        raise NotExercised(f"needs a station that tries again soon; its {ATTEMPTS} is {attempts}, its {PAUSE} {pause}")
    running, since = await station.charging(), station.transcript.seq
    station.steering.failing.add("StopTransaction")
    answer = await station.remote_stop_transaction(running.transaction_id)
    if not accepted(answer):
        raise NotExercised(f"needs the end of a transaction; RemoteStopTransaction was answered {answer_text(answer)}")
    stopped = await station.called("StopTransaction", station.patience.start, since=since)
    if stopped is None:
        raise NotExercised("needs the end of a transaction, and none was told")
    await station.called("StopTransaction", pause * attempts + RETRY_SECONDS + 1, since=stopped.call.seq)
