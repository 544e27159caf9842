"""A file of offers against a requirement set, from the bytes to a verdict a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import metadata
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.certificates.words import company_key
from registry.db import utc_now
from registry.events import Event
from registry.matching.aliases import Aliases
from registry.requirements.evaluation import Answer, Verdict, evaluate
from registry.requirements.lookup import Finder, finder, holding
from registry.requirements.model import RuleSet
from registry.requirements.offers import Offer
from registry.requirements.table import Offers

HEADER = (
    *("row", "vendor", "model", "software version", "answer", "reasons", "missing or needed", "problems of the row", "clauses"),
    *("certificates and fields", "judged for installation on", "phase", "certificates named"),
)
MOST_WHILE_WAITING = 2_000
"""Offers that are judged while somebody waits for the answer, some seconds at most; the command line takes as many as a sheet may have."""

_OFFERS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Judged:
    """One offer with its verdict."""

    offer: Offer
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """The row for programs."""
        offer, verdict = self.offer, self.verdict
        return {
            "row": offer.row,
            "vendor": offer.holder,
            "model": offer.model,
            "software_version": offer.software_version,
            "certificates": list(offer.certificates),
            "installed": offer.installed.isoformat() if offer.installed else None,
            "problems": list(offer.problems),
        } | verdict_json(verdict)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    return {
        "answer": str(verdict.answer),
        "reasons": [
            {
                "clause": reason.clause,
                "holds": {0: False, 1: None, 2: True}[int(reason.truth)],
                "text": reason.text,
                "fields": [
                    {"certificate": fact.certificate or None, "field": fact.field, "value": fact.value or None} for fact in reason.facts
                ],
            }
            for reason in verdict.reasons
        ],
        "missing": list(verdict.missing),
        "needed": list(verdict.needed),
        "judged_for": verdict.day.isoformat() if verdict.day else None,
        "phase": verdict.phase,
    }


def cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    """The JSON of a row as a row of a table, by `HEADER`."""
    reasons = row["reasons"]
    fields = dict.fromkeys(
        f"{field['certificate'] or 'offer'}, {field['field']}: {field['value'] or 'nothing'}"
        for reason in reasons
        for field in reason["fields"]
    )
    return (
        *(row["row"], row["vendor"], row["model"], row["software_version"], row["answer"]),
        "\n".join(reason["text"] for reason in reasons),
        "\n".join((*row["missing"], *alternatives(row["needed"]))),
        "\n".join(row["problems"]),
        "\n".join(dict.fromkeys(reason["clause"] for reason in reasons)),
        "\n".join(fields),
        row["judged_for"] or "not known",
        row["phase"],
        ", ".join(row["certificates"]),
    )


def alternatives(needed: Sequence[str]) -> list[str]:
    """What an offer would meet a set with, each as one of them: one alone would do."""
    return [line if number == 0 else f"or {line}" for number, line in enumerate(needed)]


def program_version() -> str:
    """The version of this program."""
    try:
        return metadata.version("ocpp-registry")
    except metadata.PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True)
class Check:
    """All verdicts over one file. `on` is the installation date of offers that name none.

    `made` is when they were judged, `last_event` the last in the registry's log by then: with other documents they may be others.
    """

    rules: RuleSet
    on: date | None
    rows: tuple[Judged, ...]
    notes: tuple[str, ...]
    made: datetime
    last_event: int

    @property
    def tally(self) -> dict[Answer, int]:
        """How many offers got each answer."""
        return {answer: sum(row.verdict.answer is answer for row in self.rows) for answer in Answer}

    @property
    def all_meet(self) -> bool:
        """Whether every offer meets the requirements."""
        return all(row.verdict.answer is Answer.MEETS for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """The check for programs."""
        return {
            "ruleset": rules_json(self.rules),
            "on": self.on.isoformat() if self.on else None,
            "made": self.made.isoformat(timespec="seconds"),
            "program_version": program_version(),
            "last_event": self.last_event,
            "notes": list(self.notes),
            "tally": {str(answer): number for answer, number in self.tally.items()},
            "offers": [row.to_json() for row in self.rows],
        }


def rules_json(rules: RuleSet) -> dict[str, Any]:
    """What a set says of itself, for programs."""
    return {
        "id": rules.id,
        "title": rules.title,
        "publisher": rules.publisher,
        "summary": rules.summary,
        "asks_certificate": rules.asks_certificate,
        "role": rules.role,
        "sources": [{"title": one.title, "address": one.address, "read_on": one.read_on} for one in rules.sources],
        "not_judged": list(rules.not_judged),
        "phases": [
            {
                "name": phase.name,
                "begins": phase.begins.isoformat() if phase.begins else None,
                "ends": phase.ends.isoformat() if phase.ends else None,
            }
            for phase in rules.phases
        ],
    }


def check(session: Session, rules: RuleSet, sets: Mapping[str, RuleSet], offers: Offers, on: date | None) -> Check:
    """The verdict of each offer, in the order of the file."""
    last_event = session.scalar(select(func.max(Event.id))) or 0
    aliases = recorded(session)
    find = finder(session, aliases=aliases)
    rows: list[Judged] = []
    for begin in range(0, len(offers.offers), _OFFERS_AT_ONCE):
        named = (_with_whole_numbers(offer, find, rules) for offer in offers.offers[begin : begin + _OFFERS_AT_ONCE])
        asked = [(offer, find.places(offer)) for offer in named]
        rows.extend(_judged(session, rules, sets, asked, on, aliases))
    return Check(rules, on, tuple(rows), offers.notes, utc_now(), last_event)


def _with_whole_numbers(offer: Offer, find: Finder, rules: RuleSet) -> Offer:
    """The offer with the roles of the numbers that it names without."""
    role = offer.role or rules.role
    whole = dict.fromkeys(number for named in offer.certificates for number in find.whole(named, role))
    return replace(offer, certificates=tuple(whole))


def check_holder(
    session: Session, sets: Mapping[str, RuleSet], offer: Offer, holder: str | None, on: date
) -> list[tuple[RuleSet, Verdict]]:
    """The verdict of every set on one product of that holder, by the holder's certificates, however they spell it."""
    aliases = recorded(session)
    places = finder(session, aliases.keys([company_key(holder)]) if company_key(holder) else None, aliases).places(offer)
    held = list(holding(session, places, aliases).values())
    return [
        (rules, evaluate(rules, sets, offer, held, on, today=utc_now().date()))
        for rules in sorted(sets.values(), key=lambda one: one.title)
    ]


def _judged(
    session: Session,
    rules: RuleSet,
    sets: Mapping[str, RuleSet],
    asked: Sequence[tuple[Offer, set[tuple[bool, int]]]],
    on: date | None,
    aliases: Aliases,
) -> list[Judged]:
    held = holding(session, {place for _, places in asked for place in places}, aliases)
    today = utc_now().date()
    return [
        Judged(offer, evaluate(rules, sets, offer, [held[place] for place in places if place in held], on, today=today))
        for offer, places in asked
    ]
