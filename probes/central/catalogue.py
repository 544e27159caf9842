"""The test cases for central systems: what the catalogue in `data/` says of each, and the script where there is one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from probes import catalogues
from probes.central import scripts, trials
from probes.central.audited import AuditedCsms
from probes.judge.catalogue import DATA
from probes.judge.trials import central_trial_catalogue

Script = Callable[[AuditedCsms], Awaitable[None]]

CORE, COUNTED_UNDER_CORE = "Core", "counted under Core"
"""A case that stands among those of another profile may belong to Core all the same."""

FIRST = "TC_001_CSMS"
"""The case that registers: nothing else can be seen before."""

WAYS = ("cp-driven", "tls", "operator-trigger")
"""How a case is driven, in the order in which cases are carried out: by our station alone; by connecting in several ways; by having the
central system send something.
"""


@dataclass(frozen=True)
class CaseFacts:
    """One row of `cases.json`: `profile` is the identifier of the feature profile, `way` how the case is driven, `declined` why it is not
    carried out (None: it is).
    """

    id: str
    title: str
    profile: str
    way: str
    condition: str
    declined: str | None = None


@dataclass(frozen=True)
class Case:
    """A case with its script. One that is `unregistered` has something to see also where our station does not come in."""

    facts: CaseFacts
    script: Script
    unregistered: bool = False


_SCRIPTS: dict[str, Script] = {}
_UNREGISTERED: set[str] = set()


def case(identifier: str, *, unregistered: bool = False) -> Callable[[Script], Script]:
    """Register the script of a case; `unregistered` as in `Case`."""

    def register(script: Script) -> Script:
        async def marked(csms: AuditedCsms) -> None:
            with csms.carrying_out(identifier):
                await script(csms)

        _SCRIPTS[identifier] = marked
        if unregistered:
            _UNREGISTERED.add(identifier)
        return script

    return register


_TRIALS: dict[str, Script] = {}


def trial(identifier: str) -> Callable[[Script], Script]:
    """Register the script of a trial: what is tried beside the cases."""

    def register(script: Script) -> Script:
        async def marked(csms: AuditedCsms) -> None:
            with csms.carrying_out(identifier, kind="trial"):
                await script(csms)

        _TRIALS[identifier] = marked
        return script

    return register


@cache
def central_cases() -> dict[str, CaseFacts]:
    """Every case for central systems, by id."""
    rows: list[dict[str, Any]] = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))["cases"]
    return {
        row["id"]: CaseFacts(
            row["id"],
            row["title"],
            CORE if row["condition"] == COUNTED_UNDER_CORE else row["feature_profile"],
            row["automation"].partition("+")[0],
            row["condition"],
            row.get("declined"),
        )
        for row in rows
        if row["role"] == "CSMS"
    }


def scripted() -> tuple[Case, ...]:
    """The cases that can be carried out, in the order in which they are."""
    catalogues.import_all(scripts)
    order = {identifier: number for number, identifier in enumerate(central_cases())}
    cases = [Case(central_cases()[identifier], script, identifier in _UNREGISTERED) for identifier, script in _SCRIPTS.items()]
    return tuple(sorted(cases, key=lambda each: (each.facts.id != FIRST, WAYS.index(each.facts.way), order[each.facts.id])))


def trials_scripted() -> tuple[Case, ...]:
    """What is tried beside the cases, in the order of its catalogue."""
    catalogues.import_all(trials)
    return tuple(
        Case(CaseFacts(facts.id, facts.title, facts.profile, "cp-driven", ""), _TRIALS[facts.id])
        for facts in central_trial_catalogue().values()
    )


def case_named(name: str) -> CaseFacts:
    """The case that a person means: `TC_001_CSMS`, `TC_001` or `001`. Raises `CannotBegin` for none."""
    return catalogues.named(name, central_cases(), "CSMS", "central systems")


@dataclass(frozen=True)
class Selection:
    """What an audit runs, and what it leaves out with the reason."""

    run: tuple[Case, ...]
    left_out: tuple[tuple[CaseFacts, str], ...]


def select(names: Iterable[str]) -> Selection:
    """All cases, or those of `names` when there are any. One that was asked for and is declined is an error."""
    wanted = {case_named(name).id for name in names}
    known = {entry.facts.id: entry for entry in scripted()}
    reasons = {
        facts.id: facts.declined or "has no script yet" for facts in central_cases().values() if facts.declined or facts.id not in known
    }
    left_out = tuple(catalogues.left_out(central_cases().values(), reasons, wanted))
    omitted = {facts.id for facts, _ in left_out}
    return Selection(tuple(entry for entry in known.values() if entry.facts.id not in omitted), left_out)
