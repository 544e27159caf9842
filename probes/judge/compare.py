"""What was seen held against the certificate: configuration and response times. Data in, rows and findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from probes.judge import normal
from probes.judge.catalogue import configuration_keys
from probes.judge.certified import REMOTE_START_RESPONSE, RESPONSE_TIMEOUT, TRIGGERED_FUNCTION_TIMEOUT
from probes.judge.configuration import PROFILES_KEY, subject_of_key
from probes.judge.findings import AuditFinding
from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.judge.response_times import Measured, OwnLateness, PerformanceComparison, compared, findings_of
from probes.judge.shadow import KeyReading, Shadow
from registry.certificates.facts import Severity

HEARTBEAT_KEY = "heartbeatinterval"


@dataclass(frozen=True)
class KeyRow:
    """One configuration key; `verdict` is match, drift, missing, undeclared, not readable, or unknown when nothing may be concluded."""

    key: str
    certified: str | None
    observed: str | None
    verdict: str
    frames: tuple[int, ...] = ()
    note: str | None = None


# --- configuration


def configuration(view: View) -> tuple[tuple[KeyRow, ...], tuple[AuditFinding, ...]]:
    """Every key that the certificate names, then every other key that the station returned."""
    last = _as_found(view)
    rows: list[KeyRow] = []
    declared = view.certified.facts.configuration_keys
    for key, value in (declared or {}).items():
        row = _certified_key(key, value, last, view)
        if row is not None:
            rows.append(row)
    named = {key.casefold() for key in declared or {}}
    for folded, reading in last.configuration.items():
        if folded not in named:
            note = "the certificate does not name this key" if declared is not None else None
            rows.append(KeyRow(reading.key, None, reading.value, "undeclared", reading.frames, note))
    return tuple(rows), tuple(_key_findings(rows, last))


def _as_found(view: View) -> Shadow:
    """What is known at the end, but each key that was written as it was read before: what a central system, or an audit, made of it is not
    the device's doing.
    """
    last, written = view.timeline.last, _writes(view)
    found = dict(last.configuration)
    seen: set[str] = set()
    for exchange in view.asked if written else ():
        if exchange.action == "GetConfiguration" and exchange.reply is not None:
            read = view.timeline.before(exchange.reply.frame.seq + 1).configuration
            before = {key for key in written.keys() & read.keys() - seen if read[key].frames[-1] < written[key][0].call.seq}
            found.update((key, read[key]) for key in before)
            seen |= before
    return replace(last, configuration=MappingProxyType(found))


def _writes(view: View) -> dict[str, list[Exchange]]:
    """By key, each ChangeConfiguration of it that was not refused, in order."""
    found: dict[str, list[Exchange]] = {}
    for exchange in view.traffic.exchanges:
        refused = exchange.error_code is not None or exchange.status in {"Rejected", "NotSupported"}
        if exchange.from_csms and exchange.action == "ChangeConfiguration" and not refused:
            found.setdefault(str(exchange.payload.get("key")).strip().casefold(), []).append(exchange)
    return found


def _written_by(view: View, reading: KeyReading) -> Exchange | None:
    """The last ChangeConfiguration that this reading of a key may show the effect of; None: nobody was seen to write it before."""
    writes = _writes(view).get(reading.key.casefold(), [])
    return next((each for each in reversed(writes) if each.call.seq < reading.frames[-1]), None)


def _certified_key(key: str, value: str | None, last: Shadow, view: View) -> KeyRow | None:
    reading = last.configuration.get(key.casefold())
    if value is None:
        return _declared_empty(key, reading, last)
    if reading is None:
        return _not_returned(key, value, last)
    if reading.value is None:
        note = "the station knows the key and gives no value for it"
        return KeyRow(key, value, None, "not readable", reading.frames, note)
    facts = configuration_keys().get(key.casefold())
    kind = facts.type if facts else None
    if normal.configuration_value(value, kind) == normal.configuration_value(reading.value, kind):
        return KeyRow(key, value, reading.value, "match", reading.frames, _heartbeat_note(key, reading, last))
    return _different(key, value, reading, last, view)


def _declared_empty(key: str, reading: KeyReading | None, last: Shadow) -> KeyRow | None:
    if reading is not None and reading.value:
        note = "the certificate declares this key empty"
        return KeyRow(key, None, reading.value, "undeclared", reading.frames, note)
    if reading is None and last.full_read is None:
        return None
    return KeyRow(key, None, None, "match", reading.frames if reading else last.full_read or ())


def _not_returned(key: str, value: str, last: Shadow) -> KeyRow:
    told = last.unknown_keys.get(key.casefold())
    if last.full_read is None and told is None:
        return KeyRow(key, value, None, "unknown", (), "the configuration was not read")
    facts = configuration_keys().get(key.casefold())
    if facts is not None and facts.access == "W":
        return KeyRow(key, value, None, "unknown", tuple(told or ()), "this key can only be written (J errata 3.10)")
    note = None if told is not None else "it is not in the list of all settings, and was not asked for by name"
    return KeyRow(key, value, None, "missing", tuple(sorted({*(last.full_read or ()), *(told or ())})), note)


def _heartbeat_note(key: str, reading: KeyReading, last: Shadow) -> str | None:
    interval = last.boot.interval if last.boot else None
    if key.casefold() != HEARTBEAT_KEY or interval is None or not reading.value or str(interval) != reading.value.strip():
        return None
    return "set by the interval given at boot (1.6 4.2)"


def _different(key: str, value: str, reading: KeyReading, last: Shadow, view: View) -> KeyRow:
    writer = _written_by(view, reading)
    if writer is not None:
        said = f"the central system has set it (frame {writer.call.seq}); what the device had before was not read"
        return KeyRow(key, value, reading.value, "unknown", tuple(sorted({*writer.seqs, *reading.frames})), said)
    if key.casefold() == HEARTBEAT_KEY:
        frames = tuple(sorted({*reading.frames, *(last.boot.frames if last.boot else ())}))
        note = _heartbeat_note(key, reading, last)
        if note:
            return KeyRow(key, value, reading.value, "unknown", frames, note)
        if last.boot is None or last.boot.interval is None:
            note = "a central system may have set it when the station booted (1.6 4.2), and that boot is not in the transcript"
            return KeyRow(key, value, reading.value, "unknown", frames, note)
    return KeyRow(key, value, reading.value, "drift", reading.frames)


def _key_findings(rows: Sequence[KeyRow], last: Shadow) -> Iterator[AuditFinding]:
    for row in rows:
        subject = f"configuration/{row.key}"
        if row.key.casefold() == PROFILES_KEY.casefold() and row.verdict == "drift":
            continue  # each profile that differs is named on its own, in `profiles`
        if row.verdict == "drift":
            message = f"{row.key}: certified {row.certified!r}, the device has {row.observed!r}"
            yield AuditFinding("configuration", Severity.ERROR, message, row.frames, subject)
        elif row.verdict == "missing":
            severity = Severity.ERROR if row.note is None else Severity.WARNING
            message = f"{row.key}: certified {row.certified!r}, {row.note or 'the device does not have this key'}"
            yield AuditFinding("configuration", severity, message, row.frames, subject_of_key(row.key, last))
        elif row.verdict == "not readable":
            message = f"{row.key}: certified {row.certified!r}; {row.note}"
            yield AuditFinding("configuration", Severity.WARNING, message, row.frames, subject)
        elif row.note is not None and row.verdict != "unknown":
            yield AuditFinding("configuration", Severity.NOTE, f"{row.key} is {row.observed!r}: {row.note}", row.frames, subject)
        elif row.note is not None and row.observed is not None:
            message = f"{row.key}: certified {row.certified!r}, the device has {row.observed!r}; {row.note}"
            yield AuditFinding("configuration", Severity.NOTE, message, row.frames, subject)


# --- performance


def performance(view: View) -> tuple[tuple[PerformanceComparison, ...], tuple[AuditFinding, ...]]:
    """Seconds from each call of the central system to its answer, RemoteStartTransaction apart; the network's time is in them."""
    lateness = OwnLateness(view.traffic.records)
    rows = [compared(printed, list(_measured(printed.name, view)), lateness) for printed in view.certified.facts.performance or ()]
    return tuple(rows), tuple(finding for row in rows for finding in findings_of(row))


def _measured(name: str, view: View) -> Iterator[Measured]:
    """The answers that a row of the performance table is about."""
    for exchange in view.asked:
        if name == TRIGGERED_FUNCTION_TIMEOUT:
            yield from _triggered(exchange, view)
        elif name in {RESPONSE_TIMEOUT, REMOTE_START_RESPONSE}:
            is_start = exchange.action == "RemoteStartTransaction"
            if is_start is (name == REMOTE_START_RESPONSE) and exchange.reply is not None and _is_sure(exchange, view):
                yield Measured(exchange.call.elapsed, exchange.elapsed or 0.0, exchange.seqs)


def _triggered(exchange: Exchange, view: View) -> Iterator[Measured]:
    """From a trigger that was accepted to the message that it asked for."""
    if exchange.action != "TriggerMessage" or exchange.status != "Accepted" or exchange.reply is None:
        return
    message, connector = exchange.payload.get("requestedMessage"), exchange.payload.get("connectorId")
    for call in view.called(str(message), exchange.call.seq):
        if call.connection == exchange.connection and (connector is None or call.payload.get("connectorId") == connector):
            seconds = call.call.elapsed - exchange.call.elapsed
            yield Measured(exchange.call.elapsed, seconds, (*exchange.seqs, call.call.seq))
            return


def _is_sure(exchange: Exchange, view: View) -> bool:
    """Whether the answer is certainly that to this call: nothing came in between that nobody can tell what it was."""
    end = exchange.call.elapsed + (exchange.elapsed or 0.0)
    return view.story.legible(exchange.connection, exchange.call.elapsed, end)
