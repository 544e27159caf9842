"""What is said of cards, refusals, the cache and the cable: above all, of stations that look guilty and are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from probes.wire.records import EventKind
from tests.probes.judge.driving import GROUP, OTHER, OWN, Drive

Change = Callable[[Drive], object]
REMOTE = {"AuthorizeRemoteTxRequests": "true"}
NOTHING: Mapping[str, str] = {}
CACHED = {"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}


# --- who begins


def test_a_card_that_was_held_to_a_reader_and_never_asked_about_is_named() -> None:
    drive = Drive().case().status(1, "Preparing").waits(31).person("tag").starts().status(1, "Charging").waits(60)
    assert drive.accused() == ["Authorize/missing"]


UNASKED: dict[str, tuple[dict[str, str], Change]] = {
    "a station that needs no card": ({}, lambda d: d.status(1, "Preparing").starts().status(1, "Charging")),
    "a person who was quicker": ({}, lambda d: d.case().status(1, "Preparing").waits(2).person("tag").starts().status(1, "Charging")),
    "a cache": (CACHED, lambda d: d.case().status(1, "Preparing").waits(31).person("tag").starts().status(1, "Charging")),
    "a remote start": ({}, lambda d: d.status(1, "Preparing").remotely().starts().status(1, "Charging")),
    "what was begun offline": (
        {},
        lambda d: (
            d.case().status(1, "Preparing").waits(31).person("tag").starts(timestamp="2025-12-31T20:00:00+00:00").status(1, "Charging")
        ),
    ),
}


@pytest.mark.parametrize("name", UNASKED)
def test_who_may_begin_without_asking_is_not_accused(name: str) -> None:
    keys, change = UNASKED[name]
    drive = Drive(keys=keys)
    change(drive)
    assert drive.accused() == []


def test_where_the_settings_were_not_read_there_may_be_a_cache() -> None:
    drive = Drive(listed=False).case().status(1, "Preparing").waits(31).person("tag").starts().status(1, "Charging")
    assert drive.accused() == []
    assert drive.outcomes("start-is-authorised") == ["not exercised"]


def test_another_idtag_than_the_one_that_was_authorised_is_named() -> None:
    another = ["StartTransaction/another idTag"]
    drive = Drive().status(1, "Preparing").person("tag").authorizes(OTHER).starts(OWN).status(1, "Charging")
    assert drive.accused() == another
    # Where nobody knows whose card it was, a station may begin with an idTag of its own.
    drive = Drive().status(1, "Preparing").authorizes(OTHER).starts(OWN).status(1, "Charging")
    assert (drive.accused(), drive.warned()) == ([], another)


FREE: dict[str, Change] = {
    "a card that lapsed": lambda d: d.person("tag").authorizes(OTHER).status(1, "Preparing").waits(30).status(1, "Available"),
    "a remote start that lapsed": lambda d: d.remotely(OTHER).authorizes(OTHER).waits(30).person("tag"),
}


@pytest.mark.parametrize("name", FREE)
def test_a_station_that_lets_everybody_charge_may_begin_with_an_idtag_of_its_own(name: str) -> None:
    drive = Drive()
    FREE[name](drive)
    drive.status(1, "Preparing").starts(OWN).status(1, "Charging")
    assert "StartTransaction/another idTag" not in (*drive.accused(), *drive.warned())


def test_an_idtag_that_was_asked_about_to_end_another_transaction_is_no_other() -> None:
    drive = Drive(2).charges(1, OWN).waits(10).authorizes(OTHER).status(2, "Preparing").starts("tag:3", 2).status(2, "Charging")
    assert "StartTransaction/another idTag" not in drive.accused()


# --- who is refused


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
def test_a_transaction_after_a_refusal_is_named(status: str) -> None:
    drive = Drive().status(1, "Preparing").authorizes(status=status).starts().status(1, "Charging")
    assert drive.accused() == ["StartTransaction/refused idTag"]
    assert "fail" in drive.outcomes("refused-tag-starts-nothing")


HEEDED: dict[str, tuple[dict[str, str], Change]] = {
    "asked again and accepted": ({}, lambda d: d.authorizes(status="Invalid").waits(5).authorizes().starts().status(1, "Charging")),
    "started remotely after that": ({}, lambda d: d.authorizes(status="Invalid").remotely().starts().status(1, "Charging")),
    "let in before, until a car comes": (
        {"ConnectionTimeOut": "60"},
        lambda d: d.authorizes().waits(20).authorizes(status="Invalid").waits(5).starts().status(1, "Charging"),
    ),
    "in use elsewhere": ({}, lambda d: d.authorizes(status="ConcurrentTx").starts().status(1, "Charging")),
    "somebody else came": ({}, lambda d: d.authorizes(status="Invalid").authorizes(OTHER).starts(OTHER).status(1, "Charging")),
    "a list of its own": (
        {"LocalAuthListEnabled": "true"},
        lambda d: d.authorizes(status="Invalid").starts().status(1, "Charging"),
    ),
    "a station that need not wait for the answer": (CACHED, lambda d: d.authorizes(status="Invalid").starts().status(1, "Charging")),
    "a cache that was switched off and on again": (
        {"AuthorizationCacheEnabled": "false"},
        lambda d: d.authorizes(status="Invalid").waits(20).set(AuthorizationCacheEnabled="true", LocalPreAuthorize="true").starts(),
    ),
    "a remote start that needs no leave": ({}, lambda d: d.remotely().authorizes(status="Invalid").starts().status(1, "Charging")),
    "an older start that was waiting": (
        {},
        lambda d: d.authorizes(status="Invalid").starts(timestamp="2025-12-31T20:00:00+00:00").status(1, "Charging"),
    ),
}


@pytest.mark.parametrize("name", HEEDED)
def test_a_refusal_that_was_heeded_accuses_nobody(name: str) -> None:
    keys, change = HEEDED[name]
    drive = Drive(keys=keys).status(1, "Preparing")
    change(drive)
    assert "StartTransaction/refused idTag" not in drive.accused()


def test_a_remote_start_that_needs_leave_and_got_none_must_begin_nothing() -> None:
    drive = Drive(keys=REMOTE).status(1, "Preparing").remotely().authorizes(status="Invalid")
    assert drive.starts().status(1, "Charging").accused() == ["StartTransaction/refused idTag"]
    heeded = Drive(keys=REMOTE).status(1, "Preparing").remotely().authorizes(status="Invalid").waits(40)
    assert heeded.outcomes("refused-remote-start-starts-nothing") == ["pass"]
    assert heeded.accused() == []


def test_an_idtag_that_was_let_in_too_long_before_or_was_used_is_refused() -> None:
    late = Drive(keys={"ConnectionTimeOut": "60"}).status(1, "Preparing").authorizes().waits(70).authorizes(status="Invalid")
    assert late.starts().status(1, "Charging").accused() == ["StartTransaction/refused idTag"]
    used = Drive(keys={"ConnectionTimeOut": "60"}).charges().waits(10).status(1, "Finishing").stops().authorizes(status="Invalid")
    assert used.starts().status(1, "Charging").accused() == ["StartTransaction/refused idTag"]


def test_a_refusal_without_a_car_shows_nothing() -> None:
    assert Drive().authorizes(status="Invalid").waits(100).outcomes("refused-tag-starts-nothing") == []


# --- remote start and stop


def test_a_remote_start_that_was_rejected_and_carried_out_is_named() -> None:
    drive = Drive().status(1, "Preparing").remotely(status="Rejected").starts().status(1, "Charging").waits(60)
    assert drive.accused() == ["RemoteStartTransaction/Rejected and carried out"]


def test_a_driver_with_the_same_card_may_come_after_a_rejected_remote_start() -> None:
    drive = Drive().status(1, "Preparing").remotely(status="Rejected").authorizes().starts().status(1, "Charging").waits(60)
    assert drive.accused() == []


def test_somebody_with_a_card_may_be_quicker_than_a_remote_start() -> None:
    drive = Drive().status(1, "Preparing").remotely().authorizes(OTHER).starts(OTHER).status(1, "Charging").waits(100)
    assert drive.accused() == []


@pytest.mark.parametrize(("seconds", "accused"), [(1, []), (10, ["RemoteStartTransaction/occupied connector"])])
def test_a_second_transaction_on_a_connector_cannot_be_begun(seconds: float, accused: list[str]) -> None:
    drive = Drive().charges().waits(seconds).remotely(OTHER).waits(60)
    assert drive.accused() == accused


def test_a_remote_start_may_come_when_the_transaction_is_about_to_end() -> None:
    drive = Drive().charges().waits(30).remotely(OTHER).status(1, "Finishing").stops().waits(60)
    assert drive.accused() == []


def remotely_stopped(drive: Drive, status: str = "Accepted") -> Drive:
    drive.asks("RemoteStopTransaction", {"transactionId": drive.number}, {"status": status})
    return drive


@pytest.mark.parametrize(
    ("reason", "staged", "accused", "warned"),
    [
        ("Remote", True, [], []),
        ("Local", True, ["StopTransaction/reason"], []),
        ("Local", False, [], ["StopTransaction/reason"]),
        (None, True, [], ["StopTransaction/reason"]),
        ("Other", True, [], ["StopTransaction/reason"]),
    ],
)
def test_the_reason_of_a_remote_stop(reason: str | None, staged: bool, accused: list[str], warned: list[str]) -> None:
    drive = Drive()
    if staged:
        drive.case()
    remotely_stopped(drive.charges().waits(30)).status(1, "Finishing").stops(reason).waits(5)
    assert (drive.accused(), drive.warned()) == (accused, warned)


def test_a_driver_may_be_quicker_than_a_remote_stop() -> None:
    drive = remotely_stopped(Drive().case().charges().waits(30)).status(1, "Finishing").stops("Local", idTag=OWN)
    assert drive.accused() == []


def test_a_remote_stop_may_be_rejected_when_the_connector_is_told_not_to_charge() -> None:
    drive = remotely_stopped(Drive().charges().waits(30).status(1, "Finishing"), "Rejected")
    assert drive.accused() == []
    guilty = remotely_stopped(Drive().charges().waits(30), "Rejected")
    assert guilty.accused() == ["RemoteStopTransaction/running transaction"]


# --- lapsing


def lapsing(seconds: float, *, staged: bool, back: bool = True) -> Drive:
    drive = Drive()
    if staged:
        drive.case()
    drive.remotely().status(1, "Preparing").waits(seconds)
    return drive.status(1, "Available") if back else drive


def test_a_remote_start_lapses() -> None:
    assert lapsing(30, staged=True).outcomes("remote-start-lapses") == ["pass"]
    assert lapsing(200, staged=True, back=False).accused() == ["ConnectionTimeOut/no effect"]


def test_a_customer_may_have_plugged_something_in() -> None:
    assert lapsing(200, staged=False, back=False).accused() == []
    assert lapsing(200, staged=True, back=False).person("plug").outcomes("remote-start-lapses") == ["fail"]
    came = Drive().case().remotely().status(1, "Preparing").waits(10).person("plug").waits(200)
    assert came.outcomes("remote-start-lapses") == []


def test_nobody_knows_the_timeout_of_a_station_that_was_not_read() -> None:
    drive = Drive(listed=False).case().remotely().status(1, "Preparing").waits(2000)
    assert "ConnectionTimeOut/no effect" not in drive.accused()


# --- waiting


def test_a_connector_that_waits_is_preparing() -> None:
    drive = Drive().case().remotely().waits(31).starts().status(1, "Charging")
    assert drive.accused() == ["StatusNotification/Preparing missing"]
    assert Drive().case().remotely().waits(20).starts().status(1, "Charging").accused() == []
    shown = Drive().case().remotely().status(1, "Preparing").waits(31).starts().status(1, "Charging")
    assert shown.outcomes("waiting-is-shown") == ["pass"]


def test_on_two_connectors_a_card_does_not_tell_for_which_it_is() -> None:
    assert Drive(2).authorizes().waits(60).starts().status(1, "Charging").accused() == []
    assert Drive(1).authorizes().waits(60).starts().status(1, "Charging").accused() == ["StatusNotification/Preparing missing"]


# --- the cache


def cleared(drive: Drive, status: str = "Accepted") -> Drive:
    drive.asks("ClearCache", {}, {"status": status})
    return drive


def known(**keys: str) -> Drive:
    """A station with a cache that knows a card."""
    return Drive(keys=CACHED | keys).charges().waits(10).status(1, "Finishing").stops().status(1, "Available").waits(400)


def test_a_cleared_cache_that_is_used_is_named() -> None:
    drive = cleared(known()).waits(5).status(1, "Preparing").starts().status(1, "Charging")
    assert drive.accused() == ["ClearCache/no effect"]


CLEARED: dict[str, Change] = {
    "asked again": lambda d: cleared(d).authorizes().starts(),
    "begun remotely": lambda d: cleared(d).remotely().starts(),
    "identified just before": lambda d: cleared(d.authorizes()).starts(),
    "begun before, told after": lambda d: cleared(d).starts(timestamp="2025-12-31T20:00:00+00:00"),
    "somebody else": lambda d: cleared(d).starts(OTHER),
    "not cleared": lambda d: cleared(d, "Rejected").starts(),
}


@pytest.mark.parametrize("name", CLEARED)
def test_who_may_begin_after_clear_cache_accuses_nobody(name: str) -> None:
    drive = known().status(1, "Preparing")
    CLEARED[name](drive)
    assert "ClearCache/no effect" not in drive.accused()


def test_a_list_outlasts_the_cache() -> None:
    drive = cleared(known(LocalAuthListEnabled="true")).waits(5).status(1, "Preparing").starts().status(1, "Charging")
    assert "ClearCache/no effect" not in drive.accused()


def test_clear_cache_is_a_message_of_core() -> None:
    drive = Drive()
    drive.asks("ClearCache", {}, "NotImplemented")
    assert drive.accused() == ["answers/ClearCache"]
    assert cleared(Drive(), "Rejected").outcomes("clear-cache-is-answered") == []
    assert cleared(Drive(keys=CACHED), "Rejected").outcomes("clear-cache-is-answered") == ["not exercised"]


def test_a_cached_card_may_be_asked_about() -> None:
    at_once = known().status(1, "Preparing").waits(20).starts()
    assert at_once.outcomes("cached-tag-starts-at-once") == ["pass"]
    asked = known().status(1, "Preparing").waits(20).authorizes().starts()
    (judgement,) = asked.all_of("cached-tag-starts-at-once")
    assert (str(judgement.outcome), str(judgement.severity)) == ("pass", "note")


# --- cards that end


def ended(tag: str, parent: str | None, keys: Mapping[str, str] = NOTHING) -> Drive:
    return Drive(keys=keys).case().charges(parent=parent).waits(30).status(1, "Finishing").stops("Local", idTag=tag)


def test_a_foreign_card_that_ends_a_transaction_is_named() -> None:
    assert ended(OTHER, None).accused() == ["StopTransaction/any idTag"]
    asked = (
        Drive().case().charges(parent=GROUP).waits(30).authorizes(OTHER, parent="tag:1").status(1, "Finishing").stops("Local", idTag=OTHER)
    )
    assert asked.accused() == ["StopTransaction/any idTag"]
    keepers = Drive().charges().waits(30).status(1, "Finishing").stops("Local", idTag=OTHER)
    assert (keepers.accused(), keepers.warned()) == ([], ["StopTransaction/any idTag"])


def test_cards_of_a_group_the_own_card_and_who_may_be_known_end_transactions() -> None:
    grouped = Drive().charges(parent=GROUP).waits(30).authorizes(OTHER, parent=GROUP).status(1, "Finishing").stops("Local", idTag=OTHER)
    assert grouped.accused() == []
    assert grouped.outcomes("group-tag-stops") == ["pass"]
    assert ended(OWN, None).accused() == []
    assert ended(OTHER, None, CACHED).accused() == []
    assert ended(OTHER, None, {"LocalAuthListEnabled": "true"}).accused() == []
    remote = Drive().charges().waits(30).status(1, "Finishing").stops("Remote", idTag=OTHER)
    assert remote.accused() == []


# --- the cable


def pulled(drive: Drive) -> Drive:
    return drive.case().charges().waits(30).person("unplug")


def test_a_pulled_cable_ends_a_transaction_where_that_is_set() -> None:
    assert pulled(Drive()).waits(70).accused() == ["StopTransactionOnEVSideDisconnect/no effect"]
    assert pulled(Drive()).status(1, "Finishing").waits(70).accused() == ["StopTransaction/missing"]
    ends = pulled(Drive()).status(1, "Finishing").stops("EVDisconnected").waits(70)
    assert ends.outcomes("unplugging-ends-transaction") == ["pass"]
    assert ends.accused() == []
    other = pulled(Drive()).status(1, "Finishing").stops("Other").waits(70)
    assert (other.accused(), other.warned()) == ([], ["StopTransaction/reason"])


@pytest.mark.parametrize("keys", [{"StopTransactionOnEVSideDisconnect": "false"}, {"StopTransactionOnEVSideDisconnect": ""}])
def test_a_pulled_cable_need_not_end_a_transaction_elsewhere(keys: dict[str, str]) -> None:
    assert pulled(Drive(keys=keys)).status(1, "SuspendedEV").waits(70).accused() == []


def test_where_it_must_not_end_one_it_is_named() -> None:
    drive = pulled(Drive(keys={"StopTransactionOnEVSideDisconnect": "false"})).status(1, "Finishing").stops("EVDisconnected")
    assert drive.accused() == ["StopTransactionOnEVSideDisconnect/false"]
    stopped = (
        remotely_stopped(pulled(Drive(keys={"StopTransactionOnEVSideDisconnect": "false"})).waits(30))
        .status(1, "Finishing")
        .stops("Remote")
    )
    assert stopped.accused() == []


def test_silence_that_nobody_watched_shows_nothing() -> None:
    assert pulled(Drive()).waits(20).accused() == []
    assert Drive().status(1, "Preparing").remotely().waits(40).accused() == []
    assert Drive().person("plug").status(1, "Preparing").remotely().waits(40).accused() == []
    plugged = ["RemoteStartTransaction/no effect"]
    assert Drive().person("plug").status(1, "Preparing").remotely().waits(70).accused() == plugged
    # The cable was pulled, and that was told when the remote start was on its way, or was not told at all.
    left = Drive().person("plug").status(1, "Preparing").remotely().status(1, "Available").waits(70)
    assert left.accused() == []
    untold = Drive().person("plug").status(1, "Preparing")
    untold.event(EventKind.AUDIT, {"person": "unplug", "step": "asked", "connector": 1})
    assert untold.remotely().waits(70).accused() == []
    assert remotely_stopped(Drive().charges().waits(30)).waits(40).accused() == []
    assert remotely_stopped(Drive().charges().waits(30)).waits(70).accused() == ["RemoteStopTransaction/no effect"]
    assert lapsing(100, staged=True, back=False).accused() == []


def test_a_remote_start_whose_idtag_was_refused_need_have_no_effect() -> None:
    assert Drive(keys=REMOTE).status(1, "Preparing").remotely().authorizes(status="Blocked").waits(100).accused() == []


def test_long_after_a_refusal_a_card_may_have_been_accepted_elsewhere() -> None:
    drive = Drive().status(1, "Preparing").authorizes(status="Invalid").waits(400).starts().status(1, "Charging")
    assert "StartTransaction/refused idTag" not in drive.accused()


def test_a_cable_that_is_said_to_have_ended_a_transaction_was_no_driver() -> None:
    assert pulled(Drive()).status(1, "Finishing").stops("Local").waits(70).accused() == ["StopTransaction/reason"]
    assert pulled(Drive()).status(1, "Finishing").stops("Local", idTag=OWN).waits(70).accused() == []


def test_a_transaction_must_last_after_a_pulled_cable_to_be_known_to_last() -> None:
    keys = {"StopTransactionOnEVSideDisconnect": "false"}
    assert pulled(Drive(keys=keys)).status(1, "SuspendedEV").waits(25).outcomes("unplugging-ends-nothing") == ["pass"]
    assert pulled(Drive(keys=keys)).status(1, "SuspendedEV").waits(5).outcomes("unplugging-ends-nothing") == []
    assert [str(each.severity) for each in pulled(Drive(keys=keys)).waits(25).all_of("unplugging-ends-nothing")] == ["warning"]


def remote_twice(*, asked_first: bool = True, staged: bool = True, keys: Mapping[str, str] = NOTHING) -> Drive:
    """A remote start without a car that lapses; the cache is cleared; another one makes the connector ready, and nobody was asked."""
    drive = Drive(keys={**CACHED, **REMOTE, **keys})
    if staged:
        drive.case()
    drive.remotely()
    if asked_first:
        drive.authorizes()
    drive.status(1, "Preparing").waits(30).status(1, "Available")
    return cleared(drive).waits(1).remotely().status(1, "Preparing")


def test_a_remote_start_that_is_made_ready_for_unasked_shows_what_is_still_cached() -> None:
    assert remote_twice().waits(40).status(1, "Available").accused() == ["ClearCache/no effect"]


def test_a_station_that_asks_when_the_car_comes_or_asks_never_or_later_is_not_accused() -> None:
    assert remote_twice(asked_first=False).waits(40).status(1, "Available").accused() == []
    assert remote_twice(staged=False).waits(40).status(1, "Available").accused() == []
    assert remote_twice(keys={"AuthorizeRemoteTxRequests": "false"}).waits(40).status(1, "Available").accused() == []
    assert remote_twice().waits(20).authorizes().waits(40).accused() == []
    assert remote_twice().waits(5).accused() == []
    assert remote_twice().waits(2).person("plug").waits(40).accused() == []


def test_a_held_cable_is_freed_as_the_station_can() -> None:
    def unlocked(status: str) -> list[str]:
        drive = pulled(Drive(keys={"UnlockConnectorOnEVSideDisconnect": "false"})).status(1, "Finishing").stops("EVDisconnected")
        drive.asks("UnlockConnector", {"connectorId": 1}, {"status": status})
        return drive.outcomes("held-cable-is-freed")

    assert unlocked("Unlocked") == ["pass"]
    assert unlocked("NotSupported") == ["pass"]
    assert unlocked("UnlockFailed") == ["not exercised"]
    free = pulled(Drive()).status(1, "Finishing").stops("EVDisconnected")
    free.asks("UnlockConnector", {"connectorId": 1}, {"status": "Unlocked"})
    assert free.outcomes("held-cable-is-freed") == []


def test_another_card_that_ends_nothing_is_seen() -> None:
    kept = Drive().charges().waits(10).authorizes(OTHER).waits(15).status(1, "Finishing").stops("Local", idTag=OWN)
    assert kept.outcomes("foreign-tag-stops-nothing") == ["pass"]
    held = Drive().charges().waits(10).person("tag").waits(15).person("tag").status(1, "Finishing").stops("Local", idTag=OWN)
    assert held.outcomes("foreign-tag-stops-nothing") == ["pass"]
    assert Drive().charges().waits(60).status(1, "Finishing").stops("Local", idTag=OWN).outcomes("foreign-tag-stops-nothing") == []


def test_a_connector_may_be_preparing_without_a_car() -> None:
    assert Drive().status(1, "Preparing").remotely().waits(100).accused() == []
    gone = Drive().person("plug").status(1, "Preparing").waits(5).status(1, "Available").waits(5).status(1, "Preparing")
    assert gone.remotely().waits(100).accused() == []
    stayed = Drive().charges().waits(30).status(1, "Finishing").stops().waits(5).status(1, "Preparing")
    assert stayed.remotely().waits(100).accused() == ["RemoteStartTransaction/no effect"]


def test_a_refused_transaction_may_be_none_at_all() -> None:
    refused = {"transactionId": 0, "idTagInfo": {"status": "Blocked"}}

    def begun() -> Drive:
        drive = Drive(keys={"MeterValueSampleInterval": "20", "StopTransactionOnInvalidId": "false"}).status(1, "Preparing")
        payload = {"connectorId": 1, "idTag": OWN, "meterStart": 0, "timestamp": drive.at().isoformat()}
        drive.tells("StartTransaction", payload, refused)
        return drive

    assert begun().waits(10).status(1, "Available").waits(300).accused() == []
    assert begun().waits(600).accused() == []
    assert begun().waits(10).remotely(OTHER).waits(20).measures("5", named=False).waits(20).accused() == []


def test_a_remote_start_that_was_rejected_need_not_lapse() -> None:
    drive = Drive().case().remotely(status="Rejected").status(1, "Preparing").waits(300)
    assert drive.outcomes("remote-start-lapses") == []


def test_an_end_under_another_number_is_that_and_nothing_else() -> None:
    drive = pulled(Drive()).status(1, "Finishing").stops("EVDisconnected", number=7).waits(70)
    assert drive.accused() == ["StopTransaction/unknown transaction"]
