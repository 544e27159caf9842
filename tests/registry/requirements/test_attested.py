"""What certificates attest: profiles by protocol, a certificate of whatever profile, and transports as people write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.certificates.facts import CertificateFacts
from registry.requirements import vocabulary
from registry.requirements.evaluation import Answer
from registry.requirements.model import Certified, Given, Rule
from registry.requirements.offers import Evidence, Held
from registry.requirements.plain import said
from registry.requirements.reading import read_new_rules
from tests.registry.requirements.making import CORE, OFFER, SECURITY, judged, rules_of

NAMING = replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",))
NEWER = ("Core", "Advanced Security", "Local Authorization List Management", "Smart Charging", "Advanced Device Management", "Reservation")
EVERYTHING = replace(
    CORE,
    protocol="OCPP 2.0.1",
    kind="Core + S + L + C + D + R + U + I",
    profiles=dict.fromkeys((*NEWER, "Advanced User Interface", "ISO 15118 Support"), "Pass"),
)
FULL = ("Core", "Firmware Management", "Smart Charging", "Reservation", "Local Authorization List Management", "Remote Trigger")
ASKS_NO_PROFILE = Certified("any", at_least="OCPP 1.6")


def of(rule: Rule, *held: Held | CertificateFacts) -> Answer:
    """What is said of an offer that names the first certificate."""
    return judged(rule, NAMING, *held).answer


@pytest.mark.parametrize("rule", [ASKS_NO_PROFILE, Certified("any"), Certified("any", exactly="OCPP 1.6")])
def test_where_no_profile_is_named_one_of_security_alone_leaves_it_open(rule: Certified) -> None:
    security = replace(SECURITY, number="OCA.0016.9001.CS")
    for alone in (security, replace(security, profiles={"Security": "Pass", "Core": "N/A"}), replace(security, kind="S")):
        verdict = judged(rule, NAMING, alone)
        assert verdict.answer is Answer.CANNOT_TELL
        assert "OCA.0016.9001.CS covers no profile besides Security" in verdict.missing[0]
    assert of(rule, CORE) is Answer.MEETS
    assert of(rule, CORE, SECURITY) is Answer.MEETS
    assert of(rule, security, replace(CORE, number="OCA.0016.9007.CS")) is Answer.MEETS
    assert of(rule, replace(CORE, designation="X-9")) is Answer.DOES_NOT_MEET
    assert of(rule, replace(CORE, software_version="9.9")) is Answer.WOULD_MEET_WITH
    whole = Held(CORE, unread=frozenset({"profiles"}))
    for unread in (Held(CORE, unread=frozenset({"profiles.Core"})), Held(replace(CORE, profiles=None)), whole):
        assert of(rule, unread) is Answer.CANNOT_TELL
    assert "cover any profile besides Security at the offered version" in said(rule).text


@pytest.mark.parametrize(
    ("profiles", "answer"),
    [
        (("Core",), Answer.MEETS),
        (("Core", "Security", "Smart Charging", "Reservation"), Answer.MEETS),
        ((*FULL, "Security"), Answer.CANNOT_TELL),
        (("Remote Trigger",), Answer.CANNOT_TELL),
        (("Core", "Firmware Management"), Answer.CANNOT_TELL),
    ],
)
def test_profiles_that_a_newer_protocol_has_not_are_not_held_against_it(profiles: tuple[str, ...], answer: Answer) -> None:
    verdict = judged(Certified("c", at_least="OCPP 1.6", profiles=profiles), NAMING, EVERYTHING)
    assert (verdict.answer, verdict.needed) == (answer, ())
    assert answer is Answer.MEETS or "OCPP 2.0.1 has no profile" in verdict.missing[0]
    # Nor is anything said to be covered by what the protocol has of them.
    some = replace(EVERYTHING, kind="Core", profiles={"Core": "Pass"})
    assert (of(Certified("c", at_least="OCPP 1.6", profiles=profiles), some) is Answer.MEETS) == (profiles == ("Core",))


def test_profiles_of_a_newer_protocol_are_not_held_against_an_older_one() -> None:
    rule = Certified("c", at_least="OCPP 1.6", profiles=("Core", "Advanced Device Management"))
    verdict = judged(rule, NAMING, CORE)
    assert (verdict.answer, verdict.needed) == (Answer.CANNOT_TELL, ())
    assert verdict.missing[0].startswith("OCPP 1.6 has no profile Advanced Device Management: ")
    assert of(rule, EVERYTHING) is Answer.MEETS
    # Of another product nothing changes.
    assert of(rule, replace(CORE, designation="X-9")) is Answer.DOES_NOT_MEET


def test_no_certificate_is_named_as_needed_that_cannot_be() -> None:
    """Whatever is asked and held: what would be needed are profiles that certificates of the protocol have."""
    for protocol in ("OCPP 1.6", "OCPP 2.0.1", "OCPP 2.1"):
        for profile in vocabulary.profiles():
            for other in vocabulary.profiles():
                held = replace(CORE, protocol=protocol, kind=profile, profiles={profile: "Pass"})
                verdict = judged(Certified("c", at_least="OCPP 1.6", profiles=(profile, other)), NAMING, held)
                is_foreign = bool(vocabulary.foreign((profile, other), protocol))
                assert (verdict.answer is Answer.CANNOT_TELL) == is_foreign, (protocol, profile, other)
                assert bool(verdict.needed) == (not is_foreign and profile != other)


def test_other_evidence_is_not_held_to_profiles_that_its_protocol_has_not() -> None:
    rule = Given("g", ("tool report",), at_least="OCPP 1.6", profiles=FULL)
    verdict = judged(rule, replace(NAMING, evidence=(Evidence("tool report", "OCPP 2.0.1", ("Core", "Smart Charging")),)))
    assert (verdict.answer, verdict.missing[0]) == (
        Answer.CANNOT_TELL,
        "OCPP 2.0.1 has no profiles Firmware Management and Remote Trigger: what is asked of it instead is for whoever asks it to say",
    )
    assert judged(rule, replace(NAMING, evidence=(Evidence("tool report", "OCPP 1.6", ("Core",)),))).answer is Answer.DOES_NOT_MEET


WRITTEN = rules_of('{ clause = "1", certified = { profiles = ["Core"], communication = "%s" } }')


@pytest.mark.parametrize(
    ("written", "transport"),
    [
        ("JSON", "JSON"),
        ("json", "JSON"),
        ("OCPP-J", "JSON"),
        ("OCPP-JSON", "JSON"),
        ("WebSocket", "JSON"),
        ("Json over websocket", "JSON"),
        ("JSON/WebSocket", "JSON"),
        ("SOAP", "SOAP"),
        ("OCPP-S", "SOAP"),
        ("SOAP over HTTP", "SOAP"),
    ],
)
def test_a_transport_is_taken_as_officers_write_it(written: str, transport: str) -> None:
    rule = read_new_rules(WRITTEN % written).phases[0].rule
    assert rule == Certified("1", profiles=("Core",), communication=transport)
    for printed in ("JSON", "SOAP"):
        fits = printed == transport
        assert of(rule, replace(CORE, communication=printed)) is (Answer.MEETS if fits else Answer.DOES_NOT_MEET)
        paper = replace(NAMING, certificates=(), evidence=(Evidence("tool report", "OCPP 1.6", None, printed),))
        given = Given("g", ("tool report",), communication=written)
        assert judged(given, paper).answer is (Answer.MEETS if fits else Answer.DOES_NOT_MEET)


@pytest.mark.parametrize(
    ("printed", "json", "soap"),
    [
        ("JSON", Answer.MEETS, Answer.DOES_NOT_MEET),
        ("OCPP-J", Answer.MEETS, Answer.DOES_NOT_MEET),
        ("WebSocket / JSON", Answer.MEETS, Answer.DOES_NOT_MEET),
        ("JSON and SOAP", Answer.MEETS, Answer.MEETS),
        ("JSON, no SOAP", Answer.CANNOT_TELL, Answer.CANNOT_TELL),
        ("Ethernet", Answer.CANNOT_TELL, Answer.CANNOT_TELL),
        (None, Answer.CANNOT_TELL, Answer.CANNOT_TELL),
    ],
)
def test_a_transport_that_a_certificate_prints_is_taken_where_every_word_is_understood(
    printed: str | None, json: Answer, soap: Answer
) -> None:
    held = replace(CORE, communication=printed)
    assert of(Certified("c", profiles=("Core",), communication="JSON"), held) is json
    assert of(Certified("c", profiles=("Core",), communication="SOAP"), held) is soap
    assert (
        of(Certified("c", profiles=("Core",), communication="JSON"), Held(held, unread=frozenset({"communication"}))) is Answer.CANNOT_TELL
    )


@pytest.mark.parametrize("protocol", ["OCPP 2.0", "OCPP 2.0.1", "OCPP 2.1"])
def test_a_protocol_that_has_json_alone_says_it_by_itself(protocol: str) -> None:
    silent = replace(CORE, protocol=protocol, kind="Core", communication=None)
    json, soap = (Certified("c", profiles=("Core",), communication=each) for each in ("JSON", "SOAP"))
    for held in (Held(silent), Held(silent, unread=frozenset({"communication"})), Held(replace(silent, communication="JSON"))):
        assert of(json, held) is Answer.MEETS
        assert of(soap, held) is Answer.DOES_NOT_MEET
    assert of(json, replace(silent, communication="SOAP")) is Answer.CANNOT_TELL
    assert of(json, Held(silent, unread=frozenset({"protocol"}))) is Answer.CANNOT_TELL
