"""Files between a central system and a station: where they are, and what the station tells of them (OCPP 1.6 4.4, 4.5, 5.9, 5.19)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.requests import UNSUPPORTED

TOLD = frozenset({"FirmwareStatusNotification", "DiagnosticsStatusNotification"})
PROFILE = "FirmwareManagement"

SCHEMES = frozenset({"http", "https", "ftp", "ftps"})
"""How the station of the audit fetches and puts files; 1.6 prescribes none."""


@judges_exchanges("central-transfer-status-is-taken")
def transfer_status_is_taken(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A central system that does not have the message is not what it is certified for. Any other CALLERROR may be a disturbance of the
    moment, and no answer at all is another obligation's.
    """
    if exchange.from_csms or exchange.action not in TOLD:
        return
    told = f"{exchange.action} with {exchange.payload.get('status')}"
    if exchange.result is not None:
        yield bench.passes(exchange, f"{told} was taken")
    elif exchange.error_code is not None:
        text = f"{told} was answered with CALLERROR {exchange.error_code[:60]}"
        if exchange.error_code in UNSUPPORTED and view.certified.profiles.get(PROFILE):
            yield bench.fails(exchange, f"{text}, though {PROFILE} is certified", f"refusals/{exchange.action}")
        else:
            yield bench.open(exchange, text)


@judges_exchanges("central-location-can-be-used")
def location_can_be_used(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """Any URI is right (1.6 6.25, 6.55); with one that our station cannot use nothing more can be seen."""
    location = exchange.payload.get("location")
    if not exchange.from_csms or exchange.action not in {"UpdateFirmware", "GetDiagnostics"} or not isinstance(location, str):
        return
    try:
        parts = urlsplit(location)
        usable = parts.scheme.lower() in SCHEMES and bool(parts.hostname)
    except ValueError:
        usable = False
    if usable:
        yield bench.passes(exchange, f"{exchange.action} names a place that our station can use")
    else:
        yield bench.open(exchange, f"{exchange.action} names a place that our station cannot use: it has {', '.join(sorted(SCHEMES))}")
