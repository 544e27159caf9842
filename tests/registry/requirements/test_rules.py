"""Requirement sets as they ship fit their schema and their sources; what cannot be is said in a sentence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.requirements import vocabulary
from registry.requirements.evaluation import Answer
from registry.requirements.model import BadRules, Certified, Given, Pics, walked
from registry.requirements.reading import checked, read_new_rules, read_rules, shipped, shipped_texts
from tests.registry.requirements.making import ALWAYS, CORE, OFFER, SECURITY, judged, rules_of

DATA = Path(__file__).parents[3] / "data"
PLAIN = rules_of('{ clause = "1", certified = { profiles = ["Core"] } }')


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def schema(name: str) -> Any:
    return json.loads((DATA / "schemas" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("identity", shipped_texts())
def test_a_set_that_ships_fits_its_schema_and_its_name(identity: str) -> None:
    words = shipped_texts()[identity]
    jsonschema_rs.validate(schema("requirements.json"), plain(tomllib.loads(words)))
    assert read_rules(words).id == identity
    assert read_rules(words).not_judged, "each of the sources asks more than can be judged here"


def test_the_vocabulary_fits_its_schema() -> None:
    jsonschema_rs.validate(
        schema("requirement_vocabulary.json"), json.loads((DATA / "requirements" / "vocabulary.json").read_text("utf-8"))
    )


def test_the_sets_that_ship_hold_from_the_days_of_their_sources() -> None:
    begins = {identity: [phase.begins for phase in rules.phases] for identity, rules in shipped().items()}
    assert begins == {
        "calevip-2-dc": [date(2024, 1, 1), date(2025, 1, 1)],
        "california-energy-commission": [date(2026, 9, 28)],
        "communities-in-charge-level-2": [None, date(2024, 1, 1), date(2025, 1, 1)],
        "south-korea-subsidy": [date(2022, 1, 1)],
        "us-23-cfr-680-108": [date(2023, 3, 30), date(2024, 2, 28)],
    }
    assert not shipped()["us-23-cfr-680-108"].asks_certificate
    assert "not a certificate" in shipped()["us-23-cfr-680-108"].summary


def test_a_security_certificate_alone_is_no_certificate_of_the_protocol() -> None:
    korea = shipped()["south-korea-subsidy"]
    offer = replace(OFFER, installed=date(2024, 5, 1))
    named = replace(offer, certificates=("OCA.0016.9002.CS",))
    assert {judged(korea, each, SECURITY).answer for each in (offer, named)} == {Answer.CANNOT_TELL}
    assert "OCA.0016.9002.CS covers no profile besides Security" in judged(korea, named, SECURITY).missing[0]
    assert judged(korea, named, replace(SECURITY, software_version="9.9")).answer is Answer.DOES_NOT_MEET
    assert judged(korea, named, CORE, SECURITY).answer is Answer.MEETS
    assert judged(korea, offer, CORE).answer is Answer.MEETS
    assert any("hardware" in line for line in korea.not_judged)


@pytest.mark.parametrize(
    ("identity", "day"),
    [
        ("calevip-2-dc", date(2025, 3, 1)),
        ("communities-in-charge-level-2", date(2025, 3, 1)),
        ("california-energy-commission", date(2026, 10, 1)),
        ("us-23-cfr-680-108", date(2024, 3, 1)),
        ("us-23-cfr-680-108", date(2023, 5, 1)),
    ],
)
def test_where_a_source_says_one_version_nobody_knows_whether_a_later_one_will_do(identity: str, day: date) -> None:
    rules = shipped()[identity]
    both = replace(CORE, kind="Core + S", profiles={"Core": "Pass", "Advanced Security": "Pass"})
    offer = replace(OFFER, installed=day, role="CS")
    assert judged(rules, offer, replace(both, protocol="OCPP 2.0.1")).answer is Answer.MEETS
    assert judged(rules, offer, replace(both, protocol="OCPP 2.1")).answer is not Answer.MEETS
    assert judged(rules, replace(offer, certificates=("OCA.0016.9001.CS",)), replace(both, protocol="OCPP 2.1")).answer in {
        Answer.CANNOT_TELL,
        Answer.WOULD_MEET_WITH,
    }


def test_what_the_sets_ask_is_what_their_sources_ask() -> None:
    calevip = shipped()["calevip-2-dc"].phases[0].rule
    assert isinstance(calevip, Certified)
    assert (calevip.at_least, calevip.profiles) == ("OCPP 1.6", ("Core", "Security"))
    levels = [rule.levels for rule in walked(shipped()["communities-in-charge-level-2"].phases[1].rule) if isinstance(rule, Given)]
    assert levels == [("proof of payment",), ("tool report",)]


@pytest.mark.parametrize(
    ("words", "profiles"),
    [
        (
            "Full + Security",
            {"Core", "Security", "Firmware Management", "Smart Charging", "Reservation", "Remote Trigger"}
            | {"Local Authorization List Management"},
        ),
        ("Subset", {"Core"}),
        ("Core + S", {"Core", "Security"}),
        ("Core and Advanced Security", {"Core", "Security"}),
        ("Core + S + C", {"Core", "Security", "Smart Charging"}),
        ("Core + Q", None),
        ("", None),
        (None, None),
    ],
)
def test_old_and_new_words_mean_the_same(words: str | None, profiles: set[str] | None) -> None:
    assert vocabulary.claimed(words) == profiles
    assert vocabulary.claimed(words, "OCPP 1.6") == profiles


@pytest.mark.parametrize(("words", "profiles"), [("Full + Security", None), ("Subset", None), ("Core + S", {"Core", "Security"})])
def test_words_of_older_protocols_say_nothing_of_newer_ones(words: str, profiles: set[str] | None) -> None:
    assert vocabulary.claimed(words, "OCPP 2.0.1") == profiles


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["Core"]', '["Cor"]', "did you mean Core?"),
        ('["Core"]', '["Plug and Fly"]', "which is not known: use one of Core"),
        ('profiles = ["Core"]', 'at_least = "OCPP 3.0"', "which is not known"),
        ('profiles = ["Core"]', 'at_least = "1.6", exactly = "1.6"', "stands beside at_least"),
        ("2026-01-01", "2026-02-30", "Line 9: 2026-02-30 is no date: write a day that there is, as 2025-01-31"),
        ('name = "Always"', 'name = "Always"\nbegins = 2026-13-01', "Line 12: 2026-13-01 is no date"),
        ('name = "Always"', 'name = "Always"\nends = 2026-1-5', "Line 12: 2026-1-5 is no date"),
        ('summary = "For tests."', "summary = For 2026-02-30", "This is not TOML: Invalid value (at line 6, column 11)"),
        ("2026-01-01", '"2026-02-30"', "a date that cannot be"),
        ("2026-01-01", "2026-01-01T00:00:00", "no date"),
        ("2026-01-01", "7", "no date"),
        ('name = "Always"', 'name = "Always"\nbegins = 2026-01-01\nends = 2025-01-01', "before it begins"),
        ('name = "Always"', 'name = "Always"\n[phases.rule]\nclause="2"\nruleset="x"\n[[phases]]\nname="Two"', "hold on the same days"),
        ('id = "one"', 'id = "One Two"', "is missing or no identity"),
        ('id = "one"', "", "is missing or no identity"),
        ('title = "One"', "title = 1", "title is missing, or no text"),
        ('title = "One"', 'titel = "One"', "titel is not known here: did you mean title?"),
        ("schema_version = 1", "schema_version = 2", "schema_version must be 1"),
        ("certified = {", "certifed = {", "one: phases[1].rule.certifed is not known here: did you mean certified?"),
        (', certified = { profiles = ["Core"] }', "", "says nothing to look at"),
        ('clause = "1", ', "", "clause is missing"),
        ('certified = { profiles = ["Core"] }', 'given = { levels = ["certificate"] }', "ask for it with certified"),
        ('certified = { profiles = ["Core"] }', 'given = { levels = ["hearsay"] }', "which is not known"),
        ('certified = { profiles = ["Core"] }', 'key = { name = "X", at_least = 5, at_most = 4 }', "no value can be both"),
        ('certified = { profiles = ["Core"] }', 'key = { name = "X", at_least = "5" }', "write a whole number"),
        ('certified = { profiles = ["Core"] }', 'key = { name = "X", includes = "Core" }', "includes must be a list of one text or more"),
        (
            'certified = { profiles = ["Core"] }',
            'key = { name = "X", include = ["Core"] }',
            "include is not known here: did you mean includes?",
        ),
        ('certified = { profiles = ["Core"] }', 'pics = { name = "X" }', "at_most_seconds is missing"),
        (
            'certified = { profiles = ["Core"] }',
            'pics = { name = "X", at_most_seconds = 5 }',
            "says 'X', which is not known: use one of OCPP",
        ),
        (
            'certified = { profiles = ["Core"] }',
            'pics = { name = "OCPP respons timeout", at_most_seconds = 5 }',
            "did you mean OCPP response timeout?",
        ),
        (
            'certified = { profiles = ["Core"] }',
            'pics = { name = "OCPP response timeout", at_most_seconds = -5 }',
            "at_most_seconds is -5, and no time is below 0",
        ),
        ('clause = "1", certified = { profiles = ["Core"] }', "any = []", "at least one"),
        ('["Core"]', '["Core"], communication = "Ethernet"', "communication says 'Ethernet', which is not known: use one of JSON, SOAP"),
        ('["Core"]', '["Core"], communication = "JSOM"', "did you mean JSON?"),
        ('["Core"]', '["Core"], communication = "JSON or SOAP"', "which is not known: use one of JSON, SOAP"),
        (
            'certified = { profiles = ["Core"] }',
            'given = { levels = ["tool report"], communication = "4G" }',
            "communication says '4G', which is not known",
        ),
        (
            '["Core"]',
            '["Full"], exactly = "OCPP 2.0.1"',
            "profiles says Full, and nobody knows what that is in OCPP 2.0.1: use Core, Security, ",
        ),
        ('["Core"]', '["Full + Security"], at_least = "OCPP 2.0"', "says Full, and nobody knows what that is in OCPP 2.0:"),
        ('["Core"]', '["Core", "Remote Trigger"], exactly = "OCPP 2.1"', "names Remote Trigger, which OCPP 2.1 has not"),
        ('["Core"]', '["D"], exactly = "OCPP 1.6"', "names Advanced Device Management, which OCPP 1.6 has not: use Core, "),
        ('["Core"]', '["Remote Trigger", "D"]', "names Advanced Device Management, which OCPP 1.5 has not"),
        ("[[sources]]", "[[soucres]]", "soucres is not known here: did you mean sources?"),
    ],
)
def test_a_set_that_cannot_be_is_said_in_a_sentence_with_its_place(old: str, new: str, said: str) -> None:
    assert old in PLAIN
    with pytest.raises(BadRules) as refused:
        read_new_rules(PLAIN.replace(old, new))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


ALL_KINDS = (
    ALWAYS
    + """
[phases.rule]
[[phases.rule.all]]
clause = "1"
certified = { at_least = "OCPP 1.6" }
[[phases.rule.all]]
clause = "2"
given = { levels = ["tool report"] }
[[phases.rule.all]]
clause = "3"
key = { name = "HeartbeatInterval", at_most = 60 }
[[phases.rule.all]]
clause = "4"
pics = { name = "OCPP response timeout", at_most_seconds = 5 }
[[phases.rule.all]]
clause = "5"
ruleset = "another"
[[phases.rule.all]]
clause = "6"
note = "It can be read in two ways."
[[phases.rule.all.readings]]
clause = "6a"
certified = {}
[[phases.rule.all.readings]]
any = [{ clause = "6b", certified = {} }, { clause = "6c", certified = {} }]
"""
)


def tables(value: Any) -> Iterator[dict[str, Any]]:
    """Every table of a TOML document, at whatever depth."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from tables(each)


@pytest.mark.parametrize("words", [ALL_KINDS, *shipped_texts().values()], ids=["all kinds", *shipped_texts()])
def test_no_table_at_any_level_takes_a_key_that_nobody_knows(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read_new_rules(words)
    for position in range(len(list(tables(tomllib.loads(words))))):
        whole = tomllib.loads(words)
        list(tables(whole))[position]["protocl_at_least"] = "OCPP 2.0.1"
        with monkeypatch.context() as patched:
            patched.setattr(tomllib, "loads", lambda _words, whole=whole: whole)
            with pytest.raises(BadRules, match=r"protocl_at_least is not known here: (use|did you mean) "):
                read_new_rules(words)


def test_no_key_of_a_rule_can_be_misspelt() -> None:
    for word in ("clause", "at_least", "levels", "name", "at_most", "at_most_seconds", "ruleset", "note", "readings", "any", "all"):
        lines = [place for place, line in enumerate(ALL_KINDS.split("\n")) if re.search(rf"\b{word}\b", line)]
        for place in lines:
            written = ALL_KINDS.split("\n")
            written[place] = re.sub(rf"\b{word}\b", f"{word}x", written[place], count=1)
            with pytest.raises(BadRules, match=rf"{word}x is not known here: did you mean {word}\?"):
                read_new_rules("\n".join(written))


def test_a_set_that_is_kept_goes_on_being_read_and_nothing_has_to_be_left_unjudged() -> None:
    nonsense = PLAIN.replace('certified = { profiles = ["Core"] }', 'pics = { name = "X", at_most_seconds = -5 }')
    assert read_rules(nonsense).phases[0].rule == Pics("1", "X", -5)
    wire = read_rules(PLAIN.replace('["Core"]', '["Core"], communication = "wire"')).phases[0].rule
    assert wire == Certified("1", profiles=("Core",), communication="wire")
    # It accuses nobody.
    assert judged(wire, replace(OFFER, certificates=("OCA.0016.9001.CS",)), CORE).answer is Answer.CANNOT_TELL
    full = read_rules(PLAIN.replace('["Core"]', '["Full"], exactly = "2.0.1"')).phases[0].rule
    assert isinstance(full, Certified)
    assert "Firmware Management" in full.profiles
    assert read_rules(PLAIN.replace('title = "One"', 'title = "One"\nnot_judged = []')).not_judged == ()


def referring(identity: str, *others: str) -> str:
    parts = ", ".join(f'{{ clause = "x", ruleset = "{other}" }}' for other in others)
    return PLAIN.replace('"one"', f'"{identity}"').replace('clause = "1", certified = { profiles = ["Core"] }', f"all = [{parts}]")


def test_sets_that_refer_to_one_another_are_found() -> None:
    sets = [read_rules(referring("a", "b")), read_rules(referring("b", "c")), read_rules(referring("c", "one", "a")), read_rules(PLAIN)]
    with pytest.raises(BadRules, match="a -> b -> c -> a"):
        checked(sets)
    with pytest.raises(BadRules, match="a -> a"):
        checked([read_rules(referring("a", "a"))])
    with pytest.raises(BadRules, match=r"a: there is no set onne to refer to: did you mean one\?"):
        checked([read_rules(referring("a", "onne")), read_rules(PLAIN)])
    assert set(checked([read_rules(referring("a", "one", "b")), read_rules(referring("b", "one")), read_rules(PLAIN)])) == {"a", "b", "one"}


def test_rules_too_deep_are_refused() -> None:
    deep = 'clause = "1", certified = { profiles = ["Core"] }'
    rule = deep
    for _ in range(40):
        rule = f"any = [{{ {rule} }}]"
    with pytest.raises(BadRules, match="deeper than"):
        read_rules(PLAIN.replace(deep, rule))
    with pytest.raises(BadRules, match="letters"):
        read_rules("#" * 70_000)
    with pytest.raises(BadRules):
        read_rules("a = " + "[" * 20_000)


@given(st.text(max_size=80), st.integers(0, len(PLAIN)))
def test_no_text_brings_anything_but_a_set_or_a_sentence(words: str, at: int) -> None:
    for sent in (words, PLAIN[:at] + words + PLAIN[at:]):
        try:
            read_rules(sent)
        except BadRules as refused:
            said = str(refused)
        else:
            said = "a set"
        assert said
