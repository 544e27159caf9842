"""`ocpp-registry check`: a spreadsheet of offers against a requirement set."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from registry import db
from registry.errors import CannotBegin, one_line
from registry.requirements.checking import Check, Judged, alternatives, check
from registry.requirements.model import BadRules, RuleSet
from registry.requirements.reading import checked, read_new_rules
from registry.requirements.store import all_sets
from registry.requirements.table import ALIASES, read_offers
from registry.settings import Settings
from registry.spreadsheets.days import NoDay, read_one_day
from registry.spreadsheets.options import mapping_option
from registry.spreadsheets.read import MOST_BYTES

EXIT_NOT_ALL = 1


@click.command("check")
@click.argument("ruleset")
@click.argument("offers", type=click.Path(path_type=Path))
@click.option("--on", "on", help="Installation date of offers that name none, as 2025-01-31; without it, today by UTC.")
@mapping_option(ALIASES, "FIELD=- for none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def check_command(ctx: click.Context, ruleset: str, offers: Path, on: str | None, chosen: dict[str, str], as_json: bool) -> None:
    """Say of each product in OFFERS (CSV or XLSX) whether it meets RULESET: the name of a set, or a TOML file.

    Exit status: 0 all meet, 1 some do not or it cannot be told, 2 it could not be done.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    day = _day(on)
    read = read_offers(_bytes(offers), offers.name, chosen)
    db.require_current(settings)
    with db.opened(settings) as sessions, sessions() as session:
        rules, sets = _chosen(ruleset, all_sets(session))
        found = check(session, rules, sets, read, day)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        _print(found)
    if not found.all_meet:
        ctx.exit(EXIT_NOT_ALL)


def _chosen(ruleset: str, stored: dict[str, RuleSet]) -> tuple[RuleSet, dict[str, RuleSet]]:
    if not ruleset.endswith(".toml"):
        if ruleset not in stored:
            raise BadRules(f"There is no requirement set {ruleset}: use one of {', '.join(sorted(stored))}, or a .toml file")
        return stored[ruleset], stored
    try:
        words = Path(ruleset).read_text(encoding="utf-8")
    except OSError as error:
        raise CannotBegin(f"{ruleset} cannot be read ({error.strerror}): give a TOML file, or the name of a set") from error
    except UnicodeDecodeError as error:
        raise CannotBegin(f"{ruleset} is no text in UTF-8: give a TOML file, or the name of a set") from error
    rules = read_new_rules(words)
    return rules, checked([rules, *(one for one in stored.values() if one.id != rules.id)])


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CannotBegin(f"{path} has more than {MOST_BYTES // 2**20} MB: split it, or save it as CSV")
        return path.read_bytes()
    except OSError as error:
        raise CannotBegin(f"{path} cannot be read ({error.strerror}): give a CSV or XLSX file") from error


def _day(on: str | None) -> date:
    if on is None:
        return db.utc_now().date()
    try:
        return read_one_day(on)
    except NoDay as problem:
        raise CannotBegin(f"--on: {problem}") from problem


def _print(found: Check) -> None:
    for note in found.notes:
        click.echo(one_line(note), err=True)
    click.echo(f"Offers without an installation date are judged as if installed on {found.on}.", err=True)
    for row in found.rows:
        click.echo(_line(row))
    for text in found.rules.not_judged:
        click.echo(f"Not judged: {one_line(text)}", err=True)
    click.echo(", ".join(f"{number} {answer}" for answer, number in found.tally.items() if number), err=True)


def _line(row: Judged) -> str:
    """The row, the product, the answer, and why."""
    offer, verdict = row.offer, row.verdict
    product = " ".join(part for part in (offer.holder, offer.model, offer.software_version) if part) or "(no product)"
    told = [", ".join(alternatives(verdict.needed))] if verdict.needed else verdict.missing or [reason.text for reason in verdict.reasons]
    why = (*told, *(problem for problem in offer.problems if problem not in told))
    return one_line(f"row {offer.row}: {product}: {verdict.answer}: {'; '.join(why)}")


commands: tuple[click.Command, ...] = (check_command,)
