"""Obligations on single requests of the central system: what a station must refuse, and what it may.

For a profile that is not certified every honest refusal is right, in whatever form; a station that serves it all the same is
"works but not certified", which accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from registry.certificates.facts import Severity

UNSUPPORTED = frozenset({"NotSupported", "NotImplemented"})
"""Error codes that say "not here"; field libraries take one for the other (J table 7)."""

PROBE_VENDORS = ("org.ocpp-registry.unknown",)
"""Vendor ids that this product made up: no station can have an implementation for them."""

CROSSING_SECONDS = 30.0
"""How long a StartTransaction may take to reach the central system: what was asked meanwhile crossed it."""

PROBE_SETTING = "Testing"
"""The key that TC_040_1 writes."""


def answered(exchange: Exchange, action: str) -> bool:
    """Whether the central system asked for this action and was answered."""
    return exchange.from_csms and exchange.action == action and exchange.reply is not None and exchange.reply.readable


def answer_of(exchange: Exchange) -> str:
    """The answer in a few words."""
    if exchange.error_code is not None:
        return f"CALLERROR {exchange.error_code}"
    status = (exchange.result or {}).get("status")
    return str(status)[:60] if status is not None else "an answer without status"


@judges_exchanges("remote-start-connector-zero")
def remote_start_connector_zero(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """TC_027: Rejected or any CALLERROR."""
    if not answered(exchange, "RemoteStartTransaction") or exchange.payload.get("connectorId") != 0:
        return
    if exchange.error_code is not None or exchange.status == "Rejected":
        yield bench.passes(exchange, f"RemoteStartTransaction for connector 0 was answered {answer_of(exchange)}")
    elif exchange.status == "Accepted":
        text = "RemoteStartTransaction for connector 0 was Accepted; a transaction runs on a connector above 0"
        yield bench.fails(exchange, text, "RemoteStartTransaction/connectorId 0")
    else:
        yield bench.open(exchange, f"RemoteStartTransaction for connector 0 was answered {answer_of(exchange)}")


@judges_exchanges("remote-stop-unknown-transaction")
def remote_stop_unknown_transaction(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_028: Rejected. Accepted accuses only when the station is known to have no transaction at all."""
    identifier = exchange.payload.get("transactionId")
    if not answered(exchange, "RemoteStopTransaction") or view.timeline.transaction_seen_before(identifier, exchange.call.seq):
        return
    subject = "RemoteStopTransaction/unknown transaction"
    if exchange.status == "Rejected":
        yield bench.passes(exchange, f"RemoteStopTransaction for the unknown transaction {identifier} was Rejected")
    elif exchange.error_code in UNSUPPORTED or exchange.status == "Accepted":
        if exchange.status == "Accepted" and not view.shadow(exchange).all_idle:
            yield bench.open(
                exchange, f"RemoteStopTransaction({identifier}) was Accepted; whether the station has such a transaction is not known"
            )
            return
        text = f"RemoteStopTransaction for the unknown transaction {identifier} was answered {answer_of(exchange)} instead of Rejected"
        yield bench.fails(exchange, text, subject)
    elif exchange.error_code is not None:
        refusal = f"refused by {answer_of(exchange)}, not by Rejected (1.6 5.12)"
        text = f"RemoteStopTransaction for the unknown transaction {identifier} was {refusal}"
        yield bench.passes(exchange, text, Severity.WARNING, subject)
    else:
        yield bench.open(exchange, f"RemoteStopTransaction for an unknown transaction was answered {answer_of(exchange)}")


@judges_exchanges("unlock-unknown-connector")
def unlock_unknown_connector(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_031: NotSupported (errata v4.0 3.85). The same word as CALLERROR is the right thing in the wrong form: a warning."""
    connector, highest = exchange.payload.get("connectorId"), view.shadow(exchange).highest_connector
    if not answered(exchange, "UnlockConnector") or highest is None or not isinstance(connector, int) or connector <= highest:
        return
    subject = "UnlockConnector/unknown connector"
    said = f"UnlockConnector for connector {connector} of {highest} was answered {answer_of(exchange)}"
    if exchange.status == "NotSupported":
        yield bench.passes(exchange, said)
    elif exchange.status in {"Unlocked", "UnlockFailed"}:
        yield bench.fails(exchange, f"{said} instead of NotSupported", subject)
    elif exchange.error_code is not None:
        yield bench.passes(exchange, f"{said} where the status NotSupported belongs (errata v4.0 3.85)", Severity.WARNING, subject)
    else:
        yield bench.open(exchange, said)


@judges_exchanges("change-unknown-key")
def change_unknown_key(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_040_1: NotSupported, for a key that the station did not list."""
    key, shadow = exchange.payload.get("key"), view.shadow(exchange)
    if not answered(exchange, "ChangeConfiguration") or key != PROBE_SETTING or shadow.full_read is None:
        return
    if PROBE_SETTING.casefold() in shadow.configuration:
        return
    subject = "ChangeConfiguration/unknown key"
    said = f"ChangeConfiguration of the unknown key {key} was answered {answer_of(exchange)}"
    if exchange.status == "NotSupported":
        yield bench.passes(exchange, said)
    elif exchange.status in {"Accepted", "Rejected", "RebootRequired"}:
        frames = (*shadow.full_read, *exchange.seqs)
        yield bench.fails(exchange, f"{said} instead of NotSupported", subject, frames=frames)
    elif exchange.error_code is not None:
        yield bench.passes(exchange, f"{said} where the status NotSupported belongs (1.6 5.3)", Severity.WARNING, subject)
    else:
        yield bench.open(exchange, said)


@judges_exchanges("data-transfer-unknown-vendor")
def data_transfer_unknown_vendor(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """TC_062: UnknownVendorId; Rejected and UnknownMessageId pass, too, Accepted is tolerated with a warning."""
    if not answered(exchange, "DataTransfer") or exchange.payload.get("vendorId") not in PROBE_VENDORS:
        return
    subject = "DataTransfer/unknown vendor"
    said = f"DataTransfer for an unknown vendor was answered {answer_of(exchange)}"
    if exchange.status in {"UnknownVendorId", "Rejected", "UnknownMessageId"}:
        yield bench.passes(exchange, said)
    elif exchange.status == "Accepted":
        yield bench.passes(exchange, f"{said} where UnknownVendorId belongs (1.6 4.3)", Severity.WARNING, subject)
    elif exchange.error_code in UNSUPPORTED:
        yield bench.fails(exchange, f"{said}; DataTransfer is a message of the Core profile (1.6 3.3)", "answers/DataTransfer")
    elif exchange.error_code is not None:
        yield bench.passes(exchange, f"{said} where UnknownVendorId belongs (1.6 4.3)", Severity.WARNING, subject)
    else:
        yield bench.open(exchange, said)


@judges_exchanges("local-list-version-unsupported")
def local_list_version_unsupported(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_042_1: -1, or a CALLERROR."""
    if not answered(exchange, "GetLocalListVersion") or view.certified.profiles.get("LocalAuthListManagement") is not False:
        return
    version = (exchange.result or {}).get("listVersion")
    if version == -1:
        yield bench.passes(exchange, "GetLocalListVersion answers -1: no local list")
    elif exchange.error_code is not None:
        yield _refusal(bench, exchange, "GetLocalListVersion")
    elif isinstance(version, int):
        text = f"GetLocalListVersion answers {version}: the station manages a local list, though it is not certified for it"
        yield bench.open(exchange, text, Severity.NOTE, "works/LocalAuthListManagement")
    else:
        yield bench.open(exchange, "GetLocalListVersion was answered without a version")


@judges_exchanges("send-local-list-unsupported")
def send_local_list_unsupported(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_043_1: NotSupported in either form; Failed refuses as well."""
    if view.certified.profiles.get("LocalAuthListManagement") is False:
        yield from unsupported(bench, exchange, "SendLocalList", "LocalAuthListManagement", {"NotSupported", "Failed", "VersionMismatch"})


@judges_exchanges("reserve-unsupported")
def reserve_unsupported(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_048_4 without the profile: every status but Accepted refuses."""
    if view.certified.profiles.get("Reservation") is False:
        yield from unsupported(bench, exchange, "ReserveNow", "Reservation", {"Rejected", "Occupied", "Faulted", "Unavailable"})


@judges_exchanges("transaction-profile-when-idle")
def transaction_profile_when_idle(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_058_1: a TxProfile outside a transaction; only when the station is known to have none, and none comes to light at once."""
    profile = exchange.payload.get("csChargingProfiles")
    purpose = profile.get("chargingProfilePurpose") if isinstance(profile, dict) else None
    certified = view.certified.profiles.get("SmartCharging")
    if not answered(exchange, "SetChargingProfile") or purpose != "TxProfile" or not view.shadow(exchange).all_idle:
        return
    if certified is False:
        yield from unsupported(bench, exchange, "SetChargingProfile", "SmartCharging", {"Rejected", "NotSupported"})
    elif certified and exchange.status == "Accepted" and _began_at_once(exchange, view):
        yield bench.open(exchange, "a TxProfile was Accepted, and a transaction began at the same time")
    elif certified and exchange.status == "Accepted" and _is_known_connector(exchange, view):
        text = "a TxProfile was Accepted though no transaction is going on"
        yield bench.fails(exchange, text, "SetChargingProfile/no transaction")
    elif certified and (exchange.error_code is not None or exchange.status in {"Rejected", "NotSupported"}):
        yield bench.passes(exchange, f"a TxProfile without a transaction was answered {answer_of(exchange)}")


def _began_at_once(exchange: Exchange, view: View) -> bool:
    """Whether a transaction was on its way to be told when this was asked."""
    called = (start.call.elapsed - exchange.call.elapsed for start in view.called("StartTransaction", exchange.call.seq))
    return any(seconds < CROSSING_SECONDS for seconds in called)


def _is_known_connector(exchange: Exchange, view: View) -> bool:
    """A connector that does not exist is another matter."""
    connector, highest = exchange.payload.get("connectorId"), view.shadow(exchange).highest_connector
    return not isinstance(connector, int) or highest is None or connector <= highest


def unsupported(bench: Bench, exchange: Exchange, action: str, profile: str, refusals: set[str]) -> Iterator[Judgement]:
    """How a station without this profile has answered a request of it: every honest refusal is right."""
    if not answered(exchange, action):
        return
    if exchange.error_code is not None:
        yield _refusal(bench, exchange, action)
    elif exchange.status in refusals:
        yield bench.passes(exchange, f"{action} was refused: {exchange.status}")
    elif exchange.status == "Accepted":
        text = f"{action} was Accepted, though the station is not certified for {profile}"
        yield bench.open(exchange, text, Severity.NOTE, f"works/{profile}")
    else:
        yield bench.open(exchange, f"{action} was answered {answer_of(exchange)}")


def _refusal(bench: Bench, exchange: Exchange, action: str) -> Judgement:
    said = f"{action} was refused: {answer_of(exchange)}"
    if exchange.error_code in UNSUPPORTED:
        return bench.passes(exchange, said)
    return bench.passes(exchange, f"{said} where NotSupported or NotImplemented belongs (J table 7)", Severity.NOTE, f"remarks/{action}")
