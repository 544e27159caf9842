"""Charging profiles of a central system (OCPP 1.6 sections 3.13.1, 5.16, 7.8 and 7.13).

A profile may be a person's, or that of an adaptor file: what is odd about it is a remark, and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.times import moment
from registry.certificates.facts import Severity

FIELDS = {"SetChargingProfile": "csChargingProfiles", "RemoteStartTransaction": "chargingProfile"}


@judges_exchanges("central-profile-is-sound")
def profile_is_sound(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """What the profile itself shows; whether the station could do it is nothing to the central system."""
    profile = _profile(exchange)
    if profile is None:
        return
    odd = [*_out_of_place(exchange, profile), *_at_odds(profile)]
    if odd:
        yield bench.open(exchange, f"the charging profile {'; '.join(odd)}", Severity.WARNING, f"requests/{exchange.action} profile")
    else:
        yield bench.passes(exchange, f"the {profile.get('chargingProfilePurpose')} is sound")


def _profile(exchange: Exchange) -> Mapping[str, Any] | None:
    profile = exchange.payload.get(FIELDS.get(exchange.action, ""))
    return profile if exchange.from_csms and isinstance(profile, dict) else None


def _out_of_place(exchange: Exchange, profile: Mapping[str, Any]) -> Iterator[str]:
    """Where its purpose belongs (3.13.1, 5.11, 5.16.2)."""
    purpose, connector = profile.get("chargingProfilePurpose"), exchange.payload.get("connectorId")
    if exchange.action == "RemoteStartTransaction":
        if purpose != "TxProfile":
            yield f"of a remote start is a {purpose}"
        if "transactionId" in profile:
            yield "of a remote start names a transaction"
    elif purpose == "TxProfile" and connector == 0:
        yield "is for one transaction, and set for the whole station"
    elif purpose == "ChargePointMaxProfile" and connector != 0:
        yield f"is for the whole station, and set for connector {connector}"


def _at_odds(profile: Mapping[str, Any]) -> Iterator[str]:
    """What does not go together in it (7.8, 7.13)."""
    schedule = profile.get("chargingSchedule")
    periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
    first = periods[0] if isinstance(periods, list) and periods else None
    if isinstance(first, dict) and first.get("startPeriod") != 0:
        yield f"begins {first.get('startPeriod')} s after its beginning"
    kind = profile.get("chargingProfileKind")
    if kind != "Recurring" and "recurrencyKind" in profile:
        yield f"is {kind}, and says how it recurs"
    if kind == "Absolute" and isinstance(schedule, dict) and "startSchedule" not in schedule:
        yield "is Absolute, and does not say when it begins"
    if "transactionId" in profile and profile.get("chargingProfilePurpose") != "TxProfile":
        yield "names a transaction, and is for none"
    begin, end = moment(profile.get("validFrom")), moment(profile.get("validTo"))
    if begin is not None and end is not None and end <= begin:
        yield "is valid at no time"


@judges_exchanges("central-profile-names-transaction")
def profile_names_transaction(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """Without the number, or with another, a profile may come to apply to the next transaction."""
    profile = _profile(exchange)
    if profile is None or exchange.action != "SetChargingProfile" or profile.get("chargingProfilePurpose") != "TxProfile":
        return
    known = view.timeline(exchange.call.charge_point_id).before(exchange.call.seq)
    on_connector = {number for number in known.open_transactions if known.charging_on.get(number) == exchange.payload.get("connectorId")}
    number = profile.get("transactionId")
    if number in on_connector:
        yield bench.passes(exchange, f"the profile names the transaction {number}, which goes on there")
    else:
        told = "no transaction" if number is None else f"the transaction {number}"
        text = f"the profile for a transaction names {told}; there goes on {', '.join(map(str, sorted(on_connector))) or 'none'}"
        yield bench.open(exchange, text, Severity.WARNING, "requests/SetChargingProfile transaction")
