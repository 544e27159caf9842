"""What must follow a ChangeConfiguration: the value reads back, and a value that the key cannot have is refused (1.6 5.3, chapter 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.judge import normal
from probes.judge.catalogue import configuration_keys
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.shadow import KeyReading
from probes.judge.spans import LAST, SETTLED_SECONDS, boot_after
from registry.certificates.facts import Severity

_WHOLE = re.compile(r"\+?[0-9]{1,18}")
EXACT_KINDS = frozenset({"boolean", "integer"})
"""Types of keys whose values have one form: what reads otherwise is another value."""


def _kind(key: str) -> str | None:
    facts = configuration_keys().get(key.strip().casefold())
    return facts.type if facts else None


def impossible(key: str, value: str) -> bool:
    """Whether a standard key can never have this value: no number, a negative one, or neither true nor false. All numbers of chapter 9 are
    counts, lengths, seconds, energies or shares.
    """
    kind = _kind(key)
    if kind == "integer":
        return _WHOLE.fullmatch(value.strip()) is None
    return kind == "boolean" and value.strip().casefold() not in {"true", "false"}


def _asked(exchange: Exchange) -> tuple[str, str] | None:
    key, value = exchange.payload.get("key"), exchange.payload.get("value")
    if not exchange.from_csms or exchange.action != "ChangeConfiguration" or exchange.reply is None:
        return None
    return (key, value) if isinstance(key, str) and isinstance(value, str) else None


@judges_exchanges("setting-reads-back")
def setting_reads_back(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_021: a change that was Accepted reads back, one that was Rejected does not.

    A list or a text may be stored in another form than it was written, and a value that the key cannot have is another obligation's.
    """
    asked = _asked(exchange)
    if asked is None or impossible(*asked) or exchange.status not in {"Accepted", "Rejected", "RebootRequired"}:
        return
    (key, value), before = asked, view.shadow(exchange).configuration.get(asked[0].strip().casefold())
    said = f"ChangeConfiguration({key} = {value}) was answered {exchange.status}"
    reading, later = _read_after(exchange, view, key)
    if exchange.status == "RebootRequired":
        yield bench.open(exchange, f"{said}: the value holds after a restart")
    elif reading is None or reading.value is None:
        yield bench.open(exchange, f"{said}; it was not read afterwards")
    else:
        yield from _compared(bench, exchange, said, value, reading, before, settled=later >= SETTLED_SECONDS)


def _compared(
    bench: Bench, exchange: Exchange, said: str, value: str, reading: KeyReading, before: KeyReading | None, *, settled: bool
) -> Iterator[Judgement]:
    kind = _kind(reading.key)
    now, wanted = normal.configuration_value(reading.value or "", kind), normal.configuration_value(value, kind)
    was = normal.configuration_value(before.value, kind) if before is not None and before.value is not None else None
    frames = (*exchange.seqs, *reading.frames)
    if exchange.status == "Rejected":
        if now == wanted and was is not None and was != wanted:
            yield bench.fails(exchange, f"{said}, and now it reads {reading.value}", "ChangeConfiguration/told Rejected", frames=frames)
        else:
            yield bench.open(exchange, f"{said}, which a station may do")
    elif now == wanted:
        yield bench.passes(exchange, f"{said} and reads back")
    elif not settled:
        yield bench.open(exchange, f"{said}, and it reads {reading.value}; it was read so soon that it may not have been written yet")
    elif kind in EXACT_KINDS:
        yield bench.fails(exchange, f"{said}, and it reads {reading.value}", "ChangeConfiguration/no effect", frames=frames)
    else:
        yield bench.open(exchange, f"{said}, and it reads {reading.value}", Severity.WARNING, f"remarks/{reading.key} written")


def _read_after(exchange: Exchange, view: View, key: str) -> tuple[KeyReading | None, float]:
    """The last reading of this key after the change, unless something else may have changed it in between, and how many seconds after."""
    folded = key.strip().casefold()
    until = min(
        (
            other.call.seq
            for other in view.story.asked.get("ChangeConfiguration", ())
            if other.call.seq > exchange.call.seq and str(other.payload.get("key")).strip().casefold() == folded
        ),
        default=LAST,
    )
    boot = boot_after(view, exchange.call.seq)
    until = min(until, boot.call.seq) if boot is not None else until
    found: tuple[KeyReading | None, float] = (None, 0.0)
    for other in view.story.asked.get("GetConfiguration", ()):
        if exchange.call.seq < other.call.seq < until and other.result:
            entries = other.result.get("configurationKey")
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, dict) and str(entry.get("key")).strip().casefold() == folded:
                    value = entry.get("value")
                    reading = KeyReading(str(entry["key"]), value if isinstance(value, str) else None, None, other.seqs)
                    found = reading, other.call.elapsed - exchange.call.elapsed
    return found


@judges_exchanges("impossible-value-refused")
def impossible_value_refused(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_040_2: Rejected. Judged of keys that the station has listed as writable: any other it may refuse for another reason."""
    asked = _asked(exchange)
    reading = view.shadow(exchange).configuration.get(asked[0].strip().casefold()) if asked else None
    if asked is None or not impossible(*asked) or reading is None or reading.readonly is not False:
        return
    said = f"ChangeConfiguration({asked[0]} = {asked[1]}), a value that the key cannot have, was answered"
    if exchange.status == "Rejected":
        yield bench.passes(exchange, f"{said} Rejected")
    elif exchange.status in {"Accepted", "RebootRequired"}:
        yield bench.fails(exchange, f"{said} {exchange.status}", "ChangeConfiguration/impossible value")
    elif exchange.error_code is not None or exchange.status == "NotSupported":
        answer = exchange.status or f"CALLERROR {exchange.error_code}"
        text = f"{said} {answer} where the status Rejected belongs"
        yield bench.passes(exchange, text, Severity.WARNING, "remarks/impossible value")
