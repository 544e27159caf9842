"""What a central system owes a station that tells of itself: to take it (1.6 4.3, 4.7, 4.9)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.rules.everywhere import is_broken_on_purpose
from probes.judge.central.transactions import is_known
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

MADE_UP_VENDOR = "invalid.audit-probe"
"""How the vendorIds begin that the audit makes up: .invalid is a top-level domain that nobody can have (RFC 2606)."""


@judges_exchanges("central-status-is-taken")
def status_is_taken(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """That it is refused, or not answered, is named by the obligations that hold for every call."""
    if not exchange.from_csms and exchange.action == "StatusNotification" and exchange.result is not None:
        status, connector = exchange.payload.get("status"), exchange.payload.get("connectorId")
        yield bench.passes(exchange, f"the status {status} of connector {connector} was taken")


@judges_exchanges("central-values-are-taken")
def values_are_taken(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """As with statuses. Values that cannot be are no reason to say nothing (1.6 4.7)."""
    if not exchange.from_csms and exchange.action == "MeterValues" and exchange.result is not None and is_known(view, exchange):
        yield bench.passes(exchange, "MeterValues was answered")


@judges_exchanges("central-unknown-vendor-is-told")
def unknown_vendor_is_told(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """UnknownVendorId for a vendor that nobody can have. A central system that keeps whatever comes has something for it after all, so
    that Accepted is a warning.
    """
    if exchange.from_csms or exchange.action != "DataTransfer" or exchange.status is None or is_broken_on_purpose(exchange):
        return
    if not str(exchange.payload.get("vendorId")).startswith(MADE_UP_VENDOR):
        return
    status = exchange.status
    if status == "UnknownVendorId":
        yield bench.passes(exchange, "DataTransfer of a vendor that nobody knows was answered UnknownVendorId")
        return
    text = f"DataTransfer of a vendor that nobody knows was answered {status}, where UnknownVendorId belongs"
    if status == "Accepted":
        yield bench.passes(exchange, text, Severity.WARNING, "DataTransfer/unknown vendor")
    elif status in {"Rejected", "UnknownMessageId"}:
        yield bench.passes(exchange, text, Severity.NOTE, "DataTransfer/unknown vendor")
