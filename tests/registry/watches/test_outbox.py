"""Nothing that happens is lost on its way, whatever fails, and nobody gets more than was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts import store as accounts
from registry.db import lock_for_writing
from registry.errors import RegistryError
from registry.events import EventKind
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import happenings, outbox, store, topics
from registry.watches.deliverer import Deliverer
from registry.watches.models import Watch, WatchAddress, WatchDelivery
from registry.watches.outbox import HOLD, MOST_WAITING, WAITS, Outcome, Parcel
from tests.registry.making import row
from tests.registry.watches.watching import ARRIVED, FAILED, NUMBER, Hands, Sent, account, confirmed, happens, watch

GONE = f"The OCA list no longer has {NUMBER}."


def states(sessions: sessionmaker[Session]) -> list[tuple[str, int]]:
    with sessions() as session:
        return [(one.state, one.attempts) for one in session.scalars(select(WatchDelivery).order_by(WatchDelivery.id))]


def seen(sessions: sessionmaker[Session], account_id: int, watch_id: int) -> store.WatchView:
    with sessions() as session:
        found = store.view(session, account_id, watch_id)
    assert found is not None
    return found


def test_each_event_is_told_once_and_only_what_comes_after_the_watch_was_made(
    settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    happens(session_factory)
    watch(session_factory, settings, account(session_factory))
    sent = Sent()
    deliverer = Deliverer(session_factory, sent, Hands())
    assert deliverer.step() == 0
    happens(session_factory, EventKind.REAPPEARED)
    happens(session_factory, number="OCA.0016.9999.CS")
    happens(session_factory)
    assert [deliverer.step() for _ in range(4)] == [1, 1, 0, 0]
    assert sent.sentences == [f"The OCA list has {NUMBER} again.", GONE]
    assert states(session_factory) == [("delivered", 1), ("delivered", 1)]


def test_a_mail_says_all_at_once_and_no_more_often_than_was_asked_for(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    watch(session_factory, settings, owner, address_id=confirmed(session_factory, owner), every_minutes=60)
    sent, clock = Sent(), Hands()
    deliverer = Deliverer(session_factory, sent, clock)
    happens(session_factory, times=3)
    assert deliverer.step() == 1
    happens(session_factory, EventKind.REAPPEARED, times=2)
    clock.on(minutes=59)
    assert deliverer.step() == 0
    clock.on(minutes=1)
    assert deliverer.step() == 1
    assert [len(parcel.body["events"]) for parcel in sent.parcels] == [3, 2]
    assert sent.parcels[0].to == "watcher@example.org"


def test_what_fails_is_tried_again_later_under_the_same_id_and_nothing_overtakes_it(
    settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    watch(session_factory, settings, account(session_factory))
    outcomes = iter([FAILED, FAILED, ARRIVED, ARRIVED])
    sent, clock = Sent(lambda _parcel: next(outcomes)), Hands()
    deliverer = Deliverer(session_factory, sent, clock)
    happens(session_factory)
    happens(session_factory, EventKind.REAPPEARED)
    assert deliverer.step() == 1
    assert deliverer.step() == 0, "not before its time"
    clock.on(seconds=WAITS[0].total_seconds())
    assert deliverer.step() == 1
    clock.on(seconds=WAITS[1].total_seconds() - 1)
    assert deliverer.step() == 0
    clock.on(seconds=1)
    assert [deliverer.step(), deliverer.step()] == [1, 1]
    assert len({parcel.message for parcel in sent.parcels[:3]}) == 1
    assert sent.sentences == [GONE] * 3 + [f"The OCA list has {NUMBER} again."]


def test_a_receiver_that_never_answers_stops_the_watch_and_nothing_is_lost(
    settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    owner = account(session_factory)
    watch_id, _ = watch(session_factory, settings, owner)
    works = False
    sent, clock = Sent(lambda _parcel: ARRIVED if works else FAILED), Hands()
    deliverer = Deliverer(session_factory, sent, clock)
    happens(session_factory)
    for wait in (*WAITS, timedelta(days=2), timedelta(days=2)):
        deliverer.step()
        clock.on(seconds=wait.total_seconds())
    assert len(sent.parcels) == len(WAITS) + 1
    stopped = seen(session_factory, owner, watch_id)
    assert (stopped.state, stopped.why) == ("stopped", "10 attempts to deliver failed, the last one because it answered 500.")
    happens(session_factory, EventKind.REAPPEARED)
    assert deliverer.step() == 0
    works = True
    with session_factory.begin() as session:
        assert store.move(session, owner, watch_id, "active", clock=clock)
    assert [deliverer.step(), deliverer.step()] == [1, 1]
    assert sent.sentences[-2:] == [GONE, f"The OCA list has {NUMBER} again."]


def test_a_receiver_that_wants_no_more_is_asked_no_more(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    watch_id, _ = watch(session_factory, settings, owner)
    sent = Sent(lambda _parcel: Outcome(arrived=False, answer="it answered 410", for_good=True))
    happens(session_factory)
    Deliverer(session_factory, sent, Hands()).step()
    assert seen(session_factory, owner, watch_id).why == "The receiver wants nothing more: it answered 410."


def test_a_paused_watch_says_afterwards_what_happened_meanwhile(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    watch_id, _ = watch(session_factory, settings, owner)
    sent = Sent()
    deliverer = Deliverer(session_factory, sent, Hands())
    with session_factory.begin() as session:
        store.move(session, owner, watch_id, "paused")
    happens(session_factory)
    assert deliverer.step() == 0
    with session_factory.begin() as session:
        store.move(session, owner, watch_id, "active")
    assert deliverer.step() == 1
    assert sent.sentences == [GONE]


def test_a_slow_receiver_holds_up_nobody_else(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    watch(session_factory, settings, owner, url="https://slow.example/")
    watch(session_factory, settings, owner, url="https://fast.example/")
    happens(session_factory)
    sent = Sent(lambda parcel: FAILED if "slow" in parcel.to else ARRIVED)
    assert Deliverer(session_factory, sent, Hands()).step() == 2
    assert sorted(states(session_factory)) == [("delivered", 1), ("waiting", 1)]


def test_what_was_taken_is_nobody_elses_until_whoever_took_it_must_be_gone(
    settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    watch(session_factory, settings, account(session_factory))
    happens(session_factory)
    clock = Hands()
    outbox.collect(session_factory, clock)
    first = outbox.take(session_factory, clock, 10)
    assert len(first) == 1
    assert outbox.take(session_factory, clock, 10) == []
    clock.on(seconds=HOLD.total_seconds())
    again = outbox.take(session_factory, clock, 10)
    assert [parcel.message for parcel in again] == [first[0].message]


def test_many_events_wait_in_the_history_and_not_in_the_outbox(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    watch(session_factory, settings, account(session_factory))
    happens(session_factory, times=MOST_WAITING + 7)
    clock = Hands()
    assert outbox.collect(session_factory, clock) == MOST_WAITING
    assert outbox.collect(session_factory, clock) == 0, "as long as those wait"
    with session_factory.begin() as session:
        lock_for_writing(session)
        for one in session.scalars(select(WatchDelivery)):
            one.state, one.ended_at = "delivered", clock()
    assert outbox.collect(session_factory, clock) == 7
    with session_factory() as session:
        assert len(set(session.scalars(select(WatchDelivery.message)))) == MOST_WAITING + 7


def test_a_watch_finds_its_event_behind_many_others(
    settings: Settings, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happenings, "WINDOW", 3)
    owner = account(session_factory)
    watch(session_factory, settings, owner, topics.parse("search", "q=9001"))
    watch(session_factory, settings, owner, url="https://receiver.example/other")
    for number in ("OCA.0016.9999.CS", NUMBER, "OCA.0016.9999.CS", NUMBER):
        happens(session_factory, number=number, times=10 if number != NUMBER else 1)
    sent = Sent()
    deliverer = Deliverer(session_factory, sent, Hands())
    assert sum(deliverer.step() for _ in range(6)) == 4
    assert sent.sentences == [GONE] * 4


def test_when_word_cannot_be_put_in_the_watch_does_not_move_on(
    settings: Settings, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch_id, _ = watch(session_factory, settings, account(session_factory))
    with session_factory() as session:
        before = session.get_one(Watch, watch_id).event_id
    happens(session_factory)
    clock = Hands()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_messages", lambda *_: [("twice", {}), ("twice", {})])
        with pytest.raises(Exception, match=r"(?i)unique"):
            outbox.collect(session_factory, clock)
    with session_factory() as session:
        assert session.get_one(Watch, watch_id).event_id == before
    assert outbox.collect(session_factory, clock) == 1


def test_what_ended_long_ago_is_forgotten(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    watch(session_factory, settings, account(session_factory))
    happens(session_factory)
    clock = Hands()
    deliverer = Deliverer(session_factory, Sent(), clock)
    deliverer.step()
    clock.on(days=29)
    deliverer.step()
    assert len(states(session_factory)) == 1
    clock.on(days=2)
    deliverer.step()
    assert states(session_factory) == []


def test_a_disabled_account_gets_nothing(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    account(session_factory, "other")
    owner = account(session_factory)
    watch(session_factory, settings, owner)
    happens(session_factory)
    clock = Hands()
    outbox.collect(session_factory, clock)
    happens(session_factory)
    with session_factory.begin() as session:
        accounts.disable(session, owner, clock=clock)
    assert outbox.collect(session_factory, clock) == 0
    assert outbox.take(session_factory, clock, 10) == []


def test_a_watch_that_is_deleted_while_it_says_something_stays_deleted(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    watch_id, _ = watch(session_factory, settings, owner)
    happens(session_factory)

    def send(_parcel: Parcel) -> Outcome:
        with session_factory.begin() as session:
            assert store.remove(session, owner, watch_id)
        return ARRIVED

    assert Deliverer(session_factory, send, Hands()).step() == 1
    assert states(session_factory) == []


def test_a_test_goes_out_at_once_even_when_the_watch_is_stopped_and_only_once(
    settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    owner = account(session_factory)
    watch_id, _ = watch(session_factory, settings, owner)
    clock = Hands()
    with session_factory.begin() as session:
        store.move(session, owner, watch_id, "paused")
        assert store.ask_test(session, owner, watch_id, clock=clock)
        assert not store.ask_test(session, owner, watch_id, clock=clock), "one at a time"
    deliverer = Deliverer(session_factory, Sent(lambda _parcel: FAILED), clock)
    assert [deliverer.step(), deliverer.step()] == [1, 0]
    assert states(session_factory) == [("given up", 1)]


@pytest.mark.parametrize(
    ("kind", "key"),
    [("search", "q=product&page=3&sort=holder"), ("holder", "holder-1"), ("product", "holder-1/product-1"), ("search", "")],
)
def test_searches_holders_and_products_are_watched(settings: Settings, session_factory: sessionmaker[Session], kind: str, key: str) -> None:
    owner = account(session_factory)
    with session_factory.begin() as session:
        import_rows(session, "a.csv", "a" * 64, [row(1), row(2, company="Other", designation="Thing")])
    watch(session_factory, settings, owner, topics.parse(kind, key))
    with session_factory.begin() as session:
        import_rows(session, "b.csv", "b" * 64, [row(1, software_version="2.0.0"), row(2, company="Other", designation="Thing")])
    sent = Sent()
    Deliverer(session_factory, sent, Hands()).step()
    name = "OCA.0016.0001.CSMS (Product 1, Holder 1)"
    assert sent.sentences == [f"The OCA list says something else of {name}: software version “1.0.0”, now “2.0.0”."]
    assert sent.parcels[0].body["type"] == "listing.substantive"


def test_an_address_that_may_not_be_called_is_refused_when_it_is_given(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner = account(session_factory)
    for url, line in (
        ("http://receiver.example/", "only https addresses are used"),
        ("https://127.0.0.1/", "is in a private network"),
        ("https://[::1]/hook", "is in a private network"),
        ("https://10.1.2.3/hook", "is in a private network"),
        ("https://localhost/", "is in a private network"),
        ("https://LOCALHOST./", "is in a private network"),
        ("https://registry.internal:8443/", "is in a private network"),
        ("https://intranet/hook", "is in a private network"),
        ("https://2130706433/", "is in a private network"),
        ("https://0x7f000001/", "is in a private network"),
        ("https://127.1/", "is in a private network"),
        ("https://017700000001/", "is in a private network"),
        ("https://169.254.169.254/latest", "is in a private network"),
        ("https://user:secret@receiver.example/", "addresses with a user's name or password"),
        ("file:///etc/passwd", "only https addresses are used"),
        ("https://", "names no server"),
        ("https://receiver.example/a b", "is no address"),
    ):
        with pytest.raises(RegistryError, match=line):
            watch(session_factory, settings, owner, url=url)


def test_nobody_changes_a_watch_or_an_address_of_somebody_else(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner, other = account(session_factory), account(session_factory, "other")
    watch_id, _ = watch(session_factory, settings, owner)
    address_id = confirmed(session_factory, owner)
    with session_factory.begin() as session:
        assert store.view(session, other, watch_id) is None
        assert not store.move(session, other, watch_id, "paused")
        assert not store.ask_test(session, other, watch_id)
        assert store.renew_secret(session, other, watch_id, Vault(settings.home)) is None
        assert not store.remove(session, other, watch_id)
        assert not store.remove_address(session, other, address_id)
    assert seen(session_factory, owner, watch_id).state == "active"


def test_mail_goes_to_confirmed_addresses_of_the_same_account_alone(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    owner, other = account(session_factory), account(session_factory, "other")
    elsewhere, own = confirmed(session_factory, other), confirmed(session_factory, owner)
    with session_factory.begin() as session:
        session.get_one(WatchAddress, own).confirmed_at = None
    for address_id in (elsewhere, own):
        with pytest.raises(RegistryError, match="only go to an address of yours that you confirmed"):
            watch(session_factory, settings, owner, address_id=address_id)


def test_the_same_is_not_watched_twice_and_not_without_end(
    settings: Settings, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = account(session_factory)
    watch(session_factory, settings, owner)
    with pytest.raises(RegistryError, match="You keep watch over that already"):
        watch(session_factory, settings, owner)
    monkeypatch.setattr(store, "MOST_WATCHES", 1)
    with pytest.raises(RegistryError, match="An account can have 1 watches: delete one first"):
        watch(session_factory, settings, owner, url="https://other.example/")


def test_secrets_are_sealed_in_the_database(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    watch_id, secret = watch(session_factory, settings, account(session_factory))
    assert secret is not None
    with session_factory() as session:
        kept = session.get_one(Watch, watch_id).secret or ""
    assert secret.removeprefix("whsec_") not in kept
    assert Vault(settings.home).open(kept) == secret
