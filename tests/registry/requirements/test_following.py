"""What newly meets a requirement set, and what does so no longer: each change of an answer is told once, with what decided."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.store import save_extraction
from registry.certificates.words import company_key
from registry.events import Event
from registry.listing.store import import_rows
from registry.requirements import following, store
from registry.requirements.checking import check_holder
from registry.requirements.following import SUBJECT, follow
from registry.requirements.models import FollowedRules, RulesAnswer, RulesEvent
from registry.requirements.offers import product_of
from registry.settings import Settings
from registry.watches import happenings, topics
from tests.registry.making import FACTS, extraction, row

NUMBER = "OCA.0016.9001.CS"
ATOM = "{http://www.w3.org/2005/Atom}"
RULES = """
schema_version = 1
id = "city"
title = "The city"
publisher = "Nobody"
summary = "For tests."
role = "CS"
[[sources]]
title = "A page"
read_on = 2026-01-01
"""
ALWAYS = """
[[phases]]
name = "Always"
rule = { clause = "1", certified = { profiles = ["%s"] } }
"""
BY_DAY = """
[[phases]]
name = "Core"
ends = 2026-12-31
rule = { clause = "1", certified = { profiles = ["Core"] } }
[[phases]]
name = "Reservation"
begins = 2027-01-01
rule = { clause = "2", certified = { profiles = ["Reservation"] } }
"""


class Hands:
    now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def city(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    """A set that asks for Core, followed since before there was any certificate."""
    with session_factory.begin() as session:
        store.keep(session, RULES + ALWAYS % "Core", "Made for tests.")
    assert follow(settings, session_factory, clock=clock) == 0


def certify(sessions: sessionmaker[Session], document: str = "document 1", **changes: Any) -> None:
    with sessions.begin() as session:
        save_extraction(session, extraction(document, **changes), f"{document}.txt")


def told(sessions: sessionmaker[Session], identity: str = "city") -> list[tuple[str, str]]:
    """The titles and sentences that the set's feed has, the oldest first."""
    with sessions() as session:
        page = happenings.newest(session, topics.of_requirements(identity))
    return [(one.told.title, one.told.sentence) for one in reversed(page.seen)]


@pytest.mark.usefixtures("city")
def test_what_newly_meets_is_told_once(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    assert follow(settings, session_factory, clock=clock) >= 1
    [(title, sentence)] = told(session_factory)
    assert title == f"Meets The city now: {NUMBER} (Product 1, Holder 1)"
    assert sentence.startswith(f"{NUMBER} (Product 1, Holder 1) meets The city now: ")
    assert "V1.3.337" in sentence
    assert follow(settings, session_factory, clock=clock) == 0
    certify(session_factory, "document 2", number="OCA.0016.9002.CS", designation="Product 2", profiles={"Core": "N/A"})
    assert [title for title, _ in told(session_factory)] == [title], "what does not meet is no news"


def test_what_a_set_says_at_first_is_no_news(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    assert follow(settings, session_factory, clock=clock) == 0
    with session_factory() as session:
        kept = {row.identity: row.answer for row in session.scalars(select(RulesAnswer))}
        assert kept["south-korea-subsidy"] == "meets"
        assert session.scalar(select(func.count()).select_from(RulesEvent)) == 0
    certify(session_factory, "document 2", number="OCA.0016.9002.CS", designation="Product 2")
    follow(settings, session_factory, clock=clock)
    assert len(told(session_factory, "south-korea-subsidy")) == 1


@pytest.mark.usefixtures("city")
def test_what_is_withdrawn_meets_no_longer_and_may_again(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    listed, others = row(1, number=NUMBER, certificate_no=NUMBER, company="Holder 1", designation="Product 1"), [row(2), row(3)]
    for rows in ([listed, *others], others, [listed, *others]):
        with session_factory.begin() as session:
            import_rows(session, "list.csv", "0" * 64, rows)
        follow(settings, session_factory, clock=clock)
    titles = [title for title, _ in told(session_factory)]
    assert [title.partition(":")[0] for title in titles] == ["Meets The city now", "Meets The city no longer", "Meets The city now"]
    assert (
        "is answered “does not meet” now" in told(session_factory)[1][1] or "is answered “cannot tell” now" in told(session_factory)[1][1]
    )


@pytest.mark.usefixtures("city")
def test_another_certificate_of_the_product_decides_too(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    with session_factory.begin() as session:
        words = (RULES + ALWAYS % 'Core", "Security').replace('"city"', '"both"').replace("The city", "Both")
        store.keep(session, words, "Made for tests.")
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    assert told(session_factory, "both") == []
    certify(session_factory, "document 2", number="OCA.0016.9002.CS", kind="Security", profiles={"Advanced Security": "Pass"})
    follow(settings, session_factory, clock=clock)
    assert {title.partition(": ")[2].partition(" ")[0] for title, _ in told(session_factory, "both")} == {NUMBER, "OCA.0016.9002.CS"}


@pytest.mark.usefixtures("city")
def test_rules_that_change_say_so(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    with session_factory.begin() as session:
        store.keep(session, RULES + ALWAYS % "Reservation", "Stricter.", identity="city", base=1)
    follow(settings, session_factory, clock=clock)
    title, sentence = told(session_factory)[-1]
    assert title.startswith("Meets The city no longer: ")
    assert sentence.endswith("The requirement set was changed.")


def test_a_day_that_changes_what_holds_says_so(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    with session_factory.begin() as session:
        store.keep(session, RULES + BY_DAY, "Made for tests.")
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    clock.now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert follow(settings, session_factory, clock=clock) == 0
    clock.now += timedelta(minutes=1)
    follow(settings, session_factory, clock=clock)
    [(title, sentence)] = told(session_factory)
    assert title.startswith("Meets The city no longer: ")
    assert sentence.endswith("By the day, another part of the requirement set holds now.")


@pytest.mark.usefixtures("city")
def test_what_is_there_no_longer_meets_nothing(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    certify(session_factory, number="OCA.0016.9009.CS")  # the same document, read again
    follow(settings, session_factory, clock=clock)
    titles = [title for title, _ in told(session_factory)]
    assert sorted(title.partition(" (")[0] for title in titles[1:]) == [
        f"Meets The city no longer: {NUMBER}",
        "Meets The city now: OCA.0016.9009.CS",
    ]
    assert any(sentence.endswith("is not there to be judged by it any more.") for _, sentence in told(session_factory))
    with session_factory() as session:
        assert set(session.scalars(select(RulesAnswer.number))) == {"OCA.0016.9009.CS"}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("holder", ["Another Holder", "Zeta"])  # looked at before Holder 1, and after
def test_another_holder_is_no_news(session_factory: sessionmaker[Session], settings: Settings, clock: Hands, holder: str) -> None:
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    certify(session_factory, holder=holder)
    follow(settings, session_factory, clock=clock)
    assert len(told(session_factory)) == 1
    with session_factory() as session:
        assert {row.company_key for row in session.scalars(select(RulesAnswer))} == {company_key(holder)}


@pytest.mark.usefixtures("city")
def test_killed_halfway_it_tells_nothing_twice(
    session_factory: sessionmaker[Session], settings: Settings, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify(session_factory)
    certify(session_factory, "document 2", number="OCA.0016.9002.CS", holder="Holder 2", designation="Product 2")
    whole = following._store

    def ends(*given: Any) -> int:
        made = whole(*given)
        raise KeyboardInterrupt(made)

    with monkeypatch.context() as patched:
        patched.setattr(following, "_store", ends)
        patched.setattr(following, "_STORED_AT_ONCE", 1)
        with pytest.raises(KeyboardInterrupt):
            follow(settings, session_factory, clock=clock)
    assert len(told(session_factory)) == 1
    follow(settings, session_factory, clock=clock)
    assert len(told(session_factory)) == 2


@pytest.mark.usefixtures("city")
def test_only_one_process_follows(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    with (settings.home / following._LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert follow(settings, session_factory, clock=clock) == 0
    assert told(session_factory) == []
    assert follow(settings, session_factory, clock=clock) >= 1


@pytest.mark.usefixtures("city")
def test_what_is_kept_is_what_the_page_says(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    for place, version in enumerate(("V1.0", "V1.1", "V1.1", None)):
        profiles = {"Core": "Pass" if place % 2 else "N/A", "Advanced Security": "Pass"}
        certify(session_factory, f"document {place}", number=f"OCA.0016.900{place}.CS", software_version=version, profiles=profiles)
        follow(settings, session_factory, clock=clock)
    with session_factory() as session:
        sets, kept = store.all_sets(session), {(one.identity, one.number): one.answer for one in session.scalars(select(RulesAnswer))}
        for number, version in (("OCA.0016.9000.CS", "V1.0"), ("OCA.0016.9001.CS", "V1.1"), ("OCA.0016.9003.CS", None)):
            offer = product_of(replace(FACTS, software_version=version, role="CS"))
            for rules, verdict in check_holder(session, sets, offer, FACTS.holder, clock().date()):
                if rules.role in (None, "CS"):
                    assert kept[rules.id, number] == verdict.answer, (rules.id, number)


@pytest.mark.usefixtures("city")
def test_a_set_that_is_gone_is_forgotten(
    session_factory: sessionmaker[Session], settings: Settings, clock: Hands, client: FlaskClient
) -> None:
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    with session_factory.begin() as session:
        store.remove(session, "city", "No longer.")
    assert client.get("/requirements/city.atom").status_code == 404
    follow(settings, session_factory, clock=clock)
    with session_factory() as session:
        assert "city" not in set(session.scalars(select(FollowedRules.identity))) | set(session.scalars(select(RulesAnswer.identity)))


@pytest.mark.usefixtures("city")
def test_the_feed_the_page_and_the_history(
    session_factory: sessionmaker[Session], settings: Settings, clock: Hands, client: FlaskClient
) -> None:
    empty = client.get("/requirements/city.atom")
    assert (empty.status_code, len(fromstring(empty.data).findall(f"{ATOM}entry"))) == (200, 0)
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    feed = fromstring(client.get("/requirements/city.atom").data)
    assert feed.findtext(f"{ATOM}title") == "What meets The city"
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.find(f"{ATOM}category").get("term") == "requirements-met.answered-otherwise"
    assert f"/certificates/{NUMBER}" in entry.find(f"{ATOM}link").get("href")
    page = client.get("/requirements/city").text
    assert 'href="/requirements/city.atom"' in page
    assert "kind=requirements&amp;key=city" in page
    assert "What meets The city" in client.get("/watches/new?kind=requirements&key=city").text
    assert client.get("/watches/new?kind=requirements&key=nothing").status_code == 404
    assert "meets The city now" in client.get("/history?subject=requirements+met").text
    assert "meets The city now" in client.get(f"/certificates/{NUMBER}").text
    other = client.get(f"/certificates/{NUMBER}.atom").text
    assert "meets The city" not in other, "who watches a certificate has what it follows from"


@pytest.mark.usefixtures("city")
def test_events_say_who_and_about_what(session_factory: sessionmaker[Session], settings: Settings, clock: Hands) -> None:
    certify(session_factory)
    follow(settings, session_factory, clock=clock)
    with session_factory() as session:
        [event] = [one for one in session.scalars(select(Event).where(Event.subject == SUBJECT)) if one.payload["set"] == "city"]
    assert (event.kind, event.number, event.at, event.device) == ("answered otherwise", NUMBER, clock.now, None)
    assert (event.payload["old"], event.payload["new"], event.payload["title"]) == (None, "meets", "The city")
