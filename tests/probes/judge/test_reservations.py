"""What is said of reservations on hand-made transcripts: above all, of stations that look guilty and are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from probes.judge.outcomes import Judgement, Outcome
from probes.judge.reservations import reservations
from probes.wire.records import EventKind
from registry.certificates.facts import Severity
from tests.probes.judge.talk import CSMS, NOT_CERTIFIED, Talk, certificate

CERTIFIED = certificate(profiles={"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "Pass"))
UNCERTIFIED = certificate()
OWN, FOREIGN, GROUP, OTHER_GROUP = "OWN", "FOREIGN", "GROUP", "OTHERGROUP"
IN_TEN_MINUTES = "2026-01-01T00:10:00Z"
AT = "2026-01-01T00:00:{:02d}Z"


def station(connectors: int = 1, zero: str | None = "true", duration: str | None = None, step: float = 0.1) -> Talk:
    """One that has booted and told its statuses, and what keys it has of those that matter."""
    talk = Talk(step).event()
    talk.boots()
    talk.reports(0)
    for number in range(1, connectors + 1):
        talk.reports(number)
    keys = {"NumberOfConnectors": (str(connectors), True)}
    keys |= {"ReserveConnectorZeroSupported": (zero, True)} if zero else {}
    keys |= {"MinimumStatusDuration": (duration, False)} if duration else {}
    wanted = ["NumberOfConnectors", "ReserveConnectorZeroSupported", "MinimumStatusDuration"]
    talk.lists(keys, asked=wanted, unknown=[key for key in wanted if key not in keys])
    return talk


def reserves(talk: Talk, status: str | None = "Accepted", *, connector: int = 1, number: int = 7, **more: Any) -> tuple[int, ...]:
    payload = {"connectorId": connector, "expiryDate": IN_TEN_MINUTES, "idTag": OWN, "reservationId": number} | more
    return talk.asks("ReserveNow", payload, {"status": status} if status else None)


def cancels(talk: Talk, status: str | None = "Accepted", number: int = 7) -> tuple[int, ...]:
    return talk.asks("CancelReservation", {"reservationId": number}, {"status": status} if status else "NotImplemented")


def tells(talk: Talk, status: str, connector: int = 1, timestamp: str | None = None) -> tuple[int, ...]:
    payload = {"connectorId": connector, "status": status, "errorCode": "NoError"} | ({"timestamp": timestamp} if timestamp else {})
    return talk.tells("StatusNotification", payload)


def starts(
    talk: Talk, tag: str = OWN, *, connector: int = 1, at: str = AT.format(20), transaction: int = 1, **more: Any
) -> tuple[int, ...]:
    payload = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": at} | more
    return talk.tells("StartTransaction", payload, {"transactionId": transaction, "idTagInfo": {"status": "Accepted"}})


def asks_for(talk: Talk, tag: str, parent: str | None = None) -> tuple[int, ...]:
    info = {"status": "Accepted"} | ({"parentIdTag": parent} if parent else {})
    return talk.tells("Authorize", {"idTag": tag}, {"idTagInfo": info})


def passes_time(talk: Talk, seconds: float) -> None:
    """The station is there all the while."""
    talk.now += seconds
    talk.asks("GetConfiguration", {"key": ["NumberOfConnectors"]}, {"configurationKey": []})


def reserved(connectors: int = 1, **more: Any) -> Talk:
    """A station with connector 1 reserved, some seconds ago."""
    talk = station(connectors)
    reserves(talk, **more)
    tells(talk, "Reserved")
    passes_time(talk, 10)
    return talk


def only(talk: Talk, obligation: str, facts: Any = CERTIFIED) -> Judgement:
    (judgement,) = talk.judged(obligation, facts)
    return judgement


def accused(talk: Talk, facts: Any = CERTIFIED) -> list[str]:
    """The causes that are named, of those of this profile."""
    words = ("Reserv", "reserv", "Authorize/listed")
    return [j.subject or "" for j in talk.judged(None, facts) if j.accuses and any(word in (j.subject or "") for word in words)]


# --- what is known of a reservation


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (lambda talk: cancels(talk), "it was cancelled"),
        (lambda talk: reserves(talk), "it was replaced"),
        (lambda talk: tells(talk, "Faulted"), "the connector was Faulted"),
        (lambda talk: tells(talk, "Unavailable", 0), "the connector was Unavailable"),
        (lambda talk: tells(talk, "Available"), "the connector was reported Available"),
        (
            lambda talk: talk.asks("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, {"status": "Scheduled"}),
            "made inoperative",
        ),
        (lambda talk: starts(talk, reservationId=7), "it was used"),
        (lambda talk: starts(talk, FOREIGN), "a transaction began"),
        (lambda talk: talk.boots(), "the station has restarted"),
        (lambda talk: talk.event(EventKind.CLOSE), "the station was away"),
    ],
)
def test_what_may_end_a_reservation(ends: Callable[[Talk], object], why: str) -> None:
    talk = reserved()
    began = len(talk.records)
    ends(talk)
    first, *_ = reservations(talk.view(CERTIFIED))
    assert first.over is not None
    assert first.over > began
    assert why in first.why


@pytest.mark.parametrize(
    "nothing",
    [
        lambda talk: cancels(talk, "Rejected"),
        lambda talk: cancels(talk, number=8),
        lambda talk: reserves(talk, connector=2, number=8),
        lambda talk: tells(talk, "Preparing"),
        lambda talk: tells(talk, "Faulted", 2),
        lambda talk: starts(talk, FOREIGN, connector=2),
        lambda talk: talk.event(EventKind.AUDIT),
    ],
)
def test_what_does_not_end_a_reservation(nothing: Callable[[Talk], object]) -> None:
    talk = reserved(2)
    nothing(talk)
    assert reservations(talk.view(CERTIFIED))[0].over is None


# --- ReserveNow


def test_a_free_connector_is_reserved() -> None:
    talk = station()
    reserves(talk)
    assert only(talk, "reserve-free-connector").outcome is Outcome.PASSED


@pytest.mark.parametrize("status", ["Rejected", "Occupied", "Faulted", "Unavailable"])
def test_a_free_connector_may_be_refused(status: str) -> None:
    talk = station()
    reserves(talk, status)
    passes_time(talk, 100)
    judgement = only(talk, "reserve-free-connector")
    assert (judgement.outcome, judgement.severity) == (Outcome.NOT_EXERCISED, Severity.WARNING)


def test_a_connector_that_was_refused_does_not_become_reserved() -> None:
    talk = station()
    reserves(talk, "Rejected")
    tells(talk, "Reserved")
    assert only(talk, "reserve-free-connector").subject == "ReserveNow/refused and reserved"


def test_it_may_become_reserved_by_another_request() -> None:
    talk = station()
    reserves(talk, "Rejected")
    reserves(talk, number=8)
    tells(talk, "Reserved")
    assert accused(talk) == []


def running(connector: int = 1, talk: Talk | None = None) -> Talk:
    talk = talk or station()
    starts(talk, connector=connector, at=AT.format(1), transaction=connector)
    tells(talk, "Charging", connector)
    passes_time(talk, 10)
    return talk


@pytest.mark.parametrize(("status", "named"), [("Occupied", []), ("Accepted", ["ReserveNow/Occupied"]), ("Rejected", []), ("Faulted", [])])
def test_a_connector_with_a_transaction_is_occupied(status: str, named: list[str]) -> None:
    talk = running()
    reserves(talk, status)
    passes_time(talk, 10)
    assert accused(talk) == named
    assert only(talk, "reserve-occupied").outcome is (
        Outcome.PASSED if status == "Occupied" else Outcome.FAILED if named else Outcome.NOT_EXERCISED
    )


def test_one_that_takes_reservations_says_why_it_does_not_take_this_one() -> None:
    talk = station()
    reserves(talk)
    cancels(talk)
    running(talk=talk)
    reserves(talk, "Rejected", number=8)
    passes_time(talk, 10)
    judgement = only(talk, "reserve-occupied")
    assert judgement.subject == "ReserveNow/Occupied"
    assert "by a station that takes reservations" in judgement.text


@pytest.mark.parametrize(
    "follows",
    [
        lambda talk: talk.tells("StopTransaction", {"transactionId": 1, "meterStop": 1, "timestamp": AT.format(12)}),
        lambda talk: tells(talk, "Finishing"),
        lambda talk: tells(talk, "Faulted", 0),
    ],
)
def test_a_transaction_that_ends_about_then_is_no_ground(follows: Callable[[Talk], object]) -> None:
    talk = running()
    reserves(talk)
    follows(talk)
    assert accused(talk) == []


def test_a_connector_that_is_only_plugged_in_may_be_reserved() -> None:
    talk = station()
    tells(talk, "Preparing")
    passes_time(talk, 10)
    reserves(talk)
    assert accused(talk) == []


def test_a_station_with_a_transaction_on_every_connector_is_occupied() -> None:
    talk = running(2, running(1, station(2)))
    reserves(talk, connector=0)
    passes_time(talk, 10)
    assert only(talk, "reserve-station-occupied").subject == "ReserveNow/Occupied"


def test_a_station_with_a_free_connector_is_not() -> None:
    talk = running(1, station(2))
    reserves(talk, connector=0)
    passes_time(talk, 10)
    assert talk.judged("reserve-station-occupied", CERTIFIED) == []


@pytest.mark.parametrize("state", ["Faulted", "Unavailable"])
@pytest.mark.parametrize(("connector", "what"), [(1, "reserve"), (0, "reserve-station")])
def test_one_that_is_out_of_order_or_of_service(state: str, connector: int, what: str) -> None:
    def judged(answer: str, follows: str | None = None) -> Judgement:
        talk = station()
        tells(talk, state, connector)
        passes_time(talk, 10)
        reserves(talk, answer, connector=connector)
        if follows:
            tells(talk, follows, connector)
        passes_time(talk, 10)
        return next(iter(talk.judged(f"{what}-{state.lower()}", CERTIFIED)), Judgement("", Outcome.NOT_EXERCISED, "", 0, ()))

    assert judged(state).outcome is Outcome.PASSED
    assert judged("Accepted").subject == f"ReserveNow/{state}"
    assert judged("Occupied").outcome is Outcome.NOT_EXERCISED
    assert judged("Accepted", follows="Available").outcome is Outcome.NOT_EXERCISED


def test_one_that_was_just_told_to_be_in_service_again_is_not_known_to_be_out() -> None:
    talk = station()
    tells(talk, "Unavailable")
    passes_time(talk, 10)
    talk.asks("ChangeAvailability", {"connectorId": 1, "type": "Operative"}, {"status": "Accepted"})
    reserves(talk)
    assert accused(talk) == []


def test_without_minimum_status_duration_known_no_status_is_trusted() -> None:
    talk = Talk().event()
    talk.boots()
    talk.lists({"NumberOfConnectors": ("1", True)}, asked=["NumberOfConnectors"])
    tells(talk, "Unavailable")
    passes_time(talk, 10)
    reserves(talk)
    passes_time(talk, 100)
    assert accused(talk) == []


@pytest.mark.parametrize(
    ("zero", "answer", "outcome"),
    [
        (None, "Rejected", Outcome.PASSED),
        ("false", "Rejected", Outcome.PASSED),
        ("FALSE", "Accepted", Outcome.FAILED),
        (None, "Occupied", Outcome.PASSED),
    ],
)
def test_connector_zero_where_it_is_not_supported(zero: str | None, answer: str, outcome: Outcome) -> None:
    talk = station(zero=zero)
    reserves(talk, answer, connector=0)
    judgement = only(talk, "reserve-zero-unsupported")
    assert judgement.outcome is outcome
    assert (judgement.severity is Severity.WARNING) is (answer == "Occupied")


def test_connector_zero_where_nothing_is_known_of_it() -> None:
    talk = Talk().event()
    talk.boots()
    talk.lists({"NumberOfConnectors": ("1", True)})
    reserves(talk, connector=0)
    assert talk.judged("reserve-zero-unsupported", CERTIFIED) == []


def test_one_that_is_not_certified_owes_nothing() -> None:
    talk = running()
    reserves(talk)
    passes_time(talk, 100)
    starts(talk, FOREIGN, at=AT.format(40))
    cancels(talk)
    passes_time(talk, 100)
    assert accused(talk, UNCERTIFIED) == []


# --- Reserved


def test_a_reserved_connector_is_told() -> None:
    assert only(reserved(), "reservation-is-reported").outcome is Outcome.PASSED


def test_its_silence_accuses_after_a_minute() -> None:
    talk = station()
    reserves(talk)
    passes_time(talk, 50)
    assert only(talk, "reservation-is-reported").outcome is Outcome.NOT_EXERCISED
    passes_time(talk, 20)
    assert only(talk, "reservation-is-reported").subject == "StatusNotification/Reserved"


@pytest.mark.parametrize(
    "happens",
    [cancels, lambda talk: tells(talk, "Preparing"), lambda talk: talk.event(EventKind.CLOSE), lambda talk: starts(talk)],
)
def test_what_happens_meanwhile_excuses(happens: Callable[[Talk], object]) -> None:
    talk = station()
    reserves(talk)
    happens(talk)
    passes_time(talk, 200)
    assert accused(talk) == []


def test_a_status_that_is_held_back_is_waited_for() -> None:
    talk = station(duration="60")
    reserves(talk)
    passes_time(talk, 100)
    assert accused(talk) == []
    passes_time(talk, 30)
    assert accused(talk) == ["StatusNotification/Reserved"]


def test_a_reservation_that_is_shorter_than_the_wait_accuses_nobody() -> None:
    talk = station()
    reserves(talk, expiryDate="2026-01-01T00:01:00Z")
    passes_time(talk, 200)
    assert accused(talk) == []


# --- who may use it


def test_somebody_else_must_not_start() -> None:
    talk = reserved()
    start, *_ = starts(talk, FOREIGN)
    judgement = only(talk, "reservation-keeps-others-out")
    assert (judgement.subject, judgement.at) == ("StartTransaction/reserved connector", start)


@pytest.mark.parametrize(
    "start",
    [
        lambda talk: starts(talk, OWN.lower(), reservationId=7),
        lambda talk: starts(talk, FOREIGN, at=AT.format(0)),
        lambda talk: starts(talk, FOREIGN, connector=2),
        lambda talk: (tells(talk, "Unavailable"), starts(talk, FOREIGN)),
        lambda talk: (cancels(talk), starts(talk, FOREIGN)),
        lambda talk: (talk.event(EventKind.CLOSE), talk.event(), starts(talk, FOREIGN)),
        lambda talk: (asks_for(talk, OWN, GROUP), asks_for(talk, FOREIGN, GROUP), starts(talk, FOREIGN)),
    ],
)
def test_these_may(start: Callable[[Talk], object]) -> None:
    talk = reserved(2)
    start(talk)
    assert accused(talk) == []


def test_one_may_who_starts_when_the_reservation_is_being_made() -> None:
    talk = station()
    reserves(talk)
    starts(talk, FOREIGN, at=AT.format(1))
    assert accused(talk) == []


def test_one_may_who_starts_at_its_end() -> None:
    talk = station()
    reserves(talk, expiryDate="2026-01-01T00:01:00Z")
    tells(talk, "Reserved")
    passes_time(talk, 40)
    starts(talk, FOREIGN, at=AT.format(41))
    assert accused(talk) == []


@pytest.mark.parametrize(
    ("parent", "told", "named"),
    [
        (GROUP, True, []),
        (OTHER_GROUP, True, ["StartTransaction/reserved connector"]),
        (None, True, ["StartTransaction/reserved connector"]),
        (None, False, []),
    ],
)
def test_with_a_group_reserved_the_station_must_know_who_it_is(parent: str | None, told: bool, named: list[str]) -> None:
    talk = reserved(parentIdTag=GROUP)
    if told:
        asks_for(talk, FOREIGN, parent)
    starts(talk, FOREIGN, reservationId=7)
    assert accused(talk) == named


def test_with_the_only_connector_of_a_reserved_station_it_is_the_same() -> None:
    for connectors, named in ((1, ["StartTransaction/reserved connector"]), (2, [])):
        talk = station(connectors)
        reserves(talk, connector=0)
        passes_time(talk, 10)
        starts(talk, FOREIGN)
        assert accused(talk) == named


def test_a_remote_start_by_somebody_else_that_leads_to_nothing_is_right() -> None:
    for status in ("Rejected", "Accepted"):
        talk = reserved()
        talk.asks("RemoteStartTransaction", {"idTag": FOREIGN, "connectorId": 1}, {"status": status})
        passes_time(talk, 30)
        assert only(talk, "reservation-keeps-others-out").outcome is Outcome.PASSED


@pytest.mark.parametrize(("tag", "named"), [(FOREIGN, []), (OWN, ["RemoteStartTransaction/no effect"])])
@pytest.mark.parametrize("connector", [0, 1])
def test_that_it_leads_to_nothing_is_no_defect_of_remote_starts(tag: str, named: list[str], connector: int) -> None:
    talk = station()
    reserves(talk, connector=connector)
    for step in ("asked", "done"):
        talk.event(EventKind.AUDIT, {"person": "plug", "step": step, "connector": 1})
    tells(talk, "Preparing")
    passes_time(talk, 10)
    talk.asks("RemoteStartTransaction", {"idTag": tag, "connectorId": 1}, {"status": "Accepted"})
    passes_time(talk, 100)
    assert [judgement.subject for judgement in talk.judged("remote-start-has-effect", CERTIFIED) if judgement.accuses] == named


def test_nor_where_the_reservation_was_made_before_the_recording_began() -> None:
    talk = station()
    tells(talk, "Reserved")
    tells(talk, "Preparing")
    talk.asks("RemoteStartTransaction", {"idTag": FOREIGN, "connectorId": 1}, {"status": "Accepted"})
    passes_time(talk, 100)
    assert talk.judged("remote-start-has-effect", CERTIFIED) == []


# --- the reservationId


@pytest.mark.parametrize(
    ("told", "outcome"),
    [({"reservationId": 7}, Outcome.PASSED), ({}, Outcome.FAILED), ({"reservationId": 8}, Outcome.NOT_EXERCISED)],
)
def test_the_transaction_names_its_reservation(told: dict[str, Any], outcome: Outcome) -> None:
    talk = reserved()
    starts(talk, **told)
    assert only(talk, "reservation-is-named").outcome is outcome


def test_so_does_that_of_a_member_of_the_group_and_of_a_reserved_station() -> None:
    talk = reserved(parentIdTag=GROUP)
    asks_for(talk, FOREIGN, GROUP)
    starts(talk, FOREIGN)
    assert accused(talk) == ["StartTransaction/reservationId"]
    talk = station(2)
    reserves(talk, connector=0)
    passes_time(talk, 10)
    starts(talk, connector=2)
    assert accused(talk) == ["StartTransaction/reservationId"]


@pytest.mark.parametrize(
    "ends", [cancels, lambda talk: tells(talk, "Faulted"), lambda talk: talk.boots(), lambda talk: tells(talk, "Available")]
)
def test_of_a_reservation_that_may_have_ended_nothing_is_named(ends: Callable[[Talk], object]) -> None:
    talk = reserved()
    ends(talk)
    starts(talk)
    assert accused(talk) == []


# --- its end


def short(reported: str | None, *, zone: str = "Z") -> Talk:
    talk = station()
    reserves(talk, expiryDate="2026-01-01T00:01:00Z")
    tells(talk, "Reserved", timestamp=None if reported is None else reported + zone)
    return talk


def test_at_its_end_the_connector_is_available() -> None:
    talk = short("2026-01-01T00:00:01")
    passes_time(talk, 60)
    tells(talk, "Available")
    assert only(talk, "reservation-expires").outcome is Outcome.PASSED


def test_a_connector_that_stays_reserved_is_accused_a_minute_later() -> None:
    talk = short("2026-01-01T00:00:01")
    passes_time(talk, 115)
    assert only(talk, "reservation-expires").outcome is Outcome.NOT_EXERCISED
    passes_time(talk, 10)
    assert only(talk, "reservation-expires").subject == "StatusNotification/reservation expired"


def test_a_station_whose_clock_is_behind_keeps_it_longer() -> None:
    talk = short("2025-12-31T23:57:01")
    passes_time(talk, 200)
    assert accused(talk) == []
    passes_time(talk, 200)
    assert accused(talk) == ["StatusNotification/reservation expired"]


def test_a_station_that_tells_no_time_goes_by_that_which_it_was_given() -> None:
    talk = short(None)
    passes_time(talk, 130)
    assert accused(talk) == ["StatusNotification/reservation expired"]


@pytest.mark.parametrize("given", ["2025-12-31T23:50:00Z", None])
def test_where_its_time_is_another_or_not_known_it_is_not_accused(given: str | None) -> None:
    talk = Talk().event()
    if given:
        talk.tells("Heartbeat", {}, {"currentTime": given})
    tells(talk, "Available")
    talk.lists({}, asked=["MinimumStatusDuration"], unknown=["MinimumStatusDuration"])
    reserves(talk, expiryDate="2026-01-01T00:01:00Z")
    tells(talk, "Reserved")
    passes_time(talk, 200)
    assert accused(talk) == []


def test_a_reservation_that_has_ended_when_it_is_asked_for_may_be_answered_as_a_station_likes() -> None:
    talk = running()
    reserves(talk, expiryDate="2025-12-31T00:00:00Z")
    passes_time(talk, 10)
    assert talk.judged("reserve-occupied", CERTIFIED) == []


def test_an_early_end_is_worth_a_remark() -> None:
    talk = short("2026-01-01T00:00:01")
    passes_time(talk, 5)
    tells(talk, "Available")
    judgement = only(talk, "reservation-expires")
    assert (judgement.outcome, judgement.severity) == (Outcome.NOT_EXERCISED, Severity.WARNING)


@pytest.mark.parametrize(
    "happens",
    [
        lambda talk: cancels(talk),
        lambda talk: tells(talk, "Preparing"),
        lambda talk: talk.event(EventKind.CLOSE),
        lambda talk: reserves(talk, number=8),
    ],
)
def test_what_comes_between_excuses(happens: Callable[[Talk], object]) -> None:
    talk = short("2026-01-01T00:00:01")
    happens(talk)
    passes_time(talk, 59)
    passes_time(talk, 200)
    assert [name for name in accused(talk) if "expired" in name] == []


# --- CancelReservation


def test_a_reservation_can_be_cancelled_and_frees_its_connector() -> None:
    talk = reserved()
    cancels(talk)
    tells(talk, "Available")
    assert only(talk, "cancel-is-accepted").outcome is Outcome.PASSED
    assert only(talk, "cancel-ends-reservation").outcome is Outcome.PASSED


@pytest.mark.parametrize("status", ["Rejected", None])
def test_one_that_was_accepted_is_not_refused_to_be_cancelled(status: str | None) -> None:
    talk = reserved()
    cancels(talk, status)
    passes_time(talk, 100)
    assert accused(talk) == ["CancelReservation/known reservation"]


@pytest.mark.parametrize(
    "follows",
    [
        lambda talk: starts(talk, reservationId=7),
        lambda talk: tells(talk, "Preparing"),
        lambda talk: tells(talk, "Faulted"),
    ],
)
def test_one_that_is_used_about_then_may_be(follows: Callable[[Talk], object]) -> None:
    talk = reserved()
    cancels(talk, "Rejected")
    follows(talk)
    passes_time(talk, 100)
    assert accused(talk) == []


def test_one_that_has_expired_may_be() -> None:
    talk = short("2026-01-01T00:00:01")
    passes_time(talk, 45)
    cancels(talk, "Rejected")
    assert accused(talk) == []


def test_a_product_without_the_profile_is_warned_of() -> None:
    talk = station()
    reserves(talk)
    cancels(talk, None)
    passes_time(talk, 10)
    judgement = only(talk, "cancel-is-accepted", UNCERTIFIED)
    assert (judgement.outcome, judgement.severity) == (Outcome.FAILED, Severity.WARNING)


def test_a_connector_that_stays_reserved_was_not_cancelled() -> None:
    talk = reserved()
    cancels(talk)
    passes_time(talk, 50)
    assert accused(talk) == []
    passes_time(talk, 20)
    assert accused(talk) == ["CancelReservation/no effect"]
    # What is told later changes nothing: it may be the reservation's end.
    passes_time(talk, 100)
    tells(talk, "Available")
    assert accused(talk) == ["CancelReservation/no effect"]


@pytest.mark.parametrize(
    "follows", [lambda talk: tells(talk, "Preparing"), lambda talk: reserves(talk, number=8), lambda talk: talk.event(EventKind.CLOSE)]
)
def test_what_follows_a_cancelling_excuses(follows: Callable[[Talk], object]) -> None:
    talk = reserved()
    cancels(talk)
    follows(talk)
    passes_time(talk, 200)
    assert accused(talk) == []


def test_an_unknown_reservation_is_rejected() -> None:
    talk = station()
    cancels(talk, "Rejected", number=99)
    assert only(talk, "cancel-unknown-is-rejected").outcome is Outcome.PASSED


def test_one_that_nobody_knows_of_may_be_there() -> None:
    talk = station()
    cancels(talk, number=99)
    assert only(talk, "cancel-unknown-is-rejected").outcome is Outcome.NOT_EXERCISED


def test_but_not_twice() -> None:
    talk = station()
    cancels(talk, number=99)
    cancels(talk, number=99)
    assert accused(talk) == ["CancelReservation/unknown reservation"]


def test_unless_it_was_made_again() -> None:
    talk = reserved()
    cancels(talk)
    reserves(talk, None)
    cancels(talk)
    tells(talk, "Available")
    assert accused(talk) == []


# --- a restart


@pytest.mark.parametrize(("status", "outcome"), [("Reserved", Outcome.PASSED), ("Available", Outcome.FAILED)])
def test_a_reservation_outlasts_a_restart(status: str, outcome: Outcome) -> None:
    talk = reserved()
    talk.event(EventKind.CLOSE)
    talk.event()
    talk.boots()
    tells(talk, status)
    judgement = only(talk, "reservation-outlasts-restart")
    assert (judgement.outcome, judgement.accuses) == (outcome, False)


def test_it_may_have_been_cancelled_before() -> None:
    talk = reserved()
    cancels(talk)
    talk.boots()
    tells(talk, "Available")
    assert talk.judged("reservation-outlasts-restart", CERTIFIED) == []


def test_a_request_that_no_station_was_sent_is_nothing() -> None:
    talk = station()
    talk.asks("CancelReservation", {"reservationId": 1}, None, by=CSMS)
    assert talk.judged("cancel-unknown-is-rejected", CERTIFIED) == []
