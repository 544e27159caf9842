"""What must be seen when charging profiles are set and cleared: answers that are true, and refusals (1.6 5.5, 5.11, 5.16, 7.8)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from probes.judge.charging import (
    CHARGE_POINT_MAX,
    TX,
    Installed,
    Profile,
    installed_before,
    is_meant,
    profile_of,
)
from probes.judge.configuration import advertises
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.requests import UNSUPPORTED
from probes.judge.rules.smart_charging import MARGIN_SECONDS, PROFILE, ROUNDING, Report, asks, connector_of, report_of
from registry.certificates.facts import Severity

REMEMBERED = 200
"""How many clearings are looked back upon."""

# --- setting and clearing


_CHANGING = frozenset(
    {
        "SetChargingProfile",
        "ClearChargingProfile",
        "RemoteStartTransaction",
        "StartTransaction",
        "StopTransaction",
        "BootNotification",
        "Reset",
    }
)
"""What may change a composite schedule."""


def _report_beside(exchanges: Iterable[Exchange], connector: int) -> Report | None:
    """The first composite schedule of this connector among these, if nothing came between that may change it."""
    for each in exchanges:
        if each.action in _CHANGING:
            return None
        if each.from_csms and each.action == "GetCompositeSchedule" and each.payload.get("connectorId") == connector:
            return report_of(each)
    return None


def _next_report(view: View, exchange: Exchange, connector: int) -> Report | None:
    """What was told next after this call."""
    return _report_beside(islice(view.traffic.exchanges, _place(view, exchange) + 1, None), connector)


def _last_report(view: View, exchange: Exchange, connector: int) -> Report | None:
    """What was told last before this call."""
    return _report_beside((view.traffic.exchanges[place] for place in range(_place(view, exchange) - 1, -1, -1)), connector)


def _place(view: View, exchange: Exchange) -> int:
    return bisect_left(view.traffic.exchanges, exchange.call.seq, key=lambda each: each.call.seq)


def _shows(report: Report, profile: Profile) -> bool | None:
    """Whether a schedule follows this profile through at least two of its levels; None: no two of them could be compared."""
    if report.unit != profile.unit:
        return None
    tolerance, seen = ROUNDING.get(report.unit, 0.0), set()
    for second, when in report.moments():
        limit = profile.limit(when)
        settled = all(abs((change - when).total_seconds()) > MARGIN_SECONDS for change in profile.changes())
        if limit is None or not settled or not profile.is_valid(when):
            continue
        reported = report.limit(second)
        if reported is None or abs(reported - limit) > tolerance:
            return False
        seen.add(limit)
    return True if len(seen) > 1 else None


@judges_exchanges("charging-profile-answer-is-true")
def charging_profile_answer_is_true(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_056 and others: Rejected says that a profile will not be executed (7.11); whether an accepted one is shows the schedule."""
    connector, told = connector_of(exchange), exchange.payload.get("csChargingProfiles")
    if connector is None or not asks(exchange, "SetChargingProfile", view) or exchange.status == "Accepted":
        return
    before = installed_before(view, exchange.call.seq)
    profile = profile_of(told, connector, exchange.seqs[-1], exchange.seqs)
    report = _next_report(view, exchange, connector)
    if profile is None or not _should_be_taken(profile, before):
        return
    answer = exchange.status or f"CALLERROR {exchange.error_code}"
    if exchange.error_code in UNSUPPORTED and advertises(view.shadow(exchange), PROFILE) is not False:
        text = f"SetChargingProfile was answered with {answer}, though the station is certified for Smart Charging"
        yield bench.fails(exchange, text, "answers/SetChargingProfile")
    elif exchange.status == "Rejected" and report is not None and _is_new(report, profile, before, connector):
        text = f"the charging profile {profile.number} was Rejected, and the composite schedule shows it all the same"
        frames = (*exchange.seqs, *report.exchange.seqs)
        yield bench.fails(exchange, text, "SetChargingProfile/rejected and carried out", frames=frames)
    else:
        yield bench.open(exchange, f"SetChargingProfile was answered {answer}, which a station may do")


def _should_be_taken(profile: Profile, before: Installed) -> bool:
    """A TxProfile belongs to a running transaction, and to the one that it names; others are refused properly."""
    running = before.transaction_on(profile.connector)
    if profile.purpose == CHARGE_POINT_MAX:
        return profile.connector == 0
    return profile.purpose != TX or (running is not None and profile.transaction in {None, running.identifier})


def _is_new(report: Report, profile: Profile, before: Installed, connector: int) -> bool:
    """Whether the schedule follows this profile, and not because of one that was there before."""
    if _shows(report, profile) is not True:
        return False
    return not any(_shows(report, each) for each in before.profiles if each.connector in {0, connector})


@judges_exchanges("cleared-profile-is-gone")
def cleared_profile_is_gone(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_067: what was cleared and was seen in the composite schedule before is no longer there."""
    if not asks(exchange, "ClearChargingProfile", view) or exchange.status != "Accepted":
        return
    known = installed_before(view, exchange.call.seq).profiles
    for profile in (each for each in known if is_meant(each, exchange.payload) and each.connector > 0):
        before, after = _last_report(view, exchange, profile.connector), _next_report(view, exchange, profile.connector)
        left = [each for each in known if not is_meant(each, exchange.payload)]
        if before is None or after is None or _shows(before, profile) is not True or any(_shows(after, each) for each in left):
            yield bench.open(exchange, f"whether the charging profile {profile.number} is gone was not seen in a composite schedule")
        elif _shows(after, profile) is True:
            text = f"the charging profile {profile.number} was cleared, and the composite schedule shows it as before"
            frames = (*before.exchange.seqs, *exchange.seqs, *after.exchange.seqs)
            yield bench.fails(exchange, text, "ClearChargingProfile/no effect", frames=frames)
        elif _shows(after, profile) is False:
            yield bench.passes(exchange, f"the charging profile {profile.number} is gone from the composite schedule")


@judges_exchanges("clear-unknown-profile")
def clear_unknown_profile(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """Unknown says that there is no such profile (7.21); to accept that nothing is cleared is no breach, but tells the less."""
    number = exchange.payload.get("id")
    if not asks(exchange, "ClearChargingProfile", view) or not isinstance(number, int):
        return
    asked = view.story.asked["ClearChargingProfile"]
    before = asked[: bisect_left(asked, exchange.call.seq, key=lambda each: each.call.seq)][-REMEMBERED:]
    cleared = any(each.status == "Accepted" and each.payload.get("id") == number for each in before)
    if not cleared or any(each.number == number for each in installed_before(view, exchange.call.seq).profiles):
        return
    said = f"ClearChargingProfile of {number}, which was cleared before, was answered {exchange.status or exchange.error_code}"
    if exchange.status == "Unknown":
        yield bench.passes(exchange, said)
    elif exchange.status == "Accepted":
        yield bench.passes(exchange, f"{said} where Unknown belongs", Severity.WARNING, "ClearChargingProfile/unknown profile")


# --- what must be refused


@judges_exchanges("charging-profile-unknown-connector")
def charging_profile_unknownconnector_of(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_058_1: a connector that is not there is refused, by CALLERROR (errata v4.0 3.39); Rejected refuses as well."""
    connector, highest = exchange.payload.get("connectorId"), view.shadow(exchange).highest_connector
    if not asks(exchange, "SetChargingProfile", view) or highest is None or not isinstance(connector, int) or connector <= highest:
        return
    answer = exchange.status or f"CALLERROR {exchange.error_code}"
    said = f"SetChargingProfile for connector {connector} of {highest} was answered {answer}"
    if exchange.status == "Accepted":
        yield bench.fails(exchange, said, "SetChargingProfile/unknown connector")
    elif exchange.error_code is not None:
        yield bench.passes(exchange, said)
    else:
        note = f"{said} where CALLERROR PropertyConstraintViolation belongs (errata v4.0 3.39)"
        yield bench.passes(exchange, note, Severity.NOTE, "remarks/SetChargingProfile")


@judges_exchanges("transaction-profile-of-another")
def transaction_profile_of_another(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_058_2: a TxProfile for another transaction than the running one. The transactionId may be used to match (7.8): one that is not
    looked at is a remark.
    """
    connector = connector_of(exchange)
    if connector is None or not asks(exchange, "SetChargingProfile", view):
        return
    profile = profile_of(exchange.payload.get("csChargingProfiles"), connector, exchange.seqs[-1], exchange.seqs)
    running = installed_before(view, exchange.call.seq).transaction_on(connector)
    if profile is None or profile.purpose != TX or running is None or profile.transaction in {None, running.identifier}:
        return
    answer = exchange.status or f"CALLERROR {exchange.error_code}"
    said = f"a TxProfile for the transaction {profile.transaction}, while {running.identifier} is running, was answered {answer}"
    if exchange.status == "Accepted":
        yield bench.open(exchange, f"{said} where the test catalogue wants a refusal", Severity.WARNING, "SetChargingProfile/transaction")
    else:
        yield bench.passes(exchange, said)


@judges_exchanges("remote-start-with-other-profile")
def remote_start_with_other_profile(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_060: the purpose of a profile in a remote start has to be TxProfile (5.11). That binds the central system; no clause says what a
    station does with another one, so only the test catalogue asks for a refusal.
    """
    told = exchange.payload.get("chargingProfile")
    purpose = told.get("chargingProfilePurpose") if isinstance(told, dict) else None
    if not asks(exchange, "RemoteStartTransaction", view) or not isinstance(purpose, str) or purpose == TX:
        return
    said = f"RemoteStartTransaction with a {purpose} was answered {exchange.status or f'CALLERROR {exchange.error_code}'}"
    if exchange.status == "Accepted":
        text = f"{said}; the test catalogue wants a refusal"
        yield bench.open(exchange, text, Severity.WARNING, "RemoteStartTransaction/profile purpose")
    else:
        yield bench.passes(exchange, said)
