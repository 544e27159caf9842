"""Replay: recorded traffic judged by the judge of every other mode, as one window. Nothing is called verified that did not occur in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from probes.cases.catalogue import station_cases
from probes.judge.catalogue import obligations
from probes.judge.certified import Certified
from probes.judge.obligations import judge, view_of
from probes.judge.outcomes import Judgement
from probes.judge.trials import JudgedTrial, judge_trial, trial_catalogue
from probes.judge.verdicts import CaseRun, assess, conclude
from probes.modes.marks import OVER, Why, kept_from_end
from probes.modes.recordings import Recording, Recordings, lines_text
from probes.modes.standing import as_shown, assessment_as_shown
from probes.report import AuditFacts, build, station_seen
from probes.wire.records import ConnectionEvent, EventKind, Record
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.matching.aliases import Alias

NOT_SEEN = "nothing of it occurred in the recording"
NO_WINDOW = (1, 0)
"""From where to where a case was carried out that did nothing at all."""


@dataclass(frozen=True)
class Replayed:
    """One station's recording, and what became of the lines of the file that it is from. `excused` are the ids of calls that the station
    need not have answered.
    """

    recording: Recording
    broken: tuple[int, ...] = ()
    excused: frozenset[str] = frozenset()


def choose(recordings: Recordings, name: str, identity: str | None) -> Replayed:
    """The recording of one station out of a file. Raises `CannotBegin` when there is none, or several and none was chosen."""
    usable = [each for each in recordings.stations if each.records]
    if not usable:
        raise CannotBegin(f"{name}: {_nothing(recordings)}; name a transcript, or a log with a time stamp and a [2,...] array a line")
    names = [each.station or "(no identity)" for each in usable]
    if identity is not None:
        unnamed = [each for each in usable if not each.station] if len(usable) == 1 else []
        found = [each for each in usable if each.station == identity] or unnamed
        if not found:
            raise CannotBegin(f"{name}: it holds nothing of the station {identity}; it holds {', '.join(names[:10])}")
        return Replayed(found[0], recordings.broken)
    if len(usable) > 1:
        raise CannotBegin(f"{name}: it holds {len(usable)} stations ({', '.join(names[:10])}); choose one with --id")
    return Replayed(usable[0], recordings.broken)


def _nothing(recordings: Recordings) -> str:
    if recordings.broken:
        return f"no line can be used; broken are the lines {lines_text(recordings.broken)}"
    undirected = [line for each in recordings.stations for line in each.undirected]
    if undirected:
        return f"nothing tells who sent the frames of the lines {lines_text(undirected)}"
    return "no line holds an OCPP message"


def report_of(
    replayed: Replayed,
    facts: CertificateFacts,
    audit: AuditFacts,
    notes: Iterable[str] = (),
    since: int = 0,
    known_as: tuple[Alias, ...] = (),
) -> dict[str, Any]:
    """The report of the contract over one recording; `known_as` are the records of other names of the certificate's companies."""
    recording = replayed.recording
    view = view_of(recording.records, facts, Certified.of(facts).patience_seconds, since, known_as)
    excused = {
        exchange.call.seq for exchange in view.traffic.exchanges if exchange.reply is None and exchange.call.message_id in replayed.excused
    }
    found = (judgement for judgement in judge(view) if judgement.at not in excused)
    judgements = as_shown(found, exact=recording.exact, timed=recording.timed)
    runs = occurred(judgements, view.traffic.records)
    assessed = assess(view, judgements, runs)
    assessment = assessment_as_shown(
        assessed,
        lambda findings: conclude(view, findings, assessed.identity, assessed.cases),
        exact=recording.exact,
        timed=recording.timed,
    )
    judged = {case.id for case in assessment.cases}
    left_out = [
        {"id": case.id, "title": case.title, "reason": case.declined or NOT_SEEN}
        for case in station_cases().values()
        if case.id not in judged
    ]
    return build(
        audit, station_seen(view), assessment, judgements, left_out, (*notes, *notes_on(replayed)), tried(judgements, recording.records)
    )


def tried(judgements: Sequence[Judgement], records: Sequence[Record]) -> list[JudgedTrial]:
    """What an audit tried beside the cases, where its transcript says so."""
    windows, ended = case_windows(records, "trial"), kept_from_end(records, "trial")
    known = (facts for facts in trial_catalogue().values() if facts.id in windows or facts.id in ended)
    runs = (ended.get(facts.id, Why()).of(CaseRun(facts.id, facts.profile, *windows.get(facts.id, NO_WINDOW))) for facts in known)
    return [judge_trial(run, judgements) for run in runs]


def occurred(judgements: Sequence[Judgement], records: Sequence[Record]) -> list[CaseRun]:
    """The cases of a recording: those that an audit carried out, or says why it did not, where its transcript does; else whatever something
    was about, with the whole recording as its window.
    """
    if not records:
        return []
    windows, ended = case_windows(records, "case"), kept_from_end(records, "case")
    about = {case for judgement in judgements for case in _cases_about(judgement)}
    first, last = records[0].seq, records[-1].seq
    runs = []
    for case in station_cases().values():
        why = ended.get(case.id, Why())
        if case.id in windows:
            runs.append(why.of(CaseRun(case.id, case.profile, *windows[case.id])))
        elif why.skipped is not None:
            # As in the audit: what other cases have shown of it counts against it.
            runs.append(why.of(CaseRun(case.id, case.profile, first, last, watched=True)))
        elif why != Why():
            runs.append(why.of(CaseRun(case.id, case.profile, *NO_WINDOW)))
        elif case.id in about:
            runs.append(CaseRun(case.id, case.profile, first, last, watched=bool(windows), found=not windows))
    return runs


def _cases_about(judgement: Judgement) -> Iterable[str]:
    facts = obligations()[judgement.obligation]
    return facts.cases | facts.when_seen


def case_windows(records: Sequence[Record], kind: str) -> dict[str, tuple[int, int]]:
    """From where to where an audit carried out each case, or trial; to the end, where it was broken off."""
    found: dict[str, tuple[int, int]] = {}
    for record in records:
        if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and isinstance(case := record.detail.get(kind), str):
            if record.detail.get("step") == OVER:
                continue
            first, _ = found.get(case, (record.seq, 0))
            found[case] = (first, record.seq if record.detail.get("step") == "end" else records[-1].seq)
    return found


def notes_on(replayed: Replayed) -> Iterable[str]:
    """What is to be said of the recording itself."""
    recording = replayed.recording
    if replayed.broken:
        yield f"{len(replayed.broken)} lines could not be read and were left out: {lines_text(replayed.broken)}."
    if recording.undirected:
        lines = lines_text(recording.undirected)
        yield f"Nothing tells who sent the frames of {len(recording.undirected)} lines, so they were not judged: {lines}."
    if not recording.exact:
        yield (
            "The recording is no undamaged transcript of a tap: lines may be missing and times be loose, so only what single messages say "
            "accuses, not what is absent, out of order or late."
        )
    if not recording.timed:
        yield "Not every line has a time stamp, so nothing that rests on time was judged."
