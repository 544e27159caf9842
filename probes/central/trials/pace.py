"""Whether a central system waits for the answers of a station (J 4.1.1)."""

from __future__ import annotations

from probes.adaptors.operations import GetConfiguration
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import trial
from probes.judge.central.rules.pace import SOON_SECONDS


@trial("slow-answers")
async def slow_answers(csms: AuditedCsms) -> None:
    """Our station is asked twice, one after the other, and takes its time to answer: long enough to see what does not wait for it."""
    if csms.by_person:
        raise NotExercised("only a program asks often enough")
    await csms.online()
    csms.takes_its_time(GetConfiguration.action, 3 * SOON_SECONDS)
    for _ in range(2):
        await csms.wants(GetConfiguration())
