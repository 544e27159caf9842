"""Requirement sets: those that ship, copies to change, and offers held against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, request, url_for

from registry import wording
from registry.accounts.access import anybody, needs
from registry.accounts.roles import Role
from registry.api.answers import require_match
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.shapes.requirements import (
    KeptCheckShape,
    OffersTaken,
    RemoveArguments,
    RuleSetsShape,
    RulesTaken,
    WholeRuleSetShape,
)
from registry.api.uploads import LONGEST_HEADING, sent_file, sent_headings
from registry.certificates.numbers import named_in
from registry.db import utc_now
from registry.rates import What, counted_as
from registry.requirements import results, store
from registry.requirements.checking import HEADER, MOST_WHILE_WAITING, cells, check, rules_json
from registry.requirements.model import BadRules, RuleSet
from registry.requirements.offers import Evidence, Offer
from registry.requirements.paper import paper
from registry.requirements.reading import LONGEST_TEXT, read_new_rules, shipped
from registry.requirements.table import ALIASES, ANYTHING_BUT, Offers, read_offers
from registry.sentences import KeptSentence
from registry.site import site
from registry.spreadsheets.days import is_placeholder
from registry.spreadsheets.nothing import Holds, first_of, says_nothing
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.sheet import BadSpreadsheet
from registry.spreadsheets.write import XLSX_TYPE, workbook

LARGEST_RULES_BYTES = 4 * LONGEST_TEXT
LARGEST_OFFERS_BYTES = 8 * 1024 * 1024
_COLUMNS = {
    name: {
        "type": "string",
        "maxLength": LONGEST_HEADING,
        "description": f"The heading of the column for {name}; {ANYTHING_BUT}: none has it.",
    }
    for name in ALIASES
}
_TEXTS = {"vendor": Holds.NAME, "model": Holds.NAME, "software_version": Holds.VERSION}
_BAD_RULES = {409: "Another set has this identity or refers to this one, or this one ships and stays as it ships."}

requirements = Part("requirement sets", "Rules of funding schemes and tenders, and offers held against them.")


@requirements.operation("GET", "/requirements", gives=RuleSetsShape)
@anybody
def list_requirement_sets() -> Any:
    """All requirement sets that hold."""
    with site().sessions() as session:
        sets = store.all_sets(session)
    return {"sets": [_listed(sets[identity]) for identity in sorted(sets)]}


@requirements.operation(
    "POST", "/requirements", body=RulesTaken, gives=WholeRuleSetShape, status=201, fails=_BAD_RULES, largest=LARGEST_RULES_BYTES
)
@needs(Role.REVIEWER)
def create_requirement_set(body: Mapping[str, Any]) -> Any:
    """Keep a new requirement set, or a copy of one under another id."""
    kept = _keep(body, None, 0)
    return _whole(kept.id), 201, {"Location": url_for(".get_requirement_set", identity=kept.id)}


@requirements.operation("GET", "/requirements/<identity>", gives=WholeRuleSetShape)
@anybody
def get_requirement_set(identity: str) -> Any:
    """One requirement set, with its text and its past."""
    return _whole(identity)


@requirements.operation(
    "PUT",
    "/requirements/<identity>",
    body=RulesTaken,
    gives=WholeRuleSetShape,
    fails=_BAD_RULES,
    is_guarded=True,
    largest=LARGEST_RULES_BYTES,
)
@needs(Role.REVIEWER)
def replace_requirement_set(identity: str, body: Mapping[str, Any]) -> Any:
    """Keep another version of a requirement set; its former versions stay."""
    present = _whole(identity)
    require_match(WholeRuleSetShape, present)
    _keep(body, identity, present["versions"][0]["version"] if present["versions"] else 0)
    return _whole(identity)


@requirements.operation("DELETE", "/requirements/<identity>", query=RemoveArguments, status=204, fails=_BAD_RULES, is_guarded=True)
@needs(Role.REVIEWER)
def remove_requirement_set(identity: str, query: Mapping[str, Any]) -> Any:
    """Take a kept requirement set away; its versions stay in the registry."""
    require_match(WholeRuleSetShape, _whole(identity))
    try:
        with site().sessions.begin() as session:
            store.remove(session, identity, " ".join(query["reason"].split()) or "Removed.")
    except BadRules as problem:
        raise Refused(409, wording.sentence(problem)) from problem
    return Response(status=204)


@requirements.operation(
    "POST", "/requirements/<identity>/checks", body=OffersTaken, gives=KeptCheckShape, status=201, largest=LARGEST_OFFERS_BYTES
)
@anybody
@counted_as(What.CHECKS)
def check_offers(identity: str, body: Mapping[str, Any]) -> Any:
    """Judge offers.

    Each gets one of four answers (meets, does not meet, cannot tell, would meet with), with the fields that decided. A text that says that
    nothing is known ("n/a", "TBD", of a version "latest") counts as left out, and `notes` tell of it. The verdicts are kept for a day.
    """
    offers = tuple(_offer(row, sent) for row, sent in enumerate(body["offers"], start=1))
    return _checked(
        identity, Offers(offers, remarks=tuple(_silences(body["offers"]))), _day("on", body["on"]) or utc_now().date(), "offers.json"
    )


@requirements.operation(
    "POST",
    "/requirements/<identity>/checks/file",
    upload={
        "offers": {"type": "string", "format": "binary", "description": "A CSV or XLSX file with a row for each offer.", "required": True},
        "on": {"type": "string", "format": "date", "description": "The day of installation for offers that name none; today unless given."},
        **_COLUMNS,
    },
    gives=KeptCheckShape,
    status=201,
    largest=MOST_BYTES,
)
@anybody
@counted_as(What.CHECKS)
def check_file(identity: str) -> Any:
    """Judge the offers in a spreadsheet.

    Its columns are told apart by their headings; where a heading does not say it, name it for the field. `notes` say what was taken for
    what.
    """
    name, data = sent_file("offers", MOST_BYTES)
    on = _day("on", request.form.get("on")) or utc_now().date()
    try:
        offers = read_offers(data, name, sent_headings(ALIASES))
    except BadSpreadsheet as problem:
        raise Refused(422, wording.sentence(problem), (Wrong("form", "offers", wording.sentence(problem)),)) from problem
    if len(offers.offers) > MOST_WHILE_WAITING:
        raise Refused(422, f"{name} has {len(offers.offers):,} offers, and {MOST_WHILE_WAITING:,} are judged at once: send it in parts.")
    return _checked(identity, offers, on, name)


@requirements.operation("GET", "/checks/<token>", gives=KeptCheckShape)
@anybody
def get_check(token: str) -> Any:
    """The verdicts over offers that were judged within a day."""
    return _kept(token)


@requirements.operation("GET", "/checks/<token>/workbook", kind=XLSX_TYPE)
@anybody
def get_check_workbook(token: str) -> Any:
    """The verdicts as a workbook."""
    data = workbook("Verdicts", [word.capitalize() for word in HEADER], map(cells, _kept(token)["offers"]))
    return Response(data, mimetype=XLSX_TYPE)


@requirements.operation("GET", "/checks/<token>/paper", kind="application/pdf")
@anybody
def get_check_paper(token: str) -> Any:
    """The verdicts on paper."""
    return Response(paper(_kept(token)), mimetype="application/pdf")


def _listed(rules: RuleSet) -> dict[str, Any]:
    return rules_json(rules) | {
        "ships": rules.id in shipped(),
        "url": url_for("api_requirement_sets.get_requirement_set", identity=rules.id),
    }


def _whole(identity: str) -> dict[str, Any]:
    with site().sessions() as session:
        rules = store.all_sets(session).get(identity)
        words = store.words_of(session, identity)
        versions = store.versions(session, identity)
    if rules is None or words is None:
        raise Refused(404, f"This registry knows no requirement set {identity[:80]}: the list of them has them all.")
    past = [
        {"version": one.version, "reason": one.reason, "is_removed": one.is_removed, "at": one.at.isoformat(), "words": one.words}
        for one in versions
    ]
    return _listed(rules) | {"words": words, "versions": past}


def _keep(body: Mapping[str, Any], identity: str | None, base: int) -> RuleSet:
    words, reason = str(body["words"]).replace("\r\n", "\n"), " ".join(str(body["reason"]).split())
    try:
        read_new_rules(words)
    except BadRules as problem:
        raise Refused(422, wording.sentence(problem), (Wrong("json", "words", wording.sentence(problem)),)) from problem
    try:
        with site().sessions.begin() as session:
            return store.keep(session, words, reason, identity=identity, base=base)
    except BadRules as problem:
        raise Refused(409, wording.sentence(problem)) from problem


def _offer(row: int, sent: Mapping[str, Any]) -> Offer:
    said = {name: " ".join((sent[name] or "").split()) for name in _TEXTS}
    told = {name: None if says_nothing(text, _TEXTS[name]) else text for name, text in said.items()}
    evidence = tuple(
        Evidence(one["level"], one["protocol"], tuple(one["profiles"]) if one["profiles"] is not None else None, one["communication"])
        for one in sent.get("evidence", ())
    )
    installed = _day(f"offers.{row - 1}.installed", sent["installed"])
    is_none = installed is not None and is_placeholder(installed.isoformat())
    return Offer(
        row=row,
        holder=told["vendor"],
        model=told["model"],
        software_version=told["software_version"],
        role=sent["role"],
        certificates=_numbers(sent.get("certificates", ())),
        evidence=evidence,
        installed=None if is_none else installed,
        is_day_unclear=is_none,
    )


def _numbers(sent: Sequence[str]) -> tuple[str, ...]:
    """The certificates that are named; what is no number stays as it is, so that it counts as named."""
    return tuple(
        dict.fromkeys(name for number in sent if not says_nothing(number, Holds.EVIDENCE) for name in named_in(number) or (number.strip(),))
    )


def _silences(offers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A note for each field that has words which say that nothing is known, with the words and the offers."""
    for name, what in (_TEXTS | {"certificates": Holds.EVIDENCE}).items():
        found: dict[str, list[int]] = {}
        for row, sent in enumerate(offers, start=1):
            texts = sent.get(name) or ()
            for text in [texts] if isinstance(texts, str) else texts:
                if text.strip() and says_nothing(text, what):
                    found.setdefault(" ".join(text.split()), []).append(row)
        if found:
            yield KeptSentence("Taken for nothing said in %(field)s: %(cells)s (offer %(rows)s).", field=name, **first_of(found))


def _day(name: str, words: str | None) -> date | None:
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        detail = f"{name}: {words[:40]} is no day of the calendar: write it as 2026-05-04."
        raise Refused(422, detail, (Wrong("form" if request.form else "json", name, detail),)) from error


def _checked(identity: str, offers: Offers, on: date, name: str) -> Any:
    with site().sessions() as session:
        sets = store.all_sets(session)
        if identity not in sets:
            raise Refused(404, f"This registry knows no requirement set {identity[:80]}: the list of them has them all.")
        found = check(session, sets[identity], sets, offers, on).to_json() | {"file": name}
    token = results.keep(site().settings, found)
    return found | _addresses(token), 201, {"Location": url_for(".get_check", token=token)}


def _kept(token: str) -> dict[str, Any]:
    document = results.kept(site().settings, token)
    if document is None:
        raise Refused(404, "There is no such result: results are kept for a day. Send the offers again.")
    return document | _addresses(token)


def _addresses(token: str) -> dict[str, str]:
    names = {"url": "get_check", "workbook": "get_check_workbook", "paper": "get_check_paper"}
    return {name: url_for(f"api_requirement_sets.{endpoint}", token=token) for name, endpoint in names.items()}
