"""What outlasts a restart beside settings, availability, lists and reservations: charging profiles (errata v4.0 3.37)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.charging import TX, profile_of
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_views
from probes.judge.rules.smart_charging import PROFILE, has_errata_4
from probes.judge.spans import triggered
from registry.certificates.facts import Severity

_OTHERS = frozenset({"SetChargingProfile", "ClearChargingProfile", "RemoteStartTransaction"})
"""What may take the place of a profile, or take it away."""


@judges_views("charging-profile-outlasts-restart")
def charging_profile_outlasts_restart(bench: Bench, view: View) -> Iterator[Judgement]:
    """A station tells whether a profile is there when it is to be cleared by its id: Accepted, or Unknown for none (5.5).

    Unknown accuses only a station that has cleared another profile by its id before in the same recording, for a profile that ends with
    nothing but its clearing: no TxProfile, none with validTo or a schedule of its own time, and nothing about profiles in between. A
    certificate by an older errata sheet, or that does not say by which, is not held to it: then it is a note.
    """
    if not view.certified.profiles.get(PROFILE):
        return
    knows_ids, held, restarted = False, None, False
    for exchange in view.traffic.exchanges:
        if not exchange.from_csms:
            restarted = restarted or (
                exchange.action == "BootNotification" and exchange.status == "Accepted" and not triggered(exchange, view)
            )
            continue
        if exchange.action not in _OTHERS:
            continue
        if held is not None and _clears(exchange, held):
            if restarted:
                yield from _judged(bench, exchange, held, view, knows_ids=knows_ids)
            knows_ids = knows_ids or (exchange.status == "Accepted" and not restarted)
        held, restarted = (exchange if _lasts(exchange) else None), False


def _lasts(exchange: Exchange) -> bool:
    """Whether this sets a profile that only clearing it ends."""
    told, connector = exchange.payload.get("csChargingProfiles"), exchange.payload.get("connectorId")
    if exchange.action != "SetChargingProfile" or exchange.status != "Accepted" or not isinstance(connector, int):
        return False
    profile = profile_of(told, connector, exchange.seqs[-1], exchange.seqs)
    if profile is None or profile.purpose == TX or profile.valid_from is not None or profile.valid_to is not None:
        return False
    return profile.kind != "Absolute" and profile.duration is None


def _clears(exchange: Exchange, held: Exchange) -> bool:
    """Whether this is to clear that profile, and nothing else, and was answered."""
    number = held.payload["csChargingProfiles"].get("chargingProfileId")
    return exchange.action == "ClearChargingProfile" and exchange.payload == {"id": number} and exchange.status is not None


def _judged(bench: Bench, exchange: Exchange, held: Exchange, view: View, *, knows_ids: bool) -> Iterator[Judgement]:
    number = exchange.payload["id"]
    if exchange.status == "Accepted":
        yield bench.passes(exchange, f"the charging profile {number} was there after the restart as before")
    elif exchange.status == "Unknown" and knows_ids:
        text = f"the charging profile {number} was set, and after a restart it was Unknown"
        severity = None if view.certified.facts.errata and has_errata_4(view.certified) else Severity.NOTE
        yield bench.fails(exchange, text, "charging profiles/after restart", severity, frames=(*held.seqs, *exchange.seqs))
    elif exchange.status == "Unknown":
        yield bench.open(
            exchange, f"the charging profile {number} was Unknown after a restart; whether the station knows it by its id is not known"
        )
