"""Why our station is not registered, in one line, from what came over the wire. Pure: for the reader of a report, never for the judge."""

from __future__ import annotations

from collections.abc import Sequence

from probes.judge.frames import Exchange, ProblemKind, Traffic, read
from probes.wire.records import ConnectionEvent, Direction, EventKind, Record

_STRAY = frozenset({ProblemKind.ANSWER_WITHOUT_CALL, ProblemKind.ANSWER_AFTER_RECONNECT})
_UNREADABLE = frozenset({ProblemKind.NOT_JSON, ProblemKind.SHAPE, ProblemKind.TOO_LONG})


def why_not_registered(records: Sequence[Record], identity: str, seconds: float) -> str:
    """What became of the last registration among these records, for which `seconds` were waited."""
    traffic = read([record for record in records if record.charge_point_id == identity])
    boot = next((each for each in reversed(traffic.exchanges) if each.action == "BootNotification" and not each.from_csms), None)
    if boot is not None:
        return _of_registration(boot, traffic, identity, seconds)
    events = [record for record in traffic.records if isinstance(record, ConnectionEvent)]
    refused = next((event for event in reversed(events) if event.event is EventKind.HANDSHAKE_REFUSED), None)
    if refused is not None:
        return str(refused.detail.get("problem") or f"there was no connection within {seconds:g} s")
    if any(event.event is EventKind.CLOSE for event in events):
        return "the connection was ended before our station could register"
    return f"there was no connection within {seconds:g} s"


def _of_registration(boot: Exchange, traffic: Traffic, identity: str, seconds: float) -> str:
    if boot.error_code is not None:
        return f"our station's registration was answered with CALLERROR {boot.error_code[:60]} (frame {boot.seqs[-1]})"
    if boot.reply is not None and boot.status in {"Pending", "Rejected"}:
        return f"our station's registration was answered {boot.status} (frame {boot.seqs[-1]}); register {identity} there before the audit"
    if boot.reply is not None:
        return f"our station's registration was answered with nothing that is Accepted (frame {boot.seqs[-1]})"
    problems = [each for each in traffic.problems if each.frame.seq > boot.call.seq and each.frame.direction is Direction.FROM_CSMS]
    stray = next((each for each in problems if each.kind in _STRAY), None)
    if stray is not None:
        return f"our station's registration was answered with the id of another message (frame {stray.frame.seq})"
    unreadable = next((each for each in problems if each.kind in _UNREADABLE), None)
    if unreadable is not None:
        return f"our station's registration was answered with {unreadable.text} (frame {unreadable.frame.seq})"
    ended = next((each for each in traffic.records if _is_end(each) and each.seq > boot.call.seq), None)
    if ended is not None:
        return f"the connection was ended before our station's registration was answered (record {ended.seq})"
    return f"our station's registration was not answered within {seconds:g} s"


def _is_end(record: Record) -> bool:
    return isinstance(record, ConnectionEvent) and record.event is EventKind.CLOSE
