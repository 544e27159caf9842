"""Requirement sets, offers, and the verdicts on them."""

from __future__ import annotations

from marshmallow import fields, validate

from registry.api.fields import SAID, Shape, Taken, asked_choice, asked_text, asked_texts, counts, flag, many, number, one, text, texts
from registry.requirements import vocabulary
from registry.requirements.checking import MOST_WHILE_WAITING
from registry.requirements.reading import LONGEST_TEXT

LONGEST_REASON = 300
LONGEST_CELL = 500
_DAY = r"\d{4}-\d{2}-\d{2}"


class SourceShape(Shape):
    """Where a rule comes from."""

    title = text("Its title.")
    address = text("Its address.", none=True)
    read_on = text("When it was read.")


class PhaseShape(Shape):
    """A time in which installations fall under the same rules."""

    name = text("Its name.")
    begins = text("The first day of installation.", none=True, form="date")
    ends = text("The last day of installation.", none=True, form="date")


class RuleSetShape(Shape):
    """What a requirement set says of itself."""

    id = text("Its identity.")
    title = text("Its title.")
    publisher = text("Who asks this.")
    summary = text("What it asks, in short.")
    asks_certificate = flag("Whether a certificate is asked; else conformance is, and a certificate is one way to show it.")
    role = text("CS or CSMS; null for either.", none=True)
    sources = many(SourceShape, "Where it comes from.")
    not_judged = texts("What the source asks besides, and nothing here can tell.")
    phases = many(PhaseShape, "Its phases.")


class ListedRuleSetShape(RuleSetShape):
    """A requirement set in the list."""

    ships = flag("Whether it ships with the program, and stays as it ships.")
    url = text("Where the API tells all of it.")


class RuleSetsShape(Shape):
    """All requirement sets that hold."""

    sets = many(ListedRuleSetShape, "The sets.")


class RulesVersionShape(Shape):
    """One version of a kept set."""

    version = number("Which one, from 1.")
    reason = text("Why it was changed.")
    is_removed = flag("Whether the set was taken away by it.")
    words = text("The set as it was written, in TOML.")
    at = text("When.", form="date-time")


class WholeRuleSetShape(ListedRuleSetShape):
    """A requirement set with its text and its past."""

    words = text("The set as it is written, in TOML.")
    versions = many(RulesVersionShape, "Its versions where people keep it, the newest first.")


class RulesTaken(Taken):
    """A requirement set as it is to hold."""

    words = asked_text("The set, in TOML.", LONGEST_TEXT, shortest=1, needed=True)
    reason = asked_text("What was changed and why, in a sentence.", LONGEST_REASON, needed=True, pattern=SAID)


class RemoveArguments(Taken):
    """Why a set is taken away."""

    reason = asked_text("Why, in a sentence.", LONGEST_REASON, load_default="")


class EvidenceTaken(Taken):
    """Evidence other than a certificate that is in the file with the offer."""

    level = asked_choice("Its level.", vocabulary.evidence_levels(), required=True)
    protocol = asked_choice("The protocol that it is about.", vocabulary.protocols(), load_default=None)
    profiles = fields.List(
        asked_choice("A profile.", vocabulary.profiles()),
        load_default=None,
        validate=validate.Length(max=30),
        metadata={"description": "The profiles that it is about; left out: it does not say."},
    )
    communication = asked_choice("Its transport; left out: it does not say.", ("JSON", "SOAP"), load_default=None)


class OfferTaken(Taken):
    """One offered product; what is left out, the offer does not say."""

    vendor = asked_text("The vendor.", LONGEST_CELL, load_default=None)
    model = asked_text("The model.", LONGEST_CELL, load_default=None)
    software_version = asked_text("The software version.", LONGEST_CELL, load_default=None)
    role = asked_choice("CS or CSMS.", ("CS", "CSMS"), load_default=None)
    certificates = asked_texts("Certificate numbers that the offer names.", LONGEST_CELL, 30)
    evidence = fields.List(
        fields.Nested(EvidenceTaken), validate=validate.Length(max=30), metadata={"description": "Other evidence with the offer."}
    )
    installed = asked_text("The day of installation, as 2026-05-04.", 10, pattern=_DAY, load_default=None)


class OffersTaken(Taken):
    """Offers to be judged."""

    on = asked_text("The day of installation for offers that name none; today unless given.", 10, pattern=_DAY, load_default=None)
    offers = fields.List(
        fields.Nested(OfferTaken),
        required=True,
        validate=validate.Length(min=1, max=MOST_WHILE_WAITING),
        metadata={"description": "The offers; rows count from 1."},
    )


class VerdictFieldShape(Shape):
    """A value that decided."""

    certificate = text("The certificate that says it; null: the offer does.", none=True)
    field = text("Which value.")
    value = text("What it says.", none=True)


class ReasonShape(Shape):
    """Why a verdict is what it is."""

    clause = text("The clause of the set.")
    holds = flag("Whether it holds; null: it cannot be told.", none=True)
    text = text("In a sentence.")
    fields_ = fields.List(
        fields.Nested(VerdictFieldShape),
        required=True,
        attribute="fields",
        data_key="fields",
        metadata={"description": "The values that decided."},
    )


class VerdictShape(Shape):
    """A verdict."""

    answer = text("meets, does not meet, cannot tell or would meet with.")
    reasons = many(ReasonShape, "Why.")
    missing = texts("What is missing to tell.")
    needed = texts("What it would meet with.")
    judged_for = text("The day of installation that it was judged for.", none=True, form="date")
    phase = text("The phase that this day falls into.", none=True)


class JudgedShape(VerdictShape):
    """One offer with its verdict."""

    row = number("The row of the offer.")
    vendor = text("The vendor.", none=True)
    model = text("The model.", none=True)
    software_version = text("The software version.", none=True)
    certificates = texts("The certificates that it names.")
    installed = text("The day of installation that it names.", none=True, form="date")
    problems = texts("What of it could not be taken, and why.")


class CheckShape(Shape):
    """The verdicts over all offers."""

    ruleset = one(RuleSetShape, "The set.")
    on = text("The day of installation for offers that name none.", none=True, form="date")
    made = text("When they were judged.", form="date-time")
    program_version = text("The version of the program that judged them.")
    last_event = number("The last event in the registry's log by then: with other documents the verdicts may be others.")
    notes = texts("How the offers were read.")
    tally = counts("How many offers got each answer.")
    offers = many(JudgedShape, "The offers in their order.")
    file = text("The name of the file.")


class KeptCheckShape(CheckShape):
    """The verdicts, and where they are kept for a day."""

    workbook = text("Where they are as an XLSX workbook.")
    paper = text("Where they are as a PDF.")
    url = text("Where they are as this document.")


class CertificateVerdictShape(VerdictShape):
    """What one set says of a product."""

    ruleset = text("The set's identity.")
    title = text("The set's title.")


class CertificateVerdictsShape(Shape):
    """What the sets say of the product that a certificate is for."""

    number = text("The certificate.")
    revision = text("Its revision.", none=True)
    on = text("The day of installation.", form="date")
    verdicts = many(CertificateVerdictShape, "By set.")
