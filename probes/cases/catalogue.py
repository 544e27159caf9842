"""The test cases: what the catalogue in `data/` says of each, and the script where there is one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from probes import catalogues
from probes.cases import scripts, trials
from probes.cases.station import AuditedStation
from probes.judge.catalogue import DATA
from probes.judge.trials import trial_catalogue
from registry.errors import CannotBegin

Script = Callable[[AuditedStation], Awaitable[None]]

DEFAULT_TIERS = ("passive", "read-only")
"""What an audit may do when nobody allows more."""

FIRST = "TC_019_CS"
"""The case that reads the station's settings: others go by what it finds."""

TIERS = ("passive", "read-only", "reversible", "in-session", "disruptive", "person", "laboratory")
"""What cases ask of a station, from nothing at all to a laboratory."""


@dataclass(frozen=True)
class CaseFacts:
    """One row of `cases.json`: `profile` is the identifier of the feature profile, `condition` when the case applies at all, `declined` why
    it is not carried out (None: it is).
    """

    id: str
    title: str
    profile: str
    tier: str
    condition: str
    declined: str | None = None


@dataclass(frozen=True)
class Case:
    """A case with its script; `reads_only` when every request of it only reads, so that it may run during a transaction.

    Without a script the case is watched for: what it is about happens by itself, or it does not. `by_person`: it may happen by itself, and
    a person who may be asked can make it happen.
    """

    facts: CaseFacts
    script: Script | None
    reads_only: bool
    by_person: bool = False

    @property
    def tier(self) -> str:
        """What carrying it out asks of the station."""
        return "person" if self.by_person else self.facts.tier


_SCRIPTS: dict[str, tuple[Script | None, bool, bool]] = {}


def case(identifier: str, *, reads_only: bool = False, by_person: bool = False) -> Callable[[Script], Script]:
    """Register the script of a case."""

    def register(script: Script) -> Script:
        async def marked(station: AuditedStation) -> None:
            with station.carrying_out(identifier):
                await script(station)

        _SCRIPTS[identifier] = (marked, reads_only, by_person)
        return script

    return register


_TRIALS: dict[str, Script] = {}


def trial(identifier: str) -> Callable[[Script], Script]:
    """Register the script of a trial: what is tried beside the cases."""

    def register(script: Script) -> Script:
        async def marked(station: AuditedStation) -> None:
            with station.carrying_out(identifier, kind="trial"):
                await script(station)

        _TRIALS[identifier] = marked
        return script

    return register


def watched(*identifiers: str) -> None:
    """Register cases that need no script: they are judged wherever what they are about happens in an audit."""
    for identifier in identifiers:
        _SCRIPTS[identifier] = (None, True, False)


@cache
def station_cases() -> dict[str, CaseFacts]:
    """Every case for charging stations, by id."""
    rows: list[dict[str, Any]] = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))["cases"]
    return {
        row["id"]: CaseFacts(row["id"], row["title"], row["feature_profile"], row["tier"], row["condition"], row.get("declined"))
        for row in rows
        if row["role"] == "CS"
    }


def scripted() -> tuple[Case, ...]:
    """The cases that can be carried out, in the order in which they are: what asks least of the station first, and first of all what it
    says of itself.
    """
    catalogues.import_all(scripts)
    order = {identifier: number for number, identifier in enumerate(station_cases())}
    cases = [Case(station_cases()[identifier], *registered) for identifier, registered in _SCRIPTS.items()]
    return tuple(sorted(cases, key=lambda case: (case.facts.id != FIRST, TIERS.index(case.tier), order[case.facts.id])))


def trials_within(tiers: Iterable[str]) -> tuple[Case, ...]:
    """What is tried beside the cases where all of its tiers are allowed, in the order of its catalogue."""
    catalogues.import_all(trials)
    allowed = frozenset(tiers)
    return tuple(
        Case(CaseFacts(facts.id, facts.title, facts.profile, facts.tiers[-1], ""), _TRIALS[facts.id], reads_only=False)
        for facts in trial_catalogue().values()
        if allowed.issuperset(facts.tiers)
    )


def case_named(name: str) -> CaseFacts:
    """The case that a person means: `TC_019_CS`, `TC_019` or `019`. Raises `CannotBegin` for none."""
    return catalogues.named(name, station_cases(), "CS", "charging stations")


@dataclass(frozen=True)
class Selection:
    """What an audit runs, and what it leaves out with the reason."""

    run: tuple[Case, ...]
    left_out: tuple[tuple[CaseFacts, str], ...]


def select(tiers: Iterable[str], names: Iterable[str]) -> Selection:
    """The cases that these tiers allow, narrowed to `names` when there are any. A case that was asked for and cannot run is an error."""
    allowed = frozenset(tiers)
    for tier in sorted(allowed - set(TIERS)):
        raise CannotBegin(f"tier {tier}: there is no such tier; there are {', '.join(TIERS)}")
    wanted = {case_named(name).id for name in names}
    known = {entry.facts.id: entry for entry in scripted()}
    reasons = {facts.id: why for facts in station_cases().values() if (why := _why_not(facts, allowed, facts.id in known)) is not None}
    left_out = tuple(catalogues.left_out(station_cases().values(), reasons, wanted))
    omitted = {facts.id for facts, _ in left_out}
    run = (entry for entry in known.values() if entry.facts.id not in omitted)
    return Selection(tuple(entry if entry.tier in allowed else replace(entry, script=None) for entry in run), left_out)


def _why_not(facts: CaseFacts, allowed: frozenset[str], has_script: bool) -> str | None:
    if facts.tier not in allowed:
        return f"needs the tier {facts.tier}, which this audit was not allowed"
    if facts.declined is not None:
        return facts.declined
    if not has_script:
        return "has no script yet"
    return None
