"""Offers, certificates and requirement sets for tests of verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import settings as hypothesis_settings

from registry.certificates.facts import CertificateFacts, PerformanceRow
from registry.requirements.evaluation import Verdict, evaluate
from registry.requirements.model import Certified, Phase, Rule, RuleSet, Source
from registry.requirements.offers import Held, Offer

UNHURRIED = hypothesis_settings(deadline=None)
"""How long an example takes is for a loaded machine to say."""

CORE = CertificateFacts(
    number="OCA.0016.9001.CS",
    kind="Subset",
    protocol="OCPP 1.6",
    role="CS",
    holder="Holder One Co., Ltd.",
    designation="M-1",
    software_version="V1.3.337",
    certification_date="2020-02-03",
    communication="JSON",
    profiles={"Core": "Pass", "Smart Charging": "N/A"},
    performance=(PerformanceRow("OCPP response timeout", 10, 4),),
    configuration_keys={"HeartbeatInterval": "300", "BlinkRepeat": None},
)
SECURITY = replace(
    CORE, number="OCA.0016.9002.CS", kind="Security", profiles={"Security": "Pass"}, performance=None, configuration_keys=None
)
OFFER = Offer(holder="Holder One", model="M-1", software_version="1.3.337")
BOTH = Certified("both", at_least="OCPP 1.6", profiles=("Core", "Security"))


def rules(*rule: Rule | Phase, role: str | None = "CS", asks_certificate: bool = True, identity: str = "set") -> RuleSet:
    """A set of these phases; a rule alone holds always."""
    phases = tuple(each if isinstance(each, Phase) else Phase("always", each) for each in rule)
    return RuleSet(identity, "Set", "P", "S", asks_certificate, role, (Source("x", None, "2026-01-01"),), (), phases)


TODAY = date(2026, 6, 1)
"""The day on which verdicts are asked for here."""


def judged(rule: Rule | RuleSet, offer: Offer, *held: Held | CertificateFacts, on: date | None = None, today: date = TODAY) -> Verdict:
    """What is said of the offer, by these certificates."""
    made = rule if isinstance(rule, RuleSet) else rules(rule)
    return evaluate(made, {made.id: made}, offer, [each if isinstance(each, Held) else Held(each) for each in held], on, today=today)


ALWAYS = """
schema_version = 1
id = "one"
title = "One"
publisher = "Nobody"
summary = "For tests."
[[sources]]
title = "A page"
read_on = 2026-01-01
[[phases]]
name = "Always"
"""
"""The file of a requirement set of one phase, up to its rule."""


def rules_of(rule: str) -> str:
    """The file of a requirement set that asks this and nothing else, at any time."""
    return f"{ALWAYS}rule = {rule}\n"
